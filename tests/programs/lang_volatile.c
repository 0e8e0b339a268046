/* volatile locals and a volatile active array element; register and restrict. */
#include "check.h"

static double f(double *x, int n) {
    volatile double t = x[0] * x[0];
    volatile int k = n - 1;
    register double s = t * x[k];
    for (volatile int i = 0; i < 3; i++) t = t * 0.5 + s;
    volatile double *v = x;
    v[0] = t * v[1];
    return s + t + v[0];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5);
    return report();
}
