/* Matrix product, transpose and trace with 2D array parameters. */
#include "check.h"

enum { N = 3 };

static void multiply(double (*restrict c)[N], const double (*a)[N], const double (*b)[N]) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            c[i][j] = 0;
            for (int k = 0; k < N; k++) c[i][j] += a[i][k] * b[k][j];
        }
}

static double f(double *x, int n) {
    double a[N][N], b[N][N], c[N][N], trace = 0;
    (void)n;
    memcpy(a, x, sizeof a);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) b[j][i] = sin(a[i][j]);
    multiply(c, (const double(*)[N])a, (const double(*)[N])b);
    multiply(b, (const double(*)[N])c, (const double(*)[N])c);
    for (int i = 0; i < N; i++) trace += b[i][i];
    return trace;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 1, 2, 3, 0.5, -0.25, 0.75, 0.1, 0.2, -0.3);
    return report();
}
