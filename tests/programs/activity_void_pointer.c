/* A context behind void *, as callbacks take it; and char buffers used as doubles. */
#include "check.h"

struct context { double a, b; int n; };

static double objective(void *opaque) {
    struct context *c = opaque;
    double s = 0;
    for (int i = 0; i < c->n; i++) s += c->a * sin(c->b * i);
    return s;
}

static double buffered(char *bytes, int n) {
    double *x = (double *)(void *)(bytes + 8), s = 1;
    for (int i = 0; i < n; i++) s *= x[i];
    return s;
}

static double f_primal(double *z, int n) { return (void)n, objective(&(struct context){z[0], z[1], 3}); }
static void f_reverse(double *z, double *bz, int n) {
    struct context c = {z[0], z[1], 3}, b = {bz[0], bz[1], 3};
    (void)n;
    __enzyme_autodiff_void((void *)objective, &c, &b);
    bz[0] = b.a, bz[1] = b.b;
}
static double f_forward(double *z, double *dz, int n) {
    struct context c = {z[0], z[1], 3}, d = {dz[0], dz[1], 3};
    (void)n;
    return __enzyme_fwddiff((void *)objective, &c, &d);
}
static double g_primal(double *z, int n) { return buffered((char *)z, n - 1); }
static void g_reverse(double *z, double *bz, int n) {
    __enzyme_autodiff_void((void *)buffered, (char *)z, (char *)bz, n - 1);
}
static double g_forward(double *z, double *dz, int n) {
    return __enzyme_fwddiff((void *)buffered, (char *)z, (char *)dz, n - 1);
}

int main(void) {
    CHECK(f, 1.5, 0.75);
    CHECK(g, 9, 1.5, 0.75, 2);
    return report();
}
