"""Blocks of memory that the program gives back in the forward sweep are kept until the end.

    operator delete(p, 8)
    -->
    __enzcc_tape_defer(tape, p, enzcc.give._ZdlPvm, 8, 0)       and the same for the shadow of p

The reverse sweep may still read the block. What gives it back at the end is the deallocator that
the program called, behind a function of one shape, since the run-time library keeps its address.
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from typing import TYPE_CHECKING

from enzcc.ad.names import original
from enzcc.analysis.activity import Shadowing
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, zero
from enzcc.ir.instructions import CallBase
from enzcc.ir.types import FunctionType
from enzcc.ir.values import Global, Value, is_zero

if TYPE_CHECKING:
    from enzcc.ad.modes.reverse import Reverse
    from enzcc.ir.module import Module

DEFER = "__enzcc_tape_defer"

_DEFER_TYPE = ty.function(ty.VOID, (ty.PTR, ty.PTR, ty.PTR, ty.I64, ty.I64))
_GIVE_TYPE = ty.function(ty.VOID, (ty.PTR, ty.I64, ty.I64))

Way = tuple[Value, list[Value]]
"""How a block is given back: by which function of our shape, with which two numbers."""


def by_free() -> Way:
    """What comes from malloc and the like."""
    return zero(ty.PTR), [zero(ty.I64)] * 2


def defer(reverse: Reverse, pointer: Value, way: Way | None = None) -> None:
    """The block is given back when the whole derivative is done."""
    if is_zero(pointer):
        return
    giver, numbers = way or by_free()
    helper = reverse.helper(DEFER, _DEFER_TYPE)
    reverse.emit.call(helper, _DEFER_TYPE, [reverse.tape, pointer, giver, *numbers])


def defer_shadow(reverse: Reverse, pointer: Value, way: Way | None = None) -> None:
    """The same for the shadow of a block, if it has one."""
    if reverse.activity.shadowing(pointer) is Shadowing.NONE:
        return
    shadow = reverse.shadow(pointer)
    if reverse.is_mixed(pointer):
        constant = reverse.constant_here(pointer)
        shadow = reverse.emit.select(constant, zero(ty.PTR), shadow)
    defer(reverse, shadow, way)


def way_of(reverse: Reverse, inst: CallBase) -> Way:
    """How a call of a deallocator gives its block back."""
    callee = inst.callee
    assert isinstance(callee, Global)
    if callee.name in ("free", "cfree"):
        return by_free()
    numbers: list[Value] = []
    for argument in inst.arguments[1:]:
        number = reverse.of(argument)
        if ty.is_pointer(number.type):
            number = reverse.emit.cast("ptrtoint", number, ty.I64)
        elif number.type is not ty.I64:
            number = reverse.emit.cast("zext", number, ty.I64)
        numbers.append(number)
    giver = _giver(reverse.module, original(callee.name), inst.function_type)
    return giver, [*numbers, zero(ty.I64), zero(ty.I64)][:2]


def can_defer(inst: CallBase, position: int) -> bool:
    """Does the deallocator take the block and at most two numbers or addresses?"""
    params = inst.function_type.params
    rest = [t for t in params[1:] if ty.is_pointer(t) or (ty.is_int(t) and _narrow(t))]
    return position == 0 and 1 + len(rest) == len(params) <= 3


def _narrow(type: ty.Type) -> bool:
    return isinstance(type, ty.IntType) and type.bits <= 64


def _giver(module: Module, name: str, type: FunctionType) -> Value:
    """The function that calls a deallocator, its further arguments being handed over as numbers."""
    made = f"enzcc.give.{name}"
    if module.has_symbol(made):
        return module.symbol(made)
    function = module.new_function(made, _GIVE_TYPE)
    emit = Builder(function.add_block("entry"))
    arguments: list[Value] = [function.args[0]]
    for param, number in zip(type.params[1:], function.args[1:], strict=False):
        if ty.is_pointer(param):
            arguments.append(emit.cast("inttoptr", number, param))
        elif param is not ty.I64:
            arguments.append(emit.cast("trunc", number, param))
        else:
            arguments.append(number)
    emit.call(module.symbol(name), type, arguments)
    emit.ret()
    return function.symbol
