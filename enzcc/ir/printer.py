"""Prints functions as LLVM text: what was read and not changed comes out as it went in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from enzcc.ir import instructions as ins
from enzcc.ir import types as ty
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Instruction
from enzcc.ir.lexer import replace_locals
from enzcc.ir.names import quoted
from enzcc.ir.types import Type
from enzcc.ir.values import Value


def print_function(function: Function) -> str:
    """The text of a function, comments first, without a newline at the end."""
    _name_what_is_unnamed(function)
    out = list(function.comments)
    parameters = [f"{a.type.text} {a.attributes}{a.ref()}" for a in function.args]
    if function.type.vararg:
        parameters.append("...")
    signature = f"{function.type.result} @{quoted(function.name)}({', '.join(parameters)})"
    parts = ("define", function.header.strip(), signature, function.trailer.strip(), "{")
    out.append(" ".join(part for part in parts if part))
    known: dict[str, Type] | None = None
    for index, block in enumerate(function.blocks):
        label = _label(block)
        if label:
            if index:
                out.append("")
            out.append(label)
        for inst in block.instructions:
            for record in inst.records:
                if "%" in record:
                    if known is None:
                        known = _types_of_locals(function)
                    record = _keep_known(record, known)
                out.append("    " + record)
            text = _WRITERS[type(inst)](inst)
            if inst.type is not ty.VOID:
                out.append(f"  %{quoted(inst.name)} = {text}")
            else:
                out.append("  " + text)
    if function.directives:
        out += ["", *function.directives]
    out.append("}")
    return "\n".join(out)


def print_instruction(inst: Instruction) -> str:
    """One instruction, without its debug records."""
    text = _WRITERS[type(inst)](inst)
    return text if inst.type is ty.VOID else f"{inst.ref()} = {text}"


def _name_what_is_unnamed(function: Function) -> None:
    for block in function.blocks:
        unnamed = block.label is None and not block.name
        if unnamed or any(not i.name and i.type is not ty.VOID for i in block.instructions):
            function.name_everything()
            return


def _label(block: Block) -> str:
    """The label as it was read, unless the block has another name now."""
    name = quoted(block.name)
    if block.label is None or not (block.label.startswith(name + ":") or block.label == ""):
        return name + ":"
    return block.label


def _types_of_locals(function: Function) -> dict[str, Type]:
    known: dict[str, Type] = {a.name: a.type for a in function.args}
    known.update((i.name, i.type) for i in function.instructions())
    return known


def _keep_known(text: str, known: dict[str, Type]) -> str:
    """Debug text with poison for locals that are gone, as LLVM does it."""

    def kept(spelled: str, name: str) -> str:
        found = known.get(name)
        same = found is not None and found.text == spelled
        return f"{spelled} %{quoted(name)}" if same else f"{spelled} poison"

    return replace_locals(text, kept)


# One writer a class


def _binary(i: ins.Binary) -> str:
    a, b = i.operands
    return f"{i.opcode} {i.flags}{a.type.text} {a.ref()}, {b.ref()}{i.tail}"


def _unary(i: Instruction) -> str:
    a = i.operands[0]
    return f"{i.opcode} {i.flags}{a.type.text} {a.ref()}{i.tail}"


def _cast(i: ins.Cast) -> str:
    a = i.operands[0]
    return f"{i.opcode} {i.flags}{a.type.text} {a.ref()} to {i.type.text}{i.tail}"


def _compare(i: ins.Compare) -> str:
    a, b = i.operands
    return f"{i.opcode} {i.flags}{i.predicate} {a.type.text} {a.ref()}, {b.ref()}{i.tail}"


def _all_typed(i: Instruction) -> str:
    """`opcode flags type a, type b, ...`"""
    return f"{i.opcode} {i.flags}{_list(i.operands)}{i.tail}"


def _list(values: list[Value]) -> str:
    return ", ".join([f"{v.type.text} {v.ref()}" for v in values])


def _phi(i: ins.Phi) -> str:
    pairs = ", ".join(
        [f"[ {v.ref()}, %{quoted(b.name)} ]" for v, b in zip(i.operands, i.blocks, strict=True)]
    )
    return f"phi {i.flags}{i.type.text} {pairs}{i.tail}"


def _alloca(i: ins.Alloca) -> str:
    count = f", {_list(i.operands)}" if i.operands else ""
    return f"alloca {i.flags}{i.allocated.text}{count}{i.tail}"


def _load(i: ins.Load) -> str:
    p = i.operands[0]
    return f"load {i.flags}{i.type.text}, {p.type.text} {p.ref()}{i.tail}"


def _getelementptr(i: ins.GetElementPtr) -> str:
    return f"getelementptr {i.flags}{i.source.text}, {_list(i.operands)}{i.tail}"


def _with_path(i: ins.ExtractValue | ins.InsertValue) -> str:
    return f"{i.opcode} {_list(i.operands)}, {', '.join(map(str, i.path))}{i.tail}"


def _va_arg(i: ins.VAArg) -> str:
    return f"va_arg {_list(i.operands)}, {i.type.text}{i.tail}"


def _atomicrmw(i: ins.AtomicRMW) -> str:
    return f"atomicrmw {i.flags}{i.operation} {_list(i.operands)}{i.tail}"


def _fence(i: ins.Fence) -> str:
    return f"fence {i.tail.strip()}" if i.tail[:1] != "," else f"fence{i.tail}"


def _call(i: ins.Call) -> str:
    return f"{i.marker}call {_callee(i)}"


def _callee(i: ins.CallBase) -> str:
    operands = i.operands
    values = operands[:-1]
    tail = i.tail
    if i.bundles:
        tail = _with_bundles(i)
        values = i.arguments
    arguments = ", ".join(
        [f"{v.type.text} {text}{v.ref()}" for v, text in zip(values, i.attributes, strict=True)]
    )
    return f"{i.head}{i.spelled.text} {operands[-1].ref()}({arguments}){tail}"


def _with_bundles(i: ins.CallBase) -> str:
    at = len(i.operands) - 1 - sum(count for _, count in i.bundles)
    parts: list[str] = []
    for tag, count in i.bundles:
        parts.append(f'"{tag}"({_list(i.operands[at : at + count])})')
        at += count
    metadata = i.tail.find(", !")
    attributes = i.tail if metadata < 0 else i.tail[:metadata]
    return f"{attributes} [ {', '.join(parts)} ]{i.tail[len(attributes) :]}"


def _invoke(i: ins.Invoke) -> str:
    normal, unwind = (f"label %{quoted(b.name)}" for b in i.targets)
    return f"invoke {_callee(i)}\n          to {normal} unwind {unwind}{i.end}"


def _callbr(i: ins.CallBr) -> str:
    normal, *indirect = (f"label %{quoted(b.name)}" for b in i.targets)
    return f"callbr {_callee(i)}\n          to {normal} [{', '.join(indirect)}]{i.end}"


def _ret(i: ins.Return) -> str:
    return f"ret {_list(i.operands) or 'void'}{i.tail}"


def _br(i: ins.Branch) -> str:
    labels = ", ".join([f"label %{quoted(b.name)}" for b in i.targets])
    if i.operands:
        return f"br i1 {i.operands[0].ref()}, {labels}{i.tail}"
    return f"br {labels}{i.tail}"


def _switch(i: ins.Switch) -> str:
    condition = i.operands[0]
    cases = "".join(
        [
            f"    {v.type.text} {v.ref()}, label %{quoted(b.name)}\n"
            for v, b in zip(i.operands[1:], i.targets[1:], strict=True)
        ]
    )
    default = quoted(i.targets[0].name)
    head = f"switch {condition.type.text} {condition.ref()}, label %{default} ["
    return f"{head}\n{cases}  ]{i.tail}"


def _indirectbr(i: ins.IndirectBranch) -> str:
    labels = ", ".join([f"label %{quoted(b.name)}" for b in i.targets])
    return f"indirectbr {_list(i.operands)}, [{labels}]{i.tail}"


def _unreachable(i: ins.Unreachable) -> str:
    return "unreachable" + i.tail


def _landingpad(i: ins.LandingPad) -> str:
    clauses = "".join(["\n          " + clause for clause in i.clauses])
    return f"landingpad {i.type.text}{clauses}{i.tail}"


def _pad(i: ins.ExceptionPad) -> str:
    return f"{i.opcode} {i.text}{i.tail}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    ins.Binary: _binary,
    ins.FNeg: _unary,
    ins.Cast: _cast,
    ins.Compare: _compare,
    ins.Select: _all_typed,
    ins.Freeze: _unary,
    ins.Phi: _phi,
    ins.Alloca: _alloca,
    ins.Load: _load,
    ins.Store: _all_typed,
    ins.GetElementPtr: _getelementptr,
    ins.ExtractValue: _with_path,
    ins.InsertValue: _with_path,
    ins.ExtractElement: _all_typed,
    ins.InsertElement: _all_typed,
    ins.ShuffleVector: _all_typed,
    ins.Call: _call,
    ins.Invoke: _invoke,
    ins.CallBr: _callbr,
    ins.Return: _ret,
    ins.Branch: _br,
    ins.Switch: _switch,
    ins.IndirectBranch: _indirectbr,
    ins.Unreachable: _unreachable,
    ins.AtomicRMW: _atomicrmw,
    ins.CompareExchange: _all_typed,
    ins.Fence: _fence,
    ins.VAArg: _va_arg,
    ins.LandingPad: _landingpad,
    ins.ExceptionPad: _pad,
}
