"""Blocks of the heap that a program aligns itself.

    block = malloc(size + 32)
    made = (block & ~31) + 32
    made[-1] = block

Where the block's own address serves for nothing but giving it back, the block may as well begin at
the address that was made: what lies in it is told apart by where it lies from there.
"""

from __future__ import annotations

from enzcc.analysis.recurrences import signed
from enzcc.ir.idle import is_idle
from enzcc.ir.instructions import Binary, CallBase, Cast, Compare, GetElementPtr, Instruction, Store
from enzcc.ir.values import ConstantInt, Global, Value, is_zero
from enzcc.rules.known import Known

LARGEST = 4096
"""Bytes of the coarsest alignment."""


def block_aligned_by_hand(made: Cast, known: Known) -> CallBase | None:
    """The call that allocates such a block, for the instruction that makes the address of it."""
    chain: set[Value] = {made}
    value = made.operands[0]
    is_rounded = False
    while isinstance(value, Binary) and isinstance(value.operands[1], ConstantInt):
        number = signed(value.operands[1])
        if value.opcode == "and" and -LARGEST <= number < 0 and -number & (-number - 1) == 0:
            is_rounded = True
        elif value.opcode != "add" or not 0 <= number <= 2 * LARGEST:
            return None
        chain.add(value)
        value = value.operands[0]
    if not (is_rounded and isinstance(value, Cast)):
        return None
    if value.opcode not in ("ptrtoint", "ptrtoaddr"):
        return None
    block = value.operands[0]
    if not isinstance(block, CallBase) or not _allocates(block, known):
        return None
    chain.add(value)
    links = [value, *(v for v in chain if isinstance(v, Binary))]
    if not all(user in chain or is_idle(user) for link in links for user in link.users):
        return None
    return block if all(_is_harmless(u, block, made, chain, known) for u in block.users) else None


def _allocates(call: CallBase, known: Known) -> bool:
    name = call.called
    allocator = known.allocators.get(name)
    return allocator is not None and allocator.old is None and allocator.out is None


def _is_harmless(
    user: Instruction, block: Value, made: Cast, chain: set[Value], known: Known
) -> bool:
    """Is it part of making the address, or does it keep the block's for giving it back?"""
    match user:
        case Store():
            place = user.pointer
            return (
                user.value is block
                and isinstance(place, GetElementPtr)
                and place.base is made
                and len(place.indices) == 1
                and isinstance(place.indices[0], ConstantInt)
                and signed(place.indices[0]) < 0
            )
        case Compare():
            return any(is_zero(operand) for operand in user.operands)
        case CallBase():
            return isinstance(user.callee, Global) and user.callee.name in known.deallocators
    return user in chain
