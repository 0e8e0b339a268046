"""Which loops are computed without tests for zero; `tests/programs/zero_hoped.c` says that zeros
win there, too."""

from __future__ import annotations

from pathlib import Path

from calling import Enzcc

FILTER = """
double __enzyme_autodiff(void *, ...);
double log(double);
static double f(const double *z, const double *p, int n) {
  double place = 0, speed = 0, a = 1, b = 0, c = 1, sum = 0, q = p[0], r = p[1], dt = p[2];
  for (int k = 0; k < n; k++) {
    place += dt * speed;
    double first = a + 2 * dt * b + dt * dt * c + q, second = b + dt * c, third = c + q;
    double all = first + r, off = z[k] - place;
    sum += log(all) + off * off / all;
    double gain = first / all, other = second / all;
    place += gain * off;
    speed += other * off;
    a = first - gain * first;
    b = second - gain * second;
    c = third - other * second;
  }
  return sum;
}
double g(const double *z, double *dz, const double *p, double *dp, int n) {
  return __enzyme_autodiff((void *)f, z, dz, p, dp, n);
}
"""


def test_loops_whose_iterations_wait_for_each_other_hope(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text(FILTER)
    done = enzcc("-O1", "-S", "-emit-llvm", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    assert ".again" in (tmp_path / "f.ll").read_text()
