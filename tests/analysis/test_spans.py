"""How far integers and addresses go, compared with loops that really run."""

from __future__ import annotations

import pytest

from enzcc.analysis.cfg import Shape
from enzcc.analysis.recurrences import Recurrences
from enzcc.analysis.spans import Spans
from enzcc.ir.instructions import Instruction
from enzcc.ir.module import Module

LOOP = """
define void @f(ptr %p, i32 %n) {{
entry:
  %few = and i32 %n, 15
  br label %loop
loop:
  %i = phi i32 [ {start}, %entry ], [ %next, {latch} ]
  %j = phi i32 [ 100, %entry ], [ %other, {latch} ]
  %a = getelementptr [8 x double], ptr %p, i64 2, i32 %i
{middle}
  %next = add {flags}i32 %i, {step}
  %other = sub i32 %j, 3
  %c = icmp {predicate} i32 {tested}, {bound}
  br i1 %c, label %loop, label %done
done:
  ret void
}}
"""

BREAK = """
  %stop = icmp eq i32 %i, 90
  br i1 %stop, label %done, label %on
on:
"""


def spans(**parts: object) -> tuple[Spans, dict[str, Instruction]]:
    defaults = {"latch": "%loop", "middle": "", "flags": "", "start": 0, "step": 1}
    module = Module.parse(LOOP.format(**{**defaults, **parts}))
    function = module.function("f")
    shape = Shape(function)
    named: dict[str, Instruction] = {i.name: i for i in function.instructions() if i.name}
    return Spans(shape, Recurrences(shape, module.layout), module.layout), named


OPERATORS = {
    "slt": lambda a, b: a < b,
    "sle": lambda a, b: a <= b,
    "sgt": lambda a, b: a > b,
    "sge": lambda a, b: a >= b,
    "ult": lambda a, b: a % 2**32 < b % 2**32,
    "ule": lambda a, b: a % 2**32 <= b % 2**32,
    "ugt": lambda a, b: a % 2**32 > b % 2**32,
    "uge": lambda a, b: a % 2**32 >= b % 2**32,
    "ne": lambda a, b: a != b,
}
MOST = 300


def run(start: int, step: int, predicate: str, bound: int, ahead: bool) -> list[int] | None:
    """What the counter is in each iteration; None if that goes on and on."""
    seen = [start]
    while OPERATORS[predicate](seen[-1] + (step if ahead else 0), bound):
        seen.append((seen[-1] + step + 2**31) % 2**32 - 2**31)
        if len(seen) > MOST:
            return None
    return seen


@pytest.mark.parametrize("predicate", OPERATORS)
@pytest.mark.parametrize("step", [1, 3, -1, -4])
@pytest.mark.parametrize("ahead", [False, True])
def test_counters_stay_within_their_interval(predicate: str, step: int, ahead: bool) -> None:
    exact = 0
    for start in (-7, 3, 2**31 - 2):
        for bound in (-30, 0, 17, 2**31 - 1):
            found, named = spans(
                start=start,
                step=step,
                predicate=predicate,
                bound=bound,
                tested="%next" if ahead else "%i",
            )
            low, high = found.interval(named["i"])
            seen = run(start, step, predicate, bound, ahead)
            if seen is None:
                assert high - low >= MOST
                continue
            assert low <= min(seen)
            assert max(seen) <= high
            exact += (low, high) == (min(seen), max(seen))
            others = found.interval(named["j"])
            assert others[0] <= 100 - 3 * (len(seen) - 1)
    up = step > 0 and predicate in ("slt", "sle", "ult", "ule")
    down = step < 0 and predicate in ("sgt", "sge")
    if up or down or (predicate == "ne" and abs(step) == 1):
        assert exact >= 2


def test_addresses_are_bytes_behind_their_base() -> None:
    found, named = spans(predicate="slt", bound=8, tested="%next")
    span = found.span(named["a"])
    assert span is not None
    assert span[1:] == (128, 128 + 56)


def test_bounds_may_be_intervals() -> None:
    found, named = spans(predicate="slt", bound="%few", tested="%next")
    assert found.interval(named["i"]) == (0, 14)
    found, named = spans(start="%few", predicate="slt", bound=40, tested="%next", step=10)
    assert found.interval(named["i"]) == (0, 39)


def test_what_is_left_before_it_wraps_around_has_no_bound() -> None:
    """From 9 on, the counter does not meet its bound, and that is no mistake."""
    alone = {"start": "%few", "flags": "nuw nsw ", "predicate": "ne", "bound": 8, "tested": "%next"}
    found, named = spans(**alone)
    assert found.interval(named["i"]) == (0, 15)
    found, named = spans(**alone, latch="%on", middle=BREAK)
    assert found.interval(named["i"]) == (0, 90)
