/* Runge-Kutta for the Lorenz system, with a helper that writes its outputs. */
#include "check.h"

static void rhs(const double *u, const double *p, double *du) {
    du[0] = p[0] * (u[1] - u[0]);
    du[1] = u[0] * (p[1] - u[2]) - u[1];
    du[2] = u[0] * u[1] - p[2] * u[2];
}

static void rk4(double *u, const double *p, double h) {
    double k[4][3], t[3];
    static const double a[] = {0, 0.5, 0.5, 1}, b[] = {1 / 6., 1 / 3., 1 / 3., 1 / 6.};
    for (int s = 0; s < 4; s++) {
        for (int i = 0; i < 3; i++) t[i] = u[i] + (s ? h * a[s] * k[s - 1][i] : 0);
        rhs(t, p, k[s]);
    }
    for (int s = 0; s < 4; s++)
        for (int i = 0; i < 3; i++) u[i] += h * b[s] * k[s][i];
}

static double f(double *z, int n) {
    double u[3] = {z[0], z[1], z[2]};
    (void)n;
    for (int step = 0; step < 40; step++) rk4(u, z + 3, 0.01);
    return u[0] * u[0] + u[1] * u[2];
}
ARRAY_TEST(f)

int main(void) {
    CHECK_TOL(f, 1e-8, 1, 1.5, 2, /**/ 10, 28, 2.5);
    return report();
}
