"""A nest of the reverse sweep that may gather (`enzcc.ad.nests.stencils`), built as one that does.

tests:   may it, and does it pay? in front of the outer loop
header:  (the old one) in the first iteration that is not clamped, goes to
edge:    loops that add to rows which get less than others: those beyond the first and last one
row:     a row's own cells: the first ones, where they are clamped or have too few neighbours
main:    the cells between; twice, for what they add up to and what they get, if rows get in each
         other's way in the cache
last:    the last cells
reset:   a row that nobody needs any more is reset
done:    back to the old loop, where that ends
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, final

from enzcc.ad.overlap.scopes import attach
from enzcc.analysis.lines import Line, Placed
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Branch, Instruction, Load, Phi
from enzcc.ir.values import Metadata, Value

if TYPE_CHECKING:
    from enzcc.ad.nests.forwards import Access
    from enzcc.ad.nests.stencils import Group, Member, Nest, Place, Take

FEWEST_ROWS: Final = 4
FEWEST_CELLS: Final = 8
MOST: Final = 1 << 31
"""Iterations up to which nothing that is tested can wrap around."""

ZEROS: Final = 1 << 16
"""Bytes of a row that is zero."""

WAYS: Final = 8
SPAN: Final = 1 << 12
"""A processor's first cache holds so many lines whose distances are multiples of so many bytes."""

_TRUE: Final = const_int(ty.I1, 1)
_ZEROS_NAME: Final = ".enzcc.row"


def build(function: Function, nest: Nest) -> None:
    """Changes the function."""
    _Building(function, nest).run()


class _Spot(NamedTuple):
    """An address where both counters are 0, and how far apart rows are."""

    origin: Value
    step: Value
    stride: int


