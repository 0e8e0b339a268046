/* A state machine of gotos, driven by values and by a counter. */
#include "check.h"

static double f(double *x, int n) {
    double a = x[0], b = x[1];
    int steps = 0;
start:
    if (steps++ > 12) goto done;
    if (a > b) goto shrink;
    goto grow;
shrink:
    a = a * 0.5 + x[steps % n];
    if (a < 0.1) goto swap;
    goto start;
grow:
    a = a * 1.25 + 0.3 * b;
    if (steps % 3 == 0) goto swap;
    goto start;
swap: {
    double t = a;
    a = sin(b) + 0.1;
    b = cos(t) * x[2];
}
    if (b > 1.2) goto done;
    goto start;
done:
    return a * b + a;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 1.0, 2.0, 0.75);
    CHECK(f, 2.0, 1.0, -0.5);
    CHECK(f, 9.0, 1.0, 1.25, 0.5);
    return report();
}
