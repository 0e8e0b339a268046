"""Objects are told apart by the tables and functions that they hold: a place of a pointer narrowed
to those of its objects that pass a test.

A base class has one layout only at first sight: behind it one class keeps a vector, the other a
closure. Where it is known which function the object's table holds (`enzcc.analysis.tested`), only
objects that hold such a table are meant. The narrowed place is a view of these and no others. An
object passes the test unless all that may lie at the table's place is known, and is something else.

What lies beside such a function, as the closure behind a `std::function`, is told apart by what is
read there (`Holds`): by the rules of C, memory in which pointers lie is not read as floats.
"""

# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TypeAlias, final

from enzcc.analysis.cxxabi import TYPE, number_in_table
from enzcc.analysis.graph import Graph
from enzcc.analysis.nodes import INTEGER, POINTER, Node, Pointer
from enzcc.analysis.tbaa import struct_fields
from enzcc.analysis.tested import NUMBER, TABLE, Holds, Path, Test
from enzcc.ir import types as ty
from enzcc.ir.instructions import Alloca, CallBase
from enzcc.ir.module import Module
from enzcc.ir.types import Type
from enzcc.ir.values import Constant, ConstantAggregate, ConstantInt, Global, Value
from enzcc.rules.known import Known

NOTHING = ""
"""What lies before or behind a table."""

_Copies: TypeAlias = dict[Node, list[tuple[int, int | None, Pointer]]]
"""For each node: from which offset on, how many bytes, and the other end."""

_MOST_PLACES = 16
"""In one object, that a narrowed place may be. More are steps through an array, without end."""


_Origin: TypeAlias = tuple[Pointer, tuple[Path, ...]]
"""Where an object lies, and how it leads to a function."""


@final
@dataclass(frozen=True)
class _Known:
    """What is known of whole objects: `foreign` may have got pointers from functions that nobody
    looks into; `copies` are copied from or to others, `sources` tell only from where. `abroad`: the
    places of which it has been found out by either whether they are from abroad; `near`: the nodes
    of which that may be, by either."""

    foreign: set[Node]
    copies: _Copies
    sources: _Copies
    abroad: dict[tuple[bool, Node, int], bool] = field(default_factory=dict)
    near: dict[bool, set[Node]] = field(default_factory=dict)


