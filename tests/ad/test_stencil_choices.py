"""Nests of the reverse sweep gather what neighbours give as a number beside it says."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from calling import Enzcc

SOURCE = """
#include <stdio.h>
#include <string.h>
#include <math.h>
void __enzyme_autodiff(void *, ...);
extern int enzyme_const, enzyme_dup;
#define X(i, j) x[(i) * w + (j)]
#define Y(i, j) y[(i) * w + (j)]
static void f(int h, int w, const double *ARRAY x, const double *ARRAY c, double *ARRAY y) {
  for (int i = FIRST; i < h - FIRST; i++) {
    int above = i == 0 ? i : i - 1, below = i == h - 1 ? i : i + 1;
    for (int j = 1; j < w - 1; j++) {
      double five = 0.125 * (X(above, j) + X(below, j) + X(i, j - 1) + X(i, j + 1) - 4 * X(i, j));
      double nine = 0.125 * (c[0] * X(above, j - 1) - c[1] * X(above, j) + 0.25 * X(above, j + 1) +
          2 * X(i, j - 1) + c[2] * sin(X(i, j)) - c[3] * X(i, j + 1) +
          X(below, j - 1) + X(below, j) - c[4] * X(below, j + 1));
      CHOICE;
    }
  }
}
int main(void) {
  static double z[4000], dz[4000], c[5] = {0.5, 1, 0.75, -0.3, 1.5}, dc[5];
  int shapes[5][2] = {{3, 20}, {6, 8}, {7, 12}, {15, 24}, {30, 9}}, apart[3] = {0, 17, 800};
  for (int s = 0; s < 5; s++) for (int a = STARTS; a < 3; a++) {
    for (int k = 0; k < 4000; k++) z[k] = sin(k * 1.7) + 0.3 * cos(k * 0.3), dz[k] = cos(k * 0.9);
    memset(dc, 0, sizeof dc);
    double *y = z + apart[a], *dy = dz + apart[a];
    __enzyme_autodiff((void *)f, enzyme_const, shapes[s][0], enzyme_const, shapes[s][1],
                      enzyme_dup, z, dz, enzyme_dup, c, dc, enzyme_dup, y, dy);
    double sum = 0;
    for (int k = 0; k < 4000; k++) sum += dz[k] * (1 + k % 7) * 0.01;
    printf("%.9f\\n", sum);
    for (int k = 0; k < 4000; k += 13) printf("%.9f\\n", dz[k]);
    for (int k = 0; k < 5; k++) printf("%.9f\\n", dc[k]);
  }
}
"""

CHOICES = (
    "Y(i, j) = five > 0 ? five : 0",
    "Y(i, j) = nine > 0.25 ? nine : 0.25",
    "Y(i, j) = nine < c[0] ? nine : c[0]",
    "Y(i, j) += X(i, j) > 0.5 ? 0.25 * five : 0",
    "Y(i, j) = X(i, j) < 0 ? five : nine",
    "Y(i, j) = five > 0 ? five : 0; Y(i, j) *= c[1]",
)


VARIANTS = (("restrict", 0, "w"), ("restrict", 1, "20"), ("", 1, "w"), ("", 0, "20"))


def program(choice: str, array: str, first: int, width: str) -> str:
    """With rows of that width; arrays overlap if they may."""
    source = SOURCE.replace("CHOICE", choice).replace("ARRAY", array).replace("FIRST", str(first))
    source = source.replace("STARTS", "2" if array else "0")
    if width == "w":
        return source
    source = source.replace("(int h, int w, ", "(int h, int unused, ")
    return source.replace("(i) * w", f"(i) * {width}").replace("w - 1", f"{width} - 1")


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize(("array", "first", "width"), VARIANTS)
def test_neighbours_get_what_they_get_when_it_is_scattered(
    enzcc: Enzcc, tmp_path: Path, choice: str, array: str, first: int, width: str
) -> None:
    source = program(choice, array, first, width)
    file = tmp_path / "f.c"
    file.write_text(source)
    printed = []
    for switch in ((), ("-fenzcc-no-stencils", "-fenzcc-no-reuse")):
        done = enzcc("-O2", *switch, file, "-o", tmp_path / "f", "-lm")
        assert done.returncode == 0, done.stderr
        printed.append(subprocess.run([tmp_path / "f"], capture_output=True, check=True).stdout)
    assert printed[0] == printed[1]
    assert b"nan" not in printed[0]


@pytest.mark.parametrize("choice", [CHOICES[0], CHOICES[3]])
def test_they_are_gathered(enzcc: Enzcc, tmp_path: Path, choice: str) -> None:
    file = tmp_path / "f.c"
    file.write_text(program(choice, "restrict", 1, "20"))
    assert enzcc("-O1", "-S", "-emit-llvm", file, "-o", tmp_path / "f.ll").returncode == 0
    assert ".enzcc.row" in (tmp_path / "f.ll").read_text()
