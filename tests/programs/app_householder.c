/* Householder QR of a tall matrix in place with an early exit per column. */
#include "check.h"

enum { M = 4, N = 3 };

static double f(double *a, int n) {
    double diagonal[N], product = 1;
    (void)n;
    for (int k = 0; k < N; k++) {
        double norm = 0;
        for (int i = k; i < M; i++) norm = hypot(norm, a[i * N + k]);
        if (norm == 0) {
            diagonal[k] = 0;
            continue;
        }
        if (a[k * N + k] < 0) norm = -norm;
        for (int i = k; i < M; i++) a[i * N + k] /= norm;
        a[k * N + k] += 1;
        for (int j = k + 1; j < N; j++) {
            double s = 0;
            for (int i = k; i < M; i++) s += a[i * N + k] * a[i * N + j];
            s = -s / a[k * N + k];
            for (int i = k; i < M; i++) a[i * N + j] += s * a[i * N + k];
        }
        diagonal[k] = -norm;
    }
    for (int k = 0; k < N; k++) product *= diagonal[k];
    return product;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, -0.5, 0.8, 0.1, 0.9, -0.2, 0.7, 1.1, 0.4, -0.6, 0.25, 0.65);
    return report();
}
