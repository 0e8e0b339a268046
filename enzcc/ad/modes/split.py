"""Split reverse mode as the program asks for it: two functions and a tape between them.

    {result, shadow} f.augmentfwd(P, ptr image [, ptr handle])
    gradients        f.reverse(P, seed, ptr image, i1 keep)

An exception that leaves the first half releases what was to be kept, the image behind the handle
too; the handle is a parameter where there may be one.

They stand around `f.augmented(tape, frame, ...)` and `f.reversed(tape, frame, ..., seed)`, which
are made as those of a function that stays a call, with two differences: both get the arguments, and
the frame is part of the image, which is the program's to keep:

    image:  the frame | the tape, if one is used | copies of what is passed by value in memory
            | shadows, if pointers into them have been kept: the second half needs the same

Tapes of several calls live side by side, so each has an arena of its own.
"""
# ruff: noqa: A001 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, final

from enzcc.ad.calls.replaceable import check_own, require_same
from enzcc.ad.exceptions.unwinding import clean_up, may_unwind
from enzcc.ad.memory.aliased import check_apart
from enzcc.ad.modes import reverse
from enzcc.ad.modes.interface import (
    Roles,
    keep_by_value,
    parameters,
    result_type,
    return_fields,
    returned_gradients,
)
from enzcc.ad.modes.lanes import Lanes
from enzcc.ad.names import original
from enzcc.analysis.activity import Activity
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, copy_bytes, zero
from enzcc.ir.function import Function
from enzcc.ir.instructions import CallBase, Instruction, Store
from enzcc.ir.module import Module
from enzcc.ir.types import FunctionType, Type, holds_pointers
from enzcc.ir.values import Argument, Global, Value
from enzcc.markers import Activity as Role
from enzcc.markers import Halves, Mode, Request
from enzcc.markers.fit import attribute_type

if TYPE_CHECKING:
    from enzcc.ad.engine import Engine


def split_key(request: Request) -> tuple[object, ...]:
    """Requests with equal keys are about the same two halves."""
    activities = tuple(Role.DUP if a.has_shadow else a for a in request.activities)
    result = Role.DUP if request.result.has_shadow else request.result
    return (
        request.callee,
        activities,
        result,
        request.width,
        request.runtime_activity,
        request.shadow_set,
        request.for_tangent,
    )


def with_tangents(requests: list[Request]) -> Iterator[Request]:
    """The requests; augmented halves serve `__enzyme_fwdsplit` where a call of that is about the
    same function and activities, and `__enzyme_reverse` from the same tape."""
    tangents = {
        split_key(replace(r, for_tangent=False)): r
        for r in requests
        if r.mode is Mode.FORWARD_SPLIT
    }
    for request in requests:
        if request.mode is Mode.FORWARD_SPLIT or split_key(request) not in tangents:
            yield request
            continue
        yield replace(request, for_tangent=True) if request.mode.is_split else request


def number_of(request: Request) -> int:
    """A number that tells the tapes of these halves from others."""
    return zlib.crc32(repr(split_key(request)).encode()) + 1


