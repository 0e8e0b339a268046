/* Second derivatives: forward over reverse, forward over forward, reverse over forward. */
#include "check.h"

static double f(double x, double y) { return x * x * x * y + sin(x * y); }

static double along_x(double x, double y) { return __enzyme_fwddiff((void *)f, x, 1.0, enzyme_const, y); }
static double partial_x(double x, double y) {
    return __enzyme_autodiff((void *)f, enzyme_out, x, enzyme_const, y);
}

int main(void) {
    double x = 0.7, y = -1.3, s = sin(x * y), c = cos(x * y);
    double xx = 6 * x * y - y * y * s, xy = 3 * x * x + c - x * y * s;
    if (!markers_work) return report();
    CHECK_CLOSE(__enzyme_fwddiff((void *)along_x, x, 1.0, enzyme_const, y), xx, 1e-13);
    CHECK_CLOSE(__enzyme_fwddiff((void *)partial_x, enzyme_const, x, y, 1.0), xy, 1e-13);
    struct two g = __enzyme_autodiff_two((void *)along_x, x, y);
    CHECK_CLOSE(g.a, xx, 1e-13);
    CHECK_CLOSE(g.b, xy, 1e-13);
    return report();
}
