"""The call of a derivative in the place of a marker call, compiled and run.

The derivatives are written by hand here, in IR: what is tested is how values reach them and come
back.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from markers.helper import module_of

from enzcc import llvm
from enzcc.errors import ResultMismatch
from enzcc.ir import Module
from enzcc.markers import find_marker_calls, read_request, replace, split_choices

PRELUDE = """
#include <stdio.h>
extern int enzyme_dup, enzyme_const, enzyme_out, enzyme_width, enzyme_dupv, enzyme_byref,
    enzyme_interleave, enzyme_primal_return;
struct two { double a, b; };
struct three { double a, b, c; };
struct four { double v[4]; };
struct ff { float a, b; };
struct fff { float a, b, c; };
struct f4 { float v[4]; };
struct mixed { int i; float f; };
struct packed { char c; float f; double d; };
double __enzyme_autodiff(void *, ...);
void __enzyme_autodiff_void(void *, ...);
struct two __enzyme_autodiff_two(void *, ...);
struct three __enzyme_autodiff_three(void *, ...);
struct four __enzyme_autodiff_four(void *, ...);
struct ff __enzyme_autodiff_ff(void *, ...);
struct fff __enzyme_autodiff_fff(void *, ...);
struct f4 __enzyme_fwddiff_f4(void *, ...);
float __enzyme_autodiff_float(void *, ...);
double __enzyme_fwddiff(void *, ...);
struct two __enzyme_fwddiff_two(void *, ...);
struct four __enzyme_fwddiff_four(void *, ...);
struct mixed __enzyme_autodiff_mixed(void *, ...);
"""

# fmt: off
# ruff: noqa: E501
CASES = {
    "one gradient": (
        "double f(double x) { return x; }",
        'double g = __enzyme_autodiff(f, 3.0); printf("%g", g);',
        "define double @D(double %x) { %r = fmul double %x, 2.0\n ret double %r }",
        "6",
    ),
    "the first of two": (
        "double f(double x, double y) { return x; }",
        'double g = __enzyme_autodiff(f, 3.0, 5.0); printf("%g", g);',
        """define { double, double } @D(double %x, double %y) {
          %a = insertvalue { double, double } poison, double %x, 0
          %b = insertvalue { double, double } %a, double %y, 1
          ret { double, double } %b }""",
        "3",
    ),
    "both": (
        "double f(double x, double y) { return x; }",
        'struct two g = __enzyme_autodiff_two(f, 3.0, 5.0); printf("%g %g", g.a, g.b);',
        """define { double, double } @D(double %x, double %y) {
          %a = insertvalue { double, double } poison, double %x, 0
          %b = insertvalue { double, double } %a, double %y, 1
          ret { double, double } %b }""",
        "3 5",
    ),
    "three through memory": (
        "double f(double x, double y) { return x; }",
        'struct three g = __enzyme_autodiff_three(f, enzyme_primal_return, 3.0, 5.0);'
        'printf("%g %g %g", g.a, g.b, g.c);',
        """define { double, double, double } @D(double %x, double %y) {
          %a = insertvalue { double, double, double } { double 1.0, double 0.0, double 0.0 }, double %x, 1
          %b = insertvalue { double, double, double } %a, double %y, 2
          ret { double, double, double } %b }""",
        "1 3 5",
    ),
    "fewer than declared": (
        "double f(double x, double y) { return x; }",
        'struct three g = __enzyme_autodiff_three(f, 3.0, 5.0); printf("%g %g", g.a, g.b);',
        """define { double, double } @D(double %x, double %y) {
          %a = insertvalue { double, double } poison, double %x, 0
          %b = insertvalue { double, double } %a, double %y, 1
          ret { double, double } %b }""",
        "3 5",
    ),
    "two floats in one register": (
        "float f(float x, float y) { return x; }",
        'struct ff g = __enzyme_autodiff_ff(f, 3.0f, (float)argc); printf("%g %g", g.a, g.b);',
        """define { float, float } @D(float %x, float %y) {
          %a = insertvalue { float, float } poison, float %x, 0
          %b = insertvalue { float, float } %a, float %y, 1
          ret { float, float } %b }""",
        "3 1",
    ),
    "three floats in two registers": (
        "float f(float x, float y) { return x; }",
        'struct fff g = __enzyme_autodiff_fff(f, enzyme_primal_return, 3.0f, 4.0f);'
        'printf("%g %g %g", g.a, g.b, g.c);',
        """define { float, float, float } @D(float %x, float %y) {
          %a = insertvalue { float, float, float } { float 1.0, float 0.0, float 0.0 }, float %x, 1
          %b = insertvalue { float, float, float } %a, float %y, 2
          ret { float, float, float } %b }""",
        "1 3 4",
    ),
    "four lanes of float": (
        "float f(float x) { return x; }",
        'struct f4 g = __enzyme_fwddiff_f4(f, enzyme_width, 4, 3.0f, 1.0f, 2.0f, 3.0f, 4.0f);'
        'printf("%g %g %g %g", g.v[0], g.v[1], g.v[2], g.v[3]);',
        "define [4 x float] @D(float %x, [4 x float] %dx) { ret [4 x float] %dx }",
        "1 2 3 4",
    ),
    "a float gradient for a double": (
        "float f(float x) { return x; }",
        'double g = __enzyme_autodiff(f, 3.0f); printf("%g", g);',
        "define float @D(float %x) { ret float %x }",
        "3",
    ),
    "a struct of int and float in an integer": (
        "int f(float x) { return x; }",
        'struct mixed d = __enzyme_autodiff_mixed(f, enzyme_primal_return, 3.0f);'
        'printf("%d %g", d.i, d.f);',
        "define { i32, float } @D(float %x) { ret { i32, float } { i32 7, float 0.5 } }",
        "7 0.5",
    ),
    "nothing returned, something declared": (
        "void f(double *x) { }",
        'double x = 3, dx = 0; __enzyme_autodiff(f, &x, &dx); printf("%g", dx);',
        "define void @D(ptr %x, ptr %dx) { %v = load double, ptr %x\n store double %v, ptr %dx\n ret void }",
        "3",
    ),
    "something returned, nothing declared": (
        "double f(double x) { return x; }",
        '__enzyme_autodiff_void(f, 3.0); printf("done");',
        "define double @D(double %x) { ret double %x }",
        "done",
    ),
    "promoted arguments": (
        "double f(char c, short s, _Bool b, float x) { return x; }",
        'double g = __enzyme_autodiff(f, (char)-3, (short)-4, (_Bool)argc, (float)argc + 0.5f);'
        'printf("%g", g);',
        """define float @D(i8 signext %c, i16 signext %s, i1 zeroext %b, float %x) {
          %1 = sext i8 %c to i32
          %2 = sext i16 %s to i32
          %3 = zext i1 %b to i32
          %4 = mul i32 %1, %2
          %5 = add i32 %4, %3
          %6 = sitofp i32 %5 to float
          %7 = fadd float %6, %x
          ret float %7 }""",
        "14.5",
    ),
    "lanes of a pointer": (
        "double f(double *x) { return *x; }",
        'double x = 3, d[2][4] = {{1}, {2}};'
        'struct two g = __enzyme_fwddiff_two(f, enzyme_width, 2, &x, d[0], d[1]);'
        'struct two h = __enzyme_fwddiff_two(f, enzyme_width, 2, enzyme_dupv, sizeof d[0], &x, d);'
        'printf("%g %g %g %g", g.a, g.b, h.a, h.b);',
        """define [2 x double] @D(ptr %x, [2 x ptr] %d) {
          %a = extractvalue [2 x ptr] %d, 0
          %b = extractvalue [2 x ptr] %d, 1
          %u = load double, ptr %a
          %v = load double, ptr %b
          %r = insertvalue [2 x double] poison, double %u, 0
          %s = insertvalue [2 x double] %r, double %v, 1
          ret [2 x double] %s }""",
        "1 2 1 2",
    ),
    "a struct in memory, its shadow by value and by address": (
        "double f(struct four x) { return x.v[1]; }",
        'struct four x = {{1, 2, 3, 4}}, d = {{0}};'
        '__enzyme_autodiff_void(f, x, d); __enzyme_autodiff_void(f, enzyme_dup, x, &d);'
        'printf("%g %g", d.v[0], d.v[1]);',
        """define void @D(ptr byval([4 x double]) align 8 %x, ptr %dx) {
          %xp = getelementptr i8, ptr %x, i64 8
          %p = getelementptr i8, ptr %dx, i64 8
          %xv = load double, ptr %xp
          %v = load double, ptr %p
          %r = fadd double %v, %xv
          store double 100.0, ptr %xp
          store double %r, ptr %p
          ret void }""",
        "0 4",
    ),
    "pieces of a struct that had no register left": (
        "double f(double a, double b, double c, double d, double e, double g, struct two p)"
        " { return p.b; }",
        'struct two p = {7, argc + 7}, dp = {9, 10};'
        'double g = __enzyme_fwddiff(f, 1.0, 0.0, 2.0, 0.0, 3.0, 0.0, 4.0, 0.0, 5.0, 0.0, 6.0, 0.0,'
        ' enzyme_dup, p, dp); printf("%g", g);',
        """define double @D(double %a, double %0, double %b, double %1, double %c, double %2, double %d,
          double %3, double %e, double %4, double %f, double %5,
          double %pa, double %dpa, double %pb, double %dpb) {
          %r = fmul double %pb, 100.0
          %s = fadd double %r, %dpb
          ret double %s }""",
        "810",
    ),
    "by reference": (
        "double f(double x, int n) { return x; }",
        'double x = 3; int n = 4;'
        'double g = __enzyme_autodiff(f, enzyme_byref, 8, &x, enzyme_byref, 4, &n); printf("%g", g);',
        "define double @D(double %x, i32 %n) { %m = sitofp i32 %n to double\n"
        "%r = fmul double %x, %m\n ret double %r }",
        "12",
    ),
    "a large struct returned, reverse": (
        "struct four f(double x) { struct four r = {{x}}; return r; }",
        'struct four seed = {{5}}; double g = __enzyme_autodiff(f, &seed, 3.0); printf("%g %g", g, seed.v[0]);',
        """define double @D(ptr %r, ptr %dr, double %x) {
          %v = load double, ptr %dr
          store double 0.0, ptr %dr
          store double 99.0, ptr %r
          ret double %v }""",
        "5 0",
    ),
    "a large struct returned, forward": (
        "struct four f(double x) { struct four r = {{x}}; return r; }",
        'struct four d = __enzyme_fwddiff_four(f, 3.0, 5.0); printf("%g", d.v[0]);',
        """define void @D(ptr %r, ptr %dr, double %x, double %dx) {
          store double %x, ptr %r
          store double %dx, ptr %dr
          ret void }""",
        "5",
    ),
    "chosen at run time": (
        "double f(double x) { return x; } double g(double x) { return x; }",
        'double a = 1; for (int i = 0; i < 3; i++) { a *= __enzyme_autodiff(i & 1 ? f : g, 3.0);'
        ' if (a > 8) a += 1; } printf("%g", a);',
        "define double @D(double %x) { ret double %x }",
        "31",
    ),
}
# fmt: on


def lowered(functions: str, body: str, derivative: str, *flags: str) -> str:
    """The module's text with all markers replaced by calls of D."""
    source = f"{PRELUDE}{functions}\nint main(int argc, char **argv) {{ {body} return 0; }}\n"
    text = module_of(source, *flags).print()
    module = Module.parse(llvm.normalise(f"{text}\n{derivative}\n"))
    symbol = module.symbol("D")
    assert symbol.function_type is not None
    for found in find_marker_calls(module):
        for call in split_choices(module, found.caller, found.call):
            request = read_request(module, found.caller, call)
            replace(request, module, symbol, symbol.function_type)
    return module.print()


