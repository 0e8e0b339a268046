"""The user's side of an error: the line of source it is about, and a caret under the place.

Looks like clang's own errors, so that editors and people read it as such:

    fit.c:12:35: error: argument 2 of 'f' is 'double', but 'int' is passed
       12 |   __enzyme_autodiff((void *)f, x, 1);
          |                                   ^
    fit.c:12:35: note: nothing is converted here: write 1.0 for a floating 1, or cast it

The source is read only here, when there is something to explain.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from typing import Final, final

from enzcc.demangle import demangled
from enzcc.errors import Diagnosis, Location
from enzcc.patterns import pattern

_TAB: Final = 8
_RESET, _BOLD, _RED, _CYAN, _GREEN = (
    "\033[0m", "\033[1m", "\033[0;1;31m", "\033[0;1;36m", "\033[0;1;32m"
)  # fmt: skip
_RENUMBERED: Final = pattern(r'\s*#\s*(?:line\s+)?(?P<line>\d+)\s*(?:"(?P<file>[^"]*)".*)?$')
_OPENING: Final = {"(": ")", "[": "]", "{": "}"}


@final
@dataclass(frozen=True)
class Span:
    """A stretch of the source: where it starts, and its text."""

    start: Location
    text: str


def render(diagnosis: Diagnosis, color: bool = False) -> str:
    """The error as it is printed, with its notes; ends with a newline."""
    place, length = diagnosis.location or mention(*diagnosis.named), 1
    if place is not None and diagnosis.argument is not None:
        spans = call_arguments(place)
        if len(spans) == diagnosis.arguments and diagnosis.argument < len(spans):
            span = spans[diagnosis.argument]
            place, length = span.start, len(span.text.partition("\n")[0].encode())
    out = _headline(place, "error", _RED, demangled(diagnosis.message), color)
    if place is not None:
        out += _excerpt(place, length, color)
    for note in (diagnosis.because, diagnosis.remedy):
        if note:
            out += _headline(place, "note", _CYAN, demangled(note), color)
    return out


def mention(name: str, files: tuple[str, ...]) -> Location | None:
    """Where a name stands for the first time in source files, outside of comments."""
    word = re.compile(rf"/\*.*?\*/|//[^\n]*|(?<![\w]){re.escape(name)}(?![\w])", re.DOTALL)
    for path in files if name else ():
        text = "\n".join(_lines(path))
        for found in word.finditer(text):
            if found.group() == name:
                before, _, line = text[: found.start()].rpartition("\n")
                column = len(line.encode("utf-8", "surrogateescape")) + 1
                return Location(path, before.count("\n") + 1 + (found.start() > len(line)), column)
    return None


def warn(place: Location | None, text: str) -> None:
    """Prints a warning."""
    excerpt = _excerpt(place, 1, color=False) if place is not None else ""
    sys.stderr.write(_headline(place, "warning", "", demangled(text), color=False) + excerpt)


def _headline(place: Location | None, kind: str, hue: str, text: str, color: bool) -> str:
    where = f"{place.file}:{place.line}:{place.column}: " if place else "enzcc: "
    if not color:
        return f"{where}{kind}: {text}\n"
    text = f"{_BOLD}{text}{_RESET}" if kind == "error" else text
    return f"{_BOLD}{where}{_RESET}{hue}{kind}: {_RESET}{text}\n"


def _excerpt(place: Location, length: int, color: bool) -> str:
    """The line, and the caret under it; empty if the file cannot be read."""
    lines = _from(place.file, place.line)
    if not lines:
        return ""
    line = lines[0]
    before = line.encode("utf-8", "surrogateescape")[: max(place.column - 1, 0)]
    indent = len(_expanded(before.decode("utf-8", "replace")))
    caret = "^" + "~" * (length - 1)
    if color:
        caret = f"{_GREEN}{caret}{_RESET}"
    shown = _expanded(line).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    number = f"{place.line:5}"
    return f"{number} | {shown}\n{' ' * len(number)} | {' ' * indent}{caret}\n"


def _expanded(text: str) -> str:
    return text.expandtabs(_TAB)


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read().replace("\r\n", "\n").split("\n")
    except OSError:
        return []


def _from(path: str, wanted: int) -> list[str]:
    """The lines of a file from that one on, as `#line` numbers them; of several the last."""
    lines = _lines(path)
    start = len(lines)
    number: int | None = 1
    for at, line in enumerate(lines):
        found = _RENUMBERED.match(line) if "#" in line else None
        if found is not None:
            number = int(found["line"]) if found["file"] in (None, path) else None
        elif number is not None:
            start = at if number == wanted else start
            number += 1
    return lines[start:]


def call_arguments(place: Location) -> list[Span]:
    """The arguments of the call whose name stands at that place; empty if the text has no such
    call.

    A small reading of C: brackets, strings and comments, no macros and no template brackets.
    """
    lines = _from(place.file, place.line)
    if not lines:
        return []
    first = lines[0].encode("utf-8", "surrogateescape")[place.column - 1 :]
    text = "\n".join([first.decode("utf-8", "surrogateescape"), *lines[1:]])
    at = 0
    while at < len(text) and (text[at].isalnum() or text[at] in "_:"):
        at += 1
    while text[at : at + 1].isspace():
        at += 1
    if at == 0 or text[at : at + 1] != "(":
        return []
    return _split(text, at + 1, place)


def _split(text: str, at: int, place: Location) -> list[Span]:
    """Cuts at the commas up to the closing bracket."""
    spans: list[Span] = []
    closers: list[str] = []
    start = at
    while at < len(text):
        end = _skipped(text, at)
        c = text[at]
        if end > at:
            at = end
            continue
        if c in _OPENING:
            closers.append(_OPENING[c])
        elif closers and c == closers[-1]:
            closers.pop()
        elif not closers and c in ",)":
            spans.append(_span(text, start, at, place))
            start = at + 1
            if c == ")":
                return spans if spans[0].text or len(spans) > 1 else []
        at += 1
    return []


def _skipped(text: str, at: int) -> int:
    """Behind the string, character or comment that starts there; `at` itself if none does."""
    if text.startswith("//", at):
        end = text.find("\n", at)
        return len(text) if end < 0 else end
    if text.startswith("/*", at):
        end = text.find("*/", at + 2)
        return len(text) if end < 0 else end + 2
    quote = text[at]
    if quote not in "\"'":
        return at
    at += 1
    while at < len(text) and text[at] != quote:
        at += 2 if text[at] == "\\" else 1
    return min(at + 1, len(text))


def _span(text: str, start: int, end: int, place: Location) -> Span:
    """The argument without the blanks and comments around it."""
    while start < end and (text[start].isspace() or text.startswith(("//", "/*"), start)):
        start = _skipped(text, start) if text[start] == "/" else start + 1
    before = text[:start]
    row = before.count("\n")
    if row:
        column = len(before.rpartition("\n")[2].encode("utf-8", "surrogateescape")) + 1
    else:
        column = place.column + len(before.encode("utf-8", "surrogateescape"))
    where = replace(place, line=place.line + row, column=column)
    return Span(where, text[start:end].rstrip())
