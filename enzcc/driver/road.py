"""The road of a call: compile as clang would, and differentiate what turns out to need it.

A call for objects or assembly compiles each source to the place the user named. A call that links
compiles each source to a temporary object and hands clang the user's own words with the objects in
the sources' places. Either way a source is compiled first and looked at afterwards: only output
that mentions a marker takes the long road, in `enzcc.driver.differentiate`.
"""

from __future__ import annotations

import os
import stat
import sys

from enzcc.driver.ahead import NOT_AHEAD, is_marked
from enzcc.driver.options import Means
from enzcc.driver.process import LONG, become, catch_signals, finish, fork, leave, start
from enzcc.driver.scratch import Scratch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import Final

    from enzcc.driver.command import Arg, Command
    from enzcc.driver.toolchain import Clang

_MARKERS: Final = (b"__enzyme_", b"__poseidon_", b"poseidon_metric")
_VERSION: Final = (
    "-DENZYME_VERSION_MAJOR=0",
    "-DENZYME_VERSION_MINOR=0",
    "-DENZYME_VERSION_PATCH=200",
)
_FIRST: Final = 32  # members of an archive that tell how it was made
_QUIET: Final = "-Wno-unused-command-line-argument"


def include_words(command: Command, sources: Sequence[Arg]) -> list[str]:
    """What lets the preprocessor find <enzyme.h>, after everything that the user has, and the
    version of Enzyme whose interface this is, unless the user says another."""
    if command.has(Means.NO_STANDARD_INCLUDE) or not any(arg.is_preprocessed for arg in sources):
        return []  # clang would complain of an unused option
    from enzcc.data import INCLUDE

    told = any("ENZYME_VERSION_" in word for word in command.expanded)
    return ["-idirafter", INCLUDE, *([] if told else _VERSION)]


def enter(directory: str) -> None:
    """With -working-directory, clang looks for and puts files there: so do we, and zig. (A
    directory with a relative name it refuses.)"""
    if os.path.isabs(directory) and os.path.isdir(directory):
        os.chdir(directory)


def ask(command: Command, clang: Clang) -> int:
    """A call in which nothing is differentiated: we become clang."""
    if clang.is_zig and (code := _ask_zig(command, clang)) is not None:
        return code
    if any(arg.is_header and _says_enzyme(arg.value) for arg in command.inputs):
        return _precompile(command, clang)
    words = command.words(add=include_words(command, command.inputs))
    if words == command.expanded:
        words = list(command.original)
    elif sum(map(len, words)) > LONG:
        catch_signals()
        with Scratch() as scratch:
            kept = scratch.response_file
            return finish(start(clang.argv(words), clang.environment(), response_file=kept))
    become(clang.argv(words), clang.environment())


def _precompile(command: Command, clang: Clang) -> int:
    """Headers that may have annotations: clang sees them, as it does in a source."""
    catch_signals()
    with Scratch() as scratch:
        call = Call(command, clang, scratch)
        added = [call.include_words(arg, marked=True) for arg in command.inputs if arg.is_header]
        return call.run(command.words(add=[w for words in added for w in words]))


def _ask_zig(command: Command, clang: Clang) -> int | None:
    """What the wheel's own driver cannot answer; None for all else."""
    missing = _missing(command)
    if missing:
        sys.stderr.write(f"enzcc: error: no such file or directory: '{missing[0]}'\n")
        return 1
    if "-fsyntax-only" not in command.expanded:
        return None
    catch_signals()
    with Scratch() as scratch:
        kept = command.words(without=(Means.OUTPUT, Means.QUERY))
        add = ["-c", "-o", os.path.join(scratch.fresh(), "unused.o")]
        words = [*kept, *add, *include_words(command, command.inputs)]
        return finish(start(clang.argv(words), clang.environment()))


def _missing(command: Command) -> list[str]:
    return [
        arg.value for arg in command.inputs if arg.value != "-" and not os.path.exists(arg.value)
    ]


def take(command: Command, clang: Clang) -> int:
    """Compile, differentiate, link; the exit status."""
    catch_signals()
    if command.report:
        with open(command.report, "w", encoding="utf-8"):
            pass  # begun anew by each call; each source adds to it
    with Scratch() as scratch:
        call = Call(command, clang, scratch)
        return call.link() if command.stage in ("link", "query") else call.compile()


def links_derivatives(command: Command) -> bool:
    """Whether this call links objects whose derivatives go across files."""
    if not command.only_links:
        return False
    return command.links_derivatives or any(carries_ir(arg.value) for arg in command.inputs)


