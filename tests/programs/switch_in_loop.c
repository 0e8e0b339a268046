/* A switch inside a loop whose cases break the switch, continue the loop, or leave by goto. */
#include "check.h"

static double f(double *x, int n) {
    double r = 0.25;
    for (int i = 0; i < 4 * n; i++) {
        switch (i * 7 % 5) {
        case 0: r += x[i % n]; break;
        case 1: r *= x[i % n]; continue;
        case 2:
            if (r > 4) goto out;
            r = r * 0.5 + 1;
            break;
        case 3: r = cos(r * x[i % n]);
        }
        r += 0.125 * r * r;
    }
out:
    return r + x[0];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.75, -0.25);
    CHECK(f, 3.5, 4.75);
    return report();
}
