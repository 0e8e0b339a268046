"""Arguments through which functions of the library only read, and where they may write numbers.

    fprintf(file, "%s %g", name, x)                writes into `file`; not into the name
    std::ostream &operator<<(std::ostream &, std::string const &)

Of C's functions a table says where they write; names of C++ tell their types.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from enzcc.demangle import demangled
from enzcc.patterns import pattern
from enzcc.rules.cxx import is_of_strings

_WRITE: Final = (
    (pattern(r"_*v?w?printf(_chk)?|puts|perror|p?writev?|v?syslog|v?dprintf"), ()),
    (pattern(r"_*v?(f|s|sn|as|fw|sw)printf(_chk)?"), (0,)),
    (pattern(r"fputs(_unlocked)?|fputws|_*(f?putc)(_unlocked)?|_IO_putc|fputwc"), (1,)),
    (pattern(r"fwrite(_unlocked)?"), (3,)),
    (pattern(r"_*(fgets|fgetws|getline|getdelim)(_chk)?"), (0, 1)),
    (pattern(r"_*(str|stp|wcs)(n?cpy|n?cat|lcpy|lcat)(_chk)?"), (0,)),
    (pattern(r"_*str(n?len|n?cmp|n?casecmp|coll|r?chr|chrnul|str|casestr|spn|cspn|pbrk)"), ()),
    (pattern(r"_*(ato(i|l|ll|f)|memcmp|memchr|bcmp)"), ()),
)
"""Families of C's functions, and the arguments that they write through. (A pointer that they return
leads where it leads.)"""

_SCANS: Final = (
    (pattern(r"(__isoc\d+_)?(scanf|vscanf)"), 1),
    (pattern(r"(__isoc\d+_)?v?[fs]scanf"), 2),
    (pattern(r"_*(isoc\d+_)?strto(d|f|ld|l|ul|ll|ull|imax|umax)"), 1),
)
"""Others, and how many arguments in front they only read."""


_OF_TEXT: Final = pattern(r"std::(basic_|string|ios|[io]?stream|locale|allocator).*")
"""Classes that hold text, if any."""


@cache
def only_reads(name: str, count: int) -> frozenset[int]:
    """The positions of such arguments of a function that is called with so many. (Those of which
    nothing is known are not among them.)"""
    if name.startswith("_Z"):
        return _by_types(demangled(name), count)
    for family, written in _WRITE:
        if family.fullmatch(name):
            return frozenset(range(count)).difference(written)
    for family, first in _SCANS:
        if family.fullmatch(name):
            return frozenset(range(first))
    return frozenset()


@cache
def may_write_numbers(name: str, count: int) -> frozenset[int]:
    """The positions of arguments through which such a function may write numbers."""
    if is_of_strings(name) and "4copyE" not in name:
        return frozenset()  # what these write is text
    every = frozenset(range(count)) - only_reads(name, count)
    types = _types(demangled(name), count) if name.startswith("_Z") else None
    if types is None:
        return every
    first = count - len(types)
    return every & {first + at for at, text in enumerate(types) if not _OF_TEXT.match(text)}


def _by_types(name: str, count: int) -> frozenset[int]:
    types = _types(name, count)
    if types is None:
        return frozenset()
    first = count - len(types)
    found = {first + at for at, text in enumerate(types) if _is_constant(text)}
    if name.endswith(" const") and first > 0:
        found.add(first - 1)
    return frozenset(found)


def _types(name: str, count: int) -> list[str] | None:
    """The types of the last arguments of a function, each passed in one: in front of these are
    `this` and where the result is returned. None if that is not known."""
    types = _parameters(name)
    if types is None or any(t == "..." or ("<" in t and t[-1] not in "&*") for t in types):
        return None
    return types if 0 <= count - len(types) <= 2 else None


def _is_constant(text: str) -> bool:
    """Is it a reference to a constant, or a pointer to one?"""
    if not text.endswith(("const&", "const*")):
        return False
    return not text[:-6].rstrip().endswith(("*", "&")) or _is_constant(text[:-6].rstrip())


def _parameters(name: str) -> list[str] | None:
    """The types of the parameters of a function, as the demangled name has them."""
    text = name.removesuffix(" const")
    if not text.endswith(")"):
        return None
    found: list[str] = []
    depth, end = 0, len(text) - 1
    for at in range(end, -1, -1):
        char = text[at]
        depth += (char in ")>") - (char in "(<")
        if (char == "," and depth == 1) or not depth:
            found.append(text[at + 1 : end].strip())
            end = at
        if not depth:
            return [one for one in reversed(found) if one]
    return None
