"""Sources that say that they differentiate: they save their first compile, whose code nobody wants.

Whether a unit has a marker is asked of what clang makes of it. Where the source itself mentions
one, or another source that it includes, the answer can be foreseen, and the frontend of the long
road runs at once: with the user's warnings, and with the file of dependencies. If it fails, or
finds no marker, nothing has been said yet, and clang compiles as ever. So a wrong guess costs time,
and nothing else; and a call in which the first compile might have something else to say, or to
write, is not foreseen.
"""

from __future__ import annotations

import os

from enzcc.driver.options import Means

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from enzcc.driver.command import Arg, Command

NOT_AHEAD: Final = 99
"""The exit status of a process that went ahead, and found that clang has to compile first."""

_DEPENDENCIES: Final = frozenset(
    "-MD -MMD --write-dependencies --write-user-dependencies -MF -MT -MQ -MP -MV".split()
)
"""What the frontend can do as well as the compiler."""

_ELSEWHERE: Final = frozenset(
    (
        *(Means.ASSEMBLY, Means.ARCHITECTURE, Means.SAVE_TEMPS, Means.DUMPDIR, Means.NAMES_FILES),
        *(Means.INSTRUMENT, Means.PLUGIN, Means.XCLANG, Means.LLVM, Means.LTO),
    )
)
"""Options by which a compile writes more than its output, or says more than the frontend would."""

_SAY_MORE: Final = (
    *("-R", "-v", "-ftime", "-fmodule", "-fpch", "-include", "--include", "-fproc-stat", "-cc1"),
    *("-Weverything", "-Wreserved", "-Wbuiltin-macro", "-Wframe-larger", "-Wstack", "-Wpass"),
    *(
        "-fcrash",
        "-gen-reproducer",
        "-fdiagnostics",
        "-Wbackend",
        "-fembed",
        "-fwarn-stack",
        "-Wa,",
    ),
)
_LEVELS: Final = frozenset("0 1 2 3 s z g fast".split())
_MARKED: Final = (b"__enzyme_", b"enzyme/enzyme")
_TOLD_BY_PASSES: Final = (
    rb"_Pragma|#\s*pragma\s+(?:clang\s+loop|omp|(?:no)?unroll|GCC\s+(?:unroll|ivdep))"
)
"""What passes warn of if they cannot do it."""


def is_marked(command: Command, source: Arg) -> bool:
    """Is it foreseen that a source is differentiated, and that its first compile says no more than
    the frontend?"""
    if source.is_ir or source.value == "-":
        return False
    if command.stage != "link" and command.inputs != [source]:  # clang has a word on the others
        return False
    if command.links_derivatives or command.level not in _LEVELS:
        return False
    if command.sanitizers and command.level == "0":  # some have no effect: clang says so
        return False
    for arg in command.args:
        if arg.means in _ELSEWHERE or arg.words[0].startswith(_SAY_MORE):
            return False
        if arg.means == Means.DEPENDENCIES and not arg.words[0].startswith(tuple(_DEPENDENCIES)):
            return False
    content = _read(source.value)
    if not any(word in content for word in _MARKED):
        return False
    import re

    return re.search(_TOLD_BY_PASSES, content) is None


def _read(path: str, depth: int = 2) -> bytes:
    """A source with the sources that it includes. Headers may have markers that it does not use."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return b""
    if depth and any(suffix in content for suffix in (b'.c"', b'.cc"', b'.cpp"', b'.cxx"')):
        import re

        for name in re.findall(rb'^\s*#\s*include\s*"([^"\n]+\.(?:c|cc|cpp|cxx))"', content, re.M):
            beside = os.path.join(os.path.dirname(path), os.fsdecode(name))
            content += _read(beside, depth - 1)
    return content


def colour(command: Command) -> list[str]:
    """What makes clang write into a file as it would to the terminal."""
    chosen = ("-fcolor-diagnostics", "-fno-color-diagnostics", "-fansi-escape-codes")
    if not os.isatty(2) or any(arg.words[0] in chosen for arg in command.args):
        return []
    return ["-fcolor-diagnostics"]
