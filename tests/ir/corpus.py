"""Modules to read: real sources through real compilers, each compiled once a test run."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import llvmlite.binding as llvmlite
import pytest

SOURCES = Path(__file__).parent / "sources"
EIGEN = next(
    (p for p in ("/usr/include/eigen3", "/usr/local/include/eigen3") if Path(p).is_dir()), None
)


def clang() -> list[str] | None:
    found = shutil.which("clang-22") or shutil.which("clang")
    if found:
        return [found]
    try:
        import ziglang  # noqa: F401 - only where no clang is installed
    except ImportError:
        return None
    return [sys.executable, "-m", "ziglang", "clang"]


def _command(source: Path, level: str, debug: bool) -> list[str] | None:
    """How to compile a source to LLVM text, or None where its compiler is not installed."""
    extra = ["-g"] if debug else []
    match source.suffix:
        case ".c" | ".cpp":
            compiler = clang()
            if compiler is None or (source.stem == "eigen" and EIGEN is None):
                return None
            flags = ["-std=c++20", f"-I{EIGEN}"] if source.suffix == ".cpp" else []
            return [*compiler, "-w", "-S", "-emit-llvm", f"-O{level}", *extra, *flags, str(source)]
        case ".rs":
            rustc = shutil.which("rustc")
            options = ["--emit=llvm-ir", "-C", f"opt-level={level}", *extra, str(source)]
            return [rustc, *options] if rustc else None
        case ".f90":
            flang = shutil.which("flang-22") or shutil.which("flang")
            return [flang, "-S", "-emit-llvm", f"-O{level}", *extra, str(source)] if flang else None
    return None


@functools.cache
def compiled(name: str, level: str = "0", debug: bool = False) -> str | None:
    """The text that LLVM prints for a source; None where its compiler is missing or too new."""
    source = SOURCES / name
    if source.suffix == ".ll":
        return printed_by_llvm(source.read_text())
    command = _command(source, level, debug)
    if command is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out.ll")
        done = subprocess.run(
            [*command, "-o", str(out)], capture_output=True, text=True, cwd=folder
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        try:
            return printed_by_llvm(out.read_text())
        except RuntimeError:
            if source.suffix in (".c", ".cpp"):
                raise
            return None


def printed_by_llvm(text: str) -> str:
    """The text as LLVM prints it, once it is found valid; in a context of its own, for in a shared
    one LLVM gives named structs new names."""
    context = llvmlite.create_context()
    module = llvmlite.parse_assembly(text, context)
    module.verify()
    return str(module)


def module_text(name: str, level: str = "0", debug: bool = False) -> str:
    """The text of a source, or the test is skipped."""
    text = compiled(name, level, debug)
    if text is None:
        pytest.skip(f"no compiler that llvmlite can follow for {name}")
    return text
