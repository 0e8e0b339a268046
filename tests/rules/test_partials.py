"""Every partial in the tables is the derivative of its primal: computed on the machine, in each
floating type, at points all over the domain, against differences of the primal in high
precision."""

# ruff: noqa: A001, A002, A006 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import functools
import math
import random
from collections.abc import Callable, Mapping

import exact_functions as exact
import mpmath
import pytest
from formula_machine import (
    FORMATS,
    Code,
    compile_rules,
    packed,
    parts,
    rounded,
    unpacked,
)

from enzcc.ir import types as ty
from enzcc.ir.types import Type
from enzcc.rules import INSTRUCTIONS, RULES, Parameter, Rule

Draw = Callable[[random.Random, Type], float | int]


def spread(low: float, high: float) -> Draw:
    """Magnitudes between the two, evenly by their logarithm; cut to what the type can hold."""

    def draw(chance: random.Random, type: Type) -> float:
        precision, smallest, past = FORMATS[type]
        least = max(math.log2(low), smallest + precision + 2)
        most = min(math.log2(high), past - 2, 1020)
        return math.exp2(chance.uniform(least, most))

    return draw


def either_sign(draw: Draw) -> Draw:
    return lambda chance, type: chance.choice((-1, 1)) * draw(chance, type)


def near(point: float, low: float, high: float, sign: int = 1) -> Draw:
    """The point, moved up (or down) by an amount between `low` and `high`."""
    return lambda chance, type: (
        point + sign * spread(max(low, 2.0 ** -min(53, FORMATS[type][0])), high)(chance, type)
    )


def between(low: float, high: float) -> Draw:
    return lambda chance, _: chance.uniform(low, high)


def one_of(*draws: Draw) -> Draw:
    return lambda chance, type: chance.choice(draws)(chance, type)


def whole(low: int, high: int) -> Draw:
    return lambda chance, _: chance.randint(low, high)


POSITIVE = spread(1e-300, 1e300)
ANY = either_sign(POSITIVE)
MODERATE = either_sign(spread(1e-6, 1e6))
EXPONENT = one_of(either_sign(spread(1e-20, 80.0)), between(-80.0, 80.0))
UNIT = one_of(either_sign(spread(1e-300, 1.0)), near(1.0, 1e-16, 0.5, -1), near(-1.0, 1e-16, 0.5))
ABOVE_MINUS_1 = one_of(spread(1e-300, 1e300), near(-1.0, 1e-16, 1.0))
SMALL = either_sign(spread(1e-10, 30.0))

DOMAINS: Mapping[str, tuple[Draw, ...]] = {
    **dict.fromkeys(("llvm.x86.sse.rsqrt.ps", "llvm.x86.avx.rsqrt.ps.256"), (POSITIVE,)),
    "sqrt": (POSITIVE,), "rsqrt": (POSITIVE,), "log": (POSITIVE,), "log2": (POSITIVE,),
    "log10": (POSITIVE,), "pow": (spread(1e-6, 1e6), between(-5, 5)),
    "powr": (spread(1e-6, 1e6), between(-5, 5)), "powi": (MODERATE, whole(-4, 5)),
    "pown": (MODERATE, whole(-4, 5)), "rootn": (POSITIVE, whole(1, 9)),
    "compoundn": (near(-1.0, 1e-4, 1e4), whole(-4, 5)),
    **dict.fromkeys(("exp", "exp2", "expm1", "exp2m1", "sinh", "cosh"), (EXPONENT,)),
    **dict.fromkeys(("exp10", "exp10m1"), (between(-30.0, 30.0),)),
    **dict.fromkeys(("log1p", "logp1", "log2p1", "log10p1"), (ABOVE_MINUS_1,)),
    **dict.fromkeys(
        ("sin", "cos", "tan", "sincos", "llvm.sincos"), (either_sign(spread(1e-300, 1e9)),)
    ),
    **dict.fromkeys(("asin", "acos", "atanh", "asinpi", "acospi", "erfinv"), (UNIT,)),
    **dict.fromkeys(("sinpi", "cospi", "tanpi", "sincospi", "llvm.sincospi"), (SMALL,)),
    "acosh": (one_of(near(1.0, 1e-16, 1.0), spread(2.0, 1e300)),),
    "tanh": (either_sign(spread(1e-300, 400.0)),),
    "sech_squared": (either_sign(spread(1e-9, 100.0)), UNIT),
    "scalb": (MODERATE, whole(-20, 20)), "ldexp": (MODERATE, whole(-20, 20)),
    "scalbn": (MODERATE, whole(-20, 20)), "scalbln": (MODERATE, whole(-20, 20)),
    **dict.fromkeys(
        ("fmod", "remainder", "drem", "remquo", "frem"), (MODERATE, either_sign(spread(0.1, 1e3)))
    ),
    "modf": (MODERATE,), "llvm.modf": (MODERATE,),
    **dict.fromkeys(("erf", "erfc", "erfi", "dawson"), (either_sign(spread(1e-300, 8.0)),)),
    "erfcx": (one_of(either_sign(spread(1e-20, 5.0)), spread(1.0, 1e6)),),
    "normcdf": (either_sign(spread(1e-300, 12.0)),),
    "normcdfinv": (one_of(spread(1e-6, 0.9), between(0.01, 0.99)),),
    "erfcinv": (one_of(spread(1e-6, 1.9), between(0.01, 1.99)),),
    "tgamma": (one_of(spread(1e-30, 30.0), between(-10.0, 30.0)),),
    **dict.fromkeys(
        ("lgamma", "lgamma_r", "logabsgamma"),
        (one_of(spread(1e-60, 1e60), between(-10.0, 0.0)),),
    ),
    "digamma": (one_of(spread(1e-8, 1e8), between(-10.0, 0.0)),),
    "polygamma": (whole(1, 4), spread(1e-3, 1e5)),
    "j0": (SMALL,), "j1": (SMALL,), "y0": (spread(1e-5, 30.0),), "y1": (spread(1e-5, 30.0),),
    "jn": (whole(0, 4), either_sign(spread(1e-2, 30.0))), "yn": (whole(0, 4), spread(1e-2, 30.0)),
    "sinc": (either_sign(spread(1e-30, 100.0)),),
    "sincn": (either_sign(spread(1e-30, 30.0)),), "xlogy": (ANY, POSITIVE),
    "rem2pi": (MODERATE, whole(0, 3)),
    **dict.fromkeys(("rhypot", "rnorm3d", "rnorm4d"), (MODERATE,) * 4),
    **dict.fromkeys(
        ("atan2", "atan2pi", "norm3d", "norm4d", "hypot"), (one_of(ANY, MODERATE),) * 4
    ),
    **dict.fromkeys(("Faddeeva_erf", "Faddeeva_erfc"), (either_sign(spread(1e-3, 2.0)),) * 3),
    **dict.fromkeys(exact.COMPLEX, (either_sign(spread(1e-3, 4.0)),) * 4),
}  # fmt: skip
"""Where each argument is drawn from; whoever is not listed is tested everywhere (`ANY`)."""

