"""Which parts of the run-time library a program gets: all that it mentions, and what these need."""

from __future__ import annotations

import functools
import re
import subprocess
from pathlib import Path

import pytest

from enzcc.ad.copies import resources
from enzcc.ad.copies.library import library_for
from enzcc.data import RUNTIME

SOURCES = sorted(path for path in Path(RUNTIME).rglob("*.c") if path.parent.name != "loops")
"""What drives loops is asked for by its name."""


def needed(text: str) -> frozenset[str]:
    """The parts that a module needs, beside the arena."""
    found: list[str] = []
    library_for(text, lambda *parts: found.extend(parts) or "")()
    return frozenset(found)


@functools.cache
def functions(clang: str, parts: frozenset[str]) -> set[str]:
    """What the arena and these parts define; they mention nothing of others, but for what hands out
    blocks in copies: that is a function without a body until all is differentiated."""
    text = "".join(f'#include "{RUNTIME}/{part}.c"\n' for part in ("arena", *sorted(parts)))
    words = [clang, "-x", "c", "-w", "-O1", "-Xclang", "-disable-llvm-passes"]
    done = subprocess.run(
        [*words, "-S", "-emit-llvm", "-o", "-", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    missing = set(re.findall(r"^declare [^@\n]*@(__enzcc_\w+)\(", done.stdout, re.M))
    assert missing <= {resources.NEW, resources.DELETE}
    return set(re.findall(r"^define [^@\n]*@(__enzcc_\w+)\(", done.stdout, re.M))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_functions_are_found(clang: str, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    mentioned = set(re.findall(r"\b__enzcc_\w+(?=\()", text))
    for name in mentioned & functions(clang, needed(text.replace("__enzcc_", "@__enzcc_"))):
        assert name in functions(clang, needed(f"call void @{name}()"))
