"""Notes of what lies in cells that hold floats, doubles and pointers in turn (`analysis/noted.py`).

    r = *p       note(dp, br)             *dp += br, and that is what lies there
    *p = v       bv += take(dp)           what lay there before has no adjoint yet
    memcpy       backwards, each adjoint of which there is a note goes with it

The functions are those of `runtime/noted.c`.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from enzcc.analysis.nodes import NOTED, POINTER, Cells, Pointer, Segment
from enzcc.analysis.noted import Unit, noted_units, units_behind, with_notes
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.types import FloatType, Type
from enzcc.ir.values import ConstantWord, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.adjoints import Adjoints
    from enzcc.ad.modes.reverse import Reverse


class Notes:
    """The notes that one derivative takes in its reverse sweep."""

    def __init__(self, reverse: Reverse) -> None:
        self._reverse, self._activity = reverse, reverse.activity
        engine = reverse.engine
        found = engine.noted.get(self._activity)
        if found is None:  # what is differentiated again would have to take notes of notes
            found = frozenset[Unit]() if engine.again else noted_units(self._activity)
            engine.noted[self._activity] = found
        self._units = found
        self._nodes = {node for node, _ in found}

    def are_taken_at(self, pointer: Value, offset: int = 0) -> bool:
        """Is the cell at an address one of those?"""
        if not self._units or not self._may_be_behind(pointer):
            return False
        place = self._reverse.objects.place(pointer).moved(offset)
        return any(
            not self._units.isdisjoint(where) for where in units_behind(self._activity, place, 1)
        )

    def are_taken_in(self, pointer: Value, size: int) -> bool:
        """Are there any in so many bytes?"""
        return any(self.are_taken_at(pointer, at) for at in range(size))

    def are_left_out_at(self, pointer: Value, kind: Type) -> bool:
        """Does a float go where a pointer may have lain, in local memory without notes? The shadow
        of the pointer is no adjoint of the float. (As a double, an address is next to nothing, but
        copies in bulk would take it along, and so they would an integer, which goes to shadow
        memory as it is where pointers lie as well.)"""
        objects = self._reverse.objects
        if kind not in (ty.FLOAT, ty.DOUBLE) or objects.may_be_outside(pointer):
            return False
        if self.are_taken_at(pointer):
            return False
        for place in objects.places_behind(pointer):
            node, offset = place.unfolded()
            for back in (0, ty.FLOAT.bits // 8):
                cell = node.cells.get(node.fold(offset - back))
                if cell is not None and cell.strong.get(POINTER, 0) > back:
                    return True
        return False

    def _may_be_behind(self, pointer: Value) -> bool:
        return not self._nodes.isdisjoint(self._reverse.objects.nodes_behind(pointer))

    def kinds(self, place: Pointer, segments: list[Segment]) -> list[Segment]:
        """What segments of memory become where notes are taken."""
        if not self._units:
            return segments
        return with_notes(self._activity, self._units, place, segments)

    def begin(self, emit: Builder, block: Value | None, shadow: Value, size: Value) -> None:
        """Memory comes into being, or is filled: what lay there before is forgotten."""
        if self._units and (block is None or self._may_be_behind(block)):
            self._clear(emit, shadow, size)

    def end(self, adjoints: Adjoints, pointer: Value, size: int) -> None:
        """Something without derivative is stored there."""
        if self._units and self.are_taken_in(pointer, size):
            address = adjoints.address(pointer, size)
            self._clear(adjoints.emit, address, const_int(ty.I64, size))

    def _clear(self, emit: Builder, shadow: Value, size: Value) -> None:
        whole = Cells(1 << 62, 0, 1 << 62, NOTED)
        self._reverse.each_cell(emit, "clear_noted", whole, [shadow], size)

    def add(self, emit: Builder, address: Value, amount: Value) -> None:
        """*address += amount"""
        for at, part in _elements(amount.type):
            one = (
                amount
                if part is amount.type
                else emit.extract_element(amount, const_int(ty.I64, at))
            )
            type = ty.function(ty.VOID, (ty.PTR, part))
            helper = self._reverse.helper(f"__enzcc_note_{part.text}", type)
            emit.call(helper, type, [self._element(emit, address, at, part), one])

    def take(self, emit: Builder, address: Value, type: Type) -> Value:
        """*address, which becomes 0"""
        whole: Value = ConstantWord(type, "poison")
        for at, part in _elements(type):
            signature = ty.function(part, (ty.PTR,))
            helper = self._reverse.helper(f"__enzcc_take_{part.text}", signature)
            one = emit.call(helper, signature, [self._element(emit, address, at, part)])
            whole = one if part is type else emit.insert_element(whole, one, const_int(ty.I64, at))
        return whole

    def _element(self, emit: Builder, address: Value, at: int, part: Type) -> Value:
        return emit.offset(address, const_int(ty.I64, at * self._reverse.layout.size(part)))


def _elements(type: Type) -> Iterator[tuple[int, FloatType]]:
    if isinstance(type, ty.VectorType):
        assert isinstance(type.element, FloatType)
        for index in range(type.count):
            yield index, type.element
    else:
        assert isinstance(type, FloatType)
        yield 0, type
