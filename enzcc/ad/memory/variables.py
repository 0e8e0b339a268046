"""Shadows of global variables, and what active data may not be put into.

A variable through which active data passes, or which holds pointers to memory with a shadow, gets a
variable beside it. When a derivative starts, that is

    where the variable holds     its shadow holds
    floats                       zero
    pointers                     the same pointers: what they point to was there before, and is
                                 constant (but for other such variables: there it is the shadow)
    all else                     the same

Memory that was there before the derivative, and is not among its arguments, has no shadow. Where
active data would go there and may be read again, the derivative would be lost: where it is certain,
the program is refused; where it depends on what a pointer is at run time, the program ends.
"""
# ruff: noqa: A001 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from math import lcm
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, final

from enzcc.ad.memory.links import is_found_home
from enzcc.ad.memory.nowhere import end_without_shadow
from enzcc.ad.memory.workspaces import Workspaces, members
from enzcc.ad.modes.lanes import Lanes
from enzcc.analysis.activity import Activity, Shadowing
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.nodes import CONFLICT, POINTER, UNION, Node, Pointer, Segment
from enzcc.errors import Unsupported
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, copy_bytes, fill_bytes, zero
from enzcc.ir.instructions import AtomicRMW, CallBase, CompareExchange, Instruction, Load, Store
from enzcc.ir.names import quoted
from enzcc.ir.types import FloatType
from enzcc.ir.values import Argument, Constant, ConstantExpression, Global, Value
from enzcc.markers.contexts import shadow_name
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ad.engine import Engine
    from enzcc.ad.modes.companion import Companion

_WAS_THERE: Final = (
    "active data is stored here in memory that a global variable points to. It was there"
    " before the derivative was called and has no shadow: pass the memory as an argument, or"
    " allocate it in the function that is differentiated"
)

LARGEST_CELL: Final = 16
"""Bytes of the largest number, or pointer: a pattern of kinds does not cut one in two."""


