"""What all callers of a copy hand over as one and the same constant is that constant in it.

    s.length = 2; apply(&s, m);                 void apply(s, m) {
    s.length = 2; apply(&s, n);                   if (2 >= 48) ... blocks ...    // was s->length

Libraries of templates have kernels for large problems behind tests of sizes that are known where
they are called from. LLVM knows them there only if it inlines, and functions are too large for that
because of such kernels. These are not only differentiated in vain: their steps are larger than the
arrays in a small object, so that nothing seems to be apart in it.

Looked for are numbers that decide something: parameters, and what is read behind parameters before
anything may have been written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, final

from enzcc.ad.copies.byvalue import may_write
from enzcc.ad.names import SUFFIX
from enzcc.analysis.cfg import Shape
from enzcc.ir import types as ty
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Alloca,
    CallBase,
    Cast,
    Compare,
    GetElementPtr,
    Instruction,
    Load,
    Store,
    Switch,
    constant_offset,
    root_of,
)
from enzcc.ir.lines import definitions, name_in
from enzcc.ir.module import Module
from enzcc.ir.names import quoted
from enzcc.ir.types import Type
from enzcc.ir.values import Argument, ConstantInt, Global, Value
from enzcc.patterns import pattern

MOST_LOOKED_AT: Final = 400
"""Instructions in front of a call among which the store of a constant is looked for."""

_CALLED: Final = pattern(r'@("(?:[^"\\]|\\.)*\.\.enzcc"|[-a-zA-Z$._0-9]+\.\.enzcc)(?=\()')


def with_agreed(text: str, roots: Iterable[str]) -> tuple[str, list[str]]:
    """The module in which copies have the constants that all their callers agree on, and the names
    of those that changed, of which LLVM can make less.

    roots   copies that others call than copies
    """
    roots = frozenset(roots)
    called = {name.strip('"') for name in _CALLED.findall(text)} - roots
    if not called:
        return text, []
    agreed = _Agreed(text, roots)
    changed = [name for name in agreed.names if name in called and agreed.put_into(name)]
    return (agreed.module.print(), changed) if changed else (text, [])


def without_uncalled(text: str, roots: Iterable[str]) -> str:
    """The module without copies that no root leads to any more."""
    places = {name_in(text, start): (start, end) for start, end in definitions(text)}
    copies = {name: place for name, place in places.items() if name.endswith(SUFFIX)}
    work, reached = [name for name in roots if name in copies], dict[str, None]()
    while work:
        name = work.pop()
        if name not in reached:
            reached[name] = None
            start, end = copies[name]
            mentioned = (found.strip('"') for found in _CALLED.findall(text[start:end]))
            work += [other for other in mentioned if other in copies]
    out, done = list[str](), 0
    for name, (start, end) in copies.items():
        if name not in reached:
            out.append(text[done:start])
            done = end
    return "".join([*out, text[done:]])


@final
class _Agreed:
    """The copies of a module, and what their callers hand over."""

    def __init__(self, text: str, roots: frozenset[str]) -> None:
        self.module = Module.parse(text)
        self._roots = roots
        self._mentions: dict[str, list[str]] = {}
        self._known: dict[tuple[str, int, int, Type], ConstantInt | None] = {}
        self._callers: dict[str, list[tuple[Function, CallBase]]] = {}
        self.names: list[str] = []
        for start, end in definitions(text):
            name = name_in(text, start)
            if name.endswith(SUFFIX):
                self.names.append(name)
                body = text[text.find("\n", start) : end]
                for callee in dict.fromkeys(_CALLED.findall(body)):
                    self._mentions.setdefault(callee.strip('"'), []).append(name)
        self._text = text

    def put_into(self, name: str) -> bool:
        """Puts the constants into a copy; True if it has any now."""
        function = self.module.function(name)
        changed = False
        for arg in function.args:
            if isinstance(arg.type, ty.IntType) and any(map(_decides, arg.users)):
                constant = self._handed(function, arg, None, arg.type)
                if constant is not None:
                    arg.replace_with(constant)
                    changed = True
        for load, arg, offset in _read_first(self.module, function):
            constant = self._handed(function, arg, offset, load.type)
            if constant is not None:
                load.replace_with(constant)
                changed = True
        if changed:
            function.name_everything()
        return changed

    def _handed(
        self, function: Function, arg: Argument, offset: int | None, kind: Type
    ) -> ConstantInt | None:
        """The constant that all callers hand over; offset: so far behind a pointer."""
        key = function.name, arg.index, -1 if offset is None else offset, kind
        if key not in self._known:
            self._known[key] = None  # who calls itself hands on what it has got: not looked at
            found: ConstantInt | None = None
            for caller, call in self._calls(function):
                given = call.arguments[arg.index]
                if offset is None:
                    one = given if isinstance(given, ConstantInt) else None
                else:
                    one = self._stored(caller, call, given, offset, kind)
                if one is None or (found is not None and one.value != found.value):
                    return None
                found = one
            self._known[key] = found
        return self._known[key]

    def _calls(self, function: Function) -> list[tuple[Function, CallBase]]:
        """All calls of a copy; none if others may call it, or it is used otherwise."""
        if function.name in self._roots:
            return []
        if function.name not in self._callers:
            self._callers[function.name] = self._find_calls(function)
        return self._callers[function.name]

    def _find_calls(self, function: Function) -> list[tuple[Function, CallBase]]:
        spelled = "@" + quoted(function.name)
        found = [
            (caller, inst)
            for caller in map(self.module.function, self._mentions.get(function.name, ()))
            for inst in caller.instructions()
            if isinstance(inst, CallBase)
            and isinstance(inst.callee, Global)
            and inst.callee.name == function.name
            and len(inst.arguments) == len(function.args)
        ]
        return found if len(found) + 1 == self._text.count(spelled) else []

    def _stored(
        self, caller: Function, call: CallBase, pointer: Value, offset: int, kind: Type
    ) -> ConstantInt | None:
        """The constant that lies there when a function is called."""
        root, at = _address(self.module, pointer)
        if at is None:
            return None
        start, size = at + offset, self.module.layout.store_size(kind)
        for inst in _before(caller, call):
            if inst is None:
                if isinstance(root, Argument):
                    return self._handed(caller, root, start, kind)
                return None
            if isinstance(inst, Store):
                other, there = _address(self.module, inst.pointer)
                length = self.module.layout.store_size(inst.value.type)
                if other is root and there == start and inst.value.type is kind:
                    return inst.value if isinstance(inst.value, ConstantInt) else None
                if other is root and there is not None:
                    if there + length <= start or start + size <= there:
                        continue
                elif _are_distinct(root, other):
                    continue
                return None
            if may_write(inst) or _writes_to(inst, root):
                return None
        return None


def _decides(user: Instruction) -> bool:
    """Is a number compared?"""
    return isinstance(user, (Compare, Switch)) or (
        isinstance(user, Cast) and user.opcode == "trunc" and user.type is ty.I1
    )


def _read_first(module: Module, function: Function) -> list[tuple[Load, Argument, int]]:
    """Integers that decide, and that are read behind parameters before anything there may have
    been written."""
    found: list[tuple[Load, Argument, int]] = []
    before = function.predecessors()
    untouched: dict[Block, bool] = {}
    for block in Shape(function).order:
        if not all(untouched.get(other, False) for other in before[block]):
            continue
        for inst in block.instructions:
            if may_write(inst):
                break
            if (
                isinstance(inst, Load)
                and isinstance(inst.type, ty.IntType)
                and not inst.flags
                and any(map(_decides, inst.users))
            ):
                root, offset = _address(module, inst.pointer)
                if isinstance(root, Argument) and offset is not None:
                    found.append((inst, root, offset))
        else:
            untouched[block] = True
    return found


def _address(module: Module, pointer: Value) -> tuple[Value, int | None]:
    """What an address is calculated from, and how far behind it lies, if that is known."""
    offset: int | None = 0
    while isinstance(pointer, GetElementPtr):
        step = constant_offset(module.layout, pointer)
        offset = None if step is None or offset is None else offset + step
        pointer = pointer.base
    return pointer, offset


def _before(function: Function, inst: Instruction) -> Iterator[Instruction | None]:
    """What runs before an instruction, last first, as far as there is one way only; then None where
    that is the start of the function."""
    predecessors = function.predecessors()
    block = inst.block
    assert block is not None
    place = block.place_of(inst)
    left, met = MOST_LOOKED_AT, {block}
    while True:
        for earlier in reversed(block.instructions[:place]):
            left -= 1
            if not left:
                return
            yield earlier
        if block is function.entry:
            yield None
            return
        if len(predecessors[block]) != 1 or predecessors[block][0] in met:
            return
        block = predecessors[block][0]
        met.add(block)
        place = len(block.instructions)


def _are_distinct(a: Value, b: Value) -> bool:
    """Are these different objects? A function's own variables are nobody else's."""
    own = (isinstance(a, Alloca), isinstance(b, Alloca))
    named = (*own, isinstance(a, Argument), isinstance(b, Argument))
    return a is not b and any(own) and sum(named) == 2


def _writes_to(inst: Instruction, root: Value) -> bool:
    """May an instruction that changes variables of the function's own change this one?"""
    if not isinstance(root, Alloca):
        return False
    return isinstance(inst, CallBase) and any(
        ty.is_pointer(one.type) and not _are_distinct(root, root_of(one)) for one in inst.arguments
    )
