"""Loops that have nothing to do in the forward sweep do not run there to keep what calls return."""

from __future__ import annotations

from pathlib import Path

from conftest import Enzcc

HEAD = r"""
#include <errno.h>
#include <math.h>
#include <enzyme.h>
"""

BRANCHES = (
    HEAD
    + r"""
static double f(int n, const double *x) {
  double sum = 0;
  for (int i = 0; i < n; i++) {
    double d = x[i] - x[0];
    if (d < 0.5) sum += exp(d) * d;
  }
  return RESULT;
}
void gradient(int n, double *x, double *dx) {
  __enzyme_autodiff((void *)f, enzyme_const, n, enzyme_dup, x, dx);
}
"""
)

# What `exp` does to `errno`, it may do to the bound of the loop, for all that LLVM knows.
BOUNDS = (
    HEAD
    + r"""
static double f(int n, const double *x, const int *start) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    for (int k = start[i]; k < start[i + 1]; k++) sum += exp(x[k]);
  return WRONG ? -1 : sum;
}
void gradient(int n, double *x, double *dx, const int *start) {
  __enzyme_autodiff((void *)f, enzyme_const, n, enzyme_dup, x, dx, enzyme_const, start);
}
"""
)


def report(enzcc: Enzcc, path: Path, source: str, *words: str) -> str:
    (path / "f.c").write_text(source)
    done = enzcc("-O2", *words, "-c", "f.c", "-fenzcc-report=report.txt")
    assert done.returncode == 0, done.stderr
    return (path / "report.txt").read_text()


def test_what_nobody_else_wants_is_not_kept(enzcc: Enzcc, tmp_path: Path) -> None:
    assert "on the tape: nothing" in report(enzcc, tmp_path, BRANCHES, "-DRESULT=sum")


def test_what_the_result_needs_is(enzcc: Enzcc, tmp_path: Path) -> None:
    found = report(enzcc, tmp_path, BRANCHES, "-DRESULT=sum*sum")
    assert "on the tape: 8 bytes * trips" in found


def test_mathematical_functions_change_no_bounds(enzcc: Enzcc, tmp_path: Path) -> None:
    assert "how often the loop ran" not in report(enzcc, tmp_path, BOUNDS, "-DWRONG=0")


def test_unless_the_program_looks_at_errno(enzcc: Enzcc, tmp_path: Path) -> None:
    assert "how often the loop ran" in report(enzcc, tmp_path, BOUNDS, "-DWRONG=errno")


# The cosine could be computed beside the sine, which nobody wants.
SINES = BRANCHES.replace("exp(d) * d", "sin(d)")


def test_nor_is_what_could_be_computed_beside(enzcc: Enzcc, tmp_path: Path) -> None:
    assert "on the tape: nothing" in report(enzcc, tmp_path, SINES, "-DRESULT=sum")


# The loop runs in the forward sweep in any case: roots are kept.
SUMS = (
    HEAD
    + r"""
static double f(int n, const double *restrict x, const int *restrict at, double *restrict sums) {
  double total = 0;
  for (int i = 0; i < n; i++) {
    sums[at[i]] += sqrt(x[i] * x[at[i]]) * x[i];
  }
  for (int i = 0; READ && i < n; i++) total += sums[i] * sums[i];
  return total;
}
void gradient(int n, double *x, double *dx, const int *at, double *sums, double *dsums) {
  __enzyme_autodiff((void *)f, enzyme_const, n, enzyme_dup, x, dx, enzyme_const, at,
                    enzyme_dupnoneed, sums, dsums);
}
"""
)


def test_the_roots_of_a_loop_that_runs_anyway_are_kept(enzcc: Enzcc, tmp_path: Path) -> None:
    assert "on the tape: 8 bytes * trips" in report(enzcc, tmp_path, SUMS, "-DREAD=1")


def test_but_not_where_nobody_reads_what_it_stores(enzcc: Enzcc, tmp_path: Path) -> None:
    assert "on the tape: nothing" in report(enzcc, tmp_path, SUMS, "-DREAD=0")
