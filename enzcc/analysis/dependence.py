"""May a later iteration write where an earlier one has read?

    for (k = 0; k < n; k++)                      row k is read in step k, and only rows below
      for (i = k + 1; i < n; i++)                it are written then or later
        for (j = k + 1; j < n; j++) u[i * n + j] -= l[i] * u[k * n + j];

Question     Can a store that runs after an access of the same activation of a function touch one
             of its bytes?
Transfer     Addresses are polynomials: a base that does not change, multiples of the iteration
             numbers of the loops around, of values from in front of them, and of products of both.
             An access and a store that meet are a solution of inequalities: both addresses are
             near, each loop is where its trip count and the branches that were taken say, and the
             outermost loop whose iterations differ has gone on. A stride (n, or a constant) splits
             an address into a row and a place in it, if the inequalities tell that a row does not
             reach into the next one; then both have to be equal.
Sources      Maslov, "Delinearization" (1992); the order of time as in Feautrier, "Dataflow analysis
             of array and scalar references" (1991).
Safe answer  yes.

What is compared is taken as LLVM's flags say it is (`nsw`); addresses do not wrap around, as they
are `inbounds`; no loop runs 2^62 times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, product
from math import gcd, prod
from typing import Final, final

from enzcc.analysis.cfg import Loop, Shape
from enzcc.analysis.inequalities import ONE, Name, added, may_hold
from enzcc.analysis.recurrences import BackEdges, Recurrences, negated, signed, swapped
from enzcc.ir import types as ty
from enzcc.ir.function import Block
from enzcc.ir.instructions import (
    Binary,
    Cast,
    Compare,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Store,
)
from enzcc.ir.types import Layout
from enzcc.ir.values import ConstantInt, Value

MOST_QUESTIONS: Final = 300
"""So many pairs of an access and a store are looked at in a function."""

MOST_CASES: Final = 16
_DEPTH: Final = 16
LARGE: Final = 1 << 20

Polynomial = dict[Name, int]
"""Products of iteration numbers (from 0 on) and of values (below 0), and their factors."""

_Cases = list[list[Polynomial]]
"""Sums of which all are not negative, in one case or another."""


@final
class _Unknown(Exception):
    """Not a polynomial that is known."""


@final
@dataclass(frozen=True)
class _Access:
    """Where an instruction reads or writes: base + [at, at + size), in these loops, outermost
    first; what holds whenever it runs, a list of cases for each thing that is known."""

    base: Value
    at: Polynomial
    size: int
    loops: list[Loop]
    known: list[_Cases]


@final
class Dependence:
    """Answers for one function."""

    def __init__(self, shape: Shape, recurrences: Recurrences, layout: Layout) -> None:
        self.shape, self.recurrences, self.layout = shape, recurrences, layout
        self._accesses: dict[Load | Store, _Access | None] = {}
        self._names: dict[Value, int] = {}  # below zero
        self._turns_of: dict[tuple[Loop, bool], int] = {}
        self._within: dict[tuple[object, ...], bool] = {}
        self._trips: dict[Loop, _Cases] = {}
        self._entered: dict[Loop, list[_Cases]] = {}  # what has led to a loop
        self._left = MOST_QUESTIONS

    def may_overwrite(self, store: Store, access: Load | Store) -> bool:
        """May the store, when it runs after the access, write to what that reads or writes?"""
        if self.shape.irreducible or self._left <= 0:
            return True
        first, second = self._access(access), self._access(store)
        if first is None or second is None or first.base is not second.base:
            return True
        alone = self._in_one_loop(first, second)
        if alone is not None:
            here, later = alone
            return later or (here and self._follows(access, store, first.loops))
        self._left -= 1
        common = [a for a, b in zip(first.loops, second.loops, strict=False) if a is b]
        for depth in range(len(common)):
            if self._may_meet(first, second, common[:depth], common[depth]):
                return True
        return self._follows(access, store, common) and self._may_meet(first, second, common, None)

    def may_meet(self, one: Load | Store, other: Load | Store, loop: Loop) -> bool:
        """May both, of which one writes, touch the same byte in two iterations of a loop around
        them, which is run once?"""
        first, second = self._access(one), self._access(other)
        if self.shape.irreducible or self._left <= 0 or first is None or second is None:
            return True
        self._left -= 1
        same = first.loops[: first.loops.index(loop)]
        return first.base is not second.base or any(
            self._may_meet(a, b, same, loop) for a, b in ((first, second), (second, first))
        )

    # ------------------------------------------------------------------ accesses

    def _access(self, inst: Load | Store) -> _Access | None:
        if inst not in self._accesses:
            try:
                self._accesses[inst] = self._found(inst)
            except _Unknown:
                self._accesses[inst] = None
        return self._accesses[inst]

    def _found(self, inst: Load | Store) -> _Access:
        block = inst.block
        if block is None or inst.flags or not isinstance(inst.pointer.type, ty.PointerType):
            raise _Unknown
        loops = self.shape.loops_around(block)[::-1]
        base, at = self._address(inst.pointer, loops, 0)
        accessed = inst.type if isinstance(inst, Load) else inst.value.type
        known = [self._turns(loop, loops[:depth]) for depth, loop in enumerate(loops)]
        known += self._taken(block, loops)
        size = self.layout.store_size(accessed)
        return _Access(base, at, size, loops, known)

    def _address(self, pointer: Value, loops: list[Loop], depth: int) -> tuple[Value, Polynomial]:
        if depth > _DEPTH:
            raise _Unknown
        if isinstance(pointer, GetElementPtr) and len(pointer.indices) == 1:
            if "inbounds" not in pointer.flags:
                raise _Unknown
            base, at = self._address(pointer.base, loops, depth + 1)
            index = self._signed(pointer.indices[0], loops, depth + 1, exact=False)
            return base, added((at, 1), (index, self.layout.size(pointer.source)))
        if isinstance(pointer, Phi) and pointer in self.recurrences.affine:
            loop = self._loop_of(pointer)
            affine = self.recurrences.affine[pointer]
            latch = self.shape.latch(loop) if loop in loops else None
            again = pointer.value_from(latch) if latch is not None else None
            if isinstance(again, GetElementPtr) and "inbounds" in again.flags:
                base, at = self._address(affine.start, loops[: loops.index(loop)], depth + 1)
                step = self._signed(affine.step, loops[: loops.index(loop)], depth + 1)
                return base, added((at, 1), (_times(step, {self._turn(loop): 1}), 1))
        if not self._is_fixed(pointer):
            raise _Unknown
        return pointer, {}

    def _is_fixed(self, value: Value) -> bool:
        """Is the value defined outside all loops?"""
        return not isinstance(value, Instruction) or value.block not in self.shape.loop_of

    def _loop_of(self, phi: Phi) -> Loop:
        assert phi.block is not None
        return self.shape.loop_of[phi.block]

    # ------------------------------------------------------------------ integers

    def _signed(
        self, value: Value, loops: list[Loop], depth: int = 0, *, exact: bool = True
    ) -> Polynomial:
        """The value as a signed number. Not `exact`: sums and products of 64 bits that are part of
        an address do not wrap around, whether that is said or not."""
        if isinstance(value, ConstantInt):
            number = signed(value)
            if abs(number) > LARGE:
                raise _Unknown
            return {ONE: number} if number else {}
        if depth > _DEPTH or not isinstance(value.type, ty.IntType) or value.type.bits > 64:
            raise _Unknown
        exact = exact or value.type.bits < 64
        if isinstance(value, Cast) and value.opcode in ("sext", "zext"):
            if value.opcode == "zext" and "nneg" not in value.flags:
                return self._leaf(value)
            return self._signed(value.operands[0], loops, depth + 1)
        if isinstance(value, Phi) and value in self.recurrences.affine:
            loop = self._loop_of(value)
            if loop in loops:
                return self._counter(value, loop, loops[: loops.index(loop)], depth)
        if isinstance(value, Binary):
            try:
                return self._arithmetic(value, loops, depth, exact)
            except _Unknown:
                return self._leaf(value)
        return self._leaf(value)

    def _leaf(self, value: Value) -> Polynomial:
        """A value that is the same throughout."""
        if not self._is_fixed(value):
            raise _Unknown
        return {(self._names.setdefault(value, -1 - len(self._names)),): 1}

    def _turn(self, loop: Loop, *, later: bool = False) -> Name:
        """What an iteration number is called, of the access or of the store behind it."""
        return (self._turns_of.setdefault((loop, later), len(self._turns_of)),)

    def _counter(self, phi: Phi, loop: Loop, outside: list[Loop], depth: int) -> Polynomial:
        affine, latch = self.recurrences.affine[phi], self.shape.latch(loop)
        again = phi.value_from(latch) if latch is not None else None
        if not isinstance(again, Binary) or "nsw" not in again.flags:
            raise _Unknown
        start = self._signed(affine.start, outside, depth + 1)
        step = self._signed(affine.step, outside, depth + 1)
        return added((start, 1), (_times(step, {self._turn(loop): 1}), 1))

    def _arithmetic(self, value: Binary, loops: list[Loop], depth: int, exact: bool) -> Polynomial:
        a, b = value.operands
        words = value.flags.split()
        if value.opcode == "or" and "disjoint" in words:
            words, opcode = ["nsw"], "add"
        else:
            opcode = value.opcode
        if exact and "nsw" not in words:
            raise _Unknown
        match opcode:
            case "add" | "sub":
                first, second = (self._signed(o, loops, depth + 1, exact=exact) for o in (a, b))
                return added((first, 1), (second, 1 if opcode == "add" else -1))
            case "mul":
                first, second = (self._signed(o, loops, depth + 1, exact=exact) for o in (a, b))
                return _times(first, second)
            case "shl" if isinstance(b, ConstantInt) and 0 <= b.value < 20:
                return added((self._signed(a, loops, depth + 1, exact=exact), 1 << b.value))
        raise _Unknown

    # ------------------------------------------------------------------ what is known

    def _turns(self, loop: Loop, outside: list[Loop]) -> _Cases:
        """What its trip count says of a loop's iteration number."""
        if loop not in self._trips:
            self._trips[loop] = self._find_turns(loop, outside)
        return self._trips[loop]

    def _find_turns(self, loop: Loop, outside: list[Loop]) -> _Cases:
        number: Polynomial = {self._turn(loop): 1}
        edges = self.recurrences.back_edges.get(loop)
        if edges is not None and edges.by is None:
            try:
                return self._until(edges, loop, number, outside)
            except _Unknown:
                pass
        return [[number]]

    def _until(
        self, edges: BackEdges, loop: Loop, number: Polynomial, outside: list[Loop]
    ) -> _Cases:
        first, bound = (self._signed(v, outside) for v in (edges.first, edges.bound))
        if not self._is_steady(edges, loop):
            raise _Unknown
        bits = edges.bound.type
        step, offset = (signed(ConstantInt(bits, n)) for n in (edges.step, edges.offset))
        if edges.predicate == "ne":
            # it has met the bound in the end, which is not behind what was tested before
            ahead = added((bound, 1), (first, -1), ({ONE: offset}, -1), (number, -step))
            if step < 0:
                ahead = added((ahead, -1))
            return [[number, ahead]]
        # what was tested last lets it go on
        tested = added((first, 1), ({ONE: offset - step}, 1), (number, step))
        last = self._holding(edges.predicate, tested, bound, signs_agree=False)
        if not last:
            return [[number]]
        return [[number, added((number, -1))], [added((number, 1), ({ONE: 1}, -1)), *last]]

    def _is_steady(self, edges: BackEdges, loop: Loop) -> bool:
        """Does the counter that the trip count comes from never wrap around?"""
        latch = self.shape.latch(loop)
        assert latch is not None
        for phi in loop.header.phis():
            affine = self.recurrences.affine.get(phi)
            if affine is None or affine.start is not edges.first or phi.type is ty.I64:
                continue
            again = phi.value_from(latch)
            if not isinstance(again, Binary) or "nsw" not in again.flags:
                return False
        return True

    def _taken(self, block: Block, loops: list[Loop]) -> list[_Cases]:
        """What the branches say that have led to a block in these iterations."""
        inner = loops[-1] if loops else None
        found: list[_Cases] = []
        for at, test, is_true in self.shape.decided(block, inner):
            around = self.shape.loops_around(at)[::-1]
            if around == loops[: len(around)] and isinstance(test, Compare):
                told = self._told(test, around, is_true=is_true)
                if told:
                    found.append([told])
        if inner is None:
            return found
        if inner not in self._entered:
            self._entered[inner] = self._taken(inner.header, loops[:-1])
        return found + self._entered[inner]

    def _told(self, test: Compare, loops: list[Loop], *, is_true: bool) -> list[Polynomial]:
        a, b = test.operands
        if test.opcode != "icmp" or not isinstance(a.type, ty.IntType) or a.type.bits > 64:
            return []
        predicate = test.predicate if is_true else negated(test.predicate)
        try:
            first, second = self._signed(a, loops), self._signed(b, loops)
        except _Unknown:
            return []
        return self._holding(predicate, first, second, signs_agree="samesign" in test.flags)

    def _holding(
        self, predicate: str, a: Polynomial, b: Polynomial, *, signs_agree: bool
    ) -> list[Polynomial]:
        """Sums that are not negative where `a predicate b` holds."""
        if predicate[0] == "u" and not signs_agree:
            # only a constant is surely not negative
            low, high = (a, b) if predicate in ("ult", "ule") else (b, a)
            if any(name != ONE for name in high) or high.get(ONE, 0) < 0:
                return []
            strict = 0 if predicate.endswith("e") else 1
            return [low, added((high, 1), (low, -1), ({ONE: strict}, -1))]
        if predicate == "eq":
            return [added((a, 1), (b, -1)), added((b, 1), (a, -1))]
        if predicate == "ne":
            return []
        if predicate[1] == "g":
            a, b, predicate = b, a, swapped(predicate)
        strict = 0 if predicate.endswith("e") else 1
        return [added((b, 1), (a, -1), ({ONE: strict}, -1))]

    # ------------------------------------------------------------------ meeting

    def _follows(self, access: Instruction, store: Instruction, common: list[Loop]) -> bool:
        """May the store run behind the access in the same iteration of all loops around both?"""
        first, last = access.block, store.block
        assert first is not None
        assert last is not None
        if first is last:
            order = first.instructions
            return order.index(access) < order.index(store)
        header = common[-1].header if common else None
        seen: set[Block] = set()
        work = [first]
        while work:
            for block in work.pop().successors():
                inside = not common or block in common[-1].blocks
                if block is header or block in seen or not inside:
                    continue
                if block is last:
                    return True
                seen.add(block)
                work.append(block)
        return False

    def _in_one_loop(self, first: _Access, second: _Access) -> tuple[bool, bool] | None:
        """Do both meet in the same iteration, or in a later one of the second? None if it is not
        just one loop that moves both alike."""
        gap = added((second.at, 1), (first.at, -1))
        if len(first.loops) != 1 or first.loops != second.loops or gap.keys() - {ONE}:
            return None
        turn = self._turn(first.loops[0])
        if any(turn[0] in name and name != turn for name in first.at):
            return None
        step, ahead = first.at.get(turn, 0), gap.get(ONE, 0)
        size, other = first.size, second.size
        here = -other < ahead < size
        if step == 0:
            return here, here
        if step < 0:
            step, ahead, size, other = -step, -ahead, other, size
        least, most = (-other - ahead) // step + 1, -(-(size - ahead) // step) - 1
        return here, max(least, 1) <= most

    def _may_meet(
        self, first: _Access, second: _Access, same: list[Loop], ahead: Loop | None
    ) -> bool:
        """May they meet where these loops are in the same iteration, and that one is ahead?"""
        names = {
            self._turn(loop): self._turn(loop, later=True)
            for loop in second.loops
            if loop not in same
        }
        order: list[Polynomial] = []
        if ahead is not None:
            order = [{self._turn(ahead, later=True): 1, self._turn(ahead): -1, ONE: -1}]
        known = list(first.known)
        for cases in second.known:
            known.append([[_renamed(poly, names) for poly in case] for case in cases])
        if prod(map(len, known)) > MOST_CASES:
            return True
        later = _renamed(second.at, names)
        return any(
            self._may_overlap(first.at, first.size, later, second.size, [*chain(*case)], order)
            for case in product(*known)
        )

    def _may_overlap(
        self,
        a: Polynomial,
        size: int,
        b: Polynomial,
        other: int,
        known: list[Polynomial],
        order: list[Polynomial],
    ) -> bool:
        """May [a, a + size) and [b, b + other) have something in common?"""
        for stride in _strides(a, b, max(size, other)):
            mine, others = (self._in_rows(*p, stride, known) for p in ((a, size), (b, other)))
            if mine is not None and others is not None:
                (row, place), (second, there) = mine, others
                near = _near(place, size, there, other)
                return self._may_overlap(row, 1, second, 1, known, [*order, *near])
        return may_hold([*known, *order, *_near(a, size, b, other)])

    def _in_rows(
        self, poly: Polynomial, size: int, stride: Polynomial, known: list[Polynomial]
    ) -> tuple[Polynomial, Polynomial] | None:
        """A row and a place within it, which together are the polynomial. (What is counted from
        the end of a row is one row further on.)"""
        row, place = _split(poly, stride)
        for less in (0, 1):
            within = added((place, 1), (stride, less))
            if self._is_within(within, size, stride, known):
                return added((row, 1), ({ONE: -less}, 1)), within
        return None

    def _is_within(
        self, place: Polynomial, size: int, row: Polynomial, known: list[Polynomial]
    ) -> bool:
        """Does a place lie within a row?"""
        told = _about(place, known)
        key = frozenset(place.items()), size, *row.items(), *(frozenset(s.items()) for s in told)
        if key not in self._within:
            before = added((place, -1), ({ONE: -1}, 1))
            behind = added((place, 1), (row, -1), ({ONE: size - 1}, 1))
            self._within[key] = not may_hold([*told, before]) and not may_hold([*told, behind])
        return self._within[key]


