"""Stores that LLVM has sunk from several arms into one are stores of the arms again.

    if (c) s.first = p;                store phi(p, q), s + phi(8, 16)
    else s.second = q;      -->
    (which LLVM makes one store)       if (c) s.first = p; else s.second = q;

Which value goes to which place is lost in the one store: either pointer seems to lie in either
member, and what they lead to is told apart no more.
"""

from __future__ import annotations

from collections.abc import Iterator

from enzcc.analysis.cfg import Shape
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder
from enzcc.ir.clone import clone_instruction
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Branch,
    Cast,
    GetElementPtr,
    Instruction,
    Invoke,
    Phi,
    Store,
    Switch,
)
from enzcc.ir.values import Constant, Value


def unsink(function: Function) -> bool:
    """Moves such stores of a function back; True if there are any. Edges become blocks of their
    own."""
    found = {block: stores for block in function.blocks if (stores := list(_sunk(block)))}
    if not found:
        return False
    shape = Shape(function)
    headers = {loop.header for loop in shape.loops}
    changed = False
    for block, stores in found.items():
        sources = shape.predecessors.get(block, [])
        if block not in headers and sources and all(_is_plain(one, block) for one in sources):
            _move(function, block, sources, stores)
            changed = True
    return changed


def _sunk(block: Block) -> Iterator[Store]:
    """The stores at the start of a block of which place and value depend on where it is entered.
    Those in front of the last one of these move with it."""
    found: list[Store] = []
    last = 0
    if not block.phis():
        return
    for inst in block.instructions:
        if isinstance(inst, Store) and not inst.flags:
            found.append(inst)
            if _is_sunk(inst, block):
                last = len(found)
        elif not isinstance(inst, (Phi, GetElementPtr, Cast)):
            break
    yield from found[:last]


def _is_sunk(store: Store, block: Block) -> bool:
    if not any(True for _ in _phis(store.value, block)):
        return False
    for phi in _phis(store.pointer, block):
        several = any(value is not phi.operands[0] for value in phi.operands)
        if ty.is_pointer(phi.type):
            if several and ty.is_pointer(store.value.type):
                return True
        elif len({str(v) for v in phi.operands}) > 1 and _are_constants(phi):
            return True
    return False


def _are_constants(phi: Phi) -> bool:
    return all(isinstance(value, Constant) for value in phi.operands)


def _phis(value: Value, block: Block) -> Iterator[Phi]:
    """The phis of a block that a value is calculated from there."""
    if isinstance(value, Instruction) and value.block is block:
        if isinstance(value, Phi):
            yield value
        else:
            for operand in value.operands:
                yield from _phis(operand, block)


def _is_plain(source: Block, block: Block) -> bool:
    """Does one edge lead from block to block, on which instructions may stand?"""
    last = source.terminator
    if not isinstance(last, (Branch, Switch, Invoke)) or last.targets.count(block) != 1:
        return False
    return not isinstance(last, Invoke) or last.targets[0] is block


def _move(function: Function, block: Block, sources: list[Block], stores: list[Store]) -> None:
    for source in sources:
        arm = _arm(function, source, block)
        there: dict[Value, Value] = {phi: phi.value_from(arm) for phi in block.phis()}
        for store in stores:
            _copy(store, block, arm, there)
    for store in stores:
        after = block.instructions[block.place_of(store) + 1]
        after.records = (*store.records, *after.records)
        store.erase()
    for inst in reversed(block.instructions[:-1]):
        if isinstance(inst, (Phi, GetElementPtr)) and not inst.users:
            inst.erase()


def _arm(function: Function, source: Block, block: Block) -> Block:
    """A block that only leads to the other one, at the end of this edge."""
    last = source.terminator
    if isinstance(last, Branch) and len(last.targets) == 1:
        return source
    return block_on_edge(function, source, block)


def block_on_edge(function: Function, source: Block, target: Block) -> Block:
    """A new block on the only edge from one block to another."""
    arm = function.add_block("arm", source)
    targets = source.terminator.targets
    targets[targets.index(target)] = arm
    for phi in target.phis():
        phi.blocks[phi.blocks.index(source)] = arm
    Builder(arm).branch(target)
    return arm


def _copy(value: Value, block: Block, arm: Block, there: dict[Value, Value]) -> Value:
    """What a value of the block is on that edge, calculated at its end."""
    if not isinstance(value, Instruction) or value.block is not block:
        return value
    if value not in there:
        operands = [_copy(operand, block, arm, there) for operand in value.operands]
        new = there[value] = clone_instruction(value)
        for index, operand in enumerate(operands):
            new.set_operand(index, operand)
        arm.insert_before(new, arm.terminator)
    return there[value]
