/* Primal arguments that alias: their shadows alias alike. */
#include "check.h"

static double kernel(const double *a, const double *b, double *c, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        c[i] = a[i] * b[n - 1 - i] + c[i] * c[i];
        s += a[i] * c[i];
    }
    return s;
}

static double f_primal(double *z, int n) { return kernel(z, z, z, n); }
static void f_reverse(double *z, double *bz, int n) {
    __enzyme_autodiff_void((void *)kernel, enzyme_dup, z, bz, enzyme_dup, z, bz, enzyme_dup, z, bz, n);
}
static double f_forward(double *z, double *dz, int n) {
    return __enzyme_fwddiff((void *)kernel, z, dz, z, dz, z, dz, n);
}

static double g_primal(double *z, int n) { return kernel(z, z + 1, z, n - 1); }
static void g_reverse(double *z, double *bz, int n) {
    __enzyme_autodiff_void((void *)kernel, enzyme_dup, z, bz, enzyme_dup, z + 1, bz + 1, enzyme_dup, z,
                           bz, enzyme_const, n - 1);
}
static double g_forward(double *z, double *dz, int n) {
    return __enzyme_fwddiff((void *)kernel, z, dz, z + 1, dz + 1, z, dz, n - 1);
}

int main(void) {
    CHECK(f, 0.5, 0.25, -0.75, 0.3);
    CHECK(g, 0.5, 0.25, -0.75, 0.3);
    return report();
}
