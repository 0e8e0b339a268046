"""Where the stack slots of adjoints get their start value.

    r.entry:  store double -0.0, ptr %slot          r.entry:  ...
    ...                                       -->   ...
    r.body:   ... adds to %slot ...                 r.body:   store double -0.0, ptr %slot
              ... reads it, and resets it                     ... adds, reads, resets ...

Most adjoints are added to and read within one block. Whenever that block begins, such a slot holds
its start value: nothing was added yet, or it was reset. Others belong to one loop nest, and start
in front of it. To say so spares LLVM thousands of slots that live from the entry on, across all
blocks, which takes quadratic time.

Which blocks run repeatedly is told by who made them: a loop that is left in several ways is entered
in several ways by the reverse sweep, and is then no natural loop that could be found here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from enzcc.analysis.cfg import Shape
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Alloca, Instruction, Store
from enzcc.ir.values import Value

FEW: Final = 50
"""So many slots may start in the entry whatever they are for."""


def start_where_used(
    function: Function, starts: Sequence[Store], runs_repeatedly: Callable[[Block], bool]
) -> list[Store]:
    """Puts stores of start values where their slots are used: in front of the first access in the
    only block that uses the slot, or at the end of the last block outside of loops that all
    accesses come behind. Returns those that belong to the entry."""
    blocks: dict[Block, dict[Value, Store]] = {}
    rest: list[Store] = []
    for start in starts:
        block = _only_block(start)
        if block is None:
            rest.append(start)
        else:
            blocks.setdefault(block, {})[start.pointer] = start
    for block, slots in blocks.items():
        rest += _start_in(block, slots)
    if len(rest) <= FEW:
        return rest
    return _start_behind(function, rest, runs_repeatedly)


def _slot(start: Store) -> Alloca:
    slot = start.pointer
    assert isinstance(slot, Alloca)
    return slot


def _only_block(start: Store) -> Block | None:
    found = {user.block for user in _slot(start).users if user is not start}
    return found.pop() if len(found) == 1 else None


def _start_in(block: Block, slots: dict[Value, Store]) -> list[Store]:
    first: dict[Value, Instruction] = {}
    last: dict[Value, Instruction] = {}
    for inst in block.instructions:
        for operand in inst.operands:
            if operand in slots:
                first.setdefault(operand, inst)
                last[operand] = inst
    before: dict[Instruction, list[Store]] = {}
    rest: list[Store] = []
    for slot, start in slots.items():
        if slot in last and _resets(last[slot], start):
            before.setdefault(first[slot], []).append(start)
        else:
            rest.append(start)
    out: list[Instruction] = []
    for inst in block.instructions:
        for start in before.get(inst, ()):
            start.block = block
            out.append(start)
        out.append(inst)
    block.instructions[:] = out
    return rest


def _resets(last: Instruction, start: Store) -> bool:
    return (
        isinstance(last, Store)
        and last.pointer is start.pointer
        and last.value.ref() == start.value.ref()
    )


def _start_behind(
    function: Function, starts: Sequence[Store], runs_repeatedly: Callable[[Block], bool]
) -> list[Store]:
    shape = Shape(function)
    rest: list[Store] = []
    ends: dict[Block, list[Store]] = {}
    for start in starts:
        users = [user for user in _slot(start).users if user is not start]
        block = shape.common_dominator(user.block for user in users if user.block is not None)
        while block is not None and (
            runs_repeatedly(block) or any(user.block is block for user in users)
        ):
            block = shape.idom.get(block)
        if block is None or block is function.entry:
            rest.append(start)
        else:
            ends.setdefault(block, []).append(start)
    for block, stores in ends.items():
        for store in stores:
            store.block = block
        block.instructions[-1:-1] = stores
    return rest
