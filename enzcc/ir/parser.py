"""Reads the body of one function; how instructions are spelled is in `insttext` and `calltext`."""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, final

from enzcc.ir import types as ty
from enzcc.ir.calltext import CALLS, read_call
from enzcc.ir.constants import ConstantReader
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Instruction
from enzcc.ir.insttext import INSTRUCTIONS
from enzcc.ir.lexer import (
    ATTRIBUTES,
    ITEM,
    NAME,
    TYPE,
    WORD,
    ParseError,
    Unreadable,
    blank,
    comma,
    end_of,
    locals_in,
)
from enzcc.ir.names import unquoted
from enzcc.ir.types import Type
from enzcc.ir.values import Argument, Local, Metadata, Value
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ir.module import Module

_HEAD = pattern(
    rf"  (?:(%{NAME}) = )?(?:((?:tail|musttail|notail) )?(call)(?= )|([a-z_]+)) ?"
).match
_LABEL = pattern(rf"({NAME}):(?: *;.*)?").fullmatch
_TYPED = pattern(rf"({TYPE}) ({WORD})").match
_WORD = pattern(WORD).match
_ATTRIBUTES = ATTRIBUTES.match
_ITEM = ITEM.match
_TARGET_LABEL = pattern(rf"label (%{NAME})").match
_DEFINE = pattern(rf" @({NAME})\(").match
_RECORD = pattern(r"    #dbg_[a-z_]+\(.*\)").fullmatch
_DIRECTIVES = "; uselistorder directives"
_CONTINUED = "          "
_MULTILINE = frozenset(("switch", "invoke", "callbr", "landingpad"))
_READERS = INSTRUCTIONS | CALLS


@final
class Forward(Local):
    """Stands for a local that is used above its definition, while the body is read."""

    __slots__ = ()

    def __init__(self, type: Type, name: str) -> None:
        self.type, self.name = type, name
        self.users = {}


