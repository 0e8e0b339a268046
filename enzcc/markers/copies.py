"""Do functions of a linked module come from one piece of source (a header with `static` ones)?

    @by_hand, @by_hand.enzcc.1a2b3c4d.1     one function each of two files, named apart when linked

Their code has to be the same, word by word, with types written out, and so has what it names: local
functions and constants with such names. Debug information, notes for alias analysis and groups of
attributes are not compared, as files are compiled with options of their own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from enzcc.ir.names import quoted, unquoted
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ir.module import Module

_COPY: Final = pattern(r"\.enzcc\.[0-9a-f]{8}\.\d+$")
_ASIDE: Final = pattern(r"^ *#dbg_.*\n|,? ![\w.]+ !\w+(?=[,\s])| #\d+(?=[\s,])", re.MULTILINE)
_SYMBOL: Final = pattern(r'@("[^"\n]*"|[-\w$.]+)')
_TYPE: Final = pattern(r'%(?:"[^"\n]*"|[a-zA-Z$._][-\w$.]*)')
_TYPE_LINE: Final = pattern(r'^(%(?:"[^"\n]*"|[-\w$.]+)) = type (.*)\n', re.MULTILINE)


def are_copies(module: Module, one: str, other: str) -> bool:
    """Do two names stand for functions that do the same?"""
    if not module.defines(one) or not module.defines(other):
        return False
    types = {m[1]: m[2] for m in _TYPE_LINE.finditer(module.text)}
    return _are_same(module, one, other, types, set())


def _are_same(
    module: Module, one: str, other: str, types: dict[str, str], asked: set[tuple[str, str]]
) -> bool:
    if one == other or (one, other) in asked:
        return True
    if _COPY.sub("", one) != _COPY.sub("", other):
        return False
    asked.add((one, other))
    first, second = (_definition(module, name, types) for name in (one, other))
    if not first or not second or _SYMBOL.sub("@", first) != _SYMBOL.sub("@", second):
        return False
    named = [map(unquoted, _SYMBOL.findall(text)) for text in (first, second)]
    return all(_are_same(module, a, b, types, asked) for a, b in zip(*named, strict=True))


def _definition(module: Module, name: str, types: dict[str, str]) -> str:
    """What a name stands for, without what is not compared; empty where other files see it, and
    where it is a variable that may change: of these each file has its own."""
    if not module.has_symbol(name) or module.symbol(name).linkage not in ("internal", "private"):
        return ""
    if module.defines(name):
        text = module.body_text(name)
    else:
        line = rf"^@{re.escape(quoted(name))} = (?:\w+ )*constant .*\n"
        found = re.search(line, module.text, re.MULTILINE)
        text = "" if found is None else found[0]

    def written_out(match: re.Match[str]) -> str:
        body = types.get(match[0])
        return match[0] if body is None else _TYPE.sub(written_out, body)

    return _TYPE.sub(written_out, _ASIDE.sub("", text))
