"""Reads the one-line text of global symbols: variables, aliases, `declare` and `define` lines."""

from __future__ import annotations

from typing import Final, final

from enzcc.ir import types as ty
from enzcc.ir.constants import ConstantReader
from enzcc.ir.lexer import ATTRIBUTES, NAME, NUMBER, Unreadable, end_of
from enzcc.ir.typetext import TypeReader
from enzcc.ir.values import Constant, Global
from enzcc.patterns import pattern

VARIABLE: Final = pattern(
    rf'@({NAME}) = ((?:(?:"[^"]*"|[a-z_]+(?:\([^)]*\))?) )*?)(global|constant|alias|ifunc) '
)
LINKAGE: Final = pattern(
    r"(?:private|internal|available_externally|linkonce_odr|linkonce|weak_odr|weak|common|appending"
    r"|extern_weak|external)\b"
)
_SPACE = pattern(rf"addrspace\(({NUMBER})\)")
_FUNCTION_SPACE = pattern(rf"[^\"]*? addrspace\(({NUMBER})\)")
_NAME = pattern(rf" @{NAME}(?=\()")
_EXPRESSION = pattern(r"[a-z]+ (?:[a-z]+ )*\(")  # LLVM prints no type before one in an alias


@final
class SymbolReader:
    """Fills in what the line of a symbol says."""

    __slots__ = ("_constants", "_types")

    def __init__(self, types: TypeReader, constants: ConstantReader) -> None:
        self._types, self._constants = types, constants

    def read(self, symbol: Global, line: str) -> None:
        """Kind, types, linkage ... of a symbol from its line; raises Unreadable."""
        symbol.line = line
        if line[0] == "@":
            self._variable(symbol, line)
        else:
            self._function(symbol, line)

    def _variable(self, symbol: Global, line: str) -> None:
        m = VARIABLE.match(line)
        if m is None:
            raise Unreadable(line, 0, "a global variable")
        words, word = m[2], m[3]
        linkage = LINKAGE.match(words)
        symbol.linkage = linkage.group() if linkage else "external"
        symbol.kind = "variable" if word in ("global", "constant") else word
        symbol.constant = word == "constant"
        declared = linkage is not None and symbol.linkage in ("external", "extern_weak")
        symbol.defined = symbol.kind != "variable" or not declared
        if space := _SPACE.search(words):
            symbol.type = ty.pointer(int(space[1]))
        symbol.value_type, _ = self._value_type(line, m.end())

    def _value_type(self, line: str, at: int) -> tuple[ty.Type, int]:
        found, at = self._types.at(line, at)
        if line.startswith(" (", at):
            return self._types.signature(found, line, at + 1)
        return found, at

    def _function(self, symbol: Global, line: str) -> None:
        start = line.index(" ") + 1
        result, at = self._types.at(line, end_of(ATTRIBUTES.match, line, start))
        name = _NAME.match(line, at)
        if name is None:
            raise Unreadable(line, at, "the name of a function")
        symbol.value_type, at = self._types.signature(result, line, name.end())
        if space := _FUNCTION_SPACE.match(line, at):
            symbol.type = ty.pointer(int(space[1]))
        linkage = LINKAGE.match(line, start)
        symbol.linkage = linkage.group() if linkage else "external"
        symbol.kind, symbol.constant = "function", True
        symbol.defined = line.startswith("define")

    def initializer(self, symbol: Global) -> Constant | None:
        """What a variable starts as, or what an alias stands for; None if it says neither."""
        m = VARIABLE.match(symbol.line)
        if m is None or not symbol.defined:
            return None
        if symbol.kind == "variable":
            value_type, at = self._types.at(symbol.line, m.end())
            return self._constants.at(value_type, symbol.line, at + 1)[0]
        _, at = self._value_type(symbol.line, m.end())
        if _EXPRESSION.match(symbol.line, at + 2):
            return self._constants.at(symbol.type, symbol.line, at + 2)[0]
        return self._constants.typed(symbol.line, at + 2)[0]
