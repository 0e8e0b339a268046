"""Weak functions, which another file may define otherwise.

    __attribute__((weak)) double law(double x) { return x * x; }       this file
    double law(double x) { return x * x * x; }                         another file: this one counts

A derivative is made from the definition that its file has. The linker has decided between them when
the derivative starts: if the function's name leads elsewhere than an alias of that definition, the
program ends. (The alias is weak as well, so that the same function in several files, from a header,
is one.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from enzcc.ad.iterations.captured import reachable
from enzcc.ad.names import original
from enzcc.ir import types as ty
from enzcc.ir.names import quoted

if TYPE_CHECKING:
    from enzcc.ad.engine import Engine
    from enzcc.ir.builder import Builder
    from enzcc.ir.values import Value


def check_own(engine: Engine, emit: Builder, root: str) -> None:
    """Code that ends the program where the definition of a weak function that is reached from the
    user's function behind `root` is not that of this file."""
    module, user = engine.module, original(root)
    if not engine.has_weak_functions:
        return
    for name in reachable(module, user):
        if module.symbol(name).linkage != "weak":
            continue
        own = f"{name}..own"
        if not module.has_symbol(own):
            module.add_global_text(f"@{quoted(own)} = weak hidden alias i8, ptr @{quoted(name)}")
        text = (
            f"the derivative of '{user}' was made with the weak function '{name}' as its own file"
            " defines it, and another file has replaced that: compile and link with -fenzcc-link"
        )
        require_same(engine, emit, module.symbol(name), module.symbol(own), text)


def require_same(engine: Engine, emit: Builder, address: Value, wanted: Value, text: str) -> None:
    """Code that ends the program with that text where two addresses differ."""
    helper_type = ty.function(ty.VOID, (ty.PTR, ty.PTR, ty.PTR))
    engine.use_runtime()
    helper = engine.module.declare("__enzcc_require_same", helper_type)
    emit.call(helper, helper_type, [address, wanted, engine.module.text_constant(text)])
