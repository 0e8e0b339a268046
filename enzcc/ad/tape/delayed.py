"""What a loop reads again in the next iteration, or hands to it, is on the tape once.

    for (i = 1; i + 1 < n; i++)
      v[i] = u[i] * (u[i + 1] - u[i - 1]);

`u[i]` is what `u[i + 1]` was an iteration before, `u[i - 1]` what it was two before. If `u[i + 1]`
is kept, its column has room for two more elements in front, for what the others read at first, and
they are found there: one column for three values. So it is with what a phi hands on, such as those
that LLVM makes of such loads.

Question     Which values of a loop are an earlier iteration's value of another one?
Transfer     A phi is its value from the latch, which each iteration computes, or another such phi.
             A load reads what another one has read if both addresses grow alike, whole iterations
             apart, and no store of the loop comes to that place in between.
Safe answer  none: then each is kept for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from enzcc.analysis.cfg import Loop
from enzcc.analysis.lines import Address, Lines
from enzcc.analysis.recurrences import signed
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.function import Block
from enzcc.ir.instructions import (
    Binary,
    CallBase,
    Cast,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Store,
)
from enzcc.ir.values import ConstantInt, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.sweep import Sweep

MOST_DELAY: Final = 4
"""Iterations that a load may lie behind another one."""

MOST_LOADS: Final = 40
"""Loads of one loop that are compared."""

_DEPTH: Final = 12


class Delayed(NamedTuple):
    """A phi or a load is what `root` was `delay` iterations before."""

    root: Instruction
    delay: int


def delayed_values(sweep: Sweep) -> dict[Instruction, Delayed]:
    """The values of the forward sweep that are delayed."""
    found: dict[Instruction, Delayed] = {}
    for loop in sweep.shape.loops:
        latch, preheader = sweep.shape.latch(loop), sweep.shape.preheader(loop)
        if loop in sweep.reverse.recurrences.back_edges and latch and preheader:
            phis = _phis(sweep, loop, latch)
            loads = {} if loop.children else _Loads(sweep, loop, latch).delayed()
            for phi, (root, delay) in phis.items():
                further = loads.get(root, Delayed(root, 0))
                found[phi] = Delayed(further.root, delay + further.delay)
            found |= loads
    return found


def _phis(sweep: Sweep, loop: Loop, latch: Block) -> dict[Instruction, Delayed]:
    blocks = sweep.reverse.blocks
    phis = {p: None for p in blocks[loop.header].phis() if ty.is_float(p.type)}
    after: dict[Value, Phi] = {}  # the phi that is a value an iteration later
    for phi in phis:
        after.setdefault(phi.value_from(blocks[latch]), phi)
    found: dict[Instruction, Delayed] = {}
    for value in after:
        if value in phis or not isinstance(value, Instruction):
            continue
        if sweep.home_loop(value) is not loop:
            continue
        delay, following = 0, after.get(value)
        while following is not None:
            delay += 1
            found[following] = Delayed(value, delay)
            following = after.get(following)
    return found


class _Loads:
    """The loads of one loop, which each iteration executes."""

    def __init__(self, sweep: Sweep, loop: Loop, latch: Block) -> None:
        self.sweep, self.loop, self.latch = sweep, loop, latch
        self.reverse, self.shape = sweep.reverse, sweep.shape
        self.order = {
            inst: number
            for number, inst in enumerate(
                i for b in self.shape.order if b in loop.blocks for i in b.instructions
            )
        }

    def delayed(self) -> dict[Instruction, Delayed]:
        """Those that are an earlier iteration's value of another one."""
        if [source for source, _ in self.shape.exits(self.loop)] != [self.latch]:
            return {}
        loads: list[Load] = []
        for inst in self.order:
            if isinstance(inst, CallBase):
                copy = self.reverse.primal.get(inst)
                if copy is None or self.sweep.recipes.of(copy) is None:
                    return {}
            elif isinstance(inst, Load) and self._is_kept(inst):
                loads.append(inst)
        if not 1 < len(loads) <= MOST_LOADS:
            return {}
        for phi in self.loop.header.phis():
            affine = self.reverse.recurrences.affine.get(phi)
            if affine is None or not isinstance(phi.type, ty.IntType):
                continue
            if isinstance(affine.step, ConstantInt):
                return self._along(phi, signed(affine.step), loads)
        return {}

    def _is_kept(self, load: Load) -> bool:
        assert load.block is not None
        copy = self.reverse.primal.get(load)
        return (
            isinstance(copy, Load)
            and ty.is_float(load.type)
            and not load.flags
            and self.shape.dominates(load.block, self.latch)
            and self.reverse.changes.may_change(load)
            and not self.sweep.repeating(copy)
        )

    def _along(self, counter: Phi, step: int, loads: list[Load]) -> dict[Instruction, Delayed]:
        lines = Lines(self.loop.blocks, counter, self.reverse.layout)
        places = {load: self._place(lines, load.pointer) for load in loads}
        found: dict[Instruction, Delayed] = {}
        roots: set[Load] = set()
        # what is ahead of all others comes first
        for first in sorted(loads, key=lambda load: -self._ahead(places[load], step)):
            here = places[first]
            if here is None or self.reverse.primal[first] in found:
                continue
            for second in loads:
                there = places[second]
                if there is None or second is first or second in roots:
                    continue
                if second.type is not first.type or self.reverse.primal[second] in found:
                    continue
                delay = _iterations(there, here, step)
                if delay is None or not 0 < delay <= MOST_DELAY:
                    continue
                if self._can_be_placed(second.pointer) and self._stays(
                    lines, first, second, delay, step
                ):
                    root, copy = self.reverse.primal[first], self.reverse.primal[second]
                    assert isinstance(root, Instruction)
                    assert isinstance(copy, Instruction)
                    found[copy] = Delayed(root, delay)
                    roots.add(first)
        return found

    def _place(self, lines: Lines, pointer: Value) -> Address | None:
        lines.conditions.clear()
        lines.clamped = False  # another place may have been
        found = lines.address(pointer)
        if found is None or lines.clamped or lines.conditions:
            return None
        return None if found.line.slopes or found.line.slack != (0, 0) else found

    def _ahead(self, place: Address | None, step: int) -> int:
        if place is None:
            return 0
        return place.line.constant if place.line.stride * step > 0 else -place.line.constant

    def _stays(self, lines: Lines, first: Load, second: Load, delay: int, step: int) -> bool:
        """Does no store come to a place after the first load has read it, and before the second
        one does?"""
        here = self._place(lines, first.pointer)
        assert here is not None
        size = self.reverse.layout.store_size(first.type)
        for write in self.reverse.changes.writes_in(self.loop.blocks, first):
            store = write.inst
            if not isinstance(store, Store) or store.flags:
                return False
            place = self._place(lines, store.pointer)
            if place is None or self.reverse.layout.store_size(store.value.type) != size:
                return False
            number = _iterations(place, here, step)  # so much later it comes there
            if number is None or abs(here.line.stride * step) < size:
                return False
            if 0 < number < delay:
                return False
            if number == 0 and self.order[store] > self.order[first]:
                return False
            if number == delay and self.order[store] < self.order[second]:
                return False
        return True

    def _can_be_placed(self, value: Value, depth: int = 0) -> bool:
        if not isinstance(value, Instruction) or value.block not in self.loop.blocks:
            return True
        if isinstance(value, Phi):
            affine = self.reverse.recurrences.affine.get(value)
            return affine is not None and value.block is self.loop.header
        if depth > _DEPTH or not isinstance(value, (GetElementPtr, Binary, Cast)):
            return False
        return all(self._can_be_placed(o, depth + 1) for o in value.operands)


