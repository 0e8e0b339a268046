"""Arms of a branch that only choose between numbers become choices.

    if (a < b) r = a < c ? a : c;        -->        m = a < b ? a : b
    else r = b < c ? b : c;                         r = m < c ? m : c

LLVM weighs the price of a choice on the processor against that of a branch, and often leaves the
branch. In the derivative the branch costs twice, each time a guess that may be wrong, and the
forward sweep has to keep which way was taken. The numbers are there already; where an arm alone
needs what is computed of them (`copies.arms`), the branch stays.

What is computed in such an arm is nothing but comparisons, choices and signs, of which no adjoint
takes any time. Flags go: what they promise holds where the arm is run. Where both arms compute the
same of other numbers, it is computed once, of a choice. Pointers are left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from enzcc.ad.copies.arms import moving
from enzcc.analysis.cfg import Shape
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Branch,
    Call,
    Compare,
    FNeg,
    Instruction,
    Load,
    Phi,
    Select,
)
from enzcc.ir.module import Module
from enzcc.ir.values import Constant, Value

MOST_COMPUTED: Final = 4
"""Instructions of an arm that is always run."""

MOST_CHOICES: Final = 3
"""Numbers that a branch chooses."""

MOST_ROUNDS: Final = 100


def with_choices(module: Module, names: list[str]) -> None:
    """Makes choices of such branches of these functions."""
    for name in names:
        function = module.function(name)
        if not any(len(set(b.successors())) > 1 for b in function.blocks):
            continue
        in_rounds(function, _rewrite, MOST_ROUNDS)


def in_rounds(
    function: Function, rewrite: Callable[[Function, Shape], bool], most_rounds: int
) -> None:
    """Rewrites a function as long as that changes anything, each time by its shape of then."""
    changed = False
    for _ in range(most_rounds):
        shape = Shape(function)
        if shape.irreducible or not rewrite(function, shape):
            break
        changed = True
    if changed:
        function.name_everything()


def _rewrite(function: Function, shape: Shape) -> bool:
    """One round, from inner branches outwards; a block takes part in one change only."""
    changed: set[Block] = set()
    for block in reversed(shape.order):
        found = _find(shape, block)
        if found is not None and changed.isdisjoint((block, *found[0], found[1])):
            arms, join = found
            _choose(function, block, arms, join)
            changed |= {block, *arms, join}
    return bool(changed)


def _find(shape: Shape, block: Block) -> tuple[list[Block], Block] | None:
    """The arms of the block's branch that only choose, and the block where they meet."""
    branch = block.terminator
    if not isinstance(branch, Branch) or len(set(branch.targets)) != 2:
        return None
    one, other = branch.targets
    ends = [_behind(shape, block, arm) for arm in (one, other)]
    if ends[0] is not None and ends[0] is ends[1]:
        arms, join = [one, other], ends[0]
    elif ends[0] is other:
        arms, join = [one], other
    elif ends[1] is one:
        arms, join = [other], one
    else:
        return None
    loop = shape.loop_of.get(block)
    if shape.loop_of.get(join) is not loop or (loop is not None and join is loop.header):
        return None
    sources = [arms[0] if one in arms else block, arms[-1] if other in arms else block]
    chosen = [p for p in join.phis() if p.value_from(sources[0]) is not p.value_from(sources[1])]
    numbers = [p for p in chosen if ty.is_float(p.type)]
    if not numbers or len(chosen) > MOST_CHOICES:
        return None
    if any(not ty.is_float(p.type) and not ty.is_int(p.type) for p in chosen):
        return None
    if any(not isinstance(inst, Load) for arm in arms for inst in moving(shape, block, arm)):
        return None  # an arm gets something to do yet
    return arms, join


def _behind(shape: Shape, block: Block, arm: Block) -> Block | None:
    """Where an arm leads to that computes nothing of weight."""
    *computed, end = arm.instructions
    if shape.predecessors.get(arm) != [block] or len(computed) > MOST_COMPUTED:
        return None
    if not isinstance(end, Branch) or len(end.targets) != 1:
        return None
    if shape.loop_of.get(arm) is not shape.loop_of.get(block):
        return None
    return end.targets[0] if all(map(_is_cheap, computed)) else None


def _is_cheap(inst: Instruction) -> bool:
    match inst:
        case Compare():
            return not ty.is_pointer(inst.operands[0].type)
        case Select():
            return ty.is_float(inst.type) or ty.is_int(inst.type)
        case FNeg():
            return True
        case Call():
            plain = not any(word in inst.head.split() for word in ("fast", "nnan", "ninf"))
            return plain and inst.called.startswith("llvm.fabs.")
    return False


