"""argv to exit status, and where every exception ends."""

from __future__ import annotations

import os
import sys

from enzcc.driver.command import Command
from enzcc.driver.options import Means
from enzcc.driver.process import SIGPIPE, Killed, die_by
from enzcc.driver.toolchain import Clang, NoClang, find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def enzcc() -> int:
    """The command `enzcc`: a C compiler."""
    return main(sys.argv[1:], cxx=False)


def enzccxx() -> int:
    """The command `enzcc++`: a C++ compiler."""
    return main(sys.argv[1:], cxx=True)


def main(argv: Sequence[str], *, cxx: bool) -> int:
    """Run one call of the compiler; nothing is raised."""
    _open_standard_streams()
    try:
        code = _run(argv, cxx=cxx)
        sys.stdout.flush()
        return code
    except Killed as killed:
        die_by(killed.number)
    except BrokenPipeError:  # nobody reads any more: `enzcc --version | head -1`
        die_by(SIGPIPE)
    except KeyboardInterrupt:
        die_by(2)
    except NoClang as error:
        _say("error", str(error))
        return 1
    except Exception as error:
        return _explain(error)


def _run(argv: Sequence[str], *, cxx: bool) -> int:
    command = Command(argv, cxx=cxx)
    for warning in command.warnings:
        _say("warning", warning)
    if command.mistakes:
        _say("error", command.mistakes[0])
        return 1
    if command.has(Means.PLACE):
        return _place(command)
    clang = find(command.clang, cxx=cxx)
    if command.has(Means.VERSION):
        return _version(clang)
    from enzcc.driver import road

    road.enter(command.directory)
    if command.stage == "query" and not road.links_derivatives(command):
        return road.ask(command, clang)
    return road.take(command, clang)


def _open_standard_streams() -> None:
    """Streams that were closed are the null device, as in clang: no file that is opened later shall
    take the place of one."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def _place(command: Command) -> int:
    """Where the parts of enzcc are that build systems need."""
    from enzcc import data

    places = {
        "--cmake-dir": data.CMAKE,
        "--cmake-toolchain": os.path.join(data.CMAKE, "enzcc-toolchain.cmake"),
        "--enzcc-include-dir": data.INCLUDE,
    }
    for arg in command.args:
        if arg.means == Means.PLACE:
            print(places[arg.words[0]], flush=True)
    return 0


def _version(clang: Clang) -> int:
    """clang's own words first, since build systems look there; then ours."""
    from enzcc import __version__
    from enzcc.driver.process import output_of

    print(output_of(clang.argv(["--version"])), end="")
    try:
        from enzcc import llvm

        derivatives = f"derivatives by LLVM {llvm.VERSION}"
    except ImportError:
        derivatives = "no derivatives: the package llvmlite is missing"
    code = "code by LLVM" if not clang.writes_current_ir else "code by clang"
    print(f"enzcc {__version__}: {derivatives}, {code}, C by {clang.path} (clang {clang.major})")
    sys.stdout.flush()  # while what goes wrong can still be said
    return 0


def _explain(error: Exception) -> int:
    """Say what went wrong: the user's mistakes as a compiler does, our own faults in one line."""
    from enzcc.errors import Diagnosis

    if isinstance(error, Diagnosis):
        from enzcc.source import render

        sys.stderr.write(render(error, color=os.isatty(2)).rstrip("\n") + "\n")
        sys.stderr.write("1 error generated.\n")
        return 1
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        _say("error", where + error.strerror)
        return 1
    if os.environ.get("ENZCC_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    what = " ".join(str(error).split()) or "no message"
    _say("error", f"internal fault: {type(error).__name__}: {what[:300]}")
    if os.environ.get("ENZCC_DEBUG") != "1":
        _say("note", "please report it with the source file and what ENZCC_DEBUG=1 prints")
    return 1


def _say(kind: str, text: str) -> None:
    sys.stderr.write(f"enzcc: {kind}: {text}\n")
