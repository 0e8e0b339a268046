"""Where the reverse sweep of a combined derivative begins.

LLVM joins the last block of the forward sweep with the first one of the reverse sweep. What may be
done to the one only (`nests.hopeful`, `nests.reciprocals`) needs them apart, so a mark stands
between them until LLVM has cleaned up, and they are taken apart there again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from enzcc.ir import types as ty
from enzcc.ir.builder import Builder
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Call, Instruction
from enzcc.ir.module import Module
from enzcc.ir.values import Global

if TYPE_CHECKING:
    from enzcc.ad.modes.reverse import Reverse

REVERSE: Final = "r."
"""How the blocks of reverse sweeps are called."""

_MARK: Final = "llvm.sideeffect"


def mark(reverse: Reverse, block: Block) -> None:
    """The reverse sweep begins with this block."""
    type_ = ty.function(ty.VOID, ())
    callee = reverse.module.declare(_MARK, type_)
    Builder(block, block.instructions[0]).call(callee, type_, [])


def take_apart(module: Module, names: Iterable[str]) -> None:
    """Lets blocks of the named functions end where the reverse sweep begins."""
    for name in names:
        if module.may_hold(name, f"@{_MARK}()"):
            function = module.function(name)
            marks = [i for i in function.instructions() if _is_mark(i)]
            for inst in marks:
                _split(function, inst)
            function.name_everything()


def _is_mark(inst: Instruction) -> bool:
    return isinstance(inst, Call) and isinstance(inst.callee, Global) and inst.callee.name == _MARK


def _split(function: Function, inst: Instruction) -> None:
    block = inst.block
    assert block is not None
    at = block.instructions.index(inst)
    inst.drop_operands()
    if block.name.startswith(REVERSE):
        block.instructions.remove(inst)
        return
    rest = function.add_block(f"{REVERSE}{block.name}", block)
    for moved in block.instructions[at + 1 :]:
        rest.append(moved)
    block.instructions = block.instructions[:at]
    Builder(block).branch(rest)
    for after in rest.successors():
        for phi in after.phis():
            phi.blocks[:] = [rest if b is block else b for b in phi.blocks]
