"""Derivatives of special functions: error functions, gamma, Bessel, and what device libraries add.

Read as `libm.py`. `digamma` and `polygamma` are ours (`runtime/special/digamma.c`).
"""

from __future__ import annotations

from functools import reduce
from typing import Final

from enzcc.rules.algebra import (
    HALF_SQRT_PI,
    INV_SQRT_2PI,
    INV_SQRT_PI,
    PI,
    SQRT_2PI,
    TWO_INV_SQRT_PI,
    Formula,
    eq,
    gt,
    lt,
    n,
    named,
    r,
    ratio,
    w,
    where,
    x,
    y,
    z,
)
from enzcc.rules.table import (
    INACTIVE,
    WRITES_WHOLE,
    fields,
    join,
    kink,
    rule,
    table,
)

# fmt: off
cos, sin, exp, log, fabs, hypot, sqrt = named("cos sin exp log fabs hypot sqrt")
erf, erfc, erfi, erfinv, erfcx, erfcinv, dawson = named("erf erfc erfi erfinv erfcx erfcinv dawson")
normcdf, normcdfinv, xlogy = named("normcdf normcdfinv xlogy")
tgamma, lgamma, lgamma_r, digamma, polygamma = named("tgamma lgamma lgamma_r digamma polygamma")
j0, j1, jn, y0, y1, yn = named("j0 j1 jn y0 y1 yn")
sinc, sincn, rem2pi, rcp, rcbrt = named("sinc sincn rem2pi rcp rcbrt")
rhypot, norm3d, rnorm3d, norm4d, rnorm4d = named("rhypot norm3d rnorm3d norm4d rnorm4d")
# fmt: on

half: Final = ratio(1, 2)


def alternating(factors: list[Formula]) -> Formula:
    """1 - f1 * (1 - f2 * (1 - ...)): a series whose terms have these ratios."""
    *rest, last = factors
    return reduce(lambda inner, factor: 1 - factor * inner, reversed(rest), 1 - last)


def sinc_slope(v: Formula) -> Formula:
    """The derivative of sin(v)/v for |v| < 1/2: - v/3 + v^3/30 - v^5/840 ..., to 34 digits."""
    return -v / 3 * alternating([v * v / (2 * k * (2 * k + 3)) for k in range(1, 14)])


def erfcx_slope(v: Formula) -> Formula:
    """The derivative of erfcx for v > 40: - 1/(sqrt(pi) v^2) (1 - 3/(2 v^2) + ...)."""
    u = 1 / v / v
    return -INV_SQRT_PI * u * alternating([ratio(2 * k + 1, 2) * u for k in range(1, 13)])


bell = TWO_INV_SQRT_PI * exp(-(x * x))
ORIGIN = kink("all arguments 0", "0")

# fmt: off
ERROR_FUNCTIONS: Final = table(
    # primal             by x
    (erf(x),             bell),
    (erfc(x),            -bell),
    (erfi(x),            TWO_INV_SQRT_PI * exp(x * x)),
    (erfcx(x),           where(gt(x, 40), erfcx_slope(x), 2 * (x * r - INV_SQRT_PI))),
    (dawson(x),          1 - 2 * x * r),
    (erfinv(x),          HALF_SQRT_PI * exp(r * r)),
    (erfcinv(x),         -HALF_SQRT_PI * exp(r * r)),
    (normcdf(x),         INV_SQRT_2PI * exp(-half * (x * x))),
    (normcdfinv(x),      SQRT_2PI * exp(half * (r * r))),
)

GAMMA: Final = table(
    (tgamma(x),          r * digamma(x)),
    (lgamma(x),          digamma(x)),
    (lgamma_r(x, WRITES_WHOLE), digamma(x)),
    (digamma(x),         polygamma(1, x)),
    (polygamma(n, x),    INACTIVE,                                     polygamma(n + 1, x)),
)

BESSEL: Final = table(
    (j0(x),              -j1(x)),
    (y0(x),              -y1(x)),
    (j1(x),              where(eq(x, 0), half, j0(x) - r / x)),
    (y1(x),              y0(x) - r / x),
    (jn(n, x),           INACTIVE,                           half * (jn(n - 1, x) - jn(n + 1, x))),
    (yn(n, x),           INACTIVE,                           half * (yn(n - 1, x) - yn(n + 1, x))),
)

OTHERS: Final = table(
    (sinc(x),            where(lt(fabs(x), half), sinc_slope(x), (cos(x) - r) / x)),
    (sincn(x),           where(lt(fabs(PI * x), half), PI * sinc_slope(PI * x),
                               (cos(PI * x) - r) / x)),
    (xlogy(x, y),        log(y),                                       where(eq(x, 0), 0, x / y)),
    (rem2pi(x, n),       1,                                            INACTIVE,
                         kink("x at a multiple of 2 pi", "1")),
    (rcp(x),             -r * r),
    (rcbrt(x),           -r / x / 3),
    (rhypot(x, y),       -r * (x * r) * r,                             -r * (y * r) * r),
    (norm3d(x, y, z),    where(eq(r, 0), 0, x / r), where(eq(r, 0), 0, y / r),
                         where(eq(r, 0), 0, z / r), ORIGIN),
    (norm4d(x, y, z, w), where(eq(r, 0), 0, x / r), where(eq(r, 0), 0, y / r),
                         where(eq(r, 0), 0, z / r), where(eq(r, 0), 0, w / r), ORIGIN),
    (rnorm3d(x, y, z),   -r * (x * r) * r, -r * (y * r) * r,           -r * (z * r) * r),
    (rnorm4d(x, y, z, w), -r * (x * r) * r, -r * (y * r) * r, -r * (z * r) * r, -r * (w * r) * r),
)
# fmt: on

logabsgamma = rule("logabsgamma", (named("logabsgamma")[0](x), fields(digamma(x), INACTIVE)))

SPECIAL: Final = join([ERROR_FUNCTIONS, GAMMA, BESSEL, OTHERS, {"logabsgamma": logabsgamma}])
