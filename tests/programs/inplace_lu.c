/* LU factorisation in place with partial pivoting: rows are swapped by value. */
#include "check.h"

enum { N = 3 };

static double determinant(double *a, int n) {
    double det = 1;
    (void)n;
    for (int k = 0; k < N; k++) {
        int pivot = k;
        for (int i = k + 1; i < N; i++)
            if (fabs(a[i * N + k]) > fabs(a[pivot * N + k])) pivot = i;
        if (pivot != k) {
            for (int j = 0; j < N; j++) {
                double t = a[k * N + j];
                a[k * N + j] = a[pivot * N + j];
                a[pivot * N + j] = t;
            }
            det = -det;
        }
        if (a[k * N + k] == 0) return 0;
        det *= a[k * N + k];
        for (int i = k + 1; i < N; i++) {
            a[i * N + k] /= a[k * N + k];
            for (int j = k + 1; j < N; j++) a[i * N + j] -= a[i * N + k] * a[k * N + j];
        }
    }
    return log(fabs(det));
}
ARRAY_TEST(determinant)

int main(void) {
    CHECK(determinant, 1, 2, 0.5, 4, 1, -1, 2, 3.5, 1.25);
    CHECK(determinant, 3, 1, 2, 1, 4, 1.5, 0.5, 1, 5);
    return report();
}
