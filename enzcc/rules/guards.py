"""Products and quotients of derivatives in which zero wins, as functions of their own.

    enzcc.times(d, p)   0 where d is 0, else d * p
    enzcc.both(a, b)    0 where a or b is 0, else a * b
    enzcc.over(d, y)    0 where d is 0, else d / y

A derivative that will be differentiated again contains calls of these in place of comparisons: a
comparison with zero has no derivative, but the product behind it has one at zero too,

    times(d, p)' = times(d', p) + both(d, p')
    both(a, b)'  = both(a', b) + both(a, b')
    over(d, y)'  = over(d' - both(r, y'), y)        with r = over(d, y)

When all derivatives are there, each becomes its definition.
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from enzcc.ir.types import Type, VectorType
from enzcc.rules.algebra import named, r, x, y
from enzcc.rules.table import Rule, table

PREFIX: Final = "enzcc."
TIMES: Final = "times"
BOTH: Final = "both"
OVER: Final = "over"

_times, _both, _over = named(f"{TIMES} {BOTH} {OVER}")

# fmt: off
GUARDS: Final[Mapping[str, Rule]] = table(
    # primal         by the first argument   by the second (the zero rule is the engine's)
    (_times(x, y),   y,                      x),
    (_both(x, y),    y,                      x),
    (_over(x, y),    1 / y,                  -(r / y)),
)
# fmt: on


def guard_symbol(guard: str, type: Type) -> str:
    """The function's name for a floating type or a vector of one."""
    if isinstance(type, VectorType):
        lanes = f"{'nx' if type.scalable else ''}v{type.count}"
        return f"{PREFIX}{guard}.{lanes}{type.element}"
    return f"{PREFIX}{guard}.{type}"


def guard_of(symbol: str) -> str | None:
    """Which of the three a symbol is, None if it is none."""
    if not symbol.startswith(PREFIX):
        return None
    name = symbol[len(PREFIX) :].split(".", 1)[0]
    return name if name in GUARDS else None


def guard_definition(guard: str, type: Type) -> str:
    """The function's text, to be inlined."""
    symbol = guard_symbol(guard, type)
    opcode = "fdiv" if guard == OVER else "fmul"
    bits = f"<{type.count} x i1>" if isinstance(type, VectorType) else "i1"
    if isinstance(type, VectorType) and type.scalable:
        bits = f"<vscale x {type.count} x i1>"
    lines = [
        f"define internal {type} @{symbol}({type} %a, {type} %b) alwaysinline nounwind {{",
        f"  %made = {opcode} {type} %a, %b",
        f"  %first = fcmp oeq {type} %a, zeroinitializer",
    ]
    none = "%first"
    if guard == BOTH:
        lines.append(f"  %second = fcmp oeq {type} %b, zeroinitializer")
        lines.append(f"  %either = or {bits} %first, %second")
        none = "%either"
    lines.append(f"  %result = select {bits} {none}, {type} zeroinitializer, {type} %made")
    lines.append(f"  ret {type} %result")
    return "\n".join([*lines, "}"])
