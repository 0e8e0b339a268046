/* Nests where the inner loop's exit decides the outer's: found flags, labelled continue by goto. */
#include "check.h"

static double f(double *x, int n) {
    double s = 0.5;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            if (i == j) continue;
            for (int k = 0; k < n; k++) {
                s += 0.1 * x[i] * x[j] * x[k];
                if (s > 1.5) goto next;
                if (s < -1.5) goto out;
            }
            s *= 0.9;
        }
        s += x[i];
    next:
        s *= 0.7;
    }
out:
    return s * x[0];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    CHECK(f, 1.3, 1.5, 0.9);
    CHECK(f, -2.3, -1.5, -1.7, -2.0);
    return report();
}
