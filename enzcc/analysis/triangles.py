"""Header phis whose step grows steadily: where a packed triangle is gone through row by row.

    for (j = 0; j < n; j++)
      for (i = j + 1; i < n; i++) ... *lower++ ...

Question     Is a header phi start + first * k + second * k * (k - 1) / 2 in the k-th iteration
             (from 0), where `second` is a constant?
Sources      Bachmann, Wang, Zima, "Chains of recurrences" (1994): those of the second order. What
             an inner loop adds is its step times its trip count.
Safe answer  No: then the values are kept.

All is arithmetic modulo a power of two, in which sums and products of truncated numbers are those
of the numbers. An inner loop is mostly left out where it would not run: the arm without it is never
taken but in the last iteration of the outer loop, whose step nobody needs, if the branch tests what
the outer loop itself tests behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, final

from enzcc.analysis.cfg import Loop
from enzcc.analysis.recurrences import Affine, Recurrences, negated, signed, swapped
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.function import Block
from enzcc.ir.instructions import Binary, Branch, Cast, Compare, GetElementPtr, Phi
from enzcc.ir.values import ConstantInt, Value

_DEPTH: Final = 12


@final
@dataclass(frozen=True)
class Triangular:
    """start + (constant + sum of factor * value) * k + second * k * (k - 1) / 2; of pointers all
    but the start are bytes. The values do not change in the loop."""

    start: Value
    terms: tuple[tuple[Value, int], ...]
    constant: int
    second: int

    def emit(self, emit: Builder, start: Value, values: list[Value], number: Value) -> Value:
        """The value in iteration `number`, an i64, from the values of `terms`."""
        first: Value = const_int(ty.I64, self.constant)
        for value, (_, factor) in zip(values, self.terms, strict=True):
            first = emit.add(first, emit.mul(_wide(emit, value), const_int(ty.I64, factor)))
        way = emit.mul(number, first)
        if self.second:
            # one of k and k - 1 is even
            half = emit.binary("lshr", number, const_int(ty.I64, 1))
            before = emit.add(number, const_int(ty.I64, -1))
            odd = emit.binary("or", before, const_int(ty.I64, 1))
            pairs = emit.mul(half, odd)
            way = emit.add(way, emit.mul(pairs, const_int(ty.I64, self.second)))
        if isinstance(start.type, ty.PointerType):
            return emit.gep(ty.I8, start, [way])
        assert isinstance(start.type, ty.IntType)
        if start.type.bits != 64:
            way = emit.cast("trunc", way, start.type)
        return emit.add(start, way)


def _wide(emit: Builder, value: Value) -> Value:
    """As an i64, of which the lower bits count."""
    return value if value.type is ty.I64 else emit.cast("sext", value, ty.I64)


def triangular_phis(recurrences: Recurrences) -> dict[Phi, Triangular]:
    """Those of a function that are not known to be simpler."""
    found: dict[Phi, Triangular] = {}
    shape = recurrences.shape
    for loop in shape.loops:
        preheader, latch = shape.preheader(loop), shape.latch(loop)
        if preheader is None or latch is None:
            continue
        for phi in loop.header.phis():
            if phi in recurrences.affine or phi in recurrences.geometric or not _may_be(phi.type):
                continue
            form = _Steps(recurrences, loop, phi).of(phi.value_from(latch), None)
            if form is None or form.terms.pop(phi, 0) != 1:
                continue
            terms = tuple((value, factor) for value, factor in form.terms.items() if factor)
            start = phi.value_from(preheader)
            found[phi] = Triangular(start, terms, form.constant, form.slope)
    return found


def _may_be(kind: ty.Type) -> bool:
    return kind is ty.PTR or (isinstance(kind, ty.IntType) and 8 <= kind.bits <= 64)


@dataclass
class _Form:
    """sum of factor * value + constant + slope * k."""

    terms: dict[Value, int] = field(default_factory=dict)
    constant: int = 0
    slope: int = 0

    def plus(self, other: _Form, factor: int = 1) -> _Form:
        terms = dict(self.terms)
        for value, one in other.terms.items():
            terms[value] = terms.get(value, 0) + one * factor
        constant = self.constant + other.constant * factor
        return _Form(terms, constant, self.slope + other.slope * factor)


@final
class _Steps:
    """What a phi is in the next iteration."""

    def __init__(self, recurrences: Recurrences, loop: Loop, phi: Phi) -> None:
        self.recurrences, self.loop, self.phi = recurrences, loop, phi
        self.bits = phi.type.bits if isinstance(phi.type, ty.IntType) else 64
        self.depth = 0

    def of(self, value: Value, inner: Loop | None) -> _Form | None:
        """A value of the loop, or of the last iteration of an inner one. Only the lower bits count:
        numbers with fewer are not taken, as it is not known how they go on."""
        if value is self.phi:
            return _Form({value: 1})
        if value.type is not ty.PTR:
            if not isinstance(value.type, ty.IntType) or not self.bits <= value.type.bits <= 64:
                return None
            if isinstance(value, ConstantInt):
                return _Form(constant=signed(value))
            if self.recurrences.is_invariant(self.loop, value):
                return _Form({value: 1})
        if self.depth >= _DEPTH:
            return None
        self.depth += 1
        try:
            return self._of(value, inner)
        finally:
            self.depth -= 1

    def _of(self, value: Value, inner: Loop | None) -> _Form | None:
        match value:
            case Phi():
                return self._of_phi(value, inner)
            case Cast(opcode="trunc" | "zext" | "sext"):  # of numbers that have all bits that count
                return self.of(value.operands[0], inner)
            case Binary(opcode="add" | "sub"):
                first, second = (self.of(v, inner) for v in value.operands)
                if first is None or second is None:
                    return None
                return first.plus(second, 1 if value.opcode == "add" else -1)
            case Binary(opcode="mul" | "shl"):
                factor = value.operands[1]
                first = self.of(value.operands[0], inner)
                if first is None or not isinstance(factor, ConstantInt):
                    return None
                by = signed(factor)
                if value.opcode == "shl":
                    if not 0 <= by < 64:
                        return None
                    by = 1 << by
                return _Form().plus(first, by)
            case GetElementPtr() if len(value.indices) == 1 and value.base.type is ty.PTR:
                base, index = self.of(value.base, inner), self.of(value.indices[0], inner)
                if base is None or index is None or value.indices[0].type is not ty.I64:
                    return None
                return base.plus(index, self.recurrences.layout.size(value.source))
        return None

    def _of_phi(self, phi: Phi, inner: Loop | None) -> _Form | None:
        shape, block = self.recurrences.shape, phi.block
        home = shape.loop_of.get(block) if block is not None else None
        if home is None or home not in (self.loop, inner):
            return None
        affine = self.recurrences.affine.get(phi)
        if block is home.header:
            if affine is None or not isinstance(affine.step, ConstantInt):
                return None
            return self._of_affine(affine, home)
        if home is not self.loop:
            return None
        edges = list(phi.incoming())
        if len(edges) == 1:  # what an inner loop has left
            value, source = edges[0]
            left = shape.loop_of.get(source)
            if left is None or left is home:
                return self.of(value, None)
            return self.of(value, left) if left.parent is home else None
        if len(edges) != 2:
            return None
        for (value, source), (other, _) in (edges, edges[::-1]):
            if value is not self.phi or block is None:
                continue
            edge = self._edge(source, block)
            form = self.of(other, None) if edge is not None else None
            if edge is None or form is None:
                continue
            if self._is_last(*edge) or self._is_still(form, *edge):
                return form
        return None

    def _edge(self, source: Block, target: Block) -> tuple[Compare, str] | None:
        """What is compared by the branch that goes this way, and what does not hold then."""
        shape = self.recurrences.shape
        last = source.terminator
        if isinstance(last, Branch) and not last.operands:
            before = shape.predecessors[source]
            if len(before) != 1:
                return None
            source, target = before[0], source
            last = source.terminator
        if shape.loop_of.get(source) is not self.loop or not isinstance(last, Branch):
            return None
        if not last.operands or last.targets[0] is last.targets[1]:
            return None
        test = last.operands[0]
        if not isinstance(test, Compare) or test.opcode != "icmp":
            return None
        taken = last.targets[0] is target
        return test, negated(test.predicate) if taken else test.predicate

    def _is_still(self, form: _Form, test: Compare, predicate: str) -> bool:
        """Is the step zero where the edge is taken, which says that two numbers are equal?"""
        if predicate != "ne":
            return False
        first, second = (self.of(v, None) for v in test.operands)
        if first is None or second is None:
            return False
        step, apart = form.plus(_Form({self.phi: 1}), -1), first.plus(second, -1)
        pairs = [(step.terms.get(v, 0), apart.terms.get(v, 0)) for v in step.terms | apart.terms]
        pairs += [(step.constant, apart.constant), (step.slope, apart.slope)]
        for a, b in pairs:
            if b:
                return not a % b and all(x == a // b * y for x, y in pairs)
        return False

    def _of_affine(self, affine: Affine, home: Loop) -> _Form | None:
        """A counter of the loop, or one of an inner loop in its last iteration."""
        assert isinstance(affine.step, ConstantInt)
        step = signed(affine.step)
        start = self.of(affine.start, None)
        if start is None:
            return None
        if home is self.loop:
            return start.plus(_Form(slope=step))
        count = self._back_edges(home)
        return None if count is None else start.plus(count, step)

    def _back_edges(self, inner: Loop) -> _Form | None:
        """How often an inner loop jumps back."""
        count = self.recurrences.back_edges.get(inner)
        if count is None or count.predicate != "ne" or abs(count.step) != 1:
            return None
        if count.by is not None or count.ahead:
            return None
        first, bound = self.of(count.first, None), self.of(count.bound, None)
        if first is None or bound is None:
            return None
        way = bound.plus(first, -1).plus(_Form(constant=-count.offset))
        return _Form().plus(way, count.step)

    def _is_last(self, test: Compare, predicate: str) -> bool:
        """Is an edge only taken in the last iteration of the loop? It counts by one up (or down) to
        where it ends, without a wrap-around, so before its end it is below (or above) it."""
        shape, loop = self.recurrences.shape, self.loop
        count = self.recurrences.back_edges.get(loop)
        if count is None or count.predicate != "ne":
            return False
        if abs(count.step) != 1 or count.by is not None:
            return False
        latch = shape.latch(loop)
        if latch is None:
            return False
        a, b = test.operands
        if self.recurrences.is_invariant(loop, a):
            a, b, predicate = b, a, swapped(predicate)
        wanted = {"ne": "", "slt": "nsw", "ult": "nuw"}
        if count.step < 0:
            wanted = {"ne": "", "sgt": "nsw", "ugt": "nuw"}
        word = wanted.get(predicate)
        if word is None or not _same(b, count.bound):
            return False
        return self._counts(a, latch, word, count.step)

    def _counts(self, value: Value, latch: Block, word: str, step: int) -> bool:
        """Is it what the loop tests behind, the next value of a counter that goes by `step`?"""
        if not isinstance(value, Binary) or value.opcode != "add":
            return False
        exits = self.recurrences.shape.exits(self.loop)
        if [block for block, _ in exits] != [latch]:
            return False
        last = latch.terminator
        assert isinstance(last, Branch)
        end = last.operands[0]
        if not isinstance(end, Compare) or value not in end.operands:
            return False
        for phi in self.loop.header.phis():
            if phi.value_from(latch) is not value:
                continue
            affine = self.recurrences.affine.get(phi)
            if affine is None or not isinstance(affine.step, ConstantInt):
                return False
            return signed(affine.step) == step and word in ("", *value.flags.split())
        return False


def _same(one: Value, other: Value) -> bool:
    """Is it the same number? What is not negative is extended by zeros or its sign alike."""
    if one is other:
        return True
    if isinstance(one, ConstantInt) and isinstance(other, ConstantInt):
        return one.type is other.type and one.value == other.value
    if not isinstance(one, Cast) or not isinstance(other, Cast) or one.type is not other.type:
        return False
    if one.operands[0] is not other.operands[0] or not {one.opcode, other.opcode} <= {
        "zext",
        "sext",
    }:
        return False
    return one.opcode == other.opcode or any(
        c.opcode == "zext" and "nneg" in c.flags.split() for c in (one, other)
    )
