"""Counters: where they begin that count up, and where they end that count down.

Question     What is the smallest value of an integer that is calculated from a counter?
Sources      A counter that starts from a constant and counts up; one that counts down until it is
             equal to a constant. Nothing counts past that, or it would never end. What is left of
             a constant without one that counts up in a loop whose iterations are known.
Safe answer  None: nothing is known.

A congruence tells addresses modulo a stride only. The smallest one is in the array that is meant.
"""

from __future__ import annotations

from typing import NamedTuple, final

from enzcc.analysis.cfg import Shape
from enzcc.analysis.recurrences import Recurrences
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Binary, Branch, Cast, Compare, Phi
from enzcc.ir.types import IntType, Layout
from enzcc.ir.values import ConstantInt, Value


class _Stop(NamedTuple):
    """A counter moves on to `moved` as long as `compared`, one of the two, is not `number`. Blocks
    that `going_on` dominates are only reached where it is not."""

    moved: Binary
    compared: Value
    number: int
    going_on: Block


@final
class Counters:
    """The counters of any functions."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._shapes: dict[Function, Shape] = {}
        self._recurrences: dict[Function, Recurrences] = {}

    def smallest(self, value: Value, at: Block | None) -> int | None:
        """The smallest value of an integer where it is used in that block."""
        match value:
            case Phi():
                if (stop := self._stop(value)) is not None:
                    step = -_step(stop.moved, value)
                    is_past = stop.compared is not value or self._goes_on(stop, at)
                    return stop.number + step if is_past else stop.number
                first = [o.value for o in value.operands if isinstance(o, ConstantInt)]
                rest = [o for o in value.operands if not isinstance(o, ConstantInt)]
                return min(first) if first and all(_step(o, value) > 0 for o in rest) else None
            case Cast(opcode="sext" | "zext"):
                found = self.smallest(value.operands[0], at)
                return found if found is not None and found >= 0 else None
            case Binary(opcode="add", operands=(Phi() as phi, ConstantInt() as by)) if (
                stop := self._stop(phi)
            ) is not None and stop.moved is value:
                if stop.compared is phi:
                    return stop.number if self._goes_on(stop, at) else None
                return stop.number - (by.value if self._goes_on(stop, at) else 0)
            case Binary(opcode="add" | "mul" | "shl", operands=(counter, ConstantInt() as by)):
                found = self.smallest(counter, at)
                if found is None or (value.opcode != "add" and not 0 < by.value < 64):
                    return None
                return {"add": found + by.value, "mul": found * by.value}.get(
                    value.opcode, found << max(by.value, 0)
                )
            case Binary(opcode="sub", operands=(ConstantInt() as whole, counter)):
                most = self._largest(counter)
                return whole.value - most if most is not None and most <= whole.value else None
        return None

    def _largest(self, value: Value) -> int | None:
        """The largest value of an integer that counts up, if it is not negative."""
        match value:
            case Phi():
                return self._last(value)
            case Cast(opcode="sext" | "zext", operands=[Value(type=IntType() as narrow) as inner]):
                most = self._largest(inner)
                return most if most is not None and most < 1 << (narrow.bits - 1) else None
            case Binary(opcode="add" | "mul" | "shl", operands=(counter, ConstantInt() as by)) if (
                0 <= by.value < 64
            ):
                most = self._largest(counter)
                if most is None:
                    return None
                return {"add": most + by.value, "mul": most * by.value}.get(
                    value.opcode, most << by.value
                )
        return None

    def _last(self, counter: Phi) -> int | None:
        """The last value of one that counts up, in a loop whose iterations are known."""
        if counter.block is None or counter.block.function is None:
            return None
        function = counter.block.function
        found = self._recurrences.get(function)
        if found is None:
            found = Recurrences(self._shape(function), self._layout)
            self._recurrences[function] = found
        affine = found.affine.get(counter)
        if affine is None:
            return None
        times = [b.constant for loop, b in found.back_edges.items() if loop.header is counter.block]
        match affine.start, affine.step, times:
            case ConstantInt(value=start), ConstantInt(value=step), [int() as count] if (
                start >= 0 and step > 0
            ):
                return start + step * count
        return None

    def goes_round(self, value: Value) -> bool:
        """Is it handed from one iteration of a loop to the next?"""
        if not isinstance(value, Phi) or value.block is None or value.block.function is None:
            return False
        shape, here = self._shape(value.block.function), value.block
        return any(shape.dominates(here, latch) for _, latch in value.incoming())

    def _stop(self, counter: Phi) -> _Stop | None:
        """Where one ends that counts down."""
        moved = [(o, latch) for o, latch in counter.incoming() if _step(o, counter) < 0]
        if len(moved) != 1 or counter.block is None or counter.block.function is None:
            return None
        shape = self._shape(counter.block.function)
        (further, latch), header = moved[0], counter.block
        if latch not in shape.index or any(
            shape.dominates(header, block)
            for operand, block in counter.incoming()
            if operand is not further and block in shape.index
        ):
            return None
        assert isinstance(further, Binary)
        for compared in (further, counter):
            for test in compared.users:
                if not isinstance(test, Compare) or test.predicate not in ("eq", "ne"):
                    continue
                end = test.operands[1]
                if not isinstance(end, ConstantInt):
                    continue
                for branch in test.users:
                    if isinstance(branch, Branch) and branch.block in shape.index:
                        going_on = branch.targets[test.predicate == "eq"]
                        if shape.predecessors[going_on] == [branch.block] and shape.dominates(
                            going_on, latch
                        ):
                            return _Stop(further, compared, end.value, going_on)
        return None

    def _goes_on(self, stop: _Stop, at: Block | None) -> bool:
        """Is a block only reached where the counter is not at its end?"""
        if at is None or at.function is None:
            return False
        shape = self._shape(at.function)
        return at in shape.index and shape.dominates(stop.going_on, at)

    def _shape(self, function: Function) -> Shape:
        found = self._shapes.get(function)
        if found is None:
            found = self._shapes[function] = Shape(function)
        return found


def _step(value: Value, counter: Phi) -> int:
    """By how much a value is more than the counter; 0 if it is something else."""
    match value:
        case Binary(opcode="add", operands=(before, ConstantInt() as by)) if before is counter:
            return by.value
    return 0