def carries_ir(path: str) -> bool:
    """Whether an object, or an archive by its first members, was compiled with -fenzcc-link."""
    if not path.endswith((".o", ".obj", ".lo", ".a")):
        return False
    from enzcc.driver.archive import members
    from enzcc.driver.carried import LTO_START, SECTION
    from enzcc.driver.elf import Elf

    try:
        with open(path, "rb") as file:
            for member in members(path, file)[:_FIRST] if path.endswith(".a") else ():
                with open(member.path, "rb") as part:
                    elf = Elf.read(part, member.start)
                if elf is not None and elf.named(SECTION) is not None:
                    return True
            elf = Elf.read(file)
            if elf is not None:
                return elf.named(SECTION) is not None
            file.seek(0)
            return file.read(2) == b"BC" and LTO_START in file.read()
    except OSError:
        return False


class Crash(Exception):
    """The process that differentiates died."""


class Unit:
    """One translation unit of a call.

    source   the input
    output   where the user wants it, or the temporary object
    """

    __slots__ = ("output", "source")

    def __init__(self, source: Arg, output: str) -> None:
        self.source, self.output = source, output


class Call:
    """One call of the compiler: the command, the clang, and a place for temporary files."""

    def __init__(self, command: Command, clang: Clang, scratch: Scratch) -> None:
        self.command, self.clang, self.scratch = command, clang, scratch
        self.stdin = self._keep_stdin()
        self._overlays: dict[tuple[Arg, bool], list[str]] = {}
        self.further: dict[Arg, tuple[str, ...]] = {}  # what a source includes in unusual ways

    # Steps

    def compile(self) -> int:
        """-c and -S: every source to its own output."""
        command = self.command
        sources = command.candidates
        if (len(sources) > 1 and command.output is not None) or _missing(command):
            return self._leave_to_clang()
        if any(arg.value == "-" and not arg.language for arg in command.inputs):
            return self._leave_to_clang()
        if len(command.inputs) == 1:
            return self._compile(sources[0], None)
        worst = 0
        for number, source in enumerate(sources):
            others = [arg for arg in command.inputs if arg not in sources] if number == 0 else []
            worst = max(worst, self._compile(source, [source, *others]))
        return worst

    def _compile(self, source: Arg, inputs: Sequence[Arg] | None) -> int:
        """One source; among the inputs may be some that are none of our business."""
        command = self.command
        output = command.output or f"{source.stem}.{self._suffix()}"
        include = self.include_words(source)
        if not _is_stream(output):
            return self._one(Unit(source, output), command.words(only=inputs, add=include))
        # What we could not look at goes to a file first.
        name = f"{source.stem}.{self._suffix()}"
        unit = Unit(source, os.path.join(self.scratch.fresh(), name))
        words = ["-o", unit.output, *self.names_as_asked(source), *include]
        code = self._one(unit, command.words(without=(Means.OUTPUT,), only=inputs, add=words))
        if code == 0:
            _pour(unit.output, output)
        return code

    def link(self) -> int:
        """Sources, objects and libraries to a program."""
        command = self.command
        if command.emit_llvm or _missing(command):
            return self._leave_to_clang()
        plan = self._plan() if command.candidates else Plan(0, "")
        objects: dict[Arg, str] = {}
        worst = 0
        for source in command.candidates:
            unit = Unit(source, self._object(source, objects.values()))
            objects[source] = unit.output
            words = command.words(
                without=(Means.OUTPUT, Means.LINK),
                only=[source],
                add=[
                    *("-c", "-o", unit.output, _QUIET),
                    *self.names_as_asked(source),
                    *self.include_words(source),
                ],
            )
            code = self._one(unit, words)
            worst = max(worst, code)
            if code and not plan.is_good():
                break  # the command itself is wrong, and clang has said so
        if worst:
            return worst
        if not plan.is_good():
            return self._leave_to_clang()
        plan.repeat_warnings()
        if command.links_derivatives or any(carries_ir(arg.value) for arg in command.inputs):
            from enzcc.driver.linktime import link

            return link(self, objects, _QUIET)
        return self.run(command.words(instead=objects, add=[_QUIET]))

    def _one(self, unit: Unit, words: Sequence[str]) -> int:
        """Compile one unit as clang would; differentiate it if its output asks for that."""
        if is_marked(self.command, unit.source) and not self.clang.is_zig:
            code = self._ahead(unit)
            if code is not None:
                return code
        code = self.run(words)
        if code:
            return code
        everywhere = self.command.enzyme.get("enzyme-truncate-all", "")
        if not everywhere and not mentions_marker(unit.output):
            if not self.command.links_derivatives:
                return 0
            if not self._registers(unit.source):
                return self._carry(unit)
        # What clang made must not be taken for the answer, whatever happens from here on.
        directory = self.scratch.fresh()
        aside = os.path.join(directory, "aside")
        _pour(unit.output, aside)
        os.unlink(unit.output)
        return self._differentiate(unit, directory, aside)

    def _ahead(self, unit: Unit) -> int | None:
        """Differentiate what clang has not compiled; None if it has to, after all."""
        plan = self._plan() if self.command.stage == "object" else Plan(0, "")
        code = self._differentiate(unit, self.scratch.fresh(), None)
        if code == NOT_AHEAD:
            return None
        if not plan.is_good():
            _remove(unit.output)
            return None
        plan.repeat_warnings()
        return code

    def _differentiate(self, unit: Unit, directory: str, aside: str | None) -> int:
        """In a process of its own, so that a crash of LLVM is but another error."""
        child = fork()
        if not child:
            self.scratch.give_up()
            import gc

            gc.disable()  # it ends before a search for garbage would pay
            from enzcc.driver.differentiate import differentiate

            leave(differentiate(self, unit, directory, aside))
        done = False
        try:
            code = finish(child)
            done = code == 0
        finally:
            if not done:
                _remove(unit.output)
        if code > 128:
            raise Crash(f"killed by signal {code - 128} while it differentiated")
        return code

    # Details

    def _registers(self, source: Arg) -> bool:
        """May a source register something, so that clang has dropped it? Other files may ask for
        derivatives of its functions."""
        if source.is_ir:
            return False
        from enzcc.driver.registered import registering

        return bool(registering(self, source))

    def _carry(self, unit: Unit) -> int:
        from enzcc.driver.carry import carry_unmarked

        done = False
        try:
            code = carry_unmarked(self, unit)
            done = code == 0
        finally:
            if not done:
                _remove(unit.output)
        return code

    def include_words(self, source: Arg, *, marked: bool = False) -> list[str]:
        """What lets the preprocessor see the interface.

        marked      the unit asks for derivatives, or may be asked for by another file
        """
        return [*include_words(self.command, [source]), *self._overlay(source, marked=marked)]

    def _overlay(self, source: Arg, *, marked: bool) -> list[str]:
        """What lets clang see annotations: looked for once, and only where the source says "enzyme"
        at all, or asks for derivatives by what it includes."""
        found = self._overlays.get((source, marked))
        if found is None:
            found = []
            path = self.stdin if source.value == "-" else source.value
            if path is not None and (marked or _says_enzyme(path)):
                from enzcc.driver.annotated import overlay_words

                directory = os.path.join(self.scratch.directory, f"overlay{len(self._overlays)}")
                further = self.further.get(source, ())
                found = overlay_words(
                    self.command, source, path, directory, marked=marked, further=further
                )
            self._overlays[source, marked] = found
            if found:  # all files have been looked at
                self._overlays[source, True] = found
        return found

    def finds_more(self, source: Arg, listing: str) -> bool:
        """Are there annotations in files that clang has included, and were not looked at?

        listing     of the files, by clang
        """
        from enzcc.driver.annotated import overlooked

        path = self.stdin if source.value == "-" else source.value
        if path is None or source in self.further:
            return False
        self.further[source] = overlooked(self.command, source, path, listing)
        if not self.further[source]:
            return False
        self._overlays.pop((source, True), None)
        return bool(self._overlay(source, marked=True))

    def run(
        self,
        words: Sequence[str],
        *,
        headers: str | None = None,
        stderr: str | None = None,
        meanwhile: Callable[[], object] | None = None,
    ) -> int:
        """Run clang on these words; `meanwhile` is called while it runs.

        headers     a file for a list of all that is included
        """
        child = self._start(words, headers=headers, stderr=stderr)
        if meanwhile is not None:
            meanwhile()
        code = finish(child)
        wanted = os.environ.get("CC_PRINT_HEADERS") and os.environ.get("CC_PRINT_HEADERS_FILE")
        if headers is not None and wanted and os.path.exists(headers):
            with open(headers, "rb") as list_, open(wanted, "ab") as file:
                file.write(list_.read())
        return code

    def _start(
        self, words: Sequence[str], *, headers: str | None = None, stderr: str | None = None
    ) -> int:
        clang = self.clang
        environment = clang.environment()
        if headers is not None:
            listed = {"CC_PRINT_HEADERS": "1", "CC_PRINT_HEADERS_FILE": headers}
            kept = ((k, v) for k, v in environment.items() if not k.startswith("CC_PRINT_HEADERS"))
            environment = {**dict(kept), **listed}
        return start(
            clang.argv(words),
            environment,
            stdin=self.stdin,
            stderr=stderr,
            response_file=self.scratch.response_file,
        )

    def _object(self, source: Arg, taken: Collection[str]) -> str:
        """Where to compile a source to when the call goes on to link."""
        name = source.stem + ".o"
        kept = [arg for arg in self.command.args if arg.means == Means.SAVE_TEMPS]
        if kept:
            beside = os.path.dirname(self.command.output or "") if kept[-1].value == "=obj" else ""
            path = os.path.join(beside, name)
            if path not in taken:
                return path
        return os.path.join(self.scratch.fresh(), name)

    def _leave_to_clang(self) -> int:
        """A command that clang refuses: it says why."""
        self.scratch.close()
        return ask(self.command, self.clang)

    def _keep_stdin(self) -> str | None:
        """Standard input can be read once, and we may have to compile twice."""
        if not any(arg.value == "-" for arg in self.command.inputs):
            return None
        path = os.path.join(self.scratch.directory, "stdin")
        with open(path, "wb") as file:
            file.write(sys.stdin.buffer.read())
        return path

    def _suffix(self) -> str:
        if self.command.stage == "assembly":
            return "ll" if self.command.emit_llvm else "s"
        return "bc" if self.command.emit_llvm else "o"

    def names_as_asked(self, source: Arg) -> list[str]:
        """Name files on the side after the final output, though we compile to a temporary one."""
        command, words = self.command, []
        spellings = {arg.words[0][:3] for arg in command.args if arg.means == Means.DEPENDENCIES}
        if command.makes_dependencies:
            if "-MF" not in spellings:
                base = command.output if command.output not in (None, "-") else source.stem
                words += ["-MF", os.path.splitext(base or "")[0] + ".d"]
            if not spellings & {"-MT", "-MQ"}:
                words += ["-MQ", command.output or source.stem + ".o"]
        return words + self.dumpdir()

    def dumpdir(self) -> list[str]:
        """What clang puts before the names of other files on the side when it links."""
        command = self.command
        names_files = command.has(Means.NAMES_FILES) or command.has(Means.INSTRUMENT)
        if command.stage != "link" or not names_files or command.has(Means.DUMPDIR):
            return []
        return [] if self.clang.is_zig else ["-dumpdir", (command.output or "a") + "-"]

    def _plan(self) -> Plan:
        """Ask clang, while we compile, what it thinks of the command as a whole."""
        if self.clang.is_zig:
            return Plan(0, "")
        path = os.path.join(self.scratch.directory, "plan")
        colour = ["-fcolor-diagnostics"] if os.isatty(2) else []
        include = include_words(self.command, self.command.inputs)
        words = self.command.words(add=["-###", *colour, *include])
        return Plan(self._start(words, stderr=path), path)


