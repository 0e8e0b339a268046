"""Trip counts and induction variables, compared with loops that really run."""

from __future__ import annotations

import pytest

from enzcc.analysis.cfg import Shape
from enzcc.analysis.recurrences import BackEdges, Recurrences, _count
from enzcc.ir import types as ty
from enzcc.ir.builder import const_int
from enzcc.ir.module import Module

LOOP = """
define void @f(i64 %n, i64 %start) {{
entry:
  br label %loop
loop:
  %i = phi i64 [ {start}, %entry ], [ %next, %loop ]
  %next = add nsw nuw i64 %i, {step}
  %c = icmp {predicate} i64 {tested}, {bound}
  br i1 %c, label %loop, label %done
done:
  ret void
}}
"""

OPERATORS = {
    "slt": lambda a, b: a < b,
    "sle": lambda a, b: a <= b,
    "sgt": lambda a, b: a > b,
    "sge": lambda a, b: a >= b,
    "ne": lambda a, b: a != b,
}


def facts(**parts: object) -> Recurrences:
    module = Module.parse(LOOP.format(**parts))
    return Recurrences(Shape(module.function("f")), module.layout)


def run(start: int, step: int, predicate: str, bound: int) -> int:
    """How often the loop above jumps back, with the test on the incremented counter."""
    i, count = start, 0
    while OPERATORS[predicate](i + step, bound):
        i += step
        count += 1
        assert count < 1000
    return count


@pytest.mark.parametrize("predicate", ["slt", "sle", "sgt", "sge"])
@pytest.mark.parametrize("start", [-7, 0, 3])
@pytest.mark.parametrize("step", [1, 2, 5])
@pytest.mark.parametrize("bound", [-20, -1, 0, 4, 17])
def test_constant_counts_are_those_of_the_running_loop(
    predicate: str, start: int, step: int, bound: int
) -> None:
    if predicate in ("sgt", "sge"):
        step = -step
    found = facts(start=start, step=step, predicate=predicate, tested="%next", bound=bound)
    (edges,) = found.back_edges.values()
    assert edges.constant == run(start, step, predicate, bound)


@pytest.mark.parametrize("step", [1, -1, 4])
def test_a_loop_until_equality_counts_the_steps_to_its_bound(step: int) -> None:
    found = facts(start=3, step=step, predicate="ne", tested="%next", bound=3 + 6 * step)
    (edges,) = found.back_edges.values()
    assert edges.constant == 5


def test_a_bound_that_is_never_met_has_no_count() -> None:
    assert _count(0, 7, 2, "ne", (1 << 64) - 1) is None


def test_a_wrong_way_comparison_is_not_counted() -> None:
    found = facts(start=0, step=1, predicate="sgt", tested="%next", bound="%n")
    assert not found.back_edges


def test_symbolic_bounds_are_operands() -> None:
    found = facts(start="%start", step=1, predicate="slt", tested="%next", bound="%n")
    (edges,) = found.back_edges.values()
    assert [v.ref() for v in edges.operands] == ["%start", "%n"]
    assert edges.constant is None


def test_the_counter_is_affine() -> None:
    found = facts(start=2, step=3, predicate="slt", tested="%next", bound="%n")
    ((phi, affine),) = found.affine.items()
    assert phi.name == "i"
    assert (affine.start.ref(), affine.step.ref()) == ("2", "3")


def test_counts_of_unsigned_bounds_are_unsigned() -> None:
    edges = BackEdges(const_int(ty.I64, 0), 0, 1, "ult", const_int(ty.I64, -1))
    assert edges.constant == (1 << 64) - 1


RUN_TIME_STEP = """
define void @f(i32 %n, i32 %step) {{
entry:
  br label %loop
loop:
  %i = phi i32 [ 11, %entry ], [ %next, %loop ]
  %next = add{flags} i32 %i, %step
  %c = icmp {predicate} i32 %next, {bound}
  br i1 %c, label %loop, label %done
done:
  ret void
}}
"""


@pytest.mark.parametrize(
    ("flags", "predicate", "bound", "known"),
    [
        ("", "ult", "12", True),
        ("", "ult", "%n", True),
        ("", "ult", "-5", False),  # steps may jump over the few numbers beyond it
        ("", "slt", "%n", False),  # the counter may wrap around
        (" nsw", "slt", "%n", True),
    ],
)
def test_run_time_steps_are_counted_where_they_cannot_jump_over_the_end(
    flags: str, predicate: str, bound: str, known: bool
) -> None:
    module = Module.parse(RUN_TIME_STEP.format(flags=flags, predicate=predicate, bound=bound))
    assert bool(Recurrences(Shape(module.function("f")), module.layout).back_edges) is known


AHEAD = """
define void @f(i32 %n) {{
entry:
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  %next = add{flags} i32 %i, 2
  %ahead = {sum} i32 %next, 1
  %c = icmp slt i32 %ahead, {bound}
  br i1 %c, label %loop, label %done
done:
  ret void
}}
"""


@pytest.mark.parametrize("total", ["or disjoint", "add nsw"])
@pytest.mark.parametrize("bound", [-3, 0, 2, 3, 4, 17, 18])
def test_counters_that_are_tested_ahead_are_counted(total: str, bound: int) -> None:
    module = Module.parse(AHEAD.format(flags=" nsw nuw", sum=total, bound=bound))
    (edges,) = Recurrences(Shape(module.function("f")), module.layout).back_edges.values()
    i, count = 0, 0
    while i + 3 < bound:
        i, count = i + 2, count + 1
    assert edges.constant == count


@pytest.mark.parametrize(("flags", "total"), [("", "add nsw"), (" nsw", "add"), (" nsw", "or")])
def test_counters_that_may_wrap_around_ahead_are_not_counted(flags: str, total: str) -> None:
    module = Module.parse(AHEAD.format(flags=flags, sum=total, bound="%n"))
    assert not Recurrences(Shape(module.function("f")), module.layout).back_edges
