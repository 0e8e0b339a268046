"""What a block adds to one cell of shadow memory is gathered in a register.

    t = *dp; *dp = 0;  ...  *dp += a;  ...  *dp += b;       -->     t = *dp;  ...  *dp = a + b;

In-place updates make such chains: the adjoint is withdrawn, and a part of it given back. LLVM
shortens them only where it can tell that what comes between is another cell, which it often cannot
(`x[k]` and `x[k + half]`), and a cell that is written in halves and read as a whole stops the
processor for a dozen cycles. Here more is known: which objects are distinct, and which branches
have been taken (`enzcc.analysis.apart`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, final

from enzcc.ad.overlap.scopes import Kind, Memory
from enzcc.analysis.activity import Shadowing
from enzcc.analysis.apart import Apart
from enzcc.ir import types as ty
from enzcc.ir.builder import const_float
from enzcc.ir.function import Block
from enzcc.ir.instructions import Alloca, CallBase, Instruction, Load, Store
from enzcc.ir.types import FloatType, Type
from enzcc.ir.values import Value, is_zero

if TYPE_CHECKING:
    from enzcc.ad.modes.reverse import Reverse

MOST_ACCESSES: Final = 200
"""Accesses of one block beyond which it is left alone: all are compared with all."""


class _Cell(NamedTuple):
    """`size` bytes at `pointer` (of the primal) plus `offset`; of a type."""

    pointer: Value
    offset: int
    type: Type


def gather(part: Reverse) -> None:
    """Rewrites the reverse blocks of a function (with one lane)."""
    if part.lanes.width != 1:
        return
    work = _Gathering(part)
    for source, block in part.sweep.blocks.items():
        work.block(source, block)


@final
class _Gathering:
    def __init__(self, part: Reverse) -> None:
        self.part = part
        self.layout = part.layout
        self.apart = Apart(part.shape, part.layout)
        self.memory = Memory(part)
        self.kinds: dict[tuple[Value, int], frozenset[Kind]] = {}

    def block(self, source: Block, block: Block) -> None:
        """Takes a block in stretches between what may touch any cell."""
        stretch: list[tuple[Load | Store, _Cell]] = []
        for inst in list(block.instructions):
            cell = self._cell(inst)
            if cell is not None:
                assert isinstance(inst, (Load, Store))
                stretch.append((inst, cell))
            elif self._touches_cells(inst):
                self._stretch(source, stretch)
                stretch = []
        self._stretch(source, stretch)

    def _cell(self, inst: Instruction) -> _Cell | None:
        if not isinstance(inst, (Load, Store)):
            return None
        known = self.part.shadow_accesses.get(inst)
        if known is None:
            return None
        pointer, offset = known
        type_ = inst.type if isinstance(inst, Load) else inst.value.type
        if self.part.activity.shadowing(pointer) is not Shadowing.ALWAYS:
            return None
        return _Cell(pointer, offset, type_) if isinstance(type_, FloatType) else None

    def _touches_cells(self, inst: Instruction) -> bool:
        match inst:
            case Load() | Store() if isinstance(inst.pointer, Alloca):
                return False
            case Load():
                copy = self.part.sweep.again.get(inst)
                return copy is None or not self.part.sweep.is_primal(copy)
            case Store():
                return True
            case CallBase():
                name = inst.called
                plain = not any(isinstance(a.type, ty.PointerType) for a in inst.arguments)
                pure = name.startswith("llvm.") or "memory(none)" in inst.tail
                return not (pure and plain)
        return False

    def _stretch(self, source: Block, stretch: list[tuple[Load | Store, _Cell]]) -> None:
        if not 3 <= len(stretch) <= MOST_ACCESSES:
            return
        groups: dict[tuple[Value, int, Type], list[int]] = {}
        for index, (_, cell) in enumerate(stretch):
            for key in groups:
                if key[2] is cell.type:
                    gap = self.apart.difference(key[0], cell.pointer)
                    if gap is not None and gap + cell.offset == key[1]:
                        groups[key].append(index)
                        break
            else:
                groups[cell.pointer, cell.offset, cell.type] = [index]
        for members in groups.values():
            if len(members) >= 3 and isinstance(stretch[members[0]][0], Load):
                self._merge(source, stretch, members)

    def _merge(
        self, source: Block, stretch: list[tuple[Load | Store, _Cell]], members: list[int]
    ) -> None:
        _, cell = stretch[members[0]]
        mine = set(members)
        for index in range(members[0], members[-1]):
            if index not in mine and not self._are_distinct(cell, stretch[index][1], source):
                return
        first = stretch[members[0]][0]
        current: Value = first
        stores: list[Store] = []
        for index in members[1:]:
            access = stretch[index][0]
            if isinstance(access, Store):
                stores.append(access)
                current = access.value
            else:
                type_ = access.type
                access.replace_with(const_float(type_, -0.0) if is_zero(current) else current)
                access.erase()
        for store in stores[:-1]:
            store.erase()

    def _are_distinct(self, a: _Cell, b: _Cell, block: Block) -> bool:
        size_a, size_b = self.layout.size(a.type), self.layout.size(b.type)
        size = max(size_a, size_b)
        if self.apart.are_apart(a.pointer, b.pointer, b.offset - a.offset, size, block):
            return True
        first, second = self._kinds(a.pointer, size_a), self._kinds(b.pointer, size_b)
        return all(self.memory.are_distinct(x, y) for x in first for y in second)

    def _kinds(self, pointer: Value, size: int) -> frozenset[Kind]:
        found = self.kinds.get((pointer, size))
        if found is None:
            found = self.kinds[pointer, size] = self.memory.kinds("shadow", pointer, size)
        return found
