"""C++ names as people write them: `_ZN3geo4distERKNS_1PE` is geo::dist(geo::P const&).

The C++ library of the machine reads them, if there is one; else plain and nested names are read
here, and others stay as they are.
"""

from __future__ import annotations

import ctypes
import re
from functools import cache
from typing import Any, Final

from enzcc.patterns import pattern

_LIBRARIES: Final = (
    "libstdc++.so.6",
    "libc++abi.so.1",
    "libc++abi.dylib",
    "/usr/lib/libc++abi.dylib",
)
_NAME: Final = pattern(r"_Z[\w.$]+")
_STRING: Final = r"std::basic_string<char, std::char_traits<char>, std::allocator<char> ?>"
_DEFAULTS: Final = "allocator|default_delete|less|hash|equal_to"
_NICER: Final = (
    (pattern(r"std::__(?:cxx11|1)::"), "std::"),
    (pattern(_STRING), "std::string"),
    (pattern(rf", std::(?:{_DEFAULTS})<(?:[^<>]|<[^<>]*>)*>(?= ?>)"), ""),
    (pattern(r" >"), ">"),
    (pattern(r"\[abi:\w+\]"), ""),
)  # fmt: skip


def demangled(text: str) -> str:
    """The text with every mangled name in it as its author knows it."""
    return _NAME.sub(lambda found: _readable(found[0]), text) if "_Z" in text else text


@cache
def _readable(name: str) -> str:
    stem, dot, suffix = name.partition("..")  # what the engine appends to names
    read = _by_library(stem) or _by_hand(stem)
    if read is None:
        return name
    for nicer, better in _NICER:
        read = nicer.sub(better, read)
    return read if not dot or suffix.startswith(("enzcc", "kept")) else read + dot + suffix


@cache
def _library() -> Any:
    for name in _LIBRARIES:
        try:
            function = ctypes.CDLL(name).__cxa_demangle
        except (OSError, AttributeError):
            continue
        function.restype = ctypes.c_void_p
        function.argtypes = [ctypes.c_char_p, *[ctypes.c_void_p] * 3]
        return function
    return None


def _by_library(name: str) -> str | None:
    function = _library()
    if function is None:
        return None
    status = ctypes.c_int()
    found = function(name.encode(), None, None, ctypes.addressof(status))
    if not found or status.value:
        return None
    text = ctypes.string_at(found).decode("utf-8", "replace")
    free = getattr(ctypes.CDLL(None), "free", None)
    if free is not None:
        free.argtypes = [ctypes.c_void_p]
        free.restype = None
        free(found)
    return text


def _by_hand(name: str) -> str | None:
    """Plain and nested names, without their parameters."""
    rest = name.removeprefix("_Z").removeprefix("L")
    nested = re.match(r"N[rVK]*[RO]?(St)?", rest)
    rest = rest[nested.end() :] if nested else rest
    parts = ["std"] if nested and nested[1] else []
    while number := re.match(r"L?(\d+)", rest):
        end = number.end() + int(number[1])
        parts.append(rest[number.end() : end])
        rest = rest[end:]
        if not nested:
            break
    if not parts or (nested and not rest.startswith("E")):
        return None
    return "::".join(parts)
