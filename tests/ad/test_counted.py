"""Loops over iterators are counted, so that what they keep lies in one block of the tape."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from calling import Enzcc

# Both iterators of the second loop are one pointer to LLVM, whose step has lost its `inbounds`.
IN_PLACE = r"""
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>
template <class R, class... A> R __enzyme_autodiff(void *, A...);
extern int enzyme_dup;
static double length(const std::vector<double> &x) {
  std::vector<double> y(x.size());
  std::transform(x.begin(), x.end(), y.begin(), [](double a) { return a * a; });
  std::transform(y.begin(), y.end(), x.begin(), y.begin(),
                 [](double a, double b) { return a * b + a; });
  return std::accumulate(y.begin(), y.end(), 0.0, [](double s, double a) { return s + a * a; });
}
int main() {
  double worst = 0;
  for (int n : {0, 1, 2, 5, 100}) {
    std::vector<double> x(n), dx(n, 0.0);
    for (int i = 0; i < n; i++) x[i] = std::sin(i + 1);
    __enzyme_autodiff<void>((void *)length, enzyme_dup, &x, &dx);
    for (int i = 0; i < n; i++) {
      double v = x[i], y = v * v * v + v * v;
      worst = std::fmax(worst, std::fabs(dx[i] - 2 * y * (3 * v * v + 2 * v)));
    }
  }
  return !(worst < 1e-14);
}
"""


def test_iterators_that_are_one_pointer_are_counted(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "f.cpp").write_text(IN_PLACE)
    done = enzcc("-O2", "-std=c++17", "f.cpp", "-o", "f", "-lm", "-fenzcc-report", cxx=True)
    assert done.returncode == 0, done.stderr
    assert "on the tape: 8 bytes * trips" in done.stdout + done.stderr
    assert subprocess.run([tmp_path / "f"], check=False).returncode == 0


def test_llvm_can_tell_how_often_transform_runs(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "f.cpp").write_text(IN_PLACE)
    told = "-Rpass-analysis=loop-vectorize"
    done = enzcc("-O2", "-std=c++17", told, "-c", "f.cpp", cxx=True)
    assert done.returncode == 0, done.stderr
    remarks = [line for line in done.stderr.splitlines() if "/stl_" in line]
    assert remarks
    assert not any("could not determine number of loop iterations" in line for line in remarks)


# Loops whose pointer passes its end by, as something else ends them.
PASSING = r"""
#include <cmath>
#include <cstdio>
template <class R, class... A> R __enzyme_autodiff(void *, A...);
extern int enzyme_dup, enzyme_const;
static double until_negative(const double *p, const double *end) {
  double s = 0;
  for (; p != end; p += 2) {
    if (p[0] < 0) break;
    s += p[0] * p[0];
  }
  return s;
}
__attribute__((noinline)) static void check(double v) {
  if (v < 0) throw 1;
}
static double until_thrown(const double *p, const double *end) {
  double s = 0;
  try {
    for (; p != end; p += 2) {
      check(p[0]);
      s += p[0] * p[0];
    }
  } catch (int) {
    s *= 2;
  }
  return s;
}
static double while_met(const double *p, const double *end) {
  double s = 0;
  do s += *p * *p, p += 2;
  while (p == end);
  return s;
}
int main() {
  double x[6] = {1, 0, 3, 0, -1, 0}, g[3][6] = {};
  __enzyme_autodiff<void>((void *)until_negative, enzyme_dup, x, g[0], enzyme_const, x + 3);
  __enzyme_autodiff<void>((void *)until_thrown, enzyme_dup, x, g[1], enzyme_const, x + 3);
  __enzyme_autodiff<void>((void *)while_met, enzyme_dup, x, g[2], enzyme_const, x + 1);
  for (auto &row : g) printf("%g %g %g\n", row[0], row[2], row[4]);
}
"""


@pytest.mark.parametrize("level", ["-O0", "-O2", "-O3"])
def test_pointers_that_pass_their_end_by(enzcc: Enzcc, tmp_path: Path, level: str) -> None:
    (tmp_path / "f.cpp").write_text(PASSING)
    done = enzcc(level, "-std=c++17", "f.cpp", "-o", "f", "-lm", cxx=True)
    assert done.returncode == 0, done.stderr
    run = subprocess.run([tmp_path / "f"], capture_output=True, text=True, check=True)
    assert run.stdout == "2 6 0\n4 12 0\n2 0 0\n"


# LLVM leads the ways through the inner loop's body past each other, and each counts for itself.
PADDED = r"""
#include <math.h>
#include <stdlib.h>
void __enzyme_autodiff(void *, ...);
extern int enzyme_const, enzyme_dup;
static void f(int h, int w, const double *x, double *y) {
  for (int i = 0; i < h; i++)
    for (int j = 0; j < w; j++) {
      double sum = 0;
      for (int a = -1; a <= 1; a++)
        for (int b = -1; b <= 1; b++) {
          int p = i + a, q = j + b;
          if (p >= 0 && p < h && q >= 0 && q < w) sum += x[p * w + q] * x[p * w + q] * (a + 2 * b);
        }
      y[i * w + j] = sum;
    }
}
int main(void) {
  double worst = 0;
  for (int h = 0; h < 5; h++)
    for (int w = 0; w < 5; w++) {
      double x[25], dx[25] = {0}, y[25], dy[25];
      for (int i = 0; i < 25; i++) x[i] = sin(i + 1), dy[i] = i < h * w ? cos(i) : 0;
      __enzyme_autodiff((void *)f, enzyme_const, h, enzyme_const, w, x, dx, y, dy);
      for (int p = 0; p < h; p++)
        for (int q = 0; q < w; q++) {
          double want = 0;
          for (int i = 0; i < h; i++)
            for (int j = 0; j < w; j++)
              if (abs(p - i) <= 1 && abs(q - j) <= 1)
                want += 2 * x[p * w + q] * ((p - i) + 2 * (q - j)) * cos(i * w + j);
          worst = fmax(worst, fabs(dx[p * w + q] - want));
        }
    }
  return !(worst < 1e-13);
}
"""


@pytest.mark.parametrize("option", ["", "-fenzcc-no-counters"])
def test_ways_that_count_for_themselves_are_one_counter(
    enzcc: Enzcc, tmp_path: Path, option: str
) -> None:
    (tmp_path / "f.c").write_text(PADDED)
    words = ["-O2", "f.c", "-o", "f", "-lm", "-fenzcc-report", *option.split()]
    done = enzcc(*words)
    assert done.returncode == 0, done.stderr
    assert ("how often the loop ran" in done.stdout + done.stderr) == bool(option)
    assert subprocess.run([tmp_path / "f"], check=False).returncode == 0
