"""Floating constants against LLVM, NumPy and exact arithmetic."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from enzcc import llvm
from enzcc.ir import ConstantFloat, FloatType, const_float, float_value, types

WIDE = (types.DOUBLE, types.X86_FP80, types.FP128)
NARROW = {types.HALF: (11, -14, 15), types.BFLOAT: (8, -126, 127), types.FLOAT: (24, -126, 127)}
doubles = st.floats(allow_nan=False) | st.floats(allow_nan=False, width=16).map(float)


def same(a: float | None, b: float) -> bool:
    return a is not None and struct.pack("<d", a) == struct.pack("<d", b)


@given(doubles, st.sampled_from(WIDE))
@example(5e-324, types.X86_FP80)
@example(-0.0, types.FP128)
@example(math.inf, types.X86_FP80)
def test_wide_types_hold_every_double(value: float, kind: FloatType) -> None:
    assert same(float_value(const_float(kind, value)), value)


def nearest(value: float, digits: int, least: int, most: int) -> float:
    """The nearest number with so many binary digits, ties to even, by exact arithmetic."""
    if value == 0 or math.isinf(value):
        return value
    exponent = max(math.frexp(value)[1] - 1, least)
    ulp = Fraction(2) ** (exponent - digits + 1)
    rounded = round(Fraction(value) / ulp) * ulp  # Fraction rounds ties to even
    if abs(rounded) >= Fraction(2) ** (most + 1):
        return math.copysign(math.inf, value)
    return math.copysign(float(rounded), value)


@given(doubles, st.sampled_from(list(NARROW)))
@example(1e300, types.FLOAT)
@example(65520.0, types.HALF)
@example(65519.99, types.HALF)
@example(2.0**-25, types.HALF)
@example(1.0 + 2.0**-8 + 2.0**-40, types.BFLOAT)
def test_narrow_types_round_to_nearest(value: float, kind: FloatType) -> None:
    assert same(float_value(const_float(kind, value)), nearest(value, *NARROW[kind]))


@given(doubles)
def test_half_and_single_agree_with_numpy(value: float) -> None:
    with np.errstate(over="ignore"):
        assert same(float_value(const_float(types.HALF, value)), float(np.float16(value)))
        assert same(float_value(const_float(types.FLOAT, value)), float(np.float32(value)))


@pytest.mark.parametrize("value", [0.0, -0.0, 1.0, 0.1, -2.5, 1e-310, 7e4, math.inf, -math.inf])
@pytest.mark.parametrize("kind", [*WIDE[1:], *NARROW], ids=str)
def test_llvm_rounds_as_we_do(kind: FloatType, value: float) -> None:
    """LLVM converts the double itself, and finds the constant that we wrote, sign included."""
    ours, one = const_float(kind, value).ref(), const_float(kind, 1.0).ref()
    text = f"""
define i1 @f() {{
  %theirs = {"fptrunc" if kind in NARROW else "fpext"} double {value_text(value)} to {kind}
  %same = fcmp oeq {kind} %theirs, {ours}
  %a = fdiv {kind} {one}, %theirs
  %b = fdiv {kind} {one}, {ours}
  %sign = fcmp oeq {kind} %a, %b
  %both = and i1 %same, %sign
  ret i1 %both
}}
"""
    assert "ret i1 true" in llvm.simplify(text, ["f"])


def value_text(value: float) -> str:
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("0xK3FFF8000000000000000", types.X86_FP80, 1.0),
        ("0xK3FFF8000000000000001", types.X86_FP80, None),  # 1 + 2^-63 is no double
        ("0xK7FFE8000000000000000", types.X86_FP80, None),  # too large
        ("0xK00008000000000000000", types.X86_FP80, None),  # a pseudo-denormal
        ("0xK00000000000000000001", types.X86_FP80, None),  # too small
        ("0xL00000000000000003FFF000000000000", types.FP128, 1.0),
        ("0xL00000000000000013FFF000000000000", types.FP128, None),
        ("0xL0000000000000000BFFE800000000000", types.FP128, -0.75),
        ("0xM3FF00000000000000000000000000000", types.PPC_FP128, None),
        ("0xH3C01", types.HALF, 1.0009765625),
        ("0xR3F80", types.BFLOAT, 1.0),
        ("2.500000e-01", types.FLOAT, 0.25),
    ],
)
def test_reading(text: str, kind: FloatType, expected: float | None) -> None:
    assert float_value(ConstantFloat(kind, text)) == expected
