/* Branch-free choice by masks of zeros and ones over the bits of doubles. */
#include "check.h"

static double choose(int condition, double a, double b) {
    uint64_t ua, ub, mask = -(uint64_t)(condition != 0);
    double r;
    memcpy(&ua, &a, 8);
    memcpy(&ub, &b, 8);
    ua = (ua & mask) | (ub & ~mask);
    memcpy(&r, &ua, 8);
    return r;
}

static double f(double *x, int n) {
    double s = 1;
    for (int i = 0; i < n; i++) s = s * 0.5 + choose(x[i] > 0, x[i] * x[i], 3 * x[i]);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75, 0.3);
    return report();
}
