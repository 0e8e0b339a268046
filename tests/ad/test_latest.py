"""Chains from iteration to iteration are as short as the order of sums allows."""

from __future__ import annotations

import re

from enzcc import llvm
from enzcc.ad.nests.latest import with_latest_last
from enzcc.ir.module import Module

LOOP = """
define double @f(ptr %x, i64 %n, double %p) {
entry:
  br label %r.loop

r.loop:
  %i = phi i64 [ 0, %entry ], [ %next, %r.loop ]
  %b = phi double [ 1.0, %entry ], [ %total, %r.loop ]
  %at = getelementptr double, ptr %x, i64 %i
  %u = load double, ptr %at
  %v = fmul double %u, %u
  %t = fmul double %b, %p
  %first = fadd reassoc double %t, %u
  %second = fadd FLAGS double %first, %v
  %total = fadd reassoc double %second, %p
  %next = add i64 %i, 1
  %done = icmp eq i64 %next, %n
  br i1 %done, label %end, label %r.loop

end:
  ret double %total
}
"""


def sums(flags: str) -> list[str]:
    """The additions of the loop, one behind the other, without names."""
    module = Module.parse(LOOP.replace("FLAGS ", flags))
    with_latest_last(module, ["f"])
    text = module.print()
    llvm.verify(text)
    return [re.sub(r"%", "", line.strip()) for line in text.splitlines() if " fadd " in line]


def test_what_waits_joins_last() -> None:
    found = sums("reassoc ")
    assert len(found) == 3
    assert all(re.search(r"\bt\b", line) is None for line in found[:2])
    assert re.search(r"\bt\b", found[2]) is not None


def test_the_order_that_was_promised_stays() -> None:
    assert [line.split(" = ")[0] for line in sums("")] == ["first", "second", "total"]
