/* A main loop by fours and a remainder, with accumulators in an array and scalars. */
#include "check.h"

static double f(double *x, int n) {
    double acc[4] = {0}, a = 0, b = 1;
    int i = 0;
    for (; i + 3 < n; i += 4) {
        acc[0] += x[i] * x[i + 1];
        acc[1] -= x[i + 1] * x[i + 2];
        acc[2] += sin(x[i + 2]);
        acc[3] *= x[i + 3];
        a += acc[i / 4 % 4];
        b *= x[i] + 1;
    }
    for (; i < n; i++) a += b * x[i];
    return acc[0] * acc[1] + acc[2] + acc[3] + a * b;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5);
    CHECK(f, 0.3, 1.5, -0.7, 0.9);
    CHECK(f, 0.3, 1.5, -0.7, 0.9, 0.2, -0.4, 1.1, 0.6, 0.35, 0.45);
    return report();
}
