/* A loop counted in floating point, inactive, that also enters the arithmetic. */
#include "check.h"

static double f(double *x, int n) {
    double s = 0;
    for (double t = 0; t < 1; t += 0.125) s += x[0] * sin(t * x[n - 1]) * 0.125;
    for (float t = 4; t > 0.25f; t /= 2) s = s * 0.5 + x[0] / t;
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.75);
    return report();
}
