"""Iterations of the reverse sweep whose adjoint is zero are passed by, where choices make zeros."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from calling import Enzcc

SOURCE = """
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
void __enzyme_autodiff(void *, ...);
extern int enzyme_const, enzyme_dup;
enum { N = 9, M = 11 };
static double f(const double *restrict x, const double *restrict y) {
  double sum = 0, t[(N + 1) * (M + 1)], *row = malloc((M + 1) * sizeof *row);
  for (int k = 0; k < (N + 1) * (M + 1); k++) t[k] = k ? 1e30 : 0;
  for (int j = 0; j <= M; j++) row[j] = 0.3 * j;
  WORK;
  free(row);
  return sum;
}
__attribute__((noinline)) void g(const double *x, const double *y, double *dx, double *dy) {
  __enzyme_autodiff((void *)f, enzyme_dup, x, dx, enzyme_dup, y, dy);
}
int main(int argc, char **argv) {
  double x[N], y[M], d[N + M] = {0}, worst = 0;
  for (int k = 0; k < N; k++) x[k] = sin(k * 1.3) + 0.01 * k * k;
  for (int k = 0; k < M; k++) y[k] = sin(k * 1.1 + 0.2) + 0.011 * k * k;
  if (argc > 1) y[4] = atof(argv[1]);
  g(x, y, d, d + N);
  for (int k = 0; k < N + M; k++) {
    double *p = k < N ? x + k : y + k - N, old = *p, up;
    printf("%.17g ", d[k]);
    *p = old + 1e-6;
    up = f(x, y);
    *p = old - 1e-6;
    up -= f(x, y);
    *p = old;
    if (argc == 1) worst = fmax(worst, fabs(up / 2e-6 - d[k]));
  }
  printf("%s\\n", worst < 1e-6 ? "right" : "wrong");
}
"""

TABLE = """
  for (int i = 1; i <= N; i++)
    for (int j = 1; j <= M; j++) {
      double c = x[i - 1] - y[j - 1], *at = &t[i * (M + 1) + j];
      double a = at[-1], b = at[-M - 1], best = at[-M - 2];
      best = a < best ? a : best;
      best = b < best ? b : best;
      *at = c * c + best;
    }"""

ROW = """
  for (int i = 0; i < N; i++) {
    double before = row[0];
    row[0] = 0.3 * i;
    for (int j = 1; j <= M; j++) {
      double c = x[i] * y[j - 1], up = row[j], best = before + c;
      if (up - 0.2 * y[j - 1] > best) best = up - 0.2 * y[j - 1];
      if (row[j - 1] - 0.2 * x[i] > best) best = row[j - 1] - 0.2 * x[i];
      row[j] = best;
      before = up;
    }
  }"""

WORKS = {
    "table": TABLE + "sum = t[(N + 1) * (M + 1) - 1]",
    "all cells": TABLE + "for (int k = 0; k < (N + 1) * (M + 1); k++) if (t[k] < 1e20) sum += t[k]",
    "some cells": TABLE + "for (int k = 12; k < (N + 1) * (M + 1); k += 7)"
    " sum += t[k] < 9 ? t[k] : 0",
    "row": ROW + "sum = row[M]",
    "cells of a row": ROW + "for (int j = 0; j <= M; j += 3) sum += row[j] * row[j]",
    "three tables": """
  double p[(N + 1) * (M + 1)] = {0}, q[(N + 1) * (M + 1)] = {0};
  for (int i = 1; i <= N; i++)
    for (int j = 1; j <= M; j++) {
      int k = i * (M + 1) + j;
      double a = p[k - M - 1] + 0.1 * y[j - 1], b = t[k - M - 1] + 0.5;
      double c = q[k - 1] + 0.1 * x[i - 1], d = t[k - 1] + 0.6;
      double best = t[k - M - 2] + fabs(x[i - 1] - y[j - 1]);
      p[k] = a < b ? a : b;
      q[k] = c < d ? c : d;
      if (p[k] < best) best = p[k];
      if (q[k] < best) best = q[k];
      t[k] = best;
    }
  sum = t[(N + 1) * (M + 1) - 1] + p[(N + 1) * (M + 1) - 3]""",
    "local": """
  double most = 0;
  for (int i = 1; i <= N; i++)
    for (int j = 1; j <= M; j++) {
      double *at = &t[i * (M + 1) + j], best = 0;
      if (i == 1 || j == 1) at[-M - 2] = 0;
      if (i == 1) at[-M - 1] = 0;
      if (j == 1) at[-1] = 0;
      best = fmax(best, at[-M - 2] + x[i - 1] * y[j - 1] - 0.1);
      best = fmax(best, at[-1] - 0.3);
      best = fmax(best, at[-M - 1] - 0.3 * x[i - 1] * x[i - 1]);
      *at = best;
      if (best > most) most = best;
    }
  sum = most""",
    "stopped": """
  for (int s = 0; s < N; s++)
    for (int j = M - 1; j >= 0; j--) {
      double on = (0.5 + 0.01 * x[s]) * row[j + 1] + 0.4 * row[j], off = x[s] - 0.2 * y[j];
      row[j + 1] = on > off ? on : off;
    }
  sum = row[M] + row[3]""",
    "seams": """
  for (int i = 0; i < N; i++)
    for (int j = 0; j < M; j++) {
      double *at = &t[i * M + j], *up = at - M, best = i > 0 ? *up : 0;
      if (i > 0 && j > 0 && up[-1] < best) best = up[-1];
      if (i > 0 && j < M - 1 && up[1] < best) best = up[1];
      *at = best + (x[i] + 0.1) * y[j] * y[j];
    }
  for (int j = 0; j < M; j += 2) sum += t[(N - 1) * M + j]""",
    "one choice": """
  double s = 1;
  for (int j = 0; j < M; j++) {
    s = s * y[j] + 0.1 * x[j % N] * cos(y[j]);
    s = s > 0 ? s : 0;
    row[j] = s * y[j];
    sum += row[j] * row[j];
  }""",
}  # fmt: skip


def said(enzcc: Enzcc, tmp_path: Path, work: str, *flags: str, at: str = "") -> str:
    """What the program says of its gradient."""
    (tmp_path / "f.c").write_text(SOURCE.replace("WORK", work))
    done = enzcc(*flags, "f.c", "-o", "f", "-lm")
    assert done.returncode == 0, done.stderr
    run = ["./f", at] if at else ["./f"]
    return subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True).stdout


def numbers(output: str) -> list[float]:
    """The derivatives in what a program says."""
    return [float(word) for word in output.split()[:-1]]


@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
def test_gradients_are_what_they_were(enzcc: Enzcc, tmp_path: Path, work: str, level: str) -> None:
    with_branches = said(enzcc, tmp_path, work, level)
    assert with_branches.endswith("right\n")
    without = said(enzcc, tmp_path, work, level, "-fenzcc-no-skips")
    assert numbers(with_branches) == pytest.approx(numbers(without), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("at", ["inf", "nan", "1e200"])
@pytest.mark.parametrize("work", ["table", "all cells"])
def test_zero_wins_over_what_is_not_finite(
    enzcc: Enzcc, tmp_path: Path, work: str, at: str
) -> None:
    with_branches = said(enzcc, tmp_path, WORKS[work], "-O2", at=at)
    assert with_branches == said(enzcc, tmp_path, WORKS[work], "-O2", "-fenzcc-no-skips", at=at)


def test_what_is_chosen_cell_by_cell_is_left_to_vectors(enzcc: Enzcc, tmp_path: Path) -> None:
    work = "for (int j = 0; j < M; j++) row[j] = row[j] * y[j] + x[0] > 1 ? row[j] * y[j] : 0;"
    (tmp_path / "f.c").write_text(SOURCE.replace("WORK", f"{work} sum = row[3] * row[4]"))
    made = []
    for flags in ((), ("-fenzcc-no-skips",)):
        assert enzcc("-O2", "-S", *flags, "f.c", "-o", "f.s").returncode == 0
        made.append((tmp_path / "f.s").read_text())
    assert made[0] == made[1]


@pytest.mark.parametrize("work", ["table", "row", "three tables", "stopped"])
def test_a_cell_without_adjoint_is_passed_by(enzcc: Enzcc, tmp_path: Path, work: str) -> None:
    (tmp_path / "f.c").write_text(SOURCE.replace("WORK", WORKS[work]))
    counts = []
    for flags in ((), ("-fenzcc-no-skips",)):
        done = enzcc("-O2", "-S", "-emit-llvm", *flags, "f.c", "-o", "f.ll")
        assert done.returncode == 0, done.stderr
        counts.append(
            len(re.findall(r"fcmp \w+ double %\S+, 0\.0", (tmp_path / "f.ll").read_text()))
        )
    assert counts[0] > counts[1]


LABELLED = """
#include <math.h>
#include <stdio.h>
void __enzyme_autodiff(void *, ...);
extern int enzyme_const, enzyme_dup;
static double walk(double *restrict t, const double *restrict x, const double *restrict w) {
  int j = 0;
  double s = 0;
r:;
  double d = t[j], c = w[j] > 0.5 ? d : 0, e = w[j] < 0.25 ? d : 0;
  t[j] = 0;
  t[j + 1] += c * x[j] * w[j] * 1.5 + c * w[j] * w[j];
  t[j + 12] += e * x[j] * w[j] * 2.5 + e * w[j] * w[j] * x[j] * x[j];
  if (++j < 10) goto r;
  for (j = 0; j < 23; j++) s += t[j] * t[j];
  return s;
}
static double f(const double *restrict y, const double *restrict x, const double *restrict w) {
  double t[23];
  for (int j = 0; j < 23; j++) t[j] = y[j] * y[j];
  return walk(t, x, w);
}
int main(void) {
  double x[10], w[10], y[23], d[23] = {0};
  for (int j = 0; j < 10; j++) x[j] = j ? sin(j) : INFINITY, w[j] = fabs(sin(j * 2.1 + 1));
  for (int j = 0; j < 23; j++) y[j] = j;
  __enzyme_autodiff((void *)f, enzyme_dup, y, d, enzyme_const, x, enzyme_const, w);
  printf("%g %g\\n", fabs(f(y, x, w)), fabs(d[1]));
}
"""


def test_what_the_program_names_as_reverse_sweeps_are_named_is_the_programs(
    enzcc: Enzcc, tmp_path: Path
) -> None:
    (tmp_path / "f.c").write_text(LABELLED)
    assert enzcc("-O2", "-fno-discard-value-names", "f.c", "-o", "f", "-lm").returncode == 0
    run = subprocess.run(["./f"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout == "nan nan\n"
