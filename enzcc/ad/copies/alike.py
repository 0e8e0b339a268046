"""Copies that do the same, word for word, become one: templates make many such functions, and each
would be differentiated and compiled for itself.

    call @product<16>..enzcc(...)      call @product<0>..enzcc(...)
    call @product<0>..enzcc(...)   --> call @product<0>..enzcc(...)

Words are compared as LLVM prints them, but for names of values and blocks, which tell where they
come from; types with names are the same if they are laid out alike, and locations if they name the
same lines. What is known of the memory
that an instruction looks at (`!tbaa`) has to be the same, except for pointers in variables of its
own.

Only large functions that calculate are looked for, and what is inlined into them. Small ones, of
containers for example, are better kept apart: what is known of the memory of one holds for it
alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, final

from enzcc.ad.names import SUFFIX
from enzcc.ir.lines import attribute_groups, definitions
from enzcc.ir.names import quoted
from enzcc.patterns import pattern

LEAST: Final = 100
"""Lines of a function that is worth the search."""

_NAME: Final = pattern(r'@("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)\(')
_CALL: Final = pattern(r'@("(?:[^"\\]|\\.)*\.\.enzcc"|[-a-zA-Z$._0-9]+\.\.enzcc)(?=\()')
_GROUP: Final = pattern(r" #\d+")
_LOCAL: Final = pattern(
    r'(%(?:"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)|^(?:"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+):)',
    re.MULTILINE,
)
"""The name of a type, a value or a block where it is used, or of a block where it begins."""
_OWN: Final = pattern(r"\n  (%\S+) = alloca ")
_OWN_ACCESS: Final = pattern(
    r"(\n  (?:%\S+ = load|store) ptr\b.*, ptr (%[^\s,]+), align \d+.*?), !tbaa !\d+"
)
_CALCULATES: Final = pattern(r" = f(?:add|sub|mul|div) ")
_COMMENT: Final = pattern(r": *; preds = .*")
_ATTACHED: Final = pattern(r"(!dbg !\d+|!llvm\.loop !\d+)")
_RECORD: Final = pattern(r"\n *#dbg_\w+\(.*")
_NODE: Final = pattern(r"!(\d+)")
_LOCATION: Final = pattern(
    r"\n!(\d+) = (?:distinct )?!DILocation\(([^\n]*?)scope: !\d+(?:, inlinedAt: !(\d+))?"
)
_TYPE: Final = pattern(r'\n%("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+) = type (\{.*|<\{.*)')
_PARAMETER: Final = pattern(r' %("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)(?=[,)])')
_DEFINED: Final = pattern(r'\n(?:  %|)("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)(?: = |:)')
_LOOP: Final = pattern(r"\n!(\d+) = distinct !\{!\1(.*)\}(?=\n)")


def merge_alike(text: str, roots: Iterable[str]) -> str:
    """The module in which copies call one of those that are alike; the others are gone.

    roots   copies that somebody looks for by their names, which stay
    """
    between, copies, done = list[str](), dict[str, _Copy](), 0
    for start, end in definitions(text):
        name = _name(text[start : text.find("\n", start)])
        if name.endswith(SUFFIX):
            between.append(text[done:start])
            copies[name] = _Copy(name, text[start:end])
            done = end
    inlined = {g for g, words in attribute_groups(text).items() if "alwaysinline" in words.split()}
    large = {name for name, copy in copies.items() if not _is_inlined(copy, inlined)}
    pools = list(_pools(copies, large))
    if not _is_worth(pools, large):
        return text
    gaps = dict(zip(copies, between, strict=True))
    stay, same = set(roots), _Same(text)
    merged = False
    while _is_worth(pools, large) and (names := _found(pools, same, stay)):
        merged = True
        copies = {name: _calling(names, copy) for name, copy in copies.items() if name not in names}
        pools = [[copies[c.name] for c in pool if c.name in copies] for pool in pools]
        pools = [pool for pool in pools if len(pool) > 1]
    if not merged:
        return text
    out: list[str] = []
    for name, gap in gaps.items():
        out += [gap, copies[name].text if name in copies else ""]
    return "".join([*out, text[done:]])


class _Copy(NamedTuple):
    name: str
    text: str


def _is_inlined(copy: _Copy, inlined: set[str]) -> bool:
    line = copy.text[: copy.text.find("\n")]
    return " alwaysinline" in line or any(g.strip() in inlined for g in _GROUP.findall(line))


def _pools(copies: dict[str, _Copy], large: set[str]) -> Iterator[list[_Copy]]:
    """Copies that may be alike."""
    pools: dict[tuple[int, str], list[_Copy]] = {}
    for name, copy in copies.items():
        line = copy.text[: copy.text.find("\n")]
        lines = copy.text.count("\n")
        head = re.sub(r" !dbg !\d+", "", line.replace(quoted(name), "", 1))
        if name not in large or (lines >= LEAST and _CALCULATES.search(copy.text)):
            pools.setdefault((lines, head), []).append(copy)
    return (pool for pool in pools.values() if len(pool) > 1)


def _is_worth(pools: list[list[_Copy]], large: set[str]) -> bool:
    """Is there one of them that stays a function, and may be like another one?"""
    return any(copy.name in large for pool in pools for copy in pool)


def _found(pools: list[list[_Copy]], same: _Same, stay: set[str]) -> dict[str, str]:
    """Copies in whose place others can be called."""
    out: dict[str, str] = {}
    for pool in pools:
        kept: dict[str, str] = {}
        for copy in sorted(pool, key=lambda copy: copy.name not in stay):
            first = kept.setdefault(same.key(copy), copy.name)
            if first != copy.name and copy.name not in stay:
                out[copy.name] = first
    return out


@final
class _Same:
    """What locations, loops and types say, without the numbers and names that they have."""

    def __init__(self, text: str) -> None:
        self._types = dict(_TYPE.findall(text))
        self._layouts: dict[str, str] = {}
        self._loops = dict(_LOOP.findall(text))
        self._locations = {n: (place, at) for n, place, at in _LOCATION.findall(text)}
        self._keys: dict[_Copy, str] = {}
        self._said = _Said(self)

    def key(self, copy: _Copy) -> str:
        """The same for functions that are alike."""
        found = self._keys.get(copy)
        if found is None:
            found = self._keys[copy] = self._key(copy)
        return found

    def _key(self, copy: _Copy) -> str:
        body = copy.text.replace(f"@{quoted(copy.name)}(", "@(")
        body = _RECORD.sub("", body) if "#dbg_" in body else body
        if own := set(_OWN.findall(body)):
            body = _OWN_ACCESS.sub(lambda found: found[1] if found[2] in own else found[0], body)
        body = _COMMENT.sub(":", body)
        if "!dbg " in body or "!llvm.loop " in body:
            parts = _ATTACHED.split(body)
            parts[1::2] = map(self._said.__getitem__, parts[1::2])
            body = "".join(parts)
        if not self._types.keys().isdisjoint(self._values(body)):
            return copy.name  # values and types of one name: they are not told apart here
        parts = _LOCAL.split(body)
        parts[1::2] = map(_Spelling(self).__getitem__, parts[1::2])
        return "".join(parts)

    def _values(self, body: str) -> Iterator[str]:
        """The names of what a function takes and calculates, and of its blocks."""
        head, rest = body.split("\n", 1)
        yield from _PARAMETER.findall(head)
        yield from _DEFINED.findall(f"\n{rest}")

    def spelled(self, name: str) -> str | None:
        """What a type with this name is made of; None if no type has it."""
        return self._layout(name) if name in self._types else None

    def _layout(self, name: str) -> str:
        """What a type with a name is made of."""
        found = self._layouts.get(name)
        if found is None:
            found = self._layouts[name] = _LOCAL.sub(
                lambda part: self.spelled(part[0][1:]) or part[0],
                self._types[name],
            )
        return found

    def attached(self, words: str) -> str:
        """What `!dbg !7` or `!llvm.loop !7` says."""
        kind, number = words.split(" !")
        if kind == "!llvm.loop" and number in self._loops:
            return "!loop" + _NODE.sub(lambda node: self._place(node[1]), self._loops[number])
        return f"{kind} {self._place(number)}"

    def _place(self, number: str) -> str:
        """The lines of a location; any other node as it is."""
        if number not in self._locations:
            return "!" + number
        place, at = self._locations[number]
        return f"({place}{self._place(at) if at else ''})"


@final
class _Said(dict[str, str]):
    """What is attached to instructions -> what it says."""

    def __init__(self, same: _Same) -> None:
        super().__init__()
        self._same = same

    def __missing__(self, words: str) -> str:
        self[words] = said = self._same.attached(words)
        return said


@final
class _Spelling(dict[str, str]):
    """The words of one function -> types by what they are made of, values and blocks by numbers."""

    def __init__(self, same: _Same) -> None:
        super().__init__()
        self._same = same
        self._numbers: dict[str, str] = {}

    def __missing__(self, word: str) -> str:
        used = word.startswith("%")
        name = word[1:] if used else word[:-1]
        spelled = self._same.spelled(name)
        if spelled is None:
            spelled = self._numbers.setdefault(name, f"%{len(self._numbers)}")
            spelled += "" if used else ":"
        self[word] = spelled
        return spelled


def _calling(names: dict[str, str], copy: _Copy) -> _Copy:
    """A copy that calls others in the place of these."""
    text = _CALL.sub(lambda match: _renamed(match, names), copy.text)
    return copy if text == copy.text else _Copy(copy.name, text)


def _renamed(match: re.Match[str], names: dict[str, str]) -> str:
    name = match[1].strip('"')
    return f"@{quoted(names[name])}" if name in names else match[0]


def _name(line: str) -> str:
    match = _NAME.search(line)
    return match[1].strip('"') if match else ""
