"""Finding clang. `Clang` is a value: where it is, how to call it, what it is."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Final

# The LLVM that llvmlite carries; a test compares it, so that nothing is imported to know it.
LLVM_MAJOR: Final = 22
_OLDEST: Final = 14  # opaque pointers


class NoClang(Exception):
    """There is no compiler to stand in for; the message says what to install."""


class Clang:
    """A clang and how it wants to be called.

    path     the program
    cxx      C++: what `clang++` does
    is_zig   the program is zig, of the PyPI wheel ziglang, which contains clang
    """

    __slots__ = ("_major", "cxx", "is_zig", "path")

    def __init__(self, path: str, *, cxx: bool, is_zig: bool = False) -> None:
        self.path, self.cxx, self.is_zig = path, cxx, is_zig
        self._major = None if not is_zig else LLVM_MAJOR

    @property
    def major(self) -> int:
        """The version: 22 of 22.1.8. From the name where that tells, else clang is asked."""
        if self._major is None:
            self._major = _major_by_name(self.path) or _major_by_asking(self.path)
        return self._major

    @property
    def writes_current_ir(self) -> bool:
        """Whether it reads what enzcc writes; else LLVM's own code generator must do it."""
        return self.major >= LLVM_MAJOR

    def argv(self, words: Sequence[str]) -> list[str]:
        """The command line that makes this program do what `clang words` means."""
        if self.is_zig:
            from enzcc.driver.zig import as_clang_would

            return [self.path, "c++" if self.cxx else "cc", *as_clang_would(words)]
        if self.cxx:
            return [self.path, "--driver-mode=g++", *words]
        return [self.path, *words]

    def environment(self) -> Mapping[str, str]:
        """The environment to run it in: zig needs a cache that it can write."""
        if not self.is_zig:
            return os.environ
        from enzcc.driver import zig

        return zig.environment()


def find(wanted: str | None, *, cxx: bool) -> Clang:
    """The clang to use: what the user named, clang-22, a clang that is not newer, the wheel."""
    wanted = wanted or os.environ.get("ENZCC_CLANG")
    if wanted:
        path = wanted if "/" in wanted else _which(wanted)
        if path is None or not os.access(path, os.X_OK) or os.path.isdir(path):
            raise NoClang(f"the compiler '{wanted}' (--enzcc-clang=, ENZCC_CLANG) does not exist")
        return Clang(path, cxx=cxx, is_zig=os.path.basename(path).startswith("zig"))
    for path in _installed():
        clang = Clang(path, cxx=cxx)
        if _OLDEST <= clang.major <= LLVM_MAJOR:
            return clang
    zig = _wheel()
    if zig:
        return Clang(zig, cxx=cxx, is_zig=True)
    raise NoClang(
        f"no clang found: enzcc needs clang {_OLDEST} to {LLVM_MAJOR}. Install one with "
        f"'apt-get install clang-{LLVM_MAJOR}', or with \"pip install 'enzcc[toolchain]'\", "
        "which needs no root"
    )


def _installed() -> Iterator[str]:
    """clang-22, clang, clang-21, clang-20 ... as far as they are on the PATH."""
    names = [f"clang-{LLVM_MAJOR}", "clang"]
    names += [f"clang-{major}" for major in range(LLVM_MAJOR - 1, _OLDEST - 1, -1)]
    for name in names:
        path = _which(name)
        if path:
            yield path


def _which(name: str) -> str | None:
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(directory, name)
        if os.access(path, os.X_OK) and not os.path.isdir(path):
            return path
    return None


def _wheel() -> str | None:
    """The program in the wheel ziglang, without importing it."""
    for directory in sys.path:
        path = os.path.join(directory, "ziglang", "zig")
        if os.access(path, os.X_OK):
            return path
    return None


def _major_by_name(path: str) -> int | None:
    """22 of /usr/bin/clang-22 and of /usr/lib/llvm-22/bin/clang, links followed."""
    for part in reversed(os.path.realpath(path).split("/")):
        for prefix in ("clang-", "llvm-"):
            number = part[len(prefix) :].partition(".")[0]
            if part.startswith(prefix) and number.isdecimal():
                return int(number)
    return None


def _major_by_asking(path: str) -> int:
    """0 if it does not answer, or is not clang."""
    from enzcc.driver.process import output_of

    text = output_of([path, "--version"])
    before, found, version = text.partition("clang version ")
    number = version.partition(".")[0]
    if not found or not number.isdecimal():
        return 0
    # Apple counts Xcode's releases; their LLVM is about three majors older.
    return int(number) - 3 if "Apple" in before else int(number)
