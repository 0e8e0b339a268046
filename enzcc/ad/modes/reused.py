"""Partials that the forward sweep has at hand.

    s = sin(x), c = cos(x)        ds/dx is c: the reverse sweep need not compute it again
    s = sin(x)                    cos(x) beside it costs little more: one call gives both
    i = 1 / y, q = x / y          what the adjoint of q divides by y is multiplied by i

A formula that applies a function to arguments of its primal gets the primal's own call of that
function, if there is one whose value is there whenever the formula is evaluated. Where the primal
calls only one function of a pair that is computed together, the other is called behind it. Either
value may then be kept, or computed again, as the minimum cut decides; what is not kept is a call
without effect, which LLVM removes.
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final

from enzcc.analysis.callkind import CallKind
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, float_value
from enzcc.ir.instructions import Binary, Call, CallBase, Instruction
from enzcc.ir.types import FloatType, Type
from enzcc.ir.values import Argument, Global, Value
from enzcc.rules.emit import INVERSE
from enzcc.rules.libm import TOGETHER

if TYPE_CHECKING:
    from enzcc.ad.modes.reverse import Reverse
    from enzcc.ad.modes.sweep import Sweep

_SUFFIX: Final = {ty.FLOAT: "f32", ty.DOUBLE: "f64"}


@final
class Reused:
    """The calls of mathematical functions in one primal."""

    def __init__(self, reverse: Reverse, sweep: Sweep) -> None:
        self.reverse, self.sweep = reverse, sweep
        self._calls: dict[tuple[str, tuple[Value, ...]], list[Call]] | None = None
        self._made: dict[tuple[str, Call], Value] = {}

    def find(self, name: str, operands: list[Value], type: Type, at: Instruction) -> Value | None:
        """A value of the forward sweep that is the function of these operands of the primal, and
        is there wherever `at` has been computed, or the INVERSE of that; None if there is none."""
        if not self.reverse.engine.settings.reuse or not isinstance(type, FloatType):
            return None
        if name == INVERSE:
            inverse = self.inverse(at, at)
            return None if inverse is None else self.reverse.of(inverse)
        found = self._call(name, operands, type, at)
        if found is not None:
            return self.reverse.of(found)
        other = TOGETHER.get(name)
        if other is None or type not in _SUFFIX:
            return None
        beside = self._call(other, operands, type, at)
        return None if beside is None else self._behind(beside, name, type)

    def inverse(self, value: Value, at: Instruction) -> Instruction | None:
        """`1 / value` of the primal, if it is there wherever `at` has been computed."""
        if not self.reverse.engine.settings.reuse or not isinstance(value, (Instruction, Argument)):
            return None
        for user in value.users:
            if not isinstance(user, Binary) or user.opcode != "fdiv" or user.flags:
                continue
            if user.operands[1] is not value or float_value(user.operands[0]) != 1.0:
                continue
            if self._is_there(user, at):
                return user
        return None

    def _call(self, name: str, operands: list[Value], type: Type, at: Instruction) -> Call | None:
        if self._calls is None:
            self._calls = self._gather()
        for call in self._calls.get((name, tuple(operands)), ()):
            if call.type is type and self._is_there(call, at):
                return call
        return None

    def _is_there(self, call: Instruction, at: Instruction) -> bool:
        """Has one instruction run whenever another instruction has, in the same iterations?"""
        shape = self.sweep.shape
        block, home = call.block, at.block
        assert block is not None
        assert home is not None
        loop = shape.loop_of.get(block)
        if loop is not None and home not in loop.blocks:
            return False  # of which iteration would the value be?
        if block is not home:
            return shape.dominates(block, home)
        first, last = sorted(map(block.place_of, (at, call)))
        return block.instructions[first] is call or not any(
            self._may_end(inst) for inst in block.instructions[first:last]
        )

    def _may_end(self, inst: Instruction) -> bool:
        """May it be the last one that runs?"""
        if not isinstance(inst, CallBase):
            return False
        callee = inst.callee
        if isinstance(callee, Global) and callee.name.startswith("llvm."):
            return False
        return self.reverse.activity.kind_of_call(inst) is not CallKind.RULE

    def _gather(self) -> dict[tuple[str, tuple[Value, ...]], list[Call]]:
        found: dict[tuple[str, tuple[Value, ...]], list[Call]] = {}
        activity = self.reverse.activity
        for block in self.sweep.shape.order:
            for inst in block.instructions:
                if not isinstance(inst, Call) or not isinstance(inst.type, FloatType):
                    continue
                callee = inst.callee
                if not isinstance(callee, Global) or callee.name in activity.known.like:
                    continue
                if activity.kind_of_call(inst) is not CallKind.RULE:
                    continue
                rule = activity.known.find(callee.name)
                if rule is not None and all(a.type is inst.type for a in inst.arguments):
                    found.setdefault((rule.name, tuple(inst.arguments)), []).append(inst)
        return found

    def _behind(self, call: Call, name: str, type: FloatType) -> Value | None:
        """A call of the other function of a pair, made in the forward sweep."""
        key = name, call
        if key not in self._made:
            copy = self.reverse.of(call)
            assert isinstance(copy, Call)
            block = copy.block
            assert block is not None
            kind = ty.function(type, (type,))
            symbol = self.reverse.module.declare(f"llvm.{name}.{_SUFFIX[type]}", kind, "")
            after = block.place_of(copy) + 1
            is_last = after == len(block.instructions)  # its end is not there yet
            behind = None if is_last else block.instructions[after]
            made = Builder(block, behind).call(symbol, kind, [copy.arguments[0]])
            self.sweep.beside[made] = copy
            self._made[key] = made
        return self._made[key]
