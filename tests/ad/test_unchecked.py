"""What is refused with the checks of sanitizers in it is differentiated without."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from conftest import Enzcc

from enzcc import llvm
from enzcc.ad.copies.unchecked import without_checks

CHECKED = """
@where = external global i8
declare void @__ubsan_handle_add_overflow(ptr, i64)
declare void @__ubsan_handle_builtin_unreachable(ptr)
declare { i32, i1 } @llvm.sadd.with.overflow.i32(i32, i32)
declare i64 @llvm.objectsize.i64.p0(ptr, i1, i1, i1)

define i32 @f(i32 %0, ptr %1) {
  %3 = call i64 @llvm.objectsize.i64.p0(ptr %1, i1 false, i1 false, i1 false), !nosanitize !0
  %4 = icmp uge i64 %3, 4, !nosanitize !0
  br i1 %4, label %6, label %5, !nosanitize !0

5:                                                ; preds = %2
  call void @__ubsan_handle_add_overflow(ptr @where, i64 %3), !nosanitize !0
  br label %6, !nosanitize !0

6:                                                ; preds = %2, %5
  %7 = call { i32, i1 } @llvm.sadd.with.overflow.i32(i32 %0, i32 1), !nosanitize !0
  %8 = extractvalue { i32, i1 } %7, 0, !nosanitize !0
  %9 = extractvalue { i32, i1 } %7, 1, !nosanitize !0
  br i1 %9, label %10, label %11, !nosanitize !0

10:                                               ; preds = %6
  call void @__ubsan_handle_add_overflow(ptr @where, i64 0), !nosanitize !0
  unreachable, !nosanitize !0

11:                                               ; preds = %6
  switch i32 %8, label %12 [
    i32 1, label %13
  ]

12:                                               ; preds = %11
  call void @__ubsan_handle_builtin_unreachable(ptr @where), !nosanitize !0
  unreachable, !nosanitize !0

13:                                               ; preds = %11
  %14 = phi i32 [ %8, %11 ]
  ret i32 %14
}

!0 = !{}
"""


def test_checks_go_and_what_only_they_have_used() -> None:
    text = llvm.normalise(without_checks(CHECKED))
    assert "@__ubsan_handle_add_overflow(ptr @where" not in text
    assert "call i64 @llvm.objectsize" not in text
    assert (
        "call void @__ubsan_handle_builtin_unreachable(ptr @where)" in text
    )  # no branch, no check
    assert "= add nsw i32 %0, 1" in text


@pytest.mark.parametrize("option", ["", "-fenzcc-no-checks"])
def test_derivatives_are_checked_where_they_can_be(
    enzcc: Enzcc, tmp_path: Path, option: str
) -> None:
    (tmp_path / "f.c").write_text(
        "#include <enzyme.h>\n"
        "double f(double x, int i) { return x * (i + 1); }\n"
        "double g(double x, int i) { return __enzyme_autodiff((void *)f, x, i); }\n"
    )
    words = [option] if option else []
    done = enzcc("-O1", "-fsanitize=undefined", "-S", "-emit-llvm", *words, "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    derivative = (tmp_path / "f.ll").read_text().split("@g(")[1].split("\n}")[0]
    assert ("__ubsan_handle_add_overflow" in derivative) == (not option)


def test_what_is_refused_with_checks_is_right_without(enzcc: Enzcc, tmp_path: Path) -> None:
    programs = Path(__file__).parents[1] / "programs"
    words = ["-O1", "-w", "-fsanitize=object-size", f"-I{programs}", "-o", "program", "-lm"]
    done = enzcc(*words, programs / "vector_pairs_as_doubles.c")
    assert done.returncode == 0, done.stderr
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 0


def test_only_what_is_refused_with_checks_is_made_without(enzcc: Enzcc, tmp_path: Path) -> None:
    programs = Path(__file__).parents[1] / "programs"
    (tmp_path / "f.c").write_text(
        (programs / "vector_pairs_as_doubles.c").read_text()
        + "double f(double x, int i) { return x * (i + 1); }\n"
        "double g(double x, int i) { return __enzyme_autodiff((void *)f, x, i); }\n"
    )
    words = ["-O1", "-w", "-fsanitize=undefined", f"-I{programs}"]
    done = enzcc(*words, "-S", "-emit-llvm", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    derivative = (tmp_path / "f.ll").read_text().split("@g(")[1].split("\n}")[0]
    assert "__ubsan_handle_add_overflow" in derivative
    done = enzcc(*words, "f.c", "-o", "program", "-lm")
    assert done.returncode == 0, done.stderr
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 0


PROGRAMS = {
    "products of indices": """
        static double f(const double *x, int n) {
          char *all = malloc(n * 12);
          for (int i = 0; i < n; i++) {
            int k = n - i;
            memcpy(all + 12 * i, x + i, 8);
            memcpy(all + 12 * i + 8, &k, 4);
          }
          double sum = 0;
          for (int i = 0; i < n; i++) {
            double one;
            int k;
            memcpy(&one, all + 12 * i, 8);
            memcpy(&k, all + 12 * i + 8, 4);
            sum += one * one * k;
          }
          free(all);
          return sum;
        }
        static const double expected[] = {4, 4};""",
    "addresses in annotated loops": """
        static double f(const double *x, int n) {
          double z = 1, before = 2;
          while (fabs(z - before) > 1e-14) {
            __enzyme_set_fixed_point(-1, -1, NULL, &z, sizeof z);
            before = z;
            z = 0.5 * (z + x[1] / z);
          }
          return 2 * n * z * x[0] * sqrt(2);
        }
        static const double expected[] = {8, 2};""",
}


@pytest.mark.parametrize("function", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_what_checks_look_at_is_known(enzcc: Enzcc, tmp_path: Path, function: str) -> None:
    (tmp_path / "f.c").write_text(
        "#include <enzyme.h>\n#include <math.h>\n#include <stdlib.h>\n#include <string.h>\n"
        f"{function}\n"
        "int main(void) {\n"
        "  double x[2] = {1, 2}, dx[2] = {0};\n"
        "  __enzyme_autodiff((void *)f, x, dx, 2);\n"
        "  return fabs(dx[0] - expected[0]) + fabs(dx[1] - expected[1]) > 1e-9;\n"
        "}\n"
    )
    done = enzcc("-O1", "-fsanitize=undefined", "f.c", "-o", "program", "-lm")
    assert done.returncode == 0, done.stderr
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 0
