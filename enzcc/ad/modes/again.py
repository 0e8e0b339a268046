"""What lets the reverse sweep of split mode run again on the same tape (`enzyme_nofree`).

The sweep changes no primal memory, and takes the adjoints of local memory as it gives them on, so
that its shadow is zero again at the end; all but that of memory that was zero before anything was
stored there: nothing takes what is gathered for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from enzcc.ad.modes.bulk import move_cells
from enzcc.ir.values import Global

if TYPE_CHECKING:
    from enzcc.ad.modes.adjoints import Adjoints
    from enzcc.ir.instructions import CallBase


def clear_again(adjoints: Adjoints, inst: CallBase) -> None:
    """The reverse of an allocation of zeros, such as `calloc`: its shadow is as it was."""
    activity = adjoints.activity
    assert isinstance(inst.callee, Global)
    allocator = activity.known.allocators[inst.callee.name]
    if not (allocator.zeroed and activity.is_split and inst in adjoints.reverse.shadows):
        return
    if not activity.memory_active(inst):
        return
    assert allocator.size is not None
    sizes = [adjoints.primal(inst.arguments[allocator.size])]
    if allocator.count is not None:
        sizes.append(adjoints.primal(inst.arguments[allocator.count]))
    count = sizes[0] if len(sizes) == 1 else adjoints.emit.mul(*sizes)
    place = adjoints.objects.place(inst)
    move_cells(adjoints, inst, place, count, count, adjoints.shadow(inst), None)
