"""Congruences hold for every value that a loop really computes."""

from __future__ import annotations

import pytest

from enzcc.analysis.congruence import Congruence, congruence
from enzcc.ir.module import Module
from enzcc.ir.values import Value

LOW = "%m = trunc i64 %n to i32\n  %r = urem i32 %m, 24\n  "

CASES = [
    # expression of the counter %i (0, 4, 8, ...)     (c, g)
    ("%v = add i64 %i, 0", (0, 4)),
    ("%v = add i64 %i, 6", (2, 4)),
    ("%v = shl i64 %i, 3", (0, 32)),
    ("%v = mul i64 %i, 3", (0, 12)),
    ("%v = ashr i64 %i, 1", (0, 2)),
    ("%v = lshr i64 %i, 3", (0, 1)),
    ("%w = shl i64 %i, 32\n  %x = add i64 %w, -4294967296\n  %v = ashr exact i64 %x, 29", (24, 32)),
    ("%v = sub i64 %i, 1", (3, 4)),
    ("%v = or disjoint i64 %i, 1", (1, 4)),
    ("%v = or i64 %i, 1", (1, 4)),
    ("%v = or i64 %i, %n", (0, 1)),
    ("%v = and i64 %i, %n", (0, 4)),
    ("%v = and i64 %n, -8", (0, 8)),
    ("%r = urem i64 %n, 24\n  %v = sub i64 %n, %r", (0, 24)),
    ("%r = srem i64 %n, -24\n  %v = sub i64 %n, %r", (0, 24)),
    ("%r = urem i64 %n, 24\n  %v = sub i64 %i, %r", (0, 1)),
    (LOW + "%d = sub i32 %m, %r\n  %v = sext i32 %d to i64", (0, 8)),  # -16 of 4294967295
    (LOW + "%d = sub i32 %m, %r\n  %v = zext i32 %d to i64", (0, 24)),
    ("%r = udiv i64 %n, 24\n  %v = sub i64 %n, %r", (0, 1)),
    ("%v = and i64 %i, 7", (0, 4)),
    ("%v = and i64 %i, 3", (0, 0)),  # always zero: no step at all
    ("%v = xor i64 %i, 6", (2, 4)),
    ("%v = udiv i64 %i, 2", (0, 1)),
    ("%v = select i1 %t, i64 %i, i64 6", (0, 2)),
    ("%v = add i64 %n, 8", (0, 1)),
]

LOOP = """
define i64 @f(i64 %n, i1 %t) {{
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  {expression}
  %next = add i64 %i, 4
  %c = icmp ult i64 %next, %n
  br i1 %c, label %loop, label %done
done:
  %last = phi i64 [ %v, %loop ]
  ret i64 %last
}}
"""


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_congruence_of(expression: str, expected: tuple[int, int]) -> None:
    function = Module.parse(LOOP.format(expression=expression)).function("f")
    (value,) = [i for i in function.instructions() if i.name == "v"]
    assert congruence(value, {}) == expected


DOWNWARD = """
define i64 @f(i64 %n) {
entry:
  br label %outer
outer:
  %k = phi i64 [ 28, %entry ], [ %less, %outer.next ]
  br label %loop
loop:
  %i = phi i64 [ 0, %outer ], [ %next, %loop ]
  %next = add i64 %i, 4
  %double = shl i64 %i, 1
  %v = sub i64 %double, %k
  %c = icmp ult i64 %next, %n
  br i1 %c, label %loop, label %outer.next
outer.next:
  %less = add i64 %k, -4
  %d = icmp eq i64 %k, 0
  br i1 %d, label %done, label %outer
done:
  ret i64 %v
}
"""


@pytest.mark.parametrize("first", ["i", "next", "double", "v", "k", "less"])
def test_the_order_of_questions_does_not_matter(first: str) -> None:
    function = Module.parse(DOWNWARD).function("f")
    values = {i.name: i for i in function.instructions()}
    memo: dict[Value, Congruence] = {}
    congruence(values[first], memo)
    found = {
        name: congruence(values[name], memo) for name in ("i", "next", "double", "v", "k", "less")
    }
    assert found == {
        "i": (0, 4), "next": (0, 4), "double": (0, 8), "v": (0, 4), "k": (0, 4), "less": (0, 4)
    }  # fmt: skip


NARROW = """
define i64 @f(i64 %n) {
entry:
  br label %loop
loop:
  %k = phi i8 [ 0, %entry ], [ %next, %loop ]
  %d = phi i8 [ -1, %entry ], [ %less, %loop ]
  %i = phi i64 [ 0, %entry ], [ %more, %loop ]
  %up = zext i8 %k to i64
  %down = zext i8 %d to i64
  %part = trunc i64 %i to i8
  %index = zext i8 %part to i64
  %next = add i8 %k, 6
  %less = add i8 %d, -3
  %more = add nuw nsw i64 %i, 12
  %c = icmp ult i64 %more, %n
  br i1 %c, label %loop, label %done
done:
  ret i64 %up
}
"""


def test_small_integers_wrap_around() -> None:
    function = Module.parse(NARROW).function("f")
    values = {i.name: i for i in function.instructions()}
    found = {name: congruence(values[name], {}) for name in ("up", "down", "index", "i")}
    assert found == {"up": (0, 2), "down": (0, 1), "index": (0, 4), "i": (0, 12)}
