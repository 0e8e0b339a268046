"""Shadows of exceptions: what is thrown may carry a derivative to where it is caught.

    p = __cxa_allocate_exception(8)     p' = memory, cleared; __enzcc_exception_thrown(p, p', 8)
    q = __cxa_begin_catch(...)          q' = __enzcc_exception_caught(q)

Whoever catches does not know who has thrown: the run-time library remembers the shadows. An
exception that other code has thrown is its own shadow, hence constant. In forward mode the shadow
lies behind the exception, and goes with it; in reverse mode on the tape, for the reverse sweep.

A number tells whose shadow it is: that of the exception itself, in one lane, or that of a shadow,
where a derivative is differentiated again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enzcc.analysis.activity import Shadowing
from enzcc.analysis.cxxabi import (
    ALLOCATE_EXCEPTION,
    EXCEPTION_OBJECT,
    KEEP,
    LEFT,
    SHADOW_CAUGHT,
    SHADOW_THROWN,
    THROW,
)
from enzcc.analysis.handlers import Flow, caught_pointers, handed_with, moves_pointers
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.instructions import CallBase, Instruction
from enzcc.ir.values import Constant, ConstantInt, Global, Value, is_zero
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ad.modes.companion import Companion
    from enzcc.ir.function import Function

_BEGIN: Final = pattern(r"@__cxa_begin_catch\(ptr [^()\n]*\)")

_THROWN = ty.function(ty.VOID, (ty.PTR, ty.PTR, ty.I64, ty.I64))
_OBJECT = ty.function(ty.PTR, (ty.PTR,))
_CAUGHT = ty.function(ty.PTR, (ty.PTR, ty.I64))

_ROUND, _NEXT = 12, 16
"""The bits of such a number: 12 for the lane, 4 for the round, and above them the number of that
whose shadow it is, 0 for the exception itself."""


def with_pointers_loaded(function: Function) -> None:
    """Handlers of pointers load them from the exception, as the C++ runtime has done: so they have
    shadows."""
    flow = Flow()
    for inst in list(function.instructions()):
        if not isinstance(inst, CallBase) or not isinstance(inst.callee, Global):
            continue
        begins = inst.callee.name == "__cxa_begin_catch"
        caught = caught_pointers(inst, flow) if begins else ()
        if not caught:
            continue
        assert inst.block is not None
        emit = Builder(inst.block, inst)
        made = function.module.declare(EXCEPTION_OBJECT, _OBJECT)
        pointer: Value = emit.load(
            ty.PTR, emit.call(made, _OBJECT, [inst.arguments[0]], tail=" nounwind")
        )
        users = list(inst.users)
        if moves_pointers(function.module, caught):
            emit.at(inst.block, inst.block.instructions[inst.block.instructions.index(inst) + 1])
            end, start = (emit.cast("ptrtoint", one, ty.I64) for one in (inst, pointer))
            pointer = emit.gep(ty.I8, pointer, [emit.binary("sub", end, start)])
        for user in users:
            user.replace(inst, pointer)


def with_handlers_apart(body: str) -> str:
    """The same for LLVM, which would begin two handlers by one call, where it is not known yet
    which of them it is, and hence nothing of what has been caught."""
    return _BEGIN.sub(r"\g<0> nomerge", body)


def is_allocation(inst: CallBase) -> bool:
    """Does the call make a new exception?"""
    return isinstance(inst.callee, Global) and inst.callee.name == ALLOCATE_EXCEPTION


def exception_shadow(companion: Companion, inst: CallBase, copy: Instruction) -> Value:
    """The shadow of an exception that is made, or caught."""
    emit = companion.emit
    number = _number(companion, inst)
    if not is_allocation(inst):
        caught = companion.of(inst.arguments[0]) if _is_shadow(inst) else copy
        helper = companion.helper(SHADOW_CAUGHT, _CAUGHT)
        found = emit.call(helper, _CAUGHT, [caught, number])
        if caught is copy:
            return found
        return emit.select(emit.compare("icmp", "eq", found, caught), copy, found)
    nodes = () if _is_destroyed_here(inst) else companion.objects.nodes_behind(inst)
    for node in nodes:
        if any(companion.activity.node_active(n) for n in node.links()):
            raise companion.refuse(
                inst,
                "cannot differentiate an exception that holds active memory",
                "its destructor is in another file, or the program keeps exceptions"
                " (std::current_exception)",
                "let exceptions carry numbers, keep vectors in variables, or define the destructor"
                " in the class",
            )
    size = companion.wide(companion.of(inst.arguments[0]))
    shadow = companion.exception_memory(copy, size)
    companion.clear(shadow, size)
    emit.call(companion.helper(SHADOW_THROWN, _THROWN), _THROWN, [copy, shadow, size, number])
    return shadow


def _is_destroyed_here(inst: CallBase) -> bool:
    """Is there no destructor that the C++ runtime calls, or one that leaves it to the copies?"""
    return all(
        is_zero(destroy) or (isinstance(destroy, Global) and destroy.name == LEFT)
        for destroy in (*handed_with(inst, THROW, 2), *handed_with(inst, KEEP, 2))
    )


def throw_again(companion: Companion, inst: CallBase) -> None:
    """The shadow of an exception is remembered: so is the shadow of that."""
    exception, shadow, size, _ = inst.arguments
    if companion.activity.shadowing(shadow) is Shadowing.NONE:
        return
    for _ in companion.shadows.each():
        numbers = [companion.of(size), _number(companion, inst)]
        arguments = [companion.of(exception), companion.shadow(shadow), *numbers]
        companion.emit.call(companion.helper(SHADOW_THROWN, _THROWN), _THROWN, arguments)


def _is_shadow(inst: CallBase) -> bool:
    return isinstance(inst.callee, Global) and inst.callee.name in (SHADOW_THROWN, SHADOW_CAUGHT)


def _number(companion: Companion, inst: CallBase) -> Constant:
    """Whose shadow it is."""
    lanes, rounds = (1 << _ROUND) - 1, (1 << _NEXT) - 1
    known = [number for number, _ in companion.objects.exception_shadows]
    this = 1 + max(((number & rounds) >> _ROUND for number in known), default=-1)
    own = this << _ROUND | ((companion.shadows.lane or 0) + 1 & lanes)
    of = inst.arguments[-1] if _is_shadow(inst) else None
    return const_int(ty.I64, own | (of.value << _NEXT if isinstance(of, ConstantInt) else 0))
