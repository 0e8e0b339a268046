"""How LLVM spells names. We keep them in LLVM's escaped form, without sigil and quotes."""

from __future__ import annotations

import re
from functools import lru_cache

_PLAIN = re.compile(r"[-a-zA-Z._][-a-zA-Z._0-9]*|\d+")


@lru_cache(maxsize=65536)
def quoted(name: str) -> str:
    """A name as LLVM spells it after its sigil: quoted where a plain word would not do.

    Names are kept in LLVM's escaped form (`\\22` for a quote), so that text goes in and out as it is.
    """
    return name if _PLAIN.fullmatch(name) else f'"{name}"'


@lru_cache(maxsize=65536)
def unquoted(spelled: str) -> str:
    """The name behind a spelling without sigil: the inverse of `quoted`.

    Only digits inside quotes are a name and not a number; its first digit is escaped to say so.
    """
    if spelled[:1] != '"':
        return spelled
    name = spelled[1:-1]
    return f"\\{ord(name[0]):02X}{name[1:]}" if name.isdigit() else name
