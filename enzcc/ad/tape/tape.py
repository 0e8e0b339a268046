"""Where kept values live between the sweeps.

    outside loops, combined    a stack slot, shared by those of which one run computes one only
    outside loops, split       a field of the function's frame, one block pushed at entry
    in a loop whose trip       a column of one block for the whole nest: all values of one kind
    count is known at entry    side by side, so that both sweeps walk with unit stride; once for
                               all iterations of loops that only repeat it (enzcc.analysis.repeated)
    in another loop            a frame an iteration, each linked to the one before

Blocks come from the tape's arena (runtime/arena.c), a stack: the reverse sweep gives them back in
reverse order. Blocks of small constant size, outside of other loops, are stack memory.
"""
# ruff: noqa: A001, A002 - `type` and `exit` are LLVM's words, and have no others

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Generic, TypeVar, final

from enzcc.ad.tape import replayed
from enzcc.ad.tape.delayed import store_at_first
from enzcc.analysis.cfg import Loop
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, poison, zero
from enzcc.ir.function import Block
from enzcc.ir.instructions import Alloca, Instruction, Invoke, Phi, Return
from enzcc.ir.types import Type
from enzcc.ir.values import Argument, ConstantWord, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.sweep import Sweep

T = TypeVar("T", bound=Instruction)
P = TypeVar("P")

STACK_BYTES = 1 << 14
"""Largest block that is put on the stack."""

MOST_TRIED = 16
"""So many places are asked whether a value may share them."""

MOST_TRIPS = 1 << 44
"""A trip count of an inner loop beyond this is that of a loop that is never entered."""


@final
class _Nest:
    """The blocks of a loop with a known trip count, for values that differ from iteration to
    iteration of `loops`, from the outermost inwards; `trips` says how often these run. In front of
    what the innermost one computes there is `room` for what enters it (enzcc.ad.tape.delayed)."""

    def __init__(
        self, loops: list[Loop], trips: dict[Loop, Value], emit: Builder, room: int = 0
    ) -> None:
        self.loops, self.room = loops, room
        self.blocks: dict[Value, Value] = {}
        self.trips = [trips[loop] for loop in loops]
        if room:
            self.trips[-1] = emit.add(self.trips[-1], const_int(ty.I64, room))
        self.total: Value = self.trips[0] if loops else const_int(ty.I64, 1)
        for count in self.trips[1:]:
            self.total = emit.mul(self.total, count)
        self.columns: dict[Value, tuple[int, int]] = {}


@final
class _Links:
    """The frames of a loop with unknown trip count."""

    def __init__(self) -> None:
        self.frame: Value = ConstantWord(ty.PTR, "null")
        self.slot: Alloca
        self.size = 8
        self.offsets: dict[Value, int] = {}


@final
class _Places(Generic[P]):
    """Places for values of one type: those of blocks of which one runs only share a place."""

    def __init__(self) -> None:
        self._all: list[_Place[P]] = []

    def find(self, own: int, behind: int, make: Callable[[], P]) -> P:
        """The place of a value of a block, behind which those others can run (as bit sets)."""
        for place in self._all[-MOST_TRIED:]:
            if not place.behind & own and not behind & place.homes:
                break
        else:
            place = _Place(make())
            self._all.append(place)
        place.homes |= own
        place.behind |= own | behind
        return place.where


@final
class _Place(Generic[P]):
    """One of them.

    homes    the blocks of its values
    behind   they and all that can run after them (both as bit sets)
    """

    def __init__(self, where: P) -> None:
        self.where, self.homes, self.behind = where, 0, 0


