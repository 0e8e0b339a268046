"""Distances between addresses: which pointers an integer is made of, and that nothing is lost."""

from __future__ import annotations

import pytest

from enzcc.analysis.congruence import constants
from enzcc.analysis.distances import Sum, distance
from enzcc.analysis.objects import Objects
from enzcc.ir.module import Module

BODY = """
define void @f(ptr %a, ptr %b, i64 %n, i1 %t) {{
entry:
  %ia = ptrtoint ptr %a to i64
  %ib = ptrtoint ptr %b to i64
  %d = sub i64 %ia, %ib
  br label %loop
loop:
  %i = phi i64 [ %d, %entry ], [ %next, %loop ]
  {expression}
  %next = add i64 %i, -24
  %c = icmp ugt i64 %next, 24
  br i1 %c, label %loop, label %done
done:
  ret void
}}
"""
BETWEEN = (("a", 1), ("b", -1))

NULL = (  # where no iterator leads anywhere yet, that is an address
    "%none = getelementptr { double, double }, ptr null, i64 %n, i32 1\n"
    "  %in = ptrtoint ptr %none to i64\n  "
)

CASES = [
    # expression                              constant, stride, addresses, aligned
    ("%v = sub i64 %d, 8", (-8, 0, BETWEEN, 1)),
    ("%v = sub i64 0, %d", (0, 0, (("a", -1), ("b", 1)), 1)),
    ("%v = shl i64 %d, 1", (0, 0, (("a", 2), ("b", -2)), 1)),
    ("%v = xor i64 %d, -1", (-1, 0, (("a", -1), ("b", 1)), 1)),
    ("%v = and i64 %d, -8", (0, 0, BETWEEN, 8)),
    ("%v = add i64 %i, 0", (0, 24, BETWEEN, 1)),
    ("%r = urem i64 %d, 24\n  %v = sub i64 %d, %r", (0, 24, (), 1)),
    ("%r = urem i64 %n, 24\n  %m = sub i64 %n, %r\n  %v = add i64 %d, %m", (0, 24, BETWEEN, 1)),
    ("%m = mul i64 %n, 24\n  %v = add i64 %d, %m", (0, 24, BETWEEN, 1)),
    ("%r = urem i64 %d, 24\n  %v = sub i64 %n, %r", None),
    ("%v = add i64 %d, %n", None),
    ("%v = add i64 %ia, 8", None),
    ("%v = add i64 %ia, %ib", None),
    ("%v = mul i64 %d, %d", None),
    (f"{NULL}%v = sub i64 0, %in", (-8, 16, (), 1)),
    (f"{NULL}%v = sub i64 %d, %in", (-8, 16, BETWEEN, 1)),
]


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_distance_of(
    expression: str, expected: tuple[int, int, tuple[tuple[str, int], ...], int] | None
) -> None:
    module = Module.parse(BODY.format(expression=expression))
    function = module.function("f")
    (value,) = [i for i in function.instructions() if i.name == "v"]
    found = distance(value, {}, Objects(module, [function]).offset_of)
    if expected is None:
        assert found is None
        return
    assert isinstance(found, Sum)
    names = tuple(sorted((p.name, n) for p, n in found.addresses))  # type: ignore[attr-defined]
    assert (found.constant, found.stride, names, found.aligned) == expected


TOGETHER = """
define void @f(ptr %a, ptr %b, ptr %c, ptr %d, i64 %n, i1 %t) {
entry:
  %ia = ptrtoint ptr %a to i64
  %ib = ptrtoint ptr %b to i64
  %ic = ptrtoint ptr %c to i64
  %id = ptrtoint ptr %d to i64
  %between = sub i64 %ic, %id
  br i1 %t, label %some, label %none
some:
  br label %none
none:
  %end = phi i64 [ %ia, %some ], [ %between, %entry ]
  %start = phi i64 [ %ib, %some ], [ 48, %entry ]
  %begin = phi ptr [ %b, %some ], [ null, %entry ]
  %crossed = phi i64 [ 48, %some ], [ %ib, %entry ]
  %v = sub i64 %end, %start
  %w = sub i64 %end, %crossed
  %ibegin = ptrtoint ptr %begin to i64
  %y = sub i64 %end, %ibegin
  br label %after
after:
  %late = phi i64 [ %start, %none ]
  %x = sub i64 %end, %late
  ret void
}
"""


