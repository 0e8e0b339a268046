"""Which functions are differentiated once for several markers; `tests/programs/shared_functions.c`
says that the derivatives are right."""

from __future__ import annotations

import re
from pathlib import Path

from calling import Enzcc

PROGRAM = """
double __enzyme_autodiff(void *, ...);
extern int enzyme_out, enzyme_const;
double sin(double);
double sees_numbers(double a, double b, int n) {
  double kept[2] = {a * b, sin(a)};
  return n ? sees_numbers(kept[n % 2], b, n - 1) : kept[0];
}
double state;
double sees_more(double a, double b, int n) { return n ? a * sees_more(b, a, n - 1) : state * b; }
static double f(double a, double b) { double r = HELPER(a, b, 4); return r * r; }
static double g(double a, double b) { double r = HELPER(a * b, b, 5); return r * a; }
static double h(double a, double b) { double r = HELPER(1, b, 5); return r * a; }
double df(double a, double b) { return __enzyme_autodiff((void *)f, a, enzyme_const, b); }
double dg(double a, double b) { return __enzyme_autodiff((void *)g, a, enzyme_const, b); }
double dh(double a, double b) { return __enzyme_autodiff((void *)h, enzyme_const, a, b); }
"""


def made(enzcc: Enzcc, tmp_path: Path, helper: str) -> list[str]:
    """The derivatives of the function that is called."""
    (tmp_path / "f.c").write_text(PROGRAM)
    words = [f"-DHELPER={helper}", "-fno-inline", "-emit-llvm"]
    done = enzcc("-O1", "-S", "-w", *words, "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    return re.findall(rf"^define .*@({helper}\.\S+)\(", (tmp_path / "f.ll").read_text(), re.M)


def test_a_function_of_numbers_is_differentiated_once_for_each_activity(
    enzcc: Enzcc, tmp_path: Path
) -> None:
    halves = [
        f"sees_numbers.{half}{number}" for number in ("", ".2") for half in ("augmented", "reverse")
    ]
    assert made(enzcc, tmp_path, "sees_numbers") == halves


def test_a_function_that_sees_variables_is_not_shared(enzcc: Enzcc, tmp_path: Path) -> None:
    assert len(made(enzcc, tmp_path, "sees_more")) == 6
