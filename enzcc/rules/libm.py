"""Derivatives of the C mathematics library, one function a line.

A row reads: primal, then its partial by each argument; `r` is the primal's own result. One row
covers a family: `sin` is also sinf, sinl, sinf128, __sin_finite, llvm.sin.* (see `names.py`). At a
kink we return a subgradient, never NaN; what we chose stands in the row. Formulas are picked to
lose no digits near the ends of the domain and to overflow only where the derivative does.
"""
# ruff: noqa: A001 - `pow` is C's

from __future__ import annotations

from typing import Final

from enzcc.rules.algebra import (
    INV_LN2,
    INV_LN10,
    INV_PI,
    LN2,
    LN10,
    PI,
    Formula,
    Named,
    Result,
    eq,
    ge,
    gt,
    isnan,
    lt,
    n,
    named,
    r,
    ratio,
    where,
    x,
    y,
    z,
)
from enzcc.rules.table import (
    INACTIVE,
    WRITES_WHOLE,
    ZERO,
    Row,
    fields,
    join,
    kink,
    rule,
    table,
    writes,
)

# fmt: off
acos, asin, atan, atan2, cos, sin, tan = named("acos asin atan atan2 cos sin tan")
acosh, asinh, atanh, cosh, sinh, tanh = named("acosh asinh atanh cosh sinh tanh")
(sech_squared,) = named("sech_squared")
exp, exp2, exp10, expm1 = named("exp exp2 exp10 expm1")
log, log2, log10, log1p = named("log log2 log10 log1p")
pow, powi, sqrt, cbrt, hypot = named("pow powi sqrt cbrt hypot")
fmod, remainder, remquo, modf, frexp = named("fmod remainder remquo modf frexp")
fabs, fmax, fmin, fdim, copysign, fma = named("fabs fmax fmin fdim copysign fma")
(lerp,) = named("lerp")
ldexp, scalbn, scalbln, scalb, significand = named("ldexp scalbn scalbln scalb significand")
floor, ceil, trunc, rint, roundeven = named("floor ceil trunc rint roundeven")
acospi, asinpi, atanpi, atan2pi = named("acospi asinpi atanpi atan2pi")
cospi, sinpi, tanpi, sincos, sincospi = named("cospi sinpi tanpi sincos sincospi")
exp2m1, exp10m1, log2p1, log10p1, logp1 = named("exp2m1 exp10m1 log2p1 log10p1 logp1")
compoundn, pown, powr, rootn, rsqrt = named("compoundn pown powr rootn rsqrt")
# fmt: on

half: Final = ratio(1, 2)

TOGETHER: Final = {"sin": "cos", "cos": "sin"}
"""Functions that are computed together for little more than one of them."""


def sin_pi(v: Formula) -> Formula:
    """sin(pi v) without rounding pi v: v is first brought to [-1/2, 1/2], which is exact."""
    turn = v - 2 * rint(half * v)
    return sin(PI * where(gt(fabs(turn), half), copysign(1, turn) - turn, turn))


def cos_pi(v: Formula) -> Formula:
    """cos(pi v), likewise."""
    return sin(PI * (half - fabs(v - 2 * rint(half * v))))


first_chosen = eq(r, x)
nan_first = eq(r, x) | isnan(x)  # maximum and minimum hand on a NaN
second_chosen = eq(r, y)
nan_second = eq(r, y) | isnan(y)
flat_in_y = eq(r, 0) | eq(x, 0) & ge(y, 0)  # 0^y is 0, or 1, on all of y >= 0
q_fmod = rint((x - r) / y)  # the whole quotient; trunc(x / y) is off by one where x / y rounds up
q_remainder = rint(x / y - r / y)
radius = hypot(x, y)
far = gt(fabs(x), 1 << 60)  # there sqrt(x * x + 1) is x to all digits
TIE = kink("x = y", "1 for the first argument, 0 for the second")
LOW_TIE = kink("x = y", "0 for the first argument, 1 for the second")
ORIGIN = kink("x = y = 0", "0 for both")
JUMP = kink("jumps", "0, as on both sides")

