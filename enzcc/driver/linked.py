"""Which files a link takes, in the linker's own order: objects, members of archives, libraries.

Follows the rules of ELF linkers: an object is always taken, a member of an archive where it defines
a name that is still undefined (or by --whole-archive), the first definition wins unless it is weak.
"""

from __future__ import annotations

import io
import os

from enzcc.driver.archive import MAGIC as ARCHIVE
from enzcc.driver.archive import THIN, defined_names, members
from enzcc.driver.carried import BITCODE, SECTION, record_in_bitcode, records
from enzcc.driver.elf import MAGIC, SHARED, Elf, Symbol
from enzcc.driver.options import Means

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Final

    from enzcc.driver.carried import Carried
    from enzcc.driver.command import Arg, Command

_SYSTEM: Final = ("/usr/local/lib", "/lib", "/usr/lib")


class File:
    """An object, a member of an archive, or a shared library, that takes part in the link.

    member   its number in the archive, -1 if it is a file of its own
    """

    __slots__ = ("is_shared", "member", "name", "path", "symbols", "units")

    def __init__(self, path: str, content: bytes, member: int = -1, name: str = "") -> None:
        self.path, self.member, self.name = path, member, name or path
        self.units: list[Carried] = []
        self.symbols: list[Symbol] = []
        self.is_shared = False
        elf = Elf.read(io.BytesIO(content))
        if elf is not None:
            self.is_shared = elf.kind == SHARED
            self.symbols = elf.symbols()
            section = elf.named(SECTION)
            if section is not None:
                self.units = records(elf.content(section))
        elif content[:4] in BITCODE:
            self.units = records(record_in_bitcode(content))
            for unit in self.units:
                self.symbols += _symbols_of_ir(unit)


def _symbols_of_ir(unit: Carried) -> list[Symbol]:
    """The global symbols of an object that is bitcode."""
    from enzcc import llvm
    from enzcc.ir.module import Module

    module = Module.parse(llvm.normalise(unit.ir))
    found: list[Symbol] = []
    for name in module.symbols():
        symbol = module.symbol(name)
        if name.startswith("llvm.") or symbol.linkage in ("internal", "private"):
            continue
        found.append(
            Symbol(
                name.removeprefix("\\01"),
                defined=symbol.defined and symbol.linkage != "available_externally",
                weak=symbol.linkage.startswith(("weak", "linkonce", "common", "extern_weak")),
                visible=True,
            )
        )
    return found


def defined_by(content: bytes) -> list[bytes]:
    """The names that an object defines for others."""
    symbols = File("", content).symbols
    return [s.name.encode("utf-8", "surrogateescape") for s in symbols if s.defined and s.visible]


