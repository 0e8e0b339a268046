"""Nests of two loops of the reverse sweep that add to neighbours in other rows, and gather instead.

    for (i ...) for (j ...) {                    for (r ...) {
      t = dy[i][j]; dy[i][j] = 0;                  for (j ...)
      dx[i - 1][j] += a * t;              -->        dx[r][j] += a * dy[r + 1][j] + f(dy[r][j], ...)
      dx[i][j]     += f(t, x[i][j]);                             + a * dy[r - 1][j];
      dx[i + 1][j] += a * t;                       dy[r - 1][...] = 0;
    }                                            }

Scattered, a cell is read and written once for each of its neighbours. Gathered, it is read and
written once, by a loop that LLVM vectorises. What neighbours get has to be a linear function of
adjoints that the iteration takes, with factors that do not change in the nest, or such a one that
is given or not, as a comparison says of a number that is read beside it: that is computed again for
each of them. What a cell gets from its own iteration may be anything.

Iterations must meet in sums only, and streams be apart. That is tested in front of the nest; the
nest as it was stays for when it fails, and for the first and last row if rows are clamped there,
unless they give to themselves what others give to the rows beyond.
Where cells are, the first and the last one of a row stand by themselves, and what they give to a
clamped place is added there. Rows that do not exist are read from a variable that is zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import copysign
from typing import Final, NamedTuple, final

from enzcc.ad.nests import countdown
from enzcc.ad.nests.forwards import Access, Frame, Reader, are_apart, is_pure
from enzcc.ad.nests.stencilloops import build
from enzcc.analysis.cfg import Loop, Shape
from enzcc.analysis.lines import Condition, Line, Lines, Product, Term
from enzcc.ir.builder import float_value
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Binary,
    Branch,
    Call,
    Cast,
    Compare,
    FNeg,
    Instruction,
    Load,
    Phi,
    Select,
    Store,
)
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType
from enzcc.ir.values import Global, Value, is_zero

FURTHEST: Final = 2
"""Rows, or cells of a row, up to which neighbours are gathered."""

MOST_PAIRS: Final = 40
"""Pairs of streams that are tested in front of a nest."""

MOST_FACTORS: Final = 9
MOST_STEPS: Final = 12
"""Instructions that compute again what a neighbour gets."""


@final
@dataclass(frozen=True)
class Place:
    """An address in a nest: `line` is one of the outer loop, `stride` the inner loop's."""

    base: Value
    line: Line
    stride: int


class Member(NamedTuple):
    """A sum, to a cell so many rows below and so many cells right of the iteration's own."""

    access: Access
    place: Place
    row: int
    column: int
    clamped: bool  # in the first iteration of a row, or the last one

    @property
    def ends(self) -> tuple[bool, bool]:
        """May the cell be another one in the first iteration, in the last one?"""
        return self.clamped and self.column <= 0, self.clamped and self.column >= 0


@final
@dataclass
class Group:
    """Sums to one array. `own` is the one to the cell that is the iteration's own."""

    members: list[Member]
    own: Member


class Take(NamedTuple):
    """An adjoint that is read, and reset if it is not kept."""

    load: Load
    store: Store | None
    access: Access
    place: Place


class Unit(NamedTuple):
    """Accesses of one stream, which have one scope; `ends`: which leave out an end of a row."""

    accesses: Sequence[Access]
    places: Sequence[Place]
    ends: Sequence[tuple[bool, bool]]
    writes: bool


class Bounded(NamedTuple):
    """A condition of the inner loop as a line of the outer one and a stride along a row; `ends`:
    it need not hold in the first iteration of a row, in the last one."""

    line: Line
    stride: int
    condition: Condition
    ends: tuple[bool, bool]


