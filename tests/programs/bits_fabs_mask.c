/* fabs by clearing the sign bit; -fabs by setting it. */
#include "check.h"

static double absolute(double x) {
    union { double d; uint64_t u; } v = {x};
    v.u &= ~(UINT64_C(1) << 63);
    return v.d;
}
static double minus_absolute(double x) {
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    u |= UINT64_C(1) << 63;
    memcpy(&x, &u, sizeof u);
    return x;
}

static double f(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += absolute(x[i]) * (i + 1) + minus_absolute(x[i]) * x[0];
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    CHECK(f, -0.5);
    return report();
}
