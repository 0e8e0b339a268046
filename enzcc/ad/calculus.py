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
    ShuffleVector,
)
from enzcc.ir.module import Module
from enzcc.ir.types import FunctionType, Type, VectorType
from enzcc.ir.values import Constant, ConstantInt, Global, Value

_FAST = ("reassoc", "nnan", "ninf", "nsz", "arcp", "contract", "afn", "fast")


_LOOSE = ("reassoc", "nsz", "arcp", "contract", "afn")
"""What `fast` promises, but for what numbers are."""


def fast_math(inst: Instruction) -> str:
    """The fast-math flags of an instruction, with a trailing blank if there are any.

    Lanes that nobody reads may hold anything, whatever the program promises of its numbers: there,
    a derivative of zero has to win.
    """
    text = inst.head if isinstance(inst, CallBase) else inst.flags
    words = [word for word in text.split() if word in _FAST]
    if never_infinite(" ".join(words)) and isinstance(inst.type, VectorType) and has_poison(inst):
        found = _LOOSE if "fast" in words else words
        words = [word for word in found if word not in ("nnan", "ninf")]
    return "".join(f"{word} " for word in words)


def has_poison(inst: Instruction) -> bool:
    """May some lanes of a vector be undefined, because LLVM has seen that nobody reads them?"""
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
