/* A shadow that is its primal means constant, if asked for; words that wait in local variables. */
#include "check.h"

extern int enzyme_runtime_activity;

static double f(double *x, double *y) {
    *y = *y + 1;
    return *x * *y * *x;
}

/* beside a constant table, a store to `y` ended the program: it might have been memory of a variable */
static double rows(double *x, double *y, int n) {
    static const double table[] = {1, 2, 3, 4};
    double *row[3] = {x, y, (double *)table}, s = 0;
    for (int i = 0; i < n; i++) {
        s += row[i % 3][i] * row[i % 3][i] * (i + 1);
        if (i % 3 != 2) row[i % 3][i] = s;
    }
    return s;
}

int main(void) {
    double x = 2, dx = 0, y = 2, one = 1;
    int word = enzyme_const;
    if (!markers_work) return report();
    __enzyme_autodiff_void((void *)f, enzyme_runtime_activity, &x, &dx, &y, &y);
    CHECK_CLOSE(dx, 12, 1e-12);
    CHECK_CLOSE(y, 3, 0);
    y = 2;
    CHECK_CLOSE(__enzyme_fwddiff((void *)f, enzyme_runtime_activity, &x, &one, &y, &y), 12, 1e-12);
    CHECK_CLOSE(y, 3, 0);
    dx = 0, y = 2;
    __enzyme_autodiff_void((void *)f, &x, &dx, word, &y);
    CHECK_CLOSE(dx, 12, 1e-12);
    double a[] = {1, 2, 3, 4}, da[4] = {0}, b[] = {2, 2, 2, 2};
    __enzyme_autodiff_void((void *)rows, enzyme_runtime_activity, a, da, b, b, 4);
    CHECK_TRUE(da[0] == 2 && da[1] == 0 && da[2] == 0 && da[3] == 32);
    CHECK_TRUE(b[0] == 2 && b[1] == 9);
    return report();
}
