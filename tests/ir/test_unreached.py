"""What nothing reaches is left out, and nothing else: LLVM finds the same with it and without."""

from __future__ import annotations

import re

from enzcc import llvm
from enzcc.ir.unreached import without_unreached

MODULE = """
$pair = comdat any
$group = comdat any
$"a b" = comdat any

@table = constant [1 x ptr] [ptr @in_table]
@group = linkonce_odr global i32 0, comdat
@other = alias void (), ptr @aliased

define void @root() {
  call void @chain()
  call void @"a b"()
  ret void
}

define internal void @chain() {
  call void @end()
  ret void
}

define linkonce_odr void @end() {
  ret void
}

define linkonce_odr void @in_table() {
  ret void
}

define internal void @aliased() {
  ret void
}

define linkonce_odr void @of_group() comdat($group) {
  store i32 1, ptr @group
  ret void
}

define linkonce_odr void @"a b"() comdat {
  ret void
}

define linkonce_odr void @with_it() comdat($"a b") {
  ret void
}

define internal void @alone() {
  call void @only_by_alone()
  ret void
}

define linkonce_odr void @only_by_alone() {
  call void @alone()
  call void @declared()
  ret void
}

define linkonce_odr void @pair() comdat {
  ret void
}

define available_externally void @elsewhere() {
  ret void
}

declare void @declared()
"""


def defined(text: str) -> list[str]:
    return re.findall(r'^define [^@]*@("[^"]+"|\w+)', text, re.MULTILINE)


def test_what_nothing_reaches_is_left_out() -> None:
    kept = defined(without_unreached(MODULE))
    gone = {"alone", "only_by_alone", "pair", "elsewhere"}
    assert kept == [name for name in defined(MODULE) if name not in gone]


def test_llvm_makes_the_same_of_the_rest() -> None:
    less = without_unreached(MODULE)
    assert llvm.without_unused(less) == llvm.without_unused(MODULE)
    llvm.verify(less)


def test_a_function_whose_labels_others_look_at_stays() -> None:
    text = MODULE + "define internal void @l() {\n  br label %b\nb:\n  ret void\n}\n"
    text += "@label = constant ptr blockaddress(@l, %b)\n"
    assert without_unreached(text) == text


def test_a_module_where_all_is_reached_stays_as_it_is() -> None:
    text = "define void @f() {\n  ret void\n}\n\n@x = global ptr @f\n"
    assert without_unreached(text) == text
