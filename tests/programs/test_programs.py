"""C and C++ programs that check their own derivatives, at every optimisation level.

Each `*.c` and `*.cpp` beside this file compares what the markers give with differences of the
primal or with closed forms, prints what differs and exits with 1. A comment `levels: precise` keeps
a program that speaks of infinities away from -Ofast. Those named `hard_*` may be refused with an
error, but are never silently wrong. Every tenth is also computed in several lanes. By default each
program is built in one way, chosen by its name so that all ways are seen; a quarter of them is
sanitized where the compiler can (`sanitizers: when full` keeps one away that takes long). `--full`
(or ENZCC_FULL=1) builds the whole matrix.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import zlib
from pathlib import Path

import pytest
from calling import run_enzcc

HERE = Path(__file__).parent
SOURCES = sorted([*HERE.glob("*.c"), *HERE.glob("*.cpp")])
HARD = [path for path in SOURCES if path.stem.startswith("hard_")]
PROGRAMS = [path for path in SOURCES if path not in HARD]

LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os", "-Ofast")
WAYS = tuple((level, *debug) for level in LEVELS for debug in ((), ("-g",)))
SANITIZED = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")
SANITIZER_OPTIONS = {"ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1"}
TIME_LIMIT = 300

Way = tuple[str, ...]
Done = subprocess.CompletedProcess[str]


def is_precise(program: Path) -> bool:
    """Does the program speak of infinities and NaN, which -Ofast gives up?"""
    return "levels: precise" in program.read_text()


def is_alone(program: Path) -> bool:
    """Do lanes have to have shadows of their own (`lanes: their own`), because the program
    counts calls or allocations? Or are there several lanes already?"""
    return "lanes: their own" in program.read_text() or program.stem.startswith("vector_")


def ways(program: Path, full: bool) -> list[Way]:
    """The ways in which `program` is built: all that make sense, or one of them."""
    possible = [way for way in WAYS if not (is_precise(program) and "-Ofast" in way)]
    return possible if full else [possible[turn(program) // 3 % len(possible)]]


def is_sanitized(program: Path) -> bool:
    """Is the one way in which it is built by default the sanitized one?"""
    return turn(program) % 12 in (0, 3, 6) and "sanitizers: when full" not in program.read_text()


def turn(program: Path) -> int:
    """A number that stays the program's own when others come and go."""
    return zlib.crc32(program.name.encode())


def is_full(config: pytest.Config) -> bool:
    return bool(os.environ.get("ENZCC_FULL") or config.getoption("--full", default=False))


def call(command: list[str], **environment: str) -> Done:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=TIME_LIMIT,
        env={**os.environ, **environment},
    )


def flags(program: Path) -> list[str]:
    """What a comment `flags: ...` says. With `needs: header` the program is skipped where that
    header is not installed."""
    text = program.read_text()
    for header in re.findall(r"^// needs: (\S+)$", text, re.MULTILINE):
        if not Path(header).exists():
            pytest.skip(f"{header} is not installed")
    found = re.search(r"^// flags: (.*)$", text, re.MULTILINE)
    return found[1].split() if found else []


def build(program: Path, way: Way, executable: Path) -> Done:
    """Build as a user would."""
    paths = [*flags(program), program, "-o", executable]
    words = [*way, "-w", *paths, "-pthread", "-lm"]
    return run_enzcc(words, cxx=program.suffix == ".cpp", timeout=TIME_LIMIT)


def check(program: Path, way: Way, executable: Path) -> Done:
    """The program's own verdict; a failed test where it does not build."""
    built = build(program, way, executable)
    assert built.returncode == 0, f"{program.name} {' '.join(way)} does not build\n{built.stderr}"
    return call([str(executable)], **SANITIZER_OPTIONS)


