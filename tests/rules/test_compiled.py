"""The C library called from programs that enzcc compiles and differentiates in both
modes: here names, types and the engine meet the rules."""

# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import exact_functions as exact
import mpmath
import pytest
from calling import run_enzcc

POINTS: Mapping[str, tuple[float, ...]] = {
    **dict.fromkeys(
        "sqrt cbrt exp exp2 exp10 expm1 log log2 log10 log1p sin cos tan atan sinh cosh tanh asinh"
        " fabs erf erfc lgamma tgamma j0 j1 y0 y1 significand".split(),
        (1.375,),
    ),
    **dict.fromkeys("asin acos atanh".split(), (0.375,)),
    "acosh": (1.75,), "pow": (1.25, 2.5), "hypot": (3.0, -4.5), "atan2": (-1.5, 0.75),
    "fmod": (7.25, 1.75), "remainder": (7.25, 1.75), "drem": (7.25, -1.75), "fmax": (1.5, -2.0),
    "fmin": (1.5, -2.0), "fdim": (1.5, -2.0), "copysign": (1.5, -2.0), "fma": (1.5, -2.0, 0.25),
}  # fmt: skip
"""Functions of floating arguments, and where they are differentiated."""

RULES_WITH_INTEGERS = {
    "ldexp": ("ldexp{s}(x, 3)", 1.5, lambda x: x * 8),
    "scalbn": ("scalbn{s}(x, -2)", 1.5, lambda x: x / 4),
    "scalbln": ("scalbln{s}(x, 5L)", 1.5, lambda x: x * 32),
    "jn": ("jn{s}(3, x)", 2.5, lambda x: mpmath.besselj(3, x)),
    "yn": ("yn{s}(2, x)", 2.5, lambda x: mpmath.bessely(2, x)),
}

WRITING = {
    "sincos": ("T s, c; sincos{s}(x, &s, &c); return s * 2 + c * x;", 0.75,
               lambda x: 2 * mpmath.sin(x) + x * mpmath.cos(x)),
    "modf": ("T i; T f = modf{s}(x, &i); return f * x + i;", 2.75, lambda x: (x - 2) * x + 2),
    "frexp": ("int e; T m = frexp{s}(x, &e); return m * e;", 5.5, lambda x: x / 8 * 3),
    "remquo": ("int q; T m = remquo{s}(7.5, x, &q); return m * q;", 1.75,
               lambda x: (mpmath.mpf(7.5) - 4 * x) * 4),
    "lgamma_r": ("int sign; return lgamma{s}_r(x, &sign) * sign;", 2.5, mpmath.loggamma),
}  # fmt: skip

PROLOGUE = """
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
extern int enzyme_const, enzyme_out, enzyme_dup;
typedef struct {{ T d[3]; }} G;
T __enzyme_autodiff1(void *, ...);
T __enzyme_fwddiff1(void *, ...);
G __enzyme_autodiff3(void *, ...);
"""


def build(directory: Path, text: str, level: str) -> dict[str, list[mpmath.mpf]]:
    """Compiles and runs a program that prints lines `name value ...`; the values by name."""
    source, program = directory / "program.c", directory / "program"
    source.write_text(text)
    made = run_enzcc([level, source, "-o", program, "-lm"])
    assert made.returncode == 0, made.stderr
    ran = subprocess.run([program], capture_output=True, text=True, check=True)
    lines = [line.split() for line in ran.stdout.splitlines()]
    return {name: [mpmath.mpf(v) for v in values] for name, *values in lines}


def program(type: str, suffix: str) -> str:
    """One function a rule; `name reverse... forward...` a line."""
    text = [f"typedef {type} T;", PROLOGUE.replace("{{", "{").replace("}}", "}")]
    calls: list[str] = []

    def show(name: str, values: list[str]) -> None:
        formats = " %.36Lg" * len(values)
        wide = ", ".join(f"(long double){v}" for v in values)
        calls.append(f'  printf("{name}{formats}\\n", {wide});')

    for name, point in POINTS.items():
        letters = "xyz"[: len(point)]
        parameters = ", ".join(f"T {c}" for c in letters)
        spelled = f"{name}{suffix}({', '.join(letters)})"
        text.append(f"static T f_{name}({parameters}) {{ return {spelled}; }}")
        at = ", ".join(f"(T){v}" for v in point)
        forward = []
        for index in range(len(point)):
            given = ", ".join(f"(T){v}, (T){int(i == index)}" for i, v in enumerate(point))
            forward.append(f"__enzyme_fwddiff1(f_{name}, {given})")
        if len(point) == 1:
            show(name, [f"__enzyme_autodiff1(f_{name}, {at})", *forward])
        else:
            struct = "".join(f" T d{i};" for i in range(len(point)))
            text.append(f"typedef struct {{{struct} }} G_{name};")
            text.append(f"G_{name} __enzyme_autodiff_{name}(void *, ...);")
            calls.append(f"  G_{name} g_{name} = __enzyme_autodiff_{name}(f_{name}, {at});")
            show(name, [*(f"g_{name}.d{i}" for i in range(len(point))), *forward])
    for name, (body, at_point, _) in [
        *((n, (f"return {b};", p, f)) for n, (b, p, f) in RULES_WITH_INTEGERS.items()),
        *WRITING.items(),
    ]:
        text.append(f"static T f_{name}(T x) {{ {body.replace('{s}', suffix)} }}")
        at = f"(T){at_point}"
        show(
            name,
            [f"__enzyme_autodiff1(f_{name}, {at})", f"__enzyme_fwddiff1(f_{name}, {at}, (T)1)"],
        )
    return "\n".join([*text, "int main(void) {", *calls, "  return 0;", "}", ""])


