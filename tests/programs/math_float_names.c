/* The float names of libm, next to the double ones. */
#include "check.h"

extern float __enzyme_autodiff_float(void *, float);
extern float __enzyme_fwddiff_float(void *, float, float);

#define FUNCTIONS(X) \
    X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) X(sinh) X(cosh) X(tanh) X(asinh) X(atanh) X(exp) \
    X(exp2) X(expm1) X(log) X(log2) X(log10) X(log1p) X(sqrt) X(cbrt) X(erf) X(erfc) X(fabs) X(tgamma) \
    X(lgamma)
#define DEFINE(name) \
    static float do_##name##f(float x) { return name##f(x); } \
    static double do_##name(double x) { return name(x); }
FUNCTIONS(DEFINE)

int main(void) {
    if (!markers_work) return report();
#define RUN(name) \
    CHECK_CLOSE(__enzyme_autodiff_float((void *)do_##name##f, 0.375f), \
                __enzyme_autodiff((void *)do_##name, 0.375), 3e-6); \
    CHECK_CLOSE(__enzyme_fwddiff_float((void *)do_##name##f, 0.375f, 2.0f), \
                __enzyme_fwddiff((void *)do_##name, 0.375, 2.0), 3e-6);
    FUNCTIONS(RUN)
    return report();
}
