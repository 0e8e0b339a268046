"""What both sweeps do with numbers: fast-math flags, what is finite, and rules put in place."""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Callable
from typing import final

from enzcc.errors import Unsupported
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, float_value
from enzcc.ir.instructions import (
    CallBase,
    Cast,
    Instruction,
)
from enzcc.ir.module import Module
from enzcc.ir.types import FunctionType, Type
from enzcc.ir.values import Global, Value

_FAST = ("reassoc", "nnan", "ninf", "nsz", "arcp", "contract", "afn", "fast")


def fast_math(inst: Instruction) -> str:
    """The fast-math flags of an instruction, with a trailing blank if there are any."""
    text = inst.head if isinstance(inst, CallBase) else inst.flags
    return "".join(f"{word} " for word in text.split() if word in _FAST)


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
