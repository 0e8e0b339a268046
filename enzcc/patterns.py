"""Regular expressions, compiled when they are first used: most of the modules' are not, in one run,
and to compile them all would take a third of the time that enzcc needs to start."""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast

_METHODS = ("findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn")


class _Later:
    """Stands for a compiled expression, and becomes it."""

    def __init__(self, pattern: Any, flags: int) -> None:
        self.pattern, self._flags = pattern, flags

    def __getattr__(self, name: str) -> Any:
        made = re.compile(self.pattern, self._flags)
        for method in _METHODS:  # from now on they are found at once
            setattr(self, method, getattr(made, method))
        return getattr(made, name)


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As `re.compile`; a mistake in the expression shows when it is used."""
    return cast("re.Pattern[AnyStr]", _Later(text, flags))
