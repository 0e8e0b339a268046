/* Functions declared pure and const; calls that an optimiser may merge or move. */
#include "check.h"

__attribute__((const)) static NOINLINE double shape(double x) { return sin(x) * x; }
__attribute__((pure)) static NOINLINE double total(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += x[i] * x[i];
    return s;
}
__attribute__((always_inline)) static inline double scaled(double x, double s) { return x / (1 + s); }
__attribute__((flatten)) static double both(const double *x, int n) { return total(x, n) + shape(x[0]); }

static double f(double *x, int n) {
    double r = 0;
    for (int i = 0; i < n; i++) {
        r += scaled(shape(x[i]), total(x, n)) * shape(x[i]);
        x[i] *= 1 + 0.1 * total(x, i);
    }
    return r + both(x, n);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.5, -0.7);
    return report();
}