TYPES = {"float": ("f", 2.0**-23), "double": ("", 2.0**-52), "long double": ("l", 2.0**-63)}


@pytest.mark.parametrize(
    ("type", "level"),
    [("float", "-O0"), ("double", "-O0"), ("double", "-O2"), ("long double", "-O2")],
)
def test_the_c_library_in_both_modes(type: str, level: str, tmp_path: Path) -> None:
    suffix, unit = TYPES[type]
    found = build(tmp_path, program(type, suffix), level)
    wrong = []
    for name, point in POINTS.items():
        arguments = [mpmath.mpf(v) for v in point]
        f = exact.primal(name)
        want = [exact.derivative(f, arguments, i) for i in range(len(point))]
        wrong += differences(name, found[name], want + want, unit)
    one: dict[str, tuple[str, float, Callable[..., object]]] = {**RULES_WITH_INTEGERS, **WRITING}
    for name, (_, value, g) in one.items():
        slope = exact.derivative(g, [mpmath.mpf(value)], 0)
        wrong += differences(name, found[name], [slope, slope], unit)
    assert not wrong


def differences(
    name: str, found: list[mpmath.mpf], want: list[mpmath.mpf], unit: float
) -> list[str]:
    assert len(found) == len(want)
    return [
        f"{name}[{i}]: {mpmath.nstr(a, 20)} is not {mpmath.nstr(b, 20)}"
        for i, (a, b) in enumerate(zip(found, want, strict=True))
        if abs(a - b) > 40 * unit * max(abs(b), mpmath.mpf(0.1))
    ]


COMPLEX = """
#include <complex.h>
#include <stdio.h>
typedef struct { double x, y; } G;
G __enzyme_autodiff(void *, ...);
double __enzyme_fwddiff(void *, ...);
static double weighed(double complex w) { return 2 * creal(w) + 3 * cimag(w); }
"""
COMPLEX_NAMES = (
    "cexp clog csqrt csin ccos ctan casin cacos catan csinh ccosh ctanh casinh cacosh catanh"
).split()


def test_complex_functions_in_both_modes(tmp_path: Path) -> None:
    bodies = {name: f"weighed({name}(z))" for name in COMPLEX_NAMES} | {
        "product": "weighed(z * z * (1 + 2 * I))", "quotient": "weighed((z + 1) / (z * z))",
        "cpow": "weighed(cpow(z, z + 1))", "cabs": "cabs(z) * 2", "carg": "carg(z)",
    }  # fmt: skip
    primals: dict[str, Callable[..., mpmath.mpf]] = {
        "product": lambda z: z * z * mpmath.mpc(1, 2), "quotient": lambda z: (z + 1) / (z * z),
        "cpow": lambda z: z ** (z + 1),
        **{name: exact.COMPLEX[name] for name in COMPLEX_NAMES},
    }  # fmt: skip
    text, calls = [COMPLEX], []
    for name, body in bodies.items():
        head = f"static double f_{name}(double x, double y)"
        text.append(f"{head} {{ double complex z = x + I * y; return {body}; }}")
        calls.append(
            f"  {{ G g = __enzyme_autodiff(f_{name}, 0.625, -0.375);"
            f' printf("{name} %.17g %.17g %.17g %.17g\\n", g.x, g.y,'
            f" __enzyme_fwddiff(f_{name}, 0.625, 1.0, -0.375, 0.0),"
            f" __enzyme_fwddiff(f_{name}, 0.625, 0.0, -0.375, 1.0)); }}"
        )
    whole = "\n".join([*text, "int main(void) {", *calls, "  return 0;", "}", ""])
    found = build(tmp_path, whole, "-O1")
    arguments = [mpmath.mpf("0.625"), mpmath.mpf("-0.375")]
    wrong = []
    for name in bodies:

        def real(x: mpmath.mpf, y: mpmath.mpf, name: str = name) -> mpmath.mpf:
            z = mpmath.mpc(x, y)
            if name == "cabs":
                return 2 * abs(z)
            if name == "carg":
                return mpmath.arg(z)
            w = primals[name](z)
            return 2 * w.real + 3 * w.imag

        want = [exact.derivative(real, arguments, i) for i in range(2)]
        wrong += differences(name, found[name], want + want, 2.0**-50)
    assert not wrong
