"""Which parameters of a function are pieces of one C struct that the ABI passes in registers; and
which struct is returned as an integer.

The frontend puts the pieces together where the function begins, so they are found by the stack slot
that they are stored to:

    define double @use(double %0, i64 %1, ptr %2)  ; struct pair { double a; long n; } p, double *x
      %p = alloca %struct.pair
      %a = getelementptr { double, i64 }, ptr %p, i32 0, i32 0
      store double %0, ptr %a                          ; %0 and %1 are pieces of one struct.pair
      %n = getelementptr { double, i64 }, ptr %p, i32 0, i32 1
      store i64 %1, ptr %n
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, final

from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    Alloca,
    CallBase,
    Cast,
    GetElementPtr,
    Instruction,
    Load,
    Return,
    Store,
)
from enzcc.ir.module import Module
from enzcc.ir.names import quoted
from enzcc.ir.types import ArrayType, FloatType, IntType, Layout, PointerType, StructType, Type
from enzcc.ir.values import Argument, Global, Value
from enzcc.markers.fit import leaves
from enzcc.markers.slots import is_copy
from enzcc.markers.trace import Tracer
from enzcc.markers.words import contains
from enzcc.patterns import pattern

_STRUCT_SLOT: Final = pattern(r"^  %\S+ = alloca [%{]", re.MULTILINE)
_SCALAR_SLOT: Final = pattern(r"^  (%\S+) = alloca (?!inalloca )[a-z]", re.MULTILINE)


@final
@dataclass(frozen=True)
class Group:
    """Parameters from `first` on that make up one value of the source, at these offsets in it.

    `whole` is the struct; None for an ordinary parameter.
    """

    first: int
    offsets: tuple[int, ...]
    whole: Type | None

    @property
    def count(self) -> int:
        """How many parameters they are."""
        return len(self.offsets)

    def carries(self, layout: Layout, index: int, param: Type) -> bool:
        """Does the parameter hold floating numbers or pointers, if only as an integer's bits?"""
        if self.whole is None:
            return any(isinstance(t, FloatType | PointerType) for _, t in leaves(layout, param))
        start = self.offsets[index - self.first]
        end = start + layout.store_size(param)
        return any(
            start <= at < end and isinstance(leaf, FloatType | PointerType)
            for at, leaf in leaves(layout, self.whole)
        )


def interface(module: Module, name: str) -> Function:
    """The function of that name; its body is read only where a parameter may be a piece, or what it
    returns a struct."""
    function = module.interface(name)
    if function.blocks:
        return function
    text = module.body_text(name)
    if _may_have_pieces(function, text) or (
        contains(function.type.result, IntType) and _STRUCT_SLOT.search(text)
    ):
        return module.function(name)
    return function


def returned(function: Function, tracer: Tracer) -> Type:
    """What a function returns: the struct that the ABI makes integers of, if it is one whose memory
    is loaded as a whole; no type tag tells of such a load."""
    result = function.type.result
    size = tracer.layout.size
    for block in function.blocks:
        last = block.instructions[-1]
        value = last.operands[0] if isinstance(last, Return) and last.operands else None
        if isinstance(value, Load) and contains(result, IntType) and value.metadata("tbaa") is None:
            slot, offset = tracer.split(value.pointer)
            whole = _struct(slot, 0) if isinstance(slot, Alloca) else None
            if isinstance(whole, StructType) and offset == 0 and size(result) >= size(whole):
                return whole
    return result


def _may_have_pieces(function: Function, text: str) -> bool:
    """Does a parameter go to another place than a stack slot of its own, which holds no struct and
    is not copied? True where the text does not tell."""
    slots = set(_SCALAR_SLOT.findall(text))
    copies = [line for line in text.split("\n") if "@llvm.mem" in line]
    for arg in function.args:
        spelled = re.escape(quoted(arg.name))
        stored = re.findall(rf"^  store [^\n]* %{spelled}, ptr (.*)$", text, re.MULTILINE)
        for place in stored:
            slot = place.split(",")[0]
            if slot not in slots or any(f" {slot}," in line for line in copies):
                return True
    return False


