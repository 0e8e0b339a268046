/* Variadic functions, and functions with another calling convention, behind pointers: from tables,
   as arguments, chosen at run time, also beside direct calls. */
#include <stdarg.h>
#include "check.h"

typedef double (*variadic)(int, ...);

static double weighted(int n, ...) {
    va_list list;
    va_start(list, n);
    double sum = 0;
    for (int i = 0; i < n; i++) sum += va_arg(list, double) * (i + 1);
    va_end(list);
    return sum;
}

static double product(int n, ...) {
    va_list list, again;
    va_start(list, n);
    va_copy(again, list);
    double all = 1;
    for (int i = 0; i < n; i++) all *= va_arg(list, double);
    all += va_arg(again, double);
    va_end(again);
    va_end(list);
    return all;
}

static void put(double *to, ...) {
    va_list list;
    va_start(list, to);
    const double *from = va_arg(list, const double *);
    int k = va_arg(list, int);
    *to += from[k] * from[k];
    va_end(list);
}

static variadic table[] = {weighted, product};
static void (*putter)(double *, ...) = put;

static double mixed(double *z, int n) {
    double r = weighted(3, z[0], z[1], 2.0);
    for (int i = 0; i < 2; i++) r += table[i](3, z[0], z[1] * z[0], z[2]) * table[1 - i](1, z[i]);
    for (int i = 0; i < n; i++) putter(&z[2], z, i % 2);
    return r * z[2];
}
ARRAY_TEST(mixed)

#ifdef __x86_64__
#define OTHER __attribute__((ms_abi))
#else
#define OTHER
#endif
typedef double(OTHER *other)(double, double);
static double OTHER times(double a, double b) { return a * b; }
static double OTHER less(double a, double b) { return a - b * b; }
static double plain(double a, double b) { return a / b; }
static other others[] = {times, less};
static double (*plains[])(double, double) = {plain};

static double conventions(double *z, int n) {
    double r = 0;
    for (int i = 0; i < n; i++) r += others[i % 2](z[0], z[1]) * plains[0](z[2], z[i % 3]);
    return r;
}
ARRAY_TEST(conventions)

int main(void) {
    CHECK(mixed, 0.5, 0.75, -1.25);
    CHECK(conventions, 0.5, 0.75, -1.25);
    return report();
}
