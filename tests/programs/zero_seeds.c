/* levels: precise
   Seeds of zero stay zero whatever the partials are; columns of a Jacobian one by one. */
#include "check.h"

static void f(const double *x, double *y) {
    y[0] = x[0] / x[1];
    y[1] = x[0] * x[0];
    y[2] = pow(x[0], 0.5) * log(x[1]);
    y[3] = asin(x[2]);
}

int main(void) {
    double x[3] = {0.0, 0.0, 1.0}, y[4], by[4] = {0, 1, 0, 0}, bx[3] = {0, 0, 0};
    double dx[3] = {0, 0, 0}, dy[4] = {9, 9, 9, 9};
    if (!markers_work) return report();
    __enzyme_autodiff_void((void *)f, enzyme_dup, x, bx, enzyme_dup, y, by);
    for (int i = 0; i < 3; i++) CHECK_CLOSE(bx[i], 0, 0);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(by[i], 0, 0);
    __enzyme_fwddiff_void((void *)f, enzyme_dup, x, dx, enzyme_dup, y, dy);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(dy[i], 0, 0);
    return report();
}
