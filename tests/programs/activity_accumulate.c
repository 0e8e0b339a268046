/* Gradients are added to what the shadow holds; several calls add up. */
#include "check.h"

static double f(const double *x, double k) { return x[0] * x[1] * k; }

int main(void) {
    double x[2] = {2, 3}, b[2] = {100, 200};
    if (!markers_work) return report();
    for (int i = 1; i <= 3; i++)
        __enzyme_autodiff_void((void *)f, enzyme_dup, x, b, enzyme_const, (double)i);
    CHECK_CLOSE(b[0], 100 + 6 * 3, 0);
    CHECK_CLOSE(b[1], 200 + 6 * 2, 0);
    return report();
}
