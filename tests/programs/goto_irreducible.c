/* An irreducible region: two blocks that jump to each other, both entered from outside. */
#include "check.h"

static double f(double *x, int n) {
    double a = x[0], b = x[1];
    int i = 0;
    if (a > b) goto second;
first:
    a = sin(a) + b * x[i % n];
    i++;
    if (i > 8) goto out;
second:
    b = b * 0.75 + a * a * 0.25;
    i++;
    if (b < 2.5 && i < 11) goto first;
    if (i < 6) goto second;
out:
    return a * b;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 1.0, 2.0, 0.5);
    CHECK(f, 2.0, 1.0, 0.5);
    CHECK(f, 2.0, 1.0);
    CHECK(f, -2.0, 8.0, 0.1);
    return report();
}
