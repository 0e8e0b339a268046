"""A module: its text cut into top-level entities, read further only where asked.

Bodies of functions stay text until `Module.function` hands one out; from then on it is printed from
the model, and everything else as it came.
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import final

from enzcc.errors import Location
from enzcc.ir.constants import ConstantReader
from enzcc.ir.debuginfo import DebugInfo
from enzcc.ir.function import Function
from enzcc.ir.instructions import Instruction
from enzcc.ir.lexer import NAME, ParseError, Unreadable
from enzcc.ir.names import quoted, unquoted
from enzcc.ir.parser import FunctionParser
from enzcc.ir.printer import print_function
from enzcc.ir.symboltext import LINKAGE, VARIABLE, SymbolReader
from enzcc.ir.types import FunctionType, Layout, StructType, Type
from enzcc.ir.typetext import TypeReader
from enzcc.ir.values import Argument, Constant, Global
from enzcc.patterns import pattern

_FUNCTION_NAME = pattern(rf"(?:define|declare) [^@\n]*@({NAME})\(")
MENTIONED = pattern(rf"@({NAME})")
"""A symbol that a text names, as it is spelled there."""
_NODE = pattern(r"\n(![^ \n]+) = (.*)")
_RARE = 8
"""So many characters of a name are seldom met by chance."""
_BLOCK_ADDRESS = pattern(rf"blockaddress\(@({NAME}), %({NAME})\)")
_LAYOUT = pattern(r'target datalayout = "([^"]*)"')
# First characters of the lines that stay text and need no reading.
_PASSED = frozenset(";^$")
_NODES = pattern(r"(?:!.*\n)++")


@final
class _Piece:
    """A stretch of the module's text. `kind` is "text", "variable", "declare" or "define"."""

    __slots__ = ("end", "kind", "line", "name", "start")

    def __init__(self, kind: str, name: str, start: int, line: int, end: int) -> None:
        self.kind, self.name, self.start, self.line, self.end = kind, name, start, line, end


