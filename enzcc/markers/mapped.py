"""Pages that `mmap` hands out are blocks of an allocator, as if the program had registered it.

A program that fetches fresh memory from the system (`MAP_ANONYMOUS`) gets it zeroed, and gives it
back with `munmap`: its shadow is memory fetched the same way. Files are none of that: if one call
may map them, nothing is said, and what is stored there is refused as ever.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from enzcc.ir.instructions import CallBase
from enzcc.ir.types import IntType, PointerType
from enzcc.ir.values import ConstantWord, Global
from enzcc.markers.trace import Tracer

if TYPE_CHECKING:
    from enzcc.ir import Module

RELEASE: Final = "munmap"
SIZE: Final = 1
ARGUMENTS: Final = (-1, SIZE)
_NAMES: Final = ("mmap", "mmap64")
_PROTECTION, _FLAGS = 2, 3
_READ_AND_WRITE: Final = 0x3
_FIXED: Final = 0x10
_ANONYMOUS: Final = 0x20  # of Linux
_ANONYMOUS_ELSEWHERE: Final = 0x1000  # of macOS and the BSDs


def allocators_of_pages(module: Module) -> list[str]:
    """The names under which the module fetches fresh pages, and only those."""
    if not module.declares(RELEASE):
        return []
    return [name for name in _NAMES if module.declares(name) and _only_fresh(module, name)]


def _only_fresh(module: Module, name: str) -> bool:
    if not _has_the_prototype(module, name):
        return False
    linux = re.search(r'^target triple = ".*linux', module.text, re.MULTILINE) is not None
    anonymous = _ANONYMOUS if linux else _ANONYMOUS_ELSEWHERE
    tracer = Tracer(module)
    return all(
        isinstance(inst, CallBase) and _is_fresh(inst, name, anonymous, tracer)
        for caller in module.mentioning([name])
        for inst in module.function(caller).instructions()
        if any(isinstance(o, Global) and o.name == name for o in inst.operands)
    )


def _has_the_prototype(module: Module, name: str) -> bool:
    made, gone = module.symbol(name).function_type, module.symbol(RELEASE).function_type
    if made is None or gone is None or len(made.params) != 6 or len(gone.params) != 2:
        return False
    return (
        isinstance(made.result, PointerType)
        and isinstance(gone.params[0], PointerType)
        and made.params[SIZE] == gone.params[1]
        and isinstance(made.params[SIZE], IntType)
    )


def _is_fresh(call: CallBase, name: str, anonymous: int, tracer: Tracer) -> bool:
    if not isinstance(call.callee, Global) or call.callee.name != name:
        return False  # its address is handed over
    place = call.arguments[0]
    protection = tracer.integer(call.arguments[_PROTECTION])
    flags = tracer.integer(call.arguments[_FLAGS])
    if protection is None or flags is None:
        return False
    return (
        isinstance(place, ConstantWord)
        and place.word == "null"
        and protection & _READ_AND_WRITE == _READ_AND_WRITE
        and flags & anonymous != 0
        and not flags & _FIXED
    )
