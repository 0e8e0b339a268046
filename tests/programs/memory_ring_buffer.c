/* A ring buffer of the last values, indexed modulo its size: a delay line. */
#include "check.h"

static double f(double *x, int n) {
    double ring[4] = {0.1, 0.2, 0.3, 0.4};
    unsigned head = 0;
    double y = 0;
    for (int i = 0; i < 5 * n; i++) {
        double delayed = ring[head % 4];
        y = 0.5 * delayed + x[i % n] * ring[(head + 2) & 3];
        ring[head++ % 4] = y;
    }
    return y + ring[head % 4] * y;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.25, -0.75);
    return report();
}
