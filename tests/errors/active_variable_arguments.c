// expect: 13:36: error: cannot differentiate the call to 'sum'
#include <stdarg.h>
extern double __enzyme_autodiff(void *, ...);
struct four { double v[4]; };
static __attribute__((noinline)) double sum(int n, ...) {
    va_list list;
    va_start(list, n);
    double s = 0;
    for (int i = 0; i < n; i++) s += va_arg(list, struct four).v[i];
    return va_end(list), s;
}
static struct four all(double x) { return (struct four){{x, x, x, x}}; }
static double f(double x) { return sum(2, all(x), all(x * x)); }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
