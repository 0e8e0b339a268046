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

from enzcc.driver.options import Means
from enzcc.driver.process import become, catch_signals, finish, start
from enzcc.driver.scratch import Scratch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final

    from enzcc.driver.command import Arg, Command
    from enzcc.driver.toolchain import Clang

_MARKER: Final = b"__enzyme_"
_QUIET: Final = "-Wno-unused-command-line-argument"


def include_words(command: Command) -> list[str]:
    """What lets the preprocessor find <enzyme.h>, after everything that the user has."""
    if not command.wants_include:
        return []
    from enzcc.data import INCLUDE

    return ["-idirafter", INCLUDE]


def ask(command: Command, clang: Clang) -> int:
    """A call in which nothing is differentiated: we become clang."""
    words = command.words(add=include_words(command))
    if words == command.expanded:
        words = list(command.original)
    become(clang.argv(words), clang.environment())


def take(command: Command, clang: Clang) -> int:
    """Compile, differentiate, link; the exit status."""
    catch_signals()
    with Scratch() as scratch:
        call = Call(command, clang, scratch)
        return call.link() if command.stage == "link" else call.compile()


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

    # Steps

    def compile(self) -> int:
        """-c and -S: every source to its own output."""
        command = self.command
        sources = command.candidates
        if len(sources) > 1 and command.output is not None:
            return self._leave_to_clang()  # it says that one output cannot hold them
        worst = 0
        for number, source in enumerate(sources):
            others = [arg for arg in command.inputs if arg not in sources] if number == 0 else []
            output = command.output or f"{source.stem}.{self._suffix()}"
            if _is_regular(output):
                unit = Unit(source, output)
                words = command.words(replace=_only(source, *others), add=include_words(command))
                code = self._one(unit, words)
            else:
                code = self._to_a_stream(source, output)
            worst = max(worst, code)
        return worst

    def link(self) -> int:
        """Sources, objects and libraries to a program."""
        command = self.command
        if command.emit_llvm or any(
            arg.value != "-" and not os.path.exists(arg.value) for arg in command.inputs
        ):
            return self._leave_to_clang()  # it says what is wrong
        plan = self._plan()
        objects: dict[Arg, str] = {}
        worst = 0
        for source in command.candidates:
            unit = Unit(source, os.path.join(self.scratch.fresh(), source.stem + ".o"))
            objects[source] = unit.output
            words = command.words(
                without=(Means.OUTPUT, Means.LINK),
                replace=_only(source),
                add=[
                    *("-c", "-o", unit.output, _QUIET),
                    *self._names_as_when_linking(source),
                    *include_words(command),
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
        return self.run(
            command.words(replace=lambda arg: _in_place(arg, objects), add=[_QUIET]),
        )

    def _one(self, unit: Unit, words: Sequence[str]) -> int:
        """Compile one unit as clang would; differentiate it if its output asks for that."""
        code = self.run(words)
        if code or not mentions_marker(unit.output):
            return code
        from enzcc.driver.differentiate import differentiate

        done = False
        try:
            code = differentiate(self, unit)
            done = code == 0
        finally:
            if not done:
                _remove(unit.output)
        return code

    def _to_a_stream(self, source: Arg, output: str) -> int:
        """-o - and -o /dev/null: what we could not look at goes to a file first."""
        name = f"{source.stem}.{self._suffix()}"
        unit = Unit(source, os.path.join(self.scratch.fresh(), name))
        words = self.command.words(
            without=(Means.OUTPUT,),
            add=[
                *("-o", unit.output),
                *self._names_as_when_linking(source),
                *include_words(self.command),
            ],
        )
        code = self._one(unit, words)
        if code == 0:
            with open(unit.output, "rb") as file:
                content = file.read()
            if output == "-":
                sys.stdout.buffer.write(content)
                sys.stdout.buffer.flush()
            else:
                with open(output, "wb") as stream:
                    stream.write(content)
        return code

    # Details

    def include_words(self) -> list[str]:
        return include_words(self.command)

    def run(self, words: Sequence[str], *, stderr: str | None = None) -> int:
        """Run clang on these words."""
        return finish(self._start(words, stderr=stderr))

    def _start(self, words: Sequence[str], *, stderr: str | None = None) -> int:
        clang = self.clang
        return start(
            clang.argv(words),
            clang.environment(),
            stdin=self.stdin,
            stderr=stderr,
            response_file=self.scratch.response_file,
        )

    def _leave_to_clang(self) -> int:
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

    def _names_as_when_linking(self, source: Arg) -> list[str]:
        """Name files on the side after the final output, though we compile to a temporary one."""
        command, words = self.command, []
        spellings = {arg.words[0][:3] for arg in command.args if arg.means == Means.DEPENDENCIES}
        if command.makes_dependencies:
            if "-MF" not in spellings:
                base = command.output if command.output not in (None, "-") else source.stem
                words += ["-MF", os.path.splitext(base or "")[0] + ".d"]
            if not spellings & {"-MT", "-MQ"}:
                words += ["-MQ", command.output or source.stem + ".o"]
        names_files = command.has(Means.NAMES_FILES) or command.has(Means.INSTRUMENT)
        if names_files and not command.has(Means.DUMPDIR) and not self.clang.is_zig:
            words += ["-dumpdir", (command.output or "a") + "-"]
        return words

    def _plan(self) -> Plan:
        """Ask clang, while we compile, what it thinks of the command as a whole."""
        if self.clang.is_zig:
            return Plan(0, "")
        path = os.path.join(self.scratch.directory, "plan")
        colour = ["-fcolor-diagnostics"] if os.isatty(2) else []
        words = self.command.words(add=["-###", *colour, *include_words(self.command)])
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


def mentions_marker(path: str) -> bool:
    """Whether an object, bitcode or assembly file holds the name of a marker."""
    overlap = len(_MARKER) - 1
    try:
        with open(path, "rb") as file:
            tail = b""
            while chunk := file.read(1 << 20):
                if _MARKER in tail + chunk:
                    return True
                tail = chunk[-overlap:]
    except FileNotFoundError:
        pass
    return False


def _only(*kept: Arg) -> Callable[[Arg], Sequence[str]]:
    """Leaves out all other inputs."""
    return lambda arg: arg.words if arg in kept else ()


def _in_place(arg: Arg, objects: dict[Arg, str]) -> Sequence[str]:
    """An input as the linker gets it: -x must not make a source of our object."""
    path = objects.get(arg)
    if path is None:
        return arg.words
    if arg.language:
        return ("-x", "none", path, "-x", arg.language)
    return (path,)


def _is_regular(path: str) -> bool:
    """Whether we can write a file there and read it again."""
    if path == "-":
        return False
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return True


def _remove(path: str) -> None:
    try:
        if _is_regular(path):
            os.unlink(path)
    except OSError:
        pass
