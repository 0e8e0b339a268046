/* frexp, modf, ldexp, scalbn, ilogb, logb and the rounding functions. */
#include "check.h"

static double f(double *x, int n) {
    double s = 0, whole;
    int e;
    for (int i = 0; i < n; i++) {
        double m = frexp(x[i], &e);
        s += m * m * e;
        double fraction = modf(x[i] * 3, &whole);
        s += fraction * fraction * whole;
        s += ldexp(x[i] * x[i], e - 1) + scalbn(x[0], i) + scalbln(x[i], 2L) * x[i];
        s += floor(x[i]) * x[i] + ceil(x[i]) * x[0] + trunc(2 * x[i]) + round(x[i]) * x[i];
        s += rint(x[i]) * x[i] + nearbyint(x[0]) * x[i] + logb(x[i]) * x[i] + ilogb(x[i]) * x[0];
        s += x[i] * lrint(x[i]) + x[0] * lround(4 * x[i]) + copysign(x[i], -1.0) * x[i];
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.7);
    CHECK(f, 5.3, 0.17, -2.77);
    return report();
}
