/* Functions whose result does not depend on the active input, or depends on nothing. */
#include "check.h"

static double constant(double x, double y) {
    (void)x, (void)y;
    return 3;
}
static double unused(double x, double y) {
    double t = x * x;
    t = y;
    return t * t;
}
static double cancelled(double x, double y) { return x - x + (x > y) * 2.5 + y; }
static double nothing(double *x, int n) { return x[0] * 0 + n; }
SCALAR2_TEST(constant)
SCALAR2_TEST(unused)
SCALAR2_TEST(cancelled)
ARRAY_TEST(nothing)

int main(void) {
    CHECK(constant, 1.5, 2.5);
    CHECK(unused, 1.5, 2.5);
    CHECK(cancelled, 1.5, 2.5);
    CHECK(nothing, 1.5, 2.5);
    return report();
}
