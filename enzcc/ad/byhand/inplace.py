"""May a derivative by hand change memory that it reads? Then it cannot be called once a lane.

It need not be, if it looks at no shadow, and leaves nothing behind but what its arguments point to:
then one call does for all lanes.

For each parameter of a function, False only if memory behind it is surely either not written or
not read. LLVM's `readonly` and `writeonly` say so where it can follow the pointer. It loses it
where the function keeps the pointer (in a tape): then it is enough that nothing is written through
the parameter itself, and nothing through pointers that come from elsewhere than other parameters
and blocks of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, final

from enzcc import llvm
from enzcc.ad.iterations.captured import reachable
from enzcc.ir import types as ty
from enzcc.ir.instructions import (
    Alloca,
    AtomicRMW,
    Binary,
    CallBase,
    Cast,
    CompareExchange,
    Freeze,
    GetElementPtr,
    InsertValue,
    Instruction,
    Phi,
    Select,
    Store,
)
from enzcc.ir.module import Module
from enzcc.ir.names import quoted
from enzcc.ir.values import Argument, Constant, Global, Local, Value
from enzcc.rules import ALLOCATORS, DEALLOCATORS, find, is_inactive

_SAFE: Final = frozenset({"readonly", "readnone", "writeonly"})
_READS: Final = frozenset({"readonly", "readnone"})
_SAME_OBJECT: Final = (Cast, Freeze, GetElementPtr, Phi, Select)
_QUIET: Final = ("memory(none)", "memory(read)", "memory(argmem: ")
_TRANSFERS: Final = ("llvm.memcpy.", "llvm.memmove.", "llvm.memset.")


Attributes = dict[str, tuple[str, list[str]]]


@final
@dataclass(frozen=True)
class Effects:
    """What a function does to the memory behind each parameter: may it change what it reads there?
    Which parameters does it not look at? `confined`: it writes to nothing but what parameters
    point to."""

    in_place: tuple[bool, ...]
    unused: tuple[bool, ...]
    confined: bool


def effects(text: str, name: str) -> Effects:
    """The effects of a function of the module `text`."""
    text = re.sub(  # LLVM shall not drop it when it is inlined
        rf"^define (?:internal|linkonce_odr|linkonce) (?=[^\n]*@{re.escape(quoted(name))}\()",
        "define ",
        text,
        count=1,
        flags=re.MULTILINE,
    )
    optimised, attributes = llvm.function_attributes(text)
    found = [_SAFE.isdisjoint(words.split()) for words in attributes[name][1]]
    if not any(found):
        return Effects(tuple(found), (False,) * len(found), False)
    module = Module.parse(optimised)
    looked_at = _Effects(module, attributes)
    args = module.function(name).args
    for index, argument in enumerate(args):
        found[index] = found[index] and looked_at.may_write(name, argument)
    confined = looked_at.is_confined(name)
    return Effects(tuple(found), tuple(not a.users for a in args), confined)


@final
class _Effects:
    """What the functions of an optimised module write to."""

    def __init__(self, module: Module, attributes: Attributes) -> None:
        self.module, self.attributes = module, attributes
        self._elsewhere: dict[str, bool] = {}
        self._through: dict[tuple[str, int], bool] = {}

    def may_write(self, name: str, argument: Argument) -> bool:
        """May a function write to memory that it reaches from this argument?"""
        own = _derived(argument)
        kept = False
        for inst in self.module.function(name).instructions():
            for at, value in enumerate(inst.operands):
                if value not in own or isinstance(inst, _SAME_OBJECT):
                    continue
                if self._writes(inst, at):
                    return True
                kept = kept or isinstance(inst, (Binary, Store, InsertValue, CallBase))
        return kept and self._writes_elsewhere(name)

    def is_confined(self, name: str) -> bool:
        """Does a function write to nothing but what its parameters point to, and blocks of its own?
        A variable that it mentions counts as written."""
        if any(quiet in self.attributes[name][0] for quiet in _QUIET):
            return True
        return not self._writes_elsewhere(name) and not any(
            isinstance(value, Global) and value.kind == "variable"
            for function in reachable(self.module, name)
            for inst in self.module.function(function).instructions()
            if not _is_check(inst)
            for value in inst.operands
        )

    def _writes_elsewhere(self, name: str) -> bool:
        """May a function write to what is neither its arguments' nor its own?"""
        found = self._elsewhere.get(name)
        if found is None:
            self._elsewhere[name] = False  # in a cycle
            found = self._elsewhere[name] = any(
                (isinstance(inst, CallBase) and not self._is_quiet(inst))
                or any(
                    self._writes(inst, at) and not _is_other(value)
                    for at, value in enumerate(inst.operands)
                )
                for inst in self.module.function(name).instructions()
            )
        return found

    def _writes(self, inst: Instruction, at: int) -> bool:
        """May an instruction write to what its operand `at` points to?"""
        if isinstance(inst, Store):
            return at == 1
        if isinstance(inst, (AtomicRMW, CompareExchange)):
            return at == 0
        if not isinstance(inst, CallBase) or at >= len(inst.arguments):
            return False
        if not ty.is_pointer(inst.operands[at].type):
            return False
        if not isinstance(inst.callee, Global):
            return True
        name = inst.callee.name
        if name.startswith(_TRANSFERS):
            return at == 0
        _, parameters = self.attributes.get(name, ("", []))
        said = parameters[at].split() if at < len(parameters) else ()
        if _is_known(inst) or not _READS.isdisjoint(said):
            return False
        return not self.module.defines(name) or self._passes_on(name, at)

    def _passes_on(self, name: str, at: int) -> bool:
        """May a function of the module write to what this argument points to?"""
        found = self._through.get((name, at))
        if found is None:
            self._through[name, at] = True  # in a cycle
            args = self.module.function(name).args
            found = at >= len(args) or self.may_write(name, args[at])
            self._through[name, at] = found
        return found

    def _is_quiet(self, inst: CallBase) -> bool:
        """Does a call write to nothing but what its arguments point to?"""
        if not isinstance(inst.callee, Global):
            return False
        name = inst.callee.name
        if _is_known(inst) or name.startswith("llvm."):
            return True
        words, _ = self.attributes.get(name, ("", []))
        if any(quiet in words for quiet in _QUIET):
            return True
        return self.module.defines(name) and not self._writes_elsewhere(name)


