"""memmove in shadow memory: it may overlap, so order and number of moves matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, zero
from enzcc.ir.instructions import CallBase
from enzcc.ir.values import Global, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.lanes import Shadows
    from enzcc.analysis.nodes import Cells


class Mover(Protocol):
    """What moves shadow memory: a mode, or its reverse sweep."""

    shadows: Shadows

    @property
    def emit(self) -> Builder: ...
    def shadow(self, value: Value) -> Value: ...


def _may_overlap(inst: CallBase) -> bool:
    callee = inst.callee
    return isinstance(callee, Global) and "memmove" in callee.name


def once_a_shadow(mover: Mover, inst: CallBase, count: Value) -> Value:
    """The bytes that a copy moves in this lane: none where an earlier lane has the same shadow
    memory, and has moved it. A second move of overlapping memory would move it on."""
    lane = mover.shadows.lane
    if not lane or not _may_overlap(inst):
        return count
    emit, to = mover.emit, inst.arguments[0]
    mine = mover.shadow(to)
    for earlier in range(lane):
        mover.shadows.lane = earlier
        same = emit.compare("icmp", "eq", mover.shadow(to), mine)
        count = emit.select(same, zero(count.type), count)
    mover.shadows.lane = lane
    return count


def moved_in_turn(
    emit: Builder,
    inst: CallBase,
    cells: list[Cells],
    ends: tuple[Value, Value],
    count: Value,
    *,
    adjoint: bool,
) -> list[tuple[Cells, Value]]:
    """The cells that a copy moves one after the other, with the number of bytes for each.

    ends     destination and source
    adjoint  what is moved goes from the destination to the source

    Where memmove's source and destination overlap, a cell is read before it is overwritten: which
    end comes first is known at run time.
    """
    if len(cells) < 2 or not _may_overlap(inst):
        return [(one, count) for one in cells]
    to, source = ends
    upwards = emit.compare("icmp", "ult", source, to)
    first = emit.select(upwards, count, zero(ty.I64))
    second = emit.select(upwards, zero(ty.I64), count)
    rising, falling = (second, first) if not adjoint else (first, second)
    return [*((c, falling) for c in cells[::-1]), *((c, rising) for c in cells)]
