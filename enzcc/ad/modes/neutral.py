"""What stands for the shadow of a constant: floats are zero, pointers and integers as they are.

Floats lie in integers, too: `struct { int n; float f; }` is returned as an i64.
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from enzcc.analysis.nodes import Segment
from enzcc.analysis.objects import Objects
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, poison, zero
from enzcc.ir.instructions import InsertElement, InsertValue, ShuffleVector
from enzcc.ir.types import FloatType, Layout, Type
from enzcc.ir.values import Constant, ConstantAggregate, ConstantInt, Value


def leaves(type: Type, path: tuple[int, ...] = ()) -> list[tuple[tuple[int, ...], Type]]:
    """The scalars and vectors in an aggregate, with their paths, in memory order."""
    match type:
        case ty.StructType():
            return [x for i, f in enumerate(type.fields or ()) for x in leaves(f, (*path, i))]
        case ty.ArrayType():
            return [x for i in range(type.count) for x in leaves(type.element, (*path, i))]
    return [(path, type)]


def has_floats(type: Type) -> bool:
    """Is there a float in an aggregate?"""
    return any(ty.is_float(leaf) for _, leaf in leaves(type))


def without_floats(emit: Builder, objects: Objects, value: Value, floats: list[Segment]) -> Value:
    """A value that is no constant with its floats replaced by zero; `floats` says where they are
    if they lie in integers."""
    if not floats and not has_floats(value.type):
        return value
    if not isinstance(value.type, ty.StructType | ty.ArrayType):
        return _cleared(emit, objects.layout, value, 0, floats)
    result: Value = poison(value.type)
    for path, leaf in leaves(value.type):
        part = emit.extract(value, path, leaf)
        offset = objects.path_offset(value.type, path)
        part = _cleared(emit, objects.layout, part, offset, floats)
        result = emit.insert(result, part, path)
    return result


def constant_within(
    emit: Builder, objects: Objects, value: ConstantInt | ConstantAggregate, whole: Value
) -> Value:
    """An integer constant, or a struct of constants, that a value may be, or that is put into it:
    its bits may be those of floats, as the value tells."""
    floats = [
        replace(one, offset=one.offset - to + start)
        for start, to, size in _taken_in(objects, value, whole)
        for one in objects.floats_told_in(whole)
        if to <= one.offset < to + size
    ]
    return without_floats(emit, objects, value, floats)


def _taken_in(objects: Objects, value: Value, whole: Value) -> list[tuple[int, int, int]]:
    """Which bytes of a constant become which bytes of the whole: from where, to where, how many."""
    layout = objects.layout
    start, size = 0, layout.store_size(value.type)
    match whole:
        case InsertValue() if whole.operands[1] is value:
            start = objects.path_offset(whole.type, whole.path)
        case InsertElement(operands=[_, one, ConstantInt() as index]) if one is value:
            start = index.value * size
        case ShuffleVector() if isinstance(value.type, ty.VectorType):
            size = layout.store_size(value.type.element)
            mask, count = whole.mask() or [], value.type.count
            return [
                (number % count * size, to * size, size)
                for to, number in enumerate(mask)
                if number >= 0 and whole.operands[number // count] is value
            ]
    return [(0, start, size)]


def parts_of(
    emit: Builder,
    objects: Objects,
    value: ConstantAggregate,
    whole: Value | None,
    shadow_of: Callable[[Constant], Value],
) -> Value:
    """The shadow of a constant struct, or of a vector of integers, that `whole` may be or takes in;
    `shadow_of` tells those of addresses in it."""
    result: Value = value
    if whole is not None:
        result = constant_within(emit, objects, value, whole)
    elif has_floats(value.type):
        result = without_floats(emit, objects, value, [])
    for path, leaf in leaves(value.type):
        part = _part(value, path)
        if part is not None and not ty.is_float(leaf):
            shadow = shadow_of(part)
            if shadow is not part:
                result = emit.insert(result, shadow, path)
    return result


def _part(value: Constant, path: tuple[int, ...]) -> Constant | None:
    """What a constant struct or array has at a path, if it is not all zero or undefined there."""
    for index in path:
        if not isinstance(value, ConstantAggregate):
            return None
        value = value.elements[index]
    return value


def _cleared(
    emit: Builder, layout: Layout, value: Value, offset: int, floats: list[Segment]
) -> Value:
    """A scalar or vector that lies at an offset of the whole."""
    if ty.is_float(value.type):
        return zero(value.type)
    bits = 8 * layout.store_size(value.type)
    every = mask = (1 << bits) - 1
    for segment in floats:
        if isinstance(segment.kind, FloatType) and offset <= segment.offset < offset + bits // 8:
            mask &= ~(((1 << 8 * segment.size) - 1) << 8 * (segment.offset - offset))
    if mask == every or isinstance(value.type, ty.PointerType):
        return value
    if isinstance(value.type, ty.IntType):
        return emit.binary("and", value, const_int(value.type, mask & (1 << value.type.bits) - 1))
    word = ty.int_type(bits)
    number = emit.binary("and", emit.cast("bitcast", value, word), const_int(word, mask))
    return emit.cast("bitcast", number, value.type)
