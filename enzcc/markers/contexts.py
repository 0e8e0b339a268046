"""Shadows of global variables that the program asks for: put in place before all else.

    %c = call ptr @__enzyme_context(i32 2)                 ->  ptr @enzcc.context.1.2
    %s = call ptr @__enzyme_shadow(ptr %c, ptr @g, i32 1)  ->  ptr @g.shadow.c1.1
    call void @__enzyme_zero_shadows(ptr %c)               ->  their start states copied into them

Every call of `__enzyme_context` in the source is a set of shadows of its own; without one they are
in the default set of their width. A shadow starts as its variable, but for floats, which are zero,
and addresses of other variables, which become those of their shadows in the set.
"""
# ruff: noqa: A001 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, final

from enzcc.errors import Unsupported, WrongCount, WrongWidth
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, copy_bytes, fill_bytes, zero
from enzcc.ir.invokes import to_call
from enzcc.ir.names import quoted
from enzcc.ir.types import Type
from enzcc.ir.values import (
    Constant,
    ConstantAggregate,
    ConstantExpression,
    ConstantText,
    Global,
    Value,
    is_zero,
)
from enzcc.markers.find import MarkerCall, find_marker_calls
from enzcc.markers.names import Mode
from enzcc.markers.site import Site
from enzcc.markers.words import contains
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ir import Module
    from enzcc.ir.instructions import CallBase

_BRACKETS: Final = {"<{": ("<{ ", " }>"), "{": ("{ ", " }"), "[": ("[", "]"), "<": ("<", ">")}

_BY_ITSELF: Final = 256
"""Elements of an array that are stored one by one."""

_CONTEXT: Final = pattern(r"enzcc\.context\.(\d+)\.(\d+)")


def context_of(value: Value) -> tuple[str, int] | None:
    """The set of shadows that a context stands for, and its width."""
    match = _CONTEXT.fullmatch(value.name) if isinstance(value, Global) else None
    return (f"c{match.group(1)}", int(match.group(2))) if match else None


def default_set(width: int) -> str:
    """The set of shadows of requests without a context."""
    return f"w{width}"


def shadow_name(variable: str, shadows: str, lane: int) -> str:
    """The name of a variable's shadow in a set."""
    return f"{variable}.shadow.{shadows}.{lane}"


def place_contexts(module: Module) -> bool:
    """Replaces these markers in a module; False if there are none. Raises a Diagnosis."""
    found = [m for m in find_marker_calls(module) if m.mode is Mode.GLOBAL_SHADOW]
    if not found:
        return False
    _Contexts(module).run(found)
    return True


