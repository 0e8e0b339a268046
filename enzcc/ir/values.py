"""Values: constants, globals, arguments, and the base of instructions.

A value knows its users (`users`: instruction -> how many operand slots), so that replacing it
everywhere is one call. Constants are not tracked: they may be shared freely.
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from typing import TYPE_CHECKING, final

from enzcc.ir import types as ty
from enzcc.ir.names import quoted
from enzcc.ir.types import FunctionType, Type

if TYPE_CHECKING:
    from enzcc.ir.function import Function
    from enzcc.ir.instructions import Instruction


class Value:
    """Anything an instruction can use. `ref()` is how an operand spells it, without its type."""

    __slots__ = ("type",)
    type: Type

    def ref(self) -> str:
        raise NotImplementedError

    def __str__(self) -> str:
        return f"{self.type} {self.ref()}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


class Local(Value):
    """A value of one function: argument, instruction. `name` is without the `%` ('' = unnamed)."""

    __slots__ = ("name", "users")
    name: str
    users: dict[Instruction, int]

    def ref(self) -> str:
        return "%" + quoted(self.name)

    def replace_with(self, new: Value) -> None:
        """Every operand slot that holds this value now holds `new`."""
        for user in list(self.users):
            user.replace(self, new)


@final
class Argument(Local):
    """A parameter of a function; `attributes` as they stand between type and name."""

    __slots__ = ("attributes", "function", "index")

    def __init__(self, type: Type, name: str, attributes: str, index: int) -> None:
        self.type, self.name, self.attributes, self.index = type, name, attributes, index
        self.users = {}
        self.function: Function | None = None


class Constant(Value):
    """Base of all constants; immutable and untracked."""

    __slots__ = ()


@final
class ConstantInt(Constant):
    """An integer; i1 prints as true / false. `value` is signed as LLVM prints it."""

    __slots__ = ("value",)

    def __init__(self, type: Type, value: int) -> None:
        self.type, self.value = type, value

    def ref(self) -> str:
        if self.type is ty.I1:
            return "true" if self.value else "false"
        return str(self.value)


@final
class ConstantFloat(Constant):
    """A floating constant in LLVM's spelling (decimal or 0x...)."""

    __slots__ = ("text",)

    def __init__(self, type: Type, text: str) -> None:
        self.type, self.text = type, text

    def ref(self) -> str:
        return self.text


@final
class ConstantWord(Constant):
    """null, zeroinitializer, undef, poison, none: constants that are one word."""

    __slots__ = ("word",)

    def __init__(self, type: Type, word: str) -> None:
        self.type, self.word = type, word

    def ref(self) -> str:
        return self.word


@final
class ConstantAggregate(Constant):
    """A struct, array or vector of constants (`opening` is '{', '<{', '[' or '<')."""

    __slots__ = ("elements", "text")

    def __init__(self, type: Type, elements: tuple[Constant, ...], text: str) -> None:
        self.type, self.elements, self.text = type, elements, text

    def ref(self) -> str:
        return self.text


@final
class ConstantText(Constant):
    """A constant kept as text: c"..." strings, dso_local_equivalent, no_cfi, ptrauth ..."""

    __slots__ = ("text",)

    def __init__(self, type: Type, text: str) -> None:
        self.type, self.text = type, text

    def ref(self) -> str:
        return self.text


@final
class ConstantExpression(Constant):
    """`getelementptr inbounds (T, ptr @g, ...)`, `ptrtoint (...)`, `splat (...)` and the like.

    `source` is the element type of a getelementptr, else None; `text` is the whole spelling.
    """

    __slots__ = ("opcode", "operands", "source", "text")

    def __init__(
        self,
        type: Type,
        opcode: str,
        operands: tuple[Constant, ...],
        source: Type | None,
        text: str,
    ) -> None:
        self.type, self.opcode, self.operands = type, opcode, operands
        self.source, self.text = source, text

    def ref(self) -> str:
        return self.text


@final
class BlockAddress(Constant):
    """`blockaddress(@f, %b)`; names without sigils, the block's as in the text it was read from."""

    __slots__ = ("block", "function", "text")

    def __init__(self, type: Type, function: str, block: str, text: str = "") -> None:
        self.type, self.function, self.block = type, function, block
        self.text = text or f"blockaddress(@{quoted(function)}, %{quoted(block)})"

    def ref(self) -> str:
        return self.text


@final
class Metadata(Constant):
    """A metadata operand (`metadata !5`, `metadata ptr %x`), as text without the word metadata."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.type, self.text = ty.METADATA, text

    def ref(self) -> str:
        return self.text


@final
class InlineAsm(Constant):
    """`asm sideeffect "...", "..."` as text."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.type, self.text = ty.PTR, text

    def ref(self) -> str:
        return self.text


@final
class Global(Constant):
    """A named symbol of the module: variable, function, alias or ifunc (`kind`).

    One object a name and module. `value_type` is the variable's type or the function's
    FunctionType. `line` is the whole line of its definition or declaration: `@x = ...` for
    variables and aliases, the `declare` / `define` line for functions. `defined`: it has an
    initialiser or body.
    """

    __slots__ = ("constant", "defined", "kind", "line", "linkage", "name", "value_type")

    def __init__(self, name: str, type: Type = ty.PTR) -> None:
        self.type, self.name = type, name
        self.kind = "unknown"
        self.value_type: Type | None = None
        self.line = ""
        self.linkage = ""
        self.constant = False
        self.defined = False

    def ref(self) -> str:
        return "@" + quoted(self.name)

    @property
    def function_type(self) -> FunctionType | None:
        """The type of a function, None for other globals."""
        return self.value_type if isinstance(self.value_type, FunctionType) else None


_ZEROS = frozenset(("0.000000e+00", "0.0", "0x0000000000000000", "0xH0000", "0xR0000"))


def is_zero(value: Value) -> bool:
    """A constant whose bytes are all zero (null, 0, +0.0, zeroinitializer, a splat of one)?"""
    match value:
        case ConstantInt():
            return value.value == 0
        case ConstantWord():
            return value.word in ("null", "zeroinitializer")
        case ConstantFloat():
            return value.text in _ZEROS or (
                value.text[:3] in ("0xK", "0xL", "0xM") and set(value.text[3:]) == {"0"}
            )
        case ConstantExpression():
            return value.opcode == "splat" and is_zero(value.operands[0])
    return False


def is_undefined(value: Value) -> bool:
    """undef or poison?"""
    return isinstance(value, ConstantWord) and value.word in ("undef", "poison")
