"""Runs formulas on the machine: `evaluate` into a function of its own, compiled by LLVM, called on
numbers.

Numbers go in and out as mpmath's, in slots of 16 bytes; the primal's result is handed in from
outside, so that a formula is measured alone.
"""

# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import llvmlite.binding as llvm
import mpmath

from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.function import Block
from enzcc.ir.instructions import (
    Binary,
    Call,
    Cast,
    Compare,
    ExtractElement,
    FNeg,
    InsertElement,
    Instruction,
    Load,
    Select,
    ShuffleVector,
    Store,
)
from enzcc.ir.types import FunctionType, Type
from enzcc.ir.values import Argument as Parameter
from enzcc.ir.values import Global, Value
from enzcc.rules import Formula, evaluate
from enzcc.rules.table import Parameter as Kind
from enzcc.rules.table import Rule

mpmath.mp.dps = 60  # conversions must not round
SLOT = 16
ROOT = Path(__file__).parents[2]
FORMATS = {
    ty.FLOAT: (24, -149, 128),
    ty.DOUBLE: (53, -1074, 1024),
    ty.X86_FP80: (64, -16445, 16384),
    ty.FP128: (113, -16494, 16384),
}
"""type: precision, exponent of the smallest subnormal, exponent past the largest number."""


@dataclass
class Setting:
    """The `Place` of a test: arguments and result come from memory, symbols are collected."""

    emit: Builder
    type: Type
    kinds: Sequence[Kind]
    arguments: Value
    results: Value
    declared: dict[str, str]
    whole: Type = ty.I32
    read: list[object] = field(default_factory=list)

    def argument(self, index: int) -> Value:
        assert index not in self.read, "an argument is asked for once"
        self.read.append(index)
        type = self.whole if self.kinds[index] is Kind.WHOLE else self.type
        return self._slot(self.arguments, index, type)

    def result(self, field: int | None = None) -> Value:
        assert ("r", field) not in self.read, "the result is asked for once"
        self.read.append(("r", field))
        return self._slot(self.results, field or 0, self.type)

    def known(self, name: str, arguments: tuple[int, ...]) -> Value | None:
        return None

    def _slot(self, base: Value, index: int, type: Type) -> Value:
        lanes = type.count if isinstance(type, ty.VectorType) else 1
        if lanes == 1:
            return self.emit.load(type, self.emit.offset(base, const_int(ty.I64, SLOT * index)), 1)
        made: Value = self.emit.load(type, self.emit.offset(base, const_int(ty.I64, 0)), 1)
        assert index == 0, "vector tests have one argument"
        return made

    def function(self, name: str, type: FunctionType, attributes: str) -> Value:
        parameters = ", ".join(map(str, type.params))
        self.declared[name] = f"declare {type.result} @{name}({parameters}) {attributes}"
        return Global(name)


def compile_text(
    name: str, formula: Formula, kinds: Sequence[Kind], type: Type, declared: dict[str, str]
) -> str:
    """`void name(ptr arguments, ptr results, ptr out)`, which computes the formula."""
    names = ("arguments", "results", "out")
    arguments, results, out = (Parameter(ty.PTR, n, "", i) for i, n in enumerate(names))
    block = Block("entry")
    whole = ty.I64 if "scalbln" in name else ty.I32
    place = Setting(Builder(block), type, kinds, arguments, results, declared, whole)
    value = evaluate(formula, place)
    assert value.type is type
    place.emit.store(value, out, 1)
    lines = []
    for number, inst in enumerate(block.instructions):
        inst.name = f"v{number}"
        lines.append("  " + printed(inst))
    head = f'define void @"{name}"(ptr %arguments, ptr %results, ptr %out) {{'
    return "\n".join([head, *lines, "  ret void", "}"])


