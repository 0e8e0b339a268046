"""Code without the checks that -fsanitize=undefined, -ftrapv and -D_GLIBCXX_DEBUG have put in.

    br i1 %fits, label %go, label %report         br label %go
    report:                                  -->
      call void @__ubsan_handle_...

Checks look at pointers as integers, and make functions so large that they are not inlined: then
less is known of what lies in memory. Where a program is refused with them, its derivatives are made
of the functions as they would be without; the functions themselves keep their checks, but for those
whose annotated loops become functions of their own (`enzcc.ad.iterations.outline`). The checks of
GNU's containers are never in the copies: they need lists of iterators, which lie anywhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import Final

from enzcc.patterns import pattern

_REPORTS: Final = ("@__ubsan_handle_", "@llvm.ubsantrap(")
_OF_LIBRARY: Final = ("@_ZNK11__gnu_debug16_Error_formatter8_M_errorEv(",)
_OF_LISTS = pattern(r"_ZN11__gnu_debug\w+E\d+_M_(?:invalidate|transfer_from)_ifI")
"""What goes through the iterators of a container. Those of containers that were there before have
no shadows."""

_BODY = pattern(r"^define [^\n]*\{\n.*?^\}$", re.MULTILINE | re.DOTALL)
_LABEL = pattern(r'^([-\w.$]+|"[^"]*"):', re.MULTILINE)
_BRANCH = pattern(
    r'^  br i1 [^,\n]+, label %([-\w.$]+|"[^"]*"), label %([-\w.$]+|"[^"]*")(?=[,\n])[^\n]*',
    re.MULTILINE,
)
_RETURNS = pattern(r'^ +to label %([-\w.$]+|"[^"]*") unwind', re.MULTILINE)
_REACHED = pattern(r'(?:label|,) %([-\w.$]+|"[^"]*")')
_NAME = r'%(?:[-\w.$]+|"[^"]*")'
_VALUE = pattern(_NAME)
_TELLING = pattern(
    rf"^  (?P<name>{_NAME}) = call {{ i\d+, i1 }} @llvm\.(?P<sign>[su])(?P<opcode>add|sub|mul)"
    r"\.with\.overflow\.i\d+\((?P<first>i\d+ [^,\n]+), i\d+ (?P<second>[^,\n]+)\)"
    r"[^\n]*!nosanitize [^\n]*\n",
    re.MULTILINE,
)
_RESULT = pattern(
    rf"^  (?P<name>{_NAME}) = extractvalue {{ i\d+, i1 }} (?P<pair>{_NAME}), 0(?P<tail>, [^\n]*)$",
    re.MULTILINE,
)
_FOR_CHECKS = pattern(r'^  (%(?:[-\w.$]+|"[^"]*")) = [^\n]*!nosanitize ')


def has_checks(text: str) -> bool:
    """May there be checks that may stay?"""
    return _mentions(text, _REPORTS)


def without_checks(text: str, names: Collection[str] | None = None) -> str:
    """A module in whose functions, or in those named, no check fails."""
    return _without(text, (*_REPORTS, *_OF_LIBRARY), names)


def without_checks_of_library(text: str) -> str:
    """A module in which no check fails that containers make."""
    return _without(text, _OF_LIBRARY, None)


def _mentions(text: str, reports: tuple[str, ...]) -> bool:
    return any(report in text for report in reports)


def _without(text: str, reports: tuple[str, ...], names: Collection[str] | None) -> str:
    def passed(match: re.Match[str]) -> str:
        body = match.group()
        name = body.split("@", 1)[1].split("(", 1)[0].strip('"')
        if names is None and _OF_LISTS.match(name) is not None:
            return f"{body[: body.index(chr(10))]}\n  ret void\n}}"
        return _passed(body, reports) if names is None or name in names else body

    return _BODY.sub(passed, text) if _mentions(text, reports) else text


def _passed(body: str, reports: tuple[str, ...]) -> str:
    if not _mentions(body, reports):
        return body
    reporting: set[str] = set()
    for label, block in reversed(_blocks(body)):  # what a report is made of may throw
        further = _RETURNS.search(block)
        if _mentions(block, reports) or (further is not None and further[1] in reporting):
            reporting.add(label)

    def passed(match: re.Match[str]) -> str:
        first, second = match.groups()
        if (first in reporting) == (second in reporting):
            return match.group()
        return f"  br label %{second if first in reporting else first}"

    body = _BRANCH.sub(passed, body)
    left = True
    while left:
        reached = set(_REACHED.findall(re.sub(r"; preds = .*", "", body)))
        left = False
        for label, block in _blocks(body):
            if label in reporting - reached:
                body, left = body.replace(block, "", 1), True
    return _plain(_without_unused(body))


def _plain(body: str) -> str:
    """With arithmetic in place of that which tells of overflows where nobody asks any more.

    %7 = call { i32, i1 } @llvm.smul.with.overflow.i32(i32 %0, i32 12)
    %8 = extractvalue { i32, i1 } %7, 0                          -->  %8 = mul nsw i32 %0, 12
    """
    uses = Counter(_VALUE.findall(body))
    told = {m["name"]: m for m in _TELLING.finditer(body) if uses[m["name"]] == 2}

    def result(match: re.Match[str]) -> str:
        telling = told.get(match["pair"])
        if telling is None:
            return match.group()
        wraps = "nsw" if telling["sign"] == "s" else "nuw"
        operation = f"{telling['opcode']} {wraps} {telling['first']}, {telling['second']}"
        return f"  {match['name']} = {operation}{match['tail']}"

    body = _RESULT.sub(result, body)
    return _TELLING.sub(lambda m: "" if m["name"] in told else m.group(), body)


def _blocks(body: str) -> list[tuple[str, str]]:
    """The blocks that have labels, as text."""
    labels = list(_LABEL.finditer(body))
    ends = [label.start() for label in labels[1:]] + [body.rindex("}")]
    return [(label[1], body[label.start() : end]) for label, end in zip(labels, ends, strict=True)]


def _without_unused(body: str) -> str:
    """Without what only checks have used."""
    lines = body.split("\n")
    uses = Counter(_VALUE.findall(body))
    made = {
        found[1]: number
        for number, line in enumerate(lines)
        if (found := _FOR_CHECKS.match(line)) is not None
    }
    work = [name for name in made if uses[name] == 1]
    while work:
        name = work.pop()
        line, lines[made[name]] = lines[made[name]], ""
        for used in _VALUE.findall(line):
            uses[used] -= 1
            if uses[used] == 1 and used in made and used != name:
                work.append(used)
    return "\n".join(lines)
