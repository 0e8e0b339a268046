"""Work of the forward sweep that nobody wants.

    for (i ...) y[i] = f(x[i]);

where the user does not need y (`enzyme_dupnoneed`), or y is local, and the reverse sweep reads
nothing of it. Which stores of the primal can be told from their absence? Everything else of the
forward sweep and the reverse sweep is wanted first; then, to a fixed point, what a wanted
instruction computes with, and every store to a place that a wanted load may read. The other stores
go, and with them, by LLVM's hand, what only they wanted: chains of loads and stores around loops
too, which LLVM by itself has to leave alone. All functions of a derivative are seen together.

Question     May a store be left out?
Candidates   stores, fills and copies of the primal, to memory that was made inside and is not seen
             from outside, or that the user has declared as not needed.
Safe answer  no.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, final

from enzcc.analysis.callkind import BY_HAND, CallKind
from enzcc.analysis.changes import Changes
from enzcc.analysis.nodes import POINTER, Node, Pointer
from enzcc.analysis.spans import Span
from enzcc.ir import types as ty
from enzcc.ir.instructions import (
    AtomicRMW,
    CallBase,
    CompareExchange,
    Instruction,
    Load,
    Store,
    VAArg,
)
from enzcc.ir.values import Argument, Global, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.forward import Forward
    from enzcc.ad.modes.reverse import Reverse

MOST_PAIRS: Final = 3_000_000
"""So many questions "may this load read what this store writes?" are asked at most."""


def drop_unwanted(parts: Sequence[Reverse | Tangents], not_needed: Iterable[Argument]) -> None:
    """Removes such stores from the functions of one derivative, of which the first is the root."""
    _Unwanted(parts, frozenset(not_needed)).run()


@final
class Tangents:
    """A function of forward mode, as the search wants it: there is no way back. Of local memory a
    shadow may be the memory itself, so that only the user's word counts."""

    def __init__(self, forward: Forward) -> None:
        self.primal = forward.primal
        self.source, self.target, self.back = forward.source, forward.target, forward.target
        self.objects, self.activity = forward.objects, forward.activity
        self.changes = Changes(forward.activity, forward.source, forward.shape, whole=True)

    def again(self) -> Mapping[Instruction, Instruction]:
        return {}

    def loads_of_shadows(self) -> Iterable[tuple[Value, Value]]:
        return ()


