"""Makes new instructions at an insertion point, and folds what is trivial (x*1, x+0, casts of constants).

Floating arithmetic is folded only where IEEE 754 makes it exact: x*1, x/1, x-0, and x + (-0.0).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TypeVar, final

from enzcc.ir import types as ty
from enzcc.ir.function import Block
from enzcc.ir.instructions import (
    Alloca,
    Binary,
    Branch,
    Call,
    Cast,
    Compare,
    ExtractElement,
    ExtractValue,
    FNeg,
    GetElementPtr,
    InsertElement,
    InsertValue,
    Instruction,
    Load,
    Phi,
    Return,
    Select,
    Store,
    Switch,
    Unreachable,
)
from enzcc.ir.types import FloatType, FunctionType, Type, VectorType
from enzcc.ir.values import (
    Constant,
    ConstantAggregate,
    ConstantExpression,
    ConstantFloat,
    ConstantInt,
    ConstantWord,
    Value,
)

I = TypeVar("I", bound=Instruction)


def const_int(type: Type, value: int) -> Constant:
    """An integer constant, splatted over a vector type."""
    if isinstance(type, VectorType):
        return splat(const_int(type.element, value), type)
    assert isinstance(type, ty.IntType)
    bits = type.bits
    value &= (1 << bits) - 1
    if bits > 1 and value >> (bits - 1):
        value -= 1 << bits
    return ConstantInt(type, value)


def splat(element: Constant, type: VectorType) -> Constant:
    """The vector constant with that element in every lane."""
    text = f"splat ({element.type} {element.ref()})"
    return ConstantExpression(type, "splat", (element,), None, text)


def zero(type: Type) -> Constant:
    """The all-zero constant of a type (+0.0, 0, null, zeroinitializer)."""
    match type:
        case ty.IntType():
            return ConstantInt(type, 0)
        case ty.FloatType():
            return const_float(type, 0.0)
        case ty.PointerType():
            return ConstantWord(type, "null")
    return ConstantWord(type, "zeroinitializer")


def poison(type: Type) -> Constant:
    """The poison constant of a type."""
    return ConstantWord(type, "poison")


def const_float(type: Type, value: float) -> Constant:
    """A floating constant, correctly rounded to the type from a double; splatted over a vector type."""
    if isinstance(type, VectorType):
        return splat(const_float(type.element, value), type)
    assert isinstance(type, FloatType)
    return ConstantFloat(type, _spell(type, value))


def _spell(type: FloatType, value: float) -> str:
    (bits,) = struct.unpack("<Q", struct.pack("<d", value))
    if type is ty.DOUBLE:
        return f"0x{bits:016X}"
    if type is ty.FLOAT:
        (single,) = struct.unpack("<f", struct.pack("<f", value))
        (bits,) = struct.unpack("<Q", struct.pack("<d", single))
        return f"0x{bits:016X}"
    if type is ty.HALF:
        (half,) = struct.unpack("<H", struct.pack("<e", value))
        return f"0xH{half:04X}"
    if type is ty.BFLOAT:
        (single_bits,) = struct.unpack("<I", struct.pack("<f", value))
        rounded = (single_bits + 0x7FFF + ((single_bits >> 16) & 1)) >> 16
        return f"0xR{rounded:04X}"
    sign, exponent, fraction = bits >> 63, (bits >> 52) & 0x7FF, bits & ((1 << 52) - 1)
    if exponent == 0 and fraction:
        shift = 53 - fraction.bit_length()
        fraction = (fraction << shift) & ((1 << 52) - 1)
        exponent = 1 - shift
    biased = 0 if exponent == 0 and not fraction else 0x7FFF if exponent == 0x7FF else exponent + 15360
    if type is ty.X86_FP80:
        mantissa = (0 if biased == 0 else 1 << 63) | fraction << 11
        return f"0xK{sign << 15 | biased:04X}{mantissa:016X}"
    if type is ty.FP128:
        whole = sign << 127 | biased << 112 | fraction << 60
        return f"0xL{whole & (1 << 64) - 1:016X}{whole >> 64:016X}"
    return f"0xM{bits:016X}{0:016X}"


def float_value(value: Value) -> float | None:
    """The value of a floating constant (or splat) as a double; None if it is none or does not fit."""
    if isinstance(value, ConstantExpression) and value.opcode == "splat":
        return float_value(value.operands[0])
    if isinstance(value, ConstantWord) and value.word == "zeroinitializer":
        return 0.0 if ty.is_float(value.type) else None
    if isinstance(value, ConstantAggregate) and isinstance(value.type, VectorType):
        lanes = {float_value(e) for e in value.elements}
        return lanes.pop() if len(lanes) == 1 else None
    if not isinstance(value, ConstantFloat):
        return None
    text = value.text
    if text[:2] != "0x":
        return float(text)
    if text[2] == "H":
        return float(struct.unpack("<e", struct.pack("<H", int(text[3:], 16)))[0])
    if text[2] == "R":
        return float(struct.unpack("<f", struct.pack("<I", int(text[3:], 16) << 16))[0])
    if text[2] == "K":
        head, mantissa = int(text[3:7], 16), int(text[7:], 16)
        exponent = (head & 0x7FFF) - 16383 - 63
        if not mantissa and not head & 0x7FFF:
            return -0.0 if head >> 15 else 0.0
        if (head & 0x7FFF) == 0x7FFF or not -1000 < exponent + 63 < 1000:
            return None
        return (-1.0 if head >> 15 else 1.0) * mantissa * 2.0**exponent
    if text[2] == "L":
        low, high = int(text[3:19], 16), int(text[19:], 16)
        whole = high << 64 | low
        biased = whole >> 112 & 0x7FFF
        if biased == 0:
            zero_sign = -0.0 if whole >> 127 else 0.0
            return zero_sign if not whole & ((1 << 112) - 1) else None
        if biased == 0x7FFF or not -1000 < biased - 16383 < 1000:
            return None
        fraction = (whole & ((1 << 112) - 1) | 1 << 112) * 2.0**-112
        return (-1.0 if whole >> 127 else 1.0) * fraction * 2.0 ** (biased - 16383)
    if text[2] == "M":
        return None
    return float(struct.unpack("<d", struct.pack("<Q", int(text[2:], 16)))[0])


@final
class Builder:
    """Emits at the end of `block`, or in front of `before` when that is set.

    `flags` are the fast-math flags ("nnan contract ", with trailing blank) for floating instructions.
    New instructions have no names; `Function.name_everything` gives them before printing.
    """

    __slots__ = ("before", "block", "flags")

    def __init__(self, block: Block, before: Instruction | None = None, flags: str = "") -> None:
        self.block, self.before, self.flags = block, before, flags

    def at(self, block: Block, before: Instruction | None = None) -> None:
        """Moves the insertion point."""
        self.block, self.before = block, before

    def put(self, inst: I) -> I:
        """Inserts a ready instruction."""
        self.block.insert_before(inst, self.before)
        return inst

    def binary(self, opcode: str, a: Value, b: Value, flags: str | None = None) -> Value:
        """An arithmetic instruction; integer constants fold."""
        if opcode[0] == "f":
            folded = _fold_float(opcode, a, b)
            if folded is not None:
                return folded
            return self.put(Binary(opcode, a.type, (a, b), self.flags if flags is None else flags))
        folded = _fold_int(opcode, a, b)
        if folded is not None:
            return folded
        return self.put(Binary(opcode, a.type, (a, b), flags or ""))

    def fadd(self, a: Value, b: Value) -> Value:
        return self.binary("fadd", a, b)

    def fsub(self, a: Value, b: Value) -> Value:
        return self.binary("fsub", a, b)

    def fmul(self, a: Value, b: Value) -> Value:
        return self.binary("fmul", a, b)

    def fdiv(self, a: Value, b: Value) -> Value:
        return self.binary("fdiv", a, b)

    def fneg(self, a: Value) -> Value:
        if isinstance(a, FNeg):
            return a.operands[0]
        return self.put(FNeg("fneg", a.type, (a,), self.flags))

    def add(self, a: Value, b: Value) -> Value:
        return self.binary("add", a, b)

    def sub(self, a: Value, b: Value) -> Value:
        return self.binary("sub", a, b)

    def mul(self, a: Value, b: Value) -> Value:
        return self.binary("mul", a, b)

    def cast(self, opcode: str, a: Value, type: Type) -> Value:
        """A conversion; nothing if the types agree already (bitcast only)."""
        if opcode == "bitcast" and a.type is type:
            return a
        if isinstance(a, ConstantInt) and opcode in ("trunc", "sext"):
            return const_int(type, a.value)
        return self.put(Cast(opcode, type, (a,)))

    def compare(self, opcode: str, predicate: str, a: Value, b: Value) -> Value:
        """icmp / fcmp."""
        result: Type = ty.I1
        if isinstance(a.type, VectorType):
            result = ty.vector(ty.I1, a.type.count, a.type.scalable)
        inst = Compare(opcode, result, (a, b))
        inst.predicate = predicate
        return self.put(inst)

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        """select; folds a constant condition and equal arms."""
        if isinstance(condition, ConstantInt):
            return a if condition.value else b
        if a is b:
            return a
        flags = self.flags if ty.is_float(a.type) else ""
        return self.put(Select("select", a.type, (condition, a, b), flags))

    def phi(self, type: Type, incoming: Sequence[tuple[Value, Block]] = ()) -> Phi:
        """A phi at the top of the current block."""
        inst = Phi("phi", type, [v for v, _ in incoming])
        inst.blocks = [b for _, b in incoming]
        phis = len(self.block.phis())
        inst.block = self.block
        self.block.instructions.insert(phis, inst)
        return inst

    def alloca(self, type: Type, count: Value | None = None, align: int = 0) -> Alloca:
        inst = Alloca("alloca", ty.PTR, () if count is None else (count,), "", _align(align))
        inst.allocated = type
        return self.put(inst)

    def load(self, type: Type, pointer: Value, align: int = 0, flags: str = "", tail: str = "") -> Load:
        """load; `tail` replaces the alignment text when given."""
        return self.put(Load("load", type, (pointer,), flags, tail or _align(align)))

    def store(
        self, value: Value, pointer: Value, align: int = 0, flags: str = "", tail: str = ""
    ) -> Store:
        return self.put(Store("store", ty.VOID, (value, pointer), flags, tail or _align(align)))

    def gep(
        self, source: Type, base: Value, indices: Sequence[Value], flags: str = ""
    ) -> Value:
        """getelementptr; folds away when every index is the constant 0."""
        if all(isinstance(i, ConstantInt) and i.value == 0 for i in indices):
            return base
        inst = GetElementPtr("getelementptr", base.type, (base, *indices), flags)
        inst.source = source
        return self.put(inst)

    def offset(self, base: Value, bytes: Value) -> Value:
        """Pointer plus bytes."""
        return self.gep(ty.I8, base, [bytes], "inbounds ")

    def extract(self, aggregate: Value, path: Sequence[int], type: Type) -> Value:
        """extractvalue; reads through insertvalue where it can."""
        if not path:
            return aggregate
        inst = ExtractValue("extractvalue", type, (aggregate,))
        inst.path = tuple(path)
        return self.put(inst)

    def insert(self, aggregate: Value, element: Value, path: Sequence[int]) -> Value:
        """insertvalue."""
        if not path:
            return element
        inst = InsertValue("insertvalue", aggregate.type, (aggregate, element))
        inst.path = tuple(path)
        return self.put(inst)

    def extract_element(self, vector: Value, index: Value) -> Value:
        assert isinstance(vector.type, VectorType)
        return self.put(ExtractElement("extractelement", vector.type.element, (vector, index)))

    def insert_element(self, vector: Value, element: Value, index: Value) -> Value:
        return self.put(InsertElement("insertelement", vector.type, (vector, element, index)))

    def call(
        self,
        callee: Value,
        type: FunctionType,
        arguments: Sequence[Value],
        *,
        head: str = "",
        tail: str = "",
        attributes: Sequence[str] | None = None,
    ) -> Call:
        """call; `tail` holds attribute groups and metadata (" nounwind", ", !dbg !3")."""
        inst = Call("call", type.result, (*arguments, callee), "", tail)
        inst.spelled = type if type.vararg else type.result
        inst.head, inst.marker = head, ""
        inst.attributes = list(attributes) if attributes else [""] * len(arguments)
        return self.put(inst)

    def branch(self, target: Block) -> Branch:
        inst = Branch("br", ty.VOID, ())
        inst.targets = [target]
        return self.put(inst)

    def cond_branch(self, condition: Value, then: Block, other: Block) -> Branch:
        if then is other:
            return self.branch(then)
        inst = Branch("br", ty.VOID, (condition,))
        inst.targets = [then, other]
        return self.put(inst)

    def switch(
        self, value: Value, default: Block, cases: Sequence[tuple[Constant, Block]]
    ) -> Switch:
        inst = Switch("switch", ty.VOID, (value, *(c for c, _ in cases)))
        inst.targets = [default, *(b for _, b in cases)]
        return self.put(inst)

    def ret(self, value: Value | None = None) -> Return:
        return self.put(Return("ret", ty.VOID, () if value is None else (value,)))

    def unreachable(self) -> Unreachable:
        return self.put(Unreachable("unreachable", ty.VOID, ()))


def _align(align: int) -> str:
    return f", align {align}" if align else ""


def _fold_float(opcode: str, a: Value, b: Value) -> Value | None:
    right = float_value(b)
    left = float_value(a)
    match opcode:
        case "fmul":
            return a if right == 1.0 else b if left == 1.0 else None
        case "fdiv":
            return a if right == 1.0 else None
        case "fsub" if right == 0.0 and not _is_negative_zero(right):
            return a
        case "fadd" if right is not None and _is_negative_zero(right):
            return a
        case "fadd" if left is not None and _is_negative_zero(left):
            return b
    return None


def _is_negative_zero(value: float) -> bool:
    return value == 0.0 and struct.pack("<d", value) == b"\0\0\0\0\0\0\0\x80"


def _fold_int(opcode: str, a: Value, b: Value) -> Value | None:
    if not isinstance(b, ConstantInt):
        if isinstance(a, ConstantInt) and opcode in ("add", "mul"):
            return _fold_int(opcode, b, a)
        return None
    if isinstance(a, ConstantInt):
        match opcode:
            case "add":
                return const_int(a.type, a.value + b.value)
            case "sub":
                return const_int(a.type, a.value - b.value)
            case "mul":
                return const_int(a.type, a.value * b.value)
    if b.value == 0 and opcode in ("add", "sub", "shl", "lshr", "ashr", "or", "xor"):
        return a
    if b.value == 1 and opcode in ("mul", "udiv", "sdiv") and b.type is not ty.I1:
        return a
    return None
