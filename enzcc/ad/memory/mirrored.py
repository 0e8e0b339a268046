"""What lies in the blocks that variables hold, as a table for the run-time library.

    static std::vector<std::unique_ptr<Layer>> net;     blocks in blocks, which all get shadows

A row is a part of a block: floats, which its shadow does not have; pointers, which lead to shadows
where there are some; and what holds blocks itself, followed by the rows of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import gcd
from typing import Final, final

from enzcc.ad.memory.holders import Holder
from enzcc.analysis.activity import Activity, Shadowing
from enzcc.analysis.nodes import (
    CONFLICT,
    ENDLESS,
    NOTED,
    POINTER,
    UNION,
    Cells,
    Node,
    Pointer,
    Segment,
    agreed,
)
from enzcc.ir import types as ty
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType, Type
from enzcc.ir.values import Global

Places = tuple[Pointer, ...]

_ROW: Final = "{ ptr, ptr, i64, i64, i64, i64, i64 }"
_BLOCK, _OBJECT, _FLOATS, _POINTERS, _CLASS, _BRANCH = range(6)
_UNCLEAR: Final = (CONFLICT, UNION, NOTED)


@final
class Mirrored:
    """The blocks behind variables as one analysis sees them."""

    def __init__(self, module: Module, activity: Activity) -> None:
        self.module, self.activity = module, activity

    def table(self, place: Pointer, holder: Holder) -> Global:
        """What the block is made of that a holder, which lies in an object at `place`, holds."""
        return self.module.add_constant_table(_ROW, self._rows(holder, (place,)))

    def cells(
        self, holder: Holder, places: Places, *, shadowed: bool
    ) -> Iterator[tuple[Node, int]]:
        """Where the pointers lie that lead to the blocks of a holder, which lies in objects at
        these places, and to those in them; or only those with shadows."""
        if holder.linked:
            yield from self._links(holder, places, shadowed=shadowed)
            return
        word = self.module.layout.size(ty.PTR)
        for place in places:
            for number in range(holder.others + 1):
                yield place.moved(holder.offset + number * word).resolve()
        for _, inside, elements in self._inside(holder, places, shadowed=shadowed):
            yield from self.cells(inside, elements, shadowed=shadowed)

    def _links(
        self, holder: Holder, places: Places, *, shadowed: bool
    ) -> Iterator[tuple[Node, int]]:
        """The same for a container of nodes."""
        nodes: dict[Node, None] = {}
        owners = [place.node.find() for place in places]
        work = [place.moved(at).resolve() for place in places for at in holder.heads]
        seen = dict.fromkeys(work)
        for node, at in work:
            yield node, at
            cell = node.cells.get(at)
            if cell is None or cell.link is None:
                continue
            for one in (cell.link, *self.activity.objects.places(cell.link)):
                target, start = one.resolve()  # a node, or the head, which lies in a container
                links = [
                    (target, k) for o in holder.linked for k in _elements(target, 0, start + o)
                ]
                fresh = [link for link in links if link not in seen]
                seen.update(dict.fromkeys(fresh))
                work += fresh
                if not start and target not in owners:
                    nodes[target] = None
        for inside in holder.inside:
            elements = tuple(
                Pointer(node, at) for node in nodes for at in _objects(inside, node, 0, 0)
            )
            yield from self.cells(inside, elements, shadowed=shadowed)

    def behind(self, holder: Holder, places: Places, *, views: bool = True) -> Places:
        """The blocks that it may hold, as far as anybody looks there; and all that these are views
        of, or that the other pointers to them lead to."""
        word = self.module.layout.size(ty.PTR)
        others = [holder.offset + (number + 1) * word for number in range(holder.others)]
        firsts = holder.ends
        found: dict[tuple[Node, int], Pointer] = {}
        for place, offset in product(places, (*firsts, *(others if views else ()))):
            node, at = place.moved(offset).resolve()
            cell = node.cells.get(at)
            if cell is None or cell.link is None:
                continue
            for one in (cell.link, *(self.activity.objects.places(cell.link) if views else ())):
                block, start = one.resolve()
                if offset in firsts:
                    found[block, start] = one
                elif not start % (holder.stride or block.stride or ENDLESS):
                    found.setdefault((block, 0), Pointer(block))
        return tuple(found.values())

    def is_shadowed(self, holder: Holder, places: Places) -> bool:
        """Do such blocks have shadows where they are made?"""
        return any(
            self.activity.node_shadowing(block.node.find()) is not Shadowing.NONE
            for block in self.behind(holder, places)
        )

    def is_clear(self, holder: Holder, places: Places) -> bool:
        """Do pointers lead to their start, and is it known of which kinds they are, as far as
        anybody looks?"""
        starts = (block.resolve()[1] for block in self.behind(holder, places, views=False))
        return (bool(holder.linked) or not any(starts)) and all(
            cells.kind not in _UNCLEAR for cells in self.pattern(holder, places)
        )

    def pattern(self, holder: Holder, places: Places) -> list[Cells]:
        """What lies in the blocks, if there are pointers, or may be others in them; else nothing,
        since a cleared shadow will do."""
        found_blocks = [block.resolve() for block in self.behind(holder, places, views=False)]
        blocks = [node for node, _ in found_blocks]
        is_plain = not holder.is_tree and not any(True for node in blocks for _ in node.links())
        if is_plain or not blocks:
            return []
        if holder.linked:  # what may be a node or the head is a view of what the head lies in
            size = max(_end(node) - start for node, start in found_blocks)
            nodes = agreed([self._segments(*block, size) for block in found_blocks], size)
            return [Cells(ENDLESS, s.offset, s.size, s.kind) for s in nodes]
        periods = {node.stride or holder.stride for node in blocks}
        if len(periods) > 1:
            return [Cells(1, 0, 1, CONFLICT)]
        (period,) = periods
        if period:
            starts = [(n, e) for n in blocks for e in {at // period: None for at in n.cells}]
            found = [self._segments(n, e * period, period) for n, e in starts]
            return [Cells(period, s.offset, s.size, s.kind) for s in agreed(found, period)]
        endless = [(at, step) for n in blocks for (at, m), step in n.arrays.items() if m >= ENDLESS]
        size = min(endless)[0] if endless else max(map(_end, blocks))
        head = agreed([self._segments(n, 0, size) for n in blocks], size) if size else []
        found_cells = [Cells(ENDLESS, s.offset, s.size, s.kind) for s in head]
        for at, step in dict.fromkeys(endless):
            if (at, step) != endless[0]:
                return [Cells(1, 0, 1, CONFLICT)]
            tail = agreed([self._segments(n, at, step) for n in blocks], step)
            found_cells += [Cells(step, at + s.offset, s.size, s.kind) for s in tail]
        return found_cells

    def _segments(self, node: Node, start: int, size: int) -> list[Segment]:
        return self.activity.objects.segments(Pointer(node, start), size)

    def _inside(
        self, holder: Holder, places: Places, *, shadowed: bool = True
    ) -> Iterator[tuple[str, Holder, Places]]:
        """What holds blocks (with shadows) in such a block, and in which elements; of objects of a
        class, with its table."""
        blocks = self.behind(holder, places)
        for name, inside in (
            *(("", one) for one in holder.inside),
            *((kind.table, one) for kind in holder.classes for one in kind.inside),
        ):
            elements = tuple(
                Pointer(node, at)
                for node, start in dict.fromkeys(
                    (node, start if holder.linked else 0)
                    for node, start in (block.resolve() for block in blocks)
                )
                for at in _objects(inside, node, holder.stride, start)
            )
            if not shadowed or (
                inside.is_block
                and not inside.table
                and self.is_shadowed(inside, elements)
                and self.is_clear(inside, elements)
            ):
                yield name, inside, elements

    def _rows(self, holder: Holder, places: Places) -> list[str]:
        rows: list[str] = []
        for cells in self.pattern(holder, places):
            if isinstance(cells.kind, FloatType) or cells.kind == POINTER:
                kind = _POINTERS if cells.kind == POINTER else _FLOATS
                rows.append(_row(kind, cells.offset, cells.size, cells.period))
        inside = list(self._inside(holder, places))
        period = holder.stride or ENDLESS
        word = self.module.layout.size(ty.PTR)
        heads = [head for _, one, _ in inside for head in one.heads]
        rows += [_row(_POINTERS, at, word, period) for at in (*holder.linked, *heads)]
        rows += [_row(_BRANCH, at, 0, 0) for at in holder.branches]
        rows += [row for name, one, at in inside if not name for row in self._rows(one, at)]
        for known in holder.classes:
            own = [r for n, one, at in inside if n == known.table for r in self._rows(one, at)]
            table = self.module.symbol(known.table).ref()
            place_in_it = f"getelementptr (i8, ptr {table}, i64 {known.at})"
            rows += [_row(_CLASS, 0, 0, 0, len(own), place_in_it), *own]
        kind = _OBJECT if holder.classes else _BLOCK
        numbers = holder.offset, holder.others, holder.stride, len(rows)
        made = self._function(holder.maker, ty.PTR, ty.I64)
        own_functions = made, self._function(holder.dropper, ty.VOID, ty.PTR)
        return [_row(kind, *numbers, *own_functions), *rows]

    def _function(self, name: str, result: Type, argument: Type) -> str:
        if not name:
            return "null"
        return self.module.declare(name, ty.function(result, (argument,))).ref()


def _end(node: Node) -> int:
    """How far behind its start it is known to be used."""
    ends = [at + max((*c.strong.values(), *c.hints.values(), 1)) for at, c in node.cells.items()]
    return max(*ends, *(start + length for start, length in node.arrays), 1)


def _objects(inside: Holder, node: Node, stride: int, start: int) -> Iterator[int]:
    """Where the objects that a holder lies in begin in such elements, if anybody looks at it."""
    found = (at - o for o in inside.ends for at in _elements(node, stride, start + o))
    return iter(dict.fromkeys(found))


def _elements(node: Node, stride: int, offset: int) -> Iterator[int]:
    """Where what lies at that offset in elements of a block lies, if anybody looks there."""
    step = gcd(stride, node.stride)
    folded = node.fold(offset)
    return (at for at in node.cells if ((at - folded) % step == 0 if step else at == folded))


def _row(
    kind: int, a: int, b: int, c: int, rows: int = 0, first: str = "null", second: str = "null"
) -> str:
    return (
        f"{_ROW} {{ ptr {first}, ptr {second}, i64 {kind}, i64 {a}, i64 {b}, i64 {c}, i64 {rows} }}"
    )
