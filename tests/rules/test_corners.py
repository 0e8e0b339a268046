"""What we return at ties, zeros, infinities and ends of domains, in double."""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import math

import mpmath
import pytest
from formula_machine import Code, compile_rules, packed, parts, unpacked

from enzcc.ir import types as ty
from enzcc.rules import INSTRUCTIONS, RULES, Parameter

nan, inf = math.nan, math.inf
LIBM = ctypes.CDLL(ctypes.util.find_library("m"))
OWN = {
    "fadd": lambda x, y: x + y,
    "fdiv": lambda x, y: x / y if y else math.copysign(inf, x * math.copysign(1, y)) if x else nan,
    "frem": math.fmod,
    "fmaximum": lambda x, y: nan if x != x or y != y else max(x, y),
    "fminimum": lambda x, y: nan if x != x or y != y else min(x, y),
    "powi": lambda x, n: float(x) ** n if x or n >= 0 else math.copysign(inf, x if n % 2 else 1),
    "rsqrt": lambda x: 1 / math.sqrt(x) if x else inf,
    "xlogy": lambda x, y: x * math.log(y) if x else 0.0,
    "sinc": lambda x: math.sin(x) / x if x else 1.0,
    "llvm.x86.sse2.min.pd": lambda x, y: x if x < y else y,
    "llvm.x86.sse2.max.pd": lambda x, y: x if x > y else y,
}  # fmt: skip

