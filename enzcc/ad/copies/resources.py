"""Memory resources (`std::pmr`): in copies, what they hand out is a block of the heap each time.

    resource->allocate(24, 8)                                     a virtual call of `do_allocate`
    -->
    __enzcc_resource_new(24, 8)                                   an allocator

So each block is an object of its own, with a shadow, and given back where the container does. A
resource of the library's has no other effect that a program could see, but that it may be
exhausted. A resource of the program's own has; and where functions that allocate are called through
pointers, those of the program would allocate, and the copies give back. Both are left alone. What
others see of such blocks is refused (`enzcc.ad.memory.resources`).
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
    r"^@_ZTI(?!NSt(?:3__1)?3pmr)[^\n]* = [^\n]*@_ZTINSt(?:3__1)?3pmr15memory_resourceE\b", re.M
)
_NAME = pattern(NAMES)
_ENTITY = pattern(r"^define [^\n]*\{\n.*?^\}|^@[^\n]* = [^\n]*", re.M | re.S)
_MENTION = pattern(r'@("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)(\(?)')


def can_stand_in(text: str) -> bool:
    """May blocks of the heap stand for what resources hand out in a module? Not if it has a class
    of resources, or the address of a function that allocates, but for those that are
    differentiated."""
    if _DERIVED.search(text) is not None:
        return False
    callers: dict[str, list[str]] = {}
    addressed: set[str] = set()
    for entity in _ENTITY.findall(text):
        owner = ""
        for line in entity.split("\n"):
            asks = "__enzyme_" in line
            for name, bracket in _MENTION.findall(line):
                owner = owner or name
                callers.setdefault(name, []).append(owner)
                if not bracket and not asks and name != owner:
                    addressed.add(name)
    found: set[str] = set()
    work = [name for name in callers if _NAME.fullmatch(name)]
    while work:
        name = work.pop()
        if name not in found:
            found.add(name)
            work += callers.get(name, ())
    return found.isdisjoint(addressed)
