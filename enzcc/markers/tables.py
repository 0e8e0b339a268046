"""Static variables that nothing writes: tables whose author forgot `const`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enzcc.ir.instructions import Cast, GetElementPtr, Instruction, Load
from enzcc.ir.values import ConstantExpression, Global, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    functions = module.mentioning([variable.name])
    return all(
        _is_read(user)
        for function in functions
        for user in _uses(variable, module.function(function).instructions())
    )


def _uses(variable: Global, instructions: Iterator[Instruction]) -> Iterator[Instruction | None]:
    """What is done with addresses in a variable: None where that is more than reading."""
    for inst in instructions:
        for place, operand in enumerate(inst.operands):
            if _is_in(operand, variable):
                yield inst if place == 0 else None


def _is_in(value: Value, variable: Global) -> bool:
    """Is the constant made of the variable's address?"""
    if isinstance(value, ConstantExpression):
        return any(_is_in(operand, variable) for operand in value.operands)
    return value is variable


def _is_read(user: Value | None) -> bool:
    """Does an instruction whose first operand is an address only read what lies there?"""
    match user:
        case Load():
            return True
        case GetElementPtr() | Cast(opcode="bitcast" | "addrspacecast"):
            return all(
                isinstance(further, Instruction)
                and further.operands[0] is user
                and _is_read(further)
                for further in user.users
            )
    return False
