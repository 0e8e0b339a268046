/* Doubles carried as integers: swapped by xor in arrays of uint64_t, stored and reloaded. */
#include "check.h"

static uint64_t bits_of(double x) {
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}
static double double_of(uint64_t u) {
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

static double f(double *x, int n) {
    uint64_t store[4];
    for (int i = 0; i < n; i++) store[i] = bits_of(x[i] * x[i]);
    uint64_t first = store[0];
    store[0] = store[n - 1];
    store[n - 1] = first;
    double s = 0;
    for (int i = 0; i < n; i++) s += double_of(store[i]) * (i + 1);
    return s * double_of(first);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
