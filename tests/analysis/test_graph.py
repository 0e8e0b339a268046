"""The constraints between objects, solved."""

from __future__ import annotations

from itertools import pairwise

import pytest

from enzcc.analysis.graph import Graph
from enzcc.analysis.narrowing import Narrowing
from enzcc.analysis.nodes import Pointer
from enzcc.ir.module import Module


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


def test_views_in_order_take_one_more_without_the_others() -> None:
    """All were put in order again for each: C++ with many tables of numbers took minutes."""

    class Counted(Graph):
        ordered = 0

        def _order_views(self) -> bool:
            self.ordered += 1
            return super()._order_views()

    graph = Counted()
    nodes = [graph._new() for _ in range(40)]
    graph._order_views()
    for view, seen in pairwise(nodes):
        for offset in (0, 8, 8):
            graph._add_view(Pointer(view, offset), Pointer(seen, 16))
    graph._add_view(Pointer(nodes[3]), Pointer(nodes[9], 8))
    assert graph.ordered == 1
    one_by_one = {node: list(views) for node, views in graph._viewed.items()}
    places = graph._resolved(Pointer(nodes[0]))
    graph._order_views()
    assert one_by_one == graph._viewed
    assert places == graph._resolved(Pointer(nodes[0]))

    graph._add_view(Pointer(nodes[9]), Pointer(nodes[3], 8))  # views of each other are one
    assert graph.ordered == 3
    assert nodes[9].find() is nodes[3].find()


@pytest.mark.parametrize("is_led_abroad", [False, True])
def test_copies_around_a_circle_are_not_followed_for_ever(is_led_abroad: bool) -> None:
    """Memory that is copied there and back, 8 bytes further behind each time: C++ with maps of
    objects that hold vectors was compiled for ever. Where something else is copied in from abroad,
    what is behind all that is known may be a copy of it."""
    graph = Narrowing(Module.parse(""))
    one, other, unknown = (graph._new() for _ in range(3))
    graph._copies += [(Pointer(one), Pointer(other, 8), None), (Pointer(other), Pointer(one), None)]
    if is_led_abroad:
        unknown.unknown = True
        graph._copies.append((Pointer(other), Pointer(unknown), 4))
    graph._order_views()
    known = graph._known()
    assert graph._is_from_abroad(Pointer(one), known, both=False) == is_led_abroad
    assert graph._is_from_abroad(Pointer(one), known, both=True) == is_led_abroad
