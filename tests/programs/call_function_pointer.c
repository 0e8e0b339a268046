/* Calls through a pointer that is only known at run time, also to functions of the C library. */
#include "check.h"

static double square(double x) { return x * x; }
static double cube(double x) { return x * x * x; }
static double (*const table[2])(double) = {square, cube};

static NOINLINE double each(double (*g)(double), const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += g(x[i]);
    return s;
}

static double f(double *x, int n) { return each(table[n % 2], x, n) + each(x[0] > 0 ? sin : cos, x, n); }
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
