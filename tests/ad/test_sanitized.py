"""Stores that AddressSanitizer would move stay where they are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from conftest import Enzcc

PROGRAM = """
extern int enzyme_dup, enzyme_const;
double __enzyme_fwddiff(void *, ...);
static double power(const double *p, int n) { return n ? power(p, n - 1) * *p : 1; }
static int *volatile kept;
static double f(int n, double x) {
    kept = &n;
    return power(&x, n);
}
int main(void) {
    return __enzyme_fwddiff((void *)f, enzyme_const, 3, enzyme_dup, 2.0, 1.0) != 12;
}
"""


def test_the_tangent_of_an_argument_is_stored_when_its_shadow_is_clear(
    enzcc: Enzcc, tmp_path: Path
) -> None:
    (tmp_path / "f.c").write_text(PROGRAM)
    done = enzcc("-O0", "-w", "-fsanitize=address", "f.c", "-o", "program")
    if "libclang_rt" in done.stderr:
        pytest.skip("this clang has no sanitizer runtime")
    assert done.returncode == 0, done.stderr
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 0
