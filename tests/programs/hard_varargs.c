/* may be refused: active values through a variable argument list. */
#include "check.h"
#include <stdarg.h>

static NOINLINE double sum(int n, ...) {
    va_list list;
    double s = 0;
    va_start(list, n);
    for (int i = 0; i < n; i++) s += va_arg(list, double);
    va_end(list);
    return s;
}

static double f(double *x, int n) { return sum(3, x[0], x[1] * x[1], x[n - 1]) * x[0]; }
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