def groups(function: Function, tracer: Tracer) -> list[Group]:
    """For each parameter the group that it belongs to."""
    slots = [_slot(arg, tracer) for arg in function.args]
    out: list[Group] = []
    while len(out) < len(slots):
        first = len(out)
        found = slots[first]
        end = first + 1
        if found is not None:
            while end < len(slots) and (more := slots[end]) is not None and more[0] is found[0]:
                end += 1
        offsets = tuple(slot[1] if slot is not None else 0 for slot in slots[first:end])
        whole = None if found is None else _struct(found[0])
        out += [Group(first, offsets, whole)] * (end - first)
    return out


def _slot(arg: Argument, tracer: Tracer) -> tuple[Alloca, int] | None:
    """The struct in the stack that the parameter is a piece of, and where it lies in it."""
    if len(arg.users) != 1:
        return None
    (user,) = arg.users
    if not isinstance(user, Store) or user.value is not arg:
        return None
    base, offset = tracer.split(user.pointer)
    if not isinstance(base, Alloca) or offset is None or _struct(base) is None:
        return None
    return base, offset


def _struct(slot: Alloca, other: int = 1) -> Type | None:
    """The struct in a slot; where types differ, in that to which it is copied (`other` is 0: from
    which)."""
    for user in slot.users:
        if isinstance(user, CallBase) and is_copy(user) and user.arguments[other] is slot:
            copied = user.arguments[1 - other]
            if isinstance(copied, Alloca) and isinstance(copied.allocated, StructType):
                return copied.allocated
    return slot.allocated if isinstance(slot.allocated, StructType | ArrayType) else None


def are_pieces(values: list[Value], attributes: list[str], group: Group, tracer: Tracer) -> bool:
    """Are these arguments of a call the pieces of one struct, too?

    The frontend marks ordinary values as `noundef`; the parts of a complex number (a struct without
    a name) bear the mark but come from one temporary, there for this call alone: `creal(z)` and
    `cimag(z)` are loads of a variable.
    """
    if not any("noundef" in text for text in attributes):
        return True
    if isinstance(group.whole, StructType) and group.whole.name is not None:
        return False
    loads = [v for v in values if isinstance(v, Load)]
    places = [tracer.split(load.pointer) for load in loads]
    if len(loads) < len(values) or not _is_temporary(places[0][0], loads):
        return False
    start = places[0][1]
    if start is None:
        return False
    base, start = places[0][0], start - group.offsets[0]
    return places == [(base, start + offset) for offset in group.offsets]


def _is_temporary(slot: Value, loads: list[Load]) -> bool:
    """Is it a slot that is read by these loads alone, just after it was set, and no variable of the
    source? Loads of variables have type tags, and the words of the call are loaded before."""
    if not isinstance(slot, Alloca) or any(load.metadata("tbaa") for load in loads):
        return False
    read: list[Instruction] = []
    work: list[Instruction] = [slot]
    while work:
        pointer = work.pop()
        for user in pointer.users:
            match user:
                case Load():
                    read.append(user)
                case GetElementPtr() | Cast(opcode="addrspacecast" | "bitcast"):
                    work.append(user)
                case Store() if user.value is not pointer:
                    pass
                case CallBase(callee=Global(name=name)) if name.startswith("llvm.lifetime."):
                    pass
                case _:
                    return False
    return len(read) == len(loads) and all(load in loads for load in read) and _is_just_set(loads)


def _is_just_set(loads: list[Load]) -> bool:
    """Stands nothing but addresses between a store and these loads?"""
    block = loads[0].block
    assert block is not None
    before = block.instructions[: block.place_of(loads[0])]
    last = next((inst for inst in reversed(before) if not isinstance(inst, GetElementPtr)), None)
    return isinstance(last, Store)
