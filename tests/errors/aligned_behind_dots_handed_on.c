// expect: 16:12: error: cannot differentiate the call to 'sum'
#include <stdarg.h>
extern double __enzyme_autodiff(void *, ...);
struct aligned { _Alignas(16) double x; long y; };
__attribute__((noinline)) static double read(int n, va_list list) {
    double d = va_arg(list, double);
    struct aligned a = va_arg(list, struct aligned);
    return d * a.x * a.y + (n ? read(n - 1, list) : 0);
}
static double sum(int n, ...) {
    va_list list;
    va_start(list, n);
    double r = read(n, list);
    va_end(list); return r; }
static double f(double x) {
    return sum(1, x, (struct aligned){x, 5}, x, (struct aligned){2, x}); }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
