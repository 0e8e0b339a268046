"""Powers of two in products of the reverse sweep are multiplied when it is compiled.

    %h = fmul double %d, 0.5
    %t = fmul double %h, 2.0       -->      %t is %d

    %q = fdiv double 0.5, %r
    %t = fmul double %q, 2.0       -->      %t = fdiv double 1.0, %r

Squares, roots and energies bring them: each is time in a chain of adjoints. Such a product is exact
but where it is too large or too small for its type, and there one product less is better, so that
only numbers that decide something (`enzcc.ad.modes.exact`) are left as the forward sweep has them.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import frexp, isfinite
from typing import Final

from enzcc.ad.modes.exact import decisive
from enzcc.ad.nests.border import REVERSE
from enzcc.analysis.cfg import Shape
from enzcc.ir.builder import Builder, const_float, float_value
from enzcc.ir.function import Function
from enzcc.ir.instructions import Binary, Instruction
from enzcc.ir.module import Module
from enzcc.ir.types import DOUBLE, FLOAT
from enzcc.ir.values import Value

_MOST: Final = 1e30
"""Larger factors are left alone, also where they would come of two: each type has all others."""


def scale_once(module: Module, names: Iterable[str]) -> None:
    """Puts such products together in the named functions."""
    for name in names:
        if module.may_hold(name, " fmul ") and _rewrite(module, module.function(name)):
            module.function(name).name_everything()


def _rewrite(module: Module, function: Function) -> bool:
    found = [
        inst
        for block in Shape(function).order
        if block.name.startswith(REVERSE)
        for inst in block.instructions
        if _scale(inst) is not None and _is_scaled(inst.operands[0])
    ]
    if not found:
        return False
    exact = decisive(module, function)
    changed = False
    for inst in found:
        if inst not in exact:
            changed |= _put_together(inst)
    return changed


def _scale(value: Value) -> float | None:
    """The power of two that a number is multiplied by."""
    if not isinstance(value, Binary) or value.opcode != "fmul" or value.type not in (DOUBLE, FLOAT):
        return None
    factor = float_value(value.operands[1])
    if factor is None or not isfinite(factor) or abs(frexp(factor)[0]) != 0.5:
        return None
    return factor if 1 / _MOST < abs(factor) < _MOST else None


def _is_scaled(value: Value) -> bool:
    return _scale(value) is not None or _dividend(value) is not None


def _dividend(value: Value) -> float | None:
    """The constant that is divided."""
    if not isinstance(value, Binary) or value.opcode != "fdiv":
        return None
    number = float_value(value.operands[0])
    return number if number is not None and 1e-6 < abs(number) < 1e6 else None


def _put_together(inst: Instruction) -> bool:
    inner, outer = inst.operands[0], _scale(inst)
    block = inst.block
    if outer is None or block is None or not isinstance(inner, Binary) or not _is_scaled(inner):
        return False
    first = _scale(inner)
    made: Value
    if first is None:
        dividend = _dividend(inner)
        assert dividend is not None
        if any(_scale(user) != outer for user in inner.users):
            return False  # there would be two divisions
        number = const_float(inst.type, dividend * outer)
        made = Builder(block, inst).put(
            Binary("fdiv", inst.type, (number, inner.operands[1]), inner.flags)
        )
    elif first * outer == 1:
        made = inner.operands[0]
    elif not 1 / _MOST < abs(first * outer) < _MOST:
        return False
    else:
        inst.set_operand(1, const_float(inst.type, first * outer))
        inst.set_operand(0, inner.operands[0])
        return True
    inst.replace_with(made)
    inst.erase()
    return True
