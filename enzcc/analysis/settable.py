"""Bits of integers that may be set.

Question     Which bits of an integer may be set?
Lattice      sets of bits, only growing.
Transfer     What masks, shifts, extensions and choices leave.
Safe answer  all of them.
"""

from __future__ import annotations

from enzcc.ir import types as ty
from enzcc.ir.instructions import Binary, Cast, Phi, Select
from enzcc.ir.values import ConstantInt, Value


def possible(value: Value, known: dict[Value, int] | None = None) -> int:
    """Bits of an integer that may be set; `known` holds what has been found out on the way."""
    assert isinstance(value.type, ty.IntType)
    whole = (1 << value.type.bits) - 1
    if isinstance(value, ConstantInt):
        return value.value & whole
    known = {} if known is None else known
    if value not in known:
        known[value] = whole  # where a phi leads to itself
        known[value] = _possible(value, whole, known)
    return known[value]


def _possible(value: Value, whole: int, known: dict[Value, int]) -> int:
    match value:
        case Binary(opcode="and"):
            return possible(value.operands[0], known) & possible(value.operands[1], known)
        case Binary(opcode="or" | "xor"):
            return _union(value.operands, known)
        case Binary(opcode="shl") if isinstance(value.operands[1], ConstantInt):
            return possible(value.operands[0], known) << value.operands[1].value & whole
        case Binary(opcode="lshr") if isinstance(value.operands[1], ConstantInt):
            return possible(value.operands[0], known) >> value.operands[1].value
        case Cast(opcode="zext"):
            return possible(value.operands[0], known)
        case Cast(opcode="trunc"):
            return possible(value.operands[0], known) & whole
        case Select():
            return _union(value.operands[1:], known)
        case Phi():
            return _union(value.operands, known)
    return whole


def _union(values: list[Value], known: dict[Value, int]) -> int:
    bits = 0
    for value in values:
        bits |= possible(value, known)
    return bits
