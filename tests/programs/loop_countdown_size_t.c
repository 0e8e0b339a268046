/* size_t loops that count down past zero, and bounds that would wrap. */
#include "check.h"

static double f(double *x, int n) {
    double s = 0;
    size_t size = (size_t)n;
    for (size_t i = size - 1; i < size; i--) s = s * 0.5 + x[i] * x[0];
    for (size_t i = 0; i + 1 < size; i++) s += x[i] * x[i + 1];
    for (unsigned i = (unsigned)n; i; --i) s += x[i - 1] * i;
    while (size-- > 1) s *= 1 + 0.1 * x[size];
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3);
    CHECK(f, 0.3, 1.5, -0.7, 0.9);
    return report();
}
