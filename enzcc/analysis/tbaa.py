"""Type evidence in type-based alias metadata: what C type an access has.

`!tbaa` tags are `!{base, access, offset}` with nodes `!{name, parent, offset}` (LLVM language
reference, "TBAA Metadata"); `!tbaa.struct` lists offset, size and tag of each field of a struct
that is copied whole.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache

from enzcc.analysis.cxxabi import OF_CLASS, VTABLE
from enzcc.ir import types as ty
from enzcc.ir.function import Function
from enzcc.ir.instructions import Cast, GetElementPtr, Instruction, Load, Phi, Select, Store
from enzcc.ir.module import Module
from enzcc.ir.values import Argument, ConstantInt, Value
from enzcc.patterns import pattern

FLOAT_NAMES = {
    "double": "double",
    "float": "float",
    "_Float16": "half",
    "__fp16": "half",
    "__bf16": "bfloat",
    "__float128": "fp128",
    "_Float128": "fp128",
}
_MADE_OF = pattern(r"_ZTS(?:St|NSt3__1)(?:5array|7complex)I([fd]).*")
_LETTERS = {"f": "float", "d": "double"}
STANDING_FOR = {"enzcc_shared": "_ZTSNSt3__119__shared_weak_countE"}
"""Structs of the run-time library that stand for C++ objects: a pointer to virtual functions comes
first."""
_ITEM = pattern(r'![0-9]+|!"(?:[^"\\]|\\.)*"|i64 -?[0-9]+')


def _items(module: Module, reference: str) -> tuple[str, ...]:
    return _words(module.metadata_text(reference))


@lru_cache(4096)
def _words(text: str) -> tuple[str, ...]:
    """The items of a node; those of large structs are asked for by each access."""
    return tuple(_ITEM.findall(text))


def access_name(module: Module, inst: Instruction) -> str | None:
    """The name of the scalar C type that an instruction accesses, None without a tag."""
    tag = inst.metadata("tbaa")
    name = None if tag is None else _tag_name(module, tag)
    return VTABLE if name is not None and name.startswith(OF_CLASS) else name


def accessed_class(module: Module, inst: Instruction) -> str | None:
    """The class through which an object's pointer to virtual functions is loaded, if it is known:
    the object is of that class, or of one derived from it."""
    tag = inst.metadata("tbaa")
    name = None if tag is None else _tag_name(module, tag)
    return name[len(OF_CLASS) :] if name is not None and name.startswith(OF_CLASS) else None


def _tag_name(module: Module, tag: str) -> str | None:
    items = _items(module, tag)
    if len(items) < 3 or not items[1].startswith("!"):
        return None
    if items[0] != items[1] and items[2] == "i64 0":
        base = _items(module, items[0])
        found = STANDING_FOR.get(base[0][2:-1]) if base else None
        if found is not None:
            return OF_CLASS + found
    node = _items(module, items[1])
    return node[0][2:-1] if node and node[0].startswith('!"') else None


def base_name(module: Module, inst: Instruction) -> str:
    """The name of the struct of which an access reads or writes a member, "" without a tag."""
    tag = inst.metadata("tbaa")
    items = [] if tag is None else _items(module, tag)
    if len(items) < 2 or not items[0].startswith("!") or items[0] == items[1]:
        return ""
    node = _items(module, items[0])
    return node[0][2:-1] if node and node[0].startswith('!"') else ""


def member_offset(module: Module, inst: Instruction) -> int:
    """Where in the struct that `base_name` names the access reads or writes a member."""
    tag = inst.metadata("tbaa")
    items = [] if tag is None else _items(module, tag)
    return int(items[2][4:]) if len(items) > 2 else 0


def kind_of_name(name: str | None) -> str | None:
    """ "double", ... for floats, "ptr", "int", or None where the name says nothing (char)."""
    if name is None or name in ("omnipotent char", "long double", VTABLE):
        return "ptr" if name == VTABLE else "x86_fp80" if name == "long double" else None
    if name in FLOAT_NAMES:
        return FLOAT_NAMES[name]
    if name == "any pointer" or re.match(r"p[0-9]+ ", name) or name.endswith(" pointer"):
        return "ptr"
    return "int"


def access_kind(module: Module, inst: Instruction) -> str | None:
    """The kind of data that an instruction accesses, as far as its tag tells."""
    return kind_of_name(access_name(module, inst))


def is_loaded_bits(module: Module, value: Value) -> bool:
    """Is it a word that is loaded from where the program has a float?"""
    return isinstance(value, Load) and has_float(module, value, value.type, value.pointer)


def has_float(module: Module, access: Instruction, word: ty.Type, pointer: Value) -> bool:
    """Does the program have a float where a word is accessed? Its tag says so or, without one, that
    it is an element of an array of floats."""
    numbers: dict[ty.Type, ty.FloatType] = {ty.I32: ty.FLOAT, ty.I64: ty.DOUBLE}
    number = numbers.get(word)
    if number is None:
        return False
    kind = access_kind(module, access)
    while kind is None and isinstance(pointer, GetElementPtr):
        if pointer.source is number:
            return True
        pointer = pointer.base
    return kind == number.text


def pointee(name: str | None) -> tuple[int, str | None] | None:
    """What a pointer with this type name points to: over how many pointers, and which float.

    "p2 double" -> (1, "double"), "p3 node" -> (2, None); None where the name does not say.
    Arrays and complex numbers of the C++ library are what they consist of.
    """
    found = re.match(r"p([0-9]+) (.*)", name or "")
    if found is None:
        return None
    made_of = _MADE_OF.fullmatch(found[2])
    told = found[2] if made_of is None else _LETTERS[made_of[1]]
    return int(found[1]) - 1, FLOAT_NAMES.get(told)


def is_member(module: Module, number: Value) -> bool:
    """May it be a pointer to a member? These are words without a type of their own; tables of
    offsets may be of smaller integers."""
    if not isinstance(number.type, ty.IntType) or number.type.bits != 64:
        return False
    match number:
        case Cast(opcode="zext" | "sext", operands=[Load()]):
            return True
        case Load():
            return access_name(module, number) in (None, "omnipotent char", "long", "long long")
        case Phi() | Select():
            operands = number.operands if isinstance(number, Phi) else number.operands[1:]
            return all(isinstance(o, Load | Argument) and is_member(module, o) for o in operands)
    return isinstance(number, Argument)


def is_of_bytes(user: Instruction) -> bool:
    """Does it read or write less than a number?"""
    if not isinstance(user, Load | Store):
        return False
    moved = user.value.type if isinstance(user, Store) else user.type
    return isinstance(moved, ty.IntType) and moved.bits < 32


def is_char_member(module: Module, inst: Load | Store) -> bool:
    """Is it the access of a struct's member of type char? (Elements of arrays of char, in which
    anything may lie, and members of unions have tags that name no struct. A union that is a member
    is called a char itself, and moved as a word.)"""
    moved = inst.value if isinstance(inst, Store) else inst
    is_char = moved.type is ty.I8 and access_name(module, inst) == "omnipotent char"
    return is_char and base_name(module, inst) != ""


def declared_parameters(module: Module, function: Function) -> Iterator[tuple[int, str]]:
    """(index, type name) of the parameters that unoptimised code puts into tagged stack slots."""
    for inst in function.blocks[0].instructions:
        if isinstance(inst, Store) and isinstance(inst.value, Argument):
            name = access_name(module, inst)
            if name is not None:
                yield function.args.index(inst.value), name


def struct_fields(module: Module, inst: Instruction) -> Iterator[tuple[int, int, str]]:
    """(offset, size, kind) of each field in a copy's `!tbaa.struct` whose kind is known; what lies
    between two fields is no float."""
    tag = inst.metadata("tbaa.struct")
    if tag is None:
        return
    items = _items(module, tag)
    end = 0
    for i in range(0, len(items) - 2, 3):
        offset, size = int(items[i][4:]), int(items[i + 1][4:])
        kind = kind_of_name(_tag_name(module, items[i + 2]))
        if end < offset:
            yield end, offset - end, "int"
        if kind is not None:
            yield offset, size, kind
        end = max(end, offset + size)
    length = inst.operands[2] if len(inst.operands) > 2 else None
    if isinstance(length, ConstantInt) and end < length.value:
        yield end, length.value - end, "int"


def may_alias(module: Module, a: Instruction, b: Instruction) -> bool:
    """False if the tags of two accesses tell different scalar types (C's effective type rule)."""
    first, second = access_name(module, a), access_name(module, b)
    if first is None or second is None or "omnipotent char" in (first, second):
        return True
    one, two = kind_of_name(first), kind_of_name(second)
    if one == two == "ptr":
        return True
    return first == second


def array_members(
    module: Module, inst: Instruction, known: dict[str, list[tuple[int, int]]]
) -> Iterator[tuple[int, int]]:
    """(start, length) of the array members of the struct that an access is a member of, relative to
    the access; those of structs are `known` once they were asked for.

    A struct's node lists the offset of each member, an array standing there as its element: what
    lies between one member and the next, and is wider than the member's type, is an array.
    """
    tag = inst.metadata("tbaa")
    if tag is None:
        return
    items = _items(module, tag)
    if len(items) < 3 or items[0] == items[1]:
        return
    accessed = int(items[2][4:])
    if items[0] not in known:
        known[items[0]] = list(_arrays(module, items[0]))
    for start, length in known[items[0]]:
        yield start - accessed, length


def _arrays(module: Module, struct: str) -> Iterator[tuple[int, int]]:
    """(start, length) of the array members of a struct."""
    fields = _items(module, struct)[1:]
    members = [(int(fields[i + 1][4:]), fields[i]) for i in range(0, len(fields) - 1, 2)]
    for (start, reference), (following, _) in itertools.pairwise(members):
        size = _SIZES.get(_items(module, reference)[0][2:-1])
        if size is not None and following - start >= 2 * size:
            yield start, following - start


_SIZES = {
    "double": 8,
    "float": 4,
    "long": 8,
    "long long": 8,
    "int": 4,
    "short": 2,
    "any pointer": 8,
}
