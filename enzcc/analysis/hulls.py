"""How low and how high addresses get in nests of loops.

Question     Between which two values does an address, or an integer, lie in all iterations?
Transfer     Lines (`enzcc.analysis.lines`) are lowest in the first or in the last iteration; their
             ends are values in front of the loop, which may be lines of the loop around in turn.
Safe answer  None: no such ends. What ends depend on is *required*: tests that fail where a sum
             could wrap around, or where an end is no address.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, final

from enzcc.analysis.cfg import Loop, Shape
from enzcc.analysis.lines import LARGE, Condition, Line, Lines, Placed
from enzcc.analysis.recurrences import (
    Affine,
    BackEdges,
    Recurrences,
    negated,
    signed,
    swapped,
)
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.function import Block
from enzcc.ir.instructions import Binary, Cast, Compare, Freeze, Instruction, Phi, Select
from enzcc.ir.types import Layout
from enzcc.ir.values import Argument, ConstantInt, Value, is_zero

MOST: Final = 1 << 33
"""So far a counter goes, and so often does a loop run: differences of 32-bit integers do."""

FAR: Final = 1 << 30
"""Counters that go beyond this are not narrowed: less than this, and all that is added to it, fits
32 bits."""

MOST_TOLD: Final = 8
"""Comparisons, the last ones, that narrow where an access may be: each takes instructions for each
access behind it, of which a chain of `if (...) continue` has many."""

STEEP: Final = 1 << 27
"""Bytes that a counter stands for. This times MOST, and all that is added to it, fits 64 bits."""


class Ends(NamedTuple):
    """Where something begins, at the lowest, and at the highest: the extremes of these."""

    low: list[Value]
    high: list[Value]


@final
class Told(NamedTuple):
    """A comparison that led to where a value is used, and what it was."""

    block: Block  # where it was asked
    test: Compare
    is_true: bool


def told(shape: Shape, block: Block) -> list[Told]:
    """What is known of integers where a block is reached, the last of it first."""
    out: list[Told] = []
    for at, condition, was in shape.decided(block):
        if len(out) >= MOST_TOLD:
            break
        work = [(condition, was)]
        while work:
            value, is_true = work.pop()
            match value:
                case Compare(opcode="icmp", operands=[a, _]) if isinstance(a.type, ty.IntType):
                    out.append(Told(at, value, is_true))
                case Binary(opcode="and", operands=parts) if is_true:
                    work += [(part, True) for part in parts]
                case Binary(opcode="or", operands=parts) if not is_true:
                    work += [(part, False) for part in parts]
                case Select(operands=[a, b, other]) if is_true and is_zero(other):
                    work += [(a, True), (b, True)]
                case Select(operands=[a, ConstantInt(value=1 | -1), b]) if not is_true:
                    work += [(a, False), (b, False)]
    return out


@final
class Hulls:
    """Answers for one function. `require` is told what must hold, and where it can be tested.

    `by_bits`: of what grows by bits (a number whose bits are reversed), all bits that may be set
    bound it. That may be twice as far as it goes; `used_bits` tells that an answer is of the kind.

    `rising`: no row of a matrix has a negative length, so that it is known at which end of a loop
    an address is lowest. Else both ends count, also of inner loops that run at no end.
    """

    def __init__(
        self,
        shape: Shape,
        recurrences: Recurrences,
        layout: Layout,
        require: Callable[[Builder, Value], None],
        *,
        by_bits: bool = False,
    ) -> None:
        self.by_bits, self.used_bits = by_bits, False
        self.shape, self.recurrences, self.layout = shape, recurrences, layout
        self._require = require
        self.rising = False
        self._bounds: dict[tuple[Loop, Phi], tuple[Value, Value]] = {}
        self._narrow: dict[tuple[Loop, Phi, tuple[Told, ...]], tuple[Value, Value]] = {}
        self._done: set[tuple[Loop, Condition, tuple[Value, Value]]] = set()

    def leave(self, loop: Loop, ends: Ends, known: Sequence[Told] = ()) -> Ends | None:
        """How low and how high values (a pointer, or integers) get in a loop, in front of it; of
        its iterations those count in which what is `known` holds."""
        preheader = self.shape.preheader(loop)
        if preheader is None:
            return None
        placed = Placed(Builder(preheader, preheader.terminator), loop.blocks)
        values = list(dict.fromkeys((*ends.low, *ends.high)))
        counters = [phi for phi in loop.header.phis() if isinstance(phi.type, ty.IntType)]
        steady = [phi for phi in counters if phi in self.recurrences.affine]
        for phi in [*steady, *(p for p in counters if self.by_bits and p not in steady)]:
            by_bits = phi not in self.recurrences.affine
            lines = self._lines(loop, phi)
            found = {
                v: f for v in values if (f := _line(lines, v)) is not None and f[1].is_monotonous
            }
            if len(found) < len(values):
                continue
            bounds = self._bits(loop, phi) if by_bits else self.bounds_of(loop, phi)
            if bounds is None and by_bits:
                continue
            if bounds is None:
                return None
            if not by_bits and known:
                bounds = self._narrowed(loop, phi, placed, bounds, known)
            self._test(
                loop, placed, lines, [line for _, line in found.values()], bounds, monotonous=True
            )
            out = Ends([], [])
            for side, mine in enumerate((ends.low, ends.high)):
                for value in mine:
                    base, spanned = found[value]
                    line = spanned.end(side)
                    if line is None:
                        return None
                    for bound in self._which(phi, line, bounds, side):
                        total = placed.line(line, bound)
                        total = placed.emit.add(total, const_int(ty.I64, line.slack[side]))
                        if base is not None:
                            start = placed.emit.cast("ptrtoint", placed.value(base), ty.I64)
                            total = placed.emit.add(start, total)
                        (out.high if side else out.low).append(total)
            return out
        fixed = Lines(loop.blocks, loop.header.instructions[0], self.layout)
        if not all(fixed.is_fixed(v) for v in values):
            return None
        made = {v: placed.value(v) for v in values}
        for value, copy in made.items():
            if ty.is_pointer(value.type):
                made[value] = placed.emit.cast("ptrtoint", copy, ty.I64)
        return Ends([made[v] for v in ends.low], [made[v] for v in ends.high])

    def advances(self, loop: Loop, read: Ends, size: int, written: Ends, *, later: bool) -> bool:
        """Requires that what is written in an iteration, and in all that follow, lies behind what
        is read in it (`later`: only in those that follow). False if that cannot be told, or never
        holds."""
        preheader = self.shape.preheader(loop)
        if preheader is None:
            return False
        placed = Placed(Builder(preheader, preheader.terminator), loop.blocks)
        emit = placed.emit
        for phi in loop.header.phis():
            affine = self.recurrences.affine.get(phi)
            if affine is None or not isinstance(affine.step, ConstantInt):
                continue
            if not isinstance(phi.type, ty.IntType):
                continue
            lines = self._lines(loop, phi)
            above = [_line(lines, v) for v in read.high]
            below = [_line(lines, v) for v in written.low]
            bounds = self.bounds_of(loop, phi)
            if bounds is None or None in above or None in below:
                continue
            used = [f[1] for f in (*above, *below) if f is not None]
            if any(line.clamps or line.spans for line in used):
                continue
            self._test(loop, placed, lines, used, bounds)
            step = signed(affine.step)
            for start, low in (f for f in below if f is not None):
                steep = placed.line(Line(low.slopes, 0, low.stride), const_int(ty.I64, 0))
                forward = emit.mul(steep, const_int(ty.I64, 1 if step > 0 else -1))
                self._require(emit, emit.compare("icmp", "sge", forward, const_int(ty.I64, 0)))
                for base, high in (f for f in above if f is not None):
                    gap = low.slack[0] - high.slack[1] - size
                    same = base is start and low.same_terms(high) and not (later and low.slopes)
                    ahead = low.stride * step if later else 0
                    if same and low.constant - high.constant + gap + ahead < 0:
                        return False
                    for following in bounds:
                        bound = following
                        if later and following is bounds[1]:  # nothing follows the last iteration
                            bound = emit.sub(bound, const_int(ty.I64, step))
                        elif later:
                            following = emit.add(bound, const_int(ty.I64, step))
                        ends = [placed.line(low, following), placed.line(high, bound)]
                        for at, origin in enumerate((start, base)):
                            if origin is not None:
                                address = emit.cast("ptrtoint", placed.value(origin), ty.I64)
                                ends[at] = emit.add(ends[at], address)
                        self.are_addresses(emit, ends)
                        distance = emit.add(emit.sub(*ends), const_int(ty.I64, gap))
                        test = emit.compare("icmp", "sge", distance, const_int(ty.I64, 0))
                        if later:
                            once = emit.compare("icmp", "eq", *bounds)
                            test = emit.binary("or", test, once)
                        self._require(emit, test)
            return True
        return False

    def _lines(self, loop: Loop, counter: Phi) -> Lines:
        """Lines of a counter, and of those that grow in step with it."""
        if counter not in self.recurrences.affine:
            return Lines(loop.blocks, counter, self.layout, hull=True)
        mine, beside = self.recurrences.affine[counter], dict[Value, int]()
        for phi in loop.header.phis():
            other = self.recurrences.affine.get(phi)
            if other is None or phi is counter or phi.type is not counter.type:
                continue
            starts, steps = (mine.start, other.start), (mine.step, other.step)
            if all(isinstance(v, ConstantInt) for v in (*starts, *steps)):
                first, second, one, two = (
                    signed(v) for v in (*starts, *steps) if isinstance(v, ConstantInt)
                )
                if one == two and abs(second - first) < LARGE:
                    beside[phi] = second - first
        return Lines(loop.blocks, counter, self.layout, hull=True, beside=beside)

    def _test(
        self,
        loop: Loop,
        placed: Placed,
        lines: Lines,
        used: list[Line],
        bounds: tuple[Value, Value],
        *,
        monotonous: bool = False,
    ) -> None:
        """The conditions of lines, and that none of them is so steep that it wraps around
        (`monotonous`: that they run as `_way` says)."""
        conditions = dict(lines.conditions)
        for line in [*used, *(c.line for c in lines.conditions)]:
            if line.slopes:
                slope, way = Line(line.slopes, 0, line.stride), 0
                if monotonous:
                    way = self._way(line)
                low, high = -STEEP if way <= 0 else 0, STEEP if way >= 0 else 0
                conditions[Condition(slope, low, high)] = None
        for condition in conditions:
            if (loop, condition, bounds) not in self._done:
                self._done.add((loop, condition, bounds))
                self._require(placed.emit, placed.holds(condition, bounds))

    def _which(
        self, phi: Phi, line: Line, bounds: tuple[Value, Value], side: int
    ) -> tuple[Value, ...]:
        """At which ends of the loop a line is lowest (side 0), or highest."""
        if not line.moves:
            return bounds[:1]
        affine, way = self.recurrences.affine.get(phi), self._way(line)
        step = const_int(ty.I64, 1) if affine is None else affine.step
        if not way or not isinstance(step, ConstantInt):
            return bounds
        grows = way * signed(step) > 0
        return (bounds[1],) if grows == bool(side) else (bounds[0],)

    def _way(self, line: Line) -> int:
        """Does a line surely rise with the counter (1) or fall (-1)?"""
        if line.slopes and not self.rising:
            return 0
        if line.clamps:
            return 1 if line.ways == {True} else -1
        counts = [c for c in (line.stride, *(c for _, c in line.slopes)) if c]
        if all(c > 0 for c in counts):
            return 1
        return -1 if all(c < 0 for c in counts) else 0

    def bounds_of(self, loop: Loop, phi: Phi) -> tuple[Value, Value] | None:
        """The first and the last value of a counter, as i64, in front of its loop."""
        known = self._bounds.get((loop, phi))
        if known is None:
            count = self.recurrences.back_edges.get(loop)
            preheader = self.shape.preheader(loop)
            if count is None or preheader is None:
                return None
            emit = Builder(preheader, preheader.terminator)
            affine = self.recurrences.affine[phi]
            start, step = affine.start, affine.step
            assert isinstance(start.type, ty.IntType)
            if start.type.bits > 64:
                return None
            if start.type.bits < 64:
                start = emit.cast("sext", start, ty.I64)
                step = emit.cast("sext", step, ty.I64)
            trips = count.emit(emit, lambda v: v)
            way = emit.mul(step, trips)
            if not _is_short(affine, count):
                for value in (step, trips, way):
                    far = emit.add(value, const_int(ty.I64, MOST))
                    near = emit.compare("icmp", "ult", far, const_int(ty.I64, 2 * MOST))
                    self._require(emit, near)
            known = start, emit.add(start, way)
            self._bounds[loop, phi] = known
        return known

    def where_known(self, loop: Loop, emit: Builder, ends: Ends, known: Sequence[Told]) -> Ends:
        """The ends in front of a loop; no place at all if what is known there does not hold."""
        fixed = Lines(loop.blocks, loop.header.instructions[0], self.layout)
        placed = Placed(emit, loop.blocks)
        total: Value = const_int(ty.I1, 1)
        for block, test, is_true in known:
            if block in loop.blocks and fixed.is_fixed(test):
                was = emit.put(Freeze("freeze", ty.I1, (placed.value(test),)))
                holds = was if is_true else emit.binary("xor", was, const_int(ty.I1, 1))
                total = emit.binary("and", total, holds)
        if isinstance(total, ConstantInt):
            return ends
        sides = zip(ends, (-1, 0), strict=True)
        return Ends(*([emit.select(total, v, const_int(ty.I64, n)) for v in s] for s, n in sides))

    def _narrowed(
        self,
        loop: Loop,
        phi: Phi,
        placed: Placed,
        bounds: tuple[Value, Value],
        known: Sequence[Told],
    ) -> tuple[Value, Value]:
        """The first and the last value of a counter with which what is known holds. If there is
        none, they may be any. They do not change in any loop around, so that they are no obstacle
        there."""
        step = self.recurrences.affine[phi].step
        assert isinstance(phi.type, ty.IntType)
        if not isinstance(step, ConstantInt) or phi.type.bits < 32:
            return bounds
        outermost = loop
        while outermost.parent is not None:
            outermost = outermost.parent
        around = Lines(outermost.blocks, outermost.header.instructions[0], self.layout)
        if not all(around.is_fixed(bound) for bound in bounds):
            return bounds
        asked: list[tuple[str, Line, Value]] = []
        for block, test, is_true in known:
            predicate = test.predicate if is_true else negated(test.predicate)
            a, b = test.operands
            if around.is_fixed(a):
                a, b, predicate = b, a, swapped(predicate)
            assert isinstance(b.type, ty.IntType)
            if block not in loop.blocks or b.type.bits not in (32, 64) or not around.is_fixed(b):
                continue
            lines = self._lines(loop, phi)
            line = lines.modulo(a)
            if line is None or lines.conditions or abs(line.stride) != 1:
                continue
            if line.clamps or line.spans or line.terms or line.slopes:
                continue
            if line.slack != (0, 0) or abs(line.constant) > LARGE:
                continue
            asked.append((predicate, line, b))
        key = (loop, phi, tuple(known))
        if not asked:
            return bounds
        if key not in self._narrow:
            backward = signed(step) < 0
            low, high = bounds[::-1] if backward else bounds
            for predicate, line, b in asked:
                low, high = _where(placed, predicate, line, b, low, high)
            self._narrow[key] = (high, low) if backward else (low, high)
        return self._narrow[key]

    def _bits(self, loop: Loop, phi: Phi) -> tuple[Value, Value] | None:
        """Bounds of an integer that only `or`, `xor` and shifts to the right calculate.

        Each value V that it is made of lies `down` places below the integer, at least: on any way
        from V to it, so many bits are shifted out. Let S be the bits from the highest of all
        V >> down, for values from outside of the loop, to the lowest bit of all. Then V >> down is
        within S for all V, one iteration after the other: `or`, `xor` and phis hand on bits that
        are there, and a shift moves those of S down, within S.
        """
        key = (loop, phi)
        if key in self._bounds:
            return self._bounds[key]
        preheader = self.shape.preheader(loop)
        assert isinstance(phi.type, ty.IntType)
        if preheader is None or phi.type.bits > 32:
            return None
        down: dict[Value, int] = {}
        work: list[tuple[Value, int]] = [(phi, 0)]
        while work:
            value, by = work.pop()
            if down.get(value, phi.type.bits) <= by:
                continue
            down[value] = by
            match value:
                case Instruction() if value.block not in loop.blocks:
                    pass
                case Phi():
                    work += [(operand, by) for operand in value.operands]
                case Select():
                    work += [(operand, by) for operand in value.operands[1:]]
                case Binary(opcode="or" | "xor"):
                    work += [(operand, by) for operand in value.operands]
                case Binary(opcode="lshr", operands=[shifted, ConstantInt() as places]):
                    work.append((shifted, by + places.value))
                case Argument() | ConstantInt():
                    pass
                case _:
                    return None
        emit = Builder(preheader, preheader.terminator)
        total: Value = const_int(phi.type, 0)
        for value, by in down.items():
            if not isinstance(value, Instruction) or value.block not in loop.blocks:
                moved = emit.binary("lshr", value, const_int(phi.type, by))
                total = emit.binary("or", total, moved)
        for power in range((phi.type.bits - 1).bit_length()):
            moved = emit.binary("lshr", total, const_int(phi.type, 1 << power))
            total = emit.binary("or", total, moved)
        self._require(emit, emit.compare("icmp", "sge", total, const_int(phi.type, 0)))
        self.used_bits = True
        self._bounds[key] = const_int(ty.I64, 0), emit.cast("zext", total, ty.I64)
        return self._bounds[key]

    def are_addresses(self, emit: Builder, values: list[Value]) -> None:
        """Requires that ends are addresses: what wraps around is not (and what is above the middle
        of all numbers, where no program has memory)."""
        for value in values:
            self._require(emit, emit.compare("icmp", "sge", value, const_int(ty.I64, 0)))


def _where(
    placed: Placed, predicate: str, line: Line, other: Value, low: Value, high: Value
) -> tuple[Value, Value]:
    """From where to where a counter between these goes if `line predicate other` holds. Nothing
    is concluded where numbers are so large that the line could wrap around."""
    emit = placed.emit
    number = emit.put(Freeze("freeze", other.type, (placed.value(other),)))
    wide = number if number.type is ty.I64 else emit.cast("sext", number, ty.I64)
    near: Value = const_int(ty.I1, 1)
    for value in (wide, low, high):
        shifted = emit.add(value, const_int(ty.I64, FAR))
        inside = emit.compare("icmp", "ult", shifted, const_int(ty.I64, 2 * FAR))
        near = emit.binary("and", near, inside)
    sides: list[tuple[str, Value]] = []  # what is less, or greater, than the line, or equal to it
    if predicate in ("ult", "ule"):  # and not negative, if the bound is not
        near = emit.binary("and", near, emit.compare("icmp", "sge", wide, zero(ty.I64)))
        sides.append(("g", zero(ty.I64)))
    if predicate in ("ult", "slt", "ule", "sle"):
        sides.append(("l", emit.sub(wide, const_int(ty.I64, int(predicate[2] == "t")))))
    elif predicate in ("ugt", "uge"):  # the same if no number is negative
        for end in (wide, placed.line(line, low), placed.line(line, high)):
            near = emit.binary("and", near, emit.compare("icmp", "sge", end, zero(ty.I64)))
    if predicate[1:] in ("gt", "ge"):
        sides.append(("g", emit.add(wide, const_int(ty.I64, int(predicate[2] == "t")))))
    elif predicate == "eq":
        sides += [("g", wide), ("l", wide)]
    for side, bound in sides:
        place = emit.sub(bound, const_int(ty.I64, line.constant))
        is_least = side == "g"
        if line.stride < 0:
            place, is_least = emit.sub(zero(ty.I64), place), not is_least
        old = low if is_least else high
        better = emit.compare("icmp", "sgt" if is_least else "slt", place, old)
        new = emit.select(emit.binary("and", near, better), place, old)
        low, high = (new, high) if is_least else (low, new)
    if predicate == "ne":
        place = emit.sub(wide, const_int(ty.I64, line.constant))
        if line.stride < 0:
            place = emit.sub(zero(ty.I64), place)
        ends: list[Value] = []
        for end, by in ((low, 1), (high, -1)):
            met = emit.binary("and", near, emit.compare("icmp", "eq", place, end))
            ends.append(emit.select(met, emit.add(end, const_int(ty.I64, by)), end))
        low, high = ends
    return low, high


def _line(lines: Lines, value: Value) -> tuple[Value | None, Line] | None:
    if ty.is_pointer(value.type):
        address = lines.address(value)
        return None if address is None else (address.base, address.line)
    line = lines.modulo(value)
    return None if line is None else (None, line)


def _is_short(affine: Affine, count: BackEdges) -> bool:
    """Does a counter surely not go farther than MOST? It counts between 32-bit integers."""
    step = affine.step
    if not isinstance(step, ConstantInt) or count.by is not None or abs(signed(step)) != 1:
        return False
    if abs(count.step) != 1 or abs(count.offset) >= MOST // 4:
        return False
    return all(_is_small(v) for v in (count.first, count.bound))


def _is_small(value: Value) -> bool:
    assert isinstance(value.type, ty.IntType)
    if isinstance(value, ConstantInt):
        return abs(value.value) < MOST // 4
    if isinstance(value, Cast) and value.opcode in ("zext", "sext"):
        value = value.operands[0]
    return isinstance(value.type, ty.IntType) and value.type.bits <= 32
