"""Dominators, loops and reducibility of small graphs."""

from __future__ import annotations

from enzcc.ad.copies.reducible import make_reducible
from enzcc.analysis.cfg import Shape
from enzcc.ir.function import Function
from enzcc.ir.module import Module


def graph(edges: str) -> Function:
    """A function from `a>b c; b>a` (a block without successors returns)."""
    successors = {}
    for part in edges.split(";"):
        name, targets = part.strip().split(">")
        successors[name] = targets.split()
    lines = ["define void @f(i32 %x) {"]
    for name, targets in successors.items():
        lines.append(f"{name}:")
        if not targets:
            lines.append("  ret void")
        elif len(targets) == 1:
            lines.append(f"  br label %{targets[0]}")
        else:
            lines.append(f"  switch i32 %x, label %{targets[0]} [")
            lines += [f"    i32 {i}, label %{t}" for i, t in enumerate(targets[1:])]
            lines.append("  ]")
    return Module.parse("\n".join([*lines, "}", ""])).function("f")


def test_dominators_of_a_diamond() -> None:
    shape = Shape(graph("a>b c; b>d; c>d; d>"))
    assert {b.name: d.name for b, d in shape.idom.items()} == {"b": "a", "c": "a", "d": "a"}
    assert not shape.loops


def test_a_nest_has_an_outer_and_an_inner_loop() -> None:
    shape = Shape(graph("a>b; b>c; c>c d; d>b e; e>"))
    outer, inner = shape.loops
    assert (outer.header.name, inner.header.name) == ("b", "c")
    assert inner.parent is outer
    assert (outer.depth, inner.depth) == (1, 2)
    assert [(x.name, y.name) for x, y in shape.exits(outer)] == [("d", "e")]
    assert not shape.irreducible


def test_two_entries_make_a_loop_irreducible_and_a_dispatch_block_mends_it() -> None:
    function = graph("a>b c; b>c d; c>b; d>")
    assert Shape(function).irreducible
    make_reducible(function)
    shape = Shape(function)
    assert not shape.irreducible
    assert [loop.header.name for loop in shape.loops] == ["dispatch"]


def test_irreducible_cycles_within_loops_are_mended_too() -> None:
    function = graph("a>b; b>c d; c>d e; d>c e; e>b f; f>")
    make_reducible(function)
    shape = Shape(function)
    assert not shape.irreducible
    assert len(shape.loops) == 2


def test_edges_count_as_often_as_a_switch_has_them() -> None:
    shape = Shape(graph("a>b c c; b>c; c>"))
    (last,) = [b for b in shape.order if b.name == "c"]
    assert [b.name for b in shape.edges_into(last)] == ["a", "a", "b"]
    assert [b.name for b in shape.predecessors[last]] == ["a", "b"]


def test_the_common_dominator_is_the_last_block_on_all_ways() -> None:
    shape = Shape(graph("a>b c; b>d e; c>e; d>f; e>f g; f>; g>"))
    blocks = {block.name: block for block in shape.order}

    def above(name: str) -> set[str]:
        return {other for other in blocks if shape.dominates(blocks[other], blocks[name])}

    for first in blocks:
        for second in blocks:
            found = shape.common_dominator([blocks[first], blocks[second]])
            assert found is not None
            assert above(found.name) == above(first) & above(second)
    assert shape.common_dominator([]) is None