# fmt: off
POWERS: Final = table(
    # primal             by the first argument                    by the second
    (sqrt(x),            where(eq(x, 0) | isnan(x), 0, half / r), kink("x = 0", "0")),
    (rsqrt(x),           -half * r / x),
    (cbrt(x),            where(eq(x, 0), 0, r / x / 3),           kink("x = 0", "0")),
    (hypot(x, y),        where(eq(r, 0), 0, x / r),               where(eq(r, 0), 0, y / r),
                         ORIGIN),
    (pow(x, y),          where(eq(y, 0), 0, y * pow(x, y - 1)),   where(flat_in_y, 0, r * log(x)),
                         kink("x = 0, y >= 0, second argument", "0")),
    (powr(x, y),         where(eq(y, 0), 0, y * pow(x, y - 1)),   where(flat_in_y, 0, r * log(x)),
                         kink("x = 0, y >= 0, second argument", "0")),
    (powi(x, n),         where(eq(n, 0), 0, n * powi(x, n - 1)),  INACTIVE),
    (pown(x, n),         where(eq(n, 0), 0, n * (r / x)),         INACTIVE),
    (rootn(x, n),        where(eq(x, 0), 0, r / x / n),           INACTIVE, kink("x = 0", "0")),
    (compoundn(x, n),    where(eq(n, 0), 0, n * (r / (1 + x))),   INACTIVE),
)

EXPONENTIALS: Final = table(
    (exp(x),             r),
    (exp2(x),            r * LN2),
    (exp10(x),           r * LN10),
    (expm1(x),           exp(x)),
    (exp2m1(x),          exp2(x) * LN2),
    (exp10m1(x),         exp10(x) * LN10),
    (log(x),             1 / x),
    (log2(x),            INV_LN2 / x),
    (log10(x),           INV_LN10 / x),
    (log1p(x),           1 / (1 + x)),
    (logp1(x),           1 / (1 + x)),
    (log2p1(x),          INV_LN2 / (1 + x)),
    (log10p1(x),         INV_LN10 / (1 + x)),
)

TRIGONOMETRY: Final = table(
    (sin(x),             cos(x)),
    (cos(x),             -sin(x)),
    (tan(x),             1 + r * r),
    (asin(x),            1 / sqrt((1 - x) * (1 + x))),
    (acos(x),            -1 / sqrt((1 - x) * (1 + x))),
    (atan(x),            1 / (1 + x * x)),
    (atan2(y, x),        where(eq(radius, 0), 0, x / radius / radius),
                         where(eq(radius, 0), 0, -y / radius / radius), ORIGIN),
    (sinh(x),            cosh(x)),
    (cosh(x),            sinh(x)),
    (tanh(x),            sech_squared(x, r)),
    (sech_squared(x, y), -2 * tanh(x) * r,                             0),  # y: tanh(x)
    (asinh(x),           1 / where(far, fabs(x), sqrt(x * x + 1))),
    (acosh(x),           1 / (sqrt(x - 1) * sqrt(x + 1))),
    (atanh(x),           1 / ((1 - x) * (1 + x))),
    (sinpi(x),           PI * cos_pi(x)),
    (cospi(x),           -PI * sin_pi(x)),
    (tanpi(x),           PI * (1 + r * r)),
    (asinpi(x),          INV_PI / sqrt((1 - x) * (1 + x))),
    (acospi(x),          -INV_PI / sqrt((1 - x) * (1 + x))),
    (atanpi(x),          INV_PI / (1 + x * x)),
    (atan2pi(y, x),      where(eq(radius, 0), 0, INV_PI * (x / radius) / radius),
                         where(eq(radius, 0), 0, -INV_PI * (y / radius) / radius), ORIGIN),
    (sincos(x, writes(cos(x)), writes(-sin(x))),),
    (sincospi(x, writes(PI * cos_pi(x)), writes(-PI * sin_pi(x))),),
)

larger = where(first_chosen, 1, 0), where(first_chosen, 0, 1), TIE
larger_or_nan = where(nan_first, 1, 0), where(nan_first, 0, 1), TIE
smaller = where(second_chosen, 0, 1), where(second_chosen, 1, 0), LOW_TIE
smaller_or_nan = where(nan_second, 0, 1), where(nan_second, 1, 0), LOW_TIE
fmaximum, fminimum = named("fmaximum fminimum")
fmaximum_num, fminimum_num = named("fmaximum_num fminimum_num")
fmaxmag, fminmag, fmaximum_mag, fminimum_mag = named("fmaxmag fminmag fmaximum_mag fminimum_mag")
fmaximum_mag_num, fminimum_mag_num = named("fmaximum_mag_num fminimum_mag_num")

