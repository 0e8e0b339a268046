"""Memory resources (`std::pmr`): in copies, what they hand out is a block of the heap each time.

    resource->allocate(24, 8)                                     a virtual call of `do_allocate`
    -->
    __enzcc_resource_new(24, 8)                                   an allocator

So each block is an object of its own, with a shadow, and given back where the container does. A
resource of the library's has no other effect that a program could see, but that it may be
exhausted, and then throws. A resource of the program's own has: it may be known by its type
information, its table of virtual functions (without type information), or, if both are in another
file, by the type that it has here. And where functions that allocate are called through pointers,
those of the program would allocate, and the copies give back. All these are left alone. What others
see of such blocks is refused (`enzcc.ad.memory.resources`).
"""

from __future__ import annotations

import re
from typing import Final

from enzcc.patterns import pattern

NAMES: Final = (
    r"_ZNSt(?:3__1)?3pmr15memory_resource(?:8allocate|10deallocate)(?:B\w+?)?E(?:mm|Pvmm)"
)
"""The members of `std::pmr::memory_resource` that make virtual calls, in both libraries."""

NEW: Final = "__enzcc_resource_new"
DELETE: Final = "__enzcc_resource_delete"

ALLOCATE: Final = "__enzcc_resource_allocate"
DEALLOCATE: Final = "__enzcc_resource_deallocate"

_DERIVED = pattern(
    r"^(?:@_ZTI(?!NSt(?:3__1)?3pmr)[^\n]* = [^\n]*@_ZTINSt(?:3__1)?3pmr\w+_resourceE\b"
    r"|@_ZTV(?!NSt(?:3__1)?3pmr)[^\n]* = [^\n]*11do_allocateEmm\b"
    r'|%(?!"?class\.std::(?:__1::)?pmr::)[^\n]* = type [^\n]*'
    r'"class\.std::(?:__1::)?pmr::memory_resource(?:\.\w+)?")',
    re.M,
)
"""A class of resources that is not the library's: `memory_resource` itself is abstract, and lies in
no object but those of its children."""

_EXHAUSTED = pattern(r"@_ZNSt(?:3__1)?3pmr20null_memory_resourceEv\b")
_CATCHES = "@__cxa_begin_catch("
_OF_LIBRARY = pattern(r"_ZNK?St|_ZSt|_ZN9__gnu_cxx|__clang_call_terminate$")
_NAME = pattern(NAMES)
ENTITY: Final = pattern(r"^define [^\n]*\{\n.*?^\}|^@[^\n]* = [^\n]*", re.M | re.S)
"""A function with a body, or a variable."""

_MENTION = pattern(r'@("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)(\(?)')


def can_stand_in(text: str) -> bool:
    """May blocks of the heap stand for what resources hand out in a module? Not if it has a class
    of resources, or the address of a function that allocates, but for those that are
    differentiated; nor if it may catch what an exhausted resource throws."""
    if _DERIVED.search(text) is not None:
        return False
    may_be_exhausted = _EXHAUSTED.search(text) is not None
    callers: dict[str, list[str]] = {}
    addressed: set[str] = set()
    for entity in ENTITY.findall(text):
        owner = ""
        catches = may_be_exhausted and _CATCHES in entity
        for line in entity.split("\n"):
            asks = "__enzyme_" in line
            for name, bracket in _MENTION.findall(line):
                owner = owner or name
                callers.setdefault(name, []).append(owner)
                if not bracket and not asks and name != owner:
                    addressed.add(name)
        if catches and _OF_LIBRARY.match(owner.strip('"')) is None:
            return False
    found: set[str] = set()
    work = [name for name in callers if _NAME.fullmatch(name)]
    while work:
        name = work.pop()
        if name not in found:
            found.add(name)
            work += callers.get(name, ())
    return found.isdisjoint(addressed)
