"""With markers: whatever the user asked for is what the user gets, with derivatives in it.

The derivative itself is as simple as can be (the slope of a square); here it matters that every
flag, stage and kind of file arrives where it should, with every compiler that enzcc stands on.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from calling import ROOT, Enzcc, command, environment
from conftest import TOOLCHAINS

SLOPE = """
    double __enzyme_autodiff(void *, ...);
    static double square(double x) { return x * x; }
    double slope(double x) { return __enzyme_autodiff((void *)square, x); }
"""
MAIN = """
    #include <stdio.h>
    double slope(double);
    int main(void) { printf("%g\\n", slope(3.0)); return 0; }
"""
IN_CXX = """
    extern "C" double slope(double);
    template <class... T> double __enzyme_autodiff(double (*)(double), T...);
    static double square(double x) { return x * x; }
    double slope(double x) { return __enzyme_autodiff(square, x); }
"""


@pytest.fixture(autouse=True)
def sources(tmp_path: Path) -> Path:
    """The files that all tests here compile."""
    (tmp_path / "slope.c").write_text(SLOPE)
    (tmp_path / "slope.cpp").write_text(IN_CXX)
    (tmp_path / "main.c").write_text(MAIN)
    (tmp_path / "both.c").write_text(SLOPE + MAIN)
    return tmp_path


def slope_of(program: Path) -> float:
    return float(subprocess.check_output([program], text=True))


def written(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()} - {
        "slope.c",
        "slope.cpp",
        "main.c",
        "both.c",
    }


def good(done: subprocess.CompletedProcess[str]) -> None:
    assert (done.returncode, done.stderr) == (0, "")


def link_and_run(tmp_path: Path, part: str, *words: str) -> float:
    """Hand a file that enzcc wrote to clang alone."""
    compiler = TOOLCHAINS["clang-22"] or "cc"
    subprocess.run([compiler, "main.c", part, "-o", "prog", "-w", *words], cwd=tmp_path, check=True)
    return slope_of(tmp_path / "prog")


LEVELS = ["-O0", "-O1", "-O2", "-O3", "-Os", "-Oz", "-Ofast", "-Og"]


@pytest.mark.parametrize("level", LEVELS)
def test_levels(enzcc: Enzcc, clang: str, tmp_path: Path, level: str) -> None:
    good(enzcc(level, "-w", "both.c", "-o", "prog", clang=clang))
    assert slope_of(tmp_path / "prog") == 6
    assert written(tmp_path) == {"prog"}


@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os"])
def test_toolchains(enzcc: Enzcc, toolchain: str, tmp_path: Path, level: str) -> None:
    good(enzcc(level, "-w", "both.c", "-o", "prog", clang=toolchain))
    assert slope_of(tmp_path / "prog") == 6


def test_what_older_versions_write_as_constants(
    enzcc: Enzcc, toolchain: str, tmp_path: Path
) -> None:
    """The comparison of an address is one for clang 16, and is none for LLVM today."""
    weak = "extern int absent __attribute__((weak));"
    source = (weak + SLOPE + MAIN).replace("return x * x", "return &absent ? x : x * x")
    (tmp_path / "both.c").write_text(source)
    good(enzcc("-O1", "-w", "both.c", "-o", "prog", clang=toolchain))
    assert slope_of(tmp_path / "prog") == 6


FLAGS = [
    "-g",
    "-g0",
    "-gline-tables-only",
    "-g -O2",
    "-fPIC",
    "-fno-pic -no-pie",
    "-pthread",
    "-ffunction-sections -fdata-sections -Wl,--gc-sections",
    "-march=x86-64-v2",
    "-std=c11 -Wall -Wextra -pedantic -Wno-pedantic",
    "-ffast-math",
    "-fno-strict-aliasing",
    "-fwrapv -fno-builtin",
    "-DUNUSED=1 -I. -include stdio.h -isystem .",
    "-fvisibility=hidden",
    "-fstack-protector-all",
    "-pipe",
    "-fsanitize=undefined -fno-sanitize-recover=all",
]
SOME = {"clang-19": 1, "clang-16": 2, "ziglang": 0}  # the others take a third of them each


@pytest.mark.parametrize(
    ("toolchain", "flags"),
    [
        (name, flags)
        for name in TOOLCHAINS
        for number, flags in enumerate(FLAGS)
        if number % 3 == SOME.get(name, number % 3)
    ],
    indirect=["toolchain"],
)
def test_flags(enzcc: Enzcc, toolchain: str, tmp_path: Path, flags: str) -> None:
    done = enzcc(*flags.split(), "both.c", "-o", "prog", "-lm", clang=toolchain)
    if "-fsanitize" in flags and "libclang_rt" in done.stderr:
        pytest.skip("this clang has no sanitizer runtime")
    good(done)
    assert slope_of(tmp_path / "prog") == 6


@pytest.mark.parametrize("line", ["slope.c -c", "-c -x c slope.c -O2 -o slope.o"])
def test_object(enzcc: Enzcc, toolchain: str, tmp_path: Path, line: str) -> None:
    good(enzcc(*line.split(), "-fPIE", clang=toolchain))
    assert written(tmp_path) == {"slope.o"}
    assert link_and_run(tmp_path, "slope.o") == 6


def test_assembly(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    good(enzcc("-S", "slope.c", "-fPIE", clang=toolchain))
    assert written(tmp_path) == {"slope.s"}
    text = (tmp_path / "slope.s").read_text()
    assert "__enzyme" not in text
    assert ".loc" not in text
    assert link_and_run(tmp_path, "slope.s") == 6


def test_assembly_to_standard_output(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    done = enzcc("-S", "slope.c", "-o", "-", clang=toolchain)
    good(done)
    assert "slope:" in done.stdout
    assert "__enzyme" not in done.stdout
    assert not written(tmp_path)


def test_ir(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    good(enzcc("-S", "-emit-llvm", "slope.c", "-fPIE", clang=toolchain))
    text = (tmp_path / "slope.ll").read_text()
    assert "define" in text
    assert "__enzyme" not in text
    assert "!DI" not in text
    assert "!dbg" not in text
    assert link_and_run(tmp_path, "slope.ll") == 6


def test_bitcode(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    good(enzcc("-c", "-emit-llvm", "slope.c", "-fPIE", clang=toolchain))
    assert (tmp_path / "slope.bc").read_bytes()[:2] == b"BC"
    assert link_and_run(tmp_path, "slope.bc") == 6


@pytest.mark.parametrize("line", ["-c slope.c", "-c slope.c -o slope.o", "-S slope.c -o slope.o"])
def test_in_another_working_directory(
    enzcc: Enzcc, toolchain: str, tmp_path: Path, line: str
) -> None:
    """Names are relative to the directory that is given, as they are for clang."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("slope.c", "both.c"):
        (tmp_path / name).rename(elsewhere / name)
    good(enzcc(f"-working-directory={elsewhere}", *line.split(), "-fPIE", clang=toolchain))
    assert b"__enzyme" not in (elsewhere / "slope.o").read_bytes()
    good(enzcc("-working-directory", str(elsewhere), "-w", "both.c", "-o", "prog", clang=toolchain))
    assert slope_of(elsewhere / "prog") == 6
    assert written(tmp_path) == {"elsewhere"}


