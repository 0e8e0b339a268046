/* Constructors and destructors that must stay calls; matrices as small heap objects. */
#include "check.h"

struct matrix { int n; double **row; };

static NOINLINE struct matrix *matrix_new(int n) {
    struct matrix *m = malloc(sizeof *m);
    m->n = n;
    m->row = malloc(n * sizeof *m->row);
    for (int i = 0; i < n; i++) m->row[i] = calloc(n, sizeof **m->row);
    return m;
}
static NOINLINE void matrix_free(struct matrix *m) {
    for (int i = 0; i < m->n; i++) free(m->row[i]);
    free(m->row);
    free(m);
}
static NOINLINE struct matrix *matrix_product(const struct matrix *a, const struct matrix *b) {
    struct matrix *c = matrix_new(a->n);
    for (int i = 0; i < a->n; i++)
        for (int j = 0; j < a->n; j++)
            for (int k = 0; k < a->n; k++) c->row[i][j] += a->row[i][k] * b->row[k][j];
    return c;
}

static double f(double *x, int n) {
    struct matrix *power = matrix_new(2), *a = matrix_new(2);
    for (int i = 0; i < 2; i++) {
        power->row[i][i] = 1;
        for (int j = 0; j < 2; j++) a->row[i][j] = x[(2 * i + j) % n];
    }
    for (int k = 0; k < 4; k++) {
        struct matrix *next = matrix_product(power, a);
        matrix_free(power);
        power = next;
    }
    double r = power->row[0][0] * power->row[1][1] + power->row[0][1];
    matrix_free(power);
    matrix_free(a);
    return r;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.25, -0.75, 0.9);
    return report();
}
