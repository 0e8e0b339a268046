"""Seeds that the shadows of pointers displace, in memory that others see (`runtime/aside.c`).

    *p = pointer     what lies at dp is set aside, then *dp = shadow of the pointer
    *p = number      what was set aside comes back: the seed of that number

and backwards, where a pointer was stored that has stayed there, *dp begins with zero. Local memory
has no seeds, and notes where that is not enough (`analysis/noted.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from enzcc.ad.neutral import leaves
from enzcc.analysis.activity import Shadowing
from enzcc.analysis.nodes import CONFLICT, POINTER, Node
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.instructions import Store
from enzcc.ir.types import Type
from enzcc.ir.values import Value

if TYPE_CHECKING:
    from enzcc.ad.adjoints import Adjoints
    from enzcc.ad.reverse import Reverse

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

    def put(self, inst: Store) -> None:
        """A pointer is about to be stored in shadow memory."""
        for offset in self._pointers(inst):
            if not self._is_displacing(inst, offset):
                continue
            if self._reverse.engine.again:  # the table is nothing that could be differentiated
                if ty.FLOAT.text in self._kinds_at(inst, offset):
                    raise self._reverse.unknown_kind(inst, (CONFLICT,))
                continue
            shadow, primal = self._reverse.shadow(inst.pointer), self._reverse.of(inst.pointer)
            self._call(self._reverse.emit, "put_aside", inst, offset, shadow, primal)

    def bring_back(self, inst: Store) -> None:
        """A number is stored."""
        if not self._nodes or self._reverse.engine.again:
            return
        for offset, part in self._parts(inst.value.type):
            size = self._layout.store_size(part)
            if ty.is_float(part) and self._may_be_displaced(inst, offset, size):
                shadow, primal = self._reverse.shadow(inst.pointer), self._reverse.of(inst.pointer)
                emit = self._reverse.emit
                self._call(emit, "bring_back", inst, offset, shadow, primal, size)

    def end(self, adjoints: Adjoints, inst: Store) -> None:
        """The adjoint of a store of a pointer."""
        if not self._nodes or self._reverse.engine.again:
            return
        for offset in self._pointers(inst):
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
        size: int | None = None,
    ) -> None:
        by = const_int(ty.I64, offset)
        mixed = self._reverse.is_mixed(inst.pointer)
        arguments = [emit.offset(shadow, by), emit.offset(primal, by) if mixed else zero(ty.PTR)]
        arguments += [] if size is None else [const_int(ty.I64, size)]
        type_ = ty.function(ty.VOID, tuple(argument.type for argument in arguments))
        emit.call(self._reverse.helper(f"__enzcc_{name}", type_), type_, arguments)

    def _displaced(self) -> frozenset[Node]:
        """The objects in which pointers are stored where numbers may lie."""
        return frozenset(
            place.unfolded()[0]
            for function in self._objects.functions.values()
            for inst in function.instructions()
            if isinstance(inst, Store)
            for offset in self._pointers(inst)
            if self._is_displacing(inst, offset)
            for place in self._objects.places_behind(inst.pointer)
        )

    def _pointers(self, inst: Store) -> list[int]:
        """Where a store has pointers."""
        if isinstance(inst.value.type, ty.IntType):
            return [0] if self._reverse.is_told_pointer(inst) else []
        parts = self._parts(inst.value.type)
        return [offset for offset, part in parts if isinstance(part, ty.PointerType)]

    def _parts(self, whole: Type) -> list[tuple[int, Type]]:
        return [(self._objects.path_offset(whole, path), part) for path, part in leaves(whole)]

    def _is_displacing(self, inst: Store, offset: int) -> bool:
        return self._has_seeds(inst) and not ty.FLOATS.keys().isdisjoint(
            self._kinds_at(inst, offset)
        )

    def _may_be_displaced(self, inst: Store, offset: int, size: int) -> bool:
        nodes = self._objects.nodes_behind(inst.pointer)
        if self._nodes.isdisjoint(nodes) or not self._has_seeds(inst):
            return False
        return POINTER in self._kinds_at(inst, offset, size)

    def _has_seeds(self, inst: Store) -> bool:
        pointer = inst.pointer
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
