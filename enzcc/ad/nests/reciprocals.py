"""Divisions of the reverse sweep by the same number, as products with its reciprocal.

    a / y                    i = 1 / y
    b / y         -->        a * i
    c / y                    b * i, c * i

The adjoint of a quotient, of a logarithm or a root divides, often several times by the same
number, or in each iteration by one that does not change, or by a constant. Where the iterations of
a loop wait for each other's adjoints, the reciprocal is there before they are, and a product takes
a third of the time. A product is off by half a unit more. (Where `y` is so small that its
reciprocal is infinite, so is the partial of `a / y`.)
Blocks of the forward sweep are left alone: what the primal computes is the program's. So are
divisions whose quotient decides something (`enzcc.ad.modes.exact`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from enzcc.ad.modes.exact import decisive
from enzcc.ad.nests.border import REVERSE
from enzcc.analysis.cfg import Loop, Shape
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_float, float_value
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Binary, Instruction, Load, Phi, Store, root_of
from enzcc.ir.module import Module
from enzcc.ir.types import DOUBLE, FLOAT, FloatType
from enzcc.ir.values import Constant, Value

ENOUGH: Final = 2
"""So many divisions in a block are worth a reciprocal; in a loop without a change of it, one is."""

MOST_OPERANDS: Final = 100
"""So many instructions are looked at to find where a number comes from."""


def with_reciprocals(module: Module, names: Iterable[str]) -> None:
    """Puts such products into the named functions."""
    for name in names:
        if module.may_hold(name, " fdiv "):
            _rewrite(module, module.function(name))


def _rewrite(module: Module, function: Function) -> None:
    shape = Shape(function)
    exact = decisive(module, function)
    changed = False
    for block in shape.order:
        if not block.name.startswith(REVERSE):
            continue
        loop = shape.loop_of.get(block)
        for divisor, divisions in _divisions(block, exact).items():
            if isinstance(divisor, Constant):
                changed |= _multiply(divisor, divisions)
            elif (
                len(divisions) >= ENOUGH
                or _is_fixed(divisor, loop)
                or _is_waited_for(divisions[0].operands[0], divisor, loop)
            ):
                _replace(divisions)
                changed = True
    if changed:
        function.name_everything()


def _divisions(block: Block, exact: set[Value]) -> dict[Value, list[Binary]]:
    found: dict[Value, list[Binary]] = {}
    for inst in block.instructions:
        if not isinstance(inst, Binary) or inst.opcode != "fdiv" or inst in exact:
            continue
        if isinstance(inst.type, FloatType):
            found.setdefault(inst.operands[1], []).append(inst)
    return found


def _is_fixed(value: Value, loop: Loop | None) -> bool:
    if loop is None:
        return False
    return not isinstance(value, Instruction) or value.block not in loop.blocks


def _is_waited_for(dividend: Value, divisor: Value, loop: Loop | None) -> bool:
    """Does a dividend come from the iteration before, and what it is divided by does not?"""
    if loop is None or loop.children:
        return False
    roots = {
        root_of(i.pointer) for b in loop.blocks for i in b.instructions if isinstance(i, Store)
    }
    return _is_carried(dividend, loop, roots) and not _is_carried(divisor, loop, roots)


def _is_carried(value: Value, loop: Loop, stored: set[Value]) -> bool:
    seen: set[Value] = set()
    work = [value]
    while work and len(seen) < MOST_OPERANDS:
        inst = work.pop()
        if inst in seen or not isinstance(inst, Instruction) or inst.block not in loop.blocks:
            continue
        seen.add(inst)
        if isinstance(inst, Phi) and inst.block is loop.header:
            if ty.is_float(inst.type):
                return True
        elif isinstance(inst, Load):
            if root_of(inst.pointer) in stored:
                return True
        else:
            work += inst.operands
    return False


def _multiply(divisor: Constant, divisions: list[Binary]) -> bool:
    """Products with the reciprocal of a constant, where that is as good a number."""
    number = float_value(divisor)
    largest = 1e307 if divisor.type is DOUBLE else 1e37 if divisor.type is FLOAT else 0.0
    if number is None or not largest or not 1 / largest < abs(number) < largest:
        return False
    for division in divisions:
        _put(division, const_float(divisor.type, 1 / number))
    return True


def _replace(divisions: list[Binary]) -> None:
    first = divisions[0]
    assert first.block is not None
    one = const_float(first.type, 1.0)
    divisor = first.operands[1]  # which may have been replaced itself
    inverse = Builder(first.block, first).put(Binary("fdiv", first.type, (one, divisor)))
    for division in divisions:
        _put(division, inverse)


def _put(division: Binary, inverse: Value) -> None:
    block = division.block
    assert block is not None
    dividend = division.operands[0]
    product: Value = inverse
    if float_value(dividend) != 1.0:
        emit = Builder(block, division)
        product = emit.put(Binary("fmul", division.type, (dividend, inverse), division.flags))
    division.replace_with(product)
    division.drop_operands()
    block.instructions.remove(division)
