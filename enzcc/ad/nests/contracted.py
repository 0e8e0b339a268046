"""Products of the reverse sweep that are added at once are added without rounding in between.

    %t = fmul double %b, %p                  %t = fmul contract double %b, %p
    %s = fadd reassoc double %a, %t    -->   %s = fadd reassoc contract double %a, %t

Clang lets the processor do so within an expression of the source (`-ffp-contract=on`), so an
adjoint by hand has one instruction where one that is added up here and there would have two.
Numbers that decide something keep each rounding (`enzcc.ad.modes.exact`): they must be what they
were in the forward sweep. So does the forward sweep: what the primal computes is the program's.

What LLVM may add up in any order it takes for leave to multiply the constants of `(x * c) * d + s`
once they are fused, and these may be too large or too small for their type together: `x * c * d` is
then not fused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from enzcc.ad.modes.exact import decisive, unsigned
from enzcc.ad.nests.border import REVERSE
from enzcc.analysis.cfg import Loop, Shape
from enzcc.ir import types as ty
from enzcc.ir.builder import float_value
from enzcc.ir.function import Function
from enzcc.ir.instructions import Binary, FNeg, Instruction, Phi
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType
from enzcc.ir.values import Argument, Constant, Value
from enzcc.patterns import pattern

_FUSING: Final = ('"+fma', ",+fma")
"""What tells an x86 processor that has one instruction for both."""

_CYCLES: Final = {"fadd": 3, "fsub": 3, "fmul": 3, "fdiv": 13, "select": 1, "fneg": 1, "phi": 0}
"""About; 4 for others, as for both at once."""

_FAR: Final = 1 << 20
"""So long before the iteration is there what waits for none."""

_MOST: Final = 1e30
"""Constants, and what comes of several, between this and its inverse are numbers of any type."""

_TRIPLE: Final = pattern(r'^target triple = "([^"]*)"', re.MULTILINE)


def contract(module: Module, names: Iterable[str]) -> None:
    """Lets products and sums of the named functions be fused."""
    if not _may_fuse(module.text):
        return
    for name in names:
        if module.may_hold(name, " fmul ") and _rewrite(module, module.function(name)):
            module.function(name).name_everything()


def _rewrite(module: Module, function: Function) -> bool:
    shape = Shape(function)
    separate = decisive(module, function)
    for loop in shape.loops:
        if not loop.children and loop.header.name.startswith(REVERSE):
            separate.update(_awaited(shape, loop))
    changed = False
    for block in shape.order:
        if not block.name.startswith(REVERSE):
            continue
        for inst in block.instructions:
            if _is_arithmetic(inst) and inst not in separate and not _is_scaled_often(inst):
                words = inst.flags.split()
                if "contract" not in words and "fast" not in words:
                    inst.flags += "contract "
                    changed = True
    return changed


def _awaited(shape: Shape, loop: Loop) -> Iterator[Instruction]:
    """Sums of a chain from iteration to iteration whose product is there before the other number
    is: to add it takes less time than to multiply and add."""
    times: dict[Value, int] = {p: 0 for p in loop.header.phis() if isinstance(p.type, FloatType)}
    if not times:
        return
    for block in (b for b in shape.order if b in loop.blocks):
        for inst in block.instructions:
            if isinstance(inst, Phi) and block is loop.header:
                continue
            waits = [times[o] for o in inst.operands if o in times]
            if not waits or not ty.is_float(inst.type):
                continue
            times[inst] = max(waits) + _CYCLES.get(inst.opcode, 4)
            if not isinstance(inst, Binary) or inst.opcode not in ("fadd", "fsub"):
                continue
            one, other = inst.operands
            for product, late in ((one, other), (other, one)):
                if late in times and _is_product(product):
                    factors = [times[o] for o in product.operands if o in times]  # type: ignore[attr-defined]
                    if times[late] >= max(factors, default=-_FAR) + _CYCLES["fmul"]:
                        yield inst


def _is_product(value: Value) -> bool:
    return isinstance(value, Binary) and value.opcode == "fmul"


def _is_scaled_often(inst: Instruction) -> bool:
    """Is it a number times constants that may not be multiplied? (Arguments may be constants once
    the function is inlined.)"""
    scale, value, often = 1.0, unsigned(inst), 0
    while isinstance(value, Binary) and value.opcode in ("fmul", "fdiv"):
        one, other = (isinstance(unsigned(o), Constant | Argument) for o in value.operands)
        if one is other or (one and value.opcode == "fdiv"):
            break
        by = float_value(value.operands[other])
        often += 1
        scale = 0.0 if not by else scale * by if value.opcode == "fmul" else scale / by
        if often > 1 and not 1 / _MOST < abs(scale) < _MOST:
            return True
        value = unsigned(value.operands[one])
    return False


def _may_fuse(text: str) -> bool:
    """Does the machine fuse? Where none can, all stays as it is."""
    triple = _TRIPLE.search(text)
    if triple is None or triple[1].startswith(("x86_64", "i")):
        return any(feature in text for feature in _FUSING)
    return True


def _is_arithmetic(inst: Instruction) -> bool:
    """Not a number less itself: that asks whether it is infinite (`enzcc.ad.nests.hopeful`)."""
    if isinstance(inst, Binary) and inst.opcode in ("fadd", "fsub", "fmul"):
        return inst.operands[0] is not inst.operands[1] or inst.opcode != "fsub"
    return isinstance(inst, FNeg)
