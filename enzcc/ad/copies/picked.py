"""The best of many numbers is computed once more, from the place where it was found.

    for (i = 0; i < n; i++)                     for (i = 0; i < n; i++)
      v = w[i] * x[i],                            v = w[i] * x[i], at = v > best ? i : at,
      best = v > best ? v : best;     -->         best = v > best ? v : best;
    use(best);                                  use(w[at] * x[at]);

No adjoint flows through a comparison: what is looked at to find the best has none but for the one
that won. As it stands, the reverse sweep goes through all of them to find out, each of which passes
on an adjoint that mostly is zero. With the place, it goes to the winner. Several numbers
beside each other (the four cells of a pool) are a search, too.

Question     Are all that a web of choices may choose computed alike, from places that are told
             apart by one or two integers?
Method       Arms of choices, phis of loops and arguments of `fmax` are followed backwards. What
             they lead to is compared instruction by instruction; indices are compared as sums of
             multiples. All that they read must still be there where the search ends.
Safe answer  no: then each of them gets its adjoint.

The integers are chosen by the conditions that have chosen the number. What the search begins with
(zero, infinity, a number from elsewhere) is told by a further bit; at the end of a loop it is an
arm of its own, since nothing may have been looked at.
"""

from __future__ import annotations

from typing import Final, NamedTuple, final

from enzcc.ad.copies.arms import decides, is_copied, may_write
from enzcc.ad.copies.chosen import in_rounds
from enzcc.ad.copies.sums import Sum, emit_sum, primitive, way_to
from enzcc.analysis.cfg import Loop, Shape
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.clone import clone_instruction
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Branch,
    Call,
    Compare,
    Freeze,
    Instruction,
    Load,
    Phi,
    Select,
)
from enzcc.ir.module import Module
from enzcc.ir.types import Layout
from enzcc.ir.values import Constant, Value

LEAST_BESIDE: Final = 3
"""So many numbers beside each other are a search."""

LEAST_COMPUTED: Final = 4
"""Instructions that make it worth while: where there are fewer, zeros are passed by as well."""

MOST: Final = 200
"""Instructions that compute one number."""

MOST_NODES: Final = 64
"""Choices of one search."""

MOST_PLACES: Final = 2
"""Integers that tell a place."""

MOST_ROUNDS: Final = 50

_BEST: Final = ("llvm.maxnum.f", "llvm.minnum.f")

_POISONING: Final = frozenset(("fast", "nnan", "ninf"))


class _Alike(NamedTuple):
    """What the numbers compute alike: the first one's instruction, and its operands."""

    inst: Instruction
    operands: tuple[_Alike | _Place | Value, ...]


class _Index(NamedTuple):
    """An index that differs: one sum for each number."""

    sums: tuple[Sum, ...]


class _Place(NamedTuple):
    """An address: elements of a type behind another one."""

    base: _Alike | _Place | Value
    type: ty.Type
    at: _Index | int


_Plan = _Alike | _Place | Value


def with_picked(module: Module, names: list[str]) -> None:
    """Computes what searches of these functions have found from where it was."""
    for name in names:
        in_rounds(module.function(name), _rewrite, MOST_ROUNDS)


def _rewrite(function: Function, shape: Shape) -> bool:
    for loop in shape.loops:
        for phi in loop.header.phis():
            if isinstance(phi.type, ty.FloatType):
                search = _Search(shape, loop, loop.header, phi)
                if search.find():
                    search.rewrite(function)
                    return True
    for block in shape.order:
        for inst in reversed(block.instructions):
            if isinstance(inst.type, ty.FloatType) and _arms(inst):
                search = _Search(shape, None, block, inst)
                if search.find():
                    search.rewrite(function)
                    return True
    return False


def _arms(inst: Value) -> list[Value]:
    """The numbers of which a choice is one."""
    match inst:
        case Select():
            return inst.operands[1:]
        case Call() if inst.called.startswith(_BEST):
            return inst.arguments
    return []


