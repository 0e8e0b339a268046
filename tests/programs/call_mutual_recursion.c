/* Mutual recursion among three functions, with arrays changed on the way down and up. */
#include "check.h"

static double even(double *x, int n, int depth);
static double odd(double *x, int n, int depth);

static double leaf(double *x, int depth) { return depth % 3 ? odd(x, 1, depth - 2) * x[0] : x[0] * x[0]; }
static double even(double *x, int n, int depth) {
    if (depth <= 0) return leaf(x, 0);
    x[depth % n] *= 1.1;
    double r = odd(x, n, depth - 1) * 0.5;
    x[0] += 0.1 * r;
    return r + sin(x[depth % n]);
}
static double odd(double *x, int n, int depth) {
    if (depth <= 0) return x[n - 1];
    double before = x[0];
    double r = even(x, n, depth - 1) + leaf(x, depth / 2);
    return r * before * 0.5;
}

static double f(double *x, int n) { return even(x, n, 7) * odd(x, n, 4); }
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.75, 0.25, -0.5);
    return report();
}
