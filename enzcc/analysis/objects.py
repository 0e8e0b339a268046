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
from collections.abc import Iterable, Mapping
from functools import cached_property
from math import gcd

from enzcc.analysis.congruence import Congruence, congruence, constants, counted_from
from enzcc.analysis.cxxabi import ALLOCATE_EXCEPTION, EXCEPTIONS, VTABLE, cast_offset, is_cast
from enzcc.analysis.distances import Addresses, Sum, distance
from enzcc.analysis.graph import Graph
from enzcc.analysis.nodes import (
    CONFLICT,
    ENDLESS,
    INTEGER,
    POINTER,
    Node,
    Pointer,
    Segment,
    agreed,
    is_no_address,
    kind_of,
    only_float,
    settle,
)
from enzcc.analysis.tbaa import (
    access_kind,
    access_name,
    array_members,
    base_name,
    pointee,
)
from enzcc.ir import types as ty
from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    Alloca,
    AtomicRMW,
    Binary,
    CallBase,
    Cast,
    CompareExchange,
    ExtractElement,
    ExtractValue,
    Freeze,
    GetElementPtr,
    InsertElement,
    InsertValue,
    Instruction,
    Load,
    Phi,
    Return,
    Select,
    ShuffleVector,
    Store,
)
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType, Type
from enzcc.ir.values import (
    Argument,
    Constant,
    ConstantAggregate,
    ConstantExpression,
    ConstantInt,
    ConstantWord,
    Global,
    Value,
)
from enzcc.rules.known import TABLES, Known
from enzcc.rules.linked import Linker, is_of_the_library, linker

LARGEST_VALUE = 64
"""Bytes of the largest value in a register whose parts are looked at one by one."""

MOST_TOLD = 4096
"""Elements that a hint of the program tells one by one; of more, they are an array."""

HINT = "__enzcc_hint_"
"""How the names of hints begin (`enzcc.markers.small`); the kind follows."""

MEMORY_COPIES = ("llvm.memcpy.", "llvm.memmove.")
_SAME_POINTER = (
    "llvm.launder.", "llvm.strip.", "llvm.ssa.copy", "llvm.threadlocal.address",
)  # fmt: skip
POINTS_INTO = ("llvm.ptrmask.", "memchr", "strchr", "strrchr", "strstr", "strpbrk", "rawmemchr")
"""Functions whose result points somewhere into the object of their first argument."""

LIBRARY_COPIES = {"memcpy": 2, "memmove": 2, "mempcpy": 2, "__memcpy_chk": 2, "__memmove_chk": 2}


