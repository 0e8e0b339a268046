"""Values that need no place on the tape, as the program stores them where nothing changes them.

    l = u[i * n + k] / u[k * n + k];
    u[i * n + k] = l;                    and no later step writes to this column

What the minimum cut wants to keep, and what is stored in the block that computes it, is loaded from
there. The store is wanted then (`tape.unwanted`). What takes long to compute again is loaded as
well, if others see that memory, so that the store is there in any case; and what tells which of two
numbers it is (`modes.decided`). A derivative that is
differentiated again keeps its values: that memory may be constant to the outer one.

Question     From which store can the reverse sweep load a value?
Sources      `Changes.may_change`, asked of the store: what it has written stays until the end.
Safe answer  none: the value is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from enzcc.ad.tape.tape import in_order
from enzcc.ir import types as ty
from enzcc.ir.instructions import Binary, Call, Instruction, Store
from enzcc.ir.values import Value
from enzcc.markers import Activity as Role

if TYPE_CHECKING:
    from enzcc.ad.modes.sweep import Sweep

CHEAP: Final = 48
"""Operations that lead to the place."""


def placed_values(sweep: Sweep) -> dict[Value, Store]:
    """Such values of those that are to be kept."""
    roots = {sweep.delayed[late].root for late in sweep.late}
    return _placed(sweep, in_order(sweep.kept - roots, sweep.reverse.target))


def costly_values(sweep: Sweep) -> dict[Value, Store]:
    """Such values that take longer to compute again than to load, in memory that others see."""
    reverse = sweep.reverse
    told = _placed(sweep, sweep.told)
    if reverse.request is None:
        return told
    spare = {
        reverse.source.args[o.index]
        for o in reverse.request.operands
        if o.activity is Role.DUPNONEED
    }
    values = [
        copy
        for block in sweep.shape.order
        for store in block.instructions
        if isinstance(store, Store)
        and (copy := reverse.primal.get(store.value)) is not None
        and isinstance(copy, Binary | Call)
        and sweep.takes_long(copy)
    ]
    return told | {
        value: store
        for value, store in _placed(sweep, values).items()
        if all(
            reverse.objects.is_outside(node) and spare.isdisjoint(node.arguments)
            for node in (n.find() for n in reverse.objects.nodes_behind(store.pointer))
        )
    }


def _placed(sweep: Sweep, values: Iterable[Value]) -> dict[Value, Store]:
    reverse = sweep.reverse
    settings, changes = reverse.engine.settings, reverse.changes
    if not (settings.dependence and settings.recompute and settings.reload):
        return {}
    if changes.whole or reverse.engine.again:
        return {}
    found: dict[Value, Store] = {}
    for value in values:
        store = _store_of(sweep, value)
        if store is None or changes.may_change(store):
            continue
        if sweep.is_cheap(reverse.of(store.pointer), CHEAP):
            found[value] = store
    return found


def _store_of(sweep: Sweep, value: Value) -> Store | None:
    """Where the program stores a value in the block that computes it."""
    source = sweep.source(value) if sweep.is_primal(value) else None
    if not isinstance(source, Instruction) or not ty.is_float(value.type):
        return None
    for user in source.users:
        if not isinstance(user, Store) or user.value is not source or user.flags:
            continue
        if user.block is source.block and user in sweep.reverse.primal:
            return user
    return None
