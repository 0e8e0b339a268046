"""The words of LLVM's text as regular expressions, and the error for text we cannot read."""
# ruff: noqa: A001 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, final

from enzcc.errors import InternalError
from enzcc.ir.names import unquoted
from enzcc.patterns import pattern


@final
class ParseError(InternalError):
    """IR text with unknown syntax: `number` is the line in the module's text, `line` shows it."""

    def __init__(self, number: int, line: str, why: str) -> None:
        super().__init__(f"IR line {number}: {why}: {line.strip()}")
        self.number, self.line, self.why = number, line, why


class Unreadable(Exception):
    """Unknown syntax in the text at hand; becomes a ParseError where its line is known."""

    def __init__(self, text: str, at: int, expected: str) -> None:
        super().__init__(f"expected {expected} at '{text[at : at + 40]}'")


NAME: Final = r'(?:[-a-zA-Z$._][-a-zA-Z$._0-9]*|\d+|"[^"]*")'

NUMBER: Final = r"(?:0|[1-9]\d*)"

_SCALAR = (
    rf"(?:i[1-9]\d*|ptr(?: addrspace\({NUMBER}\))?|double|float|half|bfloat|x86_fp80|fp128"
    r"|ppc_fp128|x86_amx|void|label|token|metadata)"
)
_FLAT = rf"(?:<(?:vscale x )?{NUMBER} x {_SCALAR}>|\[{NUMBER} x (?:{_SCALAR}|%{NAME})\])"
# Types that need no counting of brackets; everything else is read by recursion.
TYPE: Final = rf"(?:{_SCALAR}|%{NAME}|{_FLAT}|<?{{ {_SCALAR}(?:, {_SCALAR})* }}>?)"
# Values of one word.
WORD: Final = (
    rf"(?:[%@]{NAME}|[-+]?\d[-+.\w]*|(?:true|false|null|undef|poison|zeroinitializer|none)\b)"
)

# Text in balanced parentheses, up to four deep, strings skipped.
_QUOTED = r'"[^"]*"'
_INSIDE = rf'(?:[^()"]|{_QUOTED})*'
for _ in range(3):
    _INSIDE = rf'(?:[^()"]|{_QUOTED}|\({_INSIDE}\))*'
PARENTHESES: Final = rf"\({_INSIDE}\)"

_NOT_ATTRIBUTE = (
    r"(?:void|i\d+|half|bfloat|float|double|x86_fp80|x86_amx|fp128|ppc_fp128|ptr|label|token"
    r"|metadata|target|getelementptr|ptrtoint|ptrtoaddr|inttoptr|bitcast|addrspacecast|trunc|add"
    r"|sub|mul|xor|shl|splat|ptrauth|dso_local_equivalent|no_cfi|extractelement|insertelement"
    r"|shufflevector|asm|undef|poison|null|none|zeroinitializer|true|false|blockaddress)\b"
)
# Linkage, calling convention, attributes, fast-math flags: all that stands before a type or value.
ATTRIBUTES: Final = pattern(
    rf"(?:(?:(?!{_NOT_ATTRIBUTE})[a-z_][\w.]*(?:{PARENTHESES})?(?: \d+)?"
    rf"|{_QUOTED}(?:={_QUOTED})?|![\w.]+ !\d+) )*"
)
# Text up to a comma or a closing bracket of the surrounding list.
ITEM: Final = pattern(rf'(?:[^()",\]]|{_QUOTED}|{PARENTHESES})*')
# Words between an opcode and its type.
FLAGS: Final = pattern(
    r"(?:(?:nuw|nsw|exact|disjoint|nneg|samesign|inbounds|nusw"
    r"|fast|reassoc|nnan|ninf|nsz|arcp|contract|afn) )*"
)
MEMORY_FLAGS: Final = pattern(r"(?:(?:atomic|volatile|weak|inalloca|swifterror) )*")
_LOCAL_USE = pattern(rf"({TYPE}) (%{NAME})|{_QUOTED}")


def locals_in(text: str) -> list[tuple[str, str]]:
    """Each `type %name` in a text (strings apart): the spellings of both."""
    return [(type, name) for type, name in _LOCAL_USE.findall(text) if name]


def replace_locals(text: str, replacement: Callable[[str, str], str]) -> str:
    """Text with each `type %name` in it (strings apart) replaced by what the function makes of the
    type's spelling and the name."""

    def replaced(m: re.Match[str]) -> str:
        return replacement(m[1], unquoted(m[2][1:])) if m[2] else m[0]

    return _LOCAL_USE.sub(replaced, text)


def comma(line: str, at: int) -> int:
    """Behind the `, ` that must stand there."""
    if not line.startswith(", ", at):
        raise Unreadable(line, at, "','")
    return at + 2


def blank(line: str, at: int) -> int:
    """Behind the blank that must stand there."""
    if line[at] != " ":
        raise Unreadable(line, at, "' '")
    return at + 1


def end_of(match: Callable[[str, int], re.Match[str] | None], line: str, at: int) -> int:
    """Where the match that starts there ends; there, if nothing matches."""
    m = match(line, at)
    return m.end() if m else at
