"""Nests of the reverse sweep that may as well run forward, and then do.

    for (i = n; i-- > 0;)                          for (i = 0; i < n; i++)
      for (k = end[i]; k-- > begin[i];) {   -->      for (k = begin[i]; k < end[i]; k++) {
        da[k] += dy[i] * x[col[k]];                    da[k] += dy[i] * x[col[k]];
        dx[col[k]] += dy[i] * a[k];                    dx[col[k]] += dy[i] * a[k];
      }                                              }

Processors fetch ahead along rising addresses; rows that follow each other downwards, or go the
other way than the loop around them, take twice as long on some. `nests.forwards` turns innermost
loops that LLVM can vectorise; here loops of any depth turn, from the outermost inwards, as a loop
within one that runs backward is better left as it is.

Question     May the iterations of a loop run in the opposite order?
Transfer     Each pair of accesses of which one writes is two sums, or of distinct memory in all
             iterations, or meets in no two iterations (`enzcc.analysis.dependence`). Nothing is
             carried from one iteration to the next but the counter, and numbers that are only
             added to.
Safe answer  no.

The loop still counts down: what its body takes for the counter is mirrored. An iteration remains
what it was, only another one of the same set; so the block that may leave the loop must be the last
in which an iteration does something.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, final

from enzcc.ad.nests import countdown
from enzcc.ad.nests.border import REVERSE
from enzcc.ad.nests.countdown import Countdown
from enzcc.ad.nests.forwards import Access, Reader, are_apart, is_pure, turn_innermost
from enzcc.analysis.cfg import Loop, Shape
from enzcc.analysis.dependence import Dependence
from enzcc.analysis.lines import Lines
from enzcc.analysis.recurrences import Recurrences
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Branch,
    Load,
    Phi,
    Store,
)
from enzcc.ir.module import Module

MOST_ACCESSES: Final = 120
"""In a nest with more, pairs take too long to look at."""


def ascend(module: Module, names: Iterable[str]) -> None:
    """Lets such loops of the named functions run forward, innermost ones as is best for LLVM."""
    for name in names:
        if module.may_hold(name, " phi i64 "):
            function = module.function(name)
            shape = Shape(function)
            inner = {loop.header for loop in shape.loops if not loop.children}
            if len(inner) < len(shape.loops):
                inner = _Nests(function, shape).turn()
            turn_innermost(function)
            if any(header in function.blocks for header in inner):
                _turn_rest(function, inner)
            function.name_everything()


def _turn_rest(function: Function, inner: set[Block]) -> None:
    """Turns innermost loops with these headers which LLVM cannot vectorise."""
    nests = _Nests(function, Shape(function))
    for loop in nests.shape.loops:
        if loop.header in inner:
            count = nests.may_turn(loop)
            if count is not None:
                _mirror(count)


def _count(shape: Shape, loop: Loop) -> Countdown | None:
    """How the loop counts, if it is of the reverse sweep and counts down to 0 until it ends."""
    header = loop.header
    if not header.name.startswith(REVERSE):
        return None
    outside = [p for p in shape.predecessors[header] if p not in loop.blocks]
    latches = [p for p in shape.predecessors[header] if p in loop.blocks]
    leaving = [b for b in loop.blocks if any(t not in loop.blocks for t in b.successors())]
    if len(outside) != 1 or len(latches) != 1 or len(leaving) != 1:
        return None
    (latch,), (last,) = latches, leaving
    if last is not latch and (last.successors().count(latch) != 1 or not _only_steps(latch, shape)):
        return None
    return countdown.find(loop, latch, last)


def _only_steps(latch: Block, shape: Shape) -> bool:
    """Does the block behind the test do nothing but count?"""
    plain = all(isinstance(i, Branch) or is_pure(i) for i in latch.instructions)
    return plain and len(shape.predecessors[latch]) == 1 and len(latch.successors()) == 1


@final
class _Nests:
    """The loops of one function."""

    def __init__(self, function: Function, shape: Shape) -> None:
        self.function, self.shape = function, shape
        self._dependence: Dependence | None = None

    def turn(self) -> set[Block]:
        """Turns all that may be turned, but innermost loops: the headers of those that may be, as
        nothing around them runs backward."""
        inner: set[Block] = set()
        counts: list[Countdown] = []
        work = [loop for loop in self.shape.loops if loop.parent is None]
        for loop in work:
            if not loop.children:
                inner.add(loop.header)
                continue
            count = self.may_turn(loop)
            if count is not None or not loop.header.name.startswith(REVERSE):
                work += loop.children
            if count is not None:
                counts.append(count)
        for count in reversed(counts):  # inner ones first: they may start at what is mirrored then
            _mirror(count)
        return inner

    def may_turn(self, loop: Loop) -> Countdown | None:
        """How the loop counts, if its iterations may run in the opposite order."""
        count = None if self.shape.irreducible else _count(self.shape, loop)
        if count is None:
            return None
        reader = Reader(self.function, self.shape, loop)
        reader.lines = Lines(loop.blocks, count.counter, reader.layout)
        accesses: list[Access] = []
        for block in loop.blocks:
            for inst in block.instructions:
                if isinstance(inst, (Load, Store)):
                    if inst.flags:
                        return None
                elif not isinstance(inst, (Phi, Branch)) and not is_pure(inst):
                    return None
            of_block = reader.accesses(block)
            if of_block is None:
                return None
            accesses += of_block
            if len(accesses) > MOST_ACCESSES:
                return None
        carried = [phi for phi in loop.header.phis() if phi is not count.phi]
        if not all(countdown.adds_up(loop, phi) for phi in carried):
            return None
        if _is_used_behind(loop, carried):
            return None
        if any(self._meet(loop, *pair) for pair in _to_be_told_apart(accesses)):
            return None
        return count

    def _meet(self, loop: Loop, one: Access, other: Access) -> bool:
        """May they touch the same byte in distinct iterations?"""
        if self._dependence is None:
            for nest in self.shape.loops:
                count = _count(self.shape, nest)
                if count is not None and "nsw" not in count.less.flags:
                    count.less.flags += "nsw "  # it ends at 0, and no loop runs 2^63 times
            layout = self.function.module.layout
            recurrences = Recurrences(self.shape, layout)
            self._dependence = Dependence(self.shape, recurrences, layout)
        return self._dependence.may_meet(one.inst, other.inst, loop)


def _to_be_told_apart(accesses: list[Access]) -> Iterator[tuple[Access, Access]]:
    """Pairs of which one writes, and whose order matters if they meet."""
    for number, one in enumerate(accesses):
        for other in accesses[: number + 1]:
            if not (one.writes or other.writes):
                continue
            if one.amount is not None and other.amount is not None:
                continue
            if one is other or not are_apart(one, other):
                yield one, other


def _is_used_behind(loop: Loop, carried: list[Phi]) -> bool:
    """Is anything of the last iteration used behind the loop, but for the sums?"""
    totals = {v for phi in carried for v, b in phi.incoming() if b in loop.blocks}
    return any(
        user.block not in loop.blocks
        for block in loop.blocks
        for inst in block.instructions
        if inst not in totals
        for user in inst.users
    )


def _mirror(count: Countdown) -> None:
    """Gives the body the number of the iteration that is as far from the other end."""
    phi, less, counter, test = count
    header = phi.block
    assert header is not None
    users = [u for u in phi.users if u is not less], [u for u in less.users if u is not phi]
    emit = Builder(header, header.instructions[len(header.phis())])
    # `phi` counts from `start` to 0 if it is tested, else to 1
    last = 0 if counter is phi else 1
    total = emit.binary("add", count.start, const_int(ty.I64, last)) if last else count.start
    mirrored = emit.binary("sub", total, phi)
    before = emit.binary("add", mirrored, const_int(ty.I64, -1))
    for number, new, using in ((phi, mirrored, users[0]), (less, before, users[1])):
        for user in using:
            if user is not test:
                user.replace(number, new)
