"""Split forward mode: the primal once, with a log; the tangent later, with values from the log.

    augmented    a copy of the function that writes to the log what it cannot be told again: values
                 read from memory that others see, results of calls that are not repeated
    tangent      the tangent function, which reads these from the log instead, and leaves out what
                 the primal did to memory that others see

What is local is computed again. Both run through the same code in the same order, so that the log
needs no index; the branches taken follow from its values. Exceptions are local, too: what is thrown
in the first half is made, thrown and caught once more in the second.
"""
# ruff: noqa: A001 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Final, final

from enzcc.ad.byhand.byhand import logged_call
from enzcc.ad.calls.replaceable import check_own
from enzcc.ad.exceptions.caught import CAUGHT, callable_as_it_is
from enzcc.ad.exceptions.unwinding import clean_up, may_unwind
from enzcc.ad.memory.aliased import check_apart
from enzcc.ad.modes import forward, reverse
from enzcc.ad.modes.addresses import Addresses
from enzcc.ad.modes.interface import (
    keep_by_value,
    no_tangent,
    parameters,
    result_type,
    return_fields,
    shadow_operands,
)
from enzcc.ad.modes.lanes import Lanes
from enzcc.ad.names import original
from enzcc.analysis.activity import Activity
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.cxxabi import is_cast, is_of_exceptions
from enzcc.analysis.evidence import leads_into
from enzcc.analysis.nodes import Node
from enzcc.errors import Unsupported
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, copy_bytes, poison, zero
from enzcc.ir.clone import clone_function
from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    AtomicRMW,
    CallBase,
    CompareExchange,
    Instruction,
    Invoke,
    LandingPad,
    Load,
    Phi,
    Store,
)
from enzcc.ir.invokes import to_call
from enzcc.ir.module import Module
from enzcc.ir.types import Type
from enzcc.ir.values import Global, Value, is_undefined
from enzcc.markers import Activity as Role
from enzcc.markers import Halves, Request
from enzcc.rules.cxx import is_of_strings, makes_exception

if TYPE_CHECKING:
    from enzcc.ad.engine import Engine
    from enzcc.ad.modes.companion import Companion

SIZE: Final = 8
"""Bytes of the tape: the address of the log."""


_OF_THE_RUN: Final = frozenset(
    ("llvm.readcyclecounter", "llvm.readsteadycounter", "llvm.returnaddress")
)
"""Intrinsics that tell something else in each run."""

_RELEASED: Final = frozenset(
    (
        "free",
        "_mm_free",
        *(f"_Zd{letter}Pv{tail}" for letter in "la" for tail in ("", "St11align_val_t")),
    )
)
"""What gives back blocks of the C library and of C++."""


@final
class Deed(Enum):
    """What becomes of an instruction of the primal in the tangent half."""

    READ = "its value is read from the log"
    FILL = "its value, and the block that it wrote down, are read from the log"
    DROP = "nothing: it was done"
    COPY = "the bytes that it copied are read from the log"
    MOVE = "the log tells how far from its argument the pointer lies that it returned"


