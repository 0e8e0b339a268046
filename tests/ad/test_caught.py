"""What inactive code calls in the place of a copy."""

from __future__ import annotations

from enzcc.ad.exceptions.caught import callable_as_it_is
from enzcc.ir.module import Module

INLINED = """
@flag = external constant i8

define i8 @single..enzcc() {
  %value = load i8, ptr @flag
  ret i8 %value
}
"""


def test_a_function_that_llvm_has_inlined_and_dropped_is_made_again() -> None:
    module = Module.parse(INLINED)
    assert callable_as_it_is(module, "single..enzcc").name == "single"
    assert "define internal i8 @single()" in module.print()


def test_the_users_function_is_taken_where_there_is_one() -> None:
    module = Module.parse(INLINED + "declare i8 @single()\n")
    assert callable_as_it_is(module, "single..enzcc").name == "single"
    assert "define internal" not in module.print()
