"""Annotated loops: one iteration becomes a function, the loop a marker call that repeats it.

    for (...) { __enzyme_set_checkpointing(2, 10); body }
    -->
    __enzyme_checkpoint_while(enzcc.step.0, enzyme_scheme, &enzyme_checkpoint_revolve, &config,
                              enzyme_checkpoint_region, &i, sizeof i, ..., arguments...)

The step gets what the loop uses from outside: variables that it only reads by value, others by
address, and these are part of the state. So is the memory that it writes through pointers, whose
size has to be known: an allocation that is seen, or `__enzyme_ptr_size_hint`.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NoReturn, final

from enzcc import llvm
from enzcc.ad.copies.unchecked import without_checks
from enzcc.ad.iterations.loops import hint_pointee
from enzcc.ad.iterations.looptext import FORCED
from enzcc.analysis.cfg import Loop, Shape
from enzcc.analysis.tbaa import access_name
from enzcc.errors import InternalError, Unsupported, UserMistake, WrongType
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Alloca,
    Binary,
    Branch,
    CallBase,
    Cast,
    Freeze,
    GetElementPtr,
    Instruction,
    Invoke,
    Load,
    Phi,
    Select,
    Store,
    Unreachable,
)
from enzcc.ir.invokes import to_call
from enzcc.ir.module import Module
from enzcc.ir.values import Argument, Global, Local, Value, is_zero
from enzcc.markers import Mode, find_marker_calls
from enzcc.markers.site import Site
from enzcc.markers.small import HINT, HINT_EFFECTS
from enzcc.rules import ALLOCATORS

CHECKPOINTING: Final = "__enzyme_set_checkpointing"
NEXT: Final = "__enzyme_set_checkpointing_next"
"""In front of a loop, for annotations in the source (`enzcc.driver.annotated`)."""
FIXED_POINT: Final = "__enzyme_set_fixed_point"
SIZE_HINT: Final = "__enzyme_ptr_size_hint"
STEP: Final = "enzcc.step."
SCHEMES: Final = {1: "periodic", 2: "revolve", 3: "store_all", 4: "binomial"}
_CONFIG: Final = ty.struct((ty.I64, ty.I32, ty.PTR, ty.I64, ty.PTR))


def outline_loops(text: str, *, checks: bool = True) -> str:
    """The module with annotated loops as marker calls; hints of sizes are gone.

    checks    the functions with such loops keep the checks of sanitizers
    """
    if not any(name in text for name in (CHECKPOINTING, FIXED_POINT, SIZE_HINT)):
        return text
    module = Module.parse(text)
    holders = [n for n in module.functions_with_bodies() if any(_marks(module, module.function(n)))]
    ours = (Mode.CHECKPOINT, Mode.FIXED_POINT)
    if all(f.mode in ours for f in find_marker_calls(module)):
        return _without_hints(_without_marks(module, holders))  # nothing is differentiated
    try:
        text = llvm.demote(text if checks else without_checks(text, holders), holders)
        number = 0
        while True:
            module = Module.parse(text)
            found = _deepest(module, holders)
            if found is None:
                break
            _Outline(module, *found, number).run()
            text = llvm.normalise(module.print())
            number += 1
        return _without_hints(text)
    except llvm.InvalidIR as error:
        raise InternalError(f"a loop was outlined to IR that is not valid: {error}") from error


def _marks(module: Module, function: Function) -> Iterator[CallBase]:
    for inst in function.instructions():
        if isinstance(inst, CallBase) and isinstance(inst.callee, Global):
            name = inst.callee.name
            if (CHECKPOINTING in name or FIXED_POINT in name) and not module.defines(name):
                yield inst


def _deepest(module: Module, holders: list[str]) -> tuple[Function, CallBase, Shape, Loop] | None:
    """The annotation of an innermost loop. One that asks for nothing is taken out."""
    for name in holders:
        function = module.function(name)
        shape = Shape(function)
        best: tuple[int, CallBase, Loop] | None = None
        for call in list(_marks(module, function)):
            assert call.block is not None
            assert isinstance(call.callee, Global)
            loop = shape.loop_of.get(call.block)
            if NEXT in call.callee.name:
                loop = _following(shape, call.block)
            if loop is None:
                raise UserMistake(
                    module.location(call),
                    "a loop is annotated where there is none",
                    remedy="put the annotation in front of a 'for', or the call into its body",
                )
            depth = sum(loop.header in other.blocks for other in shape.loops)
            if best is None or depth > best[0]:
                best = depth, call, loop
        if best is not None:
            return function, best[1], shape, best[2]
    return None


def _following(shape: Shape, block: Block) -> Loop | None:
    """The first loop behind a block, in the loop around it if there is one."""
    around = shape.loop_of.get(block)
    behind = [
        loop
        for loop in shape.loops
        if loop.parent is around
        and block is not loop.header
        and shape.dominates(block, loop.header)
    ]
    return min(behind, key=lambda loop: shape.index[loop.header], default=None)


def _without_marks(module: Module, holders: list[str]) -> str:
    for name in holders:
        for call in list(_marks(module, module.function(name))):
            plain = to_call(call)
            if plain.users:
                plain.replace_with(zero(plain.type))
            plain.erase()
    return module.print()


def _without_hints(text: str) -> str:
    if SIZE_HINT not in text:
        return text
    module = Module.parse(text)
    for name in module.functions_with_bodies():
        if not any(SIZE_HINT in mentioned for mentioned in module.calls_in_text(name)):
            continue
        for inst in list(module.function(name).instructions()):
            callee = inst.callee if isinstance(inst, CallBase) else None
            if isinstance(callee, Global) and SIZE_HINT in callee.name:
                if inst.users:  # declared with a result, which it has not
                    inst.replace_with(zero(inst.type))
                inst.erase()
    return llvm.normalise(module.print())


@final
class _Outline:
    """One loop on its way out of its function."""

    def __init__(
        self,
        module: Module,
        function: Function,
        mark: CallBase,
        shape: Shape,
        loop: Loop,
        number: int,
    ) -> None:
        self.module, self.function, self.mark = module, function, mark
        self.shape, self.loop, self.number = shape, loop, number
        self.site = Site(module, function, mark)
        self.place = module.location(mark)
        self.inside = {*loop.blocks, *self._ends(loop)}
        self.blocks = [b for b in function.blocks if b in self.inside]
        assert isinstance(mark.callee, Global)
        self.fixed = FIXED_POINT in mark.callee.name
        self.regions: list[tuple[Value, Value]] = []
        self._used_hints: set[int] = set()

    def _ends(self, loop: Loop) -> Iterator[Block]:
        """Blocks in which the program ends (a failed check): they are no way out of the loop."""
        for block in loop.blocks:
            for target in block.successors():
                entered = self.shape.predecessors[target]
                if isinstance(target.terminator, Unreachable) and loop.blocks.keys() >= {*entered}:
                    yield target

    def fail(self, message: str, because: str = "", remedy: str = "") -> NoReturn:
        raise Unsupported(self.place, message, because=because, remedy=remedy)

    def run(self) -> None:
        tag = 0 if self.fixed else self._tag()
        words = list(self.mark.arguments)
        if not self.fixed and tag == 0:
            self.mark.erase()  # no schedule: an ordinary loop
            return
        self._check()
        entries = [b for b in self.shape.predecessors[self.loop.header] if b not in self.inside]
        before = self.function.add_block("")
        emit = Builder(before)
        states = []
        if self.fixed:
            for at in range(3, len(words) - 1, 2):
                states.append((self._outside(emit, words[at]), self._outside(emit, words[at + 1])))
            words = [self._outside(emit, w) for w in words[:3]]
        else:
            words = [self._outside(emit, w) for w in words]
        place = self.mark.dbg
        self.mark.erase()
        for block in entries:
            last = block.terminator
            last.targets[:] = [before if t is self.loop.header else t for t in last.targets]
        local, by_value, by_address, others = self._captured()
        self._find_regions(emit, by_value, by_address, others)
        arguments: list[Value] = [emit.load(a.allocated, a) for a in by_value]
        arguments += [*by_address, *others]
        targets = list(dict.fromkeys(t for b in self.blocks for t in b.successors()
                                     if t not in self.inside))  # fmt: skip
        way_out: Value | None = None
        if len(targets) > 1:
            way_out = Builder(self.function.entry, self.function.entry.instructions[0]).alloca(
                ty.I32, align=4
            )
            arguments.append(way_out)
            self.regions.append((way_out, const_int(ty.I64, 4)))
        step = self._step(local, by_value, [*by_address, *others], targets)
        given = self._words(emit, tag, words, states)
        name = "__enzyme_fixed_point" if self.fixed else "__enzyme_checkpoint_while"
        type = ty.function(ty.VOID, (ty.PTR,), True)
        emit.call(
            self.module.declare(f"{name}.loop", type),
            type,
            [self.module.symbol(step), *given, *arguments],
            tail=place,
        )
        if way_out is None:
            emit.branch(targets[0])
        else:
            taken = emit.load(ty.I32, way_out, align=4)
            cases = [(const_int(ty.I32, i), t) for i, t in enumerate(targets) if i]
            emit.switch(taken, targets[0], cases)

    def _tag(self) -> int:
        arguments = self.mark.arguments
        found = self.site.tracer.integer(arguments[0]) if arguments else None
        if found is None or found not in (0, *SCHEMES):
            raise WrongType(
                self.place,
                "the schedule of a loop is not known",
                remedy="1 is periodic, 2 revolve, 3 store_all, 4 binomial, 0 none",
            )
        return found

    def _check(self) -> None:
        for block in self.blocks:
            for inst in block.instructions:
                if isinstance(inst, Invoke) and inst.targets[1] not in self.inside:
                    self.fail(
                        "an annotated loop calls what may throw an exception out of it",
                        remedy="catch it inside the loop",
                    )
                for user in inst.users:
                    if user.block not in self.inside:
                        self.fail("an annotated loop makes a value that is used behind it")
        if not self.fixed:
            return
        exits = [(b, t) for b in self.blocks for t in b.successors() if t not in self.inside]
        last = exits[0][0].terminator if exits else None
        if len(exits) != 1 or not isinstance(last, Branch) or len(last.targets) != 2:
            self.fail(
                "a fixed-point loop has several ways out",
                "its derivative is that of one iteration, without the test",
                "leave it by its condition only",
            )

    # ------------------------------------------------------------------ what it uses

    def _outside(self, emit: Builder, value: Value) -> Value:
        """An operand of the annotation, in front of the loop."""
        if not isinstance(value, Instruction) or value.block not in self.inside:
            return value
        match value:
            case Load() if isinstance(value.pointer, Alloca | Global):
                return emit.load(value.type, value.pointer)
            case GetElementPtr():
                base = self._outside(emit, value.base)
                indices = [self._outside(emit, i) for i in value.indices]
                return emit.gep(value.source, base, indices)
            case Cast():
                return emit.cast(value.opcode, self._outside(emit, value.operands[0]), value.type)
            case Binary():
                a, b = (self._outside(emit, o) for o in value.operands)
                return emit.binary(value.opcode, a, b)
        self.fail("an operand of a loop's annotation is calculated inside the loop")

    def _captured(
        self,
    ) -> tuple[list[Alloca], list[Alloca], list[Alloca], list[Value]]:
        """Variables of the loop's own, those passed by value, by address; other values."""
        found: dict[Value, None] = {}
        for block in self.blocks:
            for inst in block.instructions:
                for operand in inst.operands:
                    if isinstance(operand, Argument) or (
                        isinstance(operand, Instruction) and operand.block not in self.inside
                    ):
                        found[operand] = None
        local: list[Alloca] = []
        by_value: list[Alloca] = []
        by_address: list[Alloca] = []
        others: list[Value] = []
        for value in found:
            if not isinstance(value, Alloca) or value.operands:
                others.append(value)
                continue
            users = [u for u in value.users if not _is_lifetime(u)]
            within = [u for u in users if u.block in self.inside]
            if len(within) == len(users) and self._begins_inside(value):
                local.append(value)
            elif _is_scalar(value.allocated) and all(_reads(u, value) for u in within):
                by_value.append(value)
            else:
                by_address.append(value)
        return local, by_value, by_address, others

    def _begins_inside(self, variable: Alloca) -> bool:
        starts = [u for u in variable.users if _is_lifetime(u, "start")]
        return all(u.block in self.inside for u in starts)

    # ------------------------------------------------------------------ the state

    def _find_regions(
        self,
        emit: Builder,
        by_value: list[Alloca],
        by_address: list[Alloca],
        others: list[Value],
    ) -> None:
        layout = self.module.layout
        size: Value
        for variable in by_address:
            size = const_int(ty.I64, layout.size(variable.allocated))
            self.regions.append((variable, size))
        known = {id(pointer) for pointer, _ in self.regions}
        for value in (*by_value, *by_address, *others):
            is_slot = isinstance(value, Alloca) and not value.operands
            if is_slot and not isinstance(value.allocated, ty.PointerType):  # type: ignore[attr-defined]
                continue
            if not is_slot and not isinstance(value.type, ty.PointerType):
                continue
            starts = self._loads_of(value) if is_slot else [value]
            if not self._may_write(starts) and not (is_slot and self._is_handed_on(value)):
                continue
            assert isinstance(value, Local)
            named = (access_name(self.module, u) for u in value.users)
            declared = next((n for n in named if n is not None), None)
            origins = list(self._origins(value, {})) if is_slot else [value]
            for origin in origins:
                pointer, size = self._extent(emit, origin, value)
                if pointer is not None and id(pointer) not in known:
                    known.add(id(pointer))
                    self.regions.append((pointer, size))
                    hint_pointee(self.module, emit, pointer, declared)

        hints = [h for h in self._hints() if id(h) not in self._used_hints]
        for hint in hints:
            pointer, size = (self._outside(emit, a) for a in hint.arguments[:2])
            self.regions.append((pointer, self._wide(emit, size)))
        if not hints and (self._follows_pointers() or self._has_pointers(by_address)):
            self.fail(
                "cannot tell how much memory an annotated loop writes",
                "it writes through pointers that lie in memory",
                "say so in front of the loop: '__enzyme_ptr_size_hint(pointer, bytes, 0)'",
            )

    def _follows_pointers(self) -> bool:
        """Does the loop write through a pointer that it loads from anything but a variable?"""
        for block in self.blocks:
            for inst in block.instructions:
                if not isinstance(inst, Load) or not isinstance(inst.type, ty.PointerType):
                    continue
                if not isinstance(inst.pointer, Alloca) and self._may_write([inst]):
                    return True
        return False

    def _has_pointers(self, by_address: list[Alloca]) -> bool:
        """Are there pointers in the structs and arrays that the loop hands on?"""
        for variable in by_address:
            kind = variable.allocated
            is_struct = not isinstance(kind, ty.PointerType) and ty.holds_pointers(kind)
            if is_struct and self._is_passed(variable):
                return True
        return False

    def _is_passed(self, variable: Value) -> bool:
        """Does a call get the address of a variable, or of a part of it?"""
        derived: dict[Value, None] = {variable: None}
        work = [variable]
        while work:
            value = work.pop()
            assert isinstance(value, Local)
            for user in value.users:
                if user.block not in self.inside:
                    continue
                if isinstance(user, CallBase) and not _is_lifetime(user):
                    return True
                if isinstance(user, (GetElementPtr, Cast, Phi, Select)) and user not in derived:
                    derived[user] = None
                    work.append(user)
        return False

    def _is_handed_on(self, slot: Value) -> bool:
        """Is the address of a pointer variable used, other than to read or write the pointer?"""
        assert isinstance(slot, Local)
        return any(
            user.block in self.inside
            and not _is_lifetime(user)
            and not isinstance(user, Load)
            and not (isinstance(user, Store) and user.pointer is slot)
            for user in slot.users
        )

    def _origins(self, slot: Value, seen: dict[Value, None]) -> Iterator[Value]:
        """What a pointer variable may be when the loop begins, through other variables."""
        if slot in seen:
            return
        seen[slot] = None
        for value in self._stored_in(slot):
            while isinstance(value, Cast) and value.opcode in ("bitcast", "addrspacecast"):
                value = value.operands[0]
            if isinstance(value, Load) and isinstance(value.pointer, Alloca):
                yield from self._origins(value.pointer, seen)
            else:
                yield value

    def _loads_of(self, slot: Value) -> list[Value]:
        assert isinstance(slot, Local)
        return [u for u in slot.users if isinstance(u, Load) and u.block in self.inside]

    def _stored_in(self, slot: Value) -> list[Value]:
        """What is put into a pointer variable outside the loop."""
        assert isinstance(slot, Local)
        return [
            u.value
            for u in slot.users
            if isinstance(u, Store) and u.pointer is slot and u.block not in self.inside
        ]

    def _may_write(self, starts: list[Value]) -> bool:
        """Does the loop write through these pointers, or hand them on?"""
        derived: dict[Value, None] = dict.fromkeys(starts)
        work = list(starts)
        while work:
            value = work.pop()
            if not isinstance(value, Local):
                continue
            for user in value.users:
                if user.block not in self.inside:
                    continue
                match user:
                    case GetElementPtr() | Cast() | Phi() | Select() | Freeze():
                        if user not in derived:
                            derived[user] = None
                            work.append(user)
                    case Store() if _is_variable(user.pointer) and user.value is value:
                        loads = [u for u in self._loads_of(user.pointer) if u not in derived]
                        derived.update(dict.fromkeys(loads))
                        work += loads
                    case Load():
                        pass
                    case CallBase() if _is_lifetime(user) or self._only_reads(user, value):
                        pass
                    case Instruction() if user.opcode == "icmp":
                        pass
                    case _:
                        return True
        return False

    def _only_reads(self, call: CallBase, pointer: Value) -> bool:
        name = call.called
        if name.startswith(("llvm.memcpy.", "llvm.memmove.")):
            return pointer is not call.arguments[0]
        return name.startswith(("__enzyme_double", "__enzyme_float", SIZE_HINT))

    def _extent(self, emit: Builder, origin: Value, named: Value) -> tuple[Value | None, Value]:
        """Where memory begins that the loop writes, and how many bytes it has."""
        size: Value
        origin = self._through(origin)
        none = const_int(ty.I64, 0)
        if is_zero(origin) or isinstance(origin, Global):
            return None, none  # variables are looked after where the step is called
        if isinstance(origin, Alloca):
            size = const_int(ty.I64, self.module.layout.size(origin.allocated))
            if origin.operands:
                count = origin.operands[0]
                size = emit.mul(size, self._wide(emit, count))
            return origin, size
        hinted = self._hint(emit, origin, named)
        if hinted is not None:
            return hinted
        callee = origin.callee if isinstance(origin, CallBase) else None
        allocator = ALLOCATORS.get(callee.name) if isinstance(callee, Global) else None
        if allocator is not None and allocator.size is not None and allocator.out is None:
            assert isinstance(origin, CallBase)
            if self._reaches(origin):
                size = self._wide(emit, origin.arguments[allocator.size])
                if allocator.count is not None:
                    size = emit.mul(size, self._wide(emit, origin.arguments[allocator.count]))
                return origin, size
        known = isinstance(named, Local) and named.name and not named.name.isdigit()
        name = f"'{named.name}'" if known else "a pointer"  # type: ignore[attr-defined]
        self.fail(
            "cannot tell how much memory an annotated loop writes",
            f"it writes through {name} of function '{self.function.name}'",
            "say so in front of the loop: '__enzyme_ptr_size_hint(pointer, bytes, 0)'",
        )

    def _through(self, value: Value) -> Value:
        while True:
            match value:
                case Cast(opcode="bitcast" | "addrspacecast"):
                    value = value.operands[0]
                case GetElementPtr() if all(map(is_zero, value.indices)):
                    value = value.base  # an array's first element
                case Load() if isinstance(value.pointer, Alloca):
                    stored = self._stored_in(value.pointer)
                    if len(stored) != 1:
                        return value
                    value = stored[0]
                case _:
                    return value

    def _hint(self, emit: Builder, origin: Value, named: Value) -> tuple[Value, Value] | None:
        for hint in self._hints():
            pointer, size = hint.arguments[:2]
            if self._through(pointer) is origin or self._through(pointer) is self._through(named):
                self._used_hints.add(id(hint))
                return self._outside(emit, pointer), self._wide(emit, self._outside(emit, size))
        return None

    def _hints(self) -> Iterator[CallBase]:
        """What the program says of sizes, in front of the loop."""
        for inst in self.function.instructions():
            callee = inst.callee if isinstance(inst, CallBase) else None
            if isinstance(callee, Global) and SIZE_HINT in callee.name and self._reaches(inst):
                assert isinstance(inst, CallBase)
                yield inst

    def _reaches(self, inst: Instruction) -> bool:
        """Is it always there when the loop begins?"""
        assert inst.block is not None
        return inst.block not in self.inside and self.shape.dominates(inst.block, self.loop.header)

    def _wide(self, emit: Builder, value: Value) -> Value:
        if value.type is ty.I64:
            return value
        assert isinstance(value.type, ty.IntType)
        return emit.cast("zext" if value.type.bits < 64 else "trunc", value, ty.I64)

    # ------------------------------------------------------------------ the step

    def _step(
        self,
        local: list[Alloca],
        by_value: list[Alloca],
        passed: list[Value],
        targets: list[Block],
    ) -> str:
        """Moves the loop's blocks into a function of their own."""
        several = len(targets) > 1
        types = [ty.I64, *(a.allocated for a in by_value), *(p.type for p in passed)]
        if several:
            types.append(ty.PTR)
        name = f"{FORCED if self.fixed else STEP}{self.number}"
        step = self.module.new_function(
            name, ty.function(ty.I32, tuple(types)), trailer=self._attributes()
        )
        args = step.args[1:]
        entry = step.add_block("")
        emit = Builder(entry)
        for variable in local:
            for user in list(variable.users):
                if user.block not in self.inside:
                    user.erase()  # the end of its lifetime
            assert variable.block is not None
            variable.block.instructions.remove(variable)
            variable.block = None
            emit.put(variable)
        for variable, arg in zip(by_value, args, strict=False):
            copy = emit.alloca(variable.allocated, align=self.module.layout.align(arg.type))
            tags = (u.metadata("tbaa") for u in variable.users if isinstance(u, Load))
            tag = next((t for t in tags if t is not None), None)
            emit.store(arg, copy, tail=f", !tbaa {tag}" if tag is not None else "")
            self._replace(variable, copy)
        for value, arg in zip(passed, args[len(by_value) :], strict=False):
            if isinstance(value, Alloca) and isinstance(value.allocated, ty.IntType):
                self._hint_integers(emit, arg, self.module.layout.size(value.allocated))
            self._replace(value, arg)
        if several:
            self._hint_integers(emit, step.args[-1], 4)
        emit.branch(self.loop.header)
        for block in self.blocks:
            self.function.blocks.remove(block)
            block.function = step
            step.blocks.append(block)
        again = step.add_block("")
        Builder(again).ret(const_int(ty.I32, 1))
        leaving: dict[Block, Block] = {}
        for number, target in enumerate(targets):
            block = leaving[target] = step.add_block("")
            out = Builder(block)
            if several:
                out.store(const_int(ty.I32, number), step.args[-1], align=4)
            out.ret(const_int(ty.I32, 0))
        if self.fixed:
            self._force(step, targets[0])
        for block in self.blocks:
            last = block.terminator
            if getattr(last, "targets", None):
                last.targets[:] = [
                    again if t is self.loop.header else leaving.get(t, t) for t in last.targets
                ]
        step.name_everything()
        return name

    def _hint_integers(self, emit: Builder, pointer: Value, size: int) -> None:
        """What the frontend uses itself has no type tags."""
        type = ty.function(ty.VOID, (ty.PTR, ty.I64))
        symbol = self.module.declare(f"{HINT}integer", type, HINT_EFFECTS)
        emit.call(symbol, type, [pointer, const_int(ty.I64, size)])

    def _attributes(self) -> str:
        return self.function.trailer.split("!")[0].replace("comdat", "").strip() or "nounwind"

    def _replace(self, old: Value, new: Value) -> None:
        assert isinstance(old, Local)
        for user in list(old.users):
            if user.block not in self.inside:
                continue
            if _is_lifetime(user):
                user.erase()
            else:
                user.replace(old, new)

    def _force(self, step: Function, target: Block) -> None:
        """The way out is not taken if the step's number is negative."""
        for block in self.blocks:
            last = block.terminator
            if target not in getattr(last, "targets", ()):
                continue
            emit = Builder(block, last)
            forced = emit.compare("icmp", "slt", step.args[0], zero(ty.I64))
            condition = last.operands[0]
            if last.targets[1] is target:
                condition = emit.binary("or", condition, forced)
            else:
                free = emit.binary("xor", forced, const_int(ty.I1, 1))
                condition = emit.binary("and", condition, free)
            last.set_operand(0, condition)

    # ------------------------------------------------------------------ the call

    def _word(self, name: str) -> Global:
        if not self.module.has_symbol(name):
            self.module.add_global_text(f"@{name} = external global i32")
        return self.module.symbol(name)

    def _words(
        self, emit: Builder, tag: int, words: list[Value], states: list[tuple[Value, Value]]
    ) -> list[Value]:
        out: list[Value] = []
        if self.fixed:
            for name, value in zip(
                ("enzyme_fp_reduction", "enzyme_fp_max_iters", "enzyme_fp_control"),
                words,
                strict=False,
            ):
                if not is_zero(value) or name != "enzyme_fp_control":
                    out += [self._word(name), value]
            for pointer, size in states:
                out += [self._word("enzyme_fp_state"), pointer, size]
        else:
            scheme = f"enzyme_checkpoint_{SCHEMES[tag]}"
            if not self.module.has_symbol(scheme):
                self.module.add_global_text(f"@{scheme} = external constant i8")
            entry = self.function.entry
            config = Builder(entry, entry.instructions[0]).alloca(_CONFIG, align=8)
            emit.store(zero(_CONFIG), config, align=8)
            if len(words) > 1:
                emit.store(words[1], config, align=8)
            out += [self._word("enzyme_scheme"), self.module.symbol(scheme), config]
        for pointer, size in self.regions:
            out += [self._word("enzyme_checkpoint_region"), pointer, size]
        return out


def _is_variable(slot: Value) -> bool:
    """Is it a local variable of which nobody takes the address?"""
    return isinstance(slot, Alloca) and all(
        isinstance(u, Load) or (isinstance(u, Store) and u.value is not slot) or _is_lifetime(u)
        for u in slot.users
    )


def _is_lifetime(inst: Instruction, which: str = "") -> bool:
    return (
        isinstance(inst, CallBase)
        and isinstance(inst.callee, Global)
        and inst.callee.name.startswith(f"llvm.lifetime.{which}")
    )


def _is_scalar(type: ty.Type) -> bool:
    return isinstance(type, (ty.IntType, ty.FloatType, ty.PointerType))


def _reads(user: Instruction, variable: Alloca) -> bool:
    return (
        isinstance(user, Load) and user.type is variable.allocated and "volatile" not in user.flags
    )
