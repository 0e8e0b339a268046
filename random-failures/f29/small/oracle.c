/* Dual numbers: the same program with each operation replaced by one of these is the exact oracle.

   The value is rounded as the program rounds it (S is the suffix of libm, T the type), so that all
   branches are decided alike; the derivative is kept in double. At a kink where the two sides have
   different derivatives the oracle is undecided, and says so. */
#ifndef DUALS_H
#define DUALS_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define UNUSED __attribute__((unused))
#define NOINLINE __attribute__((noinline))

typedef struct { double v, d; } dual;

static int undecided;

#define UNARY(S, T, name, value, slope)                                                          \
    UNUSED static dual d_##name##S(dual a) {                                                     \
        T x = (T)a.v;                                                                            \
        double r = (double)(value);                                                              \
        (void)x, (void)r;                                                                        \
        return (dual){r, a.d * (slope)};                                                         \
    }
#define BINARY(S, T, name, value, slope_x, slope_y)                                              \
    UNUSED static dual d_##name##S(dual a, dual b) {                                             \
        T x = (T)a.v, y = (T)b.v;                                                                \
        double r = (double)(value);                                                              \
        (void)x, (void)y, (void)r;                                                               \
        return (dual){r, a.d * (slope_x) + b.d * (slope_y)};                                     \
    }
#define DUALS(S, T)                                                                              \
    UNUSED static dual d_const##S(double v) { return (dual){(double)(T)v, 0}; }                  \
    BINARY(S, T, add, x + y, 1, 1)                                                               \
    BINARY(S, T, sub, x - y, 1, -1)                                                              \
    BINARY(S, T, mul, x * y, b.v, a.v)                                                           \
    BINARY(S, T, div, x / y, 1 / b.v, -a.v / (b.v * b.v))                                        \
    BINARY(S, T, pow, pow##S(x, y), b.v * pow(a.v, b.v - 1), pow(a.v, b.v) * log(a.v))           \
    BINARY(S, T, atan2, atan2##S(x, y), b.v / (a.v * a.v + b.v * b.v),                           \
           -a.v / (a.v * a.v + b.v * b.v))                                                       \
    BINARY(S, T, hypot, hypot##S(x, y), a.v / hypot(a.v, b.v), b.v / hypot(a.v, b.v))            \
    UNARY(S, T, neg, -x, -1)                                                                     \
    UNARY(S, T, sin, sin##S(x), cos(a.v))                                                        \
    UNARY(S, T, cos, cos##S(x), -sin(a.v))                                                       \
    UNARY(S, T, tanh, tanh##S(x), 1 - tanh(a.v) * tanh(a.v))                                     \
    UNARY(S, T, atan, atan##S(x), 1 / (1 + a.v * a.v))                                           \
    UNARY(S, T, exp, exp##S(x), exp(a.v))                                                        \
    UNARY(S, T, log, log##S(x), 1 / a.v)                                                         \
    UNARY(S, T, sqrt, sqrt##S(x), 0.5 / sqrt(a.v))                                               \
    UNARY(S, T, cbrt, cbrt##S(x), 1 / (3 * cbrt(a.v) * cbrt(a.v)))                               \
    UNARY(S, T, floor, floor##S(x), 0)                                                           \
    UNUSED static dual d_fma##S(dual a, dual b, dual c) {                                        \
        return (dual){(double)fma##S((T)a.v, (T)b.v, (T)c.v), a.d * b.v + a.v * b.d + c.d};      \
    }                                                                                            \
    UNUSED static dual d_fabs##S(dual a) {                                                       \
        if (a.v == 0 && a.d != 0) undecided = 1;                                                 \
        return a.v < 0 ? (dual){-a.v, -a.d} : a;                                                 \
    }                                                                                            \
    UNUSED static dual d_fmin##S(dual a, dual b) {                                               \
        if (a.v == b.v && a.d != b.d) undecided = 1;                                             \
        return a.v < b.v ? a : b;                                                                \
    }                                                                                            \
    UNUSED static dual d_fmax##S(dual a, dual b) {                                               \
        if (a.v == b.v && a.d != b.d) undecided = 1;                                             \
        return a.v > b.v ? a : b;                                                                \
    }                                                                                            \
    UNUSED static dual d_copysign##S(dual a, dual b) {                                           \
        if (a.v == 0 && a.d != 0) undecided = 1;                                                 \
        return signbit(a.v) == signbit(b.v) ? a : (dual){-a.v, -a.d};                            \
    }

DUALS(, double)
DUALS(f, float)

#endif


struct f29_s { dual p; int k; dual q[2]; dual *r; };
struct f29_node { dual v; int k; struct f29_node *next; };

static dual f29(dual *x, dual *y, int n) {
    dual v0 = x[0], v1 = d_const(0.125), result = d_const(0.125);
    dual u[8], t[4], *p = u, *q = x; int j = 1, k = 2, fuel = 9;
    for (int c = 0; c < 8; c++) u[c] = d_sin(x[c & 3]);
    for (int c = 0; c < 4; c++) t[c] = d_const(-1.5);
    struct f29_s s, both[2];
    s.p = x[1];
    s.k = 2; s.r = x; s.q[0] = v1; s.q[1] = v1;
    both[0] = both[1] = s;
    (void)v0, (void)q, (void)p, (void)k, (void)j, (void)fuel, (void)result;
    memmove(y, t, ((j) & 3) * sizeof(dual));
}

int f29_oracle(double *z, double *dz, double *r, double *dr) {
    undecided = 0;
    dual x[4]; for (int i = 0; i < 4; i++) x[i] = (dual){z[0 + i], dz[0 + i]}; dual y[4]; for (int i = 0; i < 4; i++) y[i] = (dual){z[4 + i], dz[4 + i]};
    dual result = f29(x, y, 0);
    for (int i = 0; i < 4; i++) z[0 + i] = x[i].v, dz[0 + i] = x[i].d; for (int i = 0; i < 4; i++) z[4 + i] = y[i].v, dz[4 + i] = y[i].d;
    *r = result.v, *dr = result.d;
    return undecided;
}
