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
