"""Numbers that integer arithmetic makes of the bits of others are linear functions in the copies.

    y = float(C - (bits(a) >> 1))         where an inverse square root begins, in a famous program
    -->
    y = float(C - (bits(a') >> 1)) + slope * (a - a')
        a'     is a, without a derivative
        slope  -1/2 times what the last bit of y is worth, by what the last bit of a is worth

Near by, bits grow with their number, steadily; sums, differences, multiples and shifts of bits do
so too. The same holds for bits that are taken for a whole number (a logarithm, but for factors),
and for numbers that are made whole to become bits (an exponential, but for factors).
What is added is zero, so the number itself does not change.

The larger and the smaller one of two words of bits are one of them, as a comparison tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final, NamedTuple

from enzcc.analysis.settable import possible
from enzcc.analysis.tbaa import access_kind, has_float, is_loaded_bits
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_float, const_int, zero
from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    Binary,
    Call,
    Cast,
    ExtractValue,
    Freeze,
    Instruction,
    Load,
    Phi,
    Select,
    Store,
    handed_on,
)
from enzcc.ir.module import Module
from enzcc.ir.values import ConstantInt, Global, Local, Value
from enzcc.patterns import pattern


class _Format(NamedTuple):
    """A floating type: its integer, the bits of the mantissa, the exponent of 1."""

    type: ty.FloatType
    integer: ty.IntType
    mantissa: int
    one: int


_FORMATS: Final = {
    ty.FLOAT: _Format(ty.FLOAT, ty.I32, 23, 127),
    ty.DOUBLE: _Format(ty.DOUBLE, ty.I64, 52, 1023),
}

_ORDERS: Final = {
    f"llvm.{sign}{which}.i{bits}": f"{sign}{order}"
    for sign in "us"
    for which, order in (("max", "gt"), ("min", "lt"))
    for bits in (32, 64)
}

_CHECKED: Final = pattern(r"llvm\.[su](add|sub|mul)\.with\.overflow\.")

_ROUNDINGS: Final = frozenset("floor ceil trunc round roundeven rint nearbyint".split())
_WHOLES: Final = frozenset("lrint llrint lround llround".split())

_Terms = dict[Value, Fraction]
"""Bits of floats, or floats that have been made whole, and how often they are in a sum."""


def with_slopes(module: Module, names: list[str]) -> None:
    """Writes such numbers in these functions as linear functions."""
    for name in names:
        function = module.function(name)
        changed = _store_numbers(module, function)
        casts = [inst for inst in function.instructions() if isinstance(inst, Cast)]
        for cast in casts:
            if not _makes_number(cast):
                continue
            chain = _Chain(module, loads=cast.opcode == "bitcast")
            terms = chain.terms(cast.operands[0])
            if cast.opcode != "bitcast" and any(map(_is_of_union, terms or ())):
                continue
            if terms and (chain.counts or cast.opcode != "bitcast"):
                _rewrite(cast, terms, chain)
                changed = True
        for call in [inst for inst in function.instructions() if isinstance(inst, Call)]:
            order = _order(call)
            if order is not None and all(_may_be_bits(module, a) for a in call.arguments):
                _choose(call, order)
                changed = True
        if changed:
            function.name_everything()


def _store_numbers(module: Module, function: Function) -> bool:
    """Words that are counted with and stored where the program has floats are numbers before."""
    found = [i for i in function.instructions() if isinstance(i, Store) and _keeps_bits(module, i)]
    for store in found:
        assert store.block is not None
        number = ty.FLOAT if store.value.type is ty.I32 else ty.DOUBLE
        store.set_operand(0, Builder(store.block, store).cast("bitcast", store.value, number))
    return bool(found)


def _keeps_bits(module: Module, store: Store) -> bool:
    if not has_float(module, store, store.value.type, store.pointer):
        return False
    chain = _Chain(module, loads=True)
    return bool(chain.terms(store.value)) and chain.counts


def _arms(value: Value) -> list[Value]:
    """What an integer may be the same as."""
    if isinstance(value, Select):
        return value.operands[1:]
    return value.arguments if isinstance(value, Call) and _order(value) else []


def _order(value: Value) -> str | None:
    if not isinstance(value, Call) or not isinstance(value.callee, Global):
        return None
    return _ORDERS.get(value.callee.name)


def _choose(call: Call, order: str) -> None:
    assert call.block is not None
    emit, (a, b) = Builder(call.block, call), call.arguments
    call.replace_with(emit.select(emit.compare("icmp", order, a, b), a, b))
    call.erase()


def _makes_number(cast: Cast) -> bool:
    if cast.operands[0].type not in (ty.I32, ty.I64) or not isinstance(cast.type, ty.FloatType):
        return False
    if cast.opcode == "bitcast":
        return cast.type in _FORMATS and not _is_bits(cast.operands[0])
    return cast.opcode in ("sitofp", "uitofp") and cast.type in _FORMATS


def _is_of_union(bits: Value) -> bool:
    """Is it a word that may be a pointer, too? LLVM loads members of a union as one of them, and an
    integer there has no slope: nor has its place in the shadow."""
    work: list[Value] = [bits]
    for one in work:
        for other in _moves(one):
            if isinstance(other, Cast) and other.opcode == "inttoptr":
                return True
            work += [other] if other not in work else []
    return False


def _moves(value: Value) -> list[Value]:
    """What is made of a word as it is, and what it is made of."""
    made: list[Value] = [
        user
        for user in (value.users if isinstance(value, Local) else ())
        if isinstance(user, (Phi, Select, Freeze))
        or (isinstance(user, Cast) and user.opcode in ("bitcast", "inttoptr"))
    ]
    match value:
        case Cast(opcode="bitcast"):
            made += value.operands
        case Phi() | Select() | Freeze():
            made += handed_on(value)
    return made


def _is_bits(value: Value) -> bool:
    if not isinstance(value, Cast) or value.opcode != "bitcast":
        return False
    source = value.operands[0].type
    return isinstance(source, ty.FloatType) and source in _FORMATS


def _made_whole(value: Value) -> Value | None:
    """The number that an integer is without its fraction."""
    found: Value | None = None
    if value.type in (ty.I32, ty.I64):
        if isinstance(value, Cast) and value.opcode in ("fptosi", "fptoui"):
            found = _rounded(value.operands[0], _ROUNDINGS) or value.operands[0]
        else:
            found = _rounded(value, _WHOLES)
    return found if found is not None and found.type in (ty.FLOAT, ty.DOUBLE) else None


def _rounded(value: Value, by: frozenset[str]) -> Value | None:
    """What such a function rounds."""
    if not isinstance(value, Call) or not isinstance(value.callee, Global):
        return None
    name = value.callee.name.removeprefix("llvm.").split(".")[0]
    return value.arguments[0] if name in by or name.removesuffix("f") in by else None


class _Chain:
    """What integer arithmetic does to bits of floats on the way to a value."""

    def __init__(self, module: Module, *, loads: bool) -> None:
        self._module, self._loads = module, loads
        self._known: dict[Value, _Terms | None] = {}
        self.choices: dict[Value, list[_Terms]] = {}
        """Terms that are one of two sums without bits."""
        self.counts = False
        """Is there more to it than bits that are set and cleared?"""

    def is_whole(self, terms: Iterable[Value]) -> bool:
        """Are there no bits among these terms?"""
        return all(term in self.choices or _made_whole(term) is not None for term in terms)

    def terms(self, value: Value) -> _Terms | None:
        """The sum that an integer is, but for what has no derivative; None if it is something
        else."""
        if value not in self._known:
            self._known[value] = self._terms(value)
        return self._known[value]

    def _terms(self, value: Value) -> _Terms | None:
        is_word = _may_be_bits if self._loads else is_loaded_bits
        if _is_bits(value) or is_word(self._module, value):
            return {value: Fraction(1)}
        if value.type not in (ty.I32, ty.I64):
            return None
        mantissa = 52 if value.type is ty.I64 else 23
        below = (1 << mantissa) - 1
        if isinstance(value, ConstantInt) or not possible(value) & below:
            return {}  # at most an exponent
        if self._loads and _made_whole(value) is not None:
            self.counts = True
            return {value: Fraction(1)}
        arms = _arms(value) if self._loads else []
        if arms:
            found = [self.terms(arm) for arm in arms]
            sums = [terms for terms in found if terms is not None and self.is_whole(terms)]
            if len(sums) < len(arms) or not any(sums):
                return None
            self.choices[value] = sums
            return {value: Fraction(1)}
        if isinstance(value, Cast) and value.opcode in ("zext", "sext", "trunc"):
            inner = self.terms(value.operands[0])
            return inner if inner and self.is_whole(inner) else None
        operation = _operation(value)
        if operation is None:
            return None
        opcode, first, second = operation
        if opcode in ("add", "sub", "or", "xor"):
            one, other = self.terms(first), self.terms(second)
            if one is None or other is None:
                return None
            if opcode in ("or", "xor"):
                if not possible(second) & below:
                    return one
                return other if not possible(first) & below else None
            self.counts = True
            sign = 1 if opcode == "add" else -1
            return {t: one.get(t, 0) + sign * other.get(t, Fraction(0)) for t in {**one, **other}}
        if not isinstance(second, ConstantInt):
            return None
        if opcode == "and":
            self.counts |= ~second.value & (below + 1) != 0  # another exponent
            return self.terms(first) if second.value & below == below else None
        inner = self.terms(first)
        if inner is None:
            return None
        factor = _factor(opcode, second, mantissa, is_whole=self.is_whole(inner))
        self.counts = True
        terms = {term: f * factor for term, f in inner.items()}
        lost = [abs(f) <= Fraction(1, 1 << mantissa) for f in terms.values()]
        if any(lost):  # what is left is the exponent alone
            return {} if all(lost) and factor else None
        return terms


def _operation(value: Value) -> tuple[str, Value, Value] | None:
    """The arithmetic of which an integer is the result; a sanitizer's may look at overflow."""
    match value:
        case Binary():
            return value.opcode, *value.operands  # type: ignore[return-value]
        case ExtractValue(path=(0,), operands=[Call(callee=Global() as callee) as call]):
            found = _CHECKED.match(callee.name)
            return None if found is None else (found[1], *call.arguments)  # type: ignore[return-value]
    return None


