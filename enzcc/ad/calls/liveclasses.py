"""Which classes the objects are of that a derivative may meet: those that what it reaches makes.

    double price(double s) { Linear curve(s); return value(curve); }     calls Curve::at of Linear,
                                                        not those of fifty classes beside

Without this, a virtual call means any class of the file, whose functions are differentiated, too.

Question     May an object come in whose first word leads to this table of virtual functions?
Method       Rapid type analysis: what reached code mentions is reached, and a table that it
             mentions, as constructors do, is live; a virtual call reaches the functions at its
             place in live tables.
Safe answer  yes. It is given for all tables where objects may come from elsewhere: if a parameter
             may lead to more than numbers, a variable that is reached holds pointers (or may: words
             and bytes), an integer becomes a pointer, or a function of another file is called.
             What is overlooked ends the program, as no listed function
             is the one that is called then (`enzcc.ad.calls.dispatch`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from enzcc.ad.calls.vtables import PREFIXES, Tables
from enzcc.analysis.callkind import FILLS
from enzcc.analysis.cxxabi import OF_LIBRARIES, VTABLE
from enzcc.analysis.evidence import LIBRARY_COPIES, MEMORY_COPIES
from enzcc.analysis.tbaa import STANDING_FOR, declared_parameters
from enzcc.ir import types as ty
from enzcc.ir.lines import lines_with
from enzcc.ir.module import Module
from enzcc.ir.names import unquoted
from enzcc.ir.types import Type
from enzcc.ir.values import Argument, Global
from enzcc.patterns import pattern
from enzcc.rules import ALLOCATORS, DEALLOCATORS, find, is_inactive

_MENTIONED: Final = pattern(r'@("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)')
_LOAD: Final = pattern(r"\n  (%\S+) = load ptr, [^\n]*, !tbaa (!\d+)")
_TAG: Final = pattern(r"\n(!\d+) = !\{(!\d+), !\d+, i64 0\}")
_USE: Final = pattern(r"\bptr (%[-\w.$]+)(, i64 -\d+)?")
"""A value of which an instruction makes use, and how far in front of it."""
_PLACE: Final = pattern(r" = getelementptr inbounds(?: \w+)* ptr, ptr (%\S+), i64 (\d+)\b")
_FIRST_PLACE: Final = pattern(r" = load ptr, ptr (%\S+),")
_TABLE_TYPE: Final = pattern(
    rf'^(!\d+) = (?:distinct )?!\{{!"{VTABLE}(?: of ([^"]*))?", ', re.MULTILINE
)
_BUILT_IN: Final = pattern(
    r"p\d+ (?:double|float|long double|_Float16|half|bool|_Bool|short|int|long|long long|__int128)"
)
_GUARD: Final = "_ZGV"
"""Before the name of a variable: is it initialised?"""

_KEPT: Final = frozenset(("pthread_getspecific", "tss_get", "dlsym"))
"""Functions that return what the program has handed others to keep, or has in other files."""

_STREAMS: Final = frozenset(("stdin", "stdout", "stderr", "__libc_single_threaded"))

_HOLDERS: Final = frozenset(
    "vector array complex pair tuple map set multimap multiset unordered_map unordered_set deque"
    " list valarray span optional initializer_list basic_string char_traits allocator less hash"
    " equal_to unique_ptr default_delete __1 __cxx11 Eigen Matrix Array Map Ref Stride InnerStride"
    " OuterStride MatrixBase ArrayBase DenseBase PlainObjectBase Block VectorBlock SparseMatrix"
    " Tensor TensorMap".split()
)
"""Classes of libraries that hold what their names say, and nothing else."""

_PART: Final = pattern(
    r"L[a-z]n?\d+E|S[0-9A-Z]*_|S[ast]|A\d+_|(?P<length>\d+)|[NKIEPRJadfhijlmxystbc]"
)
"""Of a mangled name: the length of a word, or what is no word of the program. (`v` and `F` are not
among them: pointers to anything, functions.)"""


def live_tables(
    text: str, bodies: Mapping[str, str], roots: Iterable[str]
) -> frozenset[str] | None:
    """The tables of virtual functions of objects that these functions may meet; None: all.

    bodies   of the functions of the module
    """
    if not any(f"\n@{prefix}" in text for prefix in PREFIXES):
        return None
    module = Module.parse(text)
    roots = list(roots)
    if not all(_sees_numbers(module, name) for name in roots):
        return None
    return _Reached(module, bodies, text).live(roots)


class _Reached:
    """What is reached so far."""

    def __init__(self, module: Module, bodies: Mapping[str, str], text: str) -> None:
        self._module, self._bodies = module, bodies
        self._tables = Tables(module)
        self._classes = _table_tags(text)
        self._seen: dict[str, None] = {}
        self._live: dict[str, None] = {}
        self._sites: dict[tuple[int, str | None], None] = {}
        self._anywhere = False  # is there a call at a place that is not known?

    def live(self, roots: list[str]) -> frozenset[str] | None:
        work = roots
        while work:
            while work:
                name = work.pop()
                if name in self._seen:
                    continue
                self._seen[name] = None
                found = self._mentioned(name)
                if found is None:
                    return None
                work += found
            work = [name for name in self._meant() if name not in self._seen]
        return frozenset(self._live)

    def _meant(self) -> Iterable[str]:
        """What virtual calls reach."""
        out: dict[str, None] = {}
        for table in self._live:
            if self._anywhere:
                out |= dict.fromkeys(self._tables.entries(table))
            for place, of_class in self._sites:
                out |= dict.fromkeys(self._tables.functions_in(table, place, of_class))
        return sorted(out)

    def _mentioned(self, name: str) -> list[str] | None:
        """What a symbol leads to; None if that may be anything."""
        body = self._bodies.get(name)
        if body is not None:
            if " inttoptr " in body:
                return None
            self._note_calls(body)
            return _names(body)
        if name.startswith(PREFIXES):
            self._live[name] = None
            return []
        if name.startswith(("_ZTI", "_ZTS", "llvm.")):
            return []
        if name in _KEPT:
            return None
        if name in _STREAMS or name.startswith(OF_LIBRARIES):
            return []
        symbol = self._module.symbol(name)
        if symbol.kind == "function":
            return [] if _is_known(symbol) else None
        if symbol.kind != "variable" or symbol.value_type is None:
            return None
        is_set = not symbol.constant and not name.startswith(_GUARD)
        type = symbol.value_type  # noqa: A001 - LLVM's word
        if not (self._may_hold_pointer(type) if is_set else not ty.only_numbers(type)):
            return []
        if not (symbol.constant and symbol.defined):
            return None
        return [n for n in _names(symbol.line) if n != name]

    def _may_hold_pointer(self, type: Type) -> bool:  # noqa: A002 - LLVM's word
        """May pointers lie there, or words or bytes in which some are kept?"""
        size = self._module.layout.size(ty.PTR)
        match type:
            case ty.StructType():
                return type.fields is None or any(map(self._may_hold_pointer, type.fields))
            case ty.ArrayType(element=ty.IntType(bits=8)):
                return type.count >= size
            case ty.ArrayType() | ty.VectorType():
                return self._may_hold_pointer(type.element)
            case ty.IntType():
                return type.bits >= 8 * size
        return not isinstance(type, ty.FloatType)

    def _note_calls(self, body: str) -> None:
        for value, tag in _LOAD.findall(f"\n{body}"):
            if tag not in self._classes:
                continue
            of_class = self._classes[tag]
            self._anywhere |= value.startswith('%"')
            for start in lines_with(body, f"ptr {value}"):
                line = body[start : body.find("\n", start)]
                uses = [distance for used, distance in _USE.findall(line) if used == value]
                if not uses or uses[-1]:
                    continue
                place, first = _PLACE.search(line), _FIRST_PLACE.search(line)
                if place is not None and place[1] == value:
                    self._sites[int(place[2]), of_class] = None
                elif first is not None and first[1] == value:
                    self._sites[0, of_class] = None
                else:
                    self._anywhere = True


def _names(text: str) -> list[str]:
    return [unquoted(name) for name in dict.fromkeys(_MENTIONED.findall(text))]


def _table_tags(text: str) -> dict[str, str | None]:
    """The tags of accesses to pointers to tables, and the class through which, if it is known."""
    tables = (_TABLE_TYPE.match(text, at) for at in lines_with(text, f'!{{!"{VTABLE}'))
    types = {match[1]: match[2] or None for match in tables if match}
    for name, of_class in STANDING_FOR.items():
        if f' = !{{!"{name}", ' in text:
            named = re.findall(rf'\n(!\d+) = !\{{!"{name}", ', text)
            types |= dict.fromkeys(named, of_class)
    if not types:
        return {}
    return {tag: types[node] for tag, node in _TAG.findall(text) if node in types}


def _is_known(function: Global) -> bool:
    """Is it known what a function of another file does?"""
    name, type = function.name, function.function_type  # noqa: A001 - LLVM's word
    if name.startswith((*MEMORY_COPIES, *FILLS)) or name in LIBRARY_COPIES:
        return True
    if name in ALLOCATORS or name in DEALLOCATORS:
        return True
    return type is not None and (find(name, type) is not None or is_inactive(name, type))


def _sees_numbers(module: Module, name: str) -> bool:
    """May the parameters of a function lead to numbers only?"""
    function = module.function(name)
    declared = dict(declared_parameters(module, function))
    return not function.type.vararg and all(
        _leads_to_numbers(module, arg, declared.get(arg.index)) for arg in function.args
    )


def _leads_to_numbers(module: Module, arg: Argument, declared: str | None) -> bool:
    if ty.only_numbers(arg.type) or not any(True for _ in arg.users):
        return True
    if not ty.is_pointer(arg.type) or "byval(" in arg.attributes:
        return False
    if "sret(" in arg.attributes:
        return True
    if declared is None:
        return False
    return _BUILT_IN.fullmatch(declared) is not None or _holds_numbers(declared)


def _holds_numbers(declared: str) -> bool:
    """Is it a pointer to an object of a library that, as its name says, holds numbers?"""
    found = re.fullmatch(r"p\d+ _ZTS((?:St|NSt|N5Eigen)\w+)", declared)
    if found is None:
        return False
    name, at = found[1], 0
    while at < len(name):
        part = _PART.match(name, at)
        if part is None:
            return False
        at = part.end()
        if part["length"]:
            at += int(part["length"])
            if name[part.end() : at] not in _HOLDERS:
                return False
    return True
