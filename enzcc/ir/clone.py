"""Copies functions, and parts of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Branch, Instruction, Phi, Switch
from enzcc.ir.lexer import NAME
from enzcc.ir.values import Argument, BlockAddress, Value
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ir.module import Module

_NOT_COPIED = pattern(rf" ?(?:!dbg !\d+|\bcomdat\b(?:\(\${NAME}\))?)")


def clone_function(
    function: Function, module: Module, new_name: str
) -> tuple[Function, dict[Value | Block, Value | Block]]:
    """A copy of a function under a new name, and what each argument, block and instruction became.

    The copy is not in the module yet (`module.add_function`). Addresses of blocks in its
    instructions are those of its own blocks; tables of them in globals still name the original.
    A DISubprogram belongs to one function, so the copy has none, and no debug records; its
    instructions keep their places in the source. Nor does it belong to the original's comdat.
    """
    became: dict[Value | Block, Value | Block] = {}
    args: list[Argument] = []
    for old in function.args:
        arg = Argument(old.type, old.name, old.attributes, old.index)
        args.append(arg)
        became[old] = arg
    new = Function(module, new_name, function.type, args)
    new.header, new.trailer = function.header, _NOT_COPIED.sub("", function.trailer)
    new.read_blocks = function.read_blocks
    for block in function.blocks:
        twin = new.add_block(block.name)
        twin.label, twin.read_name = block.label, block.read_name
        became[block] = twin
    for block in function.blocks:
        target = became[block]
        assert isinstance(target, Block)
        for inst in block.instructions:
            copy = inst.copy()
            copy.name, copy.records = inst.name, ()
            became[inst] = copy
            target.append(copy)
    for block in new.blocks:
        for inst in block.instructions:
            _redirect(inst, function, new_name, became)
    return new, became


def clone_instruction(inst: Instruction) -> Instruction:
    """A copy without debug records, in no block yet."""
    copy = inst.copy()
    copy.records = ()
    return copy


def lead_to_clones(
    copies: Iterable[Instruction], became: Mapping[Value, Value], blocks: Mapping[Block, Block]
) -> None:
    """Copies of some blocks of a function use copies, lead to copies and come from them, where
    there are such."""
    for copy in copies:
        for index, operand in enumerate(copy.operands):
            if operand in became:
                copy.set_operand(index, became[operand])
        if isinstance(copy, Phi):
            copy.blocks = [blocks[b] for b in copy.blocks]
        elif isinstance(copy, (Branch, Switch)):
            copy.targets = [blocks.get(t, t) for t in copy.targets]


def _redirect(
    inst: Instruction, function: Function, new_name: str, became: dict[Value | Block, Value | Block]
) -> None:
    for index, operand in enumerate(inst.operands):
        twin = became.get(operand)
        if isinstance(twin, Value):
            inst.set_operand(index, twin)
        elif isinstance(operand, BlockAddress) and operand.function == function.name:
            inst.set_operand(index, BlockAddress(operand.type, new_name, operand.block))
    targets: list[Block] = getattr(inst, "targets", [])
    targets[:] = [_block(became, b) for b in targets]
    if isinstance(inst, Phi):
        inst.blocks = [_block(became, b) for b in inst.blocks]


def _block(became: dict[Value | Block, Value | Block], block: Block) -> Block:
    found = became[block]
    assert isinstance(found, Block)
    return found
