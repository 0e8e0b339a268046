"""Which pairs of places are to be looked at once more.

A copy of memory holds between each place that it may write and each that it may read: there may be
thousands of pairs, in each round. A pair that held when all pairs were last gone through, and whose
two nodes have not changed since then, still holds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TypeAlias, final

from enzcc.analysis.nodes import Node, Pointer

Copy: TypeAlias = tuple[Pointer, Pointer, int | None]
"""Where memory is copied to, where from, and how much of it, if that is known."""

_Place: TypeAlias = tuple[Node, int]


@final
class Pairs:
    """The pairs of one copy, as they were when they were last gone through."""

    __slots__ = ("_left", "_open", "_origins", "_targets")

    def __init__(self) -> None:
        self._targets: dict[_Place, int] = {}
        self._origins: dict[_Place, int] = {}
        self._open: dict[_Place, set[_Place]] = {}  # pairs that did not hold
        self._left: dict[_Place, set[_Place]] = {}

    def forget(self) -> None:
        """No pair is taken to hold that held before, not even of those that are gone through."""
        self._targets, self._origins, self._open = {}, {}, {}

    def leave_open(self, target: Pointer, origin: Pointer) -> None:
        """This pair, which was the last to be looked at, may not hold yet."""
        self._left.setdefault(target.unfolded(), set()).add(origin.unfolded())

    def unsettled(
        self, targets: Sequence[Pointer], origins: Sequence[Pointer]
    ) -> Iterator[tuple[Pointer, Pointer]]:
        """The pairs that may not hold, in order. Nodes may change and merge meanwhile."""
        self._left = {}
        started = _versions(targets), _versions(origins)
        noted, count = -1, len(origins)
        changed: list[int] = []
        for target in targets:
            at = 0
            while at < count:
                if noted != Node.changes:
                    noted = Node.changes
                    changed = [i for i, b in enumerate(origins) if not _is_same(b, self._origins)]
                if _is_same(target, self._targets):
                    at = self._next(target, origins, at, changed)
                if at < count:
                    yield target, origins[at]
                at += 1
        self._targets, self._origins = started
        self._open = self._left

    def _next(
        self, target: Pointer, origins: Sequence[Pointer], at: int, changed: Sequence[int]
    ) -> int:
        """Where the next pair of a target that is what it was may not hold."""
        place = bisect_left(changed, at)
        found = changed[place] if place < len(changed) else len(origins)
        pending = self._open.get(target.unfolded(), ())
        if pending:
            return next((i for i in range(at, found) if origins[i].unfolded() in pending), found)
        return found


def _versions(places: Sequence[Pointer]) -> dict[_Place, int]:
    return {(found := place.unfolded()): found[0].version for place in places}


def _is_same(place: Pointer, versions: dict[_Place, int]) -> bool:
    found = place.unfolded()
    return versions.get(found) == found[0].version
