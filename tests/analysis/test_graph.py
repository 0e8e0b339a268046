"""The constraints between objects, solved."""

from __future__ import annotations

from itertools import pairwise

from enzcc.analysis.graph import Graph
from enzcc.analysis.nodes import Pointer


def test_links_that_multiply_end() -> None:
    """Each object is seen at three places of the next: 3 ** 12 ways to the last."""
    graph = Graph()
    nodes = [graph._new() for _ in range(13)]
    for number, (view, seen) in enumerate(pairwise(nodes)):
        for place in range(3):
            graph._views.append((Pointer(view), Pointer(seen, 8 * place * 3**number)))
    graph._take_steps()
    graph._solve()
    assert len(graph._closure(Pointer(nodes[0]))) < 500