@final
class _Unwanted:
    def __init__(
        self, parts: Sequence[Reverse | Tangents], not_needed: frozenset[Argument]
    ) -> None:
        self.parts = parts
        root = parts[0]
        # what is not needed is not read through another argument either
        self.forward = isinstance(root, Tangents)
        self.objects, self.activity = root.objects, root.activity
        self.changes: Changes = root.changes
        self._seen_outside = self._visible()
        self._not_needed = not_needed
        self._droppable: dict[Node, bool] = {}
        self.source: dict[Instruction, Instruction] = {}
        self.stores: dict[Instruction, Instruction] = {}  # copy -> source
        self.by_node: dict[Node, list[Instruction]] = {}
        self.wanted: set[Instruction] = set()
        self.work: list[Instruction] = []
        self._loads_read: set[tuple[Node, int, int, str | None, Span | None]] = set()
        self._nodes_read: set[Node] = set()
        self._bodies_read: set[str] = set()
        self._pairs = 0
        self._one_run = True

    def run(self) -> None:
        for part in self.parts:
            self._gather(part)
        if not self.stores:
            return
        self._one_run = not self._calls_itself()
        for part in self.parts:
            for function in dict.fromkeys((part.target, part.back)):
                for inst in function.instructions():
                    if inst not in self.stores and has_effect(inst):
                        self._want(inst)
        for part in self.parts:
            for one in part.source.instructions():  # its rules stand there, and read what it reads
                if self._is_by_hand(one):
                    assert isinstance(one, CallBase)
                    self._whole(self.activity.reached(one))
        while self.work:
            inst = self.work.pop()
            for operand in inst.operands:
                if isinstance(operand, Instruction):
                    self._want(operand)
            source = self.source.get(inst)
            if isinstance(source, Store) and isinstance(inst, Load):
                self._load(source)  # what it has stored is read again
            elif source is not None:
                self._reads(source)
        for store in self.stores:
            if store not in self.wanted:
                store.erase()

    def _calls_itself(self) -> bool:
        """May the root run again within itself, where its pointers lead elsewhere?"""
        root = self.parts[0].source
        return any(part.source is root for part in self.parts[1:]) or any(
            isinstance(inst, CallBase) and inst.called == root.name
            for function in self.objects.functions.values()
            for inst in function.instructions()
        )

    def _is_by_hand(self, source: Instruction) -> bool:
        return isinstance(source, CallBase) and self.activity.kind_of_call(source) in BY_HAND

    # ------------------------------------------------------------------ candidates

    def _visible(self) -> frozenset[Node]:
        """Memory inside that the root hands out."""
        found: dict[Node, None] = {}
        work = [
            node
            for value in self.objects.returns(self.activity.root.name)
            for node in self._nodes_in(value)
        ]
        while work:
            node = work.pop().find()
            if node not in found:
                found[node] = None
                work.extend(node.links())
        return frozenset(found)

    def _nodes_in(self, value: Value) -> Iterator[Node]:
        if isinstance(value.type, ty.PointerType):
            yield from self.objects.nodes_behind(value)
        elif not ty.is_float(value.type) and value.type is not ty.VOID:
            yield from self.objects.contents(value).links()

    def _may_drop(self, node: Node) -> bool:
        known = self._droppable.get(node)
        if known is None:
            known = self._droppable[node] = self._find_droppable(node)
        return known

    def _find_droppable(self, node: Node) -> bool:
        if node.unknown or node.globals or node in self._seen_outside:
            return False
        if node.arguments:
            return all(a in self._not_needed for a in node.arguments)
        return not self.forward and bool(node.local) and not self.objects.is_outside(node)

    def _gather(self, part: Reverse | Tangents) -> None:
        for source, copy in (*part.primal.items(), *part.loads_of_shadows()):
            if isinstance(source, Instruction) and isinstance(copy, Instruction):
                self.source.setdefault(copy, source)
        for again, copy in part.again().items():
            if copy in self.source:
                self.source[again] = self.source[copy]
        for source, copy in part.primal.items():
            if not isinstance(copy, Instruction) or copy.block is None:
                continue
            nodes = self._written(source)
            if nodes and all(map(self._may_drop, nodes)):
                assert isinstance(source, Instruction)
                self.stores[copy] = source
                for node in nodes:
                    self.by_node.setdefault(node, []).append(copy)

    def _written(self, source: Value) -> list[Node]:
        """The memory of a candidate by its kind; none if it is no candidate."""
        match source:
            case Store():
                if "volatile" in source.flags or "atomic" in source.flags:
                    return []
                if not isinstance(source.pointer.type, ty.PointerType):
                    return []
                return list(self.objects.nodes_behind(source.pointer))
            case CallBase() if source.type is ty.VOID:
                name = source.called
                if not name.startswith(("llvm.memcpy.", "llvm.memmove.", "llvm.memset.")):
                    return []
                nodes = list(self.objects.nodes_behind(source.arguments[0]))
                # pointers in shadow memory are copied beside, from what may be the primal
                return [] if any(map(_holds_pointers, nodes)) else nodes
        return []

    # ------------------------------------------------------------------ what is wanted

    def _want(self, inst: Instruction) -> None:
        if inst not in self.wanted:
            self.wanted.add(inst)
            self.work.append(inst)

    def _reads(self, source: Instruction) -> None:
        """Stores that write what an instruction of the primal reads are wanted."""
        match source:
            case Load():
                self._load(source)
            case CallBase():
                self._call(source)
            case AtomicRMW() | CompareExchange():
                self._whole(self.objects.nodes_behind(source.operands[0]))
            case VAArg():
                self._everything()

    def _load(self, load: Load | Store) -> None:
        if not isinstance(load.pointer.type, ty.PointerType):
            self._everything()
            return
        read = load.type if isinstance(load, Load) else load.value.type
        size = self.objects.layout.store_size(read)
        for place in self.objects.places_behind(load.pointer):
            node, offset = place.resolve()
            if node in self._nodes_read:
                continue
            span = self.changes.span(load) if self._one_run else None
            key = (node, offset, size, load.metadata("tbaa"), span)
            if key in self._loads_read:
                continue
            self._loads_read.add(key)
            if self._pairs > MOST_PAIRS:
                self._whole([node])
                continue
            for other, stores in self.by_node.items():
                both_outside = self.objects.is_outside(other) and self.objects.is_outside(node)
                if other is not node and (self.forward or not both_outside):
                    continue
                self._pairs += len(stores)
                for store in stores:
                    if store not in self.wanted and self._meets(load, place, size, store):
                        self._want(store)

    def _meets(self, load: Load | Store, place: Pointer, size: int, store: Instruction) -> bool:
        write = self.changes.write_of(self.stores[store])
        return write is not None and self.changes.overlaps(
            load, place, size, write, one_run=self._one_run
        )

    def _whole(self, nodes: Iterable[Node]) -> None:
        """Anything in this memory may be read."""
        for node in nodes:
            if node in self._nodes_read:
                continue
            self._nodes_read.add(node)
            outside = self.objects.is_outside(node)
            for other, stores in self.by_node.items():
                both_outside = outside and self.objects.is_outside(other)
                if other is node or (both_outside and not self.forward):
                    for store in stores:
                        self._want(store)

    def _everything(self) -> None:
        for store in self.stores:
            self._want(store)

    def _call(self, call: CallBase) -> None:
        name = call.called
        pointers = [a for a in call.arguments if isinstance(a.type, ty.PointerType)]
        match self.activity.kind_of_call(call):
            case CallKind.BODY:
                function = self.objects.functions[name]
                if any("byval" in a.attributes for a in function.args):
                    self._reach(pointers)
                if not self.activity.call_active(call):
                    self._body(name)
            case CallKind.COPY:
                self._whole(self.objects.nodes_behind(call.arguments[1]))
            case CallKind.FILL | CallKind.DEALLOCATION:
                pass
            case CallKind.RULE:
                self._whole(n for p in pointers for n in self.objects.nodes_behind(p))
            case CallKind.INACTIVE if name.startswith("llvm.") or not pointers:
                self._whole(n for p in pointers for n in self.objects.nodes_behind(p))
            case CallKind.INACTIVE | CallKind.ALLOCATION:
                self._reach(pointers)
            case _:
                if pointers or "memory(none)" not in call.tail:
                    self._everything()

    def _reach(self, pointers: list[Value]) -> None:
        """A function may read all that these pointers lead to."""
        work = [n for p in pointers for n in self.objects.nodes_behind(p)]
        found: dict[Node, None] = {}
        while work:
            node = work.pop().find()
            if node not in found:
                found[node] = None
                work.extend(node.links())
        self._whole(found)

    def _body(self, name: str) -> None:
        """A function that runs as it is."""
        if name in self._bodies_read:
            return
        self._bodies_read.add(name)
        for inst in self.objects.functions[name].instructions():
            if isinstance(inst, CallBase) and self.activity.kind_of_call(inst) is CallKind.BODY:
                assert isinstance(inst.callee, Global)
                self._body(inst.callee.name)
            self._reads(inst)


def _holds_pointers(node: Node) -> bool:
    return any(POINTER in (*c.strong, *c.hints) for c in node.find().cells.values())


def has_effect(inst: Instruction) -> bool:
    """Does an instruction do more than compute a value?"""
    if isinstance(inst, CallBase):
        return not (
            inst.type is not ty.VOID
            and isinstance(inst.callee, Global)
            and inst.callee.name.startswith("llvm.")
            and not any(isinstance(a.type, ty.PointerType) for a in inst.arguments)
        )
    if isinstance(inst, Load):
        return "volatile" in inst.flags or "atomic" in inst.flags
    return inst.is_terminator or isinstance(inst, (Store, AtomicRMW, CompareExchange, VAArg))
