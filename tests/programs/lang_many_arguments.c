/* More arguments than registers, of all kinds, to a function that stays a call. */
#include "check.h"

static NOINLINE double many(double a, double b, double c, double d, double e, double f, double g, double h,
                            double i, double j, int k, float l, const double *p, long m, double *out, char q,
                            double r, short s) {
    out[0] += a * b + c * d + e * f + g * h + i * j + r;
    out[k] = out[0] * p[m] * (double)l;
    return a * r + q * s * j;
}

static double f(double *x, int n) {
    double out[3] = {1, 2, 3};
    double r = many(x[0], x[1], 1, x[0], x[1], x[1], 2, x[0], x[1], 3, 1, 2.5f, x, n - 1, out, 2, x[0], 3);
    r *= many(out[0], out[1], r, 1, 1, 1, 1, 1, x[0], x[1], 2, 1, x, 0, out, 1, r, 1);
    return r + out[2];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.5);
    return report();
}
