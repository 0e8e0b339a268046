"""Blocks that stand for what memory resources hand out (`enzcc.ad.copies.resources`) are nobody
else's: what a caller sees was or would be given back to the resource, which does not know them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enzcc.ad.copies.resources import DELETE, NEW
from enzcc.errors import Unsupported
from enzcc.ir.instructions import CallBase

if TYPE_CHECKING:
    from enzcc.analysis.activity import Activity
    from enzcc.ir.module import Module


def refuse_resources(module: Module, activity: Activity) -> None:
    """Raises where others may see such a block, where one may be given back that was there before,
    and where one is never given back, as nobody frees it then."""
    objects = activity.objects
    calls = [
        inst
        for function in objects.functions.values()
        for inst in function.instructions()
        if isinstance(inst, CallBase) and inst.called in (NEW, DELETE)
    ]
    blocks = {inst: inst if inst.called == NEW else inst.arguments[0] for inst in calls}
    freed = {
        node: None
        for inst, block in blocks.items()
        if inst.called == DELETE
        for node in objects.nodes_behind(block)
    }
    for inst, block in blocks.items():
        if objects.may_be_outside(block):
            raise Unsupported(
                module.location(inst),
                "cannot differentiate through memory of a resource that others see",
                because="a container of std::pmr that is an argument, a result or a global"
                " variable, or that one of these leads to, may grow or be destroyed here",
                remedy="let it have the default allocator, or make a copy of its contents",
            )
        if freed.keys().isdisjoint(objects.nodes_behind(block)):
            raise Unsupported(
                module.location(inst),
                "cannot differentiate through memory of a resource that is not given back",
                because="the derivative has a block of its own for it, which it would never free",
                remedy="give it back by 'deallocate'",
            )