@final
@dataclass
class Nest:
    """A nest that may gather."""

    frame: Frame  # of the inner loop
    outside: Block
    phi: Phi  # of the outer counter
    counter: Instruction  # the phi, or one less
    front: list[Block]  # of the outer loop, up to the inner one
    leave: Block  # where the inner loop, or what skips it, goes on
    last: Block  # the inner loop's block that goes there, or an empty one between
    runs: list[tuple[Value, bool]]  # what must be true or false for the inner one to run
    blocks: list[Block]  # of the outer loop
    cells: list[Block]  # of the inner loop
    inner: Lines
    outer: Lines
    conditions: list[Bounded]  # of the inner lines
    groups: list[Group]
    takes: list[Take]
    loads: list[tuple[Access, Place]]
    clamped: dict[Instruction, None]  # accesses that are elsewhere at an end of a row
    mirrored: bool  # may the first and last row, which are clamped, be among those that gather?
    units: list[Unit]
    pairs: list[tuple[int, int]]  # of units, to be tested
    guards: dict[Instruction, Value]  # products in which zero wins
    factors: dict[tuple[str, Value], None]  # with what zero is zero
    choices: dict[Value, None]  # amounts that are given, or not, as what is read beside them says

    def joined(self, phi: Phi) -> Phi | None:
        """The phi behind the inner loop that is a sum, if it has one."""
        return _joined(self.frame, self.leave, self.last, phi)

    @property
    def rows(self) -> tuple[int, int]:
        """How far up and down neighbours are."""
        all_rows = [m.row for g in self.groups for m in g.members]
        return min(0, *all_rows), max(0, *all_rows)

    @property
    def streams(self) -> int:
        """Rows of memory that a row of the nest goes along, side by side."""
        least, most = self.rows
        read = {(p.base, frozenset(_roots(p.line.terms).items())) for _, p in self.loads}
        return len(self.groups) + len(self.takes) * (most - least + 1) + len(read)

    @property
    def columns(self) -> tuple[int, int]:
        """How far left and right neighbours are."""
        all_columns = [m.column for g in self.groups for m in g.members]
        return min(0, *all_columns), max(0, *all_columns)


