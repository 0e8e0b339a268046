"""The little language of random programs, and its two readings: plain C, and C with dual numbers.

Programs in C++ are written alike in both readings: there dual numbers are a class (numbers.hpp).

An expression is an operation with arguments; each operation has one text for either reading. A
statement is a frame of lines around bodies, so that a reducer can drop or unfold it without knowing
what it is. In texts `REAL` stands for the type of numbers, `NUMBER` for the plain type in either
reading, `SFX` for the suffix of libm's names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

Reading = Literal["plain", "dual"]
Language = Literal["c", "c++"]

# fmt: off
OPERATIONS = {
    # name       plain                           dual
    "const":    ("({0}SFX)",                     "d_constSFX({0}SFX)"),
    "of_table": ("{0}",                          "d_constSFX({0})"),
    "from_int": ("(REAL)({0})",                  "d_constSFX((double)({0}))"),
    "to_int":   ("(int)({0})",                   "(int)({0}).v"),
    "less":     ("({0} < {1})",                  "(({0}).v < ({1}).v)"),
    "greater":  ("({0} >= {1})",                 "(({0}).v >= ({1}).v)"),
    "choose":   ("({0} ? {1} : {2})",            "({0} ? {1} : {2})"),
    "add":      ("({0} + {1})",                  "d_addSFX({0}, {1})"),
    "sub":      ("({0} - {1})",                  "d_subSFX({0}, {1})"),
    "mul":      ("({0} * {1})",                  "d_mulSFX({0}, {1})"),
    "div":      ("({0} / {1})",                  "d_divSFX({0}, {1})"),
    "neg":      ("(-{0})",                       "d_negSFX({0})"),
    "bit_neg":  ("bit_negSFX({0})",              "d_negSFX({0})"),
    "bit_abs":  ("bit_absSFX({0})",              "d_fabsSFX({0})"),
    "set":      ("{0} = {1};",                   "{0} = {1};"),
    "add_to":   ("{0} += {1};",                  "{0} = d_addSFX({0}, {1});"),
    "sub_from": ("{0} -= {1};",                  "{0} = d_subSFX({0}, {1});"),
    "scale":    ("{0} *= {1};",                  "{0} = d_mulSFX({0}, {1});"),
    "return":   ("return {0};",                  "return {0};"),
}
# fmt: on
FUNCTIONS = "sin cos tanh atan exp log sqrt cbrt floor fabs pow atan2 hypot fmin fmax copysign fma"
for _name in FUNCTIONS.split():
    _places = {"fma": 3, "pow": 2, "atan2": 2, "hypot": 2, "fmin": 2, "fmax": 2, "copysign": 2}
    _list = ", ".join(f"{{{place}}}" for place in range(_places.get(_name, 1)))
    OPERATIONS[_name] = (f"{_name}SFX({_list})", f"d_{_name}SFX({_list})")


@dataclass(frozen=True, slots=True)
class Expression:
    """An operation of the table; or, without one, a text that reads the same both ways."""

    operation: str
    arguments: tuple[Expression, ...] = ()
    is_text: bool = False

    def show(self, reading: Reading) -> str:
        shown = [argument.show(reading) for argument in self.arguments]
        if self.is_text:
            return self.operation.format(*shown)
        return OPERATIONS[self.operation][reading == "dual"].format(*shown)


def apply(operation: str, *arguments: Expression) -> Expression:
    """`operation` of the table, applied."""
    return Expression(operation, arguments)


def text(template: str, *arguments: Expression) -> Expression:
    """A text that is the same in both readings, with places {0}, {1} for arguments."""
    return Expression(template, arguments, is_text=True)


@dataclass(frozen=True, slots=True)
class Statement:
    """Lines, among them bodies: `frame` holds expressions to print, or the number of a body."""

    frame: tuple[Expression | int, ...]
    bodies: tuple[tuple[Statement, ...], ...] = ()

    def lines(self, reading: Reading, indent: str = "    ") -> Iterator[str]:
        for piece in self.frame:
            if isinstance(piece, int):
                for statement in self.bodies[piece]:
                    yield from statement.lines(reading, indent + "    ")
            else:
                yield indent + piece.show(reading)

    def with_body(self, number: int, body: tuple[Statement, ...]) -> Statement:
        bodies = (*self.bodies[:number], body, *self.bodies[number + 1 :])
        return replace(self, bodies=bodies)


@dataclass(frozen=True, slots=True)
class Routine:
    """One function, or class: its head, and statements before, in and after its body."""

    head: str
    opening: tuple[Statement, ...]
    body: tuple[Statement, ...]
    closing: tuple[Statement, ...]
    tail: str = ""

    def show(self, reading: Reading) -> str:
        lines = [self.head + " {"]
        for statement in (*self.opening, *self.body, *self.closing):
            lines += statement.lines(reading)
        return "\n".join([*lines, "}" + self.tail])


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the differentiated function: a number, an array, or a count."""

    name: str
    kind: Literal["scalar", "array", "table", "count"]
    is_active: bool
    values: tuple[float, ...]
    held: str = ""  # an array in C++: the type that is passed by reference, if it is no pointer


@dataclass(frozen=True, slots=True)
class Program:
    """A random function with its helpers; names carry `name`, so that many fit into one file."""

    name: str
    is_single: bool
    parameters: tuple[Parameter, ...]
    declarations: str
    routines: tuple[Routine, ...] = field(default=())
    language: Language = "c"

    def show(self, reading: Reading) -> str:
        """The routines; the differentiated one is last and has the program's name."""
        written: Reading = "plain" if self.language == "c++" else reading
        routines = "\n\n".join(routine.show(written) for routine in self.routines)
        source = f"{self.declarations}\n{routines}\n"
        return self.typed(source, reading)

    def typed(self, source: str, reading: Reading) -> str:
        """`source` with the types and names of this program filled in."""
        plain, suffix = ("float", "f") if self.is_single else ("double", "")
        dual = "number" + suffix if self.language == "c++" else "dual"
        number = dual if reading == "dual" else plain
        return source.replace("REAL", number).replace("NUMBER", plain).replace("SFX", suffix)

    def size(self) -> int:
        return len(self.show("plain").splitlines())
