"""Adjoints: what each instruction of the primal does to them, backwards.

`bx` is the adjoint of x; `take(r)` reads br and resets it, `give(x, c)` does bx += c. A value may
have several floating parts (an aggregate, an integer that carries floats): each part has a byte
offset and a slot of its own. A slot holds all lanes (`modes.lanes`); where one lane is walked
through, adjoints are those of the lane.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, final

from enzcc.ad.byhand.byhand import adjoint_call, release_own
from enzcc.ad.calls import handed
from enzcc.ad.copies.pairs import returned
from enzcc.ad.exceptions.unwinding import has_adjoint
from enzcc.ad.modes.again import clear_again
from enzcc.ad.modes.atomics import adjoint_of_atomic
from enzcc.ad.modes.bits import apart, trick
from enzcc.ad.modes.bulk import move_cells
from enzcc.ad.modes.calculus import RulePlace, is_finite
from enzcc.ad.modes.companion import shadow_alignment
from enzcc.ad.modes.decided import Decided
from enzcc.ad.modes.disguised import bit_trick, moved_bits
from enzcc.ad.modes.elements import carried, extract_element, insert_element, shuffle
from enzcc.ad.modes.guards import RESULT
from enzcc.ad.modes.lanes import repeated_condition
from enzcc.ad.modes.neutral import leaves
from enzcc.ad.modes.overlapping import once_a_shadow
from enzcc.ad.modes.powers import Powers, visit_power
from enzcc.ad.modes.reused import Reused
from enzcc.ad.modes.underived import check_fields
from enzcc.ad.modes.windows import Windows
from enzcc.ad.names import SUFFIX
from enzcc.ad.tape.origins import adjoints_of_moves
from enzcc.ad.tape.whole import arguments_again
from enzcc.analysis.activity import Shadowing, flows
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.nodes import CONFLICT, Pointer, Segment
from enzcc.analysis.pieces import Fragment, overwritten
from enzcc.errors import NoDerivative, Unsupported
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_float, const_int, zero
from enzcc.ir.instructions import (
    Alloca,
    AtomicRMW,
    Binary,
    CallBase,
    Cast,
    CompareExchange,
    ExtractElement,
    ExtractValue,
    FNeg,
    Freeze,
    InsertElement,
    InsertValue,
    Instruction,
    Invoke,
    Load,
    Phi,
    Return,
    Select,
    ShuffleVector,
    Store,
)
from enzcc.ir.types import FloatType, Type, VectorType
from enzcc.ir.values import Constant, ConstantInt, Global, Value, is_zero
from enzcc.rules import INSTRUCTIONS, Partial, Unknown, evaluate
from enzcc.rules.algebra import Formula, Where
from enzcc.rules.guards import guard_of

if TYPE_CHECKING:
    from enzcc.ad.modes.reverse import Reverse
    from enzcc.ad.modes.sweep import Sweep

Parts = list[tuple[int, Type]]


@final
class Adjoints:
    """Emits the adjoint code of every block of one function."""

    def __init__(self, reverse: Reverse, sweep: Sweep) -> None:
        self.reverse, self.sweep = reverse, sweep
        sweep.adjoints = self
        self.activity = reverse.activity
        self.objects = reverse.objects
        self.layout = reverse.layout
        self.module = reverse.module
        self.guards = reverse.guards
        self.lanes, self.shadows = reverse.lanes, reverse.shadows
        self._slots: dict[tuple[Value, int], Alloca] = {}
        self._parts: dict[Value, Parts] = {}
        self._windows = Windows(sweep, self.is_active)
        self._reused = Reused(reverse, sweep)
        self._decided = Decided(reverse, sweep)
        self.powers = Powers(self.activity, self.is_active)

    @property
    def emit(self) -> Builder:
        return self.sweep.emit

    def run(self) -> None:
        """Fills the reverse blocks (all but their ends)."""
        for block in self.sweep.shape.order:
            if block not in self.sweep.live:
                continue
            body = self.sweep.blocks[block]
            self.emit.at(body)
            adjoints_of_moves(self, block, at_end=True)
            for inst in reversed(block.instructions):
                if isinstance(inst, Phi):
                    break
                if isinstance(inst, Invoke):
                    continue  # on the edge on which it returned: see Sweep._go
                self.emit.flags = self.sweep.promises.flags(inst)
                self._visit(inst)
                self.emit.flags = ""
            adjoints_of_moves(self, block, at_end=False)
            if body.instructions:
                self.sweep.relevant.add(block)
            last = block.terminator
            if isinstance(last, Invoke) and has_adjoint(self.reverse, last):
                self.sweep.relevant |= {block, last.targets[0]}
            found = [
                (phi, offset, phi)
                for phi in block.phis()
                if self.is_active(phi)
                for offset, _ in self.parts(phi)
            ]
            if found:
                self.sweep.phi_adjoints[block] = found  # type: ignore[assignment]

    # ------------------------------------------------------------------ slots

    def is_active(self, value: Value) -> bool:
        """Does a derivative flow through the value?"""
        return not isinstance(value, Constant) and self.activity.is_active(value)

    def parts(self, value: Value) -> Parts:
        """Offsets and types of the floating parts of a value."""
        found = self._parts.get(value)
        if found is None:
            found = self._parts[value] = self._find_parts(value)
        return found

    def _find_parts(self, value: Value) -> Parts:
        type = value.type
        if ty.is_float(type):
            return [(0, carried(self, value) or type)]
        if isinstance(type, (ty.StructType, ty.ArrayType)):
            out: Parts = []
            for path, leaf in leaves(type):
                offset = self.objects.path_offset(type, path)
                if ty.is_float(leaf):
                    out.append((offset, leaf))
                elif ty.is_int(leaf):
                    size = self.layout.store_size(leaf)
                    out += self._by_evidence(value, offset, size)
            return out
        return self._by_evidence(value, 0, self.layout.store_size(type))

    def _by_evidence(self, value: Value, offset: int, size: int) -> Parts:
        place = Pointer(self.objects.contents(value), offset)
        segments = self.objects.segments(place, size)
        return [
            (offset + s.offset, s.kind)
            for s in segments
            if self._is_whole(s) and isinstance(s.kind, FloatType)
        ]

    def _is_whole(self, segment: Segment) -> bool:
        """A float, and not just some of its bytes?"""
        kind = segment.kind
        return isinstance(kind, FloatType) and segment.size == self.layout.size(kind)

    def _refuse_fragments(self, inst: Instruction) -> None:
        """Some of the bytes of an active float, moved about alone."""
        if not isinstance(inst.type, ty.IntType):
            return
        segments = self.objects.segments(
            Pointer(self.objects.contents(inst)), self.layout.store_size(inst.type)
        )
        for segment in segments:
            if isinstance(segment.kind, FloatType) and not self._is_whole(segment):
                raise bit_trick(self.reverse, inst)

    def slot(self, value: Value, offset: int) -> Alloca:
        """The adjoint slot of one part of a value."""
        found = self._slots.get((value, offset))
        if found is None:
            (type,) = (t for o, t in self.parts(value) if o == offset)
            type = self.lanes.wide(type)
            start = const_float(type, -0.0)
            found = self._slots[value, offset] = self.sweep.slot(type, start)
        return found

    def take_part(self, value: Value, offset: int) -> Value:
        """The adjoint of a part, which starts anew."""
        slot = self.slot(value, offset)
        whole = self.emit.load(slot.allocated, slot)
        lane = self.reverse.shadows.lane
        if lane is None or self.lanes.width == 1:
            self.emit.store(const_float(slot.allocated, -0.0), slot)
            return whole
        (type,) = (t for o, t in self.parts(value) if o == offset)
        found = self.lanes.pick(self.emit, whole, type, lane)
        rest = self.lanes.put(self.emit, whole, const_float(type, -0.0), lane)
        self.emit.store(rest, slot)
        return found

    def take(self, value: Value) -> Value:
        """The adjoint of a floating value."""
        found = self.take_part(value, 0)
        one = self.reverse.shadows.lane is not None
        type = value.type if one else self.lanes.wide(value.type)
        return found if found.type is type else self.emit.cast("bitcast", found, type)

    def give(self, value: Value, amount: Value) -> None:
        """bx += amount, for a floating value."""
        self.add_part(value, 0, amount)

    def add_part(self, value: Value, offset: int, amount: Value) -> None:
        """Adds to the adjoint of the part of a value at a byte offset, if the value is active."""
        if not self.is_active(value):
            return
        lane = self.reverse.shadows.lane
        if lane is None:
            self._add_lanes(value, offset, amount)
            return
        for start, type in self.parts(value):
            if start == offset and type is amount.type:
                slot = self.slot(value, offset)
                whole = self.emit.load(slot.allocated, slot)
                total = self._sum(self.lanes.pick(self.emit, whole, type, lane), amount)
                self.emit.store(self.lanes.put(self.emit, whole, total, lane), slot)
                return
            if isinstance(type, VectorType) and start <= offset < start + self.layout.size(type):
                index = (offset - start) // self.layout.store_size(type.element)
                if amount.type is type.element:
                    self.add_element(value, start, const_int(ty.I64, index), amount)
                    return
        if isinstance(amount.type, VectorType):  # one scalar part after the other
            element = amount.type.element
            for index in range(amount.type.count):
                part = self.emit.extract_element(amount, const_int(ty.I64, index))
                self.add_part(value, offset + index * self.layout.store_size(element), part)
            return
        if not self.reverse.is_told_pointer(value):
            raise self._of_another_kind(value)

    def _of_another_kind(self, value: Value) -> NoDerivative:
        """The error for bits of a value that are floats in another place."""
        place = value if isinstance(value, Instruction) else None
        if not isinstance(value.type, FloatType):
            return self.reverse.unknown_kind(place)
        return NoDerivative(
            self.reverse.module.location(place) if place is not None else None,
            f"cannot differentiate floats whose bits are handed over as one '{value.type.text}'",
            because="so does the calling convention with small vectors, such as two floats in"
            " 'vector_size(8)'",
            remedy="hand them over in a struct, or through a pointer",
        )

    def _add_lanes(self, value: Value, offset: int, amount: Value) -> None:
        """The same for all lanes: at once where the part is one of the value's, else in turn."""
        assert isinstance(amount.type, VectorType)
        for start, type in self.parts(value):
            if start == offset and self.lanes.wide(type) is amount.type:
                slot = self.slot(value, offset)
                total = self._sum(self.emit.load(amount.type, slot), amount)
                self.emit.store(total, slot)
                return
        type = self.lanes.narrow(amount.type)
        for lane in self.reverse.shadows.each():
            self.add_part(value, offset, self.lanes.pick(self.emit, amount, type, lane))

    def add_element(self, value: Value, offset: int, index: Value, amount: Value) -> None:
        """Adds to one element of the adjoint of a vector."""
        lane = self.reverse.shadows.lane
        assert lane is not None
        (type,) = (t for o, t in self.parts(value) if o == offset)
        slot = self.slot(value, offset)
        whole = self.emit.load(slot.allocated, slot)
        vector = self.lanes.pick(self.emit, whole, type, lane)
        total = self.emit.fadd(self.emit.extract_element(vector, index), amount)
        vector = self.emit.insert_element(vector, total, index)
        self.emit.store(self.lanes.put(self.emit, whole, vector, lane), slot)

    def every_whole(self, value: Value) -> list[Value]:
        """The adjoint of a value in all lanes: the values that make up its shadow."""
        if ty.is_float(value.type):
            return [self.take(value)]
        return [self.whole(value) for _ in self.reverse.shadows.each()]

    def add_every_whole(self, value: Value, amounts: Sequence[Value]) -> None:
        """Adds such an adjoint."""
        if ty.is_float(value.type):
            self.add_whole(value, amounts[0])
            return
        for lane in self.reverse.shadows.each():
            self.add_whole(value, amounts[lane])

    def whole(self, value: Value) -> Value:
        """The adjoint of a value in the value's own type (integers and pointers in it are zero)."""
        if ty.is_float(value.type):
            return self.take(value)
        if isinstance(value.type, (ty.StructType, ty.ArrayType)):
            result: Value = zero(value.type)
            offsets = dict(self.parts(value))
            for path, leaf in leaves(value.type):
                offset = self.objects.path_offset(value.type, path)
                if offsets.get(offset) is leaf:
                    result = self.emit.insert(result, self.take_part(value, offset), path)
                elif isinstance(leaf, ty.IntType):
                    end = offset + self.layout.store_size(leaf)
                    inside = [(o, t) for o, t in offsets.items() if offset <= o < end]
                    if inside:
                        part = self._packed(value, leaf, offset, inside)
                        result = self.emit.insert(result, part, path)
            return result
        assert isinstance(value.type, (ty.IntType, VectorType))
        if isinstance(value.type, VectorType):
            bits = ty.int_type(self.layout.store_size(value.type) * 8)
            packed = self._packed(value, bits, 0, self.parts(value))
            return self.emit.cast("bitcast", packed, value.type)
        return self._packed(value, value.type, 0, self.parts(value))

    def _packed(self, value: Value, type: ty.IntType, base: int, parts: Parts) -> Value:
        total: Value = zero(type)
        for offset, part_type in parts:
            part = self.take_part(value, offset)
            assert isinstance(part_type, FloatType)
            bits: Value = self.emit.cast("bitcast", part, ty.int_type(part_type.bits))
            if part_type.bits < type.bits:
                bits = self.emit.cast("zext", bits, type)
            bits = self.emit.binary("shl", bits, const_int(type, 8 * (offset - base)))
            total = bits if is_zero(total) else self.emit.binary("or", total, bits)
        return total

    def add_whole(self, value: Value, amount: Value) -> None:
        """Adds an adjoint in the value's own type."""
        if not self.is_active(value):
            return
        if ty.is_float(value.type):
            self.give(value, amount)
            return
        for offset, type in self.parts(value):
            self.add_part(value, offset, self._part_of(amount, offset, type))

    def _part_of(self, amount: Value, offset: int, type: Type) -> Value:
        """The floating part at a byte offset of a first-class value."""
        if isinstance(amount.type, (ty.StructType, ty.ArrayType)):
            for path, leaf in leaves(amount.type):
                start = self.objects.path_offset(amount.type, path)
                if start <= offset < start + self.layout.store_size(leaf):
                    inner = self.emit.extract(amount, path, leaf)
                    return self._part_of(inner, offset - start, type)
        if amount.type is type:
            return amount
        if isinstance(amount.type, VectorType):
            amount = self.emit.cast(
                "bitcast", amount, ty.int_type(self.layout.store_size(amount.type) * 8)
            )
        assert isinstance(amount.type, ty.IntType)
        assert isinstance(type, FloatType)
        bits = self.emit.binary("lshr", amount, const_int(amount.type, 8 * offset))
        if type.bits < amount.type.bits:
            bits = self.emit.cast("trunc", bits, ty.int_type(type.bits))
        return self.emit.cast("bitcast", bits, type)

    # ------------------------------------------------------------------ values of the forward sweep

    def primal(self, value: Value) -> Value:
        """A primal value, in the reverse sweep."""
        return self.sweep.need(self.reverse.of(value))

    def shadow(self, pointer: Value) -> Value:
        """The shadow of a pointer, in the reverse sweep."""
        return self.sweep.need(self._forward_shadow(pointer))

    def _forward_shadow(self, pointer: Value) -> Value:
        found = self.reverse.shadows.get(pointer)
        if found is None:
            return self.reverse.neutral(pointer)
        return found

    def address(self, pointer: Value, size: int) -> Value:
        """Shadow memory to accumulate in; scratch memory where the pointer turns out constant."""
        shadow = self.shadow(pointer)
        if not self.reverse.is_mixed(pointer):
            return shadow
        constant = self.emit.compare("icmp", "eq", shadow, self.primal(pointer))
        return self.emit.select(constant, self._scratch(size), shadow)

    def _scratch(self, size: int) -> Value:
        slot = self.sweep.slot(ty.array(ty.I8, size), None)
        slot.tail = ", align 16"
        return slot

    def guarded_size(self, pointer: Value, size: Value) -> Value:
        """A number of bytes, 0 where the pointer turns out constant."""
        if size.type is not ty.I64:
            size = self.emit.cast("zext", size, ty.I64)
        if not self.reverse.is_mixed(pointer):
            return size
        constant = self.emit.compare("icmp", "eq", self.shadow(pointer), self.primal(pointer))
        return self.emit.select(constant, zero(ty.I64), size)

    def accumulate(self, pointer: Value, offset: int, amount: Value, align: int) -> None:
        """*(dp + offset) += amount"""
        address = self.address(pointer, offset + self.layout.size(amount.type))
        place = self.emit.offset(address, const_int(ty.I64, offset))
        if self.reverse.notes.are_taken_at(pointer, offset):
            self.reverse.notes.add(self.emit, place, amount)
            return
        flags, self.emit.flags = self.emit.flags, ""  # in memory, to be vectorised as it stands
        before = self.emit.load(amount.type, place, align)
        total = self.emit.fadd(before, amount)
        self.emit.flags = flags
        if isinstance(total.type, FloatType) and self._windows.contain(pointer):
            kind = ty.function(total.type, (total.type,))
            name = {"double": "f64", "float": "f32"}.get(total.type.text)
            if name is not None:
                fence = self.module.declare(f"llvm.arithmetic.fence.{name}", kind)
                total = self.emit.call(fence, kind, [total])
        after = self.emit.store(total, place, align)
        self.reverse.shadow_accesses |= dict.fromkeys((before, after), (pointer, offset))

    def _sum(self, total: Value, amount: Value) -> Value:
        """total + amount. In which order contributions add up is nobody's promise."""
        flags, self.emit.flags = self.emit.flags, "reassoc "
        total = self.emit.fadd(total, amount)
        self.emit.flags = flags
        return total

    def withdraw(self, pointer: Value, offset: int, type: Type, align: int) -> Value:
        """*(dp + offset), which becomes 0"""
        address = self.address(pointer, offset + self.layout.size(type))
        place = self.emit.offset(address, const_int(ty.I64, offset))
        if self.reverse.notes.are_taken_at(pointer, offset):
            return self.reverse.notes.take(self.emit, place, type)
        loaded = self.emit.load(type, place, align)
        cleared = self.emit.store(zero(type), place, align)
        self.reverse.shadow_accesses |= dict.fromkeys((loaded, cleared), (pointer, offset))
        found: Value = loaded
        if self.reverse.is_mixed(pointer):
            constant = self.emit.compare("icmp", "eq", self.shadow(pointer), self.primal(pointer))
            found = self.emit.select(constant, zero(type), found)
        return found

    # ------------------------------------------------------------------ instructions

    def _visit(self, inst: Instruction) -> None:
        match inst:
            case Store():
                self._store(inst)
                return
            case CallBase():
                self.visit_call(inst)
                return
            case Return():
                self._return(inst)
                return
            case AtomicRMW() | CompareExchange():
                adjoint_of_atomic(self, inst)
                return
        if not self.is_active(inst) or visit_power(self, inst):
            return
        self._refuse_fragments(inst)
        match inst:
            case Load():
                self._load(inst)
            case Binary(opcode="fdiv"):
                self._quotient(inst)
            case Binary() | FNeg() if ty.is_float(inst.type):
                self._arithmetic(inst)
            case Binary():
                for _ in self.reverse.shadows.each():
                    self._bits(inst)
            case Cast():
                self._cast(inst)
            case Select():
                self._select(inst)
            case Freeze():
                for offset, _ in self.parts(inst):
                    self.add_part(inst.operands[0], offset, self.take_part(inst, offset))
            case ExtractValue():
                base = self.objects.path_offset(inst.operands[0].type, inst.path)
                for offset, _ in self.parts(inst):
                    self.add_part(inst.operands[0], base + offset, self.take_part(inst, offset))
            case InsertValue():
                self._insert(inst, self.objects.path_offset(inst.type, inst.path))
            case ExtractElement():
                for _ in self.reverse.shadows.each():
                    extract_element(self, inst)
            case InsertElement():
                for _ in self.reverse.shadows.each():
                    insert_element(self, inst)
            case ShuffleVector():
                for _ in self.reverse.shadows.each():
                    shuffle(self, inst)
            case _:
                raise self.reverse.refuse(
                    inst,
                    f"cannot differentiate through the instruction '{inst.opcode}'",
                    "enzcc does not know how it moves the data that carries the derivative",
                )

    def _arithmetic(self, inst: Instruction) -> None:
        """r = f(x, y)        bx += f_x br,  by += f_y br"""
        rule = INSTRUCTIONS[inst.opcode]
        br = self.take(inst)
        for position, operand in enumerate(inst.operands):
            if self.is_active(operand):
                partial = rule.partials[position]
                self.give(operand, self.contribution(inst, partial, br, operand.type))

    def _quotient(self, inst: Binary) -> None:
        """r = x / y        t = br / y,  bx += t,  by -= t r"""
        x, y = inst.operands
        br = self.take(inst)
        spreads = inst in self.reverse.spreading
        inverse = self._reused.inverse(y, inst)
        by = self.guards.over if inverse is None else self.guards.times
        finite = (inst if inverse is None else inverse) in self.reverse.spreading
        t = by(self.emit, br, self.primal(y if inverse is None else inverse), finite=finite)
        if self.is_active(x):
            self.give(x, t)
        if self.is_active(y):
            term = self.guards.times(self.emit, t, self.primal(inst), finite=spreads)
            self.give(y, self.emit.fneg(term))

    def _guard(self, guard: str, inst: CallBase) -> None:
        """A product in which zero wins."""
        wanted = [self.is_active(a) for a in inst.arguments]
        made = self.guards.adjoints(
            self.emit,
            guard,
            self.take(inst),
            wanted,
            lambda i: self.primal(inst if i == RESULT else inst.arguments[i]),
        )
        for operand, amount in zip(inst.arguments, made, strict=True):
            if amount is not None:
                self.give(operand, amount)

    def contribution(
        self,
        inst: Instruction,
        partial: Partial,
        br: Value,
        type: Type,
        field: int | None = None,
    ) -> Value:
        """partial * br, in the type of the operand."""
        if isinstance(partial, Unknown):
            raise NoDerivative(
                self.module.location(inst),
                "no derivative is known by this argument",
                because=partial.why,
                remedy="pass a constant here, or compute the value another way",
            )
        wanted = self.reverse.shadows.type(type)
        if not flows(partial):
            return const_float(wanted, -0.0)
        assert isinstance(partial, Formula)
        chosen = self._decided.times(self.emit, inst, partial, br) if br.type is wanted else None
        if chosen is not None:
            return chosen
        operands = inst.arguments if isinstance(inst, CallBase) else inst.operands
        name = self.activity.rule_name(inst)
        is_plain = name == "sqrt" and inst in self.reverse.spreading_zeros
        if is_plain and isinstance(partial, Where):
            partial = partial.other  # a root of zero would make the result infinite

        def result(index: int | None) -> Value:
            whole = self.primal(inst)
            at = index if index is not None else field
            if at is None:
                return whole
            if isinstance(inst.type, VectorType):
                return self.emit.extract_element(whole, const_int(ty.I32, at))
            assert isinstance(inst.type, ty.StructType)
            assert inst.type.fields is not None
            return self.emit.extract(whole, (at,), inst.type.fields[at])

        place = RulePlace(
            self.module,
            self.emit,
            br.type if self.reverse.shadows.lane is not None else self.lanes.narrow(br.type),
            lambda i: self.primal(operands[i]),
            result,
            self.reverse.engine.use_runtime,
            lambda name, at: self._at_hand(name, [operands[i] for i in at], inst),
        )
        made = evaluate(partial, place, self.guards.in_formulas if self.guards.again else None)
        finite = is_plain or (
            inst.opcode == "fmul"
            and any(is_finite(o) and made is self._placeholder(o) for o in operands)
        )
        if (inst.opcode == "fmul" or name == "fma") and not finite:
            finite = inst in self.reverse.spreading  # if a factor is not finite, nor is the result
        found = self.guards.times(self.emit, br, made, finite=finite)
        if found.type is not wanted:
            opcode = "fpext" if _bits(found.type) < _bits(type) else "fptrunc"
            found = self.emit.cast(opcode, found, wanted)
        return found

    def _at_hand(self, name: str, operands: list[Value], inst: Instruction) -> Value | None:
        found = self._reused.find(name, operands, inst.type, inst)
        return None if found is None else self.sweep.need(found)

    def _placeholder(self, value: Value) -> Value | None:
        """What stands for a needed primal value at the current place."""
        copy = self.reverse.of(value)
        if isinstance(copy, Constant):
            return copy
        return self.sweep.needed.get(self.emit.block, {}).get(copy)

    def _cast(self, inst: Cast) -> None:
        (x,) = inst.operands
        match inst.opcode:
            case "fpext" | "fptrunc":
                back = "fptrunc" if inst.opcode == "fpext" else "fpext"
                type = self.reverse.shadows.type(x.type)
                self.give(x, self.emit.cast(back, self.take(inst), type))
            case "bitcast" | "trunc" | "zext" | "sext":
                size = self.layout.store_size(x.type)
                for offset, _ in self.parts(inst):
                    amount = self.take_part(inst, offset)
                    if offset < size:  # what an extension puts beside is constant
                        self.add_part(x, offset, amount)
            case _:
                raise self.reverse.refuse(
                    inst,
                    f"cannot differentiate through the conversion '{inst.opcode}'",
                    "the result is used as a floating value again",
                )

    def _bits(self, inst: Binary) -> None:
        """Integer operations on the bits of floats: sign tricks, and packing."""
        floats = self.objects.floats_in(inst)
        found = trick(inst, floats)
        if found is not None:
            if found.position < 0:
                for offset, _ in self.parts(inst):
                    self.take_part(inst, offset)
                return
            operand = inst.operands[found.position]
            for offset, type in self.parts(inst):
                assert isinstance(type, FloatType)
                assert isinstance(inst.type, ty.IntType)
                narrow = ty.int_type(type.bits)
                bits = self.emit.cast("bitcast", self.take_part(inst, offset), narrow)
                source = None
                if found.source is not None:
                    source = self._slice(self.primal(inst.operands[found.source]), offset, narrow)
                moved = found.at(offset).apply(self.emit, bits, source)
                self.add_part(operand, offset, self.emit.cast("bitcast", moved, type))
            return
        a, b = inst.operands
        moved_parts = moved_bits(self.reverse, inst)
        if moved_parts is None:
            raise bit_trick(self.reverse, inst)
        for offset, _ in self.parts(inst):
            amount = self.take_part(inst, offset)
            if inst.opcode in ("shl", "lshr"):
                assert isinstance(b, ConstantInt)
                step = b.value // 8 if inst.opcode == "lshr" else -(b.value // 8)
                if 0 <= offset + step < self.layout.store_size(a.type):  # else: zero, shifted in
                    self.add_part(a, offset + step, amount)
            elif inst.opcode == "and":
                assert isinstance(b, ConstantInt)
                if b.value >> 8 * offset & 255:
                    self.add_part(a, offset, amount)
            elif len(moved_parts) == 1:
                self.add_part(a, offset, amount)
            elif (halves := apart(inst)) is not None:
                self.add_part(a if halves[0] >> offset & 1 else b, offset, amount)

    def _slice(self, bits: Value, offset: int, type: ty.IntType) -> Value:
        bits = self.emit.binary("lshr", bits, const_int(bits.type, 8 * offset))
        return bits if bits.type is type else self.emit.cast("trunc", bits, type)

    def _select(self, inst: Select) -> None:
        """r = c ? x : y        bx += c ? br : 0,  by += c ? 0 : br"""
        _, x, y = inst.operands
        for offset, _ in self.parts(inst):
            br = self.take_part(inst, offset)
            nothing = zero(br.type)
            chosen = self._condition_of(inst, offset, br.type)
            if self.is_active(x):
                self.add_part(x, offset, self.emit.select(chosen, br, nothing))
            if self.is_active(y):
                self.add_part(y, offset, self.emit.select(chosen, nothing, br))

    def _condition_of(self, inst: Select, offset: int, part: Type) -> Value:
        """What chooses a part of a select: of a vector of integers with floats in them, a float has
        the condition of its element."""
        chosen = self._decided.by_result(inst) or self.primal(inst.operands[0])
        whole = inst.type
        if not isinstance(chosen.type, ty.VectorType) or not isinstance(whole, ty.VectorType):
            return chosen
        if not isinstance(whole.element, ty.IntType):
            return repeated_condition(self.emit, chosen, part)
        size = self.layout.store_size(whole.element)
        ends = (o + self.layout.size(t) for o, t in self.parts(inst) if o == offset)
        assert all(end <= (offset // size + 1) * size for end in ends)
        return self.emit.extract_element(chosen, const_int(ty.I32, offset // size))

    def _insert(self, inst: InsertValue, base: int) -> None:
        whole, element = inst.operands
        size = self.layout.store_size(element.type)
        for offset, _ in self.parts(inst):
            amount = self.take_part(inst, offset)
            if base <= offset < base + size:
                self.add_part(element, offset - base, amount)
            else:
                self.add_part(whole, offset, amount)

    def _return(self, inst: Return) -> None:
        if not inst.operands or not self.is_active(inst.operands[0]):
            return
        value = inst.operands[0]
        if self.reverse.split or self.reverse.whole:
            self.add_every_whole(value, self.reverse.seed)
            return
        if not self.activity.seeds_result:  # it is active for other reasons only
            return
        self._refuse_vector(inst)
        for offset, type in self.parts(value):
            self.add_part(value, offset, self.lanes.seed(type))

    def _refuse_vector(self, inst: Return) -> None:
        """The seed of a vector of floats that is returned as one number: 1 is none of its own."""
        assert inst.block is not None
        assert inst.block.function is not None
        name = inst.block.function.name.removesuffix(SUFFIX)
        if not isinstance(inst.operands[0].type, FloatType) or not self.module.defines(name):
            return
        if "alloca <" not in self.module.body_text(name):
            return
        vector = returned(self.module.function(name))
        if vector is not None:
            raise Unsupported(
                self.module.location(inst),
                f"no seed for the result of '{name}', a vector of {vector.count} floats",
                because="the ABI returns it as one number, and 1 is no derivative of its elements",
                remedy="return a struct of the floats, or write the vector through a pointer",
            )

    # ------------------------------------------------------------------ memory

    def _load(self, inst: Load) -> None:
        """r = *p        *dp += br"""
        align = shadow_alignment(inst)
        for offset, type in self.parts(inst):
            br = self.take_part(inst, offset)
            if self.activity.shadowing(inst.pointer) is Shadowing.NONE:
                continue
            for lane in self.reverse.shadows.each():
                amount = self.lanes.pick(self.emit, br, type, lane)
                self.accumulate(inst.pointer, offset, amount, _reached(align, offset))

    def _store(self, inst: Store) -> None:
        """*p = v        bv += *dp, then *dp = 0: what was overwritten influences nothing"""
        pointer, value = inst.pointer, inst.value
        if self.activity.shadowing(pointer) is Shadowing.NONE:
            return
        if not self.activity.memory_active(pointer) or inst in self.activity.still:
            return
        align = shadow_alignment(inst)
        for offset, type in self._stored_parts(inst):
            bs = self._withdraw_lanes(pointer, offset, type, _reached(align, offset))
            self.add_part(value, offset, bs)
        if not ty.is_float(value.type):
            self.reverse.aside.end(self, inst)
            for _ in self.reverse.shadows.each():
                self.reverse.notes.end(self, pointer, self.layout.store_size(value.type))
        if overwritten(self.objects, inst) is Fragment.HIGH or self._overwrites_unknown(inst):
            # so are the bytes of its adjoint
            for _ in self.reverse.shadows.each():
                address = self.address(pointer, self.layout.store_size(value.type))
                self.emit.store(zero(value.type), address, align)

    def _withdraw_lanes(self, pointer: Value, offset: int, type: Type, align: int) -> Value:
        found = [self.withdraw(pointer, offset, type, align) for _ in self.reverse.shadows.each()]
        return self.lanes.pack(self.emit, found)

    def _overwrites_unknown(self, inst: Store) -> bool:
        """Zero bytes (a small memset) over memory of unknown kind, or bits without derivative where
        floats and pointers lie in turn (what the forward sweep has put there for an integer is
        no adjoint): whatever lay there is gone."""
        if not isinstance(inst.value.type, ty.IntType) or self.is_active(inst.value):
            return False
        size = self.layout.store_size(inst.value.type)
        segments = self.objects.segments(self.objects.place(inst.pointer), size)
        if any(s.kind == CONFLICT for s in segments):
            return not self.reverse.is_told_pointer(inst)
        return is_zero(inst.value) and size >= 4 and all(s.kind is None for s in segments)

    def _stored_parts(self, inst: Store) -> Parts:
        value = inst.value
        if ty.is_float(value.type):
            return [(0, value.type)]
        if isinstance(value.type, ty.PointerType):
            return []
        if isinstance(value.type, (ty.StructType, ty.ArrayType)):
            return self.parts(value)
        size = self.layout.store_size(value.type)
        if size < 2 or inst in self.objects.integral:
            return []
        segments = self.objects.segments(self.objects.place(inst.pointer), size)
        kinds = {s.kind for s in segments}
        if None in kinds and not self.objects.is_seen_elsewhere(inst.pointer):
            kinds.remove(None)  # nobody looks at them: padding
        if self.is_active(value) and kinds & {None, CONFLICT}:
            if self.reverse.is_told_pointer(inst):
                return []
            raise self.reverse.unknown_kind(inst, kinds)
        return [
            (s.offset, s.kind)
            for s in segments
            if self._is_whole(s) and isinstance(s.kind, FloatType)
        ]

    def _move_memory(self, inst: CallBase, count: Value, to: Value, source: Value | None) -> None:
        """memcpy(p, q, n)        for each float: t = *dp, *dp = 0, *dq += t"""
        place = self.objects.place(inst.arguments[0])
        move_cells(self, inst, place, inst.arguments[2], count, to, source)

    def _memory_copy(self, inst: CallBase) -> None:
        to, source, size = inst.arguments[:3]
        if self.activity.shadowing(to) is Shadowing.NONE or is_zero(size):
            return
        if not self.activity.memory_active(to):
            return
        count = once_a_shadow(self, inst, self.guarded_size(to, self.primal(size)))
        if self.activity.shadowing(source) is Shadowing.NONE:
            self._move_memory(inst, count, self.shadow(to), None)
            return
        origin = self.shadow(source)
        if self.reverse.is_mixed(source):
            constant = self.emit.compare("icmp", "eq", origin, self.primal(source))
            nothing = zero(ty.I64)
            self._move_memory(
                inst, self.emit.select(constant, count, nothing), self.shadow(to), None
            )
            count = self.emit.select(constant, nothing, count)
        self._move_memory(inst, count, self.shadow(to), origin)

    def _memory_fill(self, inst: CallBase) -> None:
        to, _, size = inst.arguments[:3]
        if self.activity.shadowing(to) is Shadowing.NONE or is_zero(size):
            return
        if not self.activity.memory_active(to):
            return
        count = self.guarded_size(to, self.primal(size))
        if not self.objects.may_be_outside(to):
            # pointers that were overwritten are not read from here on either
            numbers = [const_int(ty.I64, n) for n in (1, 0, 1)]
            type = ty.function(ty.VOID, (ty.PTR, ty.I64, ty.I64, ty.I64, ty.I64))
            helper = self.reverse.helper("__enzcc_clear_cells", type)
            self.emit.call(helper, type, [self.shadow(to), count, *numbers])
            self.reverse.notes.begin(self.emit, to, self.shadow(to), count)
            return
        self._move_memory(inst, count, self.shadow(to), None)

    def _resized(self, inst: CallBase) -> None:
        """realloc: the adjoints of the new block go back to the old one."""
        if not self.activity.memory_active(inst):
            return
        for lane in self.reverse.shadows.each():
            if (inst, lane) in self.reverse.blocks_kept:
                self._resized_lane(inst, *self.reverse.blocks_kept[inst, lane])

    def _resized_lane(self, inst: CallBase, old: Value, moved: Value) -> None:
        place = self.objects.place(inst)
        count = self.sweep.need(moved)
        clone = self.shadow(inst)
        move_cells(self, inst, place, moved, count, clone, self.sweep.need(old))

    # ------------------------------------------------------------------ calls

    def visit_call(self, inst: CallBase) -> None:
        """What a call does to adjoints."""
        match self.reverse.kind(inst):
            case CallKind.BODY if self.activity.call_active(inst):
                self._body(inst)
            case CallKind.CUSTOM if self.activity.custom_active(inst):
                adjoint_call(self, inst)
            case CallKind.HANDED if self.activity.custom_active(inst):
                handed.adjoint(self, inst)
            case CallKind.RULE:
                self._rule(inst)
            case CallKind.COPY:
                for _ in self.reverse.shadows.each():
                    self._memory_copy(inst)
            case CallKind.FILL:
                for _ in self.reverse.shadows.each():
                    self._memory_fill(inst)
            case CallKind.ALLOCATION:
                self._resized(inst)
                for _ in self.reverse.shadows.each():
                    clear_again(self, inst)
                release_own(self, inst)

    def _body(self, inst: CallBase) -> None:
        from enzcc.ad.modes.reverse import gradients_of, has_seed

        callee = inst.callee
        assert isinstance(callee, Global)
        function = self.objects.functions[callee.name]
        back = self.reverse.engine.whole_function(function, self.activity, self.lanes)
        if back is not None:
            arguments = arguments_again(self, inst)
        else:
            _, back = self.reverse.engine.augmented_and_reverse(function, self.activity, self.lanes)
            frame = self.sweep.need(self.reverse.frames[inst, 0])
            arguments = [self.reverse.back_tape(), frame]
        if has_seed(self.activity, function):
            if self.is_active(inst):
                arguments += self.every_whole(inst)
            else:
                arguments += map(zero, self.lanes.types(inst.type))
        result = self.emit.call(back.symbol, back.type, arguments)
        index = 0
        for formal in gradients_of(self.activity, function):
            actual = inst.arguments[formal.index]
            types = self.lanes.types(formal.type)
            if self.is_active(actual):
                found = [self.emit.extract(result, (index + i,), t) for i, t in enumerate(types)]
                self.add_every_whole(actual, found)
            index += len(types)

    def _rule(self, inst: CallBase) -> None:
        callee = inst.callee
        assert isinstance(callee, Global)
        rule = self.activity.known.find(callee.name)
        assert rule is not None
        arguments = inst.arguments
        for out in rule.outputs:
            self._output(inst, out)
        if not self.is_active(inst) or visit_power(self, inst):
            return
        guard = guard_of(callee.name)
        if guard is not None:
            self._guard(guard, inst)
            return
        if rule.has_fields:
            check_fields(self.reverse, inst)
        for offset, _ in self.parts(inst):
            br = self.take_part(inst, offset)
            index = self._field_index(inst, offset) if rule.has_fields else None
            for position, operand in enumerate(arguments):
                if not self.is_active(operand) or not ty.is_float(operand.type):
                    continue
                partial = rule.partial(position, field=index)
                if flows(partial):
                    amount = self.contribution(inst, partial, br, operand.type, index)
                    self.give(operand, amount)

    def _field_index(self, inst: CallBase, offset: int) -> int:
        assert isinstance(inst.type, ty.StructType)
        return self.layout.offsets(inst.type).index(offset)

    def _output(self, inst: CallBase, out: int) -> None:
        callee = inst.callee
        assert isinstance(callee, Global)
        rule = self.activity.known.find(callee.name)
        assert rule is not None
        pointer = inst.arguments[out]
        if self.activity.shadowing(pointer) is Shadowing.NONE:
            return
        if not self.activity.memory_active(pointer):
            return
        type = next(a.type for a in inst.arguments if ty.is_float(a.type))
        bs = self._withdraw_lanes(pointer, 0, type, self.layout.align(type))
        for position, operand in enumerate(inst.arguments):
            if self.is_active(operand) and ty.is_float(operand.type):
                partial = rule.partial(position, output=out)
                if flows(partial):
                    self.give(operand, self.contribution(inst, partial, bs, operand.type))


def _bits(type: Type) -> int:
    scalar = ty.scalar(type)
    assert isinstance(scalar, FloatType)
    return scalar.bits


def _reached(align: int, offset: int) -> int:
    """Alignment of an address `offset` bytes behind one of alignment `align`."""
    return align if not offset else min(align, offset & -offset)
