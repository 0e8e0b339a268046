"""Stores that LLVM has sunk stand in their arms again."""

from __future__ import annotations

from enzcc import llvm
from enzcc.ad.copies.unsunk import unsink
from enzcc.ir.module import Module

SUNK = """
define void @f(ptr %s, ptr %p, ptr %q, ptr %r, i32 %k, double %x) {
entry:
  switch i32 %k, label %third [
    i32 1, label %first
    i32 2, label %last
  ]
first:
  br label %last
third:
  br label %last
last:
  %at = phi i64 [ 8, %first ], [ 16, %third ], [ 24, %entry ]
  %value = phi ptr [ %p, %first ], [ %q, %third ], [ %r, %entry ]
  %place = getelementptr i8, ptr %s, i64 %at
  store ptr %value, ptr %place, align 8
  store double %x, ptr %s, align 8
  ret void
}
"""


def _moved(text: str) -> list[str]:
    module = Module.parse(text)
    function = module.function("f")
    assert unsink(function)
    function.name_everything()
    llvm.verify(module.print())
    return [b.name for b in function.blocks for i in b.instructions if i.opcode == "store"]


def test_each_arm_stores_its_own_value_where_it_belongs() -> None:
    assert _moved(SUNK) == ["arm", "first", "third", "last"]


def test_stores_in_front_move_with_it() -> None:
    before = "  store double %x, ptr %q, align 8\n"
    assert _moved(SUNK.replace("  store ptr", before + "  store ptr")).count("third") == 2


def test_what_is_read_in_front_stays_there() -> None:
    read = "  %y = load double, ptr %q, align 8\n"
    function = Module.parse(SUNK.replace("  store ptr", read + "  store ptr")).function("f")
    assert not unsink(function)


def test_one_value_at_several_places_stays() -> None:
    function = Module.parse(SUNK.replace("store ptr %value", "store ptr %r")).function("f")
    assert not unsink(function)
