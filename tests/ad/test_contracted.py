"""Adjoints are added up in fused products where the machine has them, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Enzcc

from enzcc.ad.nests.contracted import contract
from enzcc.ir.module import Module

# What decides between the arms is computed again in the reverse sweep: to the last bit.
SOURCE = r"""
#include <enzyme.h>
static double f(int n, const double *x, const double *y) {
  double sum = 0;
  for (int i = 0; i < n; i++) {
    double t = x[i] * y[i];
    double u = t - x[i] * x[i];
    sum += u > 0 ? x[i] * x[i] * y[i] : y[i];
  }
  return sum;
}
void gradient(int n, double *x, double *dx, double *y, double *dy) {
  __enzyme_autodiff((void *)f, enzyme_const, n, enzyme_dup, x, dx, enzyme_dup, y, dy);
}
"""

# Where `a` and `b` are the same, what is left of a fused product may be below zero.
ENDS = r"""
#include <enzyme.h>
#include <math.h>
static double f(int n, const double *x, const double *a, const double *b) {
  double sum = 0;
  for (int i = 0; i < n; i++) {
    if (x[i] < 0) continue;
    double p = a[i] * a[i], q = b[i] * b[i];
    double d = p - q;
    sum += x[i] * x[i] * END;
  }
  return sum;
}
void gradient(int n, double *x, double *dx, double *a, double *b) {
  __enzyme_autodiff((void *)f, enzyme_const, n, enzyme_dup, x, dx, enzyme_const, a,
                    enzyme_const, b);
}
"""

FMA = ("--target=x86_64-linux-gnu", "-mfma")


def ir_of(enzcc: Enzcc, path: Path, *words: str, source: str = SOURCE) -> str:
    (path / "f.c").write_text(source)
    done = enzcc("-O2", *words, "-fno-vectorize", "-S", "-emit-llvm", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    text = (path / "f.ll").read_text()
    return text[text.index("@gradient(") :]


def test_products_are_fused_with_the_sums_of_adjoints(enzcc: Enzcc, tmp_path: Path) -> None:
    text = ir_of(enzcc, tmp_path, *FMA)
    assert "fmul contract" in text
    assert "fadd reassoc contract" in text


def test_what_decides_keeps_its_roundings(enzcc: Enzcc, tmp_path: Path) -> None:
    text = ir_of(enzcc, tmp_path, *FMA)
    decisions = [line for line in text.splitlines() if "llvm.fmuladd" in line]
    assert decisions
    products = [line for line in text.splitlines() if " fmul double" in line]
    assert products  # x[i] * y[i], which is compared


@pytest.mark.parametrize("end", ["sqrt(d)", "log2(d)", "acos(1 + d)"])
def test_so_does_what_must_not_leave_the_domain(enzcc: Enzcc, tmp_path: Path, end: str) -> None:
    text = ir_of(enzcc, tmp_path, *FMA, f"-DEND={end}", source=ENDS)
    lines = [line for line in text.splitlines() if " fsub " in line or " fmul " in line]
    products = [line for line in lines if line.split()[-1] == line.split()[-2].rstrip(",")]
    assert len(products) == 2
    assert not any("contract" in line for line in products)
    assert any("contract" in line for line in lines)


SCALED = """
define float @f(float %x, float %y, float %z) "target-features"="+avx,+fma" {
entry:
  br label %r.end

r.end:
  %l = fmul float %x, %x
  %a = fmul float %l, FIRST
  %n = fneg float %a
  %b = fmul float %n, SECOND
  %s = fadd reassoc float %b, %y
  ret float %s
}
"""


@pytest.mark.parametrize(
    ("first", "second", "fused"),
    [
        ("0x3B30AEE4A0000000", "0x3B88EF20E0000000", False),  # 1e-23 and 7e-22: zero, almost
        ("0x4415AF1D80000000", "0x46293E5940000000", False),  # 1e20 and 1e30: infinite
        ("3.000000e+00", "%z", False),  # which may be a constant where that is inlined
        ("0x3B30AEE4A0000000", "0x4415AF1D80000000", True),
        ("0x3B30AEE4A0000000", "%l", True),
    ],
)
def test_what_is_scaled_twice_is_not_scaled_at_once(first: str, second: str, fused: bool) -> None:
    module = Module.parse(SCALED.replace("FIRST", first).replace("SECOND", second))
    contract(module, ["f"])
    (product,) = (line for line in module.print().splitlines() if "%b = " in line)
    assert ("contract" in product) is fused


@pytest.mark.parametrize(
    "words",
    [
        ("--target=x86_64-linux-gnu",),
        (*FMA, "-ffp-contract=off"),
        (*FMA, "-ffp-model=strict"),
        (*FMA, "-fenzcc-no-contract"),
    ],
)
def test_else_they_are_not(enzcc: Enzcc, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert " contract " not in ir_of(enzcc, tmp_path, *words)
