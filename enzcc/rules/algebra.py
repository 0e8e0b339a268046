"""The language in which derivatives are written down, and how its words are built.

A formula is an expression over the primal's arguments (`x`, `y`, ... and whole numbers `n`), its
result `r`, exact constants and mathematical functions. It has no type: the same formula serves
float, long double and vectors. `emit.py` turns one into instructions, `ranges.py` asks whether it
can be infinite, `evaluate_number` computes it with any arithmetic (tests use mpmath's).

Formulas are immutable and compare by structure, so equal parts are computed once. `==` is that
structural comparison; the mathematical one is `eq(a, b)`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeAlias, final


class Sort(enum.Enum):
    """What a formula stands for: a floating value or a whole number (an integer argument)."""

    REAL = "real"
    WHOLE = "whole"


class Formula:
    """Base of everything that has a value. Operators build new formulas."""

    __slots__ = ()

    @property
    def sort(self) -> Sort:
        return Sort.REAL

    @property
    def parts(self) -> tuple[Formula | Condition, ...]:
        """Direct subexpressions, in order."""
        return ()

    def __add__(self, other: Operand) -> Formula:
        return Apply("+", (self, formula(other)))

    def __radd__(self, other: Operand) -> Formula:
        return Apply("+", (formula(other), self))

    def __sub__(self, other: Operand) -> Formula:
        return Apply("-", (self, formula(other)))

    def __rsub__(self, other: Operand) -> Formula:
        return Apply("-", (formula(other), self))

    def __mul__(self, other: Operand) -> Formula:
        return Apply("*", (self, formula(other)))

    def __rmul__(self, other: Operand) -> Formula:
        return Apply("*", (formula(other), self))

    def __truediv__(self, other: Operand) -> Formula:
        return Apply("/", (self, formula(other)))

    def __rtruediv__(self, other: Operand) -> Formula:
        return Apply("/", (formula(other), self))

    def __neg__(self) -> Formula:
        if isinstance(self, Number):
            return Number(-self.value, f"-{self.name}")
        return Apply("neg", (self,))

    def __str__(self) -> str:
        return spell(self)

    def __repr__(self) -> str:
        return f"<{self}>"


class Condition:
    """Base of what is true or false; combine with `&`, `|`, `~`."""

    __slots__ = ()

    @property
    def parts(self) -> tuple[Formula | Condition, ...]:
        return ()

    def __and__(self, other: Condition) -> Condition:
        return Logic("and", (self, other))

    def __or__(self, other: Condition) -> Condition:
        return Logic("or", (self, other))

    def __invert__(self) -> Condition:
        return Logic("not", (self,))

    def __str__(self) -> str:
        return spell(self)

    def __repr__(self) -> str:
        return f"<{self}>"


Operand: TypeAlias = "Formula | int | Fraction"


@final
@dataclass(frozen=True, slots=True, repr=False)
class Number(Formula):
    """An exact constant, or an irrational one to 60 digits; `name` is its spelling in docs/."""

    value: Fraction
    name: str


@final
@dataclass(frozen=True, slots=True, repr=False)
class Infinity(Formula):
    """Plus infinity."""


@final
@dataclass(frozen=True, slots=True, repr=False)
class Symbol(Formula):
    """A parameter by name; `table` gives it its place in the argument list."""

    name: str
    symbol_sort: Sort = Sort.REAL

    @property
    def sort(self) -> Sort:
        return self.symbol_sort


@final
@dataclass(frozen=True, slots=True, repr=False)
class Argument(Formula):
    """The primal's argument number `index`."""

    index: int
    name: str
    argument_sort: Sort = Sort.REAL

    @property
    def sort(self) -> Sort:
        return self.argument_sort


@final
@dataclass(frozen=True, slots=True, repr=False)
class Result(Formula):
    """What the primal returned; `field` picks from a pair (None: the result is one value)."""

    field: int | None = None


@final
@dataclass(frozen=True, slots=True, repr=False)
class Apply(Formula):
    """A function applied: `+ - * / neg`, or a mathematical function by its C name."""

    function: str
    arguments: tuple[Formula, ...]

    @property
    def sort(self) -> Sort:
        if self.function in ARITHMETIC and all(_is_whole(a) for a in self.arguments):
            return Sort.WHOLE if self.function != "/" else Sort.REAL
        return Sort.REAL

    @property
    def parts(self) -> tuple[Formula | Condition, ...]:
        return self.arguments


@final
@dataclass(frozen=True, slots=True, repr=False)
class Where(Formula):
    """`then` where the condition holds, `other` elsewhere; the arm not chosen has no influence."""

    condition: Condition
    then: Formula
    other: Formula

    @property
    def parts(self) -> tuple[Formula | Condition, ...]:
        return (self.condition, self.then, self.other)