def run(text: str, directory: Path) -> str:
    """Compiles and runs."""
    llvm.verify(text)
    assert "@__enzyme_" not in re.sub(r"^declare .*", "", text, flags=re.M)
    path = directory / "a.ll"
    path.write_text(text)
    subprocess.run(["clang-22", "-w", "-O1", path, "-o", directory / "a"], check=True)
    return subprocess.run([directory / "a"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_result(case: tuple[str, str, str, str], tmp_path: Path) -> None:
    functions, body, derivative, wanted = case
    assert run(lowered(functions, body, derivative), tmp_path) == wanted


MISFITS = {
    "float for double": (
        "double f(double x) { return x; }",
        "float g = __enzyme_autodiff_float(f, 3.0);",
        "define double @D(double %x) { ret double %x }",
    ),
    "floats for doubles": (
        "double f(double x, double y) { return x; }",
        "struct f4 g = __enzyme_fwddiff_f4(f, enzyme_width, 2, 3.0, 1.0, 2.0, 4.0, 1.0, 2.0);",
        "define [2 x double] @D(double, [2 x double] %d, double, [2 x double]) { ret [2 x double] %d }",
    ),
    "a struct too small": (
        "double f(double x, double y, double z) { return x; }",
        "struct ff g = __enzyme_autodiff_ff(f, 1.0, 2.0, 3.0);",
        "define { double, double, double } @D(double, double, double)"
        " { ret { double, double, double } zeroinitializer }",
    ),
}


@pytest.mark.parametrize("case", MISFITS.values(), ids=list(MISFITS))
def test_a_result_that_does_not_fit_is_refused(case: tuple[str, str, str]) -> None:
    with pytest.raises(ResultMismatch):
        lowered(*case)


def test_an_invoke_becomes_a_call(tmp_path: Path) -> None:
    source = """
        extern "C" int printf(const char *, ...);
        extern "C" double __enzyme_autodiff(void *, ...);
        static double f(double x) { return x; }
        struct guard { int *p; ~guard() { *p += 1; } };
        int main() {
            int count = 0;
            double r = 0;
            try { guard g{&count}; r = __enzyme_autodiff((void *)f, 3.0); } catch (...) { r = 7; }
            printf("%g %d", r, count);
        }
    """
    text = module_of(source, "-xc++").print()
    derivative = "define double @D(double %x) { ret double %x }"
    module = Module.parse(llvm.normalise(f"{text}\n{derivative}\n"))
    (found,) = find_marker_calls(module)
    assert found.call.opcode == "invoke"
    symbol = module.symbol("D")
    assert symbol.function_type is not None
    request = read_request(module, found.caller, found.call)
    replace(request, module, symbol, symbol.function_type)
    (tmp_path / "a.ll").write_text(module.print())
    llvm.verify(module.print())
    command = ["clang++-22", "-w", "-O1", tmp_path / "a.ll", "-o", tmp_path / "a"]
    if subprocess.run(command, check=False).returncode:
        pytest.skip("no C++ library to link with")
    done = subprocess.run([tmp_path / "a"], capture_output=True, text=True, check=True)
    assert done.stdout == "3 1"
