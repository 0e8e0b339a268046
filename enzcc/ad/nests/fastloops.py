"""A loop of the reverse sweep that may run forward (`nests.forwards`), built as one that does.

check:  is it long enough?                           -> header (the loop as it was), or:
apart:  are the streams apart?                       -> header, or:
first:  the iteration that the old loop begins with, if indices are clamped there
main:   the iterations between, forward
rest:   what waits in registers goes to memory; the old loop's last iteration
join:   behind both
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, final

from enzcc.ad.overlap.scopes import attach
from enzcc.analysis.lines import Placed
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_float, const_int, zero
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Branch, Instruction, Load, Phi, Store
from enzcc.ir.values import Metadata, Value
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ad.nests.forwards import Access, Found, Stream
    from enzcc.ad.nests.fused import Fill

FEWEST: Final = 8
"""Iterations that are worth a test."""

MOST: Final = 1 << 32
"""Iterations up to which nothing that is tested can wrap around."""


_FORWARD: Final = pattern(r"\.main(?:\.\d+)?$")


def runs_forward(block: Block) -> bool:
    """Is the block a loop that has been turned round, which LLVM may vectorise?"""
    return _FORWARD.search(block.name) is not None


def build(function: Function, found: Found) -> None:
    """Changes the function."""
    _Building(function, found).run()


@final
class _Building:
    def __init__(self, function: Function, found: Found) -> None:
        self.function, self.found = function, found
        self.module = function.module
        name = found.header.name or "loop"
        self.check = function.add_block(f"{name}.check", found.outside)
        self.apart = self.check
        if not found.is_certain:
            self.apart = function.add_block(f"{name}.apart", self.check)
        self.ahead = function.add_block(f"{name}.first", self.apart)
        self.old = found.header
        if found.fill is not None:
            self.old = function.add_block(f"{name}.late", self.apart)
        self.main = function.add_block(f"{name}.main", self.ahead)
        self.rest = function.add_block(f"{name}.rest", self.main)
        self.join = function.add_block(f"{name}.join", self.rest)
        self.placed = Placed(Builder(self.check), found.blocks)
        self.last = found.phi.value_from(found.outside)
        if found.counter is not found.phi:
            self.last = self.placed.emit.sub(self.last, const_int(ty.I64, 1))
        self.starts: dict[Phi, Value] = {p: p.value_from(found.outside) for p in found.sums}

    def run(self) -> None:
        found, emit = self.found, self.placed.emit
        clamped = found.lines.clamped
        self.low: Value = const_int(ty.I64, 1 if clamped else 0)
        self.high = emit.sub(self.last, const_int(ty.I64, 1)) if clamped else self.last
        condition = None if found.is_certain else self._condition()
        values: dict[Phi, Value] = self.starts
        emit_first = Builder(self.ahead)
        if clamped:
            values = self._iteration(emit_first, self.last, values)
        emit_first.branch(self.main)
        values = self._run_main(values)
        emit_rest = Builder(self.rest)
        if clamped:
            values = self._iteration(emit_rest, zero(ty.I64), values)
        emit_rest.branch(self.join)
        self._connect(condition, values)

    # ------------------------------------------------------------------ in front

    def _condition(self) -> Value:
        found, placed = self.found, self.placed
        emit = placed.emit
        fewest = FEWEST + len(found.pairs) // 4  # a test takes time as well
        if found.fill is not None:  # and so does what it saves
            fewest = 0
        distance = emit.sub(self.last, const_int(ty.I64, fewest))
        is_long = emit.compare("icmp", "ult", distance, const_int(ty.I64, MOST - fewest))
        emit.cond_branch(is_long, self.apart, self.old)
        emit.at(self.apart)
        total: Value = const_int(ty.I1, 1)
        ends = self.low, self.high
        for condition in found.lines.conditions:
            total = emit.binary("and", total, placed.holds(condition, ends))
        for factor in dict.fromkeys(found.finite.values()):
            nothing = emit.fmul(placed.value(factor), zero(factor.type))
            is_finite = emit.compare("fcmp", "ord", nothing, nothing)
            total = emit.binary("and", total, is_finite)
        ranges: dict[int, tuple[Value, Value]] = {}
        for pair in found.pairs:
            (a, b), (c, d) = (self._range(s, ranges) for s in pair)
            before = emit.compare("icmp", "ule", b, c)
            behind = emit.compare("icmp", "ule", d, a)
            total = emit.binary("and", total, emit.binary("or", before, behind))
        return total

    def _range(self, stream: Stream, known: dict[int, tuple[Value, Value]]) -> tuple[Value, Value]:
        """From where to where (exclusive) a stream reaches in memory."""
        made = known.get(id(stream))
        if made is None:
            placed, emit = self.placed, self.placed.emit
            ends = [self.low, self.high]
            if stream.stride < 0:
                ends.reverse()
            base = emit.cast("ptrtoint", placed.value(stream.address.base), ty.I64)
            first, last = (emit.add(base, placed.line(stream.address.line, e)) for e in ends)
            made = known[id(stream)] = (
                emit.add(first, const_int(ty.I64, stream.low)),
                emit.add(last, const_int(ty.I64, stream.high)),
            )
        return made

    # ------------------------------------------------------------------ iterations

    def _iteration(
        self, emit: Builder, counter: Value, values: dict[Phi, Value]
    ) -> dict[Phi, Value]:
        """One iteration as it was."""
        became = self._counting(emit, counter)
        became.update((phi, value) for phi, value in values.items())
        for block in self.found.blocks:
            for inst in block.instructions:
                if not isinstance(inst, (Phi, Branch)) and inst is not self.found.counter:
                    self._copy(emit, inst, became)
        return {p: became[p.value_from(self.found.step)] for p in values}

    def _counting(self, emit: Builder, counter: Value) -> dict[Value, Value]:
        """What counts in one iteration."""
        found = self.found
        became: dict[Value, Value] = {found.counter: counter}
        if found.phi is not found.counter:
            became[found.phi] = emit.binary("add", counter, const_int(ty.I64, 1))
        return became

    def _copy(self, emit: Builder, inst: Instruction, became: dict[Value, Value]) -> Instruction:
        copy = inst.copy()
        for index, operand in enumerate(inst.operands):
            copy.set_operand(index, became.get(operand, operand))
        became[inst] = copy
        return emit.put(copy)

    def _run_main(self, values: dict[Phi, Value]) -> dict[Phi, Value]:
        found, main = self.found, self.main
        front = Builder(self.ahead, self.ahead.terminator)
        emit = Builder(main)
        number = emit.phi(ty.I64, [(zero(ty.I64), self.ahead)])
        sums = {p: emit.phi(p.type, [(values[p], self.ahead)]) for p in found.sums}
        counter = emit.binary("add", number, self.low, "nuw nsw ")
        became = self._counting(emit, counter)
        became.update((phi, new) for phi, new in sums.items())
        scopes = self._scopes(front)
        carried = self._carried(emit, number)
        unused = found.fill.places(found.blocks) if found.fill is not None else ()
        places = {
            id(access): self._start(front, stream, offset)
            for stream in found.streams
            for access, offset in zip(stream.members, stream.offsets, strict=True)
        }
        strides = {id(m): s.stride for s in found.streams for m in s.members}
        moved = {part: a for s in found.streams for a in s.members for part in a.parts or (a.inst,)}
        waiting = {part for s in found.windows for a in s.members for part in a.parts}
        waiting |= {taken[1].inst for s in found.windows if (taken := s.taken()) is not None}
        for block in found.blocks:
            for inst in block.instructions:
                if isinstance(inst, (Phi, Branch)) or inst in waiting or inst is found.counter:
                    continue
                if inst in unused:
                    continue
                if found.fill is not None and inst in found.fill.carried:
                    became[inst] = carried[found.fill.carried[inst]]
                    continue
                if inst in found.finite:
                    became[inst] = became[inst.operands[2]]
                    continue
                copy = self._copy(emit, inst, became)
                access = moved.get(inst)
                if access is not None and isinstance(inst, (Load, Store)):
                    self._place(copy, places[id(access)], number, strides[id(access)])
                    self._mark(copy, scopes.get(id(access)))
        behind = Builder(self.rest)
        for stream in found.windows:
            self._add_window(emit, behind, stream, places, scopes, number, became)
        again = emit.binary("add", number, const_int(ty.I64, 1), "nuw nsw ")
        number.add_incoming(again, main)
        for phi, new in sums.items():
            new.add_incoming(became[phi.value_from(found.step)], main)
        count = front.sub(self.high, self.low)
        emit.cond_branch(emit.compare("icmp", "eq", number, count), self.rest, main)
        return {p: became[p.value_from(found.step)] for p in found.sums}

    def _carried(self, emit: Builder, number: Value) -> dict[Value, Value]:
        """What the loop in front computes in this iteration, carried along by this one."""
        fill = self.found.fill
        if fill is None:
            return {}
        became: dict[Value, Value] = {fill.counter: number}
        phis = [p for p in fill.block.phis() if p is not fill.counter]
        needed = fill.needed()
        for phi in phis:
            became[phi] = emit.phi(phi.type, [(phi.value_from(fill.front), self.ahead)])
        for inst in fill.block.instructions:
            if inst in needed:
                self._copy(emit, inst, became)
        for phi in phis:
            new, value = became[phi], phi.value_from(fill.block)
            assert isinstance(new, Phi)
            new.add_incoming(became.get(value, value), self.main)
        for value in fill.carried.values():
            became.setdefault(value, value)
        return became

    def _start(self, emit: Builder, stream: Stream, offset: int) -> Value:
        placed = self.placed
        pointer = placed.pointer(stream.address, self.low)
        return placed.emit.gep(ty.I8, pointer, [const_int(ty.I64, offset)])

    def _place(self, copy: Instruction, start: Value, number: Value, stride: int) -> None:
        assert copy.block is not None
        emit = Builder(copy.block, copy)
        distance = emit.binary("mul", number, const_int(ty.I64, stride), "nsw ")
        place = emit.gep(ty.I8, start, [distance], "inbounds ") if stride else start
        copy.set_operand(0 if isinstance(copy, Load) else 1, place)

    def _add_window(
        self,
        emit: Builder,
        behind: Builder,
        stream: Stream,
        places: dict[int, Value],
        scopes: dict[int, tuple[list[str], list[str]]],
        number: Value,
        became: dict[Value, Value],
    ) -> None:
        """Adds to the cell that no later iteration adds to; what is for others waits."""
        stride, taken = stream.stride, stream.taken()
        steps = [(o - stream.first) // stride for o in stream.offsets]
        width = max(steps)
        amounts: list[Value | None] = [None] * (width + 1)
        first = stream.members[steps.index(0)]
        for access, at in zip(stream.members, steps, strict=True):
            if taken is not None and access is taken[0]:
                continue
            value = access.amount
            if isinstance(access.inst, Store) and value is None:
                value = access.inst.value
            assert value is not None
            new = became.get(value, value)
            new = emit.fneg(new) if access.negated else new
            before = amounts[at]
            amounts[at] = new if before is None else emit.binary("fadd", before, new, "reassoc ")
        load, *_, store = first.parts or next(m.parts for m in stream.members if m.parts)
        nothing = const_float(load.type, -0.0)
        phis = [Builder(self.main).phi(load.type, [(nothing, self.ahead)]) for _ in range(width)]
        pending = [*phis, nothing]
        after: list[Value] = []
        for at in range(width, -1, -1):
            amount = amounts[at]
            total: Value = pending[at]
            if amount is not None:
                total = amount if at == width else emit.fadd(total, amount)
            after.insert(0, total)
        for phi, value in zip(phis, after[1:], strict=True):
            phi.add_incoming(value, self.main)
        place = places[id(first)]
        if taken is None:
            self._add_to(emit, load, store, after[0], place, number, stride, scopes, first)
        else:
            copy = emit.put(taken[1].inst.copy())
            copy.set_operand(0, after[0])
            self._place(copy, place, number, stride)
            self._mark(copy, scopes.get(id(first)))
        for at, value in enumerate(after[1:], 1):
            start = behind.gep(ty.I8, place, [const_int(ty.I64, at * stride)])
            self._add_to(behind, load, store, value, start, number, stride, {}, first)

    def _add_to(
        self,
        emit: Builder,
        load: Instruction,
        store: Instruction,
        amount: Value,
        start: Value,
        number: Value,
        stride: int,
        scopes: dict[int, tuple[list[str], list[str]]],
        access: Access,
    ) -> None:
        """*place += amount, with accesses such as these"""
        old = load.copy()
        emit.put(old)
        self._place(old, start, number, stride)
        total = emit.fadd(old, amount)
        new = store.copy()
        new.set_operand(0, total)
        emit.put(new)
        new.set_operand(1, old.operands[0])
        for copy in (old, new):
            self._mark(copy, scopes.get(id(access)))

    # ------------------------------------------------------------------ what is apart

    def _scopes(self, front: Builder) -> dict[int, tuple[list[str], list[str]]]:
        """For accesses: the scopes that they are in, and those that they never meet. They hold for
        one run of the loop, in front of which they are declared."""
        found, module = self.found, self.module
        streams = [s for s in found.streams if any(s in pair for pair in found.pairs)]
        if not streams:
            return {}
        domain = module.add_metadata('distinct !{@, !"enzcc forward"}')
        own = {id(s): module.add_metadata(f"distinct !{{@, {domain}}}") for s in streams}
        type_ = ty.function(ty.VOID, (ty.METADATA,))
        callee = module.declare("llvm.experimental.noalias.scope.decl", type_)
        for scope in own.values():
            front.call(callee, type_, [Metadata(module.metadata_node(f"!{{{scope}}}"))])
        out: dict[int, tuple[list[str], list[str]]] = {}
        for stream in streams:
            apart = [own[id(b if a is stream else a)] for a, b in found.pairs if stream in (a, b)]
            for access in stream.members:
                out[id(access)] = [own[id(stream)]], apart
        return out

    def _mark(self, copy: Instruction, scopes: tuple[Sequence[str], Sequence[str]] | None) -> None:
        if scopes is not None:
            attach(self.module, copy, "alias.scope", list(scopes[0]))
            attach(self.module, copy, "noalias", list(scopes[1]))

    # ------------------------------------------------------------------ all together

    def _connect(self, condition: Value | None, values: dict[Phi, Value]) -> None:
        found = self.found
        emit = self.placed.emit
        enters, old = found.outside, found.header
        if found.fill is not None:
            enters, old = found.fill.front, found.fill.block
            self._put_off(found.fill, condition is not None)
        last = enters.terminator
        last.targets[:] = [self.check if t is old else t for t in last.targets]
        if condition is None:
            emit.branch(self.ahead)
        else:
            emit.cond_branch(condition, self.ahead, self.old)
        self._leave(condition is not None, values)
        for phi in found.exit.phis():
            phi.blocks[:] = [self.join if b is found.header else b for b in phi.blocks]
        Builder(self.join).branch(found.exit)
        if condition is None:
            gone = found.blocks if found.fill is None else [*found.blocks, found.fill.block]
            for block in gone:
                for inst in block.instructions:
                    inst.drop_operands()
                self.function.blocks.remove(block)
            return
        end = found.header.terminator
        end.targets[:] = [self.join if t is found.exit else t for t in end.targets]
        for phi in (found.phi, *found.sums) if found.fill is None else ():
            phi.blocks[:] = [self.check if b is found.outside else b for b in phi.blocks]
            phi.add_incoming(phi.value_from(self.check), self.apart)
        self._leave_alone(found.step.terminator)

    def _put_off(self, fill: Fill, both: bool) -> None:
        """The loop in front, and its memory, are for the old loop only."""
        base: Value = zero(ty.PTR)
        if both:
            base = Builder(self.join).phi(
                ty.PTR, [(base, self.rest), (fill.base, self.found.header)]
            )
        for end in fill.ends:
            end.replace(fill.base, base)
        late = Builder(self.old)
        for inst in [i for i in fill.front.instructions if i in fill.late]:
            fill.front.instructions.remove(inst)
            late.put(inst)
        late.branch(fill.block)
        for phi in fill.block.phis():
            phi.blocks[:] = [self.old if b is fill.front else b for b in phi.blocks]
        if not both:
            for inst in self.old.instructions:
                inst.drop_operands()
            self.function.blocks.remove(self.old)

    def _leave(self, both: bool, values: dict[Phi, Value]) -> None:
        """Uses behind the loop are of what comes out of either version."""
        found = self.found
        emit = Builder(self.join)
        for phi in found.sums:
            old = phi.value_from(found.step)
            assert isinstance(old, Instruction)
            users = [u for u in old.users if u.block not in found.blocks]
            incoming = [(values[phi], self.rest)]
            if both:
                incoming.append((old, found.header))
            new = emit.phi(phi.type, incoming)
            for user in users:
                user.replace(old, new)

    def _leave_alone(self, latch: Instruction) -> None:
        """The old loop is short, or its streams overlap: it is not worth LLVM's time."""
        if latch.metadata("llvm.loop") is not None:
            return
        off = self.module.metadata_node('!{!"llvm.loop.vectorize.enable", i1 false}')
        node = self.module.add_metadata(f"distinct !{{@, {off}}}")
        latch.tail += f", !llvm.loop {node}"
