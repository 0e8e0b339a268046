"""Loops in which an inner loop was unrolled: LLVM is to vectorise an iteration, not iterations.

    for (long j = 0; j < n; j++) {  dx[16 * j] += a * b0;  ...  dx[16 * j + 15] += a * b15;  }

The cells of a row lie side by side, so they are vectors as they are. Yet LLVM looks at loops first:
where the machine can scatter (AVX-512) or gather, it takes the same cell of several rows together,
which costs a multiple. So such loops of the reverse sweep say that their iterations are not to be
taken together; then straight-line code is vectorised. So do loops of both sweeps that read rows,
where there are instructions for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from enzcc.ad.nests.border import REVERSE
from enzcc.ad.nests.hopeful import Stride, size_of_step
from enzcc.analysis.cfg import Loop, Shape
from enzcc.ir.instructions import Binary, GetElementPtr, Load, Store
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType
from enzcc.ir.values import ConstantInt, Value

ROW: Final = 8
"""So many cells side by side are a row. (Fewer are shuffled into place by LLVM.)"""

_GATHERING: Final = ('"+avx2', ",+avx2")
"""Machines that have an instruction for cells far apart, which LLVM thinks too much of."""

_DIVISION: Final = 2
"""So many cells are gathered in the time that a vector of divisions saves."""


def row_by_row(module: Module, names: Iterable[str]) -> None:
    """Says so in these functions."""
    gathers = any(feature in module.text for feature in _GATHERING)
    for name in filter(module.defines, names):
        function = module.function(name)
        shape = Shape(function)
        for loop in dict.fromkeys(shape.loop_of.values()):
            if loop.children:
                continue
            stored = loop.header.name.startswith(REVERSE) and _is_of_rows(loop, module, Store)
            if stored or (gathers and _is_of_rows(loop, module, Load)):
                _leave_iterations(loop, module)


def _is_of_rows(loop: Loop, module: Module, kind: type[Store | Load]) -> bool:
    """Are most of the cells that an iteration writes, or reads, in rows? To divide, or to read what
    lies side by side for several iterations, pays for vectors of iterations."""
    strides = Stride(loop)
    cells: dict[tuple[Value, int, int], set[int]] = {}
    others = 0
    for block in loop.blocks:
        for inst in block.instructions:
            if kind is Load and inst.opcode == "fdiv":
                others += _DIVISION
            if not isinstance(inst, kind):
                continue
            type_ = inst.value.type if isinstance(inst, Store) else inst.type
            stride = strides.of(inst.pointer)
            if stride is None or not isinstance(type_, FloatType):
                others += 1
            elif stride != 0:
                base, offset = _cell(inst.pointer)
                size = module.layout.size(type_)
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
        if loop.header not in block.successors():
            continue
        said = end.metadata("llvm.loop")
        parts: list[str] = []
        if said is not None:
            parts = [r for r in re.findall(r"!\d+", module.metadata_text(said)) if r != said]
            if any(_is_wish(module.metadata_text(part)) for part in parts):
                continue
            end.tail = end.tail.replace(f", !llvm.loop {said}", "")
        parts.append(module.metadata_node('!{!"llvm.loop.vectorize.enable", i1 false}'))
        node = module.add_metadata(f"distinct !{{@, {', '.join(parts)}}}")
        end.tail += f", !llvm.loop {node}"


def _is_wish(text: str) -> bool:
    """Does metadata of a loop say what is to be done with it?"""
    return text.startswith('!{!"') and "mustprogress" not in text
