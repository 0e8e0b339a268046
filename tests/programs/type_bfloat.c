/* __bf16, converted to float for the arithmetic. */
#include "check.h"

/* What rounds to bfloat16 where the processor cannot; older compiler libraries do not have it. */
__attribute__((weak)) __bf16 __truncsfbf2(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint16_t half = (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    __bf16 r;
    memcpy(&r, &half, sizeof r);
    return r;
}

static float f(const __bf16 *x, int n) {
    float s = 0;
    for (int i = 0; i < n; i++) s = s * 0.5f + (float)x[i] * (float)x[0];
    __bf16 rounded = (__bf16)s;
    return (float)rounded * (float)x[1];
}

static double g(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s = s * 0.5 + x[i] * x[0];
    return s * x[1];
}

extern float __enzyme_fwddiff_f(void *, ...);

static double f_primal(double *z, int n) { return g(z, n); }
static void f_reverse(double *z, double *bz, int n) {
    __bf16 x[4], bx[4] = {0};
    for (int i = 0; i < n; i++) x[i] = (__bf16)(float)z[i];
    __enzyme_autodiff_void((void *)f, enzyme_dup, x, bx, enzyme_const, n);
    for (int i = 0; i < n; i++) bz[i] += (float)bx[i];
}
static double f_forward(double *z, double *dz, int n) {
    __bf16 x[4], dx[4];
    for (int i = 0; i < n; i++) x[i] = (__bf16)(float)z[i], dx[i] = (__bf16)(float)dz[i];
    return __enzyme_fwddiff_f((void *)f, enzyme_dup, x, dx, enzyme_const, n);
}

int main(void) {
    CHECK_TOL(f, 3e-2, 0.5, 0.75, -0.25);
    return report();
}
