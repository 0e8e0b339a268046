"""Reads the body of one function: a line an instruction, one method for each family of opcodes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, final

from enzcc.ir import types as ty
from enzcc.ir.constants import ConstantReader
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    OPERAND,
    TARGET,
    Alloca,
    AtomicRMW,
    Binary,
    Branch,
    Call,
    CallBr,
    Cast,
    Compare,
    CompareExchange,
    ExceptionPad,
    ExtractElement,
    ExtractValue,
    Fence,
    FNeg,
    Freeze,
    GetElementPtr,
    IndirectBranch,
    InsertElement,
    InsertValue,
    Instruction,
    Invoke,
    LandingPad,
    Load,
    Phi,
    Return,
    Select,
    ShuffleVector,
    Store,
    Switch,
    Unreachable,
    VAArg,
)
from enzcc.ir.lexer import ATTRIBUTES, ITEM, NAME, NUMBER, TYPE, WORD, ParseError, Unreadable, locals_in
from enzcc.ir.names import unquoted
from enzcc.ir.types import Type, VectorType
from enzcc.ir.values import Argument, InlineAsm, Local, Metadata, Value

if TYPE_CHECKING:
    from enzcc.ir.module import Module

_HEAD = re.compile(rf"  (?:(%{NAME}) = )?(?:((?:tail|musttail|notail) )?(call)(?= )|([a-z_]+)) ?").match
_LABEL = re.compile(rf"({NAME}):(?: *;.*)?").fullmatch
_TYPED = re.compile(rf"({TYPE}) ({WORD})").match
_WORD = re.compile(WORD).match
_FLAG_WORDS = (
    r"nuw|nsw|exact|disjoint|nneg|samesign|inbounds|nusw"
    r"|fast|reassoc|nnan|ninf|nsz|arcp|contract|afn"
)
_FLAGS = re.compile(rf"(?:(?:{_FLAG_WORDS}) )*").match
_MEMORY_FLAGS = re.compile(r"(?:(?:atomic|volatile|weak|inalloca|swifterror) )*").match
_PREDICATE = re.compile(r"[a-z]+ ").match
_PLAIN_ATTRIBUTE = (
    r"(?:noundef|nonnull|noalias|signext|zeroext|readonly|readnone|writeonly|immarg|returned|inreg"
    r"|captures\([a-z_:, ]*\)|align \d+|dereferenceable\(\d+\)|nofree|allocptr)"
)
_ARGUMENT = re.compile(rf"({TYPE}) ((?:{_PLAIN_ATTRIBUTE} )*)({WORD})(?=[,)])").match
_ATTRIBUTES = ATTRIBUTES.match
_ITEM = ITEM.match
_INCOMING = re.compile(rf"(?:, )?\[ (?:({WORD})|(?!%))").match
_FROM = re.compile(rf", (%{NAME}) \]").match
_TARGET_LABEL = re.compile(rf"label (%{NAME})").match
_PATH = re.compile(rf"(?:, {NUMBER})+").match
_ASM = re.compile(r'asm (?:[a-z]+ )*"[^"]*", "[^"]*"').match
_TAG = re.compile(r'"([^"]*)"\(').match
_DEFINE = re.compile(rf" @({NAME})\(").match
_ADDRESS_SPACE = re.compile(r", addrspace\((\d+)\)").search
_WITHIN = re.compile(rf"(within|from) (?:(%{NAME})|none)").match
_UNWIND = re.compile(rf" unwind (?:label (%{NAME})|to caller)").match
_OPERATION = re.compile(r"[a-z_]+ ").match

_RECORD = re.compile(r"    #dbg_[a-z_]+\(.*\)").fullmatch

_CONTINUED = "          "


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

    # The function as a whole

    def parse(self, text: str, first_line: Callable[[], int]) -> Function:
        """The function with that text: comments, the define line, the body. `first_line` gives the
        number of its first line in the module, for errors."""
        self.lines = text.split("\n")
        try:
            return self._function()
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
                    if inst is None:
                        self._directives(function, end)
                        break
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
            elif line:
                label = _LABEL(line)
                if label is None:
                    raise Unreadable(line, 0, "a label")
                if records:
                    raise Unreadable(line, 0, "an instruction behind a debug record")
                block = self._block(label[1])
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
        for self.number in self.records:
            for type, name in locals_in(self.lines[self.number]):
                local = self.locals.get(name)
                if local is None or local.type.text != type:
                    raise Unreadable(name, 0, f"a value of type {type}")

    def _directives(self, function: Function, end: int) -> None:
        for line in self.lines[self.number : end]:
            if line and not line.startswith(("  uselistorder ", "  ; uselistorder")):
                raise Unreadable(line, 0, "a uselistorder line")
            function.directives.append(line)

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
            end = _end(_ATTRIBUTES, line, _blank(line, at))
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

    def _block(self, spelled: str) -> Block:
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
        block = self._block(str(number))
        block.label, block.function = "", function
        function.blocks.append(block)
        return block

    # Instructions

    def _instruction(self, line: str) -> Instruction | None:
        """The instruction at the current line; None where the use-list directives begin."""
        m = _HEAD(line)
        if m is None:
            if line.startswith("  ; uselistorder"):
                return None
            raise Unreadable(line, 0, "an instruction")
        name, marker, call, opcode = m.groups()
        at = m.end()
        if call:
            inst: Instruction = self._call(line, at, marker or "")
        else:
            read = _READERS.get(opcode)
            if read is None:
                if opcode == "uselistorder":
                    return None
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

    # Operands

    def _local(self, spelled: str, type: Type) -> Local:
        found = self.locals.get(spelled)
        if found is None:
            forward = Forward(type, unquoted(spelled[1:]))
            self.forward[spelled] = forward, self.number
            found = self.locals[spelled] = forward
        if found.type is not type:
            raise Unreadable(spelled, 0, f"a value of type {type}")
        return found

    def _typed(self, line: str, at: int) -> tuple[Value, int]:
        """`type value`, and where it ends."""
        m = _TYPED(line, at)
        if m is None:
            type, at = self.types.at(line, at)
            return self._value(type, line, _blank(line, at))
        spelled, word = m.groups()
        local = self.locals.get(word)
        if local is not None and local.type.text == spelled:
            return local, m.end()
        found = self.known_types.get(spelled)
        if found is None:
            found = self.types.read(spelled)
        if word[0] == "%":
            return self._local(word, found), m.end()
        constant = self.known_constants.get((found, word))
        return (self.constants.word(found, word) if constant is None else constant), m.end()

    def _value(self, type: Type, line: str, at: int) -> tuple[Value, int]:
        """A value of a known type, and where it ends."""
        m = _WORD(line, at)
        if m is None:
            return self.constants.at(type, line, at)
        word = m.group()
        if word[0] == "%":
            return self._local(word, type), m.end()
        return self.constants.word(type, word), m.end()

    def _more(self, line: str, at: int) -> tuple[Value, int]:
        """`, type value`."""
        return self._typed(line, _comma(line, at))

    def _label(self, line: str, at: int) -> tuple[Block, int]:
        """`label %name`."""
        m = _TARGET_LABEL(line, at)
        if m is None:
            raise Unreadable(line, at, "a label")
        return self._block(m[1][1:]), m.end()

    # One method a family

    def _binary(self, opcode: str, line: str, at: int) -> Instruction:
        start, at = at, _end(_FLAGS, line, at)
        flags = line[start:at]
        a, at = self._typed(line, at)
        b, at = self._value(a.type, line, _comma(line, at))
        return Binary(opcode, a.type, (a, b), flags, line[at:])

    def _fneg(self, opcode: str, line: str, at: int) -> Instruction:
        start, at = at, _end(_FLAGS, line, at)
        a, end = self._typed(line, at)
        return FNeg(opcode, a.type, (a,), line[start:at], line[end:])

    def _cast(self, opcode: str, line: str, at: int) -> Instruction:
        start, at = at, _end(_FLAGS, line, at)
        flags = line[start:at]
        a, at = self._typed(line, at)
        if not line.startswith(" to ", at):
            raise Unreadable(line, at, "' to '")
        type, at = self.types.at(line, at + 4)
        return Cast(opcode, type, (a,), flags, line[at:])

    def _compare(self, opcode: str, line: str, at: int) -> Instruction:
        start, at = at, _end(_FLAGS, line, at)
        flags = line[start:at]
        predicate = _PREDICATE(line, at)
        if predicate is None:
            raise Unreadable(line, at, "a predicate")
        a, at = self._typed(line, predicate.end())
        b, at = self._value(a.type, line, _comma(line, at))
        type = a.type
        result: Type = ty.I1
        if isinstance(type, VectorType):
            result = ty.vector(ty.I1, type.count, type.scalable)
        inst = Compare(opcode, result, (a, b), flags, line[at:])
        inst.predicate = predicate.group()[:-1]
        return inst

    def _select(self, opcode: str, line: str, at: int) -> Instruction:
        start, at = at, _end(_FLAGS, line, at)
        flags = line[start:at]
        condition, at = self._typed(line, at)
        a, at = self._more(line, at)
        b, at = self._more(line, at)
        return Select(opcode, a.type, (condition, a, b), flags, line[at:])

    def _freeze(self, opcode: str, line: str, at: int) -> Instruction:
        a, at = self._typed(line, at)
        return Freeze(opcode, a.type, (a,), "", line[at:])

    def _phi(self, opcode: str, line: str, at: int) -> Instruction:
        start, at = at, _end(_FLAGS, line, at)
        flags = line[start:at]
        type, at = self.types.at(line, at)
        at = _blank(line, at)
        values: list[Value] = []
        blocks: list[Block] = []
        while m := _INCOMING(line, at):
            word = m[1]
            at = m.end()
            if word is None:
                value, at = self._value(type, line, at)
            elif word[0] == "%":
                value = self._local(word, type)
            else:
                value = self.constants.word(type, word)
            source = _FROM(line, at)
            if source is None:
                raise Unreadable(line, at, "a block")
            values.append(value)
            blocks.append(self._block(source[1][1:]))
            at = source.end()
        inst = Phi(opcode, type, values, flags, line[at:])
        inst.blocks = blocks
        return inst

    def _alloca(self, opcode: str, line: str, at: int) -> Instruction:
        start, at = at, _end(_MEMORY_FLAGS, line, at)
        flags = line[start:at]
        allocated, at = self.types.at(line, at)
        count: tuple[Value, ...] = ()
        if line.startswith(", i", at):
            value, at = self._more(line, at)
            count = (value,)
        tail = line[at:]
        space = _ADDRESS_SPACE(tail)
        inst = Alloca(opcode, ty.pointer(int(space[1])) if space else ty.PTR, count, flags, tail)
        inst.allocated = allocated
        return inst

    def _load(self, opcode: str, line: str, at: int) -> Instruction:
        start, at = at, _end(_MEMORY_FLAGS, line, at)
        flags = line[start:at]
        type, at = self.types.at(line, at)
        pointer, at = self._more(line, at)
        return Load(opcode, type, (pointer,), flags, line[at:])

    def _store(self, opcode: str, line: str, at: int) -> Instruction:
        start, at = at, _end(_MEMORY_FLAGS, line, at)
        flags = line[start:at]
        value, at = self._typed(line, at)
        pointer, at = self._more(line, at)
        return Store(opcode, ty.VOID, (value, pointer), flags, line[at:])

    def _getelementptr(self, opcode: str, line: str, at: int) -> Instruction:
        start, at = at, _end(_FLAGS, line, at)
        flags = line[start:at]
        source, at = self.types.at(line, at)
        base, at = self._more(line, at)
        operands = [base]
        type = base.type
        while line.startswith(", ", at) and line[at + 2] != "!":
            index, at = self._typed(line, at + 2)
            operands.append(index)
            if isinstance(index.type, VectorType) and not isinstance(type, VectorType):
                type = ty.vector(type, index.type.count, index.type.scalable)
        inst = GetElementPtr(opcode, type, operands, flags, line[at:])
        inst.source = source
        return inst

    def _extractvalue(self, opcode: str, line: str, at: int) -> Instruction:
        aggregate, at = self._typed(line, at)
        path, end = _path(line, at)
        type = aggregate.type
        for index in path:
            match type:
                case ty.StructType() if type.fields is not None and index < len(type.fields):
                    type = type.fields[index]
                case ty.ArrayType():
                    type = type.element
                case _:
                    raise Unreadable(line, at, "a path into the aggregate")
        inst = ExtractValue(opcode, type, (aggregate,), "", line[end:])
        inst.path = path
        return inst

    def _insertvalue(self, opcode: str, line: str, at: int) -> Instruction:
        aggregate, at = self._typed(line, at)
        element, at = self._more(line, at)
        path, at = _path(line, at)
        inst = InsertValue(opcode, aggregate.type, (aggregate, element), "", line[at:])
        inst.path = path
        return inst

    def _extractelement(self, opcode: str, line: str, at: int) -> Instruction:
        vector, at = self._typed(line, at)
        index, at = self._more(line, at)
        return ExtractElement(opcode, ty.scalar(vector.type), (vector, index), "", line[at:])

    def _insertelement(self, opcode: str, line: str, at: int) -> Instruction:
        vector, at = self._typed(line, at)
        element, at = self._more(line, at)
        index, at = self._more(line, at)
        return InsertElement(opcode, vector.type, (vector, element, index), "", line[at:])

    def _shufflevector(self, opcode: str, line: str, at: int) -> Instruction:
        a, at = self._typed(line, at)
        b, at = self._more(line, at)
        mask, at = self._more(line, at)
        if not isinstance(mask.type, VectorType):
            raise Unreadable(line, at, "a mask")
        type = ty.vector(ty.scalar(a.type), mask.type.count, mask.type.scalable)
        return ShuffleVector(opcode, type, (a, b, mask), "", line[at:])

    def _va_arg(self, opcode: str, line: str, at: int) -> Instruction:
        pointer, at = self._typed(line, at)
        type, at = self.types.at(line, _comma(line, at))
        return VAArg(opcode, type, (pointer,), "", line[at:])

    def _atomicrmw(self, opcode: str, line: str, at: int) -> Instruction:
        start, at = at, _end(_MEMORY_FLAGS, line, at)
        flags = line[start:at]
        operation = _OPERATION(line, at)
        if operation is None:
            raise Unreadable(line, at, "an operation")
        pointer, at = self._typed(line, operation.end())
        value, at = self._more(line, at)
        inst = AtomicRMW(opcode, value.type, (pointer, value), flags, line[at:])
        inst.operation = operation.group()[:-1]
        return inst

    def _cmpxchg(self, opcode: str, line: str, at: int) -> Instruction:
        start, at = at, _end(_MEMORY_FLAGS, line, at)
        flags = line[start:at]
        pointer, at = self._typed(line, at)
        expected, at = self._more(line, at)
        new, at = self._more(line, at)
        type = ty.struct((new.type, ty.I1))
        return CompareExchange(opcode, type, (pointer, expected, new), flags, line[at:])

    def _fence(self, opcode: str, line: str, at: int) -> Instruction:
        return Fence(opcode, ty.VOID, (), "", line[at:])

    # Calls

    def _call(self, line: str, at: int, marker: str) -> Call:
        operands, head, spelled, attributes, bundles, at = self._callee(line, at)
        result = spelled.result if isinstance(spelled, ty.FunctionType) else spelled
        inst = Call("call", result, operands, "", line[at:] if not bundles else "")
        inst.marker, inst.head, inst.spelled = marker, head, spelled
        inst.attributes = attributes
        if bundles:
            inst.bundles, inst.tail = bundles
        return inst

    def _callee(
        self, line: str, at: int
    ) -> tuple[
        list[Value], str, Type, list[str], tuple[tuple[tuple[str, int], ...], str] | None, int
    ]:
        """What calls have in common: operands, head, type, attributes, bundles with tail, the end."""
        start, at = at, _end(_ATTRIBUTES, line, at)
        head = line[start:at]
        spelled, at = self.types.at(line, at)
        if line.startswith(" (", at):
            spelled, at = self.types.signature(spelled, line, at + 1)
        at = _blank(line, at)
        asm = _ASM(line, at)
        callee: Value
        if asm is not None:
            callee, at = InlineAsm(asm.group()), asm.end()
        else:
            space = re.search(r"addrspace\((\d+)\)", head) if "addrspace" in head else None
            type = ty.pointer(int(space[1])) if space else ty.PTR
            callee, at = self._value(type, line, at)
        if line[at] != "(":
            raise Unreadable(line, at, "arguments")
        operands, attributes, at = self._arguments(line, at + 1)
        bundles = None
        opening = line.find(' [ "', at)
        if opening >= 0 and ", !" not in line[at:opening] and "\n" not in line[at:opening]:
            inputs, listed, end = self._bundles(line, opening + 3)
            operands += inputs
            if line[end : end + 3] != ", !" and line[end : end + 1] not in ("", "\n"):
                raise Unreadable(line, end, "metadata or the end of the line")
            bundles = listed, line[at:opening] + line[end:]
        operands.append(callee)
        return operands, head, spelled, attributes, bundles, at

    def _arguments(self, line: str, at: int) -> tuple[list[Value], list[str], int]:
        """Arguments up to the closing parenthesis: values, their attributes, the end."""
        values: list[Value] = []
        attributes: list[str] = []
        while line[at] != ")":
            m = _ARGUMENT(line, at)
            if m is not None:
                spelled, text, word = m.groups()
                type = self.known_types.get(spelled)
                if type is None:
                    type = self.types.read(spelled)
                if word[0] == "%":
                    values.append(self._local(word, type))
                else:
                    values.append(self.constants.word(type, word))
                at = m.end()
            else:
                type, at = self.types.at(line, at)
                end = _end(_ATTRIBUTES, line, _blank(line, at))
                text = line[at + 1 : end]
                value, at = self._any_value(type, line, end)
                values.append(value)
            attributes.append(text)
            if line[at] == ",":
                at += 2
            elif line[at] != ")":
                raise Unreadable(line, at, "the end of an argument")
        return values, attributes, at + 1

    def _any_value(self, type: Type, line: str, at: int) -> tuple[Value, int]:
        if type is ty.METADATA:
            m = _ITEM(line, at)
            assert m is not None
            return Metadata(m.group()), m.end()
        return self._value(type, line, at)

    def _bundles(
        self, line: str, at: int
    ) -> tuple[list[Value], tuple[tuple[str, int], ...], int]:
        """`"tag"(type value, ...), ... ]`: values, tags with their counts, the end."""
        values: list[Value] = []
        listed: list[tuple[str, int]] = []
        while tag := _TAG(line, at):
            at = tag.end()
            count = 0
            while line[at] != ")":
                type, at = self.types.at(line, at)
                value, at = self._any_value(type, line, _blank(line, at))
                values.append(value)
                count += 1
                if line.startswith(", ", at):
                    at += 2
            listed.append((tag[1], count))
            at += 1
            if line.startswith(", ", at):
                at += 2
        if not line.startswith(" ]", at):
            raise Unreadable(line, at, "the end of the operand bundles")
        return values, tuple(listed), at + 2

    def _invoke(self, opcode: str, line: str, at: int) -> Instruction:
        operands, head, spelled, attributes, bundles, at = self._callee(line, at)
        listed, tail = bundles or ((), line[at:])
        tail, separator, labels = tail.partition("\n" + _CONTINUED + "to ")
        if not separator:
            raise Unreadable(line, at, "the blocks of the invoke")
        normal, at = self._label(labels, 0)
        if not labels.startswith(" unwind ", at):
            raise Unreadable(labels, at, "' unwind '")
        unwind, at = self._label(labels, at + 8)
        result = spelled.result if isinstance(spelled, ty.FunctionType) else spelled
        inst = Invoke(opcode, result, operands, "", tail)
        inst.head, inst.spelled, inst.attributes, inst.bundles = head, spelled, attributes, listed
        inst.targets, inst.end = [normal, unwind], labels[at:]
        return inst

    def _callbr(self, opcode: str, line: str, at: int) -> Instruction:
        operands, head, spelled, attributes, bundles, at = self._callee(line, at)
        listed, tail = bundles or ((), line[at:])
        tail, separator, labels = tail.partition("\n" + _CONTINUED + "to ")
        if not separator:
            raise Unreadable(line, at, "the blocks of the callbr")
        normal, at = self._label(labels, 0)
        targets = [normal]
        if not labels.startswith(" [", at):
            raise Unreadable(labels, at, "' ['")
        indirect, at = self._labels(labels, at + 2)
        result = spelled.result if isinstance(spelled, ty.FunctionType) else spelled
        inst = CallBr(opcode, result, operands, "", tail)
        inst.head, inst.spelled, inst.attributes, inst.bundles = head, spelled, attributes, listed
        inst.targets, inst.end = targets + indirect, labels[at:]
        return inst

    def _labels(self, line: str, at: int) -> tuple[list[Block], int]:
        """`label %a, label %b]`: blocks up to the closing bracket."""
        found: list[Block] = []
        while line[at] != "]":
            block, at = self._label(line, at)
            found.append(block)
            if line.startswith(", ", at):
                at += 2
        return found, at + 1

    # Terminators

    def _ret(self, opcode: str, line: str, at: int) -> Instruction:
        if line.startswith("void", at):
            return Return(opcode, ty.VOID, (), "", line[at + 4 :])
        value, at = self._typed(line, at)
        return Return(opcode, ty.VOID, (value,), "", line[at:])

    def _br(self, opcode: str, line: str, at: int) -> Instruction:
        operands: tuple[Value, ...] = ()
        if line[at] == "i":
            condition, at = self._typed(line, at)
            operands = (condition,)
            then, at = self._label(line, _comma(line, at))
            other, at = self._label(line, _comma(line, at))
            targets = [then, other]
        else:
            then, at = self._label(line, at)
            targets = [then]
        inst = Branch(opcode, ty.VOID, operands, "", line[at:])
        inst.targets = targets
        return inst

    def _switch(self, opcode: str, line: str, at: int) -> Instruction:
        condition, at = self._typed(line, at)
        default, at = self._label(line, _comma(line, at))
        if not line.startswith(" [\n", at):
            raise Unreadable(line, at, "the cases of the switch")
        at += 3
        operands, targets = [condition], [default]
        while line.startswith("    ", at):
            value, at = self._typed(line, at + 4)
            target, at = self._label(line, _comma(line, at))
            operands.append(value)
            targets.append(target)
            at += 1
        if not line.startswith("  ]", at):
            raise Unreadable(line, at, "the end of the switch")
        inst = Switch(opcode, ty.VOID, operands, "", line[at + 3 :])
        inst.targets = targets
        return inst

    def _indirectbr(self, opcode: str, line: str, at: int) -> Instruction:
        address, at = self._typed(line, at)
        at = _comma(line, at)
        if line[at] != "[":
            raise Unreadable(line, at, "the blocks of the indirectbr")
        targets, at = self._labels(line, at + 1)
        inst = IndirectBranch(opcode, ty.VOID, (address,), "", line[at:])
        inst.targets = targets
        return inst

    def _unreachable(self, opcode: str, line: str, at: int) -> Instruction:
        return Unreachable(opcode, ty.VOID, (), "", line[len("  unreachable") :])

    # Exceptions

    def _landingpad(self, opcode: str, line: str, at: int) -> Instruction:
        type, at = self.types.at(line, at)
        clauses = tuple(part.strip() for part in line[at:].split("\n"))
        inst = LandingPad(opcode, type, ())
        if clauses[0]:
            raise Unreadable(line, at, "clauses")
        rest = list(clauses[1:])
        if rest and (end := rest[-1].find(", !")) >= 0:
            rest[-1], inst.tail = rest[-1][:end], rest[-1][end:]
        inst.clauses = tuple(rest)
        return inst

    def _resume(self, opcode: str, line: str, at: int) -> Instruction:
        value, end = self._typed(line, at)
        inst = ExceptionPad(opcode, ty.VOID, (value,), "", line[end:])
        inst.form, inst.targets = f"{value.type} {OPERAND}", []
        return inst

    def _pad(self, opcode: str, line: str, at: int) -> Instruction:
        """The funclet instructions: `opcode within|from %pad` and what follows."""
        m = _WITHIN(line, at)
        if m is None:
            raise Unreadable(line, at, "'within' or 'from'")
        operands: list[Value] = []
        targets: list[Block] = []
        form = m[1] + " " + (OPERAND if m[2] else "none")
        if m[2]:
            operands.append(self._local(m[2], ty.TOKEN))
        at = m.end()
        if opcode in ("catchpad", "cleanuppad"):
            form += " ["
            at += 2
            while line[at] != "]":
                type, at = self.types.at(line, at)
                start = _blank(line, at)
                value, at = self._any_value(type, line, start)
                if isinstance(value, Metadata):
                    form += f"{type} {line[start:at]}"
                else:
                    form += f"{type} {OPERAND}"
                    operands.append(value)
                if line.startswith(", ", at):
                    form += ", "
                    at += 2
            form += "]"
            at += 1
        elif opcode == "catchswitch":
            at += 2
            targets, at = self._labels(line, at)
            form += " [" + ", ".join([f"label {TARGET}"] * len(targets)) + "]"
        elif opcode == "catchret":
            target, at = self._label(line, at + 4)
            targets = [target]
            form += f" to label {TARGET}"
        if opcode in ("catchswitch", "cleanupret"):
            unwind = _UNWIND(line, at)
            if unwind is None:
                raise Unreadable(line, at, "' unwind '")
            if unwind[1]:
                targets.append(self._block(unwind[1][1:]))
                form += f" unwind label {TARGET}"
            else:
                form += " unwind to caller"
            at = unwind.end()
        type = ty.VOID if opcode in ("catchret", "cleanupret") else ty.TOKEN
        inst = ExceptionPad(opcode, type, operands, "", line[at:])
        inst.form, inst.targets = form, targets
        return inst


def _comma(line: str, at: int) -> int:
    if not line.startswith(", ", at):
        raise Unreadable(line, at, "','")
    return at + 2


def _blank(line: str, at: int) -> int:
    if line[at] != " ":
        raise Unreadable(line, at, "' '")
    return at + 1


def _end(pattern: Callable[[str, int], re.Match[str] | None], line: str, at: int) -> int:
    m = pattern(line, at)
    return m.end() if m else at


def _path(line: str, at: int) -> tuple[tuple[int, ...], int]:
    m = _PATH(line, at)
    if m is None:
        raise Unreadable(line, at, "a path into the aggregate")
    return tuple(map(int, m.group()[2:].split(", "))), m.end()


_Reader = Callable[[FunctionParser, str, str, int], Instruction]
_P = FunctionParser
_MULTILINE = frozenset(("switch", "invoke", "callbr", "landingpad"))
_READERS: dict[str, _Reader] = {
    **dict.fromkeys(
        "add sub mul udiv sdiv urem srem shl lshr ashr and or xor fadd fsub fmul fdiv frem".split(),
        _P._binary,
    ),
    **dict.fromkeys(
        (
            "trunc zext sext fptrunc fpext fptoui fptosi uitofp sitofp ptrtoint ptrtoaddr inttoptr"
            " bitcast addrspacecast"
        ).split(),
        _P._cast,
    ),
    **dict.fromkeys(("icmp", "fcmp"), _P._compare),
    **dict.fromkeys("catchswitch catchpad cleanuppad catchret cleanupret".split(), _P._pad),
    "fneg": _P._fneg,
    "select": _P._select,
    "freeze": _P._freeze,
    "phi": _P._phi,
    "alloca": _P._alloca,
    "load": _P._load,
    "store": _P._store,
    "getelementptr": _P._getelementptr,
    "extractvalue": _P._extractvalue,
    "insertvalue": _P._insertvalue,
    "extractelement": _P._extractelement,
    "insertelement": _P._insertelement,
    "shufflevector": _P._shufflevector,
    "va_arg": _P._va_arg,
    "atomicrmw": _P._atomicrmw,
    "cmpxchg": _P._cmpxchg,
    "fence": _P._fence,
    "invoke": _P._invoke,
    "callbr": _P._callbr,
    "ret": _P._ret,
    "br": _P._br,
    "switch": _P._switch,
    "indirectbr": _P._indirectbr,
    "unreachable": _P._unreachable,
    "landingpad": _P._landingpad,
    "resume": _P._resume,
}
