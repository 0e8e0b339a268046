"""Without markers enzcc is clang: same files, byte for byte, same words, same exit status."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from calling import command, environment

FILES = {
    "main.c": """
        #include <stdio.h>
        #include "part.h"
        int main(int argc, char **argv) { printf("%d\\n", twice(argc)); return 0; }
    """,
    "part.c": """
        #include "part.h"
        #ifndef FACTOR
        #define FACTOR 2
        #endif
        int twice(int x) { return FACTOR * x; }
    """,
    "part.h": "int twice(int x);\n",
    "sub/part.c": "int elsewhere(void) { return 7; }\n",
    "warn.c": "int f(int x) { int unused; return x = 1 ? x : 2; }\n",
    "bad.c": "int f(void) { return x; }\n",
    "plain": "int plain(void) { return 1; }\n",
    "done.i": "int done(void) { return 1; }\n",
    "code.s": ".globl code\ncode:\n  ret\n",
    "pre.S": "#define NAME code2\n.globl NAME\nNAME:\n  ret\n",
    "hello.cpp": """
        #include <vector>
        #include <cstdio>
        int main() { std::vector<int> v{1, 2}; std::printf("%zu\\n", v.size()); }
    """,
    "throws.cc": "int f(int x) { if (x) throw x; return 1; }\n",
    "module.ll": "define i32 @from_ir() {\n  ret i32 4\n}\n",
    "response": "-O2 'part.c' \"-DFACTOR=3\" @nested\n",
    "nested": "-DNESTED=1\n",
    "two words.c": "int two_words;\n",
    "include/other.h": "int other(void);\n",
    "uses.c": "#include <other.h>\nint uses(void) { return other() + MACRO; }\n",
    "lto.c": "int lto(int x) { return x + 1; }\n",
}


@dataclass
class Outcome:
    """All that a call leaves behind."""

    code: int
    out: str
    err: str
    files: dict[str, bytes]


def outcome(words: list[str], where: Path, *, clang: str, stdin: str) -> Outcome:
    shutil.rmtree(where, ignore_errors=True)
    for name, content in FILES.items():
        path = where / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        os.utime(path, (1e9, 1e9))  # a precompiled header holds it
    before = {path for path in where.rglob("*") if path.is_file()}
    shutil.copy("/bin/true", where / "true.o")  # something that is there, and no object
    before.add(where / "true.o")
    done = subprocess.run(
        words,
        cwd=where,
        env=environment(clang=clang),
        input=stdin.encode(),
        capture_output=True,
        check=False,
        timeout=300,
    )
    written = {path for path in where.rglob("*") if path.is_file()} - before
    return Outcome(
        done.returncode,
        _same_every_time(done.stdout.decode()),
        _same_every_time(done.stderr.decode()),
        {str(path.relative_to(where)): path.read_bytes() for path in written},
    )


def _same_every_time(text: str) -> str:
    """Temporary names are random, ours and clang's; Enzyme's version is defined by us only."""
    text = re.sub(r"#define ENZYME_VERSION_\w+ \d+\n", "", text)
    text = re.sub(r"\S*/enzcc-[0-9a-f]+/\d+/([\w-]+)\.o", r"TMP/\1.o", text)
    text = re.sub(r"/tmp/([\w-]+)-[0-9a-f]{6}\.(\w+)", r"TMP/\1.\2", text)
    text = re.sub(r' "-D" "ENZYME_VERSION_\w+=\d+"', "", text)
    return re.sub(r' "-idirafter" "\S+"', "", text)


def compare(
    line: str, tmp_path: Path, clang: str, *, cxx: bool = False, stdin: str = ""
) -> Outcome:
    """Both compilers in the same directory, one after the other."""
    words = [word.replace("\0", " ") for word in line.split()]
    here = tmp_path / "here"
    theirs = outcome(
        [clang, *(["--driver-mode=g++"] if cxx else []), *words], here, clang=clang, stdin=stdin
    )
    ours = outcome([*command(cxx=cxx), *words], here, clang=clang, stdin=stdin)
    assert ours.code == theirs.code, ours.err
    assert ours.err == theirs.err
    assert ours.out == theirs.out
    assert sorted(ours.files) == sorted(theirs.files)
    differing = [
        name
        for name in ours.files
        if ours.files[name] != theirs.files[name]
        and not name.endswith(".pch")  # holds the options, so also where our header is
    ]
    assert not differing
    return ours


CASES = """
    -c part.c
    -c part.c -o out.o
    -c part.c -oout.o
    -c sub/part.c
    -c part.c -O2 -g -Wall -fPIC -march=x86-64-v3 -std=c11
    -c part.c main.c
    -c part.c main.c -o out.o
    -c part.c code.s pre.S module.ll
    -c part.c true.o -lm
    -c module.ll -O1
    -c code.s
    -c pre.S
    -c done.i
    -c -x c plain
    -c -xc plain -x none part.c
    -c -x c++ part.c -x c main.c
    -c throws.cc
    -c two\0words.c
    -c -- part.c
    -c -pipe part.c
    -c -MD part.c
    -c -MD part.c -o out.o
    -c -MMD -MF deps.mk part.c
    -c -MD -MT target -MQ $(x) -MP part.c
    -c -MD part.c main.c
    -c -MD -MF d/no/such part.c
    -c @response
    -c part.c -Iinclude uses.c -DMACRO=3
    -c uses.c -isystem include -DMACRO=3 -UMACRO -DMACRO=4
    -c part.c -include main.c
    -c -nostdinc part.c
    -c -emit-llvm part.c
    -c -flto lto.c
    -c -flto=thin -O2 lto.c
    -S part.c
    -S part.c -o out.s -masm=intel
    -S -emit-llvm part.c
    -S -emit-llvm part.c -o -
    -S part.c -o -
    -S part.c -o /dev/stdout
    -c part.c -o /dev/null
    -S -MD part.c -o /dev/null -MF d.d
    -S main.c part.c
    -c part.c -save-temps
    -c part.c -save-temps=obj -o sub/out.o
    -c part.c -fsanitize=address,undefined -g
    -c part.c -ffunction-sections -fdata-sections -fno-common -fvisibility=hidden
    -c part.c -target aarch64-linux-gnu
    -c part.c --target=riscv64-linux-gnu -O1
    -c warn.c -Wall
    -c warn.c -Wall -Werror
    -c warn.c -w
    -c bad.c
    -c bad.c part.c
    -c part.c bad.c
    -c missing.c
    -c part.c missing.c
    -c part.c -frobnicate
    -c part.c -o no/such/directory/out.o
    -c part.c -o sub
    -c
    -c @missing
    -E part.c
    -E part.c -o out.i
    -E -dM part.c
    -M part.c
    -MM part.c -MF out.d
    -fsyntax-only part.c
    -fsyntax-only bad.c
    -### part.c
    -c -### part.c
    -dumpmachine
    -ccc-print-phases part.c
    -dumpversion
    -print-resource-dir
    -print-search-dirs
    -print-file-name=crt1.o
    -print-targets
    --help
    -v
    -x c-header part.h -o part.h.pch
    part.h
    main.c part.c
    main.c part.c -o prog
    main.c part.c -o sub/prog.exe -g
    main.c -o prog part.c -lm -Wl,--as-needed -pthread
    main.c part.c -o prog -MD
    main.c part.c -MD
    main.c part.c -o prog -MD -MF deps -MT x
    main.c part.c -o prog -O2 -static
    main.c part.c -o prog -O2 -no-pie -fno-pic
    main.c part.c code.s pre.S module.ll -o prog
    main.c -x c plain -x none part.c -o prog
    -x c plain -x none main.c part.c -o prog
    main.c part.c plain -o prog
    main.c part.c -o prog -x c++
    main.c part.c -o prog -save-temps
    main.c part.c -o prog -g -gsplit-dwarf
    main.c part.c -o prog --coverage
    main.c part.c -o prog -ftime-trace-granularity=100000
    main.c part.c -o prog -fsanitize=address -g
    main.c part.c -o prog -fsanitize=undefined
    main.c part.c -o prog -nostartfiles -e main
    part.c -shared -fPIC -o libpart.so
    part.c sub/part.c -shared -fPIC -o libpart.so -Wl,-soname,libpart.so.1
    part.c sub/part.c -r -o both.o
    part.c -r -nostdlib -o both.o
    main.c
    part.c
    bad.c
    warn.c bad.c main.c
    main.c missing.c
    missing.c main.c missing.o
    main.c part.c -lno-such-library
    main.c part.c -fuse-ld=no-such-linker
    main.c part.c -frobnicate -o prog
    main.c part.c -Xlinker --no-such-option
    main.c part.c -o prog -static-libgcc
    main.c part.c -o prog -I include -L sub -MP
    main.c part.c -o prog -Wl,-rpath,/x -rpath /y -z now -u twice
    main.c part.c true.o -o prog
    part.c -emit-llvm -o prog
    -lm
    code.s -o x -nostdlib
    -o
