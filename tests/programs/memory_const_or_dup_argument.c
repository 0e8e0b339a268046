/* A const argument and a dup argument meet in one pointer. */
#include "check.h"

static double pick(double *x, const double *k, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        const double *p = i % 2 ? k : x;
        s += p[i] * p[(i + 2) % n] * x[i];
    }
    return s;
}

static const double constants[4] = {1, 2, 3, 4};
static double f_primal(double *z, int n) { return pick(z, constants, n); }
static void f_reverse(double *z, double *bz, int n) {
    double k[4], before[4];
    memcpy(k, constants, sizeof k);
    memcpy(before, k, sizeof k);
    __enzyme_autodiff_void((void *)pick, enzyme_dup, z, bz, enzyme_const, k, enzyme_const, n);
    CHECK_TRUE(!memcmp(k, before, sizeof k));
}
static double f_forward(double *z, double *dz, int n) {
    double k[4];
    memcpy(k, constants, sizeof k);
    return __enzyme_fwddiff((void *)pick, enzyme_dup, z, dz, enzyme_const, k, enzyme_const, n);
}

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7, 0.4);
    return report();
}
