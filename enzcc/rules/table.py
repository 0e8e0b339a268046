"""Rows of partial derivatives, read and checked into rules.

A row is the primal, then its partial by each argument that is a value:
    (pow(x, y),  y * pow(x, y - 1),  r * log(x))
A pointer that the function writes through stands in the primal as `writes(...)`, with the partials
of what is written; a function that returns several values has a `fields(...)` of partials, one a
returned value. A `kink(point, choice)` at the end of a row says what we return where there is no
derivative.
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import starmap
from types import MappingProxyType
from typing import Final, TypeAlias, final

from enzcc.ir import types as ty
from enzcc.ir.types import FunctionType, Type
from enzcc.rules import algebra, ranges
from enzcc.rules.algebra import Apply, Formula, Number, Operand, Sort, Symbol


class Parameter(enum.Enum):
    """What an argument of a known function is."""

    REAL = "a floating value"
    WHOLE = "an integer"
    REAL_OUT = "a pointer through which a floating value is written"
    WHOLE_OUT = "a pointer through which an integer is written"

    @property
    def is_output(self) -> bool:
        return self in (Parameter.REAL_OUT, Parameter.WHOLE_OUT)


class Nothing(enum.Enum):
    """Partials that are no formula.

    ZERO: flat, the derivative is 0. INACTIVE: an integer or a pointer, it has none.
    """

    ZERO = "0"
    INACTIVE = "inactive"

    def __str__(self) -> str:
        return self.value


ZERO: Final = Nothing.ZERO
INACTIVE: Final = Nothing.INACTIVE


@final
@dataclass(frozen=True)
class Unknown:
    """There is a derivative and we do not have it; an active argument is an error that says why."""

    why: str

    def __str__(self) -> str:
        return f"unknown ({self.why})"


@final
@dataclass(frozen=True)
class Fields:
    """One partial for each value of a returned pair (struct or vector)."""

    partials: tuple[Partial, ...]

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.partials))})"


@final
@dataclass(frozen=True)
class Kink:
    """A point without a derivative, and what we return there."""

    point: str
    choice: str


@final
@dataclass(frozen=True, slots=True, repr=False)
class Written(Formula):
    """In a primal: a pointer, and the partials of what is written through it."""

    partials: tuple[Formula | Nothing | Unknown, ...]
    written_sort: Sort

    @property
    def sort(self) -> Sort:
        return self.written_sort

    def __str__(self) -> str:
        return "*" if self.written_sort is Sort.REAL else "int *"


Partial: TypeAlias = Formula | Nothing | Unknown | Fields
Row: TypeAlias = "tuple[Apply | Operand | Nothing | Unknown | Fields | Kink, ...]"


def kink(point: str, choice: str) -> Kink:
    """`point`: where; `choice`: what we return there, and why."""
    return Kink(point, choice)


def writes(*partials: Operand | Nothing | Unknown) -> Written:
    """A pointer to a floating value, whose partials by the value arguments are these."""
    return Written(tuple(_simple(p) for p in partials), Sort.REAL)


def fields(*partials: Operand | Nothing | Unknown) -> Fields:
    """The partials of each returned value by one argument."""
    return Fields(tuple(_simple(p) for p in partials))


WRITES_WHOLE: Final = Written((), Sort.WHOLE)
"""A pointer through which an integer is written."""


@final
@dataclass(frozen=True)
class Rule:
    """What is known of one function.

    name        the C name of the double form, or `llvm.<name>` for an intrinsic of its own shape
    primal      how the documentation spells the function
    parameters  the kind of each argument
    partials    for each argument, the partial of what is returned (INACTIVE: integer, pointer)
    outputs     for each REAL_OUT argument, the partials of what is written by each argument
    returns     False when nothing is returned
    kinks       documented choices

    The function touches no memory except what it writes through its output pointers. The partials
    are put together when they are asked for: a program needs few of some hundred rules.
    """

    name: str
    primal: str
    parameters: tuple[Parameter, ...]
    returns: bool
    kinks: tuple[Kink, ...]
    _arguments: tuple[Formula, ...]
    _columns: tuple[Partial, ...]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def partials(self) -> tuple[Partial, ...]:
        """By argument, of what is returned."""
        return self._by_argument(self._columns)

    @cached_property
    def outputs(self) -> Mapping[int, tuple[Partial, ...]]:
        """By argument, of what is written through each output pointer."""
        return MappingProxyType(
            {
                i: self._by_argument(a.partials)
                for i, a in enumerate(self._arguments)
                if isinstance(a, Written) and a.sort is Sort.REAL
            }
        )

    def _by_argument(self, columns: Iterable[Partial]) -> tuple[Partial, ...]:
        """The columns of a row at the places of the arguments that are values."""
        places = {a.name: i for i, a in enumerate(self._arguments) if isinstance(a, Symbol)}
        values = [i for i, kind in enumerate(self.parameters) if not kind.is_output]
        out: list[Partial] = [INACTIVE] * len(self.parameters)
        for index, partial in zip(values, columns, strict=True):
            out[index] = _resolve(partial, places)
        return tuple(out)

    @cached_property
    def is_flat(self) -> bool:
        """No result depends smoothly on any argument: the whole function is inactive."""
        rows = [self.partials, *self.outputs.values()]
        return all(_is_nothing(p) for row in rows for p in row)

    @property
    def has_fields(self) -> bool:
        """Returns several values."""
        return any(isinstance(p, Fields) for p in self.partials)

    def fits(self, type: FunctionType) -> bool:
        """Has a function of this type the shape that the rule speaks of?

        A function that only happens to have the name (`int y1(void)`) does not fit: it is not ours.
        """
        if type.vararg or len(type.params) < len(self.parameters):
            return False
        extra = type.params[
            len(self.parameters) :
        ]  # rounding and exception words of constrained intrinsics
        return (
            all(starmap(_fits, zip(self.parameters, type.params, strict=False)))
            and all(t is ty.METADATA for t in extra)
            and self._fits_result(type.result)
        )

    def _fits_result(self, result: Type) -> bool:
        if self.has_fields:
            return isinstance(result, ty.StructType | ty.VectorType)
        if not self.returns:
            return result is ty.VOID
        return ty.is_float(result) or (self.is_flat and ty.is_int(result))

    def partial(
        self, argument: int, *, output: int | None = None, field: int | None = None
    ) -> Partial:
        """The partial by one argument of what is returned, of one field of it, or of an output."""
        found = self.partials[argument] if output is None else self.outputs[output][argument]
        if field is not None and isinstance(found, Fields):
            return found.partials[field]
        return found


def may_be_infinite(partial: Partial) -> bool:
    """Can the partial be infinite or NaN while all arguments are finite? (`True` when unsure.)"""
    if isinstance(partial, Fields):
        return any(may_be_infinite(p) for p in partial.partials)
    return isinstance(partial, Formula) and ranges.may_be_infinite(partial)


def table(*rows: Row) -> Mapping[str, Rule]:
    """A read-only mapping from names to rules. Raises ValueError on a malformed or second row."""
    return join({rule.name: rule} for rule in map(_rule, rows))


def join(tables: Iterable[Mapping[str, Rule]]) -> Mapping[str, Rule]:
    """One read-only mapping of several; a name may stand in one of them only."""
    found: dict[str, Rule] = {}
    for part in tables:
        for name, rule in part.items():
            if name in found:
                raise ValueError(f"second rule for {name}")
            found[name] = rule
    return MappingProxyType(found)


def rule(name: str, row: Row) -> Rule:
    """A rule under a name that is no C name (`llvm.modf`); its primal gives the parameters."""
    return _rule(row, name)


def _rule(row: Row, name: str | None = None) -> Rule:
    primal, *rest = row
    if not isinstance(primal, Apply):
        raise ValueError(f"a row starts with its primal, not with {primal!r}")
    kinks = tuple(p for p in rest if isinstance(p, Kink))
    columns = tuple(_partial(p) for p in rest if not isinstance(p, Kink))
    parameters = tuple(map(_parameter, primal.arguments))
    values = sum(not kind.is_output for kind in parameters)
    if columns and len(columns) != values:
        raise ValueError(f"{primal.function}: {len(columns)} partials for {values} arguments")
    spelled = ", ".join(map(_spell_parameter, primal.arguments))
    return Rule(
        name or primal.function, f"{primal.function}({spelled})", parameters, bool(columns),
        kinks, primal.arguments, columns or (INACTIVE,) * values,
    )  # fmt: skip


def _parameter(argument: Formula) -> Parameter:
    match argument:
        case Symbol():
            return Parameter.REAL if argument.sort is Sort.REAL else Parameter.WHOLE
        case Written():
            return Parameter.REAL_OUT if argument.sort is Sort.REAL else Parameter.WHOLE_OUT
    raise ValueError(f"a primal's argument is a symbol, not {argument!r}")


def _spell_parameter(argument: Formula) -> str:
    if isinstance(argument, Symbol):
        return argument.name
    return str(argument)


def _simple(partial: Operand | Nothing | Unknown) -> Formula | Nothing | Unknown:
    if isinstance(partial, (Nothing, Unknown)):
        return partial
    found = algebra.formula(partial)
    return ZERO if isinstance(found, Number) and found.value == 0 else found


def _partial(column: Apply | Operand | Nothing | Unknown | Fields | Kink) -> Partial:
    assert not isinstance(column, Kink)
    return column if isinstance(column, Fields) else _simple(column)


def _resolve(partial: Partial, places: Mapping[str, int]) -> Partial:
    if isinstance(partial, Fields):
        return Fields(tuple(_resolve(p, places) for p in partial.partials))
    return algebra.resolve(partial, places) if isinstance(partial, Formula) else partial


def _fits(kind: Parameter, type: Type) -> bool:
    if kind is Parameter.REAL:
        return ty.is_float(type)
    return ty.is_pointer(type) if kind.is_output else ty.is_int(type)


def _is_nothing(partial: Partial) -> bool:
    if isinstance(partial, Fields):
        return all(map(_is_nothing, partial.partials))
    return isinstance(partial, Nothing)
