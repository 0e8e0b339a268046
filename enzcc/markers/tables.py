"""Static variables that nothing writes: tables whose author forgot `const`."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from enzcc.ir.idle import is_idle
from enzcc.ir.instructions import (
    CallBase,
    Cast,
    Compare,
    GetElementPtr,
    Instruction,
    Load,
)
from enzcc.ir.types import PointerType
from enzcc.ir.values import ConstantAggregate, ConstantExpression, Global, Local, Value

if TYPE_CHECKING:
    from enzcc.ir import Module

_REPLACED: Final = ("weak", "linkonce", "common")
"""Linkages under which another definition may win (where all say the same, they end in `_odr`)."""


def is_table(module: Module, variable: Global) -> bool:
    """Does the variable hold what its initialiser says, whenever the program looks?"""
    if variable.kind != "variable" or not variable.defined:
        return False
    if variable.constant:
        return variable.linkage not in _REPLACED
    if variable.linkage not in ("internal", "private"):
        return False
    name = variable.ref()
    for kind, symbol, text in module.pieces():
        if kind == "variable" and symbol != variable.name and name in text:
            return False  # an address that others may write through
    read = module.touched
    others = [name for name in module.functions_with_bodies() if name not in read]
    named = map(module.function, module.mentioning([variable.name], others))
    functions = chain(read.values(), named)
    return all(_only_reads(i, variable) for function in functions for i in function.instructions())


def _only_reads(inst: Instruction, variable: Global) -> bool:
    """Does an instruction do no more with addresses in a variable than to read what lies there?"""
    for place, operand in enumerate(inst.operands):
        if isinstance(operand, Local) or not _is_in(operand, variable):
            continue
        looks = isinstance(inst, Compare) or not isinstance(operand.type, PointerType)
        if not (is_idle(inst) if looks else place == 0 and _is_read(inst)):
            return False
    return True


def _is_in(value: Value, variable: Global) -> bool:
    """Is the constant made of the variable's address?"""
    match value:
        case ConstantExpression():
            return any(_is_in(operand, variable) for operand in value.operands)
        case ConstantAggregate():
            return any(_is_in(element, variable) for element in value.elements)
    return value is variable


def _is_read(user: Instruction) -> bool:
    """Does an instruction whose first operand is an address only read what lies there?"""
    match user:
        case Load():
            return True
        case Compare() | Cast(opcode="ptrtoint" | "ptrtoaddr"):
            return is_idle(user)
        case GetElementPtr() | Cast(opcode="bitcast" | "addrspacecast"):
            return all(further.operands[0] is user and _is_read(further) for further in user.users)
        case CallBase():
            return is_idle(user)
    return False
