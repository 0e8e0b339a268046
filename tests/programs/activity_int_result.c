/* A function that returns an integer and writes its outputs: only memory carries derivatives. */
#include "check.h"

static int f(const double *x, double *y, int n) {
    int written = 0;
    for (int i = 0; i < n; i++)
        if (x[i] > 0) y[written++] = x[i] * x[i];
    return written;
}

static double f_primal(double *z, int n) { return 0 * f(z, z + n / 2, n / 2); }
static void f_reverse(double *z, double *bz, int n) {
    __enzyme_autodiff_void((void *)f, enzyme_dup, z, bz, enzyme_dup, z + n / 2, bz + n / 2, n / 2);
}
static double f_forward(double *z, double *dz, int n) {
    __enzyme_fwddiff_void((void *)f, enzyme_dup, z, dz, enzyme_dup, z + n / 2, dz + n / 2, n / 2);
    return 0;
}

int main(void) {
    CHECK(f, 1.5, -0.75, 2, /**/ 7, 8, 9);
    return report();
}
