/* Second derivatives, all modes over each other: tapes of loops, recursion, heap, copies. */
#include "order.h"

static double chain(const double *x, int n) {          /* unknown trip count: links */
    double s = 1;
    int i = 0;
    while (i < n && s < 1e6) { s = s * sin(x[i]) + x[i] * x[i] * s; i++; }
    return s;
}
static double nest(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        double t = 1;
        for (int j = 0; j < n; j++) t = t * cos(x[j] * (i + 1)) + x[i];
        s += t * t;
    }
    return s;
}
NOINLINE static double recurse(const double *x, int n) {
    if (n == 1) return x[0] * x[0];
    return sin(recurse(x, n - 1)) * x[n - 1] + x[n - 1];
}
static double branches(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        if (x[i] > 0) s += x[i] * x[i] * x[i];
        else if (s > 1) s *= exp(x[i]);
        else s -= x[i] * s;
    }
    return s;
}
static double heap(const double *x, int n) {
    double *y = malloc(n * sizeof *y), r = 0;
    for (int i = 0; i < n; i++) y[i] = x[i] * x[i];
    for (int k = 0; k < 3; k++) for (int i = 1; i < n; i++) y[i] = sin(y[i - 1]) * y[i];
    for (int i = 0; i < n; i++) r += y[i] * y[(i + 1) % n];
    free(y);
    return r;
}
static double copies(const double *x, int n) {
    double y[8], z[8], r = 0;
    memcpy(y, x, n * sizeof *y);
    for (int i = 0; i < n; i++) z[i] = y[i] * y[(i + 1) % n];
    memcpy(y + 1, z, (n - 1) * sizeof *y);
    for (int i = 0; i < n; i++) r += y[i] * y[i] * y[i];
    memset(y, 0, sizeof y);
    for (int i = 0; i < n; i++) r += y[i] * z[i] + z[i];
    return r;
}

SECOND_TEST(chain)
SECOND_TEST(nest)
SECOND_TEST(recurse)
SECOND_TEST(branches)
SECOND_TEST(heap)
SECOND_TEST(copies)

int main(void) {
    double x[4] = {0.3, 0.7, -0.4, 0.9};
    SECOND_CHECK(chain, x, 4);
    SECOND_CHECK(nest, x, 4);
    SECOND_CHECK(recurse, x, 4);
    SECOND_CHECK(branches, x, 4);
    SECOND_CHECK(heap, x, 4);
    SECOND_CHECK(copies, x, 4);
    return report();
}
