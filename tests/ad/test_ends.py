"""Iterations at the ends of loops that differ from all others stand apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from calling import Enzcc

SOURCE = """
void __enzyme_autodiff(void *, ...);
extern int enzyme_const, enzyme_dup;
static void f(int m, int n, const double *restrict x, double *restrict y) {
  for (HEAD) {
    double s = x[i] * x[i];
    if (TEST) s *= x[i + 1];
    y[i] = s;
  }
}
void g(int m, int n, const double *x, double *dx, double *y, double *dy) {
  __enzyme_autodiff((void *)f, enzyme_const, m, enzyme_const, n, enzyme_dup, x, dx, enzyme_dup, y,
                    dy);
}
"""
UP, DOWN = "int i = 0; i < n; i++", "int i = n - 1; i >= 0; i--"


def with_and_without(enzcc: Enzcc, tmp_path: Path, head: str, test: str) -> tuple[str, str]:
    """The module, and what it is where ends stay in loops."""
    (tmp_path / "f.c").write_text(SOURCE.replace("HEAD", head).replace("TEST", test))
    made = []
    for flags in ((), ("-fenzcc-no-ends",)):
        done = enzcc("-O2", "-S", "-emit-llvm", *flags, "f.c")
        assert done.returncode == 0, done.stderr
        made.append((tmp_path / "f.ll").read_text())
    return made[0], made[1]


@pytest.mark.parametrize(
    ("head", "test"),
    [
        (UP, "i < n - 1"),
        (UP, "i + 1 < n"),
        (UP, "i != n - 1"),
        (UP, "i < n - 2"),
        (UP, "i + 2 < n"),
        (DOWN, "i < n - 1"),
    ],
)
def test_tests_for_an_end_are_gone(enzcc: Enzcc, tmp_path: Path, head: str, test: str) -> None:
    module, other = with_and_without(enzcc, tmp_path, head, test)
    assert "x double>" in module  # the loops are vectorised
    assert "x double>" not in other


@pytest.mark.parametrize(
    ("head", "test"),
    [
        (UP, "i < m - 1"),
        (UP, "i < n - 9"),
        (UP, "x[i] > 0"),
        (DOWN, "i < m"),
        ("int i = 0; i < n; i += 2", "i < n - 1"),
    ],
)
def test_others_stay(enzcc: Enzcc, tmp_path: Path, head: str, test: str) -> None:
    module, other = with_and_without(enzcc, tmp_path, head, test)
    assert module == other
