/* Early returns from within nested loops, each with another expression. */
#include "check.h"

static double f(double *x, int n) {
    double product = 1;
    for (int i = 0; i < n; i++) {
        if (x[i] < 0) return product * x[i];
        for (int j = 0; j <= i; j++) {
            product *= 1 + 0.1 * x[j];
            if (product > 3) return log(product) + x[i] * x[j];
        }
        if (x[i] > 10) return 0;
    }
    return product * product;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.25, 0.125);
    CHECK(f, 1.5, 2.25, 3.125, 4.0);
    CHECK(f, 1.5, 2.25, -3.125, 4.0);
    CHECK(f, 0.5, 20.0, 1.0);
    return report();
}
