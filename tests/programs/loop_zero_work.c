/* Empty inputs: n of zero, null pointers never read, loops skipped as a whole. */
#include "check.h"

static double sum(const double *x, int n, const double *extra) {
    double s = 2;
    double *t = malloc((n + 1) * sizeof *t);
    for (int i = 0; i < n; i++) t[i] = x[i] * x[i];
    for (int i = 0; i < n; i++) s += t[i];
    if (extra) s += *extra;
    free(t);
    return s * s;
}

static double f_primal(double *z, int n) { return sum(z, n - 1, NULL) + sum(z, 0, z + n - 1); }
static void f_reverse(double *z, double *bz, int n) {
    __enzyme_autodiff_void((void *)sum, enzyme_dup, z, bz, n - 1, enzyme_const, NULL);
    __enzyme_autodiff_void((void *)sum, enzyme_dup, NULL, NULL, 0, enzyme_dup, z + n - 1, bz + n - 1);
}
static double f_forward(double *z, double *dz, int n) {
    return __enzyme_fwddiff((void *)sum, enzyme_dup, z, dz, n - 1, enzyme_dup, NULL, NULL) +
           __enzyme_fwddiff((void *)sum, enzyme_dup, NULL, NULL, 0, enzyme_dup, z + n - 1, dz + n - 1);
}

int main(void) {
    CHECK(f, 0.3);
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
