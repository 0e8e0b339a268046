/* Three mutually jumping labels, entered at each by a switch. */
#include "check.h"

static double f(double *x, int n) {
    double v = x[0];
    int fuel = 9;
    switch (n) {
    case 1: goto a;
    case 2: goto b;
    default: goto c;
    }
a:
    v = v * x[0] + 0.5;
    if (--fuel == 0) return v;
    if (v > 1) goto c;
b:
    v = cos(v) * x[n - 1];
    if (--fuel == 0) return v * v;
    if (fuel % 4 == 1) goto a;
c:
    v += 0.25 * x[n / 2] * v;
    if (--fuel == 0) return -v;
    if (fuel & 1) goto a;
    goto b;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.75);
    CHECK(f, 0.75, 1.5);
    CHECK(f, 1.75, 1.5, -0.5);
    return report();
}
