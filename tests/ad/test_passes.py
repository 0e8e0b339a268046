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


LONG = ["a" * 700, "b" * 700]
CROSSED = f"""
declare void @h(i32)
declare i32 @__gxx_personality_v0(...)
define void @f(i1 %p, i1 %q) personality ptr @__gxx_personality_v0 {{
entry:
  invoke void @h(i32 0)
          to label %start unwind label %pad
start:
  br i1 %p, label %{LONG[0]}, label %other
{LONG[0]}:
  call void @h(i32 1)
  br i1 %q, label %{LONG[1]}, label %end
other:
  call void @h(i32 2)
  br i1 %q, label %{LONG[1]}, label %end
{LONG[1]}:
  call void @h(i32 3)
  br label %end
end:
  call void @h(i32 4)
  ret void
pad:
  %l = landingpad {{ ptr, i32 }} catch ptr null
  call void @h(i32 5)
  ret void
}}
"""


def test_what_llvm_calls_after_two_long_names_is_read_again() -> None:
    """Blocks on critical edges: functions of Eigen, inlined, have such names."""
    again = llvm.normalise(llvm.simplify(CROSSED, ["f"]))
    assert f"%{LONG[0]}.{LONG[1]}" in again
