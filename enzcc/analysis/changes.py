"""May a memory location change between a load and the reverse sweep?

Question     Can something that runs after a load write to what it read?
Lattice      per load a boolean; asked on demand.
Transfer     A store writes its node, a copy or fill its destination, a call everything its callee
             writes; an unknown call what it can reach and all memory from outside. Two nodes from
             outside may overlap unless `noalias`, distinct globals or C's effective types (TBAA)
             tell them apart.
Safe answer  yes: then the value is kept instead of loaded again.

"No alias" facts about one iteration or one scope (`!noalias` metadata) are of no use here: the
reverse sweep asks about all iterations at once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import cache, cached_property
from typing import final

from enzcc.analysis import tbaa
from enzcc.analysis.activity import Activity, Shadowing
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.cfg import Shape
from enzcc.analysis.dependence import Dependence
from enzcc.analysis.nodes import Node, Pointer
from enzcc.analysis.objects import Objects
from enzcc.analysis.recurrences import Recurrences
from enzcc.analysis.spans import Span, Spans
from enzcc.ir import types as ty
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    AtomicRMW,
    CallBase,
    CompareExchange,
    Instruction,
    Load,
    Store,
)
from enzcc.ir.values import Global, Value
from enzcc.rules import ERRNO
from enzcc.rules.linked import linker

Apart = tuple[frozenset[Node], ...]
"""Memory from outside that does not overlap: each set of objects with the others."""


Ordered = frozenset[tuple[Load, Instruction]]
"""Stores that never change what a load has read before."""


@final
class Write:
    """Something that writes: the instruction, to which places, and how many bytes of them (None:
    any bytes of these objects). `outside`: also anything from outside."""

    __slots__ = ("inst", "outside", "places", "size")

    def __init__(
        self,
        inst: Instruction,
        places: Sequence[Pointer],
        size: int | None = None,
        outside: bool = False,
    ) -> None:
        self.inst, self.places, self.size = inst, places, size
        self.outside = outside


@final
class Writes:
    """What writes in some functions, numbered block by block, and where."""

    def __init__(self, writes: list[Write], objects: Objects) -> None:
        self.all, self._objects = writes, objects

    @cached_property
    def nodes(self) -> list[list[Node]]:
        """The objects that each writes to. (Calls of one function write the same.)"""
        known: dict[int, list[Node]] = {}
        for write in self.all:
            if id(write.places) not in known:
                found = dict.fromkeys(place.node.find() for place in write.places)
                known[id(write.places)] = list(found)
        return [known[id(write.places)] for write in self.all]

    @cached_property
    def to(self) -> dict[Node, list[int]]:
        """The numbers of the writes to each object."""
        found: dict[Node, list[int]] = {}
        for number, nodes in enumerate(self.nodes):
            for node in nodes:
                found.setdefault(node, []).append(number)
        return found

    @cached_property
    def of_block(self) -> dict[Block | None, tuple[int, int]]:
        """The first and the last number, exclusive, of the writes in each block."""
        found: dict[Block | None, tuple[int, int]] = {}
        for number, write in enumerate(self.all):
            start, end = found.get(write.inst.block, (number, number))
            assert end == number
            found[write.inst.block] = start, number + 1
        return found

    @cached_property
    def outward(self) -> list[int]:
        """The numbers of the writes that may reach memory seen from outside."""
        is_outside = cache(self._objects.is_outside)
        return [
            number
            for number, (write, nodes) in enumerate(zip(self.all, self.nodes, strict=True))
            if write.outside or any(map(is_outside, nodes))
        ]

    @cached_property
    def parts(self) -> tuple[set[Node], dict[Node, dict[tuple[int, int], None]]]:
        """The objects of which anything may be written; of others, the offsets and sizes."""
        whole: set[Node] = set()
        parts: dict[Node, dict[tuple[int, int], None]] = {}
        seen: set[tuple[int, int | None]] = set()
        for write, nodes in zip(self.all, self.nodes, strict=True):
            if (id(write.places), write.size) in seen:
                continue
            seen.add((id(write.places), write.size))
            if write.size is None:
                whole.update(nodes)
                continue
            for place in write.places:
                node, offset = place.resolve()
                parts.setdefault(node, {})[offset, write.size] = None
        return whole, parts


@final
class Changes:
    """Answers for the loads of one function. `whole`: the reverse sweep runs after the function's
    callers have gone on (split functions), so any write anywhere counts. `apart` and `ordered` are
    known of this run: memory that does not overlap, stores that change nothing that was read;
    `dependence` tells of stores in which iterations they write where."""

    def __init__(
        self,
        activity: Activity,
        function: Function,
        shape: Shape,
        *,
        whole: bool,
        recurrences: Recurrences | None = None,
    ) -> None:
        self.activity, self.objects = activity, activity.objects
        self.shape, self.whole = shape, whole
        self._recurrences = recurrences
        self.apart: Apart = ()
        self.ordered: Ordered = frozenset()
        self.dependence: Dependence | None = None
        self._written = activity.written
        self._writes = self._everywhere() if whole else self._in([function])
        self.writes = self._writes.all
        self._reach = shape.reachable_from()
        self._write_of: dict[Instruction, Write | None] = {}
        self._culprits: dict[Load | Store, Instruction | None] = {}
        self._found: dict[tuple[Node, ...], list[int]] = {}  # writes to several objects, ...
        self._apart_then: Apart = self.apart  # ... if these were apart
        self._behind: dict[Load | Store, int] = {}  # the first write in its block behind a load
        self._positions = {
            inst: i for block in shape.order for i, inst in enumerate(block.instructions)
        }

    def stores_behind(self, load: Load) -> list[Store] | None:
        """All that may overwrite what the load reads; None if these are not only stores."""
        places = self.objects.places_behind(load.pointer)
        size = self.objects.layout.store_size(load.type)
        stores: list[Store] = []
        for write in self._later(load, places):
            if any(self.overlaps(load, place, size, write) for place in places) and not (
                self._is_elsewhere(load, write)
            ):
                if not isinstance(write.inst, Store):
                    return None
                stores.append(write.inst)
        return stores

    def may_change(self, load: Load | Store) -> bool:
        """Can what the load reads, or the store writes, be overwritten later?"""
        return self.culprit(load) is not None

    def culprit(self, load: Load | Store) -> Instruction | None:
        """An instruction that may overwrite what the load reads, or the store writes; None if there
        is none."""
        if load not in self._culprits:
            self._culprits[load] = self._find_culprit(load)
        return self._culprits[load]

    def _find_culprit(self, load: Load | Store) -> Instruction | None:
        if "volatile" in load.flags or not isinstance(load.pointer.type, ty.PointerType):
            return load
        places = self.objects.places_behind(load.pointer)
        thrown = self.objects.exceptions
        if any(place.node.find() in thrown for place in places):
            return load  # an exception is gone when it has been caught
        if not self.activity.between.isdisjoint(p.node.find() for p in places):
            return load
        read = load.type if isinstance(load, Load) else load.value.type
        size = self.objects.layout.store_size(read)
        for write in self._later(load, places):
            if (load, write.inst) in self.ordered:
                continue
            if any(self.overlaps(load, p, size, write) for p in places) and not (
                self._is_elsewhere(load, write)
            ):
                return write.inst
        return None

    def _is_elsewhere(self, load: Load | Store, write: Write) -> bool:
        """Do loops tell that a write never changes what has been read before?"""
        known, store = self.dependence, write.inst
        return (
            known is not None and isinstance(store, Store) and not known.may_overwrite(store, load)
        )

    def _later(self, load: Load | Store, places: Iterable[Pointer]) -> Iterator[Write]:
        """The writes that may come after a load, in order: those to the objects of its places and,
        where these are seen from outside, all that reach out."""
        numbers = self._reaching(places)
        at = 0
        while at < len(numbers):
            write = self.writes[numbers[at]]
            start, end = (0, 0) if self.whole else self._earlier(load, write)
            if start <= numbers[at] < end:
                at = bisect_left(numbers, end, at)
                continue
            at += 1
            yield write

    def _reaching(self, places: Iterable[Pointer]) -> Sequence[int]:
        """The numbers of the writes to some places, and to all that may be there, in order."""
        if self._apart_then is not self.apart:
            self._apart_then, self._found = self.apart, {}
        nodes = tuple(dict.fromkeys(place.node.find() for place in places))
        if nodes not in self._found:
            self._found[nodes] = sorted(set[int]().union(*map(self._writes_to, nodes)))
        return self._found[nodes]

    def _writes_to(self, node: Node) -> Iterable[int]:
        """The numbers of the writes to an object, and to those that may be the same memory: no
        other write overlaps it."""
        if not self.objects.is_outside(node):
            return self._writes.to.get(node, ())

        @cache
        def meets(other: Node) -> bool:
            return other is node or (self.objects.is_outside(other) and self.may_meet(node, other))

        return [
            number
            for number in self._writes.outward
            if self.writes[number].outside or any(map(meets, self._writes.nodes[number]))
        ]

    def _earlier(self, load: Load | Store, write: Write) -> tuple[int, int]:
        """The numbers of the writes in the block of a write to which the function never comes from
        a load: all, those in front of the load, or none."""
        first, block, index = load.block, write.inst.block, self.shape.index
        start, end = self._writes.of_block[block]
        if first not in index or block not in index:
            return start, end
        if self._reach[first] >> index[block] & 1:
            return start, start
        if block is not first:
            return start, end
        if load not in self._behind:
            place = self._positions[load]
            self._behind[load] = bisect_right(
                self.writes, place, start, end, key=lambda w: self._positions[w.inst]
            )
        return start, self._behind[load]

    def writes_in(self, blocks: Container[Block], load: Load) -> Iterator[Write]:
        """What in these blocks may write to what the load reads, before it or after it."""
        places = self.objects.places_behind(load.pointer)
        size = self.objects.layout.store_size(load.type)
        for write in map(self.writes.__getitem__, self._reaching(places)):
            if write.inst.block in blocks and any(
                self.overlaps(load, place, size, write) for place in places
            ):
                yield write

    def are_distinct(self, a: Value, b: Value) -> bool:
        """Do two pointers surely lead to different objects, wherever in them?"""
        first, second = (list(self.objects.nodes_behind(p)) for p in (a, b))
        return bool(first and second) and not any(
            one.find() is other.find()
            or (
                self.objects.is_outside(one.find())
                and self.objects.is_outside(other.find())
                and self.may_meet(one.find(), other.find())
            )
            for one in first
            for other in second
        )

    @property
    def written(self) -> tuple[set[Node], dict[Node, dict[tuple[int, int], None]]]:
        """The objects of which anything may be written; of others, the offsets and sizes."""
        return self._writes.parts

    def _everywhere(self) -> Writes:
        """The writes in all functions, found once for all of them, as long as nothing more is found
        out about memory."""
        known = self.activity.written_anywhere
        if known is None or known[0] != Node.changes:
            found = self._in(self.objects.functions.values())
            known = self.activity.written_anywhere = (Node.changes, found)
        return known[1]

    def _in(self, functions: Iterable[Function]) -> Writes:
        return Writes([w for f in functions for w in self._writes_of(f)], self.objects)

    @cached_property
    def _set_by_library(self) -> list[Pointer]:
        return _whole(self.activity.set_by_library)

    @cached_property
    def _set_by_arithmetic(self) -> list[Pointer]:
        return _whole(self.activity.set_by_arithmetic)

    def write_of(self, inst: Instruction) -> Write | None:
        """What an instruction writes."""
        if inst not in self._write_of:
            self._write_of[inst] = self._write(inst)
        return self._write_of[inst]

    def overlaps(
        self, load: Load | Store, place: Pointer, size: int, write: Write, *, one_run: bool = True
    ) -> bool:
        """May a write, whenever it runs, change what a load reads at one of its places? `one_run`:
        both are of one run of the function, not of one that it calls itself for."""
        if one_run and self._is_beside(load, size, write):
            return False
        node, offset = place.resolve()
        if write.outside and self.objects.is_outside(node):
            return not self._is_constant(node)
        for place in write.places:
            other, other_offset = place.resolve()
            if other is node:
                if write.size is None or node.is_measured:
                    return True
                if _in_array(node, offset) or _in_array(node, other_offset):
                    return True  # an index may run over the end of its array
                if _ranges_meet(node.stride, offset, size, other_offset, write.size):
                    return True
        if not self.objects.is_outside(node) or self._is_constant(node):
            return False
        for place in write.places:
            other = place.node.find()
            if other is node:
                continue
            if self.objects.is_outside(other) and self.may_meet(node, other):
                if isinstance(write.inst, Store) and not tbaa.may_alias(
                    self.objects.module, load, write.inst
                ):
                    continue
                return True
        return False

    def _is_beside(self, load: Load | Store, size: int, write: Write) -> bool:
        """Does a write go to other bytes behind the same base, in all iterations?"""
        if self.whole or load.block not in self.shape.index:
            return False
        inst = write.inst
        if inst.block not in self.shape.index:
            return False
        match inst:
            case Store():
                length = self.objects.layout.store_size(inst.value.type)
                return self.spans.are_disjoint(load.pointer, size, inst.pointer, length)
            case CallBase() if self.activity.kind_of_call(inst) in (CallKind.COPY, CallKind.FILL):
                length = self.spans.interval(inst.arguments[2])[1]
                return length > 0 and self.spans.are_disjoint(
                    load.pointer, size, inst.arguments[0], length
                )
        return False

    def span(self, load: Load | Store) -> Span | None:
        """Where the load reads, as far as constants tell: part of what `overlaps` asks."""
        if self.whole or load.block not in self.shape.index:
            return None
        return self.spans.span(load.pointer)

    @cached_property
    def spans(self) -> Spans:
        """How far accesses of the function reach behind their bases."""
        layout = self.objects.layout
        return Spans(self.shape, self._recurrences or Recurrences(self.shape, layout), layout)

    def _is_constant(self, node: Node) -> bool:
        """Only constant globals?"""
        if node.arguments or node.unknown or node.local or not node.globals:
            return False
        return all(self.objects.module.symbol(name).constant for name in node.globals)

    def may_meet(self, a: Node, b: Node) -> bool:
        """May two objects from outside be the same memory, where it is written?"""
        if is_restricted(a) or is_restricted(b):
            return False
        mine = next((nodes for nodes in self.apart if a in nodes), None)
        if mine is not None and any(b in nodes for nodes in self.apart if nodes is not mine):
            return False
        only_globals = not (a.arguments or a.unknown or b.arguments or b.unknown)
        return not (only_globals and a.globals and b.globals)

    def _writes_of(self, function: Function) -> list[Write]:
        known = self._written.get(function.name)
        if known is None:
            found = (self._write(inst) for inst in function.instructions())
            known = self._written[function.name] = [w for w in found if w is not None]
        return known

    def _through(self, name: str) -> tuple[list[Pointer], bool]:
        """What a call of a function writes, itself and through others: which objects, and whether
        anything outside."""
        through = self.activity.written_through
        known = through.get(name)
        if known is None:
            nodes: dict[Node, None] = {}
            outside = False
            callers: dict[str, list[str]] = {name: []}
            work = [name]
            while work:
                caller = work.pop()
                own, is_outward, callees = self._within(caller)
                nodes |= own
                outside |= is_outward
                for callee in callees:
                    done = through.get(callee)
                    if done is not None:  # it does not come back to here: it would be known as well
                        if callee not in callers:
                            nodes |= dict.fromkeys(place.node.find() for place in done[0])
                            outside |= done[1]
                        callers[callee] = []
                    elif callee in callers:
                        callers[callee].append(caller)
                    else:
                        callers[callee] = [caller]
                        work.append(callee)
            known = (_whole(nodes), outside)
            work = [name]
            while work:  # those that come back to here call the same functions
                one = work.pop()
                if one not in through:
                    through[one] = known
                    work += callers[one]
        return known

    def _within(self, name: str) -> tuple[dict[Node, None], bool, dict[str, None]]:
        """The same of a function without those that it calls, and these."""
        known = self.activity.written_within.get(name)
        if known is None:
            places: dict[Pointer, None] = {}
            callees: dict[str, None] = {}
            outside = False
            for inst in self.objects.functions[name].instructions():
                callee = inst.callee if isinstance(inst, CallBase) else None
                if isinstance(callee, Global) and callee.name in self.objects.functions:
                    callees[callee.name] = None
                elif (write := self._write(inst)) is not None:
                    places |= dict.fromkeys(write.places)
                    outside |= write.outside
            nodes: dict[Node, None] = dict.fromkeys(place.node.find() for place in places)
            known = self.activity.written_within[name] = (nodes, outside, callees)
        return known

    def _write(self, inst: Instruction) -> Write | None:
        objects = self.objects
        match inst:
            case Store():
                if not isinstance(inst.pointer.type, ty.PointerType):
                    return Write(inst, [], outside=True)
                size = objects.layout.store_size(inst.value.type)
                return Write(inst, objects.places_behind(inst.pointer), size)
            case AtomicRMW() | CompareExchange():
                return Write(inst, objects.places_behind(inst.operands[0]))
            case CallBase():
                return self._call(inst)
        return None

    def _call(self, call: CallBase) -> Write | None:
        objects = self.objects
        name = call.called
        pointers = [
            objects.places_behind(a) for a in call.arguments if isinstance(a.type, ty.PointerType)
        ]
        anything = [place for places in pointers for place in places]
        match self.activity.kind_of_call(call):
            case CallKind.BODY:
                places, outside = self._through(name)
                return Write(call, places, outside=outside)
            case CallKind.DEALLOCATION if name.startswith("__enzcc_") or (
                self.activity.shadowing(
                    call.arguments[self.activity.known.deallocators[name].pointer]
                )
                is not Shadowing.NONE
            ):
                return None  # put off to the end of the derivative
            case CallKind.ALLOCATION if name == "__enzcc_resize":
                return Write(call, [*pointers[0], *pointers[-1]])
            case CallKind.COPY | CallKind.FILL | CallKind.DEALLOCATION:
                return Write(call, pointers[0] if pointers else ())
            case CallKind.ALLOCATION:
                if (
                    name in self.activity.known.releases
                ):  # it counts blocks, so does its deallocator
                    return self._whatever(call, anything)
                allocator = self.activity.known.allocators[name]
                if allocator.out is None and allocator.old is None:
                    return None
                return Write(call, pointers[0] if pointers else ())
            case CallKind.UNLISTED if self.activity.unknown_call_active(call):
                return None  # the derivative ends there
            case CallKind.LINK:
                if (known := linker(name)) is not None and known.reads:
                    return None
                return Write(call, _whole(place.node for place in anything))
            case CallKind.RULE:
                rule = self.activity.known.find(name)
                assert rule is not None
                outs = [
                    place
                    for a, p in zip(call.arguments, rule.parameters, strict=False)
                    if p.is_output
                    for place in objects.places_behind(a)
                ]
                if not name.startswith("llvm."):
                    outs += self._set_by_arithmetic
                return Write(call, outs) if outs else None
            case CallKind.INACTIVE if name not in self.activity.known.inactive:
                if name.startswith("llvm.") or name in ERRNO:
                    return None
                anything += self._set_by_library
                return Write(call, anything) if anything else None
        tail = call.tail
        attributes = tail + " ".join(
            objects.module.attribute_group(word.rstrip(","))
            for word in tail.split()
            if word.startswith("#")
        )
        if "memory(none)" in attributes or "memory(read)" in attributes:
            return None
        return self._whatever(call, anything)

    def _whatever(self, call: CallBase, places: Iterable[Pointer]) -> Write:
        """A call may write to all that it can reach from these places, and all outside."""
        nodes = [place.node.find() for place in places]
        return Write(call, _whole([*nodes, *self._linked(nodes)]), outside=True)

    def _linked(self, nodes: list[Node]) -> list[Node]:
        found: dict[Node, None] = {}
        work = list(nodes)
        while work:
            for node in work.pop().links():
                if node not in found:
                    found[node] = None
                    work.append(node)
        return list(found)


def _whole(nodes: Iterable[Node]) -> list[Pointer]:
    return [Pointer(node) for node in dict.fromkeys(n.find() for n in nodes)]


def _in_array(node: Node, offset: int) -> bool:
    return any(start <= offset < start + length for start, length in node.arrays)


def is_restricted(node: Node) -> bool:
    """Memory of one `noalias` parameter alone."""
    if node.globals or node.unknown or len(node.arguments) != 1:
        return False
    (argument,) = node.arguments
    return "noalias" in argument.attributes.split()


def _ranges_meet(stride: int, a: int, size_a: int, b: int, size_b: int) -> bool:
    """Do [a, a+size_a) and [b, b+size_b) meet, modulo the stride if there is one?"""
    if not stride:
        return a < b + size_b and b < a + size_a
    gap = (b - a) % stride
    return gap < size_a or (a - b) % stride < size_b
