/* A shadow that is its primal means constant, if asked for; words that wait in local variables. */
#include "check.h"

extern int enzyme_runtime_activity;

static double f(double *x, double *y) {
    *y = *y + 1;
    return *x * *y * *x;
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
    return report();
}
