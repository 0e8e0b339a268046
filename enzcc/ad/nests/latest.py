"""Sums of the reverse sweep add last what they have to wait for.

    b' = (b * p + u) + v        -->        b' = b * p + (u + v)

An adjoint that goes from iteration to iteration is a chain, and each addition in it is time that
nothing can hide. In which order contributions add up is nobody's promise (they are marked so), so
that what depends on the chain joins as late as it can.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Final

from enzcc.ad.nests.border import REVERSE
from enzcc.ad.nests.fastloops import runs_forward
from enzcc.analysis.cfg import Loop, Shape
from enzcc.ir.builder import Builder
from enzcc.ir.function import Function
from enzcc.ir.instructions import Binary, Call, Cast, Compare, FNeg, Instruction, Phi, Select
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType
from enzcc.ir.values import Value

_ADDITION: Final = 4
_LATENCY: Final = {"fdiv": 13, "select": 1, "fneg": 1, "fcmp": 1}
"""Cycles, about; 4 for others."""


def with_latest_last(module: Module, names: Iterable[str]) -> None:
    """Puts such sums into the named functions."""
    for name in names:
        if module.may_hold(name, " fadd reassoc "):
            _rewrite(module.function(name))


def _rewrite(function: Function) -> None:
    shape = Shape(function)
    changed = False
    for loop in shape.loops:
        header = loop.header
        if loop.children or not header.name.startswith(REVERSE) or runs_forward(header):
            continue  # LLVM vectorises those that run forward as they are
        changed |= _rewrite_loop(shape, loop)
    if changed:
        function.name_everything()


def _rewrite_loop(shape: Shape, loop: Loop) -> bool:
    times: dict[Value, int] = {}
    for phi in loop.header.phis():
        if isinstance(phi.type, FloatType):
            times[phi] = 0
    if not times:
        return False
    changed = False
    for block in (b for b in shape.order if b in loop.blocks):
        for inst in list(block.instructions):
            if isinstance(inst, Phi) and block is loop.header:
                continue
            if _is_sum(inst) and not _is_part(inst):
                changed |= _reorder(inst, times)
            elif isinstance(inst, (Binary, Call, Cast, Compare, FNeg, Phi, Select)):
                _time(inst, times)
    return changed


def _time(inst: Instruction, times: dict[Value, int]) -> None:
    """When a result is there, counted from the start of the iteration; not if it waits for no
    other iteration."""
    waits = [times[o] for o in inst.operands if o in times]
    if waits:
        times[inst] = max(waits) + _LATENCY.get(inst.opcode, 0 if isinstance(inst, Phi) else 4)


def _is_sum(inst: Value) -> bool:
    return (
        isinstance(inst, Binary)
        and inst.opcode == "fadd"
        and isinstance(inst.type, FloatType)
        and "reassoc" in inst.flags.split()
    )


def _is_part(inst: Instruction) -> bool:
    """Is it only added to another number of such a sum?"""
    if len(inst.users) != 1:
        return False
    (user,) = inst.users
    return _is_sum(user) and user.block is inst.block and inst.users[user] == 1


def _reorder(root: Instruction, times: dict[Value, int]) -> bool:
    parts: list[Instruction] = []  # each in front of what it adds
    leaves: list[Value] = []

    def gather(value: Value) -> int:
        inside = isinstance(value, Binary) and _is_sum(value) and value.block is root.block
        if isinstance(value, Binary) and (value is root or (inside and _is_part(value))):
            parts.append(value)
            return max(gather(o) for o in value.operands) + _ADDITION
        leaves.append(value)
        return times.get(value, -_FAR)

    before = gather(root)
    heap = [(times.get(leaf, -_FAR), number) for number, leaf in enumerate(leaves)]
    heapq.heapify(heap)
    pairs: list[tuple[int, int]] = []
    while len(heap) > 1:
        (_, one), (late, other) = heapq.heappop(heap), heapq.heappop(heap)
        pairs.append((one, other))
        heapq.heappush(heap, (late + _ADDITION, len(leaves) + len(pairs) - 1))
    after = heap[0][0]
    if after > -_FAR // 2:
        times[root] = min(before, after)
    if after >= before or max(times.get(leaf, 0) for leaf in leaves) <= 0:
        return False  # a sum that is only added to waits for nothing else
    assert root.block is not None
    emit = Builder(root.block, root)
    values = list(leaves)
    for one, other in pairs:
        flags = root.flags
        values.append(emit.put(Binary("fadd", root.type, (values[one], values[other]), flags)))
    times[values[-1]] = after
    root.replace_with(values[-1])
    for part in parts:
        part.drop_operands()
        assert part.block is not None
        part.block.instructions.remove(part)
    return True


_FAR: Final = 1 << 20
"""So long before the iteration is there what waits for none."""
