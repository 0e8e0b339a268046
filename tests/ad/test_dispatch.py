"""A pointer to no known function ends the program with a message that names the place."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from calling import run_enzcc

PROGRAM = """\
#include <stdio.h>
extern double __enzyme_autodiff(void *, ...);
extern int enzyme_const;
typedef double unary(double);
static double square(double x) { return x * x; }
unary *known = square;
static double f(double x, unary *g) {
    return g(x) * x;
}
int main(int argc, char **argv) {
    (void)argv;
    printf("%g\\n", __enzyme_autodiff((void *)f, 3.0, enzyme_const, argc > 1 ? NULL : known));
    return 0;
}
"""


OPTIONAL = """\
#include <stdio.h>
extern double __enzyme_autodiff(void *, ...);
extern int enzyme_const;
double (*of(int given))(double);
static double f(double x, double (*g)(double)) {
    if (g)
        x +=
            g(x);
    return x * x;
}
int main(int argc, char **argv) {
    (void)argv;
    printf("%g\\n", __enzyme_autodiff((void *)f, 3.0, enzyme_const, of(argc > 1)));
    return 0;
}
"""
OTHER = """\
static double cube(double x) { return x * x * x; }
double (*of(int given))(double) { return given ? cube : 0; }
"""


def build(program: Path, *sources: Path) -> None:
    done = run_enzcc(["-O1", *sources, "-o", program])
    assert done.returncode == 0, done.stderr


def run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def test_an_optional_callback_that_nobody_has_here(tmp_path: Path) -> None:
    source, other, program = tmp_path / "program.c", tmp_path / "other.c", tmp_path / "program"
    source.write_text(OPTIONAL)
    other.write_text(OTHER)
    build(program, source, other)
    assert run(program).stdout == "6\n"
    done = run(program, "given")
    assert done.returncode == -signal.SIGABRT
    assert (
        f"{source}:8: the function called here through a pointer has no derivative" in done.stderr
    )


def test_a_pointer_to_no_known_function_is_told(tmp_path: Path) -> None:
    source, program = tmp_path / "program.c", tmp_path / "program"
    source.write_text(PROGRAM)
    build(program, source)
    assert run(program).stdout == "27\n"
    done = run(program, "null")
    assert done.returncode == -signal.SIGABRT
    assert (
        f"{source}:8: the function called here through a pointer has no derivative" in done.stderr
    )
