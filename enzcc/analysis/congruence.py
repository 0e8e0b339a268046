"""What is known of an integer modulo a constant: the key to the stride of an address.

Question     For which c and g is the value always c + k*g?
Lattice      pairs (c, g); g = 0 means exactly c, g = 1 nothing known. Join is the gcd of both
             strides and of the distance. (Granger, "Static analysis of arithmetical congruences",
             1989.)
Transfer     Sums, products, shifts by constants, numbers without their remainder, low bits of
             masks, phis, selects, widening; else g = 1.
Safe answer  (0, 1).

Integers of 32 bits and more are taken as mathematical ones: the congruence serves offsets of
objects in memory, which do not wrap. Smaller ones do (`a[k]; k += 3;` with an `unsigned char`): of
these only what is left modulo their own size is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import gcd
from typing import Final

from enzcc.ir.instructions import Binary, CallBase, Cast, Compare, Freeze, Instruction, Phi, Select
from enzcc.ir.types import I1, IntType, Type
from enzcc.ir.values import ConstantInt, Value

Congruence = tuple[int, int]

NARROW = 32
"""Integers of fewer bits wrap around in programs that mean it."""

ADDRESS = 64
"""Indices of so many bits are what an address adds: none means another number by its sign."""

WIDEST = 16
"""Low bits that are told apart; no stride is a multiple of a higher power of two."""


def congruence(value: Value, memo: dict[Value, Congruence]) -> Congruence:
    """The congruence of an integer value; `memo` is shared between calls of one function."""
    known = _known(value, memo)
    if known is not None:
        return known
    region = _what_it_comes_from(value, memo)
    facts: dict[Value, Congruence] = {}  # what is not in it has no value yet
    changed = True
    while changed:
        changed = False
        for one in region:
            found = _of(one, memo, facts)
            if found is None:
                continue
            before = facts.get(one)
            if before is not None:
                found = _join(before, found)
            if found != before:
                facts[one] = found
                changed = True
    for one in region:
        memo[one] = facts.get(one, (0, 1))
    return memo[value]


def _known(value: Value, memo: dict[Value, Congruence]) -> Congruence | None:
    if isinstance(value, ConstantInt):
        return value.value, 0
    if isinstance(value, (Binary, Cast, Freeze, Phi, Select)):
        return memo.get(value)
    return 0, 1


def _what_it_comes_from(value: Value, memo: dict[Value, Congruence]) -> list[Value]:
    """A value and all that it is computed from and is not known, operands first but for cycles.

    Whichever value of a cycle is asked for first, the whole cycle is solved together.
    """
    order: list[Value] = []
    seen = {value}
    work = [(value, iter(_operands(value)))]
    while work:
        one, rest = work[-1]
        for operand in rest:
            if operand not in seen and _known(operand, memo) is None:
                seen.add(operand)
                work.append((operand, iter(_operands(operand))))
                break
        else:
            order.append(one)
            work.pop()
    return order


def _operands(value: Value) -> tuple[Value, ...]:
    assert isinstance(value, (Binary, Cast, Freeze, Phi, Select))
    return tuple(value.operands)


MOST_CONSTANTS: Final = 4


def constants(value: Value) -> tuple[int, ...]:
    """The few constants that a value is one of, none if it may be something else."""
    found: dict[int, None] = {}
    work, seen = [value], {value}
    while work:
        one = work.pop()
        match one:
            case ConstantInt():
                found[one.value] = None
                continue
            case Binary(opcode="and", operands=[_, ConstantInt(value=mask)]) if mask > 0:
                found.update((bits, None) for bits in _within(mask))
                continue
            case Binary(
                opcode="xor" | "or" as opcode,
                operands=[Binary() as masked, ConstantInt(value=bits)],
            ) if inner := constants(masked):
                found.update((n ^ bits if opcode == "xor" else n | bits, None) for n in inner)
                continue
            case Cast(opcode="zext", operands=[Value(type=type)]) if type is I1:
                found.update({0: None, 1: None})
                continue
            case Cast(opcode="zext") if (inner := constants(one.operands[0])) and min(inner) >= 0:
                found.update((number, None) for number in inner)
                continue
            case Select():
                operands = one.operands[1:]
            case Phi():
                operands = one.operands
            case _:
                return ()
        if len(found) > MOST_CONSTANTS or len(seen) > 4 * MOST_CONSTANTS:
            return ()
        work.extend(o for o in operands if o not in seen)
        seen.update(operands)
    return tuple(found) if len(found) <= MOST_CONSTANTS else ()


def _within(mask: int) -> Iterator[int]:
    """What is left of all numbers behind a mask, the smallest first; at most one more than few."""
    bits = 0
    for _ in range(MOST_CONSTANTS + 1):
        yield bits
        bits = (bits - mask) & mask
        if not bits:
            return


def _of(
    value: Value, memo: dict[Value, Congruence], facts: dict[Value, Congruence]
) -> Congruence | None:
    """What the operands say of a value; None: they have no value yet."""

    def of(operand: Value) -> Congruence | None:
        known = _known(operand, memo)
        return facts.get(operand) if known is None else known

    found: Congruence | None
    match value:
        case Phi():
            found = _joined([of(operand) for operand in value.operands])
        case Select():
            found = _joined([of(operand) for operand in value.operands[1:]])
        case Freeze() | Cast(opcode="trunc"):
            found = of(value.operands[0])
        case Cast(opcode="sext" | "zext" as opcode):
            found = _widened(of(value.operands[0]), value.operands[0].type, opcode == "sext")
        case Binary():
            a, b = (of(operand) for operand in value.operands)
            found = None if a is None or b is None else _binary(value, a, b)
        case _:
            found = 0, 1
    return None if found is None else _wrapped(found, value.type)


def _wrapped(found: Congruence, of: Type) -> Congruence:
    """What is left of it where values of that type wrap around."""
    c, g = found
    if not g or not isinstance(of, IntType) or of.bits >= NARROW:
        return found
    return _reduce(c, gcd(g, 1 << of.bits))


def _widened(found: Congruence | None, narrow: Type, signed: bool) -> Congruence | None:
    """A constant as the number that it stands for; all else was reduced when it was made."""
    if found is None or found[1] or not isinstance(narrow, IntType) or narrow.bits >= NARROW:
        return found
    number = found[0] % (1 << narrow.bits)
    if signed and number >> narrow.bits - 1:
        number -= 1 << narrow.bits
    return number, 0


def _joined(several: list[Congruence | None]) -> Congruence | None:
    found: Congruence | None = None
    for one in several:
        if one is not None:
            found = one if found is None else _join(found, one)
    return found


def _binary(value: Binary, a: Congruence, b: Congruence) -> Congruence:
    (c, g), (d, h) = a, b
    match value.opcode:
        case "add":
            return _reduce(c + d, gcd(g, h))
        case "sub":
            whole = rounded_to(value)
            return (0, whole) if whole else _reduce(c - d, gcd(g, h))
        case "mul":
            return _reduce(c * d, gcd(c * h, d * g, g * h))
        case "shl" if h == 0 and 0 <= d < 64:
            return _reduce(c << d, g << d)
        case "ashr" | "lshr" if h == 0 and 0 <= d < 64:
            return _shifted(value, a, d)
        case "or" if "disjoint" in value.flags:
            return _reduce(c + d, gcd(g, h))
        case "and" | "or" | "xor":
            return _bitwise(value.opcode, a, b)
    return 0, 1


def rounded_to(value: Binary) -> int:
    """Of what a difference is a multiple since a number loses its remainder; 0 if it is no such.

    A number without sign that has fewer bits than an address may become a negative one: the
    difference is then a multiple modulo 2^bits only, but where it is extended by zeros.
    """
    number, rest = value.operands
    match rest:
        case Binary(opcode="urem" | "srem", operands=[of, ConstantInt(value=by)]) if (
            of is number and value.opcode == "sub" and isinstance(value.type, IntType)
        ):
            if rest.opcode == "srem":
                return abs(by)
            whole = 1 << value.type.bits
            if value.type.bits >= ADDRESS or all(map(_keeps_unsigned, value.users)):
                return by % whole
            return gcd(by, whole)
    return 0


def _keeps_unsigned(user: Instruction) -> bool:
    return isinstance(user, Compare) or (isinstance(user, Cast) and user.opcode == "zext")


def _shifted(value: Binary, a: Congruence, by: int) -> Congruence:
    """What is left behind a shift to the right, as far as it holds modulo 2^64."""
    c, g = a
    if not g:
        if not isinstance(value.type, IntType):
            return 0, 1
        whole = 1 << value.type.bits
        half = whole >> 1 if value.opcode == "ashr" else 0
        return ((c + half) % whole - half) >> by, 0
    even = g & -g
    return _reduce((c % even) >> by, even >> by) if even >> by else (0, 1)


def _bitwise(opcode: str, a: Congruence, b: Congruence) -> Congruence:
    """As many low bits as are known: x & -8 is a multiple of 8, whatever x is."""
    decides = {"and": 0, "or": 1}.get(opcode)
    found = 0
    for bit in range(WIDEST):
        one, other = _bit(a, bit), _bit(b, bit)
        if one is None or other is None:
            if decides is None or decides not in (one, other):
                return _reduce(found, 1 << bit)
            found |= decides << bit
        else:
            result = {"and": one & other, "or": one | other, "xor": one ^ other}[opcode]
            found |= result << bit
    if opcode == "and" and any(g == 0 and 0 <= c < 1 << WIDEST for c, g in (a, b)):
        return found, 0  # the mask leaves no other bits
    return _reduce(found, 1 << WIDEST)


def _bit(of: Congruence, bit: int) -> int | None:
    """A bit of a value, if the congruence tells it."""
    rest, modulus = of
    if modulus and modulus % (2 << bit):
        return None
    return rest >> bit & 1


def _join(a: Congruence, b: Congruence) -> Congruence:
    return _reduce(a[0], gcd(a[1], b[1], a[0] - b[0]))


def _reduce(c: int, g: int) -> Congruence:
    return (c % g, g) if g else (c, 0)


def moves_multiples(inst: Instruction, unit: int) -> bool:
    """Are whole units copied from and to multiples of their size? Where floats of that size and
    smaller integers lie, such as in a workspace that is divided by hand, these are floats, or
    integers whose shadow is zero."""
    if not isinstance(inst, CallBase) or len(inst.arguments) < 3:
        return False  # no copy; `realloc`, for one, says nothing of what it moves
    aligned = (re.search(r"\balign (\d+)", inst.attributes[i]) for i in (0, 1))
    start, stride = congruence(inst.arguments[2], {})
    return start % unit == stride % unit == 0 and all(
        a is not None and int(a[1]) % unit == 0 for a in aligned
    )
