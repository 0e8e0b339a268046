"""The long road of one translation unit: IR, derivatives, and code again.

The frontend runs as at -O1 whatever the user's level, and LLVM's passes do not run, so that
derivatives do not depend on the level; what the code itself can see of the level stays as it is.
The user's own level and flags then compile the result.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Final

from enzcc import llvm
from enzcc.driver.ahead import NOT_AHEAD
from enzcc.driver.carry import carry_marked
from enzcc.driver.classes import class_words, with_classes, without_classes
from enzcc.driver.frontend import DONE, as_the_user, level_words, run_frontend
from enzcc.driver.options import Means
from enzcc.driver.registered import (
    given_at,
    is_static,
    lost_in_precompiled,
    lost_registrations,
    never_made,
    registering,
    with_registrations,
)
from enzcc.driver.runtime import library
from enzcc.errors import Diagnosis, NoBody, NotAFunction, Unsupported, UserMistake
from enzcc.ir.imports import open_names
from enzcc.ir.lines import lines_with
from enzcc.ir.module import Module
from enzcc.patterns import pattern
from enzcc.settings import Settings
from enzcc.source import warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enzcc.driver.command import Command
    from enzcc.driver.road import Call, Unit
    from enzcc.driver.toolchain import Clang

KEEPS_VARIABLES: Final = 18
"""The first clang with -fkeep-persistent-storage-variables."""
# Sanitizers that the frontend writes into the IR in full; the others need passes of clang's own.
_FRONTEND_SANITIZERS: Final = frozenset(
    """
    undefined alignment array-bounds bool bounds builtin enum float-cast-overflow
    float-divide-by-zero function implicit-conversion implicit-integer-truncation integer
    integer-divide-by-zero nonnull-attribute null nullability object-size pointer-overflow return
    returns-nonnull-attribute shift shift-base shift-exponent signed-integer-overflow
    unreachable unsigned-integer-overflow unsigned-shift-base vla-bound vptr local-bounds
    """.split()
)


def differentiate(call: Call, unit: Unit, directory: str, aside: str | None) -> int:
    """Write the unit's output with derivatives in it; the exit status.

    directory   for temporary files
    aside       what clang alone made, which is the output if the IR has no marker after all; None
                if clang has not compiled the unit: then the status may be NOT_AHEAD

    Raises: Diagnosis, where the user asked for something that cannot be done.
    """
    command, clang = call.command, call.clang
    _check(command, clang)
    if unit.source.is_ir:
        text = _read_ir(call, unit)
    else:
        found = _frontend(call, unit, directory, first=aside is None)
        if found is None:
            return NOT_AHEAD
        text = found
    opens = open_names(Module.parse(text)) if command.links_derivatives else []
    if not _speaks(text) and not command.enzyme.get("enzyme-truncate-all", ""):
        if aside is None:
            return NOT_AHEAD
        shutil.copyfile(aside, unit.output)
        return carry_marked(call, unit, text, opens) if command.links_derivatives else 0
    _check_memory(text)
    from enzcc.ad import Report
    from enzcc.ad import differentiate as differentiate_module

    keep_debug = unit.source.is_ir or command.has_debug or command.tracks_locations
    settings = Settings.of(command.enzyme, command.mechanisms, command.level)
    settings = replace(settings, lines=keep_debug)
    report = Report() if command.report is not None else None
    before = text
    try:
        once = cache(partial(library, call, directory))
        text = without_classes(differentiate_module(text, settings, once, report))
    except Diagnosis as mistake:
        if aside is None or not command.links_derivatives or not may_be_elsewhere(mistake, opens):
            raise
        shutil.copyfile(aside, unit.output)
        return carry_marked(call, unit, before, opens, wants=True)
    if report is not None:
        tell(report.text, command.report)
    text = _name_files_on_the_side(llvm.finish(text, keep_debug=keep_debug), command, unit)
    code = generate(call, unit, text, directory)
    if code or not command.links_derivatives:
        return code
    return carry_marked(call, unit, before, opens)


def may_be_elsewhere(mistake: Diagnosis, opens: Sequence[str]) -> bool:
    """Whether what is missing may be in another file, so that the linker knows more."""
    if isinstance(mistake, UserMistake) and not isinstance(mistake, (NoBody, NotAFunction)):
        return False
    from enzcc.rules import ALLOCATORS, DEALLOCATORS, find, is_inactive

    return mistake.elsewhere or any(
        not (name in ALLOCATORS or name in DEALLOCATORS or find(name) or is_inactive(name))
        for name in opens
    )


def generate(call: Call, unit: Unit, text: str, directory: str) -> int:
    """LLVM IR to what the user wants."""
    if not call.clang.writes_current_ir:
        code = _generate(call.command, unit, text)
    else:
        code = _backend(call, unit, text, directory)
    if code == 0 and call.command.emit_llvm and call.command.stage == "assembly":
        _name_the_source(unit)
    return code


def _name_the_source(unit: Unit) -> None:
    """IR as text begins with the name of what it was made of: ours was a temporary file."""
    with open(unit.output, "rb") as file:
        content = file.read()
    if content.startswith(b"; ModuleID = "):
        name = "<stdin>" if unit.source.value == "-" else unit.source.value
        with open(unit.output, "wb") as file:
            file.write(b"; ModuleID = '%s'" % os.fsencode(name))
            file.write(content[content.index(b"\n") :])


def _load() -> None:
    """What differentiates is read while the frontend runs."""
    import enzcc.ad  # noqa: F401  # loaded, not used


def _check(command: Command, clang: Clang) -> None:
    """Refuse what would silently not be done."""
    if clang.major > llvm.MAJOR:
        raise Unsupported(
            None,
            f"clang {clang.major} is newer than LLVM {llvm.MAJOR}, which enzcc works with",
            remedy=f"install clang-{llvm.MAJOR}, or name another with --enzcc-clang=",
        )
    if len({arg.value for arg in command.args if arg.means == Means.ARCHITECTURE}) > 1:
        raise Unsupported(
            None,
            "cannot differentiate for several architectures at once",
            remedy="compile once for each -arch, and join the objects with lipo",
        )
    if clang.writes_current_ir:
        return
    impossible = [arg.words[0] for arg in command.args if arg.means == Means.INSTRUMENT]
    impossible += [f"-fsanitize={name}" for name in command.sanitizers - _FRONTEND_SANITIZERS]
    if impossible:
        raise Unsupported(
            None,
            f"{sorted(impossible)[0]} cannot be had with clang {clang.major} "
            "in a file that is differentiated",
            because=f"clang {clang.major} cannot read LLVM {llvm.MAJOR} IR, so that enzcc "
            "generates the code, without the passes that instrument it",
            remedy=f"use clang-{llvm.MAJOR}",
        )


def _check_memory(text: str) -> None:
    """Refuse targets whose functions, variables or stack have an address space of their own."""
    if any(_OWN_SPACES.match(text, at) for at in lines_with(text, "target datalayout = ")):
        triple = re.search(r'^target triple = "([^"]*)"', text, re.MULTILINE)
        raise Unsupported(
            None,
            f"there are no derivatives for the target '{triple[1] if triple else ''}'",
            because="its functions or variables lie in memory of their own",
            remedy="compile files that ask for derivatives for a CPU with one kind of memory",
        )


def _read_ir(call: Call, unit: Unit) -> str:
    """LLVM IR that the user wrote, or another compiler."""
    path = call.stdin if unit.source.value == "-" else unit.source.value
    assert path is not None
    with open(path, "rb") as file:
        content = file.read()
    return llvm.normalise(content)


def _frontend(call: Call, unit: Unit, directory: str, *, first: bool = False) -> str | None:
    """C to LLVM IR. If nobody has compiled the unit before, what clang says goes to the user; and
    None comes back where it has to be compiled, after all."""
    command = call.command
    path = os.path.join(directory, "frontend.ll")
    # LLVM reads the bitcode of older versions, but not all that they wrote as text
    form = "-S" if call.clang.writes_current_ir else "-c"
    classes = class_words(command, unit)

    def run(*more: str, first: bool = False) -> int:
        return run_frontend(
            call, unit, path, *more, *classes, form=form, first=first, meanwhile=_load
        )

    if first:
        if run(*level_words(command.level), first=True):
            return None
        if not _speaks(_read(path)):
            return None
        with open(path + ".stderr", "rb") as said:
            os.write(2, said.read())
    elif run(*level_words(command.level)) and run(*as_the_user(command.level)):
        raise llvm.InvalidIR(_read(path + ".stderr"))
    text = _frontend_text(call, path)
    names: tuple[str, ...] = ()
    declared = (_RECORDS_NAMES.match(text, at) for at in lines_with(text, "declare "))
    if any(declared):  # a trace has the names of arguments
        names = ("-fno-discard-value-names",)
        if run(*level_words(command.level), *names) == 0:
            text = _frontend_text(call, path)
    sources = registering(call, unit.source)
    lost = lost_registrations(sources, text)
    if lost and call.clang.major >= KEEPS_VARIABLES:
        if not run(*level_words(command.level), *names, "-fkeep-persistent-storage-variables"):
            text = with_registrations(text, _frontend_text(call, path))
    elif any(is_static(sources, name) for name in lost):
        raise _dropped(call, lost[0])
    if _speaks(text):
        _warn_of_nothing_made(call, unit, never_made(sources, text), path + ".i")
    name = lost_in_precompiled(command, text) if _speaks(text) else None
    if name is not None:
        raise _dropped(call, name, " of a precompiled header")
    return text


def _warn_of_nothing_made(call: Call, unit: Unit, names: Sequence[str], path: str) -> None:
    """Registrations that the preprocessor leaves and clang makes no variables of."""
    command = call.command
    if not names or any("-w" in arg.words for arg in command.args):
        return
    if run_frontend(call, unit, path, *level_words(command.level), form="-E"):
        return
    preprocessed = _read(path)
    for name in names:
        place = given_at(preprocessed, name)
        if place is not None:
            warn(
                place,
                f"the registration '{name}' has no effect: it stands in a template that is not"
                " instantiated, or in a function that is not used here",
            )


def _dropped(call: Call, name: str, where: str = "") -> Unsupported:
    return Unsupported(
        None,
        f"clang {call.clang.major} drops the static variable '{name}'{where}, which nobody reads",
        remedy="leave out 'static', or write '__attribute__((used))' in front",
    )


def _frontend_text(call: Call, path: str) -> str:
    """What clang has written, as LLVM here prints it; a clang of the same version prints it so."""
    if call.clang.writes_current_ir:
        return with_classes(_read(path))
    with open(path, "rb") as file:
        return with_classes(llvm.normalise(file.read()))


_OWN_SPACES: Final = pattern(r'target datalayout = "(?:[^"]*-)?[APG][1-9]')
_RECORDS_NAMES: Final = pattern(r"^declare .*__enzyme_(?:trace|condition)", re.MULTILINE)


def tell(report: str, path: str | None) -> None:
    """Hands out a report; several sources in one call share a file."""
    if not path:
        sys.stderr.write(report)
        return
    with open(path, "a", encoding="utf-8") as file:
        file.write(report)


def _name_files_on_the_side(text: str, command: Command, unit: Unit) -> str:
    """The IR holds names of files that clang derived from our temporary output."""
    base = os.path.splitext(unit.output)[0]
    if command.stage == "link":
        base = f"{command.output or 'a'}-{unit.source.stem}"
    base = base.replace("\\", "\\5C").replace('"', "\\22")
    full = os.path.abspath(base)
    if 'splitDebugFilename: "' in text:
        text = _SPLIT_DWARF.sub(lambda _: f'splitDebugFilename: "{base}.dwo"', text)
    if '.gcno", !"' in text:
        text = _COVERAGE.sub(lambda found: f'{found[1]}"{full}.gcno", !"{full}.gcda"', text)
    return text


_SPLIT_DWARF: Final = pattern(r'splitDebugFilename: "[^"]*"')
_COVERAGE: Final = pattern(r'^(!\d+ = !\{!)"[^"]*\.gcno", !"[^"]*\.gcda"', re.MULTILINE)


def _backend(call: Call, unit: Unit, text: str, directory: str) -> int:
    """By the user's clang."""
    command = call.command
    path = os.path.join(directory, unit.source.stem + ".ll")
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
    own = ["-mllvm", llvm.TESTS_IN_LOOPS]
    if command.level.isdigit() and int(command.level) > 3:  # which was warned of
        own.append("-O3")
    if command.stage == "link":
        own += ["-c", *call.dumpdir()]
    return call.run(
        command.words(
            without=DONE,
            only=[unit.source],
            instead={unit.source: path},
            add=["-Qunused-arguments", "-w", *own, "-o", unit.output],
        )
    )


def _generate(command: Command, unit: Unit, text: str) -> int:
    """The same by LLVM itself, for a clang too old to read this IR."""
    if command.emit_llvm:
        kind = "ir" if command.stage == "assembly" else "bitcode"
    else:
        kind = "assembly" if command.stage == "assembly" else "object"
    if kind == "object" and not llvm.can_assemble(text):
        raise Unsupported(
            None,
            "inline assembly for another target cannot be had with this clang "
            "in a file that is differentiated",
            because=f"a clang before {llvm.MAJOR} cannot read LLVM {llvm.MAJOR} IR, so that enzcc "
            "generates the code, and it has the assembler of this machine only",
            remedy=f"use clang-{llvm.MAJOR}",
        )
    content = llvm.generate(text, kind=kind, level=command.level)
    with open(unit.output, "wb") as file:
        file.write(content)
    return 0


def _speaks(text: str) -> bool:
    """May there be a marker?"""
    return "__enzyme_" in text or "poseidon_" in text


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