@final
class Module:
    """One LLVM module; see the module's docstring. Make it with `Module.parse`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.layout = Layout.parse("")
        self._types = TypeReader()
        self._constants = ConstantReader(self._types, self.symbol)
        self._reader = SymbolReader(self._types, self._constants)
        self._debug = DebugInfo(self.metadata_text)
        self._pieces: list[_Piece] = []
        self._by_name: dict[str, _Piece] = {}
        self._symbols: dict[str, Global] = {}
        self._initializers: dict[str, Constant | None] = {}
        self._attributes: dict[str, str] = {}
        self._metadata: dict[str, str] | None = None
        self._new_metadata: dict[str, str] = {}
        self._metadata_nodes: dict[str, str] = {}
        self._next_metadata = 0
        self._functions: dict[str, Function] = {}
        self._interfaces: dict[str, Function] = {}
        self._new_functions: dict[str, Function] = {}
        self._new_declares: dict[str, str] = {}
        self._new_globals: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._removed: set[str] = set()

    @staticmethod
    def parse(text: str) -> Module:
        """Cuts LLVM 22 text (as LLVM prints it) into its entities; raises ParseError."""
        module = Module(text if text.endswith("\n") else text + "\n")
        module._cut()
        return module

    @property
    def source_name(self) -> str:
        """The source that the module came from, as the compiler was told it."""
        found = re.search(r'^source_filename = "(.*)"$', self.text, re.MULTILINE)
        return found[1] if found else ""

    @property
    def source_files(self) -> tuple[str, ...]:
        """The source, and the files beside those of libraries that debug information speaks of."""
        return tuple(dict.fromkeys((self.source_name, *self._debug.files(self.text))))

    @property
    def named_types(self) -> dict[str, StructType]:
        """The `%name = type ...` of the module, by name."""
        return self._types.named

    @property
    def touched(self) -> dict[str, Function]:
        """Functions that were handed out: they are printed from the model."""
        return {**self._functions, **self._new_functions}

    # Cutting

    def _cut(self) -> None:
        text = self.text
        size = len(text)
        start = at = 0  # `start`: where text that belongs to no entity began
        comment = -1  # where comments directly in front of this line began
        pieces = self._pieces
        while at < size:
            end = text.find("\n", at) + 1
            first = text[at]
            if first == "d":
                name = _FUNCTION_NAME.match(text, at)
                kind = "define" if text.startswith("define ", at) else "declare"
                if name is None:
                    raise self._error(at, "the name of a function expected")
                line = at
                if kind == "define":
                    end = text.find("\n}\n", at) + 3
                    if end == 2:
                        raise self._error(at, "the function has no end")
                at = line if comment < 0 else comment
                self._add_piece(pieces, kind, unquoted(name[1]), start, at, line, end)
                start = end
            elif first == "@":
                variable = VARIABLE.match(text, at)
                if variable is None:
                    raise self._error(at, "unknown syntax")
                self._add_piece(pieces, "variable", unquoted(variable[1]), start, at, at, end)
                start = end
            elif first == "!":
                nodes = _NODES.match(text, at)
                assert nodes is not None
                end = nodes.end()
            elif first == "%":
                self._define_type(text[at : end - 1], at)
            elif first == "a" and text.startswith("attributes #", at):
                ref, _, body = text[at + 11 : end - 1].partition(" = ")
                self._attributes[ref] = body.strip()[1:-1].strip()
            elif first == "t" and (layout := _LAYOUT.match(text, at)):
                self._read_layout(layout[1], at)
            elif first not in _PASSED and not text.startswith(
                ("\n", "module asm ", "source_filename ", "target ", "uselistorder"), at
            ):
                raise self._error(at, "unknown syntax")
            if first != ";":
                comment = -1
            elif comment < 0:
                comment = at
            at = end
        pieces.append(_Piece("text", "", start, start, size))

    def _add_piece(
        self, pieces: list[_Piece], kind: str, name: str, start: int, at: int, line: int, end: int
    ) -> None:
        if start < at:
            pieces.append(_Piece("text", "", start, start, at))
        piece = _Piece(kind, name, at, line, end)
        pieces.append(piece)
        self._by_name[name] = piece

    def _read_layout(self, text: str, at: int) -> None:
        try:
            self.layout = Layout.parse(text)
        except (ValueError, IndexError):
            raise self._error(at, "a data layout expected") from None

    def _define_type(self, line: str, at: int) -> None:
        try:
            self._types.define(line)
        except (Unreadable, IndexError) as problem:
            raise self._error(at, str(problem)) from None

    def _error(self, at: int, why: str) -> ParseError:
        start = self.text.rfind("\n", 0, at) + 1
        end = self.text.find("\n", at)
        return ParseError(self._line_number(at), self.text[start:end], why)

    def _line_number(self, at: int) -> int:
        return self.text.count("\n", 0, at) + 1

    def pieces(self) -> Iterator[tuple[str, str, str]]:
        """The text as it was read, cut: kind ("text", "variable", "declare" or "define"), the
        symbol's name, text."""
        for piece in self._pieces:
            yield piece.kind, piece.name, self.text[piece.start : piece.end]

    # Symbols

    def symbols(self) -> list[str]:
        """Names of all globals and functions, in order."""
        names = [name for name in self._by_name if name not in self._removed]
        return [*names, *self._new_globals, *self._new_functions, *self._new_declares]

    def has_symbol(self, name: str) -> bool:
        """Is there a global or function of that name?"""
        if name in self._symbols or name in self._new_globals or name in self._new_functions:
            return True
        return name in self._by_name and name not in self._removed

    def symbol(self, name: str) -> Global:
        """The global of that name; KeyError if the module has none."""
        found = self._symbols.get(name)
        if found is None:
            if name in self._removed:
                raise KeyError(name)
            piece = self._by_name[name]
            line = self.text[piece.line : self.text.find("\n", piece.line)]
            found = self._symbols[name] = Global(name)
            try:
                self._reader.read(found, line)
            except (Unreadable, IndexError) as problem:
                del self._symbols[name]
                raise self._error(piece.line, str(problem)) from None
        return found

    def defines(self, name: str) -> bool:
        """Does the module have a body for that function?"""
        if name in self._new_functions:
            return True
        piece = self._by_name.get(name)
        return piece is not None and piece.kind == "define" and name not in self._removed

    def declares(self, name: str) -> bool:
        """Does the module declare that function without a body?"""
        if name in self._new_declares:
            return True
        piece = self._by_name.get(name)
        return piece is not None and piece.kind == "declare" and name not in self._removed

    def functions_with_bodies(self) -> list[str]:
        """Names of the functions with a body, in order."""
        return [name for name in self.symbols() if self.defines(name)]

    def function(self, name: str) -> Function:
        """The function of that name, read when first asked for; KeyError if it has no body here."""
        found = self._functions.get(name) or self._new_functions.get(name)
        if found is None:
            if not self.defines(name):
                raise KeyError(name)
            piece = self._by_name[name]
            parser = FunctionParser(self, self._constants)
            text = self.text[piece.start : piece.end - 1]
            found = parser.parse(text, lambda: self._line_number(piece.start))
            self._functions[name] = found
        return found

    def interface(self, name: str) -> Function:
        """The function of that name as far as its callers see it: its body may not have been read,
        and then has no blocks. KeyError if it has no body here."""
        found = self._functions.get(name) or self._new_functions.get(name)
        if found is not None:
            return found
        if name not in self._interfaces:
            if not self.defines(name):
                raise KeyError(name)
            piece = self._by_name[name]
            line = self.text[piece.line : self.text.find("\n", piece.line)]
            parser = FunctionParser(self, self._constants)
            self._interfaces[name] = parser.head(line, lambda: self._line_number(piece.line))
        return self._interfaces[name]

    def calls_in_text(self, name: str) -> set[str]:
        """Symbols that the text of a function mentions (its own name only where it uses it)."""
        if name in self._functions or name in self._new_functions:
            text = print_function(self.function(name))
            start = text.index("(", text.index("@" + quoted(name)) + 1 + len(quoted(name)))
        else:
            piece = self._by_name[name]
            text = self.text[piece.line : piece.end]
            start = text.index("@" + quoted(name)) + 1 + len(quoted(name))
        return {unquoted(found) for found in MENTIONED.findall(text, start)}

    def mentioning(self, names: Iterable[str], among: Iterable[str] | None = None) -> list[str]:
        """The functions with bodies (or those of some) that mention one of these symbols, in
        order."""
        wanted = set(names)
        spelled = {f"@{quoted(name)}" for name in wanted}
        out: list[str] = []
        if not wanted:
            return out
        begin, last = min(spelled), max(spelled)
        while not last.startswith(begin):
            begin = begin[:-1]
        for name in self.functions_with_bodies() if among is None else among:
            if name in self._functions or name in self._new_functions:
                found = not wanted.isdisjoint(self.calls_in_text(name))
            else:
                found = self._mentions(spelled, begin, self._by_name[name])
            if found:
                out.append(name)
        return out

    def _mentions(self, spelled: set[str], begin: str, piece: _Piece) -> bool:
        """Does a piece mention one of these symbols, which all begin like this?"""
        text = self.text
        at = text.find(begin, piece.line, piece.end)
        if len(begin) < _RARE:
            return at >= 0 and not spelled.isdisjoint(
                f"@{name}" for name in MENTIONED.findall(text, at, piece.end)
            )
        while at >= 0:
            found = MENTIONED.match(text, at)
            if found is not None and found[0] in spelled:
                return True
            at = text.find(begin, at + 1, piece.end)
        return False

    def body_text(self, name: str) -> str:
        """The text of a function with a body."""
        if name in self._functions or name in self._new_functions:
            return print_function(self.function(name))
        piece = self._by_name[name]
        return self.text[piece.line : piece.end]

    def may_hold(self, name: str, text: str) -> bool:
        """Is it a function with a body that may mention a text? One that is read already may."""
        if not self.defines(name):
            return False
        known = name in self._functions or name in self._new_functions
        return known or text in self.body_text(name)

    def initializer(self, name: str) -> Constant | None:
        """The initialiser of a variable (of an alias: what it stands for), None if external."""
        if name not in self._initializers:
            self._initializers[name] = self._read_initializer(self.symbol(name))
        return self._initializers[name]

    def _read_initializer(self, symbol: Global) -> Constant | None:
        try:
            return self._reader.initializer(symbol)
        except (Unreadable, IndexError) as problem:
            piece = self._by_name.get(symbol.name)
            if piece is None:
                raise ParseError(0, symbol.line, str(problem)) from None
            raise self._error(piece.line, str(problem)) from None

    # Attributes and metadata

    def attribute_group(self, ref: str) -> str:
        """What stands inside the braces of `attributes #8 = { ... }`; `ref` is "#8"."""
        return self._attributes[ref]

    def metadata_text(self, ref: str) -> str:
        """What stands right of `!12 =`; `ref` is "!12" or the name of a named node."""
        if self._metadata is None:
            self._metadata = dict(_NODE.findall("\n" + self.text))
        return self._metadata[ref]

    def add_metadata(self, text: str) -> str:
        """One more node, `!12 = text`, with `@` in it for itself; returns "!12"."""
        if self._metadata is None:
            self._metadata = dict(_NODE.findall("\n" + self.text))
        if not self._next_metadata:
            numbers = (int(ref[1:]) for ref in self._metadata if ref[1:].isdecimal())
            self._next_metadata = max(numbers, default=-1) + 1
        ref = f"!{self._next_metadata}"
        self._next_metadata += 1
        self._metadata[ref] = self._new_metadata[ref] = text.replace("@", ref)
        return ref

    def metadata_node(self, text: str) -> str:
        """The added node of that text, made if there is none."""
        found = self._metadata_nodes.get(text)
        if found is None:
            found = self._metadata_nodes[text] = self.add_metadata(text)
        return found

    def attached_type(self, inst: Instruction, kind: str) -> Type | None:
        """The type that `attach_type` has attached to an instruction, None if there is none."""
        ref = inst.metadata(kind)
        return None if ref is None else self._types.at(self.metadata_text(ref), len("!{"))[0]

    def attach_type(self, inst: Instruction, kind: str, type: Type) -> None:
        """Attaches a type to an instruction, as a node that LLVM keeps: `!kind !{type poison}`."""
        inst.tail += f", !{kind} {self.metadata_node(f'!{{{type} poison}}')}"

    def location(self, inst: Instruction) -> Location | None:
        """Where the instruction came from, by its debug location; None if it has none."""
        reference = inst.metadata("dbg")
        return None if reference is None else self._debug.location(reference)

    def loop_location(self, latch: Instruction) -> Location | None:
        """Where the loop begins whose latch ends in this branch, by its metadata."""
        reference = latch.metadata("llvm.loop")
        if reference is None:
            return None
        parts = re.findall(r"!\d+", self.metadata_text(reference))
        found = (self._debug.location(part) for part in parts if part != reference)
        return next((place for place in found if place is not None), None)

    def subprogram_location(self, name: str) -> Location | None:
        """Where a function is defined, by its debug information."""
        function = self._functions.get(name) or self._new_functions.get(name)
        trailer = function.trailer if function else self.symbol(name).line
        return self._debug.subprogram(trailer)

    # Editing

    def add_function(self, function: Function) -> None:
        """A new function at the end of the functions; it takes the place of a declaration."""
        if self.declares(function.name):
            self._removed.add(function.name)
            self._new_declares.pop(function.name, None)
        self._new_functions[function.name] = function
        symbol = self._symbols.get(function.name)
        if symbol is None:
            symbol = self._symbols[function.name] = Global(function.name)
        symbol.kind, symbol.value_type, symbol.constant = "function", function.type, True
        symbol.defined = True
        linkage = LINKAGE.match(function.header)
        symbol.linkage = linkage.group() if linkage else "external"

    def new_function(
        self, name: str, type: FunctionType, header: str = "internal", trailer: str = "nounwind"
    ) -> Function:
        """An empty function with arguments a0, a1, ..., added to the module."""
        args = [Argument(t, f"a{index}", "", index) for index, t in enumerate(type.params)]
        function = Function(self, name, type, args)
        function.header, function.trailer = header, trailer
        self.add_function(function)
        return function

    def declare(self, name: str, type: FunctionType, attributes: str = "") -> Global:
        """The symbol of that name, declared as a function unless the module has it already."""
        if name in self._symbols or (name in self._by_name and name not in self._removed):
            return self.symbol(name)
        parameters = [*map(str, type.params), *(["..."] if type.vararg else [])]
        head = f"declare {type.result} @{quoted(name)}({', '.join(parameters)})"
        line = f"{head} {attributes}".strip()
        self._new_declares[name] = line
        symbol = self._symbols[name] = Global(name)
        symbol.kind, symbol.value_type, symbol.line = "function", type, line
        symbol.linkage, symbol.constant = "external", True
        return symbol

    def add_global_text(self, line: str) -> Global:
        """One more variable or alias (`@x = ...`), in front of the functions."""
        m = VARIABLE.match(line)
        if m is None:
            raise ValueError(f"no global variable: {line}")
        symbol = Global(unquoted(m[1]))
        self._reader.read(symbol, line)
        self._symbols[symbol.name] = symbol
        self._new_globals[symbol.name] = line
        return symbol

    def _fresh(self, stem: str) -> str:
        """A name that the module has not got yet."""
        number = self._numbers.get(stem, 0) + 1
        while self.has_symbol(f"{stem}{number}"):
            number += 1
        self._numbers[stem] = number
        return f"{stem}{number}"

    def message_at(self, where: Location | None, text: str) -> Global:
        """What a program says when it ends, behind the file and line that it is about."""
        start = f"{where.file}:{where.line}: " if where is not None else ""
        return self.text_constant(start + text)

    def text_constant(self, text: str) -> Global:
        """A private constant with that text and a zero behind it."""
        content = text.encode() + b"\0"
        spelled = "".join(
            chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\{b:02X}" for b in content
        )
        name = self._fresh(".enzcc.text.")
        return self.add_global_text(
            f'@{name} = private unnamed_addr constant [{len(content)} x i8] c"{spelled}", align 1'
        )

    def add_constant_table(self, type: str, rows: Sequence[str]) -> Global:
        """A private constant array."""
        name = self._fresh(".enzcc.table.")
        return self.add_global_text(
            f"@{name} = private unnamed_addr constant [{len(rows)} x {type}] [{', '.join(rows)}],"
            " align 8"
        )

    def remove_function(self, name: str) -> None:
        """Takes a function out, with body or without; nothing may mention it any more."""
        self._functions.pop(name, None)
        self._symbols.pop(name, None)
        made = self._new_functions.pop(name, None) or self._new_declares.pop(name, None)
        if made is None:
            self._removed.add(name)

    # Printing

    def print(self) -> str:
        """The text of the module."""
        out: list[str] = []
        text, removed = self.text, self._removed
        pieces = self._pieces
        last_variable, last_function = self._ends()
        for index, piece in enumerate(pieces):
            if piece.name not in removed or piece.kind == "text":
                function = self._functions.get(piece.name) if piece.kind == "define" else None
                if function is not None:
                    out.append(print_function(function) + "\n")
                else:
                    out.append(text[piece.start : piece.end])
            if index == last_variable:
                out += [line + "\n" for line in self._new_globals.values()]
            if index == last_function:
                out += [f"\n{print_function(new)}\n" for new in self._new_functions.values()]
                out += [f"\n{line}\n" for line in self._new_declares.values()]
        out += [f"{ref} = {made}\n" for ref, made in self._new_metadata.items()]
        whole = "".join(out)
        if "blockaddress(@" in whole:
            whole = _BLOCK_ADDRESS.sub(self._current_address, whole)
        return whole

    def _ends(self) -> tuple[int, int]:
        """The pieces behind which new variables and new functions are printed."""
        kinds = [piece.kind for piece in self._pieces]
        variables = [i for i, kind in enumerate(kinds) if kind == "variable"]
        functions = [i for i, kind in enumerate(kinds) if kind in ("define", "declare")]
        first = functions[0] - 1 if functions else 0
        last_variable = variables[-1] if variables else max(first, 0)
        return last_variable, functions[-1] if functions else last_variable

    def _current_address(self, m: re.Match[str]) -> str:
        """The address of a block under the name it has now; that of a block that is gone is 1."""
        name = unquoted(m[1])
        function = self._functions.get(name) or self._new_functions.get(name)
        read_name = unquoted(m[2])
        if function is None or read_name not in function.read_blocks:
            return m[0]
        for block in function.blocks:
            if block.read_name == read_name:
                return f"blockaddress(@{m[1]}, %{quoted(block.name)})"
        return "inttoptr (i32 1 to ptr)"
