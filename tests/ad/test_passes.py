"""LLVM's passes: what a run of them costs does not depend on how many there were before."""

from __future__ import annotations

from typing import Any

import llvmlite.binding
import pytest

from enzcc import llvm

FUNCTIONS = "".join(
    f"define double @f{i}(double %x) {{\n  %p = alloca double\n  store double %x, ptr %p\n"
    f"  %y = load double, ptr %p\n  ret double %y\n}}\n"
    for i in range(5)
)
NAMES = [f"f{i}" for i in range(5)]


@pytest.mark.parametrize("step", [llvm.simplify, llvm.promote, llvm.rotated, llvm.cleaned])
def test_no_builder_of_passes_is_used_twice(step: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """llvmlite adds to a builder's callbacks with each run, and each pass calls them all."""
    runs: list[Any] = []  # keeps them alive, so that no two are one object
    kind = llvmlite.binding.newpassmanagers.NewPassManager
    run = kind.run
    monkeypatch.setattr(
        kind, "run", lambda self, ir, builder: runs.append(builder) or run(self, ir, builder)
    )
    assert "alloca" not in step(FUNCTIONS, NAMES)
    assert len(runs) >= len(NAMES)
    assert len({id(builder) for builder in runs}) == len(runs)
