"""Which functions a virtual call may mean: those at its place in some table of virtual functions.

    %table = load ptr, ptr %object, !tbaa "vtable pointer"
    %entry = getelementptr i8, ptr %table, i64 16
    %function = load ptr, ptr %entry                         the functions at place 2 of any table
    call void %function(ptr %object)

Where LLVM has forwarded what was stored in the object, the table is one of a few, and so is the
function.

Without this, the destructor of one class could be taken for any function of another that takes
one pointer, and objects that have nothing to do with each other would look like one.
"""

from __future__ import annotations

from typing import Final, TypeAlias, final

from enzcc.analysis.cxxabi import VTABLE
from enzcc.analysis.tbaa import access_name, accessed_class
from enzcc.analysis.tested import chosen_among
from enzcc.ir import types as ty
from enzcc.ir.instructions import CallBase, GetElementPtr, Load, Phi, Select, constant_offset
from enzcc.ir.module import Module
from enzcc.ir.values import (
    Constant,
    ConstantAggregate,
    ConstantExpression,
    Global,
    Value,
    is_undefined,
)
from enzcc.patterns import pattern
from enzcc.rules.cxx import is_exception

_WHAT = 2
"""The place of `what()` in the tables of exceptions, behind two destructors."""

PREFIXES: Final = ("_ZTV", "_ZTC")
_TYPE = pattern(r", !type (!\d+)")
_ENTRY = pattern(r'!\{i64 (\d+), !"([^"]*)"\}')
_OF_LIBRARY: Final = pattern(r"_ZTS(?:N?S[a-z]|N10__cxxabiv1|N9__gnu_cxx)")
"""How the names of the library's classes begin, as type information has them."""


_Places: TypeAlias = dict[int, set[str]]


@final
class _Table:
    """The functions of one table, by their places in it and in the classes whose place it takes."""

    def __init__(self, module: Module, symbol: Global, initial: ConstantAggregate) -> None:
        self.words = [e for part in initial.elements for e in getattr(part, "elements", ())]
        self.entries = [e.name for e in self.words if isinstance(e, Global) and _is_function(e)]
        self.at: _Places = {}
        self.in_class: dict[str, _Places] = {}
        self._read(initial)
        self._read_classes(module, symbol)

    def _read(self, table: ConstantAggregate) -> None:
        for part in table.elements:
            if not isinstance(part, ConstantAggregate):
                continue
            place: int | None = None
            for element in part.elements:
                if isinstance(element, Global) and element.name.startswith("_ZTI"):
                    place = 0
                    continue
                if place is None and _is_function(element):
                    place = 0
                if place is not None:
                    if isinstance(element, Global) and _is_function(element):
                        self.at.setdefault(place, set()).add(element.name)
                    place += 1

    def _read_classes(self, module: Module, table: Global) -> None:
        """Which classes' places the parts of a table take."""
        size = module.layout.size(ty.PTR)
        for tag in _TYPE.findall(table.line):
            found = _ENTRY.match(module.metadata_text(tag))
            if found is None:
                continue
            at = int(found[1]) // size
            places = self.in_class.setdefault(found[2], {})
            for place, entry in enumerate(self.words[at:]):
                if isinstance(entry, Global) and _is_function(entry):
                    places.setdefault(place, set()).add(entry.name)


