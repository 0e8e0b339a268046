"""Exceptions: calls that may unwind, and what a derivative does then.

An exception leaves the forward sweep as it leaves the primal: the copy has the primal's landing
pads, so destructors run, and handlers catch. What else must happen:

    f:  call void @may_throw()                   combined derivative, which owns a tape
    -->
        invoke void @may_throw() to label %next unwind label %pad
    pad:
        landingpad { ptr, i32 } cleanup
        call void @__enzcc_tape_release(ptr %tape)       frees the tape, and all that was deferred
        resume { ptr, i32 } ...

The result of an invoke exists on the edge on which it returns. `settle` gives that edge a block of
its own, which is the home of the result: what is done about the call stands there.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from enzcc.ad.names import original
from enzcc.analysis.callkind import CallKind
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    OPERAND,
    Call,
    CallBase,
    ExceptionPad,
    Instruction,
    Invoke,
    LandingPad,
)
from enzcc.ir.invokes import to_call, to_invoke
from enzcc.ir.types import FunctionType
from enzcc.ir.values import Global, Value
from enzcc.patterns import pattern
from enzcc.rules import find

if TYPE_CHECKING:
    from enzcc.ad.modes.companion import Companion
    from enzcc.ad.modes.reverse import Reverse
    from enzcc.ir.module import Module

PERSONALITY = "__gxx_personality_v0"

_PERSONALITY = pattern(r"personality ptr @[-\w$.]+")
_LANDING = ty.struct((ty.PTR, ty.I32))


def is_nounwind(module: Module, text: str) -> bool:
    """Do function or call attributes, groups included, say that nothing is thrown?"""
    words = re.findall(r"#\d+|\bnounwind\b", text)
    return any(
        word == "nounwind" or "nounwind" in module.attribute_group(word).split() for word in words
    )


def may_unwind(module: Module, call: CallBase) -> bool:
    """May an exception come out of the call?"""
    if is_nounwind(module, call.tail.split(", !", 1)[0]):
        return False
    callee = call.callee
    if not isinstance(callee, Global):
        return not str(getattr(callee, "text", "")).startswith("asm")
    if callee.name.startswith(("llvm.", "__enzcc_", "enzcc.give.")):
        return False
    if module.defines(callee.name):
        return not is_nounwind(module, module.function(callee.name).trailer)
    if find(original(callee.name), call.function_type) is not None:
        return False
    return not is_nounwind(module, callee.line)


def settle(function: Function) -> None:
    """Invokes of functions that throw nothing become calls; the others get a block for the edge on
    which they return, without a phi of their result."""
    module = function.module
    for block in list(function.blocks):
        last = block.instructions[-1]
        if isinstance(last, Invoke) and not may_unwind(module, last):
            to_call(last)
    predecessors = function.predecessors()
    for block in list(function.blocks):
        last = block.instructions[-1]
        if not isinstance(last, Invoke):
            continue
        normal = last.targets[0]
        if len(predecessors[normal]) > 1:
            _split(function, last)
            continue
        for phi in normal.phis():
            if phi.value_from(block) is last:
                phi.replace_with(last)
                phi.erase()


def _split(function: Function, invoke: Invoke) -> None:
    assert invoke.block is not None
    normal = invoke.targets[0]
    made = function.add_block(f"{normal.name}.returned", after=invoke.block)
    Builder(made).branch(normal)
    for phi in normal.phis():
        phi.blocks = [made if block is invoke.block else block for block in phi.blocks]
    invoke.targets[0] = made


def home(value: Instruction) -> Block | None:
    """The block where a value comes into being: for the result of an invoke, where it returns."""
    return value.targets[0] if isinstance(value, Invoke) else value.block


def has_adjoint(reverse: Reverse, invoke: Invoke) -> bool:
    """Does the reverse sweep have anything to do for it?"""
    match reverse.kind(invoke):
        case CallKind.BODY:
            return reverse.activity.call_active(invoke)
        case CallKind.CUSTOM:
            return reverse.activity.custom_active(invoke)
        case CallKind.ALLOCATION:
            assert isinstance(invoke.callee, Global)
            return (invoke, 0) in reverse.blocks_kept or (
                invoke.callee.name in reverse.known.releases
            )
    return False


def call_as(
    companion: Companion,
    inst: CallBase,
    callee: Value,
    type: FunctionType,
    arguments: list[Value],
    attributes: list[str] | None = None,
) -> Instruction:
    """Calls in the place of a call of the primal, unwinding to where that one does."""
    if not isinstance(inst, Invoke):
        return companion.emit.call(callee, type, arguments, attributes=attributes)
    targets = [companion.blocks[t] for t in inst.targets]
    new = companion.emit.invoke(callee, type, arguments, targets, attributes=attributes)
    companion.emit.at(targets[0])
    return new


def plain(call: CallBase) -> CallBase:
    """The same call once more, for a shadow: it unwinds to nowhere in particular."""
    if not isinstance(call, Invoke):
        again = call.copy()
        assert isinstance(again, CallBase)
        return again
    again = Call("call", call.type, call.operands, "", call.tail + call.end)
    again.head, again.spelled, again.bundles = call.head, call.spelled, call.bundles
    again.attributes, again.marker = list(call.attributes), ""
    return again


def with_personality(companion: Companion) -> None:
    """Functions with landing pads say whose they are."""
    found = _PERSONALITY.search(companion.source.trailer)
    if found is None or "personality" in companion.target.trailer:
        return
    if any(isinstance(i, LandingPad) for i in companion.target.instructions()):
        companion.target.trailer += " " + found.group()


def release_on_unwinding(reverse: Reverse) -> None:
    """Whatever leaves a combined derivative with a tape of its own releases it first."""
    module, target = reverse.module, reverse.target
    with_personality(reverse)
    if not reverse.uses_tape or is_nounwind(module, target.trailer):
        return
    pads = [i for i in target.instructions() if isinstance(i, LandingPad)]
    for inst in list(target.instructions()):
        if isinstance(inst, ExceptionPad) and inst.opcode == "resume":
            assert inst.block is not None
            _release(reverse, Builder(inst.block, inst))
    for pad in pads:
        if not any(c in ("cleanup", "catch ptr null") for c in pad.clauses):
            pad.clauses = ("cleanup", *pad.clauses)
    made = clean_up(module, target, lambda emit: _release(reverse, emit))
    reverse.replaced(made)


def clean_up(
    module: Module, target: Function, release: Callable[[Builder], None]
) -> Mapping[Instruction, Instruction]:
    """What unwinds out of a plain call leaves the function by way of what `release` emits: such
    calls, and what takes their places."""
    leaving = [
        call
        for call in target.instructions()
        if isinstance(call, Call) and may_unwind(module, call)
    ]
    if not leaving or not _can_catch(module, target):
        return {}
    block = target.add_block("unwinding")
    emit = Builder(block)
    pad = LandingPad("landingpad", _LANDING, ())
    pad.clauses = ("cleanup",)
    emit.put(pad)
    release(emit)
    resume = ExceptionPad("resume", ty.VOID, (pad,))
    resume.form, resume.targets = f"{_LANDING} {OPERAND}", []
    emit.put(resume)
    return {call: to_invoke(call, block) for call in leaving}


def _can_catch(module: Module, target: Function) -> bool:
    """Has the target a personality now? C++ always has one, code of other languages may not."""
    if "personality" in target.trailer:
        return True
    found = _PERSONALITY.search(module.text)
    if found is None:
        if not re.search(r"^(?:define|declare) [^@\n]*@_Z", module.text, re.MULTILINE):
            return False
        module.declare(PERSONALITY, ty.function(ty.I32, (), True))
        target.trailer += f" personality ptr @{PERSONALITY}"
        return True
    target.trailer += " " + found.group()
    return True


def _release(reverse: Reverse, emit: Builder) -> None:
    type = ty.function(ty.VOID, (ty.PTR,))
    emit.call(reverse.helper("__enzcc_tape_release", type), type, [reverse.tape])
