"""Calls and declarations of functions, as text: parentheses, commas, types."""

from __future__ import annotations

from typing import Final

from enzcc.patterns import pattern

_OPENING: Final = "([{<"
_CLOSING: Final = ")]}>"
_PARENTHESIS: Final = pattern(r"[()]")
_WORDS: Final = pattern(
    r" (?:noundef|nonnull|readonly|writeonly|readnone|nocapture|noalias|immarg|returned|signext"
    r"|zeroext|inreg|align \d+|captures\([^()]*\)|dereferenceable\(\d+\))"
)


def closing(text: str, start: int) -> int:
    """Where the parenthesis that opens at `start` closes."""
    depth = 0
    for found in _PARENTHESIS.finditer(text, start):
        if found[0] == "(":
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return found.start()
    raise ValueError("unbalanced parentheses")


def split_at_commas(text: str) -> list[str]:
    """The parts of a list, which may have lists in them."""
    out: list[str] = []
    depth = start = 0
    for at, char in enumerate(text):
        if char in _OPENING:
            depth += 1
        elif char in _CLOSING:
            depth -= 1
        elif char == "," and depth == 0:
            out.append(text[start:at].strip())
            start = at + 1
    rest = text[start:].strip()
    return [*out, rest] if rest else out


def parameters_of(line: str) -> tuple[str, list[str]]:
    """The result type and the parameter types of a `declare` line of an intrinsic."""
    head, _, rest = line.partition("@")
    result = _WORDS.sub("", head.removeprefix("declare").rstrip()).strip()
    start = rest.index("(")
    parts = split_at_commas(rest[start + 1 : closing(rest, start)])
    return result, [_WORDS.sub("", part).strip() for part in parts]
