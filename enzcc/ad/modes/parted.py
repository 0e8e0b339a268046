"""Shadows of blocks that the first half of split forward mode has made.

Where the shadow of a pointer is the pointer itself, there is no shadow. But the program may have
released the block by the time of the second half, and what that allocates may lie at the block's
address. So a shadow is chosen from two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from enzcc.ad.names import original
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.values import Global, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.companion import Companion
    from enzcc.ir.instructions import CallBase


def parted(
    companion: Companion, inst: CallBase, block: Value, shadows: tuple[Value, Value]
) -> Value:
    """That of two shadows which does not lie where the first half had the block: the other one is
    given back."""
    entry, emit = companion.target.blocks[0], companion.emit
    slots = Builder(entry, entry.instructions[0] if entry.instructions else None)
    both = slots.alloca(ty.array(ty.PTR, 2))
    places = [both, emit.gep(ty.PTR, both, [const_int(ty.I64, 1)])]
    for place, shadow in zip(places, shadows, strict=True):
        emit.store(shadow, place)
    type = ty.function(ty.VOID, (ty.PTR, ty.PTR))  # noqa: A001 - LLVM's word
    emit.call(companion.helper("__enzcc_log_apart", type), type, [both, block])
    chosen, other = (emit.load(ty.PTR, place) for place in places)
    _give_back(companion, inst, other)
    return chosen


def _give_back(companion: Companion, inst: CallBase, block: Value) -> None:
    """Releases a block that an allocator has made."""
    assert isinstance(inst.callee, Global)
    module, known = companion.module, companion.known
    allocator = known.allocators[inst.callee.name]
    aligned = allocator.align is not None and "align" in allocator.frees
    roles = known.releases.get(inst.callee.name, (-1, allocator.align) if aligned else (-1,))
    arguments = [block if k is None or k < 0 else companion.of(inst.arguments[k]) for k in roles]
    name = original(allocator.frees)
    if not module.has_symbol(name):
        module.declare(name, ty.function(ty.VOID, tuple(a.type for a in arguments)))
    symbol = module.symbol(name)
    assert symbol.function_type is not None
    companion.emit.call(symbol, symbol.function_type, arguments)
