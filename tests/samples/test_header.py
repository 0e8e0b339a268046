"""<enzyme.h> declares what the compiler knows, in every dialect, beside a user's declarations."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from building import ROOT, enzcc

from enzcc.markers.names import MARKERS
from enzcc.markers.words import WORDS

HEADER = (ROOT / "include" / "enzyme.h").read_text()
DECLARED_WORDS = set(re.findall(r"^extern int (\w+);", HEADER, re.MULTILINE))
DECLARED_MARKERS = set(re.findall(r"^[\w *]*?(__(?!attribute__)\w+)\(", HEADER, re.MULTILINE))

TEMPLATES = set(re.findall(r"\b(__enzyme_\w+)\(", (ROOT / "include/enzyme/utils").read_text()))

C = ("c89", "gnu89", "c99", "c11", "c17", "c23")
CXX = ("c++98", "c++11", "c++14", "c++17", "c++20")
BESIDE = """
#include <enzyme.h>
#include <enzyme.h>
extern double __enzyme_autodiff(void *, ...);
double __enzyme_fwddiff(void *, ...);
extern int enzyme_dup, enzyme_const, enzyme_out;
int enzyme_dupnoneed;
"""
OTHERWISE = """
#define ENZYME_NO_MARKERS
#include <enzyme.h>
float __enzyme_autodiff(float (*)(float), int, float);
int use(void) { return enzyme_out; }
"""


def test_every_marker_the_compiler_knows_is_declared() -> None:
    known = {text for text, _ in MARKERS}
    assert known - TEMPLATES <= DECLARED_MARKERS
    assert all(any(text in name for text in known) for name in DECLARED_MARKERS)


def test_every_word_the_compiler_knows_is_declared() -> None:
    assert set(WORDS) <= DECLARED_WORDS


@pytest.mark.parametrize("text", [BESIDE, OTHERWISE], ids=["beside", "otherwise"])
@pytest.mark.parametrize("standard", C + CXX)
def test_the_header_compiles_without_a_warning(standard: str, text: str) -> None:
    language = "c++" if standard in CXX else "c"
    flags = ("-Wall", "-Wextra", "-pedantic", "-Werror", "-Wstrict-prototypes")
    done = enzcc(
        "-x", language, f"-std={standard}", *flags, "-fsyntax-only", "-", stdin=text
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
