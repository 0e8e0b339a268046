/* may be refused: assembly that computes with floats. */
#include "check.h"

static double f(double *x, int n) {
    double r = x[0];
#ifdef __x86_64__
    __asm__("mulsd %1, %0" : "+x"(r) : "x"(x[n - 1]));
#else
    r *= x[n - 1];
#endif
    return r * x[0];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5);
    return report();
}
