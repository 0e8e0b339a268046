"""Little memory that a caller of derivatives clears is cleared by stores, and nothing else is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from calling import Enzcc

PROGRAM = """
void *memset(void *, int, __SIZE_TYPE__);
double __enzyme_autodiff(void *, ...);
static double f(const double *x) {
  double s = 0;
  for (int i = 0; i < 34; i++) s += x[i] * x[i] * (i + 1);
  return s;
}
void little(const double *x, double *dx) {
  memset(dx, 0, 34 * sizeof *dx);
  __enzyme_autodiff((void *)f, x, dx);
}
void much(const double *x, double *dx) {
  memset(dx, 0, 80 * sizeof *dx);
  __enzyme_autodiff((void *)f, x, dx);
}
void filled(const double *x, double *dx) {
  memset(dx, 1, 34 * sizeof *dx);
  __enzyme_autodiff((void *)f, x, dx);
}
void bytes(const double *x, char *dx) {
  memset(dx, 0, 34 * sizeof(double));
  __enzyme_autodiff((void *)f, x, dx);
}
void size(const double *x, double *dx, int n) {
  memset(dx, 0, n * sizeof *dx);
  __enzyme_autodiff((void *)f, x, dx);
}
void elsewhere(double *x) { memset(x, 0, 34 * sizeof *x); }
int main(void) {
  double x[34], dx[36];
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < 34; i++) x[i] = i - 7;
    for (int i = 0; i < 36; i++) dx[i] = 1e10;
    little(x, dx + 1);
    for (int i = 0; i < 34; i++)
      if (dx[i + 1] != 2 * x[i] * (i + 1)) return 1;
    if (dx[0] != 1e10 || dx[35] != 1e10) return 2;
  }
  return 0;
}
"""


@pytest.mark.parametrize(
    ("flags", "expected"),
    [(["-O2"], ["little"]), (["-Os"], []), (["-O2", "-fenzcc-no-clears"], [])],
)
def test_little_memory_is_cleared_in_place(
    enzcc: Enzcc, tmp_path: Path, flags: list[str], expected: list[str]
) -> None:
    (tmp_path / "f.c").write_text(PROGRAM)
    done = enzcc(*flags, "-fno-inline", "-S", "-emit-llvm", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "f.ll").read_text()
    bodies = dict(re.findall(r"^define [^\n]*?@([\w.]+)\((.*?)^}", text, re.MULTILINE | re.DOTALL))
    assert "elsewhere" in bodies
    assert [name for name, body in bodies.items() if "@llvm.memset.inline." in body] == expected


def test_it_is_cleared_and_nothing_beside_it(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text(PROGRAM)
    done = enzcc("-O2", "f.c", "-o", "f")
    assert done.returncode == 0, done.stderr
    assert subprocess.run([tmp_path / "f"], timeout=60, check=False).returncode == 0
