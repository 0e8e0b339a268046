/* First and second order recurrences carried by scalars, and a shift register. */
#include "check.h"

static double f(double *x, int n) {
    double a = x[0], b = x[1], c = 1, d = 0.5;
    for (int i = 0; i < 25; i++) {
        double t = 0.9 * a + 0.2 * b * x[i % n];
        d = c;
        c = b;
        b = a;
        a = t - 0.1 * c * d;
    }
    return a * b + c * d;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.75, 0.25);
    return report();
}
