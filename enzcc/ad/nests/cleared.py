"""Memory that a caller of derivatives clears: stores in place of a call, if it is not much.

    memset(row, 0, sizeof *row);                 row's bytes = 0, 16 at a time
    gradient(x, row);                    -->     gradient(x, row);

Derivatives are added to shadows, so these are cleared right in front of the call: written by the
library's `memset` in the widest pieces the machine has, read again in narrower ones that begin and
end elsewhere. A processor can hand on what it has not written to the cache yet only if the read
lies within one write, and waits otherwise. LLVM's own stores are no wider than what reads them;
it makes them for a few bytes less than most structs of derivatives have.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from enzcc.ir.function import Function
from enzcc.ir.instructions import Call
from enzcc.ir.module import Module
from enzcc.ir.values import ConstantInt, is_zero
from enzcc.patterns import pattern

MOST: Final = 512
"""Bytes; 32 stores, where vectors have 16."""

_ALIGNED: Final = pattern(r"\balign (?!1 |2 )")
"""Elsewhere some machines store byte by byte."""

_SMALL_CODE: Final = pattern(r"\b(?:optsize|minsize)\b")
_GROUP: Final = pattern(r"#\d+")

CLEAR: Final = "llvm.memset.p0."
CLEAR_HERE: Final = "llvm.memset.inline.p0."


def clear_in_place(module: Module, names: Iterable[str]) -> None:
    """Lets callers of the named functions clear little memory without a call."""
    made = {name for name in names if module.defines(name)}
    others = [name for name in module.functions_with_bodies() if name not in made]
    for caller in module.mentioning(made, others):
        if module.may_hold(caller, f"@{CLEAR}"):
            _rewrite(module, module.function(caller))


def _rewrite(module: Module, function: Function) -> None:
    words = [function.header, function.trailer]
    words += [module.attribute_group(g) for g in _GROUP.findall(function.trailer)]
    if any(map(_SMALL_CODE.search, words)):
        return
    for inst in function.instructions():
        if isinstance(inst, Call) and inst.called.startswith(CLEAR) and _is_small(inst):
            kind = inst.called.removeprefix(CLEAR)
            inst.set_operand(
                len(inst.operands) - 1, module.declare(f"{CLEAR_HERE}{kind}", inst.function_type)
            )


def _is_small(call: Call) -> bool:
    _, value, size, volatile = call.arguments
    return (
        _ALIGNED.search(call.attributes[0]) is not None
        and isinstance(size, ConstantInt)
        and 0 < size.value <= MOST
        and is_zero(value)
        and is_zero(volatile)
    )
