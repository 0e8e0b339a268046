/* Dynamic time warping: hard and soft minima in one table, filled by rows. */
#include "check.h"

static double soft_min(double a, double b, double c) {
    double m = fmin(a, fmin(b, c));
    return m - log(exp(m - a) + exp(m - b) + exp(m - c));
}

static double warp(const double *a, int n, const double *b, int m, int soft) {
    double (*t)[m + 1] = malloc((n + 1) * sizeof *t);
    for (int i = 0; i <= n; i++)
        for (int j = 0; j <= m; j++) t[i][j] = i || j ? 1e3 : 0;
    for (int i = 1; i <= n; i++)
        for (int j = 1; j <= m; j++) {
            double d = a[i - 1] - b[j - 1], u = t[i - 1][j], l = t[i][j - 1], ul = t[i - 1][j - 1];
            t[i][j] = d * d + (soft ? soft_min(u, l, ul) : u < l ? (u < ul ? u : ul) : l < ul ? l : ul);
        }
    double r = t[n][m];
    free(t);
    return r;
}

static double f(double *z, int n) {
    return warp(z, 3, z + 3, n - 3, 0) * warp(z + 1, n - 2, z, 3, 1);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.1, 0.7, -0.3, 0.9, 0.2, 0.5, -0.8);
    return report();
}
