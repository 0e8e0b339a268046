/* Cholesky factorisation in place, then the log-determinant and a quadratic form. */
#include "check.h"

enum { N = 3 };

static double f(double *a, int n) {
    double y[N], r = 0;
    (void)n;
    for (int j = 0; j < N; j++) {
        for (int k = 0; k < j; k++)
            for (int i = j; i < N; i++) a[i * N + j] -= a[i * N + k] * a[j * N + k];
        a[j * N + j] = sqrt(a[j * N + j]);
        for (int i = j + 1; i < N; i++) a[i * N + j] /= a[j * N + j];
    }
    for (int i = 0; i < N; i++) {
        y[i] = i + 1;
        for (int j = 0; j < i; j++) y[i] -= a[i * N + j] * y[j];
        y[i] /= a[i * N + i];
        r += y[i] * y[i] + 2 * log(a[i * N + i]);
    }
    return r;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 4, 0, 0, 1, 5, 0, 0.5, -1, 3);
    return report();
}
