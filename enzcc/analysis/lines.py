"""Integers and addresses of a loop that grow by the same amount in each iteration.

Question     Is a value a + b * k in the k-th iteration of a loop, for each k of a stretch of
             iterations, if what can be tested at its two ends holds there?
Transfer     Sums and multiples are exact modulo a power of two. What is extended to more bits, or
             clamped (`k > 0 ? k - 1 : 0`), is one arm of it where a *condition* holds: that another
             such value lies in a range, or is never zero. As these values are monotonous, both ends
             tell for all that is between. Where bounds are enough (`hull`), the lesser or greater
             of a line and of what does not change is monotonous, too, and a remainder is between
             zero and what is divided by.
Safe answer  None: no line.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar, final

from enzcc.analysis.recurrences import signed
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.function import Block
from enzcc.ir.instructions import (
    Binary,
    Call,
    Cast,
    Compare,
    FNeg,
    Freeze,
    GetElementPtr,
    Instruction,
    Select,
)
from enzcc.ir.types import Layout
from enzcc.ir.values import ConstantInt, Global, Value

MOST_TERMS: Final = 8
LARGE: Final = 1 << 20
"""Strides and multiples beyond this are left alone: no product with a trip count wraps around."""

FARTHEST: Final = 1 << 40
"""Numbers that are clamped, or of which a remainder is taken: no multiple wraps around."""

_DEPTH: Final = 24
_SIGNED: Final = ("llvm.smin.", "llvm.smax.")
_UNSIGNED: Final = ("llvm.umin.", "llvm.umax.")
_WITHOUT_SIGN: Final = ("llvm.usub.sat.", *_UNSIGNED)

Term = tuple["Value | Product", str]
"""What does not change in the loop, and how it is extended to 64 bits ("sext", "zext")."""


@final
@dataclass(frozen=True)
class Product:
    """A multiple of one term by another, which no instruction computes."""

    first: Term
    second: Term


@final
@dataclass(frozen=True)
class Line:
    """A sum of multiples of terms, of the counter, of products of both (`slopes`), of `clamps`, and
    a constant; modulo 2^64. The value lies between that plus `slack[0]` and that plus `slack[1]`,
    plus a multiple of each of `spans`: of what is between zero and a line that does not change."""

    terms: tuple[tuple[Term, int], ...] = ()
    stride: int = 0
    constant: int = 0
    slopes: tuple[tuple[Term, int], ...] = ()
    slack: tuple[int, int] = (0, 0)
    clamps: tuple[tuple[Clamp, int], ...] = ()
    spans: tuple[tuple[Line, int], ...] = ()

    def plus(self, other: Line, factor: int = 1) -> Line | None:
        """This plus a multiple of another one; None if it would be too large a sum."""
        terms = _added(self.terms, other.terms, factor)
        slopes = _added(self.slopes, other.slopes, factor)
        stride = self.stride + factor * other.stride
        clamps = _added(self.clamps, other.clamps, factor)
        spans = _side_by_side(self.spans, other.spans, factor)
        counts = [stride, *(c for parts in (terms, slopes, clamps, spans) for _, c in parts)]
        if len(counts) > MOST_TERMS or any(abs(c) > LARGE for c in counts):
            return None
        low, high = sorted(factor * s for s in other.slack)
        slack = self.slack[0] + low, self.slack[1] + high
        constant = self.constant + factor * other.constant
        return Line(terms, stride, constant, slopes, slack, clamps, spans)

    def end(self, side: int) -> Line | None:
        """The line that is lowest (side 0) or highest of all with these spans."""
        total: Line | None = replace(self, spans=())
        for span, count in self.spans:
            if total is not None and (count > 0) == bool(side):
                total = total.plus(span, count)
        return total

    def near_zero(self, half: int) -> Line:
        """The same, modulo twice `half`, with a constant of less than that."""
        return replace(self, constant=(self.constant + half) % (2 * half) - half)

    @property
    def moves(self) -> bool:
        """Does it depend on the counter?"""
        return bool(self.stride or self.slopes or self.clamps)

    @property
    def ways(self) -> set[bool]:
        """Do its parts rise with the counter (True), or fall? Slopes do not tell."""
        clamped = {way == (count > 0) for clamp, count in self.clamps for way in clamp.line.ways}
        return clamped | ({self.stride > 0} if self.stride else set())

    @property
    def is_monotonous(self) -> bool:
        """Is it surely lowest and highest at the ends of the loop?"""
        return not self.clamps or (not self.slopes and len(self.ways) == 1)

    def is_multiple_of(self, number: int) -> bool:
        """Is each part of it, and so what equals it?"""
        counts = [self.stride, self.constant, *(c for _, c in (*self.terms, *self.slopes))]
        counts += [c for _, c in self.clamps]
        return (
            self.slack == (0, 0) and not self.spans and all(count % number == 0 for count in counts)
        )

    def same_terms(self, other: Line) -> bool:
        """Is the difference of both a constant, but for what their spans leave open?"""
        names = ("terms", "slopes", "clamps", "spans")
        same = (set(getattr(self, name)) == set(getattr(other, name)) for name in names)
        return self.stride == other.stride and all(same)


class Clamp(NamedTuple):
    """The lesser of a line and of what does not change, or the greater one."""

    is_least: bool
    line: Line
    other: Line


_Part = TypeVar("_Part", Term, Clamp, Line)


def _added(
    a: tuple[tuple[_Part, int], ...], b: tuple[tuple[_Part, int], ...], factor: int
) -> tuple[tuple[_Part, int], ...]:
    total = dict(a)
    for term, count in b:
        total[term] = total.get(term, 0) + factor * count
    return tuple((t, c) for t, c in total.items() if c)


def _side_by_side(
    a: tuple[tuple[Line, int], ...], b: tuple[tuple[Line, int], ...], factor: int
) -> tuple[tuple[Line, int], ...]:
    """The same of spans, where nothing cancels out: each stands for another number."""
    total: dict[tuple[Line, bool], int] = {(span, count > 0): count for span, count in a}
    for span, count in b if factor else ():
        key = span, factor * count > 0
        total[key] = total.get(key, 0) + factor * count
    return tuple((span, count) for (span, _), count in total.items())


class Condition(NamedTuple):
    """`line` lies within [low, high] in all iterations; both None: it is never zero."""

    line: Line
    low: int | None
    high: int | None


class Address(NamedTuple):
    """A pointer that does not change, and a distance from it in bytes."""

    base: Value
    line: Line


@final
class Lines:
    """Answers for one loop (its blocks, its counter that grows or falls steadily).

    `conditions` collects what the answers depend on; `clamped` tells that some may fail at the
    ends. `ahead` is one more than the counter; counters `beside` it are so much more. `hull`: it is
    enough to know between which lines a value lies, clamped or not. `products`: multiples of the
    counter by what is not a constant count are lines, too (with `hull` anyway).
    """

    def __init__(
        self,
        blocks: Container[Block],
        counter: Value,
        layout: Layout,
        *,
        ahead: Value | None = None,
        hull: bool = False,
        products: bool = False,
        beside: Mapping[Value, int] = MappingProxyType({}),
    ) -> None:
        self._blocks, self._counter, self._layout = blocks, counter, layout
        self._ahead, self._hull, self._beside = ahead, hull, beside
        self._products = products or hull
        self.conditions: dict[Condition, None] = {}
        self.clamped = False
        self._fixed: dict[Value, bool] = {}

    # ------------------------------------------------------------------ what does not change

    def is_fixed(self, value: Value) -> bool:
        """Does the value not change in the loop? (It may be computed there again and again.)"""
        if not isinstance(value, Instruction) or value.block not in self._blocks:
            return True
        found = self._fixed.get(value)
        if found is None:
            self._fixed[value] = False  # on a cycle
            found = _is_pure(value) and all(self.is_fixed(o) for o in value.operands)
            self._fixed[value] = found
        return found

    # ------------------------------------------------------------------ lines

    def address(self, pointer: Value) -> Address | None:
        """A pointer as a line; without one, nothing is assumed for its sake."""
        before = dict(self.conditions), self.clamped
        found = self._address(pointer)
        if found is None:
            self.conditions, self.clamped = before
        return found

    def _address(self, pointer: Value) -> Address | None:
        total = Line()
        while not self.is_fixed(pointer) or _is_offset(pointer):
            if not isinstance(pointer, GetElementPtr) or not ty.is_pointer(pointer.type):
                return None
            distance = self._distance(pointer)
            more = total.plus(distance) if distance is not None else None
            if more is None:
                if self.is_fixed(pointer):
                    break
                return None
            total, pointer = more, pointer.base
        return Address(pointer, total)

    def _distance(self, pointer: GetElementPtr) -> Line | None:
        total: Line | None = Line()
        inside = pointer.source
        for number, index in enumerate(pointer.indices):
            if number and isinstance(inside, ty.StructType):
                if not isinstance(index, ConstantInt) or inside.fields is None:
                    return None
                offset = self._layout.offsets(inside)[index.value]
                total = total.plus(Line(constant=offset)) if total is not None else None
                inside = inside.fields[index.value]
                continue
            if number:
                if not isinstance(inside, ty.ArrayType):
                    return None
                inside = inside.element
            size = self._layout.size(inside)
            line = self.signed(index)
            if line is None or total is None or size > LARGE:
                return None
            total = total.plus(line, size)
        return total

    def term(self, term: Term) -> Line | None:
        """What does not change in a loop inside this one, and is a term there, as a line here."""
        value, how = term
        if isinstance(value, Product):
            return None
        if how == "zext":
            return self._exact(value, 0, is_signed=False)
        return self.signed(value) if how else self.modulo(value)

    def modulo(self, value: Value, depth: int = 0) -> Line | None:
        """A line that equals the value modulo 2^bits, where bits is its width."""
        if isinstance(value, ConstantInt):
            return Line(constant=signed(value))
        if value is self._counter or value is self._ahead:
            return Line(stride=1, constant=int(value is self._ahead))
        if value in self._beside:
            return Line(stride=1, constant=self._beside[value])
        if depth > _DEPTH or not isinstance(value.type, ty.IntType) or value.type.bits > 64:
            return None
        if self.is_fixed(value):
            return self._fixed_sum(value, depth)
        return self._sum(value, depth) if isinstance(value, Instruction) else None

    def _fixed_sum(self, value: Value, depth: int) -> Line:
        assert isinstance(value.type, ty.IntType)
        if isinstance(value, Binary) and value.opcode in ("add", "sub", "mul", "shl"):
            found = self._sum(value, depth)
            if found is not None:
                return found
        if isinstance(value, Cast) and value.opcode == "trunc":
            found = self.modulo(value.operands[0], depth + 1)
            if found is not None:
                return found
        if isinstance(value, Cast) and value.opcode in ("sext", "zext"):
            inner = value.operands[0]
            if isinstance(inner.type, ty.IntType) and value.type.bits == 64:
                if value.opcode == "sext" or "nneg" in value.flags:
                    return self._widened(inner, depth + 1)
                return Line((((inner, value.opcode), 1),))
        return Line((((value, "" if value.type.bits == 64 else "sext"), 1),))

    def _widened(self, value: Value, depth: int) -> Line:
        """A fixed integer, extended with its sign: sums that do not overflow are those of their
        parts."""
        if isinstance(value, ConstantInt):
            return Line(constant=signed(value))
        found: Line | None = None
        if depth <= _DEPTH:
            match value:
                case Binary(opcode="add" | "sub", operands=[a, b]) if "nsw" in value.flags:
                    first, second = (self._widened(o, depth + 1) for o in (a, b))
                    found = first.plus(second, 1 if value.opcode == "add" else -1)
                case Binary(opcode="xor", operands=[a, ConstantInt() as b]) if signed(b) == -1:
                    found = Line(constant=-1).plus(self._widened(a, depth + 1), -1)
        return found or Line((((value, "sext"), 1),))

    def _sum(self, value: Instruction, depth: int) -> Line | None:
        match value:
            case Binary(opcode="add" | "sub", operands=[a, b]):
                return self._plus(a, b, 1 if value.opcode == "add" else -1, depth)
            case Binary(opcode="xor", operands=[a, ConstantInt() as b]) if signed(b) == -1:
                line = self.modulo(a, depth + 1)
                return Line(constant=-1).plus(line, -1) if line is not None else None
            case Binary(opcode="or", operands=[a, b]) if "disjoint" in value.flags:
                return self._plus(a, b, 1, depth)
            case Binary(opcode="mul", operands=[a, ConstantInt() as b]) if abs(signed(b)) < LARGE:
                return self._times(a, signed(b), depth)
            case Binary(opcode="shl", operands=[a, ConstantInt() as b]) if 0 <= b.value < 20:
                return self._times(a, 1 << b.value, depth)
            case Binary(opcode="and", operands=[a, ConstantInt() as b]) if _is_mask(b):
                line, lowest = self.modulo(a, depth + 1), b.value & -b.value
                if lowest > 1 and (self.clamped or not line or not line.is_multiple_of(lowest)):
                    return None
                return line if line and self._given(line, 0, b.value) else None
            case Binary(opcode="mul", operands=[a, b]) if self._products:
                return self._product(a, b, depth)
            case Binary(opcode="urem" | "srem", operands=[a, b]):
                find = self._below if self._hull else self._remainder
                return find(a, b, depth, is_signed=value.opcode == "srem")
            case Cast(opcode="trunc", operands=[a]):
                return self.modulo(a, depth + 1)
            case Cast(opcode="sext", operands=[a]):
                return self.signed(a, depth + 1)
            case Cast(opcode="zext", operands=[a]):
                return self._zero_extended(value, a, depth)
            case Binary(opcode="ashr", operands=[a, ConstantInt() as b]) if b.value > 0:
                assert isinstance(value.type, ty.IntType)
                line = self._shifted(a, b.value, depth + 1)
                half = 1 << (value.type.bits - b.value - 1)
                line = line.near_zero(half) if line is not None else None
                return line if line and self._given(line, -half, half - 1) else None
            case Call() | Select():
                return self._clamp(value, depth)
        return None

    def _shifted(self, value: Value, by: int, depth: int) -> Line | None:
        """What is left of a sum of multiples of a power of two, shifted down by so many bits."""
        match value:
            case ConstantInt() if signed(value) % (1 << by) == 0:
                return Line(constant=signed(value) >> by)
            case Binary(opcode="add", operands=[a, b]) if depth <= _DEPTH:
                first, second = (self._shifted(o, by, depth + 1) for o in (a, b))
                return first.plus(second) if first is not None and second is not None else None
            case Binary(opcode="mul", operands=[a, ConstantInt() as b]) if (
                signed(b) % (1 << by) == 0 and abs(signed(b) >> by) < LARGE
            ):
                return self._times(a, signed(b) >> by, depth)
            case Binary(opcode="shl", operands=[a, ConstantInt() as b]) if by <= b.value < by + 20:
                return self._times(a, 1 << (b.value - by), depth)
        return None

    def _plus(self, a: Value, b: Value, factor: int, depth: int) -> Line | None:
        first, second = self.modulo(a, depth + 1), self.modulo(b, depth + 1)
        return first.plus(second, factor) if first is not None and second is not None else None

    def _times(self, value: Value, factor: int, depth: int) -> Line | None:
        line = self.modulo(value, depth + 1)
        return Line().plus(line, factor) if line is not None else None

    def _product(self, a: Value, b: Value, depth: int) -> Line | None:
        """A line times something that does not change."""
        if self.is_fixed(a):
            a, b = b, a
        line = self.modulo(a, depth + 1) if self.is_fixed(b) else None
        if line is None or line.slack != (0, 0) or line.clamps or line.spans:
            return None
        mixed = bool(line.terms or line.slopes)
        if mixed and (not self._hull or (not line.moves and self.is_fixed(a))):
            return None
        assert isinstance(b.type, ty.IntType)
        factor: Term = (b, "" if b.type.bits == 64 else "sext")

        def times(parts: tuple[tuple[Term, int], ...], alone: int) -> tuple[tuple[Term, int], ...]:
            rest = ((factor, alone),) if alone else ()
            return (*(((Product(term, factor), ""), count) for term, count in parts), *rest)

        return Line(times(line.terms, line.constant), 0, 0, times(line.slopes, line.stride))

    def _remainder(self, a: Value, b: Value, depth: int, *, is_signed: bool) -> Line | None:
        """(k + b - 1) % b is k - 1, (k + 1) % b is k + 1, but for one end."""
        line = self._exact(a, depth + 1, is_signed=is_signed)
        by = self.modulo(b, depth + 1) if self.is_fixed(b) else None
        if line is None or by is None or not line.moves:
            return None
        if isinstance(b, ConstantInt):
            times = round(line.constant / by.constant) if by.constant > 0 else 0
        else:
            times = dict(line.terms).get(by.terms[0][0], 0) if len(by.terms) == 1 else 0
        inside = line.plus(by, -times)
        over = inside.plus(by, -1) if inside is not None else None
        most = (1 << 62) - 1
        if inside is None or over is None:
            return None
        if not self._given(inside, 0, most) or not self._given(over, -most, -1):
            return None
        self.clamped = True
        return inside

    def _below(self, a: Value, b: Value, depth: int, *, is_signed: bool) -> Line | None:
        """A remainder is less than what is divided by."""
        by = self._exact(b, depth + 1, is_signed=is_signed) if self.is_fixed(b) else None
        if by is None or not self._given(by, 1, FARTHEST):
            return None
        if is_signed:
            line = self._exact(a, depth + 1, is_signed=True)
            if line is None or not self._given(line, 0, FARTHEST):
                return None
        span = by.plus(Line(constant=-1))
        return Line(spans=((span, 1),)) if span is not None else None

    def signed(self, value: Value, depth: int = 0) -> Line | None:
        """The value as a signed integer."""
        return self._exact(value, depth, is_signed=True)

    def _exact(self, value: Value, depth: int, *, is_signed: bool) -> Line | None:
        assert isinstance(value.type, ty.IntType)
        bits = value.type.bits
        if isinstance(value, ConstantInt):
            number = signed(value)
            return Line(constant=number if is_signed else number % (1 << bits))
        if self.is_fixed(value) and bits < 64:
            return Line((((value, "sext" if is_signed else "zext"), 1),))
        if isinstance(value, Call) and value.called.startswith(_WITHOUT_SIGN) and not is_signed:
            found = self._clamp(value, depth)
            if found is not None:
                return found
        line = self.modulo(value, depth)
        if line is None or (bits == 64 and is_signed):
            return line
        if is_signed:
            low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
        else:
            low, high = 0, (1 << min(bits, 63)) - 1
        line = line.near_zero(1 << (bits - 1))
        return line if self._given(line, low, high) else None

    def _zero_extended(self, value: Instruction, inner: Value, depth: int) -> Line | None:
        if isinstance(inner, Compare):
            if self._hull:
                return Line(slack=(0, 1))
            if self.is_fixed(inner):
                return None
            truth = self._truth(inner, depth)
            return Line(constant=int(truth)) if truth is not None else None
        return self._exact(inner, depth + 1, is_signed=False)

    def _clamp(self, value: Instruction, depth: int) -> Line | None:
        """A minimum, maximum, saturating difference or choice as the arm that moves."""
        if isinstance(value, Select):
            condition, then, other = value.operands
            if self._hull:
                return self._either(then, other, depth)
            if not isinstance(condition, Compare) or self.is_fixed(condition):
                return None
            truth = self._truth(condition, depth)
            if truth is None:
                return None
            return self.modulo(then if truth else other, depth + 1)
        callee = value.operands[-1]
        name = callee.name if isinstance(callee, Global) else ""
        if len(value.operands) != 3 or not name.startswith((*_WITHOUT_SIGN, *_SIGNED)):
            return None
        is_signed = name.startswith(_SIGNED)
        a, b = value.operands[:2]
        if "min." in name or "max." in name:
            if self.is_fixed(a):
                a, b = b, a
            if not self.is_fixed(b):
                return None
        first = self._exact(a, depth + 1, is_signed=is_signed)
        second = self._exact(b, depth + 1, is_signed=is_signed)
        if first is None or second is None or not first.moves:
            return None
        if self._hull:
            if "usub.sat" in name:
                return self._at_least_zero(first, b)
            exact = first.slack == (0, 0) and not first.spans
            if first.slopes or not exact or not first.is_monotonous:
                return None
            assert isinstance(value.type, ty.IntType)
            if value.type.bits > 32 and not all(
                self._given(part, -FARTHEST, FARTHEST) for part in (first, second)
            ):
                return None
            return Line(clamps=((Clamp("min." in name, first, second), 1),))
        gap = first.plus(second, -1)
        low, high = (None, 0) if "min." in name else (0, None)
        most = (1 << 62) - 1
        if gap is None or not self._given(
            gap, -most if low is None else low, most if high is None else high
        ):
            return None
        self.clamped = True
        return gap if name.startswith("llvm.usub.sat.") else first

    def _either(self, then: Value, other: Value, depth: int) -> Line | None:
        """What lies between two lines, if their distance is a constant."""
        first, second = self.modulo(then, depth + 1), self.modulo(other, depth + 1)
        if first is None or second is None or not first.same_terms(second):
            return None
        gap = second.constant - first.constant
        low = min(first.slack[0], second.slack[0] + gap)
        high = max(first.slack[1], second.slack[1] + gap)
        return replace(first, slack=(low, high))

    def _at_least_zero(self, line: Line, less: Value) -> Line | None:
        """A saturating difference: a line minus a constant, or up to that constant more."""
        if not isinstance(less, ConstantInt) or not 0 <= less.value < LARGE:
            return None
        return line.plus(Line(constant=-less.value, slack=(0, less.value)))

    def _truth(self, condition: Compare, depth: int) -> bool | None:
        """What a comparison says in all iterations but for an end, given a condition."""
        if condition.opcode != "icmp" or not isinstance(condition.operands[0].type, ty.IntType):
            return None
        what = condition.predicate
        is_signed = what[0] != "u"
        first, second = (self._exact(v, depth + 1, is_signed=is_signed) for v in condition.operands)
        gap = first.plus(second, -1) if first is not None and second is not None else None
        if gap is None or not gap.moves:
            return None
        if what in ("eq", "ne"):  # equality is rare
            self.clamped = True
            self.conditions[Condition(gap, None, None)] = None
            return what == "ne"
        if what[1:] in ("gt", "ge"):
            gap = Line().plus(gap, -1)
        if gap is not None and what[1:] in ("le", "ge"):
            gap = gap.plus(Line(constant=-1))
        most = (1 << 62) - 1
        if gap is None:
            return None
        is_less = _seems_negative(gap)
        if not self._given(gap, -most if is_less else 0, -1 if is_less else most):
            return None
        self.clamped = True
        return is_less

    def _given(self, line: Line, low: int, high: int) -> bool:
        if line.spans:
            ends = line.end(0), line.end(1)
            return all(end is not None and self._given(end, low, high) for end in ends)
        low, high = low - line.slack[0], high - line.slack[1]
        if low > high or not line.is_monotonous:
            return False
        if not line.terms and not line.moves:
            return low <= line.constant <= high
        self.conditions[Condition(line, low, high)] = None
        return True


def _seems_negative(line: Line) -> bool:
    """Is it less than zero where the counter is neither its first nor its last value? A guess, for
    a counter from 0 up to what the terms, if there are any, are."""
    weights = [count for _, count in line.terms] or [line.stride, *(c for _, c in line.slopes)]
    return sum(weights) < 0


def _is_mask(number: ConstantInt) -> bool:
    """Is one run of bits set, not far from the lowest, and no other?"""
    lowest = number.value & -number.value
    return 0 < lowest < LARGE and not number.value & (number.value + lowest)


def _is_offset(pointer: Value) -> bool:
    """Is it another pointer and a distance, which other addresses may share?"""
    return isinstance(pointer, GetElementPtr) and ty.is_pointer(pointer.type)


def _is_pure(value: Instruction) -> bool:
    if isinstance(value, (Binary, Cast, Compare, FNeg, Freeze, GetElementPtr, Select)):
        if value.opcode in ("udiv", "urem"):
            by = value.operands[1]
            return isinstance(by, ConstantInt) and by.value != 0
        return value.opcode not in ("sdiv", "srem")
    if isinstance(value, Call) and isinstance(value.callee, Global):
        name = value.callee.name
        return name.startswith(("llvm.abs.", *_WITHOUT_SIGN, *_SIGNED))
    return False


@final
class Placed:
    """Lines as instructions in front of a loop. `found` gives values that stand for others."""

    def __init__(
        self,
        emit: Builder,
        blocks: Container[Block],
        found: Mapping[Value, Value] = MappingProxyType({}),
    ) -> None:
        self.emit, self._blocks = emit, blocks
        self._made: dict[Value, Value] = dict(found)
        self._terms: dict[Term, Value] = {}
        self._sums: dict[tuple[tuple[Term, int], ...], Value] = {}

    def value(self, value: Value) -> Value:
        """A value that does not change in the loop, where it can be used in front of it."""
        if not isinstance(value, Instruction) or value.block not in self._blocks:
            return value
        found = self._made.get(value)
        if found is None:
            copy = value.copy()
            copy.flags = ""  # no poison that the loop has not
            for index, operand in enumerate(value.operands):
                copy.set_operand(index, self.value(operand))
            found = self._made[value] = self.emit.put(copy)
        return found

    def line(self, line: Line, counter: Value) -> Value:
        """A line where the counter is some value, an i64."""
        emit = self.emit
        total = emit.add(self._sum(line.terms), emit.mul(counter, self.slope(line)))
        for clamp, count in line.clamps:
            a, b = self.line(clamp.line, counter), self.line(clamp.other, counter)
            is_a = emit.compare("icmp", "slt" if clamp.is_least else "sgt", a, b)
            clamped = emit.select(is_a, a, b)
            total = emit.add(total, emit.mul(clamped, const_int(ty.I64, count)))
        return emit.add(total, const_int(ty.I64, line.constant))

    def slope(self, line: Line) -> Value:
        """By how much a line grows in each iteration, an i64."""
        return self.emit.add(self._sum(line.slopes), const_int(ty.I64, line.stride))

    def _sum(self, terms: tuple[tuple[Term, int], ...]) -> Value:
        found = self._sums.get(terms)
        if found is None:
            found = zero(ty.I64)
            for term, count in terms:
                found = self.emit.add(
                    found, self.emit.mul(self.term(term), const_int(ty.I64, count))
                )
            self._sums[terms] = found
        return found

    def term(self, term: Term) -> Value:
        """A term, an i64."""
        found = self._terms.get(term)
        if found is None:
            value, how = term
            if isinstance(value, Product):
                found = self.emit.mul(self.term(value.first), self.term(value.second))
            else:
                found = self.value(value)
            if how:
                found = self.emit.cast(how, found, ty.I64)
            self._terms[term] = found
        return found

    def pointer(self, address: Address, counter: Value) -> Value:
        """An address where the counter is some value."""
        distance = self.line(address.line, counter)
        return self.emit.gep(ty.I8, self.value(address.base), [distance])

    def holds(self, condition: Condition, ends: tuple[Value, Value]) -> Value:
        """Does a condition hold at both ends of a stretch of iterations?"""
        emit = self.emit
        first, last = numbers = [self.line(condition.line, end) for end in ends]
        if condition.low is None or condition.high is None:
            signs = emit.binary("xor", first, last)
            same = emit.compare("icmp", "sge", signs, zero(ty.I64))
            for number in numbers:
                nonzero = emit.compare("icmp", "ne", number, zero(ty.I64))
                same = emit.binary("and", same, nonzero)
            return same
        width = condition.high - condition.low
        least, most = const_int(ty.I64, condition.low), const_int(ty.I64, width)
        inside = [emit.compare("icmp", "ule", emit.sub(n, least), most) for n in numbers]
        return emit.binary("and", inside[0], inside[1])
