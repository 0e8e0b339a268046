"""Structs that hold one float are moved as a float, before LLVM moves them as integers.

    call void @llvm.memcpy.p0.p0.i64(ptr align 8 %a, ptr align 8 %b, i64 8, i1 0), !tbaa.struct !7
    -->
    %enzcc.moved.1 = load double, ptr %b, align 8, !tbaa !5          ; !7 = !{i64 0, i64 8, !5}
    store double %enzcc.moved.1, ptr %a, align 8, !tbaa !5

Where memory holds something else at other times (a `std::variant`), only this says what is moved.
"""

from __future__ import annotations

import re
from typing import final

from enzcc.analysis.tbaa import FLOAT_NAMES
from enzcc.patterns import pattern

_COPY = pattern(
    r"^  call void @llvm\.memcpy\.[^\n]*?\(ptr (?:[a-z][^\n,]*? )?(?P<to>[%@][^\s,]+),"
    r" ptr (?:[a-z][^\n,]*? )?(?P<source>[%@][^\s,]+), i64 (?P<size>\d+), i1 false\)[^\n,]*"
    r"(?P<debug>, !dbg ![0-9]+)?, !tbaa\.struct (?P<fields>![0-9]+)$",
    re.MULTILINE,
)
_ALIGN = pattern(r"\bptr (?:[^\n,]*? )?align (\d+) ")
_SIZES = {"half": 2, "bfloat": 2, "float": 4, "double": 8}


@final
class Moved:
    """The structs of one float that a module copies, by the tags of these copies."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._nodes = max(0, text.find("\n!0 = "))  # where the metadata begins
        self._kinds: dict[str, tuple[str, str] | None] = {}
        self._count = 0

    def as_floats(self, copy: str) -> str:
        """The text of a function in which they are moved as floats."""
        return _COPY.sub(self._move, copy) if "!tbaa.struct" in copy else copy

    def _move(self, match: re.Match[str]) -> str:
        found = self._kind(match["fields"], int(match["size"]))
        if found is None:
            return match.group()
        kind, tag = found
        self._count += 1
        name = f"%enzcc.moved.{self._count}"
        to, source = (_ALIGN.search(part) for part in _pointers(match.group()))
        tail = f", !tbaa {tag}{match['debug'] or ''}"
        return (
            f"  {name} = load {kind}, ptr {match['source']}, align {_bytes(source)}{tail}\n"
            f"  store {kind} {name}, ptr {match['to']}, align {_bytes(to)}{tail}"
        )

    def _kind(self, fields: str, size: int) -> tuple[str, str] | None:
        """The float that a struct of these fields is, and the tag of an access to it."""
        if fields not in self._kinds:
            self._kinds[fields] = self._read(fields)
        found = self._kinds[fields]
        return found if found is not None and _SIZES.get(found[0]) == size else None

    def _read(self, fields: str) -> tuple[str, str] | None:
        one = self._line(fields, r"!\{i64 0, i64 \d+, (?P<tag>![0-9]+)\}")
        tag = one and self._line(
            one["tag"], r"!\{(?P<type>![0-9]+), (?P=type), i64 0(?:, i64 0)?\}"
        )
        named = tag and self._line(tag["type"], r'!\{!"(?P<name>[^"]*)".*\}')
        kind = FLOAT_NAMES.get(named["name"]) if named else None
        return (kind, one["tag"]) if kind and one else None

    def _line(self, number: str, pattern: str) -> re.Match[str] | None:
        start = self._text.find(f"\n{number} = ", self._nodes) + 1
        if not start:
            return None
        line = self._text[start : self._text.find("\n", start)]
        return re.fullmatch(rf"{number} = (?:distinct )?{pattern}", line)


def _pointers(call: str) -> tuple[str, str]:
    to, source = call[call.index("(") :].split(", ", 2)[:2]
    return to[1:], source


def _bytes(match: re.Match[str] | None) -> str:
    return match[1] if match else "1"
