"""Loops in which an inner loop was unrolled: LLVM is to vectorise an iteration, not iterations.

    for (long j = 0; j < n; j++) {  dx[16 * j] += a * b0;  ...  dx[16 * j + 15] += a * b15;  }

The cells of a row lie side by side, so they are vectors as they are. Yet LLVM looks at loops first:
where the machine can scatter (AVX-512), it takes the same cell of several rows together, which
costs a multiple. So such loops of the reverse sweep say that their iterations are not to be taken
together; then straight-line code is vectorised.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from enzcc.ad.border import REVERSE
from enzcc.ad.hopeful import Stride, size_of_step
from enzcc.analysis.cfg import Loop, Shape
from enzcc.ir.instructions import Binary, GetElementPtr, Store
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType
from enzcc.ir.values import ConstantInt, Value

ROW: Final = 8
"""So many cells side by side are a row. (Fewer are shuffled into place by LLVM.)"""


def row_by_row(module: Module, names: Iterable[str]) -> None:
    """Says so in these functions."""
    for name in names:
        if not module.may_hold(name, " store "):
            continue
        function = module.function(name)
        shape = Shape(function)
        for loop in dict.fromkeys(shape.loop_of.values()):
            if loop.children or not loop.header.name.startswith(REVERSE):
                continue
            if _stores_rows(loop, module):
                _leave_iterations(loop, module)


def _stores_rows(loop: Loop, module: Module) -> bool:
    """Are most of the cells that an iteration writes in rows?"""
    strides = Stride(loop)
    cells: dict[tuple[Value, int, int], set[int]] = {}
    others = 0
    for block in loop.blocks:
        for inst in block.instructions:
            if not isinstance(inst, Store):
                continue
            stride = strides.of(inst.pointer)
            if stride is None or not isinstance(inst.value.type, FloatType):
                others += 1
            elif stride != 0:
                base, offset = _cell(inst.pointer)
                size = module.layout.size(inst.value.type)
                cells.setdefault((base, stride, size), set()).add(offset)
    in_rows = 0
    for (_, stride, size), offsets in cells.items():
        row = _in_rows(offsets, size) if abs(stride) >= ROW * size else 0
        in_rows += row
        others += len(offsets) - row
    return in_rows > others


def _cell(pointer: Value) -> tuple[Value, int]:
    """Where an address begins, and how many bytes it is from there, as far as that is constant."""
    offset = 0
    while isinstance(pointer, GetElementPtr) and len(pointer.indices) == 1:
        size = size_of_step(pointer)
        if size is None:
            break
        (index,) = pointer.indices
        if isinstance(index, Binary) and index.opcode in ("add", "or"):
            index = index.operands[1]
        if isinstance(index, ConstantInt):
            offset += index.value * size
        pointer = pointer.base
    return pointer, offset


def _in_rows(offsets: set[int], size: int) -> int:
    """How many cells have enough neighbours?"""
    found = 0
    for start in offsets:
        if start - size in offsets:
            continue
        length = 1
        while start + length * size in offsets:
            length += 1
        if length >= ROW:
            found += length
    return found


def _leave_iterations(loop: Loop, module: Module) -> None:
    for block in loop.blocks:
        end = block.terminator
        if loop.header in block.successors() and end.metadata("llvm.loop") is None:
            off = module.metadata_node('!{!"llvm.loop.vectorize.enable", i1 false}')
            node = module.add_metadata(f"distinct !{{@, {off}}}")
            end.tail += f", !llvm.loop {node}"
