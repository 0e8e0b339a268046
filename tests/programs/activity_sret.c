/* A differentiated function that returns a large struct: the seed is the shadow of the result. */
#include "check.h"

struct result { double v[3]; };
extern void __enzyme_autodiff_sret(void *, ...);
extern struct result __enzyme_fwddiff_sret(void *, ...);

static struct result f(const double *x) {
    struct result r = {{x[0] * x[1], sin(x[1]), x[0] * x[0]}};
    return r;
}

int main(void) {
    double x[2] = {2, 3}, bx[2] = {0}, dx[2] = {1, 10};
    if (!markers_work) return report();
    struct result seed = {{1, 10, 100}};
    __enzyme_autodiff_sret((void *)f, &seed, enzyme_dup, x, bx);
    CHECK_CLOSE(bx[0], 3 + 400, 1e-15);
    CHECK_CLOSE(bx[1], 2 + 10 * cos(3), 1e-15);
    for (int i = 0; i < 3; i++) CHECK_CLOSE(seed.v[i], 0, 0);
    struct result d = __enzyme_fwddiff_sret((void *)f, enzyme_dup, x, dx);
    CHECK_CLOSE(d.v[0], 3 + 20, 0);
    CHECK_CLOSE(d.v[1], 10 * cos(3), 1e-15);
    CHECK_CLOSE(d.v[2], 4, 0);
    return report();
}
