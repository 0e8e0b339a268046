"""Which functions get a version for arrays that do not overlap; `tests/programs/memory_distinct.c`
says that it only runs where they do not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Enzcc

PROGRAM = """
void __enzyme_autodiff(void *, ...);
static void f(int c, int h, int w, const TYPE *x, TYPE *y) {{ {body} }}
void d(int c, int h, int w, const TYPE *x, TYPE *dx, TYPE *y, TYPE *dy) {{
  __enzyme_autodiff((void *)f, c, h, w, x, dx, y, dy);
}}
"""


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        ("double", "for (int i = 0; i < h; i++) y[i] = 2 * x[i] * x[i];"),
        ("float", "for (int i = 0; i < h; i++) y[i] = __builtin_expf(x[i] * x[i]);"),
        ("double", "for (int i = 0; i < h; i++) y[i] = x[i] * __builtin_fmax(x[i], x[i + 1]);"),
        (
            "double",
            """for (int i = 0; i < h; i++)
                 for (int j = 0; j < w; j++)
                   for (int k = 0; k < c; k++)
                     y[i * w + j] += x[(k * h + i) * w + j] * x[(k * h + j) * w + i] * x[k * h];""",
        ),
    ],
)
def test_values_are_read_again_where_arrays_are_apart(
    enzcc: Enzcc, tmp_path: Path, type_: str, body: str
) -> None:
    (tmp_path / "f.c").write_text(PROGRAM.format(body=body))
    done = enzcc("-O0", "-S", "-emit-llvm", f"-DTYPE={type_}", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    made = re.findall(r"^define .*@(f\.[\w.]+)\(", (tmp_path / "f.ll").read_text(), re.M)
    assert {"f.apart", "f.distinct.gradient"} <= set(made)


EXCHANGED = """
void __enzyme_autodiff(void *, ...);
static double f(int n, int layers, const double *w, double *a, double *b) {
  double *from = a, *to = {other};
  for (int layer = 0; layer < layers; layer++) {
    for (int i = 0; i < n; i++) {
      double sum = 0;
      for (int j = 0; j < n; j++) sum += w[(layer * n + i) * n + j] * from[j];
      to[i] = sum > 0 ? sum : 0.1 * sum;
    }
    double *last = from; from = to; to = last;
  }
  return from[0];
}
void d(int n, int l, const double *w, double *dw, double *a, double *da, double *b, double *db) {
  __enzyme_autodiff((void *)f, n, l, w, dw, a, da, b, db);
}
"""


@pytest.mark.parametrize("other", ["b", "b + n", "layers > 3 ? b : a + n"])
def test_buffers_that_are_exchanged_are_looked_at_one_by_one(
    enzcc: Enzcc, tmp_path: Path, other: str
) -> None:
    (tmp_path / "f.c").write_text(EXCHANGED.replace("{other}", other))
    done = enzcc("-O0", "-S", "-emit-llvm", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    made = re.findall(r"^define .*@(f\.[\w.]+)\(", (tmp_path / "f.ll").read_text(), re.M)
    assert {"f.apart", "f.distinct.gradient"} <= set(made)


ROWS = """
extern int enzyme_const;
void __enzyme_autodiff(void *, ...);
static void f(int n, const int *first, const int *col, const double *w, double *x, double *y) {
  for (int i = 0; i < n; i++) {
    double sum = 0;
    for (int k = first[i]; k < first[i + 1]; k++) sum += w[k] * x[col[k]];
    y[i] = sum;
  }
}
void d(int n, const int *first, const int *col, const double *w, double *dw, double *x, double *dx,
       double *y, double *dy) {
  __enzyme_autodiff((void *)f, n, enzyme_const, first, enzyme_const, col, w, dw, x, dx, y, dy);
}
"""


def test_of_rows_of_indices_only_the_bits_are_looked_at_first(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text(ROWS)
    done = enzcc("-O0", "-S", "-emit-llvm", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "f.ll").read_text()
    checks = re.findall(r"^define internal i1 .*?^}", text, re.M | re.S)
    exact, rough = sorted(checks, key=lambda check: "call i1 @f.apart(" in check)
    assert "llvm.smax.i32" in exact
    assert "llvm.smax.i32" not in rough.partition("rows:")[2].partition("row:")[0]
    assert "call i1 @f.apart(" in rough


def test_places_that_are_made_bit_by_bit_are_bounded_by_their_bits(
    enzcc: Enzcc, tmp_path: Path
) -> None:
    body = """for (int i = 0, reversed = 0; i < h; i++) {
      y[reversed] = x[i] * x[w + i];
      int bit = h >> 1;
      for (; reversed & bit; bit >>= 1) reversed ^= bit;
      reversed |= bit;
    }"""
    (tmp_path / "f.c").write_text(PROGRAM.format(body=body))
    done = enzcc("-O0", "-S", "-emit-llvm", "-DTYPE=double", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    checks = re.findall(r"^define internal i1 .*?^}", (tmp_path / "f.ll").read_text(), re.M | re.S)
    exact, rough = sorted(checks, key=lambda check: "call i1 @f.apart(" in check)
    assert "call i1 @f.apart(" in rough
    assert exact.count("llvm.umax.i64") > rough.count("llvm.umax.i64")
