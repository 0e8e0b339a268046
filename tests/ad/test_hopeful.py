"""Which loops are computed without tests for zero; `tests/programs/zero_hoped.c` says that zeros
win there, too."""

from __future__ import annotations

import re
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


SMOOTHED = """
void __enzyme_autodiff(void *, ...);
extern int enzyme_const;
static void smooth(long n, const double *restrict x, const double *restrict k,
                   double *restrict y) {
  for (int o = 0; o < 4; o++)
    for (long i = 0; i < n - 2; i++)
      for (long j = 0; j < n - 2; j++) {
        double sum = 0;
        for (int c = 0; c < 3; c++)
          for (int p = 0; p < 3; p++)
            for (int q = 0; q < 3; q++)
              sum += k[((o * 3 + c) * 3 + p) * 3 + q] * x[(c * n + i + p) * n + j + q];
        y[(o * n + i) * n + j] = sum > 0 ? sum : 0;
      }
}
void g(long n, double *x, double *dx, double *k, double *dk, double *y, double *dy) {
  __enzyme_autodiff((void *)smooth, enzyme_const, n, x, dx, k, dk, y, dy);
}
"""


def test_the_products_of_a_stencil_are_looked_at_together(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text(SMOOTHED)
    done = enzcc("-O3", "-S", "-emit-llvm", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "f.ll").read_text()
    assert text.count("llvm.arithmetic.fence") > 0  # or the test is about something else
    assert len(re.findall(r"^\S*\.again\S*:", text, re.M)) == 1


RELAXED = """
void __enzyme_autodiff(void *, ...);
extern int enzyme_const;
static void relax(long n, double rate, double *restrict u) {
  for (long i = 1; i < n; i++) u[i] += rate * u[i - 1];
}
void g(long n, double rate, double *u, double *du) {
  __enzyme_autodiff((void *)relax, enzyme_const, n, enzyme_const, rate, u, du);
}
"""


def test_one_product_is_enough_where_iterations_wait(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text(RELAXED)
    done = enzcc("-O1", "-S", "-emit-llvm", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    assert ".again" in (tmp_path / "f.ll").read_text()


# Much is computed from the two guarded products: only these are computed twice.
TURNED = """
double __enzyme_autodiff(void *, ...);
double sqrt(double);
extern int enzyme_const;
static double turn(long n, const double *w, const double *p) {
  double a = p[0], b = p[1], sum = 0;
  for (long i = 0; i < n; i++) {
    double c = a - b * w[3 * i] - w[3 * i + 1], d = b + a * w[3 * i] + w[3 * i + 2];
    double r = 1 / sqrt(c * c + d * d);
    a = c * r;
    b = d * r;
    sum += a * b;
  }
  return sum;
}
double g(long n, double *w, double *dw, double *p, double *dp) {
  return __enzyme_autodiff((void *)turn, enzyme_const, n, w, dw, p, dp);
}
"""


def test_only_guards_are_computed_twice_where_much_follows(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text(TURNED)
    done = enzcc("-O1", "-S", "-emit-llvm", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "f.ll").read_text()
    again = re.search(r"^\S*\.again\S*:(.*?)^\S+:", text, re.M | re.S)
    assert again is not None
    assert again[1].count(" select ") == 2
    assert "fadd" not in again[1]
