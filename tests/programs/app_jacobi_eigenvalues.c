/* Cyclic Jacobi rotations on a symmetric matrix: data-dependent skips. */
#include "check.h"

enum { N = 3 };

static double f(double *z, int n) {
    double a[N][N] = {{z[0], z[1], z[2]}, {z[1], z[3], z[4]}, {z[2], z[4], z[5]}}, r = 0;
    (void)n;
    for (int sweep = 0; sweep < 8; sweep++)
        for (int p = 0; p < N; p++)
            for (int q = p + 1; q < N; q++) {
                if (fabs(a[p][q]) < 1e-9) continue;
                double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
                double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
                double c = 1 / sqrt(t * t + 1), s = t * c;
                for (int k = 0; k < N; k++) {
                    double kp = a[k][p], kq = a[k][q];
                    a[k][p] = c * kp - s * kq;
                    a[k][q] = s * kp + c * kq;
                }
                for (int k = 0; k < N; k++) {
                    double pk = a[p][k], qk = a[q][k];
                    a[p][k] = c * pk - s * qk;
                    a[q][k] = s * pk + c * qk;
                }
            }
    for (int i = 0; i < N; i++) r += exp(a[i][i]);
    return r;
}
ARRAY_TEST(f)

int main(void) {
    CHECK_TOL(f, 1e-7, 1.3, -0.5, 0.8, 0.1, 0.9, -0.2);
    return report();
}