@final
class _Building:
    def __init__(self, function: Function, nest: Nest) -> None:
        self.function, self.nest, self.frame = function, nest, nest.frame
        self.module = function.module
        self.header, self.leave = nest.front[0], nest.leave
        self.tests = function.add_block("gather.tests", nest.outside)
        self.emit = Builder(self.tests)
        self.placed = Placed(self.emit, nest.blocks)
        self.at = self.header  # where blocks are added
        self.spots: dict[int, _Spot] = {}
        self.scopes: dict[int, tuple[list[str], list[str]]] = {}
        self.factors: dict[Value, Value] = {}
        self.gathered = {p for g in nest.groups for m in g.members for p in m.access.parts}
        self.resets: set[Instruction] = {t.store for t in nest.takes if t.store is not None}
        self.taken: dict[Value, Take] = {t.load: t for t in nest.takes}
        self.in_front = [
            i for b in nest.front for i in b.instructions if not isinstance(i, (Phi, Branch))
        ]

    def run(self) -> None:
        """All of it."""
        nest, frame, emit = self.nest, self.frame, self.emit
        last = nest.phi.value_from(nest.outside)
        if nest.counter is not nest.phi:
            last = emit.sub(last, const_int(ty.I64, 1))
        self.last_cell = self.placed.value(frame.phi.value_from(frame.outside))
        if frame.counter is not frame.phi:
            self.last_cell = emit.sub(self.last_cell, const_int(ty.I64, 1))
        self.last_row = last
        self.low: Value = const_int(ty.I64, int(nest.outer.clamped))
        self.high = emit.sub(last, self.low)
        self._find_spots()
        self._find_factors()
        holds = self._tests()
        self.crowded = self._is_crowded()
        self.closed: Value | None = None
        if nest.mirrored:
            self.closed = self._is_closed()
            self.low = emit.select(self.closed, zero(ty.I64), self.low)
            self.high = emit.select(self.closed, last, self.high)
        emit.branch(self.header)
        enters = nest.outside.terminator
        enters.targets[:] = [self.tests if t is self.header else t for t in enters.targets]
        for phi in self.header.phis():
            phi.blocks[:] = [self.tests if b is nest.outside else b for b in phi.blocks]
        self._nest(holds)

    # ------------------------------------------------------------------ in front

    def _find_spots(self) -> None:
        nest = self.nest
        places = [m.place for g in nest.groups for m in g.members]
        places += [t.place for t in nest.takes] + [p for _, p in nest.loads]
        for place in places:
            distance = self.placed.line(place.line, zero(ty.I64))
            origin = self.emit.gep(ty.I8, self.placed.value(place.base), [distance])
            self.spots[id(place)] = _Spot(origin, self.placed.slope(place.line), place.stride)
        name = _ZEROS_NAME
        if self.module.has_symbol(name):
            self.zeros: Value = self.module.symbol(name)
        else:
            self.zeros = self.module.add_global_text(
                f"@{name} = internal externally_initialized global [{ZEROS} x i8] "
                "zeroinitializer, align 64"
            )

    def _find_factors(self) -> None:
        """Factors of what neighbours get are computed in front."""
        work = [
            m.access.amount
            for g in self.nest.groups
            for m in g.members
            if (m.row or m.column) and m.access.amount is not None
        ]
        while work:
            value = work.pop()
            if value in self.taken or value in self.factors:
                continue
            if self.nest.outer.is_fixed(value):
                self.factors[value] = self.placed.value(value)
            elif isinstance(value, Instruction):
                guarded = self.nest.guards.get(value)
                work += value.operands if guarded is None else [guarded]

    def _tests(self) -> Value:
        nest, emit = self.nest, self.emit
        total = self._within(emit.sub(self.high, self.low), FEWEST_ROWS - 1, MOST)
        total = self._and(total, self._within(self.last_cell, FEWEST_CELLS - 1, MOST))
        for value, is_true in nest.runs:
            truth = self.placed.value(value)
            total = self._and(total, truth if is_true else emit.binary("xor", truth, _TRUE))
        for condition in nest.outer.conditions:
            numbers = [self.placed.line(condition.line, e) for e in (self.low, self.high)]
            total = self._and(total, self._holds(numbers, condition.low, condition.high))
            total = self._and(total, self._are_small(condition.line))
        for line, stride, condition, ends in nest.conditions:
            numbers = [
                emit.add(self.placed.line(line, row), emit.mul(cell, const_int(ty.I64, stride)))
                for row in (self.low, self.high)
                for cell in self._cells_between(emit, ends)
            ]
            total = self._and(total, self._holds(numbers, condition.low, condition.high))
            total = self._and(total, self._are_small(line))
        for group in nest.groups:
            for member in group.members:
                total = self._and(total, self._is_where_it_should(group, member))
        for take in nest.takes:
            total = self._and(total, self._rows_are_apart(take))
        for spot in self.spots.values():
            total = self._and(total, self._within(spot.step, -MOST, MOST))
        for opcode, factor in nest.factors:
            value = self.placed.value(factor)
            is_product = opcode == "fmul"
            number = zero(factor.type)
            nothing = emit.fmul(value, number) if is_product else emit.fdiv(number, value)
            total = self._and(total, emit.compare("fcmp", "ord", nothing, nothing))
        ranges = [self._range(i) for i in range(len(nest.units))]
        for i, j in nest.pairs:
            before = emit.compare("icmp", "ule", ranges[i][1], ranges[j][0])
            behind = emit.compare("icmp", "ule", ranges[j][1], ranges[i][0])
            total = self._and(total, emit.binary("or", before, behind))
        return total

    def _is_closed(self) -> Value:
        """Do the first row and the last one, where rows are clamped, give to themselves what others
        give to the rows beyond? Everything else must be where lines say."""
        nest, emit = self.nest, self.emit
        total: Value = _TRUE
        for row, beyond in ((zero(ty.I64), -1), (self.last_row, 1)):
            ahead = emit.add(row, const_int(ty.I64, 1))
            placed = Placed(emit, nest.blocks, {nest.phi: ahead, nest.counter: row})
            for _, _, condition, ends in nest.conditions:
                cells = self._cells_between(emit, ends)
                numbers = [placed.line(condition.line, cell) for cell in cells]
                total = self._and(total, self._holds(numbers, condition.low, condition.high))
            places = [
                (t.access, self._number(self.spots[id(t.place)], row, zero(ty.I64)))
                for t in nest.takes
            ]
            for group in nest.groups:
                own = self.spots[id(group.own.place)]
                here = self._number(own, row, zero(ty.I64))
                for member in group.members:
                    rows = 0 if member.row == beyond else member.row
                    distance = emit.mul(own.step, const_int(ty.I64, rows))
                    distance = emit.add(distance, const_int(ty.I64, member.column * own.stride))
                    places.append((member.access, emit.add(here, distance)))
            for access, place in places:
                assert access.address is not None
                pointer = placed.pointer(access.address, zero(ty.I64))
                there = emit.cast("ptrtoint", pointer, ty.I64)
                total = self._and(total, emit.compare("icmp", "eq", there, place))
        return total

    def _is_crowded(self) -> Value | None:
        """Are there so many rows, so far apart, that they drive each other out of the cache? None:
        they never are, or there is nothing that could be done alone."""
        if not self.frame.sums or self.nest.streams <= WAYS:
            return None
        emit = self.emit
        total: Value = zero(ty.I64)
        for step in dict.fromkeys(s.step for s in self.spots.values()):
            total = emit.binary("or", total, step)
        rest = emit.binary("and", total, const_int(ty.I64, SPAN - 1))
        return emit.compare("icmp", "eq", rest, zero(ty.I64))

    def _cells_between(self, emit: Builder, ends: tuple[bool, bool]) -> tuple[Value, Value]:
        """The first and last cell of a row, without those at the ends that are left out."""
        left, right = (const_int(ty.I64, int(end)) for end in ends)
        return left, emit.sub(self.last_cell, right)

    def _and(self, a: Value, b: Value) -> Value:
        return self.emit.binary("and", a, b)

    def _within(self, value: Value, low: int, high: int) -> Value:
        distance = self.emit.sub(value, const_int(ty.I64, low))
        return self.emit.compare("icmp", "ult", distance, const_int(ty.I64, high - low))

    def _are_small(self, line: Line) -> Value:
        """Do multiples of the counter not wrap around?"""
        total: Value = const_int(ty.I1, 1)
        for term, _ in line.slopes:
            if not term[1]:
                total = self._and(total, self._within(self.placed.term(term), -MOST, MOST))
        return total

    def _holds(self, numbers: list[Value], low: int | None, high: int | None) -> Value:
        emit = self.emit
        total: Value = const_int(ty.I1, 1)
        for number in numbers:
            if low is None or high is None:
                nonzero = emit.compare("icmp", "ne", number, zero(ty.I64))
                signs = emit.binary("xor", number, numbers[0])
                same = emit.compare("icmp", "sge", signs, zero(ty.I64))
                total = self._and(total, self._and(nonzero, same))
            else:
                distance = emit.sub(number, const_int(ty.I64, low))
                inside = emit.compare("icmp", "ule", distance, const_int(ty.I64, high - low))
                total = self._and(total, inside)
        return total

    def _is_where_it_should(self, group: Group, member: Member) -> Value:
        """Is a neighbour so many rows and cells away, in the first row and in the last?"""
        emit = self.emit
        total: Value = const_int(ty.I1, 1)
        if member.place is group.own.place:
            return total
        own, spot = self.spots[id(group.own.place)], self.spots[id(member.place)]
        distance = emit.mul(own.step, const_int(ty.I64, member.row))
        distance = emit.add(distance, const_int(ty.I64, member.column * own.stride))
        for row in (self.low, self.high):
            here, there = (self._number(s, row, zero(ty.I64)) for s in (own, spot))
            same = emit.compare("icmp", "eq", emit.add(here, distance), there)
            total = self._and(total, same)
        return total

    def _rows_are_apart(self, take: Take) -> Value:
        """Is what a row takes not what another one takes?"""
        emit, spot = self.emit, self.spots[id(take.place)]
        length = emit.mul(self.last_cell, const_int(ty.I64, abs(spot.stride)))
        length = emit.add(length, const_int(ty.I64, max(abs(spot.stride), take.access.size)))
        negative = emit.sub(zero(ty.I64), spot.step)
        up = emit.compare("icmp", "sge", spot.step, length)
        down = emit.compare("icmp", "sge", negative, length)
        fits = emit.compare("icmp", "ult", length, const_int(ty.I64, ZEROS - 64))
        if take.store is None:
            return fits
        return self._and(fits, emit.binary("or", up, down))

    def _number(self, spot: _Spot, row: Value, cell: Value) -> Value:
        emit = self.emit
        number = emit.cast("ptrtoint", spot.origin, ty.I64)
        number = emit.add(number, emit.mul(row, spot.step))
        return emit.add(number, emit.mul(cell, const_int(ty.I64, spot.stride)))

    def _range(self, unit: int) -> tuple[Value, Value]:
        """From where to where (exclusive) a stream reaches in memory."""
        emit = self.emit
        accesses, places, all_ends, _ = self.nest.units[unit]
        everywhere: set[int] = set()
        if self.nest.mirrored:
            everywhere = {id(m.access) for g in self.nest.groups for m in g.members if not m.row}
        least: Value | None = None
        most: Value | None = None
        for access, place, ends in zip(accesses, places, all_ends, strict=True):
            spot = self.spots[id(place)]
            left, right = self._cells_between(emit, ends)
            if spot.stride < 0:
                left, right = right, left
            rows = self.low, self.high
            if id(access) in everywhere:
                rows = zero(ty.I64), self.last_row
            for row in rows:
                low = self._number(spot, row, left)
                high = emit.add(self._number(spot, row, right), const_int(ty.I64, access.size))
                least = low if least is None else self._smaller(low, least)
                most = high if most is None else self._smaller(most, high, larger=True)
        assert least is not None
        assert most is not None
        return least, most

    def _smaller(self, a: Value, b: Value, *, larger: bool = False) -> Value:
        first = self.emit.compare("icmp", "ult", a, b)
        return self.emit.select(first, b, a) if larger else self.emit.select(first, a, b)

    # ------------------------------------------------------------------ the nest

    def _block(self, name: str) -> Block:
        self.at = self.function.add_block(f"gather.{name}", self.at)
        return self.at

    def _nest(self, holds: Value) -> None:
        nest, frame = self.nest, self.frame
        old, here = self._block("old"), self._block("start")
        last = self.header.terminator
        self.header.instructions.remove(last)
        last.block = None
        old.append(last)
        for block in old.successors():
            for phi in block.phis():
                phi.blocks[:] = [old if b is self.header else b for b in phi.blocks]
        emit = Builder(self.header)
        first = emit.compare("icmp", "eq", nest.counter, self.high)
        emit.cond_branch(emit.binary("and", holds, first), here, old)
        emit.at(here)
        outside = old if frame.outside is self.header else frame.outside
        self._declare_scopes(emit)
        least, most = nest.rows
        edges, rows = self._block("edges"), self._block("rows")
        if self.closed is None:
            emit.branch(edges)
        else:
            emit.cond_branch(self.closed, rows, edges)
        emit.at(edges)
        for row in (*range(least, 0), *range(1, most + 1)):
            for number in range(abs(row)):
                away = const_int(ty.I64, number)
                source = emit.add(self.low, away) if row < 0 else emit.sub(self.high, away)
                emit = self._edge(emit, row, source)
        emit.branch(rows)
        emit.at(rows)
        values = {p: p.value_from(outside) for p in frame.sums}
        emit, values = self._rows(emit, values)
        for number in range(most - 1, -1, -1):
            emit = self._reset(emit, emit.sub(self.high, const_int(ty.I64, number)))
        emit.branch(self.leave)
        self._connect(old, emit.block, values)

    def _edge(self, emit: Builder, row: int, source: Value) -> Builder:
        """Adds what a row gives to one that is not among them."""
        members = [m for g in self.nest.groups for m in g.members if m.row == row]
        takes = {t.load: self.start(emit, t.place, source) for t in self.nest.takes}
        starts = {id(m): self.start(emit, m.place, source) for m in members}

        def give(some: list[Member], number: Value) -> None:
            def load(take: Take) -> Value:
                start = takes[take.load]
                return self.load(emit, take.load, take.access, start, number, take.place.stride)

            made: dict[Value, Value] = {}
            for member in some:
                assert member.access.amount is not None
                amount = self.linear(emit, member.access.amount, load, made)
                amount = emit.fneg(amount) if member.access.negated else amount
                self.add_to(emit, member, amount, starts[id(member)], number)

        first, last = self._cells_between(emit, (bool(self.nest.clamped),) * 2)
        if self.nest.clamped:
            give([m for m in members if not m.ends[0]], zero(ty.I64))
            give([m for m in members if not m.ends[1]], self.last_cell)
        loop, behind = self._block("edge.main"), self._block("edge.end")
        front = emit.block
        emit.branch(loop)
        emit.at(loop)
        number = emit.phi(ty.I64, [(first, front)])
        give(members, number)
        self._repeat(emit, number, last, behind)
        return emit

    def _repeat(self, emit: Builder, number: Phi, last: Value, behind: Block) -> None:
        """Ends a loop of one block; goes on behind it."""
        again = emit.binary("add", number, const_int(ty.I64, 1), "nuw nsw ")
        number.add_incoming(again, emit.block)
        emit.cond_branch(emit.compare("icmp", "eq", number, last), behind, emit.block)
        emit.at(behind)

    def _rows(self, emit: Builder, values: dict[Phi, Value]) -> tuple[Builder, dict[Phi, Value]]:
        nest = self.nest
        front, block = emit.block, self._block("row")
        emit.branch(block)
        emit.at(block)
        number = emit.phi(ty.I64, [(self.low, front)])
        sums = {p: emit.phi(p.type, [(v, front)]) for p, v in values.items()}
        row = _Row(self, emit, number)
        values = self._cells(emit, row, dict(sums))
        done = emit.sub(number, const_int(ty.I64, nest.rows[1]))
        if nest.rows[1]:
            reset = self._block("reset")
            exists = emit.compare("icmp", "sge", done, self.low)
            before = emit.block
            emit = self._reset(Builder(reset), done)
            next_ = self._block("next")
            emit.branch(next_)
            Builder(before).cond_branch(exists, reset, next_)
            emit.at(next_)
        else:
            emit = self._reset(emit, done)
        again = emit.binary("add", number, const_int(ty.I64, 1), "nuw nsw ")
        number.add_incoming(again, emit.block)
        for phi, new in sums.items():
            new.add_incoming(values[phi], emit.block)
        behind = self._block("rows.end")
        emit.cond_branch(emit.compare("icmp", "eq", number, self.high), behind, block)
        emit.at(behind)
        return emit, values

    def _cells(self, emit: Builder, row: _Row, values: dict[Phi, Value]) -> dict[Phi, Value]:
        """All cells of a row, and what its cells give to those beside."""
        least, most = self.nest.columns
        ends = int(bool(self.nest.clamped))
        before, behind = max(most, ends), min(least, -ends)
        for number in range(least, 0):
            row.beside(emit, const_int(ty.I64, number), partial(_from_first, number))
        for number in range(before):
            given, end = partial(_from_first, number), 0 if number < ends else None
            values = row.cell(emit, const_int(ty.I64, number), values, given, end=end)
        between: tuple[Value, Value] = (
            const_int(ty.I64, before),
            emit.add(self.last_cell, const_int(ty.I64, behind)),
        )
        if self.crowded is None:
            values = self._main(emit, row, values, between)
        else:
            apart, together = self._block("apart"), self._block("together")
            emit.cond_branch(self.crowded, apart, together)
            emit.at(apart)
            alone = self._main(emit, row, values, between, gathers=False)
            self._main(emit, row, values, between, sums=False)
            apart = emit.block
            emit.at(together)
            both = self._main(emit, row, values, between)
            together, last = emit.block, self._block("last")
            for block in (apart, together):
                Builder(block).branch(last)
            emit.at(last)
            values = {p: emit.phi(p.type, [(alone[p], apart), (both[p], together)]) for p in values}
        for number in range(behind + 1, most + 1):
            at = emit.add(self.last_cell, const_int(ty.I64, number))
            given = partial(_from_last, number)
            if number <= 0:
                values = row.cell(emit, at, values, given, end=1 if number > -ends else None)
            else:
                row.beside(emit, at, given)
        return values

    def _main(
        self,
        emit: Builder,
        row: _Row,
        values: dict[Phi, Value],
        between: tuple[Value, Value],
        *,
        sums: bool = True,
        gathers: bool = True,
    ) -> dict[Phi, Value]:
        """The cells with all neighbours: what they add up to, what they get, or both."""
        first, last = between
        front, main = emit.block, self._block("main")
        emit.branch(main)
        emit.at(main)
        number = emit.phi(ty.I64, [(first, front)])
        inside = {p: emit.phi(p.type, [(v, front)]) for p, v in values.items()} if sums else {}
        gives = (lambda _: True) if gathers else None
        after = row.cell(emit, number, {**values, **inside}, gives)
        for phi, new in inside.items():
            new.add_incoming(after[phi], main)
        self._repeat(emit, number, last, self._block("main.end"))
        return after

    def _reset(self, emit: Builder, row: Value) -> Builder:
        starts = [(t, t.store, self.start(emit, t.place, row)) for t in self.nest.takes]
        if not self.resets:
            return emit
        loop, behind = self._block("reset.main"), self._block("reset.end")
        front = emit.block
        emit.branch(loop)
        emit.at(loop)
        number = emit.phi(ty.I64, [(zero(ty.I64), front)])
        for take, old, start in starts:
            if old is None:
                continue
            place = _cell(emit, start, number, take.place.stride)
            store = emit.put(old.copy())
            store.set_operand(1, place)
            self._mark(store, take.access)
        self._repeat(emit, number, self.last_cell, behind)
        return emit

    # ------------------------------------------------------------------ pieces

    def start(self, emit: Builder, place: Place, row: Value) -> Value:
        """Where a row begins."""
        spot = self.spots[id(place)]
        return emit.gep(ty.I8, spot.origin, [emit.mul(row, spot.step)])

    def load(
        self, emit: Builder, inst: Load, access: Access, start: Value, number: Value, stride: int
    ) -> Value:
        """A load of the cell of a row that starts there."""
        copy = inst.copy()
        copy.set_operand(0, _cell(emit, start, number, stride))
        self._mark(copy, access)
        return emit.put(copy)

    def linear(
        self, emit: Builder, value: Value, load: Callable[[Take], Value], made: dict[Value, Value]
    ) -> Value:
        """A linear function of what is taken, of that of another cell."""
        if value in self.factors:
            return self.factors[value]
        if value not in made:
            assert isinstance(value, Instruction)
            if value in self.taken:
                made[value] = load(self.taken[value])
            elif value in self.nest.guards:
                made[value] = self.linear(emit, self.nest.guards[value], load, made)
            else:
                copy = value.copy()
                for index, operand in enumerate(value.operands):
                    copy.set_operand(index, self.linear(emit, operand, load, made))
                made[value] = emit.put(copy)
        return made[value]

    def add_to(
        self, emit: Builder, member: Member, amount: Value, start: Value, number: Value
    ) -> None:
        """Adds to the cell of a row that starts there."""
        parts = member.access.parts
        place = _cell(emit, start, number, member.place.stride)
        old, new = parts[0].copy(), parts[-1].copy()
        old.set_operand(0, place)
        new.set_operand(0, emit.fadd(emit.put(old), amount))
        new.set_operand(1, place)
        emit.put(new)
        for copy in (old, new):
            self._mark(copy, member.access)

    # ------------------------------------------------------------------ what is apart

    def _declare_scopes(self, emit: Builder) -> None:
        nest, module = self.nest, self.module
        domain = module.add_metadata('distinct !{@, !"enzcc gather"}')
        own = [module.add_metadata(f"distinct !{{@, {domain}}}") for _ in nest.units]
        type_ = ty.function(ty.VOID, (ty.METADATA,))
        callee = module.declare("llvm.experimental.noalias.scope.decl", type_)
        for scope in own:
            emit.call(callee, type_, [Metadata(module.metadata_node(f"!{{{scope}}}"))])
        apart: list[list[str]] = [[] for _ in nest.units]
        for i, j in nest.pairs:
            apart[i].append(own[j])
            apart[j].append(own[i])
        for number, unit in enumerate(nest.units):
            for access in unit.accesses:
                self.scopes[id(access)] = [own[number]], apart[number]

    def _mark(self, copy: Instruction, access: object) -> None:
        own, apart = self.scopes[id(access)]
        attach(self.module, copy, "alias.scope", own)
        attach(self.module, copy, "noalias", apart)

    # ------------------------------------------------------------------ back to the old loop

    def _connect(self, skips: Block, end: Block, values: dict[Phi, Value]) -> None:
        """Where the old inner loop ends, the nest has done all rows down to the lowest one."""
        nest, frame = self.nest, self.frame
        emit = Builder(self.leave)
        merged: list[tuple[Instruction, Phi]] = []
        joins = {p: nest.joined(p) for p in frame.sums}
        low: dict[Instruction, Value] = {nest.counter: self.low}
        if nest.phi is not nest.counter:
            low[nest.phi] = Builder(end, end.terminator).add(self.low, const_int(ty.I64, 1))
        sources = [b for b in (skips, *nest.front[1:]) if self.leave in b.successors()]
        sources.append(nest.last)
        for old, new in low.items():
            incoming = [*((old, b) for b in sources), (new, end)]
            merged.append((old, emit.phi(ty.I64, incoming)))
        for phi, join in joins.items():
            total = phi.value_from(frame.step)
            assert isinstance(total, Instruction)
            if join is not None:
                join.add_incoming(values[phi], end)
                continue
            incoming = [(total, nest.last), (values[phi], end)]
            merged.append((total, emit.phi(total.type, incoming)))
        made = {phi for _, phi in merged}
        inside = {*nest.front, *nest.cells, skips}
        for old, phi in merged:
            for user in list(old.users):
                passes_on = user.block is self.header and isinstance(user, Phi)
                if user not in made and (passes_on or user.block not in inside):
                    user.replace(old, phi)


