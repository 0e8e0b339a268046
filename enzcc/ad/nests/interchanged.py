"""Nests of two loops of the reverse sweep that go down columns, and go along rows instead.

    for (j ...) {                               for (j in a stretch) d[j] = dc[j], dc[j] = 0;
      d = dc[j]; dc[j] = 0;                     for (k ...) {
      for (k ...) {                               s = 0;
        da[k]    += d * b[k][j];        -->       for (j in the stretch) {
        db[k][j] += d * a[k];                       s += d[j] * b[k][j];
      }                                             db[k][j] += d[j] * a[k];
    }                                             }
                                                  da[k] += s;
                                                }

The primal went down the columns too, but to sum up, where it read only: backward, each cell of a
column is read and written, and no line of the cache is used whole. Iterations must meet in sums
only, and what is summed up must be apart from all that is read. That is tested in front of the
nest; the nest as it was stays for when it fails. What is in front of the inner loop runs as it did,
for some iterations at a time, and hands over its numbers in memory on the stack.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, final

from enzcc.ad.nests import countdown
from enzcc.ad.nests.forwards import Access, Frame, Reader, are_apart, is_pure
from enzcc.analysis.cfg import Loop, Shape
from enzcc.analysis.lines import Line, Lines, Placed, Product, Term
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_float, const_int, zero
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Binary, Branch, Compare, Instruction, Load, Phi, Store
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType
from enzcc.ir.values import Value

STRETCH: Final = 128
"""Iterations of the outer loop that run at a time."""

FEWEST: Final = 8
"""Iterations of the outer loop, and of the inner one, that are worth it."""

MOST: Final = 1 << 31
"""Iterations, and bytes between them, up to which nothing that is tested can wrap around."""

MOST_PAIRS: Final = 24
MOST_NUMBERS: Final = 4
"""Numbers that an iteration of the outer loop hands over to the inner one."""

WIDE: Final = 64
"""Bytes from one iteration to the next beyond which a line of the cache is used once."""


@final
@dataclass
class _Place:
    """An access: its address where the inner counter is 0 as a line of the outer loop, and by how
    much it grows in the inner loop: a constant and multiples of what does not change."""

    access: Access
    base: Value
    line: Line
    step: Line

    @property
    def is_wide(self) -> bool:
        return bool(self.step.slopes) or abs(self.step.stride) > WIDE

    @property
    def is_beside(self) -> bool:
        """Are iterations of the outer loop side by side, or at one place?"""
        return not self.line.slopes and abs(self.line.stride) in (0, self.access.size)


class _Bound(NamedTuple):
    """A condition of a line: its value where the inner counter is 0, and by how much it grows."""

    line: Line
    step: Line
    low: int
    high: int


@final
@dataclass
class _Nest:
    frame: Frame  # of the inner loop
    around: Loop
    outside: Block
    header: Block
    front: list[Block]  # of the outer loop, up to the inner one
    runs: list[tuple[Value, bool]]  # what must be true or false for the inner one to run
    exit: Block
    leave: Block  # behind the inner loop
    phi: Phi
    counter: Instruction  # the phi, or one less
    inner: list[_Place]
    bounds: list[_Bound]
    lines: Lines  # of the outer loop
    pairs: list[tuple[_Place, _Place]]
    handed: list[Instruction] = field(default_factory=list)


def go_along_rows(module: Module, names: Iterable[str]) -> None:
    """Interchanges such loops of the named functions."""
    for name in names:
        if not module.may_hold(name, " phi i64 "):
            continue
        function = module.function(name)
        seen: set[Block] = set()
        done, changed = False, True
        while changed:
            changed = False
            shape = Shape(function)
            for loop in shape.loops:
                if loop.children or loop.parent is None or loop.header in seen:
                    continue
                seen.add(loop.header)
                nest = _Finder(function, shape, loop).find()
                if nest is not None:
                    _Building(function, nest).run()
                    done = changed = True
                    break
        if done:
            function.name_everything()


@final
class _Finder:
    """Looks at one innermost loop and the one around it."""

    def __init__(self, function: Function, shape: Shape, loop: Loop) -> None:
        self.function, self.shape, self.loop = function, shape, loop
        self.layout = function.module.layout
        self.inner: Lines
        self.outer: Lines
        self.front: list[Block] = []
        self.runs: list[tuple[Value, bool]] = []

    def find(self) -> _Nest | None:
        around = self.loop.parent
        assert around is not None
        if len(around.children) != 1 or len(around.blocks) > 8:
            return None
        reader = Reader(self.function, self.shape, self.loop)
        frame = reader.frame()
        if frame is None or frame.sums:
            return None
        counting = self._counting(frame, around)
        if counting is None:
            return None
        phi, counter, outside, exit_ = counting
        self.outer = Lines(
            around.blocks,
            counter,
            self.layout,
            ahead=phi if phi is not counter else None,
            products=True,
        )
        reader.lines = self.inner = Lines(
            self.loop.blocks,
            frame.counter,
            self.layout,
            ahead=frame.phi if frame.phi is not frame.counter else None,
            products=True,
        )
        ends = [frame.phi.value_from(frame.outside), *(v for v, _ in self.runs)]
        if not all(self.outer.is_fixed(v) for v in ends):
            return None
        accesses = reader.accesses(frame.header)
        if accesses is None or any(a.writes and a.amount is None for a in accesses):
            return None
        inner = [self._place(a) for a in accesses]
        front = Reader(self.function, self.shape, around)
        front.lines = self.outer
        outer: list[_Place | None] = []
        for block in self.front:
            found = front.accesses(block)
            if found is None:
                return None
            outer += [self._front_place(access) for access in found]
        bounds = self._bounds()
        if None in inner or None in outer or bounds is None:
            return None
        if self.inner.clamped or self.outer.clamped:
            return None
        places = [p for p in inner if p is not None], [p for p in outer if p is not None]
        if not all(p.is_beside for p in places[0]):
            return None
        if not any(p.is_wide and p.access.writes and p.line.stride for p in places[0]):
            return None
        pairs = self._pairs(*places)
        if pairs is None:
            return None
        nest = _Nest(
            frame,
            around,
            outside,
            around.header,
            self.front,
            self.runs,
            exit_,
            frame.exit,
            phi,
            counter,
            places[0],
            bounds,
            self.outer,
            pairs,
        )
        return nest if self._find_handed(nest) else None

    def _counting(self, frame: Frame, around: Loop) -> tuple[Phi, Instruction, Block, Block] | None:
        """The outer loop's phi and counter, and the blocks in front of it and behind, if it does
        nothing but count, prepare what the inner one needs, and run that."""
        shape, header, leave = self.shape, around.header, frame.exit
        if leave not in around.blocks or not self._find_front(frame, header):
            return None
        rest = [b for b in around.blocks if b not in (*self.front, *self.loop.blocks, leave)]
        latch = rest[0] if rest else leave
        if len(rest) > 1 or (rest and shape.predecessors[latch] != [leave]):
            return None
        if rest and latch.successors() != [header]:
            return None
        last = leave.terminator
        if not isinstance(last, Branch) or len(last.targets) != 2:
            return None
        exits = [t for t in last.targets if t not in around.blocks]
        outside = [p for p in shape.predecessors[header] if p not in around.blocks]
        if len(exits) != 1 or len(outside) != 1 or not isinstance(outside[0].terminator, Branch):
            return None
        if len(shape.edges_into(header)) != 2 or len(header.phis()) != 1:
            return None
        for block in (*self.front, leave, *rest):
            for inst in block.instructions:
                if isinstance(inst, (Load, Store)):
                    if block not in self.front or inst.flags:
                        return None
                elif isinstance(inst, Phi):
                    if block is not header:
                        return None
                elif not isinstance(inst, Branch) and not is_pure(inst):
                    return None
        for block in around.blocks:
            for inst in block.instructions:
                if any(user.block not in around.blocks for user in inst.users):
                    return None
        count = countdown.find(around, latch, leave)
        return (count.phi, count.counter, outside[0], exits[0]) if count is not None else None

    def _find_front(self, frame: Frame, header: Block) -> bool:
        """The blocks from the header to the inner loop, each of which goes there or behind it."""
        block, leave = frame.outside, frame.exit
        self.front = [block]
        while block is not header:
            before = self.shape.predecessors[block]
            if len(before) != 1 or block.phis():
                return False
            block = before[0]
            self.front.insert(0, block)
        enters = {frame.header}
        for block, next_ in zip(self.front, [*self.front[1:], frame.header], strict=True):
            last = block.terminator
            if not isinstance(last, Branch):
                return False
            if len(last.targets) == 2 and set(last.targets) == {next_, leave}:
                self.runs.append((last.operands[0], last.targets[0] is next_))
                enters.add(block)
            elif last.targets != [next_]:
                return False
        return set(self.shape.predecessors[leave]) == enters

    # ------------------------------------------------------------------ memory

    def _place(self, access: Access) -> _Place | None:
        if access.address is None:
            return None
        base, line = access.address
        start, parts = self.outer.address(base), self._parts(line)
        total = start.line.plus(parts[0]) if start is not None and parts is not None else None
        if start is None or parts is None or total is None or total.slack != (0, 0):
            return None
        return _Place(access, start.base, total, parts[1])

    def _parts(self, line: Line) -> tuple[Line, Line] | None:
        """A line of the inner loop where its counter is 0, as a line of the outer one, and by how
        much it grows."""
        total: Line | None = Line(constant=line.constant)
        if line.slack != (0, 0) or not all(self._is_fixed(t) for t, _ in line.slopes):
            return None
        for term, count in line.terms:
            more = self.outer.term(term)
            total = total.plus(more, count) if total is not None and more is not None else None
        return (total, Line(stride=line.stride, slopes=line.slopes)) if total is not None else None

    def _bounds(self) -> list[_Bound] | None:
        """What has to hold for accesses to be where their lines are."""
        found: dict[_Bound, None] = {}
        for lines in (self.inner, self.outer):  # to look at the former adds to the latter
            for line, low, high in list(lines.conditions):
                parts = self._parts(line) if lines is self.inner else (line, Line())
                if parts is None or low is None or high is None or parts[0].slack != (0, 0):
                    return None
                found[_Bound(*parts, low, high)] = None
        return list(found)

    def _front_place(self, access: Access) -> _Place | None:
        if access.address is None or access.address.line.slack != (0, 0):
            return None
        return _Place(access, access.address.base, access.address.line, Line())

    def _is_fixed(self, term: Term) -> bool:
        value = term[0]
        if isinstance(value, Product):
            return self._is_fixed(value.first) and self._is_fixed(value.second)
        return self.outer.is_fixed(value)

    def _pairs(
        self, inner: list[_Place], outer: list[_Place]
    ) -> list[tuple[_Place, _Place]] | None:
        """What has to be apart: sums may meet sums, but nothing else that writes meets anything."""
        found: list[tuple[_Place, _Place]] = []
        for number, one in enumerate(inner):
            for other in (*inner[:number], *outer):
                both = one.access, other.access
                if not any(a.writes for a in both) or all(a.amount is not None for a in both):
                    continue
                if not are_apart(*both):
                    found.append((one, other))
        return found if len(found) <= MOST_PAIRS else None

    # ------------------------------------------------------------------ what is handed over

    def _find_handed(self, nest: _Nest) -> bool:
        """Numbers that the front computes for the inner loop; all else is computed again there."""
        known: dict[Value, bool] = {nest.phi: True, nest.counter: True}
        front = [i for block in nest.front for i in block.instructions]
        work: list[Value] = [
            i for i in front if any(user.block is nest.frame.header for user in i.users)
        ]
        handed: dict[Value, None] = {}
        for value in work:
            if value in handed or self._is_cheap(nest, value, known):
                continue
            if isinstance(value, Compare) and value.opcode == "fcmp":  # is computed again
                work += value.operands
            elif isinstance(value.type, FloatType):
                handed[value] = None
            else:
                return False
        nest.handed = [i for i in front if i in handed]
        return len(nest.handed) <= MOST_NUMBERS

    def _is_cheap(self, nest: _Nest, value: Value, known: dict[Value, bool]) -> bool:
        """Is it computed from the counter, without memory and floats?"""
        if not isinstance(value, Instruction) or value.block not in nest.around.blocks:
            return True
        if value not in known:
            known[value] = (
                value.block in nest.front
                and not isinstance(value, (Load, Store, Phi))
                and not ty.is_float(value.type)
                and all(self._is_cheap(nest, o, known) for o in value.operands)
            )
        return known[value]


@final
class _Building:
    """Changes the function."""

    def __init__(self, function: Function, nest: _Nest) -> None:
        self.function, self.nest, self.frame = function, nest, nest.frame
        self.at = nest.outside
        self.tests = self._block("tests")
        self.emit = Builder(self.tests)
        self.placed = Placed(self.emit, nest.around.blocks)

    def _block(self, name: str) -> Block:
        self.at = self.function.add_block(f"rows.{name}", self.at)
        return self.at

    def run(self) -> None:
        nest, frame, emit = self.nest, self.frame, self.emit
        first = nest.phi.value_from(nest.outside)
        last = self.placed.value(frame.phi.value_from(frame.outside))
        if nest.counter is not nest.phi:
            first = emit.sub(first, const_int(ty.I64, 1))
        if frame.counter is not frame.phi:
            last = emit.sub(last, const_int(ty.I64, 1))
        self.first, self.last = first, last
        self.count = emit.add(first, const_int(ty.I64, 1))
        holds = self._holds()
        stretches = self._block("stretch")
        emit.cond_branch(holds, stretches, nest.header)
        enters = nest.outside.terminator
        assert isinstance(enters, Branch)
        enters.targets[:] = [self.tests if t is nest.header else t for t in enters.targets]
        for phi in nest.header.phis():
            phi.blocks[:] = [self.tests if b is nest.outside else b for b in phi.blocks]
        end = self._stretches(stretches)
        for phi in nest.exit.phis():
            phi.add_incoming(phi.value_from(nest.leave), end)

    # ------------------------------------------------------------------ in front

    def _holds(self) -> Value:
        emit, placed = self.emit, self.placed
        total = self._within(self.first, FEWEST - 1, MOST)
        total = emit.binary("and", total, self._within(self.last, FEWEST - 1, MOST))
        for value, is_true in self.nest.runs:
            truth = placed.value(value)
            if not is_true:
                truth = emit.binary("xor", truth, const_int(ty.I1, 1))
            total = emit.binary("and", total, truth)
        for bound in self.nest.bounds:
            total = emit.binary("and", total, self._is_within(bound))
        ranges: dict[int, tuple[Value, Value]] = {}
        for number, place in {id(p): p for pair in self.nest.pairs for p in pair}.items():
            total = emit.binary("and", total, self._are_small(place.line, place.step))
            ranges[number] = self._range(place)
        for one, other in self.nest.pairs:
            (a, b), (c, d) = ranges[id(one)], ranges[id(other)]
            before = emit.compare("icmp", "ule", b, c)
            behind = emit.compare("icmp", "ule", d, a)
            total = emit.binary("and", total, emit.binary("or", before, behind))
        return total

    def _within(self, value: Value, low: int, high: int) -> Value:
        distance = self.emit.sub(value, const_int(ty.I64, low))
        return self.emit.compare("icmp", "ult", distance, const_int(ty.I64, high - low))

    def _are_small(self, *lines: Line) -> Value:
        """Do multiples of the counters not wrap around?"""
        total: Value = const_int(ty.I1, 1)
        for line in lines:
            if line.slopes:
                small = self._within(self.placed.slope(line), -MOST, MOST)
                total = self.emit.binary("and", total, small)
        return total

    def _is_within(self, bound: _Bound) -> Value:
        """Does a condition hold in the whole nest?"""
        emit = self.emit
        total = self._are_small(bound.line, bound.step)
        start = self.placed.line(bound.line, zero(ty.I64))
        for number in self._ends(start, bound.line, bound.step):
            distance = emit.sub(number, const_int(ty.I64, bound.low))
            inside = emit.compare(
                "icmp", "ule", distance, const_int(ty.I64, bound.high - bound.low)
            )
            total = emit.binary("and", total, inside)
        return total

    def _range(self, place: _Place) -> tuple[Value, Value]:
        """From where to where (exclusive) an access reaches in memory in the whole nest."""
        emit, placed = self.emit, self.placed
        start = emit.cast("ptrtoint", placed.value(place.base), ty.I64)
        start = emit.add(start, placed.line(place.line, zero(ty.I64)))
        low, high = self._ends(start, place.line, place.step)
        return low, emit.add(high, const_int(ty.I64, place.access.size))

    def _ends(self, start: Value, line: Line, step: Line) -> tuple[Value, Value]:
        """The least and the largest number of the nest."""
        emit = self.emit
        low = high = start
        for part, last in ((line, self.first), (step, self.last)):
            span = emit.mul(last, self.placed.slope(part))
            is_down = emit.compare("icmp", "slt", span, zero(ty.I64))
            low = emit.add(low, emit.select(is_down, span, zero(ty.I64)))
            high = emit.add(high, emit.select(is_down, zero(ty.I64), span))
        return low, high

    # ------------------------------------------------------------------ the nest

    def _stretches(self, block: Block) -> Block:
        """The outer loop, some iterations at a time; the block that leaves it is returned."""
        nest, one = self.nest, const_int(ty.I64, 1)
        emit = Builder(block)
        left = emit.phi(ty.I64, [(self.count, self.tests)])
        is_short = emit.compare("icmp", "ult", left, const_int(ty.I64, STRETCH))
        count = emit.select(is_short, left, const_int(ty.I64, STRETCH))
        lowest = emit.sub(left, count)
        entry = self.function.blocks[0]
        front = Builder(entry, entry.instructions[0])
        buffers = [front.alloca(ty.array(i.type, STRETCH), align=16) for i in nest.handed]
        prepare = self._block("front")
        rows = self._block("row")
        cells = self._block("cells")
        behind = self._block("behind")
        end = self._block("next")
        emit.branch(prepare)
        self._prepare(prepare, block, left, lowest, buffers, rows)
        emit = Builder(rows)
        number = emit.phi(ty.I64, [(self.last, prepare)])
        became: dict[Value, Value] = {self.frame.counter: number}
        if self.frame.phi is not self.frame.counter:
            became[self.frame.phi] = emit.add(number, one)
        self._row(emit, cells, behind, became, lowest, count, buffers)
        emit = Builder(behind)
        number.add_incoming(emit.sub(number, one), behind)
        is_last = emit.compare("icmp", "eq", number, zero(ty.I64))
        emit.cond_branch(is_last, end, rows)
        emit = Builder(end)
        left.add_incoming(lowest, end)
        emit.cond_branch(emit.compare("icmp", "eq", lowest, zero(ty.I64)), nest.exit, block)
        return end

    def _counted(self, emit: Builder, counter: Value) -> dict[Value, Value]:
        """What stands for the outer loop's counter."""
        nest = self.nest
        became: dict[Value, Value] = {nest.counter: counter}
        if nest.phi is not nest.counter:
            became[nest.phi] = emit.add(counter, const_int(ty.I64, 1))
        return became

    def _prepare(
        self,
        block: Block,
        before: Block,
        left: Value,
        lowest: Value,
        buffers: Sequence[Instruction],
        behind: Block,
    ) -> None:
        """What is in front of the inner loop, in its order; numbers for that go to the buffers."""
        emit, one = Builder(block), const_int(ty.I64, 1)
        ahead = Builder(before, before.terminator)
        number = emit.phi(ty.I64, [(ahead.sub(left, one), before)])
        became = self._counted(emit, number)
        for inst in (i for part in self.nest.front for i in part.instructions):
            if not isinstance(inst, (Phi, Branch)) and inst not in became:
                self._copy(emit, inst, became)
        place = emit.sub(number, lowest)
        for inst, buffer in zip(self.nest.handed, buffers, strict=True):
            emit.store(became[inst], emit.gep(inst.type, buffer, [place]))
        number.add_incoming(emit.sub(number, one), block)
        emit.cond_branch(emit.compare("icmp", "eq", number, lowest), behind, block)

    def _row(
        self,
        emit: Builder,
        block: Block,
        behind: Block,
        became: dict[Value, Value],
        lowest: Value,
        count: Value,
        buffers: Sequence[Instruction],
    ) -> None:
        """An iteration of the inner loop for all iterations of the stretch."""
        nest, frame, one = self.nest, self.frame, const_int(ty.I64, 1)
        rows = emit.block
        moving = self._moving()
        sums = {part: p for p in nest.inner for part in p.access.parts}
        still = [
            p
            for p in nest.inner
            if p.access.parts and not self._moves(p.access.inst.pointer, moving)
        ]
        body = [i for i in frame.header.instructions if not isinstance(i, (Phi, Branch))]
        for inst in body:
            if inst not in moving and inst not in sums and inst not in became:
                self._copy(emit, inst, became)
        for place in still:  # needed behind the loop
            self._again(emit, place.access.inst.pointer, became)
        emit.branch(block)
        emit = Builder(block)
        number = emit.phi(ty.I64, [(zero(ty.I64), rows)])
        totals = [
            emit.phi(self._type(p), [(const_float(self._type(p), -0.0), rows)]) for p in still
        ]
        inside = {**became, **self._counted(emit, emit.add(lowest, number))}
        for inst, buffer in zip(nest.handed, buffers, strict=True):
            inside[inst] = emit.load(inst.type, emit.gep(inst.type, buffer, [number]))
        left_out = {part for p in still for part in p.access.parts}
        for inst in body:
            if inst in left_out or inst in inside:
                continue
            if inst in moving or inst in sums:
                self._copy(emit, inst, inside)
        results: list[Value] = []
        for place, total in zip(still, totals, strict=True):
            assert place.access.amount is not None
            amount = self._again(emit, place.access.amount, inside)
            made = Binary(
                "fsub" if place.access.negated else "fadd", total.type, (total, amount), "reassoc "
            )
            results.append(emit.put(made))
            total.add_incoming(made, block)
        following = emit.add(number, one)
        number.add_incoming(following, block)
        emit.cond_branch(emit.compare("icmp", "eq", following, count), behind, block)
        emit = Builder(behind)
        for place, result in zip(still, results, strict=True):
            load, _, *_, store = place.access.parts
            cell = self._copy(emit, load, became)
            copy = store.copy()
            copy.set_operand(0, emit.fadd(cell, result))
            copy.set_operand(1, became.get(store.operands[1], store.operands[1]))
            emit.put(copy)

    def _type(self, place: _Place) -> ty.Type:
        return place.access.parts[0].type

    def _moving(self) -> set[Value]:
        """What is not the same in all iterations of the outer loop."""
        moving: set[Value] = set()
        for inst in self.frame.header.instructions:
            if not isinstance(inst, Phi) and any(self._moves(o, moving) for o in inst.operands):
                moving.add(inst)
        return moving

    def _moves(self, value: Value, moving: set[Value]) -> bool:
        if value in moving:
            return True
        return (
            isinstance(value, Instruction)
            and value.block in self.nest.around.blocks
            and value.block is not self.frame.header
            and not self.nest.lines.is_fixed(value)
        )

    def _copy(self, emit: Builder, inst: Instruction, became: dict[Value, Value]) -> Instruction:
        copy = inst.copy()
        for index, operand in enumerate(inst.operands):
            copy.set_operand(index, self._again(emit, operand, became))
        became[inst] = copy
        return emit.put(copy)

    def _again(self, emit: Builder, value: Value, became: dict[Value, Value]) -> Value:
        """A value in the new nest: what the front computes from its counter is computed again."""
        if value in became:
            return became[value]
        if isinstance(value, Instruction) and value.block in self.nest.front:
            return self._copy(emit, value, became)
        return value