class Plan:
    """What is logged, for all functions that one request reaches."""

    def __init__(self, engine: Engine, activity: Activity) -> None:
        self.engine, self.module, self.activity = engine, engine.module, activity
        self.objects = activity.objects
        self._exceptions = {n for n in self.objects.exceptions if _is_local(n)}
        functions = self.objects.functions
        self._instructions = [i for f in functions.values() for i in f.instructions()]
        self.has_handlers = any(isinstance(i, LandingPad) for i in self._instructions)
        self.followed = self._follow()
        self.unsafe: set[Node] = set(activity.between) - self._exceptions
        self._spread()
        self._instructions = [i for n in self.followed for i in functions[n].instructions()]
        self.deeds = {i: d for i in self._instructions if (d := self._deed(i)) is not None}
        self.looks_at_addresses = self._log_addresses()
        kinds = {activity.kind_of_call(i) for i in self._instructions if isinstance(i, CallBase)}
        self.has_custom = CallKind.CUSTOM in kinds
        self.must_be_alone = (
            self.looks_at_addresses
            or self.has_handlers
            or any(isinstance(i, CallBase) and self._releases(i) for i in self.deeds)
        )

    def _follow(self) -> dict[str, None]:
        """The functions that both halves run through, in the order of the module: those that are
        differentiated and, where exceptions are caught, all that may throw one."""
        found: dict[str, None] = {}
        work = [self.activity.root]
        while work:
            function = work.pop()
            if function.name in found:
                continue
            found[function.name] = None
            work += [
                self.objects.functions[i.callee.name]
                for i in function.instructions()
                if isinstance(i, CallBase) and isinstance(i.callee, Global) and self.follows(i)
            ]
        return {name: None for name in self.objects.functions if name in found}

    def follows(self, call: CallBase) -> bool:
        """Is it a call of such a function?"""
        if self.activity.kind_of_call(call) is not CallKind.BODY:
            return False
        if self.activity.bound.looks_behind(call, at_variables=True):
            return True
        return self.activity.call_active(call) or (self.has_handlers and self._may_throw(call))

    def _may_throw(self, call: CallBase) -> bool:
        """May an exception come out of the call, or be returned by it (`exceptions.caught`)?"""
        name = call.called
        return original(name).endswith(CAUGHT) or may_unwind(self.module, call)

    def is_checked(self, call: CallBase) -> bool:
        """Is it a call that is not repeated, and may throw? Then the log tells whether it did."""
        return self.has_handlers and may_unwind(self.module, call)

    def _spread(self) -> None:
        """Memory that may be the same as memory that others see, or that calls may write which are
        not repeated, is treated as such."""
        work = list(self.unsafe)
        for inst in self._instructions:
            if isinstance(inst, CallBase) and self._is_dropped(inst):
                work += self.activity.reached(inst)
        while True:
            while work:
                node = work.pop().find()
                if node in self._exceptions:
                    continue
                self.unsafe.add(node)
                work += [n for n in node.links() if n not in self.unsafe]
            for inst in self._instructions:
                if isinstance(inst, CallBase) and _is_of_library(inst) and self._is_dropped(inst):
                    reached = self.activity.reached(inst)
                    work += [n for n in reached if n not in self.unsafe | self._exceptions]
                for pointer in _written(inst):
                    nodes = self.objects.nodes_behind(pointer)
                    if not self.unsafe.isdisjoint(nodes):
                        work += [n for n in nodes if n not in self.unsafe | self._exceptions]
            if not work:
                return

    def _log_addresses(self) -> bool:
        """Does what the functions do depend on where their memory lies? Then that is logged."""
        found = Addresses(self.activity, self._instructions, self.deeds.__contains__)
        if found.refused is not None:
            raise self._refuse(found.refused, "what it does depends on the address of its memory")
        if not found.seen:
            return False
        order = {i: n for n, i in enumerate(self._instructions)}
        deeds = self.deeds | dict.fromkeys(found.seen, Deed.READ)
        self.deeds = dict(sorted(deeds.items(), key=lambda item: order[item[0]]))
        return True

    def _is_dropped(self, call: CallBase) -> bool:
        """Is it a call that is made once, and whose result is logged?"""
        kind = self.activity.kind_of_call(call)
        name = call.called
        match kind:
            case CallKind.BODY:
                return not self.follows(call)
            case CallKind.INACTIVE:
                if name.startswith("llvm."):
                    return name in _OF_THE_RUN
                if is_of_exceptions(name) or self._is_given_exception(call):
                    return False
                return not _is_of_library(call) or any(map(self.is_unsafe, _pointers(call)))
            case CallKind.UNLISTED:  # the second half ends where it would be active
                active = self.activity.unknown_call_active(call)
                return not active and not self._is_given_exception(call)
            case CallKind.UNKNOWN | CallKind.HANDED:
                return True
        return False

    def _is_given_exception(self, call: CallBase) -> bool:
        """Is an exception made by the call, or asked for what it says? Each half has its own."""
        return any(
            not self._exceptions.isdisjoint(self.objects.nodes_behind(p)) for p in _pointers(call)
        )

    def _releases(self, call: CallBase) -> bool:
        """Does it release a block of the heap, or move it to another place?"""
        kind = self.activity.kind_of_call(call)
        if kind is CallKind.ALLOCATION and isinstance(call.callee, Global):
            return self.activity.known.allocators[call.callee.name].old is not None
        return kind is CallKind.DEALLOCATION

    def is_unsafe(self, pointer: Value) -> bool:
        """May others see the memory?"""
        return not self.unsafe.isdisjoint(self.objects.nodes_behind(pointer))

    def _deed(self, inst: Instruction) -> Deed | None:
        for pointer in _written(inst):
            nodes = self.objects.nodes_behind(pointer)
            if not (self._exceptions.isdisjoint(nodes) or self.unsafe.isdisjoint(nodes)):
                raise self._refuse(inst, "an exception, or memory that others see, is written")
        match inst:
            case Load():
                return Deed.READ if self.is_unsafe(inst.pointer) else None
            case Store():
                return Deed.DROP if self.is_unsafe(inst.pointer) else None
            case AtomicRMW() | CompareExchange():
                return Deed.READ if self.is_unsafe(inst.operands[0]) else None
            case CallBase():
                return self._call(inst)
        return None

    def _call(self, call: CallBase) -> Deed | None:
        if self._is_dropped(call):
            if leads_into(call) is not None:
                return Deed.MOVE
            return Deed.DROP if call.type is ty.VOID else Deed.READ
        arguments = call.arguments
        match self.activity.kind_of_call(call):
            case CallKind.CUSTOM if isinstance(call, Invoke):
                raise self._refuse(call, "a function with a derivative by hand may throw")
            case CallKind.INACTIVE | CallKind.UNLISTED if self._is_given_exception(call):
                if any(map(self.is_unsafe, _pointers(call))):
                    raise self._refuse(call, "an exception is made of memory that others see")
            case CallKind.INACTIVE if ty.is_pointer(call.type) and _is_exception(call):
                if self.is_unsafe(call):
                    raise self._refuse(call, "an exception may be memory that others see")
            case CallKind.COPY:
                if self.is_unsafe(arguments[0]):
                    return Deed.DROP
                return Deed.COPY if self.is_unsafe(arguments[1]) else None
            case CallKind.FILL:
                return Deed.DROP if self.is_unsafe(arguments[0]) else None
            case CallKind.ALLOCATION:
                assert isinstance(call.callee, Global)
                known = self.activity.known
                allocator = known.allocators[call.callee.name]
                if allocator.out is not None:
                    return self._filled(call, allocator.out)
                if allocator.old is not None:
                    return self._moved(call, arguments[allocator.old])
                if not self.is_unsafe(call):
                    return None
                if allocator.frees not in _RELEASED and call.callee.name not in known.releases:
                    raise self._refuse(call, "memory that others see is allocated by its function")
                return Deed.READ
            case CallKind.DEALLOCATION:
                assert isinstance(call.callee, Global)
                position = self.activity.known.deallocators[call.callee.name].pointer
                return Deed.DROP if self.is_unsafe(arguments[position]) else None
            case CallKind.RULE:
                if any(ty.is_pointer(a.type) and self.is_unsafe(a) for a in arguments):
                    raise self._refuse(call, "a library function writes memory that others see")
            case CallKind.LINK:
                if any(map(self.is_unsafe, _pointers(call))):
                    raise self._refuse(call, "nodes of a container that others see are linked")
        return None

    def _filled(self, call: CallBase, out: int) -> Deed | None:
        """A call that allocates and writes where into memory."""
        slot = call.arguments[out]
        blocks = {b.find() for n in self.objects.nodes_behind(slot) for b in n.links()}
        return Deed.FILL if self.is_unsafe(slot) or not self.unsafe.isdisjoint(blocks) else None

    def _moved(self, call: CallBase, old: Value) -> Deed | None:
        """A call that gives a block another size. The shadow's block is moved by a call of its
        own; where it turns out that there is none, the program ends (`forward`)."""
        unsafe = self.is_unsafe(call)
        if self.is_unsafe(old) != unsafe:
            raise self._refuse(call, "memory that others see is allocated anew")
        return Deed.READ if unsafe else None

    def _refuse(self, inst: Instruction, because: str) -> Unsupported:
        return Unsupported(
            self.module.location(inst),
            "'__enzyme_fwdsplit' cannot repeat what the function does without doing it twice",
            because=because,
            remedy="use '__enzyme_fwddiff'",
        )


