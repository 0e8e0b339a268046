/* A temporary allocated and freed in each iteration, of changing size. */
#include "check.h"

static double f(double *x, int n) {
    double s = 0.5;
    for (int i = 1; i <= 2 * n; i++) {
        double *t = malloc(i * sizeof *t);
        for (int j = 0; j < i; j++) t[j] = s * x[j % n] + j;
        for (int j = 1; j < i; j++) t[j] += 0.1 * sin(t[j - 1]);
        s = t[i - 1] * 0.1 + cos(t[0]);
        free(t);
    }
    return s * s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
