/* The function by its address or by its name, words by address, local copies of both, any suffix. */
#include "check.h"

static double f(double x, double y) { return x * x * y; }

double my__enzyme_autodiff_of(double (*)(double, double), ...);
double __enzyme_fwddiff2(void *, ...);

int main(void) {
    if (!markers_work) return report();
    CHECK_CLOSE(my__enzyme_autodiff_of(f, 3.0, 2.0), 12, 0);
    CHECK_CLOSE(my__enzyme_autodiff_of(&f, &enzyme_const, 3.0, &enzyme_out, 2.0), 9, 0);
    CHECK_CLOSE(__enzyme_fwddiff2(f, enzyme_dup, 3.0, 1.0, enzyme_const, 2.0), 12, 0);
    double (*fn)(double, double) = f;
    int word = enzyme_const;
    CHECK_CLOSE(my__enzyme_autodiff_of(fn, word, 3.0, 2.0), 9, 0);
    return report();
}
