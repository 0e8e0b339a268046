/* Recursion: powers, a Horner scheme by pointer, and Fibonacci's double recursion. */
#include "check.h"

static double power(double x, int n) {
    if (n == 0) return 1;
    if (n % 2) return x * power(x, n - 1);
    double half = power(x, n / 2);
    return half * half;
}
static double horner(const double *c, int n, double x) { return n ? *c + x * horner(c + 1, n - 1, x) : 0; }
static double fibonacci(int n, const double *x) {
    if (n < 2) return x[n];
    return fibonacci(n - 1, x) * 0.7 + fibonacci(n - 2, x) * sin(x[0]);
}

static double f(double *x, int n) {
    return power(x[0], 11) + horner(x, n, x[1]) * power(x[1], 0) + fibonacci(7, x);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.75, 1.25, -0.5, 0.3);
    return report();
}
