"""What the C++ runtime does with objects: exceptions, casts, tables of virtual functions.

Who throws what to whom is told by the classes of exceptions alone (`enzcc.analysis.handlers`), and
some are thrown by code that nobody looks at. Tables of virtual functions are constant, and hold
nothing that a derivative flows through: the pointer to one is the same in an object and in its
shadow.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeAlias, final

from enzcc.analysis.recurrences import signed
from enzcc.ir.instructions import CallBase
from enzcc.ir.module import Module
from enzcc.ir.values import (
    Constant,
    ConstantAggregate,
    ConstantExpression,
    ConstantInt,
    ConstantWord,
    Global,
    Value,
)
from enzcc.patterns import pattern

VTABLE: Final = "vtable pointer"
"""The type that clang's TBAA gives to the pointer to an object's virtual functions."""

OF_CLASS: Final = f"{VTABLE} of "
"""The type that `enzcc.driver.classes` gives to those of objects of one class, or of one that is
derived from it."""

OF_LIBRARIES: Final = (
    "_ZSt", "_ZNSt", "_ZNKSt", "_ZNSa", "_ZNSs", "_ZNKSs", "_ZNSo", "_ZNSi", "_ZNSd", "_ZTTSt",
    "_ZTTNSt", "_ZTTSo", "_ZTTSi", "_ZTTSd", "_ZGVNSt", "__cxa_", "_Unwind_", "__gxx_personality",
    "pthread_", "__pthread_", "__enzcc_", "__clang_call_terminate",
)  # fmt: skip
"""What the names of functions and tables begin with that see no variables of the program."""

_OF_NO_PROGRAM: Final = ("llvm.", "MPI_", "PMPI_", "omp_", "sem_", *OF_LIBRARIES)

ALLOCATE_EXCEPTION: Final = "__cxa_allocate_exception"

EXCEPTION_OBJECT: Final = "__enzcc_exception_object"
"""Returns the exception of which a landing pad gets the header."""

THROW: Final = "__cxa_throw"
KEEP: Final = "__cxa_init_primary_exception"
"""What `std::make_exception_ptr` hands an exception to that nobody throws for now."""

OWNED: Final = "__enzcc_exception_owned"
ENTERED: Final = "__enzcc_exception_entered"
LEAVING: Final = "__enzcc_exception_leaving"
LEFT: Final = "__enzcc_exception_left"
"""What copies call where exceptions own memory (`enzcc.ad.exceptions.destroyed`)."""

EXCEPTIONS: Final = frozenset(
    {ALLOCATE_EXCEPTION, "__cxa_begin_catch", "__cxa_get_exception_ptr", LEAVING, EXCEPTION_OBJECT}
)
"""Functions that return the address of an exception."""

_OF_EXCEPTIONS: Final = pattern(
    r"__cxa_(?:allocate_exception|free_exception|throw\w*|rethrow|begin_catch|end_catch"
    r"|get_exception_ptr|init_primary_exception|bad_cast|bad_typeid|call_unexpected)"
    r"|__enzcc_exception_(?:object|owned|left|entered|rethrown|leaving|ended)"
    r"|_ZSt\d+__throw_\w+|_ZNSt3__1\d+__throw_\w+|_ZSt9terminatev|__clang_call_terminate"
    r"|_Unwind_Resume|\w*13exception_ptr\w*|_ZSt17current_exceptionv"
)


def is_of_exceptions(name: str) -> bool:
    """Does a function of the C++ runtime make, throw, or catch an exception?"""
    return _OF_EXCEPTIONS.fullmatch(name) is not None


SHADOW_THROWN: Final = "__enzcc_exception_thrown"
SHADOW_CAUGHT: Final = "__enzcc_exception_caught"
"""Functions that remember the shadow of an exception, and find it: their last argument tells whose
shadow it is (`enzcc.ad.exceptions.thrown`)."""

CAST: Final = "__dynamic_cast"


def is_cast(call: CallBase) -> bool:
    """Is it a dynamic_cast? Its result points into the same object as its argument, or is null."""
    return isinstance(call.callee, Global) and call.callee.name == CAST


def cast_offset(call: CallBase) -> int | None:
    """How far behind the object that it finds lies what a dynamic_cast is given, if that is part of
    the former (and not of another base of the same object); None if that is known at run time only.
    """
    hint = call.arguments[3]
    return hint.value if isinstance(hint, ConstantInt) and hint.value >= 0 else None


def numbers_in_tables(module: Module, offset: int) -> list[int]:
    """The numbers that lie that far from where tables of virtual functions begin, in any of them:
    in front are the distances of virtual bases."""
    word = 8
    found: dict[int, None] = {}
    for name in module.symbols():
        initial = module.initializer(name) if name.startswith(("_ZTV", "_ZTC")) else None
        for part in initial.elements if isinstance(initial, ConstantAggregate) else ():
            entries = part.elements if isinstance(part, ConstantAggregate) else ()
            for at, entry in enumerate(entries):
                place = at + 1 + offset // word
                if _symbol(entry).startswith(TYPE) and place >= 0:
                    number = number_in_table(entries[place])
                    if number is not None:
                        found[number] = None
    return list(found)


def number_in_table(entry: Constant) -> int | None:
    """The number that an entry of such a table is, if it is one."""
    match entry:
        case ConstantWord(word="null"):
            return 0
        case ConstantExpression(opcode="inttoptr", operands=(ConstantInt() as number,)):
            return signed(number)
    return None


TYPE: Final = "_ZTI"
"""How the names of type information begin."""


def is_type(value: Value) -> bool:
    """Is it the address of type information? That leads to constants, which only `type_info` looks
    into: where it lies beside other pointers (the manager of a `std::function` hands out a closure
    or its type, in one place) it says nothing of what they lead to."""
    return isinstance(value, Global) and value.name.startswith(TYPE)


@final
class Casts:
    """Where the bases of the classes of one module lie, as its type information tells."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._classes = [name for name in module.symbols() if name.startswith(TYPE)]

    def ways(self, call: CallBase) -> list[tuple[str, int, int]] | None:
        """In which classes a dynamic_cast may find what it looks for, where in an object of that
        class the part lies that it is given, and where what it finds; None if one of these may be
        a virtual base, or part of one, and it is not known where that lies."""
        source, target = call.arguments[1:3]
        if not isinstance(source, Global) or not isinstance(target, Global):
            return None
        found: dict[tuple[str, int, int], None] = {}
        for name in self._classes:
            for tables in self._layouts(name):
                parts = list(self._parts(name, 0, tables))
                starts = [at for part, at in parts if part == source.name]
                ends = [at for part, at in parts if part == target.name]
                for start, end in itertools.product(starts, ends):
                    if start is None or end is None:
                        return None
                    found[name, start, end] = None
        return list(found)

    def parts(self, name: str) -> Iterator[tuple[str, int | None]]:
        """A class and all its bases, with where they lie; None behind a virtual one of which this
        is not known."""
        for tables in self._layouts(name):
            yield from self._parts(name, 0, tables)

    def _parts(
        self, name: str, at: int | None, tables: _Tables
    ) -> Iterator[tuple[str, int | None]]:
        yield name, at
        for base, distance, is_virtual in self._direct(name):
            offset: int | None = distance
            if is_virtual and at is not None:
                offset = tables.get(at, {}).get(distance)
            inside = None if at is None or offset is None else at + offset
            yield from self._parts(base, inside, tables)

    def _layouts(self, name: str) -> list[_Tables]:
        """How objects of a class may be laid out, as far as virtual bases are concerned: for
        itself, and as part of other objects while it is constructed or destroyed. If the class is
        not abstract, and its own tables are in another file, nothing is known."""
        layouts = self._tables.get(name, [])
        if any(layout.is_own or layout.is_abstract for layout in layouts):
            return [layout.distances for layout in layouts]
        return [{}]

    @cached_property
    def _tables(self) -> dict[str, list[_Layout]]:
        """By class, what its tables of virtual functions say."""
        found: dict[str, list[_Layout]] = {}
        for symbol in self._module.symbols():
            if symbol.startswith(("_ZTV", "_ZTC")):
                layout = _Layout(is_own=symbol.startswith("_ZTV"))
                initial = self._module.initializer(symbol)
                tables = initial.elements if isinstance(initial, ConstantAggregate) else ()
                for name in dict.fromkeys(filter(None, map(layout.read, tables))):
                    found.setdefault(name, []).append(layout)
        return found

    def is_known(self, name: str) -> bool:
        """Does the module say what the class's bases are?"""
        return self._module.has_symbol(name) and self._module.initializer(name) is not None

    def _direct(self, name: str) -> list[tuple[str, int, bool]]:
        """The bases that a class names, with where they lie; of a virtual one, where in front of
        the functions in the class's table that is told."""
        if not self._module.has_symbol(name):
            return []
        initial = self._module.initializer(name)
        if not isinstance(initial, ConstantAggregate):
            return []
        kind, _, *rest = initial.elements
        if "__si_class_type_info" in _symbol(kind):
            return [(_symbol(rest[0]), 0, False)]
        if "__vmi_class_type_info" not in _symbol(kind):
            return []
        found: list[tuple[str, int, bool]] = []
        for base, flags in zip(rest[2::2], rest[3::2], strict=True):
            told = signed(flags) if isinstance(flags, ConstantInt) else _VIRTUAL
            found.append((_symbol(base), told >> 8, bool(told & _VIRTUAL)))
        return found


