/* Numbers with two directions and the second derivative along both: the oracle of second derivatives.

   As in duals.h the program's branches are decided by values alone. `d` and `e` are the slopes in two
   directions, `x` is the derivative of one in the direction of the other. In double only. */
#ifndef DUALS_H
#define DUALS_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define UNUSED __attribute__((unused))
#define NOINLINE __attribute__((noinline))

typedef struct { double v, d, e, x; } dual;

static int undecided;

/* r = f(a): f' and f'' */
#define UNARY(name, value, first, second)                                                        \
    UNUSED static dual d_##name(dual a) {                                                        \
        double v = a.v, r = value, f = first, s = second;                                        \
        (void)v;                                                                                 \
        return (dual){r, a.d * f, a.e * f, a.x * f + a.d * a.e * s};                             \
    }
/* r = f(a, b): the partials f_a, f_b, f_aa, f_ab, f_bb */
#define BINARY(name, value, fa, fb, faa, fab, fbb)                                               \
    UNUSED static dual d_##name(dual a_, dual b_) {                                              \
        double a = a_.v, b = b_.v, r = value, pa = fa, pb = fb;                                  \
        (void)a, (void)b, (void)r;                                                               \
        double mixed = (faa) * a_.d * a_.e + (fab) * (a_.d * b_.e + a_.e * b_.d) +               \
                       (fbb) * b_.d * b_.e;                                                      \
        return (dual){r, a_.d * pa + b_.d * pb, a_.e * pa + b_.e * pb,                           \
                      a_.x * pa + b_.x * pb + mixed};                                            \
    }

UNUSED static dual d_const(double v) { return (dual){v, 0, 0, 0}; }
UNUSED static int same_slopes(dual a, dual b) { return a.d == b.d && a.e == b.e && a.x == b.x; }
UNUSED static int is_constant(dual a) { return a.d == 0 && a.e == 0 && a.x == 0; }

BINARY(add, a + b, 1, 1, 0, 0, 0)
BINARY(sub, a - b, 1, -1, 0, 0, 0)
BINARY(mul, a *b, b, a, 0, 1, 0)
BINARY(div, a / b, 1 / b, -a / (b * b), 0, -1 / (b * b), 2 * a / (b * b * b))
BINARY(pow, pow(a, b), b *pow(a, b - 1), r *log(a), b *(b - 1) * pow(a, b - 2),
       pow(a, b - 1) * (1 + b * log(a)), r *log(a) * log(a))
BINARY(atan2, atan2(a, b), b / (a * a + b * b), -a / (a * a + b * b),
       -2 * a * b / ((a * a + b * b) * (a * a + b * b)),
       (a * a - b * b) / ((a * a + b * b) * (a * a + b * b)),
       2 * a * b / ((a * a + b * b) * (a * a + b * b)))
BINARY(hypot, hypot(a, b), a / r, b / r, b *b / (r * r * r), -a * b / (r * r * r), a *a / (r * r * r))
UNARY(neg, -v, -1, 0)
UNARY(sin, sin(v), cos(v), -r)
UNARY(cos, cos(v), -sin(v), -r)
UNARY(tanh, tanh(v), 1 - r * r, -2 * r * f)
UNARY(atan, atan(v), 1 / (1 + v * v), -2 * v * f * f)
UNARY(exp, exp(v), r, r)
UNARY(log, log(v), 1 / v, -1 / (v * v))
UNARY(sqrt, sqrt(v), 0.5 / r, -0.25 / (v * r))
UNARY(cbrt, cbrt(v), 1 / (3 * r * r), -2 / (9 * r * r * r * r * r))
UNARY(floor, floor(v), 0, 0)

UNUSED static dual d_fma(dual a, dual b, dual c) {
    dual r = d_add(d_mul(a, b), c);
    r.v = fma(a.v, b.v, c.v);
    return r;
}
UNUSED static dual d_fabs(dual a) {
    if (a.v == 0 && !is_constant(a)) undecided = 1;
    return a.v < 0 ? d_neg(a) : a;
}
UNUSED static dual d_fmin(dual a, dual b) {
    if (a.v == b.v && !same_slopes(a, b)) undecided = 1;
    return a.v < b.v ? a : b;
}
UNUSED static dual d_fmax(dual a, dual b) {
    if (a.v == b.v && !same_slopes(a, b)) undecided = 1;
    return a.v > b.v ? a : b;
}
UNUSED static dual d_copysign(dual a, dual b) {
    if (a.v == 0 && !is_constant(a)) undecided = 1;
    return signbit(a.v) == signbit(b.v) ? a : d_neg(a);
}

#endif
