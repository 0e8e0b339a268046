/* Ping-pong buffers: the pointers are swapped in a time loop. */
#include "check.h"

static double heat(double *u0, int n) {
    double a[16], b[16], *u = a, *v = b;
    for (int i = 0; i < n; i++) u[i] = u0[i];
    for (int step = 0; step < 9; step++) {
        v[0] = u[0];
        v[n - 1] = u[n - 1];
        for (int i = 1; i < n - 1; i++)
            v[i] = u[i] + 0.2 * (u[i - 1] - 2 * u[i] + u[i + 1]) - 0.05 * u[i] * u[i] * u[i];
        double *t = u;
        u = v;
        v = t;
    }
    double s = 0;
    for (int i = 0; i < n; i++) s += u[i] * u[i] * (i + 1);
    return s;
}
ARRAY_TEST(heat)

int main(void) {
    CHECK(heat, 0.5, 1.25, -0.75, 2, 1.25, 0.3);
    return report();
}
