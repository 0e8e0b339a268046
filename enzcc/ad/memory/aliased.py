"""A global pointer, set by the program, that points to the memory of an active argument.

    double *current;                               current = x; ... __enzyme_autodiff(f, x, dx)

The derivative knows the shadow of the argument, but none of what the pointer points to, which is
constant; so what goes through it would be lost. The same holds for two global pointers to the same
memory, one of which is written through. When the derivative starts, both are compared: the
addresses themselves, and for blocks of the heap (`enzcc.ad.memory.owners`) all that lies in them.
"""
# ruff: noqa: A001 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, final

from enzcc.ad.names import original
from enzcc.analysis.activity import Activity
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.nodes import Node
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.instructions import CallBase, Cast, Instruction, Load, Store
from enzcc.ir.values import Argument, ConstantExpression, Global, Value

if TYPE_CHECKING:
    from enzcc.ad.engine import Engine


@final
class Pointing(NamedTuple):
    """A pointer in a variable: its name, its place, what it points to, and whether that is a whole
    block, is read, or active data are written there."""

    name: str
    place: Value
    nodes: frozenset[Node]
    is_block: bool
    is_read: bool
    is_written: bool


def check_apart(
    engine: Engine, emit: Builder, activity: Activity, arguments: Sequence[Value]
) -> None:
    """Code that ends the program where such a pointer is one of the arguments with a shadow."""
    if engine.again:
        return
    passed = list(zip(activity.root.args, arguments, strict=True))
    for argument, value in passed:
        if argument in activity.bound.arguments_elsewhere:
            emit.store(value, engine.variables.given(argument, activity))
    for argument, value in passed:
        if ty.is_pointer(argument.type) and activity.has_shadow(argument):
            _check_variables(engine, emit, activity, argument, value)
    pointers = [v for a, v in passed if ty.is_pointer(a.type) and activity.has_shadow(a)]
    constant = list(_constant(engine, activity))
    blocks = list(_blocks(engine, emit, activity))
    name = original(activity.root.name)
    for one in (*blocks, *constant) if pointers else ():
        text = (
            f"the global variable '{one.name}' points to the memory of an argument of '{name}'."
            " What goes through it would be missing in the derivative: use the argument only"
        )
        _check(engine, emit, one, pointers, text)
    for one in (*blocks, *(c for c in constant if c.is_written)):
        for other in (*constant, *(blocks if one in constant else ())):
            if other.is_read and other.nodes.isdisjoint(one.nodes):
                text = (
                    f"the global variables '{one.name}' and '{other.name}' point to the same"
                    " memory, which is written through the former and read through the latter:"
                    f" '{name}' would lose the derivative there; read it through the former, too"
                )
                _check(engine, emit, one, [emit.load(ty.PTR, other.place)], text)
                if other.is_block:
                    _check(engine, emit, other, [emit.load(ty.PTR, one.place)], text)


def _check_variables(
    engine: Engine, emit: Builder, activity: Activity, argument: Argument, value: Value
) -> None:
    """The program ends where the argument points to a variable that the functions use by its name,
    too, and active data are written by one of the two and read by the other."""
    objects, module = activity.objects, engine.module
    nodes = {node.find() for node in objects.nodes_behind(argument)}
    is_read = not nodes.isdisjoint(_read(activity))
    is_written = not nodes.isdisjoint(activity.written_varied)
    varied = activity.varied_globals
    for symbol in _variables(activity):
        node = objects.place(symbol).node.find()
        if node in nodes or symbol.value_type is None:
            continue
        if (symbol.name in varied and is_read) or (activity.node_useful(node) and is_written):
            name = original(activity.root.name)
            text = (
                f"argument {argument.index + 1} of '{name}' points to the global variable"
                f" '{symbol.name}', which '{name}' also uses by its name: what goes from one to the"
                " other would be missing in the derivative; use the argument only"
            )
            type = ty.function(ty.VOID, (ty.PTR, ty.PTR, ty.I64, ty.PTR))
            engine.use_runtime()
            helper = module.declare("__enzcc_not_within", type)
            size = const_int(ty.I64, module.layout.size(symbol.value_type))
            emit.call(helper, type, [value, symbol, size, module.text_constant(text)])


