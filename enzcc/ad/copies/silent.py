"""Mathematical functions leave nothing but their result in the copies.

    %y = call double @exp(double %x)   -->   %y = call double @exp(double %x) memory(none) ...

Clang lets them set `errno`, which may lie anywhere: so what is read behind them may have changed,
the bound of a loop (`k < start[i + 1]`) too, and they are computed also where nobody wants them. A
derivative sets no `errno`; only to a program that looks at it are they left as they are.
"""

from __future__ import annotations

import re
from typing import Final

from enzcc.ad.copies.calltexts import closing
from enzcc.patterns import pattern
from enzcc.rules import ERRNO, SIGNS, find

_CALL: Final = pattern(
    r"^  %\S+ = (?:tail |notail )?call [^@\n]*\b(?:double|float|x86_fp80|fp128) @(\w+)\(",
    re.MULTILINE,
)
_SILENT: Final = " nounwind willreturn memory(none)"


def looks_at_errno(text: str) -> bool:
    """Does anything in a module? Or at other variables that such functions set."""
    return any(f"@{name}(" in text for name in ERRNO) or any(f"@{name} " in text for name in SIGNS)


def without_errno(body: str) -> str:
    """The body of a function in which such calls say so."""
    out: list[str] = []
    done = 0
    for match in _CALL.finditer(body):
        if find(match[1]) is None:
            continue
        end = closing(body, match.end() - 1)
        if "ptr" not in body[match.end() : end]:
            out += [body[done : end + 1], _SILENT]
            done = end + 1
    return "".join([*out, body[done:]]) if out else body
