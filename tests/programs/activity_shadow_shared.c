/* One shadow for several primals: contributions meet; a shadow in the middle of a larger array. */
#include "check.h"

static double f(const double *a, const double *b, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += a[i] * a[i] * b[i];
    return s;
}

int main(void) {
    double a[2] = {2, 3}, b[2] = {5, 7}, g[5] = {-1, 0, 0, -1, -1};
    if (!markers_work) return report();
    __enzyme_autodiff_void((void *)f, enzyme_dup, a, g + 1, enzyme_dup, b, g + 1, enzyme_const, 2);
    CHECK_CLOSE(g[1], 2 * 2 * 5 + 4, 0);
    CHECK_CLOSE(g[2], 2 * 3 * 7 + 9, 0);
    CHECK_CLOSE(g[0] + g[3] + g[4], -3, 0);
    return report();
}
