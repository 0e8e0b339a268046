"""What a comparison with a function, or with a table of virtual functions (as a cast to a class
that has no subclasses), says of the object that the address came from.

    %table = load ptr, ptr %object
    %entry = getelementptr i8, ptr %table, i64 16
    %function = load ptr, ptr %entry
    %is = icmp eq ptr %function, @leaf_eval     then %object is one whose table has
    br i1 %is, label %then, label %else         @leaf_eval at place 16

Question     Of which of the objects that a pointer may point to does a block speak?
Sources      The comparisons that dominate the block, or stand on all ways to a block with a phi of
             the object. A function that is handed the address of one to call, and its object, knows
             what all its callers know; so do phis of functions, or of tables that LLVM has
             forwarded, and phis of objects beside them.
Safe answer  all of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, final

from enzcc.analysis.cfg import Shape
from enzcc.analysis.congruence import constants
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Branch, CallBase, Compare, GetElementPtr, Load, Phi, Select, Store
from enzcc.ir.module import Module
from enzcc.ir.types import Layout, PointerType
from enzcc.ir.values import (
    Argument,
    ConstantExpression,
    ConstantInt,
    ConstantWord,
    Global,
    Value,
)

NUMBER = "#"
"""How numbers in tables begin, in the place of the name of a function."""

TABLE = "_ZTV"
"""How the names of tables of virtual functions begin."""

UNLISTED = '"enzcc-unlisted"'
"""The attribute of a call through a pointer to none of the functions that are known."""

PAIRED = "__enzcc_paired"
"""What derivatives call with an object and its shadow: what is known of one holds for both."""

_NOWHERE = 1 << 30
"""No way was cut off."""

_LONGEST = 2
"""Loads between an object and the function: its table, and the entry of that."""

_Symbol: TypeAlias = Global | ConstantExpression

Path: TypeAlias = tuple[int, ...]

_Origin: TypeAlias = tuple[Value, tuple[Path, ...]]
"""An object, and how it leads to something."""

_Named: TypeAlias = tuple[str, int]
"""A function, or a place in a table."""

_Comparison: TypeAlias = tuple[Value, _Named, Block, Block, Block]


@final
@dataclass(frozen=True)
class Test:
    """The loads at the offsets of one of the `paths`, the first of them in the object, end at
    `function`, or at a number, or at the type of the object, as they lie in tables; or so many
    bytes (`at`) behind the start of the table of that name. `beside`: what else the table leads to
    that the first load has found, at that time: the loads of these paths begin in it."""

    paths: tuple[Path, ...]
    function: str
    is_of_layout: bool = False
    """Does it tell where in an object its parts lie? Then nothing is known of where they lie in
    objects of which it is not known whether they pass."""
    at: int = 0
    beside: frozenset[Test] = frozenset()


@final
@dataclass(frozen=True)
class Holds:
    """Data of some kind (None: of any) is read in the object, in `size` bytes from an offset on."""

    offset: int
    size: int
    kind: str | None


def is_unlisted(module: Module, call: CallBase) -> bool:
    """Is it the call that a dispatcher makes where no known function is meant?"""
    return is_marked(module, call, UNLISTED)


def is_marked(module: Module, call: CallBase, attribute: str) -> bool:
    """Has a call through a pointer an attribute of ours?"""
    if isinstance(call.callee, Global):
        return False
    groups = (word.rstrip(",") for word in call.tail.split() if word.startswith("#"))
    return attribute in call.tail or any(attribute in module.attribute_group(g) for g in groups)


@final
class Tested:
    """What the comparisons in some functions say; the first function is called from elsewhere."""

    def __init__(self, functions: Mapping[str, Function], layout: Layout) -> None:
        self._layout = layout
        self._functions = functions
        self._calls: dict[str, list[CallBase]] = {}
        self._stored: dict[tuple[Value, str], dict[int, None]] = {}
        self._looking: dict[Phi, int] = {}
        self._cut = _NOWHERE
        self._found_beside: dict[Phi, list[_Origin]] = {}
        self._found_for_now: dict[Phi, list[_Origin]] = {}
        self._ruled_out: dict[Function, dict[Value, list[tuple[str, Block]]]] = {}
        self._shapes: dict[Function, Shape] = {}
        self._root = next(iter(functions.values()))
        self._at: dict[Block, dict[Value, frozenset[Test]]] = {}
        self._owners = {a: f for f in functions.values() for a in f.args}
        found = {f: t for f in functions.values() if (t := list(self._comparisons(f)))}
        if found:
            for function in functions.values():
                for inst in function.instructions():
                    if isinstance(inst, CallBase) and isinstance(inst.callee, Global):
                        self._calls.setdefault(inst.callee.name, []).append(inst)
                    elif isinstance(inst, Store) and isinstance(inst.value, _Symbol):
                        base, offset = self.base(inst.pointer)
                        stored = self._stored.setdefault((base, inst.value.ref()), {})
                        stored[offset] = None
        for function, tests in found.items():
            self._read(Shape(function), tests)
        self._pair()

    @property
    def objects(self) -> frozenset[Value]:
        """The values of which something is known somewhere."""
        return frozenset(origin for known in self._at.values() for origin in known)

    def _pair(self) -> None:
        """What is known of an object holds for its shadow, and for the shadow of that."""
        pairs = [
            (self.base(call.arguments[0]), self.base(call.arguments[1]))
            for call in self._calls.get(PAIRED, ())
        ]
        for known in self._at.values() if pairs else ():
            changed = True
            while changed:
                changed = False
                for (one, at), (shadow, behind) in pairs:
                    told = frozenset(
                        replace(test, paths=_moved(test.paths, at - behind))
                        for test in known.get(one, ())
                    )
                    before = known.get(shadow, frozenset())
                    if not told <= before:
                        known[shadow] = before | told
                        changed = True

    def at(self, block: Block | None) -> Mapping[Value, frozenset[Test]]:
        """What is known in a block of the objects that these values point to."""
        return self._at.get(block, {}) if block is not None else {}

    def left(self, call: CallBase) -> tuple[list[tuple[Value, tuple[Path, ...]]], set[str]]:
        """The objects that the function has come from which a call through a pointer means, and
        how they lead to it; and the functions that it is not, as comparisons have told."""
        assert call.block is not None
        assert call.block.function is not None
        function = call.block.function
        ruled_out = self._ruled_out.get(function)
        if ruled_out is None:
            shape = self._shapes[function] = Shape(function)
            predecessors = function.predecessors()
            ruled_out = self._ruled_out[function] = {}
            for value, (name, _), _, _, other in self._comparisons(function):
                if len(predecessors[other]) == 1 and other in shape.index:
                    ruled_out.setdefault(value, []).append((name, other))
        shape = self._shapes[function]
        others = {
            name
            for name, other in ruled_out.get(call.callee, ())
            if shape.dominates(other, call.block)
        }
        return list(self._origins(call.callee)), others

    def base(self, pointer: Value) -> tuple[Value, int]:
        """A pointer without its constant steps, and their sum."""
        offset = 0
        while isinstance(pointer, GetElementPtr) and len(pointer.indices) == 1:
            chosen = constants(pointer.indices[0])
            if len(chosen) != 1:
                break
            offset += chosen[0] * self._layout.size(pointer.source)
            pointer = pointer.base
        return pointer, offset

    def _read(self, shape: Shape, comparisons: Iterable[_Comparison]) -> None:
        predecessors = shape.function.predecessors()
        edges: dict[Block, list[tuple[Block, _Named, list[_Origin]]]] = {}
        for value, name, block, target, _ in comparisons:
            if block not in shape.index:
                continue
            origins = list(self._origins(value))
            if len(predecessors[target]) == 1:
                self._learn(shape, target, name, origins)
            elif origins:
                edges.setdefault(target, []).append((block, name, origins))
        for target, into in edges.items():
            for phi in _phis(target):
                for name, paths in self._agreed(phi, into).items():
                    self._learn(shape, target, name, [(phi, paths)])

    def _learn(self, shape: Shape, block: Block, name: _Named, origins: list[_Origin]) -> None:
        """The objects lead to a function in all blocks that another one dominates."""
        function, at = name
        for inside in shape.dominated(block) if origins else ():
            known = self._at.setdefault(inside, {})
            for origin, paths in origins:
                known[origin] = known.get(origin, frozenset()) | {Test(paths, function, at=at)}

    def _agreed(
        self, phi: Phi, into: list[tuple[Block, _Named, list[_Origin]]]
    ) -> dict[_Named, tuple[Path, ...]]:
        """The functions that an object leads to whichever way it has come from, and how."""
        ways: dict[_Named, list[tuple[Path, ...]]] = {}
        count = 0
        for value, source in phi.incoming():
            if _is_null(value):
                continue
            count += 1
            base, at = self.base(value)
            here: dict[_Named, tuple[Path, ...]] = {}
            for test in self._at.get(source, {}).get(base, ()):
                here[test.function, test.at] = _moved(test.paths, at)
            for block, name, origins in into:
                for origin, paths in origins:
                    if block is source and origin is base:
                        here[name] = _moved(paths, at)
            for name, paths in here.items():
                ways.setdefault(name, []).append(paths)
        return {
            name: tuple(dict.fromkeys(path for paths in found for path in paths))
            for name, found in ways.items()
            if len(found) == count
        }

    def _origins(self, value: Value) -> Iterator[_Origin]:
        """Objects from which a function's address may have come, and by which loads."""
        path: Path = ()
        while isinstance(value, Load) and len(path) < _LONGEST:
            value, offset = self.base(value.pointer)
            path = (offset, *path)
            yield value, (path,)
        if isinstance(value, Argument) and not path:
            yield from self._handed(value)
        if isinstance(value, Phi):
            for origin, paths in self._beside(value):
                longer = tuple((*start, *path) for start in paths)
                if all(len(one) <= _LONGEST for one in longer):
                    yield origin, longer

    def _beside(self, chosen: Phi) -> list[_Origin]:
        """Objects that are chosen by the same branches as a function or a table, and how each of
        them leads to it. Where phis depend on each other, the way back to one is no way; what is
        found so, a part of the truth, is kept until the first question is answered."""
        if chosen in self._found_beside:
            return self._found_beside[chosen]
        if chosen in self._looking:
            self._cut = min(self._cut, self._looking[chosen])
            return []
        if chosen in self._found_for_now:
            self._cut = 0
            return self._found_for_now[chosen]
        depth = self._looking[chosen] = len(self._looking)
        before, self._cut = self._cut, _NOWHERE
        found = list(self._find_beside(chosen))
        del self._looking[chosen]
        if self._cut >= depth:
            self._found_beside[chosen] = found
            self._cut = before
        else:
            self._found_for_now[chosen] = found
            self._cut = min(before, self._cut)
        if depth == 0:
            self._found_for_now.clear()
        return found

    def _find_beside(self, chosen: Phi) -> Iterator[_Origin]:
        assert chosen.block is not None
        for other in _phis(chosen.block):
            found: dict[Path, None] | None = {}
            for value, source in chosen.incoming():
                held_by = other.value_from(source)
                if (value is chosen and held_by is other) or _is_null(value) or _is_null(held_by):
                    continue
                here = self._ways(value, held_by)
                found = None if found is None or not here else found | here
                if found is None:
                    break
            if found and other is not chosen:
                yield other, tuple(found)

    def _ways(self, value: Value, pointer: Value) -> dict[Path, None]:
        """How an object leads to a function or a table: it is read from there, or stored there."""
        base, at = self.base(pointer)
        if isinstance(value, _Symbol):
            stored = self._stored.get((base, value.ref()), {})
            return {(offset - at,): None for offset in stored}
        found: dict[Path, None] = {}
        for origin, paths in self._origins(value):
            if origin is base:
                found |= dict.fromkeys(_moved(paths, at))
        return found or self._forwarded(value, pointer)

    def _forwarded(self, value: Value, pointer: Value) -> dict[Path, None]:
        """How an object leads to one of several that LLVM has forwarded from what was stored in it:
        each of them was stored there."""
        choices = chosen_among(value) if isinstance(value, Phi | Select) else ()
        ways = [
            self._ways(one, pointer)
            for one in choices
            if not isinstance(one, Phi | Select) and not _is_null(one)
        ]
        return {path: None for way in ways for path in way} if all(ways) else {}

    def _handed(self, argument: Argument) -> Iterator[_Origin]:
        """The same for an address that callers hand over together with its object: by one of the
        ways that any of them takes."""
        function = self._owners.get(argument)
        calls = self._calls.get(function.name, []) if function is not None else []
        if function is None or function is self._root or not calls:
            return
        ways: dict[int, dict[Path, None]] = {argument.index: {} for argument in function.args}
        for call in calls:
            value = call.arguments[argument.index]
            for index, given in enumerate(call.arguments):
                here = {} if isinstance(value, Argument) else self._ways(value, given)
                if not here:
                    ways.pop(index, None)
                elif index in ways:
                    ways[index] |= here
        for index, paths in ways.items():
            yield function.args[index], tuple(paths)

    def _comparisons(self, function: Function) -> Iterator[_Comparison]:
        """Values that are compared with functions or tables, and from which blocks to which the way
        leads if they are equal, and if they are not."""
        for block in function.blocks:
            branch = block.instructions[-1] if block.instructions else None
            if not isinstance(branch, Branch) or len(branch.targets) != 2:
                continue
            test = branch.operands[0]
            if not isinstance(test, Compare) or test.predicate not in ("eq", "ne"):
                continue
            then, other = branch.targets
            a, b = test.operands
            value, symbol = (a, b) if isinstance(b, _Symbol) else (b, a)
            name = self._named(symbol)
            if name is not None and then is not other:
                equal, unequal = (then, other) if test.predicate == "eq" else (other, then)
                yield value, name, block, equal, unequal

    def _named(self, symbol: Value) -> _Named | None:
        """A function, or the place in a table of virtual functions that objects lead to."""
        match symbol:
            case Global(kind="function"):
                return symbol.name, 0
            case ConstantExpression(
                opcode="getelementptr", operands=(Global() as table, ConstantInt() as index)
            ) if symbol.source is not None and table.name.startswith(TABLE):
                return table.name, index.value * self._layout.size(symbol.source)
        return None


def _moved(paths: tuple[Path, ...], by: int) -> tuple[Path, ...]:
    """The same from so many bytes further on."""
    return tuple((path[0] - by, *path[1:]) for path in paths)


def chosen_among(value: Value) -> list[Value]:
    """What a value is one of: what phis and selects choose among."""
    found: dict[Value, None] = {value: None}
    work = [value]
    while work:
        match work.pop():
            case Phi() as choice:
                operands = choice.operands
            case Select() as choice:
                operands = choice.operands[1:]
            case _:
                continue
        work += [one for one in operands if one not in found]
        found |= dict.fromkeys(operands)
    return list(found)


def _phis(block: Block) -> list[Phi]:
    """The phis of pointers in a block."""
    found = itertools.takewhile(lambda inst: isinstance(inst, Phi), block.instructions)
    return [inst for inst in found if isinstance(inst, Phi) and isinstance(inst.type, PointerType)]


def _is_null(value: Value) -> bool:
    """Does a pointer lead nowhere: null, or undefined?"""
    return isinstance(value, ConstantWord)
