"""Places in the source are left out of functions that no copy can be made of, before anything looks
at the module.

    define void @far() !dbg !5 {                   define void @far() {
      call void @g(), !dbg !7            -->         call void @g()

Nobody is told them: an error is about what is differentiated, or about what asks for it. In a
program of templates they are two fifths of the text, which is gone through some sixty times.
"""

from __future__ import annotations

from typing import Final

from enzcc import llvm
from enzcc.ir.lines import definitions, name_in
from enzcc.ir.module import MENTIONED
from enzcc.ir.names import unquoted
from enzcc.patterns import pattern

WORTH: Final = 200_000
"""So many characters of such functions must there be."""

_MENTIONED: Final = pattern(r'@("(?:[^"\\]|\\.)*+"|[-a-zA-Z$._0-9]++)(\(?)')
"""A symbol that is mentioned, and whether it is called."""
_SPEAKS: Final = ("__enzyme_", "poseidon_")
_LOOP: Final = "__enzyme_set_"
"""In a function with a loop that is differentiated by itself."""
_NODE: Final = pattern(r"!(\d+)")


def without_far_lines(text: str) -> str:
    """The module without places in functions that neither ask for derivatives nor are called
    through a pointer, directly or by others."""
    places = {name_in(text, start): (start, end) for start, end in definitions(text)}
    near = _near(text, places)
    far = [span for name, span in places.items() if name not in near]
    if sum(end - start for start, end in far) < WORTH:
        return text
    out: list[str] = []
    done = 0
    for start, end in far:
        out += [text[done:start], llvm.without_places(text[start:end])]
        done = end
    return _without_unused_nodes("".join([*out, text[done:]]))


def _near(text: str, places: dict[str, tuple[int, int]]) -> set[str]:
    """The functions that copies may be made of: those whose address is taken, and what they call;
    and those that hold markers, with those that call them, into which they may be inlined."""
    work: list[str] = []
    called: dict[str, set[str]] = {}
    callers: dict[str, list[str]] = {}
    holds: list[str] = []
    done = 0
    for name, (start, end) in places.items():
        work += map(unquoted, MENTIONED.findall(text, done, start))
        mentioned = set(_MENTIONED.findall(text, start, end))
        called[name] = {unquoted(spelled) for spelled, _ in mentioned}
        work += [unquoted(spelled) for spelled, call in mentioned if not call]
        for other in called[name]:
            callers.setdefault(other, []).append(name)
        if any(text.find(word, start, end) >= 0 for word in _SPEAKS):
            holds.append(name)
        done = end
    work += map(unquoted, MENTIONED.findall(text, done))
    holding: set[str] = set()
    while holds:
        name = holds.pop()
        if name not in holding:
            holding.add(name)
            holds += callers.get(name, ())
            work += called[name] if _LOOP in text[slice(*places[name])] else ()
    near: set[str] = set()
    while work:
        name = work.pop()
        if name not in near and name in places:
            near.add(name)
            work += called[name]
    return near | holding


def _without_unused_nodes(text: str) -> str:
    """The module without nodes of metadata that nothing names, but for files of the source."""
    start = text.find("\n!") + 1
    if not start:
        return text
    lines = text[start:].split("\n")
    nodes = {line[1 : line.index(" ")]: line for line in lines if line[1:2].isdigit()}
    work = _NODE.findall(text, 0, start)
    for line in lines:
        if not line[1:2].isdigit() or "= !DIFile(" in line:
            work += _NODE.findall(line)
    used: set[str] = set()
    while work:
        number = work.pop()
        if number not in used:
            used.add(number)
            work += _NODE.findall(nodes.get(number, ""))
    kept = [line for line in lines if not line[1:2].isdigit() or line[1 : line.index(" ")] in used]
    return text[:start] + "\n".join(kept)
