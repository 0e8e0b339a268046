"""At -O3, loops are unrolled before they are differentiated as LLVM does it at -O3."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from calling import Enzcc

DENSITY = r"""
#include <enzyme.h>
#include <math.h>
#include <stdio.h>
enum { D = 8, POINTS = 3 };
static double density(const double *l, const double *points) {
  double sum = 0;
  for (int t = 0; t < POINTS; t++) {
    double y[D];
    for (int i = 0; i < D; i++) {
      double a = points[t * D + i];
      for (int j = 0; j < i; j++) a -= l[i * D + j] * y[j];
      y[i] = a / l[i * D + i];
      sum += y[i] * y[i] / 2 + log(l[i * D + i]);
    }
  }
  return sum;
}
int main(void) {
  double l[D * D], dl[D * D] = {0}, points[POINTS * D], worst = 0;
  for (int i = 0; i < D * D; i++) l[i] = 0.3 * sin(i + 1) + (i % (D + 1) == 0 ? 2 : 0);
  for (int i = 0; i < POINTS * D; i++) points[i] = cos(i);
  __enzyme_autodiff((void *)density, enzyme_dup, l, dl, enzyme_const, points);
  for (int i = 0; i < D * D; i++) {
    double seed[D * D] = {0}, value = l[i], h = 1e-6;
    seed[i] = 1;
    double forward =
        __enzyme_fwddiff((void *)density, enzyme_dup, l, seed, enzyme_const, points);
    l[i] = value + h;
    double above = density(l, points);
    l[i] = value - h;
    double below = density(l, points);
    l[i] = value;
    worst = fmax(worst, fabs(dl[i] - forward) * 1e3);
    worst = fmax(worst, fabs(dl[i] - (above - below) / (2 * h)));
  }
  return !(worst < 1e-7);
}
"""


@pytest.mark.parametrize("level", ["-O0", "-O2", "-O3", "-Ofast"])
@pytest.mark.parametrize("more", [(), ("-fenzcc-no-unroll",)])
def test_derivatives_are_right_at_every_level(
    enzcc: Enzcc, tmp_path: Path, level: str, more: tuple[str, ...]
) -> None:
    (tmp_path / "f.c").write_text(DENSITY)
    done = enzcc(level, *more, "f.c", "-o", "f", "-lm")
    assert done.returncode == 0, done.stderr
    assert subprocess.run([tmp_path / "f"], check=False).returncode == 0


@pytest.mark.parametrize(
    ("words", "stored"),
    [
        (("-O3",), False),
        (("-O3", "-fenzcc-no-unroll"), True),
        (("-O2",), True),
    ],
)
def test_what_a_triangle_of_loops_reads_again_is_not_stored_where_they_are_unrolled(
    enzcc: Enzcc, tmp_path: Path, words: tuple[str, ...], stored: bool
) -> None:
    (tmp_path / "f.c").write_text(DENSITY)
    done = enzcc(*words, "-fenzcc-report", "-c", "f.c", "-o", "f.o")
    assert done.returncode == 0, done.stderr
    assert ("* trips(" in done.stderr) == stored, done.stderr


REFUSED = """
#include <enzyme.h>
double other(double);
static double f(double *x) {
  double sum = 0;
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < i; j++) sum += other(x[i] * x[j]);
  return sum;
}
double g(double *x, double *dx) {
  return __enzyme_autodiff((void *)f, x, dx);
}
"""


def test_what_is_refused_is_refused_in_the_same_words(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text(REFUSED)
    said = {enzcc(level, "-c", "f.c", "-o", "f.o").stderr for level in ("-O2", "-O3")}
    assert len(said) == 1
    assert "other" in said.pop()


LAYER = """
#include <enzyme.h>
enum { WIDE = 32, MANY = 10 };
static double layer(int n, const double *w) {
  double sum = 0;
  for (int p = 0; p < n; p++)
    for (int i = 0; i < MANY; i++) {
      double in = w[p];
      for (int j = 0; j < WIDE; j++) in += w[i * WIDE + j] * w[j];
      sum += in * in;
    }
  return sum;
}
void g(int n, double *w, double *dw) {
  __enzyme_autodiff((void *)layer, enzyme_const, n, enzyme_dup, w, dw);
}
"""


def test_long_loops_are_not_multiplied(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text(LAYER)
    lines = []
    for more in ((), ("-fenzcc-no-unroll",)):
        done = enzcc("-O3", *more, "-S", "-emit-llvm", "f.c", "-o", "f.ll")
        assert done.returncode == 0, done.stderr
        text = (tmp_path / "f.ll").read_text()
        lines.append(text[text.index("@g(") :].split("\n}\n", 1)[0].count("\n"))
    assert lines[0] == lines[1]
