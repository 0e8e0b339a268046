/* assert, exit and abort in branches that are not taken. */
#include "check.h"
#include <assert.h>

static double checked_root(double x) {
    assert(x > 0 && "positive");
    if (x > 1e30) {
        fprintf(stderr, "too large: %g\n", x);
        exit(3);
    }
    if (x != x) abort();
    return sqrt(x);
}

static double f(double *x, int n) {
    double s = 0;
    assert(n > 0);
    for (int i = 0; i < n; i++) {
        s += checked_root(x[i]) * checked_root(x[i] + 1);
        assert(s < 1e9);
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.75, 0.25, 2.5);
    return report();
}
