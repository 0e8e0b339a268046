/* Branches on addresses, null checks, distances between pointers. */
#include "check.h"

static double pick(const double *a, const double *b, const double *best) {
    if (!a || !b) return 1;
    if (a == b) return *a;
    if (best && *best > *a) best = a > best ? a : best;
    return *a * *b + (best ? *best : 0) * (double)(b - a);
}

static double f(double *x, int n) {
    double s = 0;
    const double *best = NULL;
    for (int i = 0; i < n; i++) {
        s += pick(&x[i], &x[(i + 2) % n], best);
        if (!best || x[i] > *best) best = &x[i];
    }
    s += pick(NULL, x, best);
    return s * *best;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    CHECK(f, 0.3, 1.5);
    return report();
}
