"""Calls of functions whose derivatives the program registers (`byhand.custom`), in each mode.

A constant pointer is its own shadow, as everywhere. Where a rule does not return the function's own
result, the function is called for it, if its result is needed at all. Rules know one direction: of
several lanes, each calls them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, final

from enzcc.ad.byhand.custom import Calling, Image, Signature, call, entry_slot
from enzcc.ad.exceptions.unwinding import call_as, plain
from enzcc.ad.names import original, written
from enzcc.errors import WrongAnnotation
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, poison, zero
from enzcc.ir.instructions import (
    Binary,
    CallBase,
    Cast,
    Compare,
    ExtractElement,
    ExtractValue,
    FNeg,
    Freeze,
    GetElementPtr,
    InsertElement,
    InsertValue,
    Instruction,
    Invoke,
    Phi,
    Select,
    ShuffleVector,
)
from enzcc.ir.values import Global, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from enzcc.ad.engine import Engine
    from enzcc.ir.module import Module

    Log = Callable[[Module, Builder, Value], Value]
    from enzcc.ad.modes.adjoints import Adjoints
    from enzcc.ad.modes.companion import Companion
    from enzcc.ad.modes.forward import Forward
    from enzcc.ad.modes.reverse import Reverse

_ARITHMETIC = (
    Binary, Cast, Compare, ExtractElement, ExtractValue, FNeg, Freeze, GetElementPtr,
    InsertElement, InsertValue, Phi, Select, ShuffleVector,
)  # fmt: skip


def _name(inst: CallBase) -> str:
    assert isinstance(inst.callee, Global)
    return original(inst.callee.name)


def _leaves_changes(
    companion: Companion, inst: CallBase, rule: Signature, places: list[int]
) -> bool:
    """Would a rule that is called once a lane find what its last call has left? Raises where that
    cannot be taken back. `places` are those of the primal's arguments in its parameters."""
    changes = companion.engine.custom.effects(rule).in_place
    lanes = companion.lanes
    for argument, place in zip(inst.arguments, places, strict=True):
        at = rule.place(place)
        if ty.is_pointer(argument.type) and (at is None or changes[at]) and not lanes.shared:
            undone = companion.engine.undone
            if not isinstance(inst, Invoke) and undone.is_possible(rule.symbol.name):
                return True
            raise companion.refuse(
                inst,
                f"cannot call '{written(rule.symbol.name)}' for {lanes.width} directions at once",
                f"it is called once for each, but may change memory that it reads, behind argument"
                f" {inst.arguments.index(argument) + 1} of '{_name(inst)}'",
                "ask for one direction at a time, let it write its results to other memory, or"
                " define all that it calls in this file",
            )
    return False


@final
class _Repeated:
    """The calls of a rule, one a lane: if it leaves changes, all but the last one are undone."""

    def __init__(self, companion: Companion, emit: Builder, changes: bool) -> None:
        self.undone, self.emit = companion.engine.undone, emit
        self.last = companion.lanes.width - 1
        assert not changes or companion.shadows.lane is None, "all lanes share one log"
        self.log = self.undone.open(emit) if changes else None

    def calling(self, lane: int, otherwise: Calling | None) -> Calling | None:
        """How the rule is called for a lane."""
        return self._noted if self.log is not None and lane < self.last else otherwise

    def done(self, lane: int) -> None:
        """The rule has been called for a lane, and its result is read."""
        if self.log is not None:
            after = self.undone.back if lane < self.last else self.undone.again
            after(self.emit, self.log)

    def _noted(
        self,
        callee: Global,
        type: ty.FunctionType,  # noqa: A002 - LLVM's word
        arguments: list[Value],
        attributes: list[str],
    ) -> Instruction:
        assert self.log is not None
        longer = ty.function(type.result, (*type.params, ty.PTR))
        copy = self.undone.copy(callee.name)
        return self.emit.call(copy, longer, [*arguments, self.log], attributes=[*attributes, ""])


