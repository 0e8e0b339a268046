/* A table of pointers to active cells that is permuted while it is used. */
#include "check.h"

static double f(double *x, int n) {
    double *cell[8], s = 1;
    for (int i = 0; i < n; i++) cell[i] = &x[(2 * i + 1) % n];
    for (int t = 0; t < 3 * n; t++) {
        int i = t % n, j = (t * t + 1) % n;
        s = 0.5 * s + *cell[i] * *cell[j];
        *cell[j] = sin(*cell[i] + s);
        double *p = cell[i];
        cell[i] = cell[j];
        cell[j] = p;
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    CHECK(f, 0.3, 1.5, -0.7, 0.9, 0.4);
    return report();
}