def gather_rows(module: Module, names: Iterable[str]) -> None:
    """Lets such nests of the named functions gather."""
    for name in names:
        if not module.may_hold(name, " phi i64 "):
            continue
        function = module.function(name)
        shape = Shape(function)
        done = False
        for loop in shape.loops:
            nest = _Finder(function, shape, loop).find() if not loop.children else None
            if nest is not None:
                build(function, nest)
                done = True
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
        self.takes: dict[Instruction, Take] = {}
        self.plain: dict[Value, tuple[Access, Place]] = {}
        self.guards: dict[Instruction, Value] = {}
        self.factors: dict[tuple[str, Value], None] = {}
        self.clamped: dict[Instruction, None] = {}
        self.steps = 0
        self.choices: dict[Value, None] = {}
        self.chosen = False
        self._counter: Instruction
        self._ahead: Phi | None
        self.front: list[Block] = []
        self.leave: Block
        self.last: Block
        self.runs: list[tuple[Value, bool]] = []

    def find(self) -> Nest | None:
        around = self.loop.parent
        if around is None or len(around.children) != 1:
            return None
        reader = Reader(self.function, self.shape, self.loop)
        frame = reader.frame()
        counting = self._counting(frame, around) if frame is not None else None
        if frame is None or counting is None:
            return None
        phi, counter, outside = counting
        ahead = frame.phi if frame.phi is not frame.counter else None
        self._counter, self._ahead = frame.counter, ahead
        reader.lines = self.inner = Lines(self.loop.blocks, frame.counter, self.layout, ahead=ahead)
        self.outer = Lines(
            around.blocks,
            counter,
            self.layout,
            ahead=phi if phi is not counter else None,
            products=True,
        )
        ends = [frame.phi.value_from(frame.outside), *(v for v, _ in self.runs)]
        if not all(self.outer.is_fixed(v) for v in ends):
            return None
        accesses = reader.accesses(frame.header)
        if accesses is None or not any(a.amount is not None for a in accesses):
            return None
        places: dict[int, Place] = {}
        for access in accesses:
            place = self._place(access)
            if place is None:
                return None
            places[id(access)] = place
        if self.inner.clamped:
            self.clamped = {a.inst: None for a in accesses if self._lines_of(a).clamped}
        if not self._find_takes(accesses, places):
            return None
        for access in accesses:
            if isinstance(access.inst, Load) and access.inst not in self.takes:
                self.plain[access.inst] = access, places[id(access)]
        self._find_guards(frame.header)
        groups = self._groups([(a, places[id(a)]) for a in accesses if a.amount is not None])
        if groups is None or not any(m.row for g in groups for m in g.members):
            return None
        taken = {id(t.access) for t in self.takes.values()}
        loads = [
            (a, places[id(a)]) for a in accesses if isinstance(a.inst, Load) and id(a) not in taken
        ]
        units = [
            Unit(
                [m.access for m in g.members],
                [m.place for m in g.members],
                [m.ends for m in g.members],
                True,
            )
            for g in groups
        ]
        units += [
            Unit([t.access], [t.place], [(False, False)], t.store is not None)
            for t in self.takes.values()
        ]
        for access, place in loads:
            is_clamped = access.inst in self.clamped
            units.append(Unit([access], [place], [(is_clamped, is_clamped)], False))
        conditions = self._conditions(units)
        if conditions is None:
            return None
        pairs = [
            (i, j)
            for j, second in enumerate(units)
            for i, first in enumerate(units[:j])
            if (first.writes or second.writes)
            and not all(are_apart(a, b) for a in first.accesses for b in second.accesses)
        ]
        if self.clamped and not self._may_be_clamped(groups, pairs):
            return None
        if len(pairs) > MOST_PAIRS or len(self.factors) > MOST_FACTORS:
            return None
        return Nest(
            frame,
            outside,
            phi,
            counter,
            self.front,
            self.leave,
            self.last,
            self.runs,
            list(around.blocks),
            list(self.loop.blocks),
            self.inner,
            self.outer,
            conditions,
            groups,
            list(self.takes.values()),
            loads,
            self.clamped,
            self._is_mirrored(groups, pairs),
            units,
            pairs,
            self.guards,
            self.factors,
            self.choices,
        )

    def _may_be_clamped(self, groups: list[Group], pairs: list[tuple[int, int]]) -> bool:
        """The first and last iteration of a row may go anywhere, which no test in front knows. They
        change places with those of other rows, so they must be known not to meet them, but in
        sums, and must take, and add to, what is their own."""
        return (
            all(j < len(groups) for _, j in pairs)
            and not any(t in self.clamped for t in self.takes)
            and not any(m.clamped for g in groups for m in g.members if not (m.row or m.column))
        )

    def _is_mirrored(self, groups: list[Group], pairs: list[tuple[int, int]]) -> bool:
        """Are rows clamped, and does each row give the one above it what it gives the one below?
        Then the first one may take the place of the row above it, and the last one that below."""
        if not self.outer.clamped or any(j >= len(groups) for _, j in pairs):
            return False
        guarded = (i for b in self.front[1:] for i in b.instructions)
        if any(i.opcode in ("udiv", "sdiv", "urem", "srem") for i in guarded):
            return False  # the test in front would divide where the nest need not
        for group in groups:
            above, below = (
                Counter(
                    (m.column, m.clamped, m.access.amount, m.access.negated)
                    for m in group.members
                    if m.row == row
                )
                for row in (-1, 1)
            )
            if above != below or any(abs(m.row) > 1 for m in group.members):
                return False
        return True

    def _conditions(self, units: list[Unit]) -> list[Bounded] | None:
        """What has to hold, and where, for accesses to be where their lines are."""
        found: dict[Bounded, None] = {}
        for unit in units:
            for access, ends in zip(unit.accesses, unit.ends, strict=True):
                for condition in self._lines_of(access).conditions:
                    line = self._along_rows(condition.line)
                    if line is None:
                        return None
                    found[Bounded(line, condition.line.stride, condition, ends)] = None
        return list(found)

    def _lines_of(self, access: Access) -> Lines:
        """What is assumed for the address of one access alone."""
        lines = Lines(self.loop.blocks, self._counter, self.layout, ahead=self._ahead)
        lines.address(access.inst.pointer)
        return lines

    # ------------------------------------------------------------------ control flow

    def _counting(self, frame: Frame | None, around: Loop) -> tuple[Phi, Instruction, Block] | None:
        """The outer loop's phi, counter, and the block that enters it, if it does nothing but
        count, add up what the inner one adds up, and run that."""
        assert frame is not None
        header, leave = around.header, frame.exit
        self.last = frame.header
        if len(leave.instructions) == 1 and len(leave.successors()) == 1:
            if self.shape.predecessors[leave] != [frame.header]:
                return None
            self.last, leave = leave, leave.successors()[0]
        self.leave = leave
        if leave not in around.blocks or not self._find_front(frame, header):
            return None
        known = {*self.front, self.last, leave, *self.loop.blocks}
        rest = [b for b in around.blocks if b not in known]
        if len(rest) > 1:
            return None
        latch = rest[0] if rest else leave
        if rest and (latch.successors() != [header] or self.shape.predecessors[latch] != [leave]):
            return None
        last = leave.terminator
        if not isinstance(last, Branch) or len(last.targets) != 2:
            return None
        exits = [t for t in last.targets if t not in around.blocks]
        outside = [p for p in self.shape.predecessors[header] if p not in around.blocks]
        if len(exits) != 1 or len(outside) != 1 or not isinstance(outside[0].terminator, Branch):
            return None
        if len(self.shape.edges_into(header)) != 2:
            return None
        for block in (*self.front, leave, *rest):
            if not all(isinstance(i, (Phi, Branch)) or is_pure(i) for i in block.instructions):
                return None
        count = countdown.find(around, latch, leave)
        if count is None or count.counter.block is not header:
            return None
        if not self._passes_on(frame, around, count.phi, count.counter, latch):
            return None
        return count.phi, count.counter, outside[0]

    def _find_front(self, frame: Frame, header: Block) -> bool:
        """The blocks from the header to the inner loop, each of which goes there or behind it."""
        block, leave = frame.outside, self.leave
        self.front = [block]
        while block is not header:
            before = self.shape.predecessors[block]
            if len(before) != 1 or block.phis():
                return False
            block = before[0]
            self.front.insert(0, block)
        for block, next_ in zip(self.front, [*self.front[1:], frame.header], strict=True):
            last = block.terminator
            if not isinstance(last, Branch):
                return False
            if set(last.targets) != {next_, leave} and last.targets != [next_]:
                return False
            if len(last.targets) == 2:
                self.runs.append((last.operands[0], last.targets[0] is next_))
        enters = {b for b in self.front if len(b.successors()) == 2}
        return set(self.shape.predecessors[leave]) == {self.last, *enters}

    def _passes_on(
        self, frame: Frame, around: Loop, phi: Phi, counter: Instruction, latch: Block
    ) -> bool:
        """Are the other phis sums that go through the inner loop, and is nothing else used
        behind it?"""
        header = around.header
        passed: set[Value] = {phi}
        joined: set[Value] = set()
        totals: set[Value] = set()
        for inner in frame.sums:
            start, total = inner.value_from(frame.outside), inner.value_from(frame.step)
            if not isinstance(start, Phi) or start.block is not header:
                return False
            join = _joined(frame, self.leave, self.last, inner)
            if join is not None:
                if any(v is not start for v, b in join.incoming() if b is not self.last):
                    return False
                joined.add(join)
            ends = {inner, join} if join is not None else {inner}
            if set(start.users) != ends or start.value_from(latch) is not (join or total):
                return False
            passed.add(start)
            totals.add(total)
        if set(header.phis()) != passed or set(self.leave.phis()) != joined:
            return False
        for block in (*self.front, *self.loop.blocks):
            for inst in block.instructions:
                if inst in (phi, counter) or inst in passed:
                    continue
                behind = [u for u in inst.users if self._is_behind(u, header)]
                if inst not in totals and behind:
                    return False
                if any(u.block in around.blocks and not isinstance(u, Phi) for u in behind):
                    return False
        return True

    def _is_behind(self, user: Instruction, header: Block) -> bool:
        if user.block is header:
            return isinstance(user, Phi)
        return user.block not in self.loop.blocks and user.block not in self.front

    # ------------------------------------------------------------------ memory

    def _place(self, access: Access) -> Place | None:
        if access.address is None:
            return None
        base, line = access.address
        start = self.outer.address(base)
        along = self._along_rows(line)
        total = start.line.plus(along) if start is not None and along is not None else None
        if start is None or total is None or not line.stride:
            return None
        return Place(start.base, total, line.stride)

    def _along_rows(self, line: Line) -> Line | None:
        """What a line of the inner loop is where its counter is 0, as a line of the outer one."""
        total: Line | None = Line(constant=line.constant)
        if line.slopes or line.slack != (0, 0):
            return None
        for term, count in line.terms:
            more = self.outer.term(term)
            total = total.plus(more, count) if total is not None and more is not None else None
        return total

    def _find_takes(self, accesses: list[Access], places: dict[int, Place]) -> bool:
        """Stores are sums, or reset what has been read before."""
        loads = {a.inst.pointer: a for a in accesses if isinstance(a.inst, Load)}
        for access in accesses:
            store = access.inst
            if not isinstance(store, Store) or access.amount is not None:
                continue
            taken = loads.get(store.pointer)
            number = float_value(store.value)
            if taken is None or number != 0 or copysign(1, number) < 0:
                return False
            load = taken.inst
            assert isinstance(load, Load)
            assert load.block is not None
            if load.type is not store.value.type or not isinstance(load.type, FloatType):
                return False
            if load.block.place_of(load) > load.block.place_of(store) or load in self.takes:
                return False
            self.takes[load] = Take(load, store, taken, places[id(taken)])
        return True

    # ------------------------------------------------------------------ what neighbours get

    def _find_guards(self, header: Block) -> None:
        """Products in which zero wins, whose other factor does not change in the nest."""
        for inst in header.instructions:
            if not isinstance(inst, Select) or not isinstance(inst.type, FloatType):
                continue
            condition, nothing, product = inst.operands
            if not isinstance(condition, Compare) or condition.predicate != "oeq":
                continue
            if not isinstance(product, Binary) or product.opcode not in ("fmul", "fdiv"):
                continue
            tested = condition.operands[0]
            others = [o for o in product.operands if o is not tested]
            zeros = [float_value(v) == 0 for v in (condition.operands[1], nothing)]
            if len(others) != 1 or not all(zeros) or not self.outer.is_fixed(others[0]):
                continue
            if product.opcode == "fdiv" and product.operands[0] is not tested:
                continue
            self._test(product.opcode, others[0])
            self.guards[inst] = product

    def _test(self, opcode: str, factor: Value) -> None:
        number = float_value(factor)
        if number is None or number - number != 0 or (opcode == "fdiv" and number == 0):
            self.factors[opcode, factor] = None

    def _is_linear(self, value: Value) -> bool:
        """Is it a linear function of what is taken, which is zero where that is zero?"""
        self.steps += 1
        if self._is_read(value):
            return True
        if self.steps > MOST_STEPS or not isinstance(value, Instruction):
            return False
        if value.block not in self.loop.blocks or not isinstance(value.type, FloatType):
            return False
        match value:
            case Binary(opcode="fadd" | "fsub", operands=[a, b]):
                return self._is_linear(a) and self._is_linear(b)
            case Binary(opcode="fmul" | "fdiv", operands=[a, b]):
                if value.opcode == "fmul" and self.outer.is_fixed(a):
                    a, b = b, a
                if not self.outer.is_fixed(b) or not self._is_linear(a):
                    return False
                self._test(value.opcode, b)
                return True
            case Select() if value in self.guards:
                return self._is_linear(self.guards[value])
            case Select(operands=[Compare() as test, a, b]):
                return self._is_linear_choice(test, a, b)
            case FNeg(operands=[a]):
                return self._is_linear(a)
            case Cast(opcode="fpext" | "fptrunc", operands=[a]):
                return self._is_linear(a)
            case Call(operands=[a, Global() as callee]):
                return callee.name.startswith("llvm.arithmetic.fence.") and self._is_linear(a)
        return False

    def _is_linear_choice(self, test: Compare, a: Value, b: Value) -> bool:
        """Is an adjoint handed on, or not, as a number says that is read beside it?"""
        if float_value(a) == 0.0:
            a, b = b, a
        if float_value(b) != 0.0 or test.block not in self.loop.blocks or not self._is_linear(a):
            return False
        if test.opcode != "fcmp":
            return False
        self.chosen = True
        return all(self.outer.is_fixed(o) or self._is_read(o) for o in test.operands)

    def _is_read(self, value: Value) -> bool:
        return value in self.takes or self._is_kept(value)

    def _is_kept(self, value: Value) -> bool:
        """Is it read, and not reset? From now on it is among what is taken."""
        found = self.plain.get(value)
        if found is None or not isinstance(value, Load) or not isinstance(value.type, FloatType):
            return False
        self.takes[value] = Take(value, None, *found)
        return True

    # ------------------------------------------------------------------ neighbours

    def _groups(self, sums: list[tuple[Access, Place]]) -> list[Group] | None:
        found: list[list[Member]] = []
        for access, place in sums:
            is_clamped = access.inst in self.clamped
            for members in found:
                first = members[0]
                offset = _offset(first.place, place)
                same = access.size == first.access.size and _type(access) is _type(first.access)
                if offset is not None and same:
                    members.append(Member(access, place, *offset, is_clamped))
                    break
            else:
                found.append([Member(access, place, 0, 0, is_clamped)])
        groups = [self._group(members) for members in found]
        return None if any(g is None for g in groups) else [g for g in groups if g is not None]

    def _group(self, members: list[Member]) -> Group | None:
        """The sums, counted from the one that is not linear, or else from the middle."""
        if not isinstance(_type(members[0].access), FloatType):
            return None
        others = []
        for member in members:
            self.steps, self.chosen = 0, False
            assert member.access.amount is not None
            if not self._is_linear(member.access.amount):
                others.append(member)
            elif self.chosen:
                self.choices[member.access.amount] = None
        if len({(m.row, m.column) for m in others}) > 1:
            return None
        rows, columns = [m.row for m in members], [m.column for m in members]
        middle = min(rows) + max(rows), min(columns) + max(columns)
        own = min(
            others or members,
            key=lambda m: (abs(2 * m.row - middle[0]), abs(2 * m.column - middle[1])),
        )
        moved = [m._replace(row=m.row - own.row, column=m.column - own.column) for m in members]
        if any(max(abs(m.row), abs(m.column)) > FURTHEST for m in moved):
            return None
        beside = [m.column for m in moved if not m.row]
        if any(not min(beside) <= m.column <= max(beside) for m in moved):
            return None
        return Group(moved, own._replace(row=0, column=0))


