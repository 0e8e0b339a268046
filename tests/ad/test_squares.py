"""Squares in a sum double the adjoint of the sum, once for all."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from calling import Enzcc

SOURCE = """
#include <enzyme.h>
#include <math.h>
typedef REAL real;
static real energy(const real *restrict p, const real *restrict q) {
  real x = p[0] - q[0], y = p[1] - q[1], z = p[2] - q[2];
  real r = x * x + y * y + z * z;
  return r * r * r + 1 / r;
}
void gradient(const real *p, const real *q, real *dp) {
  __enzyme_autodiff((void *)energy, enzyme_dup, p, dp, enzyme_const, q);
}
int main(void) {
  real p[3] = {0.5, 1.25, 2}, q[3] = {1, 0.25, 0.5}, dp[3] = {0}, worst = 0;
  real r = 0.25 + 1 + 2.25, slope = 3 * r * r - 1 / (r * r);
  gradient(p, q, dp);
  for (int i = 0; i < 3; i++) worst = fmax(worst, fabs(dp[i] - 2 * slope * (p[i] - q[i])));
  return !(worst < TINY);
}
"""


def test_it_is_doubled_once(enzcc: Enzcc, tmp_path: Path) -> None:
    for real, tiny in (("double", "1e-12"), ("float", "1e-4")):
        (tmp_path / "f.c").write_text(SOURCE.replace("REAL", real).replace("TINY", tiny))
        assert enzcc("-O1", "-S", "-emit-llvm", "f.c", "-o", "f.ll").returncode == 0
        text = (tmp_path / "f.ll").read_text()
        body = text[text.index("@gradient(") : text.index("@main(")]
        assert re.search(rf"fmul {real} %\S+, 2\.0+e\+00", body)
        assert not re.search(rf"fadd (?:\w+ )*{real} (%[^,\s]+), \1\b", body)
        for level in ("-O0", "-O2"):
            assert enzcc(level, "f.c", "-o", "f", "-lm").returncode == 0
            assert subprocess.run([tmp_path / "f"], check=False).returncode == 0