def test_nothing_of_the_words_is_left(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    """Not even where nothing is optimised and all loads are checked."""
    (tmp_path / "words.c").write_text(
        """
        #include <enzyme.h>
        #include <stdio.h>
        static double square(double *x) { return *x * *x; }
        double slope(double x) {
          double dx = 0;
          puts("slope");
          __enzyme_autodiff((void *)square, enzyme_dup, &x, &dx);
          return dx;
        }
        """
    )
    words = ["-S", "-emit-llvm", "-O0", "words.c", "-o", "-"]
    text = enzcc(*words, clang=toolchain).stdout
    assert "define" in text
    assert "enzyme_" not in text
    assert "!dbg" not in text
    assert "!DI" not in text


@pytest.mark.parametrize("kind", ["ll", "bc"])
def test_ir_as_input(enzcc: Enzcc, toolchain: str, tmp_path: Path, kind: str) -> None:
    if toolchain.endswith("zig"):
        frontend, words = TOOLCHAINS["clang-22"], []
    else:
        frontend, words = toolchain, []
    if frontend is None:
        pytest.skip("needs a clang to write the IR")
    stage = ["-S"] if kind == "ll" else ["-c"]
    subprocess.run(
        [frontend, "-O1", "-emit-llvm", *stage, *words, "slope.c", "-o", f"in.{kind}"],
        cwd=tmp_path,
        check=True,
    )
    good(enzcc("-O2", "-w", f"in.{kind}", "main.c", "-o", "prog", clang=toolchain))
    assert slope_of(tmp_path / "prog") == 6


def test_ir_from_standard_input(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    ir = subprocess.check_output(
        [clang, "-O1", "-S", "-emit-llvm", "slope.c", "-o", "-"], cwd=tmp_path, text=True
    )
    good(enzcc("-w", "-x", "ir", "-", "-x", "c", "main.c", "-o", "prog", clang=clang, stdin=ir))
    assert slope_of(tmp_path / "prog") == 6


def test_c_from_standard_input(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    good(enzcc("-x", "c", "-", "-o", "prog", clang=toolchain, stdin=SLOPE + MAIN))
    assert slope_of(tmp_path / "prog") == 6


def test_a_name_that_is_not_utf_8(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    name = os.fsdecode(b"l\xe9ger.c")
    (tmp_path / name).write_text(SLOPE)
    good(enzcc("-g", "-gsplit-dwarf", "-c", name, clang=clang))
    assert written(tmp_path) == {name, f"{name[:-2]}.o", f"{name[:-2]}.dwo"}


@pytest.mark.parametrize("streams", ["<&-", ">&-", "<&- >&- 2>&-", "> /dev/full"])
def test_streams_that_are_closed_or_full(clang: str, tmp_path: Path, streams: str) -> None:
    """As clang: what cannot be written to is an error, what is closed is the null device."""
    for words in ("--version", "-S -o - slope.c"):
        done = subprocess.run(
            ["sh", "-c", f"{' '.join(command())} {words} {streams}"],
            cwd=tmp_path,
            env=environment(clang=clang),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if streams == "> /dev/full":
            assert done.stderr == "enzcc: error: No space left on device\n"
            assert done.returncode == 1
        else:
            assert (done.returncode, done.stderr) == (0, "")


def test_a_full_device_is_named(enzcc: Enzcc, clang: str) -> None:
    done = enzcc("-c", "slope.c", "-o", "/dev/full", clang=clang)
    assert done.stderr == "enzcc: error: /dev/full: No space left on device\n"
    assert done.returncode == 1


def test_a_target_without_headers(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    """What a tape calls at run time includes headers of the C library: none are there."""
    (tmp_path / "bare.c").write_text(
        "double __enzyme_autodiff(void *, double, int);\n"
        "static double f(double x, int n) {\n"
        "  for (int i = 0; i < n; i++) x = x * x + 1;\n"
        "  return x;\n"
        "}\n"
        "double slope(double x, int n) { return __enzyme_autodiff((void *)f, x, n); }\n"
    )
    done = enzcc("--target=riscv64-unknown-elf", "--sysroot=/none", "-c", "bare.c", clang=clang)
    message, reason, remedy, count = done.stderr.splitlines()
    assert message == (
        "enzcc: error: what derivatives call at run time cannot be compiled for this target"
    )
    assert "file not found" in reason
    assert "--sysroot=" in remedy
    assert count == "1 error generated."
    assert done.returncode == 1
    assert not (tmp_path / "bare.o").exists()


def test_preprocessed_input(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    good(enzcc("-E", "both.c", "-o", "both.i", clang=toolchain))
    good(enzcc("-w", "both.i", "-o", "prog", clang=toolchain))
    assert slope_of(tmp_path / "prog") == 6


def test_cxx(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    good(enzcc("-c", "main.c", clang=toolchain))
    good(enzcc("-O1", "main.o", "slope.cpp", "-o", "prog", cxx=True, clang=toolchain))
    assert slope_of(tmp_path / "prog") == 6


def test_shared_library(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    good(enzcc("-shared", "-fPIC", "-O2", "slope.c", "-o", "libslope.so", clang=toolchain))
    good(enzcc("main.c", "-L.", "-lslope", "-Wl,-rpath,$ORIGIN", "-o", "prog", clang=toolchain))
    assert slope_of(tmp_path / "prog") == 6


def test_relocatable(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    good(enzcc("-r", "-fPIE", "-nostdlib", "slope.c", "-o", "part.o", clang=toolchain))
    assert link_and_run(tmp_path, "part.o") == 6


def test_link_time_optimisation(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    good(enzcc("-flto", "-O2", "-c", "slope.c", clang=clang))
    assert (tmp_path / "slope.o").read_bytes()[:2] == b"BC"
    assert b"__enzyme" not in (tmp_path / "slope.o").read_bytes()
    # Linking it takes a linker with LLVM's plugin; clang itself can always read it.
    subprocess.run(
        [clang, "-fPIE", "-c", "-x", "ir", "slope.o", "-o", "code.o"], cwd=tmp_path, check=True
    )
    assert link_and_run(tmp_path, "code.o") == 6


@pytest.mark.parametrize("sanitizer", ["address", "memory", "thread", "leak"])
def test_sanitizers(enzcc: Enzcc, clang: str, tmp_path: Path, sanitizer: str) -> None:
    flag = f"-fsanitize={sanitizer}"
    done = enzcc(flag, "-g", "-S", "-emit-llvm", "slope.c", clang=clang)
    good(done)
    if sanitizer != "leak":
        assert f"sanitize_{sanitizer}" in (tmp_path / "slope.ll").read_text()
    linked = enzcc(flag, "-g", "both.c", "-o", "prog", clang=clang)
    if "libclang_rt" in linked.stderr:
        pytest.skip("this clang has no sanitizer runtime")
    good(linked)
    # No address space layout of its own that some kernels give, and sanitizers do not bear.
    assert slope_of(tmp_path / "prog") == 6


def test_older_clang_cannot_instrument(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    done = enzcc("-fsanitize=address", "-c", "slope.c", clang=toolchain)
    if done.returncode == 0:
        assert "16" not in toolchain
        assert "19" not in toolchain
        return
    assert "-fsanitize=address cannot be had with clang" in done.stderr
    assert not written(tmp_path)


ASSEMBLY = """
    double __enzyme_autodiff(void *, ...);
    static double f(double x) { __asm__ volatile("%s"); return x * x; }
    double slope(double x) { return __enzyme_autodiff((void *)f, x); }
"""


def test_assembly_beside_derivatives(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    (tmp_path / "slope.c").write_text(ASSEMBLY % "nop")
    good(enzcc("slope.c", "main.c", "-o", "prog", clang=toolchain))
    assert slope_of(tmp_path / "prog") == 6
    (tmp_path / "prog").unlink()
    (tmp_path / "slope.c").write_text(ASSEMBLY % "dmb ish")
    done = enzcc("--target=aarch64-linux-gnu", "-c", "slope.c", clang=toolchain)
    if done.returncode:
        assert "inline assembly for another target" in done.stderr
        assert not written(tmp_path)


def test_dependencies_are_written_once(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    good(enzcc("-MD", "-c", "slope.c", "-o", "sub/x.o", clang=toolchain))
    assert (tmp_path / "sub/x.d").read_text().split() == ["sub/x.o:", "slope.c"]
    good(enzcc("-MMD", "slope.c", "main.c", "-o", "prog", "-MF", "deps", clang=toolchain))
    assert (tmp_path / "deps").read_text().split() == ["prog:", "main.c"]
    assert written(tmp_path) == {"sub", "prog", "deps"}


def test_the_header_is_found(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    (tmp_path / "header.c").write_text(
        "#include <enzyme.h>\n" + SLOPE.replace("double __enzyme_autodiff(void *, ...);", "") + MAIN
    )
    good(enzcc("header.c", "-o", "prog", clang=toolchain))
    assert slope_of(tmp_path / "prog") == 6
    good(enzcc("-E", "header.c", "-o", "header.i", clang=toolchain))
    assert "__enzyme_fwddiff" in (tmp_path / "header.i").read_text()


def test_the_users_own_header_comes_first(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/enzyme.h").write_text("int mine;\n")
    (tmp_path / "header.c").write_text("#include <enzyme.h>\nint *p = &mine;\n")
    for option in ("-I", "-isystem", "-idirafter"):
        good(enzcc("-c", "header.c", option, "mine", clang=clang))


def test_coverage(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    good(enzcc("--coverage", "both.c", "-o", "prog", clang=clang))
    assert slope_of(tmp_path / "prog") == 6
    assert written(tmp_path) == {"prog", "prog-both.gcno", "prog-both.gcda"}
    (tmp_path / "sub").mkdir()
    good(enzcc("--coverage", "-O2", "-c", "both.c", "-o", "sub/x.o", clang=clang))
    assert {path.name for path in (tmp_path / "sub").iterdir()} == {"x.o", "x.gcno"}
    assert f"{tmp_path}/sub/x.gcda".encode() in (tmp_path / "sub/x.o").read_bytes()


def test_coverage_of_the_source(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    words = ("-fprofile-instr-generate", "-fcoverage-mapping")
    good(enzcc(*words, "-O1", "-c", "both.c", clang=clang))
    assert b"__llvm_covmap" in (tmp_path / "both.o").read_bytes()


_SPLIT = """extern int enzyme_noret;
extern void *__enzyme_augmentfwd(void *, ...);
extern void __enzyme_reverse(void *, ...);
static double f(double *x) { return x[0] * x[0]; }
void both(double *x, double *dx) {
  __enzyme_reverse((void *)f, x, dx, 1.0, __enzyme_augmentfwd((void *)f, enzyme_noret, x, dx));
}
"""


def test_a_profile_of_samples(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    """The profile is of the user's functions: those of the runtime have no debug information."""
    (tmp_path / "samples").write_text("both:100:10\n 1: 10\n")
    (tmp_path / "split.c").write_text(_SPLIT)
    (tmp_path / "wrong.c").write_text(_SPLIT.replace("enzyme_noret, ", ""))
    good(enzcc("-fprofile-sample-use=samples", "-O2", "-c", "split.c", clang=clang))
    for word in ("-fprofile-sample-use=samples", "-fdebug-info-for-profiling"):
        assert enzcc(word, "-c", "wrong.c", clang=clang).stderr.startswith("wrong.c:6:")


def test_huge_arrays_cost_no_time(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    text = SLOPE.replace("static", "static double big[1L << 40];\nstatic", 1)
    (tmp_path / "huge.c").write_text(text.replace("return x", "return big[7] = x", 1))
    good(enzcc("-O1", "-c", "huge.c", clang=clang))


def test_split_debug_information(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    good(enzcc("-g", "-gsplit-dwarf", "both.c", "-o", "prog", clang=clang))
    assert written(tmp_path) == {"prog", "prog-both.dwo"}
    assert b"prog-both.dwo" in (tmp_path / "prog").read_bytes()
    good(enzcc("-g", "-gsplit-dwarf", "-c", "slope.c", clang=clang))
    assert b"slope.dwo" in (tmp_path / "slope.o").read_bytes()


def test_save_temps(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    good(enzcc("-save-temps", "-c", "slope.c", "-fPIE", clang=clang))
    assert written(tmp_path) == {"slope.i", "slope.bc", "slope.s", "slope.o"}
    assert "__enzyme" in (tmp_path / "slope.i").read_text()
    assert "__enzyme" not in (tmp_path / "slope.s").read_text()
    assert link_and_run(tmp_path, "slope.s") == 6
    good(enzcc("-save-temps", "both.c", "-o", "prog", clang=clang))
    assert slope_of(tmp_path / "prog") == 6


def test_several_at_once(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/slope.c").write_text(SLOPE.replace("slope(", "other("))
    (tmp_path / "main.c").write_text(
        MAIN.replace("double slope(double);", "double slope(double), other(double);").replace(
            "slope(3.0)", "slope(3.0) + other(3.0)"
        )
    )
    good(enzcc("main.c", "slope.c", "sub/slope.c", "-o", "prog", clang=toolchain))
    assert slope_of(tmp_path / "prog") == 12
    (tmp_path / "main.c").write_text(MAIN)
    good(enzcc("-c", "main.c", "slope.c", "-fPIE", clang=toolchain))
    assert link_and_run(tmp_path, "slope.o") == 6


def test_warnings_are_told_once(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    (tmp_path / "warn.c").write_text(SLOPE + "int f(int x) { int unused; return x; }\n")
    done = enzcc("-Wall", "-c", "-O2", "warn.c", clang=toolchain)
    assert done.returncode == 0
    assert done.stderr.count("unused variable") == 1
    assert done.stderr.count("warning:") == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("-O9 slope.c", "optimization level"),
        ("-Wa,--nosuch slope.c", "unsupported argument"),
        ("slope.c -", "-E or -x required"),
    ],
)
def test_what_clang_says_of_the_command_is_told_once(
    line: str, said: str, enzcc: Enzcc, clang: str, tmp_path: Path
) -> None:
    done = enzcc("-c", *line.split(), clang=clang, stdin="")
    assert done.stderr.count(said) == 1
    assert (tmp_path / "slope.o").exists() == (done.returncode == 0) == ("-O9" in line)


@pytest.mark.parametrize("target", ["amdgcn-amd-amdhsa", "avr"])
def test_memory_of_its_own_is_refused(
    target: str, enzcc: Enzcc, clang: str, tmp_path: Path
) -> None:
    done = enzcc(f"--target={target}", "-w", "-c", "slope.c", clang=clang)
    assert done.returncode == 1
    assert f"error: there are no derivatives for the target '{target}'" in done.stderr
    assert not (tmp_path / "slope.o").exists()


def test_clang_does_not_compile_first_what_the_source_says_is_marked(
    enzcc: Enzcc, clang: str, tmp_path: Path
) -> None:
    """A clang that notes what it compiles: the source, to IR or to code, and our IR to code."""
    (tmp_path / "slope.h").write_text(SLOPE)
    (tmp_path / "inside.c").write_text('#include "slope.h"\n')
    (tmp_path / "around.c").write_text('#include "slope.c"\n')
    (tmp_path / "said.c").write_text("/* __enzyme_autodiff */ int f(void) { return 1; }\n")
    noting = tmp_path / "noting-clang"
    noting.write_text(
        f'#!/bin/sh\nfor word; do case "$word" in *.c) source=$word;; -emit-llvm) ir=1;; '
        f'"-###"|-E) source=; break;; esac; done\n'
        f'[ -n "$source" ] && echo ${{ir:-0}} $source >> {tmp_path}/notes\nexec {clang} "$@"\n'
    )
    noting.chmod(0o755)

    def compiled(source: str) -> list[str]:
        (tmp_path / "notes").write_text("")
        good(enzcc("-c", source, "-o", "it.o", clang=str(noting)))
        lines = (tmp_path / "notes").read_text().split("\n")
        return [line[0] for line in lines if line.endswith(source)]

    assert compiled("slope.c") == ["1"]
    assert compiled("around.c") == ["1"]  # sources that are included are part of it
    assert compiled("inside.c") == ["0", "1"]
    assert compiled("said.c") == ["1", "0"]


KEPT = """
    double __enzyme_autodiff(void *, ...);
    double __enzyme_fwddiff(void *, ...);
    static double last, result, largest, rate = 3;
    static double square(double x) {
      if (x == last)
        return result;
      last = x;
      return result = x * x;
    }
    static double f(double x, double y) {
      if (x > largest)
        largest = x;
      if (x == rate || x != y)
        x += 1;
      return square(x) + largest;
    }
    double slope(double x) { return __enzyme_autodiff((void *)f, x, x + 1); }
    double tangent(double x) { return __enzyme_fwddiff((void *)f, x, 1.0, 2.0, 0.0); }
"""


def test_results_that_are_kept_are_warned_of(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    """What an earlier call has computed is a constant; comparisons with a constant, with another
    input, or for size do not ask for it."""
    (tmp_path / "kept.c").write_text(KEPT)
    done = enzcc("-c", "-O2", "kept.c", clang=clang)
    assert done.returncode == 0
    assert done.stderr.count("warning:") == 1
    assert "kept.c:6:13: warning: an active value is compared with one that may be kept" in (
        done.stderr
    )


def test_warnings_as_errors(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    (tmp_path / "warn.c").write_text(SLOPE + "int f(int x) { int unused; return x; }\n")
    done = enzcc("-Wall", "-Werror", "-c", "warn.c", clang=toolchain)
    assert done.returncode == 1
    assert written(tmp_path) == {"warn.c"}


def test_an_error_leaves_no_output(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    (tmp_path / "typo.c").write_text(SLOPE.replace("autodiff", "autodif"))
    (tmp_path / "typo.o").write_text("of an earlier build")
    for line in ("-c typo.c", "typo.c main.c -o prog", "-S typo.c -o typo.o"):
        done = enzcc(*line.split(), clang=toolchain)
        assert done.returncode == 1
        assert "error:" in done.stderr
        assert written(tmp_path) == {"typo.c"}
    done = enzcc("-c", "typo.c", "-o", "/dev/null", clang=toolchain)
    assert done.returncode == 1
    assert Path("/dev/null").is_char_device()


def test_a_name_in_a_string_is_no_marker(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    (tmp_path / "text.c").write_text('const char *text = "__enzyme_autodiff";\n')
    subprocess.run([clang, "-O2", "-c", "text.c", "-o", "clang.o"], cwd=tmp_path, check=True)
    good(enzcc("-O2", "-c", "text.c", clang=clang))
    assert (tmp_path / "text.o").read_bytes() == (tmp_path / "clang.o").read_bytes()


@pytest.mark.parametrize("how", ["os.abort()", "1 / 0", "os.kill(os.getpid(), 9)"])
def test_a_fault_of_ours(enzcc: Enzcc, clang: str, tmp_path: Path, how: str) -> None:
    """One line and how to report it; no traceback, and no object."""
    place = tmp_path / "tmp"
    place.mkdir()
    (tmp_path / "sitecustomize.py").write_text(
        f"import os, enzcc.llvm\ndef fail(*_, **__): {how}\nenzcc.llvm.simplify = fail\n"
    )
    env = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "TMPDIR": str(place)}
    (tmp_path / "slope.o").write_text("of an earlier build")
    done = enzcc("-c", "slope.c", clang=clang, env=env)
    assert done.returncode == 1
    assert "enzcc: error: internal fault" in done.stderr
    assert "ENZCC_DEBUG=1" in done.stderr
    assert "Traceback" not in done.stderr
    assert written(tmp_path) == {"tmp", "sitecustomize.py"} | ({"__pycache__"} & written(tmp_path))
    assert not list(place.iterdir())
    told = enzcc("-c", "slope.c", clang=clang, env={**env, "ENZCC_DEBUG": "1"}).stderr
    assert ("Traceback" in told) or "killed by signal" in told


def test_one_bad_file_among_several(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    (tmp_path / "bad.c").write_text("int f(void) { return x; }\n")
    assert enzcc("-c", "bad.c", "slope.c", "-fPIE", clang=clang).returncode == 1
    assert written(tmp_path) == {"bad.c", "slope.o"}
    assert link_and_run(tmp_path, "slope.o") == 6


def test_the_same_twice(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    """The output does not depend on where the temporary files are, nor on chance."""
    for flags in (["-c", "-O2"], ["-c", "-g"], ["-S", "-emit-llvm"]):
        contents = []
        for number in range(2):
            place = tmp_path / f"tmp{number}"
            place.mkdir(exist_ok=True)
            env = {"TMPDIR": str(place), "PYTHONHASHSEED": str(number)}
            good(enzcc(*flags, "slope.c", "-o", "slope.o", clang=toolchain, env=env))
            contents.append((tmp_path / "slope.o").read_bytes())
            assert not list(place.iterdir())
            assert str(place).encode() not in contents[-1]
        assert contents[0] == contents[1]


def test_debug_information_only_where_asked(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    good(enzcc("-c", "slope.c", clang=toolchain))
    assert b".debug_info" not in (tmp_path / "slope.o").read_bytes()
    good(enzcc("-c", "-g", "slope.c", clang=toolchain))
    assert b".debug_info" in (tmp_path / "slope.o").read_bytes()


def test_the_object_names_the_source(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    good(enzcc("-c", "slope.c", clang=clang))
    symbols = subprocess.check_output(["nm", "-a", tmp_path / "slope.o"], text=True)
    assert " a slope.c" in symbols


def test_the_level_that_the_source_sees(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    (tmp_path / "sees.c").write_text(
        SLOPE
        + """
        #if defined __OPTIMIZE_SIZE__
        int level_s;
        #elif defined __OPTIMIZE__
        int level_1;
        #elif defined __NO_INLINE__
        int level_0;
        #endif
        """
    )
    for level, name in (("-O0", "level_0"), ("-O3", "level_1"), ("-Os", "level_s")):
        good(enzcc(level, "-c", "sees.c", clang=clang))
        assert name.encode() in (tmp_path / "sees.o").read_bytes()


def test_precompiled_header(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    (tmp_path / "pre.h").write_text("double __enzyme_autodiff(void *, ...);\n")
    (tmp_path / "uses.c").write_text(SLOPE.replace("double __enzyme_autodiff(void *, ...);", ""))
    for level in ("-O0", "-O2"):
        good(enzcc(level, "-x", "c-header", "pre.h", "-o", "pre.pch", clang=clang))
        good(enzcc(level, "-fPIE", "-include-pch", "pre.pch", "-c", "uses.c", clang=clang))
        assert link_and_run(tmp_path, "uses.o") == 6


def test_pointers_whose_types_are_checked(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    """What -fsanitize=kcfi hangs on a call through a pointer does not hide what is called."""
    (tmp_path / "checked.c").write_text(
        """
        double __enzyme_autodiff(void *, ...);
        int printf(const char *, ...);
        static double square(double x) { return x * x; }
        static double cube(double x) { return x * x * x; }
        static double (*chosen)(double);
        static void choose(int k) { chosen = k ? cube : square; }
        static double f(double x) { return chosen(x); }
        int main(int argc, char **argv) {
          choose(argc > 1);
          printf("%g\\n", __enzyme_autodiff((void *)f, 3.0));
          return !argv;
        }
        """
    )
    good(enzcc("-O1", "-fsanitize=kcfi", "checked.c", "-o", "program", clang=clang))
    assert slope_of(tmp_path / "program") == 6
    assert subprocess.check_output([tmp_path / "program", "cube"], text=True) == "27\n"


NOISE = """
    double __enzyme_autodiff(void *, ...);
    int printf(const char *, ...);
    __attribute__((noinline, enzyme_inactive)) static double noise(double x) { return 100 * x; }
    static double f(double x) { return x * x + noise(x); }
"""
ASKS = 'int main(void) { printf("%g\\n", __enzyme_autodiff((void *)f, 2.0)); return 0; }\n'


@pytest.mark.parametrize(
    "line",
    [
        ("-isystem", "other", "angled.c"),
        ("-Iother", "-include", "noise.h", "alone.c"),
        ("-Iother", "-x", "c", "-"),
        ("indirect.c",),
    ],
    ids=" ".join,
)
def test_attributes_in_headers(
    enzcc: Enzcc, clang: str, tmp_path: Path, line: tuple[str, ...]
) -> None:
    """Also those that lie elsewhere, or that the source does not name: what is said in them is not
    lost without a word."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "noise.h").write_text(NOISE)
    (tmp_path / "other" / "all.h").write_text('#include "noise.h"\n' + ASKS)
    (tmp_path / "angled.c").write_text("#include <noise.h>\n" + ASKS)
    (tmp_path / "alone.c").write_text(ASKS)
    (tmp_path / "indirect.c").write_text('#include "other/all.h"\n')
    stdin = NOISE + ASKS if line[-1] == "-" else ""
    done = enzcc("-O1", *line, "-o", "program", clang=clang, stdin=stdin)
    assert done.returncode == 0
    assert slope_of(tmp_path / "program") == 4


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("uses.c", "static void *__enzyme_register_derivative_k[] = {(void *)k, (void *)by_hand};"),
        (
            "uses.cpp",
            "inline void *__enzyme_register_derivative_k[] = {(void *)k, (void *)by_hand};",
        ),
        ("uses.cpp", "namespace n { void *__enzyme_inactivefn_k[] = {(void *)k}; }"),
        ("uses.cpp", "const struct { double (*f)(double); } __enzyme_inactivefn_k = {k};"),
    ],
)
def test_registrations_in_headers(
    enzcc: Enzcc, clang: str, tmp_path: Path, name: str, said: str
) -> None:
    """Nobody reads them, and clang drops what no other file can: they count all the same."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "rules.h").write_text(
        f"""
        __attribute__((noinline)) static double k(double x) {{ return x; }}
        struct pair {{ double value, tangent; }};
        __attribute__((used)) static struct pair by_hand(double x, double dx) {{
          struct pair p = {{x, 7 * dx}};
          return p;
        }}
        {said}
        """
    )
    (tmp_path / name).write_text(
        """
        #include <enzyme.h>
        #include <stdio.h>
        #include "rules.h"
        static double f(double x) { return k(x) + x; }
        int main() { printf("%g\\n", __enzyme_fwddiff((void *)f, 1.0, 1.0)); }
        """
    )
    done = enzcc("-O1", "-Iown", name, "-o", "program", cxx=name.endswith("pp"), clang=clang)
    if "clang-1" in clang and "drops the static variable" in done.stderr:
        return  # older ones cannot keep them
    assert done.returncode == 0, done.stderr
    assert slope_of(tmp_path / "program") == (1 if "inactive" in said else 8)


RULES = """
    __attribute__((noinline, enzyme_inactive)) static double noise(double x) { return x; }
    __attribute__((noinline)) static double k(double x) { return x; }
    struct pair { double value, tangent; };
    static struct pair by_hand(double x, double dx) {
      struct pair p = {x, 7 * dx};
      return p;
    }
    USED static void *__enzyme_register_derivative_k[] = {(void *)k, (void *)by_hand};
"""

ASKS_RULES = """
    double __enzyme_fwddiff(void *, ...);
    int printf(const char *, ...);
    static double f(double x) { return k(x) + noise(x) + x; }
    int main() { printf("%g\\n", __enzyme_fwddiff((void *)f, 1.0, 1.0)); }
"""


@pytest.mark.parametrize("included", ["#define RULES <rules.h>\n#include RULES", ""])
def test_headers_that_only_clang_finds(
    enzcc: Enzcc, clang: str, tmp_path: Path, included: str
) -> None:
    """What is included by way of a macro, or in directories that are named in words for clang
    itself, counts; a precompiled header does not have what nobody reads."""
    own = tmp_path / "own"
    own.mkdir()
    drops = "clang-1" in clang or not included  # and there is no way to keep them
    (own / "rules.h").write_text(RULES.replace("USED", "__attribute__((used))" if drops else ""))
    (tmp_path / "asks.c").write_text(f"{included}\n{ASKS_RULES}")
    words = ["-Xclang", "-internal-isystem", "-Xclang", "own"]
    if not included:
        words = ["-include-pch", "rules.pch"]
        good(enzcc("-O1", "-x", "c-header", "own/rules.h", "-o", "rules.pch", clang=clang))
    good(enzcc("-O1", "-w", *words, "asks.c", "-o", "program", clang=clang))
    assert slope_of(tmp_path / "program") == 8
    if not included:
        (own / "rules.h").write_text(RULES.replace("USED", ""))
        good(enzcc("-O1", "-x", "c-header", "own/rules.h", "-o", "rules.pch", clang=clang))
        done = enzcc("-O1", "-w", *words, "asks.c", "-o", "program", clang=clang)
        assert "of a precompiled header, which nobody reads" in done.stderr


NOT_MADE = """
    double __enzyme_autodiff(void *, ...);
    double k(double x) { return x; }
    double by_hand(double x, double dx) { return dx; }
    template <class T> void *__enzyme_register_derivative_k[] = {(void *)k, (void *)by_hand};
    inline void registers() {
      static void *__enzyme_inactivefn[] = {(void *)k};
    }
    /* void *__enzyme_nofree[] = {}; */
    #ifdef NEVER
    void *__enzyme_register_gradient_k[] = {};
    #endif
    extern void *__enzyme_register_gradient_elsewhere[];
    double slope(double x) { return __enzyme_autodiff((void *)k, x); }
"""


def test_registrations_that_nothing_is_made_of_are_warned_of(
    enzcc: Enzcc, clang: str, tmp_path: Path
) -> None:
    (tmp_path / "not_made.cpp").write_text(NOT_MADE)
    done = enzcc("-c", "not_made.cpp", clang=clang)
    assert done.returncode == 0
    assert done.stderr.count("warning:") == 2
    for place in ("5:30: warning: the registration", "7:20: warning: the registration"):
        assert f"not_made.cpp:{place} '__enzyme_" in done.stderr


def test_a_registered_shadow_that_nobody_reads(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    """As other registrations, it is there though clang would drop it."""
    (tmp_path / "shadow.c").write_text(
        """
        #include <enzyme.h>
        #include <stdio.h>
        static double w = 3, dw;
        static void *__enzyme_shadow_global_w[] = {(void *)&w, (void *)&dw};
        static double f(double x) { return w * w * x; }
        int main() { __enzyme_autodiff((void *)f, 2.0), printf("%g\\n", dw); }
        """
    )
    good(enzcc("-O1", "-w", "shadow.c", "-o", "program", clang=clang))
    assert slope_of(tmp_path / "program") == 12


def test_attributes_in_a_precompiled_header(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    (tmp_path / "noise.h").write_text(NOISE)
    (tmp_path / "alone.c").write_text(ASKS)
    good(enzcc("-O1", "noise.h", "-o", "noise.h.pch", clang=clang))
    good(enzcc("-O1", "-include", "noise.h", "alone.c", "-o", "program", clang=clang))
    assert slope_of(tmp_path / "program") == 4


def test_make_in_parallel(toolchain: str, tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(
        "all: $(addprefix prog,1 2 3 4 5 6)\nprog%: both.c\n\t$(CC) -O1 both.c -o $@\n"
    )
    subprocess.run(
        ["make", "-j4", f"CC={' '.join(command())}"],
        cwd=tmp_path,
        env=environment(clang=toolchain),
        check=True,
        capture_output=True,
    )
    for number in range(1, 7):
        assert slope_of(tmp_path / f"prog{number}") == 6


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("line", ["-c slow.c", "slow.c -o prog"])
def test_signals(clang: str, tmp_path: Path, number: int, line: str) -> None:
    """It dies by the signal, with its children, and nothing is left."""
    place = tmp_path / "tmp"
    place.mkdir()
    os.mkfifo(tmp_path / "never.h")
    (tmp_path / "slow.c").write_text('#include "never.h"\n')
    process = subprocess.Popen(
        [*command(), *line.split()],
        cwd=tmp_path,
        env=environment(clang=clang, TMPDIR=str(place)),
        stderr=subprocess.PIPE,
        preexec_fn=_heed_signals,
    )
    _wait_for_child(process.pid)
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert process.returncode == -number
    assert b"Traceback" not in told
    assert not list(place.iterdir())
    assert written(tmp_path) == {"tmp", "never.h", "slow.c"}
    # A child that lived on would still hold the pipe open, which `communicate` waits for.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_signals_while_differentiating(clang: str, tmp_path: Path, number: int) -> None:
    place = tmp_path / "tmp"
    place.mkdir()
    (tmp_path / "sitecustomize.py").write_text(
        "import enzcc.llvm, time\n"
        "def wait(*_, **__):\n"
        "    open('here', 'w').close()\n"
        "    time.sleep(60)\n"
        "enzcc.llvm.simplify = wait\n"
    )
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    process = subprocess.Popen(
        [*command(), "-c", "slope.c"],
        cwd=tmp_path,
        env={**environment(clang=clang, TMPDIR=str(place)), "PYTHONPATH": path},
        stderr=subprocess.PIPE,
        preexec_fn=_heed_signals,
    )
    deadline = time.monotonic() + 30
    while not (tmp_path / "here").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    begin = time.monotonic()
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert time.monotonic() - begin < 20
    assert (process.returncode, told) == (-number, b"")
    assert number == signal.SIGKILL or not list(place.iterdir())
    assert "slope.o" not in written(tmp_path)


def test_a_signal_when_the_child_has_just_ended() -> None:
    from enzcc.driver import process

    child = process.start([shutil.which("true") or "/bin/true"], dict(os.environ))
    assert process.finish(child) == 0
    process._see_off(child)  # nobody is there any more: no error


def _heed_signals() -> None:
    """Tests may run where they are ignored, under nohup or in the background."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _wait_for_child(parent: int) -> None:
    """Until clang runs; it then waits for a header that nobody writes."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if children.read_text().split():
            time.sleep(0.3)
            return
        time.sleep(0.02)
    pytest.fail("clang did not start")


VIRTUAL = """
    struct Base {
        virtual double at(double) const = 0;
    };
    namespace {
    struct Square : Base {
        double at(double x) const override { return x * x; }
    };
    } // namespace
    struct Other {
        virtual double at(double) const { return 0; }
    };
    template <class R, class... T> R __enzyme_autodiff(T...);
    __attribute__((noinline)) static double through(const Base &f, double x) { return f.at(x); }
    static double f(double x) {
        Square square;
        Other other;
        const Other *volatile pointer = &other;
        return through(square, x) + pointer->at(x);
    }
    extern "C" double slope(double x) { return __enzyme_autodiff<double>((void *)f, x); }
"""


def test_virtual_functions(enzcc: Enzcc, toolchain: str, tmp_path: Path) -> None:
    """With every compiler; what clang says of classes for us does not stay."""
    (tmp_path / "virtual.cpp").write_text(VIRTUAL)
    (tmp_path / "main.cpp").write_text(MAIN.replace("double slope", 'extern "C" double slope'))
    good(enzcc("-S", "-emit-llvm", "virtual.cpp", "-o", "it.ll", cxx=True, clang=toolchain))
    text = (tmp_path / "it.ll").read_text()
    assert "type.test" not in text
    assert "!type" not in text
    assert "Virtual Function Elim" not in text
    if "zig" in toolchain:  # builds its C++ library from source before it links
        return
    good(enzcc("virtual.cpp", "main.cpp", "-o", "prog", cxx=True, clang=toolchain))
    assert slope_of(tmp_path / "prog") == 6
    good(enzcc("-fenzcc-link", "virtual.cpp", "main.cpp", "-o", "two", cxx=True, clang=toolchain))
    assert slope_of(tmp_path / "two") == 6


def test_a_weak_function_that_another_file_replaces_ends_the_program(
    enzcc: Enzcc, tmp_path: Path
) -> None:
    """Its derivative was silently that of the definition that nobody calls."""
    weak = SLOPE.replace("static double", "__attribute__((weak)) double")
    (tmp_path / "slope.c").write_text(weak)
    (tmp_path / "again.c").write_text(weak.replace("slope", "other"))
    (tmp_path / "cube.c").write_text("double square(double x) { return x * x * x; }")
    good(enzcc("-O2", "-w", "slope.c", "again.c", "main.c", "-o", "prog"))
    assert slope_of(tmp_path / "prog") == 6
    good(enzcc("-O2", "-w", "slope.c", "cube.c", "main.c", "-o", "replaced"))
    done = subprocess.run([tmp_path / "replaced"], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGABRT
    assert "'square' as its own file defines it" in done.stderr
    good(enzcc("-fenzcc-link", "-O2", "-w", "slope.c", "cube.c", "main.c", "-o", "linked"))
    assert slope_of(tmp_path / "linked") == 27
