/* Calls that stay calls, many levels deep, with value and pointer arguments. */
#include "check.h"

static NOINLINE double level0(double a, const double *x, int k) { return a * x[k] + sin(a); }
static NOINLINE double level1(double a, const double *x, int k) {
    return level0(a * a, x, k) * level0(x[0], x, 0);
}
static NOINLINE void level2(double *out, const double *x, int n) {
    for (int i = 0; i < n; i++) out[i] = level1(x[i], x, n - 1 - i) + out[i];
}
static NOINLINE double level3(double *work, const double *x, int n) {
    level2(work, x, n);
    level2(work, work, n);
    return work[0] * work[n - 1];
}
static NOINLINE double level4(const double *x, int n) {
    double work[4] = {0.1, 0.2, 0.3, 0.4};
    return level3(work, x, n) + level1(0.5, x, 1);
}

static double f(double *x, int n) { return level4(x, n) * level0(x[0], x, 1); }
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.25, -0.75);
    return report();
}
