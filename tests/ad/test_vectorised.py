"""What LLVM has vectorised of a reverse sweep can be run, too."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import Enzcc

# The shadows may overlap, for all that is known: LLVM tests that, in front of the inner loop.
SQUARES = r"""
#include <enzyme.h>
double squares(int n, const double *matrix, const double *vector) {
  double result = 0;
  for (int i = 0; i < n; i++) {
    double sum = 0;
    for (int j = 0; j < n; j++) sum += matrix[i * n + j] * vector[j];
    result += sum * sum;
  }
  return result;
}
void gradient(int n, double *x, double *dx) {
  __enzyme_autodiff((void *)squares, enzyme_const, n, enzyme_dup, x, dx, enzyme_dup, x + n * n,
                    dx + n * n);
}
"""


@pytest.mark.parametrize("name", ["clang-22", "clang-16"])
def test_a_loop_in_one_that_runs_backwards_is_vectorised(
    enzcc: Enzcc, tmp_path: Path, name: str
) -> None:
    clang = shutil.which(name)
    if clang is None:
        pytest.skip(f"{name} is not installed")
    (tmp_path / "f.c").write_text(SQUARES)
    words = ["-O3", "--target=x86_64-linux-gnu", "-S", "-emit-llvm", "f.c", "-o", "f.ll"]
    done = enzcc(*words, clang=clang)
    assert done.returncode == 0, done.stderr
    assert "fadd <2 x double>" in (tmp_path / "f.ll").read_text()
