"""Lines of libraries are left out of copies that are inlined.

    define internal double @in_a_header..enzcc(double %x) alwaysinline {
      %r = fmul double %x, %x, !dbg !7          -->           %r = fmul double %x, %x

Nobody is told such a line: the place of inlined code of a library is that of its user (see
`DebugInfo.location`), and LLVM gives the place of a call to all that is inlined there and has none.
Otherwise it would make a node of metadata of each line at each call, which programs of templates
have tens of thousands of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Protocol, final

from enzcc.ir.debuginfo import library_places
from enzcc.patterns import pattern

_AT: Final = pattern(r", !dbg !(\d+)")


class _Calling(Protocol):
    """A function: the text of its body, and what it calls by name."""

    body: str

    @property
    def called(self) -> dict[str, None]: ...


@final
class LibraryLines:
    """Lines of libraries in these functions of a module.

    told    functions that are called from elsewhere, where calls may have no place
    """

    def __init__(self, text: str, functions: Mapping[str, _Calling], told: Iterable[str]) -> None:
        self._places = library_places(text)
        self._told = set(told)
        if self._places:
            for function in functions.values():
                if "!dbg " not in function.body:
                    self._told.update(function.called)

    def left_out(self, name: str, body: str) -> str:
        """The body of a copy of a function that is inlined."""
        if not self._places or name in self._told:
            return body
        return _AT.sub(lambda at: "" if at[1] in self._places else at[0], body)