@final
@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Condition):
    """`== < <= > >=`, all false when an operand is NaN, and `unordered`, true then."""

    relation: str
    left: Formula
    right: Formula

    @property
    def parts(self) -> tuple[Formula | Condition, ...]:
        return (self.left, self.right)


@final
@dataclass(frozen=True, slots=True, repr=False)
class Logic(Condition):
    """`and`, `or`, `not`."""

    connective: str
    terms: tuple[Condition, ...]

    @property
    def parts(self) -> tuple[Formula | Condition, ...]:
        return self.terms


ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "neg"})

WHOLE_OPERAND: Final[Mapping[str, int]] = {
    "powi": 1, "ldexp": 1, "scalbn": 1, "scalbln": 1, "jn": 0, "yn": 0, "polygamma": 0,
}  # fmt: skip
"""Functions that take a whole number, and as which argument."""


def formula(value: Operand) -> Formula:
    """The formula that stands for a Python number; formulas pass through."""
    if isinstance(value, Formula):
        return value
    return Number(Fraction(value), str(value))


def _is_whole(part: Formula) -> bool:
    if isinstance(part, Number):
        return part.value.denominator == 1
    return part.sort is Sort.WHOLE


def constant(name: str, digits: str) -> Number:
    """An irrational constant; give at least 50 significant digits."""
    return Number(Fraction(Decimal(digits)), name)


def ratio(numerator: int, denominator: int) -> Number:
    """An exact fraction."""
    return Number(Fraction(numerator, denominator), f"{numerator}/{denominator}")


def eq(a: Operand, b: Operand) -> Condition:
    return Comparison("==", formula(a), formula(b))


def lt(a: Operand, b: Operand) -> Condition:
    return Comparison("<", formula(a), formula(b))


def le(a: Operand, b: Operand) -> Condition:
    return Comparison("<=", formula(a), formula(b))


def gt(a: Operand, b: Operand) -> Condition:
    return Comparison(">", formula(a), formula(b))


def ge(a: Operand, b: Operand) -> Condition:
    return Comparison(">=", formula(a), formula(b))


def isnan(a: Formula) -> Condition:
    return Comparison("unordered", a, a)


def where(condition: Condition, then: Operand, other: Operand) -> Formula:
    """`then` where the condition holds, else `other`."""
    return Where(condition, formula(then), formula(other))


@final
@dataclass(frozen=True, slots=True)
class Named:
    """A mathematical function as a word of the language: `sin = Named("sin")`, then `sin(x)`."""

    name: str

    def __call__(self, *arguments: Operand) -> Apply:
        return Apply(self.name, tuple(formula(a) for a in arguments))


def named(text: str) -> tuple[Named, ...]:
    """Several functions at once: `sin, cos = named("sin cos")`."""
    return tuple(Named(name) for name in text.split())


w, x, y, z = Symbol("w"), Symbol("x"), Symbol("y"), Symbol("z")
n: Final = Symbol("n", Sort.WHOLE)
r: Final = Result()
INF: Final = Infinity()

PI: Final = constant("pi", "3.14159265358979323846264338327950288419716939937510582097494")
LN2: Final = constant("log(2)", "0.693147180559945309417232121458176568075500134360255254120680")
LN10: Final = constant("log(10)", "2.30258509299404568401799145468436420760110148862877297603333")
INV_LN2: Final = constant(
    "1/log(2)", "1.44269504088896340735992468100189213742664595415298593413545"
)
INV_LN10: Final = constant(
    "1/log(10)", "0.434294481903251827651128918916605082294397005803666566114454"
)
INV_PI: Final = constant("1/pi", "0.318309886183790671537767526745028724068919291480912897495335")
INV_SQRT_PI: Final = constant(
    "1/sqrt(pi)", "0.564189583547756286948079451560772585844050629328998856844086"
)
TWO_INV_SQRT_PI: Final = constant(
    "2/sqrt(pi)", "1.12837916709551257389615890312154517168810125865799771368817"
)
HALF_SQRT_PI: Final = constant(
    "sqrt(pi)/2", "0.886226925452758013649083741670572591398774728061193564106904"
)
SQRT_2PI: Final = constant(
    "sqrt(2*pi)", "2.50662827463100050241576528481104525300698674060993831662992"
)
INV_SQRT_2PI: Final = constant(
    "1/sqrt(2*pi)", "0.398942280401432677939946059934381868475858631164934657665926"
)


def walk(part: Formula | Condition) -> Iterator[Formula | Condition]:
    """The expression and all its subexpressions, each distinct one once, parents first."""
    seen: set[Formula | Condition] = set()
    stack = [part]
    while stack:
        found = stack.pop()
        if found in seen:
            continue
        seen.add(found)
        yield found
        stack.extend(reversed(found.parts))


