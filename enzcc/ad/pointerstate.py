"""Does a step of a loop keep pointers in memory that is not its own?

What a driver saves and restores are bytes of the primal; where pointers change from step to step,
their shadows would have to change with them. Such loops are refused.
"""

from __future__ import annotations

from enzcc.ad.captured import reachable
from enzcc.ir import types as ty
from enzcc.ir.instructions import Alloca, CallBase, Cast, GetElementPtr, Instruction, Load, Store
from enzcc.ir.module import Module
from enzcc.ir.values import Global, Value, is_zero
from enzcc.rules import ALLOCATORS


def moving_pointer(module: Module, step: str) -> Instruction | None:
    """A store of a pointer into memory from outside the step, if there is one."""
    for name in reachable(module, step):
        for inst in module.function(name).instructions():
            if not isinstance(inst, Store) or not isinstance(inst.value.type, ty.PointerType):
                continue
            if not is_zero(inst.value) and not _is_own(inst.pointer, {}):
                return inst
    return None


def _is_own(pointer: Value, seen: dict[Value, None]) -> bool:
    """Does it point to the stack, or to memory allocated here?"""
    while isinstance(pointer, (GetElementPtr, Cast)):
        pointer = pointer.operands[0]
    if pointer in seen:
        return True
    seen[pointer] = None
    match pointer:
        case Alloca():
            return True
        case CallBase():
            return isinstance(pointer.callee, Global) and pointer.callee.name in ALLOCATORS
        case Load() if isinstance(pointer.pointer, Alloca):
            slot = pointer.pointer
            stored = [u for u in slot.users if isinstance(u, Store) and u.pointer is slot]
            return bool(stored) and all(_is_own(u.value, seen) for u in stored)
    return False
