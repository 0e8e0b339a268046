/* Downward, strided, do-while, doubling and pointer-walking loops in one function. */
#include "check.h"

static double f(double *x, int n) {
    double s = 0;
    for (int i = n - 1; i >= 0; i--) s = s * 0.5 + x[i] * x[i];
    for (int i = 1; i < n; i += 3) s *= 1 + 0.1 * x[i];
    for (unsigned i = 1; i < (unsigned)n; i *= 2) s += sin(x[i]);
    int k = 0;
    do {
        s -= 0.25 * x[k] * s;
        k += 2;
    } while (k < n);
    for (const double *p = x, *end = x + n; p != end; ++p) s += *p * s * 0.01;
    for (const double *p = x + n; p-- > x;) s = cos(s) + *p;
    for (size_t i = n; i-- > 0;) s += x[i] * i;
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5);
    CHECK(f, 0.5, 0.75);
    CHECK(f, 0.5, 0.75, 0.25, 2.0, -1.0, 0.3, 0.8);
    return report();
}
