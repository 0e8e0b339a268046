"""Calls of functions of which nothing is known but a shadow that the program hands over.

The shadow of a function pointer points to the addresses of its derivatives, in the convention of
`__enzyme_virtualreverse` (`enzcc.markers.virtual`):

    reverse mode   { augmented, reverse }
    forward mode   { tangent }

    r = g(x, p)
    -->
    tape, r = shadow->augmented(x, p, dp)          bx += shadow->reverse(x, p, dp, br, tape)
    r, dr = shadow->tangent(x, dx, p, dp)

A floating parameter stands alone in reverse mode, an integer of less than 16 bits always; any
other is followed by its shadow. Where the program hands over no shadow, or the function itself,
it ends with a message.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from typing import TYPE_CHECKING

from enzcc.ir import types as ty
from enzcc.ir.builder import const_int, zero
from enzcc.ir.instructions import CallBase
from enzcc.ir.types import Type
from enzcc.ir.values import Value

if TYPE_CHECKING:
    from enzcc.ad.modes.adjoints import Adjoints
    from enzcc.ad.modes.companion import Companion
    from enzcc.ad.modes.forward import Forward
    from enzcc.ad.modes.reverse import Reverse

_SMALL = 16
_PAIR_TYPE = ty.function(ty.PTR, (ty.PTR, ty.PTR, ty.PTR))


def _is_alone(type: Type) -> bool:
    return isinstance(type, ty.IntType) and type.bits < _SMALL


def _derivatives(companion: Companion, inst: CallBase) -> Value:
    """The address of the table of derivatives; the program ends where there is none."""
    message = companion.module.message_at(
        companion.module.location(inst),
        "the function called here through a pointer has no derivative: it is none of those"
        " whose address is taken in this file, and the shadow of the pointer is no table of"
        " derivatives",
    )
    helper = companion.helper("__enzcc_table_of", _PAIR_TYPE)
    passed = [companion.of(inst.callee), companion.shadow(inst.callee), message]
    return companion.emit.call(helper, _PAIR_TYPE, passed)


def _check(companion: Companion, inst: CallBase) -> None:
    if companion.lanes.width > 1 and any(ty.is_pointer(a.type) for a in inst.arguments):
        raise companion.refuse(
            inst,
            "cannot call the derivative behind a function pointer for several directions at once",
            "it knows one direction, and may change memory that it reads",
            "ask for one direction at a time",
        )


def _joined(fields: list[Type]) -> Type:
    if not fields:
        return ty.VOID
    return fields[0] if len(fields) == 1 else ty.struct(tuple(fields))


def tangent(forward: Forward, inst: CallBase) -> None:
    """Forward mode: {primal, tangent} of a call."""
    _check(forward, inst)
    emit, result = forward.emit, inst.type
    for _ in forward.shadows.each():
        function = emit.load(ty.PTR, _derivatives(forward, inst))
        arguments: list[Value] = []
        for argument in inst.arguments:
            arguments.append(forward.of(argument))
            if not _is_alone(argument.type):
                arguments.append(forward.shadow(argument))
        both = result is not ty.VOID and not _is_alone(result)
        returned = ty.struct((result, result)) if both else result
        type = ty.function(returned, tuple(a.type for a in arguments))
        made = emit.call(function, type, arguments)
        if result is ty.VOID:
            continue
        if inst not in forward.primal:
            forward.primal[inst] = emit.extract(made, (0,), result) if both else made
        if forward.wants_shadow(inst):
            forward.shadows[inst] = emit.extract(made, (1,), result) if both else made


def augmented(reverse: Reverse, inst: CallBase) -> None:
    """The forward sweep of reverse mode: the primal and the tape of a call."""
    _check(reverse, inst)
    emit, result = reverse.emit, inst.type
    for lane in reverse.shadows.each():
        table = _derivatives(reverse, inst)
        function = emit.load(ty.PTR, table)
        back = emit.load(ty.PTR, emit.offset(table, const_int(ty.I64, 8)))
        arguments: list[Value] = []
        for argument in inst.arguments:
            arguments.append(reverse.of(argument))
            if not (ty.is_float(argument.type) or _is_alone(argument.type)):
                arguments.append(reverse.shadow(argument))
        fields: list[Type] = [ty.PTR]
        if result is not ty.VOID:
            fields.append(result)
            if not (ty.is_float(result) or _is_alone(result)):
                fields.append(result)
        returned = _joined(fields)
        type = ty.function(returned, tuple(a.type for a in arguments))
        made = emit.call(function, type, arguments)
        one = returned is ty.PTR
        reverse.frames[inst, lane] = made if one else emit.extract(made, (0,), ty.PTR)
        reverse.backs[inst, lane] = back
        if result is not ty.VOID:
            if inst not in reverse.primal:
                reverse.primal[inst] = emit.extract(made, (1,), result)
            if reverse.wants_shadow(inst):
                reverse.shadows[inst] = reverse.primal[inst]


def adjoint(adjoints: Adjoints, inst: CallBase) -> None:
    """The reverse sweep: adjoints of the floating arguments."""
    reverse, emit, sweep = adjoints.reverse, adjoints.emit, adjoints.sweep
    for lane in reverse.shadows.each():
        arguments: list[Value] = []
        gradients: list[int] = []
        for index, argument in enumerate(inst.arguments):
            arguments.append(adjoints.primal(argument))
            if ty.is_float(argument.type):
                gradients.append(index)
            elif not _is_alone(argument.type):
                arguments.append(adjoints.shadow(argument))
        if ty.is_float(inst.type):
            seed = adjoints.whole(inst) if adjoints.is_active(inst) else zero(inst.type)
            arguments.append(seed)
        arguments.append(sweep.need(reverse.frames[inst, lane]))
        returned = _joined([inst.arguments[i].type for i in gradients])
        type = ty.function(returned, tuple(a.type for a in arguments))
        made = emit.call(sweep.need(reverse.backs[inst, lane]), type, arguments)
        for position, index in enumerate(gradients):
            actual = inst.arguments[index]
            if adjoints.is_active(actual):
                one = len(gradients) == 1
                amount = made if one else emit.extract(made, (position,), actual.type)
                adjoints.add_whole(actual, amount)
