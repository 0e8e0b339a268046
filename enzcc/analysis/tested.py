"""What a comparison with a function says of the object that the function's address came from.

    %table = load ptr, ptr %object
    %entry = getelementptr i8, ptr %table, i64 16
    %function = load ptr, ptr %entry
    %is = icmp eq ptr %function, @leaf_eval     then %object is one whose table has
    br i1 %is, label %then, label %else         @leaf_eval at place 16

Question     Of which of the objects that a pointer may point to does a block speak?
Sources      The comparisons that dominate the block. A function that is handed the address of one
             to call, and its object, knows what all its callers know.
Safe answer  all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, final

from enzcc.analysis.cfg import Shape
from enzcc.analysis.congruence import constants
from enzcc.analysis.cxxabi import TYPE
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Branch, CallBase, Compare, GetElementPtr, Load
from enzcc.ir.types import Layout
from enzcc.ir.values import Argument, Global, Value

NUMBER = "#"
"""How numbers in tables begin, in the place of the name of a function."""

_LONGEST = 2
"""Loads between an object and the function: its table, and the entry of that."""

Path: TypeAlias = tuple[int, ...]


@final
@dataclass(frozen=True)
class Test:
    """The loads at the offsets `path`, the first of them in the object, end at `function`, or at a
    number, or at the type of the object, as they lie in tables."""

    path: Path
    function: str

    @property
    def is_of_layout(self) -> bool:
        """Does it tell where in an object its parts lie? Then nothing is known of where they lie in
        objects of which it is not known whether they pass."""
        return self.function.startswith((NUMBER, TYPE))


@final
class Tested:
    """What the comparisons in some functions say; the first function is called from elsewhere."""

    def __init__(self, functions: Mapping[str, Function], layout: Layout) -> None:
        self._layout = layout
        self._functions = functions
        self._calls: dict[str, list[CallBase]] = {}
        self._root = next(iter(functions.values()))
        self._at: dict[Block, dict[Value, frozenset[Test]]] = {}
        found = {f: tests for f in functions.values() if (tests := list(_comparisons(f)))}
        if found:
            for function in functions.values():
                for inst in function.instructions():
                    if isinstance(inst, CallBase) and isinstance(inst.callee, Global):
                        self._calls.setdefault(inst.callee.name, []).append(inst)
        for function, tests in found.items():
            self._read(Shape(function), tests)

    def at(self, block: Block | None) -> Mapping[Value, frozenset[Test]]:
        """What is known in a block of the objects that these values point to."""
        return self._at.get(block, {}) if block is not None else {}

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

    def _read(self, shape: Shape, comparisons: Iterable[tuple[Value, str, Block]]) -> None:
        for value, function, block in comparisons:
            if block not in shape.index:
                continue
            origins = list(self._origins(value, shape.function))
            for inside in shape.order if origins else ():
                if shape.dominates(block, inside):
                    known = self._at.setdefault(inside, {})
                    for origin, path in origins:
                        tests = known.get(origin, frozenset())
                        known[origin] = tests | {Test(path, function)}

    def _origins(self, value: Value, function: Function) -> Iterator[tuple[Value, Path]]:
        """Objects from which a function's address may have come, and by which loads."""
        if isinstance(value, Argument):
            yield from self._handed(value, function)
            return
        path: Path = ()
        while isinstance(value, Load) and len(path) < _LONGEST:
            value, offset = self.base(value.pointer)
            path = (offset, *path)
            yield value, path

    def _handed(self, argument: Argument, function: Function) -> Iterator[tuple[Value, Path]]:
        """The same for an address that callers hand over: what they agree on."""
        calls = self._calls.get(function.name, [])
        if function is self._root or not calls:
            return
        agreed: dict[tuple[int, Path], None] | None = None
        for call in calls:
            given = [self.base(a) for a in call.arguments]
            value = call.arguments[argument.index]
            origins = () if isinstance(value, Argument) else self._origins(value, function)
            here = {
                (index, (path[0] - offset, *path[1:])): None
                for origin, path in origins
                for index, (base, offset) in enumerate(given)
                if base is origin
            }
            agreed = here if agreed is None else {k: None for k in agreed if k in here}
        for index, path in agreed or {}:
            yield function.args[index], path


def _comparisons(function: Function) -> Iterator[tuple[Value, str, Block]]:
    """Values that are compared with functions, and the blocks that are run if they are equal."""
    predecessors: dict[Block, list[Block]] | None = None
    for block in function.blocks:
        branch = block.instructions[-1] if block.instructions else None
        if not isinstance(branch, Branch) or len(branch.targets) != 2:
            continue
        test = branch.operands[0]
        if not isinstance(test, Compare) or test.predicate not in ("eq", "ne"):
            continue
        then, other = branch.targets
        equal = then if test.predicate == "eq" else other
        a, b = test.operands
        value, symbol = (a, b) if isinstance(b, Global) else (b, a)
        if not isinstance(symbol, Global) or symbol.kind != "function" or then is other:
            continue
        predecessors = predecessors or function.predecessors()
        if len(predecessors[equal]) == 1:
            yield value, symbol.name, equal
