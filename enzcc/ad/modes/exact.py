"""What must be computed again to the last bit: numbers that a decision depends on.

    q = t / h                 k = (int)q        x[k]

The reverse sweep goes the way that the forward sweep went, and reads what it read. A number that it
computes again may be off by half a unit where only adjoints depend on it, but not where a
comparison, a conversion to an integer or a function with steps looks at it: in another interval of
a table, the derivative is another one. Nor where it is taken away from another, and zero may be
left: that wins over what is infinite, or is divided by, or a root is taken of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from enzcc.ad.overlap.scopes import OwnScopes
from enzcc.analysis.spreading import KEEPING_ZERO
from enzcc.ir import types as ty
from enzcc.ir.builder import float_value
from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    Alloca,
    Binary,
    CallBase,
    Cast,
    Compare,
    FNeg,
    Instruction,
    Load,
    Phi,
    Select,
    Store,
    root_of,
)
from enzcc.ir.module import Module
from enzcc.ir.values import Argument, Global, Value
from enzcc.rules.names import rule_name

_STEADY: Final = frozenset(
    """
    fma sqrt cbrt exp exp2 exp10 expm1 log log2 log10 sin cos sincos tan atan sinh cosh tanh asinh
    erf erfc fabs hypot powi llvm.arithmetic.fence arithmetic.fence llvm.vector.reduce.fadd
    """.split()
)
"""Functions that are continuous: a small change of what they get changes little. (Others end where
it is not zero: the arc cosine of a number above 1 is NaN.)"""

_ENDING: Final = frozenset("sqrt log log2 log10".split())
"""Those of them that end at zero."""

_BLIND: Final = ("__enzcc_tape_", "llvm.memset.", "llvm.lifetime.")
"""Functions that do not look at what lies in the memory that they are handed, nor copy it."""

MOST_STEPS: Final = 4
"""Products through which a number is followed to where it is told that its zero wins."""


def decisive(module: Module, function: Function) -> set[Value]:
    """The numbers that decisions depend on, directly or through other numbers and memory. (Stores
    are told apart by where they write, and by the scopes in which they never write.)"""
    scopes_of = OwnScopes(module).of
    stores: dict[Value | None, dict[frozenset[str], list[Value]]] = {}
    work: list[Value] = []
    shown: dict[Value | None, None] = {}
    zeros: list[Value] = []
    for inst in function.instructions():
        match inst:
            case Store():
                inside = stores.setdefault(_memory(inst.pointer), {})
                inside.setdefault(scopes_of(inst, "noalias"), []).append(inst.value)
            case Compare(opcode="fcmp"):
                if not _is_guard(inst):
                    work += inst.operands
                elif inst.predicate in ("oeq", "une"):
                    zeros.append(inst.operands[0])
            case Cast(opcode="fptosi" | "fptoui" | "bitcast"):
                work += inst.operands
            case Binary(opcode="frem"):
                work += inst.operands
            case Binary(opcode="fdiv"):
                zeros.append(inst.operands[1])
            case CallBase():
                name = _steady(inst)
                if name is not None:
                    if name in _ENDING:
                        zeros += inst.arguments
                    continue
                work += [a for a in inst.arguments if ty.is_float(a.type)]
                pointers = [a for a in inst.arguments if ty.is_pointer(a.type)]
                shown |= dict.fromkeys(map(_memory, pointers))
    work += _vanishing(zeros)
    found: set[Value] = set()
    for memory in shown:
        if memory is None or not isinstance(memory, (Argument, Global)):
            work += [value for values in stores.get(memory, {}).values() for value in values]
    seen: set[tuple[Value | None, frozenset[str]]] = set()
    while work:
        value = work.pop()
        if value in found or not isinstance(value, Instruction):
            continue
        found.add(value)
        if not isinstance(value, Load):
            work += value.operands
            continue
        memory = _memory(value.pointer)
        scopes = scopes_of(value, "alias.scope")
        if (memory, scopes) not in seen:
            seen.add((memory, scopes))
            for key, inside in stores.items():
                if memory is None or key is None or key is memory:
                    for never, values in inside.items():
                        if not scopes or not scopes <= never:  # the primal's memory, say
                            work += values
    return found


def _vanishing(zeros: list[Value]) -> Iterator[Value]:
    """Numbers whose last bits decide whether one of these is zero, or below, which is tested for
    that, or divided by: what is added up or taken away. (A product is zero where a factor is, and
    in which order adjoints add up is nobody's promise.)"""
    seen: set[Value] = set()
    work = list(zeros)
    while work:
        value = work.pop()
        if value in seen or not isinstance(value, Instruction):
            continue
        seen.add(value)
        match value:
            case Binary(opcode="fmul") | FNeg() | Cast() | Phi():
                work += value.operands
            case Binary(opcode="fdiv"):
                work += value.operands[:1]
            case Select():
                work += value.operands[1:]
            case Binary() if "reassoc" in value.flags or "fast" in value.flags:
                work += value.operands
            case Binary():
                yield from value.operands
            case CallBase() if isinstance(value.callee, Global):
                name = rule_name(value.callee.name, _STEADY)
                if name in KEEPING_ZERO:
                    work += value.arguments
                elif name is not None:
                    yield from value.arguments


def _memory(pointer: Value) -> Value | None:
    """What an address lies in, None where that is not plain."""
    root = root_of(pointer)
    return root if isinstance(root, (Argument, Alloca, Global, CallBase)) else None


def _steady(call: CallBase) -> str | None:
    """The name of a continuous function that is called."""
    callee = call.callee
    if not isinstance(callee, Global):
        return None
    return "" if callee.name.startswith(_BLIND) else rule_name(callee.name, _STEADY)


def _is_guard(test: Compare) -> bool:
    """Does it only see to it that zero wins: select (x == 0), 0, x * ..."""
    tested, bound = test.operands
    if test.predicate in ("ord", "uno"):
        return True
    if test.predicate not in ("oeq", "une") or float_value(bound) != 0.0:
        return False
    for user in test.users:
        if not isinstance(user, Select) or user.operands[0] is not test:
            return False
        arms = user.operands[1:]
        other = arms[1] if test.predicate == "oeq" else arms[0]
        zero = arms[0] if test.predicate == "oeq" else arms[1]
        if float_value(zero) != 0.0 or not _is_multiple(other, tested, MOST_STEPS):
            return False
    return True


def _is_multiple(value: Value, of: Value, depth: int) -> bool:
    """Is the value another one times something?"""
    value, of = unsigned(value), unsigned(of)
    if value is of:
        return True
    if not depth or not isinstance(value, Binary) or value.opcode not in ("fmul", "fdiv"):
        return False
    factors = value.operands[: 2 if value.opcode == "fmul" else 1]
    return any(_is_multiple(f, of, depth - 1) for f in factors)


def unsigned(value: Value) -> Value:
    """The number that a value is, but for its sign."""
    while isinstance(value, FNeg):
        value = value.operands[0]
    return value
