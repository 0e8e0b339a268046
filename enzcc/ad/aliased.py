"""A global pointer, set by the program, that points to the memory of an active argument.

    double *current;                               current = x; ... __enzyme_autodiff(f, x, dx)

The derivative knows the shadow of the argument, but none of what the pointer points to, which is
constant; so what goes through it would be lost. When the derivative starts, both are compared: the
addresses themselves, and for blocks of the heap (`enzcc.ad.workspaces`) all that lies in them.
"""
# ruff: noqa: A001 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, final

from enzcc.ad.names import original
from enzcc.analysis.activity import Activity
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.instructions import Load, Store
from enzcc.ir.values import ConstantExpression, Global, Value

if TYPE_CHECKING:
    from enzcc.ad.engine import Engine


@final
class Pointing(NamedTuple):
    """A pointer in a variable: its name, its place, and whether it holds a whole block."""

    name: str
    place: Value
    is_block: bool


def check_apart(
    engine: Engine, emit: Builder, activity: Activity, arguments: Sequence[Value]
) -> None:
    """Code that ends the program where such a pointer is one of the arguments."""
    pointers = [a for a in arguments if isinstance(a.type, ty.PointerType)]
    if engine.again or not pointers:
        return
    type = ty.function(ty.VOID, (ty.PTR, ty.PTR, ty.I1, ty.PTR))
    for one in (*_blocks(engine, emit, activity), *_constant(engine, activity)):
        engine.use_runtime()
        message = engine.module.text_constant(
            f"the global variable '{one.name}' points to the memory of an argument of"
            f" '{original(activity.root.name)}'. What goes through it would be missing in the"
            " derivative: use the argument only"
        )
        helper = engine.module.declare("__enzcc_apart", type)
        held = emit.load(ty.PTR, one.place)
        for pointer in pointers:
            block = const_int(ty.I1, int(one.is_block))
            emit.call(helper, type, [pointer, held, block, message])


def _blocks(engine: Engine, emit: Builder, activity: Activity) -> Iterator[Pointing]:
    """Blocks that get a shadow of their own."""
    for name in activity.active_globals:
        if name not in activity.marked:
            for offset in engine.variables.workspaces.held(name, activity):
                place = emit.offset(engine.module.symbol(name), const_int(ty.I64, offset))
                yield Pointing(name, place, True)


def _constant(engine: Engine, activity: Activity) -> Iterator[Pointing]:
    """Pointers that the functions only read, and through which they read or write floats."""
    objects = activity.objects
    instructions = [i for f in objects.functions.values() for i in f.instructions()]
    written = {
        name
        for i in instructions
        if isinstance(i, Store) and isinstance(i.value.type, ty.PointerType)
        for node in objects.nodes_behind(i.pointer)
        for name in node.globals
    }
    floats = {
        node
        for i in instructions
        if isinstance(i, (Load, Store))
        and ty.is_float(i.type if isinstance(i, Load) else i.value.type)
        for node in objects.nodes_behind(i.pointer)
    }
    seen: dict[str, None] = {}
    for inst in instructions:
        if not isinstance(inst, Load) or not isinstance(inst.type, ty.PointerType):
            continue
        symbol = _variable(inst.pointer)
        if symbol is None or symbol.constant or "thread_local" in symbol.line:
            continue
        if symbol.name in written or inst.pointer.ref() in seen or symbol.name in activity.marked:
            continue
        if engine.variables.workspaces.held(symbol.name, activity):
            continue
        if not floats.isdisjoint(objects.nodes_behind(inst)):
            seen[inst.pointer.ref()] = None
            yield Pointing(symbol.name, inst.pointer, False)


def _variable(pointer: Value) -> Global | None:
    """The variable that a constant address lies in."""
    while isinstance(pointer, ConstantExpression) and pointer.operands:
        pointer = pointer.operands[0]
    if isinstance(pointer, Global) and pointer.kind == "variable":
        return pointer
    return None
