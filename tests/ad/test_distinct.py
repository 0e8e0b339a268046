"""Which functions get a version for arrays that do not overlap; `tests/programs/memory_distinct.c`
says that it only runs where they do not."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from calling import Enzcc

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


ELIMINATION = """
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
void __enzyme_autodiff(void *, ...);
static double determinant(const double *a, int n, double *lu) {
  for (int i = 0; i < n * n; i++) lu[i] = a[i];
  double sum = 0;
  for (int k = 0; k < n; k++) {
    double pivot = lu[k * n + k];
    sum += log(fabs(pivot));
    for (int i = k + 1; i < n; i++) {
      double factor = lu[i * n + k] / pivot;
      lu[i * n + k] = factor;
      for (int j = k + 1; j < n; j++) lu[i * n + j] -= factor * lu[k * n + j];
    }
  }
  return sum;
}
int main(int count, char **words) {
  int n = 200;
  double *a = calloc(4 * n * n, 8), *da = a + n * n, *lu = da + n * n, *dlu = lu + n * n;
  for (int i = 0; i < n * n; i++) a[i] = sin(i * i) + (i % (n + 1) == 0) * n;
  __enzyme_autodiff((void *)determinant, a, da, n, lu, dlu);
  double worst = 0; /* the gradient is the inverse, transposed */
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      double sum = -(i == j);
      for (int k = 0; k < n; k++) sum += a[i * n + k] * da[j * n + k];
      worst = fmax(worst, fabs(sum));
    }
  long most = -1;
  char line[256];
  FILE *status = fopen("/proc/self/status", "r");
  while (most < 0 && fgets(line, sizeof line, status)) sscanf(line, "VmHWM: %ld", &most);
  printf("%d %ld\\n", worst < 1e-9, most / 1024);
}
"""


def test_rows_of_an_elimination_are_read_again(enzcc: Enzcc, tmp_path: Path) -> None:
    """The check holds, though other places that nobody reads again are overwritten, and though the
    last row is followed by none."""
    (tmp_path / "f.c").write_text(ELIMINATION)
    done = enzcc("-O1", "f.c", "-o", "f", "-lm")
    assert done.returncode == 0, done.stderr
    ran = subprocess.run([tmp_path / "f"], capture_output=True, text=True, check=True)
    right, megabytes = ran.stdout.split()
    assert right == "1"
    assert int(megabytes) < 12, "the rows would be 21 MB"


NEIGHBOURS = """
void __enzyme_autodiff(void *, ...);
static int clamped(int i, int n) { return i < 0 ? 0 : i >= n ? n - 1 : i; }
static void f(int h, int w, const double *x, double *y) {
  for (int i = 0; i < h; i++)
    for (int j = 0; j < w; j++) {
      double sum = x[i * w + j] * x[i * w + j];
#define ADD(i, j) sum += x[(i) * w + (j)] * x[(i) * w + (j)]
      BODY
      y[i * w + j] = sum;
    }
}
void d(int h, int w, const double *x, double *dx, double *y, double *dy) {
  __enzyme_autodiff((void *)f, h, w, x, dx, y, dy);
}
"""

TESTED = """
if (i > 0) ADD(i - 1, j);
if (j > 0) ADD(i, j - 1);
if (i < h - 1) ADD(i + 1, j);
if (j < w - 1) ADD(i, j + 1);
"""
CLAMPED = "for (int k = -2; k <= 2; k++) ADD(i, clamped(j + k, w));"
BOTH_CLAMPED = CLAMPED + "for (int k = -1; k <= 1; k++) ADD(clamped(i + k, h), j);"
PERIODIC = "ADD(i, (j + 1) % w); ADD(i, (j + w - 1) % w); ADD(i, (unsigned)(j * 3) % (unsigned)w);"
BOTH_PERIODIC = "ADD((i + 1) % h, j); ADD((i + h - 1) % h, (j + 1) % w);"

ASKED = """
#include <stdio.h>
extern int apart(int, int, const double *, double *, double *, double *) __asm__("f.apart");
double memory[200], *x = memory, *dx = memory + 100;
int main(void) {
  for (int h = 2; h < 6; h++)
    for (int gap = -2; gap < 2; gap++) {
      double *y = x + h * 7 + gap, *dy = dx + h * 7 + gap;
      printf("%d%d", apart(h, 7, x, y, dx, dy) & 1, apart(h, 7, y, x, dy, dx) & 1);
    }
}
"""


@pytest.mark.parametrize("body", [TESTED, CLAMPED, BOTH_CLAMPED, PERIODIC, BOTH_PERIODIC])
def test_neighbours_are_within_an_array(enzcc: Enzcc, tmp_path: Path, body: str) -> None:
    (tmp_path / "f.c").write_text(NEIGHBOURS.replace("BODY", body))
    done = enzcc("-O0", "-S", "-emit-llvm", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    made = (tmp_path / "f.ll").read_text()
    (tmp_path / "f.ll").write_text(
        made.replace("define internal i1 @f.apart", "define i1 @f.apart")
    )
    (tmp_path / "main.c").write_text(ASKED)
    done = enzcc("-w", "f.ll", "main.c", "-o", "f")
    assert done.returncode == 0, done.stderr
    ran = subprocess.run([tmp_path / "f"], capture_output=True, text=True, check=True)
    assert ran.stdout == "00001111" * 4


def _checks(enzcc: Enzcc, folder: Path, conditions: int) -> int:
    """How many lines the test takes whether memory is apart."""
    lines = [
        f"if (i == {3 * q + 5}) continue; y[i + {q}] += x[i] * x[i];" for q in range(conditions)
    ]
    (folder / "f.c").write_text(
        "void __enzyme_autodiff(void *, ...);\n"
        "static void f(int n, const double *x, double *y) {\n"
        f"  for (int i = 0; i < n; i++) {{ {' '.join(lines)} }}\n}}\n"
        "void d(int n, const double *x, double *dx, double *y, double *dy) {\n"
        "  __enzyme_autodiff((void *)f, n, x, dx, y, dy);\n}\n"
    )
    done = enzcc("-O0", "-S", "-emit-llvm", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    made = (folder / "f.ll").read_text().partition("define internal i1 @f.apart")[2]
    return made.partition("\n}\n")[0].count("\n")


def test_a_chain_of_conditions_takes_so_much_for_each_access(enzcc: Enzcc, tmp_path: Path) -> None:
    few, many = (_checks(enzcc, tmp_path, conditions) for conditions in (10, 30))
    assert 100 < many < 4 * few, "each access looked at all conditions before it"
