"""Between which two constants an address lies behind its base, however often it is computed.

    struct { double a[100][100], b[100][100]; } *m;      m->a[i][k] lies in [0, 80000) behind m,
    for (i < 100) for (k < 100) ...                      m->b[k][j] in [80000, 160000)

Question     Which bytes behind one base may an access touch, in all iterations of all loops?
Lattice      intervals of integers, as numbers with a sign; a pointer is a base and an interval.
Transfer     Counters of loops run from their first number to a bound that is tested on each way
             around; sums, products, shifts, masks, remainders, widening, choices of what is known.
             A result that may not fit its type is any number of the type. (Cousot and Cousot,
             "Abstract interpretation", 1977; without widening: what a cycle leads back to is
             any number.)
Safe answer  any number of the type; for pointers the pointer itself, or None within loops.

A base is a value that is computed at most once in a run of the function: then two accesses with
the same base and intervals that do not meet are of distinct memory for all of the run.
"""

from __future__ import annotations

from typing import Final, NamedTuple, final

from enzcc.analysis.cfg import Loop, Shape
from enzcc.analysis.recurrences import Affine, Recurrences, negated, signed, swapped
from enzcc.ir import types as ty
from enzcc.ir.instructions import (
    Binary,
    Branch,
    Call,
    Cast,
    Compare,
    GetElementPtr,
    Instruction,
    Phi,
    Select,
    constant_offset,
)
from enzcc.ir.types import Layout, Type
from enzcc.ir.values import Argument, ConstantExpression, ConstantInt, Global, Value

FAR: Final = 1 << 46
"""No object is larger; no sum of offsets below this wraps around."""

NEAR: Final = 1 << 30
"""The same where addresses have 32 bits."""

DEEPEST: Final = 40
"""So many steps back are looked at."""

_Interval = tuple[int, int]


class Span(NamedTuple):
    """The addresses from `base` + `low` to `base` + `high`, in bytes, both included."""

    base: Value
    low: int
    high: int


