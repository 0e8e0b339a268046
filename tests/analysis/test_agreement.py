"""Copies whose ends do not say the same of the floats in them: refused, not taken for nothing."""

from __future__ import annotations

import pytest

from enzcc.ad import differentiate
from enzcc.analysis import graph
from enzcc.analysis.nodes import Node, elements
from enzcc.errors import NoDerivative
from enzcc.settings import Settings

COUNT = 4

PROGRAM = f"""
define double @f(ptr %x, i64 %n, i1 %second) {{
entry:
  %between = alloca [{COUNT} x i64]
  %other = alloca [{COUNT} x i64]
  %block = call ptr @malloc(i64 %n)
  %slot = getelementptr i8, ptr %block, i64 8
  store ptr %block, ptr %slot
  %a = getelementptr i8, ptr %block, i64 16
  call void @llvm.memcpy.p0.p0.i64(ptr %between, ptr %x, i64 {8 * COUNT}, i1 false)
  %next = getelementptr double, ptr %x, i64 1
  call void @llvm.memcpy.p0.p0.i64(ptr %other, ptr %next, i64 {8 * COUNT}, i1 false)
  %which = select i1 %second, ptr %other, ptr %between
  %behind = getelementptr double, ptr %a, i64 1
  call void @llvm.memcpy.p0.p0.i64(ptr %behind, ptr %which, i64 {8 * COUNT}, i1 false)
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %more, %loop ]
  %sum = phi double [ 0.0, %entry ], [ %added, %loop ]
  %place = getelementptr double, ptr %a, i64 %i
  %value = load double, ptr %place
  %square = fmul double %value, %value
  %added = fadd double %sum, %square
  %more = add i64 %i, 1
  %done = icmp eq i64 %more, %n
  br i1 %done, label %end, label %loop
end:
  ret double %added
}}
define void @g(ptr %x, ptr %dx, i64 %n, i1 %second) {{
  call void (...) @__enzyme_autodiff(ptr @f, ptr %x, ptr %dx, i64 %n, i1 %second)
  ret void
}}
declare void @__enzyme_autodiff(...)
declare ptr @malloc(i64)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""


def test_a_copy_that_one_end_alone_knows_floats_in_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where elements that are copied from within an array are not told one by one."""
    assert differentiate(PROGRAM, Settings(), lambda *_: "")
    monkeypatch.setattr(graph, "crosses", lambda *_: False)
    with pytest.raises(NoDerivative) as refused:
        differentiate(PROGRAM, Settings(), lambda *_: "")
    assert "at the other end nothing tells so" in refused.value.because


def test_elements_are_those_that_fold_to_the_first_one() -> None:
    node = Node(1)
    node.add_array(16, 96, 24)
    node.add_array(24, 16, 8)
    for begin in range(0, 120, 4):
        for length in (0, 8, 20, 50, 200):
            folded = [at for at in range(begin, begin + length) if node.fold(at) == 24]
            assert [*elements(node, 24, begin, begin + length - 1)] == folded
