/* A block that is constant, or is at run time, grows and then holds active data: what was in it is constant,
   its pointers are the same. */
#include "check.h"

static double grown(double *x, double *p, int n) {
    p = realloc(p, 2 * n * sizeof *p);
    for (int i = 0; i < n; i++) p[n + i] = x[i] * p[i];
    double s = 0;
    for (int i = 0; i < 2 * n; i++) s += p[i] * x[0];
    free(p);
    return s;
}
struct item {
    const double *table;
    double value;
    int count;
};
static double items(double *x, struct item *p, int n) {
    p = realloc(p, 2 * n * sizeof *p);
    for (int i = 0; i < n; i++) p[n + i] = (struct item){p[i].table, p[i].value * x[i], p[i].count};
    double s = 0;
    for (int i = 0; i < 2 * n; i++) s += p[i].value * p[i].table[i % n] * p[i].count * x[0];
    free(p);
    return s;
}
static double either(double *x, double *p, int n) { /* constant or active, by its size */
    double *q = p;
    if (n > 2) q = malloc(n * sizeof *q), memcpy(q, x, n * sizeof *q);
    q = realloc(q, 2 * n * sizeof *q);
    for (int i = 0; i < n; i++) q[n + i] = x[i] * q[i];
    double s = 0;
    for (int i = 0; i < 2 * n; i++) s += q[i] * x[0];
    free(q);
    return s;
}

static const double table[3] = {1.5, -0.5, 2};
static double *numbers(int n) {
    double *p = malloc(n * sizeof *p), *dirt = malloc(2 * n * sizeof *p);
    for (int i = 0; i < n; i++) p[i] = i + 1;
    for (int i = 0; i < 2 * n; i++) dirt[i] = 1e5;
    free(dirt);
    return p;
}
static struct item *structs(int n) {
    struct item *p = malloc(n * sizeof *p), *dirt = malloc(2 * n * sizeof *p);
    for (int i = 0; i < n; i++) p[i] = (struct item){table, i + 1, i + 2};
    for (int i = 0; i < 2 * n; i++) dirt[i] = (struct item){table, 1e5, 7};
    free(dirt);
    return p;
}

#define TRY(f, make, n)                                                                          \
    do {                                                                                         \
        double x[3] = {0.5, 1.5, -2}, gradient[3] = {0};                                         \
        __enzyme_autodiff((void *)f, enzyme_dup, x, gradient, enzyme_const, make(n), n);         \
        for (int i = 0; i < n; i++) {                                                            \
            double h = 1e-5, a[3] = {0.5, 1.5, -2}, b[3] = {0.5, 1.5, -2}, dx[3] = {0};          \
            a[i] += h, b[i] -= h, dx[i] = 1;                                                     \
            double slope = (f(a, make(n), n) - f(b, make(n), n)) / (2 * h);                      \
            CHECK_CLOSE(gradient[i], slope, 1e-7);                                               \
            CHECK_CLOSE(__enzyme_fwddiff((void *)f, enzyme_dup, x, dx, enzyme_const, make(n), n), slope, 1e-7); \
        }                                                                                        \
    } while (0)

int main(void) {
    if (!markers_work) return report();
    TRY(grown, numbers, 3);
    TRY(items, structs, 3);
    TRY(either, numbers, 2);
    double *unused = numbers(3);
    free(unused);
    return report();
}
