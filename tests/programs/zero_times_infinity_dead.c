/* levels: precise
   Values that overflow or have no derivative, on ways whose result is not used. */
#include "check.h"

static double guarded(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        double inverse = 1 / x[i], logarithm = log(x[i]), root = sqrt(x[i]);
        s += x[i] > 0 ? inverse + logarithm * root : x[i] * x[i] + x[0];
    }
    return s;
}

static double safe_norm(double *x, int n) {
    double r2 = 0;
    for (int i = 0; i < n; i++) r2 += x[i] * x[i];
    double r = sqrt(r2);
    if (r == 0) return 0;
    return r;
}

static double overflow(double *x, int n) {
    double e = exp(1000 * x[0]);
    return (x[0] > 0.5 ? 1 : e) * x[n - 1];
}

int main(void) {
    double x[3] = {0.0, 2.0, -1.0}, b[3] = {0}, v[3] = {1, 1, 1}, zero[2] = {0, 0}, bz[2] = {0, 0};
    double big[2] = {2, 3}, bb[2] = {0, 0};
    if (!markers_work) return report();
    __enzyme_autodiff_void((void *)guarded, enzyme_dup, x, b, 3);
    CHECK_CLOSE(b[0], 2, 0);
    CHECK_CLOSE(b[1], -0.25 + sqrt(2) / 2 + log(2) / (2 * sqrt(2)), 1e-14);
    CHECK_CLOSE(b[2], -2, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)guarded, enzyme_dup, x, v, 3), b[0] + b[1] + b[2], 1e-14);

    __enzyme_autodiff_void((void *)safe_norm, enzyme_dup, zero, bz, 2);
    CHECK_CLOSE(bz[0], 0, 0);
    CHECK_CLOSE(bz[1], 0, 0);

    __enzyme_autodiff_void((void *)overflow, enzyme_dup, big, bb, 2);
    CHECK_CLOSE(bb[0], 0, 0);
    CHECK_CLOSE(bb[1], 1, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)overflow, enzyme_dup, big, v, 2), 1, 0);
    return report();
}