class Plan:
    """What `clang -###` says: whether the command is good, and which options have no effect.

    The steps of the command cannot say the latter, since each step uses but some of the options.
    """

    def __init__(self, child: int, path: str) -> None:
        self._child, self._path, self._code = child, path, 0

    def is_good(self) -> bool:
        if self._child:
            self._code = finish(self._child)
            self._child = 0
        return self._code == 0

    def repeat_warnings(self) -> None:
        if not self._path:
            return
        with open(self._path, encoding="utf-8", errors="replace") as file:
            for line in file:
                if "unused-command-line-argument" in line and not line.startswith(' "'):
                    sys.stderr.write(line)


def _says_enzyme(path: str) -> bool:
    """Whether a source mentions what annotations begin with."""
    try:
        with open(path, "rb") as file:
            return b"enzyme" in file.read()
    except OSError:
        return False


def mentions_marker(path: str) -> bool:
    """Whether an object, bitcode or assembly file holds the name of a marker."""
    overlap = max(map(len, _MARKERS)) - 1
    try:
        with open(path, "rb") as file:
            tail = b""
            while chunk := file.read(1 << 20):
                seen = tail + chunk
                if any(marker in seen for marker in _MARKERS):
                    return True
                tail = chunk[-overlap:]
    except FileNotFoundError:
        pass
    return False


def _is_stream(path: str) -> bool:
    """Standard output, a device or a pipe: what is written there cannot be read again."""
    if path == "-":
        return True
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _pour(path: str, stream: str) -> None:
    """Copy a file to standard output, a device or a pipe."""
    with open(path, "rb") as file:
        content = file.read()
    try:
        with open(1 if stream == "-" else stream, "wb", closefd=stream != "-") as out:
            out.write(content)
    except OSError as error:
        if stream != "-":
            error.filename = stream  # a write does not say where to
        raise


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