def _is_local(node: Node) -> bool:
    return not (node.arguments or node.globals or node.unknown)


def _pointers(call: CallBase) -> list[Value]:
    return [a for a in call.arguments if isinstance(a.type, ty.PointerType)]


def _is_exception(call: CallBase) -> bool:
    return isinstance(call.callee, Global) and is_of_exceptions(call.callee.name)


def _is_of_library(call: CallBase) -> bool:
    """Does the function do nothing but to the memory that it is given? Then it is repeated, unless
    others see that."""
    return isinstance(call.callee, Global) and (
        is_of_strings(call.callee.name) or is_cast(call) or makes_exception(call.callee.name)
    )


def _written(inst: Instruction) -> list[Value]:
    """Pointers through which an instruction writes."""
    match inst:
        case Store():
            return [inst.pointer] if ty.is_pointer(inst.pointer.type) else []
        case AtomicRMW() | CompareExchange():
            return [inst.operands[0]]
        case CallBase() if isinstance(inst.callee, Global) and inst.callee.name.startswith(
            ("llvm.mem", "mem")
        ):
            return inst.arguments[:1]
    return []


@final
class Replay:
    """Makes the halves that answer a request of split forward mode, and its augmented ones."""

    def __init__(self, engine: Engine, request: Request, activity: Activity) -> None:
        self.engine, self.request, self.activity = engine, request, activity
        self.module = engine.module
        self.source = activity.root
        self.plan = Plan(engine, activity)
        self._recorded: dict[str, Function] = {}

    def halves(self, number: int) -> Halves:
        engine = self.engine
        engine.use_runtime()
        lanes = Lanes(self.request.width)
        engine.replays[self.activity] = self.plan
        inner = engine.tangent_function(self.source, self.activity, lanes)
        recorded = self._record(self.source)
        augmented = self._augmented(recorded)
        tangent = self._tangent(inner, lanes)
        return Halves(
            augmented.symbol, augmented.type, tangent.symbol, tangent.type, SIZE, number, None
        )

    def gradient(self, request: Request, activity: Activity, made: Halves) -> Halves:
        """The reverse half from the same log: the whole gradient, its primal played back. It has
        neither seed nor gradients to return, or else its tape would be another."""
        engine, lanes, source = self.engine, Lanes(request.width), self.source
        plan = Plan(engine, activity)
        held = self.engine.variables.workspaces.all_held
        if (
            plan.deeds != self.plan.deeds
            or plan.has_custom
            or self.plan.must_be_alone
            or held(activity) != held(self.activity)
        ):
            raise Unsupported(
                request.location,
                "one tape cannot serve both '__enzyme_reverse' and '__enzyme_fwdsplit' here",
                because=f"'{request.callee}' releases memory, looks at addresses, or has"
                " derivatives by hand",
                remedy="differentiate a copy of the function in one of the two modes",
            )
        engine.replays[activity] = plan
        activity.between |= plan.unsafe  # nothing is written there again: it is not read, either
        inner = engine.new_function(
            source.name, "gradient", reverse.combined_type(activity, source, request, lanes)
        )
        root = reverse.Reverse(engine, source, activity, inner, None, lanes, request)
        root.build()
        for part in (root, *engine.parts_of(activity)):
            replayed(part, plan)
        params, roles = parameters(request, source)
        half = engine.new_function(
            source.name, "reverse", ty.function(ty.VOID, (*params, ty.PTR, ty.I1))
        )
        keep_by_value(half, source, roles)
        emit = Builder(half.add_block("entry"))
        image, keep = half.args[-2:]
        log = emit.load(ty.PTR, image, align=1)
        _call(self.module, emit, "__enzcc_log_begin", ty.VOID, [log])
        self._begin(emit, activity, lanes)
        arguments: list[Value] = []
        for arg in source.args:
            arguments.append(half.args[roles[arg.index][0]])
            if activity.has_shadow(arg):
                arguments += shadow_operands(emit, half, roles[arg.index], lanes)
        emit.call(inner.symbol, inner.type, arguments)
        self._finish(emit, activity, lanes)
        wide = emit.cast("zext", keep, ty.I64)
        _call(self.module, emit, "__enzcc_log_end", ty.VOID, [log, wide])
        emit.ret()
        return replace(made, reverse=half.symbol, reverse_type=half.type)

    def _holding_pointers(self) -> list[tuple[Global, int]]:
        """The variables whose shadows start from the pointers in them, with their sizes: these may
        be others when the second half begins."""
        found: list[tuple[Global, int]] = []
        for name in self.activity.active_globals:
            symbol = self.module.symbol(name)
            node = self.activity.objects.place(symbol).node.find()
            if name not in self.activity.marked and any(True for _ in node.links()):
                assert symbol.value_type is not None
                found.append((symbol, self.module.layout.size(symbol.value_type)))
        return found

    def _holding_blocks(self) -> list[tuple[Global, int]]:
        """Those of them that hold blocks with shadows of their own."""
        return [(s, n) for s, n in self._holding_pointers() if self._sizes(s)]

    def _sizes(self, symbol: Global) -> Value | None:
        """The bytes that the sizes of the blocks take which a variable holds, if it holds any."""
        held = self.engine.variables.workspaces.held(symbol.name, self.activity)
        return const_int(ty.I64, 8 * len(held)) if held else None

    def _image(self, emit: Builder, size: int) -> Value:
        """What a variable of that size has held, from the log."""
        return read(self.module, emit, const_int(ty.I64, size))

    def _begin(self, emit: Builder, activity: Activity, lanes: Lanes) -> None:
        """The shadows of variables, and of blocks that these hold, in the second half."""
        before: dict[str, tuple[Value, Value]] = {}
        for symbol, size in self._holding_pointers():
            image, bytes = self._image(emit, size), self._sizes(symbol)
            before[symbol.name] = image, read(self.module, emit, bytes) if bytes else image
        heap = bool(self._holding_blocks())
        self.engine.variables.start(emit, activity, lanes, heap=heap, before=before)

    def _finish(self, emit: Builder, activity: Activity, lanes: Lanes) -> None:
        """The second half is done: the shadows of blocks are given back."""
        after = {s.name: self._image(emit, n) for s, n in self._holding_blocks()}
        if after:
            self.engine.variables.end(emit, activity, lanes, after)

    # ------------------------------------------------------------------ the augmented half

    def _record(self, function: Function) -> Function:
        """The copy of a function that writes the log."""
        found = self._recorded.get(function.name)
        if found is not None:
            return found
        name = f"{original(function.name)}.recorded"
        while self.module.has_symbol(name):
            name += "2"
        made, became = clone_function(function, self.module, name)
        made.header = "internal"
        self.module.add_function(made)
        self.engine.made.append(name)
        self._recorded[function.name] = made
        for inst in list(function.instructions()):
            copy = became[inst]
            assert isinstance(copy, Instruction)
            self._log(inst, copy)
        for copy in made.instructions():
            for index, operand in enumerate(copy.operands):
                if isinstance(operand, Global):
                    copy.set_operand(index, self._called(copy, operand))
        return made

    def _called(self, inst: Instruction, symbol: Global) -> Global:
        called = isinstance(inst, CallBase) and inst.callee is symbol
        if called and symbol.name in self.plan.followed:
            return self._record(self.activity.objects.functions[symbol.name]).symbol
        return callable_as_it_is(self.module, symbol.name)

    def _log(self, inst: Instruction, copy: Instruction) -> None:
        kind = self.activity.kind_of_call(inst) if isinstance(inst, CallBase) else None
        block = copy.block
        assert block is not None
        if kind is CallKind.CUSTOM and isinstance(copy, CallBase):
            logged_call(self.engine, copy, write)
            return
        deed = self.plan.deeds.get(inst)
        if deed is None:
            return
        emit = Builder(block, copy)
        returned: Value | None = None
        if isinstance(inst, CallBase) and self.plan.is_checked(inst):
            returned = write(self.module, emit, const_int(ty.I64, 1))
            emit.store(zero(ty.I8), returned)
        if isinstance(copy, Invoke):
            block = copy.targets[0]
            emit = Builder(block, block.first_non_phi())
        else:
            emit = Builder(block, _behind(copy))
        if returned is not None:
            emit.store(const_int(ty.I8, 1), returned)
        if deed is Deed.DROP:
            return
        if deed in (Deed.READ, Deed.FILL):
            size = const_int(ty.I64, self.module.layout.size(copy.type))
            emit.store(copy, write(self.module, emit, size), align=16)
            if deed is Deed.FILL:
                assert isinstance(copy, CallBase)
                place = write(self.module, emit, const_int(ty.I64, 8))
                at = _out(self.activity, inst)
                emit.store(emit.load(ty.PTR, copy.arguments[at], align=1), place, align=16)
            return
        assert isinstance(copy, CallBase)
        if deed is Deed.MOVE:
            place = write(self.module, emit, const_int(ty.I64, 16))
            emit.store(copy, place, align=16)
            emit.store(_led_into(copy), emit.gep(ty.PTR, place, [const_int(ty.I64, 1)]), align=8)
            return
        _, source, count = copy.arguments[:3]
        _move(self.module, emit, write(self.module, emit, _wide(emit, count)), source, count)

    def _augmented(self, recorded: Function) -> Function:
        source = self.source
        params, roles = parameters(self.request, source)
        result = source.type.result
        made = self.engine.new_function(
            source.name, "augmentfwd", ty.function(result, (*params, ty.PTR))
        )
        keep_by_value(made, source, roles)
        emit = Builder(made.add_block("entry"))
        check_own(self.engine, emit, source.name)
        check_apart(self.engine, emit, self.activity, [made.args[at] for at, _ in roles])
        log = _call(self.module, emit, "__enzcc_log_open", ty.PTR, [])
        emit.store(log, made.args[-1], align=1)
        spaces = self.engine.variables.workspaces
        for symbol, size in self._holding_pointers():
            to = write(self.module, emit, const_int(ty.I64, size))
            copy_bytes(self.module, emit, to, symbol, size)
            if bytes := self._sizes(symbol):
                spaces.sizes(emit, self.activity, symbol.name, write(self.module, emit, bytes))
        passed: list[Value] = [made.args[roles[arg.index][0]] for arg in source.args]
        attributes = [made.args[roles[arg.index][0]].attributes for arg in source.args]
        value = emit.call(recorded.symbol, recorded.type, passed, attributes=attributes)
        for symbol, size in self._holding_blocks():
            to = write(self.module, emit, const_int(ty.I64, size))
            copy_bytes(self.module, emit, to, symbol, size)
        _call(self.module, emit, "__enzcc_log_end", ty.VOID, [log, const_int(ty.I64, 1)])
        return_fields(emit, result, [] if result is ty.VOID else [value])
        clean_up(self.module, made, lambda out: self._end(out, log))
        return made

    def _end(self, emit: Builder, log: Value) -> None:
        _call(self.module, emit, "__enzcc_log_end", ty.VOID, [log, zero(ty.I64)])

    # ------------------------------------------------------------------ the tangent half

    def _tangent(self, inner: Function, lanes: Lanes) -> Function:
        source, request = self.source, self.request
        params, roles = parameters(request, source)
        kind = source.type.result
        fields: list[Type] = []
        if kind is not ty.VOID:
            fields.append(kind)
        if request.result is not Role.CONST and kind is not ty.VOID:
            fields.append(lanes.outside(kind))
        result = result_type(fields)
        made = self.engine.new_function(
            source.name, "fwdsplit", ty.function(result, (*params, ty.PTR, ty.I1))
        )
        keep_by_value(made, source, roles)
        emit = Builder(made.add_block("entry"))
        image, keep = made.args[-2:]
        log = emit.load(ty.PTR, image, align=1)
        _call(self.module, emit, "__enzcc_log_begin", ty.VOID, [log])
        self._begin(emit, self.activity, lanes)
        arguments: list[Value] = []
        for arg in source.args:
            arguments.append(made.args[roles[arg.index][0]])
            if forward.wants_shadow(self.activity, arg):
                arguments += shadow_operands(emit, made, roles[arg.index], lanes)
        value = emit.call(inner.symbol, inner.type, arguments)
        self._finish(emit, self.activity, lanes)
        wide = emit.cast("zext", keep, ty.I64)
        _call(self.module, emit, "__enzcc_log_end", ty.VOID, [log, wide])
        values: list[Value] = []
        has_tangent = forward.result_has_tangent(self.activity, source)
        primal: Value = emit.extract(value, (0,), kind) if has_tangent else value
        if fields:
            values.append(primal)
        if len(fields) > len(values):
            if has_tangent:
                types = enumerate(lanes.types(kind), 1)
                parts = [emit.extract(value, (i,), t) for i, t in types]
            else:
                parts = lanes.same(emit, no_tangent(emit, self.activity, source, primal))
            values.append(lanes.leaving(emit, parts, kind))
        return_fields(emit, result, values)
        return made


