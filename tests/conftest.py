"""What all tests share: finding the compilers, and calling enzcc as a user does."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def _zig() -> str | None:
    found = importlib.util.find_spec("ziglang")
    if found is None or not found.submodule_search_locations:
        return None
    return str(Path(found.submodule_search_locations[0], "zig"))


TOOLCHAINS: dict[str, str | None] = {
    **{name: shutil.which(name) for name in ("clang-22", "clang-19", "clang-16")},
    "ziglang": _zig(),
}


@pytest.fixture(params=TOOLCHAINS)
def toolchain(request: pytest.FixtureRequest) -> str:
    """Each compiler that enzcc can stand on, by its path."""
    path = TOOLCHAINS[request.param]
    if path is None:
        pytest.skip(f"{request.param} is not installed")
    return path


@pytest.fixture
def clang() -> str:
    """The compiler of LLVM's own version."""
    path = TOOLCHAINS["clang-22"]
    if path is None:
        pytest.skip("clang-22 is not installed")
    return path


Enzcc = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def enzcc(tmp_path: Path) -> Enzcc:
    """Calls enzcc in a directory of the test's own, without raising where it fails."""

    def call(
        *words: str | Path,
        cxx: bool = False,
        clang: str | None = None,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
        cwd: Path = tmp_path,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command(cxx=cxx), *map(str, words)],
            cwd=cwd,
            env=environment(clang=clang, **(env or {})),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return call


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
