/* Markers in functions that are themselves called in loops, with results used in arithmetic. */
#include "check.h"

static double f(double x, double a) { return x * x * x - a; }

static double newton(double a) {
    double x = a > 1 ? a : 1;
    for (int i = 0; i < 60 && fabs(f(x, a)) > 1e-14 * (1 + a); i++)
        x -= f(x, a) / __enzyme_autodiff((void *)f, enzyme_out, x, enzyme_const, a);
    return x;
}

static void descend(double *theta, int n) {
    extern void __enzyme_autodiff_descend(void *, ...);
    double loss(const double *, int);
    for (int step = 0; step < 400; step++) {
        double g[4] = {0};
        __enzyme_autodiff_descend((void *)loss, enzyme_dup, theta, g, n);
        for (int i = 0; i < n; i++) theta[i] -= 0.05 * g[i];
    }
}

double loss(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += (x[i] - i) * (x[i] - i) * (i + 1);
    return s;
}

int main(void) {
    double theta[4] = {5, 5, 5, 5};
    if (!markers_work) return report();
    for (int i = 1; i < 20; i++) CHECK_CLOSE(newton(i), cbrt(i), 1e-12);
    descend(theta, 4);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(theta[i], i, 1e-12);
    return report();
}
