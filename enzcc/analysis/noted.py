"""Cells whose kind is noted by their address when the program runs.

Question     Which cells of memory hold a float, a double or a pointer in turn (`union`,
             `std::variant<float, double>`, closures in `std::function`), and are copied by code
             that does not tell which?
Lattice      a boolean a unit of four bytes in a node, only going up, then given up by classes.
Transfer     Units that one access may reach, in whichever object, are noted or not together: those
             in the same place of what a pointer may point to, those of one number, and those that a
             copy takes from and puts to. So every access to noted memory sees the notes, and no
             other asks for them.
Safe answer  none: then the derivative is refused where such cells are copied.

The reverse sweep knows what lies in a cell from what has been loaded there (`runtime/noted.c`): all
that is loaded and stored in noted memory has to be single or double precision at multiples of four
bytes, pointers, or integers. Memory that others see has adjoints of which there is no note, memory
that may be constant has none at all, and functions of a library know of no notes: such memory is
not noted.
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import final

from enzcc.analysis.activity import Activity, Shadowing, holds_float
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.nodes import (
    CONFLICT,
    NOTED,
    POINTER,
    Node,
    Pointer,
    Segment,
    extent_behind,
    kind_of,
)
from enzcc.ir import types as ty
from enzcc.ir.instructions import (
    AtomicRMW,
    CallBase,
    CompareExchange,
    Instruction,
    Load,
    Store,
)
from enzcc.ir.values import ConstantInt, Global, Value

UNIT = 4
FARTHEST = 4096
"""Bytes of the largest struct in which cells are noted."""

Unit = tuple[Node, int]


def noted_units(activity: Activity) -> frozenset[Unit]:
    """The units that are noted, by node and offset."""
    suspects = {node for node in activity.objects.nodes() if _is_ambiguous(activity, node)}
    return _Noted(activity, suspects).found() if suspects else frozenset()


def units_behind(activity: Activity, place: Pointer, size: int) -> Iterator[list[Unit]]:
    """Where each unit of `size` bytes from a place on may lie."""
    places = [p.unfolded() for p in activity.objects.places(place)]
    for at in range(0, size, UNIT):
        yield [(node, node.fold(start + at)) for node, start in places]


def with_notes(
    activity: Activity, noted: frozenset[Unit], place: Pointer, segments: list[Segment]
) -> list[Segment]:
    """The kinds of bytes from a place on, NOTED where they are."""
    size = max((s.offset + s.size for s in segments), default=0)
    behind = units_behind(activity, place, size)
    units = {at * UNIT for at, where in enumerate(behind) if not noted.isdisjoint(where)}
    out: list[Segment] = []
    for at in sorted(units):
        if out and out[-1].offset + out[-1].size == at:
            out[-1] = Segment(out[-1].offset, out[-1].size + UNIT, NOTED)
        else:
            out.append(Segment(at, UNIT, NOTED))
    for segment in segments:
        at, end = segment.offset, segment.offset + segment.size
        while at < end:
            if at - at % UNIT in units:
                at += UNIT - at % UNIT
                continue
            begin = at
            while at < end and at - at % UNIT not in units:
                at += UNIT - at % UNIT
            out.append(Segment(begin, min(at, end) - begin, segment.kind))
    return sorted(out, key=lambda s: s.offset)


def _is_ambiguous(activity: Activity, node: Node) -> bool:
    """May there be cells of several kinds in a node with adjoints, or with shadows of pointers?"""
    return _is_copied_by_kinds(activity, node) and any(
        _kinds_at(activity, node, offset)[0] == CONFLICT for offset in node.cells
    )


def _is_copied_by_kinds(activity: Activity, node: Node) -> bool:
    """Does it matter to copies of the memory what lies there? Where no derivative flows, it does if
    that may be pointers."""
    if activity.node_active(node):
        return True
    shadowed = activity.node_shadowing(node) is not Shadowing.NONE
    return shadowed and any(POINTER in cell.strong for cell in node.cells.values())


def _kinds_at(activity: Activity, node: Node, offset: int) -> tuple[object, int]:
    kind, size = kind_of(node.cells.get(offset))
    if kind is None:
        return None, 1
    segments = activity.objects.segments(Pointer(node, offset, own=True), size)
    return (CONFLICT if any(s.kind == CONFLICT for s in segments) else kind), size


def _around(node: Node, offset: int) -> tuple[Unit, Unit]:
    """The units that one at an odd offset lies in."""
    below = offset - offset % UNIT
    return (node, node.fold(below)), (node, node.fold(below + UNIT))


@final
class _Noted:
    def __init__(self, activity: Activity, suspects: set[Node]) -> None:
        self._activity, self._suspects = activity, suspects
        self._objects = activity.objects
        self._classes: dict[Unit, Unit] = {}
        self._copied: list[tuple[Pointer, int]] = []
        self._wanted: set[Unit] = set()
        self._bad: set[Unit] = set()
        self._barred: set[Node] = set(activity.seen_by_hand)

    def found(self) -> frozenset[Unit]:
        functions = self._objects.functions.values()
        left = [inst for function in functions for inst in function.instructions()]
        suspects = -1
        while suspects != len(self._suspects):  # what is copied from and to a suspect is one
            suspects = len(self._suspects)
            left = [inst for inst in left if not self._take(inst)]
        self._take_lost_pointers()
        for place, length in self._copied:
            self._want(place, length)
        wanted = {self._class_of(unit) for unit in self._wanted}
        units = [unit for unit in self._classes if self._class_of(unit) in wanted]
        bad = {self._class_of(unit) for unit in units if self._is_bad(unit)}
        return frozenset(unit for unit in units if self._class_of(unit) not in bad)

    def _take(self, inst: Instruction) -> bool:
        """What an instruction tells; False if that may be more when there are more suspects."""
        match inst:
            case Load():
                return self._access(inst.pointer, inst.type)
            case Store():
                return self._access(inst.pointer, inst.value.type)
            case AtomicRMW() | CompareExchange():
                self._bar(inst.operands[0])
            case CallBase():
                return self._call(inst)
        return True

    def _call(self, inst: CallBase) -> bool:
        arguments = inst.arguments
        match self._activity.kind_of_call(inst):
            case CallKind.COPY:
                return self._copy(arguments[0], arguments[1], arguments[2])
            case CallKind.ALLOCATION:
                assert isinstance(inst.callee, Global)
                allocator = self._activity.known.allocators[inst.callee.name]
                return allocator.old is None or self._copy(inst, arguments[allocator.old], None)
            case (
                CallKind.BODY
                | CallKind.FILL
                | CallKind.DEALLOCATION
                | CallKind.LINK
                | CallKind.INACTIVE
                | CallKind.UNLISTED
                | CallKind.UNKNOWN
            ):
                pass  # unknown functions that reach active memory are refused, or end the program
            case _:  # who knows what it reads and writes
                for argument in arguments:
                    if ty.is_pointer(argument.type):
                        self._bar(argument)
        return True

    def _bar(self, pointer: Value) -> None:
        """What is not known to leave notes alone happens to memory."""
        self._barred.update(self._objects.nodes_behind(pointer))

    def _access(self, pointer: Value, type: ty.Type) -> bool:
        if self._suspects.isdisjoint(self._objects.nodes_behind(pointer)):
            return False
        place, size = self._objects.place(pointer), self._objects.layout.store_size(type)
        units = list(units_behind(self._activity, place, size))
        for where in units:
            self._tie(where)
            self._suspects.update(node for node, _ in where)
            if not _is_noted(type):
                self._bad.update(where)
            for node, offset in where:
                if offset % UNIT and holds_float(type):
                    self._bad.update(_around(node, offset))
        if type is ty.DOUBLE:
            self._tie([where[0] for where in units])
        return True

    def _copy(self, to: Value, source: Value, size: Value | None) -> bool:
        ends = [self._objects.place(end) for end in (to, source)]
        nodes = {p.node.find() for end in ends for p in self._objects.places(end)}
        if self._suspects.isdisjoint(nodes):
            return False
        self._suspects |= nodes
        length = self._length(ends, size)
        if length > FARTHEST:
            self._barred |= nodes
            return True
        for one in zip(*(units_behind(self._activity, end, length) for end in ends), strict=True):
            units = [unit for where in one for unit in where]
            self._tie(units)
            for node, offset in units:
                if offset % UNIT:
                    self._bad.update(_around(node, offset))
        behind = self._objects.nodes_behind(to)
        if any(_is_copied_by_kinds(self._activity, node) for node in behind):
            self._copied.append((ends[0], length))
        return True

    def _want(self, place: Pointer, size: int) -> None:
        """Of what is copied to a place, units of kinds that are not told apart are to be noted."""
        for segment in self._activity.told_apart(place, size):
            if segment.kind == CONFLICT:
                moved = place.moved(segment.offset)
                for where in units_behind(self._activity, moved, segment.size):
                    self._wanted.update(where)

    def _length(self, ends: Iterable[Pointer], size: Value | None) -> int:
        """After how many bytes a copy finds nothing new; no more than it copies."""
        reach = 0
        for end in ends:
            places = self._objects.places(end)
            reach = max(reach, extent_behind(places), *(p.node.find().stride for p in places))
        if isinstance(size, ConstantInt):
            reach = min(reach, size.value)
        return reach

    def _tie(self, units: list[Unit]) -> None:
        first = self._class_of(units[0])
        for unit in units[1:]:
            self._classes[self._class_of(unit)] = first

    def _class_of(self, unit: Unit) -> Unit:
        above = self._classes.setdefault(unit, unit)
        while above != unit:
            self._classes[unit] = above = self._classes[above]
            unit, above = above, self._classes[above]
        return unit

    def _take_lost_pointers(self) -> None:
        """Single precision where pointers lie at other times: as a float, what is left of the
        shadow of a pointer is any number. (As a double it is next to nothing.)"""
        for unit in self._classes:
            node, offset = unit
            if not self._activity.node_active(node):
                continue
            kinds = set[str]()
            for back in range(8):
                cell = node.cells.get(node.fold(offset - back))
                evidence = {} if cell is None else cell.strong
                kinds |= {k for k, size in evidence.items() if size > back}
            if {POINTER, ty.FLOAT.text} <= kinds:
                self._wanted.add(unit)

    def _is_bad(self, unit: Unit) -> bool:
        node, offset = unit
        return (
            unit in self._bad
            or node in self._barred
            or self._objects.is_outside(node)
            or self._activity.node_shadowing(node) is Shadowing.MIXED
            or any(number % UNIT for number in (offset, node.stride, *node.strides_at(offset)))
        )


def _is_noted(type: ty.Type) -> bool:
    """Can a value of this type be loaded or stored where notes are?"""
    match type:
        case ty.FloatType():
            return type in (ty.FLOAT, ty.DOUBLE)
        case ty.StructType():
            return all(map(_is_noted, type.fields or ()))
        case ty.ArrayType() | ty.VectorType():
            return _is_noted(type.element)
        case ty.IntType() | ty.PointerType():
            return True
    return False
