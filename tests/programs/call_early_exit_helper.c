/* noinline helpers with early returns from loops, called in branches of loops. */
#include "check.h"

static NOINLINE double first_above(const double *x, int n, double bound) {
    for (int i = 0; i < n; i++)
        if (x[i] > bound) return x[i] * bound;
    return -bound;
}
static NOINLINE int index_of(const double *x, int n, double bound) {
    int i = 0;
    while (i < n && x[i] <= bound) i++;
    return i;
}

static double f(double *x, int n) {
    double s = 0.2;
    for (int i = 0; i < 2 * n; i++) {
        if (i % 3 == 1) s += first_above(x, n, s) * 0.5;
        else s = sin(s + x[index_of(x, n - 1, s)]);
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.5, -0.7, 1.1);
    return report();
}
