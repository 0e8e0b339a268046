"""-enzyme-... options that change which programs are accepted."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from calling import Enzcc

MAIN = r"""
    #include <stdio.h>
    double __enzyme_autodiff(void *, ...);
    double __enzyme_fwddiff(void *, ...);
    double mystery(double);
    static double f(double x, int odd) { return odd ? x * mystery(x) : x * x; }
    static double assembly(double x) {
      double y;
      __asm__("movsd %1, %0" : "=x"(y) : "x"(x));
      return y;
    }
    int main(int n, char **words) {
      printf("%g %g\n", __enzyme_autodiff((void *)f, 3.0, n == 2),
             __enzyme_fwddiff((void *)f, 3.0, 1.0, n == 2));
      fflush(stdout);
      if (n == 3) printf("%g\n", __enzyme_autodiff((void *)assembly, 3.0));
      (void)words;
      return 0;
    }
"""


@pytest.fixture(autouse=True)
def sources(tmp_path: Path) -> None:
    (tmp_path / "main.c").write_text(MAIN)
    (tmp_path / "mystery.c").write_text("double mystery(double x) { return x; }")


def run(tmp_path: Path, *words: str) -> tuple[int, str, str]:
    done = subprocess.run([tmp_path / "prog", *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_errors_at_run_time(enzcc: Enzcc, clang: str, tmp_path: Path, level: str) -> None:
    words = [level, "-enzyme-runtime-error", "main.c", "mystery.c", "-o", "prog"]
    done = enzcc(*words, clang=clang)
    assert (done.returncode, done.stderr) == (0, "")
    assert run(tmp_path) == (0, "6 6\n", "")
    code, out, err = run(tmp_path, "odd")
    assert (code, out) == (1, "")
    assert "main.c:6:" in err
    assert "cannot differentiate the call to 'mystery'" in err
    code, out, err = run(tmp_path, "two", "words")
    assert (code, out) == (1, "6 6\n")
    assert "inline assembly" in err


def test_the_marker_that_is_refused_ends_the_program(
    enzcc: Enzcc, clang: str, tmp_path: Path
) -> None:
    """Those answered before it in the same function were not counted: one of them ended it."""
    (tmp_path / "main.c").write_text(r"""
        #include <stdio.h>
        double __enzyme_autodiff(void *, ...);
        static double square(double x) { return x * x; }
        static double through_a_file(double x) {
          FILE *f = tmpfile();
          fwrite(&x, 8, 1, f), rewind(f), fread(&x, 8, 1, f);
          return x;
        }
        int main(void) {
          printf("%g\n", __enzyme_autodiff((void *)square, 3.0)), fflush(stdout);
          printf("%g\n", __enzyme_autodiff((void *)through_a_file, 3.0));
          return 0;
        }
    """)
    done = enzcc("-enzyme-runtime-error", "-w", "main.c", "-o", "prog", clang=clang)
    assert (done.returncode, done.stderr) == (0, "")
    code, out, err = run(tmp_path)
    assert (code, out) == (1, "6\n")
    assert "through a file" in err


def test_each_marker_that_is_refused_ends_the_program(
    enzcc: Enzcc, clang: str, tmp_path: Path
) -> None:
    """They are found in one round, whichever function they stand in."""
    (tmp_path / "main.c").write_text(r"""
        #include <stdio.h>
        double __enzyme_autodiff(void *, ...);
        static double square(double x) { return x * x; }
        static double file(double x) {
          FILE *f = tmpfile();
          fwrite(&x, 8, 1, f), rewind(f), fread(&x, 8, 1, f);
          return x;
        }
        static double letters(double x) {
          double y;
          for (int i = 0; i < 8; i++) ((char *)&y)[i] = ((char *)&x)[i] ^ 1;
          return y * x;
        }
        static double other(double x) { return __enzyme_autodiff((void *)file, x); }
        int main(int argc, char **argv) {
          (void)argv;
          if (argc == 2) printf("%g\n", __enzyme_autodiff((void *)file, 3.0));
          printf("%g\n", __enzyme_autodiff((void *)square, 3.0)), fflush(stdout);
          if (argc == 3) printf("%g\n", __enzyme_autodiff((void *)letters, 3.0));
          if (argc == 4) printf("%g\n", other(2));
          printf("%g\n", __enzyme_autodiff((void *)square, 4.0)), fflush(stdout);
          return 0;
        }
    """)
    done = enzcc("-enzyme-runtime-error", "-w", "main.c", "-o", "prog", clang=clang)
    assert (done.returncode, done.stderr) == (0, "")
    for words, output, message in (
        ((), "6\n8\n", ""),
        (("1",), "", "through a file"),
        (("1", "2"), "6\n", "cannot"),
        (("1", "2", "3"), "6\n", "through a file"),
    ):
        ran = subprocess.run(
            [tmp_path / "prog", *words], capture_output=True, text=True, check=False
        )
        assert (ran.returncode, ran.stdout) == (1 if message else 0, output), ran.stderr
        assert message in ran.stderr


def test_mistakes_are_errors_all_the_same(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    (tmp_path / "main.c").write_text(MAIN.replace("3.0, n == 2),", "3, n == 2),"))
    done = enzcc("-enzyme-runtime-error", "-c", "main.c", clang=clang)
    assert done.returncode == 1
    assert "argument 1 of 'f'" in done.stderr


def test_declared_functions_without_derivative(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    (tmp_path / "main.c").write_text(MAIN.replace("if (n == 3)", "if (0)").replace("movsd", "#"))
    text = (tmp_path / "main.c").read_text()
    start, end = text.index("    static double assembly"), text.index("    int main")
    text = text[:start] + text[end:]
    (tmp_path / "main.c").write_text(
        text.replace('printf("%g\\n", __enzyme_autodiff((void *)assembly, 3.0))', "(void)0")
    )
    done = enzcc("-c", "main.c", clang=clang)
    assert done.returncode == 1
    words = ["-mllvm", "-enzyme-emptyfn-inactive", "main.c", "mystery.c", "-o", "prog"]
    done = enzcc(*words, clang=clang)
    assert (done.returncode, done.stderr) == (0, "")
    assert run(tmp_path, "odd") == (0, "3 3\n", "")


LOOSE = r"""
    #include <stdio.h>
    #include <string.h>
    void __enzyme_autodiff(void *, ...);
    static void copy(void *to, const void *from, long n, int *index) {
      memcpy(to, from, n);
      index[1] = index[0];
    }
    static void gradient(void *x, void *dx, void *y, void *dy, int *i) {
      __enzyme_autodiff((void *)copy, y, dy, x, dx, 16L, i, i);
    }
    int main(void) {
      double x[2] = {1, 2}, dx[2] = {0}, y[2], dy[2] = {3, 5};
      int index[2] = {7, 8};
      gradient(x, dx, y, dy, index);
      printf("%g %g %g %d\n", dx[0], dx[1], dy[0], index[1]);
    }
