/* Inputs that are overwritten before, while and after they are used nonlinearly. */
#include "check.h"

static double f(double *x, int n) {
    double r = 0;
    for (int i = 0; i < n; i++) {
        x[i] = x[i] * x[i];
        r += sin(x[i]);
        x[i] = exp(-x[i]) * r;
        x[(i + 1) % n] *= x[i];
    }
    x[0] = 7;
    return r * x[n - 1];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.25, -0.75);
    return report();
}