def printed(inst: Instruction) -> str:
    """The instructions that formulas make, as text."""
    ops = inst.operands
    match inst:
        case Store():
            return f"store {ops[0]}, {ops[1]}{inst.tail}"
        case Binary() | FNeg():
            body = f"{inst.opcode} {inst.flags}{ops[0]}" + (
                f", {ops[1].ref()}" if len(ops) > 1 else ""
            )
        case Cast():
            body = f"{inst.opcode} {ops[0]} to {inst.type}"
        case Compare():
            body = f"{inst.opcode} {inst.predicate} {ops[0]}, {ops[1].ref()}"
        case Select() | ExtractElement() | InsertElement() | ShuffleVector():
            body = f"{inst.opcode} {inst.flags}" + ", ".join(map(str, ops))
        case Load():
            body = f"load {inst.type}, {ops[0]}{inst.tail}"
        case Call():
            body = f"call {inst.head}{inst.type} {inst.callee.ref()}"
            body += f"({', '.join(map(str, inst.arguments))}){inst.tail}"
        case _:  # a getelementptr
            body = f"getelementptr inbounds i8, {ops[0]}, {ops[1]}"
    return f"%{inst.name} = {body}"


@functools.cache
def runtime_library() -> str:
    """The functions that rules mention, compiled by whatever C compiler is there."""
    compilers = [["clang-22"], ["clang"], [sys.executable, "-m", "ziglang", "cc"]]
    command = next(c for c in compilers if shutil.which(c[0]))
    target = Path(tempfile.mkdtemp()) / "runtime.so"
    sources = [ROOT / "runtime" / "special" / "digamma.c", ROOT / "runtime" / "tanh.c"]
    visible = "-Dvisibility(kind)=unused"  # in an object they are hidden; here we look them up
    words = ["-O2", "-shared", "-fPIC", visible, *sources, "-o", target, "-lm"]
    subprocess.run([*command, *words], check=True)
    return str(target)


@functools.cache
def _prepare() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    llvm.load_library_permanently(ctypes.util.find_library("m"))
    llvm.load_library_permanently("libgcc_s.so.1")  # __powidf2
    llvm.load_library_permanently(runtime_library())


class Code:
    """A compiled module; `run` calls one of its functions."""

    def __init__(self, text: str) -> None:
        module = llvm.parse_assembly(text)
        module.verify()
        _prepare()
        machine = llvm.Target.from_default_triple().create_target_machine(opt=2)  # the engine's own
        module.triple = machine.triple
        self.engine = llvm.create_mcjit_compiler(module, machine)
        self.engine.finalize_object()

    def run(self, name: str, arguments: bytes, results: bytes, size: int = SLOT) -> bytes:
        address = self.engine.get_function_address(name)
        call = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)(address)
        out = ctypes.create_string_buffer(size)
        call(_aligned(arguments), _aligned(results), ctypes.addressof(out))
        return out.raw


def _aligned(data: bytes) -> bytes:
    return data + bytes(-len(data) % SLOT)


def parts(rule: Rule) -> Iterator[tuple[str, int, int | None, int | None, Formula]]:
    """Every partial of a rule that is a formula: its name, argument, output, field."""
    places: list[tuple[int | None, int | None]] = [(None, None)]
    if rule.has_fields:
        places = [(None, 0), (None, 1)]
    places += [(k, None) for k in rule.outputs]
    for output, number in places:
        for index, kind in enumerate(rule.parameters):
            partial = rule.partial(index, output=output, field=number)
            if isinstance(partial, Formula) and kind is Kind.REAL:
                yield (
                    f"partial.{rule.name}.{output}.{number}.{index}",
                    index,
                    output,
                    number,
                    partial,
                )


def compile_rules(rules: Sequence[Rule], type: Type) -> Code:
    """All partials of the rules in one floating type."""
    declared: dict[str, str] = {}
    bodies = [
        compile_text(name, formula, rule.parameters, type, declared)
        for rule in rules
        for name, _, _, _, formula in parts(rule)
    ]
    return Code("\n".join([*declared.values(), *bodies]))


