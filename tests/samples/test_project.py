"""samples/project: several directories, two languages, built by every build system that is here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from building import ROOT, SAMPLES

USER = """
    #include "fit.hpp"
    int main() { return fit::aim({20, 0.6}, 40).miss < 1e-8 ? 0 : 1; }
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, beside it `enzcc` and `enzcc++` of this checkout."""
    shutil.copytree(SAMPLES / "project", tmp_path / "project")
    (tmp_path / "bin").mkdir()
    for name, function in (("enzcc", "enzcc"), ("enzcc++", "enzccxx")):
        start = f"import sys; from enzcc.driver.main import {function}; sys.exit({function}())"
        command = tmp_path / "bin" / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{start}" "$@"\n')
        command.chmod(0o755)
    return tmp_path / "project"


def shell(project: Path, *lines: str, **more: str) -> str:
    """Run commands in the project; what they print."""
    path = f"{project.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": path, **more}
    for name in ("CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS", "PYTHONDONTWRITEBYTECODE"):
        if name not in more:
            environment.pop(name, None)
    done = subprocess.run(
        ["sh", "-ec", "\n".join(lines)],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def needs(*tools: str) -> None:
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


def test_make(project: Path) -> None:
    needs("make")
    assert shell(project, "make -j4", "./shoot").splitlines()[-1] == "hit"
    assert "up to date" in shell(project, "make -j4 shoot")


def test_cmake(project: Path) -> None:
    """By the toolchain file, with Ninja; the installed library is linked by plain cc."""
    needs("cmake", "c++")
    generator = "-G Ninja" if shutil.which("ninja") else ""
    shell(
        project,
        f'cmake {generator} -S . -B build --toolchain "$(enzcc --cmake-toolchain)"',
        "cmake --build build -j 4",
    )
    assert shell(project, "build/app/shoot").splitlines()[-1] == "hit"
    written = json.loads((project / "build" / "compile_commands.json").read_text())
    assert all("-fenzcc-link" in c["command"] for c in written if "main.cpp" not in c["file"])
    shell(project, "cmake --install build --prefix installed")
    (project / "user.cpp").write_text(USER)
    shell(
        project,
        "lib=$(dirname $(ls installed/lib*/libaim.so))",
        "c++ user.cpp -Iinstalled/include -L$lib -laim -Wl,-rpath,$PWD/$lib -o user",
        "./user",
    )
    flags = "".join(path.read_text() for path in project.glob("installed/lib*/cmake/aim/*.cmake"))
    assert "-fenzcc-link" not in flags


def test_cmake_by_compiler_and_ccache(project: Path) -> None:
    """CMake's detection of the compiler; a cache in front of it."""
    needs("cmake", "ccache")
    launcher = "-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache"
    cache = {"CCACHE_DIR": str(project / "cache")}
    shell(
        project,
        "cmake -S . -B build -DCMAKE_C_COMPILER=enzcc -DCMAKE_CXX_COMPILER=enzcc++"
        f' -Denzcc_DIR="$(enzcc --cmake-dir)" {launcher}',
        "cmake --build build",
        "cmake --build build --clean-first",
        **cache,
    )
    assert shell(project, "build/app/shoot").splitlines()[-1] == "hit"
    counts = dict(
        line.split("\t")[:2]
        for line in shell(project, "ccache --print-stats", **cache).splitlines()
    )
    assert int(counts["direct_cache_hit"]) + int(counts["preprocessed_cache_hit"]) == 4


def test_cmake_says_that_the_compiler_is_another(project: Path) -> None:
    needs("cmake", "cc", "c++")
    with pytest.raises(AssertionError, match="compiler is not enzcc"):
        shell(
            project,
            "cmake -S . -B build -DCMAKE_C_COMPILER=cc -DCMAKE_CXX_COMPILER=c++"
            ' -Denzcc_DIR="$(enzcc --cmake-dir)"',
        )


def test_meson(project: Path) -> None:
    """Meson makes thin archives."""
    needs("meson", "ninja")
    shell(project, "meson setup build", "ninja -C build", CC="enzcc", CXX="enzcc++")
    assert shell(project, "build/shoot").splitlines()[-1] == "hit"
