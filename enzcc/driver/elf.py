"""ELF files as far as linking derivatives needs them: sections, symbols, one section more.

Reads 32 and 64 bits in either byte order. A file that is no ELF, or is cut short, is `None` to
`Elf.read`; nothing here raises for what a file contains.
"""

from __future__ import annotations

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Final

MAGIC: Final = b"\x7fELF"
SHARED: Final = 3
_SYMBOLS: Final = 2  # SHT_SYMTAB
_DYNAMIC_SYMBOLS: Final = 11  # SHT_DYNSYM
_CONTENT: Final = 1  # SHT_PROGBITS
_EXCLUDE: Final = 0x80000000  # SHF_EXCLUDE: gone from what the linker makes, but for -r
_LOCAL, _WEAK = 0, 2
_HIDDEN: Final = (1, 2)  # STV_INTERNAL, STV_HIDDEN
_COMMON: Final = 0xFFF2
_ESCAPE: Final = 0xFF00  # larger indices and counts stand elsewhere


class Symbol:
    """A global symbol: whether the file defines it, and whether another definition may win."""

    __slots__ = ("defined", "name", "visible", "weak")

    def __init__(self, name: str, *, defined: bool, weak: bool, visible: bool) -> None:
        self.name, self.defined, self.weak, self.visible = name, defined, weak, visible


class Section:
    """One section header."""

    __slots__ = ("kind", "link", "name", "offset", "size")

    def __init__(self, name: int, kind: int, offset: int, size: int, link: int) -> None:
        self.name, self.kind, self.offset, self.size, self.link = name, kind, offset, size, link


class Elf:
    """An ELF file, or a part of one file, that starts at `start` and is read where asked."""

    def __init__(self, file: BinaryIO, start: int, header: bytes) -> None:
        self.file, self.start = file, start
        self.is_64, self.order = header[4] == 2, "<" if header[5] == 1 else ">"
        self.kind = struct.unpack_from(self.order + "H", header, 16)[0]
        if self.is_64:
            (self.table,) = struct.unpack_from(self.order + "Q", header, 40)
            self.entry, count, names = struct.unpack_from(self.order + "HHH", header, 58)
        else:
            (self.table,) = struct.unpack_from(self.order + "I", header, 32)
            self.entry, count, names = struct.unpack_from(self.order + "HHH", header, 46)
        self.count, self.names_index = count, names
        self.sections: list[Section] = []
        self._names = b""
        if self.table:
            self._read_sections()

    @staticmethod
    def read(file: BinaryIO, start: int = 0) -> Elf | None:
        file.seek(start)
        header = file.read(64)
        if len(header) < 52 or header[:4] != MAGIC:
            return None
        try:
            return Elf(file, start, header)
        except (struct.error, IndexError):
            return None

    def _read_sections(self) -> None:
        if self.count == 0 or self.names_index == 0xFFFF:  # too many for the header
            first = self._header(self._bytes(self.table, self.entry), 0)
            self.count = self.count or first.size
            if self.names_index == 0xFFFF:
                self.names_index = first.link
        raw = self._bytes(self.table, self.entry * self.count)
        self.sections = [self._header(raw, i * self.entry) for i in range(self.count)]
        self._names = self.content(self.sections[self.names_index])

    def _header(self, raw: bytes, at: int) -> Section:
        if self.is_64:
            name, kind, _, _, offset, size, link = struct.unpack_from(
                self.order + "IIQQQQI", raw, at
            )
        else:
            name, kind, _, _, offset, size, link = struct.unpack_from(
                self.order + "IIIIIII", raw, at
            )
        return Section(name, kind, offset, size, link)

    def _bytes(self, offset: int, size: int) -> bytes:
        self.file.seek(self.start + offset)
        return self.file.read(size)

    def content(self, section: Section) -> bytes:
        return self._bytes(section.offset, section.size)

    def name_of(self, section: Section) -> bytes:
        return self._names[section.name : self._names.index(b"\0", section.name)]

    def named(self, name: bytes) -> Section | None:
        """The first section of that name."""
        if name not in self._names:
            return None
        return next((s for s in self.sections if self.name_of(s) == name), None)

    def symbols(self) -> list[Symbol]:
        """The global symbols: of a shared library those that others see."""
        wanted = _DYNAMIC_SYMBOLS if self.kind == SHARED else _SYMBOLS
        table = next((s for s in self.sections if s.kind == wanted), None)
        if table is None:
            return []
        raw, names = self.content(table), self.content(self.sections[table.link])
        found: list[Symbol] = []
        layout = struct.Struct(self.order + ("IBBHQQ" if self.is_64 else "IIIBBH"))
        for fields in layout.iter_unpack(raw[: len(raw) // layout.size * layout.size]):
            if self.is_64:
                name, info, other, index = fields[:4]
            else:
                name, info, other, index = fields[0], *fields[3:]
            if info >> 4 == _LOCAL or not name:
                continue
            spelled = names[name : names.index(b"\0", name)].decode("utf-8", "surrogateescape")
            if self.kind == SHARED:
                spelled = spelled.partition("@")[0]
            found.append(
                Symbol(
                    spelled,
                    defined=index != 0,
                    weak=info >> 4 == _WEAK or index == _COMMON,
                    visible=other & 3 not in _HIDDEN,
                )
            )
        return found


def with_section(path: str, name: bytes, content: bytes) -> None:
    """Add a section that no program loads to a file: content, names and headers go to its end."""
    with open(path, "r+b") as file:
        elf = Elf.read(file)
        if elf is None or not elf.sections:
            raise OSError(8, "no ELF file with sections", path)
        names = elf.content(elf.sections[elf.names_index])
        table = elf._bytes(elf.table, elf.entry * elf.count)
        file.seek(0, 2)
        at = file.tell()
        file.write(content)
        new_names = names + name + b"\0"
        names_at = at + len(content)
        file.write(new_names)
        end = names_at + len(new_names)
        padding = -end % 8
        file.write(b"\0" * padding)
        table_at = end + padding
        header = bytearray(table)
        start = elf.names_index * elf.entry
        word = elf.order + ("Q" if elf.is_64 else "I")
        offset_at, size_at = (24, 32) if elf.is_64 else (16, 20)
        struct.pack_into(word, header, start + offset_at, names_at)
        struct.pack_into(word, header, start + size_at, len(new_names))
        if elf.is_64:
            new = struct.pack(
                elf.order + "IIQQQQIIQQ",
                *(len(names), _CONTENT, _EXCLUDE, 0, at, len(content), 0, 0, 1, 0),
            )
        else:
            new = struct.pack(
                elf.order + "IIIIIIIIII",
                *(len(names), _CONTENT, _EXCLUDE, 0, at, len(content), 0, 0, 1, 0),
            )
        count = elf.count + 1
        if count >= _ESCAPE:
            struct.pack_into(word, header, size_at, count)
            count = 0
        file.write(bytes(header) + new)
        file.seek(40 if elf.is_64 else 32)
        file.write(struct.pack(word, table_at))
        file.seek(60 if elf.is_64 else 48)
        file.write(struct.pack(elf.order + "H", count))
