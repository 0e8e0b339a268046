"""Which clang is found, what is said of it, and what a start costs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from calling import Enzcc, environment
from conftest import TOOLCHAINS

from enzcc import __version__, llvm
from enzcc.driver import toolchain
from enzcc.driver.toolchain import LLVM_MAJOR, NoClang, find


def fake(directory: Path, name: str, version: str) -> Path:
    """A program that calls itself clang."""
    directory.mkdir(exist_ok=True)
    path = directory / name
    path.write_text(f"#!/bin/sh\necho '{version}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only directory on the PATH; no clang is there, and no wheel is installed."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/no/such/directory")
    monkeypatch.delenv("ENZCC_CLANG", raising=False)
    monkeypatch.setattr(toolchain, "_wheel", lambda: None)
    return tmp_path / "bin"


def test_the_version_of_llvm_is_that_of_llvmlite() -> None:
    assert LLVM_MAJOR == llvm.MAJOR


def test_none_found_names_both_remedies(path: Path) -> None:
    with pytest.raises(NoClang) as error:
        find(None, cxx=False)
    assert "apt-get install clang-22" in str(error.value)
    assert "pip install 'enzcc[toolchain]'" in str(error.value)


def test_clang_22_comes_before_clang(path: Path) -> None:
    fake(path, "clang", "clang version 21.0.0")
    wanted = fake(path, "clang-22", "clang version 22.1.8")
    assert find(None, cxx=False).path == str(wanted)


def test_a_clang_that_is_too_new_is_passed_over(path: Path) -> None:
    fake(path, "clang", "Homebrew clang version 99.1.0")
    with pytest.raises(NoClang):
        find(None, cxx=False)
    older = fake(path, "clang-19", "Debian clang version 19.1.7 (3)")
    assert find(None, cxx=False).path == str(older)
    fake(path, "clang", "clang version 20.1.0")
    found = find(None, cxx=False)
    assert (found.path, found.major, found.writes_current_ir) == (str(path / "clang"), 20, False)


@pytest.mark.parametrize("says", ["gcc version 12.2", "clang version 9.0.1", ""])
def test_what_is_no_clang_that_serves_is_passed_over(path: Path, says: str) -> None:
    fake(path, "clang", says)
    with pytest.raises(NoClang):
        find(None, cxx=False)


def test_the_wheel_comes_last(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "_wheel", lambda: "/wheel/zig")
    assert find(None, cxx=False).is_zig
    fake(path, "clang-16", "clang version 16.0.6")
    assert find(None, cxx=False).major == 16


def test_what_the_user_names_comes_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(path, "clang-22", "clang version 22.1.8")
    mine = fake(path.parent / "mine", "my-clang", "clang version 21.1.0")
    other = fake(path, "clang-21", "clang version 21.1.0")
    monkeypatch.setenv("ENZCC_CLANG", str(mine))
    assert find(None, cxx=False).path == str(mine)
    assert find("clang-21", cxx=False).path == str(other)
    with pytest.raises(NoClang, match="no-such-clang"):
        find("no-such-clang", cxx=False)


def test_apple_counts_otherwise(path: Path) -> None:
    fake(path, "clang", "Apple clang version 17.0.0 (clang-1700.0.13.5)")
    assert find(None, cxx=False).major == 14


def test_none_found_is_an_error_of_a_compiler(enzcc: Enzcc, tmp_path: Path) -> None:
    done = enzcc("-c", "x.c", "--enzcc-clang=/no/such/clang")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("enzcc: error: the compiler '/no/such/clang'")


def test_version(enzcc: Enzcc, toolchain: str) -> None:
    done = enzcc("--version", clang=toolchain)
    assert (done.returncode, done.stderr) == (0, "")
    first, *_, last = done.stdout.splitlines()
    assert "clang version" in first
    assert last.startswith(f"enzcc {__version__}: derivatives by LLVM {llvm.VERSION}")
    assert toolchain in last


def test_a_clang_newer_than_llvmlite_is_refused(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    """Where the user insists on one: plain files pass, derivatives cannot be had."""
    (tmp_path / "clang-99").symlink_to("wrapper")
    (tmp_path / "wrapper").write_text(f'#!/bin/sh\nexec {clang} "$@"\n')
    (tmp_path / "wrapper").chmod(0o755)
    (tmp_path / "plain.c").write_text("int x;\n")
    (tmp_path / "marked.c").write_text(
        "double __enzyme_autodiff(void *, ...);\n"
        "double f(double x) { return x; }\n"
        "double g(double x) { return __enzyme_autodiff((void *)f, x); }\n"
    )
    newer = str(tmp_path / "wrapper")
    version = '#!/bin/sh\n[ "$1" = --version ] && echo clang version 99.0.0 && exit\n'
    (tmp_path / "wrapper").write_text(f'{version}exec {clang} "$@"\n')
    assert enzcc("-c", "plain.c", clang=newer).returncode == 0
    done = enzcc("-c", "marked.c", clang=newer)
    assert done.returncode == 1
    assert "clang 99 is newer than LLVM 22" in done.stderr
    assert not (tmp_path / "marked.o").exists()


def test_no_home_to_write_to(enzcc: Enzcc, tmp_path: Path) -> None:
    """The wheel has a cache, which it puts where it can be written."""
    zig = TOOLCHAINS["ziglang"]
    if zig is None:
        pytest.skip("ziglang is not installed")
    (tmp_path / "plain.c").write_text("int x;\n")
    env = {"HOME": "/proc/no/home", "XDG_CACHE_HOME": "", "TMPDIR": str(tmp_path)}
    done = enzcc("-c", "plain.c", clang=zig, env=env)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_file_without_markers_imports_next_to_nothing(tmp_path: Path, clang: str) -> None:
    """The start of Python is all that such a file pays."""
    (tmp_path / "plain.c").write_text("int x;\n")
    script = (
        "import sys; before = set(sys.modules)\n"
        "from enzcc.driver.main import main\n"
        "assert main(['-c', 'plain.c'], cxx=False) == 0\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    imported = subprocess.check_output(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment(clang=clang), text=True
    ).split()
    others = [name for name in imported if not name.startswith("enzcc")]
    assert others == ["__future__"]
    assert "enzcc.driver.differentiate" not in imported
    assert "enzcc.llvm" not in imported
