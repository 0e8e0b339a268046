"""A pointer to no known function ends the program with a message that names the place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

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


def test_a_pointer_to_no_known_function_is_told(tmp_path: Path) -> None:
    source, program = tmp_path / "program.c", tmp_path / "program"
    source.write_text(PROGRAM)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "enzcc", "-O1", str(source), "-o", str(program)]
    subprocess.run(command, check=True, env=environment)
    assert subprocess.check_output([program], text=True) == "27\n"
    done = subprocess.run([program, "null"], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGABRT
    assert (
        f"{source}:8: the function called here through a pointer has no derivative" in done.stderr
    )