@final
class _Row:
    """Copies of iterations of one row."""

    def __init__(self, nest: _Building, emit: Builder, row: Value) -> None:
        self.whole, self.nest, self.frame = nest, nest.nest, nest.frame
        self.became: dict[Value, Value] = {self.nest.counter: row}
        if self.nest.phi is not self.nest.counter:
            self.became[self.nest.phi] = emit.add(row, const_int(ty.I64, 1))
        for inst in nest.in_front:
            if inst is not self.nest.counter:
                _copy(emit, inst, self.became)
        places = [p for _, p in self.nest.loads] + [g.own.place for g in self.nest.groups]
        self.starts = {id(p): nest.start(emit, p, row) for p in places}
        if self.nest.mirrored:  # rows are clamped
            placed = Placed(emit, self.nest.blocks, self.became)
            for access, place in self.nest.loads:
                assert access.address is not None
                self.starts[id(place)] = placed.pointer(access.address, zero(ty.I64))
        self.takes: dict[tuple[Instruction, int], Value] = {}
        least, most = self.nest.rows
        for take in self.nest.takes:
            for distance in range(least, most + 1):
                start = self._taken(emit, take, row, distance)
                self.takes[take.load, distance] = start

    def _taken(self, emit: Builder, take: Take, row: Value, distance: int) -> Value:
        """Where the row begins that gives something to this one, so many rows below it."""
        whole = self.whole
        source = emit.sub(row, const_int(ty.I64, distance))
        start = whole.start(emit, take.place, source)
        if not distance:
            return start
        last = emit.sub(whole.high, whole.low)
        exists = emit.compare("icmp", "ule", emit.sub(source, whole.low), last)
        backward = ZEROS - 64 if take.place.stride < 0 else 0
        nothing = emit.gep(ty.I8, whole.zeros, [const_int(ty.I64, backward)])
        if whole.closed is not None:
            nothing = emit.select(whole.closed, whole.start(emit, take.place, row), nothing)
        return emit.select(exists, start, nothing)

    def _counting(self, emit: Builder, counter: Value) -> dict[Value, Value]:
        became = dict(self.became)
        became[self.frame.counter] = counter
        if self.frame.phi is not self.frame.counter:
            became[self.frame.phi] = emit.add(counter, const_int(ty.I64, 1))
        return became

    def _instructions(self) -> Iterator[Instruction]:
        for block in self.nest.cells:
            for inst in block.instructions:
                if not isinstance(inst, (Phi, Branch)) and inst is not self.frame.counter:
                    yield inst

    def _sums(self, became: dict[Value, Value]) -> dict[Phi, Value]:
        return {p: became[p.value_from(self.frame.step)] for p in self.frame.sums}

    def cell(
        self,
        emit: Builder,
        number: Value,
        values: dict[Phi, Value],
        gives: Callable[[Member], bool] | None,
        *,
        end: int | None = None,
    ) -> dict[Phi, Value]:
        """One iteration. Its cells get what those neighbours give, or nothing at all.
        `end`: it is the first one of the row (0), or the last one (1), and reads from, and adds to,
        what is clamped as the old loop does."""
        whole = self.whole
        became = self._counting(emit, number)
        became.update((p, v) for p, v in values.items())
        places = {a.inst: (a, p) for a, p in self.nest.loads}
        elsewhere: set[Instruction] = set()
        if end is not None:
            members = [m for g in self.nest.groups for m in g.members if m.ends[end]]
            elsewhere = {p for m in members for p in m.access.parts}
            elsewhere |= {i for i in self.nest.clamped if i in places}
        for inst in self._instructions():
            if inst in elsewhere:
                _copy(emit, inst, became)
                continue
            if inst in whole.gathered or inst in whole.resets:
                continue
            if inst in self.nest.guards:
                became[inst] = became[self.nest.guards[inst]]
            elif inst in whole.taken:
                became[inst] = self._take(emit, whole.taken[inst], 0, number)
            elif isinstance(inst, Load):
                access, place = places[inst]
                start = self.starts[id(place)]
                became[inst] = whole.load(emit, inst, access, start, number, place.stride)
            else:
                _copy(emit, inst, became)
        if gives is not None:
            for group in self.nest.groups:
                self._gather(emit, group, number, gives, became)
        return self._sums(became)

    def beside(self, emit: Builder, number: Value, gives: Callable[[Member], bool]) -> None:
        """A cell that only neighbours give to."""
        for group in self.nest.groups:
            self._gather(emit, group, number, gives, None)

    def _take(self, emit: Builder, take: Take, row: int, number: Value) -> Value:
        start = self.takes[take.load, row]
        stride = take.place.stride
        return self.whole.load(emit, take.load, take.access, start, number, stride)

    def _take_all(self, emit: Builder, members: list[Member], number: Value, take: Take) -> Value:
        """The sum of what is taken in several cells: they give the same function of it."""
        total: Value | None = None
        for member in members:
            at = emit.sub(number, const_int(ty.I64, member.column))
            total = _plus(emit, total, self._take(emit, take, member.row, at))
        assert total is not None
        return total

    def _gather(
        self,
        emit: Builder,
        group: Group,
        number: Value,
        gives: Callable[[Member], bool],
        became: dict[Value, Value] | None,
    ) -> None:
        given: dict[tuple[Value, bool, int], list[Member]] = {}
        total: Value | None = None
        for member in group.members:
            amount = member.access.amount
            assert amount is not None
            if member.row or member.column:
                if gives(member):
                    alone = len(given) if amount in self.nest.choices else -1
                    given.setdefault((amount, member.access.negated, alone), []).append(member)
            elif became is not None:
                own = became.get(amount, amount)
                own = emit.fneg(own) if member.access.negated else own
                total = _plus(emit, total, own)
        for (amount, negated, _), members in given.items():
            take = partial(self._take_all, emit, members, number)
            more = self.whole.linear(emit, amount, take, {})
            total = _plus(emit, total, emit.fneg(more) if negated else more)
        if total is not None:
            start = self.starts[id(group.own.place)]
            self.whole.add_to(emit, group.own, total, start, number)


def _plus(emit: Builder, total: Value | None, more: Value) -> Value:
    return more if total is None else emit.binary("fadd", total, more, "reassoc ")


def _copy(emit: Builder, inst: Instruction, became: dict[Value, Value]) -> None:
    copy = inst.copy()
    for index, operand in enumerate(inst.operands):
        copy.set_operand(index, became.get(operand, operand))
    became[inst] = emit.put(copy)


def _cell(emit: Builder, start: Value, number: Value, stride: int) -> Value:
    """Where a cell of a row is that begins there."""
    distance = emit.binary("mul", number, const_int(ty.I64, stride), "nsw ")
    return emit.gep(ty.I8, start, [distance])


def _from_first(cell: int, member: Member) -> bool:
    """Does a member give to that cell, counted from the first one?"""
    return cell - member.column >= int(member.ends[0])


def _from_last(cell: int, member: Member) -> bool:
    """Does a member give to that cell, counted from the last one?"""
    return cell - member.column <= -int(member.ends[1])
