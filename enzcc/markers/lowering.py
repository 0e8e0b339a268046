"""Puts the call of a derivative in the place of a marker call.

A derivative function takes, in order, for each parameter of the primal function its value and, if
its activity has one, its shadow: of the same type, or `[width x T]` for several lanes. Parameters
that are passed in memory keep their `byval`; their shadows are plain pointers, and so are the two
of a parameter that was `sret`. It returns nothing, or the one field, or a literal struct of the
fields: in reverse mode the result if asked for and the gradients of the OUT parameters, in forward
mode the result if asked for and its tangent.

    %r = call { double, double } (ptr, ...) @__enzyme_autodiff_xy(ptr @f, double %x, double %y)
becomes
    %r = call { double, double } @enzcc.reverse.f(double %x, double %y)

A batch is no derivative: it becomes a call of the function itself for each lane, which LLVM inlines
and vectorises as it can. So it may call others, and branch on any of its arguments.
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from enzcc.errors import ResultMismatch
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, fill_bytes, poison, zero
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import CallBase, Invoke
from enzcc.ir.types import FloatType, FunctionType, StructType, Type
from enzcc.ir.values import Argument, Global, Value
from enzcc.markers.fit import attribute_type, convert, holds, spoken, spread_out
from enzcc.markers.pieces import groups, interface
from enzcc.markers.request import (
    Activity,
    Given,
    Loaded,
    Mode,
    Moved,
    Request,
    Source,
    Temporary,
)
from enzcc.markers.trace import Tracer
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ir import Module

Place: TypeAlias = tuple[int, tuple[int, ...], Type]
"""Where a part of a value lies in memory, its indices, its type."""

_ABI = pattern(r"(?:(?:byval|sret)\((?:[^()]|\([^()]*\))*\)|zeroext|signext|inreg|align \d+) ")


def replace(
    request: Request, module: Module, derivative: Global, derivative_type: FunctionType
) -> None:
    """Replaces the marker call of the request by a call of its derivative.

    Raises ResultMismatch where the declared result of the marker cannot hold the derivative's;
    nothing is changed then.
    """
    plan = Fit(request, module, derivative_type.result)
    call = request.call
    assert call.block is not None
    emit = Builder(call.block, call)
    arguments, attributes = arguments_of(request, module, emit)
    end = call.dbg
    if request.sret is not None and _is_indirect(request, module):
        _clear_result(request.sret, request, module, emit)
    new: Value
    if isinstance(call, Invoke):
        back = _returning(request.caller, call)
        targets = [back, call.targets[1]]
        new = emit.invoke(
            derivative, derivative_type, arguments, targets, end=end, attributes=attributes
        )
        emit.at(back, back.terminator)
    else:
        new = emit.call(derivative, derivative_type, arguments, attributes=attributes, tail=end)
    result = plan.fitted(new, emit, call)
    if result is not None:
        call.replace_with(result)
    call.erase()


def _clear_result(buffer: Value, request: Request, module: Module, emit: Builder) -> None:
    """The shadow of an object starts as zeros: members that carry no derivative, such as strings,
    stay so, and can be destroyed."""
    made = attribute_type(module, request.call.attributes[0], "sret")
    assert made is not None
    fill_bytes(module, emit, buffer, module.layout.size(made))


def replace_batch(request: Request, module: Module) -> None:
    """Replaces a marker call that asks for a batch by a call of its function for each lane.

    Raises ResultMismatch as `replace` does.
    """
    callee = module.interface(request.callee)
    result = several = callee.type.result
    if request.width > 1 and result is not ty.VOID:
        several = ty.array(result, request.width)
    plan = Fit(request, module, several)
    call = request.call
    assert call.block is not None
    emit = Builder(call.block, call)
    end = call.dbg
    back = _returning(request.caller, call) if isinstance(call, Invoke) else None
    lanes: list[Value] = []
    for lane in range(request.width):
        arguments: list[Value] = []
        attributes: list[str] = []
        for operand in request.operands:
            param = callee.args[operand.index]
            source = (operand.primal, *operand.shadows)[lane]
            arguments.append(_value(source, param.type, request.caller, emit))
            attributes.append(_passed(param))
        symbol = module.symbol(request.callee)
        if back is None:
            new = emit.call(symbol, callee.type, arguments, attributes=attributes, tail=end)
            lanes.append(new)
            continue
        unwind = call.targets[1]
        if emit.block is not call.block:  # one more place to unwind from
            for phi in unwind.phis():
                phi.add_incoming(phi.value_from(call.block), emit.block)
        last = lane == request.width - 1
        following = back if last else request.caller.add_block("", after=emit.block)
        targets = [following, unwind]
        lanes.append(
            emit.invoke(symbol, callee.type, arguments, targets, end=end, attributes=attributes)
        )
        emit.at(following, back.terminator if last else None)
    if result is not ty.VOID and (call.users or request.sret is not None):
        fitted = plan.fitted(_together(lanes, emit), emit, call)
        if fitted is not None:
            call.replace_with(fitted)
    elif call.users:
        call.replace_with(zero(call.type))
    call.erase()


def arguments_of(request: Request, module: Module, emit: Builder) -> tuple[list[Value], list[str]]:
    """What a derivative is called with: values and their shadows, with their attributes."""
    callee = module.interface(request.callee)
    arguments: list[Value] = []
    attributes: list[str] = []
    for operand in request.operands:
        param = callee.args[operand.index]
        spelled = _passed(param)
        is_memory = "byval(" in spelled
        if "sret(" in spelled:
            spelled = ""
        arguments.append(_value(operand.primal, param.type, request.caller, emit))
        attributes.append(spelled)
        if operand.shadows:
            lanes = [_value(s, param.type, request.caller, emit) for s in operand.shadows]
            arguments.append(_together(lanes, emit))
            attributes.append("" if is_memory or len(lanes) > 1 else spelled)
    return arguments, attributes


def _passed(param: Argument) -> str:
    """What the ABI wants to be said of an argument for a parameter, with a trailing blank."""
    spelled = "".join(m.group() for m in _ABI.finditer(param.attributes + " "))
    if "byval(" in spelled or "sret(" in spelled:
        return spelled
    return re.sub(r"align \d+ ", "", spelled)


def _value(source: Source, type: Type, caller: Function, emit: Builder) -> Value:
    """The value that a source stands for, as one of that type."""
    match source:
        case Given(value):
            opcode = convert(value, type, narrow=True)
            assert opcode is not None
            return emit.cast(opcode, value, type) if opcode else value
        case Loaded(pointer, offset):
            place = _at(pointer, const_int(ty.I64, offset), emit)
            return emit.load(type, place, align=1)
        case Moved(pointer, stride, lane):
            if isinstance(stride, int):
                return _at(pointer, const_int(ty.I64, stride * lane), emit)
            wide = stride if stride.type is ty.I64 else emit.cast(_widening(stride), stride, ty.I64)
            return _at(pointer, emit.mul(wide, const_int(ty.I64, lane)), emit)
        case Temporary(wanted, align):
            return stack_slot(caller, wanted, align)


def _widening(value: Value) -> str:
    assert isinstance(value.type, ty.IntType)
    return "sext" if value.type.bits < 64 else "trunc"


def _at(pointer: Value, offset: Value, emit: Builder) -> Value:
    return emit.gep(ty.I8, pointer, [offset])


def _together(lanes: list[Value], emit: Builder) -> Value:
    if len(lanes) == 1:
        return lanes[0]
    whole: Value = poison(ty.array(lanes[0].type, len(lanes)))
    for i, lane in enumerate(lanes):
        whole = emit.insert(whole, lane, [i])
    return whole


def stack_slot(function: Function, type: Type, align: int) -> Value:
    """New stack memory in the function's entry block."""
    entry = function.entry
    return Builder(entry, entry.instructions[0]).alloca(type, align=align)