@final
class _Search:
    """A web of choices, in a loop or in one block."""

    def __init__(self, shape: Shape, loop: Loop | None, block: Block, root: Instruction) -> None:
        self.layout = shape.function.module.layout
        self.shape, self.loop, self.block, self.root = shape, loop, block, root
        self.place = {inst: at for at, inst in enumerate(block.instructions)}
        self.nodes: dict[Instruction, None] = {}
        self.leaves: dict[Instruction, None] = {}
        self.other: Value | None = None
        """What is found where none of the leaves is."""
        self.found: Instruction = root
        """What has been found in the end."""
        self.plan: _Plan | None = None
        self.count = 0
        self.indices: list[_Index] = []
        self.places: list[tuple[Sum, ...]] = []
        """The integers that tell a place, for each leaf."""
        self.flagged = False
        """May a condition be poison where the program goes on?"""
        self._seen: dict[tuple[Value, ...], _Plan | None] = {}
        self._conditions: dict[Instruction, Value] = {}

    # ------------------------------------------------------------------ what is chosen

    def find(self) -> bool:
        """Is there such a search?"""
        if not self._find_web() or not self._is_used_well() or not self._is_constant():
            return False
        leaves = tuple(self.leaves)
        if self.loop is None and len(leaves) < LEAST_BESIDE:
            return False
        self._look_at_flags(tuple(self.nodes))
        self.plan = self._alike(leaves)
        if not isinstance(self.plan, _Alike) or not self._find_places():
            return False
        return self.count >= LEAST_COMPUTED

    def _is_inside(self, value: Value) -> bool:
        if not isinstance(value, Instruction):
            return False
        if self.loop is not None:
            return value.block in self.loop.blocks
        return value.block is self.block

    def _find_web(self) -> bool:
        work: list[Value] = [self.root]
        while work:
            value = work.pop()
            if value in self.nodes or value in self.leaves:
                continue
            if (
                not isinstance(value, Instruction)
                or not self._is_inside(value)
                or (isinstance(value, Phi) and self.loop is None)
            ):
                if self.other is not None and not _is_same(self.layout, self.other, value):
                    return False
                self.other = value
                continue
            arms = self._arms_of(value)
            if arms is None:
                self.leaves[value] = None
                continue
            self.nodes[value] = None
            work += arms
            if len(self.nodes) > MOST_NODES:
                return False
        return bool(self.leaves)

    def _arms_of(self, value: Instruction) -> list[Value] | None:
        if isinstance(value, Phi) and self.loop is not None and value.block is not None:
            around = self.shape.loop_of.get(value.block)
            is_header = around is not None and around.header is value.block
            return value.operands if is_header or len(value.operands) == 1 else None
        if isinstance(value, Select):
            test = value.operands[0]
            if not isinstance(test, Compare) or test.opcode != "fcmp":
                return None
            return value.operands[1:]
        return _arms(value) or None

    def _is_used_well(self) -> bool:
        """Are the choices used by each other and by comparisons only, and one of them by others?"""
        outside: list[Instruction] = []
        for node in self.nodes:
            for user in node.users:
                if user in self.nodes:
                    if isinstance(user, Select) and user.operands[0] is node:
                        return False
                elif self.loop is not None and self._is_inside(user):
                    if not decides(user):
                        return False
                elif not decides(user) or (self.loop is not None):
                    outside.append(node)
                    break
        if len(outside) != 1:
            return False
        self.found = outside[0]
        if self.loop is None:
            return self.found is self.root
        return len(self.shape.exits(self.loop)) == 1 and self._ends_well()

    def _ends_well(self) -> bool:
        assert self.loop is not None
        ((source, _),) = self.shape.exits(self.loop)
        return isinstance(source.terminator, Branch)

    def _is_constant(self) -> bool:
        """Is all that is read still there in the end?"""
        if self.loop is not None:
            return not any(may_write(i) for block in self.loop.blocks for i in block.instructions)
        return True  # asked of each load

    # ------------------------------------------------------------------ are they alike?

    def _alike(self, values: tuple[Value, ...]) -> _Plan | None:
        if values not in self._seen:
            self._seen[values] = self._compared(values)
        return self._seen[values]

    def _compared(self, values: tuple[Value, ...]) -> _Plan | None:
        first = values[0]
        if (self.loop is None or not self._is_inside(first)) and all(
            _is_same(self.layout, v, first) for v in values
        ):
            return first
        if isinstance(first.type, ty.PointerType):
            return self._alike_address(values)
        if not all(isinstance(v, Instruction) and self._is_inside(v) for v in values):
            return None
        if self.count >= MOST:
            return None
        assert isinstance(first, Instruction)
        kind = _kind(first)
        if not all(_kind(v) == kind for v in values):  # type: ignore[arg-type]
            return None
        if not is_copied(first, written=False):
            return None
        if isinstance(first, Load) and not all(map(self._is_still_there, values)):
            return None
        self.count += 1
        self._look_at_flags(values)
        operands: list[_Plan] = []
        for number in range(len(first.operands)):
            found = self._alike(tuple(v.operands[number] for v in values))  # type: ignore[attr-defined]
            if found is None:
                return None
            operands.append(found)
        return _Alike(first, tuple(operands))

    def _alike_address(self, values: tuple[Value, ...]) -> _Plan | None:
        """The same array, and indices that differ. Constants count for the last one of them."""
        ways = [way_to(self.layout, value) for value in values]
        base, levels, start = ways[0]
        types = [type for type, _ in levels]  # noqa: A001
        if (self.loop is not None and self._is_inside(base)) or not types:
            return None
        if any(w.base is not base or [t for t, _ in w.levels] != types for w in ways):
            return None
        size = self.layout.size(types[-1])
        if not size or any((w.constant - start) % size for w in ways):
            return None
        plan: _Plan = base
        for number, type in enumerate(types):  # noqa: A001
            sums = [w.levels[number][1] for w in ways]
            if number == len(types) - 1:
                sums = [
                    Sum(one.terms, (start // size) + (w.constant - start) // size)
                    for one, w in zip(sums, ways, strict=True)
                ]
            index = _Index(tuple(sums))
            self.indices.append(index)
            plan = _Place(plan, type, index)
        return _Place(plan, ty.I8, start % size) if start % size else plan

    def _is_still_there(self, load: Value) -> bool:
        if self.loop is not None:
            return True
        assert isinstance(load, Load)
        between = self.block.instructions[self.place[load] : self.place[self.root]]
        return not any(map(may_write, between))

    def _look_at_flags(self, values: tuple[Value, ...]) -> None:
        for value in values:
            assert isinstance(value, Instruction)
            words = value.head if isinstance(value, Call) else value.flags
            self.flagged |= not _POISONING.isdisjoint(words.split())

    # ------------------------------------------------------------------ where they are

    def _find_places(self) -> bool:
        """Which integers tell the places of all that is read?"""
        for index in self.indices:
            place, _ = primitive(self._differing(index))
            if place is not None and place not in self.places:
                self.places.append(place)
        return 0 < len(self.places) <= MOST_PLACES

    def _differing(self, index: _Index) -> tuple[Sum, ...]:
        """What is not the same of each sum, or not there in the end."""
        first = index.sums[0]
        shared = self._shared(index)
        return tuple(
            Sum(
                {v: c for v, c in one.terms.items() if v not in shared},
                one.constant - first.constant,
            )
            for one in index.sums
        )

    def _shared(self, index: _Index) -> dict[Value, int]:
        first = index.sums[0]
        return {
            value: factor
            for value, factor in first.terms.items()
            if all(one.terms.get(value) == factor for one in index.sums)
            and (self.loop is None or not self._is_inside(value))
        }

    # ------------------------------------------------------------------ the new code

    def rewrite(self, function: Function) -> None:
        """Finds the place, and computes what was found from there."""
        users = [u for u in self.found.users if u not in self.nodes]
        if self.loop is None:
            users = [u for u in users if not decides(u)]
        else:
            users = [u for u in users if not self._is_inside(u)]
        chosen = [self._choices(number) for number in range(len(self.places))]
        known = self._choices(None) if self.other is not None else None
        if self.loop is None:
            result = self._at_once(chosen, known)
        else:
            result = self._behind(function, chosen, known)
        for user in users:
            user.replace(self.found, result)
        if not self.found.users:
            self.found.erase()

    def _choices(self, number: int | None) -> Value:
        """The web once more, of places (or of whether there is one)."""
        made: dict[Value, Value] = {}
        type = ty.I1 if number is None else ty.I64  # noqa: A001
        none = const_int(type, 0)
        for which, leaf in enumerate(self.leaves):
            if number is None:
                made[leaf] = const_int(type, 1)
                continue
            made[leaf] = emit_sum(_behind_it(leaf), self.places[number][which])
        order = sorted(self.nodes, key=self._order)
        phis = [node for node in order if isinstance(node, Phi)]
        for phi in phis:
            assert phi.block is not None
            made[phi] = Builder(phi.block).phi(type)
        for node in order:
            if not isinstance(node, Phi):
                arms = [made.get(arm, none) for arm in self._arms_of(node) or ()]
                test = self._condition(node)
                is_new = test is not node.operands[0]
                emit = _behind_it(test if is_new and isinstance(test, Instruction) else node)
                made[node] = emit.select(test, *arms)
        for phi in phis:
            twin = made[phi]
            assert isinstance(twin, Phi)
            for value, block in phi.incoming():
                twin.add_incoming(made.get(value, none), block)
        return made[self.found]

    def _order(self, node: Instruction) -> tuple[int, int]:
        assert node.block is not None
        return self.shape.index[node.block], node.block.instructions.index(node)

    def _condition(self, node: Instruction) -> Value:
        """Whether the first one is chosen: the same for each integer, frozen or not."""
        if node in self._conditions:
            return self._conditions[node]
        emit = _behind_it(node)
        flags = self.flagged
        if isinstance(node, Call):
            found: Value = emit.compare("fcmp", "oeq", node, node.arguments[0])
        else:
            found = node.operands[0]
            flags |= isinstance(found, Compare) and bool(found.flags)
        if flags:
            found = emit.put(Freeze("freeze", ty.I1, (found,)))
        self._conditions[node] = found
        return found

    def _at_once(self, chosen: list[Value], known: Value | None) -> Value:
        emit = _behind_it(self._last_of(chosen))
        if known is not None:
            firsts = [emit_sum(emit, place[0]) for place in self.places]
            chosen = [emit.select(known, at, f) for at, f in zip(chosen, firsts, strict=True)]
        result = self._emit(emit, self.plan, chosen, {})
        if known is not None:
            assert self.other is not None
            result = emit.select(known, result, self.other)
        return result

    def _last_of(self, chosen: list[Value]) -> Instruction:
        mine = [v for v in (self.root, *chosen) if isinstance(v, Instruction)]
        return max((v for v in mine if v.block is self.block), key=self.block.instructions.index)

    def _behind(self, function: Function, chosen: list[Value], known: Value | None) -> Value:
        """In a block of its own behind the loop."""
        assert self.loop is not None
        ((source, target),) = self.shape.exits(self.loop)
        found = function.add_block("found", source)
        branch = source.terminator
        assert isinstance(branch, Branch)
        branch.targets = [found if t is target else t for t in branch.targets]
        end = found
        if known is None:
            result = self._emit(Builder(found), self.plan, chosen, {})
        else:
            assert self.other is not None
            arm = function.add_block("best", found)
            end = function.add_block("searched", arm)
            Builder(found).cond_branch(known, arm, end)
            best = self._emit(Builder(arm), self.plan, chosen, {})
            Builder(arm).branch(end)
            result = Builder(end).phi(best.type, [(best, arm), (self.other, found)])
        Builder(end).branch(target)
        for phi in target.phis():
            phi.blocks = [end if b is source else b for b in phi.blocks]
        return result

    def _emit(
        self, emit: Builder, plan: _Plan | None, chosen: list[Value], made: dict[int, Value]
    ) -> Value:
        if not isinstance(plan, (_Alike, _Place)):
            assert plan is not None
            return plan
        if id(plan) in made:
            return made[id(plan)]
        if isinstance(plan, _Place):
            base = self._emit(emit, plan.base, chosen, made)
            if isinstance(plan.at, int):
                at: Value = const_int(ty.I64, plan.at)
            else:
                at = self._emit_index(emit, plan.at, chosen)
            made[id(plan)] = emit.gep(plan.type, base, [at])
        else:
            operands = [self._emit(emit, operand, chosen, made) for operand in plan.operands]
            copy = clone_instruction(plan.inst)
            for number, operand in enumerate(operands):
                copy.set_operand(number, operand)
            made[id(plan)] = emit.put(copy)
        return made[id(plan)]

    def _emit_index(self, emit: Builder, index: _Index, chosen: list[Value]) -> Value:
        place, times = primitive(self._differing(index))
        found = emit_sum(emit, Sum(self._shared(index), index.sums[0].constant))
        if place is None:
            return found
        at = chosen[self.places.index(place)]
        return emit.add(emit.mul(at, const_int(ty.I64, times)), found)


def _behind_it(inst: Instruction) -> Builder:
    block = inst.block
    assert block is not None
    return Builder(block, block.instructions[block.instructions.index(inst) + 1])


def _kind(inst: Instruction) -> tuple[object, ...]:
    head = inst.head if isinstance(inst, Call) else ""
    called = inst.called if isinstance(inst, Call) else ""
    tail = inst.tail.replace(inst.dbg, "") if inst.dbg else inst.tail
    size = len(inst.operands)
    return type(inst), inst.opcode, inst.type, inst.flags, head, called, tail, size


def _is_same(layout: Layout, a: Value, b: Value) -> bool:
    """Are both the same number? (LLVM may have left a number twice.)"""
    if a is b or (isinstance(a, Constant) and isinstance(b, Constant) and str(a) == str(b)):
        return True
    if not isinstance(a, Load) or not isinstance(b, Load) or a.block is not b.block:
        return False
    if _kind(a) != _kind(b) or a.flags or way_to(layout, a.pointer) != way_to(layout, b.pointer):
        return False
    assert a.block is not None
    order = a.block.instructions
    one, other = sorted((order.index(a), order.index(b)))
    return not any(map(may_write, order[one:other]))
