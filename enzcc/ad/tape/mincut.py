"""Keep or recompute, as one minimum cut.

Each needed value is either kept (cost of storing and loading it) or recomputed (cost of the
operation, and then its operands are needed). With a node `in` (needed) and a node `re` (recomputed)
per value, and edges
    source -> in    infinite, if the reverse sweep reads the value
    in -> re        the cost of keeping: cut if needed and not recomputed
    re -> sink      the cost of recomputing (infinite if that is impossible)
    re -> in of each operand    infinite
a minimum cut is the cheapest consistent choice. Maximum flow by Dinic's algorithm (1970).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final, TypeVar

INFINITE: Final = 1 << 60

T = TypeVar("T", bound=Hashable)


def cheapest(
    needed: Iterable[T],
    keep_cost: Callable[[T], int],
    recompute: Callable[[T], tuple[int, Sequence[T]] | None],
) -> set[T]:
    """The values to keep; all other values that come up are recomputed.

    `recompute(v)` gives the cost and the operands, None if it is impossible. `keep_cost` may be
    INFINITE.
    """
    graph = _Graph()
    source, sink = graph.node(), graph.node()
    inside: dict[T, int] = {}
    again: dict[T, int] = {}
    work: list[T] = []

    def visit(value: T) -> int:
        if value not in inside:
            inside[value], again[value] = graph.node(), graph.node()
            work.append(value)
        return inside[value]

    for value in needed:
        graph.edge(source, visit(value), INFINITE)
    while work:
        value = work.pop()
        graph.edge(inside[value], again[value], keep_cost(value))
        found = recompute(value)
        if found is None:
            graph.edge(again[value], sink, INFINITE)
            continue
        cost, operands = found
        graph.edge(again[value], sink, cost)
        for operand in operands:
            graph.edge(again[value], visit(operand), INFINITE)
    reached = graph.cut(source, sink)
    return {v for v in inside if inside[v] in reached and again[v] not in reached}


class _Graph:
    def __init__(self) -> None:
        self.edges: list[list[int]] = []
        self.to: list[int] = []
        self.capacity: list[int] = []

    def node(self) -> int:
        self.edges.append([])
        return len(self.edges) - 1

    def edge(self, a: int, b: int, capacity: int) -> None:
        self.edges[a].append(len(self.to))
        self.to.append(b)
        self.capacity.append(capacity)
        self.edges[b].append(len(self.to))
        self.to.append(a)
        self.capacity.append(0)

    def cut(self, source: int, sink: int) -> set[int]:
        """The nodes on the source's side of a minimum cut."""
        while True:
            level = self._levels(source)
            if sink not in level:
                return set(level)
            position = [0] * len(self.edges)
            while self._augment(source, sink, level, position):
                pass

    def _levels(self, source: int) -> dict[int, int]:
        level = {source: 0}
        queue = deque([source])
        while queue:
            node = queue.popleft()
            for edge in self.edges[node]:
                if self.capacity[edge] and self.to[edge] not in level:
                    level[self.to[edge]] = level[node] + 1
                    queue.append(self.to[edge])
        return level

    def _augment(self, source: int, sink: int, level: dict[int, int], position: list[int]) -> int:
        capacity, to = self.capacity, self.to
        path: list[int] = []
        node = source
        while node != sink:
            edges = self.edges[node]
            above = level[node] + 1
            at = position[node]
            while at < len(edges):
                edge = edges[at]
                if capacity[edge] and level.get(to[edge]) == above:
                    break
                at += 1
            position[node] = at
            if at == len(edges):
                if not path:
                    return 0
                node = to[path.pop() ^ 1]
                position[node] += 1
                continue
            path.append(edge)
            node = to[edge]
        flow = min(capacity[edge] for edge in path)
        for edge in path:
            capacity[edge] -= flow
            capacity[edge ^ 1] += flow
        return flow
