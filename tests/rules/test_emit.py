"""Formulas as instructions: shared parts, vectors, narrow types, exact constants, calls."""

# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import struct
from fractions import Fraction

import mpmath
import pytest
from formula_machine import SLOT, Code, Setting, compile_text, packed, rounded, unpacked

from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, float_value
from enzcc.ir.function import Block
from enzcc.ir.instructions import Call
from enzcc.ir.types import Type
from enzcc.ir.values import Argument
from enzcc.rules import RULES, Formula, Parameter, evaluate
from enzcc.rules.algebra import LN2, PI, n, named, resolve, x
from enzcc.rules.emit import number

ONE_ARGUMENT = [
    (rule.name, rule.partials[0])
    for rule in RULES.values()
    if rule.parameters == (Parameter.REAL,) and isinstance(rule.partials[0], Formula)
]


def block_of(formula: Formula, type: Type, kinds: tuple[Parameter, ...]) -> Block:
    """The instructions of a formula."""
    block = Block("entry")
    arguments, results = Argument(ty.PTR, "arguments", "", 0), Argument(ty.PTR, "results", "", 1)
    evaluate(formula, Setting(Builder(block), type, kinds, arguments, results, {}))
    return block


def test_a_part_that_occurs_twice_is_computed_once() -> None:
    partial = RULES["atan2"].partials[0]
    assert isinstance(partial, Formula)
    block = block_of(partial, ty.DOUBLE, RULES["atan2"].parameters)
    calls = [i for i in block.instructions if isinstance(i, Call)]
    assert len(calls) == 1
    assert calls[0].tail == " nounwind willreturn memory(none)"


def test_only_what_the_formula_reads_is_asked_for() -> None:
    block = Block("entry")
    arguments, results = Argument(ty.PTR, "arguments", "", 0), Argument(ty.PTR, "results", "", 1)
    place = Setting(Builder(block), ty.DOUBLE, RULES["exp"].parameters, arguments, results, {})
    partial = RULES["exp"].partials[0]
    assert isinstance(partial, Formula)
    evaluate(partial, place)
    assert place.read == [("r", None)]


def test_fast_math_flags_reach_every_floating_instruction() -> None:
    block = Block("entry")
    arguments, results = Argument(ty.PTR, "arguments", "", 0), Argument(ty.PTR, "results", "", 1)
    emit = Builder(block, None, "fast ")
    place = Setting(emit, ty.DOUBLE, RULES["acosh"].parameters, arguments, results, {})
    partial = RULES["acosh"].partials[0]
    assert isinstance(partial, Formula)
    evaluate(partial, place)
    for inst in block.instructions:
        if inst.opcode in ("fadd", "fsub", "fmul", "fdiv"):
            assert inst.flags == "fast "
        if isinstance(inst, Call):
            assert inst.head == "fast "


@pytest.mark.parametrize(("name", "partial"), ONE_ARGUMENT, ids=[name for name, _ in ONE_ARGUMENT])
def test_a_vector_computes_what_its_lanes_compute(name: str, partial: Formula) -> None:
    vector = ty.vector(ty.DOUBLE, 4)
    declared: dict[str, str] = {}
    kinds = (Parameter.REAL,)
    bodies = [
        compile_text("wide", partial, kinds, vector, declared),
        compile_text("single", partial, kinds, ty.DOUBLE, declared),
    ]
    code = Code("\n".join([*declared.values(), *bodies]))
    points, results = (0.25, 0.75, -0.5, 1.5), (0.5, -0.125, 2.0, 0.75)
    wide = code.run("wide", struct.pack("<4d", *points), struct.pack("<4d", *results), 32)
    singles = b"".join(
        code.run("single", struct.pack("<2d", p, 0), struct.pack("<2d", r, 0))[:8]
        for p, r in zip(points, results, strict=True)
    )
    for a, b in zip(struct.unpack("<4d", wide), struct.unpack("<4d", singles), strict=True):
        assert a == pytest.approx(b, rel=1e-15, nan_ok=True)


def test_a_whole_number_beside_a_vector() -> None:
    partial = RULES["powi"].partials[0]
    assert isinstance(partial, Formula)
    block = block_of(partial, ty.vector(ty.DOUBLE, 2), RULES["powi"].parameters)
    assert any(i.opcode == "shufflevector" for i in block.instructions)
    calls = [i for i in block.instructions if isinstance(i, Call)]
    assert [str(c.callee.ref()) for c in calls] == ["@llvm.powi.v2f64.i32"]


def test_a_scalable_vector_needs_an_intrinsic() -> None:
    scalable = ty.vector(ty.DOUBLE, 2, scalable=True)
    sine, erf_slope = RULES["sin"].partials[0], RULES["j0"].partials[0]
    assert isinstance(sine, Formula)
    assert isinstance(erf_slope, Formula)
    block_of(sine, scalable, (Parameter.REAL,))
    with pytest.raises(ValueError, match="unknown length"):
        block_of(erf_slope, scalable, (Parameter.REAL,))


def test_half_is_computed_in_float_and_rounded_once() -> None:
    partial = RULES["tan"].partials[0]
    assert isinstance(partial, Formula)
    opcodes = [i.opcode for i in block_of(partial, ty.HALF, (Parameter.REAL,)).instructions]
    assert opcodes == ["load", "fpext", "fmul", "fadd", "fptrunc"]


