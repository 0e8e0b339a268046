"""Reads instructions from text, one function a family of opcodes; calls are in `calltext`.

Each gets the parser, the opcode, the line (or lines) and where the text behind the opcode starts.
"""
# ruff: noqa: A001 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from enzcc.ir import types as ty
from enzcc.ir.function import Block
from enzcc.ir.instructions import (
    Alloca,
    AtomicRMW,
    Binary,
    Branch,
    Cast,
    Compare,
    CompareExchange,
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
from enzcc.ir.lexer import (
    FLAGS,
    MEMORY_FLAGS,
    NAME,
    NUMBER,
    WORD,
    Unreadable,
    blank,
    comma,
    end_of,
)
from enzcc.ir.types import Type, VectorType
from enzcc.ir.values import Value
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ir.parser import FunctionParser

_FLAGS = FLAGS.match
_MEMORY_FLAGS = MEMORY_FLAGS.match
_PREDICATE = pattern(r"[a-z]+ ").match
_INCOMING = pattern(rf"(?:, )?\[ (?:({WORD})|(?!%))").match
_FROM = pattern(rf", (%{NAME}) \]").match
_PATH = pattern(rf"(?:, {NUMBER})+").match
_ADDRESS_SPACE = pattern(r", addrspace\((\d+)\)").search
_OPERATION = pattern(r"[a-z_]+ ").match


def _binary(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    start, at = at, end_of(_FLAGS, line, at)
    flags = line[start:at]
    a, at = p.typed(line, at)
    b, at = p.value(a.type, line, comma(line, at))
    return Binary(opcode, a.type, (a, b), flags, line[at:])


def _fneg(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    start, at = at, end_of(_FLAGS, line, at)
    a, end = p.typed(line, at)
    return FNeg(opcode, a.type, (a,), line[start:at], line[end:])


def _cast(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    start, at = at, end_of(_FLAGS, line, at)
    flags = line[start:at]
    a, at = p.typed(line, at)
    if not line.startswith(" to ", at):
        raise Unreadable(line, at, "' to '")
    type, at = p.types.at(line, at + 4)
    return Cast(opcode, type, (a,), flags, line[at:])


def _compare(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    start, at = at, end_of(_FLAGS, line, at)
    flags = line[start:at]
    predicate = _PREDICATE(line, at)
    if predicate is None:
        raise Unreadable(line, at, "a predicate")
    a, at = p.typed(line, predicate.end())
    b, at = p.value(a.type, line, comma(line, at))
    type = a.type
    result: Type = ty.I1
    if isinstance(type, VectorType):
        result = ty.vector(ty.I1, type.count, type.scalable)
    inst = Compare(opcode, result, (a, b), flags, line[at:])
    inst.predicate = predicate.group()[:-1]
    return inst


def _select(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    start, at = at, end_of(_FLAGS, line, at)
    flags = line[start:at]
    condition, at = p.typed(line, at)
    a, at = p.more(line, at)
    b, at = p.more(line, at)
    return Select(opcode, a.type, (condition, a, b), flags, line[at:])


def _freeze(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    a, at = p.typed(line, at)
    return Freeze(opcode, a.type, (a,), "", line[at:])


def _phi(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    start, at = at, end_of(_FLAGS, line, at)
    flags = line[start:at]
    type, at = p.types.at(line, at)
    at = blank(line, at)
    values: list[Value] = []
    blocks: list[Block] = []
    while m := _INCOMING(line, at):
        word = m[1]
        at = m.end()
        if word is None:
            value, at = p.value(type, line, at)
        elif word[0] == "%":
            value = p.local(word, type)
        else:
            value = p.constants.word(type, word)
        source = _FROM(line, at)
        if source is None:
            raise Unreadable(line, at, "a block")
        values.append(value)
        blocks.append(p.block(source[1][1:]))
        at = source.end()
    inst = Phi(opcode, type, values, flags, line[at:])
    inst.blocks = blocks
    return inst


def _alloca(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    start, at = at, end_of(_MEMORY_FLAGS, line, at)
    flags = line[start:at]
    allocated, at = p.types.at(line, at)
    count: tuple[Value, ...] = ()
    if line.startswith(", i", at):
        value, at = p.more(line, at)
        count = (value,)
    tail = line[at:]
    space = _ADDRESS_SPACE(tail)
    inst = Alloca(opcode, ty.pointer(int(space[1])) if space else ty.PTR, count, flags, tail)
    inst.allocated = allocated
    return inst


def _load(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    start, at = at, end_of(_MEMORY_FLAGS, line, at)
    flags = line[start:at]
    type, at = p.types.at(line, at)
    pointer, at = p.more(line, at)
    return Load(opcode, type, (pointer,), flags, line[at:])


def _store(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    start, at = at, end_of(_MEMORY_FLAGS, line, at)
    flags = line[start:at]
    value, at = p.typed(line, at)
    pointer, at = p.more(line, at)
    return Store(opcode, ty.VOID, (value, pointer), flags, line[at:])


def _getelementptr(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    start, at = at, end_of(_FLAGS, line, at)
    flags = line[start:at]
    source, at = p.types.at(line, at)
    base, at = p.more(line, at)
    operands = [base]
    type = base.type
    while line.startswith(", ", at) and line[at + 2] != "!":
        index, at = p.typed(line, at + 2)
        operands.append(index)
        if isinstance(index.type, VectorType) and not isinstance(type, VectorType):
            type = ty.vector(type, index.type.count, index.type.scalable)
    inst = GetElementPtr(opcode, type, operands, flags, line[at:])
    inst.source = source
    return inst


def _extractvalue(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    aggregate, at = p.typed(line, at)
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


def _insertvalue(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    aggregate, at = p.typed(line, at)
    element, at = p.more(line, at)
    path, at = _path(line, at)
    inst = InsertValue(opcode, aggregate.type, (aggregate, element), "", line[at:])
    inst.path = path
    return inst


def _extractelement(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    vector, at = p.typed(line, at)
    index, at = p.more(line, at)
    return ExtractElement(opcode, ty.scalar(vector.type), (vector, index), "", line[at:])


def _insertelement(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    vector, at = p.typed(line, at)
    element, at = p.more(line, at)
    index, at = p.more(line, at)
    return InsertElement(opcode, vector.type, (vector, element, index), "", line[at:])


def _shufflevector(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    a, at = p.typed(line, at)
    b, at = p.more(line, at)
    mask, at = p.more(line, at)
    if not isinstance(mask.type, VectorType):
        raise Unreadable(line, at, "a mask")
    type = ty.vector(ty.scalar(a.type), mask.type.count, mask.type.scalable)
    return ShuffleVector(opcode, type, (a, b, mask), "", line[at:])


def _va_arg(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    pointer, at = p.typed(line, at)
    type, at = p.types.at(line, comma(line, at))
    return VAArg(opcode, type, (pointer,), "", line[at:])


def _atomicrmw(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    start, at = at, end_of(_MEMORY_FLAGS, line, at)
    flags = line[start:at]
    operation = _OPERATION(line, at)
    if operation is None:
        raise Unreadable(line, at, "an operation")
    pointer, at = p.typed(line, operation.end())
    value, at = p.more(line, at)
    inst = AtomicRMW(opcode, value.type, (pointer, value), flags, line[at:])
    inst.operation = operation.group()[:-1]
    return inst


def _cmpxchg(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    start, at = at, end_of(_MEMORY_FLAGS, line, at)
    flags = line[start:at]
    pointer, at = p.typed(line, at)
    expected, at = p.more(line, at)
    new, at = p.more(line, at)
    type = ty.struct((new.type, ty.I1))
    return CompareExchange(opcode, type, (pointer, expected, new), flags, line[at:])


def _fence(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    return Fence(opcode, ty.VOID, (), "", line[at:])


def _ret(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    if line.startswith("void", at):
        return Return(opcode, ty.VOID, (), "", line[at + 4 :])
    value, at = p.typed(line, at)
    return Return(opcode, ty.VOID, (value,), "", line[at:])


def _br(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    operands: tuple[Value, ...] = ()
    if line[at] == "i":
        condition, at = p.typed(line, at)
        operands = (condition,)
        then, at = p.label(line, comma(line, at))
        other, at = p.label(line, comma(line, at))
        targets = [then, other]
    else:
        then, at = p.label(line, at)
        targets = [then]
    inst = Branch(opcode, ty.VOID, operands, "", line[at:])
    inst.targets = targets
    return inst


def _switch(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    condition, at = p.typed(line, at)
    default, at = p.label(line, comma(line, at))
    if not line.startswith(" [\n", at):
        raise Unreadable(line, at, "the cases of the switch")
    at += 3
    operands, targets = [condition], [default]
    while line.startswith("    ", at):
        value, at = p.typed(line, at + 4)
        target, at = p.label(line, comma(line, at))
        operands.append(value)
        targets.append(target)
        at += 1
    if not line.startswith("  ]", at):
        raise Unreadable(line, at, "the end of the switch")
    inst = Switch(opcode, ty.VOID, operands, "", line[at + 3 :])
    inst.targets = targets
    return inst


def _indirectbr(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    address, at = p.typed(line, at)
    at = comma(line, at)
    if line[at] != "[":
        raise Unreadable(line, at, "the blocks of the indirectbr")
    targets, at = p.labels(line, at + 1)
    inst = IndirectBranch(opcode, ty.VOID, (address,), "", line[at:])
    inst.targets = targets
    return inst


def _unreachable(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    return Unreachable(opcode, ty.VOID, (), "", line[len("  unreachable") :])


def _path(line: str, at: int) -> tuple[tuple[int, ...], int]:
    m = _PATH(line, at)
    if m is None:
        raise Unreadable(line, at, "a path into the aggregate")
    return tuple(map(int, m.group()[2:].split(", "))), m.end()


_BINARY = "add sub mul udiv sdiv urem srem shl lshr ashr and or xor fadd fsub fmul fdiv frem"
_CASTS = (
    "trunc zext sext fptrunc fpext fptoui fptosi uitofp sitofp ptrtoint ptrtoaddr inttoptr bitcast"
    " addrspacecast"
)
INSTRUCTIONS: dict[str, Callable[[FunctionParser, str, str, int], Instruction]] = {
    **dict.fromkeys(_BINARY.split(), _binary),
    **dict.fromkeys(_CASTS.split(), _cast),
    **dict.fromkeys(("icmp", "fcmp"), _compare),
    "fneg": _fneg,
    "select": _select,
    "freeze": _freeze,
    "phi": _phi,
    "alloca": _alloca,
    "load": _load,
    "store": _store,
    "getelementptr": _getelementptr,
    "extractvalue": _extractvalue,
    "insertvalue": _insertvalue,
    "extractelement": _extractelement,
    "insertelement": _insertelement,
    "shufflevector": _shufflevector,
    "va_arg": _va_arg,
    "atomicrmw": _atomicrmw,
    "cmpxchg": _cmpxchg,
    "fence": _fence,
    "ret": _ret,
    "br": _br,
    "switch": _switch,
    "indirectbr": _indirectbr,
    "unreachable": _unreachable,
}