"""


def test_guesses_of_loose_types(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    (tmp_path / "main.c").write_text(LOOSE)
    done = enzcc("main.c", "-o", "prog", clang=clang)
    assert done.returncode == 1
    assert "error: cannot tell whether the data moved here" in done.stderr
    done = enzcc("-enzyme-loose-types", "main.c", "-o", "prog", clang=clang)
    assert done.returncode == 0
    assert "main.c:10:7: warning: nothing tells what argument 2 of 'copy' points to" in done.stderr
    assert "argument 4" not in done.stderr
    assert run(tmp_path) == (0, "3 5 0 7\n", "")


def test_version_macros(enzcc: Enzcc, clang: str, tmp_path: Path) -> None:
    """Programs ask for Enzyme's version, before any header; what they define themselves holds."""
    names = [f"ENZYME_VERSION_{part}" for part in ("MAJOR", "MINOR", "PATCH")]
    lines = [f"#ifndef {name}\n#error no {name}\n#endif" for name in names]
    lines.append(f"int version[] = {{{', '.join(names)}}};")
    for name in ("version.c", "version.cpp"):
        (tmp_path / name).write_text(
            "\n".join([*lines, "int main() { return version[2] != WANT; }"])
        )
        for more, want in (
            ((), 200),
            (
                (
                    "-DENZYME_VERSION_PATCH=7",
                    "-DENZYME_VERSION_MAJOR=1",
                    "-DENZYME_VERSION_MINOR=0",
                ),
                7,
            ),
        ):
            done = enzcc("-Werror", name, f"-DWANT={want}", *more, "-o", "prog", clang=clang)
            assert (done.returncode, done.stderr) == (0, "")
            assert run(tmp_path)[0] == 0