def logged_call(engine: Engine, copy: CallBase, write: Log) -> None:
    """Split forward mode, the first half: the augmented function is called, its tape logged. Of
    shadows nothing is known yet: a pointer is its own, as where it is constant."""
    assert copy.block is not None
    assert copy.block.function is not None
    primal, augmented, _, returned, _ = engine.custom.split(_name(copy))
    emit = Builder(copy.block, copy)
    arguments: list[Value] = []
    for argument in copy.arguments:
        arguments.append(argument)
        if not ty.is_float(argument.type):
            arguments.append(argument)
    made = call(emit, entry_slot(copy.block.function), augmented, arguments)
    if returned.tape is not None and returned.tape_type is not None:
        size = const_int(ty.I64, engine.module.layout.size(returned.tape_type))
        tape = made.read(emit, returned.tape, returned.tape_type)
        emit.store(tape, write(engine.module, emit, size), align=16)
    if primal.type.result is not ty.VOID and copy.users:
        if returned.primal is None:
            raise WrongAnnotation(
                engine.module.location(copy),
                f"the derivative registered for '{_name(copy)}' does not return its result",
                remedy="let it return a struct: {tape, result}",
            )
        copy.replace_with(made.read(emit, returned.primal, primal.type.result))
    copy.erase()


def _split_tangent_call(forward: Forward, inst: CallBase) -> None:
    """Split forward mode, the second half: {primal, tangent} of a call, with the tape."""
    emit, layout = forward.emit, forward.layout
    custom = forward.engine.custom
    primal, _, rule, returned, parts = custom.split(_name(inst))
    slot = entry_slot(forward.target)
    arguments: list[Value] = []
    for argument in inst.arguments:
        arguments.append(forward.of(argument))
        arguments.append(forward.shadow(argument))
    if returned.tape_type is not None:
        size = const_int(ty.I64, layout.size(returned.tape_type))
        type = ty.function(ty.PTR, (ty.I64,))  # noqa: A001 - LLVM's word
        place = emit.call(forward.helper("__enzcc_log_read", type), type, [size])
        if parts:
            arguments += custom.hand_over(emit, slot, parts, Image(place, returned.tape_type))
    made = call(emit, slot, rule, arguments, _calling(forward, inst))
    result = primal.type.result
    if result is ty.VOID:
        return
    if made.pointer is None:
        _stand_in(forward, inst)
        if forward.wants_shadow(inst):
            forward.shadows[inst] = _missing(forward, inst, "the tangent of its result")
        return
    forward.primal[inst] = made.read(emit, 0, result)
    if forward.wants_shadow(inst):
        forward.shadows[inst] = made.read(emit, custom.second(result), result)


def tangent_call(forward: Forward, inst: CallBase) -> None:
    """Forward mode: {primal, tangent} of a call."""
    if forward.activity in forward.engine.replays:
        if forward.lanes.width > 1:
            raise forward.refuse(
                inst,
                "cannot use a derivative by hand in several lanes in split forward mode",
                "its tape is read once a lane",
            )
        for _ in forward.shadows.each():
            _split_tangent_call(forward, inst)
        return
    changes = False
    if forward.lanes.width > 1:
        _, rule = forward.engine.custom.tangent(_name(inst))
        places = list(range(0, 2 * len(inst.arguments), 2))
        changes = _leaves_changes(forward, inst, rule, places)
    repeated = _Repeated(forward, forward.emit, changes)
    for lane in forward.shadows.each():
        _tangent_call(forward, inst, repeated.calling(lane, _calling(forward, inst)))
        repeated.done(lane)


