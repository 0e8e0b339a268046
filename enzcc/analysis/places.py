"""Where pointers point: the nodes of addresses and of constants, and offsets in them.

`enzcc.analysis.evidence` adds what instructions say of what lies there.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Iterable
from math import gcd

from enzcc.analysis.congruence import Congruence, congruence, constants
from enzcc.analysis.counters import Counters
from enzcc.analysis.cxxabi import (
    VTABLE,
    numbers_in_tables,
)
from enzcc.analysis.distances import Sum, distance, moves_on
from enzcc.analysis.narrowing import Narrowing
from enzcc.analysis.nodes import (
    ENDLESS,
    INTEGER,
    POINTER,
    Node,
    Pointer,
    is_no_address,
)
from enzcc.analysis.tbaa import (
    access_name,
    base_name,
    is_member,
    is_of_bytes,
    pointee,
)
from enzcc.analysis.tested import NUMBER, Test, Tested, chosen_among
from enzcc.ir import types as ty
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    CallBase,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Select,
    Store,
    alignment,
)
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType, Type
from enzcc.ir.values import (
    Constant,
    ConstantAggregate,
    ConstantExpression,
    ConstantInt,
    ConstantWord,
    Global,
    Value,
)
from enzcc.rules.cxx import is_state_of_streams
from enzcc.rules.known import Known

LONG_LINE = 1 << 16
"""Longer tables are not read if they hold only numbers: the declared type says enough."""


class Places(Narrowing):
    """The nodes that the addresses in some functions lead to."""

    def __init__(self, module: Module, functions: Iterable[Function], known: Known) -> None:
        super().__init__(module)
        self.known = known
        self.functions = {f.name: f for f in functions}
        self._tested = Tested(self.functions, self.layout)
        self._places: dict[Value, Pointer] = {}
        self._contents: dict[Value, Node] = {}
        self._global_nodes: dict[str, Node] = {}
        self._memo: dict[Value, Congruence] = {}
        self._counting = Counters(self.layout)
        self._sums: dict[Value, Sum | None] = {}
        self._distances: list[tuple[Pointer, Sum]] = []

    @property
    def told_apart(self) -> frozenset[Value]:
        """The values that comparisons somewhere tell of which objects they point to."""
        return self._tested.objects

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

    def place(self, pointer: Value) -> Pointer:
        """Where a pointer points."""
        if isinstance(pointer, ConstantWord):
            return Pointer(self._new())  # each null for itself: they have nothing in common
        found = self._places.get(pointer)
        if found is None:
            found = self._places[pointer] = self._constant_place(pointer)
        return found

    def _place_at(self, pointer: Value, inst: Instruction) -> Pointer:
        """Where a pointer points when an instruction is run: comparisons may have told more."""
        known = self._tested.at(inst.block)
        if known:
            base, offset = self._tested.base(pointer)
            if base in known:
                return self._narrow(self.place(base), known[base]).moved(offset)
        return self.place(pointer)

    def _put(self, place: Pointer, pointer: Value) -> None:
        """A pointer is put at a place; which one is known if it leads to a symbol, or is read where
        that is known."""
        cell = self._cell(place)
        for one in chosen_among(pointer):
            name = self._named(one)
            if isinstance(one, Load) and isinstance(one.type, ty.PointerType):
                self._moved.append((place, self._place_at(one.pointer, one)))
                cell.is_moved = True
            elif name is not None:
                cell.named[name] = None
            elif not isinstance(one, (ConstantWord, Phi, Select)):
                cell.is_named = False

    def _named(self, pointer: Value) -> tuple[str, int] | None:
        """The symbol that a constant pointer leads to, and the offset in it."""
        match pointer:
            case Global():
                return pointer.name, 0
            case ConstantExpression(opcode="getelementptr") if pointer.source is not None:
                base = self._named(pointer.operands[0])
                offset, strides = self.offset_of(pointer.source, list(pointer.operands[1:]))
                return None if base is None or strides else (base[0], base[1] + offset)
            case ConstantExpression(opcode="addrspacecast" | "bitcast"):
                return self._named(pointer.operands[0])
        return None

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
                numbers = len(symbol.line) > LONG_LINE and symbol.line.find("@", 1) < 0
                initial = None if numbers else self.module.initializer(symbol.name)
                if initial is not None:
                    self._fill(Pointer(found), initial)
        return found

    def _fill(self, place: Pointer, constant: Constant) -> None:
        """A constant lies at a place: its pointers become links."""
        if isinstance(constant.type, ty.PointerType):
            self._mark(place, POINTER, self.layout.size(constant.type), strong=True)
            self._put(place, constant)
            self._unify(self.link(place), self.place(constant))
        elif isinstance(constant.type, FloatType):
            self._mark(place, constant.type.text, self.layout.size(constant.type), strong=True)
        elif isinstance(constant, ConstantAggregate):
            for offset, element in zip(self.offsets(constant.type), constant.elements, strict=True):
                self._fill(place.moved(offset), element)
        elif isinstance(constant, ConstantExpression):
            address = constant.operands[0]
            whole = self.layout.size(constant.type) == self.layout.size(ty.PTR)
            if constant.opcode in ("ptrtoint", "ptrtoaddr") and whole:
                self._fill(place, address)  # an address in a word
            else:
                self._cell(place).is_named = False

    def _member(self, place: Pointer, count: int, size: int) -> None:
        """An array within a struct: stepping through it leaves the rest of the object alone."""
        node, offset = place.resolve()
        if not count:  # a flexible array member: all that follows
            node.add_member(offset, ENDLESS)
        elif count > 1:
            node.add_member(offset, count * size)

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
                starts = self.offsets(type)
                if len(starts) > 64:
                    self._steps.append((place, self.layout.size(type.element), 0))
                    starts = starts[:1]
                for offset in starts:
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
                for i, offset in enumerate(self.offsets(type)):
                    inner = element or (type.fields or ())[i]  # type: ignore[union-attr]
                    self._mark_type(place.moved(offset), inner)

    def _chosen_together(self, inst: GetElementPtr) -> Pointer | None:
        """The place that a getelementptr makes whose base and index are chosen by one branch: a
        member here or a member there, but not each member of both."""
        pairs: list[tuple[Value, Value]]
        match inst.operands:
            case [Phi() as base, Phi() as index] if base.block is index.block:
                pairs = [(value, index.value_from(block)) for value, block in base.incoming()]
            case [Select() as base, Select() as index] if base.operands[0] is index.operands[0]:
                pairs = list(zip(base.operands[1:], index.operands[1:], strict=True))
            case _:
                return None
        if not all(isinstance(number, ConstantInt) for _, number in pairs):
            return None
        view = Pointer(self._new())
        for pointer, number in pairs:
            self._views.append((view, self._step(self.place(pointer), inst.source, [number])))
        return view

    def _step(
        self, base: Pointer, source: Type, indices: list[Value], at: Block | None = None
    ) -> Pointer:
        """The place that a getelementptr makes."""
        chosen = constants(indices[0]) if len(indices) == 1 else ()
        if len(chosen) > 1:  # one member or another
            view = Pointer(self._new())
            size = self.layout.size(source)
            self._views.extend((view, base.moved(size * offset)) for offset in chosen)
            if self._counting.goes_round(indices[0]):
                first, reach = min(chosen), (max(chosen) - min(chosen)) * size
                step = gcd(*(at - first for at in chosen)) * size
                self._walks.append((view, base.moved(first * size), reach, step))
            return view
        offset, strides, skipped = self._offset_and_start(source, indices, at)
        if strides and source is ty.I8 and len(indices) == 1:
            sum = distance(indices[0], self._sums, self.offset_of)
            if sum is not None and (sum.addresses or sum.distances):  # from iterator to iterator
                self._distances.append((base, sum))
                return base
            if sum is not None and sum.aligned == 1 and sum.stride > strides[0]:
                offset, strides = sum.constant, [sum.stride]
        for stride in strides:
            self._steps.append((base.moved(offset), stride, skipped))
        if isinstance(source, ty.StructType) and all(
            base.node is not v.node for _, v, _ in self._selections
        ):
            self._hint(base, source)  # LLVM adds the distance to a member first, if it likes
        return base.moved(offset)

    def _note_element(self, inst: GetElementPtr) -> None:
        """Is an address some elements before or behind one that varies, as in `&a[i] - 1`? It leads
        to an element of the same array. Where LLVM has added up constants, which is seen by what
        it says no more of them, that may be any array of the object."""
        value: Value = inst
        distance = stride = 0
        is_plain = True
        while isinstance(value, GetElementPtr):
            is_plain &= "inbounds" in value.flags
            offset, strides = self.offset_of(value.source, value.indices)
            if strides:
                stride = gcd(*strides)
                break
            distance += offset
            value = value.base
        if distance and (stride or moves_on(value)):
            self._elements.append((self.place(value), distance, 0 if is_plain else stride))

    def _virtual_base(self, inst: GetElementPtr) -> Pointer | None:
        """The place of a virtual base, whose distance is read from the object's own table: for each
        distance that tables have, that far behind the objects that hold such a table. The tables of
        streams are in the library, and what these have there is nobody else's."""
        index = inst.indices[0]
        if len(inst.indices) != 1 or inst.source is not ty.I8 or not isinstance(index, Load):
            return None
        table, entry = self._tested.base(index.pointer)
        if not isinstance(table, Load) or access_name(self.module, table) != VTABLE:
            return None
        (holder, at), (base, offset) = (
            self._tested.base(table.pointer),
            self._tested.base(inst.base),
        )
        if self._is_state_of_streams(inst):
            return Pointer(self._new())
        numbers = numbers_in_tables(self.module, entry) if holder is base else []
        if not numbers:
            return None
        view = Pointer(self._new())
        found = self._tested.at(inst.block)
        known, beside = found.get(base, frozenset()), found.get(table, frozenset())
        for number in numbers:
            told = f"{NUMBER}{number}"
            tests = known | {Test(((at, entry),), told, is_of_layout=True, beside=beside)}
            self._views.append((view, self._narrow(self.place(base), tests).moved(offset + number)))
        return view

    def _is_state_of_streams(self, pointer: Instruction) -> bool:
        """Is nothing done with a pointer but to read and write the state of a stream?"""
        for user in pointer.users:
            match user:
                case GetElementPtr():
                    if not self._is_state_of_streams(user):
                        return False
                case Load() | Store() if user.pointer is pointer:
                    if not is_state_of_streams(base_name(self.module, user)):
                        return False
                case CallBase():
                    if not is_state_of_streams(user.called):
                        return False
                case _:
                    return False
        return True

    def _some_member(self, inst: GetElementPtr) -> Pointer | None:
        """The place that a pointer to a member leads to: a number, of which nobody knows what it
        is, says how far behind the object."""
        if inst.source is not ty.I8 or len(inst.indices) != 1:
            return None
        if not is_member(self.module, inst.indices[0]) or any(map(is_of_bytes, inst.users)):
            return None
        if all(isinstance(u, CallBase) and self._only_looks(u) for u in inst.users):
            return self._place_at(inst.base, inst)  # a string
        view = Pointer(self._new())
        accesses = [user for user in inst.users if isinstance(user, Load | Store)]
        aligned = gcd(*map(alignment, accesses))
        self._selections.append((self._place_at(inst.base, inst), view, aligned))
        return view

    def _only_looks(self, call: CallBase) -> bool:
        """Does it call a function without derivative that returns no pointer?"""
        inactive = self.known.is_inactive(call.called)
        return inactive and not isinstance(call.type, ty.PointerType)

    def offset_of(self, source: Type, indices: list[Value]) -> tuple[int, list[int]]:
        """Constant byte offset of an address computation, and the strides of its variable parts."""
        return self._offset_and_start(source, indices)[:2]

    def _offset_and_start(
        self, source: Type, indices: list[Value], at: Block | None = None
    ) -> tuple[int, list[int], int]:
        """The same, and how much of the offset is the first value of counters."""
        offset = skipped = 0
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
            first = self._counting.smallest(index, at) if stride else None
            if first is not None and (first - constant) % stride == 0:
                skipped += (first - constant) * size
                constant = first  # what lies in front is not meant
            offset += constant * size
            if stride:
                strides.append(stride * size)
        return offset, strides, skipped
