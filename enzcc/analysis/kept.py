"""Comparisons of an active number with one that was kept from an earlier call.

    static double last, result;
    if (x == last) return result;       the derivative of `result` is not there any more

Question     Which comparisons ask whether an active number is the same as one that lies in memory
             which was there before the derivative, and in which the function puts active numbers?
Answer       Comparisons for equality alone: what is larger or smaller than what was kept (the
             largest so far) is no sign that a result was kept beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from enzcc.analysis.activity import Activity
from enzcc.ir.instructions import Compare, Load
from enzcc.ir.values import Value

_EQUALITIES: Final = ("oeq", "ueq", "one", "une")


def compared_with_kept(activity: Activity) -> Iterator[Compare]:
    """Comparisons with what earlier calls may have left."""
    variables = frozenset(activity.active_globals) - activity.marked
    for function in activity.objects.functions.values():
        for inst in function.instructions():
            if isinstance(inst, Compare) and inst.predicate in _EQUALITIES:
                active = [v for v in inst.operands if activity.is_varied(v)]
                if len(active) == 2 and sum(_is_kept(activity, v, variables) for v in active) == 1:
                    yield inst


def _is_kept(activity: Activity, value: Value, variables: frozenset[str]) -> bool:
    """Is it read from such a variable, or from what one points to?"""
    if not isinstance(value, Load):
        return False
    behind = activity.objects.nodes_behind(value.pointer)
    return any(
        activity.node_varied(node) and not variables.isdisjoint(node.globals) for node in behind
    ) or any(map(activity.node_varied, activity.foreign(value.pointer)))
