"""What all tests share: the compilers, and enzcc in a directory of the test's own."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from calling import Enzcc, environment, run_enzcc


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
        wanted = environment(clang=clang, **(env or {}))
        return run_enzcc(words, cxx=cxx, stdin=stdin, env=wanted, cwd=cwd)

    return call
