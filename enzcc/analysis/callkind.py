"""How calls are treated, as far as their names and types tell."""

from __future__ import annotations

from collections.abc import Container
from enum import Enum
from typing import final

from enzcc.analysis.evidence import LIBRARY_COPIES, MEMORY_COPIES
from enzcc.ir import types as ty
from enzcc.ir.instructions import Call, CallBase
from enzcc.ir.values import InlineAsm
from enzcc.rules.known import Known
from enzcc.rules.linked import linker


@final
class CallKind(Enum):
    """How a call is treated."""

    BODY = "a function whose body we differentiate"
    RULE = "a function of the rule table"
    COPY = "memcpy, memmove"
    FILL = "memset"
    ALLOCATION = "malloc and the like"
    DEALLOCATION = "free and the like"
    CUSTOM = "has a derivative by hand"
    HANDED = "a pointer whose shadow tells the derivatives"
    LINK = "puts nodes of lists or trees in another order"
    INACTIVE = "carries no derivative"
    UNLISTED = "a pointer to none of the functions that are known"
    UNKNOWN = "nothing is known"


BY_HAND = (CallKind.CUSTOM, CallKind.HANDED)
"""What may change all memory that it can reach, and has derivatives that are functions."""

CONSTANT = '"enzcc-constant"'
"""The attribute of a call through a pointer to a function that carries no derivative."""


FILLS = ("llvm.memset.", "memset", "__memset_chk")

_RETURNED = (ty.FloatType, ty.IntType)
_HANDED_ON = (*_RETURNED, ty.PointerType)


def kind_by_name(call: CallBase, bodies: Container[str], known: Known) -> CallKind:
    """How the call of a named function is treated.

    bodies   the functions that are differentiated through their bodies
    """
    name = call.called
    if name in bodies:
        return CallKind.BODY
    if name.startswith(MEMORY_COPIES) or name in LIBRARY_COPIES:
        return CallKind.COPY
    if name.startswith(FILLS[0]) or name in FILLS:
        return CallKind.FILL
    if name in known.inactive:
        return CallKind.INACTIVE
    if name in known.custom:
        return CallKind.CUSTOM
    if name in known.allocators:
        return CallKind.ALLOCATION
    if linker(name) is not None:
        return CallKind.LINK
    if name in known.deallocators:
        return CallKind.DEALLOCATION
    if known.find(name, call.function_type) is not None:
        return CallKind.RULE
    if known.is_inactive(name, call.function_type):
        return CallKind.INACTIVE
    return CallKind.UNKNOWN


def can_be_handed(call: CallBase) -> bool:
    """Has a call through a pointer a type for which the pointer's shadow can tell derivatives?"""
    callee = call.callee
    if not isinstance(call, Call) or not isinstance(callee.type, ty.PointerType):
        return False
    if isinstance(callee, InlineAsm) or call.function_type.vararg or call.bundles:
        return False
    simple = all(isinstance(t, _HANDED_ON) for t in call.function_type.params)
    result = call.type is ty.VOID or isinstance(call.type, _RETURNED)
    in_memory = any("byval" in a or "sret" in a for a in call.attributes)
    return simple and result and not in_memory
