/* Bits that only decide: exponent, sign and parity tests on active values are inactive. */
#include "check.h"

static int exponent(double x) {
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return (int)(u >> 52 & 0x7ff) - 1023;
}

static double f(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        union { double d; uint64_t u; } v = {x[i]};
        if (v.u >> 63) s += x[i] * x[i];
        else s += x[i] * exponent(x[i]);
        if (signbit(x[i])) s *= 1.5;
        if (isnan(x[i]) || isinf(x[i])) return 0;
        s += fpclassify(x[i]) == FP_NORMAL ? x[0] : 0;
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 5.25, -0.75, 100.0);
    return report();
}
