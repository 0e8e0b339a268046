"""Derivatives of LLVM's floating instructions, and of intrinsics that only hand a value on.

Keys are opcodes (`fmul`), or intrinsics' names without type (`llvm.canonicalize`).
"""

from __future__ import annotations

from typing import Final

from enzcc.rules.algebra import gt, lt, named, r, ratio, where, x, y
from enzcc.rules.libm import q_fmod
from enzcc.rules.table import Row, join, kink, rule, table

fadd, fsub, fmul, fdiv, frem, fneg = named("fadd fsub fmul fdiv frem fneg")

# fmt: off
INSTRUCTIONS: Final = table(
    # primal      by the first argument   by the second
    (fneg(x),     -1),
    (fadd(x, y),  1,                      1),
    (fsub(x, y),  1,                      -1),
    (fmul(x, y),  y,                      x),
    (fdiv(x, y),  1 / y,                  -(r / y)),
    (frem(x, y),  1,                      -q_fmod,
                  kink("x a multiple of y", "the derivative of the piece that r belongs to")),
)
# fmt: on

(_same,) = named("same")
_minimum: Row = (named("min")[0](x, y), where(lt(x, y), 1, 0), where(lt(x, y), 0, 1))
_maximum: Row = (named("max")[0](x, y), where(gt(x, y), 1, 0), where(gt(x, y), 0, 1))
_TIE: Final = kink(
    "x = y", "0 for the first argument, 1 for the second, as the instruction chooses"
)

_rcp, _rsqrt = named("rcp rsqrt")

INTRINSICS: Final = join(
    [
        {name: rule(name, (_same(x), 1))}
        for name in ("llvm.canonicalize", "llvm.arithmetic.fence", "llvm.ssa.copy")
    ]
    + [
        {name: rule(name, row)}
        for stem, row in (("rcp", (_rcp(x), -r * r)), ("rsqrt", (_rsqrt(x), ratio(-1, 2) * r / x)))
        for name in (f"llvm.x86.sse.{stem}.ps", f"llvm.x86.avx.{stem}.ps.256")
    ]
    + [
        {name: rule(name, (*row, _TIE))}
        for stem, row in (("min", _minimum), ("max", _maximum))
        for name in (
            f"llvm.x86.sse.{stem}.ps",
            f"llvm.x86.sse2.{stem}.pd",
            f"llvm.x86.avx.{stem}.ps.256",
            f"llvm.x86.avx.{stem}.pd.256",
        )
    ]
)
"""The identities, x86's own approximate reciprocals, and its minimum and maximum (the second
operand wins a tie and a NaN)."""
