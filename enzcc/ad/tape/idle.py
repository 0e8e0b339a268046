"""What the forward sweep computes for nobody but the tape.

    for (k ...) sum += exp(d[k]) * d[k];

Where nobody wants the sum (its derivative is 1), the loop has nothing to do in the forward sweep.
To keep the exponential would let it run for that alone: each value is computed once in either case,
and not stored and loaded if the reverse sweep computes it. So what it costs to compute a value that
nobody else wants there belongs to the price of keeping it.

That holds of loops with branches, which both sweeps would take, and foresee wrongly, once each. In
one without, what is left for the reverse sweep where the forward sweep has made all calls is often
arithmetic that LLVM vectorises, or has registers for. There each value is thought to be alive.

The other way round, a loop that stores what others read runs in any case, so that to keep a number
that takes long to compute costs less there than where a loop might vanish.

Question     Does the forward sweep compute a value in any case?
Alive        what has an effect, and the result, if it is wanted; then what these are computed from,
             and what leads there: the branches of each loop with something alive, and those outside
             loops. What is kept is alive, and is added as it is found.
Safe answer  yes: then a value costs only its place on the tape.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final, final

from enzcc.ad.tape.unwanted import has_effect
from enzcc.analysis.cfg import Loop
from enzcc.ir import types as ty
from enzcc.ir.function import Block
from enzcc.ir.instructions import Call, Instruction, Load, Return, Store, root_of
from enzcc.ir.values import Value

if TYPE_CHECKING:
    from enzcc.ad.modes.sweep import Sweep

MOST: Final = 200
"""So many values are looked at to find what one costs."""


@final
class Idle:
    """What is alive in the forward sweep of a function, given what is kept."""

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._blocks: Mapping[Block, Block] = sweep.origin
        self._alive: set[Value] = set()
        self._loops: set[Loop] = set()
        self.running = self._storing()
        """Loops that run in the forward sweep in any case, as far as that is plain."""
        reverse = sweep.reverse
        self._result_is_wanted = reverse.split or (
            reverse.request is not None and reverse.request.primal_return
        )
        roots = [
            inst
            for copy in self._blocks
            for inst in copy.instructions
            if not inst.is_terminator and self._has_effect(inst)
        ]
        for copy, source in self._blocks.items():
            if source not in sweep.shape.loop_of:
                roots.append(copy.terminator)
        self.keep(roots)

    def keep(self, values: Iterable[Value]) -> bool:
        """These are wanted, too. Does that make anything else alive?"""
        work = [v for v in values if v not in self._alive]
        found = bool(work)
        while work:
            value = work.pop()
            if value in self._alive:
                continue
            self._alive.add(value)
            if not isinstance(value, Instruction) or value.block not in self._blocks:
                continue
            loop = self._loop_of(value)
            while loop is not None and loop not in self._loops:
                self._loops.add(loop)
                work += self._branches(loop)
                loop = loop.parent
            if not isinstance(value, Return) or self._result_is_wanted:
                work += value.operands
        return found

    def _storing(self) -> frozenset[Loop]:
        """Loops that store numbers that are read elsewhere. (Others may not be wanted.)"""
        stores: list[tuple[Value, Loop]] = []
        loads: dict[Value, dict[Loop | None, None]] = {}
        for copy, source in self._blocks.items():
            loop = self._sweep.shape.loop_of.get(source)
            for inst in copy.instructions:
                if isinstance(inst, Load):
                    loads.setdefault(root_of(inst.pointer), {})[loop] = None
                elif isinstance(inst, Store) and loop is not None and ty.is_float(inst.value.type):
                    stores.append((root_of(inst.pointer), loop))
        return frozenset(at for root, at in stores if loads.get(root, {at: None}).keys() - {at})

    def cost(self, value: Value) -> int:
        """What it takes to compute a value for its own sake."""
        if self.is_alive(value):
            return 0
        total = 0
        seen: set[Value] = set()
        work = [value]
        while work and len(seen) < MOST:
            value = work.pop()
            if value in seen or value in self._alive or not isinstance(value, Instruction):
                continue
            seen.add(value)
            if self._sweep.beside.get(value) not in self._alive:
                total += self._sweep.effort(value)
            work += value.operands
        return total

    def times(self, value: Value) -> int:
        """In how many blocks of the reverse sweep a call, say, would be computed again."""
        if not self._sweep.takes_long(value) or self.is_alive(value):
            return 1
        return self._repetitions.get(value, 1)

    @cached_property
    def _repetitions(self) -> Mapping[Value, int]:
        return self._sweep.repetitions()

    def is_alive(self, value: Value) -> bool:
        """Is a value of a loop with branches computed in any case? Others are thought to be."""
        if value in self._alive or not isinstance(value, Instruction):
            return True
        loop = self._loop_of(value)
        return loop is None or bool(loop.children) or len(loop.blocks) == 1

    def _has_effect(self, inst: Instruction) -> bool:
        return has_effect(inst) and not (
            isinstance(inst, Call) and self._sweep.recipes.is_pure(inst)
        )

    def _loop_of(self, inst: Instruction) -> Loop | None:
        source = self._blocks.get(inst.block) if inst.block is not None else None
        return None if source is None else self._sweep.shape.loop_of.get(source)

    def _branches(self, loop: Loop) -> list[Instruction]:
        shape, blocks = self._sweep.shape, self._sweep.reverse.blocks
        return [
            blocks[b].terminator
            for b in loop.blocks
            if b in blocks and shape.loop_of.get(b) is loop
        ]
