"""Shuffles of words by their halves."""

from __future__ import annotations

import pytest

from enzcc.ad.copies.halves import with_whole_words

OPERANDS = "<4 x i32> %v, <4 x i32> poison, <4 x i32>"


def shuffled(mask: str, use: str = "bitcast <4 x i32> %s to <2 x double>") -> str:
    numbers = ", ".join(f"i32 {number}" for number in mask.split())
    return f"entry:\n  %s = shufflevector {OPERANDS} <{numbers}>, !dbg !7\n  %r = {use}\n"


def test_words_that_stay_whole_are_moved_as_words() -> None:
    made = with_whole_words(shuffled("2 3 0 1"))
    assert '%"enzcc.words.s.0" = bitcast <4 x i32> %v to <2 x i64>' in made
    assert (
        'shufflevector <2 x i64> %"enzcc.words.s.0", <2 x i64> poison, '
        "<2 x i32> <i32 1, i32 0>, !dbg !7" in made
    )
    assert '%s = bitcast <2 x i64> %"enzcc.words.s" to <4 x i32>, !dbg !7' in made


@pytest.mark.parametrize("mask", ["1 0 2 3", "1 2 2 3", "0 1 3 poison", "0 0 0 0"])
def test_words_that_are_broken_stay_as_they_are(mask: str) -> None:
    body = shuffled(mask)
    assert with_whole_words(body) == body


@pytest.mark.parametrize(
    "use", ["add <4 x i32> %s, %s", "bitcast <4 x i32> %s to <8 x i16>", "freeze <4 x i32> %s"]
)
def test_a_use_by_parts_leaves_the_parts(use: str) -> None:
    body = shuffled("2 3 0 1", use)
    assert with_whole_words(body) == body
