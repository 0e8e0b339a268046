/* memcpy of arrays, of parts, and of run-time size. */
#include "check.h"

static double f(double *x, int n) {
    double a[8], b[8];
    memcpy(a, x, n * sizeof *a);
    memcpy(b, a, sizeof(double));
    memcpy(b + 1, a, (n - 1) * sizeof *b);
    for (int i = 0; i < n; i++) a[i] *= b[i];
    memcpy(&b[0], &a[n - 1], sizeof b[0]);
    memcpy(x, a, n / 2 * sizeof *a);
    double s = 0;
    for (int i = 0; i < n; i++) s += a[i] * b[i] * x[i];
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    CHECK(f, 0.5, 1.25, -0.75, 2, 0.3);
    return report();
}
