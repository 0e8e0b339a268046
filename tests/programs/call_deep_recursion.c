/* A recursion some thousand levels deep, and a noinline call in a loop of thousands. */
#include "check.h"

static double down(double s, const double *x, int n, int depth) {
    if (depth == 0) return s * s;
    return down(s + 1e-3 * sin(s * x[depth % n]), x, n, depth - 1) * (1 - 1e-5 * x[0]);
}
static NOINLINE void step(double *s, double h) { s[0] += h * cos(s[1]), s[1] -= h * s[0] * s[1]; }

static double f(double *x, int n) {
    double s[2] = {x[0], x[n - 1]};
    for (int i = 0; i < 3000; i++) step(s, 1e-3);
    return down(x[0], x, n, 2500) + s[0] * s[1];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.5, -0.7);
    return report();
}
