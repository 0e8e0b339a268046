/* levels: precise
   Sum, product, maximum, norm and a running mean of the same data. */
#include "check.h"

static double f(double *x, int n) {
    double sum = 0, product = 1, norm = 0, mean = 0, largest = -HUGE_VAL;
    for (int i = 0; i < n; i++) {
        sum += x[i];
        product *= x[i];
        norm += x[i] * x[i];
        mean += (x[i] - mean) / (i + 1);
        if (x[i] > largest) largest = x[i];
    }
    return sum * product + sqrt(norm) * mean + largest * sum;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5);
    CHECK(f, 0.5, 0.75, 0.25, -2.0);
    return report();
}
