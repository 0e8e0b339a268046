"""Loops of the reverse sweep that write rows are vectorised along them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from calling import Enzcc

ATTENTION = r"""
#include <enzyme.h>
#include <math.h>
enum { D = 16, N = 11 };
static void attention(long n, const double *restrict q, const double *restrict k,
                      const double *restrict v, double *restrict o, double *restrict p) {
  for (long i = 0; i < n; i++) {
    double sum = 0;
    for (long j = 0; j < n; j++) {
      double s = 0;
      for (int d = 0; d < D; d++) s += q[i * D + d] * k[j * D + d];
      p[j] = exp(s / 4);
      sum += p[j];
    }
    for (int d = 0; d < D; d++) o[i * D + d] = 0;
    for (long j = 0; j < n; j++) {
      double a = p[j] / sum;
      for (int d = 0; d < D; d++) o[i * D + d] += a * v[j * D + d];
    }
  }
}
void gradient(long n, double *x, double *dx, double *o, double *dover, double *p, double *dp) {
  __enzyme_autodiff((void *)attention, enzyme_const, n, enzyme_dup, x, dx, enzyme_dup, x + n * D,
                    dx + n * D, enzyme_dup, x + 2 * n * D, dx + 2 * n * D, enzyme_dupnoneed, o,
                    dover, enzyme_dupnoneed, p, dp);
}
"""

MAIN = r"""
int main(void) {
  static double x[3 * N * D], dx[3 * N * D], o[N * D], seed[N * D], to[N * D], p[N], dp[N];
  double worst = 0;
  for (int i = 0; i < 3 * N * D; i++) x[i] = sin(i);
  for (int i = 0; i < N * D; i++) seed[i] = cos(i);
  gradient(N, x, dx, o, seed, p, dp);
  for (int i = 0; i < 3 * N * D; i++) {
    static double tangent[3 * N * D], tp[N];
    for (int j = 0; j < 3 * N * D; j++) tangent[j] = i == j;
    __enzyme_fwddiff((void *)attention, enzyme_const, (long)N, enzyme_dup, x, tangent,
                     enzyme_dup, x + N * D, tangent + N * D, enzyme_dup, x + 2 * N * D,
                     tangent + 2 * N * D,
                     enzyme_dup, o, to, enzyme_dup, p, tp);
    double sum = 0;
    for (int j = 0; j < N * D; j++) sum += to[j] * cos(j);
    worst = fmax(worst, fabs(sum - dx[i]));
  }
  return !(worst < 1e-12);
}
"""


@pytest.mark.parametrize("level", ["-O0", "-O2", "-O3"])
@pytest.mark.parametrize("more", [(), ("-fenzcc-no-abreast",)])
def test_the_derivative_is_the_same(
    enzcc: Enzcc, tmp_path: Path, level: str, more: tuple[str, ...]
) -> None:
    (tmp_path / "f.c").write_text(ATTENTION + MAIN)
    done = enzcc(level, *more, "f.c", "-o", "f", "-lm")
    assert done.returncode == 0, done.stderr
    assert subprocess.run([tmp_path / "f"], check=False).returncode == 0


@pytest.mark.parametrize("more", [(), ("-fenzcc-no-abreast",)])
def test_rows_are_not_scattered_to(enzcc: Enzcc, tmp_path: Path, more: tuple[str, ...]) -> None:
    (tmp_path / "f.c").write_text(ATTENTION)
    target = ("--target=x86_64-linux-gnu", "-march=skylake-avx512", "-mprefer-vector-width=512")
    done = enzcc("-O2", *target, *more, "-S", "f.c", "-o", "f.s")
    assert done.returncode == 0, done.stderr
    assert ("vscatter" in (tmp_path / "f.s").read_text()) == bool(more)


LOGISTIC = r"""
#include <enzyme.h>
#include <math.h>
enum { D = 12 };
static double loss(long n, const double *restrict x, const double *restrict w) {
  double sum = 0;
  for (long i = 0; i < n; i++) {
    double score = 0;
    for (int d = 0; d < D; d++) score += w[d] * x[i * D + d];
    sum += log1p(exp(score));
  }
  return sum;
}
void gradient(long n, const double *x, const double *w, double *dw) {
  __enzyme_autodiff((void *)loss, enzyme_const, n, enzyme_const, x, enzyme_dup, w, dw);
}
int main(void) {
  double x[7 * D], w[D], dw[D] = {0}, worst = 0;
  for (int i = 0; i < 7 * D; i++) x[i] = sin(i);
  for (int i = 0; i < D; i++) w[i] = cos(i);
  gradient(7, x, w, dw);
  for (int d = 0; d < D; d++) {
    double sum = 0;
    for (int i = 0; i < 7; i++) {
      double score = 0;
      for (int k = 0; k < D; k++) score += w[k] * x[i * D + k];
      sum += x[i * D + d] / (1 + exp(-score));
    }
    worst = fmax(worst, fabs(sum - dw[d]));
  }
  return !(worst < 1e-12);
}
"""


@pytest.mark.parametrize("more", [(), ("-fenzcc-no-abreast",)])
def test_rows_are_not_gathered(enzcc: Enzcc, tmp_path: Path, more: tuple[str, ...]) -> None:
    (tmp_path / "f.c").write_text(LOGISTIC)
    target = ("--target=x86_64-linux-gnu", "-march=skylake-avx512", "-mprefer-vector-width=512")
    done = enzcc("-O2", *target, *more, "-S", "f.c", "-o", "f.s")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "f.s").read_text()
    assert ("vgather" in text[: text.index("\nmain:")]) == bool(more)
    assert enzcc("-O2", *more, "f.c", "-o", "f", "-lm").returncode == 0
    assert subprocess.run([tmp_path / "f"], check=False).returncode == 0
