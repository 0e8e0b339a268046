/* Complex float and long double: their functions and operators, which the ABI hands over packed. */
#include "check.h"
#include <complex.h>

#define TRY(name, expression, expected)                                                              \
    static float name##_f(float x) {                                                                 \
        float complex z = x + 0.25f * x * x * I + 0.125f, w = expression(f);                         \
        return crealf(w) + 2 * cimagf(w);                                                            \
    }                                                                                                \
    static double name##_l(double x) {                                                               \
        long double complex z = x + 0.25L * x * x * I + 0.125L, w = expression(l);                   \
        return creall(w) + 2 * cimagl(w);                                                            \
    }                                                                                                \
    static double name##_d(double x) {                                                               \
        double complex z = x + 0.25 * x * x * I + 0.125, w = expected;                               \
        return creal(w) + 2 * cimag(w);                                                              \
    }
#define CAT(a, b) a##b
#define SIN(s) CAT(csin, s)(z)
#define SQRT(s) CAT(csqrt, s)(z)
#define LOG(s) CAT(clog, s)(CAT(cexp, s)(z) + 1)
#define POW(s) CAT(cpow, s)(z, z + 1)
#define ABS(s) CAT(cabs, s)(z) + CAT(carg, s)(z) * I
#define QUOTIENT(s) (z * z + 2) / (z - 3)
#define ATANH(s) CAT(catanh, s)(CAT(ctanh, s)(z) * z)

TRY(sine, SIN, csin(z))
TRY(root, SQRT, csqrt(z))
TRY(logarithm, LOG, clog(cexp(z) + 1))
TRY(power, POW, cpow(z, z + 1))
TRY(polar, ABS, cabs(z) + carg(z) * I)
TRY(quotient, QUOTIENT, (z * z + 2) / (z - 3))
TRY(hyperbolic, ATANH, catanh(ctanh(z) * z))

float __enzyme_autodiff_f(void *, float);
float __enzyme_fwddiff_f(void *, float, float);

static double slope(double (*f)(double), double x) {
    double h = 1e-4;
    return (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / (12 * h);
}

#define CHECK(name)                                                                                  \
    do {                                                                                             \
        double want = slope(name##_d, 0.75);                                                         \
        CHECK_CLOSE(name##_f(0.75f), name##_d(0.75), 1e-5);                                          \
        CHECK_CLOSE(__enzyme_autodiff_f((void *)name##_f, 0.75f), want, 1e-4);                       \
        CHECK_CLOSE(__enzyme_fwddiff_f((void *)name##_f, 0.75f, 1), want, 1e-4);                     \
        CHECK_CLOSE(__enzyme_autodiff((void *)name##_l, 0.75), want, 1e-9);                          \
        CHECK_CLOSE(__enzyme_fwddiff((void *)name##_l, 0.75, 1.0), want, 1e-9);                      \
    } while (0)

int main(void) {
    if (!markers_work) return 0;
    CHECK(sine);
    CHECK(root);
    CHECK(logarithm);
    CHECK(power);
    CHECK(polar);
    CHECK(quotient);
    CHECK(hyperbolic);
    return failures != 0;
}
