/* may be refused: atomic additions to an active number. */
#include "check.h"
#include <stdatomic.h>

static double f(double *x, int n) {
    _Atomic double s = 0;
    for (int i = 0; i < n; i++) s += x[i] * x[i];
    return s * x[0];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
