"""The primal of every rule in mpmath, and its derivative by differences in high precision.

Nothing here reads a formula: a wrong partial cannot agree by sharing its mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath as m

m.mp.dps = 60  # conversions must not round
Number = Any


def _whole_quotient(x: Number, y: Number) -> Number:
    return m.floor(abs(x / y)) * m.sign(x / y)


def _nearest_even(q: Number) -> Number:
    return m.nint(q)  # ties to even


def _exponent(x: Number) -> int:
    return int(m.floor(m.log(abs(x), 2))) if x else 0


def _cbrt(x: Number) -> Number:
    return m.sign(x) * m.cbrt(abs(x))


def _root(x: Number, n: int) -> Number:
    return m.sign(x) * m.root(abs(x), n) if x < 0 and n % 2 else m.power(x, m.mpf(1) / n)


def _log_gamma(x: Number) -> Number:
    return m.re(m.loggamma(x))


def _norm(*values: Number) -> Number:
    return m.sqrt(sum(v * v for v in values))


def _choose(greater: bool, by_size: bool) -> Callable[[Number, Number], Number]:
    def chosen(x: Number, y: Number) -> Number:
        a, b = (abs(x), abs(y)) if by_size else (x, y)
        return x if (a > b) == greater else y

    return chosen


def _sinc(x: Number) -> Number:
    return m.sin(x) / x if x else m.mpf(1)


def _pair(f: Callable[..., Number]) -> Callable[..., tuple[Number, Number]]:
    """A complex function of pairs: real and imaginary parts in, the two parts out."""

    def parts(*values: Number) -> tuple[Number, Number]:
        given = [m.mpc(re, im) for re, im in zip(values[::2], values[1::2], strict=True)]
        found = m.mpc(f(*given))
        return found.real, found.imag

    return parts


COMPLEX: Mapping[str, Callable[..., Number]] = {
    "cexp": m.exp, "clog": m.log, "csqrt": m.sqrt, "csin": m.sin, "ccos": m.cos, "ctan": m.tan,
    "casin": m.asin, "cacos": m.acos, "catan": m.atan, "csinh": m.sinh, "ccosh": m.cosh,
    "ctanh": m.tanh, "casinh": m.asinh, "cacosh": m.acosh, "catanh": m.atanh, "cproj": lambda z: z,
    "cmplx_inv": lambda z: 1 / z, "cmplx_sqrt": m.sqrt, "conj": m.conj, "cpow": m.power,
    **{f"__mul{letter}c3": lambda z, w: z * w for letter in "hsdxt"},
    **{f"__div{letter}c3": lambda z, w: z / w for letter in "hsdxt"},
}  # fmt: skip


FUNCTIONS: Mapping[str, Callable[..., Number]] = {
    "sqrt": m.sqrt, "rsqrt": lambda x: 1 / m.sqrt(x), "cbrt": _cbrt, "hypot": _norm,
    "pow": m.power, "powr": m.power, "powi": m.power, "pown": m.power, "rootn": _root,
    "compoundn": lambda x, n: m.power(1 + x, n),
    "exp": m.exp, "exp2": lambda x: m.power(2, x), "exp10": lambda x: m.power(10, x),
    "expm1": m.expm1, "exp2m1": lambda x: m.power(2, x) - 1,
    "exp10m1": lambda x: m.power(10, x) - 1,
    "log": m.log, "log2": lambda x: m.log(x, 2), "log10": lambda x: m.log(x, 10), "log1p": m.log1p,
    "logp1": m.log1p, "log2p1": lambda x: m.log1p(x) / m.log(2),
    "log10p1": lambda x: m.log1p(x) / m.log(10),
    "sin": m.sin, "cos": m.cos, "tan": m.tan, "asin": m.asin, "acos": m.acos, "atan": m.atan,
    "atan2": m.atan2, "sinh": m.sinh, "cosh": m.cosh, "tanh": m.tanh,
    "sech_squared": lambda x, _: m.sech(x) ** 2,
    "asinh": m.asinh, "acosh": m.acosh, "atanh": m.atanh,
    "sinpi": m.sinpi, "cospi": m.cospi, "tanpi": lambda x: m.sinpi(x) / m.cospi(x),
    "asinpi": lambda x: m.asin(x) / m.pi, "acospi": lambda x: m.acos(x) / m.pi,
    "atanpi": lambda x: m.atan(x) / m.pi, "atan2pi": lambda y, x: m.atan2(y, x) / m.pi,
    "sincos": lambda x: (m.sin(x), m.cos(x)), "sincospi": lambda x: (m.sinpi(x), m.cospi(x)),
    "fabs": abs, "fdim": lambda x, y: max(x - y, 0 * x), "fma": lambda x, y, z: x * y + z,
    "lerp": lambda x, y, z: x + z * (y - x),
    "copysign": lambda x, y: abs(x) * (m.sign(y) or 1),
    "fmod": lambda x, y: x - y * _whole_quotient(x, y),
    "remainder": lambda x, y: x - y * _nearest_even(x / y),
    "modf": lambda x: (x - m.sign(x) * m.floor(abs(x)), m.sign(x) * m.floor(abs(x))),
    "frexp": lambda x: (m.ldexp(x, -_exponent(x) - 1), m.mpf(_exponent(x) + 1)),
    "significand": lambda x: m.ldexp(x, -_exponent(x)),
    "ldexp": m.ldexp, "scalb": lambda x, y: m.ldexp(x, int(y)),
    "erf": m.erf, "erfc": m.erfc, "erfi": m.erfi, "erfinv": m.erfinv,
    "erfcx": lambda x: m.exp(x * x) * m.erfc(x), "erfcinv": lambda x: m.erfinv(1 - x),
    "dawson": lambda x: m.sqrt(m.pi) / 2 * m.exp(-x * x) * m.erfi(x),
    "normcdf": lambda x: m.erfc(-x / m.sqrt(2)) / 2,
    "normcdfinv": lambda x: m.sqrt(2) * m.erfinv(2 * x - 1),
    "tgamma": m.gamma, "lgamma": _log_gamma, "digamma": m.digamma, "polygamma": m.polygamma,
    "j0": lambda x: m.besselj(0, x), "j1": lambda x: m.besselj(1, x), "jn": m.besselj,
    "y0": lambda x: m.bessely(0, x), "y1": lambda x: m.bessely(1, x), "yn": m.bessely,
    "sinc": _sinc, "sincn": lambda x: _sinc(m.pi * x),
    "xlogy": lambda x, y: x * m.log(y) if x else 0 * y,
    "rem2pi": lambda x, n: x - 2 * m.pi * m.nint(x / (2 * m.pi)),
    "rcp": lambda x: 1 / x, "rcbrt": lambda x: 1 / _cbrt(x), "rhypot": lambda *v: 1 / _norm(*v),
    "norm3d": _norm, "norm4d": _norm, "rnorm3d": lambda *v: 1 / _norm(*v),
    "rnorm4d": lambda *v: 1 / _norm(*v),
    "fneg": lambda x: -x, "fadd": lambda x, y: x + y, "fsub": lambda x, y: x - y,
    "fmul": lambda x, y: x * y, "fdiv": lambda x, y: x / y,
    "cabs": _norm, "carg": lambda x, y: m.atan2(y, x),
    "creal": lambda x, y: x, "cimag": lambda x, y: y,
    "Faddeeva_erf": lambda x, y, _: _pair(m.erf)(x, y),
    "Faddeeva_erfc": lambda x, y, _: _pair(m.erfc)(x, y),
    **{name: _pair(f) for name, f in COMPLEX.items()},
    **{name: _choose("max" in name, "mag" in name) for name in (
        "fmax", "fmin", "fmaximum", "fminimum", "fmaximum_num", "fminimum_num", "fmaxmag",
        "fminmag", "fmaximum_mag", "fminimum_mag", "fmaximum_mag_num", "fminimum_mag_num",
    )},
}  # fmt: skip
"""By rule name; functions that give several values give a tuple, the returned value first."""

SAME_AS: Mapping[str, str] = {
    "frem": "fmod", "drem": "remainder", "remquo": "remainder", "scalbn": "ldexp",
    "scalbln": "ldexp", "lgamma_r": "lgamma", "logabsgamma": "lgamma", "llvm.modf": "modf",
    "llvm.frexp": "frexp", "llvm.sincos": "sincos", "llvm.sincospi": "sincospi",
}  # fmt: skip


def primal(name: str) -> Callable[..., Number]:
    """The function of a rule; KeyError if there is none."""
    if name.startswith("llvm.x86."):
        stem = name.split(".")[3]
        return _choose(stem == "max", False) if stem in ("min", "max") else FUNCTIONS[stem]
    if name in ("llvm.canonicalize", "llvm.arithmetic.fence", "llvm.ssa.copy"):
        return lambda x: +x
    return FUNCTIONS[SAME_AS.get(name, name)]


def derivative(f: Callable[..., Number], arguments: Sequence[Number], index: int) -> Number:
    """The partial of `f` by one argument, right to far more digits than any machine type has.

    A central difference with a step of 1e-40 (of the argument, where that is below 1): its error is
    of relative size 1e-80, and the digits lost to cancellation are given beforehand.
    """
    point = arguments[index]
    with m.workdps(200 + 3 * _decimals(arguments)):
        step = m.mpf(10) ** -40 * (min(abs(point), 1) or 1)

        def at(offset: Number) -> Number:
            moved = list(arguments)
            moved[index] = point + offset
            return f(*moved)

        return (at(step) - at(-step)) / (2 * step)


def condition(f: Callable[..., Number], arguments: Sequence[Number], index: int) -> Number:
    """How much the partial by `index` changes, relatively, per relative change of the arguments."""
    value = derivative(f, arguments, index)
    if value == 0:
        return m.mpf(0)
    total = m.mpf(0)
    for other, point in enumerate(arguments):
        if isinstance(point, int) or point == 0:
            continue
        with m.workdps(300 + 3 * _decimals(arguments)):
            step = m.mpf(10) ** -20 * min(abs(point), 1)
            ends = []
            for offset in (step, -step):
                moved = list(arguments)
                moved[other] = point + offset
                ends.append(derivative(f, moved, index))
            total += abs((ends[0] - ends[1]) / (2 * step) * point / value)
    return total


def _decimals(values: Sequence[Number]) -> int:
    """The orders of magnitude that lie between the values and 1."""
    return sum(int(abs(m.log10(abs(v)))) for v in values if v)
