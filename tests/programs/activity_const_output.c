/* An inactive buffer that the function writes: the primal is written there, with no derivative. */
#include "check.h"

static double f(const double *x, double *history, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        s += x[i] * x[i];
        history[i] = s;
    }
    return s * x[0];
}

int main(void) {
    double x[3] = {1, 2, 3}, b[3] = {0}, v[3] = {1, 1, 1}, history[4] = {-1, -1, -1, -7};
    if (!markers_work) return report();
    __enzyme_autodiff_void((void *)f, enzyme_dup, x, b, enzyme_const, history, 3);
    CHECK_CLOSE(b[0], 14 + 2, 0);
    CHECK_CLOSE(b[2], 6, 0);
    CHECK_CLOSE(history[0], 1, 0);
    CHECK_CLOSE(history[2], 14, 0);
    CHECK_CLOSE(history[3], -7, 0);
    history[1] = 0;
    CHECK_CLOSE(__enzyme_fwddiff((void *)f, enzyme_dup, x, v, enzyme_const, history, 3), 16 + 4 + 6, 0);
    CHECK_CLOSE(history[1], 5, 0);
    return report();
}
