"""Quick looks at the text of a module: what begins a line is found by plain search, where a regular
expression would try at every character."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from enzcc.ir.names import quoted, unquoted
from enzcc.patterns import pattern

_NAME: Final = pattern(r'@("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)\(')
POINTER_CALL: Final = pattern(r'\b(?:call|invoke|callbr) [^@\n]*%(?:"[^"]*"|[-\w$.]+)\(')
"""In the line of a call through a pointer that a value holds."""

_GROUP: Final = pattern(r"\nattributes (#\d+) = \{ (.*) \}(?=\n)")


def calls_pointers(text: str) -> bool:
    """Is there such a call?"""
    return any(
        POINTER_CALL.search(text, at, text.find("\n", at))
        for word in ("call ", "invoke ", "callbr ")
        for at in lines_with(text, word)
    )


def definitions(text: str) -> Iterator[tuple[int, int]]:
    """Where the functions with bodies begin and end, in order."""
    start = 0
    while True:
        if not text.startswith("define ", start):
            start = text.find("\ndefine ", start) + 1
            if not start:
                return
        end = text.find("\n}\n", start) + 3
        if end < 3:
            return
        yield start, end
        start = end


def name_in(text: str, start: int) -> str:
    """The name of the function whose definition begins there."""
    found = _NAME.search(text, start)
    assert found is not None
    return unquoted(found[1])


def line_of(text: str, name: str, *words: str) -> tuple[int, int] | None:
    """Where the line of a function begins and ends that starts with one of these words."""
    spelled = f"@{quoted(name)}("
    at = text.find(spelled)
    while at >= 0:
        start = text.rfind("\n", 0, at) + 1
        if text.startswith(words, start) and "@" not in text[start:at]:
            end = text.find("\n", at)
            return start, end if end >= 0 else len(text)
        at = text.find(spelled, at + 1)
    return None


def lines_with(text: str, part: str) -> Iterator[int]:
    """Where the lines begin that hold this, in order."""
    at = text.find(part)
    while at >= 0:
        yield text.rfind("\n", 0, at) + 1
        end = text.find("\n", at)
        at = text.find(part, end) if end >= 0 else -1


def attribute_groups(text: str) -> dict[str, str]:
    """What stands in the braces of `attributes #8 = { ... }`, by "#8"."""
    return dict(_GROUP.findall(text))
