"""From formulas to instructions, in whatever floating type the primal has.

Mathematical functions become LLVM intrinsics where there are any, else calls of the C library's
function for the type (`hypotf`, `hypot`, `hypotl`, `hypotf128`), else of our own run-time library
(`__enzcc_digamma`). Half and bfloat are computed in float and rounded once; vectors of functions
without an intrinsic go lane by lane.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final, Protocol, TypeAlias

from enzcc.ir import builder
from enzcc.ir import types as ty
from enzcc.ir.instructions import ShuffleVector
from enzcc.ir.types import FloatType, FunctionType, Type, VectorType
from enzcc.ir.values import Constant, ConstantFloat, Value
from enzcc.rules.algebra import (
    WHOLE_OPERAND,
    Apply,
    Argument,
    Comparison,
    Condition,
    Formula,
    Infinity,
    Logic,
    Number,
    Result,
    Sort,
    Where,
)


class Place(Protocol):
    """Where a formula is evaluated: what the engine gives to `evaluate`.

    `argument` and `result` are called only for what the formula reads, once each: the engine may
    take a call as the news that the reverse pass needs that primal value.
    """

    @property
    def emit(self) -> builder.Builder:
        """Where instructions go; its `flags` are put on every floating instruction and call."""

    @property
    def type(self) -> Type:
        """The type of the formula's value and the primal's result: floating, or a vector of it."""

    def argument(self, index: int) -> Value:
        """The primal's argument of that number."""

    def result(self, field: int | None = None) -> Value:
        """What the primal returned; `field` picks one element of a returned pair."""

    def known(self, name: str, arguments: tuple[int, ...]) -> Value | None:
        """That function of these arguments of the primal, if its value is at hand; of none, the
        INVERSE of its result."""

    def function(self, name: str, type: FunctionType, attributes: str) -> Value:
        """Declares an external function or intrinsic unless it is there, and returns the symbol."""


INTRINSICS: Final = frozenset(
    "sin cos tan asin acos atan atan2 sinh cosh tanh exp exp2 exp10 log log2 log10 pow powi sqrt"
    " fabs copysign floor ceil trunc rint nearbyint round roundeven fma ldexp".split()
)
"""Functions that LLVM 22 has as `llvm.<name>` for every floating type."""

INVERSE: Final = "inverse"
"""What `Place.known` calls one divided by the result."""

RUNTIME: Final = frozenset("digamma polygamma sech_squared".split())
"""Functions that no C library has: `runtime/` defines them as `__enzcc_<name>`."""

PURE: Final = "nounwind willreturn memory(none)"
_LIBRARY_SUFFIX: Final = {
    ty.FLOAT: "f", ty.DOUBLE: "", ty.X86_FP80: "l", ty.PPC_FP128: "l", ty.FP128: "f128",
}  # fmt: skip
_INTRINSIC_SUFFIX: Final = {
    ty.FLOAT: "f32", ty.DOUBLE: "f64", ty.X86_FP80: "f80", ty.PPC_FP128: "ppcf128",
    ty.FP128: "f128",
}  # fmt: skip
_PREDICATES: Final = {
    "==": ("oeq", "eq"), "<": ("olt", "slt"), "<=": ("ole", "sle"),
    ">": ("ogt", "sgt"), ">=": ("oge", "sge"), "unordered": ("uno", None),
}  # fmt: skip
_BINARY: Final = {
    "+": ("fadd", "add"), "-": ("fsub", "sub"), "*": ("fmul", "mul"), "/": ("fdiv", None),
}  # fmt: skip


ZeroWins: TypeAlias = Callable[[builder.Builder, str, Value, Value], Value]
"""Emits `a * b` ("times") or `a / b` ("over") that is 0 where `a` is."""


