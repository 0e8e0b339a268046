"""Allocations that LLVM has hoisted out of several arms into one are allocations of the arms again.

    p = malloc(40);                        if (c) { p = malloc(40); p[0] = circle; ... }
    if (c) { p[0] = circle; ... }   -->    else { p = malloc(40); p[0] = square; ... }
    else { p[0] = square; ... }            (as the program has it: objects of the same size)

One allocation is one object to the analysis, and what lies in it is told apart no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from enzcc.ad.copies.unsunk import block_on_edge
from enzcc.analysis.cfg import Shape
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder
from enzcc.ir.clone import clone_instruction
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Branch,
    Call,
    GetElementPtr,
    Instruction,
    Phi,
    Store,
    Switch,
)
from enzcc.ir.values import Constant, ConstantInt, Global, Value
from enzcc.rules import ALLOCATORS


def unhoist(function: Function) -> bool:
    """Moves such allocations of a function back; True if there are any. What was the one block is
    a variable on the stack, which is to be promoted."""
    found = [(block, call) for block in function.blocks for call in _allocations(block)]
    if not found:
        return False
    shape = Shape(function)
    moved = [(b, call) for b, call in found if b in shape.index and _is_hoisted(call, b, shape)]
    for block, call in moved:
        _move(function, block, call)
    return bool(moved)


def _allocations(block: Block) -> Iterator[Call]:
    """Allocations in front of several arms, of which the block itself only takes parts."""
    last = block.terminator
    if not isinstance(last, (Branch, Switch)) or not 1 < len(last.targets) == len({*last.targets}):
        return
    for inst in block.instructions:
        if isinstance(inst, Call) and isinstance(inst.callee, Global):
            allocator = ALLOCATORS.get(inst.callee.name)
            is_fresh = allocator is not None and allocator.out is allocator.old is None
            if is_fresh and all(_is_part(user, block) for user in _users_in(inst, block)):
                yield inst


def _users_in(value: Instruction, block: Block) -> Iterator[Instruction]:
    """The users of a pointer, or of parts of what it leads to, in a block."""
    for user in value.users:
        if user.block is block and not isinstance(user, Phi):
            yield user
            if isinstance(user, GetElementPtr):
                yield from _users_in(user, block)


def _is_part(inst: Instruction, block: Block) -> bool:
    """A place in the allocation that is the same in all arms?"""
    return isinstance(inst, GetElementPtr) and all(
        isinstance(index, Constant) for index in inst.indices
    )


def _is_hoisted(call: Call, block: Block, shape: Shape) -> bool:
    """Do two arms put different kinds of things, or different tables, into one place?"""
    arms = [arm for arm in block.terminator.targets if shape.edges_into(arm) == [block]]
    written = [dict(_written(call, 0, set(shape.dominated(arm)))) for arm in arms]
    return any(
        a[offset] != b[offset] for a, b in combinations(written, 2) for offset in a if offset in b
    )


def _written(pointer: Instruction, offset: int, arm: set[Block]) -> Iterator[tuple[int, str]]:
    """What an arm stores where in an allocation: constant pointers, or types."""
    for user in pointer.users:
        match user:
            case Store(value=value) if user.block in arm and user.pointer is pointer:
                is_table = isinstance(value, Constant) and ty.is_pointer(value.type)
                yield offset, value.ref() if is_table else value.type.text
            case GetElementPtr(indices=[ConstantInt(value=index)], base=base) if base is pointer:
                size = user.block.function.module.layout.size(user.source)  # type: ignore[union-attr]
                yield from _written(user, offset + index * size, arm)


def _move(function: Function, block: Block, call: Call) -> None:
    slot = Builder(function.entry, function.entry.first_non_phi()).alloca(ty.PTR)
    predecessors = function.predecessors()
    for target in list(block.terminator.targets):
        alone = predecessors[target] == [block]
        arm = target if alone else block_on_edge(function, block, target)
        copy = clone_instruction(call)
        arm.insert_before(copy, arm.first_non_phi())
        Builder(arm, arm.instructions[arm.place_of(copy) + 1]).store(copy, slot)
    parts = [part for part in _users_in(call, block) if isinstance(part, GetElementPtr)]
    gone: list[Instruction] = [call, *parts]
    for value in gone:
        for user in [user for user in value.users if user not in parts]:
            for index, operand in enumerate(user.operands):
                if operand is value:
                    here, before = user.block, user
                    if isinstance(user, Phi):
                        here, before = user.blocks[index], user.blocks[index].terminator
                    assert here is not None
                    user.set_operand(index, _again(value, call, slot, Builder(here, before)))
    for inst in function.instructions():
        inst.records = ()  # they may name what is gone
    for value in reversed(gone):
        value.erase()


def _again(value: Value, call: Call, slot: Value, emit: Builder) -> Value:
    """The allocation that the way here has led through, or a part of it."""
    if value is call:
        return emit.load(ty.PTR, slot)
    assert isinstance(value, GetElementPtr)
    base = _again(value.base, call, slot, emit)
    part = clone_instruction(value)
    part.set_operand(0, base)
    return emit.put(part)
