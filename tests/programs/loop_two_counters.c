/* Two indices that meet (as in a partition), with branch-dependent steps. */
#include "check.h"

static double f(double *x, int n) {
    int i = 0, j = n - 1;
    double s = 1;
    while (i < j) {
        s += x[i] * x[j];
        if (x[i] > x[j]) {
            s *= 0.5;
            i++;
        } else {
            s += sin(x[j]);
            j -= 1 + (j - i > 3);
        }
    }
    return s * x[i];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5);
    CHECK(f, 0.5, 0.75, 0.25, -2.0, 1.5, 1.0, 0.2, 0.9);
    return report();
}
