"""Each program here has one mistake; its first lines say what enzcc answers.

    // expect: line:column: error: message
    // note: text

Notes that are not named may follow. Nothing is left behind, and the status is 1.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from calling import Enzcc

from enzcc import errors

HERE = Path(__file__).parent
PROGRAMS = sorted([*HERE.glob("*.c"), *HERE.glob("*.cpp")])
_EXPECT = re.compile(r"// expect: ((?:\d+:\d+|enzcc): error: .*)")
_NOTE = re.compile(r"// note: (.*)")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_mistake(program: Path, enzcc: Enzcc, tmp_path: Path) -> None:
    check(program, "-O0", enzcc, tmp_path)


@pytest.mark.parametrize("name", ["missing_shadow", "active_global", "function_pointer_parameter"])
def test_answers_do_not_depend_on_the_level(name: str, enzcc: Enzcc, tmp_path: Path) -> None:
    check(HERE / f"{name}.c", "-O3", enzcc, tmp_path)


def check(program: Path, level: str, enzcc: Enzcc, tmp_path: Path) -> None:
    """Compiles a program with a mistake."""
    source = program.read_text()
    expected = _EXPECT.findall(source)
    assert len(expected) == 1
    (tmp_path / program.name).write_text(source)
    dialect = ["-std=c++20"] if program.suffix == ".cpp" else []
    done = enzcc(level, *dialect, "-c", program.name)
    first, *rest = done.stderr.splitlines() or [""]
    wanted = expected[0] if expected[0].startswith("enzcc:") else f"{program.name}:{expected[0]}"
    assert first == wanted, done.stderr
    notes = [line.partition(" note: ")[2] for line in rest if " note: " in line]
    for note in _NOTE.findall(source):
        assert note in notes
    assert "^" in rest[1] or first.startswith("enzcc:")
    assert done.returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == [program.name]


def test_a_marker_with_a_body_is_warned_of(enzcc: Enzcc, tmp_path: Path) -> None:
    """It is called as any function: without a word, what comes back is no derivative."""
    (tmp_path / "body.c").write_text(
        "double __enzyme_fwddiff(void *, ...);\n"
        "double __enzyme_autodiff(double (*f)(double), double x) { return f(x); }\n"
        "static double f(double x) { return x * x; }\n"
        "double __enzyme_fwddiff_f(double x) { return __enzyme_fwddiff((void *)f, x, 1.0); }\n"
        "double slope(double x) { return __enzyme_autodiff(f, x); }\n"
    )
    done = enzcc("-c", "body.c")
    assert done.returncode == 0
    assert re.findall(r".*warning.*", done.stderr) == [
        "body.c:2:1: warning: '__enzyme_autodiff' has a body, so its calls ask for no derivative:"
        " only declare it"
    ]


def test_the_page_of_errors_is_current() -> None:
    page = HERE.parent.parent / "docs" / "errors.md"
    assert page.read_text() == errors.documentation(), (
        "run: python -m enzcc.errors > docs/errors.md"
    )


def test_each_kind_of_error_has_its_code_and_text() -> None:
    kinds = [k for k in errors.kinds() if k.__module__ == "enzcc.errors"]
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert all(kind.__doc__ for kind in kinds)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            "autodiff<Reverse>(f, Active<double *>{&x})",
            "use Duplicated for references and pointers",
        ),
        ("autodiff<Reverse>(f, Active<double &>{x})", "use Duplicated for references and pointers"),
        ("autodiff<Reverse>(f, Active<int>{1})", "an integer has no derivative; use Const"),
        ("autodiff<Forward>(f, Active{x})", "Active is for reverse mode; use Duplicated"),
        ("autodiff<Reverse>(f, Duplicated{x, x})", "use Active for values"),
        ("autodiff<Reverse>(f, Active{x}, Active{x})", "cannot be called with these arguments"),
        ("(get<0>(get<0>(autodiff<Reverse>(f))) + 1)", "cannot be called with these arguments"),
        ("autodiff<int>(f, Active{x})", "the mode is enzyme::Forward"),
    ],
)
def test_the_header_says_what_is_wrong(call: str, said: str, enzcc: Enzcc, tmp_path: Path) -> None:
    (tmp_path / "a.cpp").write_text(
        "#include <enzyme/enzyme>\n"
        "using namespace enzyme;\n"
        "double f(double x) { return x * x; }\n"
        f"void g(double x) {{ (void){call}; }}\n"
    )
    done = enzcc("-c", "a.cpp")
    assert done.returncode == 1
    first, *_ = done.stderr.splitlines()
    assert first.startswith("a.cpp:4:"), "where the program calls the header"
    assert said in first
    assert done.stderr.count("error: ") == 1


def test_an_active_argument_holds_no_pointer(enzcc: Enzcc, tmp_path: Path) -> None:
    """Its gradient comes back by value: where would the gradient of what lies behind go?"""
    (tmp_path / "view.cpp").write_text(
        "#include <enzyme/enzyme>\n"
        "struct View { const double *data; int size; };\n"
        "double f(View v, double x) { return v.data[0] * x; }\n"
        "double g(View v) {\n"
        "  using namespace enzyme;\n"
        "  return get<1>(get<0>(autodiff<Reverse>(f, Active<View>{v}, Active<double>{2.0})));\n"
        "}\n"
    )
    done = enzcc("-std=c++20", "-c", "view.cpp")
    assert done.returncode == 1
    assert "error: an 'Active' argument holds a pointer or a reference" in done.stderr


def test_active_data_in_constant_memory_are_told(enzcc: Enzcc, tmp_path: Path) -> None:
    """What the program says is constant is so, but not without a word where active data go through
    it; results that are only written there, numbers that are read before, and other members of a
    structure are no such thing."""
    (tmp_path / "work.c").write_text(
        "double __enzyme_autodiff(void *, ...);\n"
        "extern int enzyme_dup, enzyme_const;\n"
        "static double f(double *x, double *work, int n) {\n"
        "  for (int i = 0; i < n; i++) work[i] = x[i] * x[i];\n"
        "  double s = 0;\n"
        "  for (int i = 0; i < n; i++) s += work[i];\n"
        "  return s;\n"
        "}\n"
        "static double g(double *x, double *y, int n) {\n"
        "  double s = 0;\n"
        "  for (int i = 0; i < n; i++) s += x[i] * y[i];\n"
        "  for (int i = 0; i < n; i++) y[i] = y[i] + x[i];\n"
        "  return s;\n"
        "}\n"
        "struct row { double scale, last; };\n"
        "static double h(double *x, struct row *rows, int n) {\n"
        "  double s = 0;\n"
        "  for (int i = 0; i < n; i++) rows[i].last = s += rows[i].scale * x[i];\n"
        "  return s;\n"
        "}\n"
        "void all(double *x, double *d, double *w, struct row *rows, int n) {\n"
        "  __enzyme_autodiff((void *)f, enzyme_dup, x, d, enzyme_const, w, n);\n"
        "  __enzyme_autodiff((void *)g, enzyme_dup, x, d, enzyme_const, w, n);\n"
        "  __enzyme_autodiff((void *)h, enzyme_dup, x, d, enzyme_const, rows, n);\n"
        "}\n"
    )
    done = enzcc("-c", "work.c")
    told = [line for line in done.stderr.splitlines() if "warning" in line]
    assert len(told) == 1
    assert told[0].startswith("work.c:6:")
    assert "argument 2 of 'f', which is constant" in told[0]
    assert done.returncode == 0


@pytest.mark.skipif(
    not Path("/usr/lib/llvm-22/include/c++/v1/string").exists(), reason="needs LLVM's library"
)
def test_numbers_read_from_text_by_the_library_of_llvm(enzcc: Enzcc, tmp_path: Path) -> None:
    """`std::stod` lies in that library, in a file of its own."""
    (tmp_path / "text.cpp").write_text(
        "#include <string>\n"
        "static double f(double x) { return x + std::stod(std::to_string(x * x)); }\n"
        "double __enzyme_autodiff(void *, ...);\n"
        "double g(double x) { return __enzyme_autodiff((void *)f, x); }\n"
    )
    done = enzcc("-stdlib=libc++", "-c", "text.cpp")
    assert done.returncode == 1
    assert "error: cannot differentiate through text" in done.stderr
