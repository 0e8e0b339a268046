// expect: 13:12: error: cannot differentiate the call to 'sum'
#include <stdarg.h>
extern double __enzyme_autodiff(void *, ...);
struct aligned { _Alignas(16) double x; long y; };
static double sum(int n, ...) {
    va_list list;
    va_start(list, n);
    long double d = va_arg(list, long double);
    struct aligned a = va_arg(list, struct aligned);
    va_end(list); return d * a.x * a.y + d;
}
static double f(double x) {
    return sum(2, (long double)x, (struct aligned){x, 5}); }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
