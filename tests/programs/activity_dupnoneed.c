/* dupnoneed: the derivative is right whether or not the primal result is written. */
#include "check.h"

static void f(const double *x, double *y, int n) {
    for (int i = 0; i < n; i++) y[i] = x[i] * x[(i + 1) % n] + sin(x[i]);
}

static void reduce(const double *x, double *y, int n) {
    *y = 1;
    for (int i = 0; i < n; i++) *y *= x[i] * *y + 0.5;
}

int main(void) {
    double x[3] = {0.5, 2, 3}, y[3] = {0}, bx[3] = {0}, by[3] = {1, 10, 100}, v[3] = {1, 2, 3}, dy[3];
    if (!markers_work) return report();
    __enzyme_autodiff_void((void *)f, enzyme_dup, x, bx, enzyme_dupnoneed, y, by, enzyme_const, 3);
    CHECK_CLOSE(bx[0], 2 + cos(0.5) + 100 * 3, 1e-14);
    CHECK_CLOSE(bx[1], 0.5 + 10 * (3 + cos(2)), 1e-14);
    CHECK_CLOSE(bx[2], 10 * 2 + 100 * (0.5 + cos(3)), 1e-14);
    for (int i = 0; i < 3; i++) CHECK_CLOSE(by[i], 0, 0);
    __enzyme_fwddiff_void((void *)f, enzyme_dup, x, v, enzyme_dupnoneed, y, dy, enzyme_const, 3);
    CHECK_CLOSE(dy[1], 2 * 3 + 2 * 3 + 2 * cos(2), 1e-14);

    double a[3] = {0.5, 2, 3}, ba[3] = {0}, bb[3] = {0}, r = 0, br = 1, s = 0, bs = 1;
    __enzyme_autodiff_void((void *)reduce, enzyme_dup, a, ba, enzyme_dup, &r, &br, enzyme_const, 3);
    __enzyme_autodiff_void((void *)reduce, enzyme_dup, a, bb, enzyme_dupnoneed, &s, &bs, enzyme_const, 3);
    for (int i = 0; i < 3; i++) CHECK_CLOSE(ba[i], bb[i], 0);
    return report();
}
