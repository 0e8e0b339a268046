/* Inner bounds that depend on the outer counters. */
#include "check.h"

static double f(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            for (int k = j; k < i; k++) s += x[i] * x[j] * x[k] + sin(s);
    for (int i = 0; i < n; i++)
        for (int j = n - 1; j > i; j -= 2) s = s * 0.99 + x[i] / (1 + x[j] * x[j]);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5);
    CHECK(f, 0.5, 0.75);
    CHECK(f, 0.5, 0.75, -0.25, 1.0, -1.0);
    return report();
}
