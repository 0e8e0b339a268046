"""Functions that nothing reaches are left out of a module's text, before LLVM reads it.

    define linkonce_odr void @f() { ... }      -->      (nothing)

A program that includes a large library keeps a tenth of it once its markers are answered. What is
left out is what LLVM would drop anyway, or less: variables are taken to be there for others.
"""

from __future__ import annotations

from typing import Final

from enzcc.ir.lines import definitions, name_in
from enzcc.ir.names import unquoted
from enzcc.patterns import pattern

_MENTIONED: Final = pattern(r'@("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)')
_GROUP: Final = pattern(r' comdat(?:\(\$("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)\))?')
_DROPPED: Final = ("internal ", "private ", "linkonce ", "linkonce_odr ", "available_externally ")


def without_unreached(text: str) -> str:
    """The module without functions that nothing in it mentions and no other module can."""
    if "blockaddress(" in text:  # labels that others look at
        return text
    places: dict[str, tuple[int, int]] = {}
    groups: dict[str, list[str]] = {}
    group_of: dict[str, str] = {}
    work: list[str] = []
    rest: list[str] = []
    done = 0
    for start, end in definitions(text):
        name = name_in(text, start)
        places[name] = start, end
        group = _GROUP.search(text, start, text.find("\n", start))
        if group is not None:
            group_of[name] = unquoted(group[1]) if group[1] else name
            groups.setdefault(group_of[name], []).append(name)
        if not text.startswith(_DROPPED, start + len("define ")):
            work.append(name)
        rest.append(text[done:start])
        done = end
    rest.append(text[done:])
    for part in rest:
        work += map(unquoted, _MENTIONED.findall(part))
        for group in _GROUP.finditer(part):  # of a variable
            work += groups.get(unquoted(group[1]), ()) if group[1] else ()
    work += [name for key, names in groups.items() if key not in places for name in names]
    reached: set[str] = set()
    while work:
        name = work.pop()
        if name not in reached and name in places:
            reached.add(name)
            work += groups.get(group_of.get(name, ""), ())
            work += map(unquoted, set(_MENTIONED.findall(text, *places[name])))
    out = [rest[0]]
    for (name, (start, end)), behind in zip(places.items(), rest[1:], strict=True):
        if name in reached:
            out.append(text[start:end])
        out.append(behind)
    return "".join(out)
