"""C to LLVM IR as derivatives are made from it: as at -O1 whatever the user's level, no passes."""

from __future__ import annotations

from enzcc.driver.ahead import colour
from enzcc.driver.options import Means

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from enzcc.driver.road import Call, Unit

# What the first compile has done: it is not done again.
DONE: Final = (Means.OUTPUT, Means.DEPENDENCIES, Means.LINK)
_DROPPED: Final = (
    *DONE,
    Means.OBJECT,
    Means.ASSEMBLY,
    Means.EMIT_LLVM,
    Means.LEVEL,
    Means.SAVE_TEMPS,
)


def run_frontend(
    call: Call,
    unit: Unit,
    path: str,
    *more: str,
    form: str = "-S",
    first: bool = False,
    meanwhile: Callable[[], object] | None = None,
) -> int:
    """Write the IR of a unit, as text or (form -c) as bitcode; the exit status. What clang says
    goes to `path`.stderr. If it is the first to see the unit, it warns, and writes the file of
    dependencies."""
    command = call.command
    words = [form, "-emit-llvm", "-o", path, "-Xclang", "-disable-llvm-passes"]
    words += [*call.names_as_asked(unit.source), *colour(command)] if first else ["-w"]
    if not command.has_debug and not command.tracks_locations:
        words.append("-gline-tables-only")
    listing = path + ".headers"

    def run(meanwhile: Callable[[], object] | None = None) -> int:
        included = call.include_words(unit.source, marked=True)
        return call.run(
            command.words(
                without=[m for m in _DROPPED if not (first and m == Means.DEPENDENCIES)],
                only=[unit.source],
                add=["-Qunused-arguments", *words, *more, *included],
            ),
            headers=listing,
            stderr=path + ".stderr",
            meanwhile=meanwhile,
        )

    code = run(meanwhile)
    return run() if code == 0 and call.finds_more(unit.source, listing) else code


def level_words(level: str) -> tuple[str, ...]:
    """-O1, but for what the source can see of the level: macros, and -Ofast's fast-math; without
    the mark on each loop by which clang forbids at -O1 that it is unrolled, then or later."""
    if level == "0":
        return ("-O1", "-funroll-loops", "-U__OPTIMIZE__", "-D__NO_INLINE__=1")
    return ("-O" + level,) if level in ("s", "z", "fast") else ("-O1", "-funroll-loops")


def as_the_user(level: str) -> tuple[str, ...]:
    """Some sources can only be compiled at the level they are made for: a precompiled header."""
    return ("-O" + level, "-Xclang", "-disable-O0-optnone")
