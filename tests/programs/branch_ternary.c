/* Ternaries and short-circuit conditions become selects. */
#include "check.h"

static double f(double *x, int n) {
    double best = x[0], sum = 0;
    for (int i = 0; i < n; i++) {
        best = x[i] > best ? x[i] : best;
        sum += (x[i] > 0 && x[i] < 2) || i == 2 ? sin(x[i]) : x[i] < -1 ? cos(x[i]) * x[i] : 0.5 * x[i];
    }
    return best * sum;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 1.0, 3.0, 2.5, -0.5, -2.0);
    CHECK(f, -1.25, -3.0, -2.5, -0.5, -2.0);
    return report();
}