class Objects(Graph):
    """The nodes of a set of functions that call each other (the first is the root)."""

    def __init__(
        self,
        module: Module,
        functions: Iterable[Function],
        declared: Mapping[Argument, str] | None = None,
        known: Known = TABLES,
    ) -> None:
        """declared: the type names (as in TBAA) of parameters that are pointers, where known."""
        super().__init__()
        self.module, self.known = module, known
        self.layout = module.layout
        self.functions = {f.name: f for f in functions}
        self._places: dict[Value, Pointer] = {}
        self._masked: list[Pointer] = []
        self._contents: dict[Value, Node] = {}
        self._global_nodes: dict[str, Node] = {}
        self._behind: dict[Value, tuple[Pointer, ...]] | None = None
        self._returns: dict[str, list[Value]] = {}
        self._memo: dict[Value, Congruence] = {}
        self._sums: dict[Value, Sum | None] = {}
        self._distances: list[tuple[Pointer, Sum]] = []
        self._outside: set[Node] | None = None
        self._exceptions: Node | None = None
        self._typed: list[tuple[Load | Store, Pointer, Value]] = []
        self.integral: set[Instruction] = set()
        self.of_the_library: set[Instruction] = set()
        for function in self.functions.values():
            self._returns[function.name] = [
                i.operands[0]
                for i in function.instructions()
                if isinstance(i, Return) and i.operands
            ]
        root = next(iter(self.functions.values()))
        for arg in root.args:
            if ty.is_pointer(arg.type):
                self.place(arg).node.find().arguments[arg] = None
        for arg, name in (declared or {}).items():
            if ty.is_pointer(arg.type):
                self._hint_pointee(self.place(arg), name)
        for function in self.functions.values():
            for inst in function.instructions():
                self._visit(inst)
        self._steps_open = False
        self._take_steps()
        self._solve()
        self._take_typed()
        self._take_inexact()
        self._take_steps()
        self._solve()
        self._take_settled()
        self._solve()
        while self._take_distances():
            self._solve()
        for node in self.nodes():
            node.seen = tuple(p.node.find() for p in self._closure(Pointer(node)))[1:]
        self._behind = {}

    # ------------------------------------------------------------------ questions

    @cached_property
    def looks_at_errno(self) -> bool:
        """Does any of the functions use `errno`?"""
        return any(
            isinstance(inst, CallBase)
            and isinstance(inst.callee, Global)
            and inst.callee.name in ("__errno_location", "__error", "_errno", "__errno")
            for function in self.functions.values()
            for inst in function.instructions()
        )

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

    def contents(self, value: Value) -> Node:
        """The node that stands for the bytes of an integer, vector or aggregate value."""
        if isinstance(value, (ConstantInt, ConstantWord)):
            return self._new()  # two equal numbers have nothing in common
        found = self._contents.get(value)
        if found is None:
            found = self._contents[value] = self._new()
            if isinstance(value, Constant):
                self._fill(Pointer(found), value)
        return found.find()

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

    def floats_in(self, value: Value) -> list[Segment]:
        """The floating parts of an integer or aggregate SSA value, by offset."""
        size = self.layout.store_size(value.type)
        parts = self.segments(Pointer(self.contents(value)), size)
        return [s for s in parts if isinstance(s.kind, FloatType)]

    def union_float(self, place: Pointer) -> tuple[FloatType, list[Node]] | None:
        """For a place with evidence of one float and of pointers (a union): the float, and what the
        pointers may point to."""
        found = [f for p in self.places(place) if (f := self._union_float(p)) is not None]
        if len({kind for kind, _ in found}) != 1 or not self.is_union(place):
            return None
        return found[0][0], [node for _, node in found]

    def is_union(self, place: Pointer) -> bool | None:
        """Is it such a union? None if it is one only in some of the objects it may be in."""
        found = {self._union_float(p) is not None for p in self.places(place)}
        return found.pop() if len(found) == 1 else None

    def _union_float(self, place: Pointer) -> tuple[FloatType, Node] | None:
        node, offset = place.resolve()
        cell = node.cells.get(offset)
        if cell is None or cell.link is None:
            return None
        floats = [k for k in cell.strong if k in ty.FLOATS]
        if len(floats) != 1 or POINTER not in cell.strong:
            return None
        return ty.FLOATS[floats[0]], cell.link.node.find()

    def place(self, pointer: Value) -> Pointer:
        """Where a pointer points."""
        if isinstance(pointer, ConstantWord):
            return Pointer(self._new())  # each null for itself: they have nothing in common
        found = self._places.get(pointer)
        if found is None:
            found = self._places[pointer] = self._constant_place(pointer)
        return found

    def nodes(self) -> list[Node]:
        """All nodes of memory, in the order they came up."""
        found: dict[Node, None] = {}
        for place in list(self._places.values()):
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
        if node.local or node.globals or node.arguments or node.unknown or not node.seen:
            return True
        return self.is_outside(node)

    def outside_nodes(self) -> list[Node]:
        """Nodes that stand for globals or for memory that nothing is known of."""
        return [n for n in self.nodes() if n.globals or n.unknown]

    def is_outside(self, node: Node) -> bool:
        """May the memory be seen from outside (arguments, globals, unknown memory)?"""
        if self._outside is None:
            found: set[Node] = set()
            work = [n for n in self.nodes() if n.arguments or n.unknown or self._is_variable(n)]
            for arg in next(iter(self.functions.values())).args:
                if _carries(arg.type):
                    work.extend(self.contents(arg).links())
            while work:
                one = work.pop().find()
                if one not in found:
                    found.add(one)
                    work.extend(one.links())
            self._outside = found
        return node.find() in self._outside

    def _is_variable(self, node: Node) -> bool:
        """Does it stand for a global variable, and not only for functions?"""
        return any(self.module.symbol(name).kind == "variable" for name in node.globals)

    def may_be_outside(self, pointer: Value) -> bool:
        """May any memory that a pointer points to be seen from outside?"""
        return any(map(self.is_outside, self.nodes_behind(pointer)))

    def returns(self, name: str) -> list[Value]:
        """The values that a function returns."""
        return self._returns[name]

    # ------------------------------------------------------------------ building

    def _node(self, pointer: Value) -> Node:
        return self.place(pointer).node.find()

    def _constant_place(self, pointer: Value) -> Pointer:
        match pointer:
            case Global():
                return Pointer(self._global_node(pointer))
            case ConstantExpression(opcode="getelementptr") if pointer.source is not None:
                base = self.place(pointer.operands[0])
                return self._step(base, pointer.source, list(pointer.operands[1:]))
            case ConstantExpression(opcode="addrspacecast" | "bitcast"):
                return self.place(pointer.operands[0])
            case ConstantWord():
                return Pointer(self._new())
            case ConstantExpression(opcode="inttoptr", operands=(ConstantInt() as address,)) if (
                is_no_address(address.value)
            ):
                return Pointer(self._new())
            case Constant():
                node = self._new()
                node.unknown = True
                return Pointer(node)
        return Pointer(self._new())

    def _global_node(self, symbol: Global) -> Node:
        found = self._global_nodes.get(symbol.name)
        if found is None:
            found = self._global_nodes[symbol.name] = self._new()
            found.globals[symbol.name] = None
            if symbol.kind == "variable" and symbol.value_type is not None:
                self._hint(Pointer(found), symbol.value_type)
                initial = self.module.initializer(symbol.name)
                if initial is not None:
                    self._fill(Pointer(found), initial)
        return found

    def _fill(self, place: Pointer, constant: Constant) -> None:
        """A constant lies at a place: its pointers become links."""
        if isinstance(constant.type, ty.PointerType):
            self._mark(place, POINTER, self.layout.size(constant.type), strong=True)
            self._unify(self.link(place), self.place(constant))
        elif isinstance(constant.type, FloatType):
            self._mark(place, constant.type.text, self.layout.size(constant.type), strong=True)
        elif isinstance(constant, ConstantAggregate):
            for offset, element in zip(
                self._offsets(constant.type), constant.elements, strict=True
            ):
                self._fill(place.moved(offset), element)

    def _offsets(self, type: Type) -> list[int]:
        match type:
            case ty.StructType():
                return self.layout.offsets(type)[:-1]
            case ty.ArrayType():
                return [i * self.layout.size(type.element) for i in range(type.count)]
            case ty.VectorType():
                return [i * self.layout.store_size(type.element) for i in range(type.count)]
        return []

    def _member(self, place: Pointer, count: int, size: int) -> None:
        """An array within a struct: stepping through it leaves the rest of the object alone."""
        node, offset = place.resolve()
        if not count:  # a flexible array member: all that follows
            node.members[offset, ENDLESS] = None
        elif count > 1:
            node.members[offset, count * size] = None

    def _hint_pointee(self, place: Pointer, name: str | None) -> None:
        """Floats and pointers that the declared type of a pointer to a place tells."""
        found = pointee(name)
        if found is None:
            return
        levels, kind = found
        for _ in range(levels):
            self._mark(place, POINTER, self.layout.size(ty.PTR), strong=False)
            place = self.link(place)
        if kind is not None:
            self._mark(place, kind, self.layout.size(ty.FLOATS[kind]), strong=False)

    def _hint(self, place: Pointer, type: Type, *, member: bool = False) -> None:
        """The declared type of memory, as weak evidence. Bytes (i8) say nothing."""
        match type:
            case FloatType():
                self._mark(place, type.text, self.layout.size(type), strong=False)
            case ty.PointerType():
                self._mark(place, POINTER, self.layout.size(type), strong=False)
            case ty.IntType() if type.bits > 8:
                self._mark(place, INTEGER, self.layout.size(type), strong=False)
            case ty.StructType() if type.fields is not None:
                offsets = self.layout.offsets(type)
                end = self.layout.size(type)
                for i, f in enumerate(type.fields):
                    self._hint(place.moved(offsets[i]), f, member=True)
                    stop = offsets[i] + self.layout.size(f)
                    following = offsets[i + 1] if i + 1 < len(type.fields) else end
                    if stop < following:
                        self._mark(place.moved(stop), INTEGER, following - stop, strong=False)
            case ty.ArrayType() | ty.VectorType():
                if isinstance(type, ty.ArrayType) and member:
                    self._member(place, type.count, self.layout.size(type.element))
                if type.element is ty.I8:
                    return
                offsets = self._offsets(type)
                if len(offsets) > 64:
                    self._steps.append((place, self.layout.size(type.element)))
                    offsets = offsets[:1]
                for offset in offsets:
                    self._hint(place.moved(offset), type.element)

    def _mark_type(self, place: Pointer, type: Type) -> None:
        """Floats and pointers of a type accessed at a place are strong evidence."""
        match type:
            case FloatType():
                self._mark(place, type.text, self.layout.size(type), strong=True)
            case ty.PointerType():
                self._mark(place, POINTER, self.layout.size(type), strong=True)
            case ty.StructType() | ty.ArrayType() | ty.VectorType():
                element = getattr(type, "element", None)
                for i, offset in enumerate(self._offsets(type)):
                    inner = element or (type.fields or ())[i]  # type: ignore[union-attr]
                    self._mark_type(place.moved(offset), inner)

    def _step(self, base: Pointer, source: Type, indices: list[Value]) -> Pointer:
        """The place that a getelementptr makes."""
        chosen = constants(indices[0]) if len(indices) == 1 else ()
        if len(chosen) > 1:  # one member or another
            view = Pointer(self._new())
            size = self.layout.size(source)
            self._views.extend((view, base.moved(size * offset)) for offset in chosen)
            return view
        offset, strides = self.offset_of(source, indices)
        if strides and source is ty.I8 and len(indices) == 1:
            sum = distance(indices[0], self._sums)
            if sum is not None and (sum.addresses or sum.distances):  # from iterator to iterator
                self._distances.append((base, sum))
                return base
        for stride in strides:
            self._steps.append((base.moved(offset), stride))
        if isinstance(source, ty.StructType):
            self._hint(base, source)
        return base.moved(offset)

    def offset_of(self, source: Type, indices: list[Value]) -> tuple[int, list[int]]:
        """Constant byte offset of an address computation, and the strides of its variable parts."""
        offset = 0
        strides: list[int] = []
        current: Type = source
        for position, index in enumerate(indices):
            if position and isinstance(current, ty.StructType):
                assert isinstance(index, ConstantInt)
                assert current.fields is not None
                offset += self.layout.offsets(current)[index.value]
                current = current.fields[index.value]
                continue
            if position:
                current = current.element  # type: ignore[attr-defined]
            size = self.layout.size(current)
            constant, stride = congruence(index, self._memo)
            first = counted_from(index) if stride else None
            if first is not None and (first - constant) % stride == 0:
                constant = first  # what lies in front is not meant
            offset += constant * size
            if stride:
                strides.append(stride * size)
        return offset, strides

    def _same(self, a: Value, b: Value) -> None:
        """Two SSA values may be the same: pointers share their place, other data their contents."""
        if isinstance(b, (ConstantInt, ConstantWord)):
            return  # null and numbers point nowhere, and hold no data that flows
        if isinstance(a.type, ty.PointerType):
            self._views.append((self.place(a), self.place(b)))
        elif _carries(a.type):
            self._copy(Pointer(self.contents(a)), Pointer(self.contents(b)), a.type)

    def _copy(self, to: Pointer, source: Pointer, type: Type) -> None:
        self._copies.append((to, source, self.layout.store_size(type)))

    def _visit(self, inst: Instruction) -> None:
        match inst:
            case Alloca():
                node = self._node(inst)
                node.local[inst] = None
                self._hint(Pointer(node), inst.allocated)
                if inst.operands and not isinstance(inst.operands[0], ConstantInt):
                    self._fold(node, max(1, self.layout.size(inst.allocated)))
            case GetElementPtr() if isinstance(inst.type, ty.PointerType):
                self._places[inst] = self._aliased(
                    inst, self._step(self.place(inst.base), inst.source, inst.indices)
                )
            case Load():
                self._access(inst, inst.pointer, inst)
            case Store():
                self._access(inst, inst.pointer, inst.value)
            case AtomicRMW():
                self._access(inst, inst.operands[0], inst.operands[1])
                self._access(inst, inst.operands[0], inst)
            case CompareExchange():
                self._access(inst, inst.operands[0], inst.operands[1])
                self._access(inst, inst.operands[0], inst.operands[2])
                self._part(inst, (0,), inst.operands[1])
                self._part(inst, (0,), inst.operands[2])
            case Phi():
                for operand in inst.operands:
                    self._same(inst, operand)
            case Select():
                self._same(inst, inst.operands[1])
                self._same(inst, inst.operands[2])
            case Freeze():
                self._same(inst, inst.operands[0])
            case Cast():
                self._cast(inst)
            case Binary() if ty.is_int(inst.type):
                self._binary(inst)
            case ExtractValue():
                self._part(inst.operands[0], inst.path, inst)
            case InsertValue():
                self._same(inst, inst.operands[0])
                self._part(inst, inst.path, inst.operands[1])
            case ExtractElement():
                self._lane(inst.operands[0], inst.operands[1], inst)
            case InsertElement():
                self._same(inst, inst.operands[0])
                self._lane(inst, inst.operands[2], inst.operands[1])
            case ShuffleVector():
                for operand in inst.operands[:2]:
                    if _carries(inst.type):
                        element = self.layout.store_size(ty.scalar(inst.type))
                        self._fold(self.contents(inst), element)
                        self._fold(self.contents(operand), element)
                        self._copy(
                            Pointer(self.contents(inst)), Pointer(self.contents(operand)), inst.type
                        )
            case CallBase():
                self._call(inst)
            case GetElementPtr():  # vector of pointers
                self._links_agree(inst, inst.operands[0])

    def _aliased(self, inst: Instruction, place: Pointer) -> Pointer:
        """A place for an instruction that may have been asked for before it was visited."""
        earlier = self._places.get(inst)
        if earlier is not None:
            self._unify(earlier, place)
        return place

    def _links_agree(self, a: Value, b: Value) -> None:
        left = self._vector_link(a)
        right = self.place(b) if isinstance(b.type, ty.PointerType) else self._vector_link(b)
        self._unify(left, right)
        self._fold(left.node, 1)

    def _vector_link(self, value: Value) -> Pointer:
        node = self.contents(value)
        self._fold(node, 8)
        return self.link(Pointer(node))

    def _access(self, inst: Instruction, pointer: Value, value: Value) -> None:
        if not isinstance(pointer.type, ty.PointerType):
            return
        place = self.place(pointer)
        if isinstance(value.type, FloatType) and is_of_the_library(base_name(self.module, inst)):
            self.of_the_library.add(inst)
            return
        self._mark_type(place, value.type)
        if isinstance(value.type, ty.PointerType) and access_name(self.module, inst) == VTABLE:
            return  # leads to constants: where, is nobody's business
        for start, length in array_members(self.module, inst):
            node, offset = place.resolve()
            node.members[offset + start, length] = None
        tagged = access_kind(self.module, inst)
        if tagged is not None and not isinstance(value.type, FloatType):
            size = self.layout.store_size(value.type)
            known = ty.FLOATS.get(tagged)
            if known is not None:
                step = self.layout.size(known)
                for at in range(0, max(size, 1), step):
                    self._mark(place.moved(at), tagged, step, strong=True)
            elif not isinstance(value.type, ty.PointerType) and tagged in (INTEGER, POINTER):
                self._mark(place, tagged, size, strong=True)
        if isinstance(value.type, ty.PointerType):
            self._unify(self.link(place), self.place(value))
            self._hint_pointee(self.link(place), access_name(self.module, inst))
        elif (
            tagged == INTEGER
            and isinstance(value.type, ty.IntType)
            and isinstance(inst, Load | Store)
        ):
            self._typed.append((inst, place, value))
        elif tagged == POINTER and self._is_word(value.type):
            whole = Pointer(self.contents(value))
            self._mark(whole, POINTER, self.layout.size(ty.PTR), strong=True)
            self._unify(self.link(place), self.link(whole))
        elif _carries(value.type):
            self._copy(place, Pointer(self.contents(value)), value.type)

    def _is_word(self, type: Type) -> bool:
        """An integer that a pointer fits in exactly?"""
        return isinstance(type, ty.IntType) and type.bits == self.layout.bits(ty.PTR)

    def _take_typed(self) -> None:
        """Accesses as integers, by their C type. An object whose pointers lead to objects that are
        told apart no more (the head of a list and its nodes) may hold both in the same place: what
        is read as an integer is one. Elsewhere the program may look at the bits of a float."""
        for inst, place, value in self._typed:
            if any(
                p.node.find() in p.node.find().links() or self._holds_both(p)
                for p in self._closure(place)
            ):
                self.integral.add(inst)
                if _carries(value.type):
                    self._integral(value)
            elif _carries(value.type):
                self._copy(place, Pointer(self.contents(value)), value.type)

    def _cast(self, inst: Cast) -> None:
        (source,) = inst.operands
        match inst.opcode:
            case "inttoptr":
                self._unify(self.link(Pointer(self.contents(source))), self.place(inst))
            case "ptrtoint" | "ptrtoaddr":
                place = Pointer(self.contents(inst))
                if isinstance(source.type, ty.PointerType):
                    self._mark(place, POINTER, 8, strong=True)
                    self._unify(self.link(place), self.place(source))
            case "addrspacecast" if isinstance(source.type, ty.PointerType):
                self._unify(self.place(inst), self.place(source))
            case "bitcast" | "trunc" | "zext":
                narrow = inst.type if inst.opcode != "zext" else source.type
                to = self._bytes_of(inst)
                origin = self._bytes_of(source)
                if to is not None and origin is not None:
                    self._copy(to, origin, narrow)
            case "sitofp" | "uitofp" if _carries(source.type):
                self._integral(source)
            case "fptosi" | "fptoui" | "sext" if _carries(inst.type):
                self._integral(inst)

    def _bytes_of(self, value: Value) -> Pointer | None:
        """The contents of a value as bytes; floats and vectors of floats included."""
        if isinstance(value.type, ty.PointerType):
            return None
        place = Pointer(self.contents(value))
        if ty.is_float(value.type):
            self._mark_type(place, value.type)
        return place

    def _integral(self, value: Value) -> None:
        if isinstance(value, Constant):
            return
        place = Pointer(self.contents(value))
        size = self.layout.store_size(ty.scalar(value.type))
        for offset in self._offsets(value.type) or [0]:
            self._mark(place.moved(offset), INTEGER, size, strong=True)

    def _binary(self, inst: Binary) -> None:
        if not _carries(inst.type):
            return
        a, b = inst.operands
        whole = Pointer(self.contents(inst))
        match inst.opcode:
            case "and" | "or" | "xor":
                for operand in (a, b):
                    if not isinstance(operand, Constant):
                        self._copy(whole, Pointer(self.contents(operand)), inst.type)
            case "shl" | "lshr" if isinstance(b, ConstantInt) and b.value % 8 == 0:
                step = b.value // 8
                size = self.layout.store_size(inst.type) - step
                shifted, source = (
                    (whole.moved(step), Pointer(self.contents(a)))
                    if inst.opcode == "shl"
                    else (whole, Pointer(self.contents(a), step))
                )
                if size > 0:
                    self._copies.append((shifted, source, size))
            case "add" | "sub":
                for operand in (a, b):
                    if isinstance(operand, Constant):
                        continue
                    node = self.contents(operand)
                    if any(c.link is not None for c in node.cells.values()):
                        self._unify(self.link(Pointer(node)), self.link(whole))
                        self._mark(whole, POINTER, 8, strong=True)
                        self._cell(whole).inexact = True
                    else:
                        self._integral(operand)
                        self._integral(inst)
            case "mul" | "udiv" | "sdiv" | "urem" | "srem":
                self._integral(a)
                self._integral(b)
                self._integral(inst)

    def _part(self, whole: Value, path: tuple[int, ...], part: Value) -> None:
        offset = self.path_offset(whole.type, path)
        place = Pointer(self.contents(whole), offset)
        if isinstance(part.type, ty.PointerType):
            self._mark(place, POINTER, 8, strong=True)
            self._unify(self.link(place), self.place(part))
        elif isinstance(part.type, FloatType) or ty.is_float(part.type):
            self._mark_type(place, part.type)
        elif _carries(part.type):
            self._copy(place, Pointer(self.contents(part)), part.type)

    def path_offset(self, type: Type, path: tuple[int, ...]) -> int:
        """Byte offset of an element of an aggregate."""
        offset = 0
        for index in path:
            offset += self._offsets(type)[index]
            type = type.fields[index] if isinstance(type, ty.StructType) else type.element  # type: ignore
        return offset

    def _lane(self, vector: Value, index: Value, part: Value) -> None:
        if ty.is_float(vector.type):
            return
        size = self.layout.store_size(ty.scalar(vector.type))
        node = self.contents(vector)
        if isinstance(index, ConstantInt):
            place = Pointer(node, index.value * size)
        else:
            self._fold(node, size)
            place = Pointer(node)
        if isinstance(part.type, ty.PointerType):
            self._mark(place, POINTER, 8, strong=True)
            self._unify(self.link(place), self.place(part))
        elif _carries(part.type):
            self._copy(place, Pointer(self.contents(part)), part.type)

    def _call(self, call: CallBase) -> None:
        callee = call.callee
        name = callee.name if isinstance(callee, Global) else ""
        arguments = call.arguments
        known = self.functions.get(name)
        if known is not None:
            for formal, actual in zip(known.args, arguments, strict=False):
                self._same(formal, actual)
            for value in self._returns[name]:
                self._same(call, value)
            return
        known_linker = linker(name)
        if known_linker is not None:
            self._link_nodes(call, known_linker)
            return
        if name.startswith(HINT):
            self._told(name.removeprefix(HINT), self.place(arguments[0]), arguments[1])
            return
        if name.startswith(MEMORY_COPIES) or name in LIBRARY_COPIES:
            size = arguments[2]
            known_size = size.value if isinstance(size, ConstantInt) else None
            to, source = self.place(arguments[0]), self.place(arguments[1])
            self._copies.append((to, source, known_size))
            self._struct_tags(call, to)
            if isinstance(call.type, ty.PointerType):
                if name == "mempcpy":
                    self._fold(to.node, 1)
                self._unify(self.place(call), to)
            return
        if isinstance(call.type, ty.PointerType):
            node = self._node(call)
            if name in ("realloc", "reallocarray", "__enzcc_resize"):
                self._unify(self.place(call), self.place(arguments[0]))
                self._node(call).local[call] = None
            elif name in self.known.allocators or name in self.known.custom:
                node.local[call] = None
            elif name in ("memset", "strcpy", "strcat", "strncpy") or name.startswith(POINTS_INTO):
                if name.startswith("llvm.ptrmask."):
                    self._masked.append(self.place(arguments[0]))
                    self._unify(self.place(call), self.place(arguments[0]))
                    return
                self._fold(self.place(arguments[0]).node, 1)
                self._unify(self.place(call), self.place(arguments[0]))
            elif name.startswith(_SAME_POINTER):
                self._unify(self.place(call), self.place(arguments[0]))
            elif name in EXCEPTIONS:
                if self._exceptions is None:
                    self._exceptions = self._new()
                self._unify(self.place(call), Pointer(self._exceptions))
                if name == ALLOCATE_EXCEPTION:
                    self._node(call).local[call] = None
            elif is_cast(call):
                self._cast_object(call)
            else:
                node.unknown = True
        allocator = self.known.allocators.get(name)
        if allocator is not None and allocator.out is not None:
            handed_out = self.link(self.place(arguments[allocator.out]))
            handed_out.node.find().local[call] = None

    def _holds_both(self, place: Pointer) -> bool:
        """Do pointers lie there as well as floats? Then objects are told apart no more."""
        node, offset = place.resolve()
        cell = node.cells.get(offset)
        kinds = () if cell is None else cell.strong
        return POINTER in kinds and any(kind in ty.FLOATS for kind in kinds)

    def _cast_object(self, call: CallBase) -> None:
        given, offset = self.place(call.arguments[0]), cast_offset(call)
        if offset is None:  # anywhere in the object
            self._fold(given.node, 1)
            offset = 0
        self._unify(self.place(call), given.moved(-offset))

    @property
    def exceptions(self) -> list[Node]:
        """The node of whatever is thrown, if anything is."""
        return [] if self._exceptions is None else [self._exceptions.find()]

    def _link_nodes(self, call: CallBase, known: Linker) -> None:
        """Nodes that are linked are told apart no more."""
        first = self.place(call.arguments[known.nodes[0]])
        for position in known.nodes[1:]:
            self._unify(first, self.place(call.arguments[position]))
        if isinstance(call.type, ty.PointerType):
            self._unify(first, self.place(call))
        word = self.layout.size(ty.PTR)
        for index in known.links:
            cell = first.moved(index * word)
            self._mark(cell, POINTER, word, strong=True)
            self._unify(self.link(cell), first)

    def _told(self, kind: str, place: Pointer, size: Value) -> None:
        """What the program says lies at a place: a kind, in so many bytes (negative: all)."""
        step = self.layout.size(ty.PTR)
        if kind.startswith("weak_"):
            kind = kind.removeprefix("weak_")
            self._mark(place, kind, self.layout.size(ty.FLOATS[kind]), strong=False)
            return
        if kind in ty.FLOATS:
            step = self.layout.size(ty.FLOATS[kind])
        elif kind == "integer":
            step, kind = 1, INTEGER
        else:
            kind = POINTER
        assert isinstance(size, ConstantInt)
        if not 0 <= size.value <= MOST_TOLD * step:
            self._steps.append((place, step))
            self._mark(place, kind, step, strong=True)
            return
        if kind == INTEGER:
            step = max(size.value, 1)
        for at in range(0, size.value, step):
            self._mark(place.moved(at), kind, step, strong=True)

    def _struct_tags(self, call: CallBase, place: Pointer) -> None:
        """`!tbaa.struct` of a struct assignment lists its fields."""
        from enzcc.analysis.tbaa import struct_fields

        for offset, size, kind in struct_fields(self.module, call):
            step = self.layout.size(ty.FLOATS[kind]) if kind in ty.FLOATS else size
            for at in range(0, size, max(1, step)):
                self._mark(place.moved(offset + at), kind, step, strong=kind in ty.FLOATS)

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
                    case Cast(opcode="inttoptr"):
                        cell = self._cell(Pointer(self.contents(inst.operands[0])))
                    case Load() if isinstance(inst.type, ty.PointerType):
                        cell = self._cell(self.place(inst.pointer))
                    case _:
                        continue
                if cell.inexact:
                    self._fold(self._node(inst), 1)


def _starts_aligned(source: Value) -> bool:
    """Does memory that is allocated here start at a multiple of 8?"""
    if not isinstance(source, Alloca):
        return True  # as all allocators do
    found = re.search(r", align (\d+)", source.tail)
    return found is not None and int(found[1]) % 8 == 0


def _carries(type: Type) -> bool:
    """May a value of this type carry floats or pointers that are not told by its type alone?"""
    match type:
        case ty.IntType():
            return type.bits >= 16
        case ty.VectorType():
            return not isinstance(type.element, FloatType) and (
                not isinstance(type.element, ty.IntType) or type.element.bits >= 8
            )
        case ty.ArrayType() | ty.StructType():
            return True
    return False
