"""Makes new instructions at an insertion point, and folds what is trivial: x*1, constants.

Floating arithmetic is folded only where IEEE 754 makes it exact: x*1, x/1, x-0, and x + (-0.0).
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar, final

from enzcc.ir import types as ty
from enzcc.ir.floats import read_float, spell_float
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
    Invoke,
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
    Local,
    Value,
)

if TYPE_CHECKING:
    from enzcc.ir.module import Module

_Inst = TypeVar("_Inst", bound=Instruction)


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
    """A floating constant, correctly rounded from a double; splatted over a vector type."""
    if isinstance(type, VectorType):
        return splat(const_float(type.element, value), type)
    assert isinstance(type, FloatType)
    return ConstantFloat(type, spell_float(type, value))


def float_value(value: Value) -> float | None:
    """The value of a floating constant (or splat) as a double; None if it is not exactly one."""
    if isinstance(value, Local):
        return None
    if isinstance(value, ConstantExpression) and value.opcode == "splat":
        return float_value(value.operands[0])
    if isinstance(value, ConstantWord) and value.word == "zeroinitializer":
        return 0.0 if ty.is_float(value.type) else None
    if isinstance(value, ConstantAggregate) and isinstance(value.type, VectorType):
        lanes = {float_value(e) for e in value.elements}
        return lanes.pop() if len(lanes) == 1 else None
    return read_float(value.text) if isinstance(value, ConstantFloat) else None


@final
class Builder:
    """Emits at the end of `block`, or in front of `before` when that is set.

    `flags` are the fast-math flags of floating instructions ("nnan contract ", trailing blank).
    New instructions have no names; `Function.name_everything` gives them before printing.
    """

    __slots__ = ("before", "block", "flags")

    def __init__(self, block: Block, before: Instruction | None = None, flags: str = "") -> None:
        self.block, self.before, self.flags = block, before, flags

    def at(self, block: Block, before: Instruction | None = None) -> None:
        """Moves the insertion point."""
        self.block, self.before = block, before

    def put(self, inst: _Inst) -> _Inst:
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

    def load(
        self, type: Type, pointer: Value, align: int = 0, flags: str = "", tail: str = ""
    ) -> Load:
        """load; `tail` replaces the alignment text when given."""
        return self.put(Load("load", type, (pointer,), flags, tail or _align(align)))

    def store(
        self, value: Value, pointer: Value, align: int = 0, flags: str = "", tail: str = ""
    ) -> Store:
        return self.put(Store("store", ty.VOID, (value, pointer), flags, tail or _align(align)))

    def gep(self, source: Type, base: Value, indices: Sequence[Value], flags: str = "") -> Value:
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

    def invoke(
        self,
        callee: Value,
        type: FunctionType,
        arguments: Sequence[Value],
        targets: Sequence[Block],
        *,
        head: str = "",
        tail: str = "",
        end: str = "",
        attributes: Sequence[str] | None = None,
    ) -> Invoke:
        """invoke, with where it goes on and where it unwinds to; `end` holds metadata."""
        inst = Invoke("invoke", type.result, (*arguments, callee), "", tail)
        inst.spelled = type if type.vararg else type.result
        inst.head, inst.targets, inst.end = head, list(targets), end
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


def copy_bytes(module: Module, emit: Builder, to: Value, source: Value, size: int) -> None:
    """Copies so many bytes of memory to elsewhere."""
    signature = ty.function(ty.VOID, (ty.PTR, ty.PTR, ty.I64, ty.I1))
    move = module.declare("llvm.memcpy.p0.p0.i64", signature)
    emit.call(move, signature, [to, source, const_int(ty.I64, size), zero(ty.I1)])


def fill_bytes(module: Module, emit: Builder, to: Value, size: int) -> None:
    """Clears so many bytes of memory."""
    signature = ty.function(ty.VOID, (ty.PTR, ty.I8, ty.I64, ty.I1))
    clear = module.declare("llvm.memset.p0.i64", signature)
    emit.call(clear, signature, [to, zero(ty.I8), const_int(ty.I64, size), zero(ty.I1)])


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
    return value == 0.0 and math.copysign(1.0, value) < 0


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
