/* Thomas' algorithm, and a cubic spline through the solution. */
#include "check.h"

static void thomas(const double *a, double *b, const double *c, double *d, int n) {
    for (int i = 1; i < n; i++) {
        double w = a[i] / b[i - 1];
        b[i] -= w * c[i - 1];
        d[i] -= w * d[i - 1];
    }
    d[n - 1] /= b[n - 1];
    for (int i = n - 2; i >= 0; i--) d[i] = (d[i] - c[i] * d[i + 1]) / b[i];
}

static double f(double *y, int n) {
    double a[n], b[n], c[n], d[n], s = 0;
    for (int i = 0; i < n; i++) {
        a[i] = c[i] = 1 + 0.1 * y[0];
        b[i] = 4;
        d[i] = i == 0 || i == n - 1 ? 0 : 6 * (y[i - 1] - 2 * y[i] + y[i + 1]);
    }
    c[0] = a[n - 1] = 0;
    thomas(a, b, c, d, n);
    for (int i = 0; i + 1 < n; i++)
        for (double t = 0.25; t < 1; t += 0.25) {
            double u = 1 - t;
            double v = u * y[i] + t * y[i + 1] + ((u * u * u - u) * d[i] + (t * t * t - t) * d[i + 1]) / 6;
            s += v * v;
        }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, -0.5, 0.8, 0.1, 0.9, -0.2);
    return report();
}
