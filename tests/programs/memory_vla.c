/* Variable-length arrays of one and two dimensions, also inside a loop. */
#include "check.h"

static double f(double *x, int n) {
    double v[n], m[n][n + 1], s = 0;
    for (int i = 0; i < n; i++) v[i] = x[i] * x[i];
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= n; j++) m[i][j] = j < n ? v[i] * x[j] : v[i];
    for (int i = 1; i <= n; i++) {
        double w[i];
        for (int j = 0; j < i; j++) w[j] = m[j][i] + s;
        for (int j = 1; j < i; j++) w[j] += w[j - 1] * 0.2;
        s = 0.5 * s + sin(w[i - 1]);
    }
    return s * v[0];
}

static double trace(int n, double m[n][n]) {
    double s = 0;
    for (int i = 0; i < n; i++) s += m[i][i] * m[i][n - 1 - i];
    return s;
}

static double g(double *x, int n) {
    (void)n;
    return trace(3, (double(*)[3])x) * trace(2, (double(*)[2])(x + 1));
}
ARRAY_TEST(f)
ARRAY_TEST(g)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    CHECK(g, 0.5, 1.25, -0.75, 1, 2, 0.3, 0.7, -0.2, 1.5);
    return report();
}
