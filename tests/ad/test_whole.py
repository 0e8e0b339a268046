"""Which calls are differentiated whole in the reverse sweep; `tests/programs/call_whole.c` says
that their derivatives are right."""

from __future__ import annotations

import re
from pathlib import Path

from calling import Enzcc

PROGRAM = """
double __enzyme_autodiff(void *, ...);
extern int enzyme_dup, enzyme_dupnoneed;
double sin(double);
double recursive(const double *x, int n, double s) {
  for (int i = 0; i < n; i++) s = sin(s * x[i]);
  return n ? s + 2 * recursive(x + 1, n - 1, x[0]) : s;
}
static void in_place(double *x, int n) {
  if (n < 2) return;
  in_place(x, n / 2);
  in_place(x + n / 2, n / 2);
  for (int i = 0; i < n / 2; i++) x[i] += 2 * x[i + n / 2];
}
static double added(const double *x, int n) { return 3 * recursive(x, n, 1) + x[0]; }
static double squared(const double *x, int n) { double r = recursive(x, n, 1); return r * r; }
static double decides(const double *x, int n) { return recursive(x, n, 1) > 1 ? x[0] : x[1]; }
static double changed(double *x, int n) { double r = recursive(x, n, 1); *x = 1; return r + x[1]; }
static double written(double *x, int n) { in_place(x, n); return x[0]; }
#define GRADIENT(f, word) \\
  double d(double *x, double *dx, int n) { return __enzyme_autodiff((void *)f, word, x, dx, n); }
GRADIENT(F, WORD)
"""


def made(enzcc: Enzcc, tmp_path: Path, function: str, word: str = "enzyme_dup") -> set[str]:
    """The kinds of functions that the derivative consists of."""
    (tmp_path / "f.c").write_text(PROGRAM)
    words = [f"-DF={function}", f"-DWORD={word}", "-fno-inline", "-emit-llvm"]
    done = enzcc("-O1", "-S", "-w", *words, "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    found = re.findall(
        r"^define .*@(?:recursive|in_place)\.(\w+)", (tmp_path / "f.ll").read_text(), re.M
    )
    return set(found)


def test_a_call_whose_result_is_added_waits(enzcc: Enzcc, tmp_path: Path) -> None:
    assert made(enzcc, tmp_path, "added") == {"whole"}


def test_a_call_whose_result_is_wanted_does_not(enzcc: Enzcc, tmp_path: Path) -> None:
    for function in ("squared", "decides"):
        assert made(enzcc, tmp_path, function) == {"augmented", "reverse"}, function


def test_a_call_that_reads_what_changes_does_not(enzcc: Enzcc, tmp_path: Path) -> None:
    assert made(enzcc, tmp_path, "changed") == {"augmented", "reverse"}


def test_a_call_that_writes_what_the_caller_needs_does_not(enzcc: Enzcc, tmp_path: Path) -> None:
    assert made(enzcc, tmp_path, "written") == {"augmented", "reverse"}
    assert made(enzcc, tmp_path, "written", "enzyme_dupnoneed") == {"whole"}
