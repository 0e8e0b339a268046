/* double ***: blocks of rows of numbers, allocated, filled, contracted, freed. */
#include "check.h"

static double ***tensor(int a, int b, int c) {
    double ***t = malloc(a * sizeof *t);
    for (int i = 0; i < a; i++) {
        t[i] = malloc(b * sizeof **t);
        for (int j = 0; j < b; j++) t[i][j] = calloc(c, sizeof ***t);
    }
    return t;
}
static void release(double ***t, int a, int b) {
    for (int i = 0; i < a; i++) {
        for (int j = 0; j < b; j++) free(t[i][j]);
        free(t[i]);
    }
    free(t);
}

static double f(double *x, int n) {
    double ***t = tensor(2, n, 3), s = 0;
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < n; j++)
            for (int k = 0; k < 3; k++) t[i][j][k] += x[j] * x[(j + k) % n] + i;
    for (int j = 0; j < n; j++)
        for (int k = 0; k < 3; k++) s += t[0][j][k] * t[1][n - 1 - j][2 - k];
    release(t, 2, n);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
