/* In-place prefix sums, and prefix products into another array. */
#include "check.h"

static void f(double *x, int n) {
    double p[16];
    p[0] = x[0];
    for (int i = 1; i < n; i++) p[i] = p[i - 1] * x[i];
    for (int i = 1; i < n; i++) x[i] += x[i - 1];
    for (int i = 0; i < n; i++) x[i] = x[i] * x[i] + p[n - 1 - i];
}
INPLACE_TEST(f)

int main(void) {
    CHECK(f, 0.5);
    CHECK(f, 0.5, 0.75, 0.25, -2.0, 1.5);
    return report();
}