class Narrowing(Graph):
    """A graph in which places are narrowed by tests."""

    def __init__(self, module: Module) -> None:
        super().__init__()
        self.module = module
        self.layout = module.layout
        self._narrowed: dict[tuple[Node, int, frozenset[Test | Holds]], Pointer] = {}
        self._narrowings: list[tuple[Pointer, Pointer, frozenset[Test | Holds]]] = []
        self._stored: list[tuple[Pointer, Pointer]] = []
        self._parts_stored: list[tuple[Pointer, Pointer]] = []
        self._handed: list[Pointer] = []
        self._cleared: list[Pointer] = []
        self._entries: dict[tuple[str, int], str | None] = {}
        self._unlisted: dict[Pointer, tuple[list[_Origin], set[str]]] = {}

    def _narrow(self, place: Pointer, tests: frozenset[Test | Holds]) -> Pointer:
        """The place, as a view of those of its objects that pass the tests."""
        key = (*place.unfolded(), tests)
        found = self._narrowed.get(key)
        if found is None:
            found = self._narrowed[key] = Pointer(self._new())
            self._narrowings.append((found, place, tests))
        return found

    @property
    def tells_apart(self) -> bool:
        """Are there pointers that lead to what passes a test only, and elsewhere nowhere?"""
        return bool(self._narrowings)

    def _take_stored(self) -> None:
        """Pointers that are stored in one place share a node, but for those to parts of objects,
        to objects that tests may tell apart, and those that lie beside functions: what is loaded is
        a view of these."""
        if self._narrowings:
            self._order_views()
            self._pass_names_on()
        # all is asked before nodes merge: until they are ordered again, views may be circular
        named = [
            bool(self._narrowings)
            and (
                any(map(_holds_names, self._closure(value)))
                or any(map(self._holds_functions, self._closure(place)))
            )
            for place, value in self._stored
        ]
        for place, value in self._parts_stored:
            self._views.append((self.link(place), value))
        for (place, value), is_named in zip(self._stored, named, strict=True):
            if is_named:
                self._views.append((self.link(place), value))
            else:
                self._unify(self.link(place), value)

    def _take_narrowings(self, *, finally_: bool) -> bool:
        """Narrowed places see the objects that pass their tests; True if some see more than before.
        Objects of which nothing is known yet pass at last (`finally_`), if there are any: a pointer
        that nobody has stored leads nowhere."""
        changed = False
        while self._narrowings and self._take_narrowings_once(finally_):
            changed = True
        return changed

    def _take_narrowings_once(self, finally_: bool) -> bool:
        self._order_views()
        self._pass_names_on()
        known = self._known()
        outside = self._reached(self._roots()) if finally_ else set()
        changed = False
        for view, place, tests in self._narrowings:
            seen = {one.resolve() for one in self._closure(view)}
            for one in self._closure(place):
                node = one.node.find()
                if one.resolve() in seen or self._is_only_a_view(node):
                    continue
                if self._is_head(one) and self._is_tested_behind(place, one, tests):
                    continue
                is_enough = finally_ and (bool(node.local) or node in outside)
                if self._passes_all(one, tests, known, is_enough=is_enough):
                    if node is view.node.find():  # it has become the object itself
                        self._unify(view, one)
                        changed |= view.resolve() == one.resolve()
                        continue
                    within = [offset for other, offset in seen if other is node]
                    if len(within) > _MOST_PLACES:  # the pointer moves on from what it was
                        self._meet(Pointer(node, within[-1]), one)
                        changed = True
                        break
                    self._views.append((view, one))
                    seen.add(one.resolve())
                    view.node.find().change()
                    changed = True
        return changed

    def _is_tested_behind(
        self, place: Pointer, head: Pointer, tests: Iterable[Test | Holds]
    ) -> bool:
        """Is something read behind the end of a head that is seen from a place? Then it is a node
        that is meant."""
        return any(
            all(
                head.moved(by).resolve() not in self._resolved(place.moved(by))
                for by in ([test.offset] if isinstance(test, Holds) else [p[0] for p in test.paths])
            )
            for test in tests
        )

    def _take_unlisted(self, *, finally_: bool) -> bool:
        """What calls return that mean none of the listed functions is memory of which nothing is
        known, if objects lead there; True if some do that did not before. (`finally_` as above.)"""
        if not self._unlisted:
            return False
        self._order_views()
        self._pass_names_on()
        known = self._known()
        outside = self._reached(self._roots()) if finally_ else set()

        def may_lead(origin: _Origin, listed: set[str]) -> bool | None:
            is_open = False
            for one in self._closure(origin[0]):
                node = one.node.find()
                if self._is_only_a_view(node):
                    continue
                verdicts = [self._leads_elsewhere(p, one, listed, known) for p in origin[1]]
                is_somewhere = bool(node.local) or node in outside
                if True in verdicts or (finally_ and is_somewhere and None in verdicts):
                    return True
                is_open |= None in verdicts
            return None if is_open else False

        def is_reached(origins: list[_Origin], listed: set[str]) -> bool:
            """Of a table nothing need be known: what leads there decides."""
            found = [may_lead(origin, listed) for origin in origins]
            return all(found) or (finally_ and True in found and False not in found)

        reached = [result for result, way in self._unlisted.items() if is_reached(*way)]
        for result in reached:
            del self._unlisted[result]
            result.node.find().unknown = True
            result.node.find().change()
        return bool(reached)

    def _leads_elsewhere(
        self, path: Path, place: Pointer, listed: set[str], known: _Known
    ) -> bool | None:
        """May the object at a place lead to a function that is not listed? None: nothing is known
        of it yet."""
        place = place.moved(path[0])
        cell = place.node.find().cells.get(place.resolve()[1])
        if self._is_from_abroad(place, known, both=True):
            return True
        if cell is None or not cell.tells_names:
            return None
        return not cell.is_named or any(
            (end := self._end_of_path(name, at, path)) is None or end not in {*listed, NOTHING}
            for name, at in cell.named
        )

    def _is_only_a_view(self, node: Node) -> bool:
        return not node.is_known and node in self._viewed

    def _pass_names_on(self) -> None:
        """What is stored through a view may lie in all that it sees."""
        for node in list(self._viewed):
            for offset, cell in list(node.cells.items()):
                if cell.tells_names:
                    for one in self._closure(Pointer(node, offset))[1:]:
                        if self._cell(one).take_names(cell):
                            one.node.find().change()

    def _known(self) -> _Known:
        return _Known(
            self._reached(place.node for place in self._handed),
            self._copied(both=True),
            self._copied(both=False),
        )

    def _roots(self) -> list[Node]:
        """The memory that is named or handed over from outside."""
        raise NotImplementedError

    def _reached(self, nodes: Iterable[Node]) -> set[Node]:
        """All memory that pointers lead to from these nodes."""
        work = [one for node in nodes for one in self._nodes_seen(node.find())]
        found: set[Node] = set()
        while work:
            node = work.pop()
            if node not in found:
                found.add(node)
                for cell in node.cells.values():
                    if cell.link is not None:
                        work += self._nodes_seen(cell.link.node.find())
        return found

    def _copied(self, *, both: bool) -> _Copies:
        """Where nodes are copied from, or (`both`) to."""
        found: _Copies = {}
        moved = [(to, source, self.layout.size(ty.PTR)) for to, source in self._moved]
        for to, source, size in (*self._copies, *moved):
            for here, there in ((to, source), (source, to)) if both else ((to, source),):
                for one in self._closure(here):
                    node, start = one.unfolded()
                    found.setdefault(node, []).append((start, size, there))
        return found

    def _is_from_abroad(self, place: Pointer, known: _Known, *, both: bool) -> bool:
        """May what lies at a place be a copy of what was there before, or of what nobody knows?
        (`both`: or may it be a copy of the same as such?) Copies that lead around a circle, ever
        further behind what is known of an object, are not followed: then it may."""
        copies = known.copies if both else known.sources
        near = self._near_abroad(known, both=both)
        key = (both, *place.resolve())
        work, seen = [place], {key: None}
        ends: dict[tuple[Node, int], None] = {}  # what is copied from or to: many places share one
        behind: dict[Node, int] = {}
        found = known.abroad.get(key)
        while work and found is None:
            node, offset = work.pop().unfolded()
            if self._is_abroad(node, known):
                found = True
                break
            if node not in near:
                continue
            if not node.stride and offset > max(node.cells, default=0):
                behind[node] = behind.get(node, 0) + 1
                if behind[node] > _MOST_PLACES:
                    found = True
                    break
            for start, size, there in copies.get(node, ()):
                if node.stride or (start <= offset and (size is None or offset < start + size)):
                    there = there.moved(offset - start)
                    end = there.unfolded()
                    if end in ends:
                        continue
                    ends[end] = None
                    for one in self._closure(there):
                        other = (both, *one.resolve())
                        before = known.abroad.get(other)
                        if before:
                            found = True
                        elif before is None and other not in seen:
                            seen[other] = None
                            work.append(one)
        if found:
            known.abroad[key] = True
        else:
            known.abroad.update(dict.fromkeys(seen, False))
        return bool(found)

    def _is_abroad(self, node: Node, known: _Known) -> bool:
        return bool(node.globals or node.arguments or node.unknown or node in known.foreign)

    def _near_abroad(self, known: _Known, *, both: bool) -> set[Node]:
        """The nodes from which copies lead abroad, wherever in the nodes they begin and end."""
        if both not in known.near:
            back: dict[Node, dict[Node, None]] = {}
            for node, copied in (known.copies if both else known.sources).items():
                back.setdefault(node, {})
                for other in {there.node.find(): None for _, _, there in copied}:
                    back.setdefault(other, {})[node] = None
            for node in list(back):
                for other in self._nodes_seen(node):
                    back.setdefault(other, {}).update(back[node])
            work = [node for node in back if self._is_abroad(node, known)]
            found = known.near[both] = set(work)
            while work:
                new = [node for node in back[work.pop()] if node not in found]
                found.update(new)
                work += new
        return known.near[both]

    def _holds_functions(self, place: Pointer) -> bool:
        """Is it in an object made here, in which addresses of functions lie?"""
        node = place.node.find()
        names = (name for cell in node.cells.values() for name, _ in cell.named)
        return bool(node.local) and any(self.module.symbol(n).kind == "function" for n in names)

    def _may_hold(self, place: Pointer, held: Holds, known: _Known) -> bool | None:
        """May what was read lie in the object at a place? (Not a float where only pointers lie, nor
        the other way round, nor behind its end. What was cleared, or set to a number of no told
        type, may be read as anything.) None: nothing is known of it yet."""
        place = place.moved(held.offset)
        node, offset = place.resolve()
        if self._is_from_abroad(place, known, both=False):
            return True
        ends = [self._end_of(value) for value in node.local]
        told = [end for end in ends if end is not None]
        if told and len(told) == len(ends) and place.unfolded()[1] + held.size > max(told):
            return False
        if held.kind is None or held.kind == INTEGER:
            return True
        cleared = (one.node.find() for place in self._cleared for one in self._closure(place))
        cell = node.cells.get(offset)
        if cell is None or not cell.strong:
            return None
        kinds = {"float" if kind in ty.FLOATS else kind for kind in cell.strong}
        if held.kind == POINTER:
            return POINTER in kinds or node in cleared
        return kinds != {POINTER} or node in cleared

    def _struct_tags(self, call: CallBase, place: Pointer) -> None:
        """`!tbaa.struct` of a struct assignment lists its fields."""
        for offset, size, kind in struct_fields(self.module, call):
            step = self.layout.size(ty.FLOATS[kind]) if kind in ty.FLOATS else size
            # LLVM cuts copies, and what it leaves of a field is the end of a float: that of a long
            # double is padding
            rest = size % step if step else 0
            if rest and kind == "x86_fp80" and rest <= step - 10:
                self._mark(place.moved(offset), INTEGER, rest, strong=False)
            for at in range(rest, size, max(1, step)):
                self._mark(place.moved(offset + at), kind, step, strong=kind in ty.FLOATS)

    def _passes_all(
        self, place: Pointer, tests: Iterable[Test | Holds], known: _Known, *, is_enough: bool
    ) -> bool:
        """Does the object at a place pass these tests? (is_enough: or is nothing known?) How it
        is laid out is asked last, since an object that is not meant says nothing of that."""
        for test in sorted(tests, key=lambda test: isinstance(test, Test) and test.is_of_layout):
            verdict = self._passes(place, test, known)
            if not verdict and not (verdict is None and is_enough):
                return False
        return True

    def _passes(self, place: Pointer, test: Test | Holds, known: _Known) -> bool | None:
        """Does the object at a place lead to the function, or hold what was read there? None:
        nothing is known of it yet."""
        if isinstance(test, Holds):
            return self._may_hold(place, test, known)
        verdicts = [self._leads_by(path, place, test, known) for path in test.paths]
        return None if None in verdicts and True not in verdicts else any(verdicts)

    def _leads_by(self, path: Path, place: Pointer, test: Test, known: _Known) -> bool | None:
        place = place.moved(path[0])
        if self._is_from_abroad(place, known, both=True):
            return self._may_be_anything(place, test)
        node, offset = place.resolve()
        cell = node.cells.get(offset)
        if cell is None or not cell.tells_names:
            return None
        if not cell.is_named:
            return self._may_be_anything(place, test)
        verdicts = [self._leads_to_all(name, at, path, test) for name, at in cell.named]
        return self._may_be_anything(place, test) if None in verdicts else any(verdicts)

    def _may_be_anything(self, place: Pointer, test: Test) -> bool:
        """An object of which nothing is known passes; its parts may lie anywhere in it."""
        if test.is_of_layout:
            self._fold(place.node, 1)
        return True

    def _leads_to_all(self, name: str, offset: int, path: Path, test: Test) -> bool | None:
        """Does one table lead to what is tested for, and to all that was found beside it?"""
        found = {self._leads_to(name, offset, path, test)}
        for other in test.beside:
            ways = {self._leads_to(name, offset, (0, *path), other) for path in other.paths}
            found.add(True if True in ways else None if None in ways else False)
        return False if False in found else None if None in found else True

    def _leads_to(self, name: str, offset: int, path: Path, test: Test) -> bool | None:
        """Does the table, or the function, lead to what is tested for? None: that is not known."""
        for step in path[1:]:
            entry = self._entry(name, offset + step)
            if entry is None:
                return None
            if entry == NOTHING:
                return False
            name, offset = entry, 0
        if test.function.startswith((NUMBER, TYPE)) or name.startswith(NUMBER):
            return name == test.function
        if test.function.startswith(TABLE):
            return (name, offset) == (test.function, test.at) if name.startswith(TABLE) else None
        if self.module.symbol(name).kind != "function":
            return None
        return name == test.function and offset == 0

    def _end_of_path(self, name: str, offset: int, path: Path) -> str | None:
        """The function that a table leads to; None if that is not known."""
        for step in path[1:]:
            entry = self._entry(name, offset + step)
            if not entry:
                return entry
            name, offset = entry, 0
        return None if offset else name

    def _entry(self, name: str, offset: int) -> str | None:
        """The name of what an entry of a constant table points to; None if that is not known.
        A base's table may end before: a call by an entry behind its end means another's."""
        key = (name, offset)
        if key not in self._entries:
            symbol = self.module.symbol(name)
            is_table = symbol.kind == "variable" and symbol.constant
            initial = self.module.initializer(name) if is_table else None
            self._entries[key] = None if initial is None else self._named_in(initial, offset)
        return self._entries[key]

    def _named_in(self, constant: Constant, offset: int) -> str | None:
        if offset < 0:
            return NOTHING
        while isinstance(constant, ConstantAggregate):
            offsets = self.offsets(constant.type)
            index = bisect_right(offsets, offset) - 1
            if index < 0:
                return None
            constant, offset = constant.elements[index], offset - offsets[index]
        if offset >= self.layout.size(constant.type):
            return NOTHING
        number = number_in_table(constant)
        if number is not None and offset == 0:
            return f"{NUMBER}{number}"
        return constant.name if isinstance(constant, Global) and offset == 0 else None

    def offsets(self, type: Type) -> Sequence[int]:
        """Where the parts of a struct, array or vector lie."""
        match type:
            case ty.StructType():
                return self.layout.offsets(type)[:-1]
            case ty.ArrayType():
                return _steps(type.count, self.layout.size(type.element))
            case ty.VectorType():
                return _steps(type.count, self.layout.store_size(type.element))
        return ()

    def path_offset(self, type: Type, path: tuple[int, ...]) -> int:
        """Byte offset of an element of an aggregate."""
        offset = 0
        for index in path:
            offset += self.offsets(type)[index]
            type = type.fields[index] if isinstance(type, ty.StructType) else type.element  # type: ignore
        return offset


def bytes_made(value: Value, layout: ty.Layout, known: Known) -> int | None:
    """How many bytes a variable or a block of the heap has, if that is a constant."""
    match value:
        case Alloca():
            count = value.operands[0] if value.operands else None
            size = layout.size(value.allocated)
            if isinstance(count, ConstantInt):
                return count.value * size
            return size if count is None else None
        case CallBase() if isinstance(value.callee, Global):
            allocator = known.allocators.get(value.callee.name)
            if allocator is None or allocator.size is None or allocator.size < 0:
                return None
            sizes = [value.arguments[allocator.size]]
            if allocator.count is not None:
                sizes.append(value.arguments[allocator.count])
            numbers = [size.value for size in sizes if isinstance(size, ConstantInt)]
            is_known = len(numbers) == len(sizes) and allocator.out is allocator.old is None
            return prod(numbers) if is_known else None
    return None


def _steps(count: int, size: int) -> Sequence[int]:
    """0, size, 2 * size, ...: huge arrays have as many."""
    return range(0, count * size, size) if size else (0,) * count


def _holds_names(place: Pointer) -> bool:
    """Is it in an object made here, in which addresses of functions or tables lie?"""
    node = place.node.find()
    return bool(node.local) and any(cell.named for cell in node.cells.values())