CORNERS = [
    # function     at                     partials
    ("sqrt",       (0.0,),                (0.0,)),  # not infinite: a norm at the origin has slope 0
    ("sqrt",       (-0.0,),               (0.0,)),
    ("sqrt",       (inf,),                (0.0,)),
    ("sqrt",       (-1.0,),               (nan,)),  # outside of the domain
    ("sqrt",       (5e-324,),             (2.2494568972715982e+161,)),
    ("cbrt",       (0.0,),                (0.0,)),
    ("cbrt",       (-8.0,),               (1 / 12,)),
    ("hypot",      (0.0, 0.0),            (0.0, 0.0)),
    ("hypot",      (-0.0, 0.0),           (0.0, 0.0)),
    ("hypot",      (3e200, 4e200),        (0.6, 0.8)),
    ("hypot",      (3e-200, -4e-200),     (0.6, -0.8)),
    ("pow",        (0.0, 2.0),            (0.0, 0.0)),  # not 0 * log(0)
    ("pow",        (0.0, 1.0),            (1.0, 0.0)),
    ("pow",        (0.0, 0.0),            (0.0, 0.0)),
    ("pow",        (-2.0, 0.0),           (0.0, nan)),  # x^y is no function of y for x < 0
    ("pow",        (0.0, 0.5),            (inf, 0.0)),
    ("pow",        (0.0, -1.0),           (-inf, -inf)),
    ("pow",        (-2.0, 3.0),           (12.0, nan)),
    ("pow",        (inf, -1.0),           (0.0, 0.0)),
    ("pow",        (1.0, inf),            (inf, 0.0)),
    ("pow",        (1e-300, 2.0),         (2e-300, 0.0)),
    ("powi",       (0.0, 0),              (0.0,)),
    ("powi",       (0.0, 1),              (1.0,)),
    ("powi",       (0.0, 2),              (0.0,)),
    ("powi",       (-3.0, -1),            (-1 / 9,)),
    ("exp",        (-inf,),               (0.0,)),
    ("exp",        (inf,),                (inf,)),
    ("exp",        (1000.0,),             (inf,)),
    ("expm1",      (-50.0,),              (1.9287498479639178e-22,)),  # r + 1 would be 0
    ("log",        (0.0,),                (inf,)),
    ("log",        (-0.0,),               (-inf,)),
    ("log",        (inf,),                (0.0,)),
    ("log1p",      (-1.0,),               (inf,)),
    ("sin",        (0.0,),                (1.0,)),
    ("sin",        (inf,),                (nan,)),
    ("tan",        (-0.0,),               (1.0,)),
    ("asin",       (1.0,),                (inf,)),
    ("asin",       (-1.0,),               (inf,)),
    ("acos",       (1.0,),                (-inf,)),
    ("asin",       (2.0,),                (nan,)),
    ("atan",       (inf,),                (0.0,)),
    ("atan",       (1e200,),              (0.0,)),
    ("atan2",      (0.0, 0.0),            (0.0, 0.0)),
    ("atan2",      (-0.0, -0.0),          (0.0, 0.0)),
    ("atan2",      (1e-200, 1e-200),      (5e199, -5e199)),  # the squares would be 0
    ("atan2",      (1e200, 1e200),        (5e-201, -5e-201)),  # or infinite
    ("atan2",      (0.0, -1.0),           (-1.0, 0.0)),
    ("tanh",       (30.0,),               (3.502604305078608e-26,)),  # 1 - r * r would be 0
    ("tanh",       (1000.0,),             (0.0,)),
    ("tanh",       (-inf,),               (0.0,)),
    ("asinh",      (1e300,),              (1e-300,)),
    ("acosh",      (1.0,),                (inf,)),
    ("acosh",      (1e300,),              (1e-300,)),
    ("atanh",      (1.0,),                (inf,)),
    ("fabs",       (0.0,),                (1.0,)),
    ("fabs",       (-0.0,),               (1.0,)),
    ("fabs",       (-inf,),               (-1.0,)),
    ("fabs",       (nan,),                (1.0,)),
    ("fmax",       (1.0, 1.0),            (1.0, 0.0)),  # a tie goes to the first
    ("fmax",       (0.0, -0.0),           (1.0, 0.0)),
    ("fmax",       (1.0, nan),            (1.0, 0.0)),  # C passes over a NaN
    ("fmax",       (nan, 1.0),            (0.0, 1.0)),
    ("fmax",       (-inf, inf),           (0.0, 1.0)),
    ("fmin",       (1.0, 1.0),            (0.0, 1.0)),  # and here to the second
    ("fmin",       (1.0, nan),            (1.0, 0.0)),
    ("fmin",       (nan, 1.0),            (0.0, 1.0)),
    ("fmin",       (2.0, 1.0),            (0.0, 1.0)),
    ("fmaximum",   (nan, 1.0),            (1.0, 0.0)),  # the NaN is the maximum
    ("fmaximum",   (1.0, nan),            (0.0, 1.0)),
    ("fminimum",   (3.0, 3.0),            (0.0, 1.0)),
    ("fminimum",   (1.0, nan),            (0.0, 1.0)),
    ("fminimum",   (nan, 1.0),            (1.0, 0.0)),
    ("llvm.x86.sse2.min.pd", (1.0, 1.0),  (0.0, 1.0)),  # the instruction takes its second operand
    ("llvm.x86.sse2.max.pd", (nan, 1.0),  (0.0, 1.0)),
    ("fdim",       (1.0, 1.0),            (1.0, -1.0)),
    ("fdim",       (1.0, 2.0),            (0.0, 0.0)),
    ("copysign",   (0.0, -1.0),           (-1.0,)),
    ("copysign",   (-0.0, 1.0),           (-1.0,)),
    ("copysign",   (-2.0, -0.0),          (1.0,)),
    ("fma",        (inf, 0.0, 1.0),       (0.0, inf, 1.0)),
    ("fmod",       (1.0, 0.1),            (1.0, -9.0)),  # 1 / 0.1 rounds up to 10
    ("fmod",       (-1.0, 0.1),           (1.0, 9.0)),
    ("fmod",       (6.0, 3.0),            (1.0, -2.0)),
    ("fmod",       (5.0, inf),            (1.0, 0.0)),
    ("frem",       (7.5, -2.0),           (1.0, 3.0)),
    ("remainder",  (5.0, 2.0),            (1.0, -2.0)),  # 2.5 goes to even
    ("remainder",  (7.0, 2.0),            (1.0, -4.0)),
    ("remainder",  (5.0, inf),            (1.0, 0.0)),
    ("ldexp",      (3.0, 4),              (16.0,)),
    ("ldexp",      (3.0, -1074),          (5e-324,)),
    ("scalbn",     (0.0, 4),              (16.0,)),
    ("fdiv",       (1.0, 0.0),            (inf, -inf)),
    ("erf",        (0.0,),                (1.1283791670955126,)),
    ("erf",        (inf,),                (0.0,)),
    ("erfc",       (30.0,),               (0.0,)),
    ("lgamma",     (1.0,),                (-0.5772156649015329,)),
    ("lgamma",     (0.0,),                (-inf,)),
    ("lgamma",     (-1.0,),               (nan,)),
    ("lgamma",     (inf,),                (inf,)),
    ("tgamma",     (1.0,),                (-0.5772156649015329,)),
    ("j1",         (0.0,),                (0.5,)),
    ("j0",         (0.0,),                (0.0,)),
    ("jn",         (1, 0.0),              (0.5,)),
    ("jn",         (0, 0.0),              (0.0,)),
    ("y0",         (0.0,),                (inf,)),
    ("sinc",       (0.0,),                (0.0,)),
    ("sinc",       (1e-9,),               (-1e-9 / 3,)),  # cos(x) - r would be 0
    ("xlogy",      (0.0, 0.0),            (-inf, 0.0)),
    ("cabs",       (0.0, 0.0),            (0.0, 0.0)),
    ("rsqrt",      (4.0,),                (-0.0625,)),
]  # fmt: skip


