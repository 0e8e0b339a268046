"""Pairs that are passed over are those that a look at all of them would find as they were."""

from __future__ import annotations

import random

import pytest

from enzcc.analysis.nodes import Node, Pointer
from enzcc.analysis.pairs import Pairs


class _Graph:
    """Nodes that change and merge by chance; what held, as a graph notes it for each pair."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.nodes = [Node(number) for number in range(8)]
        self.settled: dict[object, tuple[tuple[Node, int], ...]] = {}

    def has_settled(self, a: Pointer, b: Pointer) -> bool:
        held = self.settled.get((*a.unfolded(), *b.unfolded()))
        return held is not None and all(node.version == version for node, version in held)

    def look_at(self, a: Pointer, b: Pointer) -> None:
        """Something may come of it; if nothing does, the pair may hold, or not."""
        key = (*a.unfolded(), *b.unfolded())
        before = tuple((p.node.find(), p.node.find().version) for p in (a, b))
        if self.chance.random() < 0.1:
            self.disturb()
        elif self.chance.random() < 0.8:
            self.settled[key] = before

    def disturb(self) -> None:
        node, other = (self.chance.choice(self.nodes).find() for _ in range(2))
        if node is not other and self.chance.random() < 0.2:
            other.parent, other.delta = node, self.chance.choice((0, 8))
            other.change()
        node.change()

    def closure(self) -> list[Pointer]:
        count = self.chance.randint(1, 6)
        return [
            Pointer(self.chance.choice(self.nodes), self.chance.choice((0, 8)))
            for _ in range(count)
        ]


@pytest.mark.parametrize("seed", range(200))
def test_no_pair_is_missed(seed: int) -> None:
    graph = _Graph(random.Random(seed))
    pairs = Pairs()
    targets, origins = graph.closure(), graph.closure()
    looked = 0
    for _ in range(12):
        if graph.chance.random() < 0.3:
            targets, origins = graph.closure(), graph.closure()
        if graph.chance.random() < 0.3:
            graph.disturb()
        every = [(a, b) for a in targets for b in origins]
        at = 0
        forgets = graph.chance.random() < 0.2
        for a, b in pairs.unsettled(targets, origins):
            here = next(i for i in range(at, len(every)) if every[i] == (a, b))
            assert all(graph.has_settled(*pair) for pair in every[at:here])
            at = here + 1
            looked += 1
            if forgets and graph.chance.random() < 0.2:
                graph.settled.clear()
                pairs.forget()
                pairs, forgets = Pairs(), False
            if not graph.has_settled(a, b):
                graph.look_at(a, b)
                if not graph.has_settled(a, b):
                    pairs.leave_open(a, b)
        assert all(graph.has_settled(*pair) for pair in every[at:])
    assert looked


def test_what_holds_is_passed_over() -> None:
    graph = _Graph(random.Random(1))
    places = [Pointer(node) for node in graph.nodes]
    pairs = Pairs()
    assert len(list(pairs.unsettled(places, places))) == len(places) ** 2
    assert not list(pairs.unsettled(places, places))
    places[3].node.change()
    assert len(list(pairs.unsettled(places, places))) == 2 * len(places) - 1
