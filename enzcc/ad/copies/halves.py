"""Shuffles that move words by their halves move words.

    shufflevector <4 x i32> %v, <4 x i32> poison, <4 x i32> <i32 2, i32 3, i32 2, i32 3>
    -->
    shufflevector <2 x i64> %v', <2 x i64> poison, <2 x i32> <i32 1, i32 1>

`_mm_shuffle_epi32` and its like are used on vectors of doubles: Eigen does so in every product of
matrices. LLVM says it in words as a rule, but not where a sanitizer watches the vector's load; and
half a double has no derivative. Only where words come out of it in the end: elsewhere a part may be
poison on its own.
"""

from __future__ import annotations

import re
from typing import Final

from enzcc.patterns import pattern

_NAME: Final = r'%[-\w.$]+|%"[^"\n]*"'
_VALUE: Final = rf"({_NAME}|poison|undef|zeroinitializer)"
_SHUFFLE: Final = pattern(
    rf"^  ({_NAME}) = shufflevector <(\d+) x i(8|16|32)> {_VALUE}, <\d+ x i\d+> {_VALUE}, "
    r"<\d+ x i32> <(i32 [^>\n]*)>(.*)$",
    re.MULTILINE,
)

_IN_A_NAME: Final = pattern(r"[-\w.$]")
_TO_WORDS: Final = pattern(r" to <\d+ x (?:double|i64)>")


def with_whole_words(body: str) -> str:
    """The text of a function with such shuffles of words of 64 bits."""
    if " = shufflevector <" not in body:
        return body
    return _SHUFFLE.sub(lambda match: _rewritten(match, body), body)


def _rewritten(match: re.Match[str], body: str) -> str:
    result, count, bits, first, second, mask, tail = match.groups()
    parts = 64 // int(bits)
    positions = [number.split()[1] for number in mask.split(", ")]
    if int(count) % parts or len(positions) % parts or not _gives_words(result, body):
        return match[0]
    moved: list[str] = []
    for at in range(0, len(positions), parts):
        word = _word(positions[at : at + parts])
        if word is None:
            return match[0]
        moved.append(f"i32 {word}")
    whole = f"<{int(count) // parts} x i64>"
    name = result[1:].strip('"')
    lines: list[str] = []
    operands: list[str] = []
    for index, value in enumerate((first, second)):
        if value.startswith("%"):
            made = f'%"enzcc.words.{name}.{index}"'
            lines.append(f"  {made} = bitcast <{count} x i{bits}> {value} to {whole}")
            value = made
        operands.append(f"{whole} {value}")
    made = f'%"enzcc.words.{name}"'
    lines.append(
        f"  {made} = shufflevector {', '.join(operands)}, <{len(moved)} x i32> <{', '.join(moved)}>"
        f"{tail}"
    )
    lines.append(
        f"  {result} = bitcast <{len(moved)} x i64> {made} to <{len(positions)} x i{bits}>{tail}"
    )
    return "\n".join(lines)


def _gives_words(value: str, body: str) -> bool:
    """Is the value used as a vector of words only?"""
    at = body.find(value)
    while at >= 0:
        behind = at + len(value)
        begin, end = body.rfind("\n", 0, at) + 1, body.find("\n", at)
        if not _IN_A_NAME.match(body, behind) and not body.startswith(f"  {value} = ", begin):
            line = body[begin:end]
            if " = bitcast <" not in line or not _TO_WORDS.match(body, behind):
                return False
        at = body.find(value, behind)
    return True


def _word(positions: list[str]) -> str | None:
    """The word that consecutive halves (or smaller parts) make up; None if they make up none."""
    if all(position == "poison" for position in positions):
        return "poison"
    if "poison" in positions or int(positions[0]) % len(positions):
        return None
    start = int(positions[0])
    if [int(position) for position in positions] != list(range(start, start + len(positions))):
        return None
    return str(start // len(positions))