class Linked:
    """The files of a link, in order; paths of archives and objects as the command names them."""

    def __init__(self, command: Command, objects: Mapping[Arg, str]) -> None:
        self.files: list[File] = []
        self._defined: set[str] = set()
        self._undefined: dict[str, None] = {}
        self._whole = False
        self._static = False
        self._directories: list[str] = []
        self._group: list[str] | None = None
        self._taken: set[tuple[str, int]] = set()
        words = [*_words(command, objects)]
        for word in words:
            if word.startswith("-L"):
                self._directories.append(word[2:])
        for word in words:
            self._word(word)

    def _word(self, word: str) -> None:
        if not word.startswith("-"):
            self._input(word)
        elif word.startswith("-l"):
            path = self.find(word[2:])
            if path is not None:
                self._input(path)
        elif word in ("--whole-archive", "-whole-archive"):
            self._whole = True
        elif word in ("--no-whole-archive", "-no-whole-archive"):
            self._whole = False
        elif word in ("--start-group", "-start-group", "-("):
            self._group = []
        elif word in ("--end-group", "-end-group", "-)"):
            self._repeat()
        elif word in ("-Bstatic", "-dn", "-static", "-non_shared"):
            self._static = True
        elif word in ("-Bdynamic", "-dy", "-call_shared"):
            self._static = False
        elif word.startswith("-u="):
            self._undefined[word[3:]] = None

    def find(self, name: str) -> str | None:
        """The file that -l<name> means."""
        if name.startswith(":"):
            names = [name[1:]]
        else:
            names = [f"lib{name}.a"] if self._static else [f"lib{name}.so", f"lib{name}.a"]
        extra = os.environ.get("LIBRARY_PATH", "").split(os.pathsep)
        for directory in [*self._directories, *filter(None, extra), *_SYSTEM]:
            for spelled in names:
                path = os.path.join(directory, spelled)
                if os.path.isfile(path):
                    return path
        return None

    def _input(self, path: str) -> None:
        try:
            with open(path, "rb") as file:
                magic = file.read(8)
                if magic in (ARCHIVE, THIN):
                    self._archive(path)
                    if self._group is not None:
                        self._group.append(path)
                elif magic[:4] == MAGIC or magic[:4] in BITCODE:
                    file.seek(0)
                    self._take(File(path, file.read()))
        except OSError:
            return  # the linker says so

    def _archive(self, path: str) -> bool:
        """Take what is needed of an archive; whether that was something."""
        with open(path, "rb") as file:
            if not self._whole:
                names = defined_names(file)
                if names is not None and names.isdisjoint(self._undefined):
                    return False
            parts = members(path, file)
        waiting = [
            File(path, part.content(), number, f"{path}({part.name})")
            for number, part in enumerate(parts)
            if (path, number) not in self._taken
        ]
        took = False
        while True:
            left: list[File] = []
            for part in waiting:
                if self._whole or any(
                    s.defined and s.name in self._undefined and not s.name.startswith("__enzyme")
                    for s in part.symbols
                ):
                    self._take(part)
                    took = True
                else:
                    left.append(part)
            if len(left) == len(waiting):
                return took
            waiting = left

    def _repeat(self) -> None:
        group, self._group = self._group or [], None
        while any(self._archive(path) for path in group):
            pass

    def _take(self, file: File) -> None:
        self._taken.add((file.path, file.member))
        self.files.append(file)
        for symbol in file.symbols:
            if symbol.defined and symbol.visible | (not file.is_shared):
                self._defined.add(symbol.name)
                self._undefined.pop(symbol.name, None)
        if file.is_shared:
            return
        for symbol in file.symbols:
            if not symbol.defined and not symbol.weak and symbol.name not in self._defined:
                self._undefined[symbol.name] = None

    def owners(self) -> tuple[dict[str, File], dict[str, File]]:
        """Which object, and which shared library, has the definition of a name that wins."""
        objects: dict[str, File] = {}
        strong: set[str] = set()
        libraries: dict[str, File] = {}
        for file in self.files:
            for symbol in file.symbols:
                if not symbol.defined:
                    continue
                if file.is_shared:
                    libraries.setdefault(symbol.name, file)
                elif symbol.name not in objects or (not symbol.weak and symbol.name not in strong):
                    objects[symbol.name] = file
                    if not symbol.weak:
                        strong.add(symbol.name)
        return objects, libraries


def _words(command: Command, objects: Mapping[Arg, str]) -> Iterator[str]:
    """The words of a command as the linker gets them."""
    xlinker: list[str] = []
    for arg in command.args:
        first = arg.words[0]
        if arg.means == Means.INPUT:
            if arg in objects or not (arg.is_c or arg.is_ir):
                yield objects.get(arg, arg.value)
        elif arg.means == Means.SEARCH:
            yield "-L" + arg.value
        elif first == "-u":
            yield "-u=" + arg.value
        elif first == "-static":
            yield first
        elif arg.means == Means.LINK:
            if first in ("-Xlinker", "--for-linker") or first.startswith("--for-linker="):
                xlinker.append(arg.value)
                yield from _of_the_linker(xlinker)
                xlinker = xlinker[-1:]
            elif first.startswith("-Wl,"):
                yield from _of_the_linker(first[4:].split(","))
            elif first.startswith("-l"):
                yield "-l" + arg.value


def _of_the_linker(words: Sequence[str]) -> Iterator[str]:
    """Words for the linker alone, as far as they matter here."""
    skip = False
    for number, word in enumerate(words):
        if skip:
            skip = False
            continue
        following = words[number + 1] if number + 1 < len(words) else ""
        if word in ("-L", "-l", "-u", "--library", "--library-path", "--undefined"):
            kind = {"--library": "-l", "--library-path": "-L", "--undefined": "-u"}.get(word, word)
            yield kind + ("=" if kind == "-u" else "") + following
            skip = True
        elif word in _WITH_OPERAND:
            skip = True
        elif word.startswith("--library="):
            yield "-l" + word[10:]
        elif word.startswith("--library-path="):
            yield "-L" + word[15:]
        elif word.startswith("--undefined="):
            yield "-u=" + word[12:]
        else:
            yield word


_WITH_OPERAND: Final = frozenset(
    "-rpath --rpath -rpath-link --rpath-link -soname --soname -h -z -T --script -Map -o -e --entry "
    "-m -b --format -y --trace-symbol --defsym -dynamic-linker --dynamic-linker -I -plugin "
    "-plugin-opt --version-script --dynamic-list -R --just-symbols -F -f -Y -mllvm".split()
)
