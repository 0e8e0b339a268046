"""Functions that do the same are differentiated once."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from calling import Enzcc

from enzcc.ad.copies.alike import merge_alike

STEPS = "\n".join(f"    s = s * x[{n} % n] + {n} * s;" for n in range(40))
PROGRAM = f"""
#include <cstdio>
template <class T> T __enzyme_autodiff(void *, ...);
extern int enzyme_dup;
template <int N> __attribute__((noinline)) double same(const double *x, int n) {{
  double s = 1;
  for (int i = 0; i < 2; i++) {{
{STEPS}
  s *= 1e-30; }}
  return s;
}}
template <int N> __attribute__((noinline)) double other(const double *x, int n) {{
  double s = N;
  for (int i = 0; i < 2; i++) {{
{STEPS}
  s *= 1e-30; }}
  return s;
}}
static double f(const double *x, int n) {{
  return same<1>(x, n) * same<2>(x + 1, n - 1) + other<1>(x, n) * other<2>(x, n);
}}
int main() {{
  double x[3] = {{0.5, 0.7, 0.9}}, d[3] = {{0}};
  __enzyme_autodiff<void>((void *)f, enzyme_dup, (const double *)x, d, 3);
  for (int i = 0; i < 3; i++) {{
    double y[3] = {{x[0], x[1], x[2]}}, h = 1e-6;
    y[i] += h;
    double up = f(y, 3);
    y[i] -= 2 * h;
    double by = (up - f(y, 3)) / (2 * h);
    if (!(std::abs(by - d[i]) <= 1e-6 * std::abs(by))) std::printf("%d: %g for %g\\n", i, d[i], by);
  }}
}}
""".replace("<cstdio>", "<cstdio>\n#include <cmath>")


@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_templates_that_do_the_same_are_differentiated_once(
    enzcc: Enzcc, tmp_path: Path, level: str
) -> None:
    (tmp_path / "f.cpp").write_text(PROGRAM)
    done = enzcc(level, "-w", "f.cpp", "-o", "f")
    assert done.returncode == 0, done.stderr
    run = subprocess.run([str(tmp_path / "f")], capture_output=True, text=True, check=True)
    assert run.stdout == ""
    if level != "-O0":
        return  # clang inlines some
    done = enzcc(level, "-w", "-S", "-emit-llvm", "-fno-inline", "f.cpp", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    made = re.findall(
        r"^define .*@_Z\d(same|other)\w*\.reverse\(", (tmp_path / "f.ll").read_text(), re.M
    )
    assert sorted(made) == ["other", "other", "same"]


def _reading(name: str, layout: str) -> str:
    """A function that calculates with a member of a struct."""
    steps = "\n".join(f"  %s{n + 1} = fmul double %s{n}, %s{n}" for n in range(100))
    return f"""
define double @{name}..enzcc(ptr %h) {{
  %x = getelementptr inbounds %{layout}, ptr %h, i32 0, i32 1
  %s0 = load double, ptr %x, align 8
{steps}
  ret double %s100
}}
"""


def test_types_are_the_same_if_they_are_laid_out_alike() -> None:
    """A small matrix and a large one have the same words: derivatives of Eigen's eigenvalues were
    those of another matrix."""
    text = """
%pad = type { double }
%one = type { [1 x %pad], double }
%two = type { [2 x %pad], double }
%other.pad = type { double }
%other = type { [1 x %other.pad], double }
""" + "".join(map(_reading, "fgh", ("one", "two", "other")))
    kept = re.findall(r"^define double @(\w)\.", merge_alike(text, ["f..enzcc"]), re.M)
    assert kept == ["f", "g"]
    same = text.replace("%x = ", "%two = ").replace("ptr %x", "ptr %two")
    assert merge_alike(same, ["f..enzcc"]) == same  # a value has a type's name: not told apart
