"""Can a formula be infinite or NaN although the primal's arguments are finite?

Interval arithmetic over the extended reals: every finite argument lies in (-inf, inf), and whatever
may overflow reaches inf. A primal's result may be anything that is not proven otherwise. The engine
guards a product of an adjoint with a partial that may be infinite, so that zero times it stays
zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

from enzcc.rules.algebra import Apply, Argument, Formula, Number, Where


class Range(NamedTuple):
    """Values between `low` and `high`, ends included; `nan`: also NaN."""

    low: float
    high: float
    nan: bool = False

    @property
    def is_finite(self) -> bool:
        return not self.nan and -math.inf < self.low and self.high < math.inf


LARGEST: Final = 1e300
"""Stands for the largest finite number: what could pass it counts as infinite."""

FINITE: Final = Range(-LARGEST, LARGEST)
ANYTHING: Final = Range(-math.inf, math.inf, True)
_UNIT: Final = Range(-1.0, 1.0)

_BOUNDED: Final[Mapping[str, Range]] = {
    "sin": _UNIT, "cos": _UNIT, "tanh": _UNIT, "erf": _UNIT, "erfc": Range(0.0, 2.0),
    "atan": Range(-2.0, 2.0), "atan2": Range(-4.0, 4.0), "j0": _UNIT, "j1": _UNIT, "jn": _UNIT,
    "sinpi": _UNIT, "cospi": _UNIT,
}  # fmt: skip
"""What these return for finite arguments."""


def may_be_infinite(part: Formula) -> bool:
    """False only if the formula is finite for all finite arguments."""
    return not _range(part).is_finite


def _range(part: Formula) -> Range:
    match part:
        case Number():
            value = float(part.value)
            return Range(value, value)
        case Argument():
            return FINITE
        case Where():
            return _union(_range(part.then), _range(part.other))
        case Apply(function="*") if part.arguments[0] == part.arguments[1]:
            return _square(_range(part.arguments[0]))
        case Apply():
            return _apply(part.function, [_range(a) for a in part.arguments])
    return ANYTHING


def _apply(name: str, operands: list[Range]) -> Range:
    match name, operands:
        case "neg", [a]:
            return Range(-a.high, -a.low, a.nan)
        case "+", [a, b]:
            return _sum(a, b)
        case "-", [a, b]:
            return _sum(a, Range(-b.high, -b.low, b.nan))
        case "*", [a, b]:
            return _product(a, b)
        case "/", [a, b]:
            return _quotient(a, b)
        case "fabs", [a]:
            high = max(abs(a.low), abs(a.high))
            return Range(
                0.0 if a.low <= 0.0 <= a.high else min(abs(a.low), abs(a.high)), high, a.nan
            )
        case "copysign", [a, _]:
            high = max(abs(a.low), abs(a.high))
            return Range(-high, high, a.nan)
        case (("floor" | "ceil" | "trunc" | "rint"), [a]):
            return a
        case "exp", [a] if not a.nan:
            return Range(_exp(a.low), _exp(a.high))
        case "exp2", [a] if not a.nan:
            return Range(_exp(a.low * math.log(2)), _exp(a.high * math.log(2)))
        case "sqrt", [a] if not a.nan and a.low >= 0.0:
            return Range(math.sqrt(a.low), math.sqrt(a.high))
        case "hypot", [a, b] if not (a.nan or b.nan):
            smallest = max(_distance(a), _distance(b))
            return Range(smallest, math.inf)
        case "sech_squared", [a, _] if a.is_finite:  # the other one is tanh of the first
            return _UNIT
        case "cosh", [a] if not a.nan:
            return Range(1.0, math.inf)
    bounded = _BOUNDED.get(name)
    if bounded is not None and all(a.is_finite for a in operands):
        return bounded
    return ANYTHING


def _exp(value: float) -> float:
    return math.inf if value > 700.0 else math.exp(value)


def _distance(a: Range) -> float:
    """The smallest magnitude in the range."""
    return 0.0 if a.low <= 0.0 <= a.high else min(abs(a.low), abs(a.high))


def _union(a: Range, b: Range) -> Range:
    return Range(min(a.low, b.low), max(a.high, b.high), a.nan or b.nan)


def _rounded(value: float) -> float:
    if value > LARGEST:
        return math.inf
    return -math.inf if value < -LARGEST else value


def _hull(candidates: list[float], nan: bool) -> Range:
    nan = nan or any(map(math.isnan, candidates))
    known = [c for c in candidates if not math.isnan(c)]
    if not known:
        return ANYTHING
    return Range(_rounded(min(known)), _rounded(max(known)), nan)


def _sum(a: Range, b: Range) -> Range:
    opposite = (a.high == math.inf and b.low == -math.inf) or (
        a.low == -math.inf and b.high == math.inf
    )
    if a == b == FINITE:  # two arguments: the sum may overflow
        return Range(-math.inf, math.inf)
    return _hull([a.low + b.low, a.high + b.high], a.nan or b.nan or opposite)


def _has_infinity(a: Range) -> bool:
    return a.low == -math.inf or a.high == math.inf


def _has_zero(a: Range) -> bool:
    return a.low <= 0.0 <= a.high


def _product(a: Range, b: Range) -> Range:
    invalid = (_has_zero(a) and _has_infinity(b)) or (_has_zero(b) and _has_infinity(a))
    ends = [p * q for p in (a.low, a.high) for q in (b.low, b.high)]
    return _hull([0.0 if math.isnan(e) else e for e in ends], a.nan or b.nan or invalid)


def _square(a: Range) -> Range:
    high = max(abs(a.low), abs(a.high))
    return Range(_distance(a) ** 2, _rounded(high * high), a.nan)


def _quotient(a: Range, b: Range) -> Range:
    if _has_zero(b) or b.nan:
        return ANYTHING
    invalid = _has_infinity(a) and _has_infinity(b)
    ends = [p / q for p in (a.low, a.high) for q in (b.low, b.high)]
    return _hull([0.0 if math.isnan(e) else e for e in ends], a.nan or invalid)
