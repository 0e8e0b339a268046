"""Which functions a virtual call may mean: those at its place in some table of virtual functions.

    %table = load ptr, ptr %object, !tbaa "vtable pointer"
    %entry = getelementptr i8, ptr %table, i64 16
    %function = load ptr, ptr %entry                         the functions at place 2 of any table
    call void %function(ptr %object)

Without this, the destructor of one class could be taken for any function of another that takes
one pointer, and objects that have nothing to do with each other would look like one.
"""

from __future__ import annotations

from typing import Final, TypeAlias, final

from enzcc.analysis.cxxabi import VTABLE
from enzcc.analysis.recurrences import signed
from enzcc.analysis.tbaa import access_name, accessed_class
from enzcc.ir import types as ty
from enzcc.ir.instructions import CallBase, GetElementPtr, Load
from enzcc.ir.module import Module
from enzcc.ir.values import Constant, ConstantAggregate, ConstantInt, Global
from enzcc.patterns import pattern
from enzcc.rules.cxx import is_exception

_WHAT = 2
"""The place of `what()` in the tables of exceptions, behind two destructors."""

PREFIXES: Final = ("_ZTV", "_ZTC")
_TYPE = pattern(r", !type (!\d+)")
_ENTRY = pattern(r'!\{i64 (\d+), !"([^"]*)"\}')


_Places: TypeAlias = dict[int, set[str]]


@final
class _Table:
    """The functions of one table, by their places in it and in the classes whose place it takes."""

    def __init__(self, module: Module, symbol: Global, initial: ConstantAggregate) -> None:
        self.entries = [
            e.name
            for part in initial.elements
            for e in getattr(part, "elements", ())
            if isinstance(e, Global) and _is_function(e)
        ]
        self.at: _Places = {}
        self.in_class: dict[str, _Places] = {}
        self._read(initial)
        self._read_classes(module, symbol, initial)

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

    def _read_classes(self, module: Module, table: Global, initial: ConstantAggregate) -> None:
        """Which classes' places the parts of a table take."""
        size = module.layout.size(ty.PTR)
        entries = [e for part in initial.elements for e in getattr(part, "elements", ())]
        for tag in _TYPE.findall(table.line):
            found = _ENTRY.match(module.metadata_text(tag))
            if found is None:
                continue
            at = int(found[1]) // size
            places = self.in_class.setdefault(found[2], {})
            for place, entry in enumerate(entries[at:]):
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
        found = self.place(call)
        return found is None or function.name in self._functions(*found, dead=False)

    def lacks_objects(self, call: CallBase) -> bool:
        """Is it a virtual call whose functions are known, but no object is met that has some?"""
        found = self.place(call)
        if found is None or self._functions(*found, dead=False):
            return False
        return bool(self._functions(*found, dead=True))

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

    def _find_place(self, callee: Load) -> tuple[int, str | None] | None:
        pointer, offset = callee.pointer, 0
        if isinstance(pointer, GetElementPtr):
            if len(pointer.indices) != 1 or not isinstance(pointer.indices[0], ConstantInt):
                return None
            offset = signed(pointer.indices[0]) * self.module.layout.size(pointer.source)
            pointer = pointer.base
        if not isinstance(pointer, Load) or access_name(self.module, pointer) != VTABLE:
            return None
        return offset // self.module.layout.size(ty.PTR), accessed_class(self.module, pointer)


def _is_function(value: Constant) -> bool:
    return isinstance(value, Global) and value.kind == "function"