@final
class _Contexts:
    def __init__(self, module: Module) -> None:
        self.module, self.layout = module, module.layout
        self._widths: dict[str, int] = {}
        self._sets: dict[str, dict[str, None]] = {}
        self._made: dict[tuple[str, str, int], Global] = {}

    def run(self, found: list[MarkerCall]) -> None:
        sites = [Site(self.module, m.caller, m.call) for m in found]
        for number, site in enumerate((s for s in sites if s.marker == "__enzyme_context"), 1):
            self._context(site, number)
        for site in (s for s in sites if s.marker == "__enzyme_shadow"):
            self._shadow(site)
        for site in (s for s in sites if s.marker == "__enzyme_zero_shadows"):
            self._zero(site)

    # ------------------------------------------------------------------ the markers

    def _context(self, site: Site, number: int) -> None:
        self._expect(site, 1, "the number of lanes")
        width = site.lanes(site.call.arguments[0], 0, "the width of a context")
        symbol = self.module.add_global_text(
            f"@enzcc.context.{number}.{width} = internal constant i8 0"
        )
        self._widths[f"c{number}"] = width
        self._finish(site, symbol)

    def _shadow(self, site: Site) -> None:
        self._expect(site, 3, "a context, an address and a lane; or an address, width and lane")
        first, second, third = site.call.arguments
        found = self._context_behind(site, first)
        if found is not None:
            shadows, address, lane = found, second, third
        else:
            width = site.lanes(second, 1, "the width of a shadow")
            shadows, address, lane = default_set(width), first, third
            self._widths[shadows] = width
        base = self._variable(site, address)
        call = to_call(site.call)
        assert call.block is not None
        emit = Builder(call.block, call)
        width = self._widths[shadows]
        constant = site.tracer.integer(lane)
        if constant is not None and not 0 <= constant < width:
            site.fail(WrongWidth, f"there is no lane {constant} in {width}", 2)
        places = [self._make(base.name, shadows, i, site) for i in range(width)]
        start: Value = places[constant or 0]
        if constant is None:
            assert isinstance(lane.type, ty.IntType)
            for number, place in enumerate(places[1:], 1):
                here = emit.compare("icmp", "eq", lane, const_int(lane.type, number))
                start = emit.select(here, place, start)
        if address is not base:
            numbers = [emit.cast("ptrtoint", p, ty.I64) for p in (address, base)]
            start = emit.offset(start, emit.sub(*numbers))
        call.replace_with(start)
        call.erase()

    def _zero(self, site: Site) -> None:
        self._expect(site, 1, "a context")
        shadows = self._context_behind(site, site.call.arguments[0])
        if shadows is None:
            self._no_context(site)
        call = to_call(site.call)
        assert call.block is not None
        emit = Builder(call.block, call)
        for (variable, owner, lane), symbol in list(self._made.items()):
            if owner != shadows:
                continue
            initial = self.module.initializer(symbol.name)
            assert initial is not None
            start = self._start_state(variable, shadows, lane, symbol)
            self._put(emit, initial, symbol, start, 0)
        call.erase()

    def _put(
        self, emit: Builder, value: Constant, shadow: Global, start: Global, offset: int
    ) -> None:
        """Puts a part of a start state in its place, each scalar by itself: so it is known of what
        kind it is where this function is differentiated, and padding stays out."""
        type, place = value.type, const_int(ty.I64, offset)
        match type:
            case ty.StructType() if type.fields is not None:
                for part, at in zip(_parts(value), self.layout.offsets(type), strict=False):
                    self._put(emit, part, shadow, start, offset + at)
            case ty.ArrayType(element=ty.FloatType()) if is_zero(value):
                fill_bytes(self.module, emit, emit.offset(shadow, place), self.layout.size(type))
            case ty.ArrayType() if type.count <= _BY_ITSELF and not isinstance(value, ConstantText):
                for number, part in enumerate(_parts(value)):
                    at = offset + number * self.layout.size(type.element)
                    self._put(emit, part, shadow, start, at)
            case ty.ArrayType():
                source = emit.offset(start, place)
                size = self.layout.size(type)
                copy_bytes(self.module, emit, emit.offset(shadow, place), source, size)
            case _:
                emit.store(value, emit.offset(shadow, place), align=1)

    def _expect(self, site: Site, count: int, what: str) -> None:
        if len(site.call.arguments) != count:
            site.fail(
                WrongCount,
                f"'{site.marker}' takes {count} argument{'s' * (count > 1)}: {what}",
                None,
                because=f"{len(site.call.arguments)} are passed",
            )

    def _finish(self, site: Site, value: Value) -> None:
        call: CallBase = to_call(site.call)
        call.replace_with(value)
        call.erase()

    def _context_behind(self, site: Site, value: Value) -> str | None:
        sources = site.tracer.sources(value)
        sets = {found[0] if (found := context_of(s)) else None for s in sources}
        return sets.pop() if len(sets) == 1 else None

    def _no_context(self, site: Site) -> None:
        site.fail(
            Unsupported,
            "cannot tell which context is meant",
            0,
            because="it has to come from a call of '__enzyme_context' in the same function",
        )

    def _variable(self, site: Site, address: Value) -> Global:
        """The variable in which an address lies."""
        base, _ = site.tracer.split(address)
        sources = site.tracer.sources(base)
        if len(sources) == 1:
            base, _ = site.tracer.split(sources[0])
        name = getattr(getattr(base, "callee", None), "name", "")
        if name.startswith("llvm.threadlocal.address"):
            base = base.arguments[0]  # type: ignore[attr-defined]
        if not isinstance(base, Global) or base.kind != "variable":
            site.fail(
                Unsupported,
                "cannot tell which global variable's shadow is meant",
                1,
                because="the address is not that of a global variable or of a part of one",
            )
        return base

    # ------------------------------------------------------------------ the shadows

    def _type(self, name: str) -> Type:
        type = self.module.symbol(name).value_type
        assert type is not None
        return type

    def _make(self, name: str, shadows: str, lane: int, site: Site) -> Global:
        found = self._made.get((name, shadows, lane))
        if found is not None:
            return found
        symbol = self.module.symbol(name)
        initial = self.module.initializer(name)
        if initial is None or symbol.value_type is None:
            site.fail(
                Unsupported,
                f"cannot make a shadow of '{name}'",
                1,
                because="it is only declared here, so that what it starts as is not known",
                remedy="define it in this file, or register a shadow: ENZYME_SHADOW_GLOBAL",
            )
        full = shadow_name(name, shadows, lane)
        made = Global(full)
        self._made[name, shadows, lane] = made  # it may point to itself
        local = re.search(r"\bthread_local(?:\(\w+\))? ", symbol.line)
        align = re.search(r", align \d+", symbol.line)
        text = self._start(initial, shadows, lane, site)
        made = self._made[name, shadows, lane] = self.module.add_global_text(
            f"@{quoted(full)} = internal {local[0] if local else ''}global"
            f" {symbol.value_type} {text}{align[0] if align else ''}"
        )
        return made

    def _start_state(self, variable: str, shadows: str, lane: int, symbol: Global) -> Global:
        name = f"{shadow_name(variable, shadows, lane)}.start"
        if self.module.has_symbol(name):
            return self.module.symbol(name)
        line = symbol.line
        text = line[line.index("global ") + len("global ") :]
        return self.module.add_global_text(f"@{quoted(name)} = internal constant {text}")

    def _start(self, value: Constant, shadows: str, lane: int, site: Site) -> str:
        """The text of what the shadow of a constant starts as."""
        match value:
            case ConstantAggregate():
                opening = re.match(r"<\{|[{\[<]", value.text)
                assert opening is not None
                first, last = _BRACKETS[opening[0]]
                texts = [self._start(e, shadows, lane, site) for e in value.elements]
                if all(text == "zeroinitializer" for text in texts):
                    return "zeroinitializer"
                parts = [f"{e.type} {t}" for e, t in zip(value.elements, texts, strict=True)]
                return f"{first}{', '.join(parts)}{last}"
            case Global() if self._has_shadow(value):
                return self._make(value.name, shadows, lane, site).ref()
            case ConstantExpression():
                text = value.text
                for operand in value.operands:
                    if isinstance(operand, Global) and self._has_shadow(operand):
                        shadow = self._make(operand.name, shadows, lane, site)
                        text = text.replace(f"ptr {operand.ref()}", f"ptr {shadow.ref()}")
                return text
        return "zeroinitializer" if contains(value.type, ty.FloatType) else value.ref()

    def _has_shadow(self, symbol: Global) -> bool:
        type = symbol.value_type
        if symbol.kind != "variable" or symbol.constant or type is None:
            return False
        if self.module.initializer(symbol.name) is None:
            return False
        return contains(type, ty.FloatType) or contains(type, ty.PointerType)


def _parts(value: Constant) -> tuple[Constant, ...]:
    """The elements of a constant aggregate."""
    if isinstance(value, ConstantAggregate):
        return value.elements
    type = value.type
    if isinstance(type, ty.ArrayType):
        return (zero(type.element),) * type.count
    assert isinstance(type, ty.StructType)
    return tuple(zero(field) for field in type.fields or ())
