"""Names of what the engine makes. A C program cannot contain them (they have a dot)."""

from __future__ import annotations

SUFFIX = ".enzcc"


def prepared(name: str) -> str:
    """The simplified copy of a function that derivatives are made from."""
    return name + SUFFIX


def original(name: str) -> str:
    """The user's function behind a prepared copy (or the name itself)."""
    return name[: -len(SUFFIX)] if name.endswith(SUFFIX) else name
