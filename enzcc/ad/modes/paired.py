"""Objects that are told apart by their functions, and their shadows.

    %table = load ptr, ptr %object            call void @__enzcc_paired(ptr %object, ptr %object')
    %is = icmp eq ptr %table, @table

What a comparison says of an object holds for its shadow, too: both are of one class, or hold
closures of one kind. Nothing in the code says so. A derivative that will be differentiated again
therefore has these calls, which `analysis/tested.py` reads, and which are left out at last.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from enzcc.analysis.tested import PAIRED
from enzcc.ir import types as ty
from enzcc.ir.instructions import Alloca
from enzcc.ir.values import Value
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ad.modes.companion import Companion

_ATTRIBUTES = "nounwind willreturn memory(inaccessiblemem: readwrite)"
_CALLS = pattern(rf"^(?:  (?:tail )?call void|declare void) @{PAIRED}\(.*\n", re.M)


def pair(ad: Companion, value: Value) -> None:
    """Says which is the shadow of a value of the source, if objects are told apart that it leads to
    and its derivative will be differentiated again. (What lies on the stack is one object.)"""
    if value not in ad.told_apart or isinstance(value, Alloca) or not ad.wants_shadow(value):
        return
    taking = ty.function(ty.VOID, (ty.PTR, ty.PTR))
    callee = ad.module.declare(PAIRED, taking, _ATTRIBUTES)
    for _ in ad.shadows.each():
        ad.emit.call(callee, taking, [ad.of(value), ad.shadow(value)], tail=f" {_ATTRIBUTES}")


def without_pairs(text: str) -> str:
    """The module without these calls."""
    return _CALLS.sub("", text) if f"@{PAIRED}(" in text else text