def replayed(companion: Companion, plan: Plan) -> None:
    """The tangent function of one function, changed to read the log."""
    module = companion.module
    for inst, deed in plan.deeds.items():
        copy = companion.primal.get(inst)
        if not isinstance(copy, Instruction) or copy.block is None:
            # what is logged has to be read, or all that is read behind it would be something else
            ends = copy is not None and is_undefined(copy)  # the program ends in its place
            assert deed is Deed.DROP or ends or _is_elsewhere(inst, companion), inst.opcode
            continue
        if isinstance(copy, CallBase):
            copy = companion.primal[inst] = to_call(copy)
        assert isinstance(copy, Instruction)
        assert copy.block is not None
        emit = Builder(copy.block, _behind(copy))
        if isinstance(inst, CallBase) and plan.is_checked(inst):
            place = read(module, emit, const_int(ty.I64, 1))
            _call(module, emit, "__enzcc_log_returned", ty.VOID, [place])
        if deed in (Deed.READ, Deed.FILL):
            size = const_int(ty.I64, module.layout.size(copy.type))
            place = _call(module, emit, "__enzcc_log_read", ty.PTR, [size])
            copy.replace_with(emit.load(copy.type, place, align=16))
            if deed is Deed.FILL:
                assert isinstance(inst, CallBase)
                assert isinstance(copy, CallBase)
                place = _call(module, emit, "__enzcc_log_read", ty.PTR, [const_int(ty.I64, 8)])
                block = emit.load(ty.PTR, place, align=16)
                for found in companion.filled.get(inst, ()):
                    found.replace_with(block)
                    found.erase()
                at = _out(plan.activity, inst)
                if not plan.is_unsafe(inst.arguments[at]):
                    emit.store(block, copy.arguments[at], align=1)
        elif deed is Deed.COPY:
            assert isinstance(copy, CallBase)
            to, _, count = copy.arguments[:3]
            wide = _wide(emit, count)
            place = _call(module, emit, "__enzcc_log_read", ty.PTR, [wide])
            _move(module, emit, to, place, count)
            if copy.users:
                copy.replace_with(_returned_by_copy(emit, copy))
        elif deed is Deed.MOVE:
            assert isinstance(copy, CallBase)
            copy.replace_with(_led_to(module, emit, _led_into(copy)))
        elif copy.users:
            if isinstance(copy, CallBase):
                copy.replace_with(_returned_by_copy(emit, copy))
            else:
                copy.replace_with(poison(copy.type))
        copy.erase()