_Tables: TypeAlias = dict[int, dict[int, int]]
"""By where in an object a part lies that has a table: the numbers in front of the functions."""


@final
@dataclass
class _Layout:
    """The tables of a class: its own, or those that it has as part of another one's objects while
    it is constructed there."""

    is_own: bool
    is_abstract: bool = False
    distances: _Tables = field(default_factory=dict)

    def read(self, table: Constant) -> str:
        """Takes what one table says. Returns the name of the class."""
        entries = table.elements if isinstance(table, ConstantAggregate) else ()
        symbols = [*map(_symbol, entries)]
        self.is_abstract |= "__cxa_pure_virtual" in symbols
        start = next((at for at, name in enumerate(symbols) if name.startswith(TYPE)), 0)
        numbers = [number_in_table(entry) for entry in entries[:start]]
        if not numbers or numbers[-1] is None:
            return ""
        word = 8
        self.distances[-numbers[-1]] = {
            word * (at - start - 1): n for at, n in enumerate(numbers) if n is not None
        }
        return symbols[start]


_VIRTUAL: Final = 1
"""Among the flags of a base in the type information of a class."""


def _symbol(constant: Constant) -> str:
    """The symbol that a constant address leads to."""
    while isinstance(constant, ConstantExpression):
        constant = constant.operands[0]
    return constant.name if isinstance(constant, Global) else ""


def may_name_variables(call: CallBase) -> bool:
    """May a function of which nothing is known be the program's, and see its variables?"""
    callee = call.callee
    return not (isinstance(callee, Global) and callee.name.startswith(_OF_NO_PROGRAM))
