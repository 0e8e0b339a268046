/* The elementary functions in one expression each. */
#include "check.h"

#define FUNCTIONS(X) \
    X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) X(sinh) X(cosh) X(tanh) X(asinh) X(atanh) X(exp) \
    X(exp2) X(expm1) X(log1p) X(cbrt) X(erf) X(erfc) X(fabs)
#define DEFINE(name) \
    static double do_##name(double x) { return name(x) * x; } \
    SCALAR1_TEST(do_##name)
FUNCTIONS(DEFINE)
#define POSITIVE(X) X(log) X(log2) X(log10) X(sqrt) X(tgamma) X(lgamma) X(j0) X(j1) X(y0) X(y1)
POSITIVE(DEFINE)
DEFINE(acosh)

int main(void) {
#define RUN(name) CHECK(do_##name, 0.3); CHECK(do_##name, -0.7);
    FUNCTIONS(RUN)
#define RUN_POSITIVE(name) CHECK(do_##name, 0.75); CHECK(do_##name, 2.5);
    POSITIVE(RUN_POSITIVE)
    CHECK(do_acosh, 1.5);
    return report();
}
