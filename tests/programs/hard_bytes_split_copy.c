/* Two copies that meet in the middle of a double. */
#include "check.h"

static double f(double *x, int n) {
    double t[6], s = 0;
    memcpy(t, x, 12);
    memcpy((char *)t + 12, (char *)x + 12, 36);
    for (int i = 0; i < n; i++) s += t[i] * t[i] * x[0];
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, 0.75, 1.5, 0.3, 0.9);
    return report();
}
