/* Arrays with a lower bound other than zero, by offset pointers. */
#include "check.h"

static double stencil(const double *centre, int reach) {
    double s = 0;
    for (int k = -reach; k <= reach; k++) s += centre[k] * (k * k + 1);
    return s;
}

static double f(double *x, int n) {
    double padded[12] = {0}, *u = padded + 2, s = 0;
    for (int i = 0; i < n; i++) u[i] = x[i] * x[i];
    u[-1] = u[0], u[-2] = u[1];
    u[n] = u[n - 1], u[n + 1] = u[n - 2];
    for (int i = 0; i < n; i++) s += stencil(&u[i], 1 + i % 2) * x[n - 1 - i];
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.5, -0.7, 0.9);
    return report();
}
