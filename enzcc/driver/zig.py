"""The wheel ziglang contains clang, behind a driver of its own: what that takes amiss, undone.

It targets the machine it runs on, sanitises undefined behaviour, writes debug information, knows
its own names of processors, and not all of clang's languages.
"""

from __future__ import annotations

import os

from enzcc.driver.command import parse
from enzcc.driver.options import Means

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

# It takes these for the names of libraries, or refuses them.
_SUFFIXES: Final = {"i": "c", "ii": "c++", "mi": "objective-c", "mii": "objective-c++"}
_LANGUAGES: Final = {
    "cpp-output": "c",
    "c++-cpp-output": "c++",
    "objective-c-cpp-output": "objective-c",
    "objective-c++-cpp-output": "objective-c++",
}
# On its targets all code is position independent.
_REFUSED: Final = frozenset(("-fno-pic", "-fno-PIC"))


def as_clang_would(words: Sequence[str]) -> list[str]:
    """The words that make `zig cc` do what `clang words` does."""
    args = list(parse(list(words)))
    means = {arg.means for arg in args}
    result: list[str] = []
    if Means.QUERY not in means:
        # The last word on a subject wins, so that these only replace the defaults of zig.
        result += ("-fno-sanitize=undefined", "-Qunused-arguments")
        if Means.DEBUG not in means:
            result.append("-g0")
    if not any(arg.words[0].startswith(("-march=", "-mcpu=")) for arg in args) and any(
        arg.is_c and arg.suffix not in _SUFFIXES for arg in args if arg.means == Means.INPUT
    ):
        result.append("-mcpu=baseline")
    language = ""
    for arg in args:
        if arg.means == Means.INPUT:
            wanted = _LANGUAGES.get(arg.language, arg.language)
            if not wanted and arg.suffix in _SUFFIXES:
                wanted = _SUFFIXES[arg.suffix]
            if wanted == "ir":
                wanted = ""  # by its suffix
            if wanted != language:
                result += ("-x", wanted or "none")
                language = wanted
            result += arg.words
        elif arg.means == Means.CPU:
            if not arg.words[0].startswith("-mtune="):
                option, _, name = arg.words[0].partition("=")
                result.append(f"{option}={name.replace('-', '_')}")
        elif arg.means != Means.LANGUAGE and arg.words[0] not in _REFUSED:
            result += arg.words
    return result


def environment() -> Mapping[str, str]:
    """The environment for zig, which needs a cache that it can write."""
    result = dict(os.environ)
    if "ZIG_GLOBAL_CACHE_DIR" not in result:
        home = os.path.join(result.get("HOME") or "/nonexistent", ".cache")
        cache = os.path.join(result.get("XDG_CACHE_HOME") or home, "zig")
        if not _can_write(cache):
            cache = os.path.join(result.get("TMPDIR") or "/tmp", f"enzcc-zig-{os.getuid()}")
        result["ZIG_GLOBAL_CACHE_DIR"] = cache
    result.setdefault("ZIG_LOCAL_CACHE_DIR", result["ZIG_GLOBAL_CACHE_DIR"])
    return result


def _can_write(directory: str) -> bool:
    """Whether the directory can be written; it is made if need be."""
    try:
        os.makedirs(directory, exist_ok=True)
    except OSError:
        return False
    return os.access(directory, os.W_OK)
