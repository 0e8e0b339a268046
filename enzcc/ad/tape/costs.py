"""What it costs to keep values, and to compute them once more: the weights of the minimum cut.

In units of half an addition.
"""

from __future__ import annotations

from typing import Final

from enzcc.ir import types as ty
from enzcc.ir.instructions import (
    Binary,
    Call,
    Cast,
    Compare,
    ExtractValue,
    GetElementPtr,
    InsertValue,
    Load,
    Phi,
)
from enzcc.ir.values import Value

KEEP: Final = 16
KEEP_BYTE: Final = 4
"""What it costs to keep a value on the tape: a store, a load, their addresses, the traffic; and the
forward sweep, which often has nothing else to do."""

RUNNING_KEEP: Final = 6
RUNNING_BYTE: Final = 1
"""The same in a loop that runs in the forward sweep in any case, to keep something else."""

BESIDE: Final = 25
"""What the second of two functions costs that are computed together (enzcc.ad.modes.reused)."""

FRAME: Final = 90
"""What it costs beyond that in a split function, which may need no frame on the tape otherwise."""

CALL: Final = 150
ROOT: Final = 36
DIVISION: Final = 20
SHARED_DIVISION: Final = 10
"""What `x / y` costs if its adjoint divides by y, too: one reciprocal serves both."""

LOAD: Final = 6
LATE: Final = 3
"""A value that is found in the column of another."""

_CHEAP_CALLS: Final = (
    "llvm.fabs.", "llvm.copysign.", "llvm.fma.", "llvm.fmuladd.", "llvm.minnum.", "llvm.maxnum.",
    "llvm.minimum.", "llvm.maximum.", "llvm.smin.", "llvm.smax.", "llvm.umin.", "llvm.umax.",
    "llvm.abs.", "llvm.uadd.", "llvm.usub.", "llvm.sadd.", "llvm.ssub.", "llvm.fshl.", "llvm.fshr.",
    "llvm.ctpop.", "llvm.ctlz.", "llvm.cttz.", "llvm.bswap.", "llvm.bitreverse.",
)  # fmt: skip
_ROOTS: Final = ("sqrt", "sqrtf", "llvm.sqrt.f64", "llvm.sqrt.f32")


def of(value: Value) -> int:
    """What it costs to compute a value once."""
    match value:
        case Load():
            return LOAD
        case Call():
            callee = getattr(value.callee, "name", "")
            return 2 if callee.startswith(_CHEAP_CALLS) else ROOT if callee in _ROOTS else CALL
        case Binary(opcode="fdiv" | "frem" | "sdiv" | "udiv" | "srem" | "urem"):
            return DIVISION
        case Phi():
            return 3
        case Cast() | GetElementPtr() | Compare() | ExtractValue() | InsertValue():
            return 1
    return 1 if ty.is_int(value.type) else 2
