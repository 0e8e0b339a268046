"""Functions that a step of LLVM's leaves as they are, are not shown to it: a program that includes
a large library is read and printed a dozen times otherwise, for the sake of a few functions.

    define void @called(...) #3 { ... }    -->    define void @called(...) #3 { unreachable }
    define void @other(...) #3 { ... }

and back, word for word. Nodes of metadata that only those need are not shown, either: with lines
for messages, they are a third of the module. LLVM numbers metadata and groups of attributes anew
whenever it prints: what it prints is given the numbers that the module had, which a list of the
shown nodes tells; groups are found again by what they say.
"""

from __future__ import annotations

import itertools
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
_USED_NODE: Final = pattern(r"!(\d+)")
_NUMBER: Final = pattern(r'"[^"\n]*"|!\d+| #\d+(?![^\s,{\[])')
"""A node or a group of attributes, by its number; what is in quotes is none."""

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

    text    it, with a list of the nodes of metadata that are shown
    spared  how much shorter it is
    rest    what is between its functions, without nodes
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
        self._order = list(places)
        self._aside: dict[str, str] = {}
        self._kept: dict[str, str] = {}
        self._nodes: dict[str, str] = {}
        between: list[str] = []
        done = 0
        for name, (start, end) in places.items():
            between.append(self._without_nodes(text[done:start]))
            own = text[start:end]
            if name not in full:
                self._aside[name] = own
            elif not name.endswith(SUFFIX):
                self._kept[name] = own
            done = end
        between.append(self._without_nodes(text[done:]))
        self.rest = "".join(between)
        numbered = any(name.isdigit() for name in places)
        self.counts = numbered or _UNNAMED.search(self.rest) is not None
        mentioned = set(_CALLED.findall(self.rest))
        mentioned.update(*(_CALLED.findall(text, *places[name]) for name in full))
        for node in self._nodes.values():
            if "@" in node:
                mentioned.update(_CALLED.findall(node))
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
        out.append(between[-1])
        self._shown = self._needed("".join(out))
        out += ["\n", *(self._nodes[number] for number in self._shown)]
        out.append(f"!{_NODES} = !{{{', '.join(f'!{number}' for number in self._shown)}}}\n")
        self.text = "".join(out)
        self.spared = len(text) - len(self.text)

    def _without_nodes(self, gap: str) -> str:
        """What is between two functions, without the nodes of metadata, which are noted."""
        if "\n!" not in gap:
            return gap
        lines: list[str] = []
        for line in gap.split("\n"):
            if line[:1] == "!" and "0" <= line[1:2] <= "9":
                self._nodes[line[1 : line.index(" ")]] = f"{line}\n"
            else:
                lines.append(line)
        return "\n".join(lines)

    def _needed(self, text: str) -> list[str]:
        """The numbers of the nodes that a text names, and of all that these name."""
        work = [number for number in _USED_NODE.findall(text) if number in self._nodes]
        needed: set[str] = set()
        while work:
            number = work.pop()
            if number not in needed:
                needed.add(number)
                used = _USED_NODE.findall(self._nodes[number])
                work += [n for n in used if n not in needed and n in self._nodes]
        return sorted(needed, key=int)

    def put_back(self, text: str) -> str | None:
        """What LLVM has made of it, with all functions; None if that is not possible."""
        start = text.rfind(f"\n!{_NODES} = ") + 1
        listed = text[start : text.find("\n", start) + 1] if start else ""
        if not listed or len(_NUMBERED.findall(self.rest)) != len(_NUMBERED.findall(text)):
            return None
        now = _USED_NODE.findall(listed)
        if len(now) != len(self._shown):
            return None
        text, added = self._as_before(text.replace(listed, ""), now)
        gone = dict(self._kept)
        order = {name: number for number, name in enumerate(self._order)}
        hidden = self._aside.copy()
        out: list[str] = []
        between: list[str] = []
        done = passed = 0
        for start, end in definitions(text):
            name = name_in(text, start)
            comment = max(text.rfind("\n\n", done, start) + 1, done)
            between.append(text[done:start])
            out.append(text[done:comment])
            while passed < order.get(name, 0):
                if own := hidden.pop(self._order[passed], ""):
                    out += ["\n", own]
                passed += 1
            gone.pop(name, None)
            out += [text[comment:start], hidden.pop(name, "") or text[start:end]]
            done = end
        between.append(text[done:])
        for own in (*hidden.values(), *gone.values()):
            out += ["\n", own]
        out += [between[-1], *added]
        return _with_entities("".join(out), self._lost("".join(between)))

    def _as_before(self, text: str, now: list[str]) -> tuple[str, list[str]]:
        """What LLVM has printed, with the numbers that the module had, and lines of the nodes and
        groups of attributes that are not there.

        now     what the shown nodes are called there
        """
        numbers = {f"!{a}": f"!{b}" for a, b in zip(now, self._shown, strict=True)}
        there = set(numbers.values())
        lines = [line for n, line in self._nodes.items() if f"!{n}" not in there]
        before = {words: f" {group}" for group, words in self._groups.items()}
        for group, words in attribute_groups(text).items():
            if words in before:
                numbers[f" {group}"] = before[words]
        there = set(numbers.values())
        for group, words in self._groups.items():
            if f" {group}" not in there:
                lines.append(f"attributes {group} = {{ {words} }}\n")
        nodes = itertools.count(max(map(int, self._nodes), default=-1) + 1)
        groups = itertools.count(max((int(group[1:]) for group in self._groups), default=-1) + 1)

        def number(found: re.Match[str]) -> str:
            old = found[0]
            if old[0] == '"':
                return old
            if old not in numbers:
                numbers[old] = f"!{next(nodes)}" if old[0] == "!" else f" #{next(groups)}"
            return numbers[old]

        return _NUMBER.sub(number, text), lines

    def _lost(self, rest: str) -> list[str]:
        """The lines of types, groups of sections and declared functions that are gone."""
        there = {_key(found) for found in _ENTITY.finditer(rest)}
        return [found[0] for found in _ENTITY.finditer(self.rest) if _key(found) not in there]


def _key(entity: re.Match[str]) -> tuple[str, str]:
    return entity[0][0], entity[1]


def _with_entities(text: str, lines: list[str]) -> str:
    """The module with these lines in front of the others of their kind."""
    if not lines:
        return text
    first = _ENTITIES.search(text)
    assert first is not None
    at = first.start()
    return f"{text[:at]}{''.join(lines)}{text[at:]}"


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
