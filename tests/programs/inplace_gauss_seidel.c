/* Gauss-Seidel sweeps, in place, up and down. */
#include "check.h"

static void smooth(double *u, int n) {
    for (int sweep = 0; sweep < 4; sweep++) {
        for (int i = 1; i < n - 1; i++) u[i] = 0.5 * (u[i - 1] + u[i + 1]) + 0.1 * u[i] * u[i];
        for (int i = n - 2; i > 0; i--) u[i] = 0.25 * (u[i - 1] + 2 * u[i] + u[i + 1]);
        u[0] *= u[n - 1];
    }
}
INPLACE_TEST(smooth)

int main(void) {
    CHECK(smooth, 0.5, 0.25, -0.75, 0.3, 1.25, 0.6);
    return report();
}
