"""What derivatives may need of a program's modules, told from the names in their text alone."""

from __future__ import annotations

import pytest

from enzcc.ir.imports import Program
from enzcc.ir.module import Module

_ASKING = """
@table = global [1 x ptr] [ptr @other]
declare double @__enzyme_autodiff(ptr, ...)
declare void @sort(ptr, ptr)
declare double @other(double)
define double @f(double %x, ptr %p) {{
  {body}
  ret double %x
}}
define double @ask(double %x, ptr %p) {{
  %d = call double (ptr, ...) @__enzyme_autodiff(ptr {operand}, double %x, ptr %p)
  ret double %d
}}
"""
_OTHER = """
define double @other(double %x) {
  %y = fmul double %x, %x
  ret double %y
}
"""


@pytest.mark.parametrize(
    ("body", "operand", "is_reached"),
    [
        ("%y = fadd double %x, %x", "@f", False),
        ("%y = call double asm \"fabs\", \"=f,0\"(double %x)", "@f", False),
        ("%y = call double %p(double %x)", "@f", True),
        ("%y = call noundef double (double, ...) %p(double %x)", "@f", True),
        ("call void @sort(ptr %p, ptr %p)", "@f", True),
        ("%y = call double @other(double %x)", "@f", True),
        ("%y = fadd double %x, %x", "%p", True),
    ],
)  # fmt: skip
def test_what_variables_hold_is_reached_where_something_is_called_through_a_pointer(
    body: str, operand: str, is_reached: bool
) -> None:
    modules = [Module.parse(_ASKING.format(body=body, operand=operand)), Module.parse(_OTHER)]
    program = Program(
        [lambda: modules[0], lambda: modules[1]],
        lambda _, name: 1 if name == "other" else None,
        suffix=str,
        closed=lambda _: False,
        speaking=(),
        calling=("sort",),
    )
    assert ((1, "other") in program.reach(0)) == is_reached
