"""Reads types from text. Spellings are looked up first, so each is taken apart once a module."""

from __future__ import annotations

from typing import final

from enzcc.ir import types as ty
from enzcc.ir.lexer import ATTRIBUTES, NAME, NUMBER, PARENTHESES, TYPE, Unreadable
from enzcc.ir.names import unquoted
from enzcc.ir.types import FunctionType, StructType, Type
from enzcc.patterns import pattern

_FAST = pattern(TYPE).match
_COUNT = pattern(rf"(vscale x )?({NUMBER}) x ").match
_NAMED = pattern(rf"%({NAME})").match
_TARGET = pattern(rf"target{PARENTHESES}").match
_PARAMETER_NAME = pattern(rf"%{NAME}").match


@final
class TypeReader:
    """Types by their spelling; `named` are the module's `%name = type ...`."""

    __slots__ = ("known", "named")

    def __init__(self) -> None:
        self.named: dict[str, StructType] = {}
        simple = (ty.VOID, ty.LABEL, ty.TOKEN, ty.METADATA, ty.X86_AMX, *ty.FLOATS.values())
        self.known: dict[str, Type] = {t.text: t for t in simple}

    def name(self, name: str) -> StructType:
        """The named struct of that name; opaque until `define` gives its body."""
        found = self.named.get(name)
        if found is None:
            found = self.named[name] = StructType(None, False, name)
        return found

    def define(self, line: str) -> None:
        """Reads `%name = type body`."""
        named = _NAMED(line)
        if named is None or not line.startswith(" = type ", named.end()):
            raise Unreadable(line, 0, "a type definition")
        found = self.name(unquoted(named[1]))
        start = named.end() + 8
        if line.startswith("opaque", start):
            return
        body, _ = self._slow(line, start)
        if not isinstance(body, StructType):
            raise Unreadable(line, start, "the body of a struct")
        found.fields, found.packed = body.fields, body.packed

    def at(self, text: str, at: int) -> tuple[Type, int]:
        """The type that starts there, and where it ends."""
        m = _FAST(text, at)
        if m is None:
            return self._slow(text, at)
        spelled = m.group()
        found = self.known.get(spelled)
        return (self.read(spelled) if found is None else found), m.end()

    def read(self, text: str) -> Type:
        """The type with that spelling."""
        found = self.known.get(text)
        if found is None:
            found, end = self._slow(text, 0)
            if end != len(text):
                raise Unreadable(text, end, "the end of a type")
            self.known[text] = found
        return found

    def signature(self, result: Type, text: str, at: int) -> tuple[FunctionType, int]:
        """A function type whose `(` stands at `at`; attributes and names are skipped."""
        params: list[Type] = []
        vararg = False
        at += 1
        while text[at] != ")":
            if text.startswith("...", at):
                vararg = True
                at += 3
                continue
            param, at = self.at(text, at)
            if text.startswith(" (", at):
                raise Unreadable(text, at, "a parameter type")
            params.append(param)
            if text[at] == " ":
                end = _skip_attributes(text, at + 1)
                name = _PARAMETER_NAME(text, end)
                at = name.end() if name else end
            if text.startswith(", ", at):
                at += 2
            elif text[at] != ")":
                raise Unreadable(text, at, "the end of a parameter")
        return ty.function(result, tuple(params), vararg), at + 1

    def _slow(self, text: str, at: int) -> tuple[Type, int]:
        match text[at : at + 1]:
            case "%":
                named = _NAMED(text, at)
                if named is None:
                    raise Unreadable(text, at, "the name of a type")
                return self.name(unquoted(named[1])), named.end()
            case "<" if text[at + 1] == "{":
                found, end = self._fields(text, at + 1, packed=True)
                return found, _past(text, end, ">")
            case "{":
                return self._fields(text, at, packed=False)
            case "<" | "[" as opening:
                count = _COUNT(text, at + 1)
                if count is None:
                    raise Unreadable(text, at, "the number of elements")
                element, end = self.at(text, count.end())
                if opening == "[":
                    return ty.array(element, int(count[2])), _past(text, end, "]")
                return ty.vector(element, int(count[2]), bool(count[1])), _past(text, end, ">")
        if m := _TARGET(text, at):
            return ty.target_type(m.group()), m.end()
        m = _FAST(text, at)
        if m is None:
            raise Unreadable(text, at, "a type")
        spelled = m.group()
        found_simple = self.known.get(spelled)
        if found_simple is not None:
            return found_simple, m.end()
        if spelled[0] == "i":
            return ty.int_type(int(spelled[1:])), m.end()
        space = int(spelled[14:-1]) if spelled != "ptr" else 0
        return ty.pointer(space), m.end()

    def _fields(self, text: str, at: int, *, packed: bool) -> tuple[StructType, int]:
        if text.startswith("{}", at):
            return ty.struct((), packed), at + 2
        fields: list[Type] = []
        at = _past(text, at, "{ ")
        while True:
            element, at = self.at(text, at)
            fields.append(element)
            if not text.startswith(", ", at):
                return ty.struct(tuple(fields), packed), _past(text, at, " }")
            at += 2


def _past(text: str, at: int, closing: str) -> int:
    if not text.startswith(closing, at):
        raise Unreadable(text, at, f"'{closing}'")
    return at + len(closing)


_LAST_ATTRIBUTE = pattern(
    rf'(?:"[^"]*"(?:="[^"]*")?|[a-z_]\w*(?:{PARENTHESES})?(?: \d+)?|\d+)'
).match


def _skip_attributes(text: str, at: int) -> int:
    m = ATTRIBUTES.match(text, at)
    end = m.end() if m else at
    last = _LAST_ATTRIBUTE(text, end)
    return last.end() if last else end
