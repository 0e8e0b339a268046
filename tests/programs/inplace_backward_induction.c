/* The price of an option that may be exercised early, on a tree: a triangle of steps in place, whose
   first address asked for is that of the next element. */
#include "check.h"

static double price(double *x, int n) {
    double v[9];
    for (int i = 0; i <= 8; i++) v[i] = 95 - 100 * x[0];
    for (int k = 7; k >= 0; k--)
        for (int i = 0; i <= k; i++) {
            double kept = 0.6 * v[i + 1] + 0.3 * v[i];
            double exercised = 95 - 100 * x[0] * pow(1 + 0.1 * x[1], 2 * i - k);
            v[i] = kept > exercised ? kept : exercised;
        }
    return v[0] / n;
}
ARRAY_TEST(price)

int main(void) {
    CHECK(price, 1.003, 0.5);
    CHECK(price, 0.9, 0.7);
    return report();
}
