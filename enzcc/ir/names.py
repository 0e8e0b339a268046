"""How LLVM spells names. We keep them escaped as LLVM does (`\\22` for a quote), without sigil and
quotes, so that they go in and out as they are."""

from __future__ import annotations

from functools import lru_cache

from enzcc.patterns import pattern

_PLAIN = pattern(r"[-a-zA-Z._][-a-zA-Z._0-9]*|\d+")


@lru_cache(maxsize=65536)
def quoted(name: str) -> str:
    """A name as LLVM spells it after its sigil: quoted where a plain word would not do."""
    return name if _PLAIN.fullmatch(name) or name[:1] == '"' else f'"{name}"'


@lru_cache(maxsize=65536)
def unquoted(spelled: str) -> str:
    """The name behind a spelling without sigil: the inverse of `quoted`.

    Digits in quotes are a name, digits without a number; to tell them apart such a name keeps its
    quotes (a quote inside a name is always escaped).
    """
    return spelled[1:-1] if spelled[:1] == '"' and not spelled[1:-1].isdigit() else spelled
