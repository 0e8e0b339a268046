"""What the C++ runtime does with objects: exceptions, casts, tables of virtual functions.

All exceptions are one object to the analyses: who throws what to whom is not followed, and some are
thrown by code that nobody looks at. Tables of
virtual functions are constant, and hold nothing that a derivative flows through: the pointer to one
is the same in an object and in its shadow.
"""

from __future__ import annotations

from typing import Final

from enzcc.ir.instructions import CallBase
from enzcc.ir.values import ConstantInt, Global

VTABLE: Final = "vtable pointer"
"""The type that clang's TBAA gives to the pointer to an object's virtual functions."""

OF_CLASS: Final = f"{VTABLE} of "
"""The type that `enzcc.driver.classes` gives to those of objects of one class, or of one that is
derived from it."""

ALLOCATE_EXCEPTION: Final = "__cxa_allocate_exception"

EXCEPTIONS: Final = frozenset({ALLOCATE_EXCEPTION, "__cxa_begin_catch", "__cxa_get_exception_ptr"})
"""Functions that return the address of an exception."""

CAST: Final = "__dynamic_cast"


def is_cast(call: CallBase) -> bool:
    """Is it a dynamic_cast? Its result points into the same object as its argument, or is null."""
    return isinstance(call.callee, Global) and call.callee.name == CAST


def cast_offset(call: CallBase) -> int | None:
    """How far behind the object that it finds lies what a dynamic_cast is given; None if that is
    known at run time only."""
    hint = call.arguments[3]
    return hint.value if isinstance(hint, ConstantInt) and hint.value >= 0 else None
