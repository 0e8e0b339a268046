/* Active values pass through a static array. */
#include "check.h"

static double scratch[8];

static double f(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) scratch[i] = x[i] * x[i];
    for (int i = 0; i < n; i++) s += scratch[n - 1 - i] * x[i];
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
