/* A user's own functions with the names of special functions are what the user wrote. */
#include "check.h"

static double sinc(double x) { return 3 * x * x; }
double erfi(double x) { return x * x * x + 2; }
NOINLINE double xlogy(double x, double y) { return x - y * y; }
static NOINLINE double cospi(double x) { return 5 * x; }
NOINLINE double erfinv(double x, double y) { return x * y; }
static double j0_(double x) { return x / 2; }

static double f(double *x, int n) {
    (void)n;
    return sinc(x[0]) * erfi(x[1]) + xlogy(x[0], x[1]) * cospi(x[1]) + erfinv(x[0], x[1]) + j0_(x[0]);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.75, 0.25);
    return report();
}