@functools.cache
def code() -> Code:
    return compile_rules([*INSTRUCTIONS.values(), *RULES.values()], ty.DOUBLE)


def primal(name: str, arguments: tuple[float | int, ...]) -> float:
    """The primal's result, from the C library or from the table above."""
    if name in OWN:
        return float(OWN[name](*arguments))
    function = LIBM["hypot" if name == "cabs" else name]
    function.restype = ctypes.c_double
    function.argtypes = [ctypes.c_int if isinstance(a, int) else ctypes.c_double for a in arguments]
    return float(function(*arguments))


@pytest.mark.parametrize(("name", "arguments", "partials"), CORNERS, ids=str)
def test_corners(
    name: str, arguments: tuple[float | int, ...], partials: tuple[float, ...]
) -> None:
    rule = RULES.get(name) or INSTRUCTIONS[name]
    slots = b"".join(packed(a, ty.DOUBLE) for a in arguments)
    result = packed(primal(name, arguments), ty.DOUBLE)
    formulas = [part for part in parts(rule) if rule.parameters[part[1]] is Parameter.REAL]
    assert len(formulas) == len(partials)
    for (part, *_), want in zip(formulas, partials, strict=True):
        got = float(unpacked(code().run(part, slots, result), ty.DOUBLE))
        if math.isnan(want):
            assert math.isnan(got), part
        else:
            assert got == pytest.approx(want, rel=1e-15, abs=0.0), part


def test_every_kink_has_a_corner() -> None:
    """A choice that we document is a choice that we test, of one function a formula."""
    tested = {name for name, *_ in CORNERS}
    families = {RULES[name].partials for name in tested if name in RULES}
    for rule in RULES.values():
        if rule.kinks and not rule.is_flat:
            assert rule.name in tested or rule.partials in families or rule.name in UNTESTED


UNTESTED = {
    "remquo", "modf", "frexp", "significand", "llvm.frexp", "powr", "rootn", "atan2pi", "rem2pi",
    "norm3d", "norm4d", "carg", "csqrt", "cmplx_sqrt", "cpow", "drem",
}  # fmt: skip
"""Kinks of functions that C libraries lack, or that write through pointers: `ELSEWHERE`."""

ELSEWHERE = [
    # function       at                 r             partials
    ("remquo",       (5.0, 2.0),        (1.0,),       (1.0, -2.0)),
    ("modf",         (2.0,),            (0.0,),       (1.0,)),
    ("frexp",        (0.0,),            (0.0,),       (1.0,)),
    ("significand",  (0.0,),            (0.0,),       (1.0,)),
    ("llvm.frexp",   (0.0,),            (0.0,),       (1.0,)),
    ("powr",         (0.0, 2.0),        (0.0,),       (0.0, 0.0)),
    ("rootn",        (0.0, 3),          (0.0,),       (0.0,)),
    ("atan2pi",      (0.0, 0.0),        (0.0,),       (0.0, 0.0)),
    ("rem2pi",       (0.0, 0),          (0.0,),       (1.0,)),
    ("norm3d",       (0.0, 0.0, 0.0),   (0.0,),       (0.0, 0.0, 0.0)),
    ("norm4d",       (0.0,) * 4,        (0.0,),       (0.0,) * 4),
    ("carg",         (0.0, 0.0),        (0.0,),       (0.0, 0.0)),
    ("csqrt",        (0.0, 0.0),        (0.0, 0.0),   (0.0,) * 4),
    ("cmplx_sqrt",   (0.0, 0.0),        (0.0, 0.0),   (0.0,) * 4),
    ("cpow",         (0.0, 0.0, 2.0, 0.0), (0.0, 0.0), (0.0,) * 8),
    ("drem",         (5.0, 2.0),        (1.0,),       (1.0, -2.0)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "result", "partials"), ELSEWHERE, ids=str)
def test_kinks_elsewhere(
    name: str,
    arguments: tuple[float | int, ...],
    result: tuple[float, ...],
    partials: tuple[float, ...],
) -> None:
    slots = b"".join(packed(a, ty.DOUBLE) for a in arguments)
    results = b"".join(packed(v, ty.DOUBLE) for v in result)
    got = [unpacked(code().run(part, slots, results), ty.DOUBLE) for part, *_ in parts(RULES[name])]
    assert got == [mpmath.mpf(v) for v in partials]


def test_all_untested_kinks_stand_elsewhere() -> None:
    assert {name for name, *_ in ELSEWHERE} == UNTESTED
