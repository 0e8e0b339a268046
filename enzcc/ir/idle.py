"""What is calculated from addresses only to look at them, as sanitizers do."""

from __future__ import annotations

from enzcc.ir.instructions import Binary, CallBase, Cast, Compare, Instruction
from enzcc.ir.values import Global


def is_idle(user: Instruction) -> bool:
    """Does what is calculated from an address end in comparisons, as sanitizers make them?"""
    match user:
        case Compare():
            return True
        case Binary() | Cast(opcode="ptrtoint" | "ptrtoaddr"):
            return all(is_idle(further) for further in user.users)
        case CallBase(callee=Global(name=name)):
            return name.startswith(("__ubsan_handle_", "llvm.objectsize."))
    return False
