"""Integers that are distances between addresses, as iterators subtract and add them.

Question     Of which distances between pointers is the integer a sum, and what else adds to it?
Lattice      {c + k*g + k1*d1 + k2*d2 ...: k, k1 ... any integers}, where each d is a sum of
             addresses in which as many are added as subtracted; join is the gcd, and the union of
             the d.
Transfer     `ptrtoint` is an address; sums, products by constants, phis, selects, minima; an `and`
             that clears low bits, and what is left without its remainder, give multiples.
Safe answer  None: nothing is known.

What a distance is modulo the stride of the object that both addresses are in is only known when
all pointers have found their objects: see `Objects`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd, lcm
from typing import Final, TypeAlias, final

from enzcc.analysis.congruence import rounded_to
from enzcc.ir.function import Block
from enzcc.ir.instructions import (
    Binary,
    CallBase,
    Cast,
    Freeze,
    GetElementPtr,
    Phi,
    Select,
    root_of,
)
from enzcc.ir.types import PointerType, Type
from enzcc.ir.values import ConstantInt, Global, Value, is_zero

Addresses: TypeAlias = tuple[tuple[Value, int], ...]
"""Pointers and how often their address is added."""

MOST_DISTANCES: Final = 8
MOST_ROUNDS: Final = 4
_CHOICES = ("llvm.umin.", "llvm.umax.", "llvm.smin.", "llvm.smax.")


@final
@dataclass(frozen=True)
class Sum:
    """constant + k*stride + addresses + any multiples of `distances`.

    `aligned`: low bits have been cleared, so that a multiple of this was left.
    """

    constant: int = 0
    stride: int = 0
    addresses: Addresses = ()
    distances: tuple[Addresses, ...] = ()
    aligned: int = 1


@final
class _Unknown:
    """A phi's own value, while its first operand is looked at."""


_OWN: Final = _Unknown()
_Memo: TypeAlias = "dict[Value, Sum | None]"
_OffsetOf: TypeAlias = "Callable[[Type, list[Value]], tuple[int, list[int]]]"
"""The constant part of an address computation, and the strides of what varies."""


def distance(value: Value, memo: _Memo, offset_of: _OffsetOf) -> Sum | None:
    """The value as a sum in which addresses cancel; None if it is none."""
    found = _Reader(memo, offset_of).read(value)
    return found if isinstance(found, Sum) and _cancels(found) else None


def exact_divisor(value: Binary) -> int:
    """A number that surely divides an integer, as the program says; 0 if it says nothing."""
    found = 0
    for user in value.users:
        if isinstance(user, Binary) and user.operands[0] is value and "exact" in user.flags:
            by = user.operands[1]
            if isinstance(by, ConstantInt) and 0 < by.value < 1 << 63:
                shifts = user.opcode in ("ashr", "lshr")
                found = lcm(found or 1, 1 << by.value if shifts else by.value)
    return found


