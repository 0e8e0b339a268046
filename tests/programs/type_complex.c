/* C99 complex arithmetic: sums, products, conjugates, division, parts, in arrays. */
#include "check.h"
#include <complex.h>

static double f(double *x, int n) {
    double complex z = x[0] + x[1] * I, w[3], s = 0;
    w[0] = z * z + 1.0;
    w[1] = conj(z) * w[0] * 0.5;
    w[2] = w[1] / (z + 2.0 * I) - x[n - 1];
    for (int i = 0; i < 3; i++) s += w[i] * (1.0 + i * I);
    return creal(s) * cimag(s) + creal(w[2]);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.75, -0.25);
    return report();
}