@functools.cache
def can_sanitize(folder: Path) -> bool:
    """Has the compiler at hand the sanitizers' libraries?"""
    source = folder / "empty.c"
    source.write_text("int main(void) { return 0; }\n")
    return build(source, SANITIZED, source.with_suffix("")).returncode == 0


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Programs times ways; the whole matrix only when asked for."""
    full = is_full(metafunc.config)
    if "way" in metafunc.fixturenames:
        chosen = [program for program in PROGRAMS if full or not is_sanitized(program)]
        cases = [(program, way) for program in chosen for way in ways(program, full)]
        names = [program.stem + "".join(way) for program, way in cases]
        metafunc.parametrize(("program", "way"), cases, ids=names)
    if "laned" in metafunc.fixturenames:
        chosen = [p for p in PROGRAMS if not is_alone(p) and (full or turn(p) % 10 == 4)]
        metafunc.parametrize("laned", chosen, ids=[program.stem for program in chosen])
    if "source" in metafunc.fixturenames:
        levels = ("-O0", "-O2")
        cases = [(p, level) for p in HARD for level in (levels if full else [levels[turn(p) % 2]])]
        names = [program.stem + level for program, level in cases]
        metafunc.parametrize(("source", "level"), cases, ids=names)
    if "sanitized" in metafunc.fixturenames:
        chosen = [program for program in PROGRAMS if full or is_sanitized(program)]
        metafunc.parametrize("sanitized", chosen, ids=[program.stem for program in chosen])


def test_derivatives_are_right_at_this_level(program: Path, way: Way, tmp_path: Path) -> None:
    done = check(program, way, tmp_path / "program")
    assert done.returncode == 0, f"{program.name} {' '.join(way)}\n{done.stdout}{done.stderr}"


def test_derivatives_touch_no_memory_that_is_not_theirs(
    sanitized: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer stay silent; without their
    libraries, the derivatives are right."""
    can = can_sanitize(tmp_path_factory.getbasetemp())
    way = SANITIZED if can else ways(sanitized, full=False)[0]
    done = check(sanitized, way, tmp_path / "program")
    assert done.returncode == 0, f"{sanitized.name} {' '.join(way)}\n{done.stdout}{done.stderr}"


def test_a_direction_in_several_lanes_is_right(laned: Path, tmp_path: Path) -> None:
    """Three lanes that share their shadows do what one does: see `enzcc.ad.modes.lanes`."""
    done = check(laned, ("-O1", "-fenzcc-in-lanes"), tmp_path / "program")
    assert done.returncode == 0, f"{laned.name} in lanes\n{done.stdout}{done.stderr}"


def test_what_is_hard_is_right_or_refused(source: Path, level: str, tmp_path: Path) -> None:
    built = build(source, (level,), tmp_path / "program")
    if built.returncode == 0:
        done = call([str(tmp_path / "program")])
        assert done.returncode == 0, f"{source.name} is silently wrong\n{done.stdout}{done.stderr}"
        return
    assert built.returncode == 1
    assert re.search(rf"{source.name}:\d+:\d+: error: ", built.stderr), built.stderr
    assert "internal" not in built.stderr
    assert not (tmp_path / "program").exists()


def test_each_way_is_taken_by_some_program() -> None:
    chosen = [program for program in PROGRAMS if not is_sanitized(program)]
    taken = {way for program in chosen for way in ways(program, full=False)}
    assert taken == set(WAYS)


def test_a_wrong_derivative_is_seen(tmp_path: Path) -> None:
    """The checks themselves can fail: a primal other than what is differentiated is noticed."""
    program = tmp_path / "wrong.c"
    program.write_text(
        '#include "check.h"\n'
        "static double f(double x) { return x * x; }\n"
        "SCALAR1_TEST(f)\n"
        "static double g_primal(double *z, int n) { (void)n; return z[0] * (z[0] + 1e-6); }\n"
        "static void g_reverse(double *z, double *bz, int n) { f_reverse(z, bz, n); }\n"
        "static double g_forward(double *z, double *dz, int n) { return f_forward(z, dz, n); }\n"
        "int main(void) { CHECK(f, 3.0); CHECK(g, 3.0); return report(); }\n"
    )
    done = check(program, ("-O1", f"-I{HERE}"), tmp_path / "program")
    assert done.returncode == 1
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        "g",
        "g",
        "2 checks failed",
    ]
