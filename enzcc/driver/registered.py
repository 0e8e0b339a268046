"""What sources register that clang drops: `static` and `inline` variables that nobody reads.

    static void *__enzyme_register_derivative_f[] = {(void *)f, (void *)by_hand};

The names are looked for in the text of the source and of what it includes; where the IR does not
have them, it is made again with all variables, and those that register something are kept.
"""

from __future__ import annotations

import os
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from enzcc.data import INCLUDE
from enzcc.driver.annotated import speaking
from enzcc.errors import Location
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enzcc.driver.command import Arg, Command
    from enzcc.driver.road import Call

REGISTERING: Final = pattern(
    r"\b\w*__enzyme_(?:register_|inactivefn|inactivenoblockfn|inactive_global|nofree|function_like"
    r"|allocation_like|shouldrecompute|sparse_accumulate|shadow_global)\w*"
)
_PRECOMPILED: Final = pattern(REGISTERING.pattern.removeprefix(r"\b\w*").encode())
_LINE_MARKER: Final = pattern(r'^# (\d+) "((?:[^"\\]|\\.)*)"', re.MULTILINE)
_KEPT_VARIABLES: Final = pattern(
    r"^@llvm\.compiler\.used = appending global \[\d+ x ptr\] \[(.*)\], section.*\n", re.MULTILINE
)


def registering(call: Call, source: Arg) -> list[str]:
    """The source and the files that it includes, where they may register something: headers of
    ours do not."""
    path = call.stdin if source.value == "-" else source.value
    if path is None:
        return []
    ours = os.path.join(INCLUDE, "")
    further = call.further.get(source, ())
    found = [
        text.decode(errors="replace")
        for name, text in speaking(call.command, source, path, further=further)
        if not name.startswith(ours)
    ]
    return [text for text in found if REGISTERING.search(text)]


def is_static(sources: Sequence[str], name: str) -> bool:
    words = r"\b(?:static|inline|const|constexpr)\b"
    return any(re.search(rf"{words}[^;{{}}=]*\b{name}\b", source) for source in sources)


def lost_registrations(sources: Sequence[str], text: str) -> list[str]:
    """Registrations that the sources seem to have and the IR has not: clang drops `static` and
    `inline` variables that nobody reads."""
    names = dict.fromkeys(name for source in sources for name in REGISTERING.findall(source))
    return [name for name in names if f"@{name} = " not in text]


def never_made(sources: Sequence[str], text: str) -> list[str]:
    """Registrations that the sources seem to have and that are no variables in the IR, by whatever
    mangled name."""
    names = dict.fromkeys(name for source in sources for name in REGISTERING.findall(source))
    return [
        name
        for name in names
        if not name.endswith("_") and not re.search(rf"@\"?[\w.$]*{name}[\w.$]*\"? = ", text)
    ]


def given_at(preprocessed: str, name: str) -> Location | None:
    """Where a variable of that name gets a value in what the preprocessor has left, if it does."""
    found = re.search(rf"\b{name}\s*(?:\[[^][]*\]\s*)*[={{]", preprocessed)
    if found is None:
        return None
    before = preprocessed[: found.start()]
    column = len(before) - before.rfind("\n")
    markers = list(_LINE_MARKER.finditer(before))
    if not markers:
        return Location("<stdin>", before.count("\n") + 1, column)
    number, file = markers[-1].groups()
    return Location(file, int(number) + before.count("\n", markers[-1].end()) - 1, column)


def lost_in_precompiled(command: Command, text: str) -> str | None:
    """A registration of a precompiled header that the IR has not: clang does not even read such
    variables from there. (All words of the header stand in the file as they are.)"""
    words = [word for arg in command.args for word in arg.words if word != "-Xclang"]
    for option, value in pairwise(words):
        files = [value] if option == "-include-pch" else []
        if option in ("-include", "--include"):
            files = [value + ".pch", value + ".gch"]
        for path in filter(os.path.isfile, files):
            with open(path, "rb") as file:
                names = dict.fromkeys(_PRECOMPILED.findall(file.read()))
            for name in map(bytes.decode, names):
                if not name.endswith("_") and not re.search(rf"@\w*{name}\w* = ", text):
                    return name
    return None


def with_registrations(plain: str, keeping: str) -> str:
    """`keeping`, where clang has kept every variable, with the list of those that have to be kept
    as in `plain`, and the registrations."""
    before, after = _KEPT_VARIABLES.search(plain), _KEPT_VARIABLES.search(keeping)
    if after is None:
        return plain
    wanted = before[1].split(", ") if before is not None else []
    names = [n for n in after[1].split(", ") if n in wanted or REGISTERING.search(n)]
    line = ""
    if names:
        line = (
            f"@llvm.compiler.used = appending global [{len(names)} x ptr] [{', '.join(names)}],"
            ' section "llvm.metadata"\n'
        )
    return keeping[: after.start()] + line + keeping[after.end() :]
