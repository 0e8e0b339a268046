"""Calls that the forward sweep does not need are differentiated whole in the reverse sweep.

    forward:  frame = f.augmented(x)                    forward:  -
    reverse:  f.reverse(frame, seed)          -->       reverse:  f.whole(x, seed)

Where nobody wants what a function writes and returns, and all that its own reverse sweep wants can
be found in its arguments and in memory that never changes, it need not run before the reverse sweep
gets there. Then its two halves are one function, and there is no frame that goes through memory: a
recursive transform keeps nothing.

Question     May the forward sweep of a call wait?
Method       First all functions wait that might. When all is built, and stores that nobody wants
             are gone, what is left of the forward sweeps that wait must be free of effects, and
             read only what never changes; and nothing that is wanted may use the result of a call
             that waits. Functions that fail are built once more, in two halves. So that all is
             seldom built twice, functions that are a small part of all are built alone first, which
             shows most of those that fail; and who calls one that does not wait does not wait.
Safe answer  no.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from enzcc.ad.tape.unwanted import has_effect
from enzcc.analysis.activity import Activity
from enzcc.analysis.callkind import CallKind
from enzcc.ir import types as ty
from enzcc.ir.builder import poison
from enzcc.ir.function import Function
from enzcc.ir.instructions import Alloca, Call, CallBase, Freeze, Instruction, Invoke, Load, Store
from enzcc.ir.values import Argument, Global, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.adjoints import Adjoints
    from enzcc.ad.modes.reverse import Reverse

SMALL_PART = 3
"""Functions are built alone first if they are at most this part of all, in instructions."""

_HARMLESS = ("__enzcc_tape_push", "llvm.sideeffect", "llvm.assume")


def postponable(activity: Activity, not_needed: Iterable[Argument]) -> dict[str, None]:
    """The functions whose calls might wait: a quick look at what they do."""
    unseen = frozenset(not_needed)
    called: dict[str, None] = {}
    invoked: set[str] = set()
    for function in activity.objects.functions.values():
        for inst in function.instructions():
            if (
                isinstance(inst, CallBase)
                and activity.kind_of_call(inst) is CallKind.BODY
                and activity.call_active(inst)
                and isinstance(inst.callee, Global)
            ):
                called[inst.callee.name] = None
                if isinstance(inst, Invoke):  # the path on which it throws goes on from there
                    invoked.add(inst.callee.name)
    functions = activity.objects.functions
    found = {
        name: None
        for name in called
        if name not in invoked and _might_wait(activity, functions[name], unseen)
    }
    return waiting_still(activity, found)


def waiting_still(activity: Activity, names: Iterable[str]) -> dict[str, None]:
    """Of these functions, those that call none which does not wait: its forward sweep would run
    in theirs."""
    found = dict.fromkeys(names)
    calls = {name: _active_calls(activity, activity.objects.functions[name]) for name in found}
    while out := {name for name in found if not calls[name] <= found.keys()}:
        found = {name: None for name in found if name not in out}
    return found


def _active_calls(activity: Activity, function: Function) -> set[str]:
    return {
        inst.callee.name
        for inst in function.instructions()
        if isinstance(inst, CallBase)
        and activity.kind_of_call(inst) is CallKind.BODY
        and activity.call_active(inst)
        and isinstance(inst.callee, Global)
    }


def worth_trying(activity: Activity, names: Iterable[str]) -> bool:
    """Are these functions so small a part of all that building them alone costs little?"""
    sizes = {
        name: sum(len(block.instructions) for block in function.blocks)
        for name, function in activity.objects.functions.items()
    }
    return SMALL_PART * sum(sizes[name] for name in names) <= sum(sizes.values())


def _might_wait(activity: Activity, function: Function, unseen: frozenset[Argument]) -> bool:
    if function.type.vararg or function is activity.root:
        return False
    if any("byval" in a.attributes or "sret" in a.attributes for a in function.args):
        return False
    if any(activity.has_shadow(v) for v in activity.objects.returns(function.name)):
        return False
    for inst in function.instructions():
        match inst:
            case Store():
                for node in activity.objects.nodes_behind(inst.pointer):
                    if node.unknown or node.globals or not node.arguments.keys() <= unseen:
                        return False
            case Call():
                kind = activity.kind_of_call(inst)
                name = inst.called
                if kind not in (CallKind.BODY, CallKind.RULE) and not name.startswith("llvm."):
                    return False
            case CallBase() | Alloca():
                return False
    return True


def postpone(reverse: Reverse, call: CallBase) -> None:
    """The forward sweep passes over a call, and notes what it will be called with."""
    callee = call.callee
    assert isinstance(callee, Global)
    waiting: list[Value] = []
    function = reverse.objects.functions[callee.name]
    for formal, actual in zip(function.args, call.arguments, strict=True):
        waiting.append(reverse.of(actual))
        if reverse.activity.has_shadow(formal):
            waiting += reverse.every_shadow(actual)
    reverse.waiting[call] = waiting
    if call.type is not ty.VOID:
        absent = reverse.emit.put(Freeze("freeze", call.type, (poison(call.type),)))
        reverse.primal[call] = absent


def arguments_again(adjoints: Adjoints, call: CallBase) -> list[Value]:
    """The tape, and what a call that has waited is called with."""
    reverse = adjoints.reverse
    return [reverse.back_tape(), *map(adjoints.sweep.need, reverse.waiting[call])]


def unfit(parts: Iterable[Reverse], *, alone: bool = False) -> dict[str, list[str]]:
    """The functions whose calls may not wait, now that all functions of a derivative are built, and
    the functions that tell: they themselves, or callers.

    alone   only those that might wait are built, and of what the primal stores it is not known yet
            whether somebody wants it: then these are some of those functions
    """
    found: dict[str, list[str]] = {}
    for part in parts:
        wanted = _wanted(part, _stored(part) if alone else frozenset())
        for call in part.waiting:
            assert isinstance(call.callee, Global)
            if part.primal.get(call) in wanted:
                found.setdefault(call.callee.name, []).append(part.source.name)
        if part.whole and not _is_idle(part, wanted):
            found.setdefault(part.source.name, []).append(part.source.name)
    return found


def _stored(part: Reverse) -> frozenset[Value]:
    """The stores of the primal, bulk ones too, that may turn out to be unwanted."""
    return frozenset(
        copy
        for source, copy in part.primal.items()
        if isinstance(source, Store) or (isinstance(source, CallBase) and source.type is ty.VOID)
    )


def _wanted(part: Reverse, unknown: frozenset[Value]) -> set[Value | None]:
    """What the instructions with effects are computed from, and these, but for `unknown`."""
    work: list[Instruction] = []
    for function in dict.fromkeys((part.target, part.back)):
        work += (i for i in function.instructions() if has_effect(i) and i not in unknown)
    found: set[Value | None] = set(work)
    while work:
        for operand in work.pop().operands:
            if isinstance(operand, Instruction) and operand not in found:
                found.add(operand)
                work.append(operand)
    return found


def _is_idle(part: Reverse, wanted: set[Value | None]) -> bool:
    """Does the forward sweep of a function only write to the tape, and only read what never
    changes?"""
    own, taped = set(part.sweep.allocas), set(part.tape_accesses)
    for block in part.blocks.values():
        for inst in block.instructions:
            match inst:
                case _ if inst not in wanted or inst in taped:
                    pass
                case Store():
                    if inst.pointer not in own:
                        return False
                case Load():
                    source = part.source_of.get(inst)
                    if not isinstance(source, Load) or part.changes.may_change(source):
                        return False
                case Call():
                    name = inst.called
                    if name not in _HARMLESS and not part.sweep.recipes.is_pure(inst):
                        return False
                case _ if has_effect(inst) and not inst.is_terminator:
                    return False
                case CallBase():
                    return False
    return True
