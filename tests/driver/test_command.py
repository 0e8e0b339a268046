"""What a command line is taken to mean."""

from __future__ import annotations

import pytest

from enzcc.driver.command import Command
from enzcc.driver.options import Means


def read(line: str) -> Command:
    return Command(line.split(), cxx=False)


@pytest.mark.parametrize(
    ("line", "stage"),
    [
        ("foo.c", "link"),
        ("foo.c -o foo -lm", "link"),
        ("-c foo.c", "object"),
        ("-S foo.c", "assembly"),
        ("-S -c foo.c", "assembly"),
        ("foo.ll bar.o", "link"),
        ("-x c -", "link"),
        ("foo.bc -c", "object"),
        ("-E foo.c", "query"),
        ("-M foo.c", "query"),
        ("-MM foo.c -o foo.d", "query"),
        ("-fsyntax-only foo.c", "query"),
        ("-### foo.c", "query"),
        ("foo.o bar.a -o foo", "query"),
        ("-c foo.s", "query"),
        ("-c foo.S", "query"),
        ("foo.h", "query"),
        ("-x c++-header foo", "query"),
        ("-dumpmachine", "query"),
        ("-print-file-name=libc.a", "query"),
        ("--version", "query"),
        ("", "query"),
        ("-v", "query"),
        ("-Wl,--version", "query"),
        ("-x assembler foo.c", "query"),
        ("-o foo.c bar.o", "query"),
    ],
)
def test_stage(line: str, stage: str) -> None:
    assert read(line).stage == stage


def test_languages_last_until_the_next() -> None:
    command = read("a.o -x c b.o c -xc++ d -x none e.c f.o -x ir g -- -h.c")
    assert [(arg.value, arg.is_c, arg.is_ir) for arg in command.inputs] == [
        ("a.o", False, False),
        ("b.o", True, False),
        ("c", True, False),
        ("d", True, False),
        ("e.c", True, False),
        ("f.o", False, False),
        ("g", False, True),
        ("-h.c", False, True),
    ]


def test_words_come_back_as_they_were() -> None:
    line = "-O2 a.c -Wl,-x -o out -I . -Xlinker foo -x c b -MF d -Xarch_x86_64 -O3 -- c.c"
    assert read(line).words() == line.split()


def test_additions_stand_before_the_inputs_that_follow_two_dashes() -> None:
    assert read("-O2 -- a.c").words(add=["-g"]) == ["-O2", "-g", "--", "a.c"]


def test_leaving_out() -> None:
    command = read("-O2 a.c -o out -MD b.c")
    instead = {command.inputs[1]: "x.o"}
    without = (Means.OUTPUT, Means.DEPENDENCIES)
    assert command.words(without=without, instead=instead) == ["-O2", "a.c", "x.o"]
    assert command.words(only=[command.inputs[0]]) == "-O2 a.c -o out -MD".split()


def test_languages_follow_the_inputs() -> None:
    command = read("-x c a -x c++ b c -x none d.o")
    a, b, c, d = command.inputs
    assert command.words(only=[b]) == ["-x", "c++", "b"]
    assert command.words(only=[b, c, d]) == "-x c++ b c -x none d.o".split()
    assert command.words(instead={a: "a.o", c: "c.o"}) == "a.o -x c++ b -x none c.o d.o".split()


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("a.c", "0"),
        ("-O a.c", "1"),
        ("-O2 -O0 a.c", "0"),
        ("-Os a.c", "s"),
        ("-O3 -Ofast a.c", "fast"),
        ("--optimize=2 a.c", "2"),
    ],
)
def test_level(line: str, level: str) -> None:
    assert read(line).level == level


@pytest.mark.parametrize(
    ("line", "debug"),
    [
        ("a.c", False),
        ("-g a.c", True),
        ("-g3 -g0 a.c", False),
        ("-g0 -ggdb a.c", True),
        ("-gline-tables-only a.c", True),
        ("-gz a.c", False),
        ("-g -gcolumn-info a.c", True),
        ("-ggdb0 a.c", False),
        ("-gdwarf-5 a.c", True),
        ("-gsplit-dwarf a.c", False),
        ("-ginline-line-tables a.c", False),
    ],
)
def test_debug(line: str, debug: bool) -> None:
    assert read(line).has_debug is debug


@pytest.mark.parametrize(
    "line",
    [
        "-enzyme-strong-zero",
        "--enzyme-strong-zero",
        "-enzyme-strong-zero=1",
        "-enzyme-strong-zero=true",
        "-mllvm -enzyme-strong-zero",
        "-mllvm --enzyme-strong-zero=TRUE",
        "-mllvm=-enzyme-strong-zero=1",
        "-Xclang -mllvm -Xclang -enzyme-strong-zero=1",
    ],
)
def test_spellings_of_enzyme_options(line: str) -> None:
    command = read(line + " -c a.c")
    assert command.enzyme == {"enzyme-strong-zero": True}
    assert command.words() == ["-c", "a.c"]
    assert not command.warnings


def test_values_of_enzyme_options() -> None:
    command = read(
        "-enzyme-fast-math=0 -enzyme-max-type-depth=9 -enzyme-truncate-all=64to32 "
        "-enzyme_nonmarkedglobals_inactiveloads=false a.c"
    )
    assert command.enzyme == {
        "enzyme-fast-math": False,
        "enzyme-max-type-depth": 9,
        "enzyme-truncate-all": "64to32",
        "enzyme_nonmarkedglobals_inactiveloads": False,
    }


def test_unknown_and_wrong_enzyme_options() -> None:
    assert "-enzyme-frobnicate" in read("-enzyme-frobnicate a.c").warnings[0]
    assert "expected 0 or 1" in read("-enzyme-fast-math=yes a.c").mistakes[0]
    assert "expected a number" in read("-enzyme-inline-count=x a.c").mistakes[0]


@pytest.mark.parametrize(
    "line",
    [
        "-fplugin=/opt/ClangEnzyme-19.so",
        "-fpass-plugin=/opt/LLVMEnzyme-19.so",
        "-Xclang -load -Xclang /opt/ClangEnzyme-19.so",
        "-Wl,--load-pass-plugin=/opt/LLDEnzyme-19.so",
        "--enzcc-clang=clang-22",
        "-fenzcc-report",
        "-fenzcc-report=report.txt",
        "-fenzcc-before-opt",
        "-fenzcc-no-recompute",
    ],
)
def test_what_is_meant_for_us_does_not_reach_clang(line: str) -> None:
    assert read(line + " -O1 a.c").words() == ["-O1", "a.c"]


def test_other_plugins_and_llvm_options_stay() -> None:
    line = "-fplugin=other.so -mllvm -stats -Xclang -load -Xclang x.so -Wl,-x,-y a.c"
    assert read(line).words() == line.split()


def test_options_of_enzyme_for_the_linker() -> None:
    command = read("-Wl,-mllvm=-enzyme-fast-math=0,-x a.c")
    assert command.words() == ["-Wl,-x", "a.c"]
    assert "has no effect when linking" in command.warnings[0]
