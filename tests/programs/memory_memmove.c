/* Overlapping memmove in both directions, and by a run-time distance. */
#include "check.h"

static double f(double *x, int n) {
    memmove(x + 1, x, (n - 1) * sizeof *x);
    x[0] = x[1] * x[2];
    memmove(x, x + 2, (n - 2) * sizeof *x);
    int by = n % 3;
    memmove(x + by, x, (n - by) * sizeof *x);
    memmove(x, x, n * sizeof *x);
    double s = 0;
    for (int i = 0; i < n; i++) s += x[i] * x[i] * (i + 1);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75, 2);
    CHECK(f, 0.5, 1.25, -0.75, 2, 0.3);
    CHECK(f, 0.5, 1.25, -0.75, 2, 0.3, 0.7);
    return report();
}
