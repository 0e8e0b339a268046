"""Functions that a step of LLVM's leaves as they are, are not shown to it: a program that includes
a large library is read and printed a dozen times otherwise, for the sake of a few functions.

    define void @called(...) #3 { ... }    -->    define void @called(...) #3 { unreachable }
    define void @other(...) #3 { ... }

and back. LLVM numbers metadata anew whenever it prints, but in the order in which it is first
used: a list of all that the module had makes it keep most numbers, and tells the others. Groups of
attributes are found again by what they say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, final

from enzcc.ad.names import SUFFIX
from enzcc.ir.lines import attribute_groups, definitions, name_in
from enzcc.ir.names import quoted
from enzcc.patterns import pattern

WORTH: Final = 100_000
"""So many characters must be spared."""

_NODES: Final = "enzcc.nodes"
_NODE: Final = pattern(r"^!(\d+) = ", re.MULTILINE)
_USED_NODE: Final = pattern(r"!(\d+)")
_USED_GROUP: Final = pattern(r" #(\d+)(?![^\s,{\[])")
_IN_QUOTES: Final = pattern(r'"[^"\n]*[!#]\d[^"\n]*"')
_CALLED: Final = pattern(r'@("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)')
_UNNAMED: Final = pattern(r"^(?:%\d+ = type |declare [^@\n]*@\d+\()", re.MULTILINE)
_NUMBERED: Final = pattern(r"^@\d+ = ", re.MULTILINE)
_ENTITY: Final = pattern(
    r'^(?:%|\$|declare [^@\n]*@)("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)(?= = |\().*\n', re.MULTILINE
)
_ENTITIES: Final = pattern(r"^(?=[%@$]|define |declare )", re.MULTILINE)
_BODY: Final = "\n  unreachable\n}\n"


def shown(text: str, names: Iterable[str], work: Callable[[str], str]) -> str:
    """The module after a step that changes these functions only, and inlines into them what is
    always to be inlined."""
    if "blockaddress(" in text:  # the labels have to be there
        return work(text)
    hidden = _Hidden(text, names)
    if hidden.spared < WORTH or hidden.counts:
        return work(text)
    done = hidden.put_back(work(hidden.text))
    return work(text) if done is None else done


def without_bystanders(text: str, names: Iterable[str]) -> str:
    """The module for those who look at these functions only: others have no bodies worth a look."""
    if "blockaddress(" in text:
        return text
    hidden = _Hidden(text, names)
    return text if hidden.counts else hidden.text


@final
class _Hidden:
    """A module with bodies of functions set aside.

    text    it, with a node that lists all metadata
    spared  how much shorter it is
    rest    what is between its functions
    counts  do types or functions have numbers for names, which depend on all of them?
    """

    def __init__(self, text: str, names: Iterable[str]) -> None:
        self._groups = attribute_groups(text)
        always = {g for g, words in self._groups.items() if "alwaysinline" in words.split()}
        places = {name_in(text, start): (start, end) for start, end in definitions(text)}
        heads = {n: text[start : text.find("\n", start)] for n, (start, _) in places.items()}
        always.add("alwaysinline")
        inlined = {n for n, head in heads.items() if not always.isdisjoint(head.split(" "))}
        full = _with_inlined(text, [n for n in names if n in places], places, inlined)
        full |= {n for n, (s, e) in places.items() if _IN_QUOTES.search(text, s, e)}
        self._order = list(places)
        self._aside: dict[str, str] = {}
        self._kept: dict[str, str] = {}
        between: list[str] = []
        done = 0
        for name, (start, end) in places.items():
            between.append(text[done:start])
            own = text[start:end]
            if name not in full:
                self._aside[name] = own
            elif not name.endswith(SUFFIX):
                self._kept[name] = own
            done = end
        between.append(text[done:])
        self.rest = "".join(between)
        numbered = any(name.isdigit() for name in places)
        self.counts = numbered or _UNNAMED.search(self.rest) is not None
        mentioned = set(_CALLED.findall(self.rest))
        mentioned.update(*(_CALLED.findall(text, *places[name]) for name in full))
        out: list[str] = []
        for name, gap in zip(places, between, strict=False):
            out.append(gap)
            if name in full:
                out.append(text[slice(*places[name])])
            elif quoted(name) in mentioned:
                head = heads[name]
                if name in inlined:
                    head = " ".join(w for w in head.split(" ") if w not in always)
                out += [head, _BODY]
        self._nodes = [int(number) for number in _NODE.findall(self.rest)]
        self._nodes.sort()
        listed = ", ".join(f"!{number}" for number in self._nodes)
        out += [between[-1], f"\n!{_NODES} = !{{{listed}}}\n"]
        self.text = "".join(out)
        self.spared = len(text) - len(self.text)

    def put_back(self, text: str) -> str | None:
        """What LLVM has made of it, with all functions; None if that is not possible."""
        start = text.rfind(f"\n!{_NODES} = ") + 1
        listed = text[start : text.find("\n", start) + 1] if start else ""
        if not listed or len(_NUMBERED.findall(self.rest)) != len(_NUMBERED.findall(text)):
            return None
        new = [int(number) for number in _USED_NODE.findall(listed)]
        if len(new) != len(self._nodes):
            return None
        nodes = {str(a): f"!{b}" for a, b in zip(self._nodes, new, strict=True) if a != b}
        attributes, added = self._found_again(attribute_groups(text))

        def renumbered(part: str) -> str:
            if attributes:
                part = _USED_GROUP.sub(lambda m: attributes.get(m[1], m[0]), part)
            return _USED_NODE.sub(lambda m: nodes.get(m[1], m[0]), part) if nodes else part

        hidden = {name: f"\n{renumbered(own)}" for name, own in self._aside.items()}
        gone = dict(self._kept)
        order = {name: number for number, name in enumerate(self._order)}
        out: list[str] = []
        between: list[str] = []
        done = passed = 0
        for start, end in definitions(text):
            name = name_in(text, start)
            comment = max(text.rfind("\n\n", done, start) + 1, done)
            between.append(text[done:start])
            out.append(text[done:comment])
            while passed < order.get(name, 0):
                out.append(hidden.pop(self._order[passed], ""))
                passed += 1
            gone.pop(name, None)
            own = hidden.pop(name)[1:] if name in hidden else text[start:end]
            out += [text[comment:start], own]
            done = end
        between.append(text[done:].replace(listed, ""))
        out += [*hidden.values(), *(f"\n{renumbered(own)}" for own in gone.values())]
        out += [between[-1], *added]
        return _with_entities("".join(out), self._lost("".join(between)), renumbered)

    def _found_again(self, now: dict[str, str]) -> tuple[dict[str, str], list[str]]:
        """What groups of attributes are called that had another number, and lines of those that are
        gone."""
        numbers = {words: group for group, words in now.items()}
        last = max((int(group[1:]) for group in now), default=-1)
        changed: dict[str, str] = {}
        lines: list[str] = []
        for group, words in self._groups.items():
            if words not in numbers:
                last += 1
                numbers[words] = f"#{last}"
                lines.append(f"attributes #{last} = {{ {words} }}\n")
            if numbers[words] != group:
                changed[group[1:]] = f" {numbers[words]}"
        return changed, lines

    def _lost(self, rest: str) -> list[str]:
        """The lines of types, groups of sections and declared functions that are gone."""
        there = {_key(found) for found in _ENTITY.finditer(rest)}
        return [found[0] for found in _ENTITY.finditer(self.rest) if _key(found) not in there]


def _key(entity: re.Match[str]) -> tuple[str, str]:
    return entity[0][0], entity[1]


def _with_entities(text: str, lines: list[str], renumbered: Callable[[str], str]) -> str:
    """The module with these lines in front of the others of their kind."""
    if not lines:
        return text
    first = _ENTITIES.search(text)
    assert first is not None
    at = first.start()
    return f"{text[:at]}{''.join(map(renumbered, lines))}{text[at:]}"


def _with_inlined(
    text: str, names: list[str], places: dict[str, tuple[int, int]], inlined: set[str]
) -> set[str]:
    """These functions and all that is inlined into them."""
    found = dict.fromkeys(names)
    work = list(found)
    while work and inlined:
        start, end = places[work.pop()]
        for word in _CALLED.findall(text, start, end):
            name = word.strip('"')
            if name in inlined and name not in found:
                found[name] = None
                work.append(name)
    return set(found)
