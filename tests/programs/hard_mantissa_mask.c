/* may be refused: the low half of a double is cut off (Dekker's splitting by bits). */
#include "check.h"

static double f(double *x, int n) {
    union { double d; uint64_t u; } v = {x[0]};
    v.u &= ~UINT64_C(0x7ffffff);
    double low = x[0] - v.d;
    return (v.d + low) * x[n - 1];
}
ARRAY_TEST(f)

int main(void) {
    CHECK_TOL(f, 1e-6, 0.3, 1.5);
    return report();
}
