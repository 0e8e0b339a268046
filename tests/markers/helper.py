"""C to a module of ours, as the frontend leaves it for the marker reader."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from enzcc import llvm
from enzcc.ir import Module
from enzcc.markers import Operand, Request, find_marker_calls, read_request, split_choices

FRONTEND = ["-O1", "-U__OPTIMIZE__", "-D__NO_INLINE__=1", "-Xclang", "-disable-llvm-passes"]


def module_of(source: str, *flags: str) -> Module:
    """What the driver hands to the reader."""
    clang = shutil.which("clang-22")
    if clang is None:
        pytest.skip("clang-22 is not installed")
    command = [clang, *FRONTEND, "-gline-tables-only", "-w", "-S", "-emit-llvm", "-o", "-"]
    done = subprocess.run(
        [*command, *(flags or ("-xc",)), "-"],
        input=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Module.parse(llvm.normalise(done.stdout))


def requests(module: Module) -> list[Request]:
    """All requests of a module, in order."""
    return [
        read_request(module, found.caller, call)
        for found in find_marker_calls(module)
        for call in split_choices(module, found.caller, found.call)
    ]


def summary(request: Request) -> str:
    """A request in one line: `f(out, dup+2, const) -> out`."""
    operands = ", ".join(map(_operand, request.operands))
    words = ["primal", "and"] if request.primal_return else []
    result = " ".join([*words, request.result.name.lower()])
    width = f" x{request.width}" if request.width > 1 else ""
    return f"{request.mode.name.lower()}{width} {request.callee}({operands}) -> {result}"


def _operand(operand: Operand) -> str:
    kind = type(operand.primal).__name__
    suffix = "" if kind == "Given" else f"@{kind.lower()}"
    shadows = "".join(
        "+" if type(s).__name__ == "Given" else f"+{type(s).__name__.lower()}"
        for s in operand.shadows
    )
    return operand.activity.name.lower() + suffix + shadows
