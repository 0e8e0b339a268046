"""Sums of whole numbers that are not negative: can they all hold?

Question     Is there a solution of a set of linear inequalities?
Sources      Fourier and Motzkin's elimination, with constants rounded down to multiples of the
             factors' common divisor (Pugh, "The Omega test", 1991, without its exact part).
Safe answer  yes: also where there are too many inequalities, or only fractions solve them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import gcd
from typing import Final

MOST: Final = 160
"""So many inequalities are looked at together at most."""

LARGE: Final = 1 << 40
"""Larger factors are given up."""

Name = tuple[int, ...]

ONE: Final[Name] = ()
"""The name of the constant in a sum."""

Sum = Mapping[Name, int]
"""Names and their factors."""

_Row = tuple[tuple[Name, int], ...]


def added(*parts: tuple[Sum, int]) -> dict[Name, int]:
    """The sum of multiples of sums."""
    total: dict[Name, int] = {}
    for part, times in parts:
        for name, factor in part.items():
            total[name] = total.get(name, 0) + times * factor
    return {name: factor for name, factor in total.items() if factor}


def may_hold(sums: Iterable[Sum]) -> bool:
    """May all these sums be zero or more for some whole numbers?"""
    rows: dict[_Row, int] = {}  # the least constant with which the same factors were seen
    for one in sums:
        if not _note(rows, one):
            return False
    while rows:
        name, ups, downs = _best(rows)
        rest = {row: c for row, c in rows.items() if row not in ups and row not in downs}
        if len(rest) + len(ups) * len(downs) > MOST:
            return True
        for up, factor in ups.items():
            for down, other in downs.items():
                first, second = {**dict(up), ONE: rows[up]}, {**dict(down), ONE: rows[down]}
                both = added((first, other), (second, factor))
                if any(abs(f) > LARGE for n, f in both.items() if n != ONE):
                    return True
                assert name not in both
                if not _note(rest, both):
                    return False
        rows = rest
    return True


def _note(rows: dict[_Row, int], one: Sum) -> bool:
    """Adds a sum, with the factors divided by what divides them all; False if it never holds."""
    constant = one.get(ONE, 0)
    factors = sorted((name, f) for name, f in one.items() if f and name != ONE)
    if not factors:
        return constant >= 0
    common = gcd(*(f for _, f in factors))
    row = tuple((name, f // common) for name, f in factors)
    constant //= common
    if row not in rows or constant < rows[row]:
        rows[row] = constant
    opposite = tuple((name, -f) for name, f in row)
    return opposite not in rows or rows[opposite] + rows[row] >= 0


def _best(rows: dict[_Row, int]) -> tuple[Name, dict[_Row, int], dict[_Row, int]]:
    """The name that costs least to get rid of; where it has positive factors, and negative ones."""
    ups: dict[Name, dict[_Row, int]] = {}
    downs: dict[Name, dict[_Row, int]] = {}
    for row in rows:
        for name, factor in row:
            (ups if factor > 0 else downs).setdefault(name, {})[row] = abs(factor)
    names = dict.fromkeys((*ups, *downs))
    name = min(names, key=lambda n: len(ups.get(n, ())) * len(downs.get(n, ())))
    return name, ups.get(name, {}), downs.get(name, {})
