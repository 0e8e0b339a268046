"""May memory change between a load and the reverse sweep? How often that question is asked."""

from __future__ import annotations

from random import Random
from types import SimpleNamespace
from typing import cast

import pytest

from enzcc.ad import differentiate
from enzcc.analysis.activity import Activity
from enzcc.analysis.changes import Changes
from enzcc.analysis.nodes import Node
from enzcc.settings import Settings

MANY = 40


def program(attribute: str) -> str:
    """IR in which elements of one array, multiplied in pairs, become those of another one."""
    lines: list[str] = []
    for k in range(MANY):
        lines += [
            f"  %p{k} = getelementptr inbounds double, ptr %x, i64 {k}",
            f"  %q{k} = getelementptr inbounds double, ptr %x, i64 {7 * k % MANY}",
            f"  %y{k} = getelementptr inbounds double, ptr %y, i64 {k}",
            f"  %a{k} = load double, ptr %p{k}",
            f"  %b{k} = load double, ptr %q{k}",
            f"  %c{k} = fmul double %a{k}, %b{k}",
            f"  store double %c{k}, ptr %y{k}",
        ]
    return "\n".join(
        [
            f"define void @f(ptr{attribute} %x, ptr{attribute} %y) {{",
            *lines,
            "  ret void",
            "}",
            "define void @g(ptr %x, ptr %dx, ptr %y, ptr %dy) {",
            "  call void (...) @__enzyme_autodiff(ptr @f, ptr %x, ptr %dx, ptr %y, ptr %dy)",
            "  ret void",
            "}",
            "declare void @__enzyme_autodiff(...)",
            "",
        ]
    )


@pytest.mark.parametrize(("question", "attribute"), [("_earlier", ""), ("overlaps", " noalias")])
def test_a_load_is_compared_with_few_writes(
    question: str, attribute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that come before it are passed over at once; those that never meet it, too."""
    asked = 0
    answer = getattr(Changes, question)

    def counted(*operands: object) -> object:
        nonlocal asked
        asked += 1
        return answer(*operands)

    monkeypatch.setattr(Changes, question, counted)
    differentiate(program(attribute), Settings(), lambda *_: "")
    assert asked <= 4 * MANY


def test_what_calls_write_is_what_all_that_they_lead_to_write() -> None:
    """Also where functions call each other, in whatever order they are asked."""
    for seed in range(300):
        chance = Random(seed)
        names = [f"f{index}" for index in range(chance.randint(1, 9))]
        within = {
            name: (
                {Node(number): None} if chance.random() < 0.8 else {},
                chance.random() < 0.1,
                dict.fromkeys(chance.choices(names, k=chance.randint(0, 3))),
            )
            for number, name in enumerate(names)
        }
        changes = Changes.__new__(Changes)
        changes.activity = cast(
            Activity, SimpleNamespace(written_through={}, written_within=within)
        )
        for name in chance.sample(names, len(names)):
            led_to, work = {name}, [name]
            while work:
                new = within[work.pop()][2].keys() - led_to
                led_to |= new
                work += new
            places, outside = changes._through(name)
            assert {place.node for place in places} == {n for f in led_to for n in within[f][0]}
            assert outside == any(within[f][1] for f in led_to)