# How many units in the last place, beyond what the conditioning of the partial explains.
LOOSE: Mapping[str, float] = {
    **dict.fromkeys(exact.COMPLEX, 4096),  # relative to the pair, not to the smaller part
    **dict.fromkeys(("Faddeeva_erf", "Faddeeva_erfc"), 64),
    "erfcx": 4e4,  # x r - 1/sqrt(pi) cancels up to x = 40
    "dawson": 1e3,



}  # fmt: skip
ABSOLUTE = frozenset(
    "j0 j1 jn y0 y1 yn digamma lgamma lgamma_r logabsgamma tgamma polygamma".split()
)
"""Functions whose partial comes with an absolute error: of units of 1, or of the value."""

TYPES = {
    "float": ty.FLOAT, "double": ty.DOUBLE, "long double": ty.X86_FP80, "_Float128": ty.FP128,
}  # fmt: skip
COUNTS = {"float": 6, "double": 16, "long double": 6, "_Float128": 3}
ALL = [*INSTRUCTIONS.values(), *RULES.values()]
WITH_FORMULA = [rule for rule in ALL if any(parts(rule))]


@functools.cache
def code(type: Type) -> Code:
    return compile_rules(WITH_FORMULA, type)


def points(rule: Rule, type: Type, count: int) -> list[list[float | int]]:
    chance = random.Random(f"{rule.name} {type}")
    draws = DOMAINS.get(rule.name, (ANY,) * 4)
    kinds = [k for k in rule.parameters if not k.is_output]
    found: list[list[float | int]] = []
    while len(found) < count:
        drawn = [draw(chance, type) for _, draw in zip(kinds, draws, strict=False)]
        found.append(
            [
                int(v) if kind is Parameter.WHOLE else rounded(mpmath.mpf(v), type)
                for kind, v in zip(kinds, drawn, strict=True)
            ]
        )
    return found


def pieces(value: object, rule: Rule) -> tuple[object, ...]:
    """What the primal returns as a tuple: one element a returned or written value."""
    return value if isinstance(value, tuple) else (value,)


def position(rule: Rule, output: int | None, number: int | None) -> int:
    """Which element of the exact primal's tuple an output or field is."""
    if number is not None:
        return number
    if output is None:
        return 0
    return sorted(rule.outputs).index(output) + int(rule.returns)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("rule", WITH_FORMULA, ids=str)
def test_partials_are_the_derivatives_of_the_primal(rule: Rule, kind: str) -> None:
    type = TYPES[kind]
    f = exact.primal(rule.name)
    precision, smallest, past = FORMATS[type]
    unit = mpmath.mpf(2) ** (1 - precision)
    for arguments in points(rule, type, COUNTS[kind]):
        slots = b"".join(packed(a, type) for a in arguments)
        with mpmath.workdps(60):
            values = pieces(f(*arguments), rule)
            results = b"".join(packed(rounded(mpmath.mpf(v), type), type) for v in values)
        for name, index, output, number, _ in parts(rule):
            which = position(rule, output, number)

            def component(*a: object, which: int = which) -> object:
                return pieces(f(*a), rule)[which]

            want = exact.derivative(component, arguments, index)
            got = unpacked(code(type).run(name, slots, results), type)
            spelled = f"{name} at {[mpmath.nstr(a, 20) for a in arguments]}"
            if abs(want) >= mpmath.mpf(2) ** (past - 1):
                continue
            allowed = LOOSE.get(rule.name, 6) * unit
            if abs(got - want) <= allowed * abs(want):
                continue
            allowed += 4 * unit * exact.condition(component, arguments, index)
            allowed = allowed * abs(want) + 4 * mpmath.mpf(2) ** smallest
            if rule.name in ABSOLUTE:
                allowed += 64 * unit * (1 + abs(want))
            assert abs(got - want) <= allowed, (
                f"{spelled}: {mpmath.nstr(got, 20)} is not {mpmath.nstr(want, 20)}"
                f" ({mpmath.nstr(abs(got - want) / abs(want) / unit if want else got, 5)} ulp)"
            )
