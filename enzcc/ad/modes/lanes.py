"""Lanes: the directions that one derivative carries at once (`enzyme_width`).

    primal                  shadow in 4 lanes
    double %x               <4 x double> %x'                     one value, in SIMD registers
    <2 x float> %v          <8 x float> %v'                      lane after lane
    ptr %p, i64 %i, { .. }  ptr %p0, ptr %p1, ptr %p2, ptr %p3   a value a lane

Arithmetic works on all lanes at once. All else, which moves pointers and memory about, is written
for one lane, and walked through once a lane:

    for _ in self.shadows.each():       # in this body, shadows are those of one lane
        self.emit.store(self.shadow(v), self.shadow(p))

There the shadow of a floating value is the lane's element; one that is set there is put together
when the last lane has set it. With one lane nothing of this happens: a shadow is of its value's
type. In the markers' convention the shadow of a T is a `[4 x T]`.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import Final, final

from enzcc.errors import Unsupported
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_float, const_int, float_value, poison, zero
from enzcc.ir.instructions import ShuffleVector
from enzcc.ir.types import Type, VectorType
from enzcc.ir.values import Argument, ConstantAggregate, ConstantInt, Value, is_undefined, is_zero
from enzcc.settings import Settings

_INDEX: Final = ty.I32

SHADOW: Final = "shadow"
"""How parameters are called that are shadows."""

_SHARED: Final = 3


@final
class Lanes:
    """How many lanes there are, and what that makes of types and values.

    With `shared`, all lanes have the same shadow memory, and the markers' convention knows of one
    lane only. Forward mode then computes the same in each lane, and in reverse mode the gradient is
    the sum of what the lanes add to it, since one alone has the seed: so any program tests lanes.
    """

    def __init__(self, width: int, *, shared: bool = False) -> None:
        self.width, self.shared = width, shared

    @staticmethod
    def of(width: int, settings: Settings) -> Lanes:
        """The lanes of a request."""
        return Lanes(_SHARED, shared=True) if width == 1 and settings.in_lanes else Lanes(width)

    # ------------------------------------------------------------------ types

    def wide(self, type: Type) -> Type:
        """The type of a floating value's shadow: all lanes in one vector."""
        if self.width == 1:
            return type
        if not isinstance(type, VectorType):
            return ty.vector(type, self.width)
        if type.scalable:
            raise Unsupported(
                None,
                "cannot differentiate vectors of a length known at run time only, in several lanes",
                remedy="compile this function without scalable vectors, or use a width of 1",
            )
        return ty.vector(type.element, type.count * self.width)

    def narrow(self, type: Type) -> Type:
        """The type of the floating value that has a shadow of a wide type."""
        if self.width == 1:
            return type
        assert isinstance(type, VectorType)
        count = type.count // self.width
        return type.element if count == 1 else ty.vector(type.element, count)

    def types(self, type: Type) -> tuple[Type, ...]:
        """The types of the values that make up the shadow of a value."""
        return (self.wide(type),) if ty.is_float(type) else (type,) * self.width

    def outside(self, type: Type) -> Type:
        """The type of a shadow in the markers' convention."""
        return type if self.width == 1 or self.shared else ty.array(type, self.width)

    # ------------------------------------------------------------------ values

    def pick(self, emit: Builder, value: Value, type: Type, lane: int) -> Value:
        """One lane, of type `type`, of a wide value."""
        if self.width == 1:
            return value
        number = float_value(value)
        if number is not None:
            return const_float(type, number)
        if not isinstance(type, VectorType):
            return emit.extract_element(value, const_int(_INDEX, lane))
        first = lane * type.count
        return _shuffled(emit, value, value, range(first, first + type.count))

    def put(self, emit: Builder, value: Value, part: Value, lane: int) -> Value:
        """The wide value with one lane replaced."""
        if self.width == 1:
            return part
        if not isinstance(part.type, VectorType):
            return emit.insert_element(value, part, const_int(_INDEX, lane))
        assert isinstance(value.type, VectorType)
        total, first = value.type.count, lane * part.type.count
        mine = range(first, first + part.type.count)
        moved = _shuffled(emit, part, part, [i - first if i in mine else -1 for i in range(total)])
        order = [total + i if i in mine else i for i in range(total)]
        return _shuffled(emit, value, moved, order)

    def pack(self, emit: Builder, parts: Sequence[Value]) -> Value:
        """A wide value from its lanes."""
        if self.width == 1:
            return parts[0]
        type = self.wide(parts[0].type)
        if all(part is parts[0] for part in parts):
            return repeated(emit, parts[0], type)
        whole: Value = poison(type)
        for lane, part in enumerate(parts):
            whole = self.put(emit, whole, part, lane)
        return whole

    # ------------------------------------------------------------------ the markers' convention

    def entering(self, emit: Builder, value: Value, type: Type) -> list[Value]:
        """The values of a shadow of a T from its form in the markers' convention."""
        if self.width == 1:
            return [value]
        if self.shared:
            return self.same(emit, value)
        parts = [emit.extract(value, (lane,), type) for lane in range(self.width)]
        return [self.pack(emit, parts)] if ty.is_float(type) else parts

    def same(self, emit: Builder, value: Value) -> list[Value]:
        """The values of a shadow that is the same value in every lane."""
        if ty.is_float(value.type):
            return [repeated(emit, value, self.wide(value.type))]
        return [value] * self.width

    def leaving(self, emit: Builder, values: Sequence[Value], type: Type) -> Value:
        """A shadow of a T in the markers' convention."""
        if self.width == 1:
            return values[0]
        if ty.is_float(type):
            values = [self.pick(emit, values[0], type, lane) for lane in range(self.width)]
        if self.shared:
            return values[-1]
        whole: Value = poison(ty.array(type, self.width))
        for lane, value in enumerate(values):
            whole = emit.insert(whole, value, (lane,))
        return whole

    def gradient(self, emit: Builder, values: Sequence[Value], type: Type) -> Value:
        """The gradient by a T in the markers' convention."""
        if not self.shared:
            return self.leaving(emit, values, type)
        if ty.is_float(type):
            values = [self.pick(emit, values[0], type, lane) for lane in range(self.width)]
        return reduce(emit.fadd, values) if ty.is_float(type) else values[0]

    def seed(self, type: Type) -> Value:
        """The adjoint of a result, in all lanes: 1."""
        wide = self.wide(type)
        if not self.shared:
            return const_float(wide, 1.0)
        assert isinstance(wide, VectorType)
        single, count = wide.element, wide.count
        last = count - count // self.width
        values = tuple(const_float(single, float(i >= last)) for i in range(count))
        text = ", ".join(f"{single} {value.ref()}" for value in values)
        return ConstantAggregate(wide, values, f"<{text}>")


