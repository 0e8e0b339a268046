"""The reverse sweep's control flow, and where it gets primal values from.

Adjoint code asks for a value of the forward sweep with `need`. When all of it has been emitted, a
minimum cut decides which values are kept on the tape and which are recomputed (tape.mincut),
the tape is laid out (tape.tape), and each request is answered at the top of its reverse block.
A value from outside a loop is fetched once, where the reverse sweep enters the loop, not in every
iteration.
"""
# ruff: noqa: A001, A002 - `type` and `exit` are LLVM's words, and have no others

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, final

from enzcc.ad.exceptions.unwinding import home
from enzcc.ad.modes.calculus import fast_math
from enzcc.ad.modes.promises import Promises
from enzcc.ad.modes.slots import start_where_used
from enzcc.ad.nests.border import mark
from enzcc.ad.nests.skipped import left, may_be_passed, pass_by
from enzcc.ad.tape.delayed import Delayed, delayed_values
from enzcc.ad.tape.idle import Idle
from enzcc.ad.tape.mincut import INFINITE, cheapest
from enzcc.ad.tape.placed import costly_values, placed_values
from enzcc.ad.tape.replayed import fill
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.cfg import Loop
from enzcc.analysis.recurrences import Geometric
from enzcc.analysis.repeated import repeating_loops
from enzcc.analysis.triangles import Triangular
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, float_value, poison, zero
from enzcc.ir.function import Block
from enzcc.ir.instructions import (
    Alloca,
    Binary,
    Branch,
    Call,
    CallBase,
    Cast,
    Compare,
    ExtractElement,
    ExtractValue,
    FNeg,
    Freeze,
    GetElementPtr,
    InsertElement,
    InsertValue,
    Instruction,
    Invoke,
    Load,
    Phi,
    Select,
    ShuffleVector,
    Store,
    alignment,
)
from enzcc.ir.types import Type
from enzcc.ir.values import Argument, Constant, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.adjoints import Adjoints
    from enzcc.ad.modes.reverse import Reverse

LOOP_WEIGHT = 10
MOST_WEIGHT = 10**6

KEEP_COST = 16
KEEP_BYTE_COST = 4
"""What it costs to keep a value on the tape: a store, a load, their addresses, the traffic; and the
forward sweep, which often has nothing else to do. In units of half an addition, as `_cost`."""

RUNNING_KEEP_COST = 6
RUNNING_BYTE_COST = 1
"""The same in a loop that runs in the forward sweep in any case, to keep something else."""

BESIDE_COST = 25
"""What the second of two functions costs that are computed together (enzcc.ad.modes.reused)."""

FRAME_COST = 90
"""What it costs beyond that in a split function, which may need no frame on the tape otherwise."""

CALL_COST = 150
ROOT_COST = 36
DIVISION_COST = 20
SHARED_DIVISION_COST = 10
"""The same for `x / y` whose adjoint divides by y, too: one reciprocal serves both."""

LOAD_COST = 6
LATE_COST = 3
"""A value that is found in the column of another."""

MANY_BLOCKS = 64
"""Blocks of the reverse sweep that ask for values, from which on it counts in how many of them a
value is computed again: else long chains of values would stand in each ..."""

MANY_COPIES = 100_000
"""... or instructions, if each of these blocks computed all of the forward sweep again."""

FREE_BLOCKS = 2
"""... this many cost no more than one."""

_CHEAP_CALLS = (
    "llvm.fabs.", "llvm.copysign.", "llvm.fma.", "llvm.fmuladd.", "llvm.minnum.", "llvm.maxnum.",
    "llvm.minimum.", "llvm.maximum.", "llvm.smin.", "llvm.smax.", "llvm.umin.", "llvm.umax.",
    "llvm.abs.", "llvm.uadd.", "llvm.usub.", "llvm.sadd.", "llvm.ssub.", "llvm.fshl.", "llvm.fshr.",
    "llvm.ctpop.", "llvm.ctlz.", "llvm.cttz.", "llvm.bswap.", "llvm.bitreverse.",
)  # fmt: skip
_ROOTS = ("sqrt", "sqrtf", "llvm.sqrt.f64", "llvm.sqrt.f32")