@final
class Tables:
    """The tables of virtual functions of one module.

    live    those of objects that may be met; None: all
    """

    def __init__(self, module: Module, live: frozenset[str] | None = None) -> None:
        self.module, self._alive = module, live
        self._places: dict[Load, tuple[int, str | None] | None] = {}
        self._forwarded: dict[Load, tuple[str, ...] | None] = {}
        self._tables: dict[str, _Table] = {}
        self._meant: dict[tuple[int, str | None, bool], set[str]] = {}
        for name in module.symbols():
            if name.startswith(PREFIXES):
                initial = module.initializer(name)
                if isinstance(initial, ConstantAggregate):
                    self._tables[name] = _Table(module, module.symbol(name), initial)

    def entries(self, table: str) -> list[str]:
        """All functions in a table."""
        found = self._tables.get(table)
        return [] if found is None else found.entries

    def functions_in(self, table: str, place: int, of_class: str | None) -> set[str]:
        """What a table has at a place, or where it takes the place of one of that class."""
        found = self._tables.get(table)
        if found is None:
            return set()
        places = found.at if of_class is None else found.in_class.get(of_class, {})
        return places.get(place, set())

    def _functions(self, place: int, of_class: str | None, *, dead: bool) -> set[str]:
        """What tables have there, those of objects that are not met, too, if `dead`."""
        key = place, of_class, dead
        if key not in self._meant:
            self._meant[key] = {
                name
                for table in self._tables
                if dead or self._alive is None or table in self._alive
                for name in self.functions_in(table, place, of_class)
            }
        return self._meant[key]

    def may_mean(self, call: CallBase, function: Global) -> bool:
        """May a call through a pointer mean that function, as far as the tables tell?"""
        forwarded, found = self.forwarded(call), self.place(call)
        if forwarded is not None:
            return function.name in forwarded
        return found is None or function.name in self._functions(*found, dead=False)

    def lacks_objects(self, call: CallBase) -> bool:
        """Is it a virtual call, but no object is met that has a function for it? (If it is known
        which are met: else only where functions are known that others have. The library's functions
        hand out objects of its own classes, of which nothing is known.)"""
        found = self.place(call)
        if found is None or self._functions(*found, dead=False):
            return False
        if self._functions(*found, dead=True):
            return True
        is_of_program = found[1] is not None and _OF_LIBRARY.match(found[1]) is None
        return is_of_program and self._alive is not None

    def is_of_own_class(self, call: CallBase) -> bool:
        """Is it a call through a class that no other module knows?"""
        found = self.place(call)
        return found is not None and found[1] is not None and found[1].isdecimal()

    def asks_exception(self, call: CallBase) -> bool:
        """Is it a call of `what()`, through a class of the library's exceptions?"""
        place, of_class = self.place(call) or (0, None)
        return place == _WHAT and of_class is not None and is_exception(of_class)

    def place(self, call: CallBase) -> tuple[int, str | None] | None:
        """Where in the table of its object a virtual call looks, and the class of that object or a
        base of it, if it is known; None for other calls."""
        callee = call.callee
        if not isinstance(callee, Load):
            return None
        if callee not in self._places:
            self._places[callee] = self._find_place(callee)
        return self._places[callee]

    def forwarded(self, call: CallBase) -> tuple[str, ...] | None:
        """The functions that a call means whose table is one of a few that are known by name."""
        callee = call.callee
        if not isinstance(callee, Load):
            return None
        if callee not in self._forwarded:
            self._forwarded[callee] = self._find_forwarded(callee)
        return self._forwarded[callee]

    def _find_forwarded(self, callee: Load) -> tuple[str, ...] | None:
        found: dict[str, None] = {}
        table, offset = self._entry(callee)
        for one in chosen_among(table):
            if isinstance(one, Phi | Select) or is_undefined(one):
                continue
            entry = self._word(one, offset)
            if entry is None:
                return None
            found[entry.name] = None
        return tuple(sorted(found)) or None

    def _word(self, table: Value, offset: int) -> Global | None:
        """The function so many bytes behind an address in a table."""
        if isinstance(table, ConstantExpression) and table.opcode == "getelementptr":
            step = constant_offset(self.module.layout, table)
            if step is None:
                return None
            table, offset = table.operands[0], offset + step
        known = self._tables.get(table.name) if isinstance(table, Global) else None
        at, within = divmod(offset, self.module.layout.size(ty.PTR))
        if known is None or within or not 0 <= at < len(known.words):
            return None
        word = known.words[at]
        return word if isinstance(word, Global) and _is_function(word) else None

    def _find_place(self, callee: Load) -> tuple[int, str | None] | None:
        pointer, offset = self._entry(callee)
        if not isinstance(pointer, Load) or access_name(self.module, pointer) != VTABLE:
            return None
        return offset // self.module.layout.size(ty.PTR), accessed_class(self.module, pointer)

    def _entry(self, callee: Load) -> tuple[Value, int]:
        """The table that a function is loaded from, and how many bytes behind its address."""
        pointer = callee.pointer
        if isinstance(pointer, GetElementPtr):
            offset = constant_offset(self.module.layout, pointer)
            if offset is not None:
                return pointer.base, offset
        return pointer, 0


def _is_function(value: Constant) -> bool:
    return isinstance(value, Global) and value.kind == "function"
