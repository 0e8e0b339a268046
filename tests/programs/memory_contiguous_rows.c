/* A row table into one block, as Numerical Recipes allocates matrices. */
#include "check.h"

static double **matrix(int rows, int columns) {
    double **m = malloc(rows * sizeof *m);
    m[0] = malloc((size_t)rows * columns * sizeof **m);
    for (int i = 1; i < rows; i++) m[i] = m[i - 1] + columns;
    return m;
}

static double f(double *x, int n) {
    double **a = matrix(n, n), **b = matrix(n, 2), s = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) a[i][j] = x[i] * (j + 1) + x[j];
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 2; k++) {
            b[i][k] = 0;
            for (int j = 0; j < n; j++) b[i][k] += a[i][j] * x[(j + k) % n];
        }
    double *row = a[0];
    for (int i = 0; i < n * n; i++) s += row[i] * 0.1;
    for (int i = 0; i < n; i++) s += b[i][0] * b[i][1];
    free(a[0]);
    free(a);
    free(b[0]);
    free(b);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
