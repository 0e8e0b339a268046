"""May memory change between a load and the reverse sweep? How often that question is asked."""

from __future__ import annotations

import pytest

from enzcc.ad import differentiate
from enzcc.analysis.changes import Changes
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
