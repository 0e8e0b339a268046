"""Unions of the C++ library that begin as a byte begin as a whole.

    union Storage { unsigned char byte; Point value; Storage() : byte(0) {} };

    store i8 0, ptr %this        -->        memset(%this, 0, 16)

LLVM takes a variable apart where parts of it are used by themselves: a `Point` that is put there
later would be moved in two pieces, its first byte and the others, and a part of a number has no
derivative. What lies in an object when its constructor begins is not determined, so it may be
zeros. `std::vector::insert` has such a union, and `std::optional` of LLVM's library.
"""

from __future__ import annotations

import re
from typing import Final

from enzcc.patterns import pattern

_CONSTRUCTOR: Final = pattern(r"_ZNSt\w*C[12](?:B\w+)?Ev")
_NAME: Final = r'%(?:[-\w.$]+|"[^"\n]*")'
_THIS: Final = pattern(rf"ptr [^,]*\bdereferenceable\((\d+)\) ({_NAME})")
_CLEARED: Final = pattern(rf"^  store i8 0, ptr ({_NAME})(?=[,\n]).*$", re.M)
_FIRST: Final = pattern(
    rf"  ({_NAME}) = getelementptr inbounds (?:nuw )?{_NAME}, ptr ({_NAME}), i32 0, i32 0(?=[,\n])"
)
_SPILLED: Final = pattern(rf"  store ptr ({_NAME}), ptr ({_NAME})(?=[,\n])")
_LOADED: Final = pattern(rf"  ({_NAME}) = load ptr, ptr ({_NAME})(?=[,\n])")


def with_whole_unions(name: str, params: str, body: str) -> str:
    """The body of a function; a constructor of the library that calls nothing, and begins by
    setting the first byte to zero, does so with all bytes of the object."""
    if "  store i8 0, " not in body or not _CONSTRUCTOR.fullmatch(name):
        return body
    this, cleared = _THIS.fullmatch(params), _CLEARED.search(body)
    if this is None or cleared is None or " call " in body or " invoke " in body:
        return body
    before = body[: cleared.start()]
    spilled = _SPILLED.search(before)
    if spilled is None or spilled[1] != this[2] or before.count("  store ") != 1:
        return body
    base = dict(_FIRST.findall(before)).get(cleared[1], cleared[1])
    if (base, spilled[2]) not in _LOADED.findall(before):
        return body
    whole = f"  call void @llvm.memset.p0.i64(ptr {cleared[1]}, i8 0, i64 {this[1]}, i1 false)"
    return f"{before}{whole}{body[cleared.end() :]}"
