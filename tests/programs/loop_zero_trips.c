/* Loops that do not run at all, that run once, and whose bound is negative. */
#include "check.h"

static double f(double *x, int n) {
    double s = x[0];
    for (int i = 5; i < n; i++) s *= x[i];
    for (int i = 0; i < n - 3; i++) s += x[i] * x[i];
    for (int i = n; i < 0; i++) s = 0;
    int k = n - 1;
    while (k < -1) k++, s = sin(s);
    return s * s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5);
    CHECK(f, 0.5, 0.75, 0.25, 2.0);
    CHECK(f, 0.5, 0.75, 0.25, 2.0, 1.5, 1.25, 3.0);
    return report();
}
