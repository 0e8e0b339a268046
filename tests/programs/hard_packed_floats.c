/* may be refused: two floats packed into one integer by shifts. */
#include "check.h"

static uint64_t pack(float a, float b) {
    uint32_t u, v;
    memcpy(&u, &a, 4);
    memcpy(&v, &b, 4);
    return (uint64_t)u << 32 | v;
}
static float high(uint64_t p) {
    uint32_t u = (uint32_t)(p >> 32);
    float a;
    memcpy(&a, &u, 4);
    return a;
}

static double f(double *x, int n) {
    uint64_t p = pack((float)x[0], (float)x[n - 1]);
    return (double)high(p) * x[1];
}
static double f_primal(double *z, int n) { return (void)n, z[0] * z[1]; }
static void f_reverse(double *z, double *bz, int n) {
    __enzyme_autodiff_void((void *)f, enzyme_dup, z, bz, enzyme_const, n);
}
static double f_forward(double *z, double *dz, int n) {
    return __enzyme_fwddiff((void *)f, enzyme_dup, z, dz, enzyme_const, n);
}

int main(void) {
    CHECK_TOL(f, 1e-6, 0.5, 1.5, -0.75);
    return report();
}
