"""Shadows of exceptions: what is thrown may carry a derivative to where it is caught.

    p = __cxa_allocate_exception(8)     p' = memory, cleared; __enzcc_exception_thrown(p, p', 8)
    q = __cxa_begin_catch(...)          q' = __enzcc_exception_caught(q)

Whoever catches does not know who has thrown: the run-time library remembers the shadows. An
exception that other code has thrown is its own shadow, hence constant. In forward mode the shadow
lies behind the exception, and goes with it; in reverse mode on the tape, for the reverse sweep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enzcc.analysis.cxxabi import ALLOCATE_EXCEPTION
from enzcc.ir import types as ty
from enzcc.ir.builder import const_int
from enzcc.ir.instructions import CallBase, Instruction
from enzcc.ir.values import Global, Value

if TYPE_CHECKING:
    from enzcc.ad.companion import Companion

_THROWN = ty.function(ty.VOID, (ty.PTR, ty.PTR, ty.I64, ty.I64))
_CAUGHT = ty.function(ty.PTR, (ty.PTR, ty.I64))


HELPERS: Final = "__enzcc_exception_"
"""How the names of the functions begin that remember the shadows of exceptions."""


def is_allocation(inst: CallBase) -> bool:
    """Does the call make a new exception?"""
    return isinstance(inst.callee, Global) and inst.callee.name == ALLOCATE_EXCEPTION


def exception_shadow(companion: Companion, inst: CallBase, copy: Instruction) -> Value:
    """The shadow of an exception that is made, or caught."""
    emit = companion.emit
    lane = const_int(ty.I64, companion.shadows.lane or 0)
    if not is_allocation(inst):
        helper = companion.helper(f"{HELPERS}caught", _CAUGHT)
        return emit.call(helper, _CAUGHT, [copy, lane])
    for node in companion.objects.exceptions:
        if any(companion.activity.node_active(n) for n in node.links()):
            raise companion.refuse(
                inst,
                "cannot differentiate an exception that holds active memory",
                "the C++ runtime releases it where it has been caught",
                "let exceptions carry numbers, and keep vectors in variables",
            )
    size = companion.wide(companion.of(inst.arguments[0]))
    shadow = companion.exception_memory(copy, size)
    companion.clear(shadow, size)
    helper = companion.helper(f"{HELPERS}thrown", _THROWN)
    emit.call(helper, _THROWN, [copy, shadow, size, lane])
    return shadow
