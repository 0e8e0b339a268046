"""Reverse mode: a forward sweep that keeps what is needed, then the reversed control flow graph.

    forward sweep    the companion of the primal: its copy, with shadow pointers beside
    reverse sweep    one reverse block a block, its adjoints in reverse order; at a join, the
                     predecessor that was taken is chosen again; a loop runs backward by its own
                     counter

In combined form both are one function. A function that stays a call is split: the augmented
function returns {primal, shadow, frame} as far as they are there, the reverse function takes (tape,
frame, seed) and returns the adjoints of the floating parameters.

Adjoints of SSA values live in stack slots of the reverse sweep, which LLVM turns into registers.
They start at -0.0 (x + -0.0 is exactly x, and LLVM folds it). An adjoint that has been handed on is
reset.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, final

from enzcc.ad.byhand.byhand import augmented_call, settle_stand_ins
from enzcc.ad.calls import handed
from enzcc.ad.copies.arms import twins
from enzcc.ad.exceptions.thrown import throw_again
from enzcc.ad.exceptions.unwinding import call_as, plain, release_on_unwinding, with_personality
from enzcc.ad.memory import deferred
from enzcc.ad.memory.aside import Aside
from enzcc.ad.memory.links import Colours, link_shadows
from enzcc.ad.memory.notes import Notes
from enzcc.ad.modes.adjoints import Adjoints
from enzcc.ad.modes.companion import Companion, plain_access
from enzcc.ad.modes.lanes import Lanes
from enzcc.ad.modes.neutral import leaves
from enzcc.ad.modes.overlapping import moved_in_turn, once_a_shadow
from enzcc.ad.modes.sweep import Sweep
from enzcc.ad.modes.underived import end_at_unlisted, refuse_call, refuse_input, unsupported_call
from enzcc.ad.names import original
from enzcc.ad.tape.origins import carry_origins
from enzcc.ad.tape.whole import postpone
from enzcc.analysis.activity import Activity, Shadowing
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.changes import Changes
from enzcc.analysis.cxxabi import SHADOW_THROWN
from enzcc.analysis.dependence import Dependence
from enzcc.analysis.evidence import DECLARED
from enzcc.analysis.nodes import CONFLICT, INTEGER, NOTED, POINTER, UNION, Pointer, Segment
from enzcc.analysis.recurrences import Recurrences
from enzcc.analysis.spreading import Spreading
from enzcc.analysis.triangles import Triangular, triangular_phis
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, poison, zero
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Alloca,
    CallBase,
    Instruction,
    Load,
    Phi,
    Return,
    Store,
    alignment,
)
from enzcc.ir.types import Type
from enzcc.ir.values import Argument, ConstantInt, Global, Value, is_zero
from enzcc.markers.request import Activity as Role
from enzcc.markers.request import Request
from enzcc.rules import WRITES_VALUES
from enzcc.rules.known import Known

if TYPE_CHECKING:
    from enzcc.ad.engine import Engine

ARENA = (
    "__enzcc_tape_push",
    "__enzcc_tape_rewind",
    deferred.DEFER,
    "__enzcc_tape_release",
)
"""What derivatives do with their tape."""

_REQUIRE = ty.function(ty.VOID, (ty.I1, ty.PTR))
_JUMPS = (
    "this loop jumps over its bound, and enzcc cannot tell how often it runs then: count in a"
    " larger type"
)

TAPE_BYTES = 64
"""Size of `struct enzcc_tape` in runtime/arena.c."""


def gradients_of(activity: Activity, function: Function) -> list[Argument]:
    """The parameters by value whose adjoints the reverse function returns."""
    return [a for a in function.args if activity.is_active(a) and not ty.is_pointer(a.type)]


def has_seed(activity: Activity, function: Function) -> bool:
    """Does the reverse function take an adjoint of the result?"""
    if function.type.result is ty.VOID or ty.is_pointer(function.type.result):
        return False
    return any(activity.is_active(v) for v in activity.objects.returns(function.name))


def has_result_shadow(activity: Activity, function: Function) -> bool:
    """Does the augmented function return a shadow of its result?"""
    return any(activity.has_shadow(v) for v in activity.objects.returns(function.name))


def augmented_type(activity: Activity, function: Function, lanes: Lanes) -> ty.FunctionType:
    """{frame, primal?, shadow?} augmented(tape, each parameter [, its shadow] ...)"""
    params: list[Type] = [ty.PTR]
    for arg in function.args:
        params.append(arg.type)
        if activity.has_shadow(arg):
            params += lanes.types(arg.type)
    fields: list[Type] = [ty.PTR]
    if function.type.result is not ty.VOID:
        fields.append(function.type.result)
        if has_result_shadow(activity, function):
            fields += lanes.types(function.type.result)
    return ty.function(ty.struct(tuple(fields)), tuple(params))


def reverse_type(activity: Activity, function: Function, lanes: Lanes) -> ty.FunctionType:
    """{adjoints} reverse(tape, frame [, seed])"""
    params: list[Type] = [ty.PTR, ty.PTR]
    if has_seed(activity, function):
        params += lanes.types(function.type.result)
    fields = [t for a in gradients_of(activity, function) for t in lanes.types(a.type)]
    return ty.function(ty.struct(tuple(fields)) if fields else ty.VOID, tuple(params))


def whole_type(activity: Activity, function: Function, lanes: Lanes) -> ty.FunctionType:
    """{adjoints} whole(tape, each parameter [, its shadow] ... [, seed])"""
    params = [*augmented_type(activity, function, lanes).params]
    back = reverse_type(activity, function, lanes)
    return ty.function(back.result, (*params, *back.params[2:]))


def combined_type(
    activity: Activity, function: Function, request: Request, lanes: Lanes
) -> ty.FunctionType:
    """{primal?, adjoints} gradient(each parameter [, its shadow] ...)"""
    params: list[Type] = []
    for arg in function.args:
        params.append(arg.type)
        if activity.has_shadow(arg):
            params += lanes.types(arg.type)
    fields = [t for a in gradients_of(activity, function) for t in lanes.types(a.type)]
    if request.primal_return:
        fields.insert(0, function.type.result)
    return ty.function(ty.struct(tuple(fields)) if fields else ty.VOID, tuple(params))


def field(emit: Builder, type: ty.FunctionType, value: Value, index: int) -> Value:
    """A field of what a derivative function returned."""
    assert isinstance(type.result, ty.StructType)
    assert type.result.fields is not None
    return emit.extract(value, (index,), type.result.fields[index])


def fields_from(emit: Builder, type: ty.FunctionType, value: Value, index: int) -> list[Value]:
    """All fields of what a derivative function returned, from one on."""
    assert isinstance(type.result, ty.StructType)
    count = len(type.result.fields or ())
    return [field(emit, type, value, i) for i in range(index, count)]


def _is_own(known: Known, source: Value) -> bool:
    """Is it a call of one of the program's own allocators?"""
    if not isinstance(source, CallBase) or not isinstance(source.callee, Global):
        return False
    return source.callee.name in known.releases


