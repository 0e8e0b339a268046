/* float throughout, by pointer and by value through fixed prototypes. */
#include "check.h"

extern float __enzyme_autodiff_float(void *, float, float);
extern float __enzyme_fwddiff_float(void *, float, float, float, float);

#define DEFINE(real, name, sine)                                                                 \
    static real name(const real *x, int n) {                                                     \
        real s = 0, t[4];                                                                        \
        for (int i = 0; i < n; i++) t[i] = x[i] * x[(i + 1) % n];                                \
        for (int i = 0; i < 3 * n; i++) s = s * (real)0.5 + sine(t[i % n]) / (1 + x[0] * x[0]);  \
        return s > 0 ? s : -2 * s;                                                               \
    }
DEFINE(float, in_float, sinf)
DEFINE(double, in_double, sin)

static float product(float a, float b) { return a * a * b; }

static double f_primal(double *z, int n) { return in_double(z, n); }
static void f_reverse(double *z, double *bz, int n) {
    float x[4], bx[4] = {0};
    for (int i = 0; i < n; i++) x[i] = (float)z[i];
    __enzyme_autodiff_void((void *)in_float, enzyme_dup, x, bx, enzyme_const, n);
    for (int i = 0; i < n; i++) bz[i] += bx[i];
}
static double f_forward(double *z, double *dz, int n) {
    extern float __enzyme_fwddiff_array(void *, ...);
    float x[4], dx[4];
    for (int i = 0; i < n; i++) x[i] = (float)z[i], dx[i] = (float)dz[i];
    return __enzyme_fwddiff_array((void *)in_float, enzyme_dup, x, dx, enzyme_const, n);
}

int main(void) {
    CHECK_TOL(f, 1e-5, 0.5, 0.75, -0.25);
    CHECK_TOL(f, 1e-5, -0.5, 0.75);
    if (markers_work) {
        CHECK_CLOSE(__enzyme_autodiff_float((void *)product, 3, 2), 12, 1e-6);
        CHECK_CLOSE(__enzyme_fwddiff_float((void *)product, 3, 1, 2, 10), 102, 1e-6);
    }
    return report();
}