def repeated(emit: Builder, value: Value, type: Type) -> Value:
    """A primal value in every lane of a wide type; the value itself if it is of that type."""
    if value.type is type:
        return value
    assert isinstance(type, VectorType)
    if is_undefined(value):
        return poison(type)
    if is_zero(value):
        return zero(type)
    number = float_value(value)
    if number is not None:
        return const_float(type, number)
    if isinstance(value, ConstantInt):
        return const_int(type, value.value)
    count = 1
    if isinstance(value.type, VectorType):
        count = value.type.count
    else:
        single = ty.vector(value.type, 1)
        value = emit.insert_element(poison(single), value, const_int(_INDEX, 0))
    return _shuffled(emit, value, value, [i % count for i in range(type.count)])


def is_wider(a: Type, b: Type) -> bool:
    """Has a floating type more elements than another?"""
    return _elements(a) > _elements(b)


def _elements(type: Type) -> int:
    return type.count if isinstance(type, VectorType) else 1


def repeated_condition(emit: Builder, condition: Value, type: Type) -> Value:
    """The condition of a select, for operands of a wide type: a vector of conditions, repeated."""
    if not isinstance(condition.type, VectorType):
        return condition
    assert isinstance(type, VectorType)
    return repeated(emit, condition, ty.vector(ty.I1, type.count, type.scalable))