def _tangent_call(forward: Forward, inst: CallBase, calling: Calling | None) -> None:
    emit = forward.emit
    primal, rule = forward.engine.custom.tangent(_name(inst))
    arguments: list[Value] = []
    for argument in inst.arguments:
        arguments.append(forward.of(argument))
        arguments.append(forward.shadow(argument))
    made = call(emit, entry_slot(forward.target), rule, arguments, calling)
    type = primal.type.result  # noqa: A001 - LLVM's word
    if type is ty.VOID:
        return
    if made.pointer is None:
        if inst not in forward.primal:
            _stand_in(forward, inst)
        if forward.wants_shadow(inst):
            forward.shadows[inst] = _missing(forward, inst, "the tangent of its result")
        return
    if inst not in forward.primal:
        forward.primal[inst] = made.read(emit, 0, type)
    if forward.wants_shadow(inst):
        second = forward.engine.custom.second(type)
        forward.shadows[inst] = made.read(emit, second, type)


def augmented_call(reverse: Reverse, inst: CallBase) -> None:
    """The forward sweep of reverse mode: primal, shadow and tape of a call."""
    once = changes = False
    if reverse.lanes.width > 1 and not reverse.lanes.shared:
        _, rule, reversed_rule, _ = reverse.engine.custom.gradient(_name(inst))
        places = [0]
        for argument in inst.arguments:
            places.append(places[-1] + 1 + (not ty.is_float(argument.type)))
        once = reverse.engine.custom.serves_all_lanes(_name(inst))
        if not once:
            changes = _leaves_changes(reverse, inst, rule, places[:-1])
        if _leaves_changes(reverse, inst, reversed_rule, places[:-1]):
            reverse.repeated[inst] = None
    repeated = _Repeated(reverse, reverse.emit, changes)
    for lane in reverse.shadows.each():
        if lane and once:
            if (inst, 0) in reverse.frames:
                reverse.frames[inst, lane] = reverse.frames[inst, 0]
        else:
            _augmented_call(reverse, inst, lane, repeated.calling(lane, _calling(reverse, inst)))
            repeated.done(lane)


def _augmented_call(reverse: Reverse, inst: CallBase, lane: int, calling: Calling | None) -> None:
    emit = reverse.emit
    primal, augmented, _, returned = reverse.engine.custom.gradient(_name(inst))
    arguments: list[Value] = []
    for argument in inst.arguments:
        arguments.append(reverse.of(argument))
        if not ty.is_float(argument.type):
            arguments.append(reverse.shadow(argument))
    made = call(emit, entry_slot(reverse.target), augmented, arguments, calling)
    type = primal.type.result  # noqa: A001 - LLVM's word
    if type is not ty.VOID:
        if inst in reverse.primal:
            pass
        elif returned.primal is None:
            _stand_in(reverse, inst)
        else:
            reverse.primal[inst] = made.read(emit, returned.primal, type)
        if reverse.wants_shadow(inst):
            if returned.shadow is None:
                reverse.shadows[inst] = _missing(reverse, inst, "the shadow of its result")
            else:
                reverse.shadows[inst] = made.read(emit, returned.shadow, type)
    if returned.tape is not None and returned.tape_type is not None:
        reverse.frames[inst, lane] = made.read(emit, returned.tape, returned.tape_type)


def adjoint_call(adjoints: Adjoints, inst: CallBase) -> None:
    """The reverse sweep: adjoints of the floating arguments; shadows are the rule's business."""
    changes = inst in adjoints.reverse.repeated
    repeated = _Repeated(adjoints.reverse, adjoints.emit, changes)
    for lane in adjoints.reverse.shadows.each():
        _adjoint_call(adjoints, inst, lane, repeated.calling(lane, None))
        repeated.done(lane)


def _adjoint_call(adjoints: Adjoints, inst: CallBase, lane: int, calling: Calling | None) -> None:
    reverse, emit, sweep = adjoints.reverse, adjoints.emit, adjoints.sweep
    custom = reverse.engine.custom
    primal, _, rule, returned = custom.gradient(_name(inst))
    plan = custom.reverse_plan(primal, rule, returned)
    assert plan is not None
    seed, tape = plan
    arguments: list[Value] = []
    for argument in inst.arguments:
        arguments.append(adjoints.primal(argument))
        if not ty.is_float(argument.type):
            arguments.append(adjoints.shadow(argument))

    def slot(type: ty.Type, align: int) -> Value:  # noqa: A002 - LLVM's word
        made = sweep.slot(type, None)
        made.tail = f", align {align}"
        return made

    if seed:
        amount = adjoints.whole(inst) if adjoints.is_active(inst) else zero(inst.type)
        arguments += custom.hand_over(emit, slot, seed, amount)
    if tape:
        arguments += custom.hand_over(emit, slot, tape, sweep.need(reverse.frames[inst, lane]))
    made = call(emit, slot, rule, arguments, calling)
    for index, offset, kind in custom.gradients(primal, rule) or ():
        actual = inst.arguments[index]
        if adjoints.is_active(actual):
            adjoints.add_whole(actual, made.read(emit, offset, kind))