def _may_be_bits(module: Module, value: Value) -> bool:
    """Is it a word of which nothing says that it is an integer?"""
    if not isinstance(value, Load):
        return _is_bits(value)
    return is_loaded_bits(module, value) or (
        value.type in (ty.I32, ty.I64) and access_kind(module, value) is None
    )


def _factor(opcode: str, by: ConstantInt, mantissa: int, *, is_whole: bool) -> Fraction:
    """What the operation multiplies by; zero if it does not."""
    match opcode:
        case "shl" if 0 <= by.value < (mantissa if is_whole else 16):
            return Fraction(1 << by.value)
        case "lshr" | "ashr" if 0 <= by.value <= mantissa:
            return Fraction(1, 1 << by.value)
        case "udiv" | "sdiv" if 0 < by.value < 1 << 16:
            return Fraction(1, by.value)
        case "mul" if 0 < abs(by.value) < 1 << 16:
            return Fraction(by.value)
    return Fraction(0)


def _rewrite(cast: Cast, terms: _Terms, chain: _Chain) -> None:
    block = cast.block
    assert block is not None
    emit = Builder(block, cast)
    # not what was made whole, either: a derivative of the derivative would find its slope again
    bits = {t: _without_derivative(emit, t) for t in terms}
    copies: dict[Value, Value] = dict(bits)
    made: Instruction = cast.copy()
    made.set_operand(0, _again(emit, cast.operands[0], copies))
    emit.put(made)
    result: Value = made
    for term, factor in terms.items():
        if factor and chain.is_whole([term]):
            result = emit.fadd(result, _shares(emit, made, {term: factor}, chain.choices))
        elif factor:
            result = emit.fadd(
                result, _share(emit, made, bits[term], _number_of(emit, term), factor)
            )
    cast.replace_with(result)
    _erase(cast)