CHOICES: Final = table(
    (fabs(x),            where(lt(x, 0), -1, 1),                       kink("x = 0", "1")),
    (fmax(x, y), *larger),
    (fmin(x, y), *smaller),
    (fmaximum(x, y), *larger_or_nan),
    (fminimum(x, y), *smaller_or_nan),
    (fmaximum_num(x, y), *larger),
    (fminimum_num(x, y), *smaller),
    (fmaxmag(x, y), *larger),
    (fminmag(x, y), *smaller),
    (fmaximum_mag(x, y), *larger_or_nan),
    (fminimum_mag(x, y), *smaller_or_nan),
    (fmaximum_mag_num(x, y), *larger),
    (fminimum_mag_num(x, y), *smaller),
    (fdim(x, y),         where(lt(x, y), 0, 1),                        where(lt(x, y), 0, -1),
                         kink("x = y", "1 for the first argument, -1 for the second")),
    (copysign(x, y),     copysign(1, x) * copysign(1, y),              0,
                         kink("x = 0", "as on the side that the sign of the zero names")),
    (fma(x, y, z),       y,                                            x, 1),
    (lerp(x, y, z),      1 - z,                                        z, y - x),
)

divided, compared = "x a multiple of y", "the derivative of the piece that r belongs to"
drem = Named("drem")

REMAINDERS: Final = table(
    (fmod(x, y),         1,                                       -q_fmod, kink(divided, compared)),
    (remainder(x, y),    1,                                            -q_remainder,
                         kink("x half way between multiples of y", compared)),
    (drem(x, y),         1,                                            -q_remainder,
                         kink("x half way between multiples of y", compared)),
    (remquo(x, y, WRITES_WHOLE), 1,                                    -q_remainder,
                         kink("x half way between multiples of y", compared)),
    (modf(x, writes(0)), 1,                                            kink("whole x", "1")),
    (frexp(x, WRITES_WHOLE), where(eq(x, 0), 1, r / x),                kink("x = 0", "1")),
    (significand(x),     where(eq(x, 0), 1, r / x),                    kink("x = 0", "1")),
    (ldexp(x, n),        ldexp(1, n),                                  INACTIVE),
    (scalbn(x, n),       scalbn(1, n),                                 INACTIVE),
    (scalbln(x, n),      scalbln(1, n),                                INACTIVE),
    (scalb(x, y),        exp2(y),                                      0),
)
# fmt: on


def _flat(names: str, *parameters: Formula) -> tuple[Row, ...]:
    return tuple((f(*parameters), *([ZERO] * len(parameters)), JUMP) for f in named(names))


FLAT: Final = table(
    *_flat("floor ceil trunc rint nearbyint round roundeven", x),
    *_flat("lrint llrint lround llround logb ilogb llogb nextup nextdown", x),
    *_flat("nextafter nexttoward", x, y),
    *((f(x, n, n), ZERO, INACTIVE, INACTIVE) for f in named("fromfp ufromfp fromfpx ufromfpx")),
    *((f(x), ZERO) for f in named("finite isinf isnan isnormal isfinite signbit issignaling")),
    *((f(x), ZERO) for f in named("__finite __isinf __isnan __signbit __fpclassify __issignaling")),
    *((f(x, y), ZERO, ZERO) for f in named("isgreater isgreaterequal isless islessequal")),
    *((f(x, y), ZERO, ZERO) for f in named("islessgreater isunordered")),
)
"""Steps: the derivative is 0 wherever there is one."""

PAIRS: Final = join(
    {made.name: made}
    for made in (
        rule("llvm.sincos", (sincos(x), fields(cos(x), -sin(x)))),
        rule("llvm.sincospi", (sincospi(x), fields(PI * cos_pi(x), -PI * sin_pi(x)))),
        rule("llvm.modf", (modf(x), fields(1, 0))),
        rule("llvm.frexp", (frexp(x), fields(where(eq(x, 0), 1, Result(0) / x), INACTIVE))),
    )
)
"""Intrinsics that return two values where C's function writes through pointers."""

LIBM: Final = join([POWERS, EXPONENTIALS, TRIGONOMETRY, CHOICES, REMAINDERS, FLAT, PAIRS])