def _joined(frame: Frame, leave: Block, last: Block, phi: Phi) -> Phi | None:
    total = phi.value_from(frame.step)
    return next((p for p in leave.phis() if p.value_from(last) is total), None)


def _type(access: Access) -> object:
    return access.parts[0].type


def _offset(own: Place, other: Place) -> tuple[int, int] | None:
    """How many rows and cells further an address is, as far as can be told; that is tested."""
    if own.base is not other.base or own.stride != other.stride:
        return None
    apart = other.line.plus(own.line, -1)
    if apart is None or apart.stride or _roots(apart.slopes):
        return None
    terms, step = _roots(apart.terms), _roots(own.line.slopes)
    found: list[tuple[int, int]] = []
    for row in range(-2 * FURTHEST, 2 * FURTHEST + 1):
        if terms != {value: row * count for value, count in step.items() if row}:
            continue
        column, rest = divmod(apart.constant - row * own.line.stride, own.stride)
        if not rest and abs(column) <= 2 * FURTHEST:
            found.append((row, column))
    return min(found, key=lambda o: (abs(o[1]), abs(o[0])), default=None)


def _roots(terms: Sequence[tuple[Term, int]]) -> dict[Value | Product, int]:
    """The terms, however they are extended to 64 bits, and negated."""
    out: dict[Value | Product, int] = {}
    for (value, _), count in terms:
        while True:
            if isinstance(value, Cast) and value.opcode in ("sext", "zext", "trunc"):
                value = value.operands[0]
            elif isinstance(value, Binary) and value.opcode == "sub" and is_zero(value.operands[0]):
                value, count = value.operands[1], -count
            else:
                break
        out[value] = out.get(value, 0) + count
    return {value: count for value, count in out.items() if count}
