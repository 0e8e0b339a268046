"""Static variables of C++ whose destructors tell which whole blocks of the heap they hold.

    static std::vector<double> scratch;      __cxa_atexit(std::vector<double>::~vector, &scratch)
    thread_local Workspace work;             Workspace::~Workspace destroys its members

The address of such a variable goes everywhere, so its uses tell nothing (`memory.owners`). But
whatever these do, the first pointer in a vector with the allocator of the library is the address of
a whole block, or null, and the others lead to the end of its elements and to that of the block; an
Eigen matrix holds one block, as malloc gives it, unless Eigen aligns blocks itself. A hash table
of GNU's library, with its allocator and hash functions, starts with the address of its buckets: a
whole block to which nothing else leads, or the one bucket that lies in the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    Alloca,
    CallBase,
    GetElementPtr,
    Load,
    Store,
    constant_offset,
)
from enzcc.ir.module import Module
from enzcc.ir.names import quoted, unquoted
from enzcc.ir.values import Global, Value
from enzcc.patterns import pattern

_REGISTERED: Final = pattern(
    r"@__cxa(?:_thread)?_atexit\(ptr @(\"[^\"]+\"|[-\w.$]+), ptr @(\"[^\"]+\"|[-\w.$]+)[,)]"
)
_VECTOR: Final = pattern(
    r"_ZNSt(?:(?:8__cxx1998|9__cxx1998|7__cxx11)?6vectorI(?P<a>\w+?)SaI(?:S[\dA-Z]*_|(?P=a))EE"
    r"|3__16vectorI(?P<b>\w+?)NS_9allocatorI(?:S[\dA-Z]*_|(?P=b))EEE)D[12](?:B\w+)?Ev"
)
_ROWS: Final = pattern(
    r"_ZNSt6vectorIS_I(?P<a>[df])SaI(?P=a)EESaIS1_EED[12]Ev"
    r"|_ZNSt3__16vectorINS0_I(?P<b>[df])NS_9allocatorI(?P=b)EEEENS1_IS3_EEED[12](?:B\w+)?Ev"
)
_MATRIX: Final = pattern(r"_ZN5Eigen12DenseStorageI(?:[df]|St7complexI[df]E)Lin1E\w+ED[12]Ev")
_TABLE: Final = pattern(
    r"_ZNSt10_HashtableI\w+SaI(?:S[\dA-Z]*_|[a-z])ENSt8__detail(?:10_Select1st|9_Identity)E"
    r"St8equal_toI\w+ESt4hashI\w+E\w+ED[12]Ev"
)
_DESTRUCTOR: Final = pattern(r"_ZN\w+D[12](?:B\w+)?Ev")
_ALIGNS_ITSELF: Final = "handmade_aligned_malloc"
_OPERATORS: Final = ("_Znwm", "_Znwj", "_ZnwmSt11align_val_t")
_DEEPEST: Final = 16


@final
@dataclass(frozen=True)
class Holder:
    """A pointer in a variable to a whole block.

    others   how many pointers into the block follow it
    rows     the block's elements are such pointers with two others, which hold blocks themselves
    table    it is a hash table: the block holds its buckets, unless the one in the table is in use
    """

    offset: int
    others: int = 0
    rows: bool = False
    table: bool = False


@final
class Holders:
    """The variables of a module of which destructors tell what they hold."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._found: dict[str, tuple[Holder, ...]] = {}

    def of(self, name: str) -> tuple[Holder, ...]:
        """The pointers in a variable that are known to hold whole blocks."""
        if name not in self._found:
            destructor = self._destructors.get(quoted(name))
            held = [] if destructor is None else self._held(destructor, 0, _DEEPEST)
            self._found[name] = tuple(dict.fromkeys(held))
        return self._found[name]

    @cached_property
    def _destructors(self) -> dict[str, str]:
        """What destroys each variable, by its name as the text has it. None where the program has
        allocators of its own in the library's place: their blocks are no blocks of the heap."""
        text = self.module.text
        if "_atexit(ptr @" not in text or any(map(self.module.defines, _OPERATORS)):
            return {}
        return {one[2]: unquoted(one[1]) for one in _REGISTERED.finditer(text)}

    def _held(self, destructor: str, at: int, deepest: int) -> list[Holder]:
        """What an object holds that is destroyed so, and lies there."""
        if _ROWS.fullmatch(destructor):
            return [Holder(at, others=2, rows=True)]
        vector = _VECTOR.fullmatch(destructor)
        if vector is not None:
            return [Holder(at, others=2)] if "b" not in vector.groups() else []  # of bits
        if _MATRIX.fullmatch(destructor):
            return [] if _ALIGNS_ITSELF in self.module.text else [Holder(at)]
        if _TABLE.fullmatch(destructor):
            return [Holder(at, table=True)]
        found: list[Holder] = []
        if deepest and self.module.defines(destructor):
            for callee, offset in self._members(self.module.function(destructor)):
                found += self._held(callee, at + offset, deepest - 1)
        return found

    def _members(self, function: Function) -> list[tuple[str, int]]:
        """Which destructors a destructor calls for its own object's members, and where they lie."""
        found: list[tuple[str, int]] = []
        for inst in function.instructions():
            if not isinstance(inst, CallBase) or not isinstance(inst.callee, Global):
                continue
            if _DESTRUCTOR.fullmatch(inst.callee.name) and len(inst.arguments) == 1:
                offset = self._offset(function, inst.arguments[0])
                if offset is not None:
                    found.append((inst.callee.name, offset))
        return found

    def _offset(self, function: Function, pointer: Value) -> int | None:
        """How far behind the object, the first argument, a pointer leads, if that is known."""
        offset = 0
        while isinstance(pointer, GetElementPtr):
            by = constant_offset(self.module.layout, pointer)
            if by is None:
                return None
            offset += by
            pointer = pointer.base
        if isinstance(pointer, Load) and isinstance(pointer.pointer, Alloca):
            stored = [u.value for u in pointer.pointer.users if isinstance(u, Store)]
            pointer = stored[0] if len(stored) == 1 else pointer
        return offset if pointer is function.args[0] else None
