"""What loops of the reverse sweep reset here and there, they reset at once."""

from __future__ import annotations

import re
from pathlib import Path

from calling import Enzcc

SOURCE = """
void __enzyme_autodiff(void *, ...);
extern int enzyme_const, enzyme_dup;
static void f(int n, const int *restrict p, const double *restrict x, double *restrict y) {
  for (int i = 0; i < n; i++) y[p[i]] = x[i] * x[i];
}
void g(int n, const int *p, const double *x, double *dx, double *y, double *dy) {
  __enzyme_autodiff((void *)f, enzyme_const, n, enzyme_const, p, enzyme_dup, x, dx, enzyme_dup,
                    y, dy);
}
"""


def test_a_loop_looks_whether_its_cells_are_a_block(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text(SOURCE)
    maps = []
    for flag in ("-fenzcc-no-moves", "-fenzcc-no-resets"):
        done = enzcc("-O2", "-S", "-emit-llvm", flag, "f.c")
        assert done.returncode == 0, done.stderr
        maps.append(len(re.findall(r"call .*@[cm]alloc\(", (tmp_path / "f.ll").read_text())))
    assert maps[0] > maps[1]
