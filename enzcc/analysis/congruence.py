"""What is known of an integer modulo a constant: the key to the stride of an address.

Question     For which c and g is the value always c + k*g?
Lattice      pairs (c, g); g = 0 means exactly c, g = 1 nothing known. Join is the gcd of both
             strides and of the distance. (Granger, "Static analysis of arithmetical congruences",
             1989.)
Transfer     Sums, products, shifts by constants, low bits of masks, phis, selects, widening; else
             g = 1.
Safe answer  (0, 1).

Values are taken as mathematical integers: the congruence serves offsets of objects in memory, which
do not wrap.
"""

from __future__ import annotations

from math import gcd
from typing import Final

from enzcc.ir.instructions import Binary, Cast, Freeze, Phi, Select
from enzcc.ir.values import ConstantInt, Value

Congruence = tuple[int, int]

WIDEST = 16
"""Low bits that are told apart; no stride is a multiple of a higher power of two."""


def congruence(value: Value, memo: dict[Value, Congruence | None]) -> Congruence:
    """The congruence of an integer value; `memo` is shared between calls of one function."""
    if isinstance(value, ConstantInt):
        return value.value, 0
    if value in memo:
        return memo[value] or (0, 0)
    if not isinstance(value, (Binary, Cast, Freeze, Phi, Select)):
        return 0, 1
    memo[value] = None  # in progress: a phi's own value adds nothing to its start
    cyclic = isinstance(value, Phi)
    found = _of(value, memo)
    if cyclic:  # once more with the first answer assumed, until it holds
        for _ in range(4):
            memo[value] = found
            for user in list(memo):
                if user is not value and memo[user] is not None and _depends(user):
                    del memo[user]
            again = _join(found, _of(value, memo))
            if again == found:
                break
            found = again
        else:
            found = (0, 1)
    memo[value] = found
    return found


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


def _depends(value: Value) -> bool:
    return not isinstance(value, Phi)


def _of(value: Value, memo: dict[Value, Congruence | None]) -> Congruence:
    match value:
        case Phi():
            found: Congruence | None = None
            for operand in value.operands:
                if operand is value or (operand in memo and memo[operand] is None):
                    continue
                one = congruence(operand, memo)
                found = one if found is None else _join(found, one)
            return found or (0, 1)
        case Select():
            return _join(congruence(value.operands[1], memo), congruence(value.operands[2], memo))
        case Freeze():
            return congruence(value.operands[0], memo)
        case Cast(opcode="sext" | "zext" | "trunc"):
            return congruence(value.operands[0], memo)
        case Binary():
            return _binary(value, memo)
    return 0, 1


def _binary(value: Binary, memo: dict[Value, Congruence | None]) -> Congruence:
    a, b = value.operands
    if value.opcode not in ("add", "sub", "mul", "shl", "and", "or", "xor"):
        return 0, 1
    c, g = congruence(a, memo)
    d, h = congruence(b, memo)
    match value.opcode:
        case "add":
            return _reduce(c + d, gcd(g, h))
        case "sub":
            return _reduce(c - d, gcd(g, h))
        case "mul":
            return _reduce(c * d, gcd(c * h, d * g, g * h))
        case "shl" if h == 0 and 0 <= d < 64:
            return _reduce(c << d, g << d)
        case "or" if "disjoint" in value.flags:
            return _reduce(c + d, gcd(g, h))
        case "and" | "or" | "xor":
            return _bitwise(value.opcode, (c, g), (d, h))
    return 0, 1


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
