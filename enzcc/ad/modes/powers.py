"""Powers of one number, multiplied step by step, have one derivative.

    p = c * u,  q = p * u,  r = q * u        bu += (3 * br) q

and neither `q` nor `p` has an adjoint to pass on if nothing else uses it. Product by product, each
step would add to the adjoint of `u` anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, final

from enzcc.analysis.activity import Activity
from enzcc.ir import types as ty
from enzcc.ir.builder import const_float, float_value
from enzcc.ir.instructions import Binary, Call, CallBase, Compare, FNeg, Instruction
from enzcc.ir.values import Value
from enzcc.rules import INSTRUCTIONS

if TYPE_CHECKING:
    from enzcc.ad.modes.adjoints import Adjoints

DEEPEST: Final = 8
"""Steps from a power to its number."""


_LARGEST: Final[dict[ty.Type, float]] = {
    ty.HALF: 1e2,
    ty.BFLOAT: 1e30,
    ty.FLOAT: 1e30,
    ty.DOUBLE: 1e300,
}
"""What a number may be multiplied by, or divided, so that multiples of that are numbers, too."""

_FINEST: Final = 1 << 12
"""The smallest part of one that counts in numbers that hold more than a double does."""


class Power(NamedTuple):
    """An operand of a product, `factor * base`; the other is a product with `degree - 1` bases."""

    base: Value
    degree: int
    position: int
    factor: float


@final
class Powers:
    """The powers of one function."""

    def __init__(self, activity: Activity, is_active: Callable[[Value], bool]) -> None:
        self.activity, self.is_active = activity, is_active
        self._found: dict[Instruction, Power | None] = {}
        self._silent: dict[Instruction, bool] = {}

    def find(self, inst: Instruction) -> Power | None:
        """What power the result, or the product in it, is."""
        if inst not in self._found:
            self._found[inst] = self._find(inst)
        return self._found[inst]

    def is_silent(self, inst: Instruction) -> bool:
        """Do all that use the value pass its adjoint by?"""
        if inst not in self._silent:
            users = [u for u in inst.users if not isinstance(u, Compare)]
            passed = bool(users) and all(self._passes_by(u, inst) for u in users)
            self._silent[inst] = passed and not self._is_base(inst)
        return self._silent[inst]

    def _is_base(self, value: Instruction) -> bool:
        """Is it the number that some power gives its adjoint to, maybe past multiples of it?"""
        work = [value]
        for one in work:
            for user in one.users:
                power = self.find(user)
                if power is not None and power.base is value:
                    return True
                if user.block is value.block and self._is_step(user) and user not in work:
                    work.append(user)
        return False

    def _passes_by(self, user: Instruction, value: Instruction) -> bool:
        power = self.find(user)
        if power is not None:
            fused = isinstance(user, CallBase) and user.arguments[2] is value
            return not fused and value is not power.base
        return self._is_step(user) and user.block is value.block and self.is_silent(user)

    def _is_step(self, inst: Value) -> bool:
        if not isinstance(inst, Instruction) or not ty.is_float(inst.type):
            return False
        match inst:
            case FNeg() | Binary(opcode="fmul"):
                return True
            case Binary(opcode="fdiv"):
                return float_value(inst.operands[1]) is not None
        return False

    def _find(self, inst: Instruction) -> Power | None:
        if isinstance(inst, Binary) and inst.opcode == "fmul":
            a, b = inst.operands
        elif isinstance(inst, Call) and self.activity.rule_name(inst) == "fma":
            a, b = inst.arguments[:2]
        else:
            return None
        for position, (last, rest) in enumerate(((a, b), (b, a))):
            base, factor = self._linear(last, inst)
            if base is rest or not self.is_active(base):
                continue
            degree = self._degree(rest, base, inst, DEEPEST)
            if degree:
                return Power(base, degree + 1, position, factor)
        return None

    def _linear(self, value: Value, at: Instruction) -> tuple[Value, float]:
        """A number, and what it is multiplied by."""
        factor = 1.0
        while isinstance(value, Instruction) and value.block is at.block:
            if isinstance(value, FNeg):
                following, by = value.operands[0], -1.0
            elif isinstance(value, Binary) and value.opcode == "fmul":
                constants = [(o, float_value(o)) for o in value.operands]
                known = [(i, c) for i, (_, c) in enumerate(constants) if c is not None]
                if len(known) != 1:
                    break
                index, by = known[0]
                following = value.operands[1 - index]
            else:
                break
            if not _is_plain(factor * by, at.type):
                break
            value, factor = following, factor * by
        return value, factor

    def _degree(self, value: Value, base: Value, at: Instruction, depth: int) -> int | None:
        """How often the number is a factor of the value, all else of which is constant."""
        if value is base:
            return 1
        if not self.is_active(value):
            return 0
        if not depth or not isinstance(value, Instruction) or value.block is not at.block:
            return None
        if not self._is_step(value):
            return None
        operands = value.operands[:1] if value.opcode == "fdiv" else value.operands
        degrees = [self._degree(o, base, at, depth - 1) for o in operands]
        total = 0
        for degree in degrees:
            if degree is None:
                return None
            total += degree
        return total


def _is_plain(factor: float, kind: ty.Type) -> bool:
    """Are multiples of the factor, as constants of a kind, as good as a chain of products?"""
    largest = _LARGEST.get(ty.scalar(kind))
    if largest is not None:
        return 1 / largest < abs(factor) < largest
    return (factor * _FINEST).is_integer() and abs(factor) < _FINEST**2


def visit_power(ad: Adjoints, inst: Instruction) -> bool:
    """The adjoint of a power, or of a step to others; False if the instruction is neither."""
    powers = ad.powers
    if powers.is_silent(inst):
        return True
    power = powers.find(inst)
    if power is None:
        return _visit_square(ad, inst)
    br = ad.take(inst)
    by_last = INSTRUCTIONS["fmul"].partials[power.position]
    amount = ad.contribution(inst, by_last, br, power.base.type)
    factor = const_float(amount.type, power.degree * power.factor)
    ad.give(power.base, ad.emit.fmul(amount, factor))
    if isinstance(inst, CallBase):
        ad.give(inst.arguments[2], br)
    return True


def _visit_square(ad: Adjoints, inst: Instruction) -> bool:
    """The adjoint of a square, maybe added to something; False if it is none. That of the result is
    doubled, which is exact (but for the largest numbers), and the same for all squares in a sum."""
    is_fused = isinstance(inst, CallBase)
    if not (is_fused and ad.activity.rule_name(inst) == "fma") and inst.opcode != "fmul":
        return False
    base, other = (inst.arguments if isinstance(inst, CallBase) else inst.operands)[:2]
    if base is not other or ty.scalar(inst.type) not in (ty.FLOAT, ty.DOUBLE):
        return False  # others are soon too large
    br = ad.take(inst)
    twice = ad.emit.fmul(br, const_float(br.type, 2.0))
    ad.give(base, ad.contribution(inst, INSTRUCTIONS["fmul"].partials[0], twice, base.type))
    if isinstance(inst, CallBase):
        ad.give(inst.arguments[2], br)
    return True
