/* A global accumulates what noinline functions add. */
#include "check.h"

double total;

static NOINLINE void add(double v) { total += v; }

static double f(double *x, int n) {
    total = 0;
    for (int i = 0; i < n; i++) add(x[i] * x[i]);
    return total * x[0];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