def _erase(inst: Value) -> None:
    """Takes away what nobody uses any more."""
    if isinstance(inst, Binary | Cast) and not inst.users:
        operands = inst.operands
        inst.erase()
        for operand in dict.fromkeys(operands):
            _erase(operand)


def _number_of(emit: Builder, bits: Value) -> Value:
    if isinstance(bits, Cast):
        return bits.operands[0]
    return emit.cast("bitcast", bits, ty.FLOAT if bits.type is ty.I32 else ty.DOUBLE)


def _without_derivative(emit: Builder, bits: Value) -> Value:
    """The bits by way of numbers, which no optimisation takes for what it leads to."""
    made: Value | None = None
    for start in range(0, 64 if bits.type is ty.I64 else 32, 16):
        by = const_int(bits.type, start)
        part = emit.cast("trunc", emit.binary("lshr", bits, by) if start else bits, ty.I16)
        number = emit.cast("uitofp", part, ty.DOUBLE)
        for factor in (0.5, 2.0):
            number = emit.fmul(number, const_float(ty.DOUBLE, factor))
        part = emit.cast("zext", emit.cast("fptoui", number, ty.I16), bits.type)
        part = emit.binary("shl", part, by) if start else part
        made = part if made is None else emit.add(made, part)
    assert made is not None
    return made