def _out(activity: Activity, inst: Instruction) -> int:
    """Which argument of a call says where it writes down the block that it allocates."""
    assert isinstance(inst, CallBase)
    assert isinstance(inst.callee, Global)
    position = activity.known.allocators[inst.callee.name].out
    assert position is not None
    return position


def _led_into(call: CallBase) -> Value:
    """The argument into whose object the pointer leads that a call returns."""
    position = leads_into(call)
    assert position is not None
    return call.arguments[position]


def _led_to(module: Module, emit: Builder, pointer: Value) -> Value:
    """What a call returned in the first half that leads into the object of its argument, from the
    log: as far from the argument of this half. Both may be local, and lie elsewhere than they did;
    where the shadow lies is told by the distance, too (`Companion.returned_shadow`)."""
    place = read(module, emit, const_int(ty.I64, 16))
    returned = emit.load(ty.PTR, place, align=16)
    given = emit.load(ty.PTR, emit.gep(ty.PTR, place, [const_int(ty.I64, 1)]), align=8)
    distance = emit.sub(*(emit.cast("ptrtoint", p, ty.I64) for p in (returned, given)))
    moved = emit.gep(ty.I8, pointer, [distance])
    return emit.select(emit.compare("icmp", "eq", returned, zero(ty.PTR)), returned, moved)


