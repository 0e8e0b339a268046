"""Where the pointers go that functions with derivatives by hand are given.

    double *row(double *x, int i) { return x + 8 * i; }      what comes back leads to `x`
    void attach(struct view *v, double *x) { v->x = x; }     so does what lies in `v` afterwards

Nothing looks into such a function for its derivative, but which memory a pointer leads to has to be
known all the same. Its body tells, simplified by LLVM. Most move numbers only; nothing is looked at
then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from enzcc import llvm
from enzcc.ad.iterations.captured import reachable
from enzcc.ad.names import kept
from enzcc.ir.module import Module
from enzcc.ir.names import quoted
from enzcc.ir.types import PointerType
from enzcc.markers.words import contains
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ir.function import Function

_SLOT: Final = pattern(r"^  (%\S+) = alloca ptr", re.MULTILINE)
_STORED: Final = pattern(r"^  store [^\n]*?\bptr\b[^\n]*?, ptr ([^,\n]+)", re.MULTILINE)
_AS_WORD: Final = pattern(r" = load (?!ptr\b)[^,]+, ptr (%[^,\s]+)")
_MOVED: Final = pattern(r"@llvm\.mem|\b(?:ptrtoint|atomic|atomicrmw|cmpxchg)\b")
_METADATA: Final = pattern(r"(?: #\d+)?(?:, ![\w.]+ !\d+)*$", re.MULTILINE)


def moving_bodies(text: str, names: Iterable[str]) -> dict[str, Function]:
    """The bodies of those of these functions that may move pointers, and of what they call: by the
    names that calls have for them."""
    module = Module.parse(text)
    found = [n for n in names if module.defines(n) and _may_move(module, n)]
    if not found:
        return {}
    text = llvm.function_attributes(lasting(text, found))[0]
    simplified = Module.parse(_METADATA.sub("", text))
    out: dict[str, Function] = {}
    for name in found:
        for called in reachable(simplified, name):
            out[called] = simplified.function(called)
        out[kept(name)] = out[name]
    return out


def lasting(text: str, names: Iterable[str]) -> str:
    """The module where LLVM does not drop these functions when nobody calls them any more."""
    spelled = "|".join(re.escape(quoted(name)) for name in names)
    return re.sub(
        rf"^define (?:internal|linkonce_odr|linkonce) (?=[^\n]*@(?:{spelled})\()",
        "define ",
        text,
        flags=re.MULTILINE,
    )


def _may_move(module: Module, name: str) -> bool:
    """May a function return a pointer, or store one in memory that others see?"""
    if contains(module.interface(name).type.result, PointerType):
        return True
    for called in reachable(module, name):
        body = module.body_text(called)
        slots = set(_SLOT.findall(body))
        if (
            _MOVED.search(body)
            or any(m[1] not in slots for m in _STORED.finditer(body))
            or any(m[1] in slots for m in _AS_WORD.finditer(body))
        ):
            return True
    return False
