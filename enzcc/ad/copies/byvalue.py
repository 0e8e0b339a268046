"""Parameters passed by value in memory that may change are variables of the function's own.

    double f(struct big a)         double f(const struct big &a)
      a.x *= 2; ...          -->     struct big own = a; own.x *= 2; ...

Who calls such a function makes no copy of what is used afterwards: the call itself copies
(`byval`), LLVM knows that, and hands on the object itself. A derivative gets plain pointers to the
object and its shadow, so that the function has to make the copy, unless nothing is changed while it
runs, neither through the parameter nor else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from enzcc.ad.nests.forwards import is_pure
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, copy_bytes
from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    Alloca,
    Branch,
    Call,
    Cast,
    Compare,
    Freeze,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Return,
    Select,
    Store,
    Switch,
    Unreachable,
    root_of,
)
from enzcc.ir.module import Module
from enzcc.ir.values import Argument, Local, Value
from enzcc.markers.fit import indirect_type

_SAME_OBJECT: Final = (Cast, Freeze, GetElementPtr, Phi, Select)
_SILENT: Final = (*_SAME_OBJECT, Load, Compare, Alloca, Branch, Switch, Return, Unreachable)
_TRANSFERS: Final = ("llvm.memcpy.", "llvm.memmove.")
_HARMLESS: Final = ("llvm.lifetime.", "llvm.assume", "llvm.experimental.noalias.scope.decl")


def with_own_copies(module: Module, names: Iterable[str]) -> None:
    """Lets the named functions copy what they may change, or what may change meanwhile."""
    for name in names:
        if not module.may_hold(name, "byval("):
            continue
        function = module.function(name)
        passed = [arg for arg in function.args if "byval(" in arg.attributes and arg.users]
        if not passed:
            continue
        writes = any(may_write(inst) for inst in function.instructions())
        changed = [arg for arg in passed if writes or not _is_only_read(arg)]
        for arg in changed:
            _copy(module, function, arg)
        if changed:
            function.name_everything()


def _copy(module: Module, function: Function, arg: Argument) -> None:
    type_ = indirect_type(module, arg.attributes)
    assert type_ is not None
    emit = Builder(function.entry, function.entry.instructions[0])
    align = re.search(r"\balign (\d+)", arg.attributes)
    own = emit.alloca(type_, align=int(align[1]) if align else 0)
    arg.replace_with(own)
    copy_bytes(module, emit, own, arg, module.layout.size(type_))


def _is_only_read(arg: Argument) -> bool:
    """Is the memory behind a parameter read, and nothing else?"""
    seen: set[Value] = {arg}
    work: list[Local] = [arg]
    while work:
        pointer = work.pop()
        for user in pointer.users:
            if isinstance(user, (Load, Compare)) or _is_source(user, pointer):
                continue
            if not isinstance(user, _SAME_OBJECT) or not ty.is_pointer(user.type):
                return False
            if user not in seen:
                seen.add(user)
                work.append(user)
    return True


def _is_source(user: Instruction, pointer: Value) -> bool:
    return (
        isinstance(user, Call)
        and user.called.startswith(_TRANSFERS)
        and pointer not in (user.arguments[0], user.arguments[2])
    )


def may_write(inst: Instruction) -> bool:
    """May an instruction change memory other than variables of the function?"""
    if isinstance(inst, Store):
        return not isinstance(root_of(inst.pointer), Alloca)
    if isinstance(inst, Call):
        name = inst.called
        if name.startswith((*_TRANSFERS, "llvm.memset.")):
            return not isinstance(root_of(inst.arguments[0]), Alloca)
        return not name.startswith(_HARMLESS) and not is_pure(inst)
    return not (isinstance(inst, _SILENT) or is_pure(inst))
