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