def _returned_by_copy(emit: Builder, call: CallBase) -> Value:
    """What a call returns that copies to memory, or fills it."""
    to = call.arguments[0]
    if call.called != "mempcpy":
        return to
    return emit.gep(ty.I8, to, [_wide(emit, call.arguments[2])])


def _is_elsewhere(inst: Instruction, companion: Companion) -> bool:
    """Is it of another function, or where control never comes?"""
    assert inst.block is not None
    if inst.block.function is not companion.source:
        return True
    return inst.block not in companion.shape.index


def _behind(inst: Instruction) -> Instruction:
    """The instruction in front of which its value can be used."""
    assert inst.block is not None
    rest = inst.block.instructions
    return next(i for i in rest[rest.index(inst) + 1 :] if not isinstance(i, Phi))


def write(module: Module, emit: Builder, size: Value) -> Value:
    """Room in the log."""
    return _call(module, emit, "__enzcc_log_write", ty.PTR, [size])


def read(module: Module, emit: Builder, size: Value) -> Value:
    """What was written there."""
    return _call(module, emit, "__enzcc_log_read", ty.PTR, [size])


def _call(module: Module, emit: Builder, name: str, result: Type, arguments: list[Value]) -> Value:
    type = ty.function(result, tuple(a.type for a in arguments))
    return emit.call(module.declare(name, type), type, arguments)


def _wide(emit: Builder, size: Value) -> Value:
    return size if size.type is ty.I64 else emit.cast("zext", size, ty.I64)


def _move(module: Module, emit: Builder, to: Value, source: Value, size: Value) -> None:
    arguments: list[Value] = [to, source, _wide(emit, size), zero(ty.I1)]
    _call(module, emit, "llvm.memmove.p0.p0.i64", ty.VOID, arguments)
