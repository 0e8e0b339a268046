"""The cut is the cheapest choice: compared with trying all of them."""

from __future__ import annotations

from itertools import chain, combinations

from hypothesis import given
from hypothesis import strategies as st

from enzcc.ad.tape.mincut import INFINITE, cheapest

Graph = dict[int, tuple[int, int | None, list[int]]]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Graph, list[int]]:
    """Values 0..n-1: the cost of keeping, of recomputing (None: impossible), earlier operands."""
    count = draw(st.integers(1, 7))
    graph: Graph = {}
    for value in range(count):
        operands = draw(st.lists(st.integers(0, value - 1), max_size=3)) if value else []
        cost = draw(st.none() | st.integers(0, 9))
        graph[value] = (draw(st.integers(0, 9)), cost, operands)
    needed = draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=3))
    return graph, needed


def cost_of(graph: Graph, needed: list[int], kept: set[int]) -> int:
    """What a choice costs: keeping what is kept, recomputing everything else that is needed."""
    total, done, work = 0, set(), list(needed)
    while work:
        value = work.pop()
        if value in done:
            continue
        done.add(value)
        keep, again, operands = graph[value]
        if value in kept:
            total += keep
        elif again is None:
            return INFINITE
        else:
            total += again
            work.extend(operands)
    return total


@given(graphs())
def test_no_other_choice_is_cheaper(case: tuple[Graph, list[int]]) -> None:
    graph, needed = case

    def recompute(value: int) -> tuple[int, list[int]] | None:
        _, again, operands = graph[value]
        return None if again is None else (again, operands)

    kept = cheapest(needed, lambda v: graph[v][0], recompute)
    subsets = chain.from_iterable(combinations(graph, size) for size in range(len(graph) + 1))
    best = min(cost_of(graph, needed, set(choice)) for choice in subsets)
    assert cost_of(graph, needed, kept) == best
