"""Reads calls and what belongs to exceptions from text."""
# ruff: noqa: A001 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from enzcc.ir import types as ty
from enzcc.ir.function import Block
from enzcc.ir.instructions import (
    OPERAND,
    TARGET,
    Call,
    CallBr,
    ExceptionPad,
    Instruction,
    Invoke,
    LandingPad,
)
from enzcc.ir.lexer import (
    ATTRIBUTES,
    NAME,
    TYPE,
    WORD,
    Unreadable,
    blank,
    end_of,
)
from enzcc.ir.types import Type
from enzcc.ir.values import InlineAsm, Metadata, Value
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ir.parser import FunctionParser

_PLAIN_ATTRIBUTE = (
    r"(?:noundef|nonnull|noalias|signext|zeroext|readonly|readnone|writeonly|immarg|returned|inreg"
    r"|captures\([a-z_:, ]*\)|align \d+|dereferenceable\(\d+\)|nofree|allocptr)"
)
_ARGUMENT = pattern(rf"({TYPE}) ((?:{_PLAIN_ATTRIBUTE} )*)({WORD})(?=[,)])").match
_ATTRIBUTES = ATTRIBUTES.match
_ASM = pattern(r'asm (?:[a-z]+ )*"[^"]*", "[^"]*"').match
_TAG = pattern(r'"([^"]*)"\(').match
_WITHIN = pattern(rf"(within|from) (?:(%{NAME})|none)").match
_UNWIND = pattern(rf" unwind (?:label (%{NAME})|to caller)").match
_LABELS = "\n          to "  # where the blocks of a call begin


def read_call(p: FunctionParser, line: str, at: int, marker: str) -> Call:
    operands, head, spelled, attributes, bundles, at = _callee(p, line, at)
    result = spelled.result if isinstance(spelled, ty.FunctionType) else spelled
    inst = Call("call", result, operands, "", line[at:] if not bundles else "")
    inst.marker, inst.head, inst.spelled = marker, head, spelled
    inst.attributes = attributes
    if bundles:
        inst.bundles, inst.tail = bundles
    return inst


def _callee(
    p: FunctionParser, line: str, at: int
) -> tuple[list[Value], str, Type, list[str], tuple[tuple[tuple[str, int], ...], str] | None, int]:
    """What calls share: operands, head, type, attributes, bundles with tail, the end."""
    start, at = at, end_of(_ATTRIBUTES, line, at)
    head = line[start:at]
    spelled, at = p.types.at(line, at)
    if line.startswith(" (", at):
        spelled, at = p.types.signature(spelled, line, at + 1)
    at = blank(line, at)
    asm = _ASM(line, at)
    callee: Value
    if asm is not None:
        callee, at = InlineAsm(asm.group()), asm.end()
    else:
        space = re.search(r"addrspace\((\d+)\)", head) if "addrspace" in head else None
        type = ty.pointer(int(space[1])) if space else ty.PTR
        callee, at = p.value(type, line, at)
    if line[at] != "(":
        raise Unreadable(line, at, "arguments")
    operands, attributes, at = _arguments(p, line, at + 1)
    bundles = None
    opening = line.find(' [ "', at)
    if opening >= 0 and ", !" not in line[at:opening] and "\n" not in line[at:opening]:
        inputs, listed, end = _bundles(p, line, opening + 3)
        operands += inputs
        if line[end : end + 3] != ", !" and line[end : end + 1] not in ("", "\n"):
            raise Unreadable(line, end, "metadata or the end of the line")
        bundles = listed, line[at:opening] + line[end:]
    operands.append(callee)
    return operands, head, spelled, attributes, bundles, at


def _arguments(p: FunctionParser, line: str, at: int) -> tuple[list[Value], list[str], int]:
    """Arguments up to the closing parenthesis: values, their attributes, the end."""
    values: list[Value] = []
    attributes: list[str] = []
    while line[at] != ")":
        m = _ARGUMENT(line, at)
        if m is not None:
            spelled, text, word = m.groups()
            type = p.known_types.get(spelled)
            if type is None:
                type = p.types.read(spelled)
            if word[0] == "%":
                values.append(p.local(word, type))
            else:
                values.append(p.constants.word(type, word))
            at = m.end()
        else:
            type, at = p.types.at(line, at)
            end = end_of(_ATTRIBUTES, line, blank(line, at))
            text = line[at + 1 : end]
            value, at = p.any_value(type, line, end)
            values.append(value)
        attributes.append(text)
        if line[at] == ",":
            at += 2
        elif line[at] != ")":
            raise Unreadable(line, at, "the end of an argument")
    return values, attributes, at + 1


