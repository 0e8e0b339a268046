"""Names of what the engine makes. A C program cannot contain them: they have two dots (a static
variable `x` in a function `f` is `f.x`)."""

from __future__ import annotations

SUFFIX = "..enzcc"
DISTINCT = ".distinct"
KEPT = "..kept"
ADAPTED = "..for."


def prepared(name: str) -> str:
    """The simplified copy of a function that derivatives are made from."""
    return name + SUFFIX


def prepared_distinct(name: str) -> str:
    """Such a copy, made as if pointers of the function's did not lead to the same memory."""
    return f"{name}{DISTINCT}{SUFFIX}"


def kept(name: str) -> str:
    """A function in calls of the copies that is not to be looked into, nor inlined."""
    return name + KEPT


def original(name: str) -> str:
    """The user's function behind a prepared copy or a kept name (or the name itself)."""
    if name.endswith(SUFFIX):
        return name[: -len(SUFFIX)]
    return name[: -len(KEPT)] if name.endswith(KEPT) else name


def in_source(name: str) -> str:
    """The same; of a copy for pointers that do not lead to the same memory, too."""
    return original(name).removesuffix(DISTINCT) if name.endswith(SUFFIX) else original(name)


def adapted(rule: str, primal: str) -> str:
    """What calls a derivative by hand with the arguments that it takes."""
    return rule + ADAPTED + primal


def written(rule: str) -> str:
    """A derivative by hand as the program has it."""
    return rule.partition(ADAPTED)[0]
