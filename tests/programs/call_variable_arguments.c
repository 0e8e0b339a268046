/* Active values through `...`: numbers, pointers, more than there are registers, lists handed on. */
#include "check.h"
#include <stdarg.h>

NOINLINE static double sum(int n, ...) {
    va_list list;
    va_start(list, n);
    double s = 0;
    for (int i = 0; i < n; i++) {
        double v = va_arg(list, double);
        s += v * v * (i + 1);
    }
    va_end(list);
    return s;
}
static double numbers(double *x, int n) { return sum(3, x[0], x[1], x[0] * x[2]) + sum(2, x[1], 1.0 * n); }
ARRAY_TEST(numbers)

static double by_letters(const char *letters, ...) {
    va_list list, again;
    va_start(list, letters);
    va_copy(again, list);
    double s = 1;
    for (const char *c = letters; *c; c++) {
        switch (*c) {
        case 'd': s += va_arg(list, double); break;
        case 'i': s *= va_arg(list, int); break;
        case 'p': {
            const double *p = va_arg(list, const double *);
            s += *p * *p;
            break;
        }
        }
    }
    va_end(list);
    s *= va_arg(again, double);
    va_end(again);
    return s;
}
static double mixed(double *x, int n) { return by_letters("dpid", x[0], x + 1, n, x[1] * x[1]); }
ARRAY_TEST(mixed)

static double wide(const char *letters, ...) {
    va_list list;
    va_start(list, letters);
    double s = va_arg(list, double);
    s *= (double)va_arg(list, long double);
    s += va_arg(list, double);
    va_end(list);
    return s;
}
static double long_doubles(double *x, int n) { return (void)n, wide("", x[0], (long double)(x[2] * x[0]), x[1]); }
ARRAY_TEST(long_doubles)

static double rest(int n, va_list list) {
    double s = 0;
    while (n-- > 0) s = s * 0.5 + sin(va_arg(list, double));
    return s;
}
static double total(int n, ...) {
    va_list list;
    va_start(list, n);
    double s = rest(n, list);
    va_end(list);
    return s;
}
static double many(double *x, int n) {
    return total(10, x[0], x[1], x[2], x[0], x[1], x[2], x[0], x[1], x[2], x[0] * n);
}
ARRAY_TEST(many)

static void put(double *to, int n, ...) {
    va_list list;
    va_start(list, n);
    for (int i = 0; i < n; i++) to[i] = va_arg(list, double);
    va_end(list);
}
static double stored(double *x, int n) {
    double m[4];
    put(m, 4, x[0], x[1], x[2], x[0] * x[1]);
    for (int i = 0; i < n; i++) m[i] *= m[3];
    return m[0] * m[1] - m[2];
}
ARRAY_TEST(stored)

int main(void) {
    CHECK(numbers, 0.5, 0.75, -1.25);
    CHECK(mixed, 0.5, 0.75, -1.25);
    CHECK(long_doubles, 0.5, 0.75, -1.25);
    CHECK(many, 0.5, 0.75, -1.25);
    CHECK(stored, 0.5, 0.75, -1.25);
    return report();
}
