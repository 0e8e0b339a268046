"""What both sweeps do with numbers: fast-math flags, what is finite, and rules put in place."""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import final

from enzcc.errors import Unsupported
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, float_value
from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    CallBase,
    Cast,
    Freeze,
    InsertElement,
    Instruction,
    Phi,
    Select,
    ShuffleVector,
)
from enzcc.ir.module import Module
from enzcc.ir.types import FunctionType, Type, VectorType
from enzcc.ir.values import Constant, ConstantInt, Global, Value

_FAST = ("reassoc", "nnan", "ninf", "nsz", "arcp", "contract", "afn", "fast")


_LOOSE = ("reassoc", "nsz", "arcp", "contract", "afn")
"""What `fast` promises, but for what numbers are."""


def fast_math(inst: Instruction) -> str:
    """The fast-math flags of an instruction, with a trailing blank if there are any."""
    text = inst.head if isinstance(inst, CallBase) else inst.flags
    return "".join(f"{word} " for word in text.split() if word in _FAST)


def fast_adjoint(inst: Instruction) -> str:
    """Those flags for the adjoint of an instruction. What the program promises of its numbers is
    true of those that it uses: lanes that nobody reads, and results that LLVM computes before it
    is known whether they are wanted, may be anything. There, an adjoint of zero has to win."""
    flags = fast_math(inst)
    if not never_infinite(flags):
        return flags
    assert inst.block is not None
    assert inst.block.function is not None
    if inst in _surely_used(inst.block.function) and not has_poison(inst):
        return flags
    words = _LOOSE if "fast" in flags.split() else flags.split()
    return "".join(f"{word} " for word in words if word not in ("nnan", "ninf"))


@lru_cache(maxsize=1)
def _surely_used(function: Function) -> frozenset[Value]:
    """The results that are used whenever they are computed, and come to no choice."""
    chosen: set[Value] = set()
    work = [o for i in function.instructions() if isinstance(i, Select) for o in i.operands[1:]]
    while work:
        value = work.pop()
        if isinstance(value, Instruction) and value not in chosen:
            chosen.add(value)
            work += value.operands
    found: set[Value] = set()
    for block in function.blocks:
        following = set(block.successors())
        for inst in reversed(block.instructions):
            if inst in chosen:
                continue
            here = [u for u in inst.users if isinstance(u, Instruction)]
            beyond = {u.block for u in here if u.block is not block or isinstance(u, Phi)}
            if any(
                u.block is block and not isinstance(u, Phi) and (u in found or u.type is ty.VOID)
                for u in here
            ) or (following and following <= beyond):
                found.add(inst)
    return frozenset(found)


def has_poison(inst: Instruction) -> bool:
    """May some lanes of a vector be undefined, because LLVM has seen that nobody reads them?"""
    if not isinstance(inst.type, VectorType):
        return False
    assert inst.block is not None
    assert inst.block.function is not None
    return inst in _partly_undefined(inst.block.function)


@lru_cache(maxsize=1)
def _partly_undefined(function: Function) -> frozenset[Value]:
    """The vectors in a function of which that is so: they come from such constants, or are not
    filled, or picked, as a whole."""
    vectors = [i for i in function.instructions() if isinstance(i.type, VectorType)]
    found: set[Value] = set()
    size = -1
    while len(found) != size:
        size = len(found)
        found.update(i for i in vectors if i not in found and _leaves_lanes_open(i, found))
    return frozenset(found)


def _leaves_lanes_open(inst: Instruction, found: set[Value]) -> bool:
    def is_open(value: Value) -> bool:
        if not isinstance(value, Constant):
            return value in found
        return isinstance(value.type, VectorType) and (
            "poison" in value.ref() or "undef" in value.ref()
        )

    match inst:
        case ShuffleVector():
            mask, first = inst.mask(), inst.operands[0].type
            assert isinstance(first, VectorType)
            if mask is None or -1 in mask:
                return True
            sides = {i // first.count for i in mask}
            return any(is_open(inst.operands[side]) for side in sorted(sides))
        case InsertElement():
            base, filled = _filled(inst)
            assert isinstance(inst.type, VectorType)
            return len(filled) < inst.type.count and is_open(base)
        case Freeze():
            return False
    return any(map(is_open, inst.operands))


def _filled(value: Value) -> tuple[Value, set[int]]:
    """The vector into which elements are put, one after the other, and the lanes that are set."""
    filled: set[int] = set()
    while isinstance(value, InsertElement):
        index = value.operands[2]
        if isinstance(index, ConstantInt):
            filled.add(index.value)
        value = value.operands[0]
    return value, filled


def never_infinite(flags: str) -> bool:
    """Do the flags promise that neither NaN nor infinity turns up?"""
    words = flags.split()
    return "fast" in words or ("nnan" in words and "ninf" in words)


def is_finite(value: Value) -> bool:
    """Is a primal value finite whatever the input (a constant, a converted integer)?"""
    number = float_value(value)
    if number is not None:
        return number - number == 0.0
    match value:
        case Cast(opcode="sitofp" | "uitofp"):
            scalar = ty.scalar(value.type)
            return isinstance(scalar, ty.FloatType) and scalar.bits >= 32
        case Cast(opcode="fpext"):
            return is_finite(value.operands[0])
    return False


@final
class RulePlace:
    """Where a rule's formula is evaluated: gives it the primal's values, on demand."""

    def __init__(
        self,
        module: Module,
        emit: Builder,
        type: Type,
        argument: Callable[[int], Value],
        result: Callable[[int | None], Value],
        uses_runtime: Callable[[], None],
        known: Callable[[str, tuple[int, ...]], Value | None] | None = None,
    ) -> None:
        self._module, self._emit, self._type = module, emit, type
        self._argument, self._result = argument, result
        self._uses_runtime, self._known = uses_runtime, known

    @property
    def emit(self) -> Builder:
        return self._emit

    @property
    def type(self) -> Type:
        return self._type

    def argument(self, index: int) -> Value:
        return self._argument(index)

    def result(self, field: int | None = None) -> Value:
        return self._result(field)

    def known(self, name: str, arguments: tuple[int, ...]) -> Value | None:
        return self._known(name, arguments) if self._known is not None else None

    def function(self, name: str, type: FunctionType, attributes: str) -> Global:
        if name.startswith("__enzcc_"):
            self._uses_runtime()
        elif self._module.defines(name):
            raise Unsupported(
                self._module.subprogram_location(name),
                f"a derivative needs the C library's '{name}', and this file defines its own",
                because="a function of this file has that name",
                remedy="give it another name, or make it another file's",
            )
        return self._module.declare(name, type, attributes)
