"""Partials that are one of two numbers: the adjoint is chosen, by a condition of the forward sweep.

    r = fmin(x, y), c = r == y            bx += c ? 0 : br,  by += c ? br : 0

Least and largest numbers and absolute values have such partials. The condition stands behind the
primal, where all that it looks at is at hand. It may be kept, which takes one byte and not the
numbers, or computed again, as the minimum cut decides. And nothing is multiplied, so that no zero
has to win over what is infinite.

Of a number that is no less than a constant (`r = x > 0 ? x : 0`), the result itself tells which it
was, if the program stores it: then what `x` was computed from is not looked at again.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, final

from enzcc.ad.modes.calculus import RulePlace
from enzcc.ad.modes.lanes import repeated_condition
from enzcc.ir.builder import Builder, float_value, zero
from enzcc.ir.instructions import Call, CallBase, Compare, Instruction, Load, Select, Store
from enzcc.ir.types import FloatType
from enzcc.ir.values import Value
from enzcc.rules import decide
from enzcc.rules.algebra import Condition, Formula, Number, Where

if TYPE_CHECKING:
    from enzcc.ad.modes.reverse import Reverse
    from enzcc.ad.modes.sweep import Sweep

_WHOLE: Final = frozenset({-1, 0, 1})


@final
class Decided:
    """The conditions of one primal."""

    def __init__(self, reverse: Reverse, sweep: Sweep) -> None:
        self.reverse, self.sweep = reverse, sweep
        self._made: dict[tuple[Instruction, Condition | None], Value] = {}

    def times(
        self, emit: Builder, inst: Instruction, partial: Formula, derivative: Value
    ) -> Value | None:
        """derivative * partial, if that is a choice and `inst` a plain call; else None."""
        if not self.reverse.engine.settings.reuse or not isinstance(partial, Where):
            return None
        numbers = [a.value for a in (partial.then, partial.other) if isinstance(a, Number)]
        copy = self.reverse.of(inst)
        if len(numbers) < 2 or not _WHOLE.issuperset(numbers) or not isinstance(copy, Call):
            return None
        condition = self.sweep.need(self._condition(inst, copy, partial.condition))
        arms = (_multiple(emit, derivative, number) for number in numbers)
        return emit.select(repeated_condition(emit, condition, derivative.type), *arms)

    def by_result(self, inst: Select) -> Value | None:
        """What has chosen r = x > k ? x : k, told by r > k: r lies in memory, and k is a constant.
        (Of a tie, and of what is not a number, both say that it is not x.)"""
        test, x, k = inst.operands
        if not self.reverse.engine.settings.reuse or not isinstance(test, Compare):
            return None
        if test.operands != [x, k] or test.predicate not in ("ogt", "olt"):
            return None
        if not isinstance(inst.type, FloatType) or float_value(k) is None:
            return None
        stores = [u for u in inst.users if isinstance(u, Store) and u.block is inst.block]
        if not stores or (isinstance(x, Load) and all(u.pointer is not x.pointer for u in stores)):
            return None
        copy = self.reverse.of(inst)
        if not isinstance(copy, Select):
            return None
        if (inst, None) not in self._made:
            emit = self._behind(copy)
            self._made[inst, None] = emit.compare("fcmp", test.predicate, copy, k)
            self.sweep.told[copy] = None
        return self.sweep.need(self._made[inst, None])

    def _behind(self, copy: Instruction) -> Builder:
        block = copy.block
        assert block is not None
        after = block.place_of(copy) + 1
        is_last = after == len(block.instructions)  # its end is not there yet
        return Builder(block, None if is_last else block.instructions[after])

    def _condition(self, inst: Instruction, copy: Call, condition: Condition) -> Value:
        key = inst, condition
        if key not in self._made:
            assert isinstance(inst, CallBase)
            operands = inst.arguments
            place = RulePlace(
                self.reverse.module,
                self._behind(copy),
                inst.type,
                lambda i: self.reverse.of(operands[i]),
                lambda _: copy,
                self.reverse.engine.use_runtime,
            )
            self._made[key] = decide(condition, place)
        return self._made[key]


def _multiple(emit: Builder, derivative: Value, number: Fraction) -> Value:
    if not number:
        return zero(derivative.type)
    return derivative if number == 1 else emit.fneg(derivative)
