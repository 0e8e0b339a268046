/* The second derivative through a workspace of the thread's own, which grows. */
#include "check.h"

static _Thread_local double *space;
static _Thread_local int room;
static double f(double *x, int n) {
    if (room < n) space = realloc(space, n * sizeof *space), room = n;
    for (int i = 0; i < n; i++) space[i] = x[i] * x[i];
    double s = 0;
    for (int i = 0; i < n; i++) s += space[i] * space[(i + 1) % n];
    return s;
}
static void gradient(double *x, double *d, int n) { __enzyme_autodiff_void((void *)f, x, d, n); }

int main(void) {
    double x[3] = {1, 2, 0.5}, v[3] = {1, 0, 0}, d[3] = {0}, hv[3] = {0};
    if (!markers_work) return 0;
    f(x, 2);
    __enzyme_fwddiff_void((void *)gradient, x, v, d, hv, 3);
    CHECK_CLOSE(hv[0], 2 * (x[1] * x[1] + x[2] * x[2]), 1e-12);
    CHECK_CLOSE(hv[1], 4 * x[0] * x[1], 1e-12);
    CHECK_CLOSE(hv[2], 4 * x[0] * x[2], 1e-12);
    free(space);
    return failures != 0;
}
