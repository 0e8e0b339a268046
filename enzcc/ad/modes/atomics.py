"""Atomic operations on memory with a shadow.

The operation itself stays atomic. What it does to the shadow are plain accesses, as for all shadow
memory: threads must not share shadows that both accumulate in.

                        forward                          backward
    r = *p; *p = r + v  dr = *dp; *dp = dr + dv          bv += *dp; *dp += br
    r = *p; *p = v      dr = *dp; *dp = dv               bv += *dp; *dp = br
    compare, exchange   the same, where it came about    the same, where it came about
    *p = max(r, v)      the same, where v is larger      the same, where v is larger

Pointers are exchanged in shadow memory as the primal does it, in both modes.
"""
# ruff: noqa: A001 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enzcc.analysis.activity import Shadowing
from enzcc.analysis.nodes import CONFLICT, POINTER
from enzcc.errors import Unsupported
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, poison, zero
from enzcc.ir.instructions import AtomicRMW, CompareExchange, Instruction
from enzcc.ir.types import FloatType, Type
from enzcc.ir.values import Constant, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.adjoints import Adjoints
    from enzcc.ad.modes.companion import Companion

Atomic = AtomicRMW | CompareExchange

_CHOOSING: Final = {"fmax": "ogt", "fmaximum": "ogt", "fmin": "olt", "fminimum": "olt"}
"""Operations that take the new number where it compares like that with the old one."""

_KNOWN: Final = frozenset(("xchg", "fadd", "fsub", *_CHOOSING))


def stored(inst: Atomic) -> Value:
    """What the operation puts, or adds, into memory."""
    return inst.operands[-1]


def _kind(companion: Companion, inst: Atomic) -> Type | None:
    """The float, or the pointer, that lies where the operation takes place; None for integers."""
    type = stored(inst).type
    if isinstance(inst, AtomicRMW) and not inst.operation.startswith(("xchg", "f")):
        return None
    if isinstance(type, (FloatType, ty.PointerType)):
        return type
    size = companion.layout.store_size(type)
    segments = companion.objects.segments(companion.objects.place(inst.operands[0]), size)
    floats = [s.kind for s in segments if isinstance(s.kind, FloatType)]
    if any(s.kind == POINTER for s in segments) or companion.activity.has_shadow(stored(inst)):
        if len(segments) > 1 or floats or segments[0].kind == CONFLICT:
            raise _refused(companion, inst)
        return ty.PTR
    if not floats:
        return None
    if len(segments) > 1 or companion.layout.size(floats[0]) != size:
        raise _refused(companion, inst)
    return floats[0]


def _refused(companion: Companion, inst: Instruction) -> Unsupported:
    return companion.refuse(
        inst,
        "cannot differentiate this atomic operation on active data",
        "only exchanges, additions, subtractions, minima and maxima of whole numbers are known,"
        " and through pointers that are known to be active",
        "make the memory inactive, or use an ordinary load and store",
    )


def visit_atomic(companion: Companion, inst: Atomic) -> None:
    """The copy of the operation, and what it does to shadow memory in the forward sweep."""
    copy = companion.copy(inst)
    activity, pointer = companion.activity, inst.operands[0]
    shadowing = activity.shadowing(pointer)
    active = activity.memory_active(pointer) or any(map(activity.is_active, inst.operands))
    kind = _kind(companion, inst) if shadowing is not Shadowing.NONE or active else None
    if kind is None or not (active or ty.is_pointer(kind)):
        return
    known = isinstance(inst, CompareExchange) or inst.operation in _KNOWN
    if not known or shadowing is not Shadowing.ALWAYS or companion.lanes.shared:
        raise _refused(companion, inst)
    if ty.is_pointer(kind) or companion.tangents:
        for _ in companion.shadows.each():
            companion.shadows[inst] = _exchanged(companion, inst, copy)


def _exchanged(companion: Companion, inst: Atomic, copy: Value) -> Value:
    emit, value = companion.emit, stored(inst)
    place = companion.shadow(inst.operands[0])
    before = emit.load(value.type, place)
    new = companion.shadow(value)
    if isinstance(value, Constant) and isinstance(value.type, ty.IntType) and companion.tangents:
        new = zero(value.type)  # the bits of a constant float, or null
    if isinstance(inst, AtomicRMW):
        if inst.operation in _CHOOSING:
            new = emit.select(_is_taken(emit, inst, copy, companion.of(value)), new, before)
        elif inst.operation != "xchg":
            new = (emit.fadd if inst.operation == "fadd" else emit.fsub)(before, new)
        emit.store(new, place)
        return before
    done = emit.extract(copy, (1,), ty.I1)
    emit.store(emit.select(done, new, before), place)
    whole = emit.insert(poison(inst.type), before, (0,))
    return emit.insert(whole, done, (1,))


def _is_taken(emit: Builder, inst: AtomicRMW, old: Value, new: Value) -> Value:
    """Is the new number the minimum, or maximum? A tie goes to the old one, which is no number
    if the comparison with itself fails."""
    found = emit.compare("fcmp", _CHOOSING[inst.operation], new, old)
    return emit.binary("or", found, emit.compare("fcmp", "uno", old, old))


def adjoint_of_atomic(adjoints: Adjoints, inst: Atomic) -> None:
    """What the operation does to adjoints, backwards."""
    reverse, pointer = adjoints.reverse, inst.operands[0]
    if not reverse.activity.memory_active(pointer):
        return
    kind = _kind(reverse, inst)
    if not isinstance(kind, FloatType):
        return
    for _ in reverse.shadows.each():
        _adjoint(adjoints, inst, kind)


def _adjoint(adjoints: Adjoints, inst: Atomic, kind: FloatType) -> None:
    emit = adjoints.emit
    pointer, value = inst.operands[0], stored(inst)
    align = adjoints.layout.align(kind)
    after = adjoints.withdraw(pointer, 0, kind, align)
    back: Value | None = None
    given = after
    done: Value | None = None
    if isinstance(inst, CompareExchange):
        done = emit.extract(adjoints.primal(inst), (1,), ty.I1)
    elif inst.operation in _CHOOSING:
        done = _is_taken(emit, inst, adjoints.primal(inst), adjoints.primal(value))
    if done is not None:
        given, back = (
            emit.select(done, after, zero(kind)),
            emit.select(done, zero(kind), after),
        )
    elif isinstance(inst, AtomicRMW) and inst.operation != "xchg":
        back = after
        given = after if inst.operation == "fadd" else emit.fneg(after)
    adjoints.add_part(value, 0, given)
    if adjoints.is_active(inst):
        amount = adjoints.take_part(inst, 0)
        back = amount if back is None else emit.fadd(back, amount)
    if back is not None:
        adjoints.accumulate(pointer, 0, back, align)
