/* Second derivatives of the mathematics library against differences of first ones; third ones too. */
#include <complex.h>
#include "check.h"

#define SECOND(name, expression)                                                                   \
    static double name(double x) { return expression; }                                            \
    static double name##_r(double x) { return __enzyme_autodiff((void *)name, x); }                \
    static double name##_f(double x) { return __enzyme_fwddiff((void *)name, x, 1.0); }            \
    static double name##_rr(double x) { return __enzyme_autodiff((void *)name##_r, x); }           \
    static double name##_fr(double x) { return __enzyme_fwddiff((void *)name##_r, x, 1.0); }       \
    static double name##_rf(double x) { return __enzyme_autodiff((void *)name##_f, x); }           \
    static double name##_ff(double x) { return __enzyme_fwddiff((void *)name##_f, x, 1.0); }       \
    static double name##_frr(double x) { return __enzyme_fwddiff((void *)name##_rr, x, 1.0); }     \
    static double name##_rff(double x) { return __enzyme_autodiff((void *)name##_ff, x); }         \
    static void name##_check(double x) {                                                           \
        double want = slope(name##_r, x), third = slope(name##_rr, x);                             \
        CHECK_CLOSE(name##_rr(x), want, 1e-9);                                                     \
        CHECK_CLOSE(name##_fr(x), want, 1e-9);                                                     \
        CHECK_CLOSE(name##_rf(x), want, 1e-9);                                                     \
        CHECK_CLOSE(name##_ff(x), want, 1e-9);                                                     \
        CHECK_CLOSE(name##_frr(x), third, 1e-9);                                                   \
        CHECK_CLOSE(name##_rff(x), third, 1e-9);                                                   \
    }

static double slope(double (*f)(double), double x) {
    static const double weights[] = {-1, 9, -45, 0, 45, -9, 1};
    double sum = 0, h = 1e-3;
    for (int k = -3; k <= 3; k++)
        if (k) sum += weights[k + 3] / (60 * h) * f(x + k * h);
    return sum;
}

SECOND(trigonometry, sin(x) * tan(x) + cos(3 * x))
SECOND(inverse, asin(x) + acos(x * x) * atan(x) + atan2(x, 1 + x))
SECOND(hyperbolic, sinh(x) * tanh(x) + cosh(x))
SECOND(areas, asinh(x) + acosh(2 + x) + atanh(x / 2))
SECOND(exponentials, exp(x) * exp2(x) + expm1(x * x))
SECOND(logarithms, log(1 + x) * log2(2 + x) + log10(3 + x) * log1p(x))
SECOND(powers, pow(1 + x, 2.5) + pow(2, x) * pow(1 + x, x) + sqrt(1 + x) * cbrt(2 + x))
SECOND(lengths, hypot(x, 1 + x) + fma(x, x * x, x) + fabs(x - 2) * fmax(x, x * x))
SECOND(errors, erf(x) * erfc(x / 2))
SECOND(gammas, lgamma(2 + x) + tgamma(1 + x))
SECOND(bessels, j0(x) * j1(x) + y0(1 + x) + y1(2 + x) + jn(2, x))
SECOND(remainders, fmod(x * 7, 1 + x) * x + remainder(3 * x, 2 + x * x) + ldexp(x * x * x, 2))
SECOND(rounded, floor(5 * x) * x * x + copysign(x * x, x - 3) + fdim(x * x, x - 1))
SECOND(complexes, creal(cexp(x * I) * csqrt(1 + x * I)) + cabs((x + 2 * I) / (1 + x * I)))

int main(void) {
    if (!markers_work) return report();
    for (int k = 0; k < 3; k++) {
        double x = 0.31 + 0.17 * k;
        trigonometry_check(x);
        inverse_check(x);
        hyperbolic_check(x);
        areas_check(x);
        exponentials_check(x);
        logarithms_check(x);
        powers_check(x);
        lengths_check(x);
        errors_check(x);
        gammas_check(x);
        bessels_check(x);
        remainders_check(x);
        rounded_check(x);
        complexes_check(x);
    }
    return report();
}