def test_half_that_is_only_handed_on_is_not_converted() -> None:
    partial = RULES["fma"].partials[0]
    assert isinstance(partial, Formula)
    kinds = RULES["fma"].parameters
    opcodes = {i.opcode for i in block_of(partial, ty.HALF, kinds).instructions}
    assert "fpext" not in opcodes


@pytest.mark.parametrize(
    ("type", "callee"),
    [
        (ty.FLOAT, "j1f"),
        (ty.DOUBLE, "j1"),
        (ty.X86_FP80, "j1l"),
        (ty.FP128, "j1f128"),
        (ty.HALF, "j1f"),
    ],
    ids=str,
)
def test_the_library_function_is_the_one_of_the_type(type: Type, callee: str) -> None:
    partial = RULES["j0"].partials[0]
    assert isinstance(partial, Formula)
    calls = [
        i for i in block_of(partial, type, (Parameter.REAL,)).instructions if isinstance(i, Call)
    ]
    assert [c.callee.ref() for c in calls] == [f"@{callee}"]


@pytest.mark.parametrize(
    ("type", "callee"),
    [(ty.FLOAT, ""), (ty.DOUBLE, ""), (ty.X86_FP80, "l"), (ty.FP128, "f128")],
    ids=str,
)
def test_our_own_functions_come_in_double_and_wider(type: Type, callee: str) -> None:
    partial = RULES["lgamma"].partials[0]
    assert isinstance(partial, Formula)
    block = block_of(partial, type, (Parameter.REAL,))
    calls = [i for i in block.instructions if isinstance(i, Call)]
    assert [c.callee.ref() for c in calls] == [f"@__enzcc_digamma{callee}"]
    assert calls[0].type is (ty.DOUBLE if type is ty.FLOAT else type)


def test_an_integer_result_has_no_formula() -> None:
    with pytest.raises(ValueError, match="no value of type"):
        block_of(resolve(x + 1, {"x": 0}), ty.I32, (Parameter.REAL,))


def test_whole_numbers_stay_whole() -> None:
    jn = named("jn")[0]
    block = block_of(resolve(jn(-n + 2, x), {"n": 0, "x": 1}), ty.DOUBLE, RULES["jn"].parameters)
    assert [i.opcode for i in block.instructions if i.type is ty.I32] == ["load", "sub", "add"]


VALUES = [
    Fraction(1, 3), Fraction(-2, 3), PI.value, -LN2.value, Fraction(1), Fraction(1, 1 << 1000),
    Fraction(3, 1 << 1075), Fraction(10) ** 400, Fraction(1, 1 << 1074), Fraction(65519),
    Fraction(65520), Fraction(1, 1 << 25), (1 << 53) + Fraction(1), Fraction((1 << 54) - 1),
    (1 << 24) + Fraction(1), Fraction((1 << 25) + 3), Fraction((1 << 64) + 1),
    Fraction(3, 1 << 150),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_constants_are_the_nearest_numbers(value: Fraction) -> None:
    with mpmath.workdps(400):
        exact = mpmath.mpf(value.numerator) / value.denominator
        for type in (ty.FLOAT, ty.DOUBLE):
            assert float_value(number(type, value)) == float(rounded(exact, type))
        want = rounded(exact, ty.X86_FP80)
        text = number(ty.X86_FP80, value).ref()
        fraction, head = int(text[7:], 16), int(text[3:7], 16)
        assert unpacked(struct.pack("<QH", fraction, head).ljust(SLOT, b"\0"), ty.X86_FP80) == want
        assert packed(want, ty.X86_FP80)[:10] == struct.pack("<QH", fraction, head)


@pytest.mark.parametrize(
    ("type", "value", "text"),
    [
        (ty.HALF, Fraction(1, 3), "0xH3555"),
        (ty.HALF, Fraction(65520), "0xH7C00"),
        (ty.HALF, Fraction(1, 1 << 24), "0xH0001"),
        (ty.BFLOAT, Fraction(1, 3), "0xR3EAB"),
        (ty.BFLOAT, Fraction(-1), "0xRBF80"),
        (ty.FP128, Fraction(1), "0xL00000000000000003FFF000000000000"),
        (ty.FP128, Fraction(-1, 3), "0xL5555555555555555BFFD555555555555"),
        (ty.FP128, PI.value, "0xL8469898CC51701B84000921FB54442D1"),
        (ty.PPC_FP128, PI.value, "0xM400921FB54442D183CA1A62633145C07"),
        (ty.X86_FP80, PI.value, "0xK4000C90FDAA22168C235"),
        (ty.DOUBLE, PI.value, "0x400921FB54442D18"),
        (ty.FLOAT, PI.value, "0x400921FB60000000"),
        (ty.FLOAT, Fraction(0), "0x0000000000000000"),
    ],
    ids=str,
)
def test_spelling_of_constants(type: Type, value: Fraction, text: str) -> None:
    assert number(type, value).ref() == text


def test_a_constant_in_every_lane() -> None:
    assert "splat" in number(ty.vector(ty.FLOAT, 4), Fraction(1, 2)).ref()
