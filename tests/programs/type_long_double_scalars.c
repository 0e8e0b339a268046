/* long double by value, mixed with double and float and with integers. */
#include "check.h"

static double f(double *x, int n) {
    long double acc = 0, big = x[0];
    float small = 1.5f;
    for (int i = 0; i < n; i++) {
        acc += (long double)x[i] * big + i;
        big = big * 0.5L + (long double)sin((double)acc);
    }
    return (double)(acc * small) + (double)big * (int)3.7L;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.75, -0.25);
    return report();
}
