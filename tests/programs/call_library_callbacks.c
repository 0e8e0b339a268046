/* Library functions that call back, on active data: what they move, the derivative moves back. */
#include "check.h"

static int rising(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static int falling(const void *a, const void *b) { return rising(b, a); }

/* in place, of the argument; and by a function chosen at run time */
static double sorted(double *x, int n) {
    double s = 0;
    qsort(x, (size_t)n, sizeof *x, n % 2 ? rising : falling);
    for (int i = 0; i < n; i++) s += (i + 1) * x[i] * x[i];
    return s;
}
ARRAY_TEST(sorted)

/* floats, integers and pointers are moved together */
struct entry { int key; double v; const char *name; double *where; };
static int by_value(const void *a, const void *b) {
    const struct entry *p = a, *q = b;
    return p->v < q->v ? -1 : p->v > q->v;
}
static double structs(double *x, int n) {
    struct entry all[8];
    for (int i = 0; i < n; i++) {
        all[i] = (struct entry){i, x[i] * (i + 1), i % 2 ? "odd" : "even", x + (i + 1) % n};
    }
    qsort(all, (size_t)n, sizeof *all, by_value);
    double s = 0;
    for (int i = 0; i < n; i++) s = s * 0.7 + all[i].v * x[all[i].key] + *all[i].where * all[i].name[0];
    return s;
}
ARRAY_TEST(structs)

/* pointers to active data are sorted by what they point to */
static int by_target(const void *a, const void *b) {
    return rising(*(double *const *)a, *(double *const *)b);
}
static double pointers(double *x, int n) {
    double **p = malloc((size_t)n * sizeof *p);
    for (int i = 0; i < n; i++) p[i] = x + i;
    qsort(p, (size_t)n, sizeof *p, by_target);
    double s = 0;
    for (int i = 0; i < n; i++) s += (i + 1) * sin(*p[i]);
    *p[0] *= s;
    free(p);
    return s;
}
ARRAY_TEST(pointers)

/* what is found is used */
static double found(double *x, int n) {
    double u[8];
    for (int i = 0; i < n; i++) u[i] = i + 0.25 * sin(x[i]);
    double key = u[n - 2];
    double *p = bsearch(&key, u, (size_t)n, sizeof *u, rising);
    return p ? *p * *p + (double)(p - u) : -1;
}
ARRAY_TEST(found)

/* indices, sorted by constants: nothing active in them */
static int index_order(const void *a, const void *b) { return *(const int *)b - *(const int *)a; }
static double integers(double *x, int n) {
    int order[8];
    for (int i = 0; i < n; i++) order[i] = i * 5 % n;
    qsort(order, (size_t)n, sizeof *order, index_order);
    double s = 0;
    for (int i = 0; i < n; i++) s = s * x[order[i]] + 1;
    return s;
}
ARRAY_TEST(integers)

int main(void) {
    CHECK(sorted, 0.3, 1.5, -0.7);
    CHECK(sorted, 0.3, 1.5, -0.7, 2.5, 0.1, 0.9);
    CHECK(structs, 0.5, 0.75, -1.25, 0.1, 0.9);
    CHECK(pointers, 0.5, 0.75, -1.25, 0.1, 0.9);
    CHECK(found, 0.5, 0.75, -1.25, 0.1);
    CHECK(integers, 0.5, 0.75, -1.25, 0.1, 0.9);
    return report();
}
