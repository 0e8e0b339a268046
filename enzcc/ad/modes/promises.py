"""Which promises of fast-math flags hold of the adjoint, too.

What the program promises of its numbers is true of those that it uses: lanes that nobody reads, and
results that LLVM computes before it is known whether they are wanted, may be anything. There, an
adjoint of zero has to win over what they are.
"""

from __future__ import annotations

from collections.abc import Set
from functools import cached_property
from typing import final

from enzcc.ad.modes.calculus import fast_math, never_infinite
from enzcc.ir import types as ty
from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    Freeze,
    InsertElement,
    Instruction,
    Phi,
    Select,
    ShuffleVector,
)
from enzcc.ir.types import VectorType
from enzcc.ir.values import Constant, ConstantInt, Value

_LOOSE = ("reassoc", "nsz", "arcp", "contract", "afn")
"""What `fast` promises, but for what numbers are."""


@final
class Promises:
    """What the flags of one primal function, which changes no more, promise of its adjoint."""

    def __init__(self, function: Function) -> None:
        self._function = function

    def flags(self, inst: Instruction) -> str:
        """The fast-math flags for the adjoint of an instruction of the function, with a trailing
        blank if there are any."""
        flags = fast_math(inst)
        if not never_infinite(flags):
            return flags
        if inst in self._surely_used and inst not in self._partly_undefined:
            return flags
        words = _LOOSE if "fast" in flags.split() else flags.split()
        return "".join(f"{word} " for word in words if word not in ("nnan", "ninf"))

    @cached_property
    def _surely_used(self) -> Set[Value]:
        """The results that are used whenever they are computed, and come to no choice."""
        instructions = list(self._function.instructions())
        chosen: set[Value] = set()
        work = [o for i in instructions if isinstance(i, Select) for o in i.operands[1:]]
        while work:
            value = work.pop()
            if isinstance(value, Instruction) and value not in chosen:
                chosen.add(value)
                work += value.operands
        found: set[Value] = set()
        for block in self._function.blocks:
            following = set(block.successors())
            for inst in reversed(block.instructions):
                if inst in chosen:
                    continue
                here = [u for u in inst.users if isinstance(u, Instruction)]
                beyond = {u.block for u in here if u.block is not block or isinstance(u, Phi)}
                if any(
                    u.block is block
                    and not isinstance(u, Phi)
                    and (u in found or u.type is ty.VOID)
                    for u in here
                ) or (following and following <= beyond):
                    found.add(inst)
        return found

    @cached_property
    def _partly_undefined(self) -> Set[Value]:
        """The vectors of which some lanes may be undefined, because LLVM has seen that nobody
        reads them: they come from such constants, or are not filled, or picked, as a whole."""
        vectors = [i for i in self._function.instructions() if isinstance(i.type, VectorType)]
        found: set[Value] = set()
        size = -1
        while len(found) != size:
            size = len(found)
            found.update(i for i in vectors if i not in found and _leaves_lanes_open(i, found))
        return found


def _leaves_lanes_open(inst: Instruction, found: set[Value]) -> bool:
    def is_open(value: Value) -> bool:
        if not isinstance(value, Constant):
            return value in found
        return isinstance(value.type, VectorType) and (
            "poison" in value.ref() or "undef" in value.ref()
        )

    match inst:
        case ShuffleVector():
            mask, first = inst.mask(), inst.operands[0].type
            assert isinstance(first, VectorType)
            if mask is None or -1 in mask:
                return True
            sides = {i // first.count for i in mask}
            return any(is_open(inst.operands[side]) for side in sorted(sides))
        case InsertElement():
            base, filled = _filled(inst)
            assert isinstance(inst.type, VectorType)
            return len(filled) < inst.type.count and is_open(base)
        case Freeze():
            return False
    return any(map(is_open, inst.operands))


def _filled(value: Value) -> tuple[Value, set[int]]:
    """The vector into which elements are put, one after the other, and the lanes that are set."""
    filled: set[int] = set()
    while isinstance(value, InsertElement):
        index = value.operands[2]
        if isinstance(index, ConstantInt):
            filled.add(index.value)
        value = value.operands[0]
    return value, filled
