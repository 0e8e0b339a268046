/* _Float16: arithmetic and storage in half precision. */
#include "check.h"

#define DEFINE(real, name)                                                                       \
    static real name(const real *x, int n) {                                                     \
        real s = (real)0.25;                                                                     \
        for (int i = 0; i < n; i++) s = s * (real)0.5 + x[i] * x[i] * x[0];                      \
        return s > (real)1 ? s : s * s;                                                          \
    }
DEFINE(_Float16, in_half)
DEFINE(double, in_double)

static double f(const _Float16 *x, int n) { return (double)in_half(x, n) * 2.0; }

static double f_primal(double *z, int n) { return 2 * in_double(z, n); }
static void f_reverse(double *z, double *bz, int n) {
    _Float16 x[4], bx[4] = {0};
    for (int i = 0; i < n; i++) x[i] = (_Float16)z[i];
    __enzyme_autodiff_void((void *)f, enzyme_dup, x, bx, enzyme_const, n);
    for (int i = 0; i < n; i++) bz[i] += (double)bx[i];
}
static double f_forward(double *z, double *dz, int n) {
    _Float16 x[4], dx[4];
    for (int i = 0; i < n; i++) x[i] = (_Float16)z[i], dx[i] = (_Float16)dz[i];
    return __enzyme_fwddiff((void *)f, enzyme_dup, x, dx, enzyme_const, n);
}

/* the gradients share a register */
static float product(_Float16 x, float y, _Float16 z) { return (float)x * y * (float)z; }
struct gradients {
    _Float16 x;
    float y;
    _Float16 z;
};
struct gradients __enzyme_autodiff_product(void *, _Float16, float, _Float16);

int main(void) {
    struct gradients g = __enzyme_autodiff_product((void *)product, 2, 3, 4);
    CHECK_CLOSE((double)g.x, 12, 1e-6);
    CHECK_CLOSE((double)g.y, 8, 1e-6);
    CHECK_CLOSE((double)g.z, 6, 1e-6);
    CHECK_TOL(f, 1e-2, 0.5, 0.75, -0.25);
    CHECK_TOL(f, 1e-2, 1.5, 0.75);
    return report();
}
