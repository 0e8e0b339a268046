/* An enzyme_const work array that the function changes: old values are needed in reverse. */
#include "check.h"

static double kernel(const double *x, double *work, int *index, int n) {
    double s = 0.3;
    for (int i = 0; i < 3 * n; i++) {
        s = sin(s + x[index[i % n]] * work[i % n]);
        work[i % n] = work[(i + 1) % n] * 0.5 + 0.25 * i;
        index[i % n] = (index[i % n] + i) % n;
    }
    return s;
}

static void fill(double *work, int *index, int n) {
    for (int i = 0; i < n; i++) work[i] = 1 + 0.5 * i, index[i] = n - 1 - i;
}

static double f_primal(double *z, int n) {
    double work[8];
    int index[8];
    fill(work, index, n);
    return kernel(z, work, index, n);
}
static void f_reverse(double *z, double *bz, int n) {
    double work[8], want[8];
    int index[8], wanted[8];
    fill(work, index, n);
    fill(want, wanted, n);
    kernel(z, want, wanted, n);
    __enzyme_autodiff_void((void *)kernel, enzyme_dup, z, bz, enzyme_const, work, enzyme_const, index, n);
    for (int i = 0; i < n; i++) CHECK_TRUE(work[i] == want[i] && index[i] == wanted[i]);
}
static double f_forward(double *z, double *dz, int n) {
    double work[8];
    int index[8];
    fill(work, index, n);
    return __enzyme_fwddiff((void *)kernel, enzyme_dup, z, dz, enzyme_const, work, enzyme_const, index, n);
}

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