def _renamed(poly: Polynomial, names: Mapping[Name, Name]) -> Polynomial:
    found: Polynomial = {}
    for name, factor in poly.items():
        words = (names.get((word,), (word,))[0] for word in name)
        found[tuple(sorted(words))] = factor
    return found


def _about(place: Polynomial, known: list[Polynomial]) -> list[Polynomial]:
    """What is known of the iterations that a sum is made of, and of values."""
    turns = {word for name in place for word in name if word >= 0}
    words = [{word for name in sum_ for word in name if word >= 0} for sum_ in known]
    while True:
        more = {w for own in words if not own.isdisjoint(turns) for w in own}
        if more <= turns:
            return [s for s, own in zip(known, words, strict=True) if own <= turns]
        turns |= more


def _near(a: Polynomial, size: int, b: Polynomial, other: int) -> list[Polynomial]:
    """What is not negative where both have something in common."""
    return [
        added((b, 1), (a, -1), ({ONE: other - 1}, 1)),
        added((a, 1), (b, -1), ({ONE: size - 1}, 1)),
    ]


def _strides(a: Polynomial, b: Polynomial, size: int) -> Iterator[Polynomial]:
    """How long rows may be, short ones first: a constant, or a multiple of what something is
    multiplied by."""
    factors: dict[int, int] = {}
    constants: set[int] = set()
    for name, factor in (*a.items(), *b.items()):
        if name != ONE:
            constants.add(abs(factor))
        for word in name if len(name) > 1 else ():
            if word < 0:
                factors[word] = gcd(factors.get(word, 0), factor)
    for constant in sorted(constants):
        if constant > size:
            yield {ONE: constant}
    for word in sorted(factors):
        yield {(word,): factors[word]}


def _split(poly: Polynomial, stride: Polynomial) -> tuple[Polynomial, Polynomial]:
    """A row and a place in it, which together are the polynomial."""
    row: Polynomial = {}
    place: Polynomial = {}
    ((word, length),) = stride.items()
    for name, factor in poly.items():
        if word == ONE:
            times = abs(factor) // length * (1 if factor > 0 else -1)
            row[name], place[name] = times, factor - times * length
        elif word[0] in name and factor % length == 0:
            rest = list(name)
            rest.remove(word[0])
            row[tuple(rest)] = factor // length
        else:
            place[name] = factor
    return added((row, 1)), added((place, 1))


def _times(a: Polynomial, b: Polynomial) -> Polynomial:
    total: Polynomial = {}
    for first, factor in a.items():
        for second, other in b.items():
            name = tuple(sorted((*first, *second)))
            total[name] = total.get(name, 0) + factor * other
    if any(abs(factor) > LARGE for factor in total.values()):
        raise _Unknown
    return {name: factor for name, factor in total.items() if factor}
