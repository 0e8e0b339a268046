/* Bounds of the rounding error for two sets of input errors at once: what one at a time gives. */
// levels: precise
#include <enzyme.h>
#include "check.h"

struct lanes { double l[2]; };
struct lanes __enzyme_error_estimate_lanes(void *, ...);
double __enzyme_error_estimate(void *, ...);

static double numbers(double x, double y) {
    double s = x * x * y + sin(x);
    for (int i = 0; i < 5; i++) s = s * 0.5 + (float)(y / x) - fabs(s);
    return s > 0 ? s : -s * x;
}
NOINLINE static double power(double t, double x) { return t * exp(x); }
static double memory(double *x, int n) {
    double t[4], s = 0;
    for (int i = 0; i < n; i++) t[i] = x[i] * x[i];
    for (int i = 0; i < n; i++) s += power(t[n - 1 - i], x[i]);
    x[0] = s;
    return s * 3;
}

int main(void) {
    if (!markers_work) return report();
    struct lanes r = __enzyme_error_estimate_lanes((void *)numbers, enzyme_width, 2, 1.5, 1e-10, 0.0, 2.5, 0.0, 1e-8);
    double a = __enzyme_error_estimate((void *)numbers, 1.5, 1e-10, 2.5, 0.0);
    double b = __enzyme_error_estimate((void *)numbers, 1.5, 0.0, 2.5, 1e-8);
    CHECK_TRUE(a > 1e-10 && b > 1e-9);
    CHECK_CLOSE(r.l[0] / a, 1, 1e-9);
    CHECK_CLOSE(r.l[1] / b, 1, 1e-9);
    double x[3] = {1, 2, 3}, u[3] = {1e-9}, v[3] = {0, 0, 1e-7};
    r = __enzyme_error_estimate_lanes((void *)memory, enzyme_width, 2, enzyme_dup, x, u, v, 3);
    double y[3] = {1, 2, 3}, ey[3] = {1e-9}, z[3] = {1, 2, 3}, ez[3] = {0, 0, 1e-7};
    a = __enzyme_error_estimate((void *)memory, enzyme_dup, y, ey, 3);
    b = __enzyme_error_estimate((void *)memory, enzyme_dup, z, ez, 3);
    CHECK_CLOSE(r.l[0] / a, 1, 1e-9);
    CHECK_CLOSE(r.l[1] / b, 1, 1e-9);
    CHECK_CLOSE(u[0] / ey[0], 1, 1e-9);
    CHECK_CLOSE(v[0] / ez[0], 1, 1e-9);
    return report();
}
