"""Iterations of the reverse sweep whose adjoint is zero are passed by, where choices make zeros.

    %d = load double, ptr %p                     %d = load double, ptr %p
    store double 0.0, ptr %p                     %none = fcmp oeq double %d, 0.0
    %a = select i1 %c, double %d, double 0.0     br i1 %none, label %past, label %on
    *%left += %a, and so on              -->     on:    all that was there
                                                 past:  behind it

In a table each of whose cells takes the best of a few neighbours (paths of least cost, alignments,
options that are exercised early), an adjoint goes on to one neighbour, or to none: of all cells,
those on a few paths have any. Zero wins, so the others add nothing to anything. Where several
tables are filled together (gaps that are opened and go on), the adjoints of all are tested.

Question     Does an iteration do nothing if the adjoints that it begins with are zero?
Method       Products of it are zero then, and sums with these what they were without them. Each
             store must write what is there already, or what is known in front of the branch.
Safe answer  no: then the iteration runs.

It is only asked in innermost loops where all ways from the adjoint back to its array, or to the
next iteration, lead through a choice: elsewhere zeros are rare, or here and there, and a branch
that is often mistaken costs more than it saves. Where iterations do not wait for each other, so
that vectors might do, they must be ways of several choices, of which one at most is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, final

from enzcc.ad.nests.border import REVERSE
from enzcc.ad.nests.fastloops import runs_forward
from enzcc.ad.nests.forwards import is_pure
from enzcc.ad.nests.hopeful import is_sum, waits
from enzcc.ad.overlap.scopes import OwnScopes
from enzcc.analysis.cfg import Loop, Shape
from enzcc.ir.builder import Builder, const_float, float_value
from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    Binary,
    Call,
    Cast,
    Compare,
    FNeg,
    Instruction,
    Load,
    Phi,
    Select,
    Store,
    root_of,
)
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType
from enzcc.ir.values import Value

LEAST: Final = 10
"""So many instructions at least must be saved."""

_FENCE: Final = "llvm.arithmetic.fence."

_FUSED: Final = ("llvm.fmuladd.", "llvm.fma.")


def pass_by_cells(module: Module, names: Iterable[str]) -> None:
    """Puts such branches into the named functions."""
    for name in names:
        if module.may_hold(name, " select "):
            function = module.function(name)
            if _rewrite(function):
                function.name_everything()


def _rewrite(function: Function) -> bool:
    shape, scopes = Shape(function), OwnScopes(function.module)
    found = False
    for loop in shape.loops:
        header = loop.header
        if loop.children or not header.name.startswith(REVERSE) or runs_forward(header):
            continue
        iteration = _Iteration(loop, scopes)
        if iteration.find():
            iteration.split(function)
            found = True
    return found


@final
class _Iteration:
    """The first block of a loop, in which all of an iteration happens."""

    def __init__(self, loop: Loop, scopes: OwnScopes) -> None:
        self.loop, self.block, self.scopes = loop, loop.header, scopes
        self.place = {inst: at for at, inst in enumerate(self.block.instructions)}
        self.adjoints: list[Instruction] = []
        """What is tested: one of each table."""
        self.nothing: set[Value] = set()
        """What is zero if these are."""
        self.left: dict[Value, Value] = {}
        """What remains of a sum then."""
        self.front: set[Instruction] = set()
        """What is computed in front of the branch."""
        self.stored: list[tuple[Store, Value]] = []
        """What has to be stored in any case, and which value if the adjoints are zero."""

    def find(self) -> bool:
        """Are there adjoints to be tested? If so, the rest is known."""
        if not self._is_plain():
            return False
        found: list[Instruction] = []
        for inst in self._candidates():
            seen = {i for one in found for i in self._loads_of(one)}
            together = [*found, inst]
            if seen.isdisjoint(self._loads_of(inst)) and self._ways(together) is not None:
                found = together
        found = [one for one in found if self._comes_back(one, found)]
        tries = [found, *([one] for one in found)]
        return any(self._are_chosen(one) and self._may_split() for one in tries)

    def _is_plain(self) -> bool:
        """Is nothing done but to compute, load and store? (Other blocks only count.)"""
        for block in self.loop.blocks:
            for inst in block.instructions:
                if isinstance(inst, (Load, Store)):
                    if block is not self.block or inst.flags:
                        return False
                elif not (isinstance(inst, Phi) or inst.is_terminator or is_pure(inst)):
                    return False
        return True

    def _candidates(self) -> Iterator[Instruction]:
        """Adjoints that are read and reset, with what came from the iteration before."""
        for inst in self.block.instructions:
            if not isinstance(inst, Load) or not isinstance(inst.type, FloatType):
                continue
            if not any(
                isinstance(u, Store) and u.pointer is inst.pointer and u.block is self.block
                for u in getattr(inst.pointer, "users", ())
            ):
                continue
            adjoint: Instruction = inst
            while True:
                sums = [u for u in adjoint.users if self._is_carried_sum(u, adjoint)]
                if len(sums) != 1:
                    break
                adjoint = sums[0]
            yield adjoint
            if adjoint is not inst:
                yield inst

    def _is_carried_sum(self, user: Instruction, value: Value) -> bool:
        if not isinstance(user, Binary) or user.opcode != "fadd" or user.block is not self.block:
            return False
        (other,) = [o for o in user.operands if o is not value] or [value]
        return isinstance(other, Phi) and other.block is self.block

    # ------------------------------------------------------------------ what zero means

    def _follow(self) -> None:
        self.nothing, self.left = set(self.adjoints), {}
        for inst in self.block.instructions:
            if inst in self.nothing or not isinstance(inst.type, FloatType):
                continue
            if self._is_nothing(inst):
                self.nothing.add(inst)
                continue
            rest = self._rest(inst)
            if rest is not None:
                self.left[inst] = self.left.get(rest, rest)

    def _is_zero(self, value: Value) -> bool:
        return value in self.nothing or float_value(value) == 0.0

    def _is_nothing(self, inst: Instruction) -> bool:
        match inst:
            case Binary(opcode="fmul"):
                return any(o in self.nothing for o in inst.operands)
            case Binary(opcode="fdiv"):
                return inst.operands[0] in self.nothing
            case Binary(opcode="fadd" | "fsub"):
                return all(map(self._is_zero, inst.operands))
            case FNeg() | Cast(opcode="fpext" | "fptrunc"):
                return inst.operands[0] in self.nothing
            case Select():
                return all(map(self._is_zero, inst.operands[1:]))
            case Call() if inst.called.startswith(_FENCE):
                return inst.operands[0] in self.nothing
            case Call() if inst.called.startswith(_FUSED):
                one, other, added = inst.arguments
                return (one in self.nothing or other in self.nothing) and self._is_zero(added)
        return False

    def _rest(self, inst: Instruction) -> Value | None:
        """What a sum is without what is zero."""
        match inst:
            case Binary(opcode="fadd"):
                a, b = inst.operands
                return a if b in self.nothing else b if a in self.nothing else None
            case Binary(opcode="fsub"):
                a, b = inst.operands
                return a if b in self.nothing else None
            case Call() if inst.called.startswith(_FENCE):
                (value,) = inst.arguments
                return value if value in self.left else None
            case Call() if inst.called.startswith(_FUSED):
                one, other, added = inst.arguments
                return added if one in self.nothing or other in self.nothing else None
        return None

    # ------------------------------------------------------------------ does it pay?

    def _are_chosen(self, adjoints: list[Instruction]) -> bool:
        """Do adjoints come back to where they were, and only by choices?"""
        ways = self._ways(adjoints)
        if not ways:
            return False
        return len({choice for choice, _ in ways}) > 1 or waits(self.loop)

    def _comes_back(self, adjoint: Instruction, together: list[Instruction]) -> bool:
        """Does any of the adjoints come back to where this one was?"""
        mine = {root_of(i.pointer) for i in self._loads_of(adjoint)}
        ways = self._ways(together) or set()
        return not isinstance(adjoint, Load) or any(place in mine for _, place in ways)

    def _ways(self, adjoints: list[Instruction]) -> set[tuple[Value, Value]] | None:
        """By which choices adjoints come back, and whereto; None if by none at times."""
        self.adjoints = adjoints
        self._follow()
        mine = {root_of(i.pointer) for one in adjoints for i in self._loads_of(one)}
        ways: set[tuple[Value, Value]] = set()
        work: list[tuple[Value, Value | None]] = [(one, None) for one in adjoints]
        seen: set[tuple[Value, Value | None]] = set()
        while work:
            value, choice = work.pop()
            if (value, choice) in seen:
                continue
            seen.add((value, choice))
            for user in list(value.users):  # type: ignore[attr-defined]
                if user in self.nothing or user in self.left:
                    work.append((user, user if self._chooses(user) else choice))
                    continue
                place = self._place_of(user)
                if place is None or (isinstance(user, Store) and place not in mine):
                    continue
                if choice is None:
                    return None
                ways.add((choice, place))
        return ways

    def _place_of(self, user: Instruction) -> Value | None:
        """The array that a number is stored in, or what carries it to the next iteration."""
        if isinstance(user, Store):
            return root_of(user.pointer)
        carried = isinstance(user, Phi) and user.block is self.block
        return user if carried and not is_sum(user, self.loop) else None  # type: ignore[arg-type]

    def _loads_of(self, value: Value) -> Iterator[Load]:
        if isinstance(value, Load):
            yield value
        elif isinstance(value, Binary):
            for operand in value.operands:
                yield from self._loads_of(operand)

    def _chooses(self, inst: Instruction) -> bool:
        """Does it hand on an adjoint, or nothing, as what was compared in the primal says?"""
        if not isinstance(inst, Select):
            return False
        test, *arms = inst.operands
        if isinstance(test, Compare) and any(o in self.nothing for o in test.operands):
            return False  # zero wins
        return any(float_value(arm) == 0.0 for arm in arms)

    # ------------------------------------------------------------------ what is where

    def _may_split(self) -> bool:
        """Finds what has to be in front of the branch; may the rest come behind it?"""
        needed: list[Value] = [*self.adjoints, *self.block.terminator.operands]
        self.stored = []
        for inst in self.block.instructions:
            if isinstance(inst, Store):
                rest = self._is_left(inst.value)
                if not self._is_there(inst, rest):
                    self.stored.append((inst, rest))
                    needed += (rest, inst.pointer)
            elif any(self._is_outside(u) for u in inst.users):
                needed.append(self._is_left(inst))
        self.front = set()
        while needed:
            value = needed.pop()
            if not isinstance(value, Instruction) or value.block is not self.block:
                continue
            if value not in self.front and not isinstance(value, Phi):
                self.front.add(value)
                needed += value.operands
        return self._is_worth() and self._is_in_order()

    def _is_outside(self, user: Instruction) -> bool:
        return user.block is not self.block or isinstance(user, Phi)

    def _is_left(self, value: Value) -> Value:
        """What a value is if the adjoints are zero."""
        if value in self.nothing:
            return const_float(value.type, 0.0)
        return self.left.get(value, value)

    def _is_there(self, store: Store, value: Value) -> bool:
        """Is that in memory already?"""
        if isinstance(value, Load):
            return value.pointer is store.pointer and value.block is self.block
        return self._is_read(store.pointer) and float_value(value) == 0.0

    def _is_read(self, pointer: Value) -> bool:
        """Is what lies there one of the adjoints?"""
        return any(isinstance(i, Load) and i.pointer is pointer for i in self.adjoints)

    def _is_worth(self) -> bool:
        behind = len(self.block.instructions) - len(self.block.phis()) - len(self.front) - 1
        return behind >= LEAST and behind >= len(self.front)

    def _is_in_order(self) -> bool:
        """Does it make no difference that what is in front comes before all else, and what is
        stored in any case at once?"""
        stores = [i for i in self.block.instructions if isinstance(i, Store)]
        if not stores:
            return False
        for load in (i for i in self.front if isinstance(i, Load)):
            before = (s for s in stores if self.place[s] < self.place[load])
            if not all(self._are_apart(load, store) for store in before):
                return False
        # between a load and the store of the same number, nothing else may be stored
        for store in stores:
            rest = self._is_left(store.value)
            if isinstance(rest, Load) and self._is_there(store, rest):
                begin, end = self.place[rest], self.place[store]
                if any(begin < self.place[s] < end for s, _ in self.stored):
                    return False
        return not any(
            self.place[s] < self.place[o]
            for s, _ in self.stored
            for o in stores
            if self._is_read(o.pointer)
        )

    def _are_apart(self, a: Instruction, b: Instruction) -> bool:
        mine, others = self.scopes.of(a, "alias.scope"), self.scopes.of(b, "alias.scope")
        not_mine, not_others = self.scopes.of(a, "noalias"), self.scopes.of(b, "noalias")
        return (bool(mine) and mine <= not_others) or (bool(others) and others <= not_mine)

    # ------------------------------------------------------------------ the new blocks

    def split(self, function: Function) -> None:
        """Puts the branch behind what is in front."""
        block, name = self.block, self.block.name
        on = function.add_block(f"{name}.on", block)
        past = function.add_block(f"{name}.past", on) if self.stored else None
        join = function.add_block(f"{name}.join", past or on)
        outside = {
            inst: [u for u in inst.users if self._is_outside(u)]
            for inst in self.block.instructions
            if inst not in self.front and not isinstance(inst, Phi)
        }
        order = block.instructions
        front = [i for i in order if isinstance(i, Phi) or i in self.front]
        last = order[-1]
        behind = [i for i in order[:-1] if i not in self.front and not isinstance(i, Phi)]
        block.instructions = front
        for inst in behind:
            on.append(inst)
        Builder(on).branch(join)
        join.append(last)
        for target in join.successors():
            for phi in target.phis():
                phi.blocks = [join if b is block else b for b in phi.blocks]
        emit = Builder(block)
        test: Value | None = None
        for one in self.adjoints:
            none = emit.compare("fcmp", "oeq", one, const_float(one.type, 0.0))
            test = none if test is None else emit.binary("and", test, none)
        assert test is not None
        emit.cond_branch(test, past or join, on)
        if past is not None:
            emit = Builder(past)
            for store, value in self.stored:
                copy = store.copy()
                copy.set_operand(0, value)
                emit.put(copy)
            emit.branch(join)
        for inst, users in outside.items():
            if users:
                sources = [(inst, on), (self._is_left(inst), past or block)]
                phi = Builder(join, join.first_non_phi()).phi(inst.type, sources)
                for user in users:
                    user.replace(inst, phi)