@final
class Split:
    """Makes the halves that answer a request, and all with the same key."""

    def __init__(
        self, engine: Engine, request: Request, activity: Activity, *, wanted: bool
    ) -> None:
        self.wanted = wanted  # is the function's own result wanted of any augmented half?
        self.engine, self.request, self.activity = engine, request, activity
        self.source = activity.root
        self.module, self.layout = engine.module, engine.module.layout
        self.lanes = Lanes(request.width)

    def halves(self) -> Halves:
        engine, source, activity = self.engine, self.source, self.activity
        self.inner = engine.new_function(source.name, "augmented", self._augmented_type())
        self.back = engine.new_function(source.name, "reversed", self._reverse_type())
        made = reverse.Reverse(
            engine,
            source,
            activity,
            self.inner,
            self.back,
            self.lanes,
            outer=True,
            wanted=self.wanted,
        )
        made.build()
        at = -(-made.sweep.tape.frame_bytes // 8) * 8
        self.copied = {a: attribute for a in source.args if (attribute := self._memory(a))}
        self.uses_tape = bool(self.inner.args[0].users or self.copied)
        size = made.sweep.tape.frame_bytes
        self.tape_at = at
        if self.uses_tape:
            at += 8
            size = at
        self.copies_at: dict[Argument, int] = {}
        for arg in self.copied:
            self.copies_at[arg] = at
            at += 8
            size = at
        self.held = engine.variables.workspaces.count(activity, self.lanes)
        self.held_at = -(-at // 8) * 8
        if self.held:
            size = self.held_at + 8 * self.held
        self.shadows_at = -(-size // 8) * 8
        self.keeps_shadows = size > 0 and _keep_pointers(self.module, self._shadow_arguments())
        if self.keeps_shadows:
            size = self.shadows_at + 8 * len(self._shadow_arguments())
        if size > 8 or size == 3:
            size = -(-size // 8) * 8
        elif size > 4:
            size = 8
        augmented, reversed_ = self._augmented(), self._reversed()
        if size or self.uses_tape:
            engine.use_runtime()
        return Halves(
            augmented.symbol,
            augmented.type,
            reversed_.symbol,
            reversed_.type,
            size,
            number_of(self.request),
            self._seed_type(),
            activity in engine.releasing,
            self.guarded,
        )

    # ------------------------------------------------------------------ types

    def _arguments(self) -> list[Type]:
        params: list[Type] = [ty.PTR, ty.PTR]
        for arg in self.source.args:
            params.append(arg.type)
            if self.activity.has_shadow(arg):
                params += self.lanes.types(arg.type)
        return params

    def _shadow_arguments(self) -> list[Argument]:
        """The shadows of pointers that the first half gets."""
        at, found = 2, list[Argument]()
        for arg in self.source.args:
            at += 1
            if self.activity.has_shadow(arg):
                following = at + self.lanes.width
                found += [a for a in self.inner.args[at:following] if ty.is_pointer(a.type)]
                at = following
        return found

    def _augmented_type(self) -> FunctionType:
        """{result, shadow} augmented(tape, frame, each parameter [, its shadow] ...)"""
        result = self.source.type.result
        if result is not ty.VOID and reverse.has_result_shadow(self.activity, self.source):
            result = ty.struct((result, *self.lanes.types(result)))
        return ty.function(result, tuple(self._arguments()))

    def _reverse_type(self) -> FunctionType:
        """{adjoints} reversed(tape, frame, each parameter [, its shadow] ..., seed)"""
        params = self._arguments()
        if reverse.has_seed(self.activity, self.source):
            params += self.lanes.types(self.source.type.result)
        active = reverse.gradients_of(self.activity, self.source)
        fields = tuple(t for a in active for t in self.lanes.types(a.type))
        return ty.function(ty.struct(fields) if fields else ty.VOID, tuple(params))

    def _seed_type(self) -> Type | None:
        if self.request.result is not Role.OUT:
            return None
        return self.lanes.outside(self.source.type.result)

    def _memory(self, arg: Argument) -> Type | None:
        """The type of what a parameter points to that the callee has for itself."""
        return attribute_type(self.module, arg.attributes, "byval") or attribute_type(
            self.module, arg.attributes, "sret"
        )

    # ------------------------------------------------------------------ what the program calls

    def _augmented(self) -> Function:
        source = self.source
        params, roles = parameters(self.request, source)
        result = source.type.result
        shadowed = self.request.result.has_shadow and result is not ty.VOID
        fields = [] if result is ty.VOID else [result]
        if shadowed:
            fields.append(self.lanes.outside(result))
        self.guarded = any(
            isinstance(i, CallBase) and may_unwind(self.module, i)
            for i in self.inner.instructions()
        )
        own = (ty.PTR, ty.PTR) if self.guarded else (ty.PTR,)
        made = self.engine.new_function(
            source.name, "augmentfwd", ty.function(result_type(fields), (*params, *own))
        )
        keep_by_value(made, source, roles)
        emit = Builder(made.add_block("entry"))
        image = made.args[len(params)]
        check_own(self.engine, emit, source.name)
        check_apart(self.engine, emit, self.activity, [made.args[at] for at, _ in roles])
        self.engine.variables.start(emit, self.activity, self.lanes, heap=True)
        tape: Value = zero(ty.PTR)
        if self.uses_tape:
            type = ty.function(ty.PTR, ())
            tape = emit.call(self.module.declare("__enzcc_tape_open", type), type, [])
            emit.store(tape, emit.offset(image, const_int(ty.I64, self.tape_at)), align=1)
        copies: dict[Argument, Value] = {}
        for arg, memory in self.copied.items():
            copy = self._push(emit, tape, self.layout.size(memory))
            if "byval(" in arg.attributes:
                size = self.layout.size(memory)
                copy_bytes(self.module, emit, copy, made.args[roles[arg.index][0]], size)
            where = emit.offset(image, const_int(ty.I64, self.copies_at[arg]))
            emit.store(copy, where, align=1)
            copies[arg] = copy
        arguments = [tape, image, *self._passed(emit, made, roles, copies)]
        for place, shadow in self._kept_shadows(emit, image, arguments):
            emit.store(shadow, place, align=1)
        value = emit.call(self.inner.symbol, self.inner.type, arguments)
        if self.held:
            place = emit.offset(image, const_int(ty.I64, self.held_at))
            self.engine.variables.keep(emit, self.activity, self.lanes, place)
        values: list[Value] = []
        if fields and self.inner.type.result is result:
            values = [value]
            if shadowed:  # constant: its own shadow
                values.append(self.lanes.leaving(emit, self.lanes.same(emit, value), result))
        elif fields:
            values = [emit.extract(value, (0,), result)]
            if shadowed:
                types = enumerate(self.lanes.types(result), 1)
                shadows = [emit.extract(value, (i,), kind) for i, kind in types]
                values.append(self.lanes.leaving(emit, shadows, result))
        return_fields(emit, made.type.result, values)
        if self.guarded:
            clean_up(self.module, made, lambda emit: self._abandon(emit, tape, made.args[-1]))
        return made

    def _abandon(self, emit: Builder, tape: Value, handle: Value) -> None:
        """Gives back what the second half would have read."""
        type = ty.function(ty.VOID, (ty.PTR,))
        if self.uses_tape:
            emit.call(self.module.declare("__enzcc_tape_close", type), type, [tape])
        self.engine.use_runtime()
        emit.call(self.module.declare("__enzcc_split_close", type), type, [handle])

    def _reversed(self) -> Function:
        source, request = self.source, self.request
        params, roles = parameters(request, source)
        seed_type = self._seed_type()
        gradients = [
            self.lanes.outside(source.args[o.index].type)
            for o in request.operands
            if o.activity is Role.OUT
        ]
        result = result_type(gradients)
        seeds = () if seed_type is None else (seed_type,)
        made = self.engine.new_function(
            source.name, "reverse", ty.function(result, (*params, *seeds, ty.PTR, ty.I1))
        )
        keep_by_value(made, source, roles)
        emit = Builder(made.add_block("entry"))
        image, keep = made.args[-2:]
        spaces = self.engine.variables.workspaces
        held = emit.offset(image, const_int(ty.I64, self.held_at))
        self.engine.variables.clear(emit, self.activity, self.lanes)
        spaces.clear(emit, self.held, held)
        tape: Value = zero(ty.PTR)
        if self.uses_tape:
            tape = emit.load(ty.PTR, emit.offset(image, const_int(ty.I64, self.tape_at)), align=1)
            type = ty.function(ty.VOID, (ty.PTR, ty.I64))
            wide = emit.cast("zext", keep, ty.I64)
            emit.call(self.module.declare("__enzcc_tape_keep", type), type, [tape, wide])
        copies: dict[Argument, Value] = {
            arg: emit.load(ty.PTR, emit.offset(image, const_int(ty.I64, at)), align=1)
            for arg, at in self.copies_at.items()
        }
        arguments = [tape, image, *self._passed(emit, made, roles, copies)]
        for place, shadow in self._kept_shadows(emit, image, arguments):
            text = (
                f"the second half of the derivative of '{original(source.name)}' gets another"
                " shadow than the first one, where pointers into that have been kept: pass the same"
            )
            require_same(self.engine, emit, shadow, emit.load(ty.PTR, place, align=1), text)
        if reverse.has_seed(self.activity, source):
            kind = source.type.result
            if seed_type is None:
                arguments += [zero(t) for t in self.lanes.types(kind)]
            else:
                arguments += self.lanes.entering(emit, made.args[len(params)], kind)
        value = emit.call(self.back.symbol, self.back.type, arguments)
        values = returned_gradients(emit, request, self.activity, self.lanes, value, 0)
        if self.held:
            spaces.give_back(emit, self.activity, self.held, held, keep)
        if self.uses_tape:
            type = ty.function(ty.VOID, (ty.PTR,))
            emit.call(self.module.declare("__enzcc_tape_close", type), type, [tape])
        return_fields(emit, result, values)
        return made

    def _passed(
        self, emit: Builder, made: Function, roles: Roles, copies: dict[Argument, Value]
    ) -> list[Value]:
        """The arguments of the inner function: values, and shadows of what has one."""
        out: list[Value] = []
        for arg in self.source.args:
            position, shadow = roles[arg.index]
            primal = copies.get(arg, made.args[position])
            out.append(primal)
            if not self.activity.has_shadow(arg):
                continue
            if shadow is None:  # a constant that meets active memory is its own
                out += self.lanes.same(emit, primal)
            else:
                out += self.lanes.entering(emit, made.args[shadow], arg.type)
        return out

    def _kept_shadows(
        self, emit: Builder, image: Value, arguments: list[Value]
    ) -> Iterator[tuple[Value, Value]]:
        """Where shadows lie in the image, and they themselves, if both halves need the same."""
        if self.keeps_shadows:
            for at, arg in enumerate(self._shadow_arguments()):
                place = emit.offset(image, const_int(ty.I64, self.shadows_at + 8 * at))
                yield place, arguments[arg.index]

    def _push(self, emit: Builder, tape: Value, size: int) -> Value:
        type = ty.function(ty.PTR, (ty.PTR, ty.I64))
        symbol = self.module.declare("__enzcc_tape_push", type)
        return emit.call(symbol, type, [tape, const_int(ty.I64, size)])


def _keep_pointers(module: Module, pointers: list[Argument]) -> bool:
    """Does their function keep an address that it got from these arguments, or hand one on?"""
    work: list[Argument | Instruction] = list(pointers)
    derived: set[Value] = set(work)
    while work:
        value = work.pop()
        for user in value.users:
            match user:
                case Store():
                    if user.value is value:
                        return True
                case CallBase():
                    callee = user.callee
                    if not isinstance(callee, Global) or module.defines(callee.name):
                        return True
                case _ if user not in derived and holds_pointers(user.type):
                    derived.add(user)
                    work.append(user)
    return False
