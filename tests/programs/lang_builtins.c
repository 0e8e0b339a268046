/* expect, unreachable, assume, prefetch, constant_p, object sizes, the checked memcpy. */
#include "check.h"

static double kind(double x, int k) {
    switch (k % 3) {
    case 0: return x * x;
    case 1: return sin(x);
    case 2: return -x;
    }
    __builtin_unreachable();
}

static double f(double *x, int n) {
    double copy[8], s = 0;
    __builtin_assume(n > 0);
    __builtin___memcpy_chk(copy, x, n * sizeof *x, sizeof copy);
    x = __builtin_assume_aligned(x, 8);
    for (int i = 0; i < n; i++) {
        __builtin_prefetch(&x[i]);
        if (__builtin_expect(copy[i] > 1e6, 0)) return 0;
        s += kind(copy[i], i) * (__builtin_constant_p(n) ? 1 : 1) + __builtin_fabs(x[i]) * __builtin_sqrt(2.0);
    }
    return s + __builtin_object_size(copy, 0) * x[0];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.6);
    return report();
}
