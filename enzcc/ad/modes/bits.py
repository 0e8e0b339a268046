"""Sign tricks on the bits of floats, which stay exact under differentiation.

    b & 0x7ff...   |x|            b ^ 0x800...   -x             b | 0x800...   -|x|
    b ^ s, b | s   with s one sign bit: copysign and multiplication by a sign
    b & m          with m = 0 or all ones: a select without a branch
    b & ~m, b | m  with m in the low half of the float: rounded, or an integer in its place
    b + n          of which nobody looks at the floats, but for their low halves: the integer beside
                   them, or in their place, is counted up

In each the derivative's own bits are moved (flipped in sign, or kept under a mask): see `Trick`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

from enzcc.analysis.nodes import Segment
from enzcc.analysis.settable import possible
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.instructions import (
    Binary,
    CallBase,
    Cast,
    ExtractValue,
    Freeze,
    Instruction,
    Load,
    Phi,
    Select,
    handed_on,
)
from enzcc.ir.values import Argument, Constant, ConstantInt, Value


@final
@dataclass(frozen=True)
class Trick:
    """How the derivative's bits follow those of operand `position` (-1: no derivative passes).

    `flip`: exclusive-or with `source & mask` (`~source & mask` if `inverted`; `mask` alone without
    source); else the bits are kept where `source` (0 or all ones) has them.
    """

    position: int
    flip: bool
    source: int | None = None
    mask: int = 0
    inverted: bool = False

    def at(self, offset: int) -> Trick:
        """The same as it acts on the float at a byte offset alone."""
        return replace(self, mask=self.mask >> 8 * offset)

    def apply(self, emit: Builder, bits: Value, source: Value | None) -> Value:
        """The derivative's bits after the operation, in the integer type of `bits`."""
        if self.flip:
            mask = const_int(bits.type, self.mask)
            if source is None:
                return emit.binary("xor", bits, mask)
            if self.inverted:
                source = emit.binary("xor", source, const_int(bits.type, -1))
            return emit.binary("xor", bits, emit.binary("and", source, mask))
        assert source is not None
        return emit.binary("and", bits, source)


