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
from enzcc.ad.tape import costs
from enzcc.ad.tape.delayed import Delayed, delayed_values
from enzcc.ad.tape.idle import Idle
from enzcc.ad.tape.mincut import INFINITE, cheapest
from enzcc.ad.tape.placed import costly_values, placed_values
from enzcc.ad.tape.recipes import Recipes
from enzcc.ad.tape.replayed import fill
from enzcc.analysis.cfg import Loop
from enzcc.analysis.repeated import repeating_loops
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, float_value, poison, zero
from enzcc.ir.function import Block
from enzcc.ir.instructions import (
    Alloca,
    Binary,
    CallBase,
    Freeze,
    Instruction,
    Invoke,
    Load,
    Phi,
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

MANY_BLOCKS = 64
"""Blocks of the reverse sweep that ask for values, from which on it counts in how many of them a
value is computed again: else long chains of values would stand in each ..."""

MANY_COPIES = 100_000
"""... or instructions, if each of these blocks computed all of the forward sweep again."""

FREE_BLOCKS = 2
"""... this many cost no more than one."""


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
        self.recipes = Recipes(self)
        self.finished = self.new_block("r.end", None)
        self.kept: set[Value] = set()
        self.delayed: dict[Instruction, Delayed] = {}
        self.late: dict[Instruction, None] = {}
        self.placed: dict[Value, Store] = {}  # what the program itself keeps in memory
        self.told: dict[Value, None] = {}  # ... and what told what has been chosen
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

    def copied(self, value: Value) -> Value | None:
        """The value of the primal that one of the forward sweep is the copy of."""
        return self._source_phis.get(value)

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
        cost = costs.BESIDE if value in self.beside else 0
        if loop is None and not self.reverse.split:
            return size + cost
        if loop is None and cost:
            cost += costs.FRAME
        weight = self.weight(loop)
        size = size * self.tape_weight(value) // weight
        if loop in self._running or (loop in self._idle.running and self.takes_long(value)):
            cost += costs.RUNNING_KEEP + costs.RUNNING_BYTE * size
        else:
            cost += costs.KEEP + costs.KEEP_BYTE * size
        return cost * weight + self._idle.cost(value)

    def _recompute_cost(self, value: Value) -> tuple[int, list[Value]] | None:
        operands = self.recipe(value)
        if operands is None:
            return None
        own = costs.SHARED_DIVISION if self._shares_division(value) else costs.of(value)
        if value in self.late:
            own = costs.LATE
        if value in self.placed:
            own = costs.LOAD
        own *= max(self._idle.times(value), self._repeated.get(value, 1) // FREE_BLOCKS)
        cost = own * self.weight(self.home_loop(value))
        return cost, [o for o in operands if not self.is_free(o)]

    def effort(self, value: Value) -> int:
        """What it costs to compute a value in the forward sweep."""
        return costs.of(value) * self.weight(self.home_loop(value))

    def takes_long(self, value: Value) -> bool:
        """Is it worth a load not to compute the value again?"""
        return costs.of(value) >= costs.SHARED_DIVISION

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
        return self.recipes.of(value) if self.reverse.engine.settings.recompute else None

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

    def is_cheap(self, value: Value, budget: int = 16) -> bool:
        """Is the value at hand in the reverse sweep, or made from what is with few operations?"""
        return self._price(value, budget) <= budget

    def _price(self, value: Value, budget: int) -> int:
        if self.is_free(value) or value in self.kept:
            return 0
        operands = self.recipe(value)
        if operands is None:
            return budget + 1
        price = costs.of(value)
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
            return self.recipes.emit_phi(value, block)
        operands = [self.fetch(o, block) for o in value.operands]
        copy = value.copy()
        if isinstance(value, CallBase):
            copy.tail = without_metadata(copy.tail)
        for index, operand in enumerate(operands):
            copy.set_operand(index, operand)
        self.again[copy] = value
        return self.front(block).put(copy)


def without_metadata(tail: str) -> str:
    """A call's tail without metadata attachments."""
    at = tail.find(", !")
    return tail if at < 0 else tail[:at]
