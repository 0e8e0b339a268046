"""Which type of operand goes with which parameter, and which result with which declaration.

Operands must have the parameter's type. Only what C did on the way through `...` is undone
(float to double, small integers to int), and what no bit is lost by (pointers of two address
spaces, vectors of equal size). A result is fitted as a memory image: what the declared struct holds
at an offset must be of the kind that the derivative has there.
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from enzcc.ir.builder import float_value
from enzcc.ir.instructions import CallBase, Cast
from enzcc.ir.types import (
    ArrayType,
    FloatType,
    IntType,
    Layout,
    PointerType,
    StructType,
    Type,
    VectorType,
    array,
)
from enzcc.ir.types import struct as make_struct
from enzcc.ir.typetext import TypeReader
from enzcc.ir.values import ConstantFloat, Global, Value

if TYPE_CHECKING:
    from enzcc.ir import Module

_NAMES: Final = {
    "i1": "bool", "i8": "char", "i16": "short", "i32": "int", "i64": "long", "i128": "__int128",
    "half": "_Float16", "bfloat": "__bf16", "float": "float", "double": "double",
    "x86_fp80": "long double", "fp128": "long double", "ppc_fp128": "long double",
    "void": "void", "ptr": "a pointer",
}  # fmt: skip

_WATCHED_WIDENING: Final = "llvm.experimental.constrained.fpext."
"""How `-frounding-math` has it."""


def spoken(type: Type) -> str:
    """A type in the words of a C program."""
    if isinstance(type, PointerType):
        return "a pointer"
    if isinstance(type, VectorType):
        return f"a vector of {type.count} x '{_NAMES.get(type.element.text, type.element.text)}'"
    if isinstance(type, StructType):
        fields = ", ".join(_bare(f) for f in type.fields or ())
        return f"a struct of ({fields})"
    if isinstance(type, ArrayType):
        return f"an array of {type.count} x {_bare(type.element)}"
    return f"'{_NAMES.get(type.text, type.text)}'"


def _bare(type: Type) -> str:
    return spoken(type).removeprefix("a ").removeprefix("an ").strip("'")


def attribute_type(module: Module, attributes: str, name: str) -> Type | None:
    """The type in `byval(%T)`, `sret(%T)` and the like."""
    start = attributes.find(name + "(")
    if start < 0:
        return None
    reader = TypeReader()
    reader.named = module.named_types
    return reader.at(attributes, start + len(name) + 1)[0]


def indirect_type(module: Module, attributes: str) -> Type | None:
    """The struct that is passed by value in memory behind a pointer with those attributes."""
    return attribute_type(module, attributes, "byval")


def convert(value: Value, type: Type, *, narrow: bool) -> str | None:
    """The opcode that casts the operand to that type: "" if it has it, None if nothing does."""
    given = value.type
    if given is type:
        return ""
    match given, type:
        case PointerType(), PointerType():
            return "addrspacecast"
        case VectorType(), VectorType() if _bits(given) == _bits(type):
            return "bitcast"
        case IntType(), IntType() if narrow and type.bits < given.bits:
            if type.bits == 1 or (given.bits == 32 and type.bits < 32):
                return "trunc"
        case FloatType(), FloatType() if narrow and type.bits < given.bits:
            if (narrower := _widened(value)) is not None:
                return "fptrunc" if narrower.type is type else None
            if isinstance(value, ConstantFloat) and _is_exact(value, type):
                return "fptrunc"
    return None


def _widened(value: Value) -> Value | None:
    """The float that C has made one of more bits."""
    match value:
        case Cast(opcode="fpext"):
            return value.operands[0]
        case CallBase(callee=Global(name=name)) if name.startswith(_WATCHED_WIDENING):
            return value.arguments[0]
    return None


def _bits(type: VectorType) -> int:
    element = type.element
    bits = element.bits if isinstance(element, IntType | FloatType) else 64
    return bits * type.count


def _is_exact(value: ConstantFloat, type: FloatType) -> bool:
    number = float_value(value)
    code = {"float": "<f", "half": "<e"}.get(type.text)
    if number is None or code is None:
        return False
    try:
        return bool(struct.unpack(code, struct.pack(code, number))[0] == number)
    except OverflowError:
        return False


def leaves(layout: Layout, type: Type, at: int = 0) -> Iterator[tuple[int, Type]]:
    """Each scalar in a type, with its offset."""
    match type:
        case StructType():
            for start, field in zip(layout.offsets(type), type.fields or (), strict=False):
                yield from leaves(layout, field, at + start)
        case ArrayType():
            size = layout.size(type.element)
            for i in range(type.count):
                yield from leaves(layout, type.element, at + i * size)
        case VectorType():
            size = layout.store_size(type.element)
            for i in range(type.count):
                yield from leaves(layout, type.element, at + i * size)
        case _:
            yield at, type


def spread_out(type: Type) -> Type:
    """The type as C lays it out: a vector that fits into a register of eight bytes is what the ABI
    makes of floats, which lie one behind the other and are aligned as such."""
    match type:
        case VectorType() if isinstance(type.element, FloatType) and _bits(type) <= 64:
            return array(type.element, type.count)
        case ArrayType():
            return array(spread_out(type.element), type.count)
        case StructType() if type.fields is not None:
            fields = tuple(spread_out(f) for f in type.fields)
            return type if fields == type.fields else make_struct(fields)
    return type


def holds(layout: Layout, declared: Type, actual: Type, *, coerced: bool) -> bool:
    """Can memory of the declared type be read as holding the actual one?

    With `coerced`, the ABI may have replaced fields of the declared struct by integers.
    """
    if layout.size(declared) < layout.size(actual):
        return False
    if isinstance(declared, IntType | FloatType) and isinstance(actual, IntType | FloatType):
        return declared is actual
    places, wanted = dict(leaves(layout, declared)), dict(leaves(layout, actual))
    for at, leaf in wanted.items():
        place = places.get(at)
        if place is leaf:
            continue
        if coerced and _in_integer(layout, places, at, leaf):
            continue
        if isinstance(leaf, IntType) and _is_made_of(layout, places, at, leaf):
            continue
        if coerced and _is_beside_a_half(places, wanted, at, leaf):
            continue
        return False
    return True


def _is_made_of(layout: Layout, places: dict[int, Type], at: int, leaf: IntType) -> bool:
    """Is the integer what the ABI makes of an integer and other smaller fields?"""
    end = at + layout.store_size(leaf)
    inside = [(p, t) for p, t in places.items() if at <= p < end]
    return (
        len(inside) > 1
        and any(isinstance(t, IntType) for _, t in inside)
        and all(p + layout.store_size(t) <= end for p, t in inside)
    )


def _is_beside_a_half(
    places: dict[int, Type], wanted: dict[int, Type], at: int, leaf: Type
) -> bool:
    """Does a `float` share a register with a `_Float16`? The ABI makes halves of both."""
    if leaf.text != "float" or any(places.get(p, leaf).text != "half" for p in (at, at + 2)):
        return False
    start = at // 8 * 8
    return any(wanted.get(p, leaf).text == "half" for p in range(start, start + 8, 2))


def _in_integer(layout: Layout, places: dict[int, Type], at: int, leaf: Type) -> bool:
    """Does the leaf lie in an integer of register size, or share one (i32 and i32 in an i64)?"""
    size = layout.store_size(leaf)
    for start, place in places.items():
        if start <= at and at + size <= start + layout.store_size(place):
            return isinstance(place, IntType) and (place.bits > 32 or isinstance(leaf, IntType))
    return False
