"""-fenzcc-link when it links: derivatives of functions that are defined in other files.

A unit in which a marker is left is differentiated again, with what it needs of the other units
(`enzcc.ir.imports`), and compiled again by the options it was compiled by; so is a unit that has to
make static names known. The linker then gets the new objects, and archives with new members, in the
places of the old ones. All else is linked as it is.
"""

from __future__ import annotations

import os
from functools import partial

from enzcc.driver.archive import rewritten
from enzcc.driver.carried import SECTION
from enzcc.driver.carry import carry
from enzcc.driver.elf import with_section
from enzcc.driver.linked import Linked, defined_by
from enzcc.driver.options import Means
from enzcc.driver.process import finish, fork, leave

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enzcc.driver.carried import Carried
    from enzcc.driver.command import Arg
    from enzcc.driver.linked import File
    from enzcc.driver.road import Call
    from enzcc.errors import Diagnosis
    from enzcc.ir.imports import Imports, Program
    from enzcc.ir.module import Module


def link(call: Call, objects: Mapping[Arg, str], *add: str) -> int:
    """Link; the exit status."""
    command = call.command
    linked = Linked(command, objects)
    units = [Linkable(file, unit) for file in linked.files for unit in file.units]
    instead: dict[str, str] = {}
    if _asking(units, linked):
        directory = call.scratch.fresh()
        child = fork()
        if not child:
            call.scratch.give_up()
            leave(Rebuilding(call, linked, units, directory).run())
        code = finish(child)
        if code:
            from enzcc.driver.road import Crash

            if code > 128:
                raise Crash(f"killed by signal {code - 128} while it differentiated")
            return code
        instead = _replacements(linked, directory)
    words = command.words(
        instead={arg: instead.get(path, path) for arg, path in _paths(command.args, objects)},
        add=add,
    )
    code = call.run([_word_instead(word, instead, linked) for word in words])
    if code == 0 and units and any(arg.words[0] == "-shared" for arg in command.args):
        own = [unit for unit in units if not unit.file.is_shared]
        _carry_in_library(command.output or "a.out", own)
    return code


class Linkable:
    """A unit and the file that it is in."""

    __slots__ = ("carried", "file")

    def __init__(self, file: File, carried: Carried) -> None:
        self.file, self.carried = file, carried


def _asking(units: Sequence[Linkable], linked: Linked) -> list[int]:
    """The units to differentiate now: those with a marker left, and those whose derivatives were
    made without a definition that is here."""
    objects, libraries = linked.owners()
    carrying = {id(unit.file) for unit in units}

    def is_here(unit: Linkable, name: str) -> bool:
        owner = objects.get(name) or libraries.get(name)
        return owner is not None and owner is not unit.file and id(owner) in carrying

    return [
        number
        for number, unit in enumerate(units)
        if not unit.file.is_shared
        and (unit.carried.wants or any(is_here(unit, name) for name in unit.carried.opens))
    ]


def _paths(args: Sequence[Arg], objects: Mapping[Arg, str]) -> list[tuple[Arg, str]]:
    """The objects and archives among the inputs, and where they are."""
    return [
        (arg, objects.get(arg, arg.value))
        for arg in args
        if arg.means == Means.INPUT and (arg in objects or not (arg.is_c or arg.is_ir))
    ]


def _replacements(linked: Linked, directory: str) -> dict[str, str]:
    """New files by the paths of the old ones; archives are written anew."""
    new: dict[str, str] = {}
    members: dict[str, dict[int, bytes]] = {}
    for number, file in enumerate(linked.files):
        path = _new_object(directory, number, file)
        if not os.path.exists(path):
            continue
        if file.member < 0:
            new[file.path] = path
            continue
        with open(path, "rb") as content:
            members.setdefault(file.path, {})[file.member] = content.read()
    for number, (path, contents) in enumerate(members.items()):
        place = os.path.join(directory, f"a{number}")
        os.mkdir(place)
        new[path] = os.path.join(place, os.path.basename(path))
        with open(new[path], "wb") as archive:
            archive.write(rewritten(path, contents, defined_by))
    return new


