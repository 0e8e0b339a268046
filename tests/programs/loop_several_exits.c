/* One loop with four exits: condition, break, return, goto. */
#include "check.h"

static double f(double *x, int n) {
    double a = x[0];
    int i = 0;
    while (i < 20) {
        a = a * 1.1 + x[i % n];
        if (a > 10) break;
        if (a < -10) return a * x[0];
        i++;
        if (i > 3 && a < 0.5) goto small;
        a -= 0.2 * a * a;
    }
    return a + i;
small:
    return a * a * a;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.75);
    CHECK(f, 9.5, 2.0);
    CHECK(f, -8.0, -9.0);
    CHECK(f, 0.25, -0.25, 0.125);
    return report();
}
