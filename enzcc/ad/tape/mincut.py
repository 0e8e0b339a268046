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
        """The nodes on the source's side of the minimum cut that is next to the source: it is the
        same whichever way the flow goes."""
        while levels := self._levels(source, sink):
            self._fill(source, sink, levels)
        found = {source}
        work = [source]
        while work:
            for edge in self.edges[work.pop()]:
                if self.capacity[edge] and self.to[edge] not in found:
                    found.add(self.to[edge])
                    work.append(self.to[edge])
        return found

    def _levels(self, source: int, sink: int) -> list[int]:
        """How many nodes are on the shortest way from each node to the sink, itself included, as
        far as that is no longer than from the source (else 0); empty if there is none from it."""
        edges, to, capacity = self.edges, self.to, self.capacity
        levels = [0] * len(edges)
        level = levels[sink] = 1
        nodes = [sink]
        while nodes and not levels[source]:
            level += 1
            before = []
            for node in nodes:
                for edge in edges[node]:
                    other = to[edge]
                    if not levels[other] and capacity[edge ^ 1]:
                        levels[other] = level
                        before.append(other)
            nodes = before
        return levels if levels[source] else []

    def _fill(self, source: int, sink: int, levels: list[int]) -> None:
        """Lets all flow that these shortest ways can take."""
        edges, to, capacity = self.edges, self.to, self.capacity
        position = [0] * len(edges)
        path: list[int] = []
        node = source
        while True:
            if node == sink:
                flow = min([capacity[edge] for edge in path])
                full = len(path)
                for number, edge in enumerate(path):
                    capacity[edge] -= flow
                    capacity[edge ^ 1] += flow
                    if not capacity[edge]:
                        full = min(full, number)
                node = to[path[full] ^ 1]  # the way up to there may take more
                del path[full:]
                continue
            below, start = levels[node] - 1, position[node]
            for edge in edges[node][start:] if start else edges[node]:
                if capacity[edge] and levels[to[edge]] == below:
                    position[node] = start
                    path.append(edge)
                    node = to[edge]
                    break
                start += 1
            else:
                position[node] = start
                if not path:
                    return
                node = to[path.pop() ^ 1]
                position[node] += 1
