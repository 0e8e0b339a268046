"""Text we cannot read is refused with its line; nothing is passed over in silence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enzcc.ir import Module, ParseError
from ir.corpus import compiled

RARE = compiled("rare.ll") or ""


def read_and_print(text: str) -> str:
    module = Module.parse(text)
    for name in module.functions_with_bodies():
        module.function(name)
    return module.print()


def wrong(body: str, *, head: str = "define void @f(i32 %x, ptr %p) {") -> str:
    return f'source_filename = "a"\n\n{head}\n  %ok = add i32 %x, 1\n{body}\n  ret void\n}}\n'


@pytest.mark.parametrize(
    "body",
    [
        "  %y = frobnicate i32 %x, 1",
        "  %y = add i32 %x",
        "  %y = add i32 %x, %nowhere",
        "  %y = add i32 @nowhere, %x",
        "  %y = add wonderful i32 %x, 1",
        "  %y = add i32 %x, 1.0",
        "  %y = add i32 %x, frob (i32 1)",
        "  %y = add 32 %x, 1",
        "  %y = load i32 ptr %p",
        "  %y = extractvalue { i32, i32 } undef, 2",
        "  %y = extractvalue { i32, i32 } undef",
        "  %y = select i1 true, i32 %x",
        "  %y = icmp i32 %x, 1",
        "  %y = trunc i32 %x i8",
        "  call void @f(i32 %x",
        "  call void @f(i32 %x; ptr %p)",
        "  invoke void @f(i32 %x, ptr %p)",
        '  call void @f(i32 %x, ptr %p) [ "deopt"(i32 1 ]',
        "  switch i32 %x, label %a",
        "  br label %nowhere",
        "  br %x",
        "  cleanuppad [i32 1]",
        " %y = add i32 %x, 1",
        "   %y = add i32 %x, 1",
        "    #something(i32 %x)",
        "nonsense",
        "here: there",
    ],
)
def test_the_error_names_the_line(body: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_and_print(wrong(body))
    if body != "here: there":
        assert caught.value.number in (5, 6)
        assert str(caught.value.number) in str(caught.value)
    assert caught.value.line.strip() in str(caught.value)


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("define void @f(i32 %x, ptr %p {", 3),
        ("define void f(i32 %x, ptr %p) {", 3),
        ("define void @f(i32 x, ptr %p) {", 3),
        ("definition void @f(i32 %x, ptr %p) {", 3),
        ("something new\ndefine void @f(i32 %x, ptr %p) {", 3),
        ("%t = type { i32, \ndefine void @f(i32 %x, ptr %p) {", 3),
        ("@x = nothing i32 4\ndefine void @f(i32 %x, ptr %p) {", 3),
    ],
)
def test_the_top_level_is_read_as_strictly(head: str, line: int) -> None:
    with pytest.raises(ParseError) as caught:
        read_and_print(wrong("", head=head))
    assert caught.value.number == line


def test_lines_are_counted_in_the_whole_module() -> None:
    lines = RARE.split("\n")
    at = next(i for i, line in enumerate(lines) if "%done = icmp eq i32 %down, 0" in line)
    lines[at] = lines[at].replace("icmp", "fancy")
    with pytest.raises(ParseError) as caught:
        read_and_print("\n".join(lines))
    assert caught.value.number == at + 1


@settings(max_examples=300, deadline=None)
@given(
    at=st.integers(0, len(RARE) - 2),
    length=st.integers(0, 12),
    new=st.sampled_from(
        ["", " ", ",", "(", ")", "%", "0", "x", "i32 ", '"', "}", "\n", "metadata "]
    ),
)
def test_damaged_text_is_refused_or_kept(at: int, length: int, new: str) -> None:
    """A damaged module is an error, or all of the damage is still there when it is printed."""
    damaged = RARE[:at] + new + RARE[at + length :]
    try:
        printed = read_and_print(damaged)
    except ParseError:
        return
    assert words(printed) == words(damaged)


def words(text: str) -> list[str]:
    """The lines of a text without their blanks, but for empty ones."""
    return [line for line in text.replace(" ", "").split("\n") if line]
