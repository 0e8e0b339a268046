"""Very long straight-line code, in a form that LLVM gets through in linear time.

A derivative of thousands of statements without a loop is full of guards,

    %c = fcmp oeq double %d, 0.0
    %r = select i1 %c, double 0.0, double %product

Each makes trouble there: with an expensive product it becomes a branch (thousands of small blocks
across which thousands of values live); two guards by the same comparison become branches on x86;
and a zero arm folds, each time with a visit to all users of the constant 0.0 of the block. So in
such code a guard is

    %r = select i1 %c, double %d, double %product, !unpredictable !{}

which is a zero as well, and the second guard of %d compares %d + %d. Without loops, the vectoriser
of straight-line code is spared too: it spends more time than all other passes together. So it is in
what is longer still, with guards or without; and where there are loops that LLVM cannot make much
of, since all their iterations together do less than the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from enzcc.analysis.cfg import Loop, Shape
from enzcc.analysis.recurrences import Recurrences
from enzcc.ir.builder import Builder
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Binary, Compare, Instruction, Select
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType
from enzcc.ir.values import Value, is_zero

LONG: Final = 5_000
"""Instructions that run equally often, from which on code is long. (A statement makes about 20;
half of them are stack slots that vanish.)"""

VERY_LONG: Final = 20_000
"""From here on, code without guards is not vectorised, either: that takes time that grows with the
square of its length."""

NOT_VECTORISED: Final = "noimplicitfloat"
"""The attribute that the vectorisers heed, and which changes nothing else in code of numbers."""


def ease(function: Function) -> None:
    """Rewrites the guards of long code in a derivative function."""
    total = sum(len(block.instructions) for block in function.blocks)
    if total < LONG:
        return
    shape = Shape(function)
    length: dict[Loop | None, int] = {}
    for block in shape.order:
        loop = shape.loop_of.get(block)
        length[loop] = length.get(loop, 0) + len(block.instructions)
    guards = 0
    for block in shape.order:
        if length[shape.loop_of.get(block)] >= LONG:
            guards += _ease_block(block)
    if not shape.loops and (guards or total >= VERY_LONG):
        function.trailer = f"{NOT_VECTORISED} {function.trailer}".strip()


def spare(module: Module, names: Iterable[str]) -> None:
    """Spares the vectorisers these functions where that costs more than it is worth, now that loops
    count in registers."""
    for name in filter(module.defines, names):
        function = module.function(name)
        if sum(len(block.instructions) for block in function.blocks) < LONG:
            continue
        shape = Shape(function)
        if shape.loops and NOT_VECTORISED not in function.trailer and _is_mostly_straight(shape):
            function.trailer = f"{NOT_VECTORISED} {function.trailer}".strip()


def _is_mostly_straight(shape: Shape) -> bool:
    """Is the code outside loops long, and do all iterations of these together do less?"""
    straight = sum(len(b.instructions) for b in shape.order if b not in shape.loop_of)
    if straight < LONG or shape.irreducible:
        return False
    known = Recurrences(shape, shape.function.module.layout).back_edges
    repeated = 0
    for block in shape.loop_of:
        times = 1
        for loop in shape.loops_around(block):
            edges = known.get(loop)
            count = edges.constant if edges is not None else None
            if count is None:
                return False
            times *= count + 1
        repeated += times * len(block.instructions)
    return repeated <= straight


def _ease_block(block: Block) -> int:
    """How many guards were rewritten."""
    guards: dict[Value, int] = {}
    second: dict[Value, Value] = {}
    out = Block("")
    emit = Builder(out)
    for inst in block.instructions:
        derivative = _guarded(inst)
        if derivative is not None:
            guards[derivative] = guards.get(derivative, 0) + 1
            if guards[derivative] == 2:
                nothing = inst.operands[1]
                twice = emit.put(Binary("fadd", derivative.type, (derivative, derivative)))
                second[derivative] = emit.compare("fcmp", "oeq", twice, nothing)
            inst.set_operand(0, second.get(derivative, inst.operands[0]))
            inst.set_operand(1, derivative)
            inst.tail = f", !unpredictable !{{}}{inst.tail}"
        out.append(inst)
    block.instructions[:] = out.instructions
    for inst in block.instructions:
        inst.block = block
    return len(guards)


def _guarded(inst: Instruction) -> Value | None:
    """%d of `select (%d == 0), 0, ...` on single numbers."""
    if not isinstance(inst, Select) or not isinstance(inst.type, FloatType):
        return None
    test, nothing, _ = inst.operands
    if not is_zero(nothing) or not isinstance(test, Compare) or test.predicate != "oeq":
        return None
    derivative, other = test.operands
    return derivative if is_zero(other) and derivative.type is inst.type else None