def _returning(function: Function, call: Invoke) -> Block:
    """A block of its own for the way on which an invoke returns."""
    assert call.block is not None
    normal = call.targets[0]
    made = function.add_block("", after=call.block)
    Builder(made).branch(normal)
    for phi in normal.phis():
        phi.blocks = [made if block is call.block else block for block in phi.blocks]
    return made


class Fit:
    """How the derivative's result becomes what the marker is declared to return."""

    def __init__(self, request: Request, module: Module, actual: Type) -> None:
        self.request, self.module, self.actual = request, module, actual
        self.layout = module.layout
        call = request.call
        self.declared = call.function_type.result
        self.buffer = None
        self.image = actual
        self.places: list[Place] | None = None
        if request.sret is not None and not _is_indirect(request, module):
            self.buffer = request.sret
            found = attribute_type(module, call.attributes[0], "sret")
            assert found is not None
            self.declared = found
        self.wanted = bool(call.users) or self.buffer is not None
        self.way = self._way() if self.wanted else "nothing"

    def _way(self) -> str:
        actual, declared = self.actual, self.declared
        if _is_empty(actual) or _is_empty(declared):
            return "nothing"
        if actual is declared and self.buffer is None:
            return "same"
        self.image = spread_out(actual)
        coerced = self.buffer is None
        if self.image is not actual and holds(self.layout, declared, self.image, coerced=coerced):
            return "memory"
        self.image = actual
        if holds(self.layout, declared, actual, coerced=coerced):
            return "memory"
        nested = self._with_structs()
        if nested is not None and holds(self.layout, declared, nested, coerced=coerced):
            return "memory"
        match actual, declared:
            case FloatType(), FloatType() if declared.bits > actual.bits:
                return "wider"
        if self._first() is declared and self.buffer is None:
            return "first"
        request = self.request
        raise ResultMismatch(
            request.location,
            f"'{request.marker}' is declared to return {spoken(declared)}, "
            f"but {_subject(request)} is {spoken(actual)}",
            because=_contents(request),
            remedy="declare a marker with a suffix of your own that returns "
            + ("a struct of these" if isinstance(actual, StructType) else spoken(actual)),
        )

    def _with_structs(self) -> Type | None:
        """The gradients with those by the pieces of a struct put together as one, aligned as such;
        None if there are none. Says where each of them lies."""
        request, actual = self.request, self.actual
        if not request.mode.is_reverse or request.width > 1 or not isinstance(actual, StructType):
            return None
        taken = groups(interface(self.module, request.callee), Tracer(self.module))
        out = [operand.index for operand in request.operands if operand.activity is Activity.OUT]
        kinds = list(actual.fields or ())
        fields = [spread_out(kinds[0])] if request.primal_return else []
        inside = [(0, 0)] * len(fields)  # the field, and the offset in it
        for index, kind in zip(out, kinds[len(fields) :], strict=True):
            group = taken[index]
            start = group.first
            if group.whole is None or not {*range(start, start + group.count)} <= {*out}:
                inside.append((len(fields), 0))
                fields.append(spread_out(kind))
                continue
            if index == start:
                fields.append(group.whole)
            inside.append((len(fields) - 1, group.offsets[index - start]))
        whole = ty.struct(tuple(fields))
        starts = self.layout.offsets(whole)
        self.places = [
            (starts[field] + offset, (i,), kind)
            for i, ((field, offset), kind) in enumerate(zip(inside, kinds, strict=True))
        ]
        return whole

    def _first(self) -> Type | None:
        match self.actual:
            case StructType():
                return (self.actual.fields or (None,))[0]
            case ty.ArrayType():
                return self.actual.element
        return None

    def fitted(self, new: Value, emit: Builder, call: CallBase) -> Value | None:
        """Emits what makes one of the other; the value that replaces the marker call's, if any."""
        declared = self.declared
        if self.way == "nothing":
            return zero(declared) if call.users else None
        if self.buffer is not None:
            self._store(emit, new, self.buffer, 1)
            return None
        match self.way:
            case "same":
                return new
            case "wider":
                return emit.cast("fpext", new, declared)
            case "first":
                return emit.extract(new, [0], declared)
        align = max(self.layout.align(declared), self.layout.align(self.actual))
        slot = stack_slot(self.request.caller, declared, align)
        if self.layout.size(declared) > self.layout.size(self.actual):
            emit.store(zero(declared), slot, align=align)
        self._store(emit, new, slot, align)
        return emit.load(declared, slot, align=align)

    def _store(self, emit: Builder, value: Value, place: Value, align: int) -> None:
        """Puts the derivative's result into memory, as C lays it out."""
        places = self.places
        if places is None and self.image is value.type:
            emit.store(value, place, align=align)
            return
        for at, path, kind in places or _parts(self.layout, value.type, self.image):
            part = emit.extract(value, path, kind) if path else value
            emit.store(part, _at(place, const_int(ty.I64, at), emit), align=1)


