"""Which exceptions may a handler have caught?

    throw E(...)                  __cxa_throw(%e, @type of E, ...)
    catch (const E &e)            %is = icmp eq i32 %selector, llvm.eh.typeid.for(@type of E)
                                  br i1 %is, label %handler, label %next

Question     Which classes may the exception have that `__cxa_begin_catch` returns, and which that
             `__cxa_allocate_exception` makes?
Sources      The comparisons with types, and the clauses of landing pads, on all ways to the call;
             the type that is thrown.
Safe answer  any (None).
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from functools import cache
from typing import Final, TypeGuard, final

from enzcc.analysis.cfg import Shape
from enzcc.analysis.cxxabi import OWNED, THROW, TYPE, Casts
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Branch, CallBase, Compare, Instruction, LandingPad, Phi
from enzcc.ir.module import Module
from enzcc.ir.values import Global, Value
from enzcc.patterns import pattern

_TYPE_OF: Final = "llvm.eh.typeid.for"
_MOST_BLOCKS: Final = 64

POINTER: Final = "_ZTIP"
"""How the names of types of pointers begin."""

_CLAUSE: Final = pattern(r"catch ptr @(\S+)")


def thrown_type(call: CallBase) -> str | None:
    """The type of an exception that is allocated, None if that is not known."""
    return _name_of_all(handed_with(call, THROW, 1))


def thrown_destructor(call: CallBase) -> str | None:
    """The destructor of an exception that is allocated and that the copies destroy."""
    return _name_of_all(handed_with(call, OWNED, 1))


def _name_of_all(found: list[Value]) -> str | None:
    names = {value.name if isinstance(value, Global) else None for value in found}
    return names.pop() if len(names) == 1 else None


def handed_with(call: CallBase, name: str, position: int) -> list[Value]:
    """What functions of a name get as an argument together with the result of a call, as the first
    one. LLVM makes one call of several: then each comes out of a phi."""
    found: list[Value] = []
    work: list[Instruction] = [call]
    for value in work:
        for user in value.users:
            if isinstance(user, Phi) and user not in work:
                work.append(user)
            elif _is_handed(user, name, value):
                argument = user.arguments[position]
                if not isinstance(argument, Phi):
                    found.append(argument)
                    continue
                pairs = zip(argument.operands, argument.blocks, strict=True)
                found += [
                    one
                    for one, block in pairs
                    if not isinstance(value, Phi)
                    or value.block is not argument.block
                    or value.value_from(block) in work
                ]
    return found


def _is_handed(user: Value, name: str, first: Value) -> TypeGuard[CallBase]:
    return (
        isinstance(user, CallBase)
        and isinstance(user.callee, Global)
        and user.callee.name == name
        and user.arguments[0] is first
    )


@final
class Flow:
    """The control flow of functions in which no branch changes, found out once each."""

    def __init__(self) -> None:
        self.predecessors = cache(Function.predecessors)
        self.shape = cache(Shape)


def caught_types(call: CallBase, flow: Flow) -> frozenset[str] | None:
    """The types of which one is caught where the call begins a handler, None if it is any."""
    assert call.block is not None
    assert call.block.function is not None
    predecessors = flow.predecessors(call.block.function)
    found: set[str] = set()
    work, seen = [call.block], {call.block}
    while work:
        block = work.pop()
        pad = next((i for i in block.instructions if isinstance(i, LandingPad)), None)
        if pad is not None:
            clauses = [_CLAUSE.fullmatch(clause) for clause in pad.clauses]
            if "cleanup" in pad.clauses or not all(clauses):
                return None
            found.update(match[1].strip('"') for match in clauses if match is not None)
            continue
        if not predecessors[block] or len(seen) > _MOST_BLOCKS:
            return None
        for before in predecessors[block]:
            type = _tested_on_edge(before, block, flow)
            if type is not None:
                found.add(type)
            elif before not in seen:
                seen.add(before)
                work.append(before)
    return frozenset(found)


def _tested_on_edge(before: Block, block: Block, flow: Flow) -> str | None:
    """The type that has been found out where one block goes to another."""
    branch = before.instructions[-1]
    if not isinstance(branch, Branch) or len(branch.targets) != 2:
        return None
    test = branch.operands[0]
    if not isinstance(test, Compare) or test.predicate not in ("eq", "ne"):
        return None
    equal, other = branch.targets if test.predicate == "eq" else reversed(branch.targets)
    found = (_type_at(one, before, flow) for one in test.operands)
    types = [type for type in found if type is not None]
    return types[0] if len(types) == 1 and equal is block and other is not block else None


def _type_at(value: Value, block: Block, flow: Flow) -> str | None:
    """The type whose number a value is in a block: LLVM takes the number that a handler around it
    has found to be that of a type for the number of the type."""
    found = _type_of(value)
    for user in value.users if found is None and isinstance(value, Instruction) else ():
        if not isinstance(user, Compare) or user.predicate != "eq":
            continue
        type = next((type for type in map(_type_of, user.operands) if type is not None), None)
        for branch in user.users if type is not None else ():
            equal = branch.targets[0] if isinstance(branch, Branch) else None
            assert block.function is not None
            if equal is None or len(flow.predecessors(block.function)[equal]) != 1:
                continue
            if flow.shape(block.function).dominates(equal, block):
                return type
    return found


def _type_of(value: Value) -> str | None:
    """The type whose number a value is."""
    if (
        isinstance(value, CallBase)
        and isinstance(value.callee, Global)
        and value.callee.name.startswith(_TYPE_OF)
        and isinstance(value.arguments[0], Global)
    ):
        return value.arguments[0].name
    return None


def parts_caught(module: Module, thrown: str | None, caught: frozenset[str]) -> set[int] | None:
    """Where in an exception of one type the parts lie that a handler may be given: none if it does
    not catch it, None if that is not known."""
    if thrown is None:
        return None
    casts = Casts(module)
    found: set[int] = set()
    for type in caught:
        if type == thrown or (type.startswith(POINTER) and thrown.startswith(POINTER)):
            found.add(0)
        elif casts.is_known(thrown):
            for part, at in casts.parts(thrown):
                is_library = not casts.is_known(part) and not casts.is_known(type)
                if part == type or (is_library and not _is_number(type)):
                    if at is None:
                        return None
                    found.add(at)
        elif not casts.is_known(type) and not (_is_number(type) or _is_number(thrown)):
            found.add(0)
    return found


def _is_number(type: str) -> bool:
    return re.fullmatch(r"_ZTI[a-z]", type) is not None


def caught_pointers(call: CallBase, flow: Flow) -> frozenset[str]:
    """The types of pointers that a handler has caught, none if it may catch anything else: it gets
    the pointer itself, not where that lies."""
    types = caught_types(call, flow) or frozenset()
    return types if all(type.startswith(POINTER) for type in types) else frozenset()


def moves_pointers(module: Module, caught: frozenset[str]) -> bool:
    """May a pointer that is thrown lead to another part of an object than the one caught?"""
    casts = Casts(module)
    wanted = {_class_behind(type) for type in caught}
    return any(
        part in wanted and at != 0
        for type in module.symbols()
        if type.startswith(POINTER)
        for part, at in casts.parts(_class_behind(type))
    )


def _class_behind(type: str) -> str:
    return TYPE + type.removeprefix(POINTER).removeprefix("K")