@final
class _Reader:
    def __init__(self, memo: _Memo, offset_of: _OffsetOf) -> None:
        self.memo = memo
        self.offset_of = offset_of
        self.open: dict[Value, Sum | _Unknown] = {}
        self.added: list[Value] = []

    def read(self, value: Value) -> Sum | _Unknown | None:
        if isinstance(value, ConstantInt):
            return Sum(value.value)
        if value in self.open:
            return self.open[value]
        if value in self.memo:
            return self.memo[value]
        if isinstance(value, Phi):
            return self._phi(value)
        found = self._of(value)
        if not isinstance(found, _Unknown):
            self.memo[value] = found
            if self.open:
                self.added.append(value)
        return found

    def _phi(self, phi: Phi) -> Sum | _Unknown | None:
        found: Sum | _Unknown | None = _OWN
        start = len(self.added)
        for _ in range(MOST_ROUNDS):
            assert found is not None
            self.open[phi] = found
            for value in self.added[start:]:
                self.memo.pop(value, None)
            del self.added[start:]
            again: Sum | _Unknown | None = found
            for operand in phi.operands:
                if operand is not phi and again is not None:
                    again = _join(again, self.read(operand))
            if again is None or again == found:
                found = again
                break
            found = again
        else:
            found = None
        del self.open[phi]
        if not isinstance(found, _Unknown):
            self.memo[phi] = found
            if self.open:
                self.added.append(phi)
        return found

    def _of(self, value: Value) -> Sum | _Unknown | None:
        match value:
            case Cast(opcode="ptrtoint" | "ptrtoaddr"):
                pointer = value.operands[0]
                return self._address(pointer) if isinstance(pointer.type, PointerType) else None
            case Select():
                return _join(self.read(value.operands[1]), self.read(value.operands[2]))
            case Freeze():
                return self.read(value.operands[0])
            case CallBase(callee=Global() as callee) if callee.name.startswith(_CHOICES):
                return _join(self.read(value.arguments[0]), self.read(value.arguments[1]))
            case Binary():
                return self._binary(value)
        return None

    def _address(self, pointer: Value) -> Sum:
        is_number = is_zero(root_of(pointer))
        return self._from_null(pointer) if is_number else Sum(addresses=((pointer, 1),))

    def _from_null(self, pointer: Value) -> Sum:
        """An address that is calculated from the null pointer: no more than a number."""
        constant = stride = 0
        while isinstance(pointer, GetElementPtr):
            offset, strides = self.offset_of(pointer.source, pointer.indices)
            constant, stride = constant + offset, gcd(stride, *strides)
            pointer = pointer.base
        return Sum(constant, stride)

    def _binary(self, value: Binary) -> Sum | _Unknown | None:
        a, b = value.operands
        match value.opcode:
            case "add":
                return _add(self.read(a), self.read(b), 1)
            case "sub":
                whole = rounded_to(value)
                return Sum(stride=whole) if whole else self._difference(a, b)
            case "or" if "disjoint" in value.flags:
                return _add(self.read(a), self.read(b), 1)
            case "mul" if isinstance(b, ConstantInt):
                return _add(Sum(), self._or_any(a), b.value)
            case "shl" if isinstance(b, ConstantInt) and 0 <= b.value < 64:
                return _add(Sum(), self._or_any(a), 1 << b.value)
            case "xor" if isinstance(b, ConstantInt) and b.value == -1:
                return _add(Sum(-1), self.read(a), -1)
            case "and" if (
                isinstance(b, ConstantInt) and b.value < 0 and -b.value & -b.value - 1 == 0
            ):
                found = self.read(a)
                if isinstance(found, Sum) and not found.constant % -b.value:
                    aligned = max(found.aligned, -b.value)
                    return Sum(
                        found.constant, found.stride, found.addresses, found.distances, aligned
                    )
                return found if isinstance(found, _Unknown) else None
        return None

    def _difference(self, a: Value, b: Value) -> Sum | _Unknown | None:
        """a - b. Where both are chosen by one branch, addresses here and numbers there, addresses
        cancel in each of the ways."""
        found = _add(self.read(a), self.read(b), -1)
        if isinstance(found, _Unknown) or (found is not None and _cancels(found)):
            return found
        here, there = self._choices(a), self._choices(b)
        ways: Sum | _Unknown | None = _OWN
        for block in here if here.keys() == there.keys() else ():
            way = _add(here[block], there[block], -1)
            if not isinstance(way, Sum) or not _cancels(way):
                return found
            distances = (*way.distances, way.addresses) if way.addresses else way.distances
            ways = _join(ways, Sum(way.constant, way.stride, (), distances, way.aligned))
        return found if isinstance(ways, _Unknown) else ways

    def _choices(self, value: Value) -> dict[tuple[Block, Block], Sum | _Unknown | None]:
        """What a phi, or the address that one chooses, is on each of the ways to it."""
        is_address = isinstance(value, Cast) and value.opcode in ("ptrtoint", "ptrtoaddr")
        phi = value.operands[0] if is_address else value  # type: ignore[attr-defined]
        if not isinstance(phi, Phi) or phi.block is None:
            return {}
        if is_address and not isinstance(phi.type, PointerType):
            return {}
        read = self._address if is_address else self.read
        return {(phi.block, source): read(one) for one, source in phi.incoming()}

    def _or_any(self, value: Value) -> Sum | _Unknown:
        """A number of which nothing may be known."""
        found = self.read(value)
        return Sum(stride=1) if found is None else found


def _add(a: Sum | _Unknown | None, b: Sum | _Unknown | None, times: int) -> Sum | _Unknown | None:
    """a + times * b"""
    if a is None or b is None:
        return None
    if isinstance(a, _Unknown) or isinstance(b, _Unknown):
        return _OWN
    distances = dict.fromkeys((*a.distances, *(_sum((), d, times) for d in b.distances)))
    if len(distances) > MOST_DISTANCES:
        return None
    if max(a.aligned, b.aligned) > 1 and not (_is_plain(a) or _is_plain(b)):
        return None
    return Sum(
        a.constant + times * b.constant,
        gcd(a.stride, times * b.stride),
        _sum(a.addresses, b.addresses, times),
        tuple(distances),
        max(a.aligned, b.aligned),
    )


def _cancels(found: Sum) -> bool:
    """Are as many addresses added as subtracted?"""
    parts = (found.addresses, *found.distances)
    return all(sum(n for _, n in part) == 0 for part in parts)


def _is_plain(a: Sum) -> bool:
    return not (a.stride or a.addresses or a.distances)


def _join(a: Sum | _Unknown | None, b: Sum | _Unknown | None) -> Sum | _Unknown | None:
    if a is None or b is None:
        return None
    if isinstance(a, _Unknown):
        return b
    if isinstance(b, _Unknown):
        return a
    between = _sum(b.addresses, a.addresses, -1)
    found = dict.fromkeys((*a.distances, *b.distances, *((between,) if between else ())))
    if len(found) > MOST_DISTANCES:
        return None
    return Sum(
        a.constant,
        gcd(a.stride, b.stride, a.constant - b.constant),
        a.addresses,
        tuple(found),
        max(a.aligned, b.aligned),
    )


def _sum(a: Addresses, b: Addresses, times: int) -> Addresses:
    total = dict(a)
    for pointer, count in b:
        total[pointer] = total.get(pointer, 0) + times * count
    return tuple((p, n) for p, n in total.items() if n)


def moves_on(value: Value) -> bool:
    """Is it a pointer that a loop moves on?"""

    def start(pointer: Value) -> Value:
        while isinstance(pointer, GetElementPtr):
            pointer = pointer.base
        return pointer

    return isinstance(value, Phi) and any(
        operand is not value and start(operand) is value for operand in value.operands
    )
