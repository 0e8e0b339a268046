/* Stores of what was loaded, doubling in place, and sums of an element with itself. */
#include "check.h"

static void f(double *x, int n) {
    for (int i = 0; i < n; i++) {
        x[i] = x[i];
        x[i] += x[i];
        x[i] *= x[i];
        x[i] -= x[i] * 0.5;
        x[i] = x[i] / x[(i + 1) % n] + x[i];
    }
}
INPLACE_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    CHECK(f, 0.3);
    return report();
}
