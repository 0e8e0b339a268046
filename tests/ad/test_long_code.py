"""What makes long derivatives easy for LLVM: where slots start, how guards look, what is kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from calling import Enzcc

from enzcc.ad.copies import straight
from enzcc.ad.modes import slots
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Select, Store
from enzcc.ir.module import Module

SLOTS = """
define void @f(double %x, i1 %c) {
entry:
  %reset = alloca double
  %left = alloca double
  %nest = alloca double
  store double -0.000000e+00, ptr %reset
  store double -0.000000e+00, ptr %left
  store double -0.000000e+00, ptr %nest
  br label %front
front:
  br label %loop
loop:
  %a = load double, ptr %reset
  store double -0.000000e+00, ptr %reset
  %b = load double, ptr %left
  store double %x, ptr %left
  %d = load double, ptr %nest
  br label %latch
latch:
  store double -0.000000e+00, ptr %nest
  br i1 %c, label %loop, label %end
end:
  ret void
}
"""


def starts_of(function: Function) -> list[Store]:
    """The stores of start values, taken out of the entry."""
    entry = function.entry
    found = [inst for inst in entry.instructions if isinstance(inst, Store)]
    entry.instructions[:] = [inst for inst in entry.instructions if inst not in found]
    return found


def names(stores: list[Store]) -> list[str]:
    return [str(getattr(store.pointer, "name", "")) for store in stores]


def in_the_loop(block: Block) -> bool:
    return block.name in ("loop", "latch")


def test_a_slot_that_is_reset_starts_in_its_only_block() -> None:
    function = Module.parse(SLOTS).function("f")
    rest = slots.start_where_used(function, starts_of(function), in_the_loop)
    assert names(rest) == ["nest", "left"]
    loop = next(block for block in function.blocks if block.name == "loop")
    first = loop.instructions[0]
    assert isinstance(first, Store)
    assert names([first]) == ["reset"]


def test_other_slots_start_in_front_of_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "FEW", 0)
    function = Module.parse(SLOTS).function("f")
    assert slots.start_where_used(function, starts_of(function), in_the_loop) == []
    front = next(block for block in function.blocks if block.name == "front")
    found = [inst for inst in front.instructions if isinstance(inst, Store)]
    assert names(found) == ["nest", "left"]
    assert front.instructions[-1].is_terminator


def test_what_runs_repeatedly_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop with two entries is none that could be found."""
    monkeypatch.setattr(slots, "FEW", 0)
    function = Module.parse(SLOTS).function("f")
    rest = slots.start_where_used(function, starts_of(function), lambda block: True)
    assert names(rest) == ["nest", "left"]


GUARDS = """
define double @f(double %d, double %x, double %y) {
  %p = fmul double %d, %x
  %c = fcmp oeq double %d, 0.000000e+00
  %r = select i1 %c, double 0.000000e+00, double %p
  %q = fmul double %d, %y
  %e = fcmp oeq double %d, 0.000000e+00
  %s = select i1 %e, double 0.000000e+00, double %q
  %t = select i1 %e, double 1.000000e+00, double %s
  %sum = fadd double %r, %t
  ret double %sum
}
"""


def test_guards_of_long_code_are_zeros_without_a_constant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(straight, "LONG", 1)
    function = Module.parse(GUARDS).function("f")
    straight.ease(function)
    first, second, other = [i for i in function.instructions() if isinstance(i, Select)]
    assert first.operands[1] is second.operands[1] is function.args[0]
    assert first.operands[0] is not second.operands[0]
    assert "!unpredictable" in first.tail
    assert "!unpredictable" in second.tail
    assert "!unpredictable" not in other.tail
    assert straight.NOT_VECTORISED in function.trailer


