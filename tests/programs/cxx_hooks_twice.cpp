// Functions behind pointers have the type of the function that asks for a derivative: it is none that these calls mean.
#include "check.hpp"

using Hook = void (*)(const double *, double *);
static void square(const double *x, double *y) { *y = 2 * *x * *x; }
static void cube(const double *x, double *y) { *y = 3 * *x * *x * *x; }
static Hook hooks[2];

static double f(const double *x) {
    double y, z;
    hooks[0](x, &y);
    hooks[1](&y, &z);
    return y + z;
}
static void gradient(const double *x, double *by) {
    *by = 0;
    __enzyme_autodiff<void>((void *)f, enzyme_dup, x, by);
}

int main(int argc, char **) {
    hooks[0] = argc > 5 ? cube : square;
    hooks[1] = argc > 5 ? square : cube;
    double x = .9, along = 1, by = 0, second = 0;
    __enzyme_fwddiff<void>((void *)gradient, enzyme_dup, (const double *)&x, &along, enzyme_dup, &by, &second);
    check_close("gradient", by, 4 * x + 144 * std::pow(x, 5));
    check_close("second derivative", second, 4 + 720 * std::pow(x, 4));
    return report();
}