def _again(emit: Builder, value: Value, copies: dict[Value, Value]) -> Value:
    """The same integer made of the bits that have no derivative."""
    if value in copies:
        return copies[value]
    operation = _operation(value)
    if operation is None:
        return value
    opcode, *before = operation
    operands = [_again(emit, operand, copies) for operand in before]
    same = all(a is b for a, b in zip(operands, before, strict=True))
    made = value if same else emit.binary(opcode, operands[0], operands[1], "")
    copies[value] = made
    return made


def _shares(
    emit: Builder, made: Instruction, terms: _Terms, choices: dict[Value, list[_Terms]]
) -> Value:
    """What numbers that have been made whole, and choices of them, add."""
    result: Value = zero(made.type)
    for term, factor in terms.items():
        whole = _made_whole(term)
        if whole is not None:
            share = _share_of_whole(emit, made, whole, factor)
        else:
            a, b = (
                _shares(emit, made, {t: f * factor for t, f in arm.items()}, choices)
                for arm in choices[term]
            )
            order = _order(term)
            assert isinstance(term, Instruction)
            is_first = emit.compare("icmp", order, *_arms(term)) if order else term.operands[0]
            share = emit.select(is_first, a, b)
        result = emit.fadd(result, share)
    return result


def _share_of_whole(emit: Builder, made: Instruction, source: Value, factor: Fraction) -> Value:
    """The same for a number that has been made whole: the slope is what the last bit is worth."""
    assert isinstance(made.type, ty.FloatType)
    assert isinstance(source.type, ty.FloatType)
    own, other = _FORMATS[made.type], _FORMATS[source.type]
    bits = _without_derivative(emit, emit.cast("bitcast", source, other.integer))
    again, is_finite = _number(emit, other, bits, *_exponent(emit, other, bits))
    share: Value = emit.select(is_finite, emit.fsub(source, again), zero(source.type))
    result = emit.cast("bitcast", made, own.integer)
    there, below = _exponent(emit, own, _without_derivative(emit, result))
    share = share if source.type is ty.DOUBLE else emit.cast("fpext", share, ty.DOUBLE)
    for step in _powers(emit, own, emit.sub(there, const_int(own.integer, own.mantissa + own.one))):
        wide = step if made.type is ty.DOUBLE else emit.cast("fpext", step, ty.DOUBLE)
        share = emit.fmul(share, wide)
    share = emit.fmul(share, const_float(ty.DOUBLE, float(factor)))
    share = emit.select(below, emit.fneg(share), share)
    return share if made.type is ty.DOUBLE else emit.cast("fptrunc", share, made.type)


