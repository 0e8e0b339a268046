"""Powers of two in products of the reverse sweep are put together, and others are not."""

from __future__ import annotations

import re

import pytest

from enzcc import llvm
from enzcc.ad.nests.scaled import scale_once
from enzcc.ir.module import Module

BODY = """
define double @f(double %x, double %y) {
entry:
  br label %r.end

r.end:
  %a = INNER
  %b = fmul double %a, OUTER
  ret double %b
}
"""


@pytest.mark.parametrize(
    ("inner", "outer", "result"),
    [
        ("fmul double %x, 5.000000e-01", "2.000000e+00", "%x"),
        ("fmul double %x, 4.000000e+00", "-2.000000e+00", "fmul double %x, 0xC020000000000000"),
        ("fdiv double 5.000000e-01, %x", "2.000000e+00", "fdiv double 0x3FF0000000000000, %x"),
        ("fmul double %x, 3.000000e+00", "2.000000e+00", "fmul double %a, 2.000000e+00"),
        ("fmul double %x, 5.000000e-01", "3.000000e+00", "fmul double %a, 3.000000e+00"),
    ],
)
def test_products_with_powers_of_two(inner: str, outer: str, result: str) -> None:
    module = Module.parse(BODY.replace("INNER", inner).replace("OUTER", outer))
    scale_once(module, ["f"])
    text = module.print()
    llvm.verify(text)
    returned = re.search(r"ret double (%\S+)", text)
    assert returned is not None
    made = re.search(rf"{returned[1]} = (.*)", text)
    found = made[1] if made is not None else returned[1]
    inside = re.search(r"(%\S+) = fmul double %x, [35]\.0+e[+-]0[01]\n", text)
    assert (found.replace(inside[1], "%a") if inside else found) == result


@pytest.mark.parametrize("factor", ["0x4590000000000000", "0x3A90000000000000"])
def test_factors_that_are_too_large_together_stay_apart(factor: str) -> None:
    text = BODY.replace("INNER", f"fmul double %x, {factor}").replace("OUTER", factor)
    module = Module.parse(text.replace("double", "float"))
    scale_once(module, ["f"])
    assert module.print().count("fmul float %") == 2
    assert module.print().count(factor) == 2


def test_nothing_is_divided_twice() -> None:
    text = BODY.replace("INNER", "fdiv double 1.000000e+00, %x").replace("OUTER", "5.000000e-01")
    module = Module.parse(text.replace("ret double %b", "%c = fadd double %a, %b\n  ret double %c"))
    scale_once(module, ["f"])
    assert module.print().count("fdiv") == 1


def test_what_decides_stays_as_it_is() -> None:
    tested = BODY.replace("INNER", "fmul double %x, 5.000000e-01").replace("OUTER", "2.000000e+00")
    lines = ("  %c = fcmp olt double %b, %y", "  %s = uitofp i1 %c to double", "  ret double %s")
    module = Module.parse(tested.replace("  ret double %b", "\n".join(lines)))
    scale_once(module, ["f"])
    assert "fmul double %x, 5.000000e-01" in module.print()
