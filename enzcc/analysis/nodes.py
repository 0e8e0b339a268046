"""Abstract objects: nodes with cells by byte offset, and the evidence for what lies there.

`enzcc.analysis.objects` makes them; see there for how they merge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import gcd
from typing import ClassVar, final

from enzcc.ir import types as ty
from enzcc.ir.types import FloatType
from enzcc.ir.values import Argument, Value

POINTER = "ptr"
INTEGER = "int"
CONFLICT = "several kinds"
UNION = "a double or a pointer"
NOTED = "noted when the program runs"


ENDLESS = 1 << 40
"""Bytes of an array of which only the start is known."""

_LARGEST_CROSSING = 4096
"""Bytes of the largest copy of the tail of an array that is looked at byte by byte."""

_FIRST, _LAST = 128, 8
"""Elements of a large array that are looked at."""

FIRST_PAGE = 4096
"""Nothing lies at smaller addresses than these."""


def is_no_address(number: int) -> bool:
    """A step from null, as of an empty vector, or the bits of a double in a union with pointers."""
    return abs(number) < FIRST_PAGE or 0 < (number >> 52 & 0xFFF) < 0xFFF


@final
@dataclass(eq=False)
class Cell:
    """What is known of the bytes from one offset on. `strong` and `hints`: kind -> size in bytes.

    `inexact`: the pointer that lies here has been calculated with as an integer, so that where in
    the linked node it points is not known. `named`: the functions and variables whose addresses lie
    here, with offsets; `is_named`: no other pointers do, but for copies of other cells. `is_moved`:
    pointers that have been read elsewhere are put here.
    `is_apart`: the linked node is a view of what the pointers lead to that lie here in the objects
    which this cell's node is a view of.
    """

    strong: dict[str, int] = field(default_factory=dict)
    hints: dict[str, int] = field(default_factory=dict)
    link: Pointer | None = None
    inexact: bool = False
    named: dict[tuple[str, int], None] = field(default_factory=dict)
    is_named: bool = True
    is_moved: bool = False
    is_apart: bool = False

    @property
    def is_put(self) -> bool:
        """Has a pointer been put here?"""
        return self.is_moved or self.tells_names

    @property
    def tells_names(self) -> bool:
        """Is it known of a pointer that has been put here which one, or not?"""
        return bool(self.named) or not self.is_named

    def take_names(self, other: Cell) -> bool:
        """What may lie in another cell may lie here; True if that was new."""
        before = len(self.named), self.is_named, self.is_moved
        self.named |= other.named
        self.is_named &= other.is_named
        self.is_moved |= other.is_moved
        return before != (len(self.named), self.is_named, self.is_moved)


@final
@dataclass(eq=False)
class Node:
    """An abstract object. After merging only `find()` answers; `delta` moves offsets on the way.

    stride    offsets are taken modulo this (0: as they are)
    arrays    parts that are arrays: (start, length) -> stride, within which offsets fold
    members   parts that declared types say are arrays: (start, length) -> whether the types of
              accesses here say so, and not those of what it is a view of
    local     allocations in the functions looked at (allocas, heap) that it stands for
    globals   names of globals that it stands for
    arguments pointer parameters of the root function that point to it
    unknown   it may also be memory that we know nothing of (results of unknown functions)
    is_measured pointers into it are subtracted, and nothing is known of how far they are apart
    heads     where heads of trees lie in it, and how many bytes these have in common with nodes
    lists     where heads of lists lie in it, and nodes of lists begin (`linked`)
    joined    where other places have become the same, which may be views of more than is here
    sees_more pointers to it lead to heads of trees as such, and to what lies right behind
    seen      the nodes that it is a view of, at the end of the analysis
    version   changes with each change of its cells, its strides or of what it stands for
    """

    serial: int
    parent: Node | None = None
    delta: int = 0
    stride: int = 0
    arrays: dict[tuple[int, int], int] = field(default_factory=dict)
    members: dict[tuple[int, int], bool] = field(default_factory=dict)
    cells: dict[int, Cell] = field(default_factory=dict)
    local: dict[Value, None] = field(default_factory=dict)
    globals: dict[str, None] = field(default_factory=dict)
    arguments: dict[Argument, None] = field(default_factory=dict)
    unknown: bool = False
    is_measured: bool = False
    heads: dict[int, int] = field(default_factory=dict)
    lists: dict[int, None] = field(default_factory=dict)
    linked: dict[int, None] = field(default_factory=dict)
    joined: dict[int, None] = field(default_factory=dict)
    sees_more: bool = False
    seen: tuple[Node, ...] = ()
    version: int = 0
    changes: ClassVar[int] = 0
    """How often any node has changed: what was found out since it was the same still holds."""
    merges: ClassVar[int] = 0
    """How often any two have become one."""

    def change(self) -> None:
        """Notes a change of what `version` is about."""
        self.version += 1
        Node.changes += 1

    def find(self) -> Node:
        """The node that stands for this one now."""
        node = self
        while node.parent is not None:
            node = node.parent
        return node

    @property
    def is_known(self) -> bool:
        """Is anything known of whose memory it is?"""
        return bool(self.local or self.globals or self.arguments or self.unknown)

    @property
    def holds_pointers(self) -> bool:
        """Is it known of a pointer that is stored here where it may lead?"""
        return any(cell.link is not None for cell in self.cells.values())

    def fold(self, offset: int) -> int:
        """The offset that stands for this one."""
        if self.stride:
            offset %= self.stride
        for (start, length), stride in self.arrays.items():
            if start <= offset < start + length:
                offset = start + (offset - start) % stride
        return offset

    def strides_at(self, offset: int) -> list[int]:
        """The strides by which this offset, already folded, may be others."""
        inner = [s for (start, n), s in self.arrays.items() if start <= offset < start + n]
        return [self.stride, *inner] if self.stride else inner

    def add_array(self, start: int, length: int, stride: int) -> bool:
        """Offsets in a part of the object fold from now on; True if they did not before.

        Arrays stay disjoint, or lie in the first element of each other: offsets that one of them
        makes the same, all do. What crosses another one becomes one array with it.
        """
        found = dict[tuple[int, int], int]()
        work = [*self.arrays.items(), ((start, length), stride)]
        while work:
            (start, length), stride = work.pop(0)
            for (at, size), step in found.items():
                low, high = min(start, at), max(_end(start, length), _end(at, size))
                if _end(start, length) <= at or _end(at, size) <= start:
                    continue
                whole = (low, ENDLESS if high >= ENDLESS else high - low)
                inner, outer = ((start, length), stride), ((at, size), step)
                if whole == (start, length):
                    inner, outer = outer, inner
                shift = (inner[0][0] - outer[0][0]) % outer[1]
                if whole != outer[0] or inner[0] == outer[0] or shift + inner[0][1] > outer[1]:
                    work.insert(0, (whole, gcd(stride, step)))
                elif inner[0][0] == low + shift:
                    continue
                else:
                    work[:0] = [outer, ((low + shift, inner[0][1]), inner[1])]
                del found[at, size]
                break
            else:
                found[start, length] = stride
        if found == self.arrays:
            return False
        ordered = sorted(found.items(), key=lambda item: (-item[0][1], item[0][0]))
        self.arrays = dict(ordered)
        self.change()
        return True

    def add_member(self, start: int, length: int, *, here: bool = True) -> None:
        """A part of the object is an array."""
        here |= self.members.get((start, length), False)
        self.members[start, length] = here
        self.change()

    def member_around(
        self, offset: int, reach: int, size: int, *, common: bool = False
    ) -> tuple[int, int] | None:
        """The smallest array member, larger than `size` bytes, that these two offsets are in. One
        that others cross begins where one of them does, who knows which: it is all of them; or,
        `common`, what they have in common, where they are arrays of what this is a view of."""
        around = [
            (length, start)
            for start, length in self.members
            if start <= offset and offset + reach < _end(start, length) and length > size
        ]
        if not around:
            return None
        length, start = min(around)
        end = _end(start, length)
        if common:
            start = max(at for _, at in around)
            end = min(_end(at, n) for n, at in around)
            return start, ENDLESS if end >= ENDLESS else end - start
        crossing = True
        while crossing:
            crossing = False
            for at, n in self.members:
                if at < start < _end(at, n) < end or start < at < end < _end(at, n):
                    start, end, crossing = min(at, start), max(_end(at, n), end), True
        return start, ENDLESS if end >= ENDLESS else end - start

    def links(self) -> Iterator[Node]:
        """The nodes that pointers stored in this one may point to."""
        for cell in self.find().cells.values():
            if cell.link is not None:
                node = cell.link.node.find()
                yield node
                yield from node.seen


def _end(start: int, length: int) -> int:
    """Where an array ends; those without known end all end together."""
    return ENDLESS if length == ENDLESS else start + length


@final
@dataclass(slots=True, eq=False)
class Pointer:
    """A place that stays what it is ("frozen" would take twice the time, and there are millions): a
    node and a byte offset in it. `own`: in the node itself, not in what it may be a
    view of besides."""

    node: Node
    offset: int = 0
    own: bool = False

    def resolve(self) -> tuple[Node, int]:
        """The representative node, and the offset in it (folded by its stride)."""
        node, offset = self.node, self.offset
        while node.parent is not None:
            offset += node.delta
            node = node.parent
        return node, node.fold(offset)

    def unfolded(self) -> tuple[Node, int]:
        """The representative node, and the offset in it as it is."""
        node, offset = self.node, self.offset
        while node.parent is not None:
            offset += node.delta
            node = node.parent
        return node, offset

    def moved(self, by: int) -> Pointer:
        return Pointer(self.node, self.offset + by, self.own) if by else self


@final
@dataclass(frozen=True)
class Segment:
    """`size` bytes at `offset` of one kind: a FloatType, POINTER, INTEGER, CONFLICT where evidence
    contradicts itself, None where there is none."""

    offset: int
    size: int
    kind: FloatType | str | None


@final
@dataclass(frozen=True)
class Cells:
    """`size` bytes of one kind at `offset`, and again every `period` bytes from there on. UNION: a
    double at one time and a pointer at another, which are told apart when the program runs; NOTED:
    any of several kinds, noted by their addresses."""

    period: int
    offset: int
    size: int
    kind: FloatType | str | None


def reached_from(starts: Iterable[Node]) -> dict[Node, None]:
    """Nodes, and all that pointers lead to from there."""
    seen = dict.fromkeys(node.find() for node in starts)
    work = list(seen)
    while work:
        for target in work.pop().links():
            node = target.find()
            if node not in seen:
                seen[node] = None
                work.append(node)
    return seen


def array_behind(places: Iterable[Pointer]) -> tuple[int, int] | None:
    """(bytes up to it, stride) of the array without known end that all places lie in or before, if
    there is one."""
    found = set[tuple[int, int]]()
    for place in places:
        node, offset = place.unfolded()
        ends = [(start, stride) for (start, n), stride in node.arrays.items() if n == ENDLESS]
        if node.stride or len(ends) != 1:
            return None
        found.add((max(ends[0][0] - offset, 0), ends[0][1]))
    return found.pop() if len(found) == 1 else None


def extent_behind(places: Iterable[Pointer]) -> int:
    """Up to how many bytes behind the places something is known of their objects."""
    extent = 0
    for place in places:
        node, start = place.unfolded()
        for offset, cell in node.cells.items():
            size = max((*cell.strong.values(), *cell.hints.values()), default=0)
            extent = max(extent, offset + size - start)
        extent = max(extent, *(begin + n - start for begin, n in node.arrays), 0)
    return extent


def crosses(source: Pointer, size: int) -> bool:
    """Does memory of `size` bytes hold several elements of an array member, or the tail of one and
    what follows it, but not the whole array?"""
    node, begin = source.unfolded()
    if node.stride:
        begin %= node.stride
    return size <= _LARGEST_CROSSING and any(
        _is_cut(start - begin, start + length - begin, stride, size)
        for (start, length), stride in node.arrays.items()
    )


def _is_cut(start: int, end: int, stride: int, size: int) -> bool:
    """The same for an array that begins and ends so far behind the beginning of the memory."""
    if end <= 0 or start >= size or (start >= 0 and end <= size):
        return False
    first = max(start, 0)
    return end < size or (first - start) % stride + min(end, size) - first > stride


def parts_of_arrays(source: Pointer, size: int | None) -> list[tuple[int, int, int]]:
    """How far behind a place parts of arrays lie in such memory that are cut, how long they are,
    and their strides; only of large memory, in which elements are not told one by one."""
    node, begin = source.unfolded()
    if node.stride or (size is not None and size <= _LARGEST_CROSSING):
        return []
    end = ENDLESS if size is None else begin + size
    found = []
    for (start, length), stride in node.arrays.items():
        first, stop = max(start, begin), min(_end(start, length), end)
        if stop - first > stride and (first > start or stop < _end(start, length)):
            found.append((first - begin, ENDLESS if stop == ENDLESS else stop - first, stride))
    return found


def elements(node: Node, at: int, first: int, last: int) -> Iterator[int]:
    """Offsets from the first to the last that stand for an element at an offset which is folded, in
    order; those of large arrays at both ends only."""
    around = [(s, _end(s, n), by) for (s, n), by in node.arrays.items() if s <= at < _end(s, n)]
    if node.stride:
        around.insert(0, (-ENDLESS, ENDLESS, node.stride))
    yield from _in_arrays(at, around, first, last)


def _in_arrays(at: int, around: list[tuple[int, int, int]], first: int, last: int) -> Iterator[int]:
    """around: beginnings, ends and strides of the arrays around the offset, the largest first.
    Those within another one lie in its first element."""
    if not around:
        if first <= at <= last:
            yield at
        return
    (start, end, stride), *inner = around
    low = max((first - at) // stride, (start - at + stride - 1) // stride)
    high = min(last - at, end - 1 - at) // stride
    steps = range(low, high + 1)
    few = len(steps) <= _FIRST + _LAST
    for step in steps if few else (*steps[:_FIRST], *steps[-_LAST:]):
        by = step * stride
        for place in _in_arrays(at, inner, first - by, min(last, end - 1) - by):
            yield place + by


def offsets_in(source: Pointer, size: int) -> dict[int, list[int]]:
    """Where each cell of a node lies in such memory, relative to its beginning."""
    node, begin = source.unfolded()
    found: dict[int, list[int]] = {}
    for at in range(size):
        found.setdefault(node.fold(begin + at), []).append(at)
    return found


def kind_of(cell: Cell | None) -> tuple[FloatType | str | None, int]:
    """One kind for a cell: floats win over integers (a union's integer has no derivative); several
    floats, or a float and a pointer, are a conflict."""
    if cell is None:
        return None, 1
    for evidence in (cell.strong, cell.hints):
        floats = [k for k in evidence if k in ty.FLOATS]
        if len(floats) > 1 or (floats and POINTER in evidence):
            return CONFLICT, max(evidence.values())
        if floats:
            return ty.FLOATS[floats[0]], evidence[floats[0]]
        if POINTER in evidence:
            return POINTER, evidence[POINTER]
        if INTEGER in evidence:
            return INTEGER, evidence[INTEGER]
    return None, 1


def agreed(found: list[list[Segment]], size: int) -> list[Segment]:
    """What several objects that one pointer may point to have in common.

    Bytes that one says nothing of are as the others say; a float wins over integers, as in a union.
    """
    first = found[0]
    if all(other == first for other in found[1:]):
        return first
    out: list[Segment] = []
    at = 0
    while at < size:
        here = [next(s for s in one if s.offset <= at < s.offset + s.size) for one in found]
        told = [s for s in here if s.kind is not None]
        if len({s.kind for s in told}) > 1:
            told = [s for s in told if s.kind != INTEGER]
        kinds = {s.kind for s in told}
        if kinds == {INTEGER} or (len(kinds) == 1 and all(_begins(s, at) for s in told)):
            kind = kinds.pop()
            length = min(s.offset + s.size - at for s in told)
        else:
            kind = CONFLICT if kinds else None
            length = 1
        out.append(Segment(at, min(length, size - at), kind))
        at += length
    return _joined(out)


def _begins(segment: Segment, at: int) -> bool:
    """Does a value begin there? A segment of floats may have many, one behind the other."""
    if not isinstance(segment.kind, FloatType):
        return segment.offset == at
    return (at - segment.offset) % (1 << (segment.kind.bits // 8 - 1).bit_length()) == 0


def _joined(segments: list[Segment]) -> list[Segment]:
    out: list[Segment] = []
    for segment in segments:
        last = out[-1] if out else None
        if last is not None and last.kind == segment.kind and segment.kind in (None, CONFLICT):
            out[-1] = Segment(last.offset, last.size + segment.size, segment.kind)
        else:
            out.append(segment)
    return out


def only_float(node: Node) -> FloatType | None:
    """The one kind of everything that is known of a node, but for single bytes, if that is a
    float."""
    only: str | None = None
    for cell in node.cells.values():
        for told in (cell.strong, cell.hints):
            for kind, size in told.items():
                if kind == only or (kind, size) == (INTEGER, 1):
                    continue
                if only is not None:
                    return None
                only = kind
    return None if only is None else ty.FLOATS.get(only)


def settle(segment: Segment, only: FloatType | None, layout: ty.Layout) -> Segment:
    """Bytes without evidence: floats like all the rest of the object; slivers are padding."""
    if segment.kind is not None:
        return segment
    if only is not None:
        size = layout.size(only)
        if segment.size % size == 0 and segment.offset % size == 0:
            return Segment(segment.offset, segment.size, only)
    if segment.size < 4:
        return Segment(segment.offset, segment.size, INTEGER)
    return segment


def is_of(type_: ty.Type, kind: str) -> bool:
    """Does a value of this type hold data of that kind, and nothing else?"""
    match type_:
        case ty.PointerType():
            return kind == POINTER
        case FloatType():
            return type_.text == kind
        case ty.IntType():
            return kind == INTEGER
    return False


def carries(type_: ty.Type) -> bool:
    """May a value of this type carry floats or pointers that are not told by its type alone?"""
    match type_:
        case ty.IntType():
            return type_.bits >= 16
        case ty.VectorType():
            return not isinstance(type_.element, FloatType) and (
                not isinstance(type_.element, ty.IntType) or type_.element.bits >= 8
            )
        case ty.ArrayType() | ty.StructType():
            return True
    return False
