/* Adaptive Simpson: recursion whose depth depends on active values. */
#include "check.h"

static double g(double t, const double *p) { return exp(-p[0] * t) * sin(p[1] * t * t) + p[0]; }

static double simpson(double a, double fa, double m, double fm, double b, double fb, double whole,
                      double eps, int depth, const double *p) {
    double lm = (a + m) / 2, rm = (m + b) / 2, flm = g(lm, p), frm = g(rm, p);
    double left = (m - a) / 6 * (fa + 4 * flm + fm), right = (b - m) / 6 * (fm + 4 * frm + fb);
    double delta = left + right - whole;
    if (depth <= 0 || fabs(delta) < 15 * eps) return left + right + delta / 15;
    return simpson(a, fa, lm, flm, m, fm, left, eps / 2, depth - 1, p) +
           simpson(m, fm, rm, frm, b, fb, right, eps / 2, depth - 1, p);
}

static double integral(double *p, int n) {
    double a = 0, b = 2, m = 1, fa = g(a, p), fm = g(m, p), fb = g(b, p);
    (void)n;
    return simpson(a, fa, m, fm, b, fb, (b - a) / 6 * (fa + 4 * fm + fb), 1e-4, 12, p);
}
ARRAY_TEST(integral)

int main(void) {
    CHECK(integral, 0.75, 2.25);
    return report();
}