@final
class Spans:
    """Answers for one function."""

    def __init__(self, shape: Shape, recurrences: Recurrences, layout: Layout) -> None:
        self.shape, self.recurrences, self.layout = shape, recurrences, layout
        self._pointers: dict[Value, Span | None] = {}
        self._integers: dict[Value, _Interval] = {}
        self._steps: dict[Loop, int | None] = {}
        self._loop_of_header = {loop.header: loop for loop in shape.loops}
        self._depth = 0
        self._far = FAR if layout.size(ty.PTR) == 8 else NEAR

    def are_disjoint(self, a: Value, size_a: int, b: Value, size_b: int) -> bool:
        """Do accesses of so many bytes through two pointers never meet, in one run of the function,
        in whichever iterations they happen?"""
        first = self.span(a)
        second = self.span(b) if first is not None else None
        if first is None or second is None or first.base is not second.base:
            return False
        return first.high + size_a <= second.low or second.high + size_b <= first.low

    def span(self, pointer: Value) -> Span | None:
        """Where a pointer leads to; None if nothing is known of it."""
        if pointer not in self._pointers:
            self._pointers[pointer] = None  # what a cycle leads back to
            self._pointers[pointer] = None if self.shape.irreducible else self._span(pointer)
        return self._pointers[pointer]

    def interval(self, value: Value) -> tuple[int, int]:
        """The smallest and the largest number that an integer may be."""
        if isinstance(value, ConstantInt):
            return signed(value), signed(value)
        if value not in self._integers:
            anything = _range_of(value.type)
            if self._depth >= DEEPEST:
                return anything
            self._integers[value] = anything  # what a cycle leads back to
            self._depth += 1
            found = self._interval(value)
            self._depth -= 1
            fits = anything[0] <= found[0] and found[1] <= anything[1]
            self._integers[value] = found if fits else anything
        return self._integers[value]

    # ------------------------------------------------------------------ pointers

    def _span(self, pointer: Value) -> Span | None:
        found: Span | None = None
        match pointer:
            case GetElementPtr() if isinstance(pointer.type, ty.PointerType):
                base = self.span(pointer.base)
                if base is not None:
                    low, high = self._offset(pointer)
                    found = Span(base.base, base.low + low, base.high + high)
            case ConstantExpression(opcode="getelementptr", operands=[Global() as base, *_]):
                offset = constant_offset(self.layout, pointer)
                found = None if offset is None else Span(base, offset, offset)
            case Phi():
                found = self._walk(pointer)
        if found is not None and -self._far < found.low <= found.high < self._far:
            return found
        return Span(pointer, 0, 0) if self._is_computed_once(pointer) else None

    def _is_computed_once(self, value: Value) -> bool:
        if isinstance(value, Argument | Global):
            return True
        if not isinstance(value, Instruction) or value.block is None:
            return False
        return value.block in self.shape.index and value.block not in self.shape.loop_of

    def _offset(self, address: GetElementPtr) -> _Interval:
        low = high = 0
        current: Type = address.source
        for position, index in enumerate(address.indices):
            if position and isinstance(current, ty.StructType):
                assert isinstance(index, ConstantInt)
                assert current.fields is not None
                offset = self.layout.offsets(current)[index.value]
                low, high = low + offset, high + offset
                current = current.fields[index.value]
                continue
            if position:
                current = current.element  # type: ignore[attr-defined]
            size = self.layout.size(current)
            first, last = self.interval(index)
            low, high = low + first * size, high + last * size
        return low, high

    def _walk(self, phi: Phi) -> Span | None:
        """A pointer that goes through an array by steps."""
        loop = self._loop_of(phi)
        found = self.recurrences.affine.get(phi)
        if loop is None or found is None or not isinstance(found.step, ConstantInt):
            return None
        start, most = self.span(found.start), self._most_steps(loop)
        if start is None or most is None:
            return None
        way = signed(found.step) * most
        return Span(start.base, start.low + min(way, 0), start.high + max(way, 0))

    # ------------------------------------------------------------------ integers

    def _interval(self, value: Value) -> _Interval:
        anything = _range_of(value.type)
        match value:
            case Phi():
                return self._counter(value) or self._union(value.operands, anything)
            case Select(operands=[_, one, other]):
                return self._union([one, other], anything)
            case Cast(opcode="sext" | "zext" | "trunc", operands=[inner]):
                if not isinstance(inner.type, ty.IntType):
                    return anything
                low, high = self.interval(inner)
                if value.opcode == "zext" and low < 0:
                    return 0, (1 << inner.type.bits) - 1
                return low, high  # what does not fit is anything
            case Binary():
                return self._binary(value) or anything
            case Call() if len(value.arguments) == 2:
                name = value.called
                (a, b), (c, d) = map(self.interval, value.arguments)
                if name.startswith("llvm.smin.") or (name.startswith("llvm.umin.") and a >= 0 <= c):
                    return min(a, c), min(b, d)
                if name.startswith("llvm.smax.") or (name.startswith("llvm.umax.") and a >= 0 <= c):
                    return max(a, c), max(b, d)
                if name.startswith("llvm.umin.") and max(a, c) >= 0:
                    return 0, _least_of_positive((a, b), (c, d))
        return anything

    def _union(self, values: list[Value], anything: _Interval) -> _Interval:
        if not isinstance(values[0].type, ty.IntType):
            return anything
        ends = [self.interval(v) for v in values]
        return min(low for low, _ in ends), max(high for _, high in ends)

    def _binary(self, value: Binary) -> _Interval | None:
        if not isinstance(value.type, ty.IntType):
            return None
        first, second = value.operands
        (a, b), (c, d) = self.interval(first), self.interval(second)
        match value.opcode:
            case "add":
                return a + c, b + d
            case "or" if "disjoint" in value.flags:
                return a + c, b + d
            case "sub":
                return a - d, b - c
            case "mul":
                products = (a * c, a * d, b * c, b * d)
                return min(products), max(products)
            case "shl" if c == d and 0 <= c < value.type.bits - 1:
                return a << c, b << c
            case "ashr" if c == d and 0 <= c < value.type.bits:
                return a >> c, b >> c
            case "lshr" if c == d and 0 <= c < value.type.bits and a >= 0:
                return a >> c, b >> c
            case "and" if a >= 0 or c >= 0:
                return 0, _least_of_positive((a, b), (c, d))
            case "urem" if c > 0:
                return 0, min(b, d - 1) if a >= 0 else d - 1
            case "srem" if c > 0:
                return (0 if a >= 0 else 1 - d), d - 1
            case "udiv" | "sdiv" if c > 0 and a >= 0:
                return a // d, b // c
        return None

    # ------------------------------------------------------------------ loops

    def _loop_of(self, phi: Phi) -> Loop | None:
        return self._loop_of_header.get(phi.block) if phi.block is not None else None

    def _counter(self, phi: Phi) -> _Interval | None:
        """Where a counter goes: from its first number, as far as a test on each way around lets."""
        loop, found = self._loop_of(phi), self.recurrences.affine.get(phi)
        if loop is None or found is None or not isinstance(found.step, ConstantInt):
            return None
        step = signed(found.step)
        low, high = self.interval(found.start)
        limits = [
            last
            for test in self._tests(loop)
            if test.phi is phi and (last := self._last(loop, test, found, step)) is not None
        ]
        most = self._most_steps(loop)
        if most is not None:
            limits.append(high + step * most if step > 0 else low + step * most)
        if not limits:
            return None
        return (low, max(high, min(limits))) if step > 0 else (min(low, max(limits)), high)

    def _most_steps(self, loop: Loop) -> int | None:
        """How often the loop jumps back at most."""
        if loop not in self._steps:
            self._steps[loop] = None  # what a cycle leads back to
            found = []
            for test in self._tests(loop):
                affine = self.recurrences.affine[test.phi]
                if not isinstance(affine.step, ConstantInt):
                    continue
                step = signed(affine.step)
                last = self._last(loop, test, affine, step)
                if last is not None:
                    low, high = self.interval(affine.start)
                    found.append(max(0, last - low if step > 0 else high - last) // abs(step))
            self._steps[loop] = min(found, default=None)
        return self._steps[loop]

    def _tests(self, loop: Loop) -> list[_Test]:
        """What is asked of counters on each way around before it goes on."""
        latch = self.shape.latch(loop)
        found: list[_Test] = []
        if latch is None:
            return found
        for block, _ in self.shape.exits(loop):
            last = block.terminator
            if not isinstance(last, Branch) or not last.operands:
                continue
            test = last.operands[0]
            if not isinstance(test, Compare) or test.opcode != "icmp":
                continue
            if not self.shape.dominates(block, latch):
                continue
            (a, b), predicate = test.operands, test.predicate
            if not isinstance(a.type, ty.IntType):
                continue
            if last.targets[0] not in loop.blocks:
                predicate = negated(predicate)
            for tested, bound, asks in ((a, b, predicate), (b, a, swapped(predicate))):
                phi, offset = _phi_and_offset(tested)
                if phi is not None and phi.block is loop.header and phi in self.recurrences.affine:
                    found.append(_Test(phi, offset, asks, bound))
        return found

    def _last(self, loop: Loop, test: _Test, affine: Affine, step: int) -> int | None:
        """The last number that the counter of a test becomes behind a way around, if it goes around
        at all: the largest, or the smallest if it counts down."""
        if step == 0:
            return None
        bits = test.phi.type.bits  # type: ignore[attr-defined]
        low, high = self.interval(affine.start)
        low, high = low + test.offset, high + test.offset  # what is tested first
        first, last = self.interval(test.bound)
        least, most = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
        if not (least <= low and high <= most):
            return None
        if test.asks[0] == "u" and (low < 0 or first < 0):
            return None
        if step < 0:  # the same with all signs changed
            low, high, first, last, least, most = -high, -low, -last, -first, -most, -least
        if test.asks == "ne":
            # one by one, it comes to the bound, or a promise that it does not wrap is broken
            if abs(step) != 1 or not self.recurrences.is_invariant(loop, test.bound):
                return None
            if high > first and not self._keeps_on(loop, test, step, low, first):
                return None
            limit = last - 1
        elif test.asks[1:] in (("lt", "le") if step > 0 else ("gt", "ge")):
            limit = last if test.asks.endswith("e") else last - 1
        else:
            return None
        beyond = limit + abs(step)  # what is tested then
        if beyond > most or (step < 0 and test.asks[0] == "u" and -beyond < 0):
            return None
        return beyond - test.offset if step > 0 else -beyond - test.offset

    def _keeps_on(self, loop: Loop, test: _Test, step: int, low: int, first: int) -> bool:
        """Is it undefined that the counter wraps around, and is that the only way out?"""
        if len(self.shape.exits(loop)) != 1:
            return False
        latch = self.shape.latch(loop)
        assert latch is not None
        again = test.phi.value_from(latch)
        if not isinstance(again, Binary) or test.offset not in (0, step):
            return False
        words = again.flags.split()
        return "nsw" in words or ("nuw" in words and step > 0 and low >= 0 <= first)


class _Test(NamedTuple):
    """The loop goes on while phi + offset `asks` bound."""

    phi: Phi
    offset: int
    asks: str
    bound: Value


def _least_of_positive(*intervals: _Interval) -> int:
    return min(last for first, last in intervals if first >= 0)


def _phi_and_offset(value: Value) -> tuple[Phi | None, int]:
    if isinstance(value, Phi):
        return value, 0
    if isinstance(value, Binary) and (
        value.opcode in ("add", "sub") or (value.opcode == "or" and "disjoint" in value.flags)
    ):
        inner, by = value.operands
        if isinstance(inner, Phi) and isinstance(by, ConstantInt):
            return inner, -signed(by) if value.opcode == "sub" else signed(by)
    return None, 0


def _range_of(type: Type) -> _Interval:  # noqa: A002 - LLVM's word
    if not isinstance(type, ty.IntType):
        return -FAR * FAR, FAR * FAR
    half = 1 << (type.bits - 1)
    return -half, half - 1
