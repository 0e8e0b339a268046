"""-fenzcc-report says what is stored and why; mechanisms can be switched off, changing nothing."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from calling import ROOT, Enzcc

from enzcc.driver.options import MECHANISMS

DECAY = """
double __enzyme_autodiff(void *, ...);
double sin(double);
static double f(double *Q x, const double *Q rate, int n, int steps) {
  for (int t = 0; t < steps; t++)
    for (int i = 0; i < n; i++)
      x[i] = sin(x[i]) * rate[i];
  double last = 2;
  while (x[0] < last) { last = sin(last * x[0]); x[0] += 0.1; }
  return x[0] + last;
}
double g(double *x, double *dx, double *r, double *dr, int n, int steps) {
  return __enzyme_autodiff((void *)f, x, dx, r, dr, n, steps);
}
"""


def report(enzcc: Enzcc, tmp_path: Path, *words: str) -> str:
    """What is said about DECAY."""
    (tmp_path / "decay.c").write_text(DECAY)
    done = enzcc("-O2", "-c", "-fenzcc-report", *words, "decay.c")
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_write_that_forces_a_value_to_be_stored_is_named(enzcc: Enzcc, tmp_path: Path) -> None:
    text = report(enzcc, tmp_path, "-DQ=")
    assert text.startswith("decay.c:4: gradient of 'f'\n  on the tape: ")
    assert re.search(
        r"decay\.c:7:26: stored: a double, 8 bytes \* trips\(5\) \* trips\(6\)\n"
        r" +because the write at decay\.c:7:12 may change what is loaded at decay\.c:7:26\n",
        text,
    )


def test_what_cannot_change_is_loaded_again(enzcc: Enzcc, tmp_path: Path) -> None:
    text = report(enzcc, tmp_path, "-DQ=restrict")
    assert "decay.c:7: loaded again: a double; nothing changes it" in text
    assert "7:26: stored" not in text


PRODUCTS = """
void __enzyme_autodiff(void *, ...);
static void f(double *Q x, const double *Q rate, int n) {
  for (int i = 0; i < n; i++)
    x[i] = x[i] * rate[i];
}
void g(double *x, double *dx, double *r, double *dr, int n) {
  __enzyme_autodiff((void *)f, x, dx, r, dr, n);
}
"""


def test_versions_for_memory_that_is_apart_come_first(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "products.c").write_text(PRODUCTS)
    done = enzcc("-O2", "-c", "-DQ=", "-fenzcc-report", "products.c")
    fast, slow = done.stderr.split("\n\n")
    where = "where what it writes is apart from all else (tested in each call)"
    assert fast.startswith(f"products.c:3: gradient of 'f', {where}\n"), done.stderr
    assert "products.c:5: loaded again: a double" in fast
    assert fast.count("stored: a double") == 1
    assert slow.startswith("products.c:3: gradient of 'f', otherwise\n")
    assert slow.count("stored: a double") == 2
    done = enzcc("-O2", "-c", "-DQ=restrict", "-fenzcc-report", "products.c")
    assert done.stderr == fast.replace(f", {where}", "") + "\n"


NEIGHBOURS = """
void __enzyme_autodiff(void *, ...);
static void f(double *w, int n) {
  for (int t = 0; t < 3; t++)
    for (int i = 0; i + 2 < n; i++) w[i] = w[i + 2] * w[i] + w[i + 1] * w[i];
}
void g(double *w, double *dw, int n) { __enzyme_autodiff((void *)f, w, dw, n); }
"""


def test_neighbours_that_a_loop_reads_are_stored_once(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text(NEIGHBOURS)
    done = enzcc("-O2", "-c", "-fenzcc-report", "f.c")
    assert done.returncode == 0, done.stderr
    assert "on the tape: 24 bytes * trips(5)" in done.stderr
    done = enzcc("-O2", "-c", "-fenzcc-report", "-fenzcc-no-delay", "f.c")
    assert "on the tape: 72 bytes * trips(5)" in done.stderr


TRIANGLE = """
void __enzyme_autodiff(void *, ...);
static double f(const double *packed, const double *v, int n) {
  double s = 0;
  for (int j = 0; j < n; j++)
    for (int i = j + 1; i < n; i++) s += *packed * *packed++ * v[i] * v[j];
  return s;
}
void g(double *p, double *dp, double *v, double *dv, int n) {
  __enzyme_autodiff((void *)f, p, dp, v, dv, n);
}
"""


def test_where_a_packed_triangle_goes_on_is_computed_again(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text(TRIANGLE)
    done = enzcc("-O2", "-c", "-fenzcc-report", "f.c")
    assert done.returncode == 0, done.stderr
    assert "on the tape: nothing" in done.stderr
    done = enzcc("-O2", "-c", "-fenzcc-report", "-fenzcc-no-triangles", "f.c")
    assert "on the tape: 16 bytes * trips(5)" in done.stderr


SORT = """
void __enzyme_autodiff(void *, ...);
static double f(double *x, int n) {
  for (int i = 1; i < n; i++)
    for (int j = i; j > 0 && x[j - 1] > x[j]; j--) {
      double t = x[j];
      x[j] = x[j - 1];
      x[j - 1] = t;
    }
  return x[n / 2] * x[0];
}
void g(double *x, double *dx, int n) { __enzyme_autodiff((void *)f, x, dx, n); }
"""


def test_of_what_is_sorted_the_origins_are_stored(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "sort.c").write_text(SORT)
    done = enzcc("-O2", "-c", "-fenzcc-report", "sort.c")
    assert "on the tape: 8 bytes * numbers(7)\n" in done.stderr, done.stderr
    assert "sort.c:7:12: stored: where each number came from, 8 bytes * numbers(7)" in done.stderr
    done = enzcc("-O2", "-c", "-fenzcc-report", "-fenzcc-no-moves", "sort.c")
    assert "how often the loop ran, 8 bytes * trips(4)" in done.stderr


RECURRENT = """
void __enzyme_autodiff(void *, ...);
double tanh(double);
static void f(const double *restrict w, double *restrict h, int n, int steps) {
  double next[99];
  for (int t = 0; t < steps; t++) {
    for (int i = 0; i < n; i++) {
      double sum = 0;
      for (int j = 0; j < n; j++)
        sum += w[i * n + j] * h[j];
      next[i] = tanh(sum);
    }
    for (int i = 0; i < n; i++) h[i] = next[i];
  }
}
void g(double *w, double *dw, double *h, double *dh, int n, int steps) {
  __enzyme_autodiff((void *)f, w, dw, h, dh, n, steps);
}
"""


def test_what_a_loop_reads_again_and_again_is_stored_once(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "recurrent.c").write_text(RECURRENT)
    done = enzcc("-O2", "-c", "-fenzcc-report", "recurrent.c")
    stored = "stored: a double, 8 bytes * trips(6) * trips(9)\n"
    assert f"recurrent.c:10:31: {stored}" in done.stderr, done.stderr
    assert "* trips(7) * trips(9)" not in done.stderr


def test_a_value_carried_by_a_loop_and_an_unknown_number_of_trips(
    enzcc: Enzcc, tmp_path: Path
) -> None:
    text = report(enzcc, tmp_path, "-DQ=")
    assert re.search(r"stored: a double, 8 bytes \* trips\(9\)\n +because the loop at line 9", text)


def test_the_sum_is_that_of_the_parts(enzcc: Enzcc, tmp_path: Path) -> None:
    text = report(enzcc, tmp_path, "-DQ=restrict")
    nest = re.escape(" * trips(5) * trips(6)")
    total = re.search(rf"on the tape:.*?(\d+) bytes{nest}", text)
    assert total is not None
    parts = re.findall(rf"(?:stored: .*, |itself:.*?)(\d+) bytes{nest}", text)
    assert int(total[1]) == sum(map(int, parts))


def test_a_file_is_begun_anew_and_gathers_all_sources(enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text(DECAY)
    (tmp_path / "b.c").write_text(DECAY)
    (tmp_path / "report.txt").write_text("of yesterday")
    done = enzcc("-c", "-DQ=", "-fenzcc-report=report.txt", "a.c", "b.c")
    assert (done.returncode, done.stderr) == (0, "")
    text = (tmp_path / "report.txt").read_text()
    assert re.findall(r"^(\w)\.c:4: gradient of", text, re.MULTILINE) == ["a", "b"]
    assert "yesterday" not in text


PROGRAMS = (
    "app_lstm_cell",
    "app_lorenz_rk4",
    "branch_leaky",
    "call_deep_recursion",
    "loop_while_convergence",
    "memory_large_local",
    "inplace_pairs",
    "activity_unwanted",
    "memory_same_restrict",
)
EACH = 2  # each mechanism is tried on so many of them, in turn


@pytest.mark.parametrize(
    ("option", "program"),
    [
        (option, PROGRAMS[(number + EACH * i) % len(PROGRAMS)])
        for number, option in enumerate(MECHANISMS)
        for i in range(EACH)
    ],
)
def test_derivatives_are_the_same_without_a_mechanism(
    enzcc: Enzcc, tmp_path: Path, program: str, option: str
) -> None:
    source = ROOT / "tests" / "programs" / f"{program}.c"
    done = enzcc("-O2", "-w", option, source, "-o", "program", "-lm")
    assert done.returncode == 0, done.stderr
    ran = subprocess.run([tmp_path / "program"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
