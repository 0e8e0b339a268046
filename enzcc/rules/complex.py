"""Derivatives of C's complex functions, which take and return pairs of real and imaginary part.

For a holomorphic f with f'(x + iy) = u + iv the pair's partials are (u, v) by x and (-v, u) by y,
so that the reverse pass leaves the partials of the real objective in both parts. Only the double
functions stand here, and compiler helpers such as `__muldc3` in every type: how a complex float or
long double travels is up to the platform.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

from enzcc.rules.algebra import (
    TWO_INV_SQRT_PI,
    Condition,
    Formula,
    Named,
    Operand,
    Result,
    Symbol,
    eq,
    formula,
    named,
    where,
    x,
    y,
)
from enzcc.rules.table import INACTIVE, Fields, Row, Rule, fields, join, kink, rule

# fmt: off
cos, sin, cosh, sinh, exp, log = named("cos sin cosh sinh exp log")
hypot, atan2 = named("hypot atan2")
# fmt: on


@final
@dataclass(frozen=True)
class Complex:
    """A pair of formulas, with complex arithmetic."""

    re: Formula
    im: Formula

    def __add__(self, other: Complex | int) -> Complex:
        other = _complex(other)
        return Complex(self.re + other.re, self.im + other.im)

    def __radd__(self, other: int) -> Complex:
        return Complex(other + self.re, self.im)

    def __rsub__(self, other: int) -> Complex:
        return Complex(other - self.re, -self.im)

    def __neg__(self) -> Complex:
        return Complex(-self.re, -self.im)

    def __mul__(self, other: Complex) -> Complex:
        return Complex(
            self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re
        )

    def __rmul__(self, other: int) -> Complex:
        return Complex(other * self.re, other * self.im)

    @property
    def inverse(self) -> Complex:
        """1 / z, without overflow of the squared modulus."""
        modulus = hypot(self.re, self.im)
        return Complex(self.re / modulus / modulus, -self.im / modulus / modulus)

    @property
    def partials(self) -> tuple[Fields, Fields]:
        """The columns by real and imaginary part of a function whose derivative this is."""
        return fields(self.re, self.im), fields(-self.im, self.re)


def _complex(value: Complex | int) -> Complex:
    return value if isinstance(value, Complex) else Complex(formula(value), formula(0))


def complex_where(condition: Condition, then: Operand, other: Complex) -> Complex:
    """The real number `then` where the condition holds, else `other`."""
    return Complex(where(condition, then, other.re), where(condition, 0, other.im))


def cosine(v: Complex) -> Complex:
    return Complex(cos(v.re) * cosh(v.im), -(sin(v.re) * sinh(v.im)))


def sine(v: Complex) -> Complex:
    return Complex(sin(v.re) * cosh(v.im), cos(v.re) * sinh(v.im))


def hyperbolic_cosine(v: Complex) -> Complex:
    return Complex(cosh(v.re) * cos(v.im), sinh(v.re) * sin(v.im))


def hyperbolic_sine(v: Complex) -> Complex:
    return Complex(sinh(v.re) * cos(v.im), cosh(v.re) * sin(v.im))


def logarithm(v: Complex) -> Complex:
    return Complex(log(hypot(v.re, v.im)), atan2(v.im, v.re))


def exponential(v: Complex) -> Complex:
    return Complex(exp(v.re) * cos(v.im), exp(v.re) * sin(v.im))


a, b, c, d = Symbol("a"), Symbol("b"), Symbol("c"), Symbol("d")
z: Final = Complex(x, y)
r: Final = Complex(Result(0), Result(1))
r_is_0 = eq(Result(0), 0) & eq(Result(1), 0)
z_is_0 = eq(x, 0) & eq(y, 0)
modulus = hypot(x, y)
AT_0: Final = kink("0", "0")

# fmt: off
HOLOMORPHIC: Final = {
    # f          f'(z)
    "cexp":      r,
    "clog":      z.inverse,
    "csqrt":     complex_where(r_is_0, 0, (2 * r).inverse),
    "csin":      cosine(z),
    "ccos":      -sine(z),
    "ctan":      1 + r * r,
    "casin":     cosine(r).inverse,
    "cacos":     -sine(r).inverse,
    "catan":     (1 + z * z).inverse,
    "csinh":     hyperbolic_cosine(z),
    "ccosh":     hyperbolic_sine(z),
    "ctanh":     1 + -(r * r),
    "casinh":    hyperbolic_cosine(r).inverse,
    "cacosh":    hyperbolic_sine(r).inverse,
    "catanh":    (1 + -(z * z)).inverse,
    "cproj":     Complex(formula(1), formula(0)),
    "cmplx_inv": -(r * r),
    "cmplx_sqrt": complex_where(r_is_0, 0, (2 * r).inverse),
}  # fmt: skip

_by_base = complex_where(z_is_0, 0, Complex(c, d) * r * z.inverse)
_by_exponent = complex_where(r_is_0, 0, r * logarithm(z))
_quotient_by_numerator = Complex(c, d).inverse
_quotient_by_denominator = -(r * Complex(c, d).inverse)
_error_function = Complex(TWO_INV_SQRT_PI, formula(0)) * exponential(-(z * z))

_ROWS: Final[Mapping[str, Row]] = {
    "cabs": (
        Named("cabs")(x, y),
        where(eq(Result(), 0), 0, x / Result()),
        where(eq(Result(), 0), 0, y / Result()),
        AT_0,
    ),
    "carg": (
        Named("carg")(x, y),
        where(z_is_0, 0, -y / modulus / modulus),
        where(z_is_0, 0, x / modulus / modulus),
        AT_0,
    ),
    "creal": (Named("creal")(x, y), 1, 0),
    "cimag": (Named("cimag")(x, y), 0, 1),
    "conj": (Named("conj")(x, y), fields(1, 0), fields(0, -1)),
    "cpow": (
        Named("cpow")(x, y, c, d),
        *_by_base.partials,
        *_by_exponent.partials,
        kink("base 0", "0"),
    ),
    "Faddeeva_erf": (Named("Faddeeva_erf")(x, y, a), *_error_function.partials, INACTIVE),
    "Faddeeva_erfc": (Named("Faddeeva_erfc")(x, y, a), *(-_error_function).partials, INACTIVE),
}
# fmt: on


def _holomorphic(name: str, derivative: Complex) -> Rule:
    kinks = (AT_0,) if "sqrt" in name else ()
    return rule(name, (Named(name)(x, y), *derivative.partials, *kinks))


def _helpers(letter: str) -> Mapping[str, Rule]:
    """The compiler's multiplication and division of one floating type."""
    product, quotient = f"__mul{letter}c3", f"__div{letter}c3"
    return {
        product: rule(
            product,
            (Named(product)(a, b, c, d), *Complex(c, d).partials, *Complex(a, b).partials),
        ),
        quotient: rule(
            quotient,
            (
                Named(quotient)(a, b, c, d),
                *_quotient_by_numerator.partials,
                *_quotient_by_denominator.partials,
            ),
        ),
    }


COMPLEX: Final = join(
    [
        {name: _holomorphic(name, derivative) for name, derivative in HOLOMORPHIC.items()},
        {name: rule(name, row) for name, row in _ROWS.items()},
        *(_helpers(letter) for letter in "hsdxt"),
    ]
)
