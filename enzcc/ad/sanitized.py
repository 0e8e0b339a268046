"""Stores of arguments, which AddressSanitizer moves to the start of a function.

    %dp = alloca double
    store i64 0, ptr %dp                  ; the shadow of a variable is cleared
    store double %dx, ptr %dp             ; and gets the tangent of an argument

Of a variable that it does not look at (LLVM knows that all accesses are within it), the pass takes
the store of an argument for the one store at the start that clang makes, and puts it in front of
all others: the tangent would be cleared. It moves no store over a statement that is none, so one
that does nothing is put between.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from enzcc.ir import types as ty
from enzcc.ir.builder import Builder
from enzcc.ir.function import Function
from enzcc.ir.instructions import Alloca, Cast, Store
from enzcc.ir.module import Module
from enzcc.ir.values import Argument, Value
from enzcc.patterns import pattern

_SANITIZED: Final = "sanitize_address"
_GROUP: Final = pattern(r"#\d+")


def keep_in_order(module: Module, names: Iterable[str]) -> None:
    """Lets stores of arguments in the named functions stay behind other stores to the variable."""
    if _SANITIZED not in module.text:
        return
    for name in names:
        if module.defines(name):
            function = module.function(name)
            words = (module.attribute_group(g) for g in _GROUP.findall(function.trailer))
            if any(_SANITIZED in word for word in (function.trailer, *words)):
                _part(module, function)


def _part(module: Module, function: Function) -> None:
    stored = set[Value]()
    for inst in function.entry.instructions:
        match inst:
            case Alloca() | Cast():
                pass
            case Store():
                value = inst.value.operands[0] if isinstance(inst.value, Cast) else inst.value
                if inst.pointer in stored and isinstance(value, Argument):
                    kind = ty.function(ty.VOID, ())
                    nothing = module.declare("llvm.sideeffect", kind)
                    Builder(function.entry, inst).call(nothing, kind, [])
                    return
                stored.add(inst.pointer)
            case _:
                return