def _iterations(behind: Address, ahead: Address, step: int) -> int | None:
    """How many iterations later one address comes to where another one is."""
    first, second = ahead.line, behind.line
    if behind.base is not ahead.base or dict(first.terms) != dict(second.terms):
        return None
    if first.stride != second.stride or not first.stride:
        return None
    number, rest = divmod(first.constant - second.constant, first.stride * step)
    return None if rest else number


def store_at_first(sweep: Sweep, root: Value, room: int) -> None:
    """What delayed values are at first goes to the front of the column, in front of the loop."""
    loop = sweep.home_loop(root)
    assert loop is not None
    preheader = sweep.shape.preheader(loop)
    assert preheader is not None
    block = sweep.reverse.blocks[preheader]
    emit = Builder(block, block.terminator)
    late = sorted((d.delay, n) for n, (v, d) in enumerate(sweep.delayed.items()) if d.root is root)
    values = list(sweep.delayed)
    for back in range(1, room + 1):
        delay, number = next(
            (d, n) for d, n in late if d >= back and (d == back or isinstance(values[n], Load))
        )
        value = values[number]
        if isinstance(value, Phi):
            first = value.value_from(block)
        else:
            assert isinstance(value, Load)
            first = _loaded(sweep, emit, loop, value, delay - back)
        sweep.tape.store_ahead(emit, first, root, loop, -back)


def _loaded(sweep: Sweep, emit: Builder, loop: Loop, load: Load, number: int) -> Value:
    """What a load reads in an iteration of a loop: where there is no such iteration, anything."""
    source = sweep.source(load)
    assert isinstance(source, Load)
    place = _in_iteration(sweep, emit, loop, source.pointer, number)
    if number:
        trips = sweep.reverse.recurrences.back_edges[loop].emit(emit, sweep.reverse.of)
        runs = emit.compare("icmp", "uge", trips, const_int(ty.I64, number))
        first = _in_iteration(sweep, emit, loop, source.pointer, 0)
        place = emit.select(runs, place, first)
    return emit.load(load.type, place, tail=load.tail)


def _in_iteration(sweep: Sweep, emit: Builder, loop: Loop, value: Value, number: int) -> Value:
    """What a value of the primal is in an iteration of a loop, in front of it."""
    reverse = sweep.reverse
    if not isinstance(value, Instruction) or value.block not in loop.blocks:
        return reverse.of(value)
    if isinstance(value, Phi):
        affine = reverse.recurrences.affine[value]
        start, step = reverse.of(affine.start), reverse.of(affine.step)
        distance = emit.mul(step, const_int(step.type, number))
        if isinstance(value.type, ty.PointerType):
            return emit.gep(ty.I8, start, [distance])
        return emit.add(start, distance) if number else start
    operands = [_in_iteration(sweep, emit, loop, o, number) for o in value.operands]
    copy = value.copy()
    copy.flags = ""
    for index, operand in enumerate(operands):
        copy.set_operand(index, operand)
    return emit.put(copy)
