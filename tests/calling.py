"""How tests call enzcc: by `run_enzcc`, which does not wait for Python to start.

A start costs a fifth of a second, which is two thirds of what a small program takes, and the tests
make some thousand calls: a process that has imported all forks for each. The fork takes over the
caller's streams, directory and environment and runs the command's own `main`; so it does what a
user's call does, once Python and the modules are there. Tests about the start itself, about signals
or closed streams make processes of their own.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
Enzcc = Callable[..., "subprocess.CompletedProcess[str]"]

_LENGTH = 8  # bytes that tell how long a request is
_AT_START = ("PYTHON", "LC_", "LANG")  # variables that Python reads when it starts


def run_enzcc(
    words: Sequence[str | Path],
    *,
    cxx: bool = False,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 300,
) -> subprocess.CompletedProcess[str]:
    """Runs enzcc as a user's call does, without the time that Python takes to start."""
    given = [str(word) for word in words]
    wanted = environment() if env is None else env
    here = cwd or Path.cwd()
    running = _zygote()
    if running.fits(wanted):
        return running.run(given, cxx=cxx, cwd=here, env=wanted, stdin=stdin, timeout=timeout)
    return subprocess.run(
        [*command(cxx=cxx), *given],
        cwd=here,
        env=wanted,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )


def command(*, cxx: bool = False) -> Sequence[str]:
    """enzcc of this checkout, with the Python that runs the tests."""
    if not cxx:
        return [sys.executable, "-m", "enzcc"]
    start = "import sys; from enzcc.driver.main import enzccxx; sys.exit(enzccxx())"
    return [sys.executable, "-c", start]


def environment(*, clang: str | None = None, **more: str) -> dict[str, str]:
    """The environment of a call: this checkout's package, the named clang."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    result = {**os.environ, "PYTHONPATH": path, **more}
    result.pop("ENZCC_CLANG", None)
    result.pop("PYTHONDONTWRITEBYTECODE", None)  # else each call compiles all of enzcc anew
    if clang is not None:
        result["ENZCC_CLANG"] = clang
    return result


class Zygote:
    """The process, for as long as the tests run."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {k: v for k, v in environment.items() if k.startswith(_AT_START)}
        self._socket, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=dict(environment),
        )
        theirs.close()

    def fits(self, environment: Mapping[str, str]) -> bool:
        """Is it a Python that would start like that?"""
        wanted = {k: v for k, v in environment.items() if k.startswith(_AT_START)}
        return wanted == self._environment

    def run(
        self,
        words: Sequence[str],
        *,
        cxx: bool,
        cwd: str | Path,
        env: Mapping[str, str],
        stdin: str = "",
        timeout: float = 300,
    ) -> subprocess.CompletedProcess[str]:
        """What `subprocess.run` gives for a call of enzcc."""
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as error,
        ):
            given.write(stdin.encode())
            given.seek(0)
            request = json.dumps([list(words), cxx, str(cwd), dict(env)]).encode()
            fds = [given.fileno(), out.fileno(), error.fileno()]
            self._socket.sendall(len(request).to_bytes(_LENGTH, "little"))
            socket.send_fds(self._socket, [request[:1]], fds)
            self._socket.sendall(request[1:])
            child = int.from_bytes(_read(self._socket, _LENGTH), "little")
            if not select.select([self._socket], [], [], timeout)[0]:
                os.kill(child, signal.SIGKILL)
                _read(self._socket, _LENGTH)
                raise subprocess.TimeoutExpired(list(words), timeout)
            code = int.from_bytes(_read(self._socket, _LENGTH), "little", signed=True)
            texts = []
            for file in (out, error):
                file.seek(0)
                texts.append(file.read().decode(errors="replace"))
        return subprocess.CompletedProcess(list(words), code, *texts)

    def close(self) -> None:
        """The process ends."""
        self._socket.close()
        self._process.wait()


@functools.cache
def _zygote() -> Zygote:
    """One for all tests of a process."""
    made = Zygote(environment())
    atexit.register(made.close)
    return made


def _read(connection: socket.socket, size: int) -> bytes:
    out = b""
    while len(out) < size:
        more = connection.recv(size - len(out))
        if not more:
            raise EOFError
        out += more
    return out


def _serve(connection: socket.socket) -> None:
    """Forks for each request, and tells first the child, then how it ended."""
    import enzcc

    for module in pkgutil.walk_packages(enzcc.__path__, "enzcc."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    from enzcc.driver.main import main

    gc.collect()
    gc.freeze()
    while True:
        try:
            length = int.from_bytes(_read(connection, _LENGTH), "little")
        except EOFError:
            return
        first, fds, _, _ = socket.recv_fds(connection, 1, 3)
        words, cxx, cwd, env = json.loads(first + _read(connection, length - 1))
        child = os.fork()
        if child == 0:
            connection.close()
            for number, fd in enumerate(fds):
                os.dup2(fd, number)
                os.close(fd)
            os.chdir(cwd)
            os.environ.clear()
            os.environ.update(env)
            code = 1
            try:
                code = main(words, cxx=cxx)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        for fd in fds:
            os.close(fd)
        connection.sendall(child.to_bytes(_LENGTH, "little"))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        connection.sendall(code.to_bytes(_LENGTH, "little", signed=True))


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