def evaluate(formula: Formula, at: Place, zero_wins: ZeroWins | None = None) -> Value:
    """Emits the formula; returns its value, of the type `at.type`.

    With `zero_wins`, so are `where(a == 0, 0, a * b)` and `where(a == 0, 0, a / b)`: what is made
    will be differentiated, and the comparison has no derivative at 0.

    An argument may have another floating type than the result; it is converted. Raises ValueError
    if the type is not floating.
    """
    if not ty.is_float(at.type):
        raise ValueError(f"a formula has no value of type {at.type}")
    evaluation = _Evaluation(at, zero_wins)
    match formula:
        case Argument(argument_sort=Sort.REAL):  # half stays half
            value = evaluation.argument(formula.index)
        case Result():
            value = at.result(formula.field)
        case _:
            value = evaluation.real(formula)
    return evaluation.convert(value, at.type)


def decide(condition: Condition, at: Place) -> Value:
    """Emits a condition of a formula; raises nothing."""
    return _Evaluation(at, None).condition(condition)


class _Evaluation:
    """One run of `evaluate`: every distinct subexpression is emitted once."""

    def __init__(self, at: Place, zero_wins: ZeroWins | None) -> None:
        self.at, self.emit, self.zero_wins = at, at.emit, zero_wins
        element = ty.scalar(at.type)
        assert isinstance(element, FloatType)
        narrow = element in (ty.HALF, ty.BFLOAT)
        self.element: FloatType = ty.FLOAT if narrow else element
        self.type = self.like(self.element)
        self.values: dict[Formula | Condition, Value] = {}
        self.wholes: dict[Formula, Value] = {}
        self.arguments: dict[int, Value] = {}

    def like(self, element: Type) -> Type:
        """That type in as many lanes as the result has."""
        whole = self.at.type
        if isinstance(whole, VectorType):
            return ty.vector(element, whole.count, whole.scalable)
        return element

    def convert(self, value: Value, type: Type) -> Value:
        """A floating value in another floating type."""
        here, there = ty.scalar(value.type), ty.scalar(type)
        if here is there:
            return value
        assert isinstance(here, FloatType)
        assert isinstance(there, FloatType)
        return self.emit.cast("fpext" if here.bits < there.bits else "fptrunc", value, type)

    def real(self, part: Formula) -> Value:
        """The formula's value in the working type."""
        found = self.values.get(part)
        if found is None:
            found = self.values[part] = self._real(part)
        return found

    def _real(self, part: Formula) -> Value:
        match part:
            case Number():
                return number(self.type, part.value)
            case Infinity():
                return infinity(self.type)
            case Argument(argument_sort=Sort.REAL):
                return self.convert(self.argument(part.index), self.type)
            case Result():
                return self.convert(self.at.result(part.field), self.type)
            case Where(
                condition=Comparison(relation="==", left=factor, right=Number(value=0)),
                then=Number(value=0),
                other=Apply(function="*" | "/" as operator, arguments=(first, second)),
            ) if self.zero_wins is not None and first == factor and first.sort is Sort.REAL:
                guard = "times" if operator == "*" else "over"
                return self.zero_wins(self.emit, guard, self.real(first), self.real(second))
            case Where():
                condition = self.condition(part.condition)
                return self.emit.select(condition, self.real(part.then), self.real(part.other))
            case Apply() if part.sort is Sort.REAL:
                return self.apply(part)
        whole = self.whole(part)
        if isinstance(whole.type, VectorType):
            return self.emit.cast("sitofp", whole, self.type)
        return self.broadcast(self.emit.cast("sitofp", whole, self.element))

    def broadcast(self, value: Value) -> Value:
        """A scalar in every lane of the working type."""
        if not isinstance(self.type, VectorType):
            return value
        blank = builder.poison(self.type)
        first = self.emit.insert_element(blank, value, builder.const_int(ty.I32, 0))
        mask = builder.zero(ty.vector(ty.I32, self.type.count, self.type.scalable))
        return self.emit.put(ShuffleVector("shufflevector", self.type, (first, blank, mask)))

    def argument(self, index: int) -> Value:
        found = self.arguments.get(index)
        if found is None:
            found = self.arguments[index] = self.at.argument(index)
        return found

    def whole(self, part: Formula) -> Value:
        """The value of a formula of whole numbers, in its argument's own integer type."""
        found = self.wholes.get(part)
        if found is not None:
            return found
        match part:
            case Number():
                return builder.const_int(ty.I32, int(part.value))
            case Argument(argument_sort=Sort.WHOLE):
                return self.argument(part.index)
            case Apply(function="neg"):
                made = self.whole(part.arguments[0])
                made = self.emit.sub(builder.zero(made.type), made)
            case Apply():
                a, b = self.whole_pair(*part.arguments)
                opcode = _BINARY[part.function][1]
                assert opcode is not None
                made = self.emit.binary(opcode, a, b)
            case _:
                raise TypeError(f"no whole number: {part}")
        self.wholes[part] = made
        return made

    def whole_pair(self, a: Formula, b: Formula) -> tuple[Value, Value]:
        """Two whole operands; a literal takes the other one's type."""
        if isinstance(b, Number):
            left = self.whole(a)
            return left, builder.const_int(left.type, int(b.value))
        if isinstance(a, Number):
            right = self.whole(b)
            return builder.const_int(right.type, int(a.value)), right
        return self.whole(a), self.whole(b)

    def condition(self, part: Condition) -> Value:
        found = self.values.get(part)
        if found is None:
            found = self.values[part] = self._condition(part)
        return found

    def _condition(self, part: Condition) -> Value:
        match part:
            case Comparison():
                floating, integer = _PREDICATES[part.relation]
                if integer is not None and Sort.WHOLE in (part.left.sort, part.right.sort):
                    return self.emit.compare(
                        "icmp", integer, *self.whole_pair(part.left, part.right)
                    )
                return self.emit.compare(
                    "fcmp", floating, self.real(part.left), self.real(part.right)
                )
            case Logic(connective="not"):
                inner = self.condition(part.terms[0])
                return self.emit.binary("xor", inner, builder.const_int(inner.type, 1))
            case Logic():
                a, b = (self.condition(t) for t in part.terms)
                return self.emit.binary(part.connective, a, b)
        raise TypeError(f"not a condition: {part!r}")

    def apply(self, part: Apply) -> Value:
        name = part.function
        if name == "neg":
            return self.emit.fneg(self.real(part.arguments[0]))
        if name in _BINARY:
            a, b = part.arguments
            if name == "/" and isinstance(b, Result):
                inverse = self.at.known(INVERSE, ())
                if inverse is not None:
                    return self.emit.binary("fmul", self.real(a), self.convert(inverse, self.type))
            return self.emit.binary(_BINARY[name][0], self.real(a), self.real(b))
        plain = [a for a in part.arguments if isinstance(a, Argument) and a.sort is Sort.REAL]
        if len(plain) == len(part.arguments):
            known = self.at.known(name, tuple(a.index for a in plain))
            if known is not None:
                return self.convert(known, self.type)
        whole = WHOLE_OPERAND.get(name)
        operands = [
            self.whole(a) if i == whole else self.real(a) for i, a in enumerate(part.arguments)
        ]
        if name in INTRINSICS:
            return self.intrinsic(name, operands)
        if isinstance(self.type, VectorType):
            return self.by_lanes(name, operands, self.type)
        return self.library(name, operands)

    def intrinsic(self, name: str, operands: Sequence[Value]) -> Value:
        full = f"llvm.{name}.{_mangled(self.type)}"
        if name in ("powi", "ldexp"):
            full += f".{_mangled(operands[1].type)}"
        return self.call(full, operands, self.type, attributes="")

    def by_lanes(self, name: str, operands: Sequence[Value], type: VectorType) -> Value:
        if type.scalable:
            raise ValueError(f"{name} has no form for a vector of unknown length")
        result: Value = builder.poison(type)
        for lane in range(type.count):
            index = builder.const_int(ty.I32, lane)
            scalars = [
                self.emit.extract_element(o, index) if isinstance(o.type, VectorType) else o
                for o in operands
            ]
            result = self.emit.insert_element(result, self.library(name, scalars), index)
        return result

    def library(self, name: str, operands: Sequence[Value]) -> Value:
        """A call of the C library's function, or of ours, for the working type."""
        element = self.element
        if name not in RUNTIME:
            return self.call(name + _LIBRARY_SUFFIX[element], operands, element, PURE)
        if element is ty.FLOAT:  # ours come in double and wider
            wide = [self.convert(o, ty.DOUBLE) if ty.is_float(o.type) else o for o in operands]
            return self.convert(self.call(f"__enzcc_{name}", wide, ty.DOUBLE, PURE), element)
        return self.call(f"__enzcc_{name}{_LIBRARY_SUFFIX[element]}", operands, element, PURE)

    def call(self, name: str, operands: Sequence[Value], result: Type, attributes: str) -> Value:
        type = ty.function(result, tuple(o.type for o in operands))
        callee = self.at.function(name, type, attributes)
        tail = f" {attributes}" if attributes else ""
        return self.emit.call(callee, type, operands, head=self.emit.flags, tail=tail)


