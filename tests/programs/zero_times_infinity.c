/* levels: precise
   A zero adjoint or tangent contributes zero, also where the partial is infinite. */
#include "check.h"

static double roots(double x, double y) { return 0 * sqrt(x) + y; }
static double masked(double x, double y) { return (x > 0 ? sqrt(x) : 0) + y * y; }
static double norm(double x, double y) { return sqrt(x * x + y * y); }
static double logs(double x, double y) { return x * log(y + x) + y; }
static double product(double x, double y) { double t = sqrt(x); return t * t * y + y; }
static double powers(double x, double y) { return pow(x, 2.0) + pow(x, y); }

int main(void) {
    struct two g;
    if (!markers_work) return report();
    g = __enzyme_autodiff_two((void *)roots, check_zero, 3.0);
    CHECK_CLOSE(g.a, 0, 0);
    CHECK_CLOSE(g.b, 1, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)roots, check_zero, 0.0, 3.0, 1.0), 1, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)roots, enzyme_const, check_zero, 3.0, 1.0), 1, 0);

    g = __enzyme_autodiff_two((void *)masked, check_zero, 3.0);
    CHECK_CLOSE(g.a, 0, 0);
    CHECK_CLOSE(g.b, 6, 0);

    g = __enzyme_autodiff_two((void *)norm, check_zero, check_zero); /* a subgradient, not NaN */
    CHECK_TRUE(is_finite(g.a) && fabs(g.a) <= 1);
    CHECK_TRUE(is_finite(g.b) && fabs(g.b) <= 1);
    CHECK_TRUE(is_finite(__enzyme_fwddiff((void *)norm, check_zero, 1.0, check_zero, 0.0)));

    g = __enzyme_autodiff_two((void *)logs, 0.0, 2.0);
    CHECK_CLOSE(g.a, log(2.0), 1e-15);
    CHECK_CLOSE(g.b, 1, 1e-15);
    CHECK_CLOSE(__enzyme_fwddiff((void *)logs, check_zero, 0.0, check_zero, 0.0), 0, 0);

    g = __enzyme_autodiff_two((void *)product, check_zero, 3.0);
    CHECK_TRUE(is_finite(g.a));
    CHECK_CLOSE(g.b, 1, 0);

    g = __enzyme_autodiff_two((void *)powers, check_zero, 2.0);
    CHECK_CLOSE(g.a, 0, 0);
    CHECK_CLOSE(g.b, 0, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)powers, check_zero, 1.0, 2.0, 1.0), 0, 0);
    g = __enzyme_autodiff_two((void *)powers, -2.0, 3.0);
    CHECK_CLOSE(g.a, -4 + 12, 1e-14);
    CHECK_CLOSE(__enzyme_fwddiff((void *)powers, -2.0, 1.0, 3.0, 0.0), 8, 1e-14);
    return report();
}
