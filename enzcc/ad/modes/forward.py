"""Forward mode: one walk, every active value gets a tangent beside it.

The tangent function of `T f(A, B)` takes each parameter followed by its shadow where it has one,
and returns nothing, the primal, or {primal, tangent}; see `signature`.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, final

from enzcc.ad.byhand.byhand import settle_stand_ins, tangent_call
from enzcc.ad.calls import handed
from enzcc.ad.calls.replaceable import require_same
from enzcc.ad.exceptions.thrown import throw_again
from enzcc.ad.exceptions.unwinding import call_as, plain, with_personality
from enzcc.ad.extras.bounds import bound
from enzcc.ad.memory.links import link_shadows
from enzcc.ad.modes.bits import trick
from enzcc.ad.modes.calculus import RulePlace, fast_math, is_finite
from enzcc.ad.modes.companion import Companion, plain_access
from enzcc.ad.modes.guards import RESULT
from enzcc.ad.modes.lanes import Lanes
from enzcc.ad.modes.neutral import without_floats
from enzcc.ad.modes.overlapping import once_a_shadow
from enzcc.ad.modes.parted import parted
from enzcc.ad.modes.underived import (
    check_fields,
    end_at_unlisted,
    refuse_call,
    refuse_input,
    unsupported_call,
)
from enzcc.analysis.activity import Activity, Shadowing, flows
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.cxxabi import SHADOW_THROWN
from enzcc.analysis.nodes import CONFLICT, NOTED, POINTER, UNION, Cells, Pointer, Segment
from enzcc.analysis.pieces import Fragment, overwritten
from enzcc.errors import NoDerivative, Unsupported
from enzcc.ir import types as ty
from enzcc.ir.builder import const_float, const_int, poison, zero
from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    Binary,
    CallBase,
    Cast,
    FNeg,
    Instruction,
    Load,
    Return,
    Store,
)
from enzcc.ir.types import FloatType, Type
from enzcc.ir.values import Constant, ConstantInt, Global, Value, is_zero
from enzcc.rules import (
    INSTRUCTIONS,
    WRITES_VALUES,
    Parameter,
    Partial,
    Rule,
    Unknown,
    evaluate,
)
from enzcc.rules.algebra import Formula
from enzcc.rules.guards import guard_of

if TYPE_CHECKING:
    from enzcc.ad.engine import Engine


def wants_shadow(activity: Activity, value: Value) -> bool:
    """Does a parameter or result travel with a shadow in forward mode?"""
    return activity.has_shadow(value) or activity.is_active(value)


def result_has_tangent(activity: Activity, function: Function) -> bool:
    """Does a function return a tangent beside its result?"""
    return any(wants_shadow(activity, v) for v in activity.objects.returns(function.name))


def signature(activity: Activity, function: Function, lanes: Lanes) -> ty.FunctionType:
    """Type of the tangent function of a function."""
    params: list[Type] = []
    for arg in function.args:
        params.append(arg.type)
        if wants_shadow(activity, arg):
            params += lanes.types(arg.type)
    result = function.type.result
    if result is not ty.VOID and result_has_tangent(activity, function):
        result = ty.struct((result, *lanes.types(result)))
    return ty.function(result, tuple(params))


_FAR = 256
_GONE = (
    "'__enzyme_fwdsplit' cannot give a block another size that had no shadow: its contents may be"
    " others by now; use '__enzyme_fwddiff'"
)


@final
class Forward(Companion):
    """Builds the tangent function of one function into `target`."""

    tangents = True

    def __init__(
        self, engine: Engine, source: Function, activity: Activity, target: Function, lanes: Lanes
    ) -> None:
        super().__init__(engine, source, activity, target, lanes)
        self.returns_tangent = result_has_tangent(activity, source)

    def build(self) -> None:
        """Fills the target."""
        params = iter(self.target.args)
        for arg in self.source.args:
            self.primal[arg] = next(params)
            if wants_shadow(self.activity, arg):
                self.shadows.set_parameters(arg, [next(params) for _ in self.lanes.types(arg.type)])
        self.copy_body()
        settle_stand_ins(self)
        with_personality(self)

    # ------------------------------------------------------------------ instructions

    def visit(self, inst: Instruction) -> None:
        if isinstance(inst, Return) and self.returns_tangent:
            (value,) = inst.operands
            both: Value = poison(self.target.type.result)
            both = self.emit.insert(both, self.of(value), (0,))
            returned = self.objects.returns(self.source.name)
            whole = next((v for v in returned if not isinstance(v, Constant)), None)
            floats = self.objects.floats_declared_in(self.source.name)
            for index, shadow in enumerate(self.every_shadow(value, whole), 1):
                if isinstance(value, Constant) and not ty.is_float(value.type):
                    shadow = without_floats(self.emit, self.objects, shadow, floats)
                both = self.emit.insert(both, shadow, (index,))
            self.emit.ret(both)
            return
        super().visit(inst)

    def tangent(self, value: Value) -> Value | None:
        """The tangent of a value, None if it is constant."""
        return self.shadows.get(value)

    def shadow_of(self, inst: Instruction, copy: Instruction) -> Value:
        self.emit.flags = fast_math(inst)
        try:
            match inst:
                case Binary() | FNeg() if ty.is_float(inst.type):
                    if self.engine.bounds:
                        partials = INSTRUCTIONS[inst.opcode].partials
                        return self._bound(inst, partials, inst.operands, copy)
                    return self._arithmetic(inst, copy)
                case Cast(opcode="fptrunc") if self.engine.bounds:
                    operand = inst.operands[0]
                    error = self.emit.cast("fptrunc", self.shadow(operand), inst.type)
                    return bound(self, inst, copy, [(copy, const_float(inst.type, 1), error)])
                case Cast(opcode="fpext" | "fptrunc"):
                    type = self.shadows.type(inst.type)
                    return self.emit.cast(inst.opcode, self.shadow(inst.operands[0]), type)
                case Load():
                    return self.shadow_load(inst, copy)
            return super().shadow_of(inst, copy)
        finally:
            self.emit.flags = ""

    def _arithmetic(self, inst: Instruction, copy: Instruction) -> Value:
        emit = self.emit
        if inst.opcode == "fdiv":
            return self._quotient(inst, copy)
        rule = INSTRUCTIONS[inst.opcode]
        total: Value | None = None
        for position, operand in enumerate(inst.operands):
            tangent = self.tangent(operand)
            if tangent is None:
                continue
            partial = rule.partials[position]
            term = self._term(inst, partial, tangent, inst.operands, copy)
            if term is None:
                continue
            total = term if total is None else emit.fadd(total, term)
        return zero(self.shadows.type(inst.type)) if total is None else total

    def _bound(
        self, inst: Instruction, partials: Sequence[Partial], operands: list[Value], copy: Value
    ) -> Value:
        """The bound of a result's rounding error."""
        terms = [
            (self.of(operand), partial, error)
            for operand, rule in zip(operands, partials, strict=False)
            if ty.is_float(operand.type) and (error := self.tangent(operand)) is not None
            if (partial := self._partial(inst, rule, operands, copy)) is not None
        ]
        return bound(self, inst, copy, terms)

    def _quotient(self, inst: Instruction, copy: Instruction) -> Value:
        """r = x / y        dr = (dx - r dy) / y"""
        emit = self.emit
        x, y = inst.operands
        dx, dy = self.tangent(x), self.tangent(y)
        above = dx
        if dy is not None:
            term = self.guards.times(emit, dy, copy, finite=False)
            above = emit.fneg(term) if above is None else emit.fsub(above, term)
        if above is None:
            return zero(self.shadows.type(inst.type))
        return self.guards.over(emit, above, self.of(y))

    def _term(
        self,
        inst: Instruction,
        partial: Partial,
        tangent: Value,
        operands: list[Value],
        result: Value,
        field: int | None = None,
        type: Type | None = None,
    ) -> Value | None:
        """partial * tangent; None where nothing flows."""
        made = self._partial(inst, partial, operands, result, field, type)
        if made is None:
            return None
        type = type or result.type
        finite = inst.opcode == "fmul" and is_finite(made)
        wanted = self.shadows.type(type)
        if tangent.type is not wanted:
            opcode = "fpext" if _bits(tangent.type) < _bits(type) else "fptrunc"
            tangent = self.emit.cast(opcode, tangent, wanted)
        return self.guards.times(self.emit, tangent, made, finite=finite)

    def _partial(
        self,
        inst: Instruction,
        partial: Partial,
        operands: list[Value],
        result: Value,
        field: int | None = None,
        type: Type | None = None,
    ) -> Value | None:
        """The value of a partial; None where nothing flows."""
        if isinstance(partial, Unknown):
            raise NoDerivative(
                self.module.location(inst),
                "no derivative is known by this argument",
                because=partial.why,
                remedy="pass a constant here, or compute the value another way",
            )
        if not flows(partial):
            return None
        assert isinstance(partial, Formula)
        type = type or result.type

        def picked(index: int | None) -> Value:
            if index is None and field is None:
                return result
            at = index if index is not None else field
            assert at is not None
            return self._field(result, at)

        place = RulePlace(
            self.module,
            self.emit,
            type,
            lambda i: self.of(operands[i]),
            picked,
            self.engine.use_runtime,
        )
        return evaluate(partial, place, self.guards.in_formulas if self.guards.again else None)

    def _field(self, value: Value, index: int) -> Value:
        if isinstance(value.type, ty.VectorType):
            return self.emit.extract_element(value, const_int(ty.I32, index))
        element = value.type.fields[index] if isinstance(value.type, ty.StructType) else None  # type: ignore[index]
        assert element is not None
        return self.emit.extract(value, (index,), element)

    def shadow_bits(self, inst: Binary, copy: Instruction) -> Value:
        floats = self.objects.floats_in(inst)
        found = trick(inst, floats)
        if found is not None:
            if found.position < 0:
                return without_floats(self.emit, self.objects, copy, floats)
            source = None if found.source is None else self.of(inst.operands[found.source])
            moved = found.apply(self.emit, self.shadow(inst.operands[found.position]), source)
            return self._with_integers(inst, floats, moved, copy)
        return super().shadow_bits(inst, copy)

    def _with_integers(
        self, inst: Binary, floats: list[Segment], tangent: Value, copy: Value
    ) -> Value:
        """The tangent of a word in which integers lie beside the floats: they are as they are."""
        assert isinstance(inst.type, ty.IntType)
        of_floats = 0
        for segment in floats:
            of_floats |= ((1 << 8 * segment.size) - 1) << 8 * segment.offset
        beside = ((1 << inst.type.bits) - 1) & ~of_floats
        if not beside:
            return tangent
        tangent = self.emit.binary("and", tangent, const_int(inst.type, of_floats))
        integers = self.emit.binary("and", copy, const_int(inst.type, beside))
        return self.emit.binary("or", tangent, integers)

    # ------------------------------------------------------------------ memory

    def visit_store(self, inst: Store) -> None:
        """*p = v        *dp = dv (the pointer's shadow, the integer itself, a float's tangent)"""
        if self.activity.shadowing(inst.pointer) is not Shadowing.NONE:
            for _ in self.shadows.each():
                self._store_shadow(inst)

    def _store_shadow(self, inst: Store) -> None:
        size = self.layout.store_size(inst.value.type)
        address = self.write_address(inst.pointer, size)
        if inst in self.objects.integral:
            self.emit.store(self.of(inst.value), address, tail=plain_access(inst.tail))
            return
        value = self._constant_bits(inst, self.shadow(inst.value))
        match overwritten(self.objects, inst):
            case Fragment.LOW:
                return
            case Fragment.HIGH:
                value = zero(inst.value.type)
        self.emit.store(value, address, tail=plain_access(inst.tail))

    def _constant_bits(self, inst: Store, shadow: Value) -> Value:
        """The shadow of a stored value, 0 where bits of a constant become a float in memory."""
        stored = inst.value
        if not ty.is_int(stored.type) or self.activity.is_active(stored) or is_zero(stored):
            return shadow
        place = self.objects.place(inst.pointer)
        segments = self.objects.segments(place, self.layout.store_size(stored.type))
        mask = 0
        for segment in segments:
            constant = segment.kind == CONFLICT and isinstance(stored, Constant)
            if constant or isinstance(segment.kind, FloatType):  # a constant is no pointer
                mask |= ((1 << 8 * segment.size) - 1) << 8 * segment.offset
        if not mask:
            return shadow
        if isinstance(stored.type, ty.VectorType):
            if not all(isinstance(s.kind, FloatType) for s in segments):
                raise self.unknown_kind(inst)
            return zero(stored.type)
        assert isinstance(stored.type, ty.IntType)
        rest = ((1 << stored.type.bits) - 1) & ~mask
        return self.emit.binary("and", shadow, const_int(stored.type, rest))

    def _copy_memory(self, inst: CallBase) -> None:
        """memcpy(p, q, n)        memcpy(dp, dq, n), floats of a constant source being 0"""
        to, source, size = inst.arguments[:3]
        if self.activity.shadowing(to) is Shadowing.NONE or is_zero(size):
            return
        count = once_a_shadow(self, inst, self.guarded_size(to, self.wide(self.of(size))))
        if self.activity.shadowing(source) is Shadowing.ALWAYS:
            self.move(self.shadow(to), self.shadow(source), count)
            return
        if self.is_mixed(source):
            self.move(self.shadow(to), self.shadow(source), count)
            constant = self.constant_here(source)
            self._clear_floats(inst, to, self.emit.select(constant, count, zero(ty.I64)))
            return
        self.move(self.shadow(to), self.of(source), count)
        self._clear_floats(inst, to, count)

    def _fill_memory(self, inst: CallBase) -> None:
        """memset(p, c, n)        memset(dp, c, n), floats being 0"""
        to, byte, size = inst.arguments[:3]
        if self.activity.shadowing(to) is Shadowing.NONE:
            return
        count = self.guarded_size(to, self.wide(self.of(size)))
        pattern = self.of(byte)
        if pattern.type is not ty.I8:
            pattern = self.emit.cast("trunc", pattern, ty.I8)
        self.fill(self.shadow(to), pattern, count)
        if not is_zero(byte):
            self._clear_floats(inst, to, count)

    def _clear_floats(self, inst: CallBase, pointer: Value, count: Value) -> None:
        """Zeroes the floats in `count` bytes of shadow memory."""
        self._clear_floats_of(inst, pointer, count, inst.arguments[2])

    def _clear_floats_of(self, inst: CallBase, pointer: Value, count: Value, size: Value) -> None:
        cells = self._cells_cleared(inst, pointer, size)
        if all(isinstance(c.kind, FloatType) for c in cells):
            self.clear(self.shadow(pointer), count)
            return
        for one in cells:
            if isinstance(one.kind, FloatType) or one.kind == NOTED:
                self.each_cell(self.emit, "clear_cells", one, [self.shadow(pointer)], count)
            elif one.kind == UNION:
                self.each_cell(self.emit, "clear_numbers", one, [self.shadow(pointer)], count)

    def _cells_cleared(self, inst: CallBase, pointer: Value, size: Value) -> list[Cells]:
        """The kinds of what is cleared, after a copy of constants: where nothing tells what of them
        are pointers by where they go, it may be told by where they come from."""
        try:
            return self.pattern(inst, self.objects.place(pointer), size)
        except NoDerivative:
            if self.kind(inst) is not CallKind.COPY:
                raise
            return self.pattern(inst, self.objects.place(inst.arguments[1]), size)

    def _kinds(self, place: Pointer, size: int) -> list[Segment]:
        """Numbers of several types, and no pointers, are NOTED: all of them have a tangent."""
        return [
            Segment(s.offset, s.size, NOTED) if self._are_numbers(place, s) else s
            for s in super()._kinds(place, size)
        ]

    def _are_numbers(self, place: Pointer, segment: Segment) -> bool:
        if segment.kind != CONFLICT:
            return False
        for one in self.objects.places(place):
            node, start = one.unfolded()
            for at in range(segment.offset - 7, segment.offset + segment.size):
                cell = node.cells.get(node.fold(start + at))
                if cell is not None and (cell.link or POINTER in (*cell.strong, *cell.hints)):
                    return False
        return True

    # ------------------------------------------------------------------ calls

    def visit_call(self, inst: CallBase) -> None:
        name = inst.called
        problem = unsupported_call(self, name, inst)
        if problem is not None:
            raise problem
        match self.kind(inst):
            case CallKind.CUSTOM if self.activity.custom_active(inst):
                tangent_call(self, inst)
                return
            case CallKind.HANDED if self.activity.custom_active(inst):
                if self.activity in self.engine.replays:
                    end_at_unlisted(self, inst)
                else:
                    handed.tangent(self, inst)
                return
            case CallKind.BODY if self._has_tangent_function(inst):
                self._body(inst)
                return
            case CallKind.RULE:
                self.emit.flags = fast_math(inst)
                self._rule(inst)
                self.emit.flags = ""
                return
            case CallKind.LINK:
                link_shadows(self, inst)
                return
            case CallKind.DEALLOCATION:
                self._free(inst)
                return
            case CallKind.UNKNOWN if self.activity.unknown_call_active(inst):
                refuse_call(self, inst)
                return
            case CallKind.UNLISTED if self.activity.unknown_call_active(inst):
                end_at_unlisted(self, inst)
                return
            case CallKind.INACTIVE if name in WRITES_VALUES:
                refuse_input(self, inst, name)
        copy = self.copy(inst)
        match self.kind(inst):
            case CallKind.INACTIVE if name == SHADOW_THROWN:
                throw_again(self, inst)
            case CallKind.COPY:
                for _ in self.shadows.each():
                    self._copy_memory(inst)
            case CallKind.FILL:
                for _ in self.shadows.each():
                    self._fill_memory(inst)
            case CallKind.ALLOCATION:
                for _ in self.shadows.each():
                    self._allocate(inst, copy)
                return
        if self.wants_shadow(inst):
            for _ in self.shadows.each():
                self.shadows[inst] = self.returned_shadow(inst, copy)

    def _has_tangent_function(self, inst: CallBase) -> bool:
        plan = self.engine.replays.get(self.activity)
        if plan is not None:
            return plan.follows(inst)
        return self.activity.call_active(inst) or self.activity.bound.looks_behind(inst)

    def _body(self, inst: CallBase) -> None:
        callee = inst.callee
        assert isinstance(callee, Global)
        function = self.objects.functions[callee.name]
        made = self.engine.tangent_function(function, self.activity, self.lanes)
        arguments: list[Value] = []
        for formal, actual in zip(function.args, inst.arguments, strict=True):
            arguments.append(self.of(actual))
            if wants_shadow(self.activity, formal):
                arguments += self.every_shadow(actual, formal)
        both = call_as(self, inst, made.symbol, made.type, arguments)
        if inst.type is ty.VOID:
            return
        if result_has_tangent(self.activity, function):
            self.primal[inst] = self.emit.extract(both, (0,), inst.type)
            types = self.lanes.types(inst.type)
            found = [self.emit.extract(both, (i,), type) for i, type in enumerate(types, 1)]
            self.shadows.set_all(inst, found)
        else:
            self.primal[inst] = both

    def _rule(self, inst: CallBase) -> None:
        copy = self.copy(inst)
        callee = inst.callee
        assert isinstance(callee, Global)
        rule = self.activity.known.find(callee.name)
        assert rule is not None
        arguments = inst.arguments
        if self.engine.bounds:
            if rule.has_fields or rule.outputs:
                raise Unsupported(
                    self.module.location(inst),
                    f"cannot estimate the error of '{callee.name}', which has several results",
                    remedy="call functions that return one number",
                )
            if self.wants_shadow(inst):
                partials = [rule.partial(i) for i in range(len(arguments))]
                for _ in self.shadows.each():
                    self.shadows[inst] = self._bound(inst, partials, arguments, copy)
            return
        if self.wants_shadow(inst):
            guard = guard_of(callee.name)
            if guard is not None:
                self.shadows[inst] = self.guards.tangent(
                    self.emit,
                    guard,
                    [self.tangent(a) for a in arguments],
                    lambda i: copy if i == RESULT else self.of(arguments[i]),
                )
            elif rule.has_fields:
                check_fields(self, inst)
                for _ in self.shadows.each():
                    self.shadows[inst] = self._fields(inst, copy)
            else:
                total = self._sum(inst, [rule.partial(i) for i in range(len(arguments))], copy)
                self.shadows[inst] = total or zero(self.shadows.type(inst.type))
        for _ in self.shadows.each():
            self._outputs(inst, rule, copy)

    def _outputs(self, inst: CallBase, rule: Rule, copy: Instruction) -> None:
        """What a call with a rule writes through pointers."""
        arguments = inst.arguments
        for out in rule.outputs:
            pointer = arguments[out]
            if self.activity.shadowing(pointer) is Shadowing.NONE:
                continue
            type = self._output_type(inst)
            partials = [rule.partial(i, output=out) for i in range(len(arguments))]
            total = self._sum(inst, partials, copy, type)
            address = self.write_address(pointer, self.layout.size(type))
            self.emit.store(zero(type) if total is None else total, address)
        for position, parameter in enumerate(rule.parameters):
            if (
                parameter is Parameter.WHOLE_OUT
                and self.activity.shadowing(arguments[position]) is not Shadowing.NONE
            ):
                address = self.write_address(arguments[position], 4)
                self.emit.store(self.emit.load(ty.I32, self.of(arguments[position])), address)

    def _output_type(self, inst: CallBase) -> Type:
        for argument in inst.arguments:
            if ty.is_float(argument.type):
                return argument.type
        return inst.type

    def _sum(
        self, inst: CallBase, partials: list[Partial], copy: Instruction, type: Type | None = None
    ) -> Value | None:
        total: Value | None = None
        for position, argument in enumerate(inst.arguments):
            tangent = self.tangent(argument) if ty.is_float(argument.type) else None
            if tangent is None:
                continue
            term = self._term(inst, partials[position], tangent, inst.arguments, copy, type=type)
            if term is not None:
                total = term if total is None else self.emit.fadd(total, term)
        return total

    def _fields(self, inst: CallBase, copy: Instruction) -> Value:
        callee = inst.callee
        assert isinstance(callee, Global)
        rule = self.activity.known.find(callee.name)
        assert rule is not None
        assert isinstance(inst.type, ty.StructType)
        assert inst.type.fields is not None
        result: Value = poison(inst.type)
        for index, field in enumerate(inst.type.fields):
            part: Value | None = None
            if ty.is_float(field):
                for position, argument in enumerate(inst.arguments):
                    tangent = self.tangent(argument)
                    if tangent is None:
                        continue
                    partial = rule.partial(position, field=index)
                    term = self._term(
                        inst, partial, tangent, inst.arguments, copy, field=index, type=field
                    )
                    if term is not None:
                        part = term if part is None else self.emit.fadd(part, term)
                part = part or zero(field)
            else:
                part = self.emit.extract(copy, (index,), field)
            result = self.emit.insert(result, part, (index,))
        return result

    def _allocate(self, inst: CallBase, copy: Instruction) -> None:
        callee = inst.callee
        assert isinstance(callee, Global)
        allocator = self.known.allocators[callee.name]
        if allocator.out is not None:
            slot = inst.arguments[allocator.out]
            if self.activity.shadowing(slot) is Shadowing.NONE:
                return
            assert isinstance(copy, CallBase)
            block = self._filled(copy, allocator.out, self.shadow(slot))
            if self.is_logged(inst):
                second = self._filled(copy, allocator.out, self.shadow(slot))
                primal = self.emit.load(ty.PTR, self.of(slot))
                assert isinstance(primal, Load)
                self.filled.setdefault(inst, []).append(primal)
                block = parted(self, inst, primal, (block, second))
                self.emit.store(block, self.shadow(slot))
            self.clear(block, self.allocation_size(inst))
        elif allocator.old is not None:
            if self.wants_shadow(inst):
                assert isinstance(copy, CallBase)
                again = plain(copy)
                old = inst.arguments[allocator.old]
                again.set_operand(allocator.old, self._shadow_block(old))
                again.attributes[allocator.old] = ""  # it may be null where the primal is not
                moved: Value = self.emit.put(again)
                if self.is_logged(inst):
                    fresh = again.copy()
                    fresh.set_operand(allocator.old, zero(ty.PTR))
                    second = self.emit.put(fresh)
                    self.move(second, moved, self.wide(self.allocation_size(inst)))
                    moved = parted(self, inst, copy, (moved, second))
                self.shadows[inst] = moved
                if self.is_mixed(old):
                    self._take_constant(inst, copy, old)
        elif self.wants_shadow(inst):
            shadow = self.allocate_shadow(inst, copy)
            assert shadow is not None
            self.shadows[inst] = shadow

    def _filled(self, copy: CallBase, out: int, slot: Value) -> Value:
        """The block that a call writes down where it is told to."""
        again = plain(copy)
        again.set_operand(out, slot)
        self.emit.put(again)
        return self.emit.load(ty.PTR, slot)

    def _take_constant(self, inst: CallBase, copy: Value, block: Value) -> None:
        """The shadow of a block that was constant and is moved: the same, floats being 0."""
        constant = self.constant_here(block)
        size = self.emit.select(constant, self.wide(self.allocation_size(inst)), zero(ty.I64))
        if self.is_logged(inst):  # what was in the block may be gone
            nothing = zero(ty.PTR)
            old = self.emit.select(constant, self.of(block), nothing)
            require_same(self.engine, self.emit, old, nothing, _GONE)
        else:
            self.move(self.shadows[inst], copy, size)
        self._clear_floats_of(inst, inst, size, size)

    def exception_memory(self, copy: Instruction, size: Value) -> Value:
        """Behind the exception, which gets larger: they go together."""
        assert isinstance(copy, CallBase)
        assert isinstance(size, ConstantInt)
        step = -(-size.value // 16) * 16
        if self.engine.again:  # the shadows of all exceptions lie equally far behind them
            step = max(step, _FAR)
        copy.set_operand(0, const_int(ty.I64, step * (self.lanes.width + 1)))
        return self.emit.gep(
            ty.I8, copy, [const_int(ty.I64, step * ((self.shadows.lane or 0) + 1))]
        )

    def _shadow_block(self, pointer: Value) -> Value:
        """The shadow of a heap block, null where it turns out constant."""
        if not self.is_mixed(pointer):
            return self.shadow(pointer)
        return self.emit.select(self.constant_here(pointer), zero(ty.PTR), self.shadow(pointer))

    def _free(self, inst: CallBase) -> None:
        callee = inst.callee
        assert isinstance(callee, Global)
        position = self.known.deallocators[callee.name].pointer
        pointer = inst.arguments[position]
        backwards = callee.name.startswith("__enzcc_")  # the tape is a stack
        if self.activity.shadowing(pointer) is Shadowing.NONE:
            self.copy(inst)
            return
        for _ in self.shadows.each(backwards=backwards):
            shadow = self._shadow_block(pointer)
            again = inst.copy()
            assert isinstance(again, CallBase)
            again.tail = ""
            for index, operand in enumerate(inst.operands):
                again.set_operand(index, self.of(operand))
            again.set_operand(position, shadow)
            again.attributes[position] = ""  # it may be null where the primal is not
            self.emit.put(again)
        self.copy(inst)


def _bits(type: Type) -> int:
    scalar = ty.scalar(type)
    assert isinstance(scalar, FloatType)
    return scalar.bits
