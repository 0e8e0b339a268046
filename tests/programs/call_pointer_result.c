/* noinline functions that return pointers: into an argument, to a struct member, to the heap. */
#include "check.h"

struct store { double values[3]; double *best; };

static NOINLINE double *largest(double *x, int n) {
    double *p = x;
    for (int i = 1; i < n; i++)
        if (x[i] > *p) p = x + i;
    return p;
}
static NOINLINE double *slot(struct store *s, int k) { return &s->values[k]; }
static NOINLINE double *copy(const double *x, int n) {
    double *y = malloc(n * sizeof *y);
    for (int i = 0; i < n; i++) y[i] = x[i] * x[i];
    return y;
}

static double f(double *x, int n) {
    struct store s = {{1, 2, 3}, NULL};
    double *y = copy(x, n), r;
    *slot(&s, 1) = *largest(x, n) * y[0];
    s.best = largest(y, n);
    *s.best *= *slot(&s, 1);
    r = y[0] * y[n - 1] + s.values[1] * *s.best;
    free(y);
    return r;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    CHECK(f, 0.5, -1.25, 0.75);
    return report();
}
