"""Adjoints of what is copied or cleared in bulk, cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enzcc.ad.modes.overlapping import moved_in_turn
from enzcc.analysis.nodes import CONFLICT, NOTED, UNION, Cells, Pointer, kind_of
from enzcc.analysis.pieces import floats_at
from enzcc.ir.instructions import CallBase
from enzcc.ir.types import FloatType
from enzcc.ir.values import Value

if TYPE_CHECKING:
    from enzcc.ad.modes.adjoints import Adjoints

_NAMES = {UNION: "number", NOTED: "noted"}
MOST_TOLD_APART = 16
"""Floats beside each other in a struct that are moved by a call each."""


def move_cells(
    adjoints: Adjoints,
    inst: CallBase,
    place: Pointer,
    size: Value,
    count: Value,
    to: Value,
    source: Value | None,
) -> None:
    """memmove(p, q, n)       for each float: t = *dp, *dp = 0, *dq += t (no q: cleared memory)

    size     the number of bytes, as the program has it
    count    the same, as the reverse sweep has it
    """
    if source is not None and _begins_in_a_float(adjoints, place):
        raise adjoints.reverse.unknown_kind(inst, (CONFLICT,))
    pattern = adjoints.reverse.pattern(inst, place, size)
    clears = adjoints.reverse.clears(inst) and adjoints.objects.may_be_outside(inst.operands[0])
    cells = _merged([c for c in pattern if _has_adjoint(c) or (clears and c.kind is None)])
    if adjoints.guards.again and source is not None:
        cells = [part for one in cells for part in _told_apart(adjoints, one)]
    turns = [(one, count) for one in cells]
    if source is not None:
        turns = moved_in_turn(adjoints.emit, inst, cells, (to, source), count, adjoint=True)
    for one, part in turns:
        broken = isinstance(one.kind, FloatType) and one.size % adjoints.layout.size(one.kind)
        if source is not None and broken:
            raise adjoints.reverse.unknown_kind(inst)  # a part of a float has no adjoint
        _move(adjoints, inst, one, part, (to, source))


def _begins_in_a_float(adjoints: Adjoints, place: Pointer) -> bool:
    """Does the first byte that is moved belong to a float that begins in front of it? (LLVM moves
    the first byte of a union by itself if that is a member, too.) The rest has no adjoint."""
    objects = adjoints.objects
    for one in objects.places(place):
        node, offset = one.resolve()
        if kind_of(node.cells.get(offset))[0] is None and any(
            0 < -start < objects.layout.store_size(kind)
            for start, kind in floats_at(objects, one, 1)
        ):
            return True
    return False


def _has_adjoint(cells: Cells) -> bool:
    return isinstance(cells.kind, FloatType) or cells.kind in _NAMES


def _told_apart(adjoints: Adjoints, cells: Cells) -> list[Cells]:
    """A few floats beside other kinds, one by one: in a loop over them, which the analysis sees
    when it is differentiated again, they would be taken for an array without end."""
    if not isinstance(cells.kind, FloatType):
        return [cells]
    step = adjoints.layout.size(cells.kind)
    if cells.size in (step, cells.period) or cells.size > MOST_TOLD_APART * step:
        return [cells]
    end = cells.offset + cells.size
    return [
        Cells(cells.period, at, min(step, end - at), cells.kind)
        for at in range(cells.offset, end, step)
    ]


def _move(
    adjoints: Adjoints,
    inst: CallBase,
    cells: Cells,
    count: Value,
    ends: tuple[Value, Value | None],
) -> None:
    to, source = ends
    if source is None:
        name = {UNION: "clear_numbers", NOTED: "clear_noted"}.get(str(cells.kind), "clear_cells")
        adjoints.reverse.each_cell(adjoints.emit, name, cells, [to], count)
        return
    kind = cells.kind.text if isinstance(cells.kind, FloatType) else _NAMES[str(cells.kind)]
    if cells.kind == UNION and adjoints.reverse.aside.is_copied_to(inst):
        kind = "displacing"
    adjoints.reverse.each_cell(adjoints.emit, f"move_adjoint_{kind}", cells, [to, source], count)


def _merged(cells: list[Cells]) -> list[Cells]:
    """Neighbouring cells of one kind as one."""
    out: list[Cells] = []
    for one in cells:
        last = out[-1] if out else None
        if (
            last is not None
            and (last.kind, last.period) == (one.kind, one.period)
            and last.offset + last.size == one.offset
        ):
            out[-1] = Cells(last.period, last.offset, last.size + one.size, last.kind)
        else:
            out.append(one)
    return out
