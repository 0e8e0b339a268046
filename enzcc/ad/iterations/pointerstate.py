"""Which pointers a step of a loop moves about in its state.

What a driver saves and restores are bytes of the primal; where pointers change from step to step,
their shadows have to change with them. Where a step exchanges pointers between places that are
known (`t = s->from; s->from = s->to; s->to = t`), the run-time library finds the shadow that
belongs to each (`runtime/loops/checkpoint.c`). Other steps that store pointers are refused.

Where a struct is assigned, or memory is copied, the pointers in it move, too. Which these are is
told by the copy itself, by the types of variables and of the addresses that are calculated, and by
loads of pointers from there.
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
from enzcc.markers.fit import leaves
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
    before = -1
    while walk.known() > before:  # what is learnt may say more of what has been passed
        before = walk.known()
        walk.moves = Moves()
        walk.visit(function, given, 0)
    return walk.moves


@final
class _Walk:
    def __init__(self, module: Module) -> None:
        self.module, self.tracer = module, Tracer(module)
        self.moves = Moves()
        self.pointers: set[Place] = set()  # where pointers lie
        self.copies: dict[tuple[Alloca, int], set[Address] | None] = {}  # pointers in own structs
        self.untracked = False  # own memory that a callee writes to

    def known(self) -> int:
        """How much has been learnt; grows."""
        return len(self.pointers) + sum(2 if c is None else len(c) for c in self.copies.values())

    def visit(self, function: Function, given: _Given, depth: int) -> None:
        for inst in function.instructions():
            match inst:
                case Store() if isinstance(inst.value.type, ty.PointerType):
                    self._store(inst, given)
                case Load() if isinstance(inst.type, ty.PointerType):
                    for place in self._value(inst.pointer, given, frozenset()) or ():
                        if isinstance(place, Place):
                            self.pointers.add(place)
                case GetElementPtr() if isinstance(inst.source, ty.StructType):
                    found = self._value(inst.base, given, frozenset()) or ()
                    for place in found:
                        if isinstance(place, Place):
                            for at in self._in_type(inst.source):
                                self.pointers.add(Place(place.base, place.offset + at))
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

    def _in_type(self, type: ty.Type) -> list[int]:  # noqa: A002 - LLVM's word
        return [at for at, leaf in leaves(self.module.layout, type) if ty.is_pointer(leaf)]

    def _copy(self, call: CallBase, given: _Given) -> None:
        """A struct is assigned, or memory copied: the pointers in it."""
        target, source = call.arguments[:2]
        where, whence = (self._value(p, given, frozenset()) for p in (target, source))
        moved = self._moved_by(call, (target, where), (source, whence))
        place = next(iter(where)) if where and len(where) == 1 else None
        for at in moved:
            what = self._copied(source, whence, at)
            if where == OWN:
                self._keep(target, at, what)
            elif isinstance(place, Place) and what:
                sources = self.moves.places.setdefault(Place(place.base, place.offset + at), {})
                sources.update(dict.fromkeys(s for s in what if not isinstance(s, Own)))
            else:
                self.moves.wrong = self.moves.wrong or call

    def _moved_by(
        self, call: CallBase, *sides: tuple[Value, frozenset[Address] | None]
    ) -> list[int]:
        """Where in the memory that is copied pointers lie."""
        found = {at for at, _, kind in struct_fields(self.module, call) if kind == "ptr"}
        for pointer, addresses in sides:
            base, start = self.tracer.split(pointer)
            if isinstance(base, Alloca) and start is not None:
                found.update(at - start for at in self._in_type(base.allocated))
            for address in addresses or ():
                if isinstance(address, Place):
                    found.update(
                        p.offset - address.offset for p in self.pointers if p.base == address.base
                    )
        size = self.tracer.integer(call.arguments[2])
        if size is None:  # as many bytes as a variable says
            if any(at >= 0 for at in found):
                self.moves.wrong = self.moves.wrong or call
            return []
        return sorted(at for at in found if 0 <= at < size)

    def _copied(
        self, pointer: Value, addresses: frozenset[Address] | None, at: int
    ) -> frozenset[Address] | None:
        """The pointers that may lie `at` bytes behind an address; None if that is not known."""
        if addresses is not None and len(addresses) == 1:
            (address,) = addresses
            if isinstance(address, Place):
                return frozenset({Held(Place(address.base, address.offset + at))})
        base, start = self.tracer.split(pointer)
        if addresses == OWN and isinstance(base, Alloca) and start is not None:
            kept = self.copies.get((base, start + at))
            return None if self.untracked or not kept else frozenset(kept)
        return None

    def _keep(self, pointer: Value, at: int, what: frozenset[Address] | None) -> None:
        """A pointer goes to memory of the step's own."""
        base, start = self.tracer.split(pointer)
        if not isinstance(base, Alloca) or start is None:
            self.untracked = True
            return
        kept = self.copies.setdefault((base, start + at), set())
        if what is None or Own() in what:
            self.copies[base, start + at] = None
        elif kept is not None:
            kept.update(what)

    def _store(self, store: Store, given: _Given) -> None:
        where = self._value(store.pointer, given, frozenset())
        if where == OWN:
            self._keep(store.pointer, 0, self._value(store.value, given, frozenset()))
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
                name = pointer.called
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
