"""Pointers are never loaded as parts of vectors of floats; where they already were, it is said."""

from __future__ import annotations

from pathlib import Path

from calling import run_enzcc

from enzcc import llvm

BESIDE = """
declare void @fill(ptr)
define <4 x double> @f() {
  %s = alloca [24 x i8], align 16
  call void @fill(ptr %s)
  %q = getelementptr inbounds i8, ptr %s, i64 8
  %r = getelementptr inbounds i8, ptr %s, i64 16
  %a = load double, ptr %q, align 8
  %v = insertelement <4 x double> poison, double %a, i64 0
  %p = load ptr, ptr %r, align 16
  %b = load double, ptr %p, align 8
  %w = insertelement <4 x double> %v, double %b, i64 1
  ret <4 x double> %w
}
"""

WIDENED = """
define double @f(ptr %x, ptr %p) {
  %a = load <2 x double>, ptr %p, align 8
  %q = extractelement <2 x double> %a, i64 0
  %i = bitcast <2 x double> %a to <2 x i64>
  %e = extractelement <2 x i64> %i, i64 1
  %r = inttoptr i64 %e to ptr
  %b = load double, ptr %r, align 8
  %s = fmul double %q, %b
  ret double %s
}
declare double @__enzyme_fwddiff(...)
define double @slope(ptr %x, ptr %dx, ptr %p, ptr %dp) {
  %d = call double (...) @__enzyme_fwddiff(ptr @f, ptr %x, ptr %dx, ptr %p, ptr %dp)
  ret double %d
}
"""


def test_simplification_does_not_widen_loads() -> None:
    """A pointer behind a float that goes into a vector keeps a load of its own."""
    text = llvm.simplify(BESIDE, ["f"])
    assert "load ptr" in text
    assert "<2 x double>" not in text


def test_what_was_widened_before_is_refused(tmp_path: Path) -> None:
    (tmp_path / "widened.ll").write_text(WIDENED)
    done = run_enzcc(["-c", "widened.ll", "-w", "-o", "widened.o"], cwd=tmp_path)
    assert done.returncode == 1
    assert "a pointer that is read as a part of a vector of floating values" in done.stderr
    assert not (tmp_path / "widened.o").exists()
