"""The graph of nodes: how they merge, fold, see each other and copy from each other.

`enzcc.analysis.objects` builds it from instructions; see there for what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from functools import partial
from itertools import islice
from math import gcd
from typing import TypeAlias

from enzcc.analysis.heads import Heads
from enzcc.analysis.nodes import (
    ENDLESS,
    INTEGER,
    POINTER,
    Cell,
    Node,
    Pointer,
    crosses,
    elements,
    offsets_in,
    parts_of_arrays,
)
from enzcc.analysis.pairs import Copy, Pairs
from enzcc.ir import types as ty
from enzcc.ir.values import Value

_LARGEST_LAID_OUT = 4096
"""Bytes of the largest object in which any place may be selected."""

_MOST_PLACES = 32
"""In one object, that a place may be a view of."""

_FIRST_ROUNDS = 8
"""Rounds before the steps from places that are not known: pointers to pointers take one each."""

_Closure: TypeAlias = tuple[tuple[Pointer, ...], tuple[tuple[Node, int], ...]]
"""A place and all that it is a view of, and what these resolve to."""


class Graph(Heads):
    """Nodes, and the constraints between them: steps (strides), views and copies."""

    _includes = False
    """Are pointers in a copy of memory, and those read through a view, views of the others, not the
    same as they are?"""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._steps: list[tuple[Pointer, int, int]] = []  # place, stride, what was left out before
        self._steps_open = True
        self._elements: list[tuple[Pointer, int, int]] = []  # one, distance, stride of any array
        self._selections: list[tuple[Pointer, Pointer, int]] = []  # of what, the view, alignment
        self._walks: list[tuple[Pointer, Pointer, int, int]] = []  # view, from, how far, stride
        self._meetings: list[tuple[Pointer, Pointer]] = []
        self._alone: list[Pointer] = []  # members of objects that are no arrays: no steps from here
        self._copies: list[Copy] = []
        self._inclusions: set[Copy] = set()  # copies, one way only
        self._moved: list[tuple[Pointer, Pointer]] = []  # single pointers: to, from
        self._viewed: dict[Node, list[tuple[Pointer, Pointer]]] = {}
        self._ways: set[tuple[Node, Node, int, int | None]] = set()
        """Of the views that are in order. One of a head shows no more than the head, and stands for
        no other at the same distance."""
        self._ordered_at = -1  # how many nodes had merged then
        self._closures: dict[tuple[Node, int], _Closure] = {}
        self._apart_asked: dict[Cell, int] = {}  # how much had changed when it was found out
        self._is_round = self._was_cut = False
        self._same_by_folding = 0

    def link(self, place: Pointer) -> Pointer:
        """Where the pointer stored at a place points."""
        cell = self._cell(place)
        if cell.link is None:
            cell.link = Pointer(self._new())
            place.node.find().change()
        return cell.link

    def _new(self) -> Node:
        self._count += 1
        return Node(self._count)

    def _cell(self, place: Pointer) -> Cell:
        node, offset = place.resolve()
        found = node.cells.get(offset)
        if found is None:
            found = node.cells[offset] = Cell()
            node.change()
        return found

    def _mark(self, place: Pointer, kind: str, size: int, *, strong: bool) -> None:
        cell = self._cell(place)
        evidence = cell.strong if strong else cell.hints
        if evidence.get(kind, 0) < size:
            evidence[kind] = size
            place.node.find().change()

    # ------------------------------------------------------------------ merging

    def _fold(self, node: Node, stride: int) -> None:
        """Takes all offsets in a node modulo a stride."""
        node = node.find()
        new = gcd(node.stride, stride)
        if new == node.stride:
            return
        arrays, node.arrays = node.arrays, {}
        members, node.members = node.members, {}
        for (start, length), inner in arrays.items():
            if start % new + length > new:
                new = gcd(new, inner)
        node.stride = new
        node.change()
        self._closures.clear()
        for (start, length), inner in arrays.items():
            if start % new + length <= new:
                node.add_array(start % new, length, inner)
        for (start, length), here in members.items():
            if start % new + length <= new:
                node.add_member(start % new, length, here=here)
        self._refold(node)

    def _refold(self, node: Node) -> None:
        """Puts the cells where they belong after a change of strides."""
        cells, node.cells = node.cells, {}
        node.change()
        self._closures.clear()
        self._place_heads(node, node.heads)
        self._place_lists(node, node.lists, node.linked)
        for offset, cell in cells.items():
            self._merge_cell(Pointer(node, offset), cell)

    def _meet(self, a: Pointer, b: Pointer) -> None:
        """One pointer may point to either place of one object."""
        (_, first), (_, second) = a.resolve(), b.resolve()
        low, distance = (a if first < second else b), abs(first - second)
        self._step_by(low, distance, reach=distance)
        if a.resolve() != b.resolve():
            self._fold(a.node, distance)

    def _step_by(self, place: Pointer, stride: int, reach: int = 0) -> None:
        """Pointers to this place may be that many bytes apart: in an array member around it."""
        node, offset = place.resolve()
        if node.stride and node.stride % stride and stride % node.stride == 0:
            return
        if self._is_no_array(place, stride):
            return
        is_view = node in self._viewed and not node.is_known
        around = node.member_around(offset, reach, stride, common=is_view)
        if around is None:
            self._fold(node, stride)
        elif node.add_array(*around, stride):
            self._refold(node)

    def _is_no_array(self, place: Pointer, stride: int) -> bool:
        """Does a member lie here that is alone, so that no step of that size starts here? It may
        lie in each element of an array of structs, and is seen through views."""
        if not self._alone:
            return False
        alone = self._alone_places()
        places = [place.resolve()]
        if places[0] not in alone and places[0][0] in self._viewed:
            places = [one for one in self._resolved(place) if one[0] not in self._viewed]
        return bool(places) and all(
            one in alone and (not one[0].stride or stride < one[0].stride) for one in places
        )

    def _alone_places(self) -> set[tuple[Node, int]]:
        """The members of objects that are no arrays, from which there are no steps."""
        return {one for member in self._alone for one in self._resolved(member)}

    def _merge_cell(
        self,
        place: Pointer,
        cell: Cell,
        most: int | None = None,
        *,
        linked: bool = True,
        named: bool = True,
    ) -> bool:
        """Adds a cell's knowledge at a place; True if something was new. An integer there is no
        larger than `most` bytes. linked: what pointers there lead to becomes the same."""
        mine = self._cell(place)
        if mine is cell:
            return False
        new = False
        for theirs, ours in ((cell.strong, mine.strong), (cell.hints, mine.hints)):
            for kind, size in theirs.items():
                if kind == INTEGER and most is not None:
                    size = min(size, most)
                new |= ours.get(kind, 0) < size
                ours[kind] = max(size, ours.get(kind, 0))
        new |= cell.inexact and not mine.inexact
        mine.inexact |= cell.inexact
        new |= named and mine.take_names(cell)
        if cell.link is not None and linked:
            if mine.link is None:
                mine.link, mine.is_apart = cell.link, cell.is_apart
                new = True
            else:
                new |= self._unify(mine.link, cell.link)
        if new:
            place.node.find().change()
        return new

    def _unify(self, a: Pointer, b: Pointer, *, whole: bool = False) -> bool:
        """Makes two places the same; True if they were not. What may be the head of a tree, or one
        of its nodes, is a view of the head instead, and so is what may be a node of a list, or its
        head, unless it has to be the same (`whole`): what lies behind the head, in the container's
        object, is not in the nodes."""
        work = [(a, b)]
        new = False
        while work:
            a, b = work.pop()
            node_a, offset_a = a.resolve()
            node_b, offset_b = b.resolve()
            if node_a is node_b:
                if offset_a != offset_b:
                    if self._steps_open:
                        self._meetings.append((a, b))
                    else:
                        self._meet(a, b)
                    new = True
                elif a.unfolded()[1] != b.unfolded()[1]:
                    self._same_by_folding += 1
                continue
            if self._has_heads and (head := self._head_among(a, b)) is not None:
                if not whole:
                    new |= self._see_head(b if head is a else a, head)
                    continue
                self._meet_nodes(of_lists=self._is_list(head))
                for node, offset in ((node_a, offset_a), (node_b, offset_b)):
                    node.heads.pop(offset, None)
                    node.lists.pop(offset, None)
            node_a.joined[offset_a] = node_b.joined[offset_b] = None
            new = True
            if node_a.serial > node_b.serial:
                node_a, offset_a, node_b, offset_b = node_b, offset_b, node_a, offset_a
            stride = gcd(node_a.stride, node_b.stride)
            node_b.parent, node_b.delta = node_a, offset_a - offset_b
            Node.merges += 1
            self._closures.clear()
            node_a.change()
            node_b.change()
            node_a.local |= node_b.local
            node_a.globals |= node_b.globals
            node_a.arguments |= node_b.arguments
            node_a.unknown |= node_b.unknown
            node_a.is_measured |= node_b.is_measured
            if node_a.sees_more != node_b.sees_more:
                node_a.sees_more = True
                self._look_again()
            delta = offset_a - offset_b
            heads, node_b.heads = node_b.heads, {}
            node_a.joined |= {offset + delta: None for offset in node_b.joined}
            members, arrays = node_b.members, node_b.arrays
            node_b.members, node_b.arrays = {}, {}
            for (start, length), here in members.items():
                node_a.add_member(start + delta, length, here=here)
            for (start, length), inner in arrays.items():
                node_a.add_array(start + delta, length, inner)
            if arrays:
                self._refold(node_a)
            if stride != node_a.stride:
                self._fold(node_a, stride)
            self._place_heads(node_a, node_a.heads | {o + delta: n for o, n in heads.items()})
            lists, linked = (
                mine | {offset + delta: None for offset in theirs}
                for mine, theirs in ((node_a.lists, node_b.lists), (node_a.linked, node_b.linked))
            )
            self._place_lists(node_a, lists, linked)
            cells, node_b.cells = node_b.cells, {}
            for offset, cell in cells.items():
                mine = self._cell(Pointer(node_b, offset))
                mine.strong |= {k: max(s, mine.strong.get(k, 0)) for k, s in cell.strong.items()}
                mine.inexact |= cell.inexact
                mine.take_names(cell)
                mine.hints |= {k: max(s, mine.hints.get(k, 0)) for k, s in cell.hints.items()}
                if mine.link is None:
                    mine.link = cell.link
                elif cell.link is not None:
                    work.append((mine.link, cell.link))
        return new

    def _nodes_seen(self, node: Node) -> Iterable[Node]:
        """A node and all that it is a view of, wherever in it."""
        if not self._has_heads:
            return (place.node.find() for place in self._closure(Pointer(node)))
        found = {node: None}
        work = [node]
        while work:
            for _, seen in self._viewed.get(work.pop(), ()):
                target = seen.node.find()
                if target not in found:
                    found[target] = None
                    work.append(target)
        return found

    # ------------------------------------------------------------------ to a fixed point

    def _take_steps(self) -> None:
        """Strides of variable addresses, widest first: arrays of structs before arrays in them.

        Where a pointer leads that is loaded turns out only when it is known what is stored where:
        the first time, steps from such a place wait until it does. Taken earlier, they would fold
        all of an object of which no array member is known yet.
        """
        if self._steps_open:
            self._take_steps_once()
            for _ in range(_FIRST_ROUNDS):
                if not self._take_round():
                    break
            self._steps_open = False
        self._take_steps_once()
        for a, b in self._meetings:
            self._unify(a, b)

    def _take_steps_once(self) -> None:
        self._order_views()
        self._fold_crowded()
        self._find_headers()
        self._pass_members_on()
        for place, stride, skipped in sorted(self._steps, key=lambda step: -step[1]):
            places = self._closure_uncut(place)
            objects = [one for one in places if one.node.find() not in self._viewed]
            known = [one for one in objects if one.node.find().is_known]
            if self._steps_open and not known:
                continue
            never = objects and all(self._is_behind_array(o, skipped, stride) for o in objects)
            for one in places:
                if not self._steps_open or one in known or one not in objects:
                    self._step_by(one.moved(-skipped) if never else one, stride)

    def _take_walks(self) -> None:
        """What a loop of a few iterations goes through is not one member or another if it is an
        array: what comes behind the last element is no other member."""
        arrays: dict[Pointer, Pointer] = {}
        for view, first, reach, stride in self._walks:
            places = [one.resolve() for one in self._objects(first)]
            if all(n.stride or n.member_around(at, reach, stride) for n, at in places):
                self._steps.append((first, stride, 0))
                arrays[view] = first
        if arrays:
            self._walks = [walk for walk in self._walks if walk[0] not in arrays]
            self._views = [one for one in self._views if one[0] not in arrays]
            self._views += arrays.items()
            self._order_views()

    def _fold_crowded(self) -> None:
        """An object that is seen at many places through one view is seen as an array: links that
        lead from part to part of the same objects multiply with each link that is followed."""
        for start in list(self._viewed):
            while (crowded := self._crowded(Pointer(start))) is not None:
                self._fold(*crowded)

    def _crowded(self, start: Pointer) -> tuple[Node, int] | None:
        """An object with more places behind one than are told apart, and their distances."""
        found: dict[Node, dict[int, None]] = {}
        work = [start]
        while work:
            node, offset = work.pop().unfolded()
            for view, seen in self._viewed.get(node, ()):
                distance = offset - view.unfolded()[1]
                if self._is_beyond(view, seen, distance):
                    continue
                place = seen.moved(distance)
                target, at = place.resolve()
                known = found.setdefault(target, {})
                if target is node or at in known:
                    continue
                known[at] = None
                work.append(place)
                if len(known) > _MOST_PLACES:
                    first = next(iter(known))
                    return target, gcd(*(at - first for at in known))
        return None

    def _is_behind_array(self, place: Pointer, distance: int, stride: int) -> bool:
        """Is a place behind a declared array of floats that `distance` bytes before it leads into,
        where an integer lies in no element? Then steps from here on are never taken: this is a loop
        over the rest of an array that has none (LLVM has peeled off its first rounds, maybe more
        of them than there are)."""
        node, offset = place.unfolded()
        if node.stride or not distance:
            return False
        start = node.cells.get(offset - distance)
        if start is None or stride not in start.hints.values():
            return False
        here = [cell for by in range(stride) if (cell := node.cells.get(offset + by)) is not None]
        told = [cell.hints or cell.strong for cell in here]
        integers = [sizes for sizes in told if sizes.keys() == {INTEGER}]
        return (
            any(s <= offset - distance < s + n <= offset for s, n in node.members)
            and not any(s <= offset < s + n for s, n in node.members)
            and all(kind in ty.FLOATS for kind in start.hints)
            and any(max(sizes.values()) < stride for sizes in integers)
        )

    def _find_headers(self) -> None:
        """Integers and pointers that lie in front of an array, as in a buffer that grows behind its
        own length: no variable address starts there, and nothing there is a float. Steps through
        the array do not lead back to them."""
        first: dict[Node, int] = {}
        for place, stride, _ in self._steps:
            for one in self._closure(place):
                node, offset = one.unfolded()
                if node in self._viewed and not node.is_known:
                    continue  # it is part of other objects
                if offset < first.get(node, offset + 1) and not self._is_no_array(one, stride):
                    first[node] = offset
        for node, start in first.items():
            before = [cell for offset, cell in node.cells.items() if offset < start]
            kinds = {kind for cell in before for kind in (*cell.strong, *cell.hints)}
            if not node.stride and kinds and kinds <= {INTEGER, POINTER}:
                node.add_member(start, ENDLESS)

    def _solve(self) -> None:
        """Views and copies in rounds, until a round finds nothing new."""
        while self._take_round() or self._take_selections(finally_=True):
            pass

    def _take_round(self) -> bool:
        changed = self._order_views()
        if self._was_cut:
            self._fold_crowded()
        self._is_round, self._was_cut = True, False
        for view in self._views:
            if not self._was_cut and not self._has_settled(view):
                changed |= self._hold(view, view, partial(self._see, *view))
        for copy in self._copies:
            if not self._was_cut and not self._has_settled(copy):
                places = (*self._closure(copy[0]), *self._closure(copy[1]))
                changed |= self._hold(copy, places, partial(self._agree_all, *copy))
        for move in self._moved:
            key = ("moved", *move)
            if not self._was_cut and not self._has_settled(key):
                places = (*self._closure(move[0]), *self._closure(move[1]))
                changed |= self._hold(key, places, partial(self._take_names, *move))
        for element in self._elements:
            changed |= self._join_elements(*element)
        changed |= self._take_selections(finally_=False)
        self._is_round = False
        if self._was_cut:
            self._look_again()
        return changed or self._was_cut

    def _take_names(self, to: Pointer, source: Pointer) -> bool:
        """Of a pointer that is read and put elsewhere it is known there which one it is."""
        taken = Cell()
        for node, offset in self._resolved(source):
            cell = node.cells.get(offset)
            if cell is not None and cell.tells_names:
                taken.take_names(cell)
        changed = False
        for target in self._closure(to) if taken.tells_names else ():
            if self._cell(target).take_names(taken):
                target.node.find().change()
                changed = True
        return changed

    def _join_elements(self, place: Pointer, distance: int, stride: int) -> bool:
        """What lies a distance from an element that varies is another one: where the place is the
        first element, which stands for all, it seems to be in front of the array, or behind it.
        Pointers there lead where those of the elements lead.

        stride: it may be an element of any array of the object, whatever the place is:
        `s.rows[i - 1]` is also `(i elements behind s) + 8`. 0: of the array around the place.
        """
        changed = False
        for one in self._closure(place):
            node, offset = one.unfolded()
            outside = node.cells.get(node.fold(offset + distance))
            if outside is None or outside.link is None:
                continue
            inside = [
                node.fold(start + (offset + distance - start) % step)
                for (start, length), step in node.arrays.items()
                if start <= offset < start + length
            ]
            inside += [
                at
                for at in (node.cells if stride else ())
                if (at - offset - distance) % stride == 0
                and any(s <= at < s + n for s, n in (*node.members, *node.arrays))
            ]
            for at in inside:
                cell = node.cells.get(at)
                if cell is not None and cell is not outside and cell.link is not None:
                    changed |= self._unify(outside.link, cell.link)
                    changed |= outside.take_names(cell) | cell.take_names(outside)
        return changed

    def _take_selections(self, *, finally_: bool) -> bool:
        """Who knows how far behind a place something is read and written: wherever data of such
        kinds lies in the object, or may lie, since nothing is known of the place. Where all of it
        is of one kind, or where it ends is not known, it is an array.

        finally_: what has turned out of objects is all that there is.
        """
        changed = False
        found = [(o, v, n) for base, v, n in self._selections for o in self._objects(base)]
        shapes = {view: _shape(view) for _, view, _ in self._selections}
        wanted: dict[Node, dict[_Kind | None, None]] = {}
        for one, view, _ in found:
            wanted.setdefault(one.node.find(), {}).update(dict.fromkeys(shapes[view].values()))
        for one, view, aligned in found:
            node = one.node.find()
            shape = shapes[view]
            kinds = {*wanted[node], *(k for cell in node.cells.values() for k in _kinds(cell))}
            sizes = {kind[1] for kind in shape.values() if kind is not None}
            is_array = len(kinds) < 2 or None in shape.values()
            if finally_ and not (is_array or all(self._lay_out(node, size) for size in sizes)):
                is_array = True
            places = [at for at in node.cells if shape and _fits(node, at, shape)]
            if finally_ and (is_array or not places):
                # what is known of members, and of arrays in it, says nothing
                self._fold(node, _common_step(one, kinds, aligned))
                places = [one.resolve()[1]]
            elif is_array:
                continue
            for at in places:
                node, at = Pointer(node, at).resolve()
                if (node, at) not in self._resolved(view):
                    self._add_view(view, Pointer(node, at))
                    changed = True
        return changed

    def _lay_out(self, node: Node, size: int) -> bool:
        """Makes cells for whatever of that size may lie in an object where nothing is known of it;
        False if it is not known where the object ends."""
        end = node.stride
        if not end:
            ends = [self._end_of(value) for value in node.local]
            if not ends or node.unknown or node.arguments or node.globals:
                return False
            for one in ends:
                if one is None:
                    return False
                end = max(end, one)
        if end > _LARGEST_LAID_OUT:
            return False
        taken = {b for start, length in node.arrays for b in range(start, min(start + length, end))}
        for at, cell in node.cells.items():
            taken.update(range(at, at + max((most for _, most in _kinds(cell)), default=0)))
        for at in range(0, end - size + 1, size):
            if taken.isdisjoint(range(at, at + size)):
                self._cell(Pointer(node, at))
        return True

    def _end_of(self, value: Value) -> int | None:
        """Where in its node what is allocated ends, if that is known."""
        raise NotImplementedError

    def _objects(self, place: Pointer) -> list[Pointer]:
        """The places behind one that are in memory, and not only what something may lead to."""
        places = self._closure(place)
        return [p for p in places if (n := p.node.find()).is_known or n not in self._viewed]

    def _has_settled(self, constraint: Hashable) -> bool:
        """Does a constraint hold, and has nothing changed since? (Merged nodes have changed.)"""
        held = self._settled.get(constraint)
        return held is not None and all(node.version == version for node, version in held)

    def _hold(
        self, constraint: Hashable, between: Iterable[Pointer], make: Callable[[], bool]
    ) -> bool:
        """Makes a constraint hold; True if something was new. If nothing was, it has settled,
        unless it holds by folding: other strides may tell apart again what one made the same."""
        before = tuple((node := place.node.find(), node.version) for place in between)
        folded = self._same_by_folding
        new = make()
        if not new and folded == self._same_by_folding:
            self._settled[constraint] = before
        return new

    def _agree_all(self, to: Pointer, source: Pointer, size: int | None) -> bool:
        """What either place stands for agrees: each with the first of the others, and so all."""
        changed = False
        if size is None and not self._steps_open:
            changed = self._fold_copied(self._closure(to), self._closure(source))
        first, *targets = self._closure(to)
        origins = self._closure(source)
        if (to, source, size) in self._inclusions:
            return changed | self._include_all((to, source, size), (first, *targets), origins)
        for a, b in (*((first, origin) for origin in origins), *((t, origins[0]) for t in targets)):
            for pair in ((a, b), (b, a)):
                constraint = (*pair[0].unfolded(), *pair[1].unfolded(), size)
                if not self._has_settled(constraint):
                    changed |= self._hold(constraint, pair, partial(self._agree, *pair, size))
        return changed

    def _include_all(
        self, copy: Copy, targets: Sequence[Pointer], origins: Sequence[Pointer]
    ) -> bool:
        """The same for memory that is copied: the kinds of what lies there agree, and pointers that
        lie in the copy are views of those that are copied, each of its own. So what one place leads
        to at one time, and another one at another time, does not meet where both are copied to."""
        changed = False
        pairs = self._pairs.setdefault(copy, Pairs())
        for a, b in pairs.unsettled(targets, origins):
            for pair, back in (((a, b), False), ((b, a), True)):
                constraint = (*pair[0].unfolded(), *pair[1].unfolded(), copy[2], back)
                if not self._has_settled(constraint):
                    make = partial(self._agree, *pair, copy[2], included=True, back=back)
                    changed |= self._hold(constraint, pair, make)
                    if not self._has_settled(constraint):
                        pairs.leave_open(a, b)
        return changed

    def _include(self, place: Pointer, source: Cell, *, back: bool) -> bool:
        """Pointers of a cell are copied to a place; back: to the cell, from that place. True if
        that was new."""
        if source.link is None:
            return False
        cell = self._cell(place)
        changed = cell.link is None
        link = self.link(place)
        if not back and not cell.is_moved:
            cell.is_moved = changed = True
            place.node.find().change()
        if not back and source.link.resolve() not in self._resolved(link):
            self._views.append((link, source.link))
            changed = True
        return changed

    def _fold_copied(self, targets: Sequence[Pointer], origins: Sequence[Pointer]) -> bool:
        """Memory that is copied, who knows how much of it, to several places of one object, or from
        these, is seen as an array: there and back again, what lies in it would lie ever further
        behind. True if something was folded."""
        changed = False
        for some, others in ((targets, origins), (origins, targets)):
            found: dict[Node, int] = {}
            for one in some:
                node, at = one.resolve()
                by = abs(found.setdefault(node, at) - at)
                for each in (one, *others) if by and not node.stride else ():
                    before = each.node.find().stride
                    self._fold(each.node, by)
                    changed |= before != each.node.find().stride
        return changed

    # ------------------------------------------------------------------ views

    def _order_views(self) -> bool:
        """Views of each other are one node; True if something was merged."""
        changed = False
        while True:
            self._viewed = {}
            self._closures.clear()
            self._apart_asked.clear()
            views: dict[tuple[Node, int, Node, int], tuple[Pointer, Pointer]] = {}
            for view, seen in self._views:
                views.setdefault((*view.unfolded(), *seen.unfolded()), (view, seen))
            self._views = list(views.values())
            self._ways.clear()
            for (node, offset, target, at), one in views.items():
                self._put_in_order(node, target, at - offset, one)
            self._ordered_at = Node.merges
            cycle = self._cycle()
            if not cycle:
                return changed
            for view, seen in cycle:
                changed |= self._unify(view, seen, whole=True)

    def _put_in_order(
        self, node: Node, target: Node, distance: int, one: tuple[Pointer, Pointer]
    ) -> None:
        mine, seen = self._viewed.setdefault(node, []), one[1]
        way = (node, target, distance, seen.unfolded()[1] if self._ends(*one) else None)
        if node is not target and way not in self._ways:
            self._ways.add(way)
            mine.append(one)

    def _add_view(self, view: Pointer, seen: Pointer) -> None:
        """One view more, in order. The others stay as they are if no nodes have merged since and it
        closes no cycle."""
        self._views.append((view, seen))
        (node, offset), (target, at) = view.unfolded(), seen.unfolded()
        if Node.merges != self._ordered_at or self._is_seen_from(target, node):
            self._order_views()
            return
        self._closures.clear()
        self._apart_asked.clear()
        self._put_in_order(node, target, at - offset, (view, seen))

    def _is_seen_from(self, start: Node, end: Node) -> bool:
        """Is one node the other, or a view of it, or of a view of it?"""
        met = {start}
        work = [start]
        while work:
            node = work.pop()
            if node is end:
                return True
            targets = {seen.node.find() for _, seen in self._viewed.get(node, ())} - met
            met |= targets
            work += targets
        return False

    def _cycle(self) -> list[tuple[Pointer, Pointer]]:
        """All views within cycles of several nodes (Tarjan's components)."""
        order: dict[Node, int] = {}
        low: dict[Node, int] = {}
        stack: list[Node] = []
        component: dict[Node, Node] = {}

        def visit(node: Node) -> None:
            order[node] = low[node] = len(order)
            stack.append(node)
            for _, seen in self._viewed.get(node, ()):
                target = seen.node.find()
                if target not in order:
                    visit(target)
                    low[node] = min(low[node], low[target])
                elif target not in component:
                    low[node] = min(low[node], order[target])
            if low[node] == order[node]:
                while True:
                    member = stack.pop()
                    component[member] = node
                    if member is node:
                        break

        for node in list(self._viewed):
            if node not in order:
                visit(node)
        return [
            (view, seen)
            for view, seen in self._views
            if (a := view.node.find()) is not (b := seen.node.find())
            and component[a] is component[b]
        ]

    def _closure(self, place: Pointer) -> tuple[Pointer, ...]:
        """A place and all that it is a view of, itself first."""
        if place.own or place.node.find() not in self._viewed:
            return (place,)
        return self._seen_from(place)[0]

    def _closure_uncut(self, place: Pointer) -> tuple[Pointer, ...]:
        """The same where nodes may have merged since views were put in order."""
        was_cut = self._was_cut
        self._is_round, self._was_cut = True, False
        found = self._closure(place)
        self._is_round = False
        if self._was_cut:
            self._order_views()
            self._fold_crowded()
            found = self._closure(place)
        self._was_cut = was_cut
        return found

    def _resolved(self, place: Pointer) -> Sequence[tuple[Node, int]]:
        """The same, resolved."""
        if place.own or place.node.find() not in self._viewed:
            return (place.resolve(),)
        return self._seen_from(place)[1]

    def _seen_from(self, place: Pointer) -> _Closure:
        start = place.unfolded()
        known = self._closures.get(start)
        if known is None:
            was_cut, self._was_cut = self._was_cut, False
            found = self._follow_views(place)
            known = tuple(found.values()), tuple(found)
            if not self._was_cut:
                self._closures[start] = known
            self._was_cut |= was_cut
        return known

    def _follow_views(self, place: Pointer) -> dict[tuple[Node, int], Pointer]:
        """A place and all that it is a view of, by what these resolve to.

        In a round, nodes that have merged may have closed a circle that leads to ever other places:
        it is cut, and the next round ends it.
        """
        out = {place.resolve(): place}
        work = [place]
        met: dict[Node, int] = {}
        while work:
            place = work.pop()
            node, offset = place.unfolded()
            for view, seen in self._viewed.get(node, ()):
                distance = offset - view.unfolded()[1]
                if self._is_beyond(view, seen, distance):
                    continue
                target = seen.moved(distance)
                goal, at = target.resolve()
                if goal is node or (goal, at) in out:
                    continue
                if self._is_round:
                    met[goal] = met.get(goal, 0) + 1
                    if met[goal] > 2 * _MOST_PLACES:
                        self._was_cut = True
                        continue
                out[goal, at] = target
                work.append(target)
        return out

    def _pass_members_on(self) -> None:
        """Array members that a view knows of are array members of what it sees; and of the view,
        what it sees: steps in one of them leave the rest of the object alone in both. (But what one
        object is says nothing of another one that the same view may see.)"""
        for view, seen in self._views:
            node, offset = view.unfolded()
            if self._ends(view, seen):
                continue
            for (start, length), here in list(node.members.items()) if not node.stride else ():
                for target in self._closure(seen.moved(start - offset)) if here else ():
                    place, begin = target.resolve()
                    if place is not node and not place.stride:
                        place.add_member(begin, length)
        self._take_walks()
        for view, seen in self._views:
            node, offset = view.unfolded()
            if self._ends(view, seen):
                continue
            for target in self._closure(seen) if not node.stride else ():
                place, begin = target.unfolded()
                if place is node or place.stride:
                    continue
                for start, length in list(place.members):
                    node.add_member(start - begin + offset, length, here=False)

    def _see(self, view: Pointer, seen: Pointer) -> bool:
        """What is known through a view is known of the memory it sees; True if something was new.

        Not the other way round: that other objects are seen through the same view says nothing.
        """
        node, offset = view.unfolded()
        target = seen.node.find()
        if node is target:
            return view.resolve() != seen.resolve() and self._unify(view, seen)
        before = (target.stride, dict(target.arrays))
        is_head = self._ends(view, seen)
        if node.stride and not is_head:
            self._step_by(seen, node.stride)
        for (start, _), stride in list(node.arrays.items()) if not is_head else ():
            self._step_by(seen.moved(start - offset), stride)
        changed = before != (target.stride, target.arrays)
        for at, cell in list(node.cells.items()):
            if node.parent is not None or target.parent is not None:
                return True  # merged meanwhile: the next round sees the new state
            by = (at - offset) % node.stride if node.stride else at - offset
            if is_head and self._is_beyond(view, seen, by):
                continue
            apart = self._is_apart(Pointer(node, at), cell)
            changed |= self._merge_cell(seen.moved(by), cell, linked=not apart)
            if apart and cell.link is not None:
                link = self.link(seen.moved(by))
                if link.resolve() not in self._resolved(cell.link):
                    self._views.append((cell.link, link))
                    changed = True
        return changed

    def _is_apart(self, place: Pointer, cell: Cell) -> bool:
        """Is a pointer only read through a view that leads to one place of an object here, to
        another one there? These do not meet: what is read is a view of them. (What is copied
        through a view is copied to all that it sees.) Where copies of memory go one way, this holds
        whatever it leads to."""
        if cell.link is None or cell.is_put:
            return False
        if self._apart_asked.get(cell) == Node.changes:
            return cell.is_apart
        if not cell.is_apart and len(self._viewed.get(place.node, ())) > 1:
            cell.is_apart = self._includes
            found: dict[Node, int] = {}
            for node, offset in self._resolved(place)[1:]:
                other = node.cells.get(offset)
                if other is not None and other.link is not None:
                    to, at = other.link.resolve()
                    cell.is_apart |= found.setdefault(to, at) != at
            cell.is_apart &= cell.link.node.find() not in found
        self._apart_asked[cell] = Node.changes
        return cell.is_apart

    # ------------------------------------------------------------------ copies

    def _agree(
        self,
        to: Pointer,
        source: Pointer,
        size: int | None,
        *,
        included: bool = False,
        back: bool = False,
    ) -> bool:
        node, start = source.resolve()
        target, origin = to.resolve()
        if not node.cells or (node is target and start == origin):
            return False
        if node is target and size is None and not node.stride:
            if not self._steps_open:
                self._fold(node, abs(start - origin))  # moved along itself, who knows how far
            return True
        origin = to.unfolded()[1]  # what follows an array does not follow its first element
        changed = False
        self._share_arrays(to, source, size)
        found = offsets_in(source, size) if size is not None and crosses(source, size) else None
        parts, begin = parts_of_arrays(source, size), source.unfolded()[1]
        end = ENDLESS if size is None else begin + size - 1
        for offset, cell in list(node.cells.items()):
            if node.parent is not None or target.parent is not None:
                return True  # merged meanwhile: the next round sees the new state
            if not (size is None or node.stride or found or parts or 0 <= offset - start < size):
                continue  # not in what is copied
            positions: Iterable[int]
            if found is not None:
                positions = found.get(offset, ())
            elif parts:
                positions = [at - begin for at in islice(elements(node, offset, begin, end), 1)]
            else:
                positions = self._positions(target, node, offset - start, size)
            for relative in positions:
                most = None if size is None else max(1, size - relative)
                place = Pointer(target, origin + relative)
                if included:
                    changed |= self._include(place, cell, back=back)
                changed |= self._merge_cell(place, cell, most, linked=not included, named=not back)
        return changed

    def _positions(self, target: Node, node: Node, relative: int, size: int | None) -> list[int]:
        stride = node.stride
        if not stride:
            inside = relative >= 0 and (size is None or relative < size)
            return [relative] if inside or (target.stride and size is None) else []
        first = relative % stride
        if (
            target.stride
            and target.stride % stride == 0
            and size is not None
            and size <= target.stride
        ):
            return list(range(first, size, stride))
        if size is not None and not target.stride and size <= 64 * stride:
            return list(range(first, size, stride))
        if size is not None and first >= size:
            return []
        self._fold(target, stride)
        return [first]

    def _share_arrays(self, to: Pointer, source: Pointer, size: int | None) -> None:
        """Arrays in what is copied are arrays in the copy, and so are large parts of them."""
        node, start = source.resolve()
        target, origin = to.resolve()
        if node is target or node.stride or target.stride:
            return
        origin = to.unfolded()[1]
        parts = parts_of_arrays(source, size)
        if parts or (size is not None and crosses(source, size)):
            start = source.unfolded()[1]
        whole = [(begin - start, length, by) for (begin, length), by in node.arrays.items()]
        inside = [one for one in whole if one[0] >= 0 and (size is None or sum(one[:2]) <= size)]
        for relative, length, stride in (*inside, *parts):
            if target.add_array(origin + relative, length, stride):
                target.add_member(origin + relative, length)
                self._refold(target)


_Kind: TypeAlias = tuple[str, int]
"""What lies in a cell, and its size."""


def _kinds(cell: Cell) -> Iterable[_Kind]:
    return (cell.strong or cell.hints).items()


def _shape(view: Pointer) -> dict[int, _Kind | None]:
    """What is read and written through a view, by its distance; None: various kinds."""
    node, offset = view.resolve()
    kinds = {at - offset: [*cell.strong.items()] for at, cell in node.cells.items()}
    return {at: one[0] if len(one) == 1 else None for at, one in kinds.items() if one}


def _common_step(place: Pointer, kinds: Collection[_Kind | None], aligned: int) -> int:
    """How far places of an object lie apart in which there is nothing but data of one kind: its
    size, where none begins within another one."""
    node, offset = place.resolve()
    match [*kinds]:
        case [(_, size)]:
            return gcd(size, aligned, *(at - offset for at in node.cells))
        case _:
            return 1


def _fits(node: Node, at: int, shape: dict[int, _Kind | None]) -> bool:
    """May data of these kinds lie at an offset of a node?"""
    for by, kind in shape.items():
        cell = node.cells.get(node.fold(at + by))
        if cell is None or kind is None:
            return False
        known = _kinds(cell)
        if kind not in known and (known or (at + by) % kind[1]):
            return False
    return True
