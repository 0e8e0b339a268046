"""Pointers of which the analysis of memory does not know where they may lead.

    struct { double *p; } s;      nobody has stored a pointer where one is read,
    ... s.p[0] ...                as far as the analysis can tell

Such a read is taken for one that never happens: a null pointer behind a test, an arm for classes of
objects that do not occur. It has no derivative. If it does happen, the analysis has missed
something, and a derivative would be lost without a word: the program ends there instead.

So it does where the library has handed out the pointer: it has no floats of its own, and maybe was
given what the pointer leads to, as `strtok` was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enzcc.ad.names import original
from enzcc.analysis.activity import Shadowing
from enzcc.ir import types as ty
from enzcc.ir.builder import const_int, zero
from enzcc.ir.instructions import Instruction, Load, Store
from enzcc.ir.values import Constant, Global, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.companion import Companion

_NEED_SHADOW: Final = "__enzcc_need_shadow"
_NEED_SHADOW_TYPE: Final = ty.function(ty.VOID, (ty.PTR, ty.PTR, ty.PTR))
_NOWHERE: Final = (
    "enzcc cannot tell to which memory this pointer leads, and derivatives would be lost"
    " there. Please report it"
)

_NOT_WITHIN: Final = "__enzcc_not_within"
_NOT_WITHIN_TYPE: Final = ty.function(ty.VOID, (ty.PTR, ty.PTR, ty.I64, ty.PTR))
_WITHIN_NONE: Final = "__enzcc_within_none"
_WITHIN_NONE_TYPE: Final = ty.function(ty.VOID, (ty.PTR, ty.PTR, ty.PTR, ty.PTR, ty.I64))
_ROW: Final = "{ ptr, i64, ptr }"
"""A variable, its size, and the message."""

_BOUND: Final = (
    "this pointer was stored before the derivative was called, and leads to the variable '{}',"
    " through which active data pass: what goes through it would be missing in the derivative."
    " Store it in the function that is differentiated"
)
_GIVEN: Final = (
    "this pointer was stored before the derivative was called, and leads to the memory of argument"
    " {} of '{}': what is read there would be missing in the derivative. Use the argument only"
)


def guard_nowhere(companion: Companion, inst: Instruction) -> None:
    """Before a float is read or written through a pointer that leads nowhere: the end of the
    program. (Bytes may be those of a stream, say, whose memory the library knows.)"""
    if not isinstance(inst, (Load, Store)) or isinstance(inst.pointer, Constant):
        return
    if inst in companion.objects.of_the_library:
        return
    moved = inst.value if isinstance(inst, Store) else inst
    if ty.is_float(moved.type) and _leads_nowhere(companion, inst.pointer):
        pointer = companion.of(inst.pointer)
        end_without_shadow(companion, inst, _NOWHERE, pointer, pointer)


def _leads_nowhere(companion: Companion, pointer: Value) -> bool:
    objects = companion.objects
    if companion.activity.shadowing(pointer) is not Shadowing.NONE:
        return False
    if objects.exceptions:
        return False  # the runtime finds their memory
    if objects.tells_apart:
        return False  # LLVM reads early what only one class of objects has
    nodes = objects.nodes_behind(pointer)
    if nodes and all(node in companion.activity.of_the_library for node in nodes):
        return True
    return not any(node.is_known or objects.is_outside(node) for node in nodes)


def end_without_shadow(
    companion: Companion, inst: Instruction, why: str, primal: Value, shadow: Value
) -> None:
    """Emit the end of the program, with the message `why` at the place of `inst`, where the pointer
    `shadow` is the pointer `primal` itself: there is no memory for derivatives (cells.c)."""
    module = companion.module
    message = module.message_at(module.location(inst), why)
    helper = companion.helper(_NEED_SHADOW, _NEED_SHADOW_TYPE)
    companion.emit.call(helper, _NEED_SHADOW_TYPE, [primal, shadow, message])


def guard_bound(companion: Companion, inst: Instruction, *, behind: bool) -> None:
    """Where a pointer is loaded from memory from before, or used: the end of the program where it
    leads to a variable through which active data pass, or is an argument
    (`enzcc.analysis.bound`)."""
    for load, value in companion.activity.bound.used_by(inst):
        if (load is inst and value is inst) == behind:
            _guard_bound(companion, load, value)


def _guard_bound(companion: Companion, inst: Load, value: Value) -> None:
    module, activity = companion.module, companion.activity
    is_root = inst.block is not None and inst.block.function is activity.root
    for argument in activity.bound.arguments(inst):
        if is_root:
            given = companion.of(argument)
        elif companion.engine.again or activity in companion.engine.replays:
            continue  # nobody notes them, or others may have in between
        else:
            given = companion.emit.load(
                ty.PTR, companion.engine.variables.given(argument, activity)
            )
        text = _GIVEN.format(argument.index + 1, original(activity.root.name))
        message = module.message_at(module.location(inst), text)
        known = const_int(ty.I64, activity.bound.extent(argument))
        operands = [companion.of(value), given, known, message]
        helper = companion.helper(_NOT_WITHIN, _NOT_WITHIN_TYPE)
        companion.emit.call(helper, _NOT_WITHIN_TYPE, operands)
    may_be_constant = activity.shadowing(inst) is Shadowing.MIXED
    for argument in activity.bound.kept_arguments(inst) if may_be_constant else ():
        text = _GIVEN.format(argument.index + 1, original(activity.root.name))
        message = module.message_at(module.location(inst), text)
        for _ in companion.shadows.each():
            emit, primal, given = companion.emit, companion.of(value), companion.of(argument)
            constant = emit.compare("icmp", "eq", companion.shadow(value), primal)
            active = emit.compare("icmp", "ne", companion.shadow(argument), given)
            lost = emit.binary("and", constant, active)
            size = emit.select(
                lost, const_int(ty.I64, activity.bound.extent(argument)), zero(ty.I64)
            )
            helper = companion.helper(_NOT_WITHIN, _NOT_WITHIN_TYPE)
            emit.call(helper, _NOT_WITHIN_TYPE, [primal, given, size, message])
    _guard_variables(companion, inst, value)


def _guard_variables(companion: Companion, inst: Load, value: Value) -> None:
    module, emit, pointer = companion.module, companion.emit, companion.of(value)
    found: list[tuple[Global, int, Global]] = []
    for name in companion.activity.bound.variables(inst):
        symbol = module.symbol(name)
        assert symbol.value_type is not None
        message = module.message_at(module.location(inst), _BOUND.format(original(name)))
        found.append((symbol, companion.layout.size(symbol.value_type), message))
    shared = [row for row in found if "thread_local" not in row[0].line]
    table_rows = shared if len(shared) > 1 else []  # the thread's own have no constant addresses
    for symbol, size, message in (row for row in found if row not in table_rows):
        helper = companion.helper(_NOT_WITHIN, _NOT_WITHIN_TYPE)
        emit.call(helper, _NOT_WITHIN_TYPE, [pointer, symbol, const_int(ty.I64, size), message])
    if table_rows:
        first: Value = table_rows[0][0]
        end = emit.offset(first, const_int(ty.I64, table_rows[0][1]))
        for symbol, size, _ in table_rows[1:]:
            behind = emit.offset(symbol, const_int(ty.I64, size))
            first = emit.select(emit.compare("icmp", "ult", symbol, first), symbol, first)
            end = emit.select(emit.compare("icmp", "ugt", behind, end), behind, end)
        rows = [
            f"{_ROW} {{ ptr {s.ref()}, i64 {size}, ptr {m.ref()} }}" for s, size, m in table_rows
        ]
        table = module.add_constant_table(_ROW, rows)
        helper = companion.helper(_WITHIN_NONE, _WITHIN_NONE_TYPE)
        count = const_int(ty.I64, len(table_rows))
        emit.call(helper, _WITHIN_NONE_TYPE, [pointer, first, end, table, count])