def _choose(function: Function, block: Block, arms: list[Block], join: Block) -> None:
    branch = block.terminator
    assert isinstance(branch, Branch)
    condition, (one, other) = branch.operands[0], branch.targets
    first, second = (one if one in arms else block), (other if other in arms else block)
    phis = [(p, p.value_from(first), p.value_from(second)) for p in join.phis()]
    twins = _twins(first, second, phis) if len(arms) > 1 else {}
    emit = Builder(block, branch)
    chosen: dict[tuple[Value, Value], Value] = {}

    def choice(a: Value, b: Value) -> Value:
        pair = a, twins.get(b, b)
        if pair not in chosen:
            chosen[pair] = a if _is_same(*pair) else emit.select(condition, *pair)
        return chosen[pair]

    for twin, inst in twins.items():
        assert isinstance(twin, Instruction)
        for index, operand in enumerate(inst.operands):
            inst.set_operand(index, choice(operand, twin.operands[index]))
        _move(inst, block)
    for arm in arms:
        for inst in arm.instructions[:-1]:
            if inst not in twins:
                _move(inst, block)
    for phi, a, b in phis:
        _lead(phi, (first, second), block, choice(a, b))
    branch.erase()
    Builder(block).branch(join)
    for arm in arms:
        for inst in arm.instructions:
            inst.drop_operands()
        function.blocks.remove(arm)
    if all(phi.blocks == [block] for phi in join.phis()) and _is_alone(function, block, join):
        _join(function, block, join)


def _move(inst: Instruction, block: Block) -> None:
    """To the end of the block."""
    assert inst.block is not None
    inst.block.instructions.remove(inst)
    inst.flags = ""
    block.insert_before(inst, block.terminator)


def _twins(
    first: Block, second: Block, phis: list[tuple[Phi, Value, Value]]
) -> dict[Value, Instruction]:
    """What the second arm computes, by what the first one computes in the same way, if that is all
    and it takes no more choices then."""
    pairs = list(zip(first.instructions[:-1], second.instructions[:-1], strict=False))
    if len(first.instructions) != len(second.instructions):
        return {}
    if not all(_kind(one) == _kind(other) for one, other in pairs):
        return {}
    twins: dict[Value, Instruction] = {other: one for one, other in pairs}
    operands = [p for one, other in pairs for p in zip(one.operands, other.operands, strict=True)]
    results = [(a, b) for _, a, b in phis]
    differ = {(a, b) for a, b in results if not _is_same(a, b)}
    after = {(a, twins.get(b, b)) for a, b in (*operands, *results)}
    chosen = [pair for pair in after if not _is_same(*pair)]
    if len(chosen) > len(differ) or any(ty.is_pointer(a.type) for a, _ in chosen):
        return {}
    return twins


def _kind(inst: Instruction) -> tuple[object, ...]:
    predicate = inst.predicate if isinstance(inst, Compare) else ""
    called = inst.called if isinstance(inst, Call) else ""
    types = tuple(o.type for o in inst.operands)
    return type(inst), inst.opcode, inst.type, predicate, called, types


def _is_same(a: Value, b: Value) -> bool:
    return a is b or (isinstance(a, Constant) and isinstance(b, Constant) and str(a) == str(b))


def _lead(phi: Phi, sources: tuple[Block, Block], block: Block, value: Value) -> None:
    """The phi gets the value from the block, and nothing from these any more."""
    rest = [(v, b) for v, b in phi.incoming() if b not in sources]
    phi.drop_operands()
    phi.blocks[:] = []
    for old, source in (*rest, (value, block)):
        phi.add_incoming(old, source)


def _is_alone(function: Function, block: Block, join: Block) -> bool:
    return all(join not in b.successors() for b in function.blocks if b is not block)


def _join(function: Function, block: Block, join: Block) -> None:
    """Makes one block of both."""
    for phi in list(join.phis()):
        phi.replace_with(phi.operands[0])
        phi.erase()
    block.terminator.erase()
    for inst in list(join.instructions):
        join.instructions.remove(inst)
        block.append(inst)
    for after in set(block.successors()):
        for phi in after.phis():
            phi.blocks[:] = [block if b is join else b for b in phi.blocks]
    function.blocks.remove(join)
