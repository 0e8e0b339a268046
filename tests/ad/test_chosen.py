"""Arms of a branch that only choose between numbers become choices."""

from __future__ import annotations

import pytest

from enzcc import llvm
from enzcc.ad.copies.chosen import with_choices
from enzcc.ir.function import Function
from enzcc.ir.module import Module

LEAST_OF_THREE = """
define double @f(double %a, double %b, double %c) {
entry:
  %first = fcmp olt double %a, %b
  br i1 %first, label %one, label %two
one:
  %second = fcmp nnan olt double %a, %c
  br i1 %second, label %join, label %other
other:
  br label %join
two:
  %third = fcmp nnan olt double %b, %c
  br i1 %third, label %join, label %last
last:
  br label %join
join:
  %r = phi double [ %a, %one ], [ %c, %other ], [ %b, %two ], [ %c, %last ]
  ret double %r
}
"""

MEDIAN = """
define double @f(double %a, double %b, double %c) {
entry:
  %first = fcmp olt double %a, %b
  br i1 %first, label %one, label %two
one:
  %second = fcmp olt double %b, %c
  %p = select i1 %second, double %b, double %c
  br label %join
two:
  %third = fcmp ogt double %a, %c
  %q = select i1 %third, double %c, double %a
  br label %join
join:
  %r = phi double [ %p, %one ], [ %q, %two ]
  %n = phi i32 [ 1, %one ], [ 2, %two ]
  %s = sitofp i32 %n to double
  %t = fmul double %r, %s
  ret double %t
}
"""

ONE_ARM = """
define double @f(double %a, double %b) {
entry:
  %c = fcmp olt double %a, %b
  br i1 %c, label %join, label %arm
arm:
  %n = fneg nnan double %a
  br label %join
join:
  %r = phi double [ %b, %entry ], [ %n, %arm ]
  ret double %r
}
"""

POINTERS = """
define double @f(double %a, ptr %p, ptr %q) {
entry:
  %c = fcmp olt double %a, 0.0
  br i1 %c, label %join, label %arm
arm:
  br label %join
join:
  %r = phi double [ %a, %entry ], [ 1.0, %arm ]
  %s = phi ptr [ %p, %entry ], [ %q, %arm ]
  %t = load double, ptr %s
  %u = fadd double %r, %t
  ret double %u
}
"""

HEADER = """
define double @f(double %a, i32 %n) {
entry:
  br label %loop
loop:
  %r = phi double [ %a, %entry ], [ %s, %latch ], [ 1.0, %arm ]
  %s = fmul double %r, %a
  %c = fcmp olt double %s, 8.0
  br i1 %c, label %latch, label %end
latch:
  %d = fcmp olt double %s, 4.0
  br i1 %d, label %loop, label %arm
arm:
  br label %loop
end:
  ret double %s
}
"""


def _changed(text: str) -> Function:
    module = Module.parse(text)
    with_choices(module, ["f"])
    llvm.verify(module.print())
    return module.function("f")


def _opcodes(function: Function) -> list[str]:
    return [i.opcode for i in function.instructions() if i.opcode in ("br", "fcmp", "select")]


def test_arms_that_compute_the_same_of_other_numbers_do_so_once() -> None:
    function = _changed(LEAST_OF_THREE)
    assert _opcodes(function) == ["fcmp", "select", "fcmp", "select"]
    assert len(function.blocks) == 1
    assert not any(i.flags for i in function.instructions())  # they held in an arm only


def test_arms_that_compute_something_else_are_both_computed() -> None:
    function = _changed(MEDIAN)
    assert _opcodes(function) == ["fcmp", "fcmp", "select", "fcmp", "select", "select", "select"]


def test_one_arm_is_computed_in_front() -> None:
    function = _changed(ONE_ARM)
    assert _opcodes(function) == ["fcmp", "select"]
    assert not any(i.flags for i in function.instructions())


@pytest.mark.parametrize(
    "text",
    [
        POINTERS,
        HEADER,
        ONE_ARM.replace("fneg nnan double %a", "fdiv double %a, %b"),
        ONE_ARM.replace("fneg nnan double %a", "call double @sin(double %a)")
        + "declare double @sin(double)\n",
        ONE_ARM.replace("[ %b, %entry ], [ %n, %arm ]", "[ %b, %entry ], [ %b, %arm ]"),
    ],
)
def test_other_branches_stay(text: str) -> None:
    assert str(_opcodes(_changed(text))).count("br") == str(
        _opcodes(Module.parse(text).function("f"))
    ).count("br")
