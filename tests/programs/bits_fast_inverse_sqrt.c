/* The inverse square root from a constant guess by bits, then Newton: bits of an inactive value. */
#include "check.h"

static float guess(float x) {
    union { float f; uint32_t i; } v = {x};
    v.i = 0x5f3759df - (v.i >> 1);
    return v.f;
}

static double inverse_root(double x, double hint) {
    double y = guess((float)(int)hint);
    for (int i = 0; i < 7; i++) y *= 1.5 - 0.5 * x * y * y;
    return y;
}

static double f(double *x, int n) { return inverse_root(x[0], 2) * x[n - 1] + inverse_root(x[n - 1], 5); }
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 2.5, 4.25);
    return report();
}
