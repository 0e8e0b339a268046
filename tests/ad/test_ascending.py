"""Nests of the reverse sweep run forward where the order of their sums does not matter."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from calling import Enzcc

HEAD = """
#include <stdio.h>
extern int enzyme_const, enzyme_dup;
void __enzyme_autodiff(void *, ...);
"""

SPARSE = """
static void f(int n, const int *restrict first, const int *restrict column,
              const double *restrict a, const double *restrict x, double *restrict y) {
  for (int i = 0; i < n; i++) {
    double sum = 0;
    for (int k = first[i]; k < first[i + 1]; k++) sum += a[k] * x[column[k]];
    y[i] = sum;
  }
}
int main(void) {
  int first[] = {0, 2, 3, 5}, column[] = {0, 1, 0, 0, 1};
  double a[] = {1, 2, 1, 1, 3}, da[5] = {0}, x[] = {4, 5}, dx[2] = {0}, y[3];
  double dy[] = {1, 1e16, -1e16};
  __enzyme_autodiff((void *)f, enzyme_const, 3, enzyme_const, first, enzyme_const, column,
                    enzyme_dup, a, da, enzyme_dup, x, dx, enzyme_dup, y, dy);
  printf("%g %g %g %g", dx[0], da[1], da[4], dy[1]); /* ((0 + 1) + 1e16) - 1e16 */
}
"""

SCATTERED = """
static void f(int n, const int *restrict p, const double *restrict x, const double *restrict w,
              double *restrict y) {
  for (int i = 0; i < n; i++) y[0] += w[i] * x[p[i]];
}
int main(void) {
  int p[] = {1, 1, 1};
  double x[] = {2, 3}, dx[2] = {0}, w[] = {1, 1e16, -1e16}, y = 0, dy = 1;
  __enzyme_autodiff((void *)f, enzyme_const, 3, enzyme_const, p, enzyme_dup, x, dx, enzyme_const, w,
                    enzyme_dup, &y, &dy);
  printf("%g", dx[1]);
}
"""

ROWS = """
static void f(long n, long m, const double *restrict a, const double *restrict x,
              double *restrict y) {
  for (long i = 0; i < n; i++) {
    for (long j = 0; j < m; j++) y[i * m + j] = a[i * m + j] * x[j];
  }
}
int main(void) {
  double a[] = {1, 2, 1, 1, 1, 3}, da[6] = {0}, x[] = {4, 5}, dx[2] = {0}, y[6];
  double dy[] = {1, 1, 1e16, 1, -1e16, 2};
  __enzyme_autodiff((void *)f, enzyme_const, 3L, enzyme_const, 2L, enzyme_dup, a, da, enzyme_dup, x,
                    dx, enzyme_dup, y, dy);
  printf("%g %g %g %g", dx[0], dx[1], da[5], dy[2]);
}
"""

WAITING = """
static void f(long n, long m, const double *restrict x, double *restrict y) {
  for (long i = 1; i < n; i++)
    for (long j = 0; j < m; j++) y[i * m + j] = y[i * m + j - m] * x[j];
}
int main(void) {
  double x[] = {2, 3}, dx[2] = {0}, y[8] = {1, 1}, dy[8] = {0, 0, 0, 0, 0, 0, 1, 1};
  __enzyme_autodiff((void *)f, enzyme_const, 4L, enzyme_const, 2L, enzyme_dup, x, dx, enzyme_dup, y,
                    dy);
  printf("%g %g %g %g", dx[0], dx[1], dy[0], dy[6]);
}
"""

PYRAMID = """
static double f(long n, const double *restrict x) {
  double sum = 0;
  for (long i = 0; i < n; i++)
    for (long j = 0; j <= i; j++)
      for (long k = 0; k <= j; k++)
        for (long l = 0; l <= k; l++) sum += x[i] * x[j] * x[k] * x[l];
  return sum;
}
int main(void) {
  double x[] = {1, 2, 3}, dx[3] = {0};
  __enzyme_autodiff((void *)f, enzyme_const, 3L, enzyme_dup, x, dx);
  printf("%g %g %g", dx[0], dx[1], dx[2]);
}
"""


@pytest.mark.parametrize(
    ("source", "forward", "backward"),
    [
        (SPARSE, "0 5 -5e+16 0", "1 5 -5e+16 0"),
        (SCATTERED, "0", "1"),
        (ROWS, "0 9 10 0", "1 9 10 0"),
        (WAITING, "12 27 8 0", "12 27 8 0"),
        (PYRAMID, "122 172 246", "122 172 246"),  # loops start at numbers of others
    ],
    ids=("sparse", "scattered", "rows", "waiting", "pyramid"),
)
def test_the_order_of_sums_is_that_of_the_primal(
    enzcc: Enzcc, tmp_path: Path, source: str, forward: str, backward: str
) -> None:
    (tmp_path / "f.c").write_text(HEAD + source)
    for flags, wanted in (((), forward), (("-fenzcc-no-forwards",), backward)):
        done = enzcc("-O2", "-w", *flags, "f.c", "-o", "f")
        assert done.returncode == 0, done.stderr
        out = subprocess.run([tmp_path / "f"], capture_output=True, text=True, check=True).stdout
        assert out == wanted
