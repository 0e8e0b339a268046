"""What LLVM has vectorised of a reverse sweep can be run, too."""

from __future__ import annotations

import re
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


# Pairs of cells in two rows: LLVM would test whether the cells of a pair are apart, and finds that
# their streams are not.
POOLED = r"""
#include <enzyme.h>
static void pooled(int n, const double *restrict x, double *restrict y) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      const double *p = x + 4 * i * n + 2 * j;
      double a = p[0] > p[1] ? p[0] : p[1], b = p[2 * n] > p[2 * n + 1] ? p[2 * n] : p[2 * n + 1];
      y[i * n + j] = a > b ? a : b;
    }
}
void gradient(int n, double *x, double *dx, double *y, double *dy) {
  __enzyme_autodiff((void *)pooled, enzyme_const, n, enzyme_dup, x, dx, enzyme_dup, y, dy);
}
"""


# Pairs of one row beside other arrays: LLVM tells them apart as a whole, for less than our test.
COMPLEX = r"""
#include <enzyme.h>
static void products(int n, const double *restrict x, const double *restrict w,
                     double *restrict y) {
  for (int i = 0; i < n; i++) y[i] += x[2 * i] * x[2 * i + 1] * w[i];
}
void gradient(int n, double *x, double *dx, double *w, double *dw, double *y, double *dy) {
  __enzyme_autodiff((void *)products, enzyme_const, n, enzyme_dup, x, dx, enzyme_dup, w, dw,
                    enzyme_dup, y, dy);
}
"""


def test_a_row_of_pairs_is_left_to_llvm(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text(COMPLEX)
    done = enzcc("-O3", "--target=x86_64-linux-gnu", "-S", "-emit-llvm", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    reverse = (tmp_path / "f.ll").read_text().partition("define dso_local void @gradient(")[2]
    assert "<2 x double>" in reverse
    assert ".apart" not in reverse


def test_rows_of_pairs_are_tested_by_us_not_pair_by_pair(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text(POOLED)
    done = enzcc("-O3", "--target=x86_64-linux-gnu", "-S", "-emit-llvm", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "f.ll").read_text()
    reverse = text.partition("define dso_local void @gradient(")[2]
    assert re.search(r"fadd (reassoc )?<2 x double>", reverse)
    assert ".apart" in reverse