def _derived(argument: Argument) -> set[Value]:
    """The pointers into what an argument points to, as far as no memory is between."""
    found: set[Value] = {argument}
    work: list[Local] = [argument]
    while work:
        for user in work.pop().users:
            if isinstance(user, (*_SAME_OBJECT, InsertValue)) and user not in found:
                found.add(user)
                work.append(user)
    return found


def _is_other(pointer: Value) -> bool:
    """Does a pointer come from parameters, variables and fresh blocks only?"""
    seen: set[Value] = set()
    work = [pointer]
    while work:
        value = work.pop()
        if value in seen:
            continue
        seen.add(value)
        if isinstance(value, GetElementPtr):
            work.append(value.base)
        elif isinstance(value, _SAME_OBJECT):
            work += value.operands[isinstance(value, Select) :]
        elif isinstance(value, CallBase):
            if not (isinstance(value.callee, Global) and value.callee.name in ALLOCATORS):
                return False
        elif not isinstance(value, (Alloca, Argument, Constant)):
            return False
    return True


def _is_check(inst: Instruction) -> bool:
    """Is it the report of a sanitizer?"""
    callee = inst.callee if isinstance(inst, CallBase) else None
    return isinstance(callee, Global) and callee.name.startswith("__ubsan_handle_")


def _is_known(inst: CallBase) -> bool:
    """Is it a function of a library that keeps to its own memory?"""
    assert isinstance(inst.callee, Global)
    name = inst.callee.name
    if name in ALLOCATORS or name in DEALLOCATORS or _is_check(inst):
        return True
    return is_inactive(name, inst.function_type) or find(name, inst.function_type) is not None
