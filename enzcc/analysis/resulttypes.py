"""What lies in the words in which a function of the program returns a struct.

    struct { int k; float f; double d; } f(double x)
    %r = alloca %struct.s
    ...
    %v = load { i64, double }, ptr %r
    ret { i64, double } %v

The optimised function returns a number for the first two fields, where they are constant: nothing
in it tells that one of them is a float. The unoptimised one has the struct in a variable. (Unions
tell nothing, for what was written there last may be any member.)
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Iterator

from enzcc.analysis.nodes import carries
from enzcc.ir import types as ty
from enzcc.ir.function import Function
from enzcc.ir.instructions import Alloca, CallBase, GetElementPtr, Load, Return
from enzcc.ir.types import Layout, Type
from enzcc.ir.values import Value, is_zero

_MOST_FIELDS = 64
"""Of a struct that is returned in registers; on all targets it has fewer."""


def declared_result(function: Function, layout: Layout) -> list[tuple[int, Type]]:
    """(offset, type) of the numbers in the struct that unoptimised code returns in words; none
    where it returns something else."""
    if not carries(function.type.result):
        return []
    found: dict[Type, None] = {}
    for block in function.blocks:
        last = block.instructions[-1]
        if isinstance(last, Return):
            (value,) = last.operands
            if not isinstance(value, Load):
                return []
            variable = _variable(value.pointer)
            if variable is None:
                return []
            found[variable.allocated] = None
    fields = [] if len(found) != 1 else list(_numbers(layout, next(iter(found)), 0))
    return fields if len(fields) <= _MOST_FIELDS else []


def _variable(pointer: Value) -> Alloca | None:
    """The variable that begins at an address; that of the program, if it was copied into one whose
    type is that of the registers."""
    while isinstance(pointer, GetElementPtr) and all(map(is_zero, pointer.indices)):
        pointer = pointer.base
    if not isinstance(pointer, Alloca):
        return None
    for user in pointer.users:
        if isinstance(user, CallBase) and user.called.startswith("llvm.memcpy."):
            to, source = user.arguments[:2]
            if to is pointer and not _has_name(pointer.allocated):
                return _variable(source)
    return pointer


def _has_name(type: Type) -> bool:
    return isinstance(type, ty.StructType) and bool(type.name)


def _numbers(layout: Layout, type: Type, at: int) -> Iterator[tuple[int, Type]]:
    """The numbers in a type, but those in unions."""
    match type:
        case ty.StructType() if not (type.name or "").startswith("union."):
            for start, field in zip(layout.offsets(type), type.fields or (), strict=False):
                yield from _numbers(layout, field, at + start)
        case ty.ArrayType() if type.element is not ty.I8:  # bytes of who knows what
            size = layout.size(type.element)
            for i in range(min(type.count, _MOST_FIELDS + 1)):
                yield from _numbers(layout, type.element, at + i * size)
        case ty.IntType() | ty.FloatType():
            yield at, type
        case ty.VectorType() if ty.is_float(type):
            yield at, type
