/* realloc of a plain local pointer: grown twice, shrunk once, old contents kept. */
#include "check.h"

static double f(double *x, int n) {
    double *p = malloc(n * sizeof *p);
    for (int i = 0; i < n; i++) p[i] = sin(x[i]);
    p = realloc(p, 3 * n * sizeof *p);
    for (int i = n; i < 3 * n; i++) p[i] = p[i - n] * x[i % n];
    p = realloc(p, 2 * n * sizeof *p);
    p = realloc(p, 40 * n * sizeof *p);
    for (int i = 2 * n; i < 40 * n; i++) p[i] = 0.9 * p[i - 1] + 0.1 * p[i - 2 * n];
    double r = p[40 * n - 1] * p[0] + p[n];
    free(p);
    return r;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
