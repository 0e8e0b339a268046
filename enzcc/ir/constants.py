"""Reads constants from text; equal spellings of one type give one object a module."""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Callable
from typing import final

from enzcc.ir.lexer import NAME, PARENTHESES, WORD, Unreadable
from enzcc.ir.names import unquoted
from enzcc.ir.types import ArrayType, FloatType, IntType, StructType, Type, VectorType
from enzcc.ir.typetext import TypeReader
from enzcc.ir.values import (
    BlockAddress,
    Constant,
    ConstantAggregate,
    ConstantExpression,
    ConstantFloat,
    ConstantInt,
    ConstantText,
    ConstantWord,
    Global,
)
from enzcc.patterns import pattern

_WORD = pattern(WORD).match
_INTEGER = pattern(r"0|-?[1-9]\d*").fullmatch
_FLOATING = pattern(r"-?\d+\.\d+(?:e[-+]\d+)?|0x[KLMHR]?[0-9A-F]+").fullmatch
_CHARACTERS = pattern(r'c"[^"]*"').match
_BLOCK = pattern(rf"blockaddress\(@({NAME}), %({NAME})\)").match
_TEXT = pattern(rf"(?:dso_local_equivalent|no_cfi) @{NAME}|ptrauth {PARENTHESES}").match
_EXPRESSION = pattern(
    r"(getelementptr|ptrtoint|ptrtoaddr|inttoptr|bitcast|addrspacecast|trunc|add|sub|mul|xor|shl"
    r"|splat|extractelement|insertelement|shufflevector)"
    r"((?: (?:inbounds|nusw|nuw|nsw|inrange\(-?\d+, -?\d+\)))*) \("
).match


@final
class ConstantReader:
    """Constants of one module."""

    __slots__ = ("known", "symbol", "types")

    def __init__(self, types: TypeReader, symbol: Callable[[str], Global]) -> None:
        self.types, self.symbol = types, symbol
        self.known: dict[tuple[Type, str], Constant] = {}

    def word(self, type: Type, text: str) -> Constant:
        """A constant of one word: a number, null, undef, @name ..."""
        found = self.known.get((type, text))
        if found is None:
            found = self.known[type, text] = self._new_word(type, text)
        return found

    def _new_word(self, type: Type, text: str) -> Constant:
        if text[0] == "@":
            try:
                symbol = self.symbol(unquoted(text[1:]))
            except KeyError:
                raise Unreadable(text, 0, "a symbol of the module") from None
            if symbol.type is not type:
                raise Unreadable(text, 0, f"a symbol of type {type}")
            return symbol
        if text in ("true", "false"):
            return ConstantInt(type, int(text == "true"))
        if text[0] in "-+0123456789":
            if isinstance(type, FloatType) and _FLOATING(text):
                return ConstantFloat(type, text)
            if isinstance(type, IntType) and _INTEGER(text):
                return ConstantInt(type, int(text))
        elif text[0] != "%":
            return ConstantWord(type, text)
        raise Unreadable(text, 0, f"a constant of type {type}")

    def typed(self, text: str, at: int) -> tuple[Constant, int]:
        """`type constant`, and where it ends."""
        type, at = self.types.at(text, at)
        if text[at : at + 1] != " ":
            raise Unreadable(text, at, "a constant")
        return self.at(type, text, at + 1)

    def at(self, type: Type, text: str, at: int) -> tuple[Constant, int]:
        """The constant that starts there, and where it ends."""
        m = _WORD(text, at)
        if m is not None:
            return self.word(type, m.group()), m.end()
        if text[at] in "[{<":
            return self._aggregate(type, text, at)
        if m := _CHARACTERS(text, at) or _TEXT(text, at):
            return ConstantText(type, m.group()), m.end()
        if m := _BLOCK(text, at):
            return BlockAddress(type, unquoted(m[1]), unquoted(m[2]), m.group()), m.end()
        if m := _EXPRESSION(text, at):
            return self._expression(type, m[1], text, at, m.end())
        raise Unreadable(text, at, f"a constant of type {type}")

    def _aggregate(self, type: Type, text: str, start: int) -> tuple[Constant, int]:
        match type:
            case StructType():
                opening, closing = ("<{ ", " }>") if type.packed else ("{ ", " }")
            case ArrayType():
                opening, closing = "[", "]"
            case VectorType():
                opening, closing = "<", ">"
            case _:
                raise Unreadable(text, start, f"a constant of type {type}")
        if not text.startswith(opening, start):
            raise Unreadable(text, start, f"'{opening}'")
        elements: list[Constant] = []
        at = start + len(opening)
        while not text.startswith(closing, at):
            element, at = self.typed(text, at)
            elements.append(element)
            if text.startswith(", ", at):
                at += 2
            elif not text.startswith(closing, at):
                raise Unreadable(text, at, f"'{closing}'")
        at += len(closing)
        return ConstantAggregate(type, tuple(elements), text[start:at]), at

    def _expression(
        self, type: Type, opcode: str, text: str, start: int, at: int
    ) -> tuple[Constant, int]:
        source: Type | None = None
        if opcode == "getelementptr":
            source, at = self.types.at(text, at)
            at = _comma(text, at)
        operands: list[Constant] = []
        while True:
            operand, at = self.typed(text, at)
            operands.append(operand)
            if text.startswith(" to ", at):
                _, at = self.types.at(text, at + 4)
            if text[at : at + 1] == ")":
                at += 1
                break
            at = _comma(text, at)
        return ConstantExpression(type, opcode, tuple(operands), source, text[start:at]), at


def _comma(text: str, at: int) -> int:
    if not text.startswith(", ", at):
        raise Unreadable(text, at, "','")
    return at + 2
