"""Adjoints of what takes vectors apart and puts them together: the elements of the program's own
vectors, one lane at a time where a derivative has several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enzcc.ir import types as ty
from enzcc.ir.builder import const_int, zero
from enzcc.ir.instructions import Cast, ExtractElement, InsertElement, Instruction, ShuffleVector
from enzcc.ir.types import FloatType, VectorType
from enzcc.ir.values import Argument, ConstantInt, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.adjoints import Adjoints


def extract_element(adjoints: Adjoints, inst: ExtractElement) -> None:
    """r = v[i]        bv[i] += br"""
    vector, index = inst.operands
    if ty.is_float(vector.type):
        if adjoints.is_active(vector):
            adjoints.add_element(vector, 0, adjoints.primal(index), adjoints.take(inst))
        return
    base = _element_offset(adjoints, inst, vector, index)
    for offset, _ in adjoints.parts(inst):
        adjoints.add_part(vector, base + offset, adjoints.take_part(inst, offset))


def _element_offset(adjoints: Adjoints, inst: Instruction, vector: Value, index: Value) -> int:
    if not isinstance(index, ConstantInt):
        raise adjoints.reverse.refuse(
            inst,
            "cannot differentiate a vector of integers that carry floats, at a varying lane",
            "which lane is used is known at run time only",
            "use a vector of floats",
        )
    return index.value * adjoints.layout.store_size(ty.scalar(vector.type))


def insert_element(adjoints: Adjoints, inst: InsertElement) -> None:
    """r = v with v[i] = x        bx += br[i],  bv += br with br[i] = 0"""
    vector, element, index = inst.operands
    if ty.is_float(vector.type):
        br = adjoints.take(inst)
        lane = adjoints.primal(index)
        if adjoints.is_active(element):
            adjoints.give(element, adjoints.emit.extract_element(br, lane))
        if adjoints.is_active(vector):
            cleared = adjoints.emit.insert_element(br, zero(element.type), lane)
            adjoints.give(vector, cleared)
        return
    base = _element_offset(adjoints, inst, vector, index)
    size = adjoints.layout.store_size(element.type)
    for offset, _ in adjoints.parts(inst):
        amount = adjoints.take_part(inst, offset)
        if base <= offset < base + size:
            adjoints.add_part(element, offset - base, amount)
        else:
            adjoints.add_part(vector, offset, amount)


def shuffle(adjoints: Adjoints, inst: ShuffleVector) -> None:
    """r[k] = v[mask[k]]        bv[mask[k]] += br[k]"""
    a, b, _ = inst.operands
    mask = inst.mask()
    assert isinstance(a.type, VectorType)
    if mask is None:
        raise adjoints.reverse.refuse(
            inst, "cannot differentiate a shuffle of scalable vectors", "its width is not known"
        )
    count = a.type.count
    if ty.is_float(inst.type):
        br = adjoints.take(inst)
        for lane, origin in enumerate(mask):
            if origin < 0:
                continue
            operand = a if origin < count else b
            if adjoints.is_active(operand):
                amount = adjoints.emit.extract_element(br, const_int(ty.I64, lane))
                adjoints.add_element(operand, 0, const_int(ty.I64, origin % count), amount)
        return
    size = adjoints.layout.store_size(a.type.element)
    for offset, _ in adjoints.parts(inst):
        amount = adjoints.take_part(inst, offset)
        origin = mask[offset // size]
        if origin >= 0:
            operand = a if origin < count else b
            adjoints.add_part(operand, origin % count * size + offset % size, amount)


def carried(adjoints: Adjoints, value: Value) -> VectorType | None:
    """The vector of floats that a parameter carries whose type says that it is one number: the ABI
    hands over `vector_size(8)` as a double. Its adjoint is that of the vector."""
    if not isinstance(value, Argument) or not isinstance(value.type, FloatType):
        return None
    size = adjoints.layout.size
    found: dict[VectorType, None] = {}
    for user in value.users:
        if not isinstance(user, Cast) or user.opcode != "bitcast":
            return None
        match user.type:
            case VectorType(element=FloatType()):
                found[user.type] = None
            case ty.IntType():
                kinds = dict.fromkeys(kind for _, kind in adjoints.parts(user))
                found.update((ty.vector(k, size(value.type) // size(k)), None) for k in kinds)
            case _:
                return None
    several = [vector for vector in found if vector.count > 1]
    return several[0] if len(several) == len(found) == 1 else None
