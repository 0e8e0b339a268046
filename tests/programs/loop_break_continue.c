/* break and continue at several depths, with a flag that ends the outer loop. */
#include "check.h"

static double f(double *x, int n) {
    double s = 0.5;
    int stop = 0;
    for (int i = 0; i < n && !stop; i++) {
        if (x[i] < 0) continue;
        for (int j = 0;; j++) {
            if (j == i) break;
            if (j % 2) continue;
            s += x[i] * x[j];
            if (s > 5) {
                stop = 1;
                break;
            }
        }
        s *= x[i];
    }
    return s * s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.75, -0.25, 1.0, 1.5);
    CHECK(f, 1.5, 2.75, 0.25, 3.0, 1.5);
    return report();
}
