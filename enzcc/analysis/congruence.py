"""What is known of an integer modulo a constant: the key to the stride of an address.

Question     For which c and g is the value always c + k*g?
Lattice      pairs (c, g); g = 0 means exactly c, g = 1 nothing known. Join is the gcd of both
             strides and of the distance. (Granger, "Static analysis of arithmetical congruences",
             1989.)
Transfer     Sums, products and shifts by constants, phis, selects, widening; else g = 1.
Safe answer  (0, 1).

Values are taken as mathematical integers: the congruence serves offsets of objects in memory, which
do not wrap.
"""

from __future__ import annotations

from math import gcd

from enzcc.ir.instructions import Binary, Cast, Freeze, Phi, Select
from enzcc.ir.values import ConstantInt, Value

Congruence = tuple[int, int]


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
    if value.opcode not in ("add", "sub", "mul", "shl", "or"):
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
    return 0, 1


def _join(a: Congruence, b: Congruence) -> Congruence:
    return _reduce(a[0], gcd(a[1], b[1], a[0] - b[0]))


def _reduce(c: int, g: int) -> Congruence:
    return (c % g, g) if g else (c, 0)