@final
class Reverse(Companion):
    """Builds the reverse derivative of one function: combined in `target`, or split into `target`
    (augmented) and `back`. `outer`: both are called by the program, and both get all arguments and
    the memory for the frame; `wanted`: and want the result. `whole`: combined, and called in the
    reverse sweep of another (enzcc.ad.tape.whole)."""

    def __init__(
        self,
        engine: Engine,
        source: Function,
        activity: Activity,
        target: Function,
        back: Function | None,
        lanes: Lanes,
        request: Request | None = None,
        *,
        outer: bool = False,
        wanted: bool = True,
        whole: bool = False,
    ) -> None:
        super().__init__(engine, source, activity, target, lanes)
        self.back = back or target
        self.split = back is not None
        self.outer, self.wanted, self.whole = outer, wanted, whole
        self.request = request
        self.recurrences = Recurrences(self.shape, self.layout)
        self.triangles: dict[Phi, Triangular] = {}
        if engine.settings.triangles:
            self.triangles = triangular_phis(self.recurrences)
        self.changes = Changes(
            activity,
            source,
            self.shape,
            whole=self.split or whole,
            recurrences=self.recurrences,
        )
        if engine.settings.dependence and not self.changes.whole:
            self.changes.dependence = Dependence(self.shape, self.recurrences, self.layout)
        self.frames: dict[tuple[CallBase, int], Value] = {}  # of a call, and of a lane
        self.origins: dict[tuple[Value, Block, bool], Value] = {}  # enzcc.ad.tape.origins
        self.repeated: dict[CallBase, None] = {}  # its reverse function changes what it reads
        self.backs: dict[tuple[CallBase, int], Value] = {}  # what to call in the reverse sweep
        self.blocks_kept: dict[tuple[CallBase, int], tuple[Value, Value]] = {}
        self.source_of: dict[Value, Instruction] = {}
        # each number that a log holds is read
        self.twins = twins(self.shape) if activity not in engine.replays else {}
        self.given: dict[Value, Value] = {}
        self.waiting: dict[CallBase, list[Value]] = {}  # what calls that wait are called with
        self.shadow_accesses: dict[Instruction, tuple[Value, int]] = {}
        self.tape_accesses: list[Instruction] = []
        self._tape: Value | None = None
        self.returned: Return | None = None
        self.sweep: Sweep

    # ------------------------------------------------------------------ the whole

    def build(self) -> None:
        """Fills the target, and `back` if split."""
        self._check_shape()
        entry = self.target.blocks[0]
        params = list(self.target.args)
        if self.split or self.whole:
            self._tape = params.pop(0)
        if self.outer:
            self.given = dict(zip(self.target.args, self.back.args, strict=False))
            params.pop(0)
        for arg in self.source.args:
            self.primal[arg] = params.pop(0)
            if self.activity.has_shadow(arg):
                self.shadows.set_parameters(
                    arg, [params.pop(0) for _ in self.lanes.types(arg.type)]
                )
        self.copy_body()
        carry_origins(self)
        self._check_counts()
        for source, copy in self.primal.items():
            if isinstance(source, Load) and source not in self.twins:
                self.source_of[copy] = source
        for source, shadow in self.shadows.sources():
            if isinstance(source, Load):
                self.source_of.setdefault(shadow, source)
        back_entry = entry if not self.split else self.back.add_block("entry")
        self.sweep = Sweep(self, back_entry)
        Adjoints(self, self.sweep).run()
        self.sweep.finish()
        settle_stand_ins(self)
        if self.split:
            with_personality(self)
        else:
            release_on_unwinding(self)

    def _check_counts(self) -> None:
        """Before loops that may jump over their bound, and then go on: the end of the program."""
        for loop, edges in self.recurrences.back_edges.items():
            preheader = self.shape.preheader(loop)
            if edges.may_jump and preheader is not None:
                emit = Builder(self.blocks[preheader], self.blocks[preheader].terminator)
                latch = self.shape.latch(loop)
                where = self.module.loop_location(latch.terminator) if latch is not None else None
                message = self.module.message_at(where, _JUMPS)
                helper = self.helper("__enzcc_require", _REQUIRE)
                emit.call(helper, _REQUIRE, [edges.ends(emit, self.of), message])

    def _check_shape(self) -> None:
        if self.shape.irreducible:
            raise self.refuse(
                self.shape.order[0].instructions[0],
                "cannot differentiate a loop with several entries in reverse mode",
                "gotos jump into the middle of a loop",
                "give the loop one entry",
            )

    def again(self) -> Mapping[Instruction, Instruction]:
        """What the reverse sweep computes again, and what of the forward sweep that repeats."""
        return self.sweep.again

    def replaced(self, others: Mapping[Instruction, Instruction]) -> None:
        """Instructions of the derivative have become others, which stand for the same."""
        if others:
            for source, copy in self.primal.items():
                if isinstance(copy, Instruction) and copy in others:
                    self.primal[source] = others[copy]
            again = self.sweep.again
            self.sweep.again = {others.get(a, a): others.get(c, c) for a, c in again.items()}

    def loads_of_shadows(self) -> Iterable[tuple[Value, Value]]:
        """Values and what stands for their shadows, which may be read from the primal's memory."""
        return self.shadows.sources()

    @cached_property
    def spreading(self) -> Container[Value]:
        """The values from which an infinity would spread to the result that is differentiated."""
        wanted = self.request is not None and self.request.result is not Role.CONST
        settings = self.engine.settings
        if self.engine.again or not wanted or not settings.spread or settings.strong_zero:
            return ()
        assert self.request is not None
        if self.request.strong_zero:
            return ()
        return Spreading(self.shape, self.activity.rule_name)

    @property
    def spreading_zeros(self) -> Container[Value]:
        """The values that would make that result infinite, or NaN, if they were zero."""
        return self.spreading.zeros if isinstance(self.spreading, Spreading) else ()

    # ------------------------------------------------------------------ tape

    @property
    def tape(self) -> Value:
        """The tape that this function works on."""
        if self._tape is None:
            entry = self.target.blocks[0]
            emit = Builder(entry, entry.instructions[0] if entry.instructions else None)
            words = ty.array(ty.I64, TAPE_BYTES // 8)
            self._tape = emit.alloca(words, align=16)
            emit.store(zero(words), self._tape)
        return self._tape

    @property
    def uses_tape(self) -> bool:
        """Has a combined function a tape of its own, to be released at the end?"""
        return not self.split and not self.whole and self._tape is not None

    def push(self, emit: Builder, size: Value, declared: Type | None = None) -> Value:
        """A block of tape memory, 16-byte aligned; `declared` for a variable of that type."""
        type = ty.function(ty.PTR, (ty.PTR, ty.I64))
        block = emit.call(self.helper("__enzcc_tape_push", type), type, [self.tape, size])
        if declared is not None:
            self.module.attach_type(block, DECLARED, declared)
        return block

    @property
    def seed(self) -> list[Argument]:
        """The adjoint of the result that a reverse function gets."""
        if self.whole:
            return self.back.args[
                len(augmented_type(self.activity, self.source, self.lanes).params) :
            ]
        return self.back.args[len(self.given) or 2 :]

    def back_tape(self) -> Value:
        """The tape as the reverse sweep sees it."""
        return self.back.args[0] if self.split else self.tape

    # ------------------------------------------------------------------ forward sweep

    @cached_property
    def notes(self) -> Notes:
        """What is noted of memory in the reverse sweep."""
        return Notes(self)

    @cached_property
    def aside(self) -> Aside:
        """The seeds that shadows of pointers displace."""
        return Aside(self)

    def begins(self, inst: Instruction | None, shadow: Value, size: Value) -> None:
        self.notes.begin(self.emit, inst, shadow, size)

    def _kinds(self, place: Pointer, size: int) -> list[Segment]:
        return self.notes.kinds(place, super()._kinds(place, size))

    def visit(self, inst: Instruction) -> None:
        if isinstance(inst, Return):
            self.returned = inst
            self.primal[inst] = inst  # placed by the sweep
            return
        if inst in self.twins:
            self.primal[inst] = self.primal[self.twins[inst]]
            return
        super().visit(inst)

    def visit_alloca(self, inst: Alloca) -> None:
        """alloca: its memory must outlive the forward sweep."""
        static = inst.block is self.source.entry and (
            not inst.operands or isinstance(inst.operands[0], ConstantInt)
        )
        shadowed = self.wants_shadow(inst)
        if static and not self.split:
            entry = self.target.blocks[0]
            before = entry.instructions[-1] if entry.instructions else None
            copy = inst.copy()
            entry.insert_before(copy, before)
            self.primal[inst] = copy
            for _ in self.shadows.each() if shadowed else ():
                shadow = inst.copy()
                entry.insert_before(shadow, before)
                self.shadows[inst] = shadow
                outer = self.emit
                self.emit = Builder(entry, before)
                self.clear(shadow, self.alloca_size(inst))
                self.begins(inst, shadow, self.alloca_size(inst))
                self.emit = outer
            return
        self.primal[inst] = self._local_memory(inst)
        for _ in self.shadows.each() if shadowed else ():
            self.shadows[inst] = self._local_memory(inst)
            self.clear(self.shadows[inst], self.alloca_size(inst))
            self.begins(inst, self.shadows[inst], self.alloca_size(inst))

    def _local_memory(self, inst: Alloca) -> Value:
        size, align = self.alloca_size(inst), alignment(inst)
        if align <= 16:
            constant = not inst.operands or isinstance(inst.operands[0], ConstantInt)
            return self.push(self.emit, size, inst.allocated if constant else None)
        block = self.push(self.emit, self.emit.add(size, const_int(ty.I64, align)))
        address = self.emit.cast("ptrtoint", block, ty.I64)
        behind = self.emit.binary(
            "and", self.emit.sub(zero(ty.I64), address), const_int(ty.I64, align - 1)
        )
        return self.emit.gep(ty.I8, block, [behind], "inbounds ")

    def visit_store(self, inst: Store) -> None:
        """Pointers go to shadow memory as in the primal; floats there are adjoints and stay."""
        if self.activity.shadowing(inst.pointer) is not Shadowing.NONE:
            for _ in self.shadows.each():
                self._store_shadow(inst)

    def _store_shadow(self, inst: Store) -> None:
        value = inst.value
        told = self.is_told_pointer(inst)  # a member of a union has no such tag
        if isinstance(value.type, ty.PointerType):
            noted = self.notes.are_taken_at(inst.pointer)
            if self.activity.shadowing(value) is Shadowing.NONE and not (told or noted):
                in_union = self.objects.is_union(self.objects.place(inst.pointer))
                if in_union:
                    return  # the adjoint of the union's float lies there
                if in_union is None:
                    raise self.unknown_kind(inst)
            self.aside.put(inst, self.shadow(value))
            address = self.write_address(inst.pointer, self.layout.size(value.type))
            self.emit.store(self.shadow(value), address, tail=plain_access(inst.tail))
            return
        self.aside.bring_back(inst)
        if ty.is_float(value.type):
            if self.notes.are_left_out_at(inst.pointer, value.type):
                address = self.write_address(inst.pointer, self.layout.store_size(value.type))
                self.emit.store(zero(value.type), address, tail=plain_access(inst.tail))
            return
        if inst in self.objects.integral:
            if self._is_beside_floats_only(inst):
                return
            address = self.write_address(inst.pointer, self.layout.store_size(value.type))
            self.emit.store(self.of(value), address, tail=plain_access(inst.tail))
            return
        if isinstance(value.type, ty.IntType):
            place = self.objects.place(inst.pointer)
            size = self.layout.store_size(value.type)
            segments = self.objects.segments(place, size)
            mixed = any(s.kind == CONFLICT for s in segments) and not told
            if self.activity.has_shadow(value) and mixed:
                raise self.unknown_kind(inst, (CONFLICT,))  # a pointer here, a float there
            if told or any(s.kind == POINTER for s in segments):
                self.aside.put(inst, self.shadow(value))
                address = self.write_address(inst.pointer, self.layout.store_size(value.type))
                self.emit.store(self.shadow(value), address, tail=plain_access(inst.tail))
            elif self._is_read_in_shadow(place, size) and all(s.kind == INTEGER for s in segments):
                address = self.write_address(inst.pointer, self.layout.store_size(value.type))
                self.emit.store(self.of(value), address, tail=plain_access(inst.tail))
            return
        if any(isinstance(leaf, ty.PointerType) for _, leaf in leaves(value.type)):
            self.aside.put(inst, self.shadow(value))
        for path, leaf in leaves(value.type):
            if isinstance(leaf, ty.PointerType):
                offset = self.objects.path_offset(value.type, path)
                size = self.layout.size(value.type)
                address = self.emit.offset(
                    self.write_address(inst.pointer, size), const_int(ty.I64, offset)
                )
                self.emit.store(self.emit.extract(self.shadow(value), path, leaf), address)

    def visit_call(self, inst: CallBase) -> None:
        name = inst.called
        problem = unsupported_call(self, name, inst)
        if problem is not None:
            raise problem
        if name.startswith(
            ("llvm.lifetime.", "llvm.stacksave", "llvm.stackrestore", "llvm.invariant.")
        ):
            if inst.type is not ty.VOID:
                self.primal[inst] = poison(inst.type)
            return
        if name in ARENA:
            self._visit_arena(inst, name)
            return
        match self.kind(inst):
            case CallKind.CUSTOM if self.activity.custom_active(inst):
                augmented_call(self, inst)
                return
            case CallKind.HANDED if self.activity.custom_active(inst):
                handed.augmented(self, inst)
                return
            case CallKind.BODY if self.activity.call_active(inst):
                self._augmented_call(inst)
                return
            case CallKind.BODY if self.activity.bound.looks_behind(inst):
                self._guarded_call(inst)
                return
            case CallKind.DEALLOCATION:
                self._free(inst)
                return
            case CallKind.LINK:
                link_shadows(self, inst)
                return
            case CallKind.ALLOCATION:
                self._allocate(inst)
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
                    self._copy_pointers(inst)
            case CallKind.FILL:
                for _ in self.shadows.each():
                    self._fill_pointers(inst)
        if self.wants_shadow(inst):
            for _ in self.shadows.each():
                self.shadows[inst] = self.returned_shadow(inst, copy)

    def _visit_arena(self, inst: CallBase, name: str) -> None:
        """The tape of a derivative that is differentiated: all that it keeps lives on ours, until
        our own reverse sweep has passed."""
        arguments = inst.arguments
        match name:
            case "__enzcc_tape_push":
                size = self.of(arguments[1])
                declared = self.module.attached_type(inst, DECLARED)
                self.primal[inst] = self.push(self.emit, size, declared)
                for _ in self.shadows.each() if self.wants_shadow(inst) else ():
                    self.shadows[inst] = self.push(self.emit, size, declared)
                    self.clear(self.shadows[inst], size)
            case deferred.DEFER:
                way = self.of(arguments[2]), [self.of(a) for a in arguments[3:]]
                deferred.defer(self, self.of(arguments[1]), way)
                for _ in self.shadows.each():
                    deferred.defer_shadow(self, arguments[1], way)

    def exception_memory(self, copy: Instruction, size: Value) -> Value:
        """On the tape."""
        return self.push(self.emit, size)

    def _augmented_call(self, inst: CallBase) -> None:
        callee = inst.callee
        assert isinstance(callee, Global)
        function = self.objects.functions[callee.name]
        if function.type.vararg:
            raise self.refuse(
                inst,
                f"cannot differentiate the variadic function '{original(callee.name)}'",
                "which arguments carry a derivative is not known from its type",
                "pass the values in an array",
            )
        if self.engine.whole_function(function, self.activity, self.lanes) is not None:
            postpone(self, inst)
            return
        augmented, _ = self.engine.augmented_and_reverse(function, self.activity, self.lanes)
        arguments: list[Value] = [self.tape]
        for formal, actual in zip(function.args, inst.arguments, strict=True):
            arguments.append(self.of(actual))
            if self.activity.has_shadow(formal):
                arguments += self.every_shadow(actual)
        result = call_as(self, inst, augmented.symbol, augmented.type, arguments)
        self.frames[inst, 0] = field(self.emit, augmented.type, result, 0)
        if inst.type is not ty.VOID:
            self.primal[inst] = field(self.emit, augmented.type, result, 1)
            if has_result_shadow(self.activity, function):
                found = fields_from(self.emit, augmented.type, result, 2)
                self.shadows.set_all(inst, found)

    def _guarded_call(self, inst: CallBase) -> None:
        """What forward mode makes of a function without tangents: it checks where pointers lead."""
        callee = inst.callee
        assert isinstance(callee, Global)
        function = self.objects.functions[callee.name]
        made = self.engine.tangent_function(function, self.activity, self.lanes)
        arguments = [self.of(actual) for actual in inst.arguments]
        self.primal[inst] = call_as(self, inst, made.symbol, made.type, arguments)

    def _allocate(self, inst: CallBase) -> None:
        callee = inst.callee
        assert isinstance(callee, Global)
        allocator = self.known.allocators[callee.name]
        if allocator.old is not None:
            self._resize(inst, allocator.old)
            return
        copy = self.copy(inst)
        if allocator.out is not None:
            slot = inst.arguments[allocator.out]
            if self.activity.shadowing(slot) is Shadowing.NONE:
                return
            assert isinstance(copy, CallBase)
            for _ in self.shadows.each():
                again = plain(copy)
                again.set_operand(allocator.out, self.shadow(slot))
                self.emit.put(again)
                block = self.emit.load(ty.PTR, self.shadow(slot))
                self.clear(block, self.allocation_size(inst))
                self.begins(None, block, self.allocation_size(inst))
            return
        for _ in self.shadows.each():
            shadow = self.allocate_shadow(inst, copy)
            if shadow is not None:
                self.shadows[inst] = shadow

    def _resize(self, inst: CallBase, old: int) -> None:
        """realloc: a new block, the contents moved; the old one is freed at the very end."""
        callee = inst.callee
        assert isinstance(callee, Global)
        if not self.wants_shadow(inst):
            self.copy(inst)
            return
        block = self.of(inst.arguments[old])
        new, moved = self._fresh_copy(inst, block)
        self.primal[inst] = new
        given_back = callee.name == "__enzcc_resize"  # elsewhere
        if given_back:
            self.emit.store(moved, self.of(inst.arguments[2]))
        for lane in self.shadows.each():
            before = shadow = self.shadow(inst.arguments[old])
            given = moved
            if self.is_mixed(inst.arguments[old]):
                constant = self.constant_here(inst.arguments[old])
                shadow = self.emit.select(constant, zero(ty.PTR), shadow)
                given = self.emit.select(constant, zero(ty.I64), moved)
            clone, _ = self._fresh_copy(inst, zero(ty.PTR))
            self.clear(clone, self.allocation_size(inst))
            self.begins(inst, clone, self.allocation_size(inst))
            self.shadows[inst] = clone
            place = self.objects.place(inst)
            self._pointer_cells(inst, place, clone, before, moved)
            self.blocks_kept[inst, lane] = (shadow, given)
            if not given_back:
                deferred.defer(self, shadow)
        if not given_back:
            deferred.defer(self, block)

    def _fresh_copy(self, inst: CallBase, block: Value) -> tuple[Value, Value]:
        """malloc of the new size with the old contents; also how many bytes were moved."""
        size = self.allocation_size(inst)
        type = ty.function(ty.PTR, (ty.PTR, ty.I64, ty.PTR))
        entry = self.target.blocks[0]
        slot = Builder(entry, entry.instructions[0] if entry.instructions else None).alloca(ty.I64)
        new = self.emit.call(self.helper("__enzcc_resize", type), type, [block, size, slot])
        return new, self.emit.load(ty.I64, slot)

    def _free(self, inst: CallBase) -> None:
        callee = inst.callee
        assert isinstance(callee, Global)
        pointer = inst.arguments[self.known.deallocators[callee.name].pointer]
        if self.activity.shadowing(pointer) is Shadowing.NONE and not (
            self.engine.pools.may_lie_in(self.activity, inst)
        ):
            self.copy(inst)
            return
        if self.own_block(pointer):
            return  # the reverse of the allocation gives it back
        if not deferred.can_defer(inst, self.known.deallocators[callee.name].pointer):
            name = original(callee.name)
            raise self.refuse(
                inst,
                f"cannot differentiate a function that releases active memory with '{name}'",
                "enzcc cannot delay it to the end of the reverse sweep",
            )
        way = deferred.way_of(self, inst)
        deferred.defer(self, self.of(pointer), way)
        for _ in self.shadows.each():
            deferred.defer_shadow(self, pointer, way)

    def own_block(self, pointer: Value) -> bool:
        """Does the pointer only point to blocks of the program's own allocators, which nobody else
        knows of?"""
        nodes = self.objects.nodes_behind(pointer)
        returned = [
            node
            for value in self.objects.returns(self.activity.root.name)
            if ty.is_pointer(value.type)
            for node in self.objects.nodes_behind(value)
        ]
        return all(
            n.local
            and not self.objects.is_outside(n)
            and n not in returned
            and all(_is_own(self.known, source) for source in n.local)
            for n in nodes
        )

    def _copy_pointers(self, inst: CallBase) -> None:
        """memcpy in the forward sweep: the pointers of shadow memory."""
        to, source, size = inst.arguments[:3]
        if self.activity.shadowing(to) is Shadowing.NONE or is_zero(size):
            return
        count = once_a_shadow(self, inst, self.guarded_size(to, self.wide(self.of(size))))
        place = self.objects.place(to)
        self._pointer_cells(inst, place, self.shadow(to), self.shadow(source), count, size)
        moved = size.value if isinstance(size, ConstantInt) else None
        if self._is_read_in_shadow(place, moved):
            self._integer_cells(inst, count)

    def _integer_cells(self, inst: CallBase, count: Value) -> None:
        """The integers of shadow memory, from the primal; where that has been moved within itself,
        from the shadow."""
        to, source, size = inst.arguments[:3]
        objects = self.objects
        behind = [objects.nodes_behind(end) for end in (to, source)]
        meet = not set(behind[0]).isdisjoint(behind[1]) or all(
            objects.may_be_outside(end) for end in (to, source)
        )
        ends = self.shadow(to), self.shadow(source) if meet else self.of(source)
        cells = [c for c in self.pattern(inst, objects.place(to), size) if c.kind == INTEGER]
        for one, part in moved_in_turn(self.emit, inst, cells, ends, count, adjoint=False):
            self.each_cell(self.emit, "copy_cells", one, ends, part)

    def _is_beside_floats_only(self, inst: Store) -> bool:
        """Do floats, but no pointers, lie in memory where an integer is stored, in turn? Where no
        float lies its adjoint is zero, also if such memory is copied."""
        place = self.objects.place(inst.pointer)
        size = self.layout.store_size(inst.value.type)
        segments = self.objects.segments(place, size)
        is_float = all(isinstance(s.kind, ty.FloatType) for s in segments)
        return is_float and not self._is_read_in_shadow(place, size)

    def _is_read_in_shadow(self, place: Pointer, size: int | None) -> bool:
        """May a derivative by hand, or a function that links nodes of trees, read integers in the
        shadow of so many bytes (None: it is not known how many) at a place?"""
        nodes = (p.node.find() for p in self.objects.places(place))
        by_hand = not self.activity.seen_by_hand.isdisjoint(nodes)
        return by_hand or self._colours.lie_in(place, size)

    @cached_property
    def _colours(self) -> Colours:
        return Colours(self.objects)

    def _pointer_cells(
        self,
        inst: CallBase,
        place: Pointer,
        to: Value,
        source: Value,
        count: Value,
        size: Value | None = None,
    ) -> None:
        if not self._holds_pointers(place):
            return
        cells = self.pattern(inst, place, size if size is not None else count)
        moved = [c for c in cells if c.kind in (POINTER, UNION, NOTED)]
        turns = moved_in_turn(self.emit, inst, moved, (to, source), count, adjoint=False)
        names = {POINTER: "copy_cells", NOTED: "copy_noted", UNION: "copy_pointers"}
        if any(one.kind == UNION for one in moved) and self.aside.is_copied_to(inst):
            names[UNION] = "copy_displacing"
        for one, part in turns:
            name = names[str(one.kind)]
            self.each_cell(self.emit, name, one, [to, source], part)

    def _holds_pointers(self, place: Pointer) -> bool:
        return any(
            POINTER in (*c.strong, *c.hints)
            for p in self.objects.places(place)
            for c in p.node.find().cells.values()
        )

    def _fill_pointers(self, inst: CallBase) -> None:
        """memset in the forward sweep: the pointers of shadow memory."""
        to, _, size = inst.arguments[:3]
        if self.activity.shadowing(to) is Shadowing.NONE:
            return
        place = self.objects.place(to)
        if not self._holds_pointers(place):
            return
        count = self.guarded_size(to, self.wide(self.of(size)))
        if place.own or not self.objects.may_be_outside(to):
            self.clear(self.shadow(to), count)  # no adjoints are there yet
            return
        for cells in self.pattern(inst, place, size):
            if cells.kind == UNION and self.engine.again:
                raise self.unknown_kind(inst, (CONFLICT,))
            if cells.kind in (POINTER, UNION):
                name = "clear_cells" if cells.kind == POINTER else "clear_displaced"
                self.each_cell(self.emit, name, cells, [self.shadow(to)], count)

    # ------------------------------------------------------------------ the ends

    def return_block(self) -> Block | None:
        """The source block that returns (there is one, or none)."""
        return self.returned.block if self.returned is not None else None
