/* Nested conditions, with a result assigned on some of the ways only. */
#include "check.h"

static double f(double x, double y) {
    double r = x * y;
    if (x > y) {
        if (x > 2 * y)
            r = x * x;
        else if (y < 0)
            r += y;
    } else if (x + y < 0) {
        r = -r;
    }
    return r * r + x;
}
SCALAR2_TEST(f)

int main(void) {
    CHECK(f, 3.0, 1.0);
    CHECK(f, 1.5, 1.0);
    CHECK(f, -1.5, -1.0);
    CHECK(f, -1.0, -1.4);
    CHECK(f, -2.0, 1.0);
    CHECK(f, 1.0, 2.0);
    return report();
}