def test_very_long_code_without_guards_is_not_vectorised(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "define void @f() {\n  ret void\n}\n"
    monkeypatch.setattr(straight, "LONG", 1)
    function = Module.parse(text).function("f")
    straight.ease(function)
    assert straight.NOT_VECTORISED not in function.trailer
    monkeypatch.setattr(straight, "VERY_LONG", 1)
    straight.ease(function)
    assert straight.NOT_VECTORISED in function.trailer


LOOP = """
define double @f(ptr %p, i64 %n) {{
  br label %loop
loop:
  %i = phi i64 [ 0, %0 ], [ %next, %loop ]
  %next = add nuw nsw i64 %i, 1
  %more = icmp ne i64 %next, {count}
  br i1 %more, label %loop, label %out
out:
{code}  ret double 0.0
}}
"""


@pytest.mark.parametrize(
    ("count", "spared"), [("5", True), ("30", False), ("%n", False)], ids=["few", "many", "unknown"]
)
def test_long_code_beside_short_loops_is_not_vectorised(
    monkeypatch: pytest.MonkeyPatch, count: str, spared: bool
) -> None:
    monkeypatch.setattr(straight, "LONG", 50)
    code = "".join(f"  %v{i} = load double, ptr %p\n" for i in range(60))
    module = Module.parse(LOOP.format(count=count, code=code))
    straight.spare(module, ["f"])
    assert (straight.NOT_VECTORISED in module.function("f").trailer) == spared


def test_short_code_stays_as_it_is() -> None:
    module = Module.parse(GUARDS)
    straight.ease(module.function("f"))
    assert module.print() == GUARDS


def test_attributes_stand_in_front_of_the_personality(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(straight, "LONG", 1)
    monkeypatch.setattr(straight, "_ease_block", lambda _: 1)
    module = Module.parse(
        "declare i32 @p(...)\ndefine void @f() nounwind personality ptr @p {\n  ret void\n}\n"
    )
    straight.ease(module.function("f"))
    assert module.function("f").trailer.endswith("nounwind personality ptr @p")


def _products_in_the_gradient(steps: str, enzcc: Enzcc, tmp_path: Path) -> int:
    (tmp_path / "f.c").write_text(
        "void __enzyme_autodiff(void *, ...);\n"
        f"static void f(double *x, double *y) {{\n  double t = x[0];\n{steps}}}\n"
        "void d(double *x, double *dx, double *y, double *dy)"
        " { __enzyme_autodiff((void *)f, x, dx, y, dy); }\n"
    )
    done = enzcc("-O0", "-S", "-w", "-emit-llvm", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    gradient = (tmp_path / "f.ll").read_text().split("@f.gradient(", 1)[1].split("\n}\n", 1)[0]
    return len(re.findall(r"fmul|fmuladd", gradient))


def test_long_chains_are_not_computed_again_in_every_block(enzcc: Enzcc, tmp_path: Path) -> None:
    """Each branch needs a product of all numbers before it: code grew with the square of them."""
    steps = "".join(
        f"  t = t * x[{i % 8}] + 0.5;\n  if (t > {i}) y[{i}] = t * t;\n" for i in range(100)
    )
    assert _products_in_the_gradient(steps, enzcc, tmp_path) < 1_500


def test_long_code_is_not_computed_again_in_a_few_blocks(enzcc: Enzcc, tmp_path: Path) -> None:
    """As above, with few branches, but much code between: again it grew with the square."""
    steps = "".join(
        f"  t = t * x[{i % 8}] + 0.5;\n"
        + (f"  if (t > {i}) y[{i}] = t * t;\n" if i % 70 == 0 else "")
        for i in range(2_100)
    )
    assert _products_in_the_gradient(steps, enzcc, tmp_path) < 12_000


def _operands_of_phis(count: int, enzcc: Enzcc, tmp_path: Path) -> int:
    """In the gradient of a switch with so many cases, each of which keeps a number."""
    names = ("exp", "sin", "tanh")
    cases = "".join(
        f"  case {i}: t = {names[i % 3]}(x[{i % 4}] * {i + 2}); s += t * t * t; break;\n"
        for i in range(count)
    )
    (tmp_path / "f.c").write_text(
        "#include <math.h>\nextern int enzyme_dup, enzyme_const;\n"
        "double __enzyme_autodiff(void *, ...);\n"
        "static double f(double *x, int k) {\n  double s = x[0], t = 0;\n"
        f"  switch (k) {{\n{cases}  }}\n  return s;\n}}\n"
        "double d(double *x, double *dx, int k)"
        " { return __enzyme_autodiff((void *)f, enzyme_dup, x, dx, enzyme_const, k); }\n"
    )
    done = enzcc("-O0", "-S", "-w", "-emit-llvm", "f.c", "-o", "f.ll")
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "f.ll").read_text().split("\n")
    return sum(line.count("[ ") for line in lines if " = phi " in line)


def test_numbers_that_arms_keep_share_a_slot(enzcc: Enzcc, tmp_path: Path) -> None:
    """One of many arms runs: a phi for each of the numbers had an operand for each of the arms."""
    few, many = (_operands_of_phis(count, enzcc, tmp_path) for count in (10, 40))
    assert many < 6 * few


def test_numbers_that_arms_keep_in_a_loop_share_a_column(enzcc: Enzcc, tmp_path: Path) -> None:
    names = ("exp", "sin", "tanh")
    cases = "".join(
        f"  case {i}: {{ double t = {names[i % 3]}(s * x[{i}]); s = t * t * s; break; }}\n"
        for i in range(20)
    )
    (tmp_path / "f.c").write_text(
        "#include <math.h>\nextern int enzyme_dup, enzyme_const;\n"
        "double __enzyme_autodiff(void *, ...);\n"
        "static double f(double *x, int *k, int n) {\n  double s = x[0];\n"
        f"  for (int i = 0; i < n; i++) switch (k[i]) {{\n{cases}  }}\n  return s;\n}}\n"
        "double d(double *x, double *dx, int *k, int n) { return __enzyme_autodiff("
        "(void *)f, enzyme_dup, x, dx, enzyme_const, k, enzyme_const, n); }\n"
    )
    done = enzcc("-O2", "-c", "-w", "-fenzcc-report", "f.c", "-o", "f.o")
    assert done.returncode == 0, done.stderr
    assert "on the tape: 25 bytes * trips" in done.stderr
