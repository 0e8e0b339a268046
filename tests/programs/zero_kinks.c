/* levels: precise
   At points without a derivative nothing is NaN. */
#include "check.h"

static double by_hypot(double x, double y) { return hypot(x, y); }
static double by_atan2(double y, double x) { return atan2(y, x); }
static double by_cbrt(double x, double y) { return cbrt(x) + y; }
static double by_pow(double x, double y) { return pow(x, 0.5) + pow(x, y) * y; }
static double by_ends(double x, double y) { return asin(x) + acos(y); }
static double by_fmod(double x, double y) { return fmod(x, y) + remainder(x, y); }
static double by_abs(double x, double y) { return fabs(x) * fabs(y); }
static double by_sign(double x, double y) { return copysign(x, y); }

#define NO_NAN(f, x, y)                                                                          \
    do {                                                                                         \
        struct two g = __enzyme_autodiff_two((void *)f, (double)(x), (double)(y));               \
        CHECK_TRUE(g.a == g.a && g.b == g.b);                                                    \
        double dx = __enzyme_fwddiff((void *)f, (double)(x), 1.0, (double)(y), 0.0);             \
        double dy = __enzyme_fwddiff((void *)f, (double)(x), 0.0, (double)(y), 1.0);             \
        CHECK_TRUE(dx == g.a && dy == g.b);                                                      \
    } while (0)

int main(void) {
    if (!markers_work) return report();
    NO_NAN(by_hypot, check_zero, check_zero);
    NO_NAN(by_atan2, check_zero, check_zero);
    NO_NAN(by_cbrt, check_zero, 1);
    NO_NAN(by_pow, check_zero, 2);
    NO_NAN(by_pow, check_zero, check_zero);
    NO_NAN(by_ends, 1 + check_zero, -1);
    NO_NAN(by_fmod, 4, 2 + check_zero);
    NO_NAN(by_abs, check_zero, -check_zero);
    NO_NAN(by_sign, check_zero, -1);
    return report();
}
