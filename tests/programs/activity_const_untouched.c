/* enzyme_const data is never written, and needs no shadow. */
#include "check.h"

static double f(const double *x, double *k, int *counts, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += x[i] * k[i] * counts[i] * x[0];
    return s;
}

int main(void) {
    double x[3] = {1, 2, 3}, b[3] = {0}, v[3] = {1, 0, 0}, k[3] = {4, 5, 6}, k0[3];
    int counts[3] = {1, 2, 3}, counts0[3];
    memcpy(k0, k, sizeof k);
    memcpy(counts0, counts, sizeof counts);
    if (!markers_work) return report();
    __enzyme_autodiff_void((void *)f, enzyme_dup, x, b, enzyme_const, k, enzyme_const, counts, 3);
    CHECK_CLOSE(b[0], 1 * 4 * 1 * 2 + 2 * 5 * 2 + 3 * 6 * 3, 0);
    CHECK_CLOSE(b[1], 5 * 2, 0);
    CHECK_CLOSE(b[2], 6 * 3, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)f, enzyme_dup, x, v, enzyme_const, k, enzyme_const, counts, 3),
                b[0], 0);
    b[0] = b[1] = b[2] = 0;
    __enzyme_autodiff_void((void *)f, enzyme_const, x, enzyme_dup, k, b, enzyme_const, counts, 3);
    CHECK_CLOSE(b[1], 4, 0);
    CHECK_TRUE(!memcmp(k, k0, sizeof k) && !memcmp(counts, counts0, sizeof counts));
    CHECK_TRUE(x[0] == 1 && x[1] == 2 && x[2] == 3);
    return report();
}
