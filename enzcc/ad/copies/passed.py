"""What callers tell of the memory that they pass: `f((char *)x)`, where `x` is a `double *`.

A function that moves bytes or words does not say what they are. Where the marker's caller declares
the memory, or the pointer to it, as floats, that is what lies there (`Objects` asks only if the
functions themselves tell of no floats).
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Iterator

from enzcc.analysis.tbaa import access_name, declared_parameters, pointee
from enzcc.ir import types as ty
from enzcc.ir.function import Function
from enzcc.ir.instructions import Alloca, Cast, GetElementPtr, Load, Phi, Select, Store
from enzcc.ir.module import Module
from enzcc.ir.types import Type
from enzcc.ir.values import Argument, ConstantExpression, Global, Local, Value
from enzcc.markers.request import Given, Moved, Request


def passed_floats(module: Module, request: Request) -> tuple[tuple[int, str], ...]:
    """(parameter, float type) of the parameters that have a shadow, and point to floats as their
    callers declare them."""
    parameters = module.function(request.callee).args
    found: list[tuple[int, str]] = []
    for operand in request.operands:
        if not operand.activity.has_shadow or not ty.is_pointer(parameters[operand.index].type):
            continue
        pointers = [
            source.value if isinstance(source, Given) else source.pointer
            for source in (operand.primal, *operand.shadows)
            if isinstance(source, Given | Moved)
        ]
        kinds = {k for p in pointers for k in _floats(module, request.caller, p, set())}
        if len(kinds) == 1:
            found.append((operand.index, kinds.pop()))
    return tuple(found)


def _floats(module: Module, caller: Function, value: Value, seen: set[Value]) -> Iterator[str]:
    """The types of floats that a pointer points to by any declaration on its way."""
    if value in seen:
        return
    if isinstance(value, Local):
        seen.add(value)
    match value:
        case Load():
            told = list(_named(access_name(module, value)))
            if told or not isinstance(value.pointer, Alloca):
                yield from told
                return
            for user in value.pointer.users:
                if isinstance(user, Store) and user.pointer is value.pointer:
                    yield from _floats(module, caller, user.value, seen)
        case Argument():
            yield from _named(dict(declared_parameters(module, caller)).get(value.index))
        case GetElementPtr() | ConstantExpression(opcode="getelementptr"):
            assert value.source is not None
            kind = _element(value.source)
            if kind is not None:
                yield kind
            else:
                yield from _floats(module, caller, value.operands[0], seen)
        case Alloca():
            kind = _element(value.allocated)
            if kind is not None:
                yield kind
        case Global():
            type = module.symbol(value.name).value_type
            kind = None if type is None else _element(type)
            if kind is not None:
                yield kind
        case Cast(opcode="addrspacecast" | "bitcast"):
            yield from _floats(module, caller, value.operands[0], seen)
        case Phi():
            for operand in value.operands:
                yield from _floats(module, caller, operand, seen)
        case Select():
            for operand in value.operands[1:]:
                yield from _floats(module, caller, operand, seen)


def _named(name: str | None) -> Iterator[str]:
    found = pointee(name)
    if found is not None and found[0] == 0 and found[1] is not None:
        yield found[1]


def _element(type: Type) -> str | None:
    """The float that a type consists of, if it is an array of them, or one."""
    while isinstance(type, ty.ArrayType):
        type = type.element
    return type.text if isinstance(type, ty.FloatType) else None
