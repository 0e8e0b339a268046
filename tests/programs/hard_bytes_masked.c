/* The sign cleared in the top byte, in place. */
#include "check.h"

static double f(double *x, int n) { double s = 0; for (int i = 0; i < n; i++) ((unsigned char *)(x + i))[7] &= 0x7f; for (int i = 0; i < n; i++) s += x[i] * (i + 1) * x[0]; return s; }
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, 0.75, 1.5, 0.3, 0.9);
    return report();
}
