/* Roots of a cubic by Cardano with trigonometric and hyperbolic branches; several results. */
#include "check.h"

static int roots(double a, double b, double c, double *r) {
    double q = (a * a - 3 * b) / 9, s = (a * (2 * a * a - 9 * b) + 27 * c) / 54;
    if (s * s < q * q * q) {
        double t = acos(s / sqrt(q * q * q)), m = -2 * sqrt(q);
        r[0] = m * cos(t / 3) - a / 3;
        r[1] = m * cos((t + 6.283185307179586) / 3) - a / 3;
        r[2] = m * cos((t - 6.283185307179586) / 3) - a / 3;
        return 3;
    }
    double u = cbrt(fabs(s) + sqrt(s * s - q * q * q));
    if (s > 0) u = -u;
    r[0] = u + (u == 0 ? 0 : q / u) - a / 3;
    return 1;
}

static double f(double *z, int n) {
    double r[3], sum = 0;
    (void)n;
    int count = roots(z[0], z[1], z[2], r);
    for (int i = 0; i < count; i++) sum += (i + 1) * r[i];
    return sum;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, -6.1, 11, -6);
    CHECK(f, 1, 2, 3);
    CHECK(f, 1, 2, -3);
    return report();
}
