"""Loops of the reverse sweep are passed by where what leaves them has no adjoint."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from calling import Enzcc

SOURCE = """
#include <stdio.h>
void __enzyme_autodiff(void *, ...);
extern int enzyme_const, enzyme_dup;
static double f(int m, int n, const double *restrict a, const double *restrict x) {
  double sum = 0;
  for (int i = 0; i < m; i++) {
    double s = 0;
    for (int j = 0; j < n; j++) s += a[i * n + j] * x[j] * x[j];
    USE;
  }
  return sum;
}
void g(int m, int n, const double *a, const double *x, double *dx) {
  __enzyme_autodiff((void *)f, enzyme_const, m, enzyme_const, n, enzyme_const, a, enzyme_dup, x,
                    dx);
}
int main(void) {
  double a[60], x[6], dx[6] = {0};
  for (int k = 0; k < 60; k++) a[k] = (k * 37 % 19 - 9) * 0.1;
  for (int k = 0; k < 6; k++) x[k] = 0.3 + 0.1 * k;
  g(10, 6, a, x, dx);
  for (int k = 0; k < 6; k++) printf("%.17g\\n", dx[k]);
}
"""

CHOSEN = (
    "sum += s > 0 ? s : 0",
    "if (s > 0.2) sum += s * s",
    "sum = s > sum ? s : sum",
    "if (a[i] > 0) sum += s",
)
LARGEST = """
  double d[8], e[8];
  for (int s = 0; s < n; s++) d[s] = x[s] * x[s];
  for (int t = 1; t < m; t++) {
    for (int s = 0; s < n; s++) {
      double best = -1e300;
      for (int r = 0; r < n; r++) {
        double way = d[r] + a[r * n + s] * x[s];
        if (way > best) best = way;
      }
      e[s] = best + x[s];
    }
    for (int s = 0; s < n; s++) d[s] = e[s];
  }
  for (int s = 0; s < n; s++) sum += d[s] * (s == 2)"""

TAKEN = ("sum += s", "sum += s * s", "sum = 0.5 * sum + s")


def derivative(enzcc: Enzcc, tmp_path: Path, use: str, *flags: str) -> tuple[str, str]:
    """The module, and what the derivative is."""
    (tmp_path / "f.c").write_text(SOURCE.replace("USE", use))
    done = enzcc("-O2", "-S", "-emit-llvm", *flags, "f.c")
    assert done.returncode == 0, done.stderr
    assert enzcc("-O2", *flags, "f.c", "-o", "f").returncode == 0
    said = subprocess.run(["./f"], cwd=tmp_path, capture_output=True, text=True, check=True)
    return (tmp_path / "f.ll").read_text(), said.stdout


@pytest.mark.parametrize("use", [*CHOSEN, LARGEST])
def test_what_is_chosen_is_tested(enzcc: Enzcc, tmp_path: Path, use: str) -> None:
    module, said = derivative(enzcc, tmp_path, use)
    other, same = derivative(enzcc, tmp_path, use, "-fenzcc-no-skips")
    assert module.count("br i1") > other.count("br i1")
    assert said == same


@pytest.mark.parametrize("use", TAKEN)
def test_what_is_always_taken_is_not(enzcc: Enzcc, tmp_path: Path, use: str) -> None:
    made = derivative(enzcc, tmp_path, use)
    assert made == derivative(enzcc, tmp_path, use, "-fenzcc-no-skips")
