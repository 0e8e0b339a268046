"""Functions that a step of LLVM's leaves as they are come back word for word as LLVM would have
printed them."""

from __future__ import annotations

from functools import partial

import pytest

from enzcc import llvm
from enzcc.ad.copies import bystanders

MODULE = """
%only.there = type { double, i32 }
$other = comdat any
$inner = comdat any
@0 = private unnamed_addr constant [3 x i8] c"a#1"
@table = constant [1 x ptr] [ptr @in_table]
declare double @sin(double) #2
declare void @takes(ptr)
declare double @llvm.fabs.f64(double)

define double @first(ptr %p) #0 {
  %q = getelementptr %only.there, ptr %p, i32 1, i32 0
  %v = load double, ptr %q, !tbaa !3
  ret double %v
}

; Function Attrs: noinline
define double @f..enzcc(ptr %p, i1 %c) memory(read) uwtable noinline {
  %slot = alloca double
  %v = load double, ptr %p, !tbaa !10
  store double %v, ptr %slot
  br i1 %c, label %a, label %b
a:
  %w = call double @called(ptr %p) nounwind
  %x = call double asm sideeffect " #4 !10 mov", "=r"() cold
  store double %w, ptr %slot, !tbaa !13
  br label %b
b:
  %r = load double, ptr %slot
  ret double %r
}

define linkonce_odr double @other(ptr %p) #1 comdat {
  %v = load double, ptr %p, !tbaa !0
  %s = call double @sin(double %v) #4
  call void @takes(ptr @0) #3
  %t = call double @inner(ptr %p)
  %u = call double @llvm.fabs.f64(double %t)
  %w = call double asm " #2 !3 mov", "=r"() #4
  ret double %u
}

define linkonce_odr double @inner(ptr %p) #5 comdat {
  %v = load double, ptr %p, !tbaa !10
  %w = fmul double %v, 3.0
  ret double %w
}

define internal double @in_table(ptr %p) {
  %v = load double, ptr %p, !tbaa !13
  %s = call double @sin(double %v) #4
  call void @takes(ptr @0) #3
  ret double %s
}

define internal double @called(ptr %p) #0 {
  %v = call double @first(ptr %p)
  ret double %v
}

attributes #0 = { mustprogress uwtable }
attributes #1 = { nounwind uwtable "x"="y" }
attributes #2 = { nounwind }
attributes #3 = { cold }
attributes #4 = { nounwind memory(none) }
attributes #5 = { noinline }
!10 = !{!11, !11, i64 0}
!11 = !{!"third", !2}
!13 = !{!11, !11, i64 0}
!0 = !{!1, !1, i64 0}
!1 = !{!"double", !2}
!2 = !{!"root"}
!3 = !{!4, !4, i64 0}
!4 = !{!"other", !2}
"""
NAMES = ["f..enzcc"]


@pytest.fixture(autouse=True)
def everything_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bystanders, "WORTH", -100_000)


@pytest.mark.parametrize("optimise", [False, True])
def test_the_module_is_the_same(optimise: bool) -> None:
    step = partial(llvm.simplify, names=NAMES, level=2 if optimise else 0)
    seen: list[str] = []

    def work(text: str) -> str:
        seen.append(text)
        return step(text)

    for text in (MODULE, llvm.normalise(MODULE)):
        assert llvm.normalise(bystanders.shown(text, NAMES, work)) == llvm.normalise(step(text))
    assert len(seen) == 2  # nothing was done twice
    assert all("@first" not in text for text in seen)
    assert all('!"third"' in text and '!"other"' not in text for text in seen)


def test_what_is_always_inlined_stays_for_those_that_were_not_shown() -> None:
    """LLVM drops what it has inlined everywhere, as far as it sees."""
    text = MODULE.replace("#5 = { noinline }", "#5 = { alwaysinline }").replace(" #2 !3", "")
    shown: list[str] = []

    def work(text: str) -> str:
        shown.append(text)
        return llvm.simplify(text, NAMES)

    after = bystanders.shown(text, NAMES, work)
    assert "@inner" not in shown[0].replace("$inner", "")
    assert "call double @inner(" in after
    llvm.verify(after)

    calling = text.replace("call double @called(ptr %p) nounwind", "call double @inner(ptr %p)")
    after = bystanders.shown(calling, NAMES, work)
    assert "call double @inner(" in after.split("@other(")[1]  # of a function aside
    inlined = after.split("@f..enzcc(")[1].split("\n}")[0]
    assert "@inner(" not in inlined
    assert "fmul" in inlined
    llvm.verify(after)


def test_labels_of_others_are_left_alone() -> None:
    text = MODULE + "\n@label = global ptr blockaddress(@first, %there)\n"
    text = text.replace("  %q = getelementptr", "  br label %there\nthere:\n  %q = getelementptr")
    step = partial(llvm.simplify, names=NAMES)
    assert bystanders.shown(text, NAMES, step) == step(text)


@pytest.mark.parametrize("name", ["@first", "%only.there"])
def test_numbers_for_names_depend_on_all(name: str) -> None:
    numbered = llvm.normalise(MODULE).replace(name, name[0] + "0").replace("@0 =", "@constant =")
    numbered = numbered.replace("takes(ptr @0)", "takes(ptr @constant)")
    step = partial(llvm.simplify, names=NAMES)
    assert bystanders.shown(numbered, NAMES, step) == step(numbered)
    assert bystanders.without_bystanders(numbered, NAMES) == numbered
    assert bystanders.without_bystanders(MODULE, NAMES) != MODULE