def release_own(adjoints: Adjoints, inst: CallBase) -> None:
    """The reverse of an allocation by the program's own allocator: block and shadow are given
    back, once, whether or not the program itself would have done so."""
    reverse, known = adjoints.reverse, adjoints.reverse.known
    assert isinstance(inst.callee, Global)
    roles = known.releases.get(inst.callee.name)
    if roles is None or inst not in reverse.shadows or not reverse.own_block(inst):
        return
    allocator = known.allocators[inst.callee.name]
    rule = Signature.of(reverse.module, original(allocator.frees))
    given = [adjoints.primal(inst.arguments[k]) if k >= 0 else None for k in roles]
    shadows = [adjoints.shadow(inst) for _ in reverse.shadows.each()]
    reverse.engine.releasing[adjoints.activity] = None
    for block in (*shadows, adjoints.primal(inst)):
        arguments = [block if value is None else value for value in given]
        adjoints.emit.call(rule.symbol, rule.type, arguments)


def _calling(companion: Companion, inst: CallBase) -> Calling | None:
    """How a rule is called in the place of a call: where that unwinds, the first does."""
    first = companion.shadows.lane in (None, 0)
    return partial(call_as, companion, inst) if isinstance(inst, Invoke) and first else None


def _stand_in(companion: Companion, inst: CallBase) -> None:
    """The function's own result, which its rule does not return: a call, maybe unused."""
    if isinstance(inst, Invoke):  # the rule has been called instead
        stand_in: Instruction = plain(inst)
        for index, operand in enumerate(inst.operands):
            stand_in.set_operand(index, companion.of(operand))
        companion.primal[inst] = companion.emit.put(stand_in)
    else:
        companion.copy(inst)
        made = companion.primal[inst]
        assert isinstance(made, Instruction)
        stand_in = made
    companion.stand_ins.append((inst, stand_in))


def settle_stand_ins(companion: Companion) -> None:
    """Takes out the calls whose results nobody uses; raises where one is used."""
    for inst, stand_in in companion.stand_ins:
        if _is_needed(companion, stand_in):
            raise _error(companion, inst, "its result", "{tape, result}")
        stand_in.replace_with(poison(stand_in.type))
        stand_in.erase()


def _is_needed(companion: Companion, value: Instruction) -> bool:
    """Does anything but arithmetic for nothing depend on a value?"""
    seen: dict[Instruction, None] = {value: None}
    work = [value]
    while work:
        for user in work.pop().users:
            assert isinstance(user, Instruction)
            if isinstance(user, CallBase):
                name = user.called
                if companion.known.find(name, user.function_type) is None:
                    return True
            elif not isinstance(user, _ARITHMETIC):
                return True
            if user not in seen:
                seen[user] = None
                work.append(user)
    return False


def _missing(companion: Companion, inst: CallBase, what: str) -> Value:
    raise _error(companion, inst, what, "{tape, result, shadow of the result}")


def _error(companion: Companion, inst: CallBase, what: str, remedy: str) -> WrongAnnotation:
    name = _name(inst)
    return WrongAnnotation(
        companion.module.location(inst),
        f"the derivative registered for '{name}' does not return {what}, which is needed here",
        remedy=f"let it return a struct: {remedy}"
        if not companion.tangents
        else "let it return a struct: {result, its tangent}",
    )
