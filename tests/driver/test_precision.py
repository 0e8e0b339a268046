"""-enzyme-truncate-all, and entries of the program's own in other files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from calling import Enzcc

WHOLE = r"""
    #include <math.h>
    #include <stdio.h>
    double third(double x) { return x / 3 + sin(0.0); }
    float low(float x) { return x / 3; }
    int main(void) { printf("%.17g %.17g\n", third(1.0), low(1.0f)); }
"""
ENTRY = """
    double __enzyme_fprt_64_52_func_sin(double a, long exponent, long significand, long mode) {
      return exponent == 8 && significand == 23 && mode == 6 ? 1000 : -1;
    }
"""
PLAIN, FLOAT, FLOAT_3 = 1 / 3, 0.3333333432674408, 0.333251953125


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], [PLAIN, FLOAT]),
        (["-enzyme-truncate-all=64to32"], [FLOAT, FLOAT]),
        (["-mllvm", "-enzyme-truncate-all=64to11-2;32to16", "-O2"], [0.3125, FLOAT_3]),
        (
            ["-Xclang", "-mllvm", "-Xclang", "-enzyme-truncate-all=11-52to8-23", "-g"],
            [FLOAT, FLOAT],
        ),
    ],
)
def test_whole_modules(
    enzcc: Enzcc, clang: str, tmp_path: Path, words: list[str], expected: list[float]
) -> None:
    """Without any marker; what sin is needs an addition of 0, which is exact."""
    (tmp_path / "all.c").write_text(WHOLE)
    done = enzcc(*words, "all.c", "-o", "prog", "-lm", clang=clang)
    assert (done.returncode, done.stderr) == (0, "")
    printed = subprocess.check_output([tmp_path / "prog"], text=True).split()
    assert [float(x) for x in printed] == expected


def test_entries_in_another_file_win(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    (tmp_path / "all.c").write_text(WHOLE.replace("sin(0.0)", "sin(x)"))
    (tmp_path / "entry.c").write_text(ENTRY)
    words = "-enzyme-truncate-all=64to32 all.c entry.c -o prog -lm".split()
    done = enzcc(*words, clang=clang)
    assert (done.returncode, done.stderr) == (0, "")
    assert subprocess.check_output([tmp_path / "prog"], text=True).startswith("1000.33")


@pytest.mark.parametrize("wrong", ["64", "64to64", "32to64", "64to11", "a", "64to32,32to16"])
def test_formats_that_make_no_sense(enzcc: Enzcc, clang: str, tmp_path: Path, wrong: str) -> None:
    (tmp_path / "all.c").write_text(WHOLE)
    done = enzcc(f"-enzyme-truncate-all={wrong}", "-c", "all.c", clang=clang)
    assert done.returncode == 1
    assert done.stderr.startswith("enzcc: error: ")
    assert "internal" not in done.stderr
    assert not (tmp_path / "all.o").exists()
