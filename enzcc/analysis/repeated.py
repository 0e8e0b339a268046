"""Loads that find the same again in each iteration of a loop around them.

    for i: for j: s[i] += w[i][j] * h[j]      h[j], again and again in the loop of i

Question     Which loops around a load only repeat what the others make it read?
Transfer     The address depends on the counters of the other loops only, and nothing in the loop
             writes to what is read: nor through the other one of two pointers that a loop around
             exchanges, which lead to different objects while the inner loop runs.
Safe answer  none: then each iteration is taken for another value.
"""

from __future__ import annotations

from typing import Final

from enzcc.analysis.cfg import Loop
from enzcc.analysis.changes import Changes
from enzcc.analysis.recurrences import Recurrences
from enzcc.ir.instructions import (
    Binary,
    Cast,
    Compare,
    Freeze,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Select,
    Store,
    root_of,
)
from enzcc.ir.values import Value

_PURE: Final = (Binary, Cast, Compare, Freeze, GetElementPtr, Select)

MOST: Final = 64
"""Instructions that an address is followed through."""


def repeating_loops(load: Load, recurrences: Recurrences, changes: Changes) -> tuple[Loop, ...]:
    """The loops around a load in which it reads the same for the same iteration of the others."""
    assert load.block is not None
    if "volatile" in load.flags:
        return ()
    return tuple(
        loop
        for loop in recurrences.shape.loops_around(load.block)
        if not _varies(load.pointer, loop, recurrences)
        and all(
            _is_beside(load, write.inst, loop, recurrences, changes)
            for write in changes.writes_in(loop.blocks, load)
        )
    )


def _is_beside(
    load: Load, write: Instruction, loop: Loop, recurrences: Recurrences, changes: Changes
) -> bool:
    """Does a write go through the other one of two pointers that a loop around exchanges?"""
    if not isinstance(write, Store):
        return False
    a, b = root_of(load.pointer), root_of(write.pointer)
    if a is b or not (isinstance(a, Phi) and isinstance(b, Phi)) or a.block is not b.block:
        return False
    shape, header = recurrences.shape, a.block
    assert header is not None
    around = shape.loop_of.get(header)
    if around is None or around.header is not header or header in loop.blocks:
        return False
    preheader, latch = shape.preheader(around), shape.latch(around)
    if preheader is None or latch is None:
        return False
    if a.value_from(latch) is not b or b.value_from(latch) is not a:
        return False
    return changes.are_distinct(a.value_from(preheader), b.value_from(preheader))


def _varies(pointer: Value, loop: Loop, recurrences: Recurrences) -> bool:
    """May an address change from one iteration to the next, those of inner loops being the same?"""
    seen: set[Value] = set()
    work = [pointer]
    while work:
        value = work.pop()
        if value in seen or not isinstance(value, Instruction) or value.block not in loop.blocks:
            continue
        seen.add(value)
        affine = recurrences.affine.get(value) if isinstance(value, Phi) else None
        if affine is not None and value.block is not loop.header:
            work += [affine.start, affine.step]
        elif isinstance(value, _PURE) and len(seen) <= MOST:
            work += value.operands
        else:
            return True
    return False
