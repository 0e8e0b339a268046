/* The defaults by type: doubles are out, integers const, pointers dup. */
#include "check.h"

static double f(double a, int k, double *x, double b, _Bool twice, long n) {
    double s = a;
    for (long i = 0; i < n; i++) s += x[i] * b * (twice ? 2 : 1);
    return s * s * k;
}

static double f_primal(double *z, int n) { return f(z[0], 3, z + 2, z[1], 1, n - 2); }
static void f_reverse(double *z, double *bz, int n) {
    extern struct two __enzyme_autodiff_default(void *, double, int, double *, double *, double, _Bool, long);
    struct two g = __enzyme_autodiff_default((void *)f, z[0], 3, z + 2, bz + 2, z[1], 1, n - 2);
    bz[0] += g.a, bz[1] += g.b;
}
static double f_forward(double *z, double *dz, int n) {
    extern double __enzyme_fwddiff_default(void *, double, double, int, double *, double *, double, double,
                                           _Bool, long);
    return __enzyme_fwddiff_default((void *)f, z[0], dz[0], 3, z + 2, dz + 2, z[1], dz[1], 1, n - 2);
}

int main(void) {
    CHECK(f, 0.5, 1.75, -0.25, 0.8);
    return report();
}