def _bundles(
    p: FunctionParser, line: str, at: int
) -> tuple[list[Value], tuple[tuple[str, int], ...], int]:
    """`"tag"(type value, ...), ... ]`: values, tags with their counts, the end."""
    values: list[Value] = []
    listed: list[tuple[str, int]] = []
    while tag := _TAG(line, at):
        at = tag.end()
        count = 0
        while line[at] != ")":
            type, at = p.types.at(line, at)
            value, at = p.any_value(type, line, blank(line, at))
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


def _invoke(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    operands, head, spelled, attributes, bundles, at = _callee(p, line, at)
    listed, tail = bundles or ((), line[at:])
    tail, separator, labels = tail.partition(_LABELS)
    if not separator:
        raise Unreadable(line, at, "the blocks of the invoke")
    normal, at = p.label(labels, 0)
    if not labels.startswith(" unwind ", at):
        raise Unreadable(labels, at, "' unwind '")
    unwind, at = p.label(labels, at + 8)
    result = spelled.result if isinstance(spelled, ty.FunctionType) else spelled
    inst = Invoke(opcode, result, operands, "", tail)
    inst.head, inst.spelled, inst.attributes, inst.bundles = head, spelled, attributes, listed
    inst.targets, inst.end = [normal, unwind], labels[at:]
    return inst


def _callbr(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    operands, head, spelled, attributes, bundles, at = _callee(p, line, at)
    listed, tail = bundles or ((), line[at:])
    tail, separator, labels = tail.partition(_LABELS)
    if not separator:
        raise Unreadable(line, at, "the blocks of the callbr")
    normal, at = p.label(labels, 0)
    targets = [normal]
    if not labels.startswith(" [", at):
        raise Unreadable(labels, at, "' ['")
    indirect, at = p.labels(labels, at + 2)
    result = spelled.result if isinstance(spelled, ty.FunctionType) else spelled
    inst = CallBr(opcode, result, operands, "", tail)
    inst.head, inst.spelled, inst.attributes, inst.bundles = head, spelled, attributes, listed
    inst.targets, inst.end = targets + indirect, labels[at:]
    return inst


def _landingpad(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    type, at = p.types.at(line, at)
    clauses = tuple(part.strip() for part in line[at:].split("\n"))
    inst = LandingPad(opcode, type, ())
    if clauses[0]:
        raise Unreadable(line, at, "clauses")
    rest = list(clauses[1:])
    if rest and (end := rest[-1].find(", !")) >= 0:
        rest[-1], inst.tail = rest[-1][:end], rest[-1][end:]
    inst.clauses = tuple(rest)
    return inst


def _resume(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    value, end = p.typed(line, at)
    inst = ExceptionPad(opcode, ty.VOID, (value,), "", line[end:])
    inst.form, inst.targets = f"{value.type} {OPERAND}", []
    return inst


def _pad(p: FunctionParser, opcode: str, line: str, at: int) -> Instruction:
    """The funclet instructions: `opcode within|from %pad` and what follows."""
    m = _WITHIN(line, at)
    if m is None:
        raise Unreadable(line, at, "'within' or 'from'")
    operands: list[Value] = []
    targets: list[Block] = []
    form = m[1] + " " + (OPERAND if m[2] else "none")
    if m[2]:
        operands.append(p.local(m[2], ty.TOKEN))
    at = m.end()
    if opcode in ("catchpad", "cleanuppad"):
        form += " ["
        at += 2
        while line[at] != "]":
            type, at = p.types.at(line, at)
            start = blank(line, at)
            value, at = p.any_value(type, line, start)
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
        targets, at = p.labels(line, at)
        form += " [" + ", ".join([f"label {TARGET}"] * len(targets)) + "]"
    elif opcode == "catchret":
        target, at = p.label(line, at + 4)
        targets = [target]
        form += f" to label {TARGET}"
    if opcode in ("catchswitch", "cleanupret"):
        unwind = _UNWIND(line, at)
        if unwind is None:
            raise Unreadable(line, at, "' unwind '")
        if unwind[1]:
            targets.append(p.block(unwind[1][1:]))
            form += f" unwind label {TARGET}"
        else:
            form += " unwind to caller"
        at = unwind.end()
    type = ty.VOID if opcode in ("catchret", "cleanupret") else ty.TOKEN
    inst = ExceptionPad(opcode, type, operands, "", line[at:])
    inst.form, inst.targets = form, targets
    return inst


CALLS: dict[str, Callable[[FunctionParser, str, str, int], Instruction]] = {
    **dict.fromkeys("catchswitch catchpad cleanuppad catchret cleanupret".split(), _pad),
    "invoke": _invoke,
    "callbr": _callbr,
    "landingpad": _landingpad,
    "resume": _resume,
}
