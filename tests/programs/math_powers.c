/* Integer powers by every spelling, with zero and negative bases. */
#define _GNU_SOURCE
#include "check.h"

static double f(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        s += pow(x[i], 2) + pow(x[i], 3.0) + pow(x[i], 0) + pow(x[i], 1) + pow(x[i] * x[i] + 1, -1.5);
        s += __builtin_powi(x[i], i) + __builtin_powi(x[i] + 3, -2) + pow(x[i] * x[i] + 1, i);
        s += exp2(x[i]) + pow(2, x[i]) + pow(10, x[i]) + exp10(x[i] * 0.1) + ldexp(x[i], i);
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    CHECK_TOL(f, 1e-8, 0.0, 0.002, -2.0);
    return report();
}
