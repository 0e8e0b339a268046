"""How loops of the reverse sweep count: down to 0, by ones, until they end.

    n:  phi [start, front], [less, latch]
    less = n - 1
    stay if less != 0          (or: if n != 0)

`nests.forwards`, `nests.ascending`, `nests.interchanged` and `nests.stencils` look for such loops,
and for sums that these carry along.
"""

from __future__ import annotations

from typing import NamedTuple

from enzcc.analysis.cfg import Loop
from enzcc.ir import types as ty
from enzcc.ir.function import Block
from enzcc.ir.instructions import Binary, Branch, Compare, Instruction, Phi
from enzcc.ir.values import ConstantInt, Value, is_zero


class Countdown(NamedTuple):
    """A loop that counts down to 0 by ones.

    phi      the number at the start of an iteration
    less     one less, the next number
    counter  the number that is 0 in the last iteration: `phi` or `less`
    test     the comparison that says so
    """

    phi: Phi
    less: Binary
    counter: Instruction
    test: Compare

    @property
    def start(self) -> Value:
        """The first number, if one edge enters the loop."""
        return next(v for v in self.phi.operands if v is not self.less)


def find(loop: Loop, latch: Block, last: Block) -> Countdown | None:
    """How the loop counts that begins anew from `latch`, and which only `last` may leave."""
    branch = last.terminator
    if not isinstance(branch, Branch) or len(branch.targets) != 2:
        return None
    test = branch.operands[0]
    if not isinstance(test, Compare) or test.opcode != "icmp" or len(test.users) != 1:
        return None
    tested, bound = test.operands
    if not is_zero(bound) or test.predicate != ("ne" if branch.targets[0] in loop.blocks else "eq"):
        return None
    for phi in loop.header.phis():
        less = phi.value_from(latch)
        if phi.type is ty.I64 and tested in (phi, less) and _is_one_less(less, phi):
            assert isinstance(less, Binary)
            return Countdown(phi, less, phi if tested is phi else less, test)
    return None


def _is_one_less(value: Value, phi: Phi) -> bool:
    if not isinstance(value, Binary) or value.opcode != "add" or value.operands[0] is not phi:
        return False
    step = value.operands[1]
    return isinstance(step, ConstantInt) and step.value == -1


def adds_up(loop: Loop, carried: Phi) -> bool:
    """Is a number that the loop carries only added to, in any order?"""
    sums: dict[Instruction, None] = {carried: None}
    waiting: list[Instruction] = [carried]
    for total in waiting:
        for user in total.users:
            if user.block not in loop.blocks or user in sums:
                continue
            if isinstance(user, Binary) and "reassoc" in user.flags:
                allowed = 2 if user.opcode == "fadd" else 1 if user.opcode == "fsub" else 0
                if total not in user.operands[:allowed] or user.operands.count(total) != 1:
                    return False
            elif not isinstance(user, Phi):
                return False
            sums[user] = None
            waiting.append(user)
    for part in sums:
        own = [o for o in part.operands if o in sums]
        if isinstance(part, Phi):
            inside = [v for v, b in part.incoming() if b in loop.blocks]
            if part is not carried and len(own) != len(part.operands):
                return False
            if part is carried and not all(v in sums for v in inside):
                return False
        elif len(own) != 1:
            return False
    return True
