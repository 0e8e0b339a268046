"""Are two addresses of one iteration apart, though how far is known at run time only?

    if (half > 0) for (k ...) swap(&x[k], &x[k + half]);

Question     Is there at least a given number of bytes between two addresses, wherever both are
             computed in one run through a block?
Transfer     An address is a base and a sum of multiples of integers. The difference of two with one
             base is constant, or c * v + d for one integer v; a branch that must have been taken
             says how small v can be, and shifts and products of what it is a multiple.
Safe answer  no.
"""

from __future__ import annotations

from typing import Final, final

from enzcc.analysis.cfg import Shape
from enzcc.analysis.recurrences import negated, signed, swapped
from enzcc.ir import types as ty
from enzcc.ir.function import Block
from enzcc.ir.instructions import Binary, Branch, Cast, Compare, GetElementPtr
from enzcc.ir.types import Layout
from enzcc.ir.values import ConstantInt, Value

MOST_TERMS: Final = 6
LARGE: Final = 1 << 20

_Sum = dict[Value, int]


@final
class Apart:
    """Answers for the addresses of one function."""

    def __init__(self, shape: Shape, layout: Layout) -> None:
        self.shape, self.layout = shape, layout
        self._addresses: dict[Value, tuple[Value, _Sum, int, bool]] = {}

    def difference(self, a: Value, b: Value) -> int | None:
        """b - a in bytes, if that is a constant."""
        first, second = self._address(a), self._address(b)
        if first[0] is not second[0] or first[1] != second[1]:
            return None
        return second[2] - first[2]

    def are_apart(self, a: Value, b: Value, offset: int, size: int, block: Block) -> bool:
        """Is |b + offset - a| >= size whenever the block runs?"""
        base, terms, constant, exact = self._address(a)
        other, others, other_constant, other_exact = self._address(b)
        if base is not other:
            return False
        gap = other_constant + offset - constant
        rest = {v: others.get(v, 0) - terms.get(v, 0) for v in (*terms, *others)}
        rest = {v: c for v, c in rest.items() if c}
        if not rest:
            return abs(gap) >= size
        if len(rest) != 1:
            return False
        ((value, factor),) = rest.items()
        if abs(factor) > LARGE or not (_is_narrow(value) or (exact and other_exact)):
            return False
        smallest = self._smallest(value, block)
        return smallest > 0 and abs(factor) * smallest - abs(gap) >= size

    # ------------------------------------------------------------------ sums

    def _address(self, pointer: Value) -> tuple[Value, _Sum, int, bool]:
        """Base, multiples of integers, constant; whether no product has wrapped around."""
        found = self._addresses.get(pointer)
        if found is None:
            found = self._addresses[pointer] = self._find_address(pointer)
        return found

    def _find_address(self, pointer: Value) -> tuple[Value, _Sum, int, bool]:
        if not isinstance(pointer, GetElementPtr) or len(pointer.indices) != 1:
            return pointer, {}, 0, True
        (index,) = pointer.indices
        if index.type is not ty.I64:
            return pointer, {}, 0, True
        base, terms, constant, exact = self._address(pointer.base)
        total = dict(terms)
        more = self._add(total, index, self.layout.size(pointer.source))
        if more is None or len(total) > MOST_TERMS:
            return pointer, {}, 0, True
        exact = exact and ("inbounds" in pointer.flags or "nusw" in pointer.flags)
        return base, total, constant + more, exact

    def _add(self, total: _Sum, value: Value, factor: int, depth: int = 0) -> int | None:
        """Adds factor * value, an i64; returns the constant part."""
        if isinstance(value, ConstantInt):
            return factor * signed(value)
        if isinstance(value, Binary) and depth < MOST_TERMS:
            a, b = value.operands
            match value.opcode:
                case "add" | "sub":
                    first = self._add(total, a, factor, depth + 1)
                    second = self._add(
                        total, b, factor if value.opcode == "add" else -factor, depth + 1
                    )
                    return None if first is None or second is None else first + second
                case "shl" if isinstance(b, ConstantInt) and b.value < 20:
                    return self._add(total, a, factor << b.value, depth + 1)
                case "mul" if isinstance(b, ConstantInt) and abs(signed(b)) < LARGE:
                    return self._add(total, a, factor * signed(b), depth + 1)
        total[value] = total.get(value, 0) + factor
        return 0

    # ------------------------------------------------------------------ how large

    def _smallest(self, value: Value, block: Block) -> int:
        """A positive number that the magnitude of a value is never below; 0 if it may be zero."""
        match value:
            case ConstantInt():
                return abs(signed(value))
            case Cast(opcode="zext" | "sext"):
                return self._smallest(value.operands[0], block)
            case Binary(opcode="shl", operands=[inner, ConstantInt() as by]):
                below = self._smallest(inner, block)
                if "nsw" in value.flags or "nuw" in value.flags:
                    return below << by.value
                # the sign bit alone may be lost: not zero, and a multiple
                return 1 << by.value if by.value == 1 and self._lower(inner, block) > 0 else 0
            case Binary(opcode="mul", operands=[inner, ConstantInt() as by]):
                if "nsw" in value.flags or "nuw" in value.flags:
                    return self._smallest(inner, block) * abs(signed(by))
                return 0
        return max(self._lower(value, block), 0)

    def _lower(self, value: Value, block: Block) -> int:
        """A signed lower bound that branches on the way to a block have made sure of."""
        best = -1
        here: Block | None = block
        while here is not None:
            above = self.shape.idom.get(here)
            if above is None:
                break
            last = above.terminator
            if (
                isinstance(last, Branch)
                and last.operands
                and self.shape.predecessors[here] == [above]
                and last.targets[0] is not last.targets[1]
            ):
                best = max(best, _bound(last.operands[0], value, last.targets[0] is here))
            here = above
        return best


def _is_narrow(value: Value) -> bool:
    """Does a multiple of it never wrap around in 64 bits?"""
    if not isinstance(value, Cast) or value.opcode not in ("sext", "zext"):
        return False
    inner = value.operands[0].type
    return isinstance(inner, ty.IntType) and inner.bits <= 32


def _bound(condition: Value, value: Value, holds: bool) -> int:
    if not isinstance(condition, Compare) or condition.opcode != "icmp":
        return -1
    a, b = condition.operands
    predicate = condition.predicate
    if b is value and isinstance(a, ConstantInt):
        a, b = b, a
        predicate = swapped(predicate)
    if a is not value or not isinstance(b, ConstantInt):
        return -1
    number = signed(b)
    if not holds:
        predicate = negated(predicate)
    return {"sgt": number + 1, "sge": number}.get(predicate, -1)
