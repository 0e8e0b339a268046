"""Floating constants: a double in LLVM's spelling for each type, correctly rounded, and back.

LLVM writes float and double as the bits of a double (`0x...`) or, where that is exact, in decimal;
half as `0xH`, bfloat as `0xR`, x86_fp80 as `0xK`, fp128 as `0xL`, low half first.
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import math
import struct

from enzcc.ir import types as ty
from enzcc.ir.types import FloatType

# Bits of exponent and of fraction.
_HALF, _BFLOAT, _SINGLE, _EXTENDED, _QUAD = (5, 10), (8, 7), (8, 23), (15, 63), (15, 112)


def spell_float(type: FloatType, value: float) -> str:
    """The double, rounded to the type (ties to even), as LLVM spells it."""
    if type is ty.DOUBLE:
        return f"0x{_bits_of_double(value):016X}"
    if type is ty.FLOAT:
        if math.isnan(value):
            return f"0x{_bits_of_double(value) & ~((1 << 29) - 1) | 1 << 51:016X}"
        (single,) = struct.unpack("<f", struct.pack("<I", _encode(value, *_SINGLE)))
        return f"0x{_bits_of_double(single):016X}"
    if type is ty.HALF:
        return f"0xH{_encode(value, *_HALF):04X}"
    if type is ty.BFLOAT:
        return f"0xR{_encode(value, *_BFLOAT):04X}"
    if type is ty.X86_FP80:
        bits = _encode(value, *_EXTENDED)
        head, fraction = bits >> 63, bits & (1 << 63) - 1
        integer_bit = 1 << 63 if head & 0x7FFF else 0
        return f"0xK{head:04X}{integer_bit | fraction:016X}"
    if type is ty.FP128:
        bits = _encode(value, *_QUAD)
        return f"0xL{bits & (1 << 64) - 1:016X}{bits >> 64:016X}"
    return f"0xM{_bits_of_double(value):016X}{0:016X}"


def read_float(text: str) -> float | None:
    """The double that a spelling stands for; None if no double is exactly that."""
    if text[:2] != "0x":
        return float(text)
    match text[2]:
        case "H":
            return _decode(int(text[3:], 16), *_HALF)
        case "R":
            return _decode(int(text[3:], 16), *_BFLOAT)
        case "K":
            head, mantissa = int(text[3:7], 16), int(text[7:], 16)
            if (head & 0x7FFF != 0) != (mantissa >> 63 == 1):
                return None  # a pseudo-denormal, or no number
            return _decode(head << 63 | mantissa & (1 << 63) - 1, *_EXTENDED)
        case "L":
            return _decode(int(text[19:], 16) << 64 | int(text[3:19], 16), *_QUAD)
        case "M":
            return None
    return float(struct.unpack("<d", struct.pack("<Q", int(text[2:], 16)))[0])


def _bits_of_double(value: float) -> int:
    return int(struct.unpack("<Q", struct.pack("<d", value))[0])


def _encode(value: float, exponent_bits: int, fraction_bits: int) -> int:
    """The IEEE 754 encoding of a double in a binary format."""
    sign = int(math.copysign(1.0, value) < 0) << (exponent_bits + fraction_bits)
    infinity = ((1 << exponent_bits) - 1) << fraction_bits
    if math.isnan(value):
        return sign | infinity | 1 << (fraction_bits - 1)
    if math.isinf(value):
        return sign | infinity
    if value == 0:
        return sign
    bias = (1 << (exponent_bits - 1)) - 1
    mantissa, exponent = math.frexp(abs(value))
    whole, scale = int(math.ldexp(mantissa, 53)), exponent - 53
    exponent = max(exponent - 1, 1 - bias)
    surplus = exponent - fraction_bits - scale
    if surplus <= 0:
        whole <<= -surplus
    else:
        half, rest = 1 << (surplus - 1), whole & (1 << surplus) - 1
        whole >>= surplus
        whole += rest > half or (rest == half and whole & 1)
    # The leading bit of a normal number adds one to the exponent field; so does a carry.
    return sign | min(((exponent + bias - 1) << fraction_bits) + whole, infinity)


def _decode(bits: int, exponent_bits: int, fraction_bits: int) -> float | None:
    negative = bits >> (exponent_bits + fraction_bits)
    field = bits >> fraction_bits & (1 << exponent_bits) - 1
    fraction = bits & (1 << fraction_bits) - 1
    bias = (1 << (exponent_bits - 1)) - 1
    if field == (1 << exponent_bits) - 1:
        magnitude = math.nan if fraction else math.inf
    elif not field and not fraction:
        magnitude = 0.0
    else:
        whole = fraction | (1 << fraction_bits if field else 0)
        scale = max(field, 1) - bias - fraction_bits
        zeros = (whole & -whole).bit_length() - 1
        whole, scale = whole >> zeros, scale + zeros
        if whole.bit_length() > 53 or scale < -1074 or scale + whole.bit_length() > 1024:
            return None
        magnitude = math.ldexp(whole, scale)
    return -magnitude if negative else magnitude