def read_image(emit: Builder, layout: ty.Layout, place: Value, type: Type) -> Value:
    """A value of that type from memory where it lies as C lays it out."""
    image = spread_out(type)
    if image is type:
        return emit.load(type, place, align=1)
    whole: Value = poison(type)
    for at, path, kind in _parts(layout, type, image):
        part = emit.load(kind, _at(place, const_int(ty.I64, at), emit), align=1)
        whole = emit.insert(whole, part, path)
    return whole


def _parts(
    layout: ty.Layout, type: Type, image: Type, at: int = 0, path: tuple[int, ...] = ()
) -> Iterator[Place]:
    """The scalars and vectors in a value: where each lies in memory that looks like `image`, its
    indices, its type."""
    match type, image:
        case ty.StructType(), ty.StructType():
            places = zip(layout.offsets(image), type.fields or (), image.fields or (), strict=False)
            for i, (start, field, like) in enumerate(places):
                yield from _parts(layout, field, like, at + start, (*path, i))
        case ty.ArrayType(), ty.ArrayType():
            size = layout.size(image.element)
            for i in range(type.count):
                yield from _parts(layout, type.element, image.element, at + i * size, (*path, i))
        case _:
            yield at, path, type


def _is_indirect(request: Request, module: Module) -> bool:
    """Does the memory through which the marker returns take the structs that the function returns
    through memory? In reverse mode it takes gradients."""
    if request.mode.is_reverse:
        return False
    args = module.interface(request.callee).args
    return bool(args) and "sret(" in args[0].attributes


def _is_empty(type: Type) -> bool:
    return type is ty.VOID or (isinstance(type, StructType) and not type.fields)


def _subject(request: Request) -> str:
    if request.mode is Mode.BATCH:
        return f"what '{request.callee}' returns in {request.width} calls"
    return f"the derivative of '{request.callee}'"


def _contents(request: Request) -> str:
    """In words, what the derivative consists of."""
    parts = ["the result"] if request.primal_return else []
    if request.mode.is_reverse:
        count = sum(a.name == "OUT" for a in request.activities)
        parts += [f"the gradient{'s' * (count != 1)} by {count} argument{'s' * (count != 1)}"]
    elif request.result.has_shadow:
        parts += ["its tangent" if parts else "the tangent of the result"]
    if request.mode is Mode.BATCH:
        return f"it consists of {request.width} results"
    lanes = f", in {request.width} lanes" if request.width > 1 else ""
    return f"it consists of {' and '.join(parts)}{lanes}"
