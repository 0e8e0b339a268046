// expect: 11:36: error: cannot differentiate the call to 'sum'
#include <stdarg.h>
extern double __enzyme_autodiff(void *, ...);
static __attribute__((noinline)) double sum(int n, ...) {
    va_list list;
    va_start(list, n);
    double s = 0;
    for (int i = 0; i < n; i++) s += va_arg(list, double);
    return va_end(list), s;
}
static double f(double x) { return sum(2, x, x); }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
