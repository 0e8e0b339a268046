"""Static libraries: what is in them, and a copy in which some members are others.

Reads what GNU and BSD tools write, thin archives too; writes a GNU archive with a symbol table.
"""

from __future__ import annotations

import os
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import BinaryIO, Final

MAGIC: Final = b"!<arch>\n"
THIN: Final = b"!<thin>\n"
_HEADER: Final = 60


class Member:
    """A member: its name, and where its content is: `size` bytes from `start` of `path`."""

    __slots__ = ("name", "path", "size", "start")

    def __init__(self, name: str, path: str, start: int, size: int) -> None:
        self.name, self.path, self.start, self.size = name, path, start, size

    def content(self) -> bytes:
        with open(self.path, "rb") as file:
            file.seek(self.start)
            return file.read(self.size)


def members(path: str, file: BinaryIO) -> list[Member]:
    """The members in order, without tables; empty if the file is no archive."""
    file.seek(0)
    magic = file.read(8)
    if magic not in (MAGIC, THIN):
        return []
    found: list[Member] = []
    long_names = b""
    at = 8
    while True:
        file.seek(at)
        header = file.read(_HEADER)
        if len(header) < _HEADER or header[58:] != b"`\n":
            return found
        name = header[:16].rstrip()
        size = int(header[48:58])
        start = at + _HEADER
        at = start + size + size % 2
        if name in (b"/", b"/SYM64/", b"__.SYMDEF", b"__.SYMDEF SORTED"):
            continue
        if name == b"//":
            long_names = file.read(size)
            continue
        if name.startswith(b"/"):  # GNU: the name stands in the table of long names
            begin = int(name[1:])
            end = long_names.find(b"/\n", begin)
            name = long_names[begin : end if end >= 0 else None]
        elif name.startswith(b"#1/"):  # BSD: it stands in front of the content
            length = int(name[3:])
            name = file.read(length).rstrip(b"\0")
            start, size = start + length, size - length
        else:
            name = name.removesuffix(b"/")
        spelled = os.fsdecode(name)
        if magic == THIN:
            at = start
            outside = os.path.join(os.path.dirname(path), spelled)
            found.append(Member(spelled, outside, 0, size))
        else:
            found.append(Member(spelled, path, start, size))


def defined_names(file: BinaryIO) -> set[str] | None:
    """The names that the members define, by the archive's own table; None if it has none that we
    can read."""
    file.seek(8)
    header = file.read(_HEADER)
    if header[:16].rstrip() != b"/" or header[58:] != b"`\n":
        return None
    table = file.read(int(header[48:58]))
    (count,) = struct.unpack_from(">I", table)
    names = table[4 + 4 * count :].split(b"\0")
    return {name.decode("utf-8", "surrogateescape") for name in names[:count]}


def rewritten(
    path: str, instead: Mapping[int, bytes], defines: Callable[[bytes], list[bytes]]
) -> bytes:
    """The archive with other contents for the members of these numbers; `defines` gives the names
    that an object defines."""
    with open(path, "rb") as file:
        parts = members(path, file)
    contents = [instead.get(n, b"") or member.content() for n, member in enumerate(parts)]
    names = b""
    headers: list[bytes] = []
    for member, content in zip(parts, contents, strict=True):
        name = os.fsencode(os.path.basename(member.name))
        if len(name) < 16:
            spelled = name + b"/"
        else:
            spelled = b"/%d" % len(names)
            names += name + b"/\n"
        headers.append(_header(spelled, len(content)))
    names += b"\n" * (len(names) % 2)
    symbols: list[list[bytes]] = [defines(content) for content in contents]
    count = sum(map(len, symbols))
    spelled_symbols = b"".join(s + b"\0" for part in symbols for s in part)
    size = 4 + 4 * count + len(spelled_symbols)
    padding = size % 2
    at = 8 + _HEADER + size + padding + (_HEADER + len(names) if names else 0)
    offsets: list[int] = []
    for part, content in zip(symbols, contents, strict=True):
        offsets += [at] * len(part)
        at += _HEADER + len(content) + len(content) % 2
    table = struct.pack(f">I{count}I", count, *offsets) + spelled_symbols + b"\0" * padding
    out = [MAGIC, _header(b"/", len(table)), table]
    if names:
        out += [_header(b"//", len(names)), names]
    for header, content in zip(headers, contents, strict=True):
        out += [header, content, b"\n" * (len(content) % 2)]
    return b"".join(out)


def _header(name: bytes, size: int) -> bytes:
    return b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name, 0, 0, 0, b"644", size)
