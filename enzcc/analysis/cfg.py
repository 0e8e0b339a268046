"""The shape of a function's control flow: orders, dominators, natural loops, irreducible regions.

Question     Which blocks are on every path to a block, and which run repeatedly?
Sources      Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001) for dominators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import final

from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Branch, Instruction, Return
from enzcc.ir.values import Value


@final
class Loop:
    """A natural loop: header, all its blocks (inner loops' too), the loop around, its children."""

    __slots__ = ("blocks", "children", "depth", "header", "parent")

    def __init__(self, header: Block) -> None:
        self.header = header
        self.blocks: dict[Block, None] = {}
        self.parent: Loop | None = None
        self.children: list[Loop] = []
        self.depth = 1

    def __repr__(self) -> str:
        return f"<Loop {self.header.name}>"

    def contains(self, block: Block) -> bool:
        """Does the block run within the loop?"""
        return block in self.blocks


@final
class Shape:
    """Control-flow facts of one function; unreachable blocks take no part.

    order        reachable blocks in reverse post-order
    predecessors block -> reachable predecessors, each once
    idom         block -> immediate dominator (the entry has none)
    loops        natural loops, outer before inner
    irreducible  True if some cycle has more than one entry: then `loops` is incomplete
    """

    def __init__(self, function: Function) -> None:
        self.function = function
        after = _reached(function.entry)
        self.order = list(reversed(after))
        self.index = {block: i for i, block in enumerate(self.order)}
        self.predecessors: dict[Block, list[Block]] = {block: [] for block in self.order}
        for block in self.order:
            for target in after[block]:
                self.predecessors[target].append(block)
        self.idom = self._dominators()
        self._depth: dict[Block, int] = {}
        self._below: dict[Block, list[Block]] | None = None
        self._reach: dict[Block, int] | None = None
        for block in self.order:
            parent = self.idom.get(block)
            self._depth[block] = 0 if parent is None else self._depth[parent] + 1
        self.irreducible = False
        self.loops: list[Loop] = []
        self.loop_of: dict[Block, Loop] = {}
        self._find_loops(after)

    def _dominators(self) -> dict[Block, Block]:
        idom: dict[Block, Block] = {self.order[0]: self.order[0]}
        index = self.index
        changed = True
        while changed:
            changed = False
            for block in self.order[1:]:
                new: Block | None = None
                for pred in self.predecessors[block]:
                    if pred not in idom:
                        continue
                    if new is None:
                        new = pred
                        continue
                    a, b = pred, new
                    while a is not b:
                        while index[a] > index[b]:
                            a = idom[a]
                        while index[b] > index[a]:
                            b = idom[b]
                    new = a
                assert new is not None
                if idom.get(block) is not new:
                    idom[block] = new
                    changed = True
        del idom[self.order[0]]
        return idom

    def dominates(self, a: Block, b: Block) -> bool:
        """Is `a` on every path from the entry to `b` (also when they are the same)?"""
        depth = self._depth[a]
        while self._depth[b] > depth:
            b = self.idom[b]
        return a is b

    def decided(
        self, block: Block, within: Loop | None = None
    ) -> Iterator[tuple[Block, Value, bool]]:
        """The branches that have led to a block, in the same iteration of a loop around it if one
        is given; the last one first: where one stands, its condition, and what that was."""
        below, at = block, self.idom.get(block)
        while at is not None and (within is None or below is not within.header):
            end = at.terminator
            if isinstance(end, Branch) and len(end.targets) == 2:
                for number, target in enumerate(end.targets):
                    if target is end.targets[1 - number]:
                        continue
                    if target is below and self.predecessors[target] == [at]:
                        yield at, end.operands[0], number == 0
            below, at = at, self.idom.get(at)

    def dominated(self, block: Block) -> list[Block]:
        """All blocks that a block dominates, itself first."""
        if self._below is None:
            self._below = {block: [] for block in self.order}
            for below, above in self.idom.items():
                self._below[above].append(below)
        found = [block]
        for one in found:
            found += self._below[one]
        return found

    def common_dominator(self, blocks: Iterable[Block]) -> Block | None:
        """The last block that every way to any of the blocks passes; None if none is reachable."""
        found: Block | None = None
        for block in blocks:
            if block in self.index:
                found = block if found is None else self._meeting(found, block)
        return found

    def _meeting(self, a: Block, b: Block) -> Block:
        while a is not b:
            if self._depth[a] >= self._depth[b]:
                a = self.idom[a]
            else:
                b = self.idom[b]
        return a

    def _find_loops(self, after: dict[Block, list[Block]]) -> None:
        headers: dict[Block, list[Block]] = {}
        for block in self.order:
            for target in after[block]:
                if self.index[target] <= self.index[block]:
                    if self.dominates(target, block):
                        headers.setdefault(target, []).append(block)
                    else:
                        self.irreducible = True
        for header in sorted(headers, key=self.index.__getitem__):
            loop = Loop(header)
            loop.blocks[header] = None
            work = list(headers[header])
            while work:
                block = work.pop()
                if block not in loop.blocks:
                    loop.blocks[block] = None
                    work.extend(self.predecessors[block])
            loop.blocks = dict.fromkeys(sorted(loop.blocks, key=self.index.__getitem__))
            outer = self.loop_of.get(header)
            if outer is not None:
                loop.parent = outer
                outer.children.append(loop)
                loop.depth = outer.depth + 1
            self.loops.append(loop)
            for block in loop.blocks:  # outer first: the inner ones overwrite
                self.loop_of[block] = loop

    def edges_into(self, block: Block) -> list[Block]:
        """The predecessors of a block, once for each edge (a switch has several)."""
        return [
            source
            for source in self.predecessors[block]
            for target in getattr(source.terminator, "targets", ())
            if target is block
        ]

    def loops_around(self, block: Block) -> list[Loop]:
        """The loops that contain the block, innermost first."""
        out: list[Loop] = []
        loop = self.loop_of.get(block)
        while loop is not None:
            out.append(loop)
            loop = loop.parent
        return out

    def entering(self, loop: Loop) -> Block | None:
        """The only block outside that enters the loop, by one edge, if there is just one."""
        outside = [p for p in self.predecessors[loop.header] if p not in loop.blocks]
        one = len(outside) == 1 and outside[0].successors().count(loop.header) == 1
        return outside[0] if one else None

    def preheader(self, loop: Loop) -> Block | None:
        """The block that enters the loop, if it leads nowhere else."""
        block = self.entering(loop)
        return block if block is not None and block.successors() == [loop.header] else None

    def latch(self, loop: Loop) -> Block | None:
        """The only block inside that jumps back to the header, if there is just one."""
        inside = [p for p in self.predecessors[loop.header] if p in loop.blocks]
        return inside[0] if len(inside) == 1 else None

    def returning(self) -> set[Block]:
        """Blocks from which the function may return (the others end in a call that does not)."""
        found: set[Block] = set()
        work = [b for b in self.order if isinstance(b.terminator, Return)]
        while work:
            block = work.pop()
            if block not in found:
                found.add(block)
                work.extend(self.predecessors[block])
        return found

    def exits(self, loop: Loop) -> list[tuple[Block, Block]]:
        """Edges (from, to) that leave the loop, in block order."""
        return [(b, t) for b in loop.blocks for t in b.successors() if t not in loop.blocks]

    def reachable_from(self) -> dict[Block, int]:
        """Block -> bit set (by `index`) of blocks that can run after it (itself: on a cycle)."""
        if self._reach is not None:
            return self._reach
        reach = self._reach = dict.fromkeys(self.order, 0)
        changed = True
        while changed:
            changed = False
            for block in reversed(self.order):
                bits = 0
                for target in block.successors():
                    bits |= reach[target] | 1 << self.index[target]
                if bits != reach[block]:
                    reach[block] = bits
                    changed = True
        return reach


def reverse_post_order(entry: Block) -> list[Block]:
    """The blocks that can be reached, each before its successors but for the edges of cycles."""
    return list(reversed(_reached(entry)))


def _reached(entry: Block) -> dict[Block, list[Block]]:
    """The same in opposite order, and the successors of each."""
    seen = {entry}
    out: dict[Block, list[Block]] = {}
    first = entry.successors()
    stack = [(entry, first, iter(first))]
    while stack:
        block, successors, rest = stack[-1]
        for target in rest:
            if target not in seen:
                seen.add(target)
                following = target.successors()
                stack.append((target, following, iter(following)))
                break
        else:
            out[block] = successors
            stack.pop()
    return out


def may_follow(
    second: Instruction, first: Instruction, may_enter: Callable[[Block], bool] = lambda _: True
) -> bool:
    """May an instruction run behind another one of its function, by way of blocks that may be
    entered?"""
    home, goal = first.block, second.block
    assert home is not None
    if home is goal and home.instructions.index(first) < home.instructions.index(second):
        return True
    seen: set[Block] = set()
    work = home.successors()
    while work:
        block = work.pop()
        if block in seen or not may_enter(block):
            continue
        if block is goal:
            return True
        seen.add(block)
        work += block.successors()
    return False
