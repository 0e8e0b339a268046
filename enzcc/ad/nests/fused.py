"""A loop that fills memory for the reverse loop behind it (`tape.replayed`), as a part of that.

    p = push(n)
    for (k = 0; k < n; k++) { p[k] = c; c = c * a + b; }       for (k = 0; k < n; k++) {
    for (k = n - 1; k >= 0; k--)                        -->      dx[k] += c * dy[k];
      dx[k] += p[k] * dy[k];                                     c = c * a + b;
    rewind(p)                                                  }

When the second loop may run forward, it carries the values along itself. (The loops as they were
stay for when it may not.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, final

from enzcc.ad.tape.replayed import FILL
from enzcc.analysis.cfg import Shape
from enzcc.analysis.lines import Address, Lines
from enzcc.ir.function import Block
from enzcc.ir.instructions import (
    Binary,
    Branch,
    Call,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Store,
)
from enzcc.ir.types import Layout
from enzcc.ir.values import ConstantInt, Value, is_zero
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ad.nests.forwards import Access

_NAME: Final = pattern(rf"\.{FILL}(?:\.\d+)?$")
_PUSH: Final = "__enzcc_tape_push"
_REWIND: Final = "__enzcc_tape_rewind"


@final
@dataclass
class Fill:
    """The loop (one block) in front of a reverse loop.

    front    the block before it
    counter  its iteration, from 0
    late     the block of memory, and addresses in it: instructions of `front`
    ends     where the memory is given back
    carried  loads of the reverse loop -> what the loop has put there
    """

    block: Block
    front: Block
    counter: Phi
    base: Call
    late: list[Instruction]
    ends: list[Call]
    carried: dict[Instruction, Value] = field(default_factory=dict)

    def needed(self) -> set[Value]:
        """What of the loop computes what is carried, and carries it along."""
        phis = [p for p in self.block.phis() if p is not self.counter]
        work = [*self.carried.values(), *(p.value_from(self.block) for p in phis)]
        out: set[Value] = set()
        while work:
            value = work.pop()
            if not isinstance(value, Instruction) or isinstance(value, Phi) or value in out:
                continue
            if value.block is self.block:
                out.add(value)
                work += value.operands
        return out

    def places(self, reverse: Sequence[Block]) -> set[Instruction]:
        """What the reverse loop computes for these loads only."""
        gone: set[Instruction] = set(self.carried)
        for block in reversed(reverse):
            for inst in reversed(block.instructions):
                if inst.users and not isinstance(inst, Phi) and gone.issuperset(inst.users):
                    gone.add(inst)
        return gone.difference(self.carried)


def find(
    shape: Shape, block: Block, reverse: Sequence[Block], accesses: list[Access], layout: Layout
) -> Fill | None:
    """The loop in front of the reverse loop, if that can take over what it does."""
    if _NAME.search(block.name) is None or block not in block.successors():
        return None
    outside = [p for p in shape.predecessors[block] if p is not block]
    if len(outside) != 1 or outside[0].successors() != [block]:
        return None
    (front,) = outside
    counter = next((p for p in block.phis() if _counts(p, block, front)), None)
    if counter is None or not isinstance(block.terminator, Branch):
        return None
    lines = Lines([block], counter, layout)
    stores: list[tuple[Address, Store]] = []
    for inst in block.instructions:
        if isinstance(inst, Store):
            address = lines.address(inst.pointer)
            if address is None or inst.flags:
                return None
            stores.append((address, inst))
        elif isinstance(inst, Load) or any(u.block is not block for u in inst.users):
            return None
    bases = {id(a.base): a.base for a, _ in stores}
    if len(bases) != 1 or lines.conditions:
        return None
    (base,) = bases.values()
    if not isinstance(base, Call) or base.called != _PUSH or base.block is not front:
        return None
    found = Fill(block, front, counter, base, [base], [])
    if not _follow(found, {block, *reverse}) or not _match(found, accesses, stores):
        return None
    return found


def _counts(phi: Phi, block: Block, front: Block) -> bool:
    again = phi.value_from(block)
    return (
        is_zero(phi.value_from(front))
        and isinstance(again, Binary)
        and again.opcode == "add"
        and again.operands[0] is phi
        and isinstance(again.operands[1], ConstantInt)
        and again.operands[1].value == 1
    )


def _follow(found: Fill, loops: set[Block]) -> bool:
    """Is the memory used in these blocks only, until it is given back?"""
    for inst in found.late:  # which grows
        for user in inst.users:
            if isinstance(user, Call) and user.called == _REWIND and inst is found.base:
                found.ends.append(user)
            elif isinstance(user, Phi) or user.block is None:
                return False
            elif user.block is found.front and isinstance(user, GetElementPtr):
                if user not in found.late:
                    found.late.append(user)
            elif user.block not in loops:
                return False
    return True


def _match(found: Fill, accesses: list[Access], stores: list[tuple[Address, Store]]) -> bool:
    """Is all that the reverse loop reads there what has been put there in the same iteration?"""
    for access in accesses:
        address = access.address
        if address is None or address.base is not found.base:
            continue
        written = next(
            (
                store
                for place, store in stores
                if place.line.same_terms(address.line)
                and place.line.constant == address.line.constant
                and place.line.slack == address.line.slack == (0, 0)
            ),
            None,
        )
        if written is None or not isinstance(access.inst, Load) or access.parts:
            return False
        if written.value.type is not access.inst.type:
            return False
        found.carried[access.inst] = written.value
    return bool(found.carried)
