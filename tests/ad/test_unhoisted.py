"""Allocations that LLVM has hoisted stand in their arms again."""

from __future__ import annotations

from enzcc import llvm
from enzcc.ad.copies.unhoisted import unhoist
from enzcc.ir.module import Module

HOISTED = """
@one = external constant ptr
@other = external constant ptr
declare ptr @malloc(i64)
declare void @free(ptr)

define void @f(i1 %c, double %x) {
entry:
  %p = call ptr @malloc(i64 16)
  %q = getelementptr inbounds i8, ptr %p, i64 8
  br i1 %c, label %first, label %second
first:
  store ptr @one, ptr %p, align 8
  store double %x, ptr %q, align 8
  br label %last
second:
  store ptr @other, ptr %p, align 8
  store double 0.0, ptr %q, align 8
  br label %last
last:
  call void @free(ptr %p)
  ret void
}
"""


def _blocks_with_calls(text: str) -> list[str] | None:
    module = Module.parse(text)
    function = module.function("f")
    if not unhoist(function):
        return None
    function.name_everything()
    promoted = Module.parse(llvm.promote(module.print(), ["f"])).function("f")
    return [
        block.name
        for block in promoted.blocks
        for inst in block.instructions
        if inst.opcode == "call" and inst.type.text == "ptr"
    ]


def test_objects_with_tables_of_their_own_are_allocated_where_they_begin() -> None:
    assert _blocks_with_calls(HOISTED) == ["first", "second"]


def test_objects_of_one_kind_stay() -> None:
    assert _blocks_with_calls(HOISTED.replace("ptr @other", "ptr @one")) is None


def test_what_is_used_in_front_stays() -> None:
    used = "  store i64 0, ptr %q\n  br i1"
    assert _blocks_with_calls(HOISTED.replace("  br i1", used)) is None


def test_an_edge_to_where_the_arms_meet_gets_a_block() -> None:
    fork = "switch i2 %k, label %last [\n    i2 1, label %first\n    i2 2, label %second\n  ]"
    text = HOISTED.replace("br i1 %c, label %first, label %second", fork)
    assert _blocks_with_calls(text.replace("i1 %c, d", "i2 %k, d")) == ["arm", "first", "second"]
