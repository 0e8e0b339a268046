"""Long tables of constant numbers are set aside: nobody looks at them, and all would read them.

    @table = internal constant [100000 x double] [double 1.0, ...], align 16
    -->
    @table = external constant [100000 x double], align 16

A variable that other files see comes back whatever happens to it in between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from enzcc.patterns import pattern

LONG: Final = 1 << 16
"""Characters from which a line is long."""

_LINE: Final = pattern(
    r"@(?P<name>\"[^\"\n]*\"|[-\w.$]+) ="
    r" (?P<words>(?:(?:private|internal|dso_local|hidden|protected|local_unnamed_addr|unnamed_addr"
    r"|addrspace\(\d+\)) )*)constant (?=\[)"
)
_LINKAGE: Final = pattern(r"\b(?:private|internal|hidden|protected) ")


def without_tables(text: str) -> tuple[str, dict[str, str]]:
    """The module without such tables, and their lines by name."""
    tables: dict[str, str] = {}
    out: list[str] = []
    done = 0
    aliases = _aliases(text)
    for start, end in _long_lines(text):
        line = text[start:end]
        found = _LINE.match(line)
        if found is None or found["name"].startswith(("llvm.", '"llvm.')):
            continue
        type_end = _end_of_type(line, found.end())
        value_end = line.rfind("]") + 1
        value, rest = line[type_end:value_end], line[value_end:]
        if not value.startswith(" [") or "comdat" in rest or "@" in value or "%" in value:
            continue
        if any(f"@{found['name']}" in alias for alias in aliases):
            continue
        tables[found["name"]] = line
        words = _LINKAGE.sub("", found["words"])
        out += [
            text[done:start],
            f"@{found['name']} = external {words}constant {line[found.end() : type_end]}{rest}",
        ]
        done = end
    return ("".join([*out, text[done:]]), tables) if tables else (text, tables)


def with_tables(text: str, tables: dict[str, str]) -> str:
    """The module with its tables again."""
    for name, line in tables.items():
        found = _LINE.match(line)
        assert found is not None
        start = text.find(f"\n@{name} = ") + 1
        if not start:
            if not re.search(r"\b(?:private|internal) ", found["words"]):
                text += "\n" + re.sub(r", ![a-z]\w* !\d+", "", line) + "\n"
            continue
        end = text.find("\n", start)
        now = text[start:end]
        type_at = now.index("constant [") + len("constant ")
        type_end = _end_of_type(now, type_at)
        value = line[_end_of_type(line, found.end()) : line.rfind("]") + 1]
        text = (
            f"{text[:start]}@{name} = {found['words']}constant {now[type_at:type_end]}{value}"
            f"{now[type_end:]}{text[end:]}"
        )
    return text


def _long_lines(text: str) -> Iterator[tuple[int, int]]:
    """Where long lines of variables begin and end; most others are stepped over."""
    at = LONG - 1
    while at < len(text):
        start = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at)
        end = end if end >= 0 else len(text)
        if end - start >= LONG and text.startswith("@", start):
            yield start, end
        at = end + LONG - 1


def _aliases(text: str) -> list[str]:
    """The lines of aliases: what they stand for must be defined."""
    found: list[str] = []
    at = text.find(" alias ")
    while at >= 0:
        end = text.find("\n", at)
        found.append(text[at : end if end >= 0 else len(text)])
        at = text.find(" alias ", at + 1)
    return found


def _end_of_type(line: str, start: int) -> int:
    """Where an array type ends that begins there."""
    depth = 0
    for at in range(start, len(line)):
        depth += (line[at] == "[") - (line[at] == "]")
        if not depth:
            return at + 1
    return len(line)
