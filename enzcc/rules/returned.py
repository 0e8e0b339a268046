"""Functions of the library that return a pointer to what an argument points to."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def _table(rows: Mapping[int, str]) -> Mapping[str, int]:
    return MappingProxyType({name: at for at, names in rows.items() for name in names.split()})


RETURNS: Final = _table(
    {
        0: """
        memset strcpy strcat strncpy strncat __strcpy_chk __strcat_chk __strncpy_chk __strncat_chk
        fgets fgets_unlocked __fgets_chk gets getcwd wcscpy wcsncpy wcscat wcsncat wmemset
        """,
        1: "gmtime_r localtime_r asctime_r ctime_r",
        2: "gcvt inet_ntop",
    }
)
"""Function -> the argument that it returns (or null)."""

POINTS_INTO: Final = _table(
    {
        0: """
        memchr memrchr rawmemchr memmem strchr strchrnul strrchr index rindex strstr strcasestr
        strpbrk stpcpy stpncpy __stpcpy_chk __stpncpy_chk wcschr wcsrchr wcsstr wcspbrk wmemchr
        """
    }
)
"""Function -> the argument into whose object what it returns points (or null)."""

SAME_POINTER: Final = (
    "llvm.launder.", "llvm.strip.", "llvm.ssa.copy", "llvm.threadlocal.address",
    "llvm.ptr.annotation.",
)  # fmt: skip
"""How the names of intrinsics begin that return their first argument."""
