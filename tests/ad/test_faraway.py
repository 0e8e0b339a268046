"""Functions of which no copy can be made lose their places in the source, and no others do."""

from __future__ import annotations

import re

import pytest

from enzcc import llvm
from enzcc.ad.copies import faraway

MODULE = """
@table = constant [1 x ptr] [ptr @in_table]
declare double @__enzyme_autodiff(ptr, double)
declare void @takes(ptr)

define double @differentiated(double %x) !dbg !20 {
  %r = call double @called(double %x), !dbg !30
  ret double %r, !dbg !30
}

define double @called(double %x) !dbg !21 {
  ret double %x, !dbg !31
}

define double @in_table(double %x) !dbg !22 {
  %r = call double @from_table(double %x), !dbg !32
  ret double %r, !dbg !32
}

define double @from_table(double %x) !dbg !23 {
  ret double %x, !dbg !33
}

define double @handed_on(double %x) !dbg !24 {
  ret double %x, !dbg !34
}

define double @asks(double %x) !dbg !25 {
  %r = call double @__enzyme_autodiff(ptr @differentiated, double %x), !dbg !35
  call void @far(), !dbg !35
  ret double %r, !dbg !35
}

define double @asks_through_a_header(double %x) !dbg !26 {
  %r = call double @asks(double %x), !dbg !36
  ret double %r, !dbg !36
}

define void @far() !dbg !27 {
  %p = alloca double, align 8, !dbg !37
  store double 1.0, ptr %p, align 8, !dbg !37, !tbaa !41
  call void @takes(ptr @handed_on), !dbg !37
  ret void, !dbg !37
}

!llvm.module.flags = !{!0}
!llvm.dbg.cu = !{!1}
!0 = !{i32 2, !"Debug Info Version", i32 3}
!1 = distinct !DICompileUnit(language: DW_LANG_C11, file: !2, emissionKind: LineTablesOnly)
!2 = !DIFile(filename: "a.c", directory: "/")
!3 = !DIFile(filename: "elsewhere.c", directory: "/")
"""
NAMES = re.findall(r"^define \S+ @(\w+)", MODULE, re.MULTILINE)
MODULE += "".join(
    f'!{20 + i} = distinct !DISubprogram(name: "{name}", file: !2, line: {i}, unit: !1)\n'
    f"!{30 + i} = !DILocation(line: {i}, scope: !{20 + i})\n"
    for i, name in enumerate(NAMES)
)
MODULE += '!40 = !{!"double", !42, i64 0}\n!41 = !{!40, !40, i64 0}\n!42 = !{!"char"}\n'


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(faraway, "WORTH", 0)
    return faraway.without_far_lines(MODULE)


def test_only_what_no_copy_is_made_of_loses_its_lines(left: str) -> None:
    bodies = {name: left[left.index(f"@{name}(double") :] for name in NAMES if name != "far"}
    assert all(" !dbg " in body[: body.index("\n}")] for body in bodies.values())
    far = left[left.index("define void @far()") :]
    assert "dbg" not in far[: far.index("\n}")]
    assert "store double 1.0, ptr %p, align 8, !tbaa !41\n" in far


def test_nodes_that_nothing_names_go_but_for_files(left: str) -> None:
    assert "\n!27 = " not in left
    assert "\n!37 = " not in left
    assert "\n!42 = " in left
    assert "\n!3 = !DIFile" in left
    llvm.verify(left)


def test_little_is_left_as_it_is() -> None:
    assert faraway.without_far_lines(MODULE) is MODULE
