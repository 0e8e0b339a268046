/* A callback that inlining makes a direct call. */
#include "check.h"

typedef double integrand(double t, const double *p);

static inline double trapezium(integrand *g, const double *p, double a, double b, int n) {
    double h = (b - a) / n, s = 0.5 * (g(a, p) + g(b, p));
    for (int i = 1; i < n; i++) s += g(a + i * h, p);
    return s * h;
}
static double bell(double t, const double *p) { return exp(-p[0] * t * t); }
static double wave(double t, const double *p) { return sin(p[1] * t) * p[0]; }

static double f(double *x, int n) {
    (void)n;
    return trapezium(bell, x, 0, 1, 8) * trapezium(wave, x, x[0], x[1], 5);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5);
    return report();
}
