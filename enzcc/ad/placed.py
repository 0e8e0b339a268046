"""Values that need no place on the tape, as the program stores them where nothing changes them.

    l = u[i * n + k] / u[k * n + k];
    u[i * n + k] = l;                    and no later step writes to this column

What the minimum cut wants to keep, and what is stored in the block that computes it, is loaded from
there. The store is wanted then (`enzcc.ad.unwanted`).

Question     From which store can the reverse sweep load a value?
Sources      `Changes.may_change`, asked of the store: what it has written stays until the end.
Safe answer  none: the value is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enzcc.ad.tape import in_order
from enzcc.ir import types as ty
from enzcc.ir.instructions import Instruction, Store
from enzcc.ir.values import Value

if TYPE_CHECKING:
    from enzcc.ad.sweep import Sweep

CHEAP: Final = 48
"""Operations that lead to the place."""


def placed_values(sweep: Sweep) -> dict[Value, Store]:
    """Such values of those that are to be kept."""
    reverse = sweep.reverse
    settings, changes = reverse.engine.settings, reverse.changes
    if not (settings.dependence and settings.recompute and settings.reload) or changes.whole:
        return {}
    roots = {sweep.delayed[late].root for late in sweep.late}
    found: dict[Value, Store] = {}
    for value in in_order(sweep.kept - roots, reverse.target):
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
