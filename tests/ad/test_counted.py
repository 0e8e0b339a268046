"""Loops over iterators are counted, so that what they keep lies in one block of the tape."""

from __future__ import annotations

import subprocess
from pathlib import Path

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
