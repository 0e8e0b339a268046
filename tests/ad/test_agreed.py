"""What all callers of a copy hand over as one constant is that constant in it."""

from __future__ import annotations

import pytest

from enzcc.ad.copies.agreed import with_agreed, without_uncalled

MODULE = """
define double @root..enzcc(ptr %x) {{
  %s = alloca {{ ptr, i64 }}, align 8
  %t = alloca {{ ptr, i64 }}, align 8
  store ptr %x, ptr %s, align 8
  %p = getelementptr inbounds nuw i8, ptr %s, i64 8
  store i64 3, ptr %p, align 8
  {between}
  %a = call double @through..enzcc(ptr %s, i32 4)
  %q = getelementptr inbounds nuw i8, ptr %t, i64 8
  store i64 {other}, ptr %q, align 8
  %b = call double @through..enzcc(ptr %t, i32 4)
  %r = fadd double %a, %b
  ret double %r
}}

define double @through..enzcc(ptr %s, i32 %k) {{
  %r = call double @apply..enzcc(ptr %s, i32 %k)
  ret double %r
}}

define double @apply..enzcc(ptr %s, i32 %k) {{
  {first}
  %p = getelementptr inbounds nuw i8, ptr %s, i64 8
  %n = load i64, ptr %p, align 8
  %large = icmp sgt i64 %n, 47
  br i1 %large, label %blocks, label %small

blocks:
  %b = call double @blocks..enzcc(ptr %s)
  ret double %b

small:
  %x = load ptr, ptr %s, align 8
  %r = load double, ptr %x, align 8
  ret double %r
}}

define double @blocks..enzcc(ptr %s) {{
  ret double 0.0
}}

declare void @unknown(ptr)
"""


NOTHING = "%z = add i64 0, 0"


def put(between: str = NOTHING, other: int = 3, first: str = NOTHING, more: str = "") -> str:
    text = MODULE.format(between=between, other=other, first=first) + more
    return with_agreed(text, ["root..enzcc"])[0]


def test_a_size_in_a_struct_goes_through_another_function() -> None:
    assert "icmp sgt i64 3, 47" in put()


@pytest.mark.parametrize(
    "changed",
    [
        {"other": 4},
        {"between": "call void @unknown(ptr %s)"},
        {"between": "store i64 7, ptr %s, align 1"},
        {"between": "store i64 7, ptr %x, align 8\n  store i16 7, ptr %p, align 8"},
        {"first": "call void @unknown(ptr %s)"},
        {"first": "store i64 7, ptr %s, align 8"},
        {"more": "\n@taken = global ptr @apply..enzcc\n"},
    ],
    ids=str,
)
def test_what_may_be_another_number_stays(changed: dict[str, str]) -> None:
    wanted = "icmp sgt i64 3, 47" if "align 1" in str(changed) else "icmp sgt i64 %n, 47"
    assert wanted in put(**changed)  # type: ignore[arg-type]


def test_a_number_by_value_is_known_where_it_decides() -> None:
    text = """
define i32 @root..enzcc() {
  %r = call i32 @f..enzcc(i32 5)
  ret i32 %r
}

define i32 @f..enzcc(i32 %n) {
  %many = icmp sgt i32 %n, 8
  %r = select i1 %many, i32 1, i32 2
  ret i32 %r
}
"""
    assert "icmp sgt i32 5, 8" in with_agreed(text, ["root..enzcc"])[0]
    assert with_agreed(text, ["root..enzcc", "f..enzcc"]) == (text, [])


def test_copies_that_nobody_calls_any_more_are_gone() -> None:
    text = put().replace("call double @blocks..enzcc(ptr %s)", "fadd double 0.0, 0.0")
    left = without_uncalled(text, ["root..enzcc"])
    assert "@blocks..enzcc" not in left
    assert "@apply..enzcc(ptr %s, i32 %k) {" in left
