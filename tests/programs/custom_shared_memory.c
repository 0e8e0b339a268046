/* Functions with derivatives by hand that put pointers where others look: by atomic stores, as
   numbers, in static variables whose shadows the program has named. Numbers in these have a derivative, too. */
#include "check.h"
#include <stdatomic.h>
#include <enzyme.h>

#define NEAR(a, b) CHECK_CLOSE(a, b, 1e-12)

extern double __enzyme_autodiff(void *, ...), __enzyme_fwddiff(void *, ...);
#define REGISTER(f)                                                                                 \
    void *__enzyme_register_gradient_##f[] = {(void *)f, (void *)f##_augmented, (void *)f##_reverse}; \
    void *__enzyme_register_derivative_##f[] = {(void *)f, (void *)f##_tangent}

struct view { _Atomic(double *) p; long address; };
static NOINLINE void put(struct view *v, double *x, int i) {
    if (i > 1) atomic_store(&v->p, x + i);
    else v->p = x;
}
static void put_tangent(struct view *v, struct view *d, double *x, double *dx, int i, int di) { put(v, x, i), put(d, dx, i); }
static void put_augmented(struct view *v, struct view *d, double *x, double *dx, int i, int di) { put(v, x, i), put(d, dx, i); }
static void put_reverse(struct view *v, struct view *d, double *x, double *dx, int i, int di) {}
REGISTER(put);
static double by_atomics(double u, int n) {
    double x[4] = {u, u * u, 3 * u, 2}, y[2] = {u, 1}, s = 0;
    struct view v = {y, 0};
    for (int i = 0; i < n; i++) {
        put(&v, x, i);
        double *q = v.p;
        s += q[0] * u;
        q[0] = s;
    }
    return s + x[2] * x[3];
}

static double total, dtotal;
ENZYME_SHADOW_GLOBAL(total, dtotal);
static NOINLINE void add(double x) { total += x; }
static void add_tangent(double x, double dx) { total += x, dtotal += dx; }
static void add_augmented(double x) { total += x; }
static double add_reverse(double x) { return dtotal; }
REGISTER(add);
static double in_a_total(double x, int n) {
    total = n;
    for (int i = 0; i < n; i++) add(x * x);
    return total * x;
}

static double *latest, *dlatest;
ENZYME_SHADOW_GLOBAL(latest, dlatest);
static NOINLINE void keep(double *x) { latest = x; }
static void keep_tangent(double *x, double *dx) { latest = x, dlatest = dx; }
static void keep_augmented(double *x, double *dx) { latest = x, dlatest = dx; }
static void keep_reverse(double *x, double *dx) {}
REGISTER(keep);
static double in_a_variable(double u, int n) {
    double x[4] = {u, u * u, u * 3, 2}, y[2] = {u, u};
    latest = y;
    keep(x + 1);
    double s = x[n - 3];
    latest[0] = s * s;
    return x[1] * u * y[1];
}

#define BOTH(f, want)                                                                               \
    NEAR(__enzyme_autodiff((void *)f, 1.5, 4), want);                                               \
    NEAR(__enzyme_fwddiff((void *)f, 1.5, 1.0, 4), want)

int main(void) {
    if (!markers_work) return report();
    double s = 12.375, ds = 18.75; /* 4 u^2 + u^3 */
    BOTH(by_atomics, (ds + 2) + ds * (s + 3) + s * (ds + 2));
    total = dtotal = 0;
    BOTH(in_a_total, 4 + 3 * 4 * 1.5 * 1.5);
    BOTH(in_a_variable, 6 * pow(1.5, 5));
    return report();
}
