/* alloca, fixed and of run-time size. */
#include "check.h"

static double f(double *x, int n) {
    double *t = __builtin_alloca(n * sizeof *t);
    for (int i = 0; i < n; i++) t[i] = x[n - 1 - i] * x[i];
    double *u = __builtin_alloca(2 * sizeof *u);
    u[0] = t[0] * t[n - 1];
    u[1] = sin(u[0]);
    return u[0] * u[1];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
