"""Other names of the same symbol: what uses an alias uses what it stands for."""

from __future__ import annotations

from typing import Final

from enzcc.ir.imports import renamed
from enzcc.ir.module import Module
from enzcc.ir.names import unquoted
from enzcc.patterns import pattern

_TARGET: Final = pattern(r" alias .*, ptr @(\"[^\"]*\"|[-\w$.]+)(?:, .*)?$")
_REPLACEABLE: Final = frozenset(("weak", "linkonce", "extern_weak", "available_externally"))


def without_aliases(text: str) -> str:
    """The module with the targets of its aliases in their places; the aliases themselves stay.

    An alias that another file may define otherwise (a weak one) is left alone, and so is one of a
    place within a variable.
    """
    if " alias " not in text:
        return text
    module = Module.parse(text)
    targets: dict[str, str] = {}
    for name in module.symbols():
        symbol = module.symbol(name)
        if symbol.kind != "alias" or symbol.linkage in _REPLACEABLE:
            continue
        found = _TARGET.search(symbol.line)
        if found is not None:
            targets[name] = unquoted(found[1])
    for name in targets:  # aliases of aliases
        seen = {name}
        while targets[name] in targets and targets[name] not in seen:
            seen.add(targets[name])
            targets[name] = targets[targets[name]]
    if not targets:
        return text
    return "".join(
        piece if name in targets or kind == "text" else renamed(piece, targets)
        for kind, name, piece in module.pieces()
    )
