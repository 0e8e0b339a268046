"""Seeds that the shadows of pointers displace, in memory that others see (`runtime/aside.c`).

    *p = pointer     what lies at dp is set aside, then *dp = shadow of the pointer
    *p = number      what was set aside comes back: the seed of that number; what was not, but is an
                     address, is the shadow of a pointer from before, and no seed of a float
    memcpy           one or the other, cell by cell; memset: zeros are numbers

and backwards, where a pointer was stored that has stayed there, *dp begins with zero. Local memory
has no seeds, and notes where that is not enough (`analysis/noted.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from enzcc.ad.modes.neutral import leaves
from enzcc.analysis.activity import Shadowing
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.nodes import CONFLICT, POINTER, Node
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.instructions import CallBase, Store
from enzcc.ir.types import Type
from enzcc.ir.values import Value

if TYPE_CHECKING:
    from enzcc.ad.modes.adjoints import Adjoints
    from enzcc.ad.modes.reverse import Reverse

LARGEST = 16
"""Bytes of the largest number."""


@final
class Aside:
    """What one derivative sets aside."""

    def __init__(self, reverse: Reverse) -> None:
        self._reverse, self._activity = reverse, reverse.activity
        self._objects, self._layout = reverse.objects, reverse.layout
        displaced = reverse.engine.displaced
        if self._activity not in displaced:
            displaced[self._activity] = self._displaced()
        self._nodes: frozenset[Node] = displaced[self._activity]

    def put(self, inst: Store, stored: Value) -> None:
        """A pointer is about to be stored in shadow memory: `stored`, or what holds it."""
        for offset, path in self._pointers(inst):
            if not self._is_displacing(inst, offset):
                continue
            if self._reverse.engine.again:  # the table is nothing that could be differentiated
                if ty.FLOAT.text in self._kinds_at(inst, offset) or self._comes_back(inst):
                    raise self._reverse.unknown_kind(inst, (CONFLICT,))
                continue
            emit = self._reverse.emit
            shadow, primal = self._reverse.shadow(inst.pointer), self._reverse.of(inst.pointer)
            pointer = emit.extract(stored, path, ty.PTR) if path else stored
            if isinstance(pointer.type, ty.IntType):
                pointer = emit.cast("inttoptr", pointer, ty.PTR)
            self._call(emit, "put_aside", inst, offset, shadow, primal, pointer)

    def bring_back(self, inst: Store) -> None:
        """A number is stored."""
        for offset, part in self._parts(inst.value.type):
            if not ty.is_float(part):
                continue
            emit, size = self._reverse.emit, self._layout.store_size(part)
            shadow, primal = self._reverse.shadow(inst.pointer), self._reverse.of(inst.pointer)
            if self._may_be_displaced(inst, offset, size) and not self._reverse.engine.again:
                amount = const_int(ty.I64, size)
                self._call(emit, "bring_back", inst, offset, shadow, primal, amount)
            for at in self._from_before(inst, offset, part):
                if self._reverse.engine.again:
                    if element_of(part) is ty.DOUBLE:  # next to nothing, and not copied in bulk
                        continue
                    raise self._reverse.unknown_kind(inst, (CONFLICT,))
                self._call(emit, "end_pointer", inst, at, shadow, primal)

    def is_copied_to(self, inst: CallBase) -> bool:
        """May a copy in bulk, of cells that hold a double or a pointer, displace seeds?"""
        displacing = bool(self._nodes) and self._is_copying(inst)
        if displacing and self._reverse.engine.again:
            raise self._reverse.unknown_kind(inst, (CONFLICT,))
        return displacing

    def end(self, adjoints: Adjoints, inst: Store) -> None:
        """The adjoint of a store of a pointer."""
        if not self._nodes or self._reverse.engine.again:
            return
        for offset, _ in self._pointers(inst):
            if self._is_displacing(inst, offset):
                for _ in self._reverse.shadows.each():
                    pointer = inst.pointer
                    mixed = self._reverse.is_mixed(pointer)
                    primal = adjoints.primal(pointer) if mixed else pointer
                    shadow = adjoints.shadow(pointer)
                    self._call(adjoints.emit, "end_aside", inst, offset, shadow, primal)

    def _call(
        self,
        emit: Builder,
        name: str,
        inst: Store,
        offset: int,
        shadow: Value,
        primal: Value,
        *more: Value,
    ) -> None:
        by = const_int(ty.I64, offset)
        mixed = self._reverse.is_mixed(inst.pointer)
        arguments = [emit.offset(shadow, by), emit.offset(primal, by) if mixed else zero(ty.PTR)]
        arguments += more
        type_ = ty.function(ty.VOID, tuple(argument.type for argument in arguments))
        emit.call(self._reverse.helper(f"__enzcc_{name}", type_), type_, arguments)

    def _displaced(self) -> frozenset[Node]:
        """The objects in which pointers are put where numbers may lie."""
        found = set[Node]()
        for function in self._objects.functions.values():
            for inst in function.instructions():
                if isinstance(inst, Store):
                    if any(self._is_displacing(inst, offset) for offset, _ in self._pointers(inst)):
                        places = self._objects.places_behind(inst.pointer)
                        found.update(place.unfolded()[0] for place in places)
                elif isinstance(inst, CallBase) and self._is_copying(inst):
                    found.update(self._objects.nodes_behind(inst.arguments[0]))
        return frozenset(found)

    def _is_copying(self, inst: CallBase) -> bool:
        if self._activity.kind_of_call(inst) is not CallKind.COPY:
            return False
        to = inst.arguments[0]
        return self._has_seeds(to) and any(
            POINTER in cell.strong and ty.DOUBLE.text in cell.strong
            for node in self._objects.nodes_behind(to)
            for cell in node.cells.values()
        )

    def _comes_back(self, inst: Store) -> bool:
        """Are numbers put where a pointer is stored?"""
        nodes = {p.unfolded()[0] for p in self._objects.places_behind(inst.pointer)}
        for function in self._objects.functions.values():
            for other in function.instructions():
                if not isinstance(other, Store) or not self._has_seeds(other.pointer):
                    continue
                if nodes.isdisjoint(self._objects.nodes_behind(other.pointer)):
                    continue
                for at, part in self._parts(other.value.type):
                    size = self._layout.store_size(part)
                    if ty.is_float(part) and POINTER in self._kinds_at(other, at, size):
                        return True
        return False

    def _from_before(self, inst: Store, offset: int, part: Type) -> list[int]:
        """Where pointers may have lain before that a number is stored over."""
        if element_of(part) not in (ty.FLOAT, ty.DOUBLE) or not self._has_seeds(inst.pointer):
            return []
        size, word = self._layout.store_size(part), self._layout.size(ty.PTR)
        found: dict[int, None] = {}
        for place in self._objects.places_behind(inst.pointer):
            node, start = place.moved(offset).unfolded()
            for at in range(1 - word, size):
                cell = node.cells.get(node.fold(start + at))
                if cell is not None and POINTER in cell.strong:
                    kinds = self._kinds_at(inst, offset + at) & ty.FLOATS.keys()
                    if kinds <= {ty.FLOAT.text, ty.DOUBLE.text}:
                        found[offset + at] = None
        return list(found)

    def _pointers(self, inst: Store) -> list[tuple[int, tuple[int, ...]]]:
        """Where a store has pointers: how far behind its address, and in its value."""
        if isinstance(inst.value.type, ty.IntType):
            return [(0, ())] if self._reverse.is_told_pointer(inst) else []
        return [
            (self._objects.path_offset(inst.value.type, path), path)
            for path, part in leaves(inst.value.type)
            if isinstance(part, ty.PointerType)
        ]

    def _parts(self, whole: Type) -> list[tuple[int, Type]]:
        return [(self._objects.path_offset(whole, path), part) for path, part in leaves(whole)]

    def _is_displacing(self, inst: Store, offset: int) -> bool:
        return self._has_seeds(inst.pointer) and not ty.FLOATS.keys().isdisjoint(
            self._kinds_at(inst, offset)
        )

    def _may_be_displaced(self, inst: Store, offset: int, size: int) -> bool:
        nodes = self._objects.nodes_behind(inst.pointer)
        if self._nodes.isdisjoint(nodes) or not self._has_seeds(inst.pointer):
            return False
        return POINTER in self._kinds_at(inst, offset, size)

    def _has_seeds(self, pointer: Value) -> bool:
        return (
            self._activity.shadowing(pointer) is not Shadowing.NONE
            and self._objects.may_be_outside(pointer)
            and self._activity.memory_active(pointer)
        )

    def _kinds_at(self, inst: Store, offset: int, size: int | None = None) -> set[str]:
        """The kinds of all that may lie in some of the bytes at times."""
        size = self._layout.size(ty.PTR) if size is None else size
        found = set[str]()
        for place in self._objects.places_behind(inst.pointer):
            node, start = place.moved(offset).unfolded()
            for at in range(1 - LARGEST, size):
                cell = node.cells.get(node.fold(start + at))
                found |= {k for k, n in (cell.strong if cell else {}).items() if at + n > 0}
        return found


def element_of(part: Type) -> Type:
    """The kind of number in a number or vector."""
    return part.element if isinstance(part, ty.VectorType) else part
