/* Seeds of overwritten outputs are consumed; those of untouched memory stay. */
#include "check.h"

static void f(const double *x, double *y, int n) {
    for (int i = 0; i < n; i++) y[i] = x[i] * 3;
    y[0] += y[1] * x[0];
}

int main(void) {
    double x[2] = {2, 3}, y[3] = {0, 0, 7}, bx[2] = {0}, by[3] = {1, 10, 5};
    if (!markers_work) return report();
    __enzyme_autodiff_void((void *)f, enzyme_dup, x, bx, enzyme_dup, y, by, enzyme_const, 2);
    CHECK_CLOSE(y[0], 6 + 9 * 2, 0);
    CHECK_CLOSE(y[1], 9, 0);
    CHECK_CLOSE(y[2], 7, 0);
    CHECK_CLOSE(bx[0], 3 + 9, 0);
    CHECK_CLOSE(bx[1], 3 * (10 + 2), 0);
    CHECK_CLOSE(by[0], 0, 0);
    CHECK_CLOSE(by[1], 0, 0);
    CHECK_CLOSE(by[2], 5, 0);
    return report();
}
