"""Which pointers a step of a loop moves about in its state.

What a driver saves and restores are bytes of the primal; where pointers change from step to step,
their shadows have to change with them. Where a step exchanges pointers between places that are
known (`t = s->from; s->from = s->to; s->to = t`), the run-time library finds the shadow that
belongs to each (`runtime/loops/checkpoint.c`). Other steps that store pointers are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias, final

from enzcc.analysis.tbaa import struct_fields
from enzcc.ir import types as ty
from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    Alloca,
    CallBase,
    Cast,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Select,
    Store,
)
from enzcc.ir.module import Module
from enzcc.ir.values import Argument, ConstantExpression, Global, Value, is_zero
from enzcc.markers.trace import Tracer
from enzcc.rules import ALLOCATORS

_DEPTH = 16


@final
@dataclass(frozen=True)
class Place:
    """An address: a parameter of the step, by its number, or a variable, and bytes behind it."""

    base: int | str
    offset: int


@final
@dataclass(frozen=True)
class Held:
    """The pointer that lies at a place."""

    place: Place


@final
@dataclass(frozen=True)
class Own:
    """Memory that the step has for itself."""


Address: TypeAlias = Place | Held | Own
OWN: Final[frozenset[Address]] = frozenset({Own()})
_Given: TypeAlias = dict[Argument, frozenset[Address] | None]


@final
@dataclass
class Moves:
    """The places at which a step stores pointers, and what it stores there: pointers that lay at
    other places, or addresses. `wrong`: a store of which that is not known."""

    places: dict[Place, dict[Place | Held, None]] = field(default_factory=dict)
    wrong: Instruction | None = None


def moved_pointers(module: Module, step: str) -> Moves:
    """What a step, and what it calls, does to pointers in memory from outside."""
    walk = _Walk(module)
    function = module.function(step)
    given: _Given = {a: frozenset({Place(a.index, 0)}) for a in function.args}
    walk.visit(function, given, 0)
    return walk.moves


@final
class _Walk:
    def __init__(self, module: Module) -> None:
        self.module, self.tracer = module, Tracer(module)
        self.moves = Moves()

    def visit(self, function: Function, given: _Given, depth: int) -> None:
        for inst in function.instructions():
            match inst:
                case Store() if isinstance(inst.value.type, ty.PointerType):
                    self._store(inst, given)
                case CallBase() if isinstance(inst.callee, Global):
                    name = inst.callee.name
                    if name.startswith(("llvm.memcpy.", "llvm.memmove.")):
                        self._copy(inst, given)
                    elif self.module.defines(name):
                        self._call(inst, self.module.function(name), given, depth)

    def _call(self, call: CallBase, callee: Function, given: _Given, depth: int) -> None:
        if depth > _DEPTH:
            if any(_stores_pointer(i) for i in callee.instructions()):
                self.moves.wrong = self.moves.wrong or call
            return
        inner: _Given = {
            formal: self._value(actual, given, frozenset()) if ty.is_pointer(actual.type) else None
            for formal, actual in zip(callee.args, call.arguments, strict=False)
        }
        self.visit(callee, inner, depth + 1)

    def _copy(self, call: CallBase, given: _Given) -> None:
        """A struct is assigned: are there pointers in it?"""
        pointers = any(kind == "ptr" for _, _, kind in struct_fields(self.module, call))
        if pointers and self._value(call.arguments[0], given, frozenset()) != OWN:
            self.moves.wrong = self.moves.wrong or call

    def _store(self, store: Store, given: _Given) -> None:
        where = self._value(store.pointer, given, frozenset())
        if where == OWN:
            return
        place = next(iter(where)) if where and len(where) == 1 else None
        if not isinstance(place, Place):
            if not is_zero(store.value):
                self.moves.wrong = self.moves.wrong or store
            return
        what = self._value(store.value, given, frozenset())
        if what is None:
            self.moves.wrong = self.moves.wrong or store
            return
        sources = self.moves.places.setdefault(place, {})
        for source in what:
            if isinstance(source, Own):
                self.moves.wrong = self.moves.wrong or store
            else:
                sources[source] = None

    def _value(
        self, pointer: Value, given: _Given, seen: frozenset[Value]
    ) -> frozenset[Address] | None:
        """What a pointer may be, None if that is not known; null is nothing."""
        if is_zero(pointer) or pointer in seen:
            return frozenset()
        seen |= {pointer}
        match pointer:
            case Argument():
                return given.get(pointer)
            case Global():
                return frozenset({Place(pointer.name, 0)})
            case GetElementPtr() | ConstantExpression(opcode="getelementptr"):
                base, offset = self.tracer.split(pointer)
                return _moved(self._value(base, given, seen), offset)
            case Cast(opcode="bitcast" | "addrspacecast"):
                return self._value(pointer.operands[0], given, seen)
            case Alloca():
                return frozenset({Own()})
            case CallBase():
                name = pointer.callee.name if isinstance(pointer.callee, Global) else ""
                return frozenset({Own()}) if name in ALLOCATORS else None
            case Phi():
                return self._union(list(pointer.operands), given, seen)
            case Select():
                return self._union(pointer.operands[1:], given, seen)
            case Load() if isinstance(pointer.pointer, Alloca):
                slot = pointer.pointer
                stored = [u for u in slot.users if isinstance(u, Store)]
                if not stored or any(u.pointer is not slot for u in stored):
                    return None
                return self._union([u.value for u in stored], given, seen)
            case Load():
                where = self._value(pointer.pointer, given, seen)
                places = [p for p in where or () if isinstance(p, Place)]
                if len(places) != 1 or len(where or ()) != 1:
                    return None
                return frozenset({Held(places[0])})
        return None

    def _union(
        self, values: list[Value], given: _Given, seen: frozenset[Value]
    ) -> frozenset[Address] | None:
        found: set[Address] = set()
        for value in values:
            one = self._value(value, given, seen)
            if one is None:
                return None
            found |= one
        return frozenset(found)


def _moved(found: frozenset[Address] | None, by: int | None) -> frozenset[Address] | None:
    """Addresses so many bytes behind others."""
    if found is None or found <= OWN or by == 0:
        return found
    if by is None or not all(isinstance(a, Place) for a in found):
        return None
    return frozenset(Place(a.base, a.offset + by) for a in found if isinstance(a, Place))


def _stores_pointer(inst: Instruction) -> bool:
    return isinstance(inst, Store) and ty.is_pointer(inst.value.type)
