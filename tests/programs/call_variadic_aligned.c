/* `long double` and structs aligned to 16 bytes behind `...`, also in loops that LLVM unrolls, and in a list that is
   handed on. */
#include <stdarg.h>
#include "check.h"

struct aligned { _Alignas(16) double x, y; double z; };
struct longer { long double l; double k; };

NOINLINE static double squares(int n, ...) {
    va_list list;
    double r = 0;
    va_start(list, n);
    for (int i = 0; i < n; i++) {
        long double s = va_arg(list, long double);
        r += (double)(s * s) + va_arg(list, double);
    }
    va_end(list);
    return r;
}

static double given(int n, va_list list) {
    double r = 0;
    for (int i = 0; i < n; i++) {
        struct aligned s = va_arg(list, struct aligned);
        r += s.x * s.y * s.z * (double)va_arg(list, long double) + va_arg(list, double);
    }
    return r;
}
NOINLINE static double handed(int n, ...) {
    va_list list;
    va_start(list, n);
    double r = given(n, list);
    va_end(list);
    return r;
}

NOINLINE static double by_kind(const char *kinds, ...) {
    va_list list;
    double r = 0;
    va_start(list, kinds);
    for (; *kinds; kinds++) {
        switch (*kinds) {
        case 'a': { struct aligned s = va_arg(list, struct aligned); r += s.x * s.y + s.z * s.z; break; }
        case 'l': { struct longer s = va_arg(list, struct longer); r += (double)s.l * s.k; break; }
        case 'L': r += 5 * (double)va_arg(list, long double); break;
        case 'd': r += 3 * va_arg(list, double); break;
        case 'i': r *= va_arg(list, int); break;
        }
    }
    va_end(list);
    return r;
}

static const char *kinds = "dalLdLaaldLddLaa";
static double f(double *x, int n) {
    struct aligned a = {x[0], x[1], x[2]}, b = {x[2], x[1] * x[0], x[1]};
    struct longer l = {x[0], x[1]};
    long double w = x[2];
    return squares(2, w, x[1], (long double)x[0], x[0] * x[1]) + handed(2, a, w, x[0], b, w * w, x[1]) +
           handed(n / n, b, w, x[0] * x[2]) + by_kind("dalid", x[0], a, l, 2, x[1]) +
           by_kind(kinds, x[0], a, l, w, x[1], w, b, a, l, x[2], w, x[0], x[1], w, b, b);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.5, -2);
    return report();
}
