"""A partial that is said to be always finite is so, at the extremes of its arguments."""

from __future__ import annotations

import functools
import itertools
import struct

import mpmath
import pytest
from formula_machine import Code, compile_rules, packed, parts, unpacked

from enzcc.ir import types as ty
from enzcc.rules import INSTRUCTIONS, RULES, Parameter, Rule, may_be_infinite
from enzcc.rules.algebra import Formula

LARGEST = 1.7976931348623157e308
EXTREMES = (0.0, -0.0, 5e-324, 1.0, -1.0, 0.5, 1e-160, 1e160, -1e160, LARGEST, -LARGEST, 710.0)
CLAIMED = [
    (rule, name)
    for rule in [*INSTRUCTIONS.values(), *RULES.values()]
    for name, _, _, _, formula in parts(rule)
    if not may_be_infinite(formula)
]


@functools.cache
def code() -> Code:
    return compile_rules([*INSTRUCTIONS.values(), *RULES.values()], ty.DOUBLE)


@pytest.mark.parametrize(("rule", "name"), CLAIMED, ids=str)
def test_a_finite_partial_is_finite_everywhere(rule: Rule, name: str) -> None:
    wholes = [kind is Parameter.WHOLE for kind in rule.parameters if not kind.is_output]
    results = struct.pack("<2d", 1.0, 0.0)
    points = EXTREMES if len(wholes) < 3 else EXTREMES[::3]
    for values in itertools.product(points, repeat=len(wholes)):
        arguments = [int(min(9, abs(v))) if w else v for v, w in zip(values, wholes, strict=True)]
        slots = b"".join(packed(a, ty.DOUBLE) for a in arguments)
        got = unpacked(code().run(name, slots, results), ty.DOUBLE)
        assert mpmath.isfinite(got), arguments


INFINITE = {
    "fdiv": (0, 1), "frem": (1,), "sqrt": (0,), "cbrt": (0,), "log": (0,), "log1p": (0,),
    "pow": (0, 1), "asin": (0,), "acosh": (0,), "atanh": (0,), "exp": (0,), "sinh": (0,),
    "cosh": (0,),
    "lgamma": (0,), "tgamma": (0,), "y0": (0,), "rsqrt": (0,), "fmod": (1,), "ldexp": (0,),
    "atan2": (0, 1),
}  # fmt: skip
FINITE = {
    "fadd": (0, 1), "fsub": (0, 1), "fmul": (0, 1), "fneg": (0,), "sin": (0,), "cos": (0,),
    "tanh": (0,), "atan": (0,), "erf": (0,), "erfc": (0,), "fabs": (0,), "fmax": (0, 1),
    "fmin": (0, 1),
    "fma": (0, 1, 2), "copysign": (0,), "fdim": (0, 1), "j0": (0,), "jn": (1,), "frem": (0,),
    "modf": (0,),
    "normcdf": (0,),
}  # fmt: skip


@pytest.mark.parametrize("name", INFINITE)
def test_what_can_be_infinite_is_guarded(name: str) -> None:
    made = INSTRUCTIONS.get(name) or RULES[name]
    for index in INFINITE[name]:
        assert may_be_infinite(made.partials[index])


@pytest.mark.parametrize("name", FINITE)
def test_what_is_always_finite_costs_no_guard(name: str) -> None:
    made = INSTRUCTIONS.get(name) or RULES[name]
    for index in FINITE[name]:
        assert not may_be_infinite(made.partials[index])


def test_a_partial_without_formula_is_finite() -> None:
    assert not any(
        may_be_infinite(p)
        for rule in RULES.values()
        for p in rule.partials
        if not isinstance(p, Formula) and not rule.has_fields
    )
