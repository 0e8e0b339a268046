"""What derivatives call at run time: C sources, compiled for the target of their unit.

Every object gets what it needs of them as `linkonce_odr`, so that there is no library to link.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, NoReturn

from enzcc import llvm
from enzcc.data import RUNTIME
from enzcc.driver.command import NEEDS_LOCATIONS
from enzcc.driver.options import Means
from enzcc.errors import Unsupported

if TYPE_CHECKING:
    from enzcc.driver.command import Arg
    from enzcc.driver.road import Call

# The user's flags say what to compile for; none of those that say what to compile, or what to tell
# of it.
_OF_THE_SOURCE: Final = (
    "-D",
    "-I",
    "-U",
    "-W",
    "-X",
    "-ansi",
    "-imacros",
    "-include",
    "-iquote",
    "-nostdinc",
    "-pedantic",
    "-std",
    "--std",
    "-trigraphs",
    "-fcoverage",
    "-fplugin",
    "-fpass-plugin",
    "-fmodule",
    "-ftime",
    "-fcolor",
    "-fdiagnostics",
    "-fsyntax",
    *NEEDS_LOCATIONS,
)
_KEPT: Final = (Means.PASS, Means.CPU, Means.ARCHITECTURE, Means.SANITIZE, Means.LTO)


def library(call: Call, directory: str, *parts: str) -> str:
    """The runtime as IR, every function of it to be taken or left by the linker of IR.

    parts    files of the runtime that are wanted beside the arena, which they build upon
    """
    source = os.path.join(directory, "runtime.c")
    with open(source, "w", encoding="utf-8") as file:
        for part in ("arena", *sorted(parts)):
            file.write(f'#include "{os.path.join(RUNTIME, *part.split("/"))}.c"\n')
    path = os.path.join(directory, "runtime.ll")
    flags = [word for arg in call.command.args if _is_for_target(arg) for word in arg.words]
    words = ["-x", "c", source, "-O1", "-Xclang", "-disable-llvm-passes", "-g0", "-w"]
    words.append("-fno-sanitize=undefined,integer,nullability,implicit-conversion")
    stderr = os.path.join(directory, "stderr")
    # LLVM reads the bitcode of older versions, but not all that they wrote as text
    form = "-S" if call.clang.writes_current_ir else "-c"
    wanted = [*flags, *words, "-Qunused-arguments", form, "-emit-llvm", "-o", path]
    if call.run(wanted, stderr=stderr):
        with open(stderr, encoding="utf-8", errors="replace") as file:
            _refuse(file.read())
    with open(path, "rb") as file:
        content = file.read()
    text = content.decode() if form == "-S" else llvm.normalise(content)
    text = re.sub(r"^define weak ", "define linkonce_odr ", text, flags=re.MULTILINE)
    return re.sub(r"^(@[\w.]+ = )weak ", r"\1linkonce_odr ", text, flags=re.MULTILINE)


def _refuse(said: str) -> NoReturn:
    """The headers of the C library are missing, as a rule, as for a target without a --sysroot.

    said     what clang said
    """
    errors = [text for line in said.splitlines() if (text := line.partition("error: ")[2])]
    raise Unsupported(
        None,
        "what derivatives call at run time cannot be compiled for this target",
        because=errors[0] if errors else "clang ended without saying why",
        remedy="the headers of the target's C library are needed: "
        "say where they are with --sysroot= or -isystem",
    )


def _is_for_target(arg: Arg) -> bool:
    return arg.means in _KEPT and not arg.words[0].startswith(_OF_THE_SOURCE)
