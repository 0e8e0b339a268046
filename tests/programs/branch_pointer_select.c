/* The branch chooses where to read and where to write. */
#include "check.h"

static double f(double *x, int n) {
    double a[2] = {x[0] * x[1], 0}, b[2] = {0, x[2]};
    double *to = x[0] > x[1] ? a : b;
    const double *from = n > 3 ? x + 1 : x;
    to[0] += from[1] * from[2];
    to[1] *= from[0];
    return a[0] * a[0] + a[1] + sin(b[0]) * b[1];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 2.0, 1.0, 0.5);
    CHECK(f, 1.0, 2.0, 0.5);
    CHECK(f, 2.0, 1.0, 0.5, -1.5);
    CHECK(f, 1.0, 2.0, 0.5, -1.5);
    return report();
}
