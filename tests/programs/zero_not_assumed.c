/* levels: precise
   Infinite partials that count are not hidden: 1/x at a small x, sqrt near 0, log near 0. */
#include "check.h"

static double f(double x) { return 1 / x + sqrt(x) + log(x); }

int main(void) {
    if (!markers_work) return report();
    double x = 1e-200;
    CHECK_TRUE(__enzyme_autodiff((void *)f, 1e-160) == -INFINITY || __enzyme_autodiff((void *)f, 1e-160) < -1e300);
    CHECK_CLOSE(__enzyme_autodiff((void *)f, 1e-20) / 1e40, -1, 1e-12);
    CHECK_TRUE(!is_finite(__enzyme_autodiff((void *)f, x)));
    return report();
}
