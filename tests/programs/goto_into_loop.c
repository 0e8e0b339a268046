/* Jumps into the body of a loop and out of two loops at once. */
#include "check.h"

static double f(double *x, int n) {
    double s = x[0];
    int i = 0, j = 1;
    if (x[0] > 1) goto middle;
    for (i = 0; i < n; i++) {
        s = s * 0.9 + x[i];
        for (j = 0; j < 3; j++) {
            s += 0.1 * x[j % n] * s;
        middle:
            s -= 0.05 * s * s;
            if (s > 6) goto out;
        }
    }
    s *= 2;
out:
    return s * x[n - 1];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.75, 0.25);
    CHECK(f, 1.5, 0.75, 0.25);
    CHECK(f, 0.5, 6.5, 5.0, 3.0);
    return report();
}