def _mangled(type: Type) -> str:
    if isinstance(type, VectorType):
        return f"{'nx' if type.scalable else ''}v{type.count}{_mangled(type.element)}"
    return _INTRINSIC_SUFFIX[type] if isinstance(type, FloatType) else f"{type}"


def infinity(type: Type) -> Constant:
    """Plus infinity of a floating type, in every lane of a vector."""
    return builder.const_float(type, float("inf"))


def number(type: Type, value: Fraction) -> Constant:
    """The constant nearest to an exact value (ties to even), in every lane of a vector."""
    if isinstance(type, VectorType):
        return builder.splat(number(type.element, value), type)
    assert isinstance(type, FloatType)
    if value == 0:
        return builder.zero(type)
    if type is ty.PPC_FP128:
        high = _nearest_double(value)
        low = _nearest_double(value - Fraction(high))
        return ConstantFloat(type, f"0xM{_double_bits(high):016X}{_double_bits(low):016X}")
    return ConstantFloat(type, _spell(type, value))


# type: bits of precision, exponent bits
_FORMATS: Final = {
    ty.HALF: (11, 5), ty.BFLOAT: (8, 8), ty.FLOAT: (24, 8), ty.DOUBLE: (53, 11),
    ty.X86_FP80: (64, 15), ty.FP128: (113, 15),
}  # fmt: skip


