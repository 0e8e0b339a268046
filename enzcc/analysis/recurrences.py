"""Induction variables and trip counts.

Question     Which header phis are start + step * k in the k-th iteration (k from 0), and how often
             does a loop jump back?
Sources      LLVM's function simplification leaves most loops with one affine counter and one
             `icmp`; the counts follow Bachmann, Wang, Zima, "Chains of recurrences" (1994), for the
             affine case.
Safe answer  None: then the values are kept, and counted while the loop runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from enzcc.analysis.cfg import Loop, Shape
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.instructions import (
    Binary,
    Branch,
    Cast,
    Compare,
    GetElementPtr,
    Instruction,
    Phi,
)
from enzcc.ir.types import Layout
from enzcc.ir.values import ConstantInt, Local, Value


@final
@dataclass(frozen=True)
class Geometric:
    """start << (amount * k), or shifted right: a counter that is doubled or halved."""

    start: Value
    opcode: str
    amount: int

    def emit(self, emit: Builder, start: Value, number: Value) -> Value:
        """The value in iteration `number`, an i64."""
        assert isinstance(start.type, ty.IntType)
        bits = start.type.bits
        by = emit.mul(number, const_int(ty.I64, self.amount))
        inside = emit.compare("icmp", "ult", by, const_int(ty.I64, bits))
        by = emit.select(inside, by, const_int(ty.I64, bits - 1))
        if bits != 64:
            by = emit.cast("trunc" if bits < 64 else "zext", by, start.type)
        made = emit.binary(self.opcode, start, by)
        if self.opcode == "ashr":
            return made
        return emit.select(inside, made, const_int(start.type, 0))


Lookup = Callable[[Value], Value]


@final
@dataclass(frozen=True)
class Affine:
    """start + step * k; for pointers the step is in bytes. `step` does not change in the loop."""

    start: Value
    step: Value


@final
@dataclass(frozen=True)
class BackEdges:
    """How often a loop jumps back: `continues(first + step * k)` for k = 0, 1, ... until it fails.

    first, step, bound   values defined outside the loop (`offset` is added to `first`)
    predicate            the loop goes on while `tested predicate bound`
    by                   the step, where it is not a constant; then `step` only tells its sign
    ahead                what is tested is one such step ahead of `first + offset`
    may_jump             large steps `by` could jump over all that is beyond a large bound, and the
                         loop then goes on: the count is only right where `ends` holds
    """

    first: Value
    offset: int
    step: int
    predicate: str
    bound: Value
    by: Value | None = None
    ahead: bool = False
    may_jump: bool = False

    @property
    def operands(self) -> list[Value]:
        """What the count is computed from."""
        return [v for v in (self.first, self.bound, self.by) if isinstance(v, Local)]

    @property
    def constant(self) -> int | None:
        """The count, if it is a constant."""
        if self.by is not None:
            return None
        if not (isinstance(self.first, ConstantInt) and isinstance(self.bound, ConstantInt)):
            return None
        assert isinstance(self.first.type, ty.IntType)
        mask = (1 << self.first.type.bits) - 1
        first, bound = self.first.value + self.offset, self.bound.value
        if self.predicate[0] == "u":
            first, bound = first & mask, bound & mask
        return _count(first, bound, self.step, self.predicate, mask)

    def emit(self, emit: Builder, lookup: Lookup) -> Value:
        """The count as an i64, at the builder's position."""
        known = self.constant
        if known is not None:
            return const_int(ty.I64, known)
        first, bound = self._first(emit, lookup), lookup(self.bound)
        signed = self.predicate[0] == "s"

        def wide(value: Value) -> Value:
            assert isinstance(value.type, ty.IntType)
            if value.type.bits == 64:
                return value
            return emit.cast("sext" if signed else "zext", value, ty.I64)

        if self.predicate == "ne":
            distance = emit.sub(bound, first) if self.step > 0 else emit.sub(first, bound)
            assert isinstance(distance.type, ty.IntType)
            if distance.type.bits < 64:
                distance = emit.cast("zext", distance, ty.I64)
            return emit.binary("udiv", distance, const_int(ty.I64, abs(self.step)))
        a, b = wide(first), wide(bound)
        if self.step < 0:
            a, b = b, a
        distance = emit.sub(b, a)
        if self.predicate.endswith("e"):
            distance = emit.add(distance, const_int(ty.I64, 1))
        if self.by is None:
            stride = abs(self.step)
            count = emit.binary(
                "udiv", emit.add(distance, const_int(ty.I64, stride - 1)), const_int(ty.I64, stride)
            )
        else:
            count = self._run_time_steps(emit, lookup(self.by), a, distance)
        test = self.predicate if self.step > 0 else swapped(self.predicate)
        goes = emit.compare("icmp", test, a, b)
        return emit.select(goes, count, const_int(ty.I64, 0))

    def ends(self, emit: Builder, lookup: Lookup) -> Value:
        """Is no step as large as all that is beyond the bound, or does the loop never jump back?"""
        assert self.by is not None
        by, bound = lookup(self.by), lookup(self.bound)
        beyond = emit.sub(const_int(bound.type, 0), bound)
        negative = emit.compare("icmp", "slt", by, const_int(by.type, 0))
        step = emit.select(negative, emit.sub(const_int(by.type, 0), by), by)
        small = emit.compare("icmp", "ule", step, beyond)
        stops = emit.compare("icmp", "uge", self._first(emit, lookup), bound)
        return emit.binary("or", small, stops)

    def _first(self, emit: Builder, lookup: Lookup) -> Value:
        """What is tested first."""
        first = lookup(self.first)
        first = emit.add(first, const_int(first.type, self.offset))
        if self.ahead:
            assert self.by is not None
            first = emit.add(first, lookup(self.by))
        return first

    def _run_time_steps(self, emit: Builder, by: Value, first: Value, distance: Value) -> Value:
        """How many steps lead from `first`, which is in range, to `distance` further on: or below
        zero, where numbers without a sign are counted down."""
        one, zero = const_int(ty.I64, 1), const_int(ty.I64, 0)
        if by.type is not ty.I64:
            by = emit.cast("sext", by, ty.I64)

        def steps(way: Value, step: Value) -> Value:
            step = emit.select(emit.compare("icmp", "sgt", step, one), step, one)
            return emit.add(emit.binary("udiv", way, step), one)

        up = steps(emit.sub(distance, one), by)
        if self.predicate[0] == "s":  # a step that is not positive would never end
            return up
        down = steps(first, emit.sub(zero, by))
        return emit.select(emit.compare("icmp", "slt", by, zero), down, up)


