/* Pointers with a flag in the low bit, through uintptr_t; differences of pointers as indices. */
#include "check.h"

static uintptr_t tag(double *p, int flag) { return (uintptr_t)p | (uintptr_t)(flag & 1); }
static double *untag(uintptr_t u) { return (double *)(u & ~(uintptr_t)1); }

static double f(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        uintptr_t u = tag(&x[i], i);
        double *p = untag(u);
        s += (u & 1 ? *p * *p : sin(*p)) * (double)(p - x + 1);
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.5, -0.7);
    return report();
}