def _rounded(value: Fraction, precision: int, exponent_bits: int) -> tuple[int, int, int]:
    """Sign, biased exponent and fraction (with its leading bit) of the nearest number of a format.

    Subnormals have biased exponent 0; what overflows is infinity.
    """
    bias = (1 << exponent_bits - 1) - 1
    size = abs(value)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    if Fraction(2) ** exponent > size:
        exponent -= 1
    exponent = max(exponent, 1 - bias)
    fraction = round(size * Fraction(2) ** (precision - 1 - exponent))  # ties to even
    if fraction >> precision:
        fraction, exponent = fraction >> 1, exponent + 1
    biased = exponent + bias if fraction >> (precision - 1) else 0
    if biased >= (1 << exponent_bits) - 1:
        biased, fraction = (1 << exponent_bits) - 1, 1 << (precision - 1)
    return int(value < 0), biased, fraction


def _spell(type: FloatType, value: Fraction) -> str:
    precision, exponent_bits = _FORMATS[type]
    if type is ty.FLOAT:  # spelled as the double of the same value
        sign, biased, fraction = _rounded(value, precision, exponent_bits)
        exact = Fraction(fraction) * Fraction(2) ** (max(biased, 1) - 127 - 23)
        if biased == 255:
            return f"0x{sign << 63 | 0x7FF << 52:016X}"
        return f"0x{_double_bits(float(-exact if sign else exact)):016X}"
    sign, biased, fraction = _rounded(value, precision, exponent_bits)
    if type is ty.X86_FP80:
        return f"0xK{sign << 15 | biased:04X}{fraction:016X}"
    stored = fraction & ((1 << precision - 1) - 1)
    bits = (sign << exponent_bits | biased) << (precision - 1) | stored
    if type is ty.FP128:
        return f"0xL{bits & (1 << 64) - 1:016X}{bits >> 64:016X}"
    letter, digits = {ty.HALF: ("H", 4), ty.BFLOAT: ("R", 4)}.get(type, ("", 16))
    return f"0x{letter}{bits:0{digits}X}"


def _nearest_double(value: Fraction) -> float:
    return value.numerator / value.denominator  # Python rounds this division correctly


def _double_bits(value: float) -> int:
    return int(struct.unpack("<Q", struct.pack("<d", value))[0])