def _share(emit: Builder, made: Instruction, bits: Value, source: Value, factor: Fraction) -> Value:
    """slope * (a - a'), which is zero."""
    assert isinstance(made.type, ty.FloatType)
    assert isinstance(source.type, ty.FloatType)
    own = _FORMATS[source.type]
    field, negative = _exponent(emit, own, bits)
    again, is_finite = _number(emit, own, bits, field, negative)
    share: Value = emit.select(is_finite, emit.fsub(source, again), zero(source.type))
    exponent = emit.sub(const_int(own.integer, own.mantissa + own.one), field)
    flips = negative
    if made.opcode == "bitcast":
        result = emit.cast("bitcast", made, own.integer)
        there, below = _exponent(emit, own, _without_derivative(emit, result))
        exponent = emit.sub(there, field)
        flips = emit.binary("xor", negative, below)
    for step in _powers(emit, own, exponent):
        share = emit.fmul(share, step)
    share = emit.fmul(share, const_float(own.type, float(factor)))
    share = emit.select(flips, emit.fneg(share), share)
    if made.type is own.type:
        return share
    return emit.cast("fptrunc" if made.type is ty.FLOAT else "fpext", share, made.type)


def _exponent(emit: Builder, own: _Format, bits: Value) -> tuple[Value, Value]:
    """The exponent of a number's last bit, but for a constant, and whether it is negative."""
    top = emit.binary("lshr", bits, const_int(own.integer, own.mantissa))
    field = emit.binary("and", top, const_int(own.integer, 2 * own.one + 1))
    none = emit.compare("icmp", "eq", field, const_int(own.integer, 0))
    field = emit.select(none, const_int(own.integer, 1), field)
    return field, emit.compare("icmp", "slt", bits, const_int(own.integer, 0))


def _number(
    emit: Builder, own: _Format, bits: Value, field: Value, negative: Value
) -> tuple[Value, Value]:
    """The number that has these bits, made of whole numbers, and whether it is finite."""
    hidden = 1 << own.mantissa
    whole = emit.binary("and", bits, const_int(own.integer, 2 * hidden * (own.one + 1) - 1))
    small = emit.compare("icmp", "ult", whole, const_int(own.integer, hidden))
    whole = emit.binary("and", whole, const_int(own.integer, hidden - 1))
    whole = emit.select(small, whole, emit.add(whole, const_int(own.integer, hidden)))
    number = emit.cast("uitofp", whole, own.type)
    exponent = emit.sub(field, const_int(own.integer, own.mantissa + own.one))
    for step in _powers(emit, own, exponent):
        number = emit.fmul(number, step)
    number = emit.select(negative, emit.fneg(number), number)
    finite = emit.compare("icmp", "ne", field, const_int(own.integer, 2 * own.one + 1))
    return number, finite


def _powers(emit: Builder, own: _Format, exponent: Value) -> list[Value]:
    """Two numbers whose product is two to that power: one may be out of range."""
    half = emit.binary("ashr", exponent, const_int(own.integer, 1))
    powers = []
    for part in (half, emit.sub(exponent, half)):
        field = emit.add(part, const_int(own.integer, own.one))
        placed = emit.binary("shl", field, const_int(own.integer, own.mantissa))
        powers.append(emit.cast("bitcast", placed, own.type))
    return powers
