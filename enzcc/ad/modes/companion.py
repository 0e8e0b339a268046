"""A function copied, with the shadow of each pointer beside it (and in forward mode, tangents
beside floats).

This is the part that all modes share. The companion of

    %q = getelementptr double, ptr %p, i64 %i
    %r = load ptr, ptr %rows

has `%q' = getelementptr double, ptr %p', i64 %i` and `%r' = load ptr, ptr %rows'` behind them.
Shadow memory has the shape of its primal: pointers in it point to shadows, integers are copies,
floats are tangents (forward) or gather adjoints (reverse).

Memory of mixed shadowing is told apart at run time: a shadow pointer equal to its primal means
constant. Loads of pointers need no test then (what is loaded through the primal is again its own
shadow); loads of tangents select zero; writes go to a scratch slot instead.

Of several lanes (`modes.lanes`), each has its own shadow memory and its own shadow pointers;
tangents are vectors of all lanes.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from enzcc.ad.exceptions.caught import callable_as_it_is
from enzcc.ad.exceptions.thrown import exception_shadow
from enzcc.ad.exceptions.unwinding import plain
from enzcc.ad.memory.links import led_home
from enzcc.ad.memory.nowhere import guard_bound, guard_nowhere
from enzcc.ad.memory.variables import guard_foreign
from enzcc.ad.modes.atomics import visit_atomic
from enzcc.ad.modes.disguised import check_disguise, check_origin, shadow_of_bits
from enzcc.ad.modes.lanes import Lanes, Shadows, repeated_condition
from enzcc.ad.modes.neutral import constant_within, has_floats, parts_of, without_floats
from enzcc.ad.modes.paired import pair
from enzcc.ad.modes.parted import parted
from enzcc.analysis.activity import Activity, Shadowing
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.cfg import Shape
from enzcc.analysis.congruence import moves_multiples
from enzcc.analysis.cxxabi import EXCEPTIONS, SHADOW_CAUGHT
from enzcc.analysis.evidence import LIBRARY_COPIES, leads_into
from enzcc.analysis.nodes import (
    CONFLICT,
    ENDLESS,
    INTEGER,
    POINTER,
    Cells,
    Pointer,
    Segment,
    array_behind,
    extent_behind,
)
from enzcc.analysis.tbaa import access_kind
from enzcc.errors import NoDerivative, Unsupported, unknown_kind
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Alloca,
    AtomicRMW,
    Binary,
    Call,
    CallBase,
    Cast,
    CompareExchange,
    ExtractElement,
    ExtractValue,
    FNeg,
    Freeze,
    GetElementPtr,
    InsertElement,
    InsertValue,
    Instruction,
    Invoke,
    LandingPad,
    Load,
    Phi,
    Select,
    ShuffleVector,
    Store,
    alignment,
)
from enzcc.ir.types import FloatType, FunctionType
from enzcc.ir.values import (
    Constant,
    ConstantAggregate,
    ConstantExpression,
    ConstantInt,
    Global,
    Value,
    is_undefined,
    is_zero,
)
from enzcc.rules import RETURNS, SAME_POINTER

if TYPE_CHECKING:
    from enzcc.ad.engine import Engine

_MOVES_BITS = {"bitcast", "inttoptr", "ptrtoint", "ptrtoaddr", "addrspacecast", "trunc", "zext"}
_AS_NUMBERS = ("ptrtoint", "ptrtoaddr")
_AT_ONCE = (Binary, Cast, FNeg, Freeze, Phi, Select)
"""Instructions that do to the vector of all lanes what they do to one. (Casts from integers, whose
shadows are one a lane, are taken out in `walk`.)"""

PURE = " nounwind willreturn memory(none)"


SHADOW_ALIGNMENT = 8
"""Bytes to which shadow memory is taken to be aligned at most. Programs look at addresses before
they move whole vectors (Eigen does, and whoever aligns blocks by hand); the shadow of such an
address may lie otherwise. LLVM finds more out where it can."""

SMALL_BLOCK = 64
"""Bytes of a block that is looked at byte by byte, though its object is an array."""

LARGEST_BLOCK = 4096
"""Bytes of memory of variable size that is looked at byte by byte."""


class Companion:
    """Base of the modes. A subclass says which values want a shadow and what a call becomes."""

    tangents = False

    def __init__(
        self, engine: Engine, source: Function, activity: Activity, target: Function, lanes: Lanes
    ) -> None:
        self.engine = engine
        self.lanes = lanes
        self.module = engine.module
        self.guards = engine.guards
        self.known = activity.known
        self.stand_ins: list[tuple[CallBase, Instruction]] = []
        self.layout = engine.module.layout
        self.source, self.target, self.activity = source, target, activity
        self.objects = activity.objects
        self.shape = Shape(source)
        self.told_apart = self.objects.told_apart if engine.again else frozenset()
        self.primal: dict[Value, Value] = {}
        self.filled: dict[Instruction, list[Load]] = {}  # stand for blocks that the log tells
        self.shadows = Shadows(lanes, lambda: self.emit)
        self.blocks: dict[Block, Block] = {}
        self.emit = Builder(target.blocks[0] if target.blocks else target.add_block("entry"))
        self._scratch: Alloca | None = None
        self._phis: list[tuple[Phi, Phi]] = []

    # ------------------------------------------------------------------ values

    def wants_shadow(self, value: Value) -> bool:
        """Does a value of the source get a shadow value?"""
        if ty.is_float(value.type):
            return self.tangents and self.activity.is_active(value)
        if self.activity.has_shadow(value):
            return True
        return self.tangents and self.activity.is_active(value)

    def of(self, value: Value) -> Value:
        """The copy of a source value."""
        if isinstance(value, Global):
            return callable_as_it_is(self.module, value.name)
        if isinstance(value, Constant):
            return value
        return self.primal[value]

    def shadow(self, value: Value, whole: Value | None = None) -> Value:
        """The shadow of a source value; where it has none, what stands for `constant` in it."""
        if isinstance(value, ConstantInt) and whole is not None:
            return constant_within(self.emit, self.objects, value, whole)
        if isinstance(value, ConstantAggregate) and not ty.is_float(value.type):
            return parts_of(self.emit, self.objects, value, whole, self._neutral_constant)
        return self.shadows.get(value) or self.neutral(value)

    def shadow_of_lane(self, value: Value, lane: int) -> Value:
        """The shadow of a pointer in one lane, whichever is being walked through."""
        before, self.shadows.lane = self.shadows.lane, lane
        found = self.shadow(value)
        self.shadows.lane = before
        return found

    def every_shadow(self, value: Value, whole: Value | None = None) -> list[Value]:
        """The values that make up the shadow of a value in all lanes."""
        if ty.is_float(value.type):
            return [self.shadow(value)]
        return [self.shadow(value, whole) for _ in self.shadows.each()]

    def neutral(self, value: Value) -> Value:
        """The shadow of a constant: zero floats, pointers and integers as they are."""
        if ty.is_float(value.type):
            return zero(self.shadows.type(value.type))
        if isinstance(value, Constant):
            return self._neutral_constant(value)
        floats = self.objects.floats_in(value) if self.activity.carries_floats(value) else []
        return without_floats(self.emit, self.objects, self.of(value), floats)

    def _constant_address(self, value: Constant) -> Constant:
        """The address in the shadow of a variable for an address in it; else the address itself."""
        match value:
            case Global():
                if value.name in self.activity.active_globals:
                    return self.engine.variables.shadow(
                        value.name, self.shadows.lane or 0, self.activity
                    )
                return callable_as_it_is(self.module, value.name)
            case ConstantExpression():
                operands = tuple(map(self._constant_address, value.operands))
                text = value.text
                for old, new in zip(value.operands, operands, strict=True):
                    text = text.replace(f"ptr {old.ref()}", f"ptr {new.ref()}")
                return ConstantExpression(value.type, value.opcode, operands, value.source, text)
        return value

    def _neutral_constant(self, value: Constant) -> Value:
        in_a_word = isinstance(value, ConstantExpression) and value.opcode in _AS_NUMBERS
        if isinstance(value.type, ty.PointerType) or in_a_word:
            return self._constant_address(value)
        if not has_floats(value.type) or is_undefined(value):
            return self.of(value)
        return zero(value.type)

    def is_mixed(self, pointer: Value) -> bool:
        """Must the shadow of a pointer be compared with its primal before use?"""
        return self.activity.shadowing(pointer) is Shadowing.MIXED

    def constant_here(self, pointer: Value) -> Value:
        """An i1: is this pointer of mixed shadowing constant now?"""
        return self.emit.compare("icmp", "eq", self.shadow(pointer), self.of(pointer))

    def write_address(self, pointer: Value, size: int) -> Value:
        """The shadow of a pointer, or scratch memory of that size where it turns out constant."""
        if not self.is_mixed(pointer):
            return self.shadow(pointer)
        return self.emit.select(
            self.constant_here(pointer), self.scratch(size), self.shadow(pointer)
        )

    def guarded_size(self, pointer: Value, size: Value) -> Value:
        """`size`, or 0 where the pointer turns out constant."""
        if not self.is_mixed(pointer):
            return size
        return self.emit.select(self.constant_here(pointer), zero(size.type), size)

    def scratch(self, size: int) -> Value:
        """A stack slot whose contents nobody reads."""
        if self._scratch is None:
            entry = self.target.entry
            before = entry.instructions[0] if entry.instructions else None
            self._scratch = Builder(entry, before).alloca(ty.array(ty.I8, size), align=16)
        assert isinstance(self._scratch.allocated, ty.ArrayType)
        if self._scratch.allocated.count < size:
            self._scratch.allocated = ty.array(ty.I8, size)
        return self._scratch

    def refuse(
        self, inst: Instruction, message: str, because: str, remedy: str = ""
    ) -> Unsupported:
        """An error at an instruction."""
        return Unsupported(self.module.location(inst), message, because=because, remedy=remedy)

    # ------------------------------------------------------------------ the walk

    def copy_body(self) -> None:
        """Copies all reachable blocks into the target, shadows beside."""
        order = self.shape.order
        for block in order:
            self.blocks[block] = self.target.add_block(block.name)
        entry = self.target.blocks[0]
        if entry is not self.blocks[order[0]]:
            self.emit.at(entry)
            self.begin()
            self.emit.branch(self.blocks[order[0]])
        for block in order:
            copied = self.blocks[block]
            self.emit.at(copied)
            for phi in block.phis():
                self._copy_phi(phi, copied)
        for block in order:
            self.emit.at(self.blocks[block])
            given: list[Value] = [*block.phis()]
            if block is order[0]:
                given += self.source.args
            for inst in block.instructions:
                if isinstance(inst, Phi):
                    continue
                if not isinstance(inst, LandingPad):  # which comes first in its block
                    while given:
                        pair(self, given.pop(0))
                self.visit(inst)
                pair(self, inst)
        for phi, copy in self._phis:
            for value, source in phi.incoming():
                if source in self.blocks:
                    copy.add_incoming(self.of(value), self.blocks[source])
            if phi in self.shadows:
                for _ in self.walk(phi):
                    self._complete_shadow(phi)

    def _complete_shadow(self, phi: Phi) -> None:
        shadow = self.shadows[phi]
        assert isinstance(shadow, Phi)
        for value, source in phi.incoming():
            if source in self.blocks:
                self.emit.at(self.blocks[source], self.blocks[source].terminator)
                shadow.add_incoming(self.shadow(value, phi), self.blocks[source])

    def walk(self, value: Value) -> Iterator[int | None]:
        """Once for all lanes for what works on vectors of all lanes, else once for each lane."""
        at_once = isinstance(value, _AT_ONCE) and ty.is_float(value.type)
        if isinstance(value, Cast) and not ty.is_float(value.operands[0].type):
            at_once = False
        if self.engine.bounds and not isinstance(value, Phi):
            at_once = False  # bounds of the rounding error are no linear map
        if at_once:
            yield self.shadows.lane
        else:
            yield from self.shadows.each()

    def begin(self) -> None:
        """Emits what stands in front of the copied body, in a block of its own."""

    def _copy_phi(self, phi: Phi, block: Block) -> None:
        copy = Phi("phi", phi.type, (), phi.flags, phi.tail)
        copy.blocks = []
        block.append(copy)
        self.primal[phi] = copy
        self._phis.append((phi, copy))
        if self.wants_shadow(phi):
            for _ in self.walk(phi):
                shadow = Phi("phi", self.shadows.type(phi.type), ())
                shadow.blocks = []
                block.append(shadow)
                self.shadows[phi] = shadow

    def copy(self, inst: Instruction) -> Instruction:
        """Appends the plain copy of an instruction."""
        new = inst.copy()
        new.tail = without_debug(new.tail)
        new.records = ()
        if isinstance(new, Call) and new.marker == "musttail ":
            new.marker = ""
        for index, operand in enumerate(inst.operands):
            new.set_operand(index, self.of(operand))
        targets = getattr(new, "targets", None)
        if targets:
            targets[:] = [self.blocks[t] for t in targets]
        if isinstance(inst, Call) and self._is_arithmetic(inst):
            new.tail = f"{PURE}{new.tail}"
        self.emit.put(new)
        self.primal[inst] = new
        if isinstance(new, Invoke):  # what is done about it stands where it returns
            new.end = without_debug(new.end)
            self.emit.at(new.targets[0])
        return new

    def _is_arithmetic(self, inst: Call) -> bool:
        """Is it a call of the mathematics library that leaves nothing but its result? `errno` is
        something else only to a function that looks at it."""
        if inst.type is ty.VOID or any(ty.is_pointer(a.type) for a in inst.arguments):
            return False
        if self.activity.kind_of_call(inst) is not CallKind.RULE:
            return False
        return self.engine.settings.drop and not self.objects.looks_at_errno

    def visit(self, inst: Instruction) -> None:
        """Copies one instruction and puts its shadow behind it."""
        guard_foreign(self, inst)
        guard_nowhere(self, inst)
        guard_bound(self, inst, behind=False)
        self.engine.pools.guard(self, inst)
        match inst:
            case CallBase():
                self.visit_call(inst)
            case Alloca():
                self.visit_alloca(inst)
            case Store():
                self.copy(inst)
                self._check_store(inst)
                self.visit_store(inst)
            case AtomicRMW() | CompareExchange():
                visit_atomic(self, inst)
            case _:
                if isinstance(inst, Cast) and inst.opcode == "inttoptr":
                    check_origin(self, inst)
                if isinstance(inst, Cast):
                    check_disguise(self, inst)
                new = self.copy(inst)
                if self.wants_shadow(inst):
                    for _ in self.walk(inst):
                        self.shadows[inst] = self.shadow_of(inst, new)
                guard_bound(self, inst, behind=True)

    def _check_store(self, inst: Store) -> None:
        """Integers that are only moved may be floats; in memory that others read, known ones."""
        value = inst.value
        if is_zero(value) or is_undefined(value) or not isinstance(value.type, ty.IntType):
            return
        size = self.layout.store_size(value.type)
        if size < 4 or self.activity.shadowing(inst.pointer) is Shadowing.NONE:
            return
        if not self.objects.may_be_outside(inst.pointer):
            return
        segments = self.objects.segments(self.objects.place(inst.pointer), size)
        if any(s.kind is None and s.size >= 4 for s in segments):
            raise self.unknown_kind(inst)

    def shadow_of(self, inst: Instruction, copy: Instruction) -> Value:
        """The shadow of an instruction that moves pointers (or, with tangents, floats) about."""
        emit = self.emit
        match inst:
            case Load():
                return self.shadow_load(inst, copy)
            case GetElementPtr():
                new = copy.copy()
                new.set_operand(0, self.shadow(inst.base))
                return emit.put(new)
            case Select():
                new = self._with_shadows(inst, copy, (1, 2))
                new.set_operand(0, repeated_condition(emit, new.operands[0], new.type))
                return emit.put(new)
            case Freeze() | ExtractValue() | ExtractElement():
                return emit.put(self._with_shadows(inst, copy, (0,)))
            case InsertValue() | InsertElement() | ShuffleVector():
                return emit.put(self._with_shadows(inst, copy, (0, 1)))
            case Cast() if inst.opcode in _MOVES_BITS:
                return emit.put(self._with_shadows(inst, copy, (0,)))
            case Binary() if ty.is_int(inst.type):
                return self.shadow_bits(inst, copy)
        raise self.refuse(
            inst,
            f"cannot differentiate through the instruction '{inst.opcode}'",
            "enzcc does not know how it moves the data that carries the derivative",
        )

    def _with_shadows(
        self, inst: Instruction, copy: Instruction, positions: tuple[int, ...]
    ) -> Instruction:
        new = copy.copy()
        if ty.is_float(inst.type):
            new.type = self.shadows.type(inst.type)
        else:
            new.flags = ""
        takes_in = (Select, InsertValue, InsertElement, ShuffleVector)
        like = inst if isinstance(inst, takes_in) else None
        for position in positions:
            new.set_operand(position, self.shadow(inst.operands[position], like))
        return new

    def _moved_along(self, pointer: Value, copy: Value) -> Value:
        """The shadow of a pointer into the same object as another; null stays null."""
        emit = self.emit
        ends = [emit.cast("ptrtoint", p, ty.I64) for p in (copy, self.of(pointer))]
        moved = emit.gep(ty.I8, self.shadow(pointer), [emit.sub(*ends)])
        return emit.select(emit.compare("icmp", "eq", copy, zero(ty.PTR)), copy, moved)

    def shadow_bits(self, inst: Binary, copy: Instruction) -> Value:
        """The shadow of integer arithmetic."""
        return shadow_of_bits(self, inst, copy)

    # ------------------------------------------------------------------ memory

    def visit_alloca(self, inst: Alloca) -> None:
        """alloca: a shadow of the same size, cleared."""
        copy = self.copy(inst)
        if self.wants_shadow(inst):
            assert isinstance(copy, Alloca)
            for _ in self.shadows.each():
                shadow = copy.copy()
                self.emit.put(shadow)
                self.shadows[inst] = shadow
                self.clear(shadow, self.alloca_size(inst))

    def alloca_size(self, inst: Alloca) -> Value:
        """Bytes of an alloca."""
        size = self.layout.size(inst.allocated)
        if not inst.operands:
            return const_int(ty.I64, size)
        count = self.of(inst.operands[0])
        if count.type is not ty.I64:
            assert isinstance(count.type, ty.IntType)
            count = self.emit.cast("zext" if count.type.bits < 64 else "trunc", count, ty.I64)
        return self.emit.mul(count, const_int(ty.I64, size))

    def clear(self, pointer: Value, size: Value) -> None:
        """Fills memory with zero bytes."""
        self.fill(pointer, ConstantInt(ty.I8, 0), size)

    def fill(self, pointer: Value, byte: Value, size: Value) -> None:
        """memset."""
        if size.type is not ty.I64:
            size = self.emit.cast("zext", size, ty.I64)
        type = ty.function(ty.VOID, (ty.PTR, ty.I8, ty.I64, ty.I1))
        symbol = self.module.declare("llvm.memset.p0.i64", type)
        self.emit.call(symbol, type, [pointer, byte, size, ConstantInt(ty.I1, 0)])

    def move(self, to: Value, source: Value, size: Value) -> None:
        """memmove."""
        if size.type is not ty.I64:
            size = self.emit.cast("zext", size, ty.I64)
        type = ty.function(ty.VOID, (ty.PTR, ty.PTR, ty.I64, ty.I1))
        symbol = self.module.declare("llvm.memmove.p0.p0.i64", type)
        self.emit.call(symbol, type, [to, source, size, ConstantInt(ty.I1, 0)])

    def shadow_load(self, inst: Load, copy: Instruction) -> Value:
        """The same load from shadow memory."""
        if self.activity.shadowing(inst.pointer) is Shadowing.NONE:
            return self.neutral(inst)
        new = copy.copy()
        new.tail = plain_access(new.tail)
        new.flags = ""
        new.set_operand(0, self.shadow(inst.pointer))
        self.emit.put(new)
        if isinstance(inst.type, ty.PointerType):
            return led_home(self, inst, new)
        if not self.is_mixed(inst.pointer):
            return new
        return self.emit.select(self.constant_here(inst.pointer), self.neutral(inst), new)

    def visit_store(self, inst: Store) -> None:
        """What a store does to shadow memory."""
        raise NotImplementedError

    def visit_call(self, inst: CallBase) -> None:
        """What becomes of a call."""
        raise NotImplementedError

    # ------------------------------------------------------------------ cells of memory

    def pattern(self, inst: Instruction, place: Pointer, size: Value) -> list[Cells]:
        """The kinds of memory of `size` bytes from a place on. Raises if some kind is unknown,
        unless it is cleared, or nobody outside can see the memory: then bytes that nothing reads as
        a float have no derivative."""
        places = self.objects.places(place)
        nodes = {p.node.find(): None for p in places}
        cells = [c for node in nodes for c in node.cells.values()]
        strides = {node.stride for node in nodes}
        if len(strides) > 1:  # of what ends within one period, no more than that is accessed
            period = min(stride for stride in strides if stride)
            longer = [p for p in places if not self.objects.ends_within(p, period)]
            strides = {p.node.find().stride for p in longer} or strides
        outside = any(map(self.objects.is_outside, nodes))
        widest = max((n for c in cells for n in c.strong.values()), default=1)
        if isinstance(size, ConstantInt) and all(
            not s or s >= size.value or (s >= widest and size.value <= SMALL_BLOCK) for s in strides
        ):
            parts = [(0, size.value, size.value)]
        elif len(strides) == 1 and min(strides) >= widest:
            parts = [(0, min(strides), min(strides))]
        elif (found := array_behind(places)) is not None and found[1] >= widest:
            parts = [(0, found[0], ENDLESS), (*found, found[1])]
        else:
            kinds = {k for c in cells for k in (*c.strong, *c.hints)}
            floats = [ty.FLOATS[k] for k in kinds if k in ty.FLOATS]
            period = self.layout.size(floats[0]) if len(floats) == 1 else 0
            if period and (
                len(kinds) == 1
                or (kinds == {*kinds & ty.FLOATS.keys(), INTEGER} and moves_multiples(inst, period))
            ):
                return [Cells(period, 0, period, floats[0])]
            extent = extent_behind(places)
            step = self.objects.step_to_the_end(places)
            if not step and (outside or strides != {0} or extent > LARGEST_BLOCK):
                several = len(floats) + (POINTER in kinds) + (bool(floats) and INTEGER in kinds) > 1
                raise self.unknown_kind(inst, (CONFLICT,) if several else ())
            parts = [(0, step or extent, step or ENDLESS)]  # nobody looks at what follows
        out: list[Cells] = []
        for start, length, every in parts:
            out += [
                Cells(every, start + s.offset, s.size, s.kind)
                for s in self._kinds(place.moved(start), length)
            ]
        kinds_found = {c.kind for c in out}
        unknown = None in kinds_found and outside and not self.clears(inst)
        if CONFLICT in kinds_found or (unknown and not self._moves_padding(inst, size, out)):
            raise self.unknown_kind(inst, kinds_found)
        return out

    def _moves_padding(self, inst: Instruction, size: Value, cells: Sequence[Cells]) -> bool:
        """Are the bytes of unknown kind copied from memory that is local, as all is that was ever
        copied to it, and in which nothing tells their kind either? Nobody has put anything
        there."""
        if not isinstance(inst, CallBase) or self.kind(inst) is not CallKind.COPY:
            return False
        unknown = [c for c in cells if c.kind is None]
        if not isinstance(size, ConstantInt) or any(c.period != size.value for c in unknown):
            return False
        source = self.objects.place(inst.arguments[1])
        there = [s for c in unknown for s in self._kinds(source.moved(c.offset), c.size)]
        if any(s.kind is not None for s in there):
            return False
        return not self.objects.may_come_from_outside(inst.arguments[1])

    def clears(self, inst: Instruction) -> bool:
        """Is memory filled with zeros? These are zeros of any kind, and whatever lay there is
        gone."""
        is_fill = isinstance(inst, CallBase) and self.kind(inst) is CallKind.FILL
        return is_fill and is_zero(inst.operands[1])

    def _kinds(self, place: Pointer, size: int) -> list[Segment]:
        return self.activity.told_apart(place, size)

    def each_cell(
        self, emit: Builder, helper: str, cells: Cells, memory: Sequence[Value], count: Value
    ) -> None:
        """Calls a helper of the run-time library for the cells in `count` bytes."""
        pointers = [ty.PTR] * len(memory)
        type = ty.function(ty.VOID, (*pointers, ty.I64, ty.I64, ty.I64, ty.I64))
        numbers = [const_int(ty.I64, n) for n in (cells.period, cells.offset, cells.size)]
        callee = self.helper(f"__enzcc_{helper}", type)
        emit.call(callee, type, [*memory, count, *numbers])

    def is_told_pointer(self, value: Value) -> bool:
        """Is this a load or store whose tag says pointer? What it moves in a union is no float."""
        return isinstance(value, (Load, Store)) and access_kind(self.module, value) == POINTER

    def unknown_kind(
        self, inst: Instruction | None, kinds: Collection[FloatType | str | None] = ()
    ) -> NoDerivative:
        """The error for data that moves without its type being known."""
        location = self.module.location(inst) if inst is not None else None
        if CONFLICT in kinds:
            return NoDerivative(
                location,
                "cannot tell whether the data moved here are floating values",
                because="the functions that are differentiated use these bytes as a floating value"
                " and as a pointer or an integer, or as floating values of several types, or that"
                " overlap",
                remedy="assign the members one by one where it is known which are meant, or keep"
                " them in memory of their own",
            )
        return unknown_kind(location)

    def helper(self, name: str, type: FunctionType) -> Value:
        """A function of enzcc's run-time library."""
        self.engine.uses_runtime = True
        return self.module.declare(name, type)

    def returned_pointer(self, inst: CallBase) -> int | None:
        """The argument that a call of a C library function returns, if it does."""
        name = inst.called
        if name in LIBRARY_COPIES and name != "mempcpy":
            return 0
        if name.startswith(SAME_POINTER):
            return 0
        return RETURNS.get(name)

    def returned_shadow(self, inst: CallBase, copy: Instruction) -> Value:
        """The shadow of a pointer that a call of a C library function returns."""
        position = self.returned_pointer(inst)
        if position is not None:
            return self.shadow(inst.arguments[position])
        callee = inst.callee
        if isinstance(callee, Global) and callee.name == "mempcpy":
            size = self.wide(self.of(inst.arguments[2]))
            return self.emit.gep(ty.I8, self.shadow(inst.arguments[0]), [size])
        if isinstance(callee, Global) and callee.name in (*EXCEPTIONS, SHADOW_CAUGHT):
            return exception_shadow(self, inst, copy)
        inside = leads_into(inst)
        return copy if inside is None else self._moved_along(inst.arguments[inside], copy)

    def exception_memory(self, copy: Instruction, size: Value) -> Value:
        """Memory for the shadow of an exception."""
        raise NotImplementedError

    def allocate_shadow(self, inst: CallBase, copy: Instruction) -> Value | None:
        """malloc and the like: the same call once more, its memory cleared."""
        callee = inst.callee
        assert isinstance(callee, Global)
        allocator = self.known.allocators[callee.name]
        if not self.wants_shadow(inst):
            return None
        assert isinstance(copy, CallBase)
        again = plain(copy)
        shadow: Value = self.emit.put(again)
        if self.is_logged(inst):
            shadow = parted(self, inst, copy, (shadow, self.emit.put(plain(copy))))
        if not allocator.zeroed:
            self.clear(shadow, self.allocation_size(inst))
        self.begins(inst, shadow, self.allocation_size(inst))
        return shadow

    def is_logged(self, inst: Instruction) -> bool:
        """Was it done in the first half of split forward mode, and does the log tell its result?"""
        plan = self.engine.replays.get(self.activity)
        return plan is not None and inst in plan.deeds

    def begins(self, inst: Instruction | None, shadow: Value, size: Value) -> None:
        """The shadow of new memory comes into being."""

    def allocation_size(self, inst: CallBase) -> Value:
        """Bytes that an allocation call asks for."""
        callee = inst.callee
        assert isinstance(callee, Global)
        allocator = self.known.allocators[callee.name]
        assert allocator.size is not None
        size = self.of(inst.arguments[allocator.size])
        if allocator.count is not None:
            size = self.emit.mul(size, self.of(inst.arguments[allocator.count]))
        return size

    def wide(self, size: Value) -> Value:
        """A size as an i64."""
        return size if size.type is ty.I64 else self.emit.cast("zext", size, ty.I64)

    def kind(self, inst: CallBase) -> CallKind:
        """How a call is treated."""
        return self.activity.kind_of_call(inst)


def without_debug(tail: str) -> str:
    """A tail without its `!dbg` attachment."""
    at = tail.find(", !dbg !")
    if at < 0:
        return tail
    end = at + 8
    while end < len(tail) and tail[end].isdigit():
        end += 1
    return tail[:at] + tail[end:]


def plain_access(tail: str) -> str:
    """The tail of a memory access to shadow memory: alignment and type tag stay, the rest
    (ordering, invariance, ranges, alias scopes: facts about the primal's memory or value) goes."""
    kept = []
    for part in tail.split(", ")[1:]:
        if part.startswith("!tbaa !"):
            kept.append(part)
        elif part.startswith("align "):
            kept.append(f"align {min(int(part[6:]), SHADOW_ALIGNMENT)}")
    return "".join(f", {part}" for part in kept)


def shadow_alignment(inst: Instruction) -> int:
    """That of the access to shadow memory that goes with a memory access."""
    return min(alignment(inst), SHADOW_ALIGNMENT)
