/* Atomic operations on active memory, in two directions at once. */
#include <enzyme.h>
#include "check.h"

struct lanes { double l[2]; };
struct lanes __enzyme_fwddiff_lanes(void *, ...);

static double exchanged(double *x, int n) {
    double s = 0, r = 0;
    for (int i = 0; i < n; i++) {
        double v = x[i] * x[i], old;
        __atomic_exchange(&s, &v, &old, __ATOMIC_SEQ_CST);
        r += old * x[0];
    }
    return s * x[1] + r;
}
static double compared(double *x, int n) {
    double a[2] = {1, 2};
    for (int i = 0; i < n; i++) {
        double old = a[i & 1], next;
        do next = old * x[i];
        while (!__atomic_compare_exchange(&a[i & 1], &old, &next, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    }
    return a[0] * a[1];
}
static double added(double *x, int n) {
    _Atomic double s = 0;
    for (int i = 0; i < n; i++) s += x[i] * x[i];
    return s;
}

#define TRY(f)                                                                                   \
    do {                                                                                         \
        double a[3] = {1, 0, 2}, b[3] = {0, 1, -1}, u[3] = {0}, v[3] = {0};                      \
        struct lanes r = __enzyme_fwddiff_lanes((void *)f, enzyme_width, 2, enzyme_dup, x, a, b, 3); \
        __enzyme_autodiff_void((void *)f, enzyme_width, 2, enzyme_dup, x, u, v, 3);              \
        double along[2] = {0, 0};                                                                \
        for (int i = 0; i < 3; i++) {                                                            \
            double h = 1e-5, p[3] = {1.5, 2, 3}, q[3] = {1.5, 2, 3};                             \
            p[i] += h, q[i] -= h;                                                                \
            double slope = (f(p, 3) - f(q, 3)) / (2 * h);                                        \
            CHECK_CLOSE(u[i], slope, 1e-7);                                                      \
            CHECK_CLOSE(v[i], slope, 1e-7);                                                      \
            along[0] += slope * a[i], along[1] += slope * b[i];                                  \
        }                                                                                        \
        for (int k = 0; k < 2; k++) CHECK_CLOSE(r.l[k], along[k], 1e-7);                         \
    } while (0)

int main(void) {
    double x[3] = {1.5, 2, 3};
    if (!markers_work) return report();
    TRY(exchanged);
    TRY(compared);
    TRY(added);
    return report();
}