""".strip("\n").split("\n")


@pytest.mark.parametrize("line", [case.strip() for case in CASES])
def test_c(line: str, tmp_path: Path, clang: str) -> None:
    compare(line, tmp_path, clang)


@pytest.mark.parametrize(
    "line",
    [
        "hello.cpp -o prog -O1",
        "-c throws.cc -fno-rtti -std=c++20",
        "-c part.c",
        "main.c part.c -o prog",
        "-c hello.cpp -MMD -MP -g",
        "-x c main.c part.c -o prog",
        "-print-file-name=libstdc++.so",
    ],
)
def test_cxx(line: str, tmp_path: Path, clang: str) -> None:
    compare(line, tmp_path, clang, cxx=True)


@pytest.mark.parametrize(
    "line",
    [
        "-x c -c -",
        "-x c -c - -o out.o -MD -MF out.d",
        "-x c - -o prog",
        "-x c -S - -o -",
        "-E -",
        "-x ir -c -",
        "-x c - part.c -o prog",
        "-c -",
    ],
)
def test_standard_input(line: str, tmp_path: Path, clang: str) -> None:
    source = "define i32 @main() {\n  ret i32 0\n}\n" if "ir" in line else "int main(void) { }\n"
    compare(line, tmp_path, clang, stdin=source)


def test_the_program_runs(tmp_path: Path, clang: str) -> None:
    compare("main.c part.c -O2 -o prog", tmp_path, clang)
    assert subprocess.check_output([tmp_path / "here/prog", "x"], text=True) == "4\n"


def test_the_environment_counts(
    tmp_path: Path, clang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CPATH", "include")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert compare("-c uses.c -DMACRO=__TIME__[0]", tmp_path, clang).code == 0


def test_more_words_than_a_system_takes(tmp_path: Path, clang: str) -> None:
    (tmp_path / "part.c").write_text("int part = LAST;\n")
    words = [f"-DNAME_{number}={'x' * 1000}" for number in range(3000)]
    (tmp_path / "words").write_text("\n".join([*words, "-DLAST=3"]))
    for line in ("-c part.c @words", "part.c @words -shared -o lib.so"):
        done = subprocess.run(
            [*command(), *line.split()],
            cwd=tmp_path,
            env=environment(clang=clang),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "part.o").exists()
    assert (tmp_path / "lib.so").exists()
    (tmp_path / "words").write_text("\n".join([*words, "-DLAST=", "-c", "absent.c"]))
    done = subprocess.run(
        [*command(), "@words"],
        cwd=tmp_path,
        env=environment(clang=clang),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no such file or directory: 'absent.c'" in done.stderr


def test_the_end_of_a_pipe_is_quiet(tmp_path: Path, clang: str) -> None:
    (tmp_path / "long.c").write_text("int x;\n" * 100_000)
    line = " ".join([*command(), "-E", "-P", "long.c", "|", "head", "-1"])
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"],
        cwd=tmp_path,
        env=environment(clang=clang),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("int x;\n", "")
    assert done.returncode == 128 + 13


@pytest.mark.parametrize("line", ["--version", "--cmake-dir", "-S part.c -o -", "-S marked.c -o -"])
def test_a_closed_pipe_is_no_fault(line: str, tmp_path: Path, clang: str) -> None:
    (tmp_path / "part.c").write_text("int x;\n")
    (tmp_path / "marked.c").write_text(
        "double __enzyme_autodiff(void *, double);\nstatic double f(double x) { return x * x; }\n"
        "double g(double x) { return __enzyme_autodiff((void *)f, x); }\n"
    )
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*command(), *line.split()],
        cwd=tmp_path,
        env=environment(clang=clang),
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (-13, b"")


def test_nothing_is_left_in_the_temporary_directory(tmp_path: Path, clang: str) -> None:
    place = tmp_path / "tmp"
    place.mkdir()
    os.environ["TMPDIR"], before = str(place), os.environ.get("TMPDIR")
    try:
        for line in ("main.c part.c -o prog", "main.c bad.c", "-S part.c -o -"):
            outcome([*command(), *line.split()], tmp_path / "here", clang=clang, stdin="")
            assert not list(place.iterdir())
    finally:
        os.environ.pop("TMPDIR")
        if before is not None:
            os.environ["TMPDIR"] = before