def _count(first: int, bound: int, step: int, predicate: str, mask: int) -> int | None:
    if predicate == "ne":
        distance = (bound - first if step > 0 else first - bound) & mask
        return distance // abs(step) if distance % abs(step) == 0 else None
    ahead = bound - first if step > 0 else first - bound
    if predicate.endswith("e"):
        ahead += 1
    return max(0, -(-ahead // abs(step)))


def signed(number: ConstantInt) -> int:
    """The number with the sign of its highest bit."""
    assert isinstance(number.type, ty.IntType)
    half = 1 << (number.type.bits - 1)
    return (number.value + half) % (2 * half) - half


def swapped(predicate: str) -> str:
    """What a comparison of integers or pointers asks of its operands the other way round."""
    return {
        "sgt": "slt", "sge": "sle", "ugt": "ult", "uge": "ule",
        "slt": "sgt", "sle": "sge", "ult": "ugt", "ule": "uge",
    }.get(predicate, predicate)  # fmt: skip


@final
class Recurrences:
    """Affine phis and trip counts of one function, of loops with one edge in and one latch."""

    def __init__(self, shape: Shape, layout: Layout) -> None:
        self.shape, self.layout = shape, layout
        self._returning = shape.returning()
        self.affine: dict[Phi, Affine] = {}
        self.geometric: dict[Phi, Geometric] = {}
        self.back_edges: dict[Loop, BackEdges] = {}
        for loop in shape.loops:
            entering, latch = shape.entering(loop), shape.latch(loop)
            if entering is None or latch is None:
                continue
            for phi in loop.header.phis():
                start, again = phi.value_from(entering), phi.value_from(latch)
                found = self._affine(loop, phi, start, again)
                if found is not None:
                    self.affine[phi] = found
                elif isinstance(again, Binary) and again.opcode in ("shl", "lshr", "ashr"):
                    amount = again.operands[1]
                    if again.operands[0] is phi and isinstance(amount, ConstantInt):
                        self.geometric[phi] = Geometric(start, again.opcode, amount.value)
        for loop in shape.loops:
            count = self._back_edges(loop)
            if count is not None:
                self.back_edges[loop] = count

    def stride(self, loop: Loop, value: Value) -> int | None:
        """By how much an integer or an address (in bytes) grows from one iteration to the next, if
        that is a constant."""
        if self.is_invariant(loop, value):
            return 0
        match value:
            case Phi():
                found = self.affine.get(value)
                step = found.step if found is not None and value in loop.header.phis() else None
                return signed(step) if isinstance(step, ConstantInt) else None
            case Cast(opcode="zext" | "sext" | "trunc"):
                return self.stride(loop, value.operands[0])
            case Binary(opcode="add" | "sub" | "mul" | "shl" | "or"):
                return self._stride_of_binary(loop, value)
            case GetElementPtr() if len(value.indices) == 1:
                base, index = (self.stride(loop, v) for v in (value.base, value.indices[0]))
                if base is None or index is None:
                    return None
                return base + index * self.layout.size(value.source)
        return None

    def _stride_of_binary(self, loop: Loop, value: Binary) -> int | None:
        first, second = (self.stride(loop, v) for v in value.operands)
        if first is None or second is None:
            return None
        factor = value.operands[1]
        match value.opcode:
            case "add":
                return first + second
            case "sub":
                return first - second
            case "or" if "disjoint" in value.flags:
                return first + second
            case "mul" if isinstance(factor, ConstantInt):
                return first * signed(factor)
            case "shl" if isinstance(factor, ConstantInt):
                return first << factor.value
        return None

    def is_invariant(self, loop: Loop, value: Value) -> bool:
        """Is the value defined outside the loop?"""
        if not isinstance(value, Instruction):
            return True
        return value.block is None or value.block not in loop.blocks

    def _affine(self, loop: Loop, phi: Phi, start: Value, again: Value) -> Affine | None:
        match again:
            case Binary(opcode="add") if isinstance(phi.type, ty.IntType):
                a, b = again.operands
                if b is phi:
                    a, b = b, a
                if a is phi and self.is_invariant(loop, b):
                    return Affine(start, b)
            case Binary(opcode="sub") if isinstance(phi.type, ty.IntType):
                a, b = again.operands
                if a is phi and isinstance(b, ConstantInt):
                    return Affine(start, const_int(phi.type, -b.value))
            case GetElementPtr() if again.base is phi and len(again.indices) == 1:
                index = again.indices[0]
                if isinstance(index, ConstantInt):
                    size = self.layout.size(again.source)
                    return Affine(start, const_int(ty.I64, index.value * size))
                if (
                    again.source is ty.I8
                    and self.is_invariant(loop, index)
                    and index.type is ty.I64
                ):
                    return Affine(start, index)
        return None

    def _back_edges(self, loop: Loop) -> BackEdges | None:
        # who leaves for an abort needs no count any more
        leaving = {block for block, to in self.shape.exits(loop) if to in self._returning}
        if len(leaving) != 1:
            return None
        (block,) = leaving
        latch = self.shape.latch(loop)
        if block is not latch and block is not loop.header:
            return None
        last = block.terminator
        if not isinstance(last, Branch) or not last.operands:
            return None
        test = last.operands[0]
        if not isinstance(test, Compare) or test.opcode != "icmp":
            return None
        a, b = test.operands
        predicate = test.predicate
        if not isinstance(a.type, ty.IntType) or a.type.bits > 64:
            return None
        if self.is_invariant(loop, a):
            a, b = b, a
            predicate = swapped(predicate)
        if not self.is_invariant(loop, b):
            return None
        goes_on = last.targets[0] in loop.blocks
        if not goes_on:
            predicate = negated(predicate)
        tested = self._tested(a)
        if tested is None or predicate == "eq":
            return None
        phi, offset, flags = tested
        recurrence = self.affine.get(phi)
        if recurrence is None or phi not in loop.header.phis():
            return None
        if offset is None and isinstance(recurrence.step, ConstantInt):
            return None
        if not isinstance(recurrence.step, ConstantInt):
            if predicate == "ne" or not self._safe(predicate, None, flags, phi, loop, b):
                return None
            by, ahead = recurrence.step, offset is None
            jumps = predicate == "ult" and not self._keeps_on(predicate, flags, phi, loop)
            jumps = jumps and not isinstance(b, ConstantInt) and b.type is not ty.I64
            return BackEdges(recurrence.start, offset or 0, 1, predicate, b, by, ahead, jumps)
        assert offset is not None
        step = recurrence.step.value
        if step == 0 or not self._safe(predicate, step, flags, phi, loop, b):
            return None
        return BackEdges(recurrence.start, offset, step, predicate, b)

    def _tested(self, value: Value) -> tuple[Phi, int | None, str] | None:
        """A phi, or a phi plus constants, or (None) plus its step."""
        offset, words = 0, {"nsw", "nuw"}
        while isinstance(value, Binary):
            a, b = value.operands
            if isinstance(b, ConstantInt) and _is_sum(value):
                # bits that are set where there are none carry nothing
                words &= set(value.flags.split()) if value.opcode == "add" else words
                offset += b.value
                value = a
                continue
            for phi, step in ((a, b), (b, a)):  # the next value of a counter with another step
                if offset or value.opcode != "add" or not isinstance(phi, Phi):
                    continue
                if phi in self.affine and self.affine[phi].step is step:
                    return phi, None, value.flags
            return None
        return (value, offset, " ".join(sorted(words))) if isinstance(value, Phi) else None

    def _safe(
        self, predicate: str, step: int | None, flags: str, phi: Phi, loop: Loop, bound: Value
    ) -> bool:
        """May the count be computed without a wrap-around of the counter? A step of None is only
        known at run time."""
        if predicate == "ne":  # the first to meet the bound, if steps divide all that a type counts
            even = step is not None and abs(step).bit_count() == 1
            return even or any(self._keeps_on(p, flags, phi, loop) for p in ("slt", "ult"))
        ahead = (predicate in ("slt", "sle", "ult", "ule")) == (step is None or step > 0)
        if not ahead:
            return False
        if step is not None and abs(step) == 1 and not predicate.endswith("e"):
            return True  # it stops at the bound itself
        if step is None and predicate == "ult" and not _is_far(bound):
            return True  # it does not jump over all that is beyond the bound, whichever way it goes
        return self._keeps_on(predicate, flags, phi, loop)

    def _keeps_on(self, predicate: str, flags: str, phi: Phi, loop: Loop) -> bool:
        """Is it said that the counter never wraps around, in numbers that compare so?"""
        latch = self.shape.latch(loop)
        assert latch is not None
        again = phi.value_from(latch)
        word = "nsw" if predicate[0] == "s" else "nuw"
        return isinstance(again, Binary) and word in again.flags and word in flags


def _is_sum(value: Binary) -> bool:
    return value.opcode == "add" or (value.opcode == "or" and "disjoint" in value.flags)


def _is_far(bound: Value) -> bool:
    """May steps of less than half of all numbers jump over what is beyond the bound? (What is only
    known at run time is taken for near, if the type has many numbers: see `BackEdges.may_jump`.)"""
    assert isinstance(bound.type, ty.IntType)
    if isinstance(bound, ConstantInt):
        return not 0 <= bound.value <= 1 << (bound.type.bits - 1)
    return bound.type.bits < 32


def negated(predicate: str) -> str:
    """What a comparison of integers or pointers asks where it does not hold."""
    return {
        "eq": "ne", "ne": "eq", "slt": "sge", "sge": "slt", "sgt": "sle", "sle": "sgt",
        "ult": "uge", "uge": "ult", "ugt": "ule", "ule": "ugt",
    }[predicate]  # fmt: skip
