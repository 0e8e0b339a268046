"""Places in the source, read from the module's debug metadata."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import final

from enzcc.errors import Location
from enzcc.patterns import pattern

_LOCATION = pattern(r"(?:distinct )?!DILocation\((.*)\)$")
_SUBPROGRAM = pattern(r"!dbg (!\d+)")
_FILE = pattern(r"^!\d+ = (?:distinct )?!DIFile\((.*)\)$", re.MULTILINE)
_FILE_NODE = pattern(r"\n(!\d+) = (?:distinct )?!DIFile\((.*)\)(?=\n)")
_FILE_NAME = pattern(r'filename: "([^"]*)"')
_DIRECTORY = pattern(r'directory: "([^"]*)"')
_SYSTEM = ("/usr/include/", "/usr/lib/", "/usr/local/include/", "/Library/", "/Applications/")
_SCOPE = pattern(
    r"\n(!\d+) = (?:distinct )?!DI(?:Subprogram|LexicalBlock(?:File)?)\((?:[^\n]*?, )??file: (!\d+)"
)
_PLACE = pattern(
    r"\n!(\d+) = (?:distinct )?!DILocation\((?:line: \d+, )?(?:column: \d+, )?scope: (!\d+)"
    r"(?:, (?!inlinedAt)\w+: \w+)*\)(?=\n)"
)
_ESCAPE = pattern(r"\\([0-9A-Fa-f]{2})")
_FIELD = {
    name: pattern(rf"[(, ]{name}: (!?\d+)")
    for name in ("line", "column", "scope", "file", "inlinedAt")
}


@final
class DebugInfo:
    """Reads `!N` nodes on demand; `text` gives the text of a node."""

    __slots__ = ("_files", "_locations", "text")

    def __init__(self, text: Callable[[str], str]) -> None:
        self.text = text
        self._locations: dict[str, Location | None] = {}
        self._files: dict[str, str | None] = {}

    def location(self, reference: str) -> Location | None:
        """Of a DILocation (`!12`, or written out); where code was inlined, its own place, or
        for a library's code the place of its user."""
        if reference not in self._locations:
            self._locations[reference] = self._read_location(reference)
        return self._locations[reference]

    def subprogram(self, trailer: str) -> Location | None:
        """Of the DISubprogram that a define line names."""
        found = _SUBPROGRAM.search(trailer)
        if found is None:
            return None
        text = self._node(found[1])
        file = self._file_of_scope(found[1])
        line = _field("line", text)
        return Location(file, int(line), 1) if file is not None and line else None

    def files(self, text: str) -> list[str]:
        """The user's files that the text of a module speaks of."""
        paths = [_path(found) for found in _FILE.findall(text)]
        return [path for path in paths if path is not None and not _is_library(path)]

    def _node(self, reference: str) -> str:
        return self.text(reference) if re.fullmatch(r"!\d+", reference) else reference

    def _read_location(self, reference: str) -> Location | None:
        text = self._node(reference)
        if not _LOCATION.match(text):
            return None
        scope = _field("scope", text)
        file = self._file_of_scope(scope) if scope else None
        caller = _field("inlinedAt", text)
        if caller is not None and (file is None or _is_library(file)):
            return self.location(caller)  # the user's own line
        line, column = _field("line", text), _field("column", text)
        if file is None or not line or line == "0":
            return None
        return Location(file, int(line), int(column or 0) or 1)

    def _file_of_scope(self, scope: str) -> str | None:
        """The file of a scope, or of the nearest scope around it that has one."""
        if scope not in self._files:
            self._files[scope] = None
            text = self._node(scope)
            file, outer = _field("file", text), _field("scope", text)
            if file:
                self._files[scope] = _path(self._node(file))
            elif outer:
                self._files[scope] = self._file_of_scope(outer)
        return self._files[scope]


def library_places(text: str) -> frozenset[str]:
    """The numbers of the nodes of a module's text that are places in headers of libraries, where
    nothing was inlined."""
    start = text.find("\n!")
    if start < 0 or "!DILocation(" not in text:
        return frozenset()
    paths = {node: _path(fields) for node, fields in _FILE_NODE.findall(text, start)}
    libraries = {node for node, path in paths.items() if path is not None and _is_library(path)}
    scopes = {scope for scope, file in _SCOPE.findall(text, start) if file in libraries}
    return frozenset(n for n, scope in _PLACE.findall(text, start) if scope in scopes)


def _path(text: str) -> str | None:
    name, directory = _FILE_NAME.search(text), _DIRECTORY.search(text)
    if name is None:
        return None
    path = _unescaped(name[1])
    if os.path.isabs(path) or directory is None or os.path.exists(path) or path[:1] == "<":
        return path  # <stdin> is in no directory
    return os.path.join(_unescaped(directory[1]), path)


def _is_library(path: str) -> bool:
    """Is it a header of the system, of the C++ library, or our own?"""
    return path.startswith(_SYSTEM) or "/include/c++/" in path or "/include/enzyme/" in path


def _field(name: str, text: str) -> str | None:
    found = _FIELD[name].search(text)
    return found[1] if found else None


def _unescaped(text: str) -> str:
    raw = _ESCAPE.sub(lambda m: chr(int(m[1], 16)), text)
    return raw.encode("latin-1", "replace").decode("utf-8", "replace")
