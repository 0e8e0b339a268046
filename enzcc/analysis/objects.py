"""What memory a pointer may point to, and what lies there: floats, integers or pointers.

Question     Which pointers may share memory, and of what kind is each byte range behind them?
Lattice      Nodes (abstract objects) only merge, strides only shrink (gcd), evidence only grows.
Transfer     Unification with byte offsets in memory (Steensgaard 1996; Lattner, "Data Structure
             Analysis", 2007), inclusion between registers (Das, "Unification-based pointer analysis
             with directional assignments", 2000): pointers that meet in a memory cell share a
             node; one that a phi, select, parameter or result may take from several objects is a
             *view* of them, and what is read or written through it is known of all of them. Memory
             copies and integers that carry other data make the *contents* of two nodes agree.
Safe answer  one node for everything, kinds unknown: then the derivative is refused, never guessed.

A node is told apart by byte offset; an address with a variable part folds the node modulo its
stride, so an array of structs is one struct. Kinds come from loads and stores (TBAA first, then the
type accessed) and, as weaker hints, from the types of allocas, globals and address computations.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from math import gcd

from enzcc.analysis.distances import Addresses, Sum, exact_divisor
from enzcc.analysis.evidence import Evidence, is_an_address
from enzcc.analysis.heads import HeadsMeetNodes
from enzcc.analysis.narrowing import bytes_made
from enzcc.analysis.nodes import (
    CONFLICT,
    INTEGER,
    POINTER,
    Cell,
    Node,
    Pointer,
    Segment,
    agreed,
    carries,
    extent_behind,
    kind_of,
    only_float,
    reached_from,
    settle,
)
from enzcc.analysis.tbaa import base_name, is_char_member
from enzcc.ir import types as ty
from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    Alloca,
    Binary,
    CallBase,
    Cast,
    Compare,
    Freeze,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Select,
    Store,
    handed_on,
)
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType, Type
from enzcc.ir.values import (
    Argument,
    Constant,
    ConstantInt,
    Global,
    Value,
)
from enzcc.markers.fit import attribute_type
from enzcc.rules.inactive import ERRNO, SIGNS
from enzcc.rules.known import TABLES, Known
from enzcc.rules.linked import counts_nodes

SMALLEST_NORMAL = 1 << 7
"""The least bits of a normal number, those of a `__bf16`."""

LARGEST_VALUE = 64
"""Bytes of the largest value in a register whose parts are looked at one by one."""


class Objects(Evidence):
    """The nodes of a set of functions that call each other (the first is the root)."""

    _behind: dict[Value, tuple[Pointer, ...]] | None = None
    _unions: dict[tuple[Node, int], tuple[FloatType, list[Node]] | None]

    def __init__(
        self,
        module: Module,
        functions: Iterable[Function],
        declared: Mapping[Argument, str] | None = None,
        known: Known = TABLES,
        passed: Mapping[int, str] | None = None,
        guesses: Iterable[int] = (),
        bodies: Mapping[str, Function] | None = None,
        results: Mapping[str, list[tuple[int, Type]]] | None = None,
        *,
        includes: bool = False,
    ) -> None:
        """declared: the type names (as in TBAA) of parameters that are pointers, where known
        passed: the floats that lie behind parameters of the root as its caller declares them
        guesses: parameters behind which doubles lie if nothing at all is known (`guessed`: where
        that was so)
        bodies: what else tells where pointers go, by the names that calls have for it
        results: offsets and types of the numbers in what functions return (`declared_result`)
        includes: pointers in copied memory are views of those in what is copied, and so are those
        that are only read through views of what lies in the objects seen: slower, but
        less becomes the same"""
        functions, guesses = tuple(functions), tuple(guesses)
        self._results = dict(results or {})
        self._includes = includes
        trees = lists = True
        while True:
            try:
                super().__init__(module, functions, known, bodies)
                self._find_out(declared, passed, guesses, trees=trees, lists=lists)
                break
            except HeadsMeetNodes as met:  # then heads are nodes, and all around them around these
                trees, lists = trees and met.of_lists, lists and not met.of_lists

    def _find_out(
        self,
        declared: Mapping[Argument, str] | None,
        passed: Mapping[int, str] | None,
        guesses: Iterable[int],
        *,
        trees: bool,
        lists: bool,
    ) -> None:
        module = self.module
        self._outside: dict[Node, None] | None = None
        self.integral: set[Instruction] = set()
        root = next(iter(self.functions.values()))
        for arg in root.args:
            if ty.is_pointer(arg.type):
                self.place(arg).node.find().arguments[arg] = None
        self.guessed: dict[Argument, None] = {}
        for arg, name in (declared or {}).items():
            if ty.is_pointer(arg.type):
                self._hint_pointee(self.place(arg), name)
        listed = dict.fromkeys((*self.functions.values(), *self.bodies.values()))
        if trees or lists:
            self._find_heads(listed, trees=trees, lists=lists)
        for function in listed:
            for arg in function.args:
                for kind in ("byval", "sret"):
                    struct = attribute_type(module, arg.attributes, kind)
                    if struct is not None:
                        self._hint(self.place(arg), struct)
            for inst in function.instructions():
                self._visit(inst)
                if isinstance(inst, CallBase) and inst.called in self._results:
                    self._declare(inst, self._results[inst.called])
            for value in self._returns[function.name]:
                self._declare(value, self._results.get(function.name, []))
        self._take_caught()
        self._take_stored()
        self._take_narrowings(finally_=False)
        self._take_steps()
        self._solve()
        while self._take_sums():
            self._solve()
        self._narrow_further()
        self._take_passed(root, passed or {}, guesses)
        self._take_typed()
        self._take_inexact()
        self._take_steps()
        self._solve()
        self._take_settled()
        self._solve()
        while self._take_differences() | self._take_distances():
            self._solve()
        self._narrow_further()
        self._take_calculated(root)
        for node in self.nodes():
            node.seen = tuple(self._nodes_seen(node))[1:]
        self._behind, self._unions, self._is_found = {}, {}, True

    def _declare(self, value: Value, numbers: list[tuple[int, Type]]) -> None:
        """What is known of the numbers in a struct that is returned: floats are floats there."""
        if isinstance(value, Constant) or ty.is_float(value.type):
            return
        whole = Pointer(self.contents(value))
        for offset, type in numbers:
            self._mark_type(whole.moved(offset), type)
            if ty.is_int(type):
                self._mark(whole.moved(offset), INTEGER, self.layout.size(type), strong=False)

    # ------------------------------------------------------------------ questions

    def place(self, pointer: Value) -> Pointer:
        """Where a pointer points. When all is settled, one that a function got by allocating points
        into that block, whatever others that are stored in the same places lead to."""
        found = super().place(pointer)
        if self._behind is None:
            return found
        node, base = found.node.find(), pointer
        while isinstance(base, GetElementPtr):
            base = base.base
        is_own = base in node.local and self._is_fresh(base)
        return Pointer(found.node, found.offset, own=True) if is_own else found

    def _is_fresh(self, value: Value) -> bool:
        """Does memory start here in which nothing lies? (What `realloc` returns holds what lay in
        the old block.)"""
        if isinstance(value, CallBase) and isinstance(value.callee, Global):
            allocator = self.known.allocators.get(value.callee.name)
            return allocator is not None and allocator.old is None
        return isinstance(value, Alloca)

    @cached_property
    def looks_at_errno(self) -> bool:
        """Does any of the functions use `errno`, or what else mathematical functions set?"""
        return any(
            isinstance(operand, Global) and operand.name in ERRNO | SIGNS
            for function in self.functions.values()
            for inst in function.instructions()
            for operand in inst.operands
        )

    @property
    def copies(self) -> Sequence[tuple[Pointer, Pointer, int | None]]:
        """What is copied, between memory, registers, or both: to where, from where, and how many
        bytes, if that is known."""
        return self._copies

    @property
    def registers(self) -> set[Node]:
        """The nodes of what lies in integers, vectors and structs in registers."""
        return {node.find() for node in self._contents.values()}

    @cached_property
    def moved_nodes(self) -> set[Node]:
        """The nodes that are copied from or to, or handed to functions that nobody looks into."""
        ends = [end for to, source, _ in self._copies for end in (to, source)]
        return set(self._nodes_of((*ends, *self._handed)))

    def nodes_behind(self, pointer: Value) -> tuple[Node, ...]:
        """The nodes that a pointer may point to: at least one."""
        return tuple(dict.fromkeys(p.node.find() for p in self.places_behind(pointer)))

    def places_behind(self, pointer: Value) -> tuple[Pointer, ...]:
        """Where a pointer may point: at least one place."""
        assert self._behind is not None
        found = self._behind.get(pointer)
        if found is None:
            found = self._behind[pointer] = self.places(self.place(pointer))
        return found

    def places(self, place: Pointer) -> tuple[Pointer, ...]:
        """What a place stands for: itself, or what it is a view of."""
        found = self._closure(place)
        if len(found) == 1:
            return found
        return tuple(p for p in found if self._is_real(p.node.find())) or found

    def segments(self, place: Pointer, size: int) -> list[Segment]:
        """The kinds of `size` bytes from a place on, in order, without gaps."""
        return agreed([self._segments(p, size) for p in self.places(place)], size)

    def _segments(self, place: Pointer, size: int) -> list[Segment]:
        node, start = place.unfolded()
        out: list[Segment] = []
        at = 0
        while at < size:
            cell = node.cells.get(node.fold(start + at))
            kind, length = kind_of(cell)
            if kind is None:
                length = 1
            length = min(length, size - at)
            if kind == INTEGER:  # as in a union: what lies within it is told by its own evidence
                inside = (node.cells.get(node.fold(start + at + i)) for i in range(1, length))
                others = (kind_of(cell)[0] not in (None, INTEGER) for cell in inside)
                length = next((i for i, other in enumerate(others, 1) if other), length)
            elif (kind == POINTER or isinstance(kind, FloatType)) and any(
                self._is_other(node.cells.get(node.fold(start + at + i)), cell, kind)
                for i in range(1, length)
            ):
                kind = CONFLICT
            elif kind is None and at and self._is_in_integer(node, start, at):
                kind = INTEGER
            last = out[-1] if out else None
            if last is not None and kind == last.kind and kind in (None, CONFLICT):
                out[-1] = Segment(last.offset, last.size + length, kind)
            else:
                out.append(Segment(at, length, kind))
            at += length
        if any(s.kind is None for s in out):
            only = only_float(node)
            return [settle(s, only, self.layout) for s in out]
        return out

    def _is_other(self, cell: Cell | None, own: Cell | None, kind: FloatType | str) -> bool:
        """Does a float of another type, or a pointer, begin within one of this kind at times? Or
        another one of the same type, as in a packed struct that is taken for something else, too?
        """
        if cell is None or cell is own:
            return False
        return any(k in ty.FLOATS or (k == POINTER and kind != POINTER) for k in cell.strong)

    def _is_in_integer(self, node: Node, start: int, at: int) -> bool:
        """Does an integer reach there that begins where a smaller float lies at other times?"""
        for back in range(1, min(at, LARGEST_VALUE) + 1):
            cell = node.cells.get(node.fold(start + at - back))
            if cell is not None and kind_of(cell)[0] is not None:
                return cell.strong.get(INTEGER, 0) > back
        return False

    def floats_in(self, value: Value) -> list[Segment]:
        """The floating parts of an integer or aggregate SSA value, by offset."""
        size = self.layout.store_size(value.type)
        parts = self.segments(Pointer(self.contents(value)), size)
        return [s for s in parts if isinstance(s.kind, FloatType)]

    def floats_told_in(self, value: Value) -> list[Segment]:
        """Those of them that instructions read or write as floats: not what is taken for one as all
        beside it is."""
        node = self.contents(value)
        found = []
        for segment in self.floats_in(value):
            cell = node.cells.get(node.fold(segment.offset))
            if cell is not None and segment.kind.text in cell.strong:  # type: ignore[union-attr]
                found.append(segment)
        return found

    def is_low(self, place: Pointer, size: int) -> bool:
        """Is it in the low half of a float, where neither sign nor exponent are?"""
        node, offset = place.resolve()
        kind, whole = kind_of(node.cells.get(offset))
        if not isinstance(kind, FloatType) or kind is ty.BFLOAT or 2 * size > whole:
            return False
        before = (kind_of(node.cells.get(node.fold(offset - back))) for back in range(1, 16))
        others = (isinstance(k, FloatType) and n > back for back, (k, n) in enumerate(before, 1))
        return not any(others) and not any(s % whole for s in node.strides_at(offset))

    def union_float(self, place: Pointer) -> tuple[FloatType, list[Node]] | None:
        """For a place with evidence of one float and of pointers (a union): the float, and what the
        pointers may point to."""
        nodes: dict[Node, None] = {}
        kinds = set()
        for one in self.places(place):
            found = self._union_float(one)
            if found is None:
                return None
            kinds.add(found[0])
            nodes.update(dict.fromkeys(found[1]))
        return (kinds.pop(), list(nodes)) if len(kinds) == 1 else None

    def is_union(self, place: Pointer) -> bool | None:
        """Is it such a union? None if it is one only in some of the objects it may be in."""
        found = {self._union_float(p) is not None for p in self.places(place)}
        return found.pop() if len(found) == 1 else None

    def _union_float(self, place: Pointer) -> tuple[FloatType, list[Node]] | None:
        at = place.resolve()
        if at not in self._unions:
            self._unions[at] = self._union_float_at(*at)
        return self._unions[at]

    def _union_float_at(self, node: Node, offset: int) -> tuple[FloatType, list[Node]] | None:
        cell = node.cells.get(offset)
        if cell is None or cell.link is None:
            return None
        floats = [k for k in cell.strong if k in ty.FLOATS]
        if len(floats) != 1 or POINTER not in cell.strong:
            return None
        behind = (node.cells.get(node.fold(offset + i)) for i in range(1, cell.strong[POINTER]))
        if any(self._is_other(other, cell, ty.FLOATS[floats[0]]) for other in behind):
            return None
        return ty.FLOATS[floats[0]], [p.node.find() for p in self.places(cell.link)]

    def nodes(self) -> list[Node]:
        """All nodes of memory, in the order they came up."""
        found: dict[Node, None] = {}
        for place in (*self._places.values(), *self._narrowed.values()):
            found[place.node.find()] = None
        for node in self._contents.values():
            for target in node.links():
                found[target] = None
        work = list(found)
        while work:
            for target in work.pop().links():
                if target not in found:
                    found[target] = None
                    work.append(target)
        return list(found)

    def _is_real(self, node: Node) -> bool:
        """Is it memory of its own, not only a view of other memory?"""
        if node.is_known or not node.seen:
            return True
        return self.is_outside(node)

    def outside_nodes(self) -> list[Node]:
        """Nodes that stand for globals or for memory that nothing is known of."""
        return [n for n in self.nodes() if n.globals or n.unknown]

    def is_outside(self, node: Node) -> bool:
        """May the memory be seen from outside (arguments, globals, unknown memory)?"""
        if self._outside is None:
            self._outside = reached_from(self._roots())
        return node.find() in self._outside

    @cached_property
    def _members_alone(self) -> set[tuple[Node, int]]:
        return self._alone_places()

    @cached_property
    def _led_to_from_outside(self) -> set[Node]:
        """What pointers lead to that may lie in memory seen from outside, which were there before:
        such a node stands for memory of its own, even if it is a view of other memory as well."""
        cells = (c for n in self.nodes() if self.is_outside(n) for c in n.cells.values())
        return {c.link.node.find() for c in cells if c.link is not None}

    def ends_within(self, place: Pointer, size: int) -> bool:
        """Does a place lie in variables only, which end within so many bytes? A view of other
        places has no memory of its own."""
        node, offset = place.unfolded()
        if not node.is_known and node.seen and node not in self._led_to_from_outside:
            return True  # a view of other places
        if size >= self.layout.size(ty.PTR) and place.resolve() in self._members_alone:
            return True  # a link in a hash table, or its bucket
        if not node.globals or node.local or node.arguments or node.unknown:
            return False
        for name in node.globals:
            symbol = self.module.symbol(name)
            if symbol.value_type is None or self.module.initializer(name) is None:
                return False
            own, start = self.place(symbol).unfolded()
            if own is not node or start + self.layout.size(symbol.value_type) > offset + size:
                return False
        return True

    def step_to_the_end(self, places: Iterable[Pointer]) -> int:
        """The stride of the arrays that all these places lie in, if they are the last there is of
        variables and blocks of the program; else 0."""
        found: set[int] = set()
        for place in places:
            node, offset = place.unfolded()
            if node.arguments or node.unknown or node.stride or not node.is_known:
                return 0
            end = offset + extent_behind([place])
            arrays = ((start, start + n, step) for (start, n), step in node.arrays.items())
            found |= {
                step if start <= offset < stop == end and not (offset - start) % step else 0
                for start, stop, step in arrays
                if stop > offset
            } or {0}
            if any(self._end_of_variable(name, node) != end for name in node.globals):
                return 0
        return found.pop() if len(found) == 1 else 0

    def _end_of_variable(self, name: str, node: Node) -> int:
        """Where a variable ends in the node that it is the start of."""
        symbol = self.module.symbol(name)
        own, start = self.place(symbol).unfolded()
        if own is not node or symbol.value_type is None:
            return -1
        return start + self.layout.size(symbol.value_type)

    def _is_variable(self, node: Node) -> bool:
        """Does it stand for a global variable, and not only for functions?"""
        return any(self.module.symbol(name).kind == "variable" for name in node.globals)

    def _roots(self) -> list[Node]:
        found = [n for n in self.nodes() if n.arguments or n.unknown or self._is_variable(n)]
        for arg in next(iter(self.functions.values())).args:
            if carries(arg.type):
                found.extend(self.contents(arg).links())
        return found

    def _nodes_of(self, places: Iterable[Pointer]) -> dict[Node, None]:
        """The nodes of some places, and of what may stand for them."""
        return dict.fromkeys(p.node.find() for place in places for p in self._closure(place))

    def may_be_outside(self, pointer: Value) -> bool:
        """May any memory that a pointer points to be seen from outside?"""
        return any(map(self.is_outside, self.nodes_behind(pointer)))

    def is_seen_elsewhere(self, pointer: Value) -> bool:
        """May others see it, or functions that nobody looks into?"""
        nodes = self.nodes_behind(pointer)
        handed = self._nodes_of(self._handed)
        return any(map(self.is_outside, nodes)) or any(node in handed for node in nodes)

    def may_come_from_outside(self, pointer: Value) -> bool:
        """May what lies in the memory behind a pointer have been copied, in one step or several,
        from memory that is seen from outside or by functions that nobody looks into, or lie there
        itself?"""
        copies = [[self._nodes_of((end,)) for end in copy[:2]] for copy in self._copies]
        handed = self._nodes_of(self._handed)
        found = dict.fromkeys(self.nodes_behind(pointer))
        work = list(found)
        while work:
            node = work.pop()
            if self.is_outside(node) or node in handed:
                return True
            fresh = [n for to, source in copies if node in to for n in source if n not in found]
            found.update(dict.fromkeys(fresh))
            work += fresh
        return False

    def returns(self, name: str) -> list[Value]:
        """The values that a function returns."""
        return self._returns[name]

    def floats_declared_in(self, name: str) -> list[Segment]:
        """The floats in the struct that a function returns, as far as its declaration tells."""
        return [
            Segment(offset + start, self.layout.store_size(ty.scalar(type)), kind)
            for offset, type in self._results.get(name, [])
            if isinstance(kind := ty.scalar(type), FloatType)
            for start in self.offsets(type) or (0,)
        ]

    # ------------------------------------------------------------------ to a solution

    def _narrow_further(self) -> None:
        """Narrowed places see what else has turned out to pass their tests."""
        for finally_ in (False, True):
            while self._take_narrowings(finally_=finally_) | self._take_unlisted(finally_=finally_):
                self._take_steps()
                self._solve()

    def _take_passed(
        self, root: Function, passed: Mapping[int, str], guesses: Iterable[int]
    ) -> None:
        """What the caller tells of memory that the functions themselves tell nothing of, or only
        that it is moved in bytes and words."""
        kinds = {**dict.fromkeys(guesses, "double"), **passed}
        pointers = [(root.args[i], kind) for i, kind in kinds.items()]
        for arg, kind in pointers:
            if not ty.is_pointer(arg.type):
                continue
            for place in self._closure(self.place(arg)):
                node = place.node.find()
                told = {k for c in node.cells.values() for k in (*c.strong, *c.hints)}
                if not told and arg.index not in passed:
                    self.guessed[arg] = None
                words = arg.index in passed and told - {kind} == {INTEGER}
                if not told or (words and not self._is_counted_in(node)):
                    self._mark(place, kind, self.layout.size(ty.FLOATS[kind]), strong=True)
        self._solve()

    def _is_counted_in(self, node: Node) -> bool:
        """Are integers stored there that are calculated, and smaller than any double? Then the
        memory serves for integers now, whatever it is declared as."""
        return any(
            isinstance(inst, Store)
            and isinstance(inst.value.type, ty.IntType)
            and inst.value.type.bits < 64
            and _is_calculated(inst.value, {})
            and any(p.node.find() is node for p in self._closure(self.place(inst.pointer)))
            for function in self.functions.values()
            for inst in function.instructions()
        )

    def _take_typed(self) -> None:
        """Accesses as integers, by their C type. An object whose pointers lead to objects that are
        told apart no more (the head of a list and its nodes, what a `void *` in a table leads to)
        may hold both in the same place: what is read as an integer is one, and what is a member of
        type char, or counts nodes, is one anywhere. So is the integer of a variant of several
        floats, unless its bits are worked on. Where it lies in the low half of a float (as in
        a `std::variant` of `double` and `int`), it is one or has no derivative. Else the program
        may look at the bits of a float. What is made of a pointer, or into one, is an address."""
        counters = self._counters()
        given = self._given_integers(next(iter(self.functions.values())))
        for inst, place, value in self._typed:
            size = self.layout.store_size(value.type)
            is_own = is_char_member(self.module, inst) or counts_nodes(base_name(self.module, inst))
            is_no_integer = (
                inst in self.made_pointers
                if isinstance(inst, Load)
                else is_an_address(value, set())
            )
            if not is_no_integer and (
                is_own
                or any(
                    p.node.find() in p.node.find().links()
                    or self._holds_both(p)
                    or (self._holds_several(p) and self._is_no_bits(inst, given))
                    or self._holds_integers(p, size)
                    or (p.node.find(), size) in counters
                    or self.is_low(p, size)
                    for p in self._closure(place)
                )
            ):
                self.integral.add(inst)
                if carries(value.type):
                    self._integral(value)
            elif carries(value.type):
                self._copy(place, Pointer(self.contents(value)), value.type)
        for store, place, value in self._untyped:
            size = self.layout.store_size(value.type)
            if self._is_moved_integer(value) and any(
                self.is_low(p, size) for p in self._closure(place)
            ):
                self.integral.add(store)
                self._integral(value)
            else:
                self._copy(place, Pointer(self.contents(value)), value.type)

    def _is_moved_integer(self, value: Value) -> bool:
        """Is it read as the integer of a union with a float, and moved on?"""
        work, seen = [value], {value}
        found = False
        while work:
            one = work.pop()
            match one:
                case Load():
                    if one not in self.integral:
                        return False
                    found = True
                    continue
                case Constant():
                    continue
                case Freeze() | Phi() | Select():
                    moved = handed_on(one)
                case _:
                    return False
            work.extend(o for o in moved if o not in seen)
            seen.update(moved)
        return found

    def _take_calculated(self, root: Function) -> None:
        """Words put together from integers, such as what a closure has captured, are integers where
        other closures keep floats or pointers."""
        given = self._given_integers(root)
        for function in self.functions.values():
            for inst in function.instructions():
                if (
                    isinstance(inst, Store)
                    and isinstance(inst.value.type, ty.IntType)
                    and (isinstance(inst.value, Binary) or _is_counted(inst.value))
                    and any(
                        s.kind == CONFLICT
                        for s in self.segments(
                            self.place(inst.pointer), self.layout.store_size(inst.value.type)
                        )
                    )
                    and self._is_made_of_integers(inst.value, {}, given)
                ):
                    self.integral.add(inst)

    def _given_integers(self, root: Function) -> frozenset[Value]:
        """The integers among the parameters, but for structs in registers that hold more."""
        return frozenset(
            arg
            for arg in root.args
            if isinstance(arg.type, ty.IntType)
            and all(
                {*cell.strong, *cell.hints} <= {INTEGER}
                for cell in (self.contents(arg).find().cells.values() if carries(arg.type) else ())
            )
        )

    def _is_made_of_integers(
        self, value: Value, seen: dict[Value, None], given: frozenset[Value]
    ) -> bool:
        """Is an integer calculated from nothing but what `_is_own` names, and loads of memory in
        which nothing but integers lie?"""
        if value in seen or _is_own(value, {}, given):
            return True
        seen[value] = None
        match value:
            case Load():
                size = self.layout.store_size(value.type)
                found = self.segments(self.place(value.pointer), size)
                return all(s.kind == INTEGER for s in found)
            case Binary() | Cast():
                operands = value.operands
            case Freeze() | Phi() | Select():
                operands = handed_on(value)
            case _:
                return False
        return all(self._is_made_of_integers(one, seen, given) for one in operands)

    def _holds_both(self, place: Pointer) -> bool:
        """Do pointers lie there as well as floats? Then objects are told apart no more."""
        node, offset = place.resolve()
        cell = node.cells.get(offset)
        kinds = () if cell is None else cell.strong
        return POINTER in kinds and any(kind in ty.FLOATS for kind in kinds)

    def _holds_several(self, place: Pointer) -> bool:
        """Do floats of several types lie there?"""
        node, offset = place.resolve()
        cell = node.cells.get(offset)
        kinds = () if cell is None else cell.strong
        return sum(kind in ty.FLOATS for kind in kinds) > 1

    def _is_no_bits(self, inst: Instruction, given: frozenset[Value]) -> bool:
        """Is an integer loaded, of which no bits are put together anew to be stored, or one stored
        that is calculated? Then nobody moves a float by its bits, or works on them."""
        if isinstance(inst, Store):
            return _is_own(inst.value, {}, given)
        return not _is_put_together(inst)

    def holds_only_numbers(self, pointer: Value) -> bool:
        """Do floats of several types lie there, and no pointers?"""
        places = self._closure(self.place(pointer))
        return any(map(self._holds_several, places)) and not any(map(self._holds_both, places))

    def _holds_integers(self, place: Pointer, size: int) -> bool:
        """Is one of the objects there declared as an integer of that size, and another as a larger
        float?"""
        node, offset = place.resolve()
        cell = node.cells.get(offset)
        if cell is None or cell.hints.get(INTEGER) != size:
            return False
        floats = [k for k in (*cell.strong, *cell.hints) if k in ty.FLOATS]
        several = len(node.local) + len(node.arguments) + len(node.globals) > 1
        return several and all(self.layout.size(ty.FLOATS[k]) > size for k in floats)

    def _counters(self) -> set[tuple[Node, int]]:
        """The arrays of integers, and their sizes, that lie in a block behind larger floats
        (`int *index = (int *)(numbers + n)`): the program calculates some of these integers, and
        moves what it does not within the array."""
        given = self._given_integers(next(iter(self.functions.values())))
        calculated: set[tuple[Node, int]] = set()
        others: set[tuple[Node, int]] = set()
        for inst, place, value in self._typed:
            size = self.layout.store_size(value.type)
            if not isinstance(inst, Store) or isinstance(value, Constant):
                continue
            for p in self._closure(place):
                node = p.node.find()
                if not self._holds_larger_floats(node, size):
                    continue
                if _is_own(value, {}, given):
                    calculated.add((node, size))
                elif not self._comes_from(value, {}, given, node):
                    others.add((node, size))
        return calculated - others

    def _holds_larger_floats(self, node: Node, size: int) -> bool:
        if size not in (node.stride, *node.arrays.values()):
            return False
        kinds = (k for cell in node.cells.values() for k in (*cell.strong, *cell.hints))
        floats = [ty.FLOATS[k] for k in kinds if k in ty.FLOATS]
        return bool(floats) and all(self.layout.size(kind) > size for kind in floats)

    def _end_of(self, value: Value) -> int | None:
        size = bytes_made(value, self.layout, self.known)
        return None if size is None else self.place(value).unfolded()[1] + size

    def _comes_from(
        self, value: Value, seen: dict[Value, None], given: frozenset[Value], node: Node
    ) -> bool:
        """Is an integer moved from an object, or else calculated?"""
        if value in seen or _is_own(value, {}, given):
            return True
        seen[value] = None
        match value:
            case Load():
                return all(p.node.find() is node for p in self._objects(self.place(value.pointer)))
            case Freeze() | Phi() | Select():
                moved = handed_on(value)
            case _:
                return False
        return all(self._comes_from(one, seen, given, node) for one in moved)

    @property
    def exceptions(self) -> list[Node]:
        """The nodes of what is thrown or caught, and those of its shadows."""
        places = [
            *self._exceptions.values(),
            *map(self.place, self._caught),
            *self.exception_shadows.values(),
        ]
        return list(dict.fromkeys(place.node.find() for place in places))

    def _take_steps(self) -> None:
        super()._take_steps()
        while self._take_distances():
            pass

    def _take_distances(self) -> bool:
        """Steps by what lies between two addresses in an object; True if they changed something."""
        changed = False
        for place, sum in self._distances:
            stride = self._stride_of(sum)
            for one in self._closure(place) if stride else ():
                node = one.node.find()
                before = (node.stride, dict(node.arrays))
                self._step_by(one, stride)
                changed |= before != (node.stride, node.arrays)
        return changed

    def _take_differences(self) -> bool:
        """Two pointers that are subtracted lead into one object, and who knows how far they are
        apart if they seem to lead to the same place: by whole elements. True if they changed
        something."""
        changed = False
        for inst in self._differences:
            first, second = (
                {one.resolve(): one for one in self._closure(self.link(Pointer(self.contents(a))))}
                for a in inst.operands
            )
            common = [at for at in first if at in second]
            for node, offset in common:
                if node.stride or node.fold(offset) != offset:
                    continue
                step = self._element(node, common, inst)
                if step:
                    before = (node.stride, dict(node.arrays))
                    self._step_by(first[node, offset], step)
                    changed |= before != (node.stride, node.arrays)
                elif not node.is_measured:
                    node.is_measured = changed = True
        return changed

    def _element(self, node: Node, places: Iterable[tuple[Node, int]], difference: Binary) -> int:
        """Of which size the elements are that two pointers into an object count; 0 if they cannot
        be of one kind.

        places: where they may both lead to: the object, and views of it, of which less is known
        """
        size = exact_divisor(difference)
        kinds = {at: kind_of(cell) for at, cell in node.cells.items()}
        known = {at: kind for at, kind in kinds.items() if kind[0] is not None}
        whole = gcd(*(number for at, (_, length) in known.items() for number in (at, length)))
        for other, start in places if size else ():
            for at, cell in other.cells.items():
                there, length = kind_of(cell)
                whole = gcd(whole, at - start, length) if there is not None else whole
        if not size or whole % size == 0:  # LLVM divides `bytes / 8 * 2` by 4
            size = whole or size
        folded: dict[int, object] = {}
        for at, kind in known.items():
            if folded.setdefault(at % size, kind) != kind:
                return 0
        return size

    def _stride_of(self, sum: Sum) -> int:
        """The greatest common divisor of all values of a sum of distances, as far as is known now
        of the objects that they are measured in (0: it is always zero)."""
        stride = gcd(sum.constant, sum.stride)
        for addresses in (sum.addresses, *sum.distances):
            stride = gcd(stride, self._between(addresses))
        return stride if stride % sum.aligned == 0 else gcd(stride, sum.aligned)

    def _between(self, addresses: Addresses) -> int:
        """The same for one sum of addresses in one object."""
        offsets: list[dict[Node, list[int]]] = []
        for pointer, _ in addresses:
            found: dict[Node, list[int]] = {}
            for place in self._closure(self.place(pointer)):
                node, offset = place.resolve()
                found.setdefault(node, []).append(offset)
            offsets.append(found)
        common = [n for n in offsets[0] if all(n in found for found in offsets)] if offsets else []
        if addresses and not common:
            return 1
        stride = 0
        for node in common:
            here = [found[node] for found in offsets]
            total = 0
            for (_, count), (first, *others) in zip(addresses, here, strict=True):
                total += count * first
                stride = gcd(stride, *(count * (other - first) for other in others))
            for (start, length), inner in node.arrays.items():
                if any(start <= o < start + length for found in here for o in found):
                    stride = gcd(stride, inner)
            stride = gcd(stride, node.stride, total)
        return stride

    def _is_aligned(self, node: Node) -> bool:
        if node.arguments or node.unknown or node.globals or not node.local:
            return False
        return all(map(_starts_aligned, node.local))

    def _take_settled(self) -> None:
        """Bytes that are floats because all else in their object is: what is copied from or to them
        shall know it, too."""
        for to, source, size in self._copies:
            if size is None or size > LARGEST_VALUE:
                continue
            for place in (*self._closure(to), *self._closure(source)):
                for segment in self._segments(place, size):
                    if not isinstance(segment.kind, FloatType):
                        continue
                    step = self.layout.size(segment.kind)
                    for at in range(segment.offset, segment.offset + segment.size, step):
                        self._mark(place.moved(at), segment.kind.text, step, strong=False)

    def _take_inexact(self) -> None:
        """Pointers made from calculated integers may point anywhere in their objects; those made
        aligned to any address of that alignment."""
        for place in self._masked:
            for one in self._closure(place):
                node = one.node.find()
                self._fold(node, 8 if self._is_aligned(node) else 1)
        for function in self.functions.values():
            for inst in function.instructions():
                match inst:
                    case Cast(opcode="inttoptr") if inst not in self.aligned:
                        cell = self._cell(Pointer(self.contents(inst.operands[0])))
                        places = self._closure(self.place(inst))
                        if not any(p.node.find().is_known for p in places):
                            self._node(inst).unknown = True  # who knows where the number is from
                    case Load() if isinstance(inst.type, ty.PointerType):
                        cell = self._cell(self.place(inst.pointer))
                    case _:
                        continue
                if cell.inexact:
                    self._fold(self._node(inst), 1)


def _is_calculated(value: Value, seen: dict[Value, None]) -> bool:
    """Is an integer more than bits that are moved, or set?"""
    if value in seen or isinstance(value, Constant):
        return False
    seen[value] = None
    match value:
        case Load():
            return False
        case Freeze() | Phi() | Select():
            operands = handed_on(value)
        case Cast(opcode="fptosi" | "fptoui"):
            return True
        case Cast():
            operands = value.operands
        case Binary() if value.opcode in ("and", "or", "xor", "shl", "lshr"):
            operands = value.operands
        case _:
            return True
    return any(_is_calculated(operand, seen) for operand in operands)


def _is_counted(value: Value) -> bool:
    """Is it a counter, or another integer calculated and then chosen or widened, but no bits of a
    constant float?"""
    return (
        isinstance(value, Cast | Freeze | Phi | Select)
        and _is_calculated(value, {})
        and not _hands_on_bits(value, set())
    )


def _hands_on_bits(value: Value, seen: set[Value]) -> bool:
    """May a constant that is moved, not calculated with, be the bits of a float? Small ones are no
    normal number of any type."""
    if isinstance(value, ConstantInt):
        return abs(value.value) >= SMALLEST_NORMAL
    if value in seen or not isinstance(value, Cast | Freeze | Phi | Select):
        return False
    seen.add(value)
    moved = value.operands if isinstance(value, Cast) else handed_on(value)
    return any(_hands_on_bits(operand, seen) for operand in moved)


def _is_put_together(load: Instruction) -> bool:
    """Is an integer, or what is calculated of it, stored or taken for a float? (One that is only
    moved is copied, see `ad/copies/wordcopies.py`.)"""
    work, seen = [load], {load}
    while work:
        value = work.pop()
        for user in value.users:
            match user:
                case Store() if user.value is value:
                    return True
                case Cast(opcode="bitcast") | CallBase():
                    return True
                case (
                    Binary() | Cast(opcode="trunc" | "zext" | "sext") | Phi() | Select() | Freeze()
                ):
                    if user not in seen:
                        seen.add(user)
                        work.append(user)
    return False


def _is_own(value: Value, seen: dict[Value, None], given: frozenset[Value]) -> bool:
    """Is an integer calculated from nothing but constants, integers that are given from outside,
    and counters? Then no bits of memory, or of floats, are in it."""
    if value in seen or isinstance(value, ConstantInt) or value in given:
        return True
    seen[value] = None
    match value:
        case Cast(opcode="fptosi" | "fptoui"):
            return True
        case Binary() | Cast() | Freeze() | Phi() | Select() | Compare():
            return all(_is_own(operand, seen, given) for operand in value.operands)
    return False


def _starts_aligned(source: Value) -> bool:
    """Does memory that is allocated here start at a multiple of 8?"""
    if not isinstance(source, Alloca):
        return True  # as all allocators do
    found = re.search(r", align (\d+)", source.tail)
    return found is not None and int(found[1]) % 8 == 0
