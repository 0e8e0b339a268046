"""Bounds of the rounding error, in the place of tangents (`__enzyme_error_estimate`).

For each floating instruction with result f and operands x, where err is what travels beside:

    err(f) = max(ulp(f), sum over x of |x / f * df/dx * err(x)|)

Loads, stores, phis and copies move bounds as they move tangents. A term that is no number (0/0)
counts as 0. A program that defines `enzymeLogError` is told each bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from enzcc.ad.names import original
from enzcc.errors import Unsupported
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.instructions import CallBase, Instruction
from enzcc.ir.types import FloatType, Type, VectorType
from enzcc.ir.values import Constant, Global, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.forward import Forward

LOG: Final = "enzymeLogError"
Term = tuple[Value, Value, Value]
"""An operand's value, the partial by it, its bound."""


def bound(forward: Forward, inst: Instruction, result: Value, terms: Sequence[Term]) -> Value:
    """The bound of an instruction's result; the program's log is told."""
    emit = forward.emit
    total: Value = zero(result.type)
    for value, partial, error in terms:
        ratio = emit.fdiv(value, result)
        term = forward.guards.times(emit, error, emit.fmul(ratio, partial), finite=False)
        total = emit.fadd(total, _size(emit, term))
    ulp = _ulp(emit, result)
    larger = emit.compare("fcmp", "ogt", total, ulp)
    made = emit.select(larger, total, ulp)
    _log(forward, inst, result, made)
    return made


def _size(emit: Builder, term: Value) -> Value:
    """|term|, 0 where it is no number."""
    nothing = zero(term.type)
    negative = emit.compare("fcmp", "olt", term, nothing)
    size = emit.select(negative, emit.fneg(term), term)
    return emit.select(emit.compare("fcmp", "ord", term, nothing), size, nothing)


def _ulp(emit: Builder, value: Value) -> Value:
    """The distance to the number whose last bit differs."""
    scalar = ty.scalar(value.type)
    assert isinstance(scalar, FloatType)
    bits: Type = ty.int_type(scalar.bits)
    if isinstance(value.type, VectorType):
        bits = ty.vector(bits, value.type.count, value.type.scalable)
    near = emit.binary("xor", emit.cast("bitcast", value, bits), const_int(bits, 1))
    return _size(emit, emit.fsub(value, emit.cast("bitcast", near, value.type)))


def _log(forward: Forward, inst: Instruction, result: Value, error: Value) -> None:
    """enzymeLogError(result, error, op, callee, module, function, block)"""
    module, emit = forward.module, forward.emit
    if not module.defines(LOG):
        return
    names = [_text(forward, text) for text in _names(forward, inst)]
    signature = ty.function(ty.VOID, (ty.DOUBLE, ty.DOUBLE, *(ty.PTR,) * 5))
    if module.symbol(LOG).value_type is not signature:
        raise Unsupported(
            module.subprogram_location(LOG),
            f"'{LOG}' takes the result, its error, and five strings",
            remedy=f"void {LOG}(double, double, const char *op, const char *callee,"
            " const char *module, const char *function, const char *block)",
        )
    lanes = result.type.count if isinstance(result.type, VectorType) else 0
    for number in range(lanes or 1):
        values = [result, error]
        if lanes:
            at = const_int(ty.I64, number)
            values = [emit.extract_element(v, at) for v in values]
        arguments = [*(_double(emit, v) for v in values), *names]
        emit.call(module.symbol(LOG), signature, arguments)


def _double(emit: Builder, value: Value) -> Value:
    assert isinstance(value.type, FloatType)
    if value.type is ty.DOUBLE:
        return value
    return emit.cast("fpext" if value.type.bits < 64 else "fptrunc", value, ty.DOUBLE)


def _text(forward: Forward, text: str) -> Constant:
    known = forward.engine.texts
    if text not in known:
        known[text] = forward.module.text_constant(text)
    return known[text]


def _names(forward: Forward, inst: Instruction) -> tuple[str, ...]:
    """Instruction, callee, module, function, block, with their ordinals."""
    block, function = inst.block, forward.source
    assert block is not None
    callee = "<N/A>"
    if isinstance(inst, CallBase):
        callee = inst.callee.name if isinstance(inst.callee, Global) else "<Unknown>"
    name = original(function.name)
    functions = forward.module.functions_with_bodies()
    at_function = functions.index(name) if name in functions else 0
    return (
        f"{inst.opcode} ({block.instructions.index(inst)})",
        callee,
        forward.module.source_name,
        f"{name} ({at_function})",
        f"{block.name or 'entry'} ({function.blocks.index(block)})",
    )