def _shuffled(emit: Builder, a: Value, b: Value, order: Sequence[int]) -> Value:
    """shufflevector; a position of -1 is left undefined."""
    assert isinstance(a.type, VectorType)
    if a is b:
        b = poison(a.type)
    mask = ty.vector(_INDEX, len(order))
    elements = tuple(poison(_INDEX) if i < 0 else const_int(_INDEX, i) for i in order)
    text = ", ".join(f"{_INDEX} {element.ref()}" for element in elements)
    operands = (a, b, ConstantAggregate(mask, elements, f"<{text}>"))
    made = ty.vector(a.type.element, len(order))
    return emit.put(ShuffleVector("shufflevector", made, operands))


@final
class Shadows:
    """The shadows of the values of one function; `lane` is the one that is being walked through,
    None where all are there at once."""

    def __init__(self, lanes: Lanes, emit: Callable[[], Builder]) -> None:
        self.lanes = lanes
        self.lane: int | None = 0 if lanes.width == 1 else None
        self._emit = emit
        self._wide: dict[Value, Value] = {}
        self._single: list[dict[Value, Value]] = [{} for _ in range(lanes.width)]
        self._parts: dict[Value, list[Value]] = {}
        self._sources: dict[Value, tuple[Value, int]] = {}

    def each(self, *, backwards: bool = False) -> Iterator[int]:
        """Walks through the lanes; one only where one is being walked through already."""
        if self.lane is not None:
            yield self.lane
            return
        order = range(self.lanes.width)
        for lane in reversed(order) if backwards else order:
            self.lane = lane
            try:
                yield lane
            finally:
                self.lane = None

    def type(self, type: Type) -> Type:
        """The type of the shadow of a value, as it is here."""
        return self.lanes.wide(type) if self.lane is None else type

    def get(self, value: Value) -> Value | None:
        """The shadow of a value, None if it has none."""
        if self.lanes.width > 1 and ty.is_float(value.type):
            found = self._wide.get(value)
            if found is None or self.lane is None:
                return found
            return self.lanes.pick(self._emit(), found, value.type, self.lane)
        assert self.lane is not None, "the shadow in all lanes of what is no floating value"
        return self._single[self.lane].get(value)

    def __contains__(self, value: Value) -> bool:
        return value in self._wide or value in self._single[self.lane or 0]

    def __getitem__(self, value: Value) -> Value:
        found = self.get(value)
        if found is None:
            raise KeyError(value)
        return found

    def __setitem__(self, value: Value, shadow: Value) -> None:
        if self.lanes.width > 1 and ty.is_float(value.type):
            if self.lane is None:
                self._wide[value] = shadow
                return
            parts = self._parts.setdefault(value, [])
            parts.append(shadow)
            if len(parts) == self.lanes.width:
                self._wide[value] = self.lanes.pack(self._emit(), self._parts.pop(value))
            return
        assert self.lane is not None, "the shadow in all lanes of what is no floating value"
        self._single[self.lane][value] = shadow
        self._sources[shadow] = (value, self.lane)

    def set_parameters(self, arg: Argument, shadows: Sequence[Argument]) -> None:
        """The parameters that are the shadow of one."""
        for shadow in shadows:
            shadow.name = SHADOW
        self.set_all(arg, shadows)

    def set_all(self, value: Value, shadows: Sequence[Value]) -> None:
        """Sets the values that make up the shadow of a value."""
        if self.lanes.width > 1 and ty.is_float(value.type):
            (self._wide[value],) = shadows
            return
        for lane, (single, shadow) in enumerate(zip(self._single, shadows, strict=True)):
            single[value] = shadow
            self._sources[shadow] = (value, lane)

    def source(self, shadow: Value) -> tuple[Value, int] | None:
        """What a value is the shadow of, and in which lane (no floating values)."""
        return self._sources.get(shadow)

    def sources(self) -> list[tuple[Value, Value]]:
        """Values and their shadows, one lane after the other (no floating values)."""
        return [pair for single in self._single for pair in single.items()]
