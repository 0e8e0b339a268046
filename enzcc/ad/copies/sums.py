"""Integers as sums of multiples, and addresses as steps by such sums from a pointer."""

from __future__ import annotations

from math import gcd
from typing import NamedTuple

from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.instructions import Binary, GetElementPtr, constant_offset
from enzcc.ir.types import Layout
from enzcc.ir.values import ConstantInt, Value


class Sum(NamedTuple):
    """An integer: multiples of others, and a constant."""

    terms: dict[Value, int]
    constant: int


class Way(NamedTuple):
    """An address as steps from a pointer, and constant bytes."""

    base: Value
    levels: list[tuple[ty.Type, Sum]]
    constant: int


def sum_of(value: Value) -> Sum:
    """An integer as a sum, modulo its width."""
    if isinstance(value, ConstantInt):
        return Sum({}, value.value)
    if isinstance(value, Binary):
        a, b = value.operands
        match value.opcode:
            case "add":
                return _plus(sum_of(a), sum_of(b), 1)
            case "sub":
                return _plus(sum_of(a), sum_of(b), -1)
            case "or" if "disjoint" in value.flags:
                return _plus(sum_of(a), sum_of(b), 1)
            case "mul" if isinstance(b, ConstantInt):
                return _plus(Sum({}, 0), sum_of(a), b.value)
            case "shl" if isinstance(b, ConstantInt) and 0 <= b.value < 62:
                return _plus(Sum({}, 0), sum_of(a), 1 << b.value)
    return Sum({value: 1}, 0)


def _plus(one: Sum, other: Sum, times: int) -> Sum:
    terms = dict(one.terms)
    for value, factor in other.terms.items():
        terms[value] = terms.get(value, 0) + times * factor
    return Sum({v: c for v, c in terms.items() if c}, one.constant + times * other.constant)


def primitive(sums: tuple[Sum, ...]) -> tuple[tuple[Sum, ...] | None, int]:
    """The sums without the largest factor that they have in common, and this; None if all of them
    are zero."""
    numbers = [n for one in sums for n in (*one.terms.values(), one.constant)]
    factor = gcd(*numbers)
    if not factor:
        return None, 0
    if next(n for n in numbers if n) < 0:
        factor = -factor
    return (
        tuple(
            Sum({v: c // factor for v, c in one.terms.items()}, one.constant // factor)
            for one in sums
        ),
        factor,
    )


def emit_sum(emit: Builder, total: Sum) -> Value:
    """Computes a sum, in 64 bits."""
    found: Value | None = None
    for value, factor in total.terms.items():
        term = emit.mul(value, const_int(ty.I64, factor))
        found = term if found is None else emit.add(found, term)
    if found is None:
        return const_int(ty.I64, total.constant)
    return emit.add(found, const_int(ty.I64, total.constant))


def way_to(layout: Layout, pointer: Value) -> Way:
    """The steps that lead to an address, from the first pointer that is none of these."""
    levels: list[tuple[ty.Type, Sum]] = []
    constant = 0
    while isinstance(pointer, GetElementPtr):
        offset = constant_offset(layout, pointer)
        if offset is None:
            if len(pointer.indices) != 1 or pointer.indices[0].type is not ty.I64:
                break
            step = sum_of(pointer.indices[0])
            constant += step.constant * layout.size(pointer.source)
            levels.insert(0, (pointer.source, Sum(step.terms, 0)))
        else:
            constant += offset
        pointer = pointer.base
    return Way(pointer, levels, constant)