@final
class FunctionParser:
    """Reads one body. `locals` and `blocks` are by spelling, as `%name`."""

    def __init__(self, module: Module, constants: ConstantReader) -> None:
        self.module, self.constants, self.types = module, constants, constants.types
        self.known_types = constants.types.known
        self.known_constants = constants.known
        self.locals: dict[str, Local] = {}
        self.forward: dict[str, tuple[Forward, int]] = {}
        self.blocks: dict[str, Block] = {}
        self.mentioned: dict[Block, int] = {}
        self.records: list[int] = []  # lines of the debug records that mention a local
        self.number = 0
        self.lines: list[str] = []

    def parse(self, text: str, first_line: Callable[[], int]) -> Function:
        """The function with that text: comments, the define line, the body. `first_line` gives the
        number of its first line in the module, for errors."""
        self.lines = text.split("\n")
        return self._read(self._function, first_line)

    def head(self, line: str, number: Callable[[], int]) -> Function:
        """The function with that define line, without its body."""
        self.lines = [line]
        return self._read(lambda: self._define(line), number)

    def _read(self, read: Callable[[], Function], first_line: Callable[[], int]) -> Function:
        try:
            return read()
        except (Unreadable, IndexError) as problem:
            why = str(problem) if isinstance(problem, Unreadable) else "the line ends too early"
            number = min(self.number, len(self.lines) - 1)
            raise ParseError(first_line() + number, self.lines[number], why) from None

    def _function(self) -> Function:
        lines = self.lines
        while lines[self.number][:1] == ";":
            self.number += 1
        function = self._define(lines[self.number])
        function.comments = lines[: self.number]
        self.number += 1
        end = len(lines) - 1
        block: Block | None = None
        records: list[str] = []
        while self.number < end:
            line = lines[self.number]
            if line[:2] == "  ":
                if line[2] != " ":
                    if block is None:
                        block = self._entry(function)
                    inst = self._instruction(line)
                    if records:
                        inst.records = tuple(records)
                        records = []
                    inst.block = block
                    block.instructions.append(inst)
                elif _RECORD(line):
                    records.append(line[4:])
                    if "%" in line:
                        self.records.append(self.number)
                else:
                    raise Unreadable(line, 0, "an instruction")
            elif line == _DIRECTIVES:
                self._directives(function, end)
                break
            elif line:
                label = _LABEL(line)
                if label is None:
                    raise Unreadable(line, 0, "a label")
                if records:
                    raise Unreadable(line, 0, "an instruction behind a debug record")
                block = self.block(label[1])
                if block.function is not None:
                    raise Unreadable(line, 0, "a label that is new")
                block.label = line
                block.function = function
                function.blocks.append(block)
            self.number += 1
        if lines[end] != "}" or records:
            raise Unreadable(lines[end], 0, "the end of the function")
        self._check_complete()
        function.read_blocks = frozenset(block.read_name for block in function.blocks)
        return function

    def _check_complete(self) -> None:
        for spelled, (_, number) in self.forward.items():
            self.number = number
            raise Unreadable(spelled, 0, "a defined value")
        for block, number in self.mentioned.items():
            if block.function is None:
                self.number = number
                raise Unreadable(block.name, 0, "the name of a block")
        for number in self.records:
            self.number = number
            for type, name in locals_in(self.lines[number]):
                local = self.locals.get(name)
                if local is None or local.type.text != type:
                    raise Unreadable(name, 0, f"a value of type {type}")

    def _directives(self, function: Function, end: int) -> None:
        function.directives = self.lines[self.number : end]
        for number in range(self.number + 1, end):
            self.number = number
            if not self.lines[number].startswith("  uselistorder "):
                raise Unreadable(self.lines[number], 0, "a uselistorder line")

    def _define(self, line: str) -> Function:
        start = 7
        header = _ATTRIBUTES(line, start)
        at = header.end() if header else start
        result, at = self.types.at(line, at)
        name = _DEFINE(line, at)
        if name is None or line[-2:] != " {" or line[:start] != "define ":
            raise Unreadable(line, at, "the name of a function")
        args: list[Argument] = []
        vararg = False
        head = line[start : header.end()] if header else ""
        at = name.end()
        while line[at] != ")":
            if line.startswith("...", at):
                vararg = True
                at += 3
                continue
            type, at = self.types.at(line, at)
            end = end_of(_ATTRIBUTES, line, blank(line, at))
            spelled = _WORD(line, end)
            if spelled is None or line[end] != "%":
                raise Unreadable(line, at, "the name of a parameter")
            arg = Argument(type, unquoted(spelled.group()[1:]), line[at + 1 : end], len(args))
            args.append(arg)
            self.locals[spelled.group()] = arg
            at = spelled.end()
            if line.startswith(", ", at):
                at += 2
        type = ty.function(result, tuple(a.type for a in args), vararg)
        function = Function(self.module, unquoted(name[1]), type, args)
        function.header, function.trailer = head, line[at + 1 : -2].strip()
        return function

    def block(self, spelled: str) -> Block:
        """The block of that name (without `%`), made when it is first mentioned."""
        found = self.blocks.get(spelled)
        if found is None:
            found = self.blocks[spelled] = Block(unquoted(spelled))
            found.read_name = found.name
            self.mentioned[found] = self.number
        return found

    def _entry(self, function: Function) -> Block:
        """The first block where it has no label: its number follows those of the arguments."""
        number = 1 + max((int(a.name) for a in function.args if a.name.isdigit()), default=-1)
        block = self.block(str(number))
        block.label, block.function = "", function
        function.blocks.append(block)
        return block

    def _instruction(self, line: str) -> Instruction:
        """The instruction at the current line."""
        m = _HEAD(line)
        if m is None:
            raise Unreadable(line, 0, "an instruction")
        name, marker, call, opcode = m.groups()
        at = m.end()
        if call:
            inst: Instruction = read_call(self, line, at, marker or "")
        else:
            read = _READERS.get(opcode)
            if read is None:
                raise Unreadable(line, m.start(4), "an instruction that we know")
            if opcode in _MULTILINE:
                line = self._join(line, opcode)
            inst = read(self, opcode, line, at)
        if name is not None:
            inst.name = unquoted(name[1:])
            waiting = self.forward.pop(name, None)
            if waiting is not None:
                if waiting[0].type is not inst.type:
                    raise Unreadable(line, 0, f"a value of type {waiting[0].type}")
                waiting[0].replace_with(inst)
            elif name in self.locals:
                raise Unreadable(line, 0, "a name that is new")
            self.locals[name] = inst
        return inst

    def _join(self, line: str, opcode: str) -> str:
        """The lines of an instruction that LLVM prints on several."""
        parts = [line]
        lines, number = self.lines, self.number
        if opcode == "switch":
            while not lines[number].startswith("  ]"):
                number += 1
                parts.append(lines[number])
        else:
            while lines[number + 1].startswith(_CONTINUED):
                number += 1
                parts.append(lines[number])
        self.number = number
        return "\n".join(parts)

    def local(self, spelled: str, type: Type) -> Local:
        found = self.locals.get(spelled)
        if found is None:
            forward = Forward(type, unquoted(spelled[1:]))
            self.forward[spelled] = forward, self.number
            found = self.locals[spelled] = forward
        if found.type is not type:
            raise Unreadable(spelled, 0, f"a value of type {type}")
        return found

    def typed(self, line: str, at: int) -> tuple[Value, int]:
        """`type value`, and where it ends."""
        m = _TYPED(line, at)
        if m is None:
            type, at = self.types.at(line, at)
            return self.value(type, line, blank(line, at))
        spelled, word = m.groups()
        local = self.locals.get(word)
        if local is not None and local.type.text == spelled:
            return local, m.end()
        found = self.known_types.get(spelled)
        if found is None:
            found = self.types.read(spelled)
        if word[0] == "%":
            return self.local(word, found), m.end()
        constant = self.known_constants.get((found, word))
        return (self.constants.word(found, word) if constant is None else constant), m.end()

    def value(self, type: Type, line: str, at: int) -> tuple[Value, int]:
        """A value of a known type, and where it ends."""
        m = _WORD(line, at)
        if m is None:
            return self.constants.at(type, line, at)
        word = m.group()
        if word[0] == "%":
            return self.local(word, type), m.end()
        return self.constants.word(type, word), m.end()

    def more(self, line: str, at: int) -> tuple[Value, int]:
        """`, type value`."""
        return self.typed(line, comma(line, at))

    def label(self, line: str, at: int) -> tuple[Block, int]:
        """`label %name`."""
        m = _TARGET_LABEL(line, at)
        if m is None:
            raise Unreadable(line, at, "a label")
        return self.block(m[1][1:]), m.end()

    def any_value(self, type: Type, line: str, at: int) -> tuple[Value, int]:
        if type is ty.METADATA:
            m = _ITEM(line, at)
            assert m is not None
            return Metadata(m.group()), m.end()
        return self.value(type, line, at)

    def labels(self, line: str, at: int) -> tuple[list[Block], int]:
        """`label %a, label %b]`: blocks up to the closing bracket."""
        found: list[Block] = []
        while line[at] != "]":
            block, at = self.label(line, at)
            found.append(block)
            if line.startswith(", ", at):
                at += 2
        return found, at + 1