@final
class Variables:
    """The shadows of the variables of one module."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.module = engine, engine.module
        self._shadows: dict[tuple[str, int], Global] = {}
        self._marked_in: dict[str, frozenset[str]] = {}
        self.workspaces = Workspaces(engine)
        self._read: dict[Activity, set[Node]] = {}
        self._given: dict[Argument, Global] = {}

    def marked(self, shadow_set: str) -> frozenset[str]:
        """The variables whose shadows in a set belong to the program; all are there from the
        start."""
        if shadow_set not in self._marked_in:
            self._marked_in[shadow_set] = self._find_marked(shadow_set)
        return self._marked_in[shadow_set]

    def _find_marked(self, shadow_set: str) -> frozenset[str]:
        registered = self.engine.custom.annotations.shadow_globals
        suffix = shadow_name("", shadow_set, 0)
        return frozenset(
            (
                *(n.removesuffix(suffix) for n in self.module.symbols() if n.endswith(suffix)),
                *(registered if shadow_set.startswith("w") else ()),
            )
        )

    def shadow(self, name: str, lane: int, activity: Activity) -> Constant:
        """The variable that is the shadow, in one lane, of one through which active data passes."""
        if name in activity.marked:
            return self._marked(name, lane, activity.shadow_set)
        found = self._shadows.get((name, lane))
        if found is None:
            symbol = self.module.symbol(name)
            local = re.search(r"\bthread_local(?:\(\w+\))? ", symbol.line)
            align = re.search(r", align \d+", symbol.line)
            shadow = f"{name}.shadow" + (f".{lane}" if lane else "")
            while self.module.has_symbol(shadow):
                shadow += "2"
            found = self._shadows[name, lane] = self.module.add_global_text(
                f"@{quoted(shadow)} = internal {local[0] if local else ''}global"
                f" {symbol.value_type} zeroinitializer{align[0] if align else ''}"
            )
        return found

    def _marked(self, name: str, lane: int, shadow_set: str) -> Constant:
        full = shadow_name(name, shadow_set, lane)
        if self.module.has_symbol(full):
            return self.module.symbol(full)
        shadow = self.module.symbol(self.engine.custom.annotations.shadow_globals[name])
        if not lane:
            return shadow
        type = self.module.symbol(name).value_type
        assert type is not None
        at = lane * self.module.layout.size(type)
        text = f"getelementptr (i8, ptr {shadow.ref()}, i64 {at})"
        operands = (shadow, const_int(ty.I64, at))
        return ConstantExpression(ty.PTR, "getelementptr", operands, ty.I8, text)

    def given(self, argument: Argument, activity: Activity) -> Global:
        """Where a derivative notes the address of an argument, for the functions that it calls."""
        if argument not in self._given:
            stem, number = f"{activity.root.name}.given", 0
            while self.module.has_symbol(name := f"{stem}.{number}"):
                number += 1
            self._given[argument] = self.module.add_global_text(
                f"@{quoted(name)} = internal thread_local global ptr null, align 8"
            )
        return self._given[argument]

    def pointers_read(self, activity: Activity) -> set[Node]:
        """Memory from which pointers are read, or copied."""
        found = self._read.get(activity)
        if found is None:
            found = self._read[activity] = _pointers_read(activity)
        return found

    def start(
        self,
        emit: Builder,
        activity: Activity,
        lanes: Lanes,
        *,
        heap: bool = False,
        arguments: Sequence[Value] = (),
        before: Mapping[str, tuple[Value, Value]] = MappingProxyType({}),
    ) -> None:
        """Nothing is left in the shadows by an earlier derivative.

        heap        `end` will be called: blocks that variables hold have shadows until then
        arguments   those of the derivative's function
        before      what variables held when the derivative began, if they may hold something else
                    now, and the sizes of the blocks
        """
        spaces = self.workspaces
        for lane in range(lanes.width):
            some = heap and spaces.any_held(activity)
            held = spaces.begin(emit) if some and not self.engine.again else None
            names = [n for n in activity.active_globals if n not in activity.marked]
            for name in names:
                start = _Start(self, emit, activity, name, lane)
                if some and self.engine.again and spaces.held(name, activity):
                    start.copy_members()
                else:
                    start.run(before[name][0] if name in before else None)
                if some and (name in before or not before):
                    spaces.start(emit, activity, name, start.shadow, held, before.get(name))
            if held is not None:
                for name in names:
                    start = _Start(self, emit, activity, name, lane)
                    start.redirect(held, before[name][0] if name in before else None)
                    spaces.redirect(emit, activity, name, start.shadow, held)
                spaces.redirect_trees(emit, activity, held, [] if lane else arguments)
                spaces.done(emit, held)

    def end(
        self,
        emit: Builder,
        activity: Activity,
        lanes: Lanes,
        after: Mapping[str, Value] = MappingProxyType({}),
    ) -> None:
        """The shadows of blocks that outlive the derivative are given back.

        after    what variables held when the function was done, if they may hold something else now
        """
        spaces = self.workspaces
        for lane in range(lanes.width) if spaces.any_left(activity) else ():
            gone = spaces.begin(emit) if not self.engine.again else None
            for name in activity.active_globals:
                if name not in activity.marked:
                    shadow = self.shadow(name, lane, activity)
                    spaces.end(emit, activity, name, shadow, gone, after.get(name))
            if gone is not None:
                spaces.done(emit, gone)

    def keep(self, emit: Builder, activity: Activity, lanes: Lanes, tape: Value) -> None:
        """The augmented half of split mode is done: what `start` has made on the heap, or what has
        replaced it, belongs to the tape."""
        shadows = [partial(self.shadow, lane=v, activity=activity) for v in range(lanes.width)]
        self.workspaces.keep(emit, activity, shadows, tape)

    def clear(self, emit: Builder, activity: Activity, lanes: Lanes) -> None:
        """The reverse half of split mode begins: there are no adjoints yet, but for those that the
        program has put behind the pointer that the first half returned."""
        seeded = {name for node in activity.returned for name in node.find().globals}
        for name, lane in product(activity.active_globals, range(lanes.width)):
            if name not in activity.marked and name not in seeded:
                _Start(self, emit, activity, name, lane).clear()


@final
class _Start:
    """What the shadow of one variable holds when a derivative starts."""

    def __init__(
        self, variables: Variables, emit: Builder, activity: Activity, name: str, lane: int
    ) -> None:
        self.variables, self.emit, self.activity, self.lane = variables, emit, activity, lane
        self.module = variables.module
        self.symbol = self.module.symbol(name)
        assert self.symbol.value_type is not None
        self.size = self.module.layout.size(self.symbol.value_type)
        self.shadow = variables.shadow(name, lane, activity)
        self.place = activity.objects.place(self.symbol)
        self.node, _ = self.place.resolve()

    def run(self, before: Value | None = None) -> None:
        if not any(True for _ in self.node.links()):
            self._fill(0, self.size)
            return
        copy_bytes(self.module, self.emit, self.shadow, before or self.symbol, self.size)
        period, segments = kinds(self.activity, self.place, self.size)
        others = self._others()
        for segment in segments:
            if isinstance(segment.kind, FloatType):
                self._cells("__enzcc_clear_cells", period, segment)
            if segment.kind == UNION:
                self._cells("__enzcc_clear_numbers", period, segment)
            if segment.kind in (POINTER, UNION) and others is not None:
                self._cells("__enzcc_redirect", period, segment, others)

    def copy_members(self) -> None:
        """The same for a variable that holds blocks, by instructions that can be differentiated
        again: floats are cleared, pointers stay out, as `Workspaces.start` puts shadows there."""
        assert self.symbol.value_type is not None
        for offset, type in members(self.module.layout, self.symbol.value_type, 0):
            to, source = (
                self.emit.offset(v, const_int(ty.I64, offset)) for v in (self.shadow, self.symbol)
            )
            same = isinstance(type, ty.IntType)
            self.emit.store(self.emit.load(type, source) if same else zero(type), to)

    def redirect(self, held: Value, before: Value | None) -> None:
        """Pointers into listed blocks become pointers into their shadows."""
        if not any(True for _ in self.node.links()):
            return
        period, segments = kinds(self.activity, self.place, self.size)
        for segment in segments:
            if segment.kind in (POINTER, UNION):
                sizes = (self.size, period, segment.offset, segment.size)
                numbers = (const_int(ty.I64, n) for n in sizes)
                arguments = [self.shadow, before or self.symbol, *numbers, held]
                type = ty.function(ty.VOID, tuple(a.type for a in arguments))
                self.variables.engine.use_runtime()
                self.emit.call(self.module.declare("__enzcc_heap_redirect", type), type, arguments)

    def clear(self) -> None:
        """Clears the floats."""
        if not any(True for _ in self.node.links()):
            self._fill(0, self.size)
            return
        period, segments = kinds(self.activity, self.place, self.size)
        for segment in segments:
            if isinstance(segment.kind, FloatType):
                self._cells("__enzcc_clear_cells", period, segment)
            elif segment.kind == UNION:
                self._cells("__enzcc_clear_numbers", period, segment)

    def _fill(self, offset: int, size: int) -> None:
        place = self.emit.offset(self.shadow, const_int(ty.I64, offset))
        fill_bytes(self.module, self.emit, place, size)

    def _cells(self, name: str, period: int, segment: Segment, *more: Value) -> None:
        if name == "__enzcc_clear_cells" and period >= self.size:
            self._fill(segment.offset, segment.size)
            return
        numbers = [const_int(ty.I64, n) for n in (self.size, period, segment.offset, segment.size)]
        arguments = [self.shadow, *numbers, *more]
        type = ty.function(ty.VOID, tuple(a.type for a in arguments))
        self.variables.engine.use_runtime()
        self.emit.call(self.module.declare(name, type), type, arguments)

    def _others(self) -> Global | None:
        """A table of the variables with a shadow that pointers in this one may point to."""
        behind: dict[Node, None] = {n.find(): None for n in self.node.links()}
        rows = [
            f"{{ ptr, ptr, i64 }} {{ ptr {symbol.ref()}, ptr {shadow.ref()},"
            f" i64 {self.module.layout.size(symbol.value_type)} }}"
            for name in self.activity.active_globals
            if (symbol := self.module.symbol(name)).value_type is not None
            and "thread_local" not in symbol.line
            and self.activity.objects.place(symbol).node.find() in behind
            and (shadow := self.variables.shadow(name, self.lane, self.activity))
        ]
        if not rows:
            return None
        rows.append("{ ptr, ptr, i64 } zeroinitializer")
        return self.module.add_constant_table("{ ptr, ptr, i64 }", rows)


def kinds(activity: Activity, place: Pointer, size: int) -> tuple[int, list[Segment]]:
    """The pattern of kinds in a variable: its period, and the segments of one."""
    node, _ = place.resolve()
    period = min(lcm(node.stride, LARGEST_CELL) or size, size)
    return period, activity.told_apart(place, period)


# ---------------------------------------------------------------------- what would be lost


def refuse_lost(engine: Engine, activity: Activity) -> None:
    """Raises where active data goes to memory that has no shadow, and is read again."""
    read = engine.variables.pointers_read(activity)
    for name in activity.active_globals:
        symbol = engine.module.symbol(name)
        place = activity.objects.place(symbol)
        if symbol.value_type is None or not any(True for _ in place.resolve()[0].links()):
            continue
        size = engine.module.layout.size(symbol.value_type)
        if any(s.kind == CONFLICT for s in kinds(activity, place, size)[1]):
            use = _first_use(activity, name)
            objects = _objects_in(engine, place.node.find())
            raise (
                _together(engine, use, objects)
                if objects[1:]
                else _lost(engine, activity, use, [name])
            )
    for name in _kept_by_hand(engine, activity, read):
        use = _first_use(activity, name)
        raise Unsupported(
            engine.module.location(use) if use is not None else None,
            f"cannot differentiate through the global variable '{name}'",
            because="a function with a derivative by hand keeps a pointer in it, and where its"
            " derivative keeps the shadow is not known",
            remedy=f"name the shadow: ENZYME_SHADOW_GLOBAL({name}, ...); (<enzyme.h>)",
        )
    for function in activity.objects.functions.values():
        for inst in function.instructions():
            for node in _written(activity, inst, read):
                mutable = [
                    g
                    for g in node.globals
                    if not engine.module.symbol(g).constant
                    and not engine.known.is_global_inactive(g)
                ]
                if mutable or node.unknown:
                    raise _lost(engine, activity, inst, mutable)


def _written(activity: Activity, inst: Instruction, read: set[Node]) -> list[Node]:
    """Memory without shadow that an instruction puts active data, or pointers to it, into.

    Memory that only calls of no known function hand out is none: the program ends at such a call,
    or where pointers go there that may go elsewhere, too (`guard_foreign`)."""
    ends = activity.of_no_known_function
    if (
        isinstance(inst, Store)
        and isinstance(inst.value.type, ty.PointerType)
        and isinstance(inst.pointer.type, ty.PointerType)
        and activity.has_shadow(inst.value)
    ):
        is_guarded = activity.shadowing(inst.pointer) is Shadowing.MIXED
        behind = activity.objects.nodes_behind(inst.pointer)
        nodes = [n for n in behind if n in read and not (is_guarded and n in ends)]
    else:
        written = activity.memory_written(inst)
        nodes = [n for n in written if n not in ends and activity.may_be_read(n)]
    return [n for n in nodes if activity.node_shadowing(n) is Shadowing.NONE]


def _kept_by_hand(engine: Engine, activity: Activity, read: set[Node]) -> Iterator[str]:
    """The variables with shadows of ours in which functions with derivatives by hand put pointers
    that are read elsewhere."""
    for function in dict.fromkeys(activity.objects.bodies.values()):
        for inst in function.instructions():
            if not isinstance(inst, Store) or not ty.is_pointer(inst.value.type):
                continue
            for node in activity.objects.nodes_behind(inst.pointer):
                if node not in read or activity.node_shadowing(node) is Shadowing.NONE:
                    continue
                for name in node.globals:
                    is_variable = engine.module.symbol(name).kind == "variable"
                    known = name in activity.marked or engine.known.is_global_inactive(name)
                    if is_variable and not known:
                        yield name


def _pointers_read(activity: Activity) -> set[Node]:
    found: set[Node] = set()
    for function in activity.objects.functions.values():
        for inst in function.instructions():
            match inst:
                case Load() if isinstance(inst.type, ty.PointerType):
                    found.update(activity.objects.nodes_behind(inst.pointer))
                case CallBase() if activity.kind_of_call(inst) is CallKind.COPY:
                    found.update(activity.objects.nodes_behind(inst.arguments[1]))
    return found


def _first_use(activity: Activity, name: str) -> Instruction | None:
    for function in activity.objects.functions.values():
        for inst in function.instructions():
            if any(isinstance(o, Global) and o.name == name for o in inst.operands):
                return inst
    return None


_OF_RESOURCES: Final = pattern(r"_ZNK?St(?:3__1)?3pmr")
"""The names of what belongs to memory resources."""


def _lost(
    engine: Engine, activity: Activity, inst: Instruction | None, mutable: list[str]
) -> Unsupported:
    shadowed = bool(mutable) and mutable[0] in activity.active_globals
    return Unsupported(
        engine.module.location(inst) if inst is not None else None,
        f"cannot differentiate through the global variable '{mutable[0]}'"
        if mutable
        else "cannot differentiate through memory that another function hands out",
        because="some of its bytes are active data at one time, and pointers at another"
        if shadowed
        else "active data is stored in it and read again, and it has no shadow",
        remedy="pass the memory as an argument, or use a local variable"
        if mutable or not any(map(_OF_RESOURCES.match, engine.module.symbols()))
        else "containers of std::pmr get their memory from virtual functions: use those of std, or"
        " pass the memory as an argument",
    )


def _objects_in(engine: Engine, node: Node) -> list[str]:
    """The variables and blocks that a node stands for, as a message names them."""
    variables = (g for g in node.globals if not engine.module.symbol(g).constant)
    names = (g for g in variables if not g.startswith("_ZT"))  # virtual tables of the library
    places = (engine.module.location(inst) for inst in node.local if isinstance(inst, CallBase))
    blocks = dict.fromkeys(f"{at.file}:{at.line}" for at in places if at is not None)
    return [
        *(f"the variable '{name}'" for name in names),
        *(f"what is allocated in {at}" for at in blocks),
    ]


def _together(engine: Engine, inst: Instruction | None, objects: list[str]) -> Unsupported:
    shown, more = objects[:3], len(objects) - 3
    *first, last = [*shown, f"{more} more"] if more > 0 else shown
    named = f"{', '.join(first)} and {last}"
    return Unsupported(
        engine.module.location(inst) if inst is not None else None,
        "cannot differentiate through objects that are told apart no more",
        because=f"pointers to {named} meet in one place, and some bytes of these"
        " are active data at one time, and pointers at another",
        remedy="give objects of different types pointers of their own, or pass them as arguments",
    )


def guard_foreign(companion: Companion, inst: Instruction) -> None:
    """Before a write of active data through a pointer to memory that may be foreign, and is read
    again: where it is foreign, the program ends."""
    activity = companion.activity
    moved: Value | None = None
    match inst:
        case Store() if isinstance(inst.value.type, ty.PointerType):
            if not activity.has_shadow(inst.value):
                return
            moved = inst.value
            read = companion.engine.variables.pointers_read(activity)
            lost = not read.isdisjoint(activity.foreign(inst.pointer))
            pointers = [inst.pointer] if lost else []
        case Store() | CallBase() | AtomicRMW() | CompareExchange():
            pointers = [
                pointer
                for pointer in activity.written_with_varied(inst)
                if activity.memory_active(pointer)
                and any(map(activity.may_be_read, activity.foreign(pointer)))
            ]
        case _:
            return
    emit = companion.emit
    for pointer in pointers:
        if activity.shadowing(pointer) is not Shadowing.MIXED:
            continue
        for _ in companion.shadows.each():
            primal = companion.of(pointer)
            if moved is not None:
                constant = emit.compare("icmp", "eq", companion.shadow(moved), companion.of(moved))
                constant = is_found_home(companion, moved, constant)
                primal = emit.select(constant, zero(ty.PTR), primal)
            end_without_shadow(companion, inst, _WAS_THERE, primal, companion.shadow(pointer))
