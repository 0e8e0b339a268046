/* Functions that would be a million copies if all calls were inlined. */
#include "check.h"

#define TWICE(k, below) \
    static double g##k(double x, const double *w) { return below(x * 0.5 + w[k % 3], w) + 0.25 * below(sin(x), w); }
static double g0(double x, const double *w) { return cos(x) * w[0]; }
TWICE(1, g0) TWICE(2, g1) TWICE(3, g2) TWICE(4, g3) TWICE(5, g4) TWICE(6, g5) TWICE(7, g6) TWICE(8, g7)
TWICE(9, g8) TWICE(10, g9) TWICE(11, g10) TWICE(12, g11)

/* clang itself would inline thousands of calls into the checks */
static NOINLINE double f(double *x, int n) { return g12(x[n - 1], x); }
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.5, -0.7);
    return report();
}
