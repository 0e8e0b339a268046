"""Functions that several requests differentiate alike, and that are differentiated once.

    grad_f: f -> helper, 40 others          helper.augmented, helper.reverse: made for grad_f
    grad_g: g -> helper, 40 others          grad_g calls the same

What is known of a function differs from request to request, so its derivatives do. But those of a
function that gets and returns numbers only, and touches no memory but its own, depend on which of
these are active: what was right for one request is right for all.

Question     Does what a function does depend on its parameters alone, and is it seen in its result
             alone?
Method       It and all that it calls mention no variables but constant ones, make no pointers of
             numbers, throw nothing, and call nothing through pointers and nothing that is not known
             to look at its arguments only. Within, pointers may go anywhere.
Safe answer  no: it is differentiated once a request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias, final

from enzcc.analysis.activity import Activity
from enzcc.analysis.callkind import CallKind
from enzcc.ir import types as ty
from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    Call,
    CallBase,
    Cast,
    ExceptionPad,
    IndirectBranch,
    LandingPad,
    VAArg,
)
from enzcc.ir.module import Module
from enzcc.ir.values import (
    Constant,
    ConstantAggregate,
    ConstantExpression,
    ConstantFloat,
    ConstantInt,
    ConstantText,
    ConstantWord,
    Global,
    Value,
)
from enzcc.rules import ALLOCATORS, DEALLOCATORS

Key: TypeAlias = tuple[object, ...]

_OF_RUNTIMES: Final = ("_ZSt", "_ZNSt", "__cxa_", "_Unwind_", "__enzcc_")
"""What throws, or keeps tapes and exceptions."""


@final
class Shared:
    """The derivative functions that all requests of one engine may call."""

    def __init__(self) -> None:
        self._made: dict[Key, Function] = {}
        self._names: set[tuple[str, str]] = set()
        self._unfit: dict[str, dict[str, dict[Key, None]]] = {}
        self._closed: dict[Activity, frozenset[str]] = {}

    def find(
        self, kind: str, function: Function, activity: Activity, width: int
    ) -> Function | None:
        """What an earlier request has made of a function, in place of what this one would make."""
        if (kind, function.name) not in self._names:
            return None
        key = self._key(kind, function, activity, width)
        return None if key is None else self._made.get(key)

    def add(
        self, kind: str, function: Function, activity: Activity, width: int, made: Function
    ) -> None:
        """Notes what a request has made, which is finished."""
        key = self._key(kind, function, activity, width)
        if key is not None:
            self._made.setdefault(key, made)
            self._names.add((kind, function.name))

    def add_unfit(self, found: Mapping[str, Iterable[str]], activity: Activity, width: int) -> None:
        """Notes functions whose calls may not wait (`enzcc.ad.tape.whole`), and those that tell."""
        functions = activity.objects.functions
        for name, tellers in found.items():
            for teller in tellers:
                key = self._key("unfit", functions[teller], activity, width)
                if key is not None:
                    self._unfit.setdefault(name, {}).setdefault(teller, {})[key] = None

    def unfit(self, names: Iterable[str], activity: Activity, width: int) -> set[str]:
        """The functions among these whose calls may not wait, as an earlier request has shown."""
        functions = activity.objects.functions
        return {
            name
            for name in names
            for teller, keys in self._unfit.get(name, {}).items()
            if teller in functions
            and self._key("unfit", functions[teller], activity, width) in keys
        }

    def _key(self, kind: str, function: Function, activity: Activity, width: int) -> Key | None:
        """What the derivatives of a closed function depend on."""
        if activity.is_split or function is activity.root:
            return None
        if activity not in self._closed:
            self._closed[activity] = _closed(activity)
        if function.name not in self._closed[activity]:
            return None
        active = tuple(activity.is_active(a) for a in function.args)
        returned = any(map(activity.is_active, activity.objects.returns(function.name)))
        return kind, function.name, width, active, returned


def _closed(activity: Activity) -> frozenset[str]:
    """The functions that only see numbers, and whose closure is closed."""
    functions = activity.objects.functions
    calls: dict[str, set[str]] = {}
    for name, function in functions.items():
        if (called := _calls(activity, function)) is not None:
            calls[name] = called
    while out := [name for name, called in calls.items() if not called <= calls.keys()]:
        for name in out:
            del calls[name]
    return frozenset(name for name in calls if _sees_numbers(activity, functions[name]))


def _sees_numbers(activity: Activity, function: Function) -> bool:
    """Are parameters and result numbers, none of which may be a pointer?"""
    values = [*function.args, *activity.objects.returns(function.name)]
    types = [*(a.type for a in function.args), function.type.result]
    return all(map(ty.only_numbers, types)) and not any(map(activity.has_shadow, values))


def _calls(activity: Activity, function: Function) -> set[str] | None:
    """The functions with bodies that a function calls; None if it sees more than its arguments."""
    if function.type.vararg:
        return None
    called: set[str] = set()
    for inst in function.instructions():
        match inst:
            case Call():
                if not _stays_within(activity, inst):
                    return None
                if activity.kind_of_call(inst) is CallKind.BODY:
                    assert isinstance(inst.callee, Global)
                    called.add(inst.callee.name)
            case CallBase() | LandingPad() | ExceptionPad() | VAArg() | IndirectBranch():
                return None
            case Cast(opcode="inttoptr"):
                return None
        values = inst.arguments if isinstance(inst, CallBase) else inst.operands
        if not all(_is_own(activity.module, v) for v in values):
            return None
    return called


def _stays_within(activity: Activity, call: Call) -> bool:
    """Does a call touch nothing but what it is handed?"""
    callee = call.callee
    if not isinstance(callee, Global) or call.bundles:
        return False
    match activity.kind_of_call(call):
        case CallKind.BODY | CallKind.COPY | CallKind.FILL | CallKind.RULE:
            return True
        case CallKind.ALLOCATION:
            return callee.name in ALLOCATORS
        case CallKind.DEALLOCATION:
            return callee.name in DEALLOCATORS
        case CallKind.INACTIVE:
            if callee.name.startswith("llvm."):
                return not callee.name.startswith("llvm.eh.")
            return not ty.is_pointer(call.type) and not callee.name.startswith(_OF_RUNTIMES)
    return False


def _is_own(module: Module, value: Value) -> bool:
    """Does a value lead to no memory that others write?"""
    match value:
        case Global():
            if value.kind != "variable" or not value.constant or value.value_type is None:
                return False
            if ty.only_numbers(value.value_type):
                return True
            initial = module.initializer(value.name)
            return initial is not None and _is_own(module, initial)
        case ConstantAggregate():
            return all(_is_own(module, v) for v in value.elements)
        case ConstantExpression():
            return value.opcode != "inttoptr" and all(_is_own(module, v) for v in value.operands)
        case ConstantInt() | ConstantFloat() | ConstantWord():
            return True
        case ConstantText():
            return "@" not in value.text
    return not isinstance(value, Constant)