def trick(inst: Binary, floats: list[Segment]) -> Trick | None:
    """What an integer operation does to the floats in its operands; None if it is no sign trick."""
    if not isinstance(inst.type, ty.IntType) or not floats:
        return None
    signs = magnitude = low = 0
    for segment in floats:
        kind = segment.kind
        if not isinstance(kind, ty.FloatType) or kind.bits > 64:
            return None
        signs |= 1 << 8 * segment.offset + kind.bits - 1
        magnitude |= ((1 << kind.bits - 1) - 1) << 8 * segment.offset
        if kind is not ty.BFLOAT:  # whose exponent reaches into it
            low |= ((1 << kind.bits // 2) - 1) << 8 * segment.offset
    high = (signs | magnitude) & ~low
    whole = (1 << inst.type.bits) - 1
    a, b = inst.operands
    if inst.opcode in ("add", "sub", "mul"):
        is_wanted = _wanted(inst, {}) & (signs | magnitude) and not _is_put_low(inst, ~high)
        return None if is_wanted else Trick(-1, True)
    if isinstance(b, ConstantInt):
        constant = b.value & whole
        if inst.opcode == "and" and constant & (signs | magnitude) == magnitude:
            return Trick(0, True, 0, signs)
        if inst.opcode == "and" and (constant & magnitude == 0 or _is_put_low(inst, ~high)):
            return Trick(-1, True)
        if inst.opcode == "xor" and constant & (signs | magnitude) == signs:
            return Trick(0, True, None, signs)
        if inst.opcode == "or" and constant & (signs | magnitude) == signs:
            return Trick(0, True, 0, signs, inverted=True)
        changed = ~constant if inst.opcode == "and" else constant
        if inst.opcode in ("and", "or", "xor") and changed & high == 0 and _are_of_float(a):
            return Trick(0, True)
        return None
    for position, sign in ((0, b), (1, a)):
        if inst.opcode in ("or", "xor") and possible(sign) & magnitude == 0:
            other = inst.operands[position]
            flips = inst.opcode == "xor" or "disjoint" in inst.flags
            if flips or possible(other) & signs == 0:
                return Trick(position, True, 1 - position, signs)
        bits = inst.operands[position]
        if inst.opcode in ("or", "xor") and _are_of_float(bits):
            beside = ~possible(bits) if "disjoint" in inst.flags else whole  # bits may be anything
            if possible(sign) & beside & high == 0:
                return Trick(position, True)
        if inst.opcode == "and" and _is_mask(sign):
            return Trick(position, False, 1 - position)
    return None


def apart(inst: Binary) -> tuple[int, int] | None:
    """Bit sets of the bytes that the two operands of an `or` have data in, if they share none."""
    first, second = inst.operands
    a, b = _bytes(first), _bytes(second)
    if "disjoint" in inst.flags:  # LLVM knows more of one where the other may be anything
        if _is_moved(first):
            b &= ~a
        elif _is_moved(second):
            a &= ~b
    return None if a & b else (a, b)


def _bytes(value: Value) -> int:
    assert isinstance(value.type, ty.IntType)
    bits = possible(value)
    return sum(1 << i for i in range((value.type.bits + 7) // 8) if bits >> 8 * i & 255)


def _is_moved(value: Value) -> bool:
    """A float's bits, shifted at most?"""
    match value:
        case Cast(opcode="zext") | Binary(opcode="shl", operands=(_, ConstantInt())):
            return _is_moved(value.operands[0])
        case Cast(opcode="bitcast"):
            return isinstance(value.operands[0].type, ty.FloatType)
    return False


def _are_of_float(value: Value, known: dict[Value, bool] | None = None) -> bool:
    """Bits of floats that have been moved whole, but for some that are set or cleared?"""
    known = {} if known is None else known
    if value not in known:
        known[value] = True  # where a phi leads to itself
        match value:
            case Cast(opcode="bitcast"):
                known[value] = isinstance(value.operands[0].type, ty.FloatType)
            case Cast(opcode="trunc" | "zext"):
                known[value] = _are_of_float(value.operands[0], known)
            case Binary(opcode="and" | "or" | "xor", operands=(bits, ConstantInt())):
                known[value] = _are_of_float(bits, known)
            case Binary(opcode="or"):
                known[value] = any(_are_of_float(operand, known) for operand in value.operands)
            case Phi() | Select() | Freeze():
                known[value] = all(_are_of_float(one, known) for one in handed_on(value))
            case CallBase():
                known[value] = not value.called.startswith("llvm.")
            case _:
                known[value] = isinstance(value, Load | Constant | Argument | ExtractValue)
    return known[value]


def _is_put_low(inst: Binary, low: int) -> bool:
    """Is all that anybody takes of it put in the low half of a float that keeps the rest? (An
    integer in the place of a float, of a wider word of a union that is moved in a register.)"""
    if possible(inst) & ~low:
        return bool(inst.users) and all(
            isinstance(user, Binary)
            and user.opcode == "and"
            and isinstance(user.operands[1], ConstantInt)
            and _is_put_low(user, low)
            for user in inst.users
        )
    return bool(inst.users) and all(
        isinstance(user, Binary)
        and user.opcode == "or"
        and user.operands[0] is not user.operands[1]
        and _are_of_float(user.operands[user.operands[0] is inst])
        for user in inst.users
    )


def _wanted(value: Instruction, known: dict[Value, int]) -> int:
    """Bits of an integer that its users look at."""
    assert isinstance(value.type, ty.IntType)
    whole = (1 << value.type.bits) - 1
    if value not in known:
        known[value] = whole  # where a phi leads to itself
        bits = 0
        for user in value.users:
            bits |= _wanted_by(user, value, whole, known)
        known[value] = bits & whole
    return known[value]


def _wanted_by(user: Instruction, value: Value, whole: int, known: dict[Value, int]) -> int:
    match user:
        case Phi() | Cast(opcode="trunc" | "zext"):
            return _wanted(user, known)
        case Select() if value is not user.operands[0]:
            return _wanted(user, known)
        case Binary(opcode="or" | "xor"):
            return _wanted(user, known)
        case Binary(opcode="add" | "sub" | "mul"):  # the lower ones carry
            return (1 << _wanted(user, known).bit_length()) - 1
        case Binary(operands=(first, ConstantInt() as by)) if first is value:
            if user.opcode == "and":
                return _wanted(user, known) & by.value
            if user.opcode in ("shl", "lshr"):
                wanted = _wanted(user, known)
                return wanted >> by.value if user.opcode == "shl" else wanted << by.value
    return whole


def _is_mask(value: Value) -> bool:
    """0 or all ones?"""
    match value:
        case Cast(opcode="sext"):
            return value.operands[0].type is ty.I1
        case Select():
            return all(
                isinstance(o, ConstantInt) and o.value in (0, -1) for o in value.operands[1:]
            )
    return False