def test_addresses_cancel_in_each_of_the_ways_that_a_branch_takes() -> None:
    module = Module.parse(TOGETHER)
    function = module.function("f")
    values = {inst.name: inst for inst in function.instructions()}
    offset_of = Objects(module, [function]).offset_of
    found = distance(values["v"], {}, offset_of)
    assert isinstance(found, Sum)
    assert (found.constant, found.stride, found.addresses) == (0, 48, ())
    pairs = [{(p.name, n) for p, n in one} for one in found.distances]  # type: ignore[attr-defined]
    assert pairs == [{("a", 1), ("b", -1)}, {("c", 1), ("d", -1)}]
    assert isinstance(distance(values["y"], {}, offset_of), Sum)
    assert distance(values["w"], {}, offset_of) is None
    assert distance(values["x"], {}, offset_of) is None  # chosen by other branches, who knows


STEPS = """
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64"
define void @f(ptr %first, i64 %n, ptr %out) {{
  %last = getelementptr {{{{ i64, double, i64 }}}}, ptr %first, i64 %n
  %il = ptrtoint ptr %last to i64
  %if = ptrtoint ptr %first to i64
  %d = sub i64 %il, %if
  %moved = getelementptr i8, ptr %out, i64 {index}
  %count = load i64, ptr %out
  %place = getelementptr i8, ptr %moved, i64 8
  store double 1.0, ptr %place
  ret void
}}
"""


@pytest.mark.parametrize(("index", "stride"), [("%d", 24), ("%n", 8)])
def test_what_iterators_step_over_keeps_its_stride(index: str, stride: int) -> None:
    """`out + (last - first)` is so many structs on; `out + n` may be any number."""
    text = STEPS.format(index=index).replace("{{", "{").replace("}}", "}")
    module = Module.parse(text)
    function = module.function("f")
    objects = Objects(module, [function])
    (node,) = objects.nodes_behind(function.args[2])
    assert node.stride == stride


def test_the_few_constants_of_a_choice() -> None:
    function = Module.parse(
        "define i64 @f(i1 %t, i1 %u, i64 %n) {\n"
        "  %v = select i1 %t, i64 8, i64 16\n"
        "  %w = select i1 %u, i64 %v, i64 24\n"
        "  %x = select i1 %u, i64 %v, i64 %n\n"
        "  ret i64 %w\n}\n"
    ).function("f")
    values = {i.name: i for i in function.instructions()}
    assert sorted(constants(values["w"])) == [8, 16, 24]
    assert constants(values["x"]) == ()


def test_the_few_constants_behind_a_mask() -> None:
    text = (
        "define void @f(i32 %a, i1 %c) {\n"
        "  %one = and i32 %a, 1\n"
        "  %wide = zext nneg i32 %one to i64\n"
        "  %even = and i32 %a, 6\n"
        "  %many = and i32 %a, 7\n"
        "  %sign = and i32 %a, -2\n"
        "  %truth = zext i1 %c to i64\n"
        "  %negative = select i1 %c, i32 -1, i32 1\n"
        "  %large = zext i32 %negative to i64\n"
        "  %other = xor i32 %even, 3\n"
        "  %more = or i32 %one, 4\n"
        "  ret void\n}\n"
    )
    values = {inst.name: inst for inst in Module.parse(text).function("f").instructions()}
    found = {name: sorted(constants(value)) for name, value in values.items() if name}
    assert found["wide"] == found["truth"] == [0, 1]
    assert found["even"] == [0, 2, 4, 6]
    assert found["other"] == [1, 3, 5, 7]
    assert found["more"] == [4, 5]
    assert found["many"] == found["sign"] == found["large"] == []
