"""Windows: loads of neighbours, of which the next iteration loads some again (a stencil).

    for (i ...)  r += f(x[i - 1], x[i], x[i + 1]);

Their adjoints are added to memory that earlier or later iterations add to. LLVM must not add to
neighbours in pairs there: the next iteration would load a pair that was stored in halves, and wait
for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, final

from enzcc.analysis.cfg import Loop
from enzcc.analysis.recurrences import signed
from enzcc.ir.function import Block
from enzcc.ir.instructions import Binary, GetElementPtr, Instruction, Load
from enzcc.ir.values import ConstantInt, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.sweep import Sweep


class _Root(NamedTuple):
    """An address: `base`, and `number` times `size` bytes behind it."""

    base: Value
    number: Value | None
    size: int


@final
class Windows:
    """The addresses of such loads in one function."""

    def __init__(self, sweep: Sweep, is_active: Callable[[Value], bool]) -> None:
        self._sweep, self._is_active = sweep, is_active
        self._found: dict[Block, set[Value]] = {}

    def contain(self, pointer: Value) -> bool:
        """Is it one of these addresses?"""
        block = pointer.block if isinstance(pointer, Instruction) else None
        if block is None:
            return False
        if block not in self._found:
            self._found[block] = self._find(block)
        return pointer in self._found[block]

    def _find(self, block: Block) -> set[Value]:
        loop = self._sweep.shape.loop_of.get(block)
        if loop is None:
            return set()
        groups: dict[_Root, dict[int, Value]] = {}
        for inst in block.instructions:
            if isinstance(inst, Load) and self._is_active(inst):
                root, offset = self._constant_part(inst.pointer)
                groups.setdefault(root, {})[offset] = inst.pointer
        found: set[Value] = set()
        for root, members in groups.items():
            stride = self._stride(loop, root) if len(members) > 1 else None
            if stride and any((a - b) % stride == 0 for a in members for b in members if a != b):
                found.update(members.values())
        return found

    def _stride(self, loop: Loop, root: _Root) -> int | None:
        recurrences = self._sweep.reverse.recurrences
        stride = recurrences.stride(loop, root.base)
        if root.number is None or stride is None:
            return stride
        step = recurrences.stride(loop, root.number)
        return None if step is None else stride + step * root.size

    def _constant_part(self, pointer: Value) -> tuple[_Root, int]:
        """An address as another one and a constant number of bytes behind it."""
        offset = 0
        index: Value | None = None
        size = 0
        while isinstance(pointer, GetElementPtr) and len(pointer.indices) == 1:
            (step,) = pointer.indices
            of_step = self._sweep.reverse.layout.size(pointer.source)
            if not isinstance(step, ConstantInt):
                if index is not None:
                    break
                index, size = step, of_step
                while isinstance(index, Binary) and index.opcode == "add":
                    if not isinstance(index.operands[1], ConstantInt):
                        break
                    offset += signed(index.operands[1]) * size
                    index = index.operands[0]
            else:
                offset += signed(step) * of_step
            pointer = pointer.base
        return _Root(pointer, index, size), offset