def rounded(value: mpmath.mpf, type: Type) -> mpmath.mpf:
    """The nearest number of the type."""
    precision, smallest, past = FORMATS[type]
    if not mpmath.isfinite(value) or value == 0:
        return value
    exponent = max(int(mpmath.floor(mpmath.log(abs(value), 2))) - precision + 1, smallest)
    scale = mpmath.mpf(2) ** exponent
    found = mpmath.nint(value / scale) * scale
    return mpmath.sign(value) * mpmath.inf if abs(found) >= mpmath.mpf(2) ** past else found


def packed(value: mpmath.mpf | int | float, type: Type) -> bytes:
    """A slot with that number."""
    if isinstance(value, int):
        return struct.pack("<q", value).ljust(SLOT, b"\0")
    if type is ty.FLOAT:
        return struct.pack("<f", float(value)).ljust(SLOT, b"\0")
    if type is ty.DOUBLE:
        return struct.pack("<d", float(value)).ljust(SLOT, b"\0")
    sign, mantissa, exponent, bits = mpmath.mpf(value)._mpf_
    if type is ty.FP128:
        return _packed_quad(mpmath.mpf(value))
    if not mpmath.isfinite(value):
        fraction = 1 << 63 if mpmath.isinf(value) else 3 << 62
        return struct.pack("<QH", fraction, 0x7FFF | (value < 0) << 15).ljust(SLOT, b"\0")
    if not mantissa:
        return bytes(SLOT)
    biased = exponent + bits - 1 + 16383
    shift = 64 - bits if biased > 0 else exponent + 16445
    fraction = mantissa << shift if shift >= 0 else mantissa >> -shift
    return struct.pack("<QH", fraction, max(biased, 0) | int(sign) << 15).ljust(SLOT, b"\0")


def _packed_quad(value: mpmath.mpf) -> bytes:
    if not mpmath.isfinite(value):
        whole = 0x7FFF << 112 | (mpmath.isnan(value) << 111) | (value < 0) << 127
        return int(whole).to_bytes(SLOT, "little")
    sign, mantissa, exponent, bits = value._mpf_
    if not mantissa:
        return bytes(SLOT)
    biased = max(exponent + bits - 1 + 16383, 0)
    shift = 113 - bits if biased > 0 else exponent + 16494
    fraction = (mantissa << shift if shift >= 0 else mantissa >> -shift) & ((1 << 112) - 1)
    return int(int(sign) << 127 | biased << 112 | fraction).to_bytes(SLOT, "little")


def unpacked(data: bytes, type: Type) -> mpmath.mpf:
    """The number in a slot."""
    if type is ty.FLOAT:
        return mpmath.mpf(struct.unpack_from("<f", data)[0])
    if type is ty.DOUBLE:
        return mpmath.mpf(struct.unpack_from("<d", data)[0])
    if type is ty.FP128:
        return _unpacked_quad(int.from_bytes(data[:SLOT], "little"))
    fraction, head = struct.unpack_from("<QH", data)
    sign = -1 if head >> 15 else 1
    if head & 0x7FFF == 0x7FFF:
        return sign * mpmath.inf if fraction == 1 << 63 else mpmath.nan
    return sign * mpmath.ldexp(mpmath.mpf(fraction), max(head & 0x7FFF, 1) - 16383 - 63)


def _unpacked_quad(whole: int) -> mpmath.mpf:
    sign, biased, fraction = whole >> 127, whole >> 112 & 0x7FFF, whole & ((1 << 112) - 1)
    if biased == 0x7FFF:
        return mpmath.nan if fraction else (-mpmath.inf if sign else mpmath.inf)
    leading = (1 << 112) if biased else 0
    return (-1 if sign else 1) * mpmath.ldexp(
        mpmath.mpf(fraction | leading), max(biased, 1) - 16383 - 112
    )
