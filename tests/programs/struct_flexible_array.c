/* A flexible array member, allocated with the header in one block. */
#include "check.h"

struct series { int n; double scale; double terms[]; };

static struct series *make(const double *x, int n) {
    struct series *s = malloc(sizeof *s + n * sizeof s->terms[0]);
    s->n = n;
    s->scale = x[0];
    for (int i = 0; i < n; i++) s->terms[i] = x[i] * x[i];
    return s;
}

static double f(double *x, int n) {
    struct series *s = make(x, n), *t = malloc(sizeof *t + n * sizeof(double));
    memcpy(t, s, sizeof *s + n * sizeof(double));
    t->scale *= 2;
    double r = 0;
    for (int i = 0; i < t->n; i++) r += t->terms[i] * s->terms[t->n - 1 - i] * t->scale;
    free(s);
    free(t);
    return r;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