@final
class Tape:
    """The places of the kept values of one function."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.reverse = sweep.reverse
        self.layout = sweep.reverse.layout
        self.levels: dict[Loop | None, list[Value]] = {}
        self.replays: dict[Loop, replayed.Replay] = {}
        self._slots: dict[Value, Alloca] = {}
        self._shared: dict[Type, _Places[Alloca]] = {}
        self.sharing: set[Value] = set()
        """Values that lie where another one had its place already."""
        self._iteration_reach: dict[Loop, dict[Block, int]] = {}
        self._nests: dict[Value, _Nest] = {}
        self._links: dict[Loop, _Links] = {}
        self._root: dict[Value, int] = {}
        self._rooms: dict[Value, int] = {}
        self.frame_bytes = 0
        self._root_frame: Value | None = None
        self._frame_field: Instruction | None = None
        self._when_laid_out: list[Callable[[], None]] = []

    # ------------------------------------------------------------------ layout

    def lay_out(self) -> None:
        """Gives every kept value its place. Laying out a loop may keep more in the loops around it,
        so inner loops come first."""
        sweep = self.sweep
        self.replays = replayed.replays(sweep)
        for plan in self.replays.values():
            replayed.lay_out(sweep, plan)
        for late in sweep.late:
            root, delay = sweep.delayed[late]
            self._rooms[root] = max(delay, self._rooms.get(root, 0))
        for value in in_order(sweep.kept, self.reverse.target):
            if sweep.home_loop(value) in self.replays:
                continue
            self.levels.setdefault(sweep.home_loop(value), []).append(value)
        for loop in reversed(sweep.shape.loops):
            if self.levels.get(loop):
                if loop in self.reverse.recurrences.back_edges:
                    self._lay_out_nest(loop)
                else:
                    self._lay_out_links(loop)
        if self.reverse.split:
            self._lay_out_frame()
        for step in reversed(self._when_laid_out):  # what was pushed last is given back first
            step()

    def keep(self, value: Value) -> None:
        """Keeps one more value (of the tape itself)."""
        if self.sweep.is_free(value) or value in self.sweep.kept:
            return
        self.sweep.kept.add(value)
        self.levels.setdefault(self.sweep.home_loop(value), []).append(value)

    def _chain(self, loop: Loop) -> list[Loop]:
        """The loops that share one block with this one, outermost first."""
        shape, known = self.sweep.shape, self.reverse.recurrences.back_edges
        chain = [loop]
        while True:
            outer = chain[0].parent
            if outer is None or outer not in known:
                return chain
            preheader, latch = shape.preheader(chain[0]), shape.latch(outer)
            assert preheader is not None
            assert latch is not None
            if not shape.dominates(preheader, latch):
                return chain
            for inner in chain:
                for operand in known[inner].operands:
                    if not self.reverse.recurrences.is_invariant(outer, operand):
                        return chain
            chain.insert(0, outer)

    def _lay_out_nest(self, loop: Loop) -> None:
        reverse, known = self.reverse, self.reverse.recurrences.back_edges
        chain = self._chain(loop)
        preheader = self.sweep.shape.preheader(chain[0])
        assert preheader is not None
        copy = reverse.blocks[preheader]
        emit = Builder(copy, copy.terminator)
        trips: dict[Loop, Value] = {}
        for inner in chain:
            edges = known[inner]
            count = emit.add(edges.emit(emit, reverse.of), const_int(ty.I64, 1))
            if inner is not chain[0] and edges.constant is None:
                sane = emit.compare("icmp", "ult", count, const_int(ty.I64, MOST_TRIPS))
                count = emit.select(sane, count, zero(ty.I64))
            trips[inner] = count
        columns: dict[tuple[tuple[Loop, ...], int], list[Value]] = {}
        for value in sorted(self.levels[loop], key=lambda v: -self._size(v)):
            repeating = self.sweep.repeating(value)
            loops = tuple(i for i in chain if i not in repeating)
            columns.setdefault((loops, self._rooms.get(value, 0)), []).append(value)
        blocks: list[Value] = []
        for (loops, room), values in columns.items():
            nest = _Nest(list(loops), trips, emit, room)
            blocks += [self._lay_out_block(nest, v, chain[0], emit) for v in self._together(values)]
            for count in nest.trips[1:]:
                self._keep_number(count)
            if any(before for before, _ in nest.columns.values()):
                self._keep_number(nest.total)
        pushed = next((b for b in blocks if not isinstance(b, Alloca)), None)
        if pushed is not None:  # the blocks behind it are given back with it
            self._rewind_when_left(chain[0], pushed)

    def _together(self, values: list[Value]) -> list[list[Value]]:
        """The values of a nest that share a block: all, or each for itself where the analyses will
        have to tell apart what lies there."""
        return [[v] for v in values] if self.reverse.engine.again else [values]

    def _lay_out_block(
        self, nest: _Nest, values: list[Value], outermost: Loop, emit: Builder
    ) -> Value:
        """One block of columns; it is on the stack where it is known to be small. Values of which
        an iteration computes one share a column, as in `_slot`, unless other iterations read them
        there."""
        reverse = self.reverse
        size = 0
        shared: dict[Type, _Places[int]] = {}

        def column(bytes_: int) -> int:
            nonlocal size
            size += bytes_
            return size - bytes_

        for value in values:
            self._nests[value] = nest
            width, loop = self._size(value), self.sweep.home_loop(value)
            if nest.room or loop is None or self.sweep.repeating(value):
                nest.columns[value] = column(width), width
                continue
            own, behind = self._reach_in(value, loop)
            places = shared.setdefault(value.type, _Places())
            before = size
            nest.columns[value] = places.find(own, behind, partial(column, width)), width
            if size == before:
                self.sharing.add(value)
        trips = self._constant_trips(nest)
        whole = -1 if trips is None else size * trips
        alone = not reverse.split and not reverse.whole  # others may be entered many times
        if alone and outermost.parent is None and 0 <= whole <= STACK_BYTES:
            entry = reverse.target.blocks[0]
            front = Builder(entry, entry.instructions[0])
            block: Value = front.alloca(ty.array(ty.I8, max(whole, 1)), align=16)
        else:
            block = reverse.push(emit, emit.mul(nest.total, const_int(ty.I64, size)))
            self.keep(block)
        nest.blocks |= dict.fromkeys(values, block)
        return block

    def _keep_number(self, value: Value) -> None:
        if isinstance(value, (Instruction, Argument)) and not self.sweep.is_cheap(value):
            self.keep(value)

    def _rewind_when_left(self, loop: Loop, block: Value) -> None:
        """Memory of a nest in another loop is given back when the reverse sweep has passed it."""
        if loop.parent is None and not self.reverse.whole:
            return
        for leave in self.sweep.leaving[loop]:
            self._when_laid_out.append(
                lambda leave=leave: self.rewind(leave, self.sweep.fetch(block, leave))  # type: ignore[misc]
            )

    def rewind(self, block: Block, to: Value) -> None:
        type = ty.function(ty.VOID, (ty.PTR, ty.PTR))
        helper = self.reverse.helper("__enzcc_tape_rewind", type)
        Builder(block, block.terminator).call(helper, type, [self.reverse.back_tape(), to])

    def _lay_out_links(self, loop: Loop) -> None:
        reverse, sweep = self.reverse, self.sweep
        links = self._links[loop] = _Links()
        at = 8
        for value in sorted(self.levels[loop], key=lambda v: -self._size(v)):
            align = min(self._size(value) & -self._size(value), 16)
            at = -(-at // align) * align
            links.offsets[value] = at
            at += self._size(value)
        header = reverse.blocks[loop.header]
        before = Phi("phi", ty.PTR, ())
        before.blocks = []
        before.block = header
        header.instructions.insert(0, before)
        emit = Builder(header, header.first_non_phi())
        links.size = at
        frame = reverse.push(emit, const_int(ty.I64, at))
        self.on_tape(emit.store(before, frame, align=8))
        links.frame = frame
        for source in sweep.shape.edges_into(loop.header):
            value = frame if source in loop.blocks else zero(ty.PTR)
            before.add_incoming(value, reverse.blocks[source])
        links.slot = sweep.slot(ty.PTR, None)
        exits: dict[Block, Phi] = {}
        for door in sweep.entries[loop]:
            (exit,) = {
                block
                for (inner, block), phi in sweep._exits.items()
                if inner is loop and phi in sweep.needed.get(door, {})
            }
            last = exits.get(exit)
            if last is None:
                copy = reverse.blocks[exit]
                last = exits[exit] = Phi("phi", ty.PTR, ())
                last.blocks = []
                last.block = copy
                copy.instructions.insert(0, last)
                for source in sweep.shape.edges_into(exit):
                    last.add_incoming(frame, reverse.blocks[source])
                self.keep(last)
            self._when_laid_out.append(
                lambda last=last, door=door: self._enter_links(last, door, links)  # type: ignore[misc]
            )
        step = sweep.stepping.get(loop)
        if step is not None:
            emit = Builder(step, step.terminator)
            now = emit.load(ty.PTR, links.slot)
            emit.store(self.on_tape(emit.load(ty.PTR, now, align=8)), links.slot)
        if loop.parent is not None or reverse.whole:
            for leave in sweep.leaving[loop]:
                self.rewind(leave, Builder(leave, leave.terminator).load(ty.PTR, links.slot))

    def _enter_links(self, last: Value, door: Block, links: _Links) -> None:
        fetched = self.sweep.fetch(last, door)
        self.sweep.front(door).store(fetched, links.slot)

    def _lay_out_frame(self) -> None:
        reverse = self.reverse
        at = 0
        for value in sorted(self.levels.get(None, ()), key=lambda v: -self._size(v)):
            align = min(self._size(value) & -self._size(value), 16)
            at = -(-at // align) * align
            self._root[value] = at
            at += self._size(value)
        if self.reverse.outer:
            self.frame_bytes = at
            self._root_frame = reverse.target.args[1]
            return
        if not self._root:
            return
        entry = reverse.target.blocks[0]
        emit = Builder(entry, entry.instructions[0])
        self._root_frame = reverse.push(emit, const_int(ty.I64, at))
        if self._frame_field is not None:
            self._frame_field.set_operand(1, self._root_frame)

    def _size(self, value: Value) -> int:
        return max(1, self.layout.size(value.type))

    # ------------------------------------------------------------------ questions

    def is_linked(self, loop: Loop) -> bool:
        """Has each iteration of the loop a frame of its own?"""
        return loop in self._links

    def link_bytes(self, loop: Loop) -> int:
        """The size of such a frame."""
        return self._links[loop].size

    def is_on_stack(self, value: Value) -> bool:
        """Is the block of a nest of known size on the stack?"""
        return isinstance(self._nests[value].blocks[value], Alloca)

    def constant_trips(self, value: Value) -> int:
        """How many elements the column of a value in such a block has."""
        total = self._constant_trips(self._nests[value])
        assert total is not None
        return total

    def _constant_trips(self, nest: _Nest) -> int | None:
        constants = [self.reverse.recurrences.back_edges[loop].constant for loop in nest.loops]
        counts = [c + 1 for c in constants if c is not None]
        if len(counts) < len(constants):
            return None
        if nest.room:
            counts[-1] += nest.room
        return prod(counts)

    def size(self, value: Value) -> int:
        """The bytes that a value takes."""
        return self._size(value)

    # ------------------------------------------------------------------ reading and writing

    def load(self, value: Value, block: Block, later: int = 0) -> Value:
        """A kept value at the top of a reverse block (at the level of the loop it is kept in), as
        it was so many iterations `later`."""
        sweep = self.sweep
        loop = sweep.home_loop(value)
        if loop is None:
            if not self.reverse.split:
                return sweep.front(block).load(value.type, self._slot(value))
            place = sweep.front(block).offset(
                self.reverse.back.args[1], const_int(ty.I64, self._root[value])
            )
            return self.on_tape(sweep.front(block).load(value.type, place, self._align(value.type)))
        plan = self.replays.get(loop)
        if plan is not None:
            return replayed.load(sweep, plan, value, block)
        links = self._links.get(loop)
        if links is not None:
            emit = sweep.front(block)
            frame = emit.load(ty.PTR, links.slot)
            place = emit.offset(frame, const_int(ty.I64, links.offsets[value]))
            return self.on_tape(emit.load(value.type, place, self._align(value.type)))
        nest = self._nests[value]
        index: Value | None = None
        for position, inner in enumerate(nest.loops):
            number = sweep.fetch(sweep.counter(inner), block)
            if index is None:
                index = number
            else:
                count = sweep.fetch(nest.trips[position], block)
                emit = sweep.front(block)
                index = emit.add(emit.mul(index, count), number)
        index = index or zero(ty.I64)
        if nest.room:
            index = sweep.front(block).add(index, const_int(ty.I64, nest.room + later))
        base = sweep.fetch(nest.blocks[value], block)
        total = sweep.fetch(nest.total, block) if nest.columns[value][0] else zero(ty.I64)
        emit = sweep.front(block)
        place = self._element(emit, nest, value, base, total, index)
        return self.on_tape(emit.load(value.type, place, self._column_align(nest, value)))

    def on_tape(self, access: T) -> T:
        """Notes an access to tape memory."""
        self.reverse.tape_accesses.append(access)
        return access

    def _slot(self, value: Value) -> Alloca:
        """The stack slot of a value outside loops. Values of which the arms of a branch compute one
        each share a slot: LLVM would make a phi of each of them otherwise, in which each arm has an
        operand, and many arms make a square of that. A reverse block asks for nothing but what the
        forward sweep has computed in the same run, and that run has not come by another block of
        the slot's. Where the analyses will have to tell apart what lies there, each has its own:
        words may hold numbers in one arm, and integers in another."""
        found = self._slots.get(value)
        if found is not None:
            return found
        if self.reverse.engine.again:
            found = self.sweep.slot(value.type, None)
        else:
            own, behind = self._reach(value)
            places = self._shared.setdefault(value.type, _Places())
            found = places.find(own, behind, lambda: self.sweep.slot(value.type, None))
        self._slots[value] = found
        return found

    def _reach(self, value: Value) -> tuple[int, int]:
        """The block of a value, and those that can run after it, as bit sets."""
        shape = self.sweep.shape
        home = self.sweep.home(value) or shape.order[0]
        return 1 << shape.index[home], shape.reachable_from()[home]

    def _reach_in(self, value: Value, loop: Loop) -> tuple[int, int]:
        """The same within one iteration of the value's loop."""
        shape = self.sweep.shape
        home = self.sweep.home(value)
        assert home is not None
        reach = self._iteration_reach.get(loop)
        if reach is None:
            reach = self._iteration_reach[loop] = dict.fromkeys(loop.blocks, 0)
            changed = True
            while changed:
                changed = False
                for block in reversed([b for b in shape.order if b in reach]):
                    bits = 0
                    for target in block.successors():
                        if target in reach and target is not loop.header:
                            bits |= reach[target] | 1 << shape.index[target]
                    if bits != reach[block]:
                        reach[block] = bits
                        changed = True
        return 1 << shape.index[home], reach[home]

    def _element(
        self, emit: Builder, nest: _Nest, value: Value, base: Value, total: Value, index: Value
    ) -> Value:
        before, size = nest.columns[value]
        if before:
            base = emit.offset(base, emit.mul(total, const_int(ty.I64, before)))
        return emit.offset(base, emit.mul(index, const_int(ty.I64, size)))

    def _column_align(self, nest: _Nest, value: Value) -> int:
        before, size = nest.columns[value]
        align = size & -size
        if before:
            align = min(align, before & -before)
        return min(align, 16)

    def _align(self, type: Type) -> int:
        size = max(1, self.layout.size(type))
        return min(size & -size, 16)

    def store_kept(self) -> None:
        """The forward sweep's stores, each behind the definition of its value."""
        for loop, values in self.levels.items():
            for value in values:
                self._store(loop, value)
        for root, room in self._rooms.items():
            store_at_first(self.sweep, root, room)

    def _store(self, loop: Loop | None, value: Value) -> None:
        emit = self._behind(value)
        if loop is None:
            if not self.reverse.split:
                if value in self._slots:
                    emit.store(value, self._slots[value])
                return
            assert self._root_frame is not None
            place = emit.offset(self._root_frame, const_int(ty.I64, self._root[value]))
            self.on_tape(emit.store(value, place, self._align(value.type)))
            return
        links = self._links.get(loop)
        if links is not None:
            place = emit.offset(links.frame, const_int(ty.I64, links.offsets[value]))
            self.on_tape(emit.store(value, place, self._align(value.type)))
            return
        self._store_in_column(emit, value, value, {}, 0)

    def _store_in_column(
        self, emit: Builder, value: Value, root: Value, numbers: dict[Loop, Value], later: int
    ) -> None:
        """Stores a value in the column of another, in the iterations that `numbers` say or that
        run, and so many later."""
        nest = self._nests[root]
        index: Value | None = None
        for position, inner in enumerate(nest.loops):
            number = numbers.get(inner) or self.sweep.counter(inner)
            if index is None:
                index = number
            else:
                index = emit.add(emit.mul(index, nest.trips[position]), number)
        index = index or zero(ty.I64)
        if nest.room:
            index = emit.add(index, const_int(ty.I64, nest.room + later))
        place = self._element(emit, nest, root, nest.blocks[root], nest.total, index)
        self.on_tape(emit.store(value, place, self._column_align(nest, root)))

    def store_ahead(
        self, emit: Builder, value: Value, root: Value, loop: Loop, number: int
    ) -> None:
        """Stores a value in front of a loop, for an iteration before its first."""
        self._store_in_column(emit, value, root, {loop: zero(ty.I64)}, number)

    def _behind(self, value: Value) -> Builder:
        if isinstance(value, Instruction):
            block = value.block
            assert block is not None
            if isinstance(value, Phi):
                first = block.first_non_phi()
                links = self._links.get(self.sweep.home_loop(value))  # type: ignore[arg-type]
                frame = links.frame if links is not None else None
                if isinstance(frame, Instruction) and frame.block is block:
                    # the frame is made behind the phis
                    first = block.instructions[block.instructions.index(frame) + 1]
                return Builder(block, first)
            if isinstance(value, Invoke):  # where it returns
                block = value.targets[0]
                return Builder(block, block.first_non_phi())
            position = block.place_of(value) + 1
            return Builder(block, block.instructions[position])
        entry = self.reverse.target.blocks[0]
        after = 0
        if isinstance(self._root_frame, Instruction):
            after = entry.instructions.index(self._root_frame) + 1
        return Builder(entry, entry.instructions[after])

    # ------------------------------------------------------------------ the ends

    def return_augmented(self, block: Block, returned: Return) -> None:
        """The end of an augmented function: {frame, primal, shadow}."""
        reverse = self.reverse
        emit = Builder(block)
        type = reverse.target.type.result
        if reverse.outer:
            self._return_outer(emit, type, returned)
            return
        assert isinstance(type, ty.StructType)
        assert type.fields is not None
        whole = emit.insert(poison(type), zero(ty.PTR), (0,))
        assert isinstance(whole, Instruction)
        self._frame_field = whole
        result: Value = whole
        if len(type.fields) > 1:
            reverse.emit = emit
            value = returned.operands[0]
            result = emit.insert(result, reverse.of(value), (1,))
            if len(type.fields) > 2:
                for index, shadow in enumerate(reverse.every_shadow(value), 2):
                    result = emit.insert(result, shadow, (index,))
        emit.ret(result)

    def _return_outer(self, emit: Builder, type: Type, returned: Return) -> None:
        reverse = self.reverse
        if not returned.operands:
            emit.ret()
            return
        reverse.emit = emit
        value = returned.operands[0]
        result = reverse.of(value) if reverse.wanted else poison(value.type)
        if isinstance(type, ty.StructType) and type is not value.type:
            both = emit.insert(poison(type), result, (0,))
            for index, shadow in enumerate(reverse.every_shadow(value), 1):
                both = emit.insert(both, shadow, (index,))
            emit.ret(both)
        else:
            emit.ret(result)

    def release(self, last: Block) -> None:
        """At the end of the reverse sweep the tape goes back to where the function found it."""
        reverse = self.reverse
        emit = Builder(last, last.terminator)
        if reverse.split:
            if self._root_frame is None or reverse.outer:
                return
            type = ty.function(ty.VOID, (ty.PTR, ty.PTR))
            helper = reverse.helper("__enzcc_tape_rewind", type)
            emit.call(helper, type, [reverse.back_tape(), reverse.back.args[1]])
            return
        if reverse.uses_tape:
            type = ty.function(ty.VOID, (ty.PTR,))
            helper = reverse.helper("__enzcc_tape_release", type)
            emit.call(helper, type, [reverse.tape])


def in_order(values: set[Value], function) -> list[Value]:  # type: ignore[no-untyped-def]
    """The values of a set in program order (sets of IR objects have none)."""
    found = [a for a in function.args if a in values]
    for block in function.blocks:
        found += [i for i in block.instructions if i in values]
    return found
