/* __float128: arithmetic in quadruple precision. */
#include "check.h"

typedef __float128 quad;

static quad f(const quad *x, int n) {
    quad s = 1;
    for (int i = 0; i < n; i++) s = s * x[i] + x[0] / (x[i] * x[i] + 2);
    return s < 0 ? -s : s * s;
}

static quad derivative(const quad *x, int n, int k) {
    quad s = 1, ds = 0;
    for (int i = 0; i < n; i++) {
        quad d = x[i] * x[i] + 2, di = i == k;
        ds = ds * x[i] + s * di + (quad)(k == 0) / d - x[0] * 2 * x[i] * di / (d * d);
        s = s * x[i] + x[0] / d;
    }
    return s < 0 ? -ds : 2 * s * ds;
}

extern void __enzyme_fwddiff_quad(void *, ...);
static void stored(const quad *x, int n, quad *r) { *r = f(x, n); }

int main(void) {
    for (int sign = -1; markers_work && sign <= 1; sign += 2) {
        quad x[3] = {(quad)sign / 3, (quad)0.75, (quad)5 / 7}, b[3] = {0}, v[3] = {1, -2, 0.5};
        quad r, dr = 0, want = 0, seed = 1;
        __enzyme_autodiff_void((void *)stored, enzyme_dup, x, b, enzyme_const, 3, enzyme_dup, &r, &seed);
        for (int i = 0; i < 3; i++) {
            CHECK_CLOSE((double)((b[i] - derivative(x, 3, i)) * 1e25Q * 1e6Q), 0, 1);
            want += v[i] * derivative(x, 3, i);
        }
        CHECK_CLOSE((double)seed, 0, 0);
        __enzyme_fwddiff_quad((void *)stored, enzyme_dup, x, v, enzyme_const, 3, enzyme_dup, &r, &dr);
        CHECK_CLOSE((double)((dr - want) * 1e25Q * 1e6Q), 0, 1);
    }
    return report();
}
