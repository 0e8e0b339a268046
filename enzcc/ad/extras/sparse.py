"""Pointers that are never dereferenced: arrays of which only what is not zero is kept.

    %d = call ptr @__enzcc_todense(ptr @load, ptr @store, i64 %row)
    call void @f.forward(..., ptr %x, ptr %d)              loads and stores through %d
    -->
    the body of @f.forward, with
        load double, ptr %p        -->   call double @load(i64 %offset, i64 %row)
        store double %v, ptr %p    -->   call void @store(double %v, i64 %offset, i64 %row)

A derivative that gets such a pointer is inlined where the pointer is made; addresses become byte
offsets. Zeros are not stored where the store function, or what it calls, is declared
`enzyme_sparse_accumulate`.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NoReturn, final

from enzcc import llvm
from enzcc.errors import NoBody, Unsupported, WrongCount, WrongType
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_float, const_int, zero
from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    CallBase,
    Compare,
    GetElementPtr,
    InsertValue,
    Instruction,
    Load,
    Phi,
    Select,
    Store,
)
from enzcc.ir.module import Module
from enzcc.ir.types import Type
from enzcc.ir.values import Constant, ConstantInt, Global, Value, is_zero
from enzcc.markers import TODENSE
from enzcc.markers.fit import spoken
from enzcc.markers.trace import Tracer

MOST_LEVELS: Final = 16
"""How deep a derivative may hand such a pointer on."""


def without_dense_arrays(text: str, accumulators: Iterable[str]) -> str:
    """The finished module with the loads and stores of such pointers as calls.

    accumulators    the functions that are to get no zeros
    """
    if TODENSE not in text:
        return text
    wanted = frozenset(accumulators)
    holders = _holders(Module.parse(text))
    text = llvm.cleaned(text, holders)
    for _ in range(MOST_LEVELS):
        module = Module.parse(text)
        users = [user for name in holders for user in _inline_users(module, module.function(name))]
        if not users:
            break
        text = llvm.cleaned(module.print(), users)  # what nobody uses may be a load of null
        text = llvm.cleaned(llvm.inline(text), holders)
    module = Module.parse(text)
    for name in holders:
        for call in _makers(module.function(name)):
            _Array(module, module.function(name), call, wanted).lower()
    return module.print()


def _holders(module: Module) -> list[str]:
    return [n for n in module.functions_with_bodies() if TODENSE in module.calls_in_text(n)]


def _makers(function: Function) -> list[CallBase]:
    return [
        inst
        for inst in function.instructions()
        if isinstance(inst, CallBase)
        and isinstance(inst.callee, Global)
        and inst.callee.name == TODENSE
    ]


def _derived(makers: Iterable[Instruction], *, packed: bool = False) -> dict[Instruction, None]:
    """The pointers that are computed from these; `packed`: also the arrays that hold one a lane."""
    found: dict[Instruction, None] = dict.fromkeys(makers)
    work = list(found)
    while work:
        value = work.pop()
        for user in value.users:
            moves = isinstance(user, (Phi, Select)) or (
                isinstance(user, GetElementPtr) and user.base is value
            )
            moves = moves or (packed and isinstance(user, InsertValue))
            if moves and user not in found:
                found[user] = None
                work.append(user)
    return found


def _inline_users(module: Module, function: Function) -> list[str]:
    """Marks the calls that get such pointers to be inlined; the functions that they call."""
    found: dict[str, None] = {}
    for value in _derived(_makers(function), packed=True):
        for user in list(value.users):
            if not isinstance(user, CallBase) or user.opcode != "call":
                continue
            callee = user.callee
            if isinstance(callee, Global) and module.defines(callee.name):
                user.tail = f" alwaysinline{user.tail}"
                found[callee.name] = None
    return list(found)


@final
class _Array:
    """One such array: the functions behind it, and what is done with pointers into it."""

    def __init__(
        self, module: Module, function: Function, maker: CallBase, accumulators: frozenset[str]
    ) -> None:
        self.module, self.function, self.maker = module, function, maker
        self.layout = module.layout
        self.place = module.location(maker)
        arguments = maker.arguments
        if len(arguments) < 2:
            raise WrongCount(
                self.place,
                "'__enzyme_todense' without a function that loads, and one that stores",
                remedy="write '__enzyme_todense(load, store, arguments...)'",
            )
        self.load, self.store = (self._function(a) for a in arguments[:2])
        self.extra = arguments[2:]
        reached = self._reached(self.store.name)
        self.skips_zeros = not accumulators.isdisjoint(reached)
        self.offsets: dict[Value, Value] = {maker: const_int(ty.I64, 0)}

    def _function(self, value: Value) -> Global:
        found = [s for s in Tracer(self.module).sources(value) if isinstance(s, Global)]
        if len(found) != 1 or found[0].function_type is None:
            raise NoBody(
                self.place,
                "'__enzyme_todense' needs the names of a function that loads, and of one that"
                " stores",
            )
        return found[0]

    def _reached(self, root: str) -> Iterator[str]:
        seen: set[str] = set()
        work = [root]
        while work:
            name = work.pop()
            if name in seen:
                continue
            seen.add(name)
            yield name
            if self.module.defines(name):
                work.extend(self.module.calls_in_text(name))

    def lower(self) -> None:
        pointers = _derived([self.maker])
        for value in pointers:
            if isinstance(value, Phi):  # a loop leads back to it
                block = value.block
                assert block is not None
                first = block.instructions[0]
                self.offsets[value] = Builder(block, first).phi(ty.I64)
        for value in pointers:
            self._offset(value)
        for value in pointers:
            if isinstance(value, Phi):
                made = self.offsets[value]
                assert isinstance(made, Phi)
                for operand, source in value.incoming():
                    made.add_incoming(self._offset(operand), source)
        for value in pointers:
            for user in list(value.users):
                if user not in pointers:
                    self._use(user, value)
        self._erase(pointers)

    def _erase(self, pointers: dict[Instruction, None]) -> None:
        for value in pointers:
            value.drop_operands()
        for value in pointers:
            value.users.clear()
            value.erase()

    def _offset(self, value: Value) -> Value:
        """The byte offset of a pointer."""
        found = self.offsets.get(value)
        if found is not None:
            return found
        match value:
            case GetElementPtr():
                made = self._after(self._offset(value.base), value)
            case Select():
                block = value.block
                assert block is not None
                condition, a, b = value.operands
                made = Builder(block, value).select(condition, self._offset(a), self._offset(b))
            case Constant() if not isinstance(value, Global):
                return zero(ty.I64)  # a null that is not taken
            case _:
                self._refuse(value if isinstance(value, Instruction) else self.maker)
        self.offsets[value] = made
        return made

    def _after(self, offset: Value, gep: GetElementPtr) -> Value:
        block = gep.block
        assert block is not None
        emit = Builder(block, gep)
        current: Type = gep.source
        for position, index in enumerate(gep.indices):
            if position and isinstance(current, ty.StructType):
                assert isinstance(index, ConstantInt)
                step = self.layout.offsets(current)[index.value]
                offset = emit.add(offset, const_int(ty.I64, step))
                current = (current.fields or ())[index.value]
                continue
            if position:
                current = current.element  # type: ignore[attr-defined]  # arrays and vectors
            wide = index
            if index.type is not ty.I64:
                assert isinstance(index.type, ty.IntType)
                wide = emit.cast("sext" if index.type.bits < 64 else "trunc", index, ty.I64)
            size = const_int(ty.I64, self.layout.size(current))
            offset = emit.add(offset, emit.mul(wide, size))
        return offset

    # ------------------------------------------------------------------ what is done with them

    def _use(self, user: Instruction, pointer: Value) -> None:
        match user:
            case Load():
                self._loaded(user)
            case Store() if user.pointer is pointer and user.value is not pointer:
                self._stored(user)
            case Compare():
                self._compared(user)
            case CallBase() if self._is_about_lifetime(user):
                user.erase()
            case _:
                self._refuse(user)

    def _is_about_lifetime(self, call: CallBase) -> bool:
        return isinstance(call.callee, Global) and call.callee.name.startswith(
            ("llvm.lifetime.", "llvm.assume", "llvm.invariant.")
        )

    def _loaded(self, load: Load) -> None:
        type = self.load.function_type
        assert type is not None
        if type.result is not load.type:
            raise WrongType(
                self.place,
                f"'{self.load.name}' returns {spoken(type.result)}, and the derivative loads"
                f" {spoken(load.type)}",
                remedy="let it return that",
            )
        made = self._call(self.load, load, [self._offset(load.pointer)])
        load.replace_with(made)
        load.erase()

    def _stored(self, store: Store) -> None:
        type = self.store.function_type
        assert type is not None
        if not type.params or type.params[0] is not store.value.type:
            raise WrongType(
                self.place,
                f"'{self.store.name}' does not take {spoken(store.value.type)} first, which the"
                " derivative stores",
            )
        if is_zero(store.value) and self.skips_zeros:
            store.erase()
            return
        arguments = [store.value, self._offset(store.pointer)]
        if self.skips_zeros and ty.is_float(store.value.type):
            self._only_where(store)
        self._call(self.store, store, arguments)
        store.erase()

    def _only_where(self, store: Store) -> None:
        """Splits the block: the store stands where its value is not zero."""
        block = store.block
        assert block is not None
        function = self.function
        at = block.instructions.index(store)
        inside = function.add_block("", after=block)
        rest = function.add_block("", after=inside)
        for inst in block.instructions[at + 1 :]:
            rest.append(inst)
        del block.instructions[at:]
        inside.append(store)
        for target in rest.successors():
            for phi in target.phis():
                phi.blocks = [rest if b is block else b for b in phi.blocks]
        emit = Builder(block)
        nothing = const_float(store.value.type, 0.0)
        wanted = emit.compare("fcmp", "une", store.value, nothing)
        emit.cond_branch(wanted, inside, rest)
        Builder(inside).branch(rest)

    def _call(self, function: Global, before: Instruction, leading: list[Value]) -> Value:
        type = function.function_type
        block = before.block
        assert type is not None
        assert block is not None
        emit = Builder(block, before)
        given = [*leading, *self.extra]
        if len(given) != len(type.params):
            raise WrongCount(
                self.place,
                f"'{function.name}' takes {len(type.params)} arguments, and gets {len(given)} from"
                " '__enzyme_todense'",
                because="a store function gets the value, the offset in bytes, and what stands"
                " behind the functions; a load function the offset and these",
            )
        arguments = [self._fitted(emit, v, t) for v, t in zip(given, type.params, strict=True)]
        return emit.call(function, type, arguments, tail=before.dbg or self.maker.dbg)

    def _fitted(self, emit: Builder, value: Value, type: Type) -> Value:
        if value.type is type:
            return value
        match value.type, type:
            case ty.IntType(), ty.IntType():
                return emit.cast("sext" if value.type.bits < type.bits else "trunc", value, type)
            case ty.FloatType(), ty.FloatType():
                return emit.cast("fpext" if value.type.bits < type.bits else "fptrunc", value, type)
        raise WrongType(
            self.place,
            f"'__enzyme_todense' passes on {spoken(value.type)}, where {spoken(type)} is wanted",
        )

    def _compared(self, compare: Compare) -> None:
        """With each other by offset; else it is an address of its own."""
        a, b = compare.operands
        if a in self.offsets and b in self.offsets:
            compare.set_operand(0, self.offsets[a])
            compare.set_operand(1, self.offsets[b])
            return
        if compare.predicate not in ("eq", "ne"):
            self._refuse(compare)
        compare.replace_with(const_int(ty.I1, int(compare.predicate == "ne")))
        compare.erase()

    def _refuse(self, user: Instruction) -> NoReturn:
        what = user.opcode
        if isinstance(user, CallBase) and isinstance(user.callee, Global):
            what = f"the call of '{user.callee.name}'"
        raise Unsupported(
            self.place,
            "the result of '__enzyme_todense' is used in an unsupported way",
            because=f"its memory is never there: it can be loaded from and stored to, and {what}"
            " is neither",
            remedy="give it to a derivative as a shadow, of floating values only",
        )
