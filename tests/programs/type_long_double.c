/* x87 extended precision, with its own functions; derivatives keep the precision. */
#include "check.h"

static long double f(const long double *x, int n) {
    long double s = 0;
    for (int i = 0; i < n; i++) s += expl(x[i]) * x[0] / (1 + x[i] * x[i]);
    return s * sqrtl(s) + fabsl(x[1]) + powl(x[0], 3);
}

static long double df(const long double *x, int n, int k) {
    long double s = 0, ds = 0;
    for (int i = 0; i < n; i++) {
        long double d = 1 + x[i] * x[i], e = expl(x[i]);
        s += e * x[0] / d;
        if (i == k) ds += e * x[0] / d - e * x[0] * 2 * x[i] / (d * d);
        if (k == 0) ds += e / d;
    }
    return 1.5L * sqrtl(s) * ds + (k == 1 ? (x[1] < 0 ? -1 : 1) : 0) + (k == 0 ? 3 * x[0] * x[0] : 0);
}

extern long double __enzyme_fwddiff_long(void *, ...);

int main(void) {
    long double x[3] = {0.5L, -0.75L, 1.25L}, b[3] = {0}, v[3] = {1, -2, 0.5L}, want = 0;
    if (!markers_work) return report();
    __enzyme_autodiff_void((void *)f, enzyme_dup, x, b, enzyme_const, 3);
    for (int i = 0; i < 3; i++) {
        CHECK_CLOSE((double)((b[i] - df(x, 3, i)) * 1e17L), 0, 40);
        want += v[i] * df(x, 3, i);
    }
    long double got = __enzyme_fwddiff_long((void *)f, enzyme_dup, x, v, enzyme_const, 3);
    CHECK_CLOSE((double)((got - want) * 1e17L), 0, 100);
    return report();
}