def _variables(activity: Activity) -> list[Global]:
    """The variables in which floats may change."""
    names = sorted({name for node in activity.objects.nodes() for name in node.globals})
    module = activity.module
    symbols = [module.symbol(name) for name in names if module.has_symbol(name)]
    return [
        symbol
        for symbol in symbols
        if symbol.kind == "variable"
        and not symbol.constant
        and symbol.name not in activity.marked
        and not activity.known.is_global_inactive(symbol.name)
    ]


def _check(
    engine: Engine, emit: Builder, one: Pointing, pointers: Sequence[Value], text: str
) -> None:
    """The program ends where a pointer points to what another one holds."""
    type = ty.function(ty.VOID, (ty.PTR, ty.PTR, ty.I1, ty.PTR))
    engine.use_runtime()
    helper = engine.module.declare("__enzcc_apart", type)
    message = engine.module.text_constant(text)
    held = emit.load(ty.PTR, one.place)
    for pointer in pointers:
        emit.call(helper, type, [pointer, held, const_int(ty.I1, int(one.is_block)), message])


def _blocks(engine: Engine, emit: Builder, activity: Activity) -> Iterator[Pointing]:
    """Blocks that get a shadow of their own."""
    for name in activity.active_globals:
        if name not in activity.marked:
            symbol = engine.module.symbol(name)
            nodes = frozenset(activity.objects.place(symbol).node.links())
            for offset in engine.variables.workspaces.held(name, activity):
                if engine.variables.workspaces.is_table(name, offset):
                    continue
                place = emit.offset(symbol, const_int(ty.I64, offset))
                yield Pointing(name, place, nodes, True, True, True)


def _constant(engine: Engine, activity: Activity) -> Iterator[Pointing]:
    """Pointers through which the functions read or write floats, and which they do not set to what
    has a shadow."""
    objects, spaces = activity.objects, engine.variables.workspaces
    instructions = [i for f in objects.functions.values() for i in f.instructions()]
    set_here = {
        name
        for i in instructions
        if (pointer := _pointer_set(activity, i)) is not None
        for node in objects.nodes_behind(pointer)
        for name in node.globals
    }
    read = _read(activity)
    written = activity.written_varied
    seen: dict[str, None] = {}
    active = activity.active_globals
    for inst in instructions:
        if not isinstance(inst, Load) or not isinstance(inst.type, ty.PointerType):
            continue
        symbol = _variable(inst.pointer)
        if symbol is None or symbol.constant or "thread_local" in symbol.line:
            continue
        if symbol.name in set_here or inst.pointer.ref() in seen or symbol.name in activity.marked:
            continue
        nodes = frozenset(objects.nodes_behind(inst))
        is_read, is_written = not nodes.isdisjoint(read), not nodes.isdisjoint(written)
        has_shadow = symbol.name in active and spaces.held(symbol.name, activity)
        if (is_read or is_written) and not has_shadow:
            seen[inst.pointer.ref()] = None
            is_block = bool(spaces.owners.cells(symbol.name))
            yield Pointing(symbol.name, inst.pointer, nodes, is_block, is_read, is_written)


def _read(activity: Activity) -> set[Node]:
    """The memory that floats are read from."""
    return {
        node
        for function in activity.objects.functions.values()
        for inst in function.instructions()
        if isinstance(inst, Load) and ty.is_float(inst.type)
        for node in activity.objects.nodes_behind(inst.pointer)
    }


def _pointer_set(activity: Activity, inst: Instruction) -> Value | None:
    """Where an instruction may put a pointer that has a shadow: alone, as bits, in a struct."""
    match inst:
        case Store() if isinstance(inst.value.type, ty.PointerType):
            return inst.pointer if activity.has_shadow(inst.value) else None
        case Store(value=Load() | Cast()) if not ty.is_float(inst.value.type):
            return inst.pointer
        case CallBase() if activity.kind_of_call(inst) is CallKind.COPY:
            return inst.arguments[0]
    return None


def _variable(pointer: Value) -> Global | None:
    """The variable that a constant address lies in."""
    while isinstance(pointer, ConstantExpression) and pointer.operands:
        pointer = pointer.operands[0]
    if isinstance(pointer, Global) and pointer.kind == "variable":
        return pointer
    return None