def _new_object(directory: str, number: int, file: File) -> str:
    """Where a new object goes: the linker names it in its errors."""
    name = os.path.basename(file.name).rstrip(")").rpartition("(")[2]
    return os.path.join(directory, f"n{number}", name)


def _word_instead(word: str, instead: Mapping[str, str], linked: Linked) -> str:
    """A word of the command line with new files in it."""
    if word.startswith("-Wl,"):
        return ",".join(_part_instead(part, instead, linked) for part in word.split(","))
    return _part_instead(word, instead, linked)


def _part_instead(word: str, instead: Mapping[str, str], linked: Linked) -> str:
    if word in instead:
        return instead[word]
    if word.startswith("-l") and instead:
        return instead.get(linked.find(word[2:]) or "", word)
    return word


def _carry_in_library(output: str, units: Sequence[Linkable]) -> None:
    """A shared library carries the IR of what it is made of, for programs that link it."""
    try:
        with_section(output, SECTION, b"".join(unit.carried.record() for unit in units))
    except OSError:
        return  # no ELF file: nobody will look for it


class Rebuilding:
    """Units differentiated and compiled again; runs in a process of its own."""

    def __init__(
        self, call: Call, linked: Linked, units: Sequence[Linkable], directory: str
    ) -> None:
        from enzcc.ad.copies.library import BODIES
        from enzcc.ir.imports import Program

        self.call, self.linked, self.units, self.directory = call, linked, units, directory
        self.objects, self.libraries = linked.owners()
        self.in_file: dict[int, list[int]] = {}
        for number, unit in enumerate(units):
            self.in_file.setdefault(id(unit.file), []).append(number)
        self.program: Program = Program(
            [lambda number=number: self._module(number) for number in range(len(units))],  # type: ignore[misc]  # mypy cannot infer lambdas with defaults
            self._owner,
            self._suffix,
            lambda number: units[number].file.is_shared,
            [number for number, unit in enumerate(units) if unit.carried.marked],
            BODIES,
            lambda number, name: name.encode() in units[number].carried.ir,
        )

    def run(self) -> int:
        """Write the new objects; the exit status. Raises Diagnosis."""
        from enzcc.ir.imports import Imports

        asking = _asking(self.units, self.linked)
        reached = {number: self.program.reach(number) for number in asking}
        imports = {number: self.program.imports(number, reached[number]) for number in asking}
        for number in sorted({*asking, *self.program.exported}):
            self._check(number)
            code = self._rebuild(number, imports.get(number) or Imports())
            if code:
                return code
        return 0

    # What the program of units asks for

    def _module(self, number: int) -> Module:
        from enzcc import llvm
        from enzcc.ir.module import Module

        return Module.parse(llvm.normalise(self.units[number].carried.ir))

    def _suffix(self, number: int) -> str:
        return f".enzcc.{self.units[number].carried.digest}.{number}"

    def _owner(self, asking: int, name: str) -> int | None:
        """The unit with the definition of a name that wins, as a unit sees it."""
        own = self.units[asking].file
        if own.is_shared:  # its own names first, those too that it does not show
            found = self._defining(own, name)
            if found is not None:
                return found
        file = self.objects.get(name) or self.libraries.get(name)
        return None if file is None else self._defining(file, name)

    def _defining(self, file: File, name: str) -> int | None:
        for number in self.in_file.get(id(file), ()):
            module = self.program.module(number)
            if module.has_symbol(name):
                symbol = module.symbol(name)
                if symbol.defined and symbol.linkage not in ("internal", "private"):
                    return number
        return None

    # Compiling again

    def _check(self, number: int) -> None:
        """One unit of several in one object cannot be taken out of it."""
        from enzcc.errors import Unsupported

        unit = self.units[number]
        if unit.file.is_shared:
            names = ", ".join(f"'{name}'" for name in self.program.exported[number])
            raise Unsupported(
                None,
                f"the derivative needs {names} of the shared library '{unit.file.name}'",
                because="static variables of a shared library are not known outside",
                remedy="leave out 'static' there, or link a static library",
            )
        if len(self.in_file[id(unit.file)]) > 1:
            raise Unsupported(
                None,
                f"'{unit.file.name}' was joined of several objects, one of which has to be"
                " compiled again",
                because="its derivatives, or derivatives that use its static variables, need"
                " what is defined in other files",
                remedy="join objects by 'enzcc -fenzcc-link -r', or link them one by one",
            )

    def _rebuild(self, number: int, imports: Imports) -> int:
        from enzcc.driver.command import Command
        from enzcc.driver.differentiate import generate
        from enzcc.driver.road import Call, Unit
        from enzcc.driver.toolchain import find
        from enzcc.errors import Diagnosis

        carried, file = self.units[number].carried, self.units[number].file
        command = Command(["-c", *carried.words, f"./{carried.stem}.c"], cxx=carried.cxx)
        clang = find(self.call.command.clang, cxx=carried.cxx)
        call = Call(command, clang, self.call.scratch)
        output = _new_object(self.directory, self.linked.files.index(file), file)
        os.mkdir(os.path.dirname(output))
        unit = Unit(command.inputs[0], output)
        directory = os.path.join(self.directory, f"u{number}")
        os.mkdir(directory)
        try:
            text = self._differentiated(number, imports, call, directory)
        except Diagnosis as mistake:
            raise self._explained(mistake) from mistake
        code = generate(call, unit, text, directory)
        if code == 0:
            carried.wants, carried.opens = False, []
            carry(call, unit, carried)
        return code

    def _differentiated(self, number: int, imports: Imports, call: Call, directory: str) -> str:
        from dataclasses import replace

        from enzcc import llvm
        from enzcc.ad import Report
        from enzcc.ad import differentiate as differentiate_module
        from enzcc.driver.differentiate import tell
        from enzcc.driver.runtime import library
        from enzcc.settings import Settings

        command = call.command
        text = self.program.own_text(number, imports.dropped)
        if imports.texts:
            text = llvm.merge(text, imports.texts)
        report = Report() if self.call.command.report is not None else None
        settings = Settings.of(command.enzyme, command.mechanisms, command.level)
        settings = replace(settings, blocks=self._blocks())
        text = differentiate_module(text, settings, partial(library, call, directory), report)
        if report is not None:
            tell(report.text, self.call.command.report)
        text = imports.without(llvm.normalise(text))
        keep_debug = command.has_debug or command.tracks_locations
        return llvm.finish(llvm.without_unused(text), keep_debug=keep_debug)

    def _blocks(self) -> frozenset[str]:
        """The static variables of all units that hold nothing but blocks of the heap."""
        from enzcc.ad import Owners

        owners: dict[int, Owners] = {}
        found: list[str] = []
        for index, name, new in self.program.made_known():
            module = self.program.module(index)
            if module.symbol(name).kind != "variable":
                continue
            if owners.setdefault(index, Owners(module)).cells(name):
                found.append(new)
        return frozenset(found)

    def _explained(self, mistake: Diagnosis) -> Diagnosis:
        """The mistake, with what is known of the files: which definition carries no IR."""
        name = mistake.missing
        if not name:
            return mistake
        file = self.objects.get(name) or self.libraries.get(name)
        if file is not None and not file.units:
            mistake.because = f"its definition is in '{file.name}', without its IR"
            mistake.remedy = "compile that with enzcc -fenzcc-link, too"
        elif file is None:
            mistake.because = f"none of the files that are linked defines '{name}'"
            mistake.remedy = "link the file that defines it"
        return mistake
