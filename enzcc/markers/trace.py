"""Where a value comes from, in code that no optimiser has touched yet.

The frontend keeps locals in stack slots, so `int w = enzyme_dup; marker(f, w, x)` passes a load of
a slot. `Tracer.sources` follows a value back through casts, slots, copies of structs, constant
tables, phis, selects and small functions, to all the values it may stem from:

    %w = alloca i32
    %a = load i32, ptr @enzyme_dup         ; <- the source of %b
    store i32 %a, ptr %w
    %b = load i32, ptr %w

A source is a constant, an argument, or an instruction that cannot be looked through; the latter
means that nothing is known. Paths on which a slot was never written say nothing and are left out.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Iterator
from math import gcd
from typing import TYPE_CHECKING, Final, final

from enzcc.ir.builder import zero
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Alloca,
    Binary,
    CallBase,
    Cast,
    Freeze,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Return,
    Select,
    Store,
)
from enzcc.ir.types import (
    PTR,
    ArrayType,
    IntType,
    PointerType,
    StructType,
    Type,
    VectorType,
    int_type,
)
from enzcc.ir.values import (
    Argument,
    BlockAddress,
    Constant,
    ConstantAggregate,
    ConstantExpression,
    ConstantInt,
    ConstantWord,
    Global,
    Local,
    Value,
    is_undefined,
)
from enzcc.markers.slots import Place, Unknown, is_fill, reaching
from enzcc.markers.tables import is_table
from enzcc.markers.words import PREFIX

if TYPE_CHECKING:
    from enzcc.ir import Module

_POINTER_CASTS: Final = frozenset({"bitcast", "addrspacecast", "inttoptr", "ptrtoint", "ptrtoaddr"})
_DEPTH: Final = 40
_LARGEST_TABLE: Final = 256
"""So many rows of a table that is indexed at run time are looked at at most."""


@final
class Tracer:
    """Traces values of one module; reads bodies of called functions where it has to."""

    def __init__(self, module: Module) -> None:
        self.module, self.layout = module, module.layout
        self._open: set[Value] = set()  # what is being looked through: a loop leads back to it
        self._predecessors: dict[Function, dict[Block, list[Block]]] = {}
        self._tables: dict[Global, bool] = {}

    def sources(self, value: Value) -> list[Value]:
        """All that the value may be, each once, in the order found."""
        return list(dict.fromkeys(self._sources(value, set(), 0)))

    def integer(self, value: Value) -> int | None:
        """The constant that the value is, if it is one."""
        found = {self._evaluate(source) for source in self.sources(value)}
        return found.pop() if len(found) == 1 else None

    def word(self, value: Value) -> str | None:
        """The name of the `enzyme_` variable that the value reads or addresses, if it is one."""
        names = set()
        for source in self.sources(value):
            while isinstance(source, Cast):
                source = source.operands[0]
            names.add(_variable(source))
        return names.pop() if len(names) == 1 else None

    def member(self, pointer: Value, before: Instruction) -> tuple[Global, int] | None:
        """What `traced_member` says."""
        size = self.layout.size(PTR)
        word = int_type(8 * size)
        found: list[list[Value]] = []
        try:
            places = list(self._places(pointer, size, 0))
            for at in (0, size):
                values = [
                    source
                    for p in places
                    for held in self._contents(Place(p.base, p.offset + at, size), word, before, 0)
                    for source in self._sources(held, set(), 0)
                ]
                found.append(list(dict.fromkeys(values)))
        except (Unknown, ValueError):
            return None
        match found:
            case [[Global(kind="function") as function], [moved]]:
                distance = self._evaluate(moved)
                return None if distance is None else (function, distance)
        return None

    def predecessors(self, block: Block) -> list[Block]:
        """The blocks from which one is entered."""
        assert block.function is not None
        found = self._predecessors.get(block.function)
        if found is None:
            found = self._predecessors[block.function] = block.function.predecessors()
        return found[block]

    # ---- values ----

    def _sources(self, value: Value, seen: set[Value], depth: int) -> Iterator[Value]:
        if value in seen:
            return
        if isinstance(value, Local):
            seen.add(value)
        if depth > _DEPTH:
            yield value
            return
        match value:
            case Cast() if value.opcode in _POINTER_CASTS:
                yield from self._sources(value.operands[0], seen, depth + 1)
            case Freeze():
                yield from self._sources(value.operands[0], seen, depth + 1)
            case Phi():
                for operand in value.operands:
                    yield from self._sources(operand, seen, depth + 1)
            case Select():
                for operand in value.operands[1:]:
                    yield from self._sources(operand, seen, depth + 1)
            case Load():
                yield from self._loaded(value, seen, depth)
            case CallBase():
                yield from self._returned(value, seen, depth)
            case ConstantExpression() if value.opcode in _POINTER_CASTS:
                yield from self._sources(value.operands[0], seen, depth + 1)
            case BlockAddress():
                yield self.module.symbol(value.function)
            case Global() if value.kind == "alias":
                target = self.module.initializer(value.name)
                if target is None:
                    yield value
                else:
                    yield from self._sources(target, seen, depth + 1)
            case _ if not is_undefined(value):
                yield value

    def _returned(self, call: CallBase, seen: set[Value], depth: int) -> Iterator[Value]:
        """What the callee returns, if that is one constant or one of its own arguments."""
        callee = call.callee
        if not isinstance(callee, Global) or not self.module.defines(callee.name):
            yield call
            return
        body = self.module.function(callee.name)
        returns = [i.operands[0] for i in body.instructions() if isinstance(i, Return)]
        found = list(dict.fromkeys(s for r in returns for s in self._sources(r, set(), depth + 1)))
        match found:
            case [Argument(index=index)] if index < len(call.arguments):
                yield from self._sources(call.arguments[index], seen, depth + 1)
            case [Constant() as constant]:
                yield constant
            case _:
                yield call

    def _evaluate(self, value: Value) -> int | None:
        match value:
            case ConstantInt():
                return value.value
            case ConstantWord(word="zeroinitializer" | "null"):
                return 0
            case Cast(opcode="sext" | "zext" | "trunc"):
                inner = self.integer(value.operands[0])
                return None if inner is None else _resize(value, inner)
            case Binary() if value not in self._open and len(self._open) < _DEPTH:
                self._open.add(value)
                a, b = (self.integer(operand) for operand in value.operands)
                self._open.remove(value)
                return None if a is None or b is None else _calculate(value.opcode, a, b)
        return None

    # ---- memory ----

    def _loaded(self, load: Load, seen: set[Value], depth: int) -> Iterator[Value]:
        if _variable(load) is not None or "volatile" in load.flags or load in self._open:
            yield load
            return
        self._open.add(load)
        try:
            size = self.layout.store_size(load.type)
            found: list[Value] = []
            for place in self._places(load.pointer, size, depth):
                for value in self._contents(place, load.type, load, depth):
                    found += list(self._sources(value, seen, depth + 1))
        except (Unknown, ValueError):
            found = [load]
        finally:
            self._open.remove(load)
        yield from found

    def _places(self, pointer: Value, size: int, depth: int) -> Iterator[Place]:
        base, offset, stride = self._reached(pointer)
        if isinstance(base, Alloca | Global) and getattr(base, "kind", "") != "alias":
            yield from self._rows(base, offset, stride, size)
            return
        for source in self.sources(base):
            if source is base or depth > _DEPTH:
                raise Unknown
            inner, more, further = self._reached(source)
            if not isinstance(inner, Alloca | Global):
                raise Unknown
            yield from self._rows(inner, offset + more, gcd(stride, further), size)

    def _rows(self, base: Alloca | Global, offset: int, stride: int, size: int) -> Iterator[Place]:
        """The place at that offset; with a stride, all places in a table that lie it apart."""
        if stride == 0:
            yield Place(base, offset, size)
            return
        type = base.allocated if isinstance(base, Alloca) else base.value_type
        if type is None or (isinstance(base, Alloca) and base.operands):
            raise Unknown
        end = self.layout.size(type)
        if end > _LARGEST_TABLE * stride:
            raise Unknown
        for at in range(offset % stride, end - size + 1, stride):
            yield Place(base, at, size)

    def split(self, pointer: Value) -> tuple[Value, int | None]:
        """The object a pointer is computed from, and the constant offset into it, if it is one."""
        base, offset, stride = self._reached(pointer)
        return base, None if stride else offset

    def _reached(self, pointer: Value) -> tuple[Value, int, int]:
        """The object a pointer is computed from, an offset into it, and a number of bytes any
        multiple of which may come on top (0: the offset is a constant)."""
        offset = stride = 0
        while True:
            match pointer:
                case GetElementPtr() | ConstantExpression(opcode="getelementptr"):
                    step, unknown = self._step(pointer)
                    offset, stride = offset + step, gcd(stride, unknown)
                    pointer = pointer.operands[0]
                case Cast(opcode="addrspacecast" | "bitcast"):
                    pointer = pointer.operands[0]
                case ConstantExpression(opcode="addrspacecast" | "bitcast"):
                    pointer = pointer.operands[0]
                case _:
                    return pointer, offset, stride

    def _step(self, gep: GetElementPtr | ConstantExpression) -> tuple[int, int]:
        """The constant number of bytes that a getelementptr adds, and what it adds any multiple
        of."""
        total, stride, type = 0, 0, gep.source
        assert type is not None
        for number, index in enumerate(gep.operands[1:]):
            at = self.integer(index)
            if number and isinstance(type, StructType):
                assert at is not None
                total += self.layout.offsets(type)[at]
                type = (type.fields or ())[at]
                continue
            if number:
                assert isinstance(type, ArrayType | VectorType)
                type = type.element
            if at is None:
                stride = gcd(stride, self.layout.size(type))
            else:
                total += at * self.layout.size(type)
        return total, stride

    def _is_table(self, variable: Global) -> bool:
        if variable not in self._tables:
            self._tables[variable] = is_table(self.module, variable)
        return self._tables[variable]

    def _contents(
        self, place: Place, type: Type, before: Instruction, depth: int
    ) -> Iterator[Value]:
        """What the place may hold when `before` runs."""
        if isinstance(place.base, Global):
            constant = None
            if self._is_table(place.base):
                initial = self.module.initializer(place.base.name)
                constant = initial and self._element(initial, place.offset, type)
            if constant is None:
                raise Unknown
            yield constant
            return
        for write in reaching(self, place, before):
            match write:
                case Store() if write.value.type is type or self._same_bits(write.value.type, type):
                    yield write.value
                case Store(value=Constant() as whole) if self.split(write.pointer)[0] is place.base:
                    start = self.split(write.pointer)[1]
                    assert start is not None
                    part = self._element(whole, place.offset - start, type)
                    if part is None:
                        raise Unknown
                    yield part
                case CallBase() if is_fill(write):
                    if self.integer(write.arguments[1]) != 0:
                        raise Unknown
                    yield zero(type)
                case CallBase():
                    length = self.integer(write.arguments[2])
                    target = self.split(write.arguments[0])[1]
                    assert length is not None
                    assert target is not None
                    if depth > _DEPTH:
                        raise Unknown
                    for source in self._places(write.arguments[1], place.size, depth + 1):
                        moved = Place(
                            source.base, source.offset + place.offset - target, place.size
                        )
                        yield from self._contents(moved, type, write, depth + 1)
                case _:
                    raise Unknown

    def _same_bits(self, a: Type, b: Type) -> bool:
        scalars = (IntType, PointerType)
        same = self.layout.store_size(a) == self.layout.store_size(b)
        return same and isinstance(a, scalars) and isinstance(b, scalars)

    def _element(self, constant: Constant, offset: int, type: Type) -> Constant | None:
        """The constant of that type at that offset in a larger one."""
        while offset or constant.type is not type:
            if isinstance(constant, ConstantWord):
                return ConstantWord(type, "null") if constant.word == "zeroinitializer" else None
            if not isinstance(constant, ConstantAggregate):
                return None
            match constant.type:
                case StructType():
                    starts = self.layout.offsets(constant.type)[:-1]
                    at = max((i for i, s in enumerate(starts) if s <= offset), default=-1)
                    if at < 0:
                        return None
                    offset -= starts[at]
                case ArrayType() | VectorType():
                    at, offset = divmod(offset, self.layout.size(constant.type.element))
                case _:
                    return None
            if not 0 <= at < len(constant.elements):
                return None
            constant = constant.elements[at]
        return constant


def _variable(value: Value) -> str | None:
    """The `enzyme_` variable that a value names: its address, or a load of it."""
    pointer = value.operands[0] if isinstance(value, Load) else value
    while isinstance(pointer, ConstantExpression) and pointer.opcode in _POINTER_CASTS:
        pointer = pointer.operands[0]
    if not isinstance(pointer, Global) or pointer.kind == "function":
        return None
    return pointer.name.removesuffix("_") if pointer.name.startswith(PREFIX) else None  # Fortran


def _resize(cast: Cast, value: int) -> int | None:
    before, after = cast.operands[0].type, cast.type
    if not isinstance(before, IntType) or not isinstance(after, IntType):
        return None
    if cast.opcode == "zext":
        return value & ((1 << before.bits) - 1)
    value &= (1 << after.bits) - 1
    return value - (1 << after.bits) if value >> (after.bits - 1) and after.bits > 1 else value


def _calculate(opcode: str, a: int, b: int) -> int | None:
    match opcode:
        case "add":
            return a + b
        case "sub":
            return a - b
        case "mul":
            return a * b
        case "shl" if 0 <= b < 64:
            return a << b
        case "sdiv" | "udiv" if a >= 0 and b > 0:
            return a // b
    return None


def traced_member(module: Module, pointer: Value, before: Instruction) -> tuple[Global, int] | None:
    """The pointer to a member function that a pointer points to: its function, and by how much it
    moves the object."""
    return Tracer(module).member(pointer, before)


def traced_function(module: Module, value: Value) -> Global | None:
    """The one function that a value is, if that is known."""
    if not isinstance(value.type, PointerType):
        return None
    found = Tracer(module).sources(value)
    if len(found) == 1 and isinstance(found[0], Global) and found[0].kind == "function":
        return found[0]
    return None
