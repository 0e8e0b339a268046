/* double ** as argument: the shadow is a table of shadow rows. */
#include "check.h"

static double quadratic(double **m, int n) {
    double s = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            s += m[i][j] * m[j][i];
            m[i][j] *= 1 + 0.1 * m[0][0];
        }
    return s;
}

static void rows_of(double **rows, double *z) {
    for (int i = 0; i < 3; i++) rows[i] = z + 3 * i;
}

static double f_primal(double *z, int n) {
    double *rows[3];
    (void)n;
    rows_of(rows, z);
    return quadratic(rows, 3);
}

static void f_reverse(double *z, double *bz, int n) {
    double *rows[3], *shadows[3];
    (void)n;
    rows_of(rows, z);
    rows_of(shadows, bz);
    __enzyme_autodiff_void((void *)quadratic, enzyme_dup, rows, shadows, enzyme_const, 3);
}

static double f_forward(double *z, double *dz, int n) {
    double *rows[3], *shadows[3];
    (void)n;
    rows_of(rows, z);
    rows_of(shadows, dz);
    return __enzyme_fwddiff((void *)quadratic, enzyme_dup, rows, shadows, enzyme_const, 3);
}

int main(void) {
    CHECK(f, 1, 2, 3, 0.5, -0.25, 0.75, 0.1, 0.2, -0.3);
    return report();
}
