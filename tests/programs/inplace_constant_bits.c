/* A small copy of constants becomes a store of an integer: its bits are no tangent. */
#include "check.h"

static const double table[4] = {0.5, 0.25, 2, 3};

static double moved(double *x, int n) {
    double t[2];
    for (int i = 0; i < 2; i++) t[i] = 0.5;
    int one = 1;
    double r = x[0] * x[1];
    memmove(x, t, (one & 3) * sizeof *t);
    memcpy(x + 1, table + 1, sizeof *x);
    return r * x[1] + n * x[0];
}
ARRAY_TEST(moved)

int main(void) {
    CHECK(moved, 0.3, 1.5, -0.7);
    return report();
}
