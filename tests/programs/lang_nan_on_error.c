/* levels: precise
   Error branches that return NAN or infinity, not taken. */
#include "check.h"

static double checked(double x) {
    if (x < -100) return NAN;
    if (x > 100) return INFINITY;
    return log1p(x * x);
}

static double f(double *x, int n) {
    double s = n > 50 ? NAN : 0, worst = -INFINITY;
    for (int i = 0; i < n; i++) {
        double v = checked(x[i]);
        if (isnan(v)) return -1;
        s += v;
        worst = fmax(worst, v * x[0]);
    }
    return isfinite(s) ? s * worst : 0;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
