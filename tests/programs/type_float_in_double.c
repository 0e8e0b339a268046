/* Active values that pass through float: the derivative passes unchanged through the rounding. */
#include "check.h"

static double f(double *x, int n) {
    float t = (float)x[0];
    double s = 0;
    for (int i = 0; i < n; i++) {
        t = t * 0.5f + (float)x[i];
        s += (double)t * x[i];
    }
    return s;
}

static double f_primal(double *z, int n) {
    double t = z[0], s = 0;
    for (int i = 0; i < n; i++) t = t * 0.5 + z[i], s += t * z[i];
    return s;
}
static void f_reverse(double *z, double *bz, int n) {
    __enzyme_autodiff_void((void *)f, enzyme_dup, z, bz, n);
}
static double f_forward(double *z, double *dz, int n) {
    return __enzyme_fwddiff((void *)f, enzyme_dup, z, dz, n);
}

int main(void) {
    CHECK_TOL(f, 1e-5, 0.5, 1.7, -2.3);
    return report();
}
