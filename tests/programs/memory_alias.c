/* The same array passed twice, and pointers into the middle of it. */
#include "check.h"

static NOINLINE void scale_add(double *y, const double *x, int n) {
    for (int i = 0; i < n; i++) y[i] += x[i] * x[0];
}

static double f(double *x, int n) {
    scale_add(x, x, n);
    scale_add(x + 1, x, n - 1);
    scale_add(x, x + 1, n - 1);
    double s = 0;
    for (int i = 0; i < n; i++) s += x[i];
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.25, -0.75, 0.3);
    return report();
}