@final
class Sweep:
    """The reverse sweep of one function. Source blocks and loops name places; values are
    those of the forward sweep."""

    def __init__(self, reverse: Reverse, entry: Block) -> None:
        self.reverse = reverse
        self.shape = reverse.shape
        self.promises = Promises(reverse.shape.function)
        self.back = reverse.back
        self.entry = entry
        self.allocas: list[Instruction] = []
        self.starts: list[Store] = []
        self.level: dict[Block, Loop | None] = {entry: None}
        self.prologue: dict[Block, Block] = {}
        self.needed: dict[Block, dict[Value, Freeze]] = {}
        self.entries: dict[Loop, list[Block]] = {loop: [] for loop in self.shape.loops}
        self.leaving: dict[Loop, list[Block]] = {loop: [] for loop in self.shape.loops}
        self.stepping: dict[Loop, Block] = {}
        self.passable: dict[Loop, list[Instruction] | None] = {}
        self.left: dict[Loop, Block] = {}
        self.exit_phis: dict[Value, tuple[Loop, Block]] = {}
        self.from_phis: dict[Value, Block] = {}
        self.origin = {copy: source for source, copy in reverse.blocks.items()}
        self._counters: dict[Loop, Phi] = {}
        self.counter_loop: dict[Value, Loop] = {}
        self._iterations: dict[Loop, Alloca] = {}
        self._exits: dict[tuple[Loop, Block], Phi] = {}
        self._froms: dict[Block, Phi] = {}
        self._memo: dict[tuple[Block, Value], Value] = {}
        self._hoists: dict[tuple[Loop, Value], Alloca] = {}
        self._source_phis = {
            copy: source for source, copy in reverse.primal.items() if source not in reverse.twins
        }
        self._shadow_phis = {copy: source for source, copy in reverse.shadows.sources()}
        self.live = self.shape.returning()
        self.blocks: dict[Block, Block] = {}
        for block in self.shape.order:
            if block in self.live:
                self.blocks[block] = self.new_block(
                    f"r.{block.name}", self.shape.loop_of.get(block)
                )
        self.emit = Builder(entry)
        self.relevant: set[Block] = set()
        self.phi_adjoints: dict[Block, list[tuple[Phi, int, Value]]] = {}
        from enzcc.ad.tape.tape import Tape

        self.tape = Tape(self)
        self.finished = self.new_block("r.end", None)
        self.kept: set[Value] = set()
        self.delayed: dict[Instruction, Delayed] = {}
        self.late: dict[Instruction, None] = {}
        self.placed: dict[Value, Store] = {}  # what the program itself keeps in memory
        self._held: set[Value] = set()
        self._planned = False
        self._running: set[Loop | None] = set()
        self._idle: Idle
        self._repeated: dict[Value, int] = {}
        self._repeating: dict[Value, tuple[Loop, ...]] = {}
        self.beside: dict[Value, Value] = {}
        self.again: dict[Instruction, Instruction] = {}
        self.adjoints: Adjoints

    def new_block(self, name: str, level: Loop | None) -> Block:
        """A block of the reverse sweep that runs at a loop's level."""
        block = self.back.add_block(name)
        self.level[block] = level
        return block

    # ------------------------------------------------------------------ slots

    def slot(self, type: Type, start: Value | None) -> Alloca:
        """A stack slot of the reverse sweep, with its start value."""
        scratch = Block("")
        emit = Builder(scratch)
        made = emit.alloca(type)
        self.allocas.append(made)
        if start is not None:
            self.starts.append(emit.store(start, made))
        return made

    def iteration(self, loop: Loop) -> Alloca:
        """The slot with the iteration (from 0) that the reverse sweep is in."""
        found = self._iterations.get(loop)
        if found is None:
            found = self._iterations[loop] = self.slot(ty.I64, zero(ty.I64))
        return found

    # ------------------------------------------------------------------ needs

    def need(self, value: Value) -> Value:
        """A value of the forward sweep, for use at the current place of the reverse sweep."""
        if isinstance(value, Constant):
            return value
        here = self.emit.block
        wanted = self.needed.setdefault(here, {})
        found = wanted.get(value)
        if found is None:
            found = wanted[value] = Freeze("freeze", value.type, (value,))
        return found

    def counter(self, loop: Loop) -> Phi:
        """The forward sweep's iteration number of a loop, from 0."""
        found = self._counters.get(loop)
        if found is None:
            header = self.reverse.blocks[loop.header]
            found = Phi("phi", ty.I64, ())
            found.blocks = []
            found.block = header
            header.instructions.insert(0, found)
            again = Builder(header, header.first_non_phi()).binary(
                "add", found, const_int(ty.I64, 1), "nuw nsw "
            )
            for source in self.shape.edges_into(loop.header):
                value = again if source in loop.blocks else zero(ty.I64)
                found.add_incoming(value, self.reverse.blocks[source])
            self._counters[loop] = found
            self.counter_loop[found] = loop
        return found

    def last_iteration(self, loop: Loop, exit: Block) -> Phi:
        """The iteration in which the loop was left for that block."""
        found = self._exits.get((loop, exit))
        if found is None:
            found = Phi("phi", ty.I64, ())
            found.blocks = []
            copy = self.reverse.blocks[exit]
            found.block = copy
            copy.instructions.insert(0, found)
            counter = self.counter(loop)
            for source in self.shape.edges_into(exit):
                assert source in loop.blocks, "loop exits are dedicated"
                found.add_incoming(counter, self.reverse.blocks[source])
            self._exits[loop, exit] = found
            self.exit_phis[found] = (loop, exit)
        return found

    def came_from(self, block: Block) -> Phi:
        """Which predecessor (by number) a block was entered from."""
        found = self._froms.get(block)
        if found is None:
            sources = self.shape.predecessors[block]
            type = ty.I1 if len(sources) == 2 else ty.I8 if len(sources) < 128 else ty.I32
            found = Phi("phi", type, ())
            found.blocks = []
            copy = self.reverse.blocks[block]
            found.block = copy
            copy.instructions.insert(0, found)
            number = {source: const_int(type, i) for i, source in enumerate(sources)}
            for source in self.shape.edges_into(block):
                found.add_incoming(number[source], self.reverse.blocks[source])
            self._froms[block] = found
            self.from_phis[found] = block
        return found

    # ------------------------------------------------------------------ control flow

    def finish(self) -> None:
        """All that follows the adjoints of the blocks: dispatch, plan, tape, requests, the ends."""
        for block in self.shape.order:
            if block in self.live:
                self._dispatch(block)
        self._start_and_end()
        self._plan()
        self.tape.lay_out()
        for block, wanted in list(self.needed.items()):
            for value, placeholder in wanted.items():
                placeholder.replace_with(self.fetch(value, block))
                placeholder.drop_operands()
        for plan in self.tape.replays.values():
            fill(self, plan)
        self.tape.store_kept()
        self.tape.release(self.finished)
        self._splice()
        source = self.reverse.return_block()
        if source is not None and not self.reverse.split and not self.reverse.engine.again:
            mark(self.reverse, self.blocks[source])
        if self.reverse.engine.report is not None:
            self.reverse.engine.report.add(self)

    def is_relevant(self, block: Block) -> bool:
        """Does the block have adjoint code, or phis with adjoints?"""
        return block in self.relevant or block in self.phi_adjoints

    def _skip(self, block: Block) -> Block | None:
        """A dominator that the reverse sweep can go to at once: nothing in between has adjoints."""
        if block in self.phi_adjoints:
            return None
        target = self.shape.idom.get(block)
        if target is None:
            return None
        between = self._between(target, block)
        if any(self.is_relevant(b) for b in between):
            return None
        around = set(self.shape.loops_around(block))
        while True:
            inner = [loop for loop in self.shape.loops_around(target) if loop not in around]
            if not inner:
                return target
            outermost = inner[-1]
            if any(self.is_relevant(b) for b in outermost.blocks):
                return None
            preheader = self.shape.preheader(outermost)
            if preheader is None:
                return None
            target = preheader

    def _between(self, top: Block, bottom: Block) -> list[Block]:
        """Blocks between a dominator and a block, without these (`bottom` if on a cycle)."""
        seen: dict[Block, None] = {}
        work = list(self.shape.predecessors[bottom])
        while work:
            block = work.pop()
            if block is top or block in seen:
                continue
            seen[block] = None
            work.extend(self.shape.predecessors[block])
        return list(seen)

    def _dispatch(self, block: Block) -> None:
        """The end of a reverse block: back to the predecessor that the forward sweep came from."""
        self.emit.at(self.blocks[block])
        if block is self.shape.order[0]:
            self.emit.branch(self.finished)
            return
        taken = self._take_phis(block)
        skipped = self._skip(block)
        if skipped is not None:
            self._go(block, skipped)
            return
        sources = self.shape.predecessors[block]
        loop = self.shape.loop_of.get(block)
        if loop is not None and loop.header is block:
            self._step_back(loop, taken)
            return
        if len(sources) == 1:
            self._hand_over(block, sources[0], taken)
            self._go(block, sources[0])
            return
        choice = self.need(self.came_from(block))
        level = self.level[self.emit.block]
        edges = [self.new_block(f"r.{block.name}.{s.name}", level) for s in sources]
        if choice.type is ty.I1:
            self.emit.cond_branch(choice, edges[1], edges[0])
        else:
            cases = [(const_int(choice.type, i), e) for i, e in enumerate(edges)]
            self.emit.switch(choice, edges[0], cases[1:])
        for source, edge in zip(sources, edges, strict=True):
            self.emit.at(edge)
            self._hand_over(block, source, taken)
            self._go(block, source)

    def _step_back(self, loop: Loop, taken: list[tuple[Phi, int, Value]]) -> None:
        slot = self.iteration(loop)
        now = self.emit.load(ty.I64, slot)
        first = self.emit.compare("icmp", "eq", now, zero(ty.I64))
        header = loop.header
        outside = [s for s in self.shape.predecessors[header] if s not in loop.blocks]
        inside = [s for s in self.shape.predecessors[header] if s in loop.blocks]
        assert len(outside) == len(inside) == 1, "loops are in simplified form"
        leave = self.new_block(f"r.{header.name}.leave", loop.parent)
        step = self.new_block(f"r.{header.name}.step", loop)
        self.emit.cond_branch(first, leave, step)
        self.emit.at(step)
        self.stepping[loop] = step
        self.emit.store(self.emit.sub(now, const_int(ty.I64, 1)), slot)
        self._hand_over(header, inside[0], taken)
        self.emit.branch(self.blocks[inside[0]])
        self.emit.at(leave)
        self.leaving[loop].append(leave)
        self._hand_over(header, outside[0], taken)
        if may_be_passed(self, loop):
            self.emit.branch(left(self, loop))
            self.emit.at(left(self, loop))
        self._go(header, outside[0])

    def _go(self, block: Block, target: Block) -> None:
        """Branches from the reverse of `block` to that of `target`, through the loops between."""
        entering = [
            loop for loop in reversed(self.shape.loops_around(target)) if block not in loop.blocks
        ]
        for loop in entering:
            pass_by(self, loop)
            door = self.new_block(f"r.{loop.header.name}.enter", self.level[self.emit.block])
            self.emit.branch(door)
            self.emit.at(door)
            self.entries[loop].append(door)
            self.emit.store(self.need(self.last_iteration(loop, block)), self.iteration(loop))
            inner = self.new_block(f"r.{loop.header.name}.last", loop)
            self.emit.branch(inner)
            self.emit.at(inner)
        last = target.terminator
        if isinstance(last, Invoke) and last.targets[0] is block:
            self.emit.flags = fast_math(last)
            self.adjoints.visit_call(last)
            self.emit.flags = ""
        self.emit.branch(self.blocks[target])

    def _take_phis(self, block: Block) -> list[tuple[Phi, int, Value]]:
        found = self.phi_adjoints.get(block)
        if found is None:
            return []
        adjoints = self.adjoints
        return [(phi, offset, adjoints.take_part(phi, offset)) for phi, offset, _ in found]

    def _hand_over(self, block: Block, source: Block, taken: list[tuple[Phi, int, Value]]) -> None:
        """The adjoint of a phi goes to the value that came along the edge."""
        for phi, offset, value in taken:
            self.adjoints.add_part(phi.value_from(source), offset, value)

    # ------------------------------------------------------------------ start and end

    def _start_and_end(self) -> None:
        reverse = self.reverse
        source = reverse.return_block()
        emit = self.emit
        if source is not None:
            copy = reverse.blocks[source]
            assert reverse.returned is not None
            if reverse.split:
                self.tape.return_augmented(copy, reverse.returned)
                Builder(self.entry).branch(self.blocks[source])
            else:
                Builder(copy).branch(self.blocks[source])
        elif reverse.split:
            Builder(self.entry).unreachable()
        emit.at(self.finished)
        values: list[Value] = []
        if reverse.request is not None and reverse.request.primal_return:
            if reverse.returned is not None:
                values.append(self.need(reverse.of(reverse.returned.operands[0])))
            else:
                values.append(poison(reverse.source.type.result))
        from enzcc.ad.modes.reverse import gradients_of

        for arg in gradients_of(reverse.activity, reverse.source):
            values += self.adjoints.every_whole(arg)
        if values:
            whole: Value = poison(self.back.type.result)
            for index, value in enumerate(values):
                whole = emit.insert(whole, value, (index,))
            emit.ret(whole)
        else:
            emit.ret()

    def _splice(self) -> None:
        for block in self.back.blocks:
            front = self.prologue.get(block)
            if front is not None:
                for inst in front.instructions:
                    inst.block = block
                block.instructions = front.instructions + block.instructions
        starts = start_where_used(self.back, self.starts, self._runs_repeatedly)
        for inst in (*self.allocas, *starts):
            inst.block = self.entry
        last = self.entry.instructions[-1:]
        rest = self.entry.instructions[:-1]
        self.entry.instructions = [*self.allocas, *rest, *starts, *last]
        if self.reverse.return_block() is None:
            self.back.blocks = [
                b for b in self.back.blocks if b is self.entry or b not in self.level
            ]

    def _runs_repeatedly(self, block: Block) -> bool:
        if block in self.level:
            return self.level[block] is not None
        source = self.origin.get(block)
        return source is None or source in self.shape.loop_of

    # ------------------------------------------------------------------ plan

    def home(self, value: Value) -> Block | None:
        """The source block where a value of the forward sweep is defined; None for the entry."""
        if isinstance(value, Instruction) and value.block is not None:
            block = home(value)
            return self.origin.get(block) if block is not None else None
        return None

    def source(self, value: Value) -> Value | None:
        """What a value of the forward sweep is the copy, or the shadow, of."""
        return self._source_phis.get(value) or self._shadow_phis.get(value)

    def is_primal(self, value: Value) -> bool:
        """Is a value of the forward sweep the copy of one of the primal?"""
        return value in self._source_phis

    def fetched(self) -> Iterable[tuple[Block, Value]]:
        """What the reverse sweep has asked for, and where."""
        return self._memo

    def home_loop(self, value: Value) -> Loop | None:
        """The innermost loop around a value's definition."""
        block = self.home(value)
        return None if block is None else self.shape.loop_of.get(block)

    def weight(self, loop: Loop | None) -> int:
        """How often code in a loop is thought to run."""
        total = 1
        while loop is not None:
            total *= self._trips(loop)
            loop = loop.parent
        return min(total, MOST_WEIGHT)

    def _trips(self, loop: Loop) -> int:
        known = self.reverse.recurrences.back_edges.get(loop)
        count = known.constant if known is not None else None
        return min(count + 1, 1000) if count is not None else LOOP_WEIGHT

    def repeating(self, value: Value) -> tuple[Loop, ...]:
        """The loops whose iterations all load the same value, which cannot be loaded again."""
        found = self._repeating.get(value)
        if found is None:
            source = self._source_phis.get(value)
            recurrences, changes, found = self.reverse.recurrences, self.reverse.changes, ()
            if (
                isinstance(source, Load)
                and self.home_loop(value) in recurrences.back_edges
                and changes.may_change(source)
            ):
                found = repeating_loops(source, recurrences, changes)
            self._repeating[value] = found
        return found

    def tape_weight(self, value: Value) -> int:
        """How many places on the tape a value is thought to need."""
        total = self.weight(self.home_loop(value))
        for loop in self.repeating(value):
            total = total // self._trips(loop)
        return max(total, 1)

    def is_free(self, value: Value) -> bool:
        """Is the value at hand anywhere in the reverse sweep?"""
        if isinstance(value, Constant) or value in self.counter_loop:
            return True
        if self.reverse.split:
            return value in self.reverse.given
        if isinstance(value, Argument):
            return True
        return isinstance(value, Alloca) and value.block is self.reverse.target.blocks[0]

    def _plan(self) -> None:
        wanted = dict.fromkeys(
            value for values in self.needed.values() for value in values if not self.is_free(value)
        )
        if self._may_repeat_much():
            self._repeated = self.repetitions()
        settings = self.reverse.engine.settings
        if settings.delay and settings.recompute:
            self.delayed = delayed_values(self)
        self.placed = costly_values(self)
        self._idle = Idle(self)
        while True:
            self.late.clear()
            self.kept = cheapest(wanted, self._keep_cost, self._recompute_cost)
            homes = {self.home_loop(value) for value in self.kept} - {None}
            roots = (d.root for p, d in self.delayed.items() if p in self.kept)
            held = {root for root in roots if root in self.kept and not self.repeating(root)}
            grows = self._idle.keep(self.kept)
            if homes <= self._running and held <= self._held and not grows:
                break
            self._running |= homes
            self._held |= held
        for value in [
            v for v in self.late if v in self.kept or self.delayed[v].root not in self.kept
        ]:
            del self.late[value]
        self._planned = True
        self.placed |= placed_values(self)
        self.kept -= self.placed.keys()

    def _may_repeat_much(self) -> bool:
        """Might much code stand in many blocks of the reverse sweep?"""
        size = sum(len(block.instructions) for block in self.origin)
        return len(self.needed) >= MANY_BLOCKS or len(self.needed) * size >= MANY_COPIES

    def repetitions(self) -> dict[Value, int]:
        """In how many blocks of the reverse sweep a value is computed if nothing is kept."""
        asking: dict[Value, int] = {}  # one bit a block
        for number, values in enumerate(self.needed.values()):
            for value in values:
                asking[value] = asking.get(value, 0) | 1 << number
        order: dict[Value, Sequence[Value]] = {}  # operands come first
        for start in list(asking):
            work = [start]
            while work:
                value = work[-1]
                if value in order or self.is_free(value):
                    work.pop()
                    continue
                operands: Sequence[Value] = self.recipe(value) or ()
                before = [o for o in operands if o not in order and not self.is_free(o)]
                work += before
                if not before:
                    order[work.pop()] = operands
        for value, operands in reversed(order.items()):
            for operand in operands:
                asking[operand] = asking.get(operand, 0) | asking[value]
        return {value: blocks.bit_count() for value, blocks in asking.items()}

    def _keep_cost(self, value: Value) -> int:
        if value.type is ty.TOKEN:
            return INFINITE
        size = self.reverse.layout.size(value.type)
        loop = self.home_loop(value)
        cost = BESIDE_COST if value in self.beside else 0
        if loop is None and not self.reverse.split:
            return size + cost
        if loop is None and cost:
            cost += FRAME_COST
        weight = self.weight(loop)
        size = size * self.tape_weight(value) // weight
        if loop in self._running or (loop in self._idle.running and self.takes_long(value)):
            cost += RUNNING_KEEP_COST + RUNNING_BYTE_COST * size
        else:
            cost += KEEP_COST + KEEP_BYTE_COST * size
        return cost * weight + self._idle.cost(value)

    def _recompute_cost(self, value: Value) -> tuple[int, list[Value]] | None:
        operands = self.recipe(value)
        if operands is None:
            return None
        own = SHARED_DIVISION_COST if self._shares_division(value) else _cost(value)
        if value in self.late:
            own = LATE_COST
        if value in self.placed:
            own = LOAD_COST
        own *= max(self._idle.times(value), self._repeated.get(value, 1) // FREE_BLOCKS)
        cost = own * self.weight(self.home_loop(value))
        return cost, [o for o in operands if not self.is_free(o)]

    def effort(self, value: Value) -> int:
        """What it costs to compute a value in the forward sweep."""
        return _cost(value) * self.weight(self.home_loop(value))

    def takes_long(self, value: Value) -> bool:
        """Is it worth a load not to compute the value again?"""
        return _cost(value) >= SHARED_DIVISION_COST

    def _shares_division(self, value: Value) -> bool:
        """Does the adjoint of a quotient divide by the same number? That of 1 / y need not."""
        if not isinstance(value, Binary) or value.opcode != "fdiv":
            return False
        source = self.source(value)
        if source is None or not self.reverse.activity.is_active(source):
            return False
        return float_value(value.operands[0]) != 1.0

    def recipe(self, value: Value) -> list[Value] | None:
        """What a value is computed from again in the reverse sweep; None if that may not be."""
        if value in self.placed:
            return [self.reverse.of(self.placed[value].pointer)]
        if value in self._held:
            return None
        if isinstance(value, Instruction) and value in self.delayed and self._is_late(value):
            return [self.delayed[value].root]
        return self.possible_recipe(value) if self.reverse.engine.settings.recompute else None

    def possible_recipe(self, value: Value) -> list[Value] | None:
        """What a value could be computed from again; None if it cannot."""
        if isinstance(value, Phi):
            return self._phi_recipe(value)
        if not isinstance(value, Instruction):
            return None
        match value:
            case (
                Binary()
                | FNeg()
                | Cast()
                | Compare()
                | Select()
                | GetElementPtr()
                | ExtractValue()
                | InsertValue()
                | ExtractElement()
                | InsertElement()
                | ShuffleVector()
            ):
                return value.operands
            case Load():
                source = self.reverse.source_of.get(value)
                if not self.reverse.engine.settings.reload:
                    return None
                if source is None or self.reverse.changes.may_change(source):  # type: ignore[arg-type]
                    return None
                return value.operands
            case Call():
                if self.is_pure(value):
                    return value.arguments
        return None

    def is_pure(self, call: CallBase) -> bool:
        """May a call of the forward sweep be repeated wherever its arguments are known?"""
        if call in self.beside:
            return True
        source = self._source_phis.get(call)
        if not isinstance(source, CallBase):
            return False
        kind = self.reverse.activity.kind_of_call(source)
        if getattr(source.callee, "name", "") in self.reverse.known.recomputable:
            body = kind is CallKind.BODY and not self.reverse.activity.call_active(source)
            return call.type is not ty.VOID and (
                body or kind in (CallKind.INACTIVE, CallKind.UNKNOWN)
            )
        if kind not in (CallKind.RULE, CallKind.INACTIVE):
            return False
        if any(ty.is_pointer(a.type) for a in call.arguments) or call.type is ty.VOID:
            return False
        name = getattr(source.callee, "name", "")
        if kind is CallKind.RULE:
            return name.startswith("llvm.") or not self.reverse.activity.set_by_arithmetic
        return bool(name.startswith("llvm.")) and "memory(none)" in self._attributes(source)

    def _attributes(self, call: CallBase) -> str:
        module = self.reverse.module
        text = call.tail + getattr(call.callee, "line", "")
        groups = [w.strip(",") for w in text.split() if w.startswith("#")]
        return text + " ".join(module.attribute_group(g) for g in groups)

    def _phi_recipe(self, phi: Phi) -> list[Value] | None:
        exit = self.exit_phis.get(phi)
        if exit is not None:
            loop, block = exit
            count = self.reverse.recurrences.back_edges.get(loop)
            if count is None:
                return None
            operands = [self.reverse.of(v) for v in count.operands]
            around = self.shape.loops_around(block)
            for operand in operands:
                inner = self.home_loop(operand)
                if inner is not None and inner not in around:
                    return None
            return operands
        affine = self._affine(phi)
        if affine is not None:
            return list(affine)
        geometric = self._geometric(phi)
        if geometric is not None:
            return [self.reverse.of(geometric.start)]
        triangular = self._triangular(phi)
        if triangular is not None:
            start, found = triangular
            return [start, *(self.reverse.of(value) for value, _ in found.terms)]
        choice = self.diamond(phi)
        if choice is not None:
            return [choice[0], *choice[1:]]
        return None

    def has_late(self, loop: Loop) -> bool:
        """Are there values of a loop that are found in the column of what they were before?"""
        return any(self.home_loop(value) is loop for value in self.late)

    def _is_late(self, value: Instruction) -> bool:
        """Is there a column for a value, that of what it was before?"""
        root = self.delayed[value].root
        if self._planned:
            return value in self.late
        if self.recipe(root) is not None or self.repeating(root):
            return False
        self.late[value] = None
        return True

    def _geometric(self, phi: Phi) -> Geometric | None:
        source = self._source_phis.get(phi)
        return self.reverse.recurrences.geometric.get(source) if isinstance(source, Phi) else None

    def _affine(self, phi: Phi) -> tuple[Value, Value] | None:
        """Start and step of an induction variable, or of the shadow of a pointer that is one."""
        reverse = self.reverse
        source = self._source_phis.get(phi) or self._shadow_phis.get(phi)
        affine = reverse.recurrences.affine.get(source) if isinstance(source, Phi) else None
        if affine is None:
            return None
        step = reverse.of(affine.step)
        found = reverse.shadows.source(phi)
        if found is not None:
            return reverse.shadow_of_lane(affine.start, found[1]), step
        return reverse.of(affine.start), step

    def _triangular(self, phi: Phi) -> tuple[Value, Triangular] | None:
        """What has steps that grow, or is the shadow of such a pointer, and where it starts."""
        reverse = self.reverse
        source = self._source_phis.get(phi) or self._shadow_phis.get(phi)
        found = reverse.triangles.get(source) if isinstance(source, Phi) else None
        if found is None:
            return None
        lane = reverse.shadows.source(phi)
        if lane is not None:
            return reverse.shadow_of_lane(found.start, lane[1]), found
        return reverse.of(found.start), found

    def diamond(self, phi: Phi) -> tuple[Value, Value, Value] | None:
        """(condition, value if true, value if false) of a phi that one branch decides, if both
        values are there before the branch."""
        block = self.home(phi)
        if block is None or len(phi.operands) != 2:
            return None
        loop = self.shape.loop_of.get(block)
        if loop is not None and loop.header is block:
            return None
        top = self.shape.idom.get(block)
        if top is None:
            return None
        last = top.terminator
        if not isinstance(last, Branch) or not last.operands:
            return None
        if self.shape.loop_of.get(top) is not loop:
            return None
        then, other = last.targets
        values: list[Value | None] = [None, None]
        for value, copy in phi.incoming():
            origin = self.origin.get(copy)
            if origin is None:
                return None
            for side, target in enumerate((then, other)):
                if (origin is top and target is block) or (
                    origin is not top
                    and target is not block
                    and self.shape.predecessors[target] == [top]
                    and self.shape.dominates(target, origin)
                ):
                    values[side] = value
            if isinstance(value, Instruction):
                home = self.home(value)
                if home is not None and not self.shape.dominates(home, top):
                    return None
        if values[0] is None or values[1] is None:
            return None
        return self.reverse.of(last.operands[0]), values[0], values[1]

    def is_cheap(self, value: Value, budget: int = 16) -> bool:
        """Is the value at hand in the reverse sweep, or made from what is with few operations?"""
        return self._price(value, budget) <= budget

    def _price(self, value: Value, budget: int) -> int:
        if self.is_free(value) or value in self.kept:
            return 0
        operands = self.recipe(value)
        if operands is None:
            return budget + 1
        price = _cost(value)
        for operand in operands:
            if price <= budget:
                price += self._price(operand, budget - price)
        return price

    # ------------------------------------------------------------------ answering needs

    def front(self, block: Block) -> Builder:
        """A builder at the top of a reverse block, behind what has been fetched there already."""
        found = self.prologue.get(block)
        if found is None:
            found = self.prologue[block] = Block(block.name)
        return Builder(found)

    def fetch(self, value: Value, block: Block) -> Value:
        """A forward value at the top of a reverse block: at hand, from the tape, or recomputed."""
        if isinstance(value, Constant):
            return value
        found = self._memo.get((block, value))
        if found is None:
            found = self._memo[block, value] = self._fetch(value, block)
        return found

    def _fetch(self, value: Value, block: Block) -> Value:
        loop = self.counter_loop.get(value)
        if loop is not None:
            return self.front(block).load(ty.I64, self.iteration(loop))
        if self.is_free(value):
            return self.reverse.given.get(value, value)
        outer = self._outermost_without(value, block)
        if outer is not None:
            return self.front(block).load(value.type, self._hoisted(value, outer))
        if value in self.kept:
            return self.tape.load(value, block)
        return self._recompute(value, block)

    def _outermost_without(self, value: Value, block: Block) -> Loop | None:
        """The outermost loop around a place of the reverse sweep that does not define the value."""
        home = self.home(value)
        found: Loop | None = None
        loop = self.level[block]
        while loop is not None and (home is None or home not in loop.blocks):
            found = loop
            loop = loop.parent
        return found

    def _hoisted(self, value: Value, loop: Loop) -> Alloca:
        found = self._hoists.get((loop, value))
        if found is None:
            found = self._hoists[loop, value] = self.slot(value.type, None)
            for door in self.entries[loop]:
                fetched = self.fetch(value, door)
                self.front(door).store(fetched, found)
        return found

    def _recompute(self, value: Value, block: Block) -> Value:
        assert isinstance(value, Instruction), f"{value} is neither kept nor recomputable"
        if value in self.late:
            return self.tape.load(self.delayed[value].root, block, -self.delayed[value].delay)
        if value in self.placed:
            store = self.reverse.primal[self.placed[value]]
            assert isinstance(store, Store)
            pointer = self.fetch(store.pointer, block)
            loaded = self.front(block).load(value.type, pointer, alignment(store))
            self.again[loaded] = store
            return loaded
        if isinstance(value, Phi):
            return self._recompute_phi(value, block)
        operands = [self.fetch(o, block) for o in value.operands]
        copy = value.copy()
        if isinstance(value, CallBase):
            copy.tail = without_metadata(copy.tail)
        for index, operand in enumerate(operands):
            copy.set_operand(index, operand)
        self.again[copy] = value
        return self.front(block).put(copy)

    def _recompute_phi(self, phi: Phi, block: Block) -> Value:
        exit = self.exit_phis.get(phi)
        if exit is not None:
            count = self.reverse.recurrences.back_edges[exit[0]]
            used = [v for v in (count.first, count.bound, count.by) if v is not None]
            fetched = {v: self.fetch(self.reverse.of(v), block) for v in used}
            return count.emit(self.front(block), lambda v: fetched[v])
        affine = self._affine(phi)
        if affine is not None:
            loop = self.home_loop(phi)
            assert loop is not None
            start, step = (self.fetch(v, block) for v in affine)
            number = self.fetch(self.counter(loop), block)
            emit = self.front(block)
            if isinstance(phi.type, ty.PointerType):
                return emit.gep(ty.I8, start, [emit.mul(number, step)])
            assert isinstance(phi.type, ty.IntType)
            if phi.type.bits != 64:
                number = emit.cast("trunc" if phi.type.bits < 64 else "zext", number, phi.type)
            return emit.add(start, emit.mul(number, step))
        geometric = self._geometric(phi)
        if geometric is not None:
            loop = self.home_loop(phi)
            assert loop is not None
            start = self.fetch(self.reverse.of(geometric.start), block)
            number = self.fetch(self.counter(loop), block)
            return geometric.emit(self.front(block), start, number)
        triangular = self._triangular(phi)
        if triangular is not None:
            loop = self.home_loop(phi)
            assert loop is not None
            first, found = triangular
            start = self.fetch(first, block)
            values = [self.fetch(self.reverse.of(value), block) for value, _ in found.terms]
            number = self.fetch(self.counter(loop), block)
            return found.emit(self.front(block), start, values, number)
        choice = self.diamond(phi)
        assert choice is not None
        condition, then, other = (self.fetch(v, block) for v in choice)
        return self.front(block).select(condition, then, other)


def _cost(value: Value) -> int:
    match value:
        case Load():
            return LOAD_COST
        case Call():
            callee = getattr(value.callee, "name", "")
            return (
                2
                if callee.startswith(_CHEAP_CALLS)
                else ROOT_COST
                if callee in _ROOTS
                else CALL_COST
            )
        case Binary(opcode="fdiv" | "frem" | "sdiv" | "udiv" | "srem" | "urem"):
            return DIVISION_COST
        case Phi():
            return 3
        case Cast() | GetElementPtr() | Compare() | ExtractValue() | InsertValue():
            return 1
    return 1 if ty.is_int(value.type) else 2


def without_metadata(tail: str) -> str:
    """A call's tail without metadata attachments."""
    at = tail.find(", !")
    return tail if at < 0 else tail[:at]
