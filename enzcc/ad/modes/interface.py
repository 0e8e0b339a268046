"""The convention of derivatives that markers call: what they return, and how it is put together."""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from typing import TypeAlias

from enzcc.ad.modes.lanes import Lanes
from enzcc.ad.modes.neutral import without_floats
from enzcc.analysis.activity import Activity
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_float, poison, zero
from enzcc.ir.function import Function
from enzcc.ir.instructions import Binary
from enzcc.ir.types import Type
from enzcc.ir.values import Value
from enzcc.markers import Activity as Role
from enzcc.markers import Request

Roles: TypeAlias = list[tuple[int, int | None]]
"""For each parameter of the primal: where its value and its shadow stand in the derivative's."""


def parameters(request: Request, source: Function) -> tuple[tuple[Type, ...], Roles]:
    """Parameter types of the markers' convention, and where each primal and shadow stands."""
    lanes = Lanes(request.width)
    params: list[Type] = []
    roles: Roles = []
    for operand in request.operands:
        arg = source.args[operand.index]
        at = len(params)
        params.append(arg.type)
        if operand.activity.has_shadow:
            params.append(lanes.outside(arg.type))
            roles.append((at, at + 1))
        else:
            roles.append((at, None))
    return tuple(params), roles


def shadow_operands(
    emit: Builder, made: Function, role: tuple[int, int | None], lanes: Lanes
) -> list[Value]:
    """The values that make up the shadow of a parameter."""
    primal = made.args[role[0]]
    if role[1] is None:  # a constant that meets active memory is its own shadow
        return lanes.same(emit, primal)
    return lanes.entering(emit, made.args[role[1]], primal.type)


def keep_by_value(made: Function, source: Function, roles: Roles) -> None:
    """By-value memory stays by value in the derivative's primal parameters."""
    for arg, (position, _) in zip(source.args, roles, strict=True):
        made.args[position].attributes = by_value(arg.attributes)


def normal_zero(emit: Builder, value: Value) -> Value:
    """Adjoints start at -0.0, which adding leaves exact; what comes out is +0.0 again."""
    if not ty.is_float(value.type):
        return value
    return emit.put(Binary("fadd", value.type, (value, const_float(value.type, 0.0))))


def returned_gradients(
    emit: Builder,
    request: Request,
    activity: Activity,
    lanes: Lanes,
    value: Value,
    position: int,
) -> list[Value]:
    """The gradients by the OUT parameters; a derivative returned those that are active, from a
    position on."""
    out: list[Value] = []
    for operand in request.operands:
        if operand.activity is not Role.OUT:
            continue
        arg = activity.root.args[operand.index]
        types = lanes.types(arg.type)
        if activity.is_active(arg):
            parts = [
                normal_zero(emit, emit.extract(value, (position + i,), kind))
                for i, kind in enumerate(types)
            ]
            position += len(parts)
        else:
            parts = [zero(kind) for kind in types]
        out.append(lanes.gradient(emit, parts, arg.type))
    return out


def no_tangent(emit: Builder, activity: Activity, function: Function, result: Value) -> Value:
    """The tangent of what a function returns, if that is constant."""
    objects = activity.objects
    returned = [v for v in objects.returns(function.name) if activity.carries_floats(v)]
    floats = [segment for value in returned for segment in objects.floats_in(value)]
    floats += objects.floats_declared_in(function.name)
    return without_floats(emit, objects, result, floats)


def result_type(fields: list[Type]) -> Type:
    if not fields:
        return ty.VOID
    return fields[0] if len(fields) == 1 else ty.struct(tuple(fields))


def return_fields(emit: Builder, type: Type, fields: list[Value]) -> None:
    if not fields:
        emit.ret()
    elif len(fields) == 1:
        emit.ret(fields[0])
    else:
        whole: Value = poison(type)
        for index, value in enumerate(fields):
            whole = emit.insert(whole, value, (index,))
        emit.ret(whole)


def by_value(attributes: str) -> str:
    """The `byval(T)` and alignment in a parameter's attributes, with a trailing blank."""
    at = attributes.find("byval(")
    if at < 0:
        return ""
    depth = 0
    for end in range(at + 5, len(attributes)):
        depth += {"(": 1, ")": -1}.get(attributes[end], 0)
        if depth == 0:
            break
    kept = attributes[at : end + 1]
    words = attributes[end + 1 :].split()
    if "align" in words:
        kept += f" align {words[words.index('align') + 1]}"
    return kept + " "
