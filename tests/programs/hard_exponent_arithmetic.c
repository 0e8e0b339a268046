/* may be refused: scaling by adding to the exponent's bits. */
#include "check.h"

static double times_four(double x) {
    union { double d; uint64_t u; } v = {x};
    v.u += UINT64_C(2) << 52;
    return v.d;
}

static double f(double *x, int n) { return times_four(x[0]) * x[n - 1]; }
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5);
    return report();
}
