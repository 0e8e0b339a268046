/* Higher derivatives where first ones are zero: the zero that wins in a product has a derivative too. */
#include "check.h"

static double product(double x, double y) { return x * y; }
static double cubic(double x, double y) { return x * x * x * y + x * y; }
static double ratio(double x, double y) { return x / (1 + y) + x * x / (2 - y); }
static double wave(double x, double y) { return sin(x * y) + cos(x) * y * y; }
static double power(double x, double y) { return pow(x, 3) * y + pow(1 + x, y); }
static double dead_log(double x, double y) { return 0 * log(x) + x * x * y; }

#define SECOND(f)                                                                                \
    static double f##_x(double x, double y) { return __enzyme_fwddiff((void *)f, x, 1.0, y, 0.0); } \
    static double f##_y(double x, double y) {                                                    \
        return __enzyme_autodiff((void *)f, enzyme_const, x, enzyme_out, y);                     \
    }                                                                                            \
    static double f##_rx(double x, double y) {                                                   \
        return __enzyme_autodiff((void *)f, enzyme_out, x, enzyme_const, y);                     \
    }                                                                                            \
    static void f##_check(double x, double y, double xx, double xy, double yy) {                 \
        struct two g = __enzyme_autodiff_two((void *)f##_x, x, y);                               \
        CHECK_CLOSE(g.a, xx, 1e-14);                                                             \
        CHECK_CLOSE(g.b, xy, 1e-14);                                                             \
        g = __enzyme_autodiff_two((void *)f##_y, x, y);                                          \
        CHECK_CLOSE(g.a, xy, 1e-14);                                                             \
        CHECK_CLOSE(g.b, yy, 1e-14);                                                             \
        g = __enzyme_autodiff_two((void *)f##_rx, x, y);                                         \
        CHECK_CLOSE(g.a, xx, 1e-14);                                                             \
        CHECK_CLOSE(g.b, xy, 1e-14);                                                             \
        CHECK_CLOSE(__enzyme_fwddiff((void *)f##_x, x, 1.0, y, 0.0), xx, 1e-14);                 \
        CHECK_CLOSE(__enzyme_fwddiff((void *)f##_x, x, 0.0, y, 1.0), xy, 1e-14);                 \
        CHECK_CLOSE(__enzyme_fwddiff((void *)f##_y, x, 1.0, y, 0.0), xy, 1e-14);                 \
        CHECK_CLOSE(__enzyme_fwddiff((void *)f##_y, x, 0.0, y, 1.0), yy, 1e-14);                 \
    }

SECOND(product)
SECOND(cubic)
SECOND(ratio)
SECOND(wave)
SECOND(power)

static double dead_log_x(double x, double y) {
    return __enzyme_autodiff((void *)dead_log, enzyme_out, x, enzyme_const, y);
}

/* d^3 (x y z) / dx dy dz = 1, also at the origin */
static double triple(double x, double y, double z) { return x * y * z; }
static double triple_x(double x, double y, double z) {
    return __enzyme_autodiff((void *)triple, enzyme_out, x, enzyme_const, y, enzyme_const, z);
}
static double triple_xy(double x, double y, double z) {
    return __enzyme_autodiff((void *)triple_x, enzyme_const, x, enzyme_out, y, enzyme_const, z);
}
static double cube_x(double x) { return __enzyme_autodiff((void *)cubic, enzyme_out, x, enzyme_const, 2.0); }
static double cube_xx(double x) { return __enzyme_autodiff((void *)cube_x, x); }
static double cube_dd(double x) { return __enzyme_fwddiff((void *)cube_x, x, 1.0); }

int main(void) {
    if (!markers_work) return report();
    product_check(0, 0, 0, 1, 0);
    cubic_check(0, 0, 0, 1, 0);
    cubic_check(0, 2, 0, 1, 0);
    ratio_check(0, 0, 1, -1, 0);
    wave_check(0, 0, 0, 1, 2);
    wave_check(0, 3, -9, 1, 2);
    power_check(0, 0, 0, 1, 0);
    power_check(0, 2, 2, 1, 0);
    struct two g = __enzyme_autodiff_two((void *)dead_log_x, 0.0, 3.0);
    CHECK_CLOSE(g.a, 6, 0);
    CHECK_CLOSE(g.b, 0, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)dead_log_x, 0.0, 1.0, 3.0, 0.0), 6, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)triple_xy, enzyme_const, 0.0, enzyme_const, 0.0, 0.0), 1, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)triple_xy, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0), 1, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)cube_xx, 0.0), 12, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)cube_dd, 0.0), 12, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)cube_xx, 0.0, 1.0), 12, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)cube_dd, 0.0, 1.0), 12, 0);
    return report();
}
