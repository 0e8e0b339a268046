/* Atomic operations on active numbers, and on pointers to them. */
#include "check.h"
#include <stdatomic.h>

static double sum(double *x, int n) {
    _Atomic double s = 0;
    for (int i = 0; i < n; i++) s += x[i] * x[i];
    s -= x[1];
    return s * x[0];
}
ARRAY_TEST(sum)

static double exchanged(double *x, int n) {
    _Atomic double s = x[0] * x[1];
    double old = atomic_exchange(&s, x[1] * x[1]), expected = x[1] * x[1], other = 7;
    int came = atomic_compare_exchange_strong(&s, &expected, x[0] * 3);
    came += 2 * atomic_compare_exchange_strong(&s, &other, 5.0);
    double before = atomic_exchange(&s, 2.5);
    for (int i = 0; i < n; i++) s *= 1 + 0.1 * x[i];
    return came * old + before * before + other * s;
}
ARRAY_TEST(exchanged)

#if __clang_major__ < 20 /* knows them of integers only */
#define __atomic_fetch_max(p, v, order) ({ double old = *(p); *(p) = fmax(old, v); old; })
#define __atomic_fetch_min(p, v, order) ({ double old = *(p); *(p) = fmin(old, v); old; })
#endif

/* the largest and the smallest, as atomic operations: refused */
static double extremes(double *x, int n) {
    double most = x[0], least = x[0];
    for (int i = 0; i < n; i++) {
        __atomic_fetch_max(&most, x[i] * x[i], __ATOMIC_RELAXED);
        x[i] *= 1 + __atomic_fetch_min(&least, sin(x[i]), __ATOMIC_SEQ_CST);
    }
    return most * least + most;
}
ARRAY_TEST(extremes)

NOINLINE static void add(_Atomic float *to, double v) {
    float old = atomic_load(to);
    while (!atomic_compare_exchange_weak(to, &old, old + (float)v)) {}
}
static double by_hand(double *x, int n) {
    _Atomic float *s = calloc(2, sizeof *s);
    for (int i = 0; i < n; i++) add(s + i % 2, x[i] * 0.5);
    double r = s[0] * s[1];
    free((void *)s);
    return r;
}
static double by_hand_primal(double *x, int n) {
    double s[2] = {0, 0};
    for (int i = 0; i < n; i++) s[i % 2] += x[i] * 0.5;
    return s[0] * s[1];
}
static void by_hand_reverse(double *z, double *bz, int n) {
    __enzyme_autodiff_void((void *)by_hand, enzyme_dup, z, bz, enzyme_const, n);
}
static double by_hand_forward(double *z, double *dz, int n) {
    return __enzyme_fwddiff((void *)by_hand, enzyme_dup, z, dz, enzyme_const, n);
}

static double pointers(double *x, int n) {
    double *_Atomic p = x;
    double s = *p * *p;
    double *old = atomic_exchange(&p, x + 1), *expected = x + 1;
    s += *old * *p;
    atomic_compare_exchange_strong(&p, &expected, x + n - 1);
    return s + *p * *p * *p;
}
ARRAY_TEST(pointers)

int main(void) {
    CHECK(sum, 0.3, 1.5, -0.7);
    CHECK(exchanged, 0.3, 1.5, -0.7);
    CHECK(extremes, 0.3, 1.5, -0.7, 0.9);
    CHECK_TOL(by_hand, 1e-5, 0.5, 0.75, -1.25);
    CHECK(pointers, 0.3, 1.5, -0.7);
    return report();
}
