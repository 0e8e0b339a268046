"""What loops never write again is read from the program's own memory; `inplace_rows_done.c` says
that this is right."""

from __future__ import annotations

from pathlib import Path

import pytest
from calling import Enzcc

PROGRAM = """
void __enzyme_autodiff(void *, ...);
double sin(double), exp(double);
static double f(int n, double *u) {{
  double sum = 0;
  {body}
  return sum;
}}
void d(int n, double *u, double *du) {{ __enzyme_autodiff((void *)f, n, u, du); }}
"""

ELIMINATION = """
  for (int k = 0; k < n; k++)
    for (int i = k + 1; i < n; i++) {
      double l = u[i * n + k] / u[k * n + k];
      u[i * n + k] = l;
      for (int j = k + 1; j < n; j++) u[i * n + j] -= l * u[k * n + j];
    }
"""

BATCH = """
  for (int m = 0; m < n; m++)
    for (int k = 0; k < 5; k++)
      for (int i = k + 1; i < 5; i++)
        for (int j = k + 1; j < 5; j++)
          u[25 * m + 5 * i + j] -= u[25 * m + 5 * k + k] * u[25 * m + 5 * k + j];
"""

STORED = """
  for (int i = 0; i < n; i++) u[i] = exp(u[i]);
"""


@pytest.mark.parametrize("body", [ELIMINATION, BATCH, STORED], ids=["rows", "batch", "stored"])
def test_what_stays_as_it_is_is_not_on_the_tape(enzcc: Enzcc, tmp_path: Path, body: str) -> None:
    (tmp_path / "f.c").write_text(PROGRAM.format(body=body))
    for words, is_kept in (([], False), (["-fenzcc-no-dependence"], True)):
        done = enzcc("-O2", "-fenzcc-report", *words, "-c", "f.c", "-o", "f.o")
        assert done.returncode == 0, done.stderr
        told = [line for line in done.stderr.splitlines() if "on the tape:" in line]
        assert any("nothing" not in line for line in told) == is_kept
