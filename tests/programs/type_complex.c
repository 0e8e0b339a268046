/* C99 complex arithmetic: sums, products, conjugates, division, parts, in arrays. */
#include "check.h"
#include <complex.h>

static double f(double *x, int n) {
    double complex z = x[0] + x[1] * I, w[3], s = 0;
    w[0] = z * z + 1.0;
    w[1] = conj(z) * w[0] * 0.5;
    w[2] = w[1] / (z + 2.0 * I) - x[n - 1];
    for (int i = 0; i < 3; i++) s += w[i] * (1.0 + i * I);
    return creal(s) * cimag(s) + creal(w[2]);
}
ARRAY_TEST(f)

/* The parts of a complex argument one by one: each has its own word; and the number as a whole. */
static double g(double complex a) { return creal(a) * cimag(a) * cimag(a); }
extern double complex __enzyme_autodiff_complex(void *, ...);
static double imaginary(double complex z, double complex *p) {
    double by_parts = __enzyme_autodiff((void *)g, enzyme_const, __real__ z, __imag__ z);
    double forward = __enzyme_fwddiff((void *)g, enzyme_const, creal(*p), cimag(*p), 1.0);
    CHECK_CLOSE(forward, by_parts, 1e-12);
    double complex all = __enzyme_autodiff_complex((void *)g, enzyme_out, *p);
    CHECK_CLOSE(cimag(all), by_parts, 1e-12);
    CHECK_CLOSE(__enzyme_fwddiff((void *)g, enzyme_dup, z, 1.0 * I), by_parts, 1e-12);
    return __enzyme_autodiff((void *)g, enzyme_const, creal(z), cimag(z));
}
/* as a whole in a function that is inlined, since it gets the function */
static double shorter(double (*f)(double complex, double), double complex z, double x) {
    return __enzyme_autodiff((void *)f, enzyme_const, z, x);
}
static double h(double complex a, double x) { return creal(a) * cimag(a) * x; }

int main(void) {
    double complex z = 2 + 3 * I;
    CHECK(f, 0.5, 1.75, -0.25);
    if (markers_work) CHECK_CLOSE(imaginary(z, &z), 12, 1e-12);
    if (markers_work) CHECK_CLOSE(shorter(h, z, 4), 6, 1e-12);
    return report();
}
