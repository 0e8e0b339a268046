/* A rule by hand reads what its arguments lead to: stores into local memory are wanted. */
#include "check.h"

struct weights { double a[3]; int n; };

static void dot(const double *x, const struct weights *w, double *out) {
    double sum = 0;
    for (int i = 0; i < w->n; i++) sum += w->a[i] * x[i];
    *out = sum;
}
static void dot_augmented(const double *x, double *bx, const struct weights *w, struct weights *bw,
                          double *out, double *bout) {
    dot(x, w, out);
}
static void dot_reverse(const double *x, double *bx, const struct weights *w, struct weights *bw,
                        double *out, double *bout) {
    for (int i = 0; i < w->n; i++) {
        if (bx != x) bx[i] += w->a[i] * *bout;
        if (bw != w) bw->a[i] += x[i] * *bout;
    }
    *bout = 0;
}
void *__enzyme_register_gradient_dot[] = {(void *)dot, (void *)dot_augmented, (void *)dot_reverse};

static double f(double *z, int n) {
    struct weights w = {{1.5, 2.5, z[2] * z[2]}, n};
    double out;
    dot(z, &w, &out);
    return out * z[0];
}
static void f_reverse(double *z, double *bz, int n) { __enzyme_autodiff_void((void *)f, z, bz, n); }
static double f_forward(double *z, double *dz, int n) { return __enzyme_fwddiff((void *)f, z, dz, n); }

int main(void) {
    double z[3] = {1, 2, 3};
    check_run("f", f, f_reverse, f_forward, z, 3, 1e-3, 1e-10);
    return failures != 0;
}
