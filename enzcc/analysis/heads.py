"""Heads of lists and trees in the graph of nodes, and what a view shows of them.

A head lies in the object of a container, and the container may lie in an object of the program's. A
link leads to nodes or to the head, which have only the links in common: what lies behind the head
is not what lies in the nodes there. So what leads to nodes is a *view* of the head that ends where
the head does.

A pointer to the head of a tree is no pointer to anything else: whatever becomes the same place is a
view of it. The head of a list is where its container is, and may be where an object of the
program's begins, too: there only what is known for the beginning of a node (`Node.linked`) is a
view that ends.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final

from enzcc.analysis.nodes import Node, Pointer
from enzcc.analysis.pairs import Copy, Pairs

LIST_SIZE: Final = 16
"""Bytes that the head of a list has in common with nodes: two links."""


class HeadsMeetNodes(Exception):
    """Heads of trees, or (`of_lists`) of lists, are not told apart from nodes."""

    def __init__(self, *, of_lists: bool) -> None:
        super().__init__()
        self.of_lists = of_lists


class Heads:
    """What a graph knows of the heads of lists and trees."""

    def __init__(self) -> None:
        self._views: list[tuple[Pointer, Pointer]] = []
        self._settled: dict[Hashable, tuple[tuple[Node, int], ...]] = {}
        self._pairs: dict[Copy, Pairs] = {}
        self._has_heads = self._is_found = False
        self._heads_seen: dict[tuple[Node, int, Node, int], None] = {}

    def _look_again(self) -> None:
        """Nothing is taken to hold that held before."""
        self._settled.clear()
        for pairs in self._pairs.values():
            pairs.forget()
        self._pairs.clear()

    def _place_heads(self, node: Node, heads: Mapping[int, int]) -> None:
        """Heads of trees lie at these offsets of a node, but where steps through it are smaller,
        or something else has become the same place, of which it is not known where it leads."""
        if heads:
            found = {node.fold(offset): size for offset, size in heads.items()}
            joined = {node.fold(offset) for offset in node.joined}
            node.heads = {
                at: size
                for at, size in found.items()
                if at not in joined and all(step >= size for step in node.strides_at(at))
            }
            if len(node.heads) < len(found):
                self._meet_nodes(of_lists=False)

    def _place_lists(
        self, node: Node, lists: Mapping[int, None], linked: Mapping[int, None]
    ) -> None:
        """Heads of lists lie at these offsets of a node, and nodes of lists begin at those."""
        if not lists and not linked:
            return
        node.linked = {node.fold(offset): None for offset in linked}
        found = {node.fold(offset): None for offset in lists}
        node.lists = {
            at: None
            for at in found
            if at not in node.linked and all(n >= LIST_SIZE for n in node.strides_at(at))
        }
        if len(node.lists) < len(found):
            self._meet_nodes(of_lists=True)

    def _meet_nodes(self, *, of_lists: bool) -> None:
        """A head is the same place as a node. What other places are heads because it was one?"""
        self._look_again()  # more is seen
        if not self._is_found:
            raise HeadsMeetNodes(of_lists=of_lists)

    def _head_among(self, a: Pointer, b: Pointer) -> Pointer | None:
        """Which of two places is a head, where the other one is none, or a node of a list."""
        (node_a, offset_a), (node_b, offset_b) = a.resolve(), b.resolve()
        if (offset_a in node_a.heads) != (offset_b in node_b.heads):
            return a if offset_a in node_a.heads else b
        if offset_a in node_a.lists and offset_b in node_b.linked:
            return a
        if offset_b in node_b.lists and offset_a in node_a.linked:
            return b
        return None

    def _see_head(self, view: Pointer, head: Pointer) -> bool:
        """What may be a node of a list or tree may be its head, too; True if that was new."""
        key = (*view.unfolded(), *head.unfolded())
        if key in self._heads_seen:
            return False
        self._heads_seen[key] = None
        self._views.append((view, head))
        return True

    def _is_list(self, place: Pointer) -> bool:
        """Is it the head of a list?"""
        node, offset = place.resolve()
        return offset in node.lists

    def _is_head(self, place: Pointer) -> bool:
        """Is it the head of a list or tree?"""
        if not self._has_heads:
            return False
        node, offset = place.resolve()
        return offset in node.heads or offset in node.lists

    def _ends(self, view: Pointer, seen: Pointer) -> bool:
        """Does a view show no more than the head that it sees?"""
        return self._has_heads and self._shown(view, seen) is not None

    def _shown(self, view: Pointer, seen: Pointer) -> int | None:
        """How many bytes of a head a view shows; None if that is no head to it."""
        target, offset = seen.resolve()
        size = target.heads.get(offset)
        if size is None and offset in target.lists:
            node, begin = view.resolve()
            return LIST_SIZE if begin in node.linked else None
        return size

    def _is_beyond(self, view: Pointer, seen: Pointer, distance: int) -> bool:
        """Does what lies so far behind a place that a view sees lie behind a head there? Then it is
        not meant: nodes have it, and the head has not."""
        if not self._has_heads:
            return False
        size = self._shown(view, seen)
        if size is None:
            return False
        node = view.node.find()
        if node.sees_more and not self._is_list(seen):
            return False
        by = distance % node.stride if node.stride else distance
        return not 0 <= by < size
