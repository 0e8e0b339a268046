/* Binary search over an integer-indexed table, then interpolation. */
#include "check.h"

static double lookup(const double *xs, const double *ys, int n, double x) {
    int low = 0, high = n - 1;
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (xs[middle] <= x) low = middle;
        else high = middle;
    }
    double t = (x - xs[low]) / (xs[high] - xs[low]);
    return ys[low] * (1 - t) + ys[high] * t;
}

static double f(double *x, int n) {
    double xs[8], r = 0;
    for (int i = 0; i < n; i++) xs[i] = i + 0.1 * sin(x[i]);
    for (int i = 0; i < n; i++) r = r * 0.5 + lookup(xs, x, n, 0.55 + 0.6 * i);
    return r;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.2, 0.7, 1.5, 3.0, -1.0);
    return report();
}
