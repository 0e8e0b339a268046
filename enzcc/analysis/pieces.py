"""Floats moved in pieces: bytes or halves, whose derivative no piece carries.

Question     Is part of the bits of a varied float put where a float is read again?
Lattice      a boolean a value and a node (holds pieces), only going up.
Transfer     A narrow load from a varied float is a piece, so is what shifts, masks and conversions
             make of varied data without being followed by the activity analysis itself; pieces flow
             through phis, selects, calls and memory. Comparisons and arithmetic end them: there
             they are inspected, not moved, unless sums, multiples and small shifts keep them near:
             the bits of another number (what is linear there, `ad/copies/slopes.py` has taken
             away). So do numbers that are made whole and chosen, summed up in a loop, kept in
             memory or handed over before they are counted with; what is left as they are may be a
             union's integer.
Safe answer  yes: then the derivative is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from enzcc.analysis.activity import Activity, has_floats, holds_float
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.nodes import CONFLICT, Node, Pointer
from enzcc.analysis.objects import Objects
from enzcc.analysis.settable import possible
from enzcc.analysis.tbaa import is_loaded_bits
from enzcc.ir import types as ty
from enzcc.ir.instructions import (
    Binary,
    Call,
    CallBase,
    Cast,
    Freeze,
    Instruction,
    Load,
    Phi,
    Select,
    Store,
    handed_on,
)
from enzcc.ir.types import VectorType
from enzcc.ir.values import Constant, ConstantExpression, ConstantInt, Global, Value

_FAR = 16
"""Shifts to the left by so many bits, or more, move bits of floats elsewhere; what has lost so many
on the right is more than their lowest bits."""
_WHOLES = frozenset("lrint llrint lround llround".split())
_MOVING_BINARIES = ("and", "or", "xor", "shl", "lshr")
_MOVING_CASTS = ("trunc", "zext", "bitcast")
_MOVING_CALLS = (
    "llvm.bswap.", "llvm.bitreverse.", "llvm.fshl.", "llvm.fshr.", "llvm.abs.", "llvm.smax.",
    "llvm.smin.", "llvm.umax.", "llvm.umin.",
)  # fmt: skip


class Lost(NamedTuple):
    """An instruction that makes a float of pieces of a varied float, or of a whole number."""

    inst: Instruction
    is_unknown: bool
    """Is it not known to be a float?"""
    is_whole: bool
    is_word: bool
    """Is it large enough for each float that may lie there, and may yet hold parts of two?"""


def moved_in_pieces(activity: Activity) -> Lost | None:
    """Such an instruction, if there is one."""
    pieces = _Pieces(activity)
    inst = pieces.culprit()
    if inst is None:
        return None
    data = inst.value if isinstance(inst, Store) else inst
    return Lost(
        inst,
        isinstance(inst, Store) and pieces.is_unknown_output(inst),
        isinstance(data.type, VectorType)
        or (isinstance(inst, Cast) and inst.opcode != "bitcast")
        or any(v in pieces.counted for v in inst.operands),
        isinstance(inst, Store) and pieces.is_word(inst),
    )


def moved_without_floats(activity: Activity) -> Instruction | None:
    """In functions in which there is no floating value at all, the store that puts data from active
    memory into active memory: if these are no floats, there is nothing to differentiate."""
    objects = activity.objects
    instructions = [i for f in objects.functions.values() for i in f.instructions()]
    values = (v for i in instructions for v in (i, *i.operands))
    if any(holds_float(v.type) for v in (*activity.root.args, *values)):
        return None
    if any(map(has_floats, objects.nodes())):
        return None
    for inst in instructions:
        if not isinstance(inst, Store) or not _is_handed_over(activity, inst.pointer):
            continue
        if _holds_moved(activity, inst.value, set()):
            return inst
    return None


def _holds_moved(activity: Activity, value: Value, seen: set[Value]) -> bool:
    """Are there bits in it that come from memory behind an argument with a shadow?"""
    if value in seen or ty.is_pointer(value.type):
        return False
    seen.add(value)
    match value:
        case Load():
            return _is_handed_over(activity, value.pointer)
        case Cast(opcode=opcode) if opcode in _MOVING_CASTS:
            operands = value.operands
        case Binary(opcode=opcode) if opcode in _MOVING_BINARIES:
            operands = value.operands
        case Freeze() | Phi() | Select():
            operands = handed_on(value)
        case _:
            return False
    return any(_holds_moved(activity, operand, seen) for operand in operands)


def _is_handed_over(activity: Activity, pointer: Value) -> bool:
    """May it point to memory behind an argument with a shadow?"""
    return any(
        any(activity.has_shadow(argument) for argument in node.arguments)
        for node in activity.objects.nodes_behind(pointer)
    )


class Fragment(Enum):
    """What a store of a small integer does to a float in memory."""

    NONE = "nothing: there is no float, or it is overwritten whole"
    LOW = "rounds it: the sign and exponent stay"
    HIGH = "overwrites it, byte by byte"


def overwritten(objects: Objects, store: Store) -> Fragment:
    """Which part of a float an integer store overwrites."""
    if not isinstance(store.value.type, ty.IntType) or store in objects.integral:
        return Fragment.NONE
    size = objects.layout.store_size(store.value.type)
    found = Fragment.NONE
    for place in objects.places_behind(store.pointer):
        node, offset = place.resolve()
        for start, kind in _floats_at(objects, place, size):
            whole = objects.layout.size(kind)
            if start >= 0 and start + whole <= size:
                continue
            anywhere = any(stride % whole for stride in node.strides_at(offset))
            if anywhere or start + whole <= size:
                return Fragment.HIGH
            found = Fragment.LOW
    return found


def floats_at(objects: Objects, place: Pointer, size: int) -> Iterator[tuple[int, ty.FloatType]]:
    """The floats that `size` bytes from a place on have a part of, and where they start."""
    for one in objects.places(place):
        yield from _floats_at(objects, one, size)


def _floats_at(objects: Objects, place: Pointer, size: int) -> Iterator[tuple[int, ty.FloatType]]:
    node, _ = place.resolve()
    if not any(k in ty.FLOATS for c in node.cells.values() for k in (*c.strong, *c.hints)):
        return
    for byte in range(size):
        for back in range(16):
            (segment,) = objects.segments(place.moved(byte - back), 1)
            if isinstance(segment.kind, ty.FloatType):
                if back < objects.layout.size(segment.kind):
                    yield byte - back, segment.kind
                break


class _Pieces:
    def __init__(self, activity: Activity) -> None:
        self.activity, self.objects = activity, activity.objects
        self._values: set[Value] = set()
        self._cut: set[Value] = set()
        self._near: set[Value] = set()
        self._upper: set[Value] = set()
        self._whole: set[Value] = set()
        self._moved: set[Value] = set()
        self.counted: set[Value] = set()
        self._whole_nodes: set[Node] = set()
        self._lost: dict[Value, int] = {}
        self._nodes: set[Node] = set()
        self._cuts: dict[Load, bool] = {}
        self._cuts_at: dict[tuple[Node, int, int], bool] = {}

    def is_unknown_output(self, store: Store) -> bool:
        """Is what an active argument points to written to, and nothing known of what lies there?"""
        for place in self.objects.places_behind(store.pointer):
            node, _ = place.resolve()
            known = any(cell.strong or cell.hints for cell in node.cells.values())
            if not known and self.activity.node_active(node) and node.arguments:
                return True
        return False

    def is_word(self, store: Store) -> bool:
        """Is what is stored as large as the floats that it may be, or have parts of?"""
        size = self.objects.layout.store_size(store.value.type)
        found = [k for _, k in floats_at(self.objects, self.objects.place(store.pointer), size)]
        return found != [] and all(self.objects.layout.size(kind) <= size for kind in found)

    def culprit(self) -> Instruction | None:
        instructions = [i for f in self.objects.functions.values() for i in f.instructions()]
        changed = True
        while changed:
            changed = False
            for inst in instructions:
                changed |= self._flow(inst)
        return next((inst for inst in instructions if self._is_wrong(inst)), None)

    def _flow(self, inst: Instruction) -> bool:
        return self._flow_whole(inst) | self._flow_pieces(inst)

    def _flow_whole(self, inst: Instruction) -> bool:
        """What becomes of numbers made whole, if `ad/copies/slopes.py` has lost sight."""
        match inst:
            case Cast(opcode="fptosi" | "fptoui", operands=[source]):
                return self.activity.is_varied(source) and _new(self._whole, inst)
            case Call(callee=Global(name=name), arguments=[source]) if _makes_whole(name):
                return self.activity.is_varied(source) and _new(self._whole, inst)
            case Phi():
                return any(v in self._whole for v in inst.operands) and self._move_whole(inst)
            case Load() if isinstance(inst.pointer.type, ty.PointerType):
                if self._whole_nodes.isdisjoint(self.objects.nodes_behind(inst.pointer)):
                    return False
                return not self.activity.is_varied(inst) and self._move_whole(inst)
            case Store() if inst.value in self._whole:
                known = len(self._whole_nodes)
                if isinstance(inst.pointer.type, ty.PointerType):
                    self._whole_nodes.update(self.objects.nodes_behind(inst.pointer))
                return len(self._whole_nodes) > known
            case CallBase() if self.activity.kind_of_call(inst) is CallKind.BODY:
                assert isinstance(inst.callee, Global)
                callee = self.objects.functions[inst.callee.name]
                changed = False
                for formal, actual in zip(callee.args, inst.arguments, strict=False):
                    changed |= actual in self._whole and self._move_whole(formal)
                if any(v in self._whole for v in self.objects.returns(callee.name)):
                    changed |= self._move_whole(inst)
                return changed
            case Cast(opcode="sext" | "zext" | "trunc") | Freeze() | Select():
                return any(self._pass_whole(o, inst) for o in inst.operands)
            case Binary() if inst.type in (ty.I32, ty.I64) and _keeps_place(inst):
                mantissa = (1 << (52 if inst.type is ty.I64 else 23)) - 1
                moved = any(v in self._moved or v in self.counted for v in inst.operands)
                counted = moved and possible(inst) & mantissa != 0
                changed = counted and _new(self.counted, inst)
                return any(v in self._whole for v in inst.operands) and (
                    _new(self._whole, inst) or changed
                )
        return False

    def _move_whole(self, value: Value) -> bool:
        if value.type not in (ty.I32, ty.I64):
            return False
        return _new(self._whole, value) | _new(self._moved, value)

    def _pass_whole(self, source: Value, to: Value) -> bool:
        sets = (self._whole, self._moved, self.counted)
        return any(source in known and _new(known, to) for known in sets)

    def _flow_pieces(self, inst: Instruction) -> bool:
        match inst:
            case Load() if isinstance(inst.pointer.type, ty.PointerType):
                cuts = self._cuts.get(inst)
                if cuts is None:
                    cuts = self._cuts[inst] = self._is_cutting(inst)
                if cuts:
                    return self._add(inst, known=True)
                return self._holds_pieces(inst.pointer) and self._add(inst)
            case Store() if inst.value in self._values:
                return self._add_node(inst.pointer)
            case CallBase():
                return self._call(inst)
            case Binary() if self._keeps_near(inst):
                if any(map(self._is_of_upper, inst.operands)):
                    known = len(self._upper)
                    self._upper.add(inst)
                    return len(self._upper) > known
                self._near.add(inst)
                return self._add(inst)
            case Binary() if inst.opcode in _MOVING_BINARIES:
                operands = inst.operands
            case Cast(opcode="trunc") if self._keeps_low(inst):
                return False
            case Cast() if inst.opcode in _MOVING_CASTS:
                operands = inst.operands
            case Freeze() | Phi() | Select():
                operands = handed_on(inst)
            case _:
                return False
        known = any(o in self._cut for o in operands)
        return any(self._holds_bits(o) for o in operands) and self._add(inst, known=known)

    def _keeps_near(self, inst: Binary) -> bool:
        """Does arithmetic on the bits of a float leave them, about, where they are?"""
        if inst.type not in (ty.I32, ty.I64):
            return False
        first, second = inst.operands
        match inst.opcode, second:
            case "add" | "sub", _:
                near = any(map(self._is_near, inst.operands))
            case "lshr" | "ashr", ConstantInt():
                near = self._is_near(first)
            case "shl", ConstantInt():
                near = second.value < _FAR and self._is_near(first)
            case "udiv" | "sdiv" | "mul", ConstantInt():
                near = abs(second.value) < 1 << _FAR and self._is_near(first)
            case "and" | "or" | "xor", _:
                near = any(v in self._near or self._is_of_upper(v) for v in inst.operands)
            case _:
                near = False
        if not near:
            return False
        self._lost[inst] = lost = self._bits_lost(inst)
        is_double = inst.type is ty.I64 or any(map(self._is_of_upper, inst.operands))
        mantissa = (1 << (52 if is_double else 23)) - 1
        return possible(inst) & mantissa >> lost != 0

    def _bits_lost(self, inst: Binary) -> int:
        """How many of a mantissa's bits have been shifted out on the right."""
        lost = min(
            self._lost.get(v.operands[0] if isinstance(v, Cast) else v, 0)
            for v in inst.operands
            if self._is_near(v) or v in self._lost
        )
        by = inst.operands[1]
        if isinstance(by, ConstantInt) and inst.opcode in ("lshr", "ashr"):
            return lost + by.value
        return (
            max(0, lost - by.value)
            if inst.opcode == "shl" and isinstance(by, ConstantInt)
            else lost
        )

    def _is_near(self, value: Value) -> bool:
        """Are they the bits of a float, about? (Words that are loaded may be integers instead, a
        union's member, if the program does not say that it has floats there.)"""
        match value:
            case Cast(opcode="bitcast"):
                return ty.is_float(value.operands[0].type) and self.activity.is_varied(value)
            case Load():
                is_word = is_loaded_bits(self.objects.module, value)
                return is_word and self.activity.is_varied(value)
            case Phi() | Freeze() | Select():
                return any(v in self._near or v in self._upper for v in value.operands)
        return value in self._near or self._is_of_upper(value)

    def _are_near(self, value: Value, *, counted: bool) -> bool:
        """The same for the lanes of a vector, with which something is counted."""
        match value:
            case Cast(opcode="bitcast", operands=[source]) if isinstance(source.type, VectorType):
                return counted and holds_float(source.type) and self.activity.is_varied(value)
            case Binary(opcode="add" | "sub", type=VectorType()):
                return any(self._are_near(v, counted=True) for v in value.operands)
            case Binary(opcode="lshr" | "ashr" | "shl", type=VectorType(), operands=[first, by]):
                far = by.operands[0] if isinstance(by, ConstantExpression) else None
                near = isinstance(far, ConstantInt) and far.value < _FAR
                return near and self._are_near(first, counted=True)
            case Cast(opcode="fptosi" | "fptoui", operands=[source]):
                return self.activity.is_varied(source)
            case CallBase(callee=Global(name=name)) if name.startswith("llvm."):  # cvtps2dq
                return not holds_float(value.type) and any(
                    holds_float(a.type) and self.activity.is_varied(a) for a in value.arguments
                )
        return False

    def _is_of_upper(self, value: Value) -> bool:
        """Is it the upper part of a double, or made of that?"""
        match value:
            case Cast(opcode="trunc", type=ty.I32, operands=[Binary() as whole]):
                return whole in self._near and self._lost[whole] >= _FAR
        return value in self._upper

    def _call(self, call: CallBase) -> bool:
        changed = False
        match self.activity.kind_of_call(call):
            case CallKind.BODY:
                assert isinstance(call.callee, Global)
                callee = self.objects.functions[call.callee.name]
                for formal, actual in zip(callee.args, call.arguments, strict=False):
                    if actual in self._values:
                        changed |= self._add(formal)
                if any(v in self._values for v in self.objects.returns(callee.name)):
                    changed |= self._add(call)
            case CallKind.COPY:
                if self._holds_pieces(call.arguments[1]):
                    changed |= self._add_node(call.arguments[0])
            case CallKind.INACTIVE:
                name = getattr(call.callee, "name", "")
                moves = name.startswith(_MOVING_CALLS)
                if moves and any(map(self._holds_bits, call.arguments)):
                    changed |= self._add(call)
        return changed

    def _holds_bits(self, value: Value) -> bool:
        return value in self._values or self.activity.is_varied(value)

    def _add(self, value: Value, *, known: bool = False) -> bool:
        """Notes an integer that is a piece, or that the activity analysis does not follow."""
        if not isinstance(value.type, ty.IntType) or value.type.bits < 8:
            return False
        if isinstance(value, Constant) or value in (self._cut if known else self._values):
            return False
        if self.activity.is_varied(value) and not known:
            return False
        self._values.add(value)
        if known:
            self._cut.add(value)
        return True

    def _add_node(self, pointer: Value) -> bool:
        if not isinstance(pointer.type, ty.PointerType):
            return False
        known = len(self._nodes)
        self._nodes.update(self.objects.nodes_behind(pointer))
        return len(self._nodes) > known

    def _holds_pieces(self, pointer: Value) -> bool:
        return not self._nodes.isdisjoint(self.objects.nodes_behind(pointer))

    def _is_cutting(self, load: Load) -> bool:
        """Does a load read part of a varied float?"""
        if not isinstance(load.type, ty.IntType) or load in self.objects.integral:
            return False
        size = self.objects.layout.store_size(load.type)
        for place in self.objects.places_behind(load.pointer):
            key = (*place.resolve(), size)
            if key not in self._cuts_at:
                self._cuts_at[key] = self._is_cutting_at(place, size)
            if self._cuts_at[key]:
                return True
        return False

    def _is_cutting_at(self, place: Pointer, size: int) -> bool:
        node, offset = place.resolve()
        if not self.activity.node_varied(node):
            return False
        cell = node.cells.get(offset)
        if cell is None or not (cell.strong or cell.hints):
            return size < 8  # bytes of we do not know what
        if self.objects.is_low(place, size):
            return False
        if size < 8 and any(s.kind == CONFLICT for s in self.objects.segments(place, size)):
            return True
        return any(
            start < 0 or start + self.objects.layout.size(kind) > size
            for start, kind in floats_at(self.objects, place, size)
        )

    def _keeps_low(self, inst: Cast) -> bool:
        """Does it leave nothing of a float but the low half?"""
        whole = Pointer(self.objects.contents(inst.operands[0]))
        return self.objects.is_low(whole, self.objects.layout.store_size(inst.type))

    def _is_wrong(self, inst: Instruction) -> bool:
        integral = self.objects.integral
        match inst:
            case Store() if inst in integral and self._is_packed(inst.value):
                return True
            case Store() if self._puts_part(inst):
                return True
            case Store() if inst.value in self._values and inst not in integral:
                if not isinstance(inst.pointer.type, ty.PointerType):
                    return True
                size = self.objects.layout.store_size(inst.value.type)
                place = self.objects.place(inst.pointer)
                if any(s.kind == CONFLICT for s in self.objects.segments(place, size)):
                    return True
                if self.is_unknown_output(inst):
                    return True
                return any(True for _ in floats_at(self.objects, place, size))
            case Store(value=value) if isinstance(value.type, VectorType):
                if not self._are_near(value, counted=False):
                    return False
                place = self.objects.place(inst.pointer)
                size = self.objects.layout.store_size(value.type)
                return any(True for _ in floats_at(self.objects, place, size))
            case Cast(opcode="bitcast") if inst.operands[0] in self._values:
                return ty.is_float(inst.type)
            case Cast(opcode="bitcast", operands=[source]) if source in self.counted:
                return isinstance(inst.type, ty.FloatType)
            case Store(value=value) if value in self.counted and inst not in integral:
                size = self.objects.layout.store_size(value.type)
                return any(
                    True for _ in floats_at(self.objects, self.objects.place(inst.pointer), size)
                )
            case Cast(opcode="bitcast", type=VectorType()) if holds_float(inst.type):
                return self._are_near(inst.operands[0], counted=False)
            case Cast(opcode="sitofp" | "uitofp"):
                return self._is_near(inst.operands[0])
        return False

    def _puts_part(self, store: Store) -> bool:
        """Is what carries derivatives, as a word, put where it is a part of a float, and more than
        the low half?"""
        if not self.activity.is_varied(store.value):
            return False
        found = overwritten(self.objects, store)
        if found is Fragment.NONE or not self.activity.memory_active(store.pointer):
            return False
        size = self.objects.layout.store_size(store.value.type)
        return found is Fragment.HIGH or not self.objects.is_low(
            self.objects.place(store.pointer), size
        )

    def _is_packed(self, value: Value) -> bool:
        """Is an integer put together from the bits of a varied float, and others?"""
        match value:
            case Cast(opcode="bitcast"):
                return ty.is_float(value.operands[0].type) and self.activity.is_varied(value)
            case Cast(opcode="zext" | "trunc") | Binary(opcode="or" | "shl"):
                return any(map(self._is_packed, value.operands))
        return False


def _new(known: set[Value], value: Value) -> bool:
    """Adds it to a set. Was it not there before?"""
    before = len(known)
    known.add(value)
    return len(known) > before


def _makes_whole(name: str) -> bool:
    return name.removeprefix("llvm.").split(".")[0].removesuffix("f") in _WHOLES


def _keeps_place(inst: Binary) -> bool:
    """Are the bits of the result, about, where those of an operand were?"""
    second = inst.operands[1]
    match inst.opcode:
        case "add" | "sub":
            return True
        case "shl" | "lshr" | "ashr":
            return isinstance(second, ConstantInt) and 0 <= second.value < _FAR
        case "mul" | "sdiv" | "udiv":
            return isinstance(second, ConstantInt) and abs(second.value) < 1 << _FAR
    return False
