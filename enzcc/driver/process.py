"""Running clang, without the cost of `subprocess`, and dying well when a signal says so."""

from __future__ import annotations

# The builtin module below `signal`, which makes enums of everything and costs 8 ms to import.
import _signal as signal  # type: ignore[import-not-found]  # no stub
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType
    from typing import Final, NoReturn

# What Python ignores, and a compiler must not: `enzcc -E foo.c | head` ends quietly.
_PYTHON_IGNORES: Final = [
    getattr(signal, name) for name in ("SIGPIPE", "SIGXFSZ") if hasattr(signal, name)
]
_DEADLY: Final = [signal.SIGHUP, signal.SIGINT, signal.SIGTERM]
SIGPIPE: Final[int] = signal.SIGPIPE
_PATIENCE: Final = 100  # naps of 20 ms
_PDEATHSIG: Final = 1  # of prctl: the signal when the parent ends
LONG: Final = 100_000  # bytes of arguments that any system takes


class Killed(BaseException):
    """A signal asked us to end; the children were told, the temporary files are to go."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


_children: set[int] = set()


def _end(number: int, frame: FrameType | None) -> NoReturn:
    for deadly in _DEADLY:
        signal.signal(deadly, signal.SIG_IGN)  # once is enough: what follows cleans up
    for child in _children:
        try:
            os.kill(child, number)
        except ProcessLookupError:
            pass
    raise Killed(number)


def catch_signals() -> None:
    """From here on a signal that ends us raises `Killed`."""
    for number in _DEADLY:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def die_by(number: int) -> NoReturn:
    """End as a program ends that does not catch this signal."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)


def become(argv: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Replace this process: no cost, and no trace of us."""
    for number in _PYTHON_IGNORES:
        signal.signal(number, signal.SIG_DFL)
    os.execve(argv[0], list(argv), environment)


def start(
    argv: Sequence[str],
    environment: Mapping[str, str],
    *,
    stdin: str | None = None,
    stderr: str | None = None,
    response_file: Callable[[], str] | None = None,
) -> int:
    """Start a program; `finish` waits for it.

    stdin, stderr   files to use in their place
    response_file   names a file for the words if they are too many for the system
    """
    words = list(argv)
    if response_file and sum(map(len, words)) > LONG:
        from enzcc.driver.words import join

        first = 2 if words[1] in ("cc", "c++") else 1
        path = response_file()
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(join(words[first:]))
        words[first:] = ["@" + path]
    actions: list[tuple[int, int, str, int, int]] = []
    if stdin:
        actions.append((os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0))
    if stderr:
        create = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        actions.append((os.POSIX_SPAWN_OPEN, 2, stderr, create, 0o600))
    child = os.posix_spawn(
        words[0], words, environment, file_actions=actions, setsigdef=_PYTHON_IGNORES
    )
    _children.add(child)
    return child


def finish(child: int) -> int:
    """Wait for a program and return its exit status, 128 + n where signal n killed it."""
    try:
        _, status = os.waitpid(child, 0)
    except Killed:
        _see_off(child)  # so that it leaves nothing behind
        raise
    finally:
        _children.discard(child)
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return code
    if -code in (*_DEADLY, SIGPIPE):
        raise Killed(-code)
    return 128 - code


def _see_off(child: int) -> None:
    """Wait for a child that was told to end; one that does not listen is not asked again."""
    try:
        for _ in range(_PATIENCE):
            if os.waitpid(child, os.WNOHANG) != (0, 0):
                return
            time.sleep(0.02)
        os.kill(child, 9)
        os.waitpid(child, 0)
    except ChildProcessError:
        pass  # it had ended by itself, just before the signal came


def fork() -> int:
    """Go on in two processes: 0 in the child, in the parent the child to `finish`."""
    parent = os.getpid()
    child = os.fork()
    if child:
        _children.add(child)
    else:
        _children.clear()
        _end_with(parent)
    return child


def _end_with(parent: int) -> None:
    """This process ends when its parent does, even by a signal that this cannot pass on."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes  # which those who look for no marker need not wait for

    try:
        ctypes.CDLL(None).prctl(_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    except (AttributeError, OSError):
        return
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def leave(code: int) -> NoReturn:
    """End a process made by `fork` at once, with this exit status: to take all apart that it has
    built up would take a tenth of its time."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def output_of(argv: Sequence[str]) -> str:
    """What a program prints, "" if it fails."""
    import subprocess

    try:
        done = subprocess.run(argv, capture_output=True, text=True, errors="replace", check=False)
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""
