"""C programs that check their own derivatives, at every optimisation level.

Each `*.c` beside this file compares what the markers give with differences of the primal or with
closed forms, prints what differs and exits with 1. A comment `levels: precise` keeps a program that
speaks of infinities away from -Ofast. By default each program is built in two ways, chosen by its
name so that all ways are seen; `--full` (or ENZCC_FULL=1) builds the whole matrix.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAMS = sorted(HERE.glob("*.c"))

LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os", "-Ofast")
WAYS = tuple((level, *debug) for level in LEVELS for debug in ((), ("-g",)))
SANITIZED = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")
SANITIZER_OPTIONS = {"ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1"}
TIME_LIMIT = 120

Way = tuple[str, ...]


def is_precise(program: Path) -> bool:
    """Does the program speak of infinities and NaN, which -Ofast gives up?"""
    return re.search(r"levels: precise", program.read_text()) is not None


def ways(program: Path, full: bool) -> list[Way]:
    """The ways in which `program` is built: all that make sense, or two of them."""
    possible = [way for way in WAYS if not (is_precise(program) and "-Ofast" in way)]
    if full:
        return possible
    turn = zlib.crc32(program.name.encode())
    others = [way for way in possible if way != ("-O2",)]
    return [("-O2",) if turn & 1 else ("-O0",), others[(turn >> 1) % len(others)]]


def build_and_run(program: Path, way: Way, folder: Path) -> subprocess.CompletedProcess[str]:
    """Build `program` as a user would; its own exit status, or a failed test where it does not build."""
    executable = folder / "program"
    build = subprocess.run(
        [sys.executable, "-m", "enzcc", *way, "-w", str(program), "-o", str(executable), "-lm"],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert build.returncode == 0, f"{program.name} {' '.join(way)} does not build\n{build.stderr}"
    return subprocess.run(
        [str(executable)],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        errors="replace",
        env={**os.environ, **SANITIZER_OPTIONS},
    )


@functools.cache
def can_sanitize() -> bool:
    """Has the compiler at hand the sanitizers' libraries?"""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "empty.c")
        source.write_text("int main(void) { return 0; }\n")
        build = subprocess.run(
            [
                sys.executable,
                "-m",
                "enzcc",
                *SANITIZED,
                str(source),
                "-o",
                str(source.with_suffix("")),
            ],
            capture_output=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    return build.returncode == 0


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Programs times ways; the whole matrix only when asked for."""
    if "way" not in metafunc.fixturenames:
        return
    full = bool(os.environ.get("ENZCC_FULL") or metafunc.config.getoption("--full", default=False))
    cases = [(program, way) for program in PROGRAMS for way in ways(program, full)]
    names = [program.stem + "".join(way) for program, way in cases]
    metafunc.parametrize(("program", "way"), cases, ids=names)


def test_derivatives_are_right_at_this_level(program: Path, way: Way, tmp_path: Path) -> None:
    run = build_and_run(program, way, tmp_path)
    assert run.returncode == 0, f"{program.name} {' '.join(way)}\n{run.stdout}{run.stderr}"


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: str(program.stem))
def test_derivatives_touch_no_memory_that_is_not_theirs(program: Path, tmp_path: Path) -> None:
    """AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer stay silent."""
    if not can_sanitize():
        pytest.skip("this compiler comes without sanitizer libraries")
    run = build_and_run(program, SANITIZED, tmp_path)
    assert run.returncode == 0, f"{program.name} sanitized\n{run.stdout}{run.stderr}"


def test_each_way_is_taken_by_some_program() -> None:
    taken = {way for program in PROGRAMS for way in ways(program, full=False)}
    assert taken == set(WAYS)


def test_a_wrong_derivative_is_seen(tmp_path: Path) -> None:
    """The checks themselves can fail: a program with a wrong expectation exits with 1."""
    program = tmp_path / "wrong.c"
    program.write_text(
        '#include "check.h"\n'
        "static double f(double x) { return x * x; }\n"
        "static double g(double x) { return x * x + 1e-6 * x; }\n"
        "static double f_primal(double *z, int n) { (void)n; return g(z[0]); }\n"
        "static void f_reverse(double *z, double *bz, int n) {\n"
        "    (void)n; bz[0] += __enzyme_autodiff((void *)f, z[0]);\n"
        "}\n"
        "static double f_forward(double *z, double *dz, int n) {\n"
        "    (void)n; return __enzyme_fwddiff((void *)f, z[0], dz[0]);\n"
        "}\n"
        "int main(void) { CHECK(f, 3.0); return report(); }\n"
    )
    run = build_and_run(program, ("-O1", f"-I{HERE}"), tmp_path)
    assert run.returncode == 1
    assert run.stdout.count("want") == 2