def arguments_used(part: Formula) -> frozenset[int]:
    """Numbers of the primal's arguments that the formula reads."""
    return frozenset(f.index for f in walk(part) if isinstance(f, Argument))


def uses_result(part: Formula) -> bool:
    """Does the formula read what the primal returned?"""
    return any(isinstance(f, Result) for f in walk(part))


def functions_used(part: Formula) -> frozenset[str]:
    """Names of the mathematical functions that the formula applies."""
    return frozenset(
        f.function for f in walk(part) if isinstance(f, Apply) and f.function not in ARITHMETIC
    )


def resolve(part: Formula, places: Mapping[str, int]) -> Formula:
    """The formula with each symbol replaced by the argument at its place."""
    symbols = [f for f in walk(part) if isinstance(f, Symbol)]
    return substitute(part, {f: Argument(places[f.name], f.name, f.sort) for f in symbols})


def substitute(part: Formula, new: Mapping[Formula, Formula]) -> Formula:
    """The formula with some of its parts replaced by others."""
    result = _rebuilt(part, new)
    assert isinstance(result, Formula)
    return result


def _rebuilt(part: Any, new: Mapping[Formula, Formula]) -> Any:
    if part in new:
        return new[part]
    match part:
        case Apply():
            return Apply(part.function, tuple(_rebuilt(a, new) for a in part.arguments))
        case Where():
            return Where(*(_rebuilt(p, new) for p in part.parts))
        case Comparison():
            return Comparison(part.relation, _rebuilt(part.left, new), _rebuilt(part.right, new))
        case Logic():
            return Logic(part.connective, tuple(_rebuilt(t, new) for t in part.terms))
    return part


def evaluate_number(
    part: Formula,
    arguments: Mapping[int, Any],
    result: Any,
    functions: Mapping[str, Callable[..., Any]],
    number: Callable[[Fraction], Any],
    infinity: Any,
) -> Any:
    """The formula's value in any arithmetic with operators and comparisons, functions by name.

    Only the chosen arm of a `where` is computed. `result` is a tuple if the formula picks fields.
    """

    def value(f: Any) -> Any:
        match f:
            case Number():
                return number(f.value)
            case Infinity():
                return infinity
            case Argument():
                return arguments[f.index]
            case Result():
                return result if f.field is None else result[f.field]
            case Where():
                return value(f.then) if value(f.condition) else value(f.other)
            case Comparison():
                return _RELATIONS[f.relation](value(f.left), value(f.right))
            case Logic():
                terms = [value(t) for t in f.terms]
                if f.connective == "not":
                    return not terms[0]
                return all(terms) if f.connective == "and" else any(terms)
            case Apply():
                operands = [value(a) for a in f.arguments]
                known = _OPERATORS.get(f.function) or functions[f.function]
                return known(*operands)
        raise TypeError(f"not a formula: {f!r}")

    return value(part)


_OPERATORS: Final[Mapping[str, Callable[..., Any]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "neg": lambda a: -a,
}
_RELATIONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": lambda a, b: bool(a == b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
    "unordered": lambda a, b: bool(a != a or b != b),
}

_BINDING: Final = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3}


def spell(part: Formula | Condition) -> str:
    """The formula as documentation shows it."""
    return _spell(part, 0)


def _spell(part: Formula | Condition, binding: int) -> str:
    match part:
        case Number():
            own = 3 if part.value >= 0 and "/" not in part.name else 1
            return part.name if own > binding else f"({part.name})"
        case Infinity():
            return "inf"
        case Symbol() | Argument():
            return part.name
        case Result():
            return "r" if part.field is None else f"r{part.field}"
        case Apply(function="neg"):
            text = f"-{_spell(part.arguments[0], 2)}"
            return text if binding < 1 else f"({text})"
        case Apply() if part.function in ARITHMETIC:
            own = _BINDING[part.function]
            left, right = part.arguments
            repeated = part.function in "+*" and getattr(right, "function", "") == part.function
            right_binding = own - 1 if repeated else own
            first = isinstance(left, Number) or getattr(left, "function", "") == "neg"
            before, after = _spell(left, 0 if first else own - 1), _spell(right, right_binding)
            text = f"{before} {part.function} {after}"
            return text if own > binding else f"({text})"
        case Apply():
            return f"{part.function}({', '.join(_spell(a, 0) for a in part.arguments)})"
        case Where():
            return f"[{spell(part.condition)} ? {spell(part.then)} : {spell(part.other)}]"
        case Comparison(relation="unordered"):
            return f"{_spell(part.left, 0)} is NaN"
        case Comparison():
            return f"{_spell(part.left, 0)} {part.relation} {_spell(part.right, 0)}"
        case Logic(connective="not"):
            return f"not ({spell(part.terms[0])})"
        case Logic():
            return f" {part.connective} ".join(f"({spell(t)})" for t in part.terms)
    raise TypeError(f"not a formula: {part!r}")
