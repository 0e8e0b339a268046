"""LLVM's types, interned: equal types are the same object, so `is` compares them.

Only a named struct is mutable, and only once: its body is set when its definition is read.
Sizes and alignments follow the module's data layout (see `Layout`), in bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, final

from enzcc.ir.names import quoted


class Type:
    """Base of all types; `str(type)` is LLVM's spelling."""

    __slots__ = ("text",)
    text: str

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{self.text}>"


_interned: dict[tuple[object, ...], Type] = {}


@final
class SimpleType(Type):
    """void, label, token, metadata, x86_amx: types without structure."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        self.text = text


@final
class IntType(Type):
    """`iN`."""

    __slots__ = ("bits",)

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.text = f"i{bits}"


@final
class FloatType(Type):
    """half, bfloat, float, double, x86_fp80, fp128, ppc_fp128."""

    __slots__ = ("bits",)

    def __init__(self, text: str, bits: int) -> None:
        self.text = text
        self.bits = bits


@final
class PointerType(Type):
    """`ptr`, or `ptr addrspace(N)`."""

    __slots__ = ("space",)

    def __init__(self, space: int = 0) -> None:
        self.space = space
        self.text = "ptr" if not space else f"ptr addrspace({space})"


@final
class VectorType(Type):
    """`<N x T>`, or `<vscale x N x T>`."""

    __slots__ = ("count", "element", "scalable")

    def __init__(self, element: Type, count: int, scalable: bool) -> None:
        self.element, self.count, self.scalable = element, count, scalable
        self.text = f"<{'vscale x ' if scalable else ''}{count} x {element}>"


@final
class ArrayType(Type):
    """`[N x T]`."""

    __slots__ = ("count", "element")

    def __init__(self, element: Type, count: int) -> None:
        self.element, self.count = element, count
        self.text = f"[{count} x {element}]"


@final
class StructType(Type):
    """A literal struct, or a named one (`name` without `%`); `fields` is None while opaque."""

    __slots__ = ("fields", "name", "packed")

    def __init__(self, fields: tuple[Type, ...] | None, packed: bool, name: str | None) -> None:
        self.fields, self.packed, self.name = fields, packed, name
        self.text = f"%{quoted(name)}" if name is not None else self.body_text()

    def body_text(self) -> str:
        """The spelling of the body, as it stands after `%name = type`."""
        if self.fields is None:
            return "opaque"
        inside = f"{{ {', '.join(map(str, self.fields))} }}" if self.fields else "{}"
        return f"<{inside}>" if self.packed else inside


@final
class FunctionType(Type):
    """`R (A, B, ...)`."""

    __slots__ = ("params", "result", "vararg")

    def __init__(self, result: Type, params: tuple[Type, ...], vararg: bool) -> None:
        self.result, self.params, self.vararg = result, params, vararg
        inside = ", ".join([*map(str, params), *(["..."] if vararg else [])])
        self.text = f"{result} ({inside})"


@final
class TargetType(Type):
    """`target("name", ...)`, kept as text."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        self.text = text


VOID: Final = SimpleType("void")
LABEL: Final = SimpleType("label")
TOKEN: Final = SimpleType("token")
METADATA: Final = SimpleType("metadata")
X86_AMX: Final = SimpleType("x86_amx")
HALF: Final = FloatType("half", 16)
BFLOAT: Final = FloatType("bfloat", 16)
FLOAT: Final = FloatType("float", 32)
DOUBLE: Final = FloatType("double", 64)
X86_FP80: Final = FloatType("x86_fp80", 80)
FP128: Final = FloatType("fp128", 128)
PPC_FP128: Final = FloatType("ppc_fp128", 128)
FLOATS: Final = {t.text: t for t in (HALF, BFLOAT, FLOAT, DOUBLE, X86_FP80, FP128, PPC_FP128)}


def int_type(bits: int) -> IntType:
    """The interned `i<bits>`."""
    found = _interned.get(("i", bits))
    if found is None:
        found = _interned[("i", bits)] = IntType(bits)
    return found  # type: ignore[return-value]


def pointer(space: int = 0) -> PointerType:
    """The interned pointer type of an address space."""
    found = _interned.get(("p", space))
    if found is None:
        found = _interned[("p", space)] = PointerType(space)
    return found  # type: ignore[return-value]


def vector(element: Type, count: int, scalable: bool = False) -> VectorType:
    """The interned `<count x element>`."""
    key = ("v", element, count, scalable)
    found = _interned.get(key)
    if found is None:
        found = _interned[key] = VectorType(element, count, scalable)
    return found  # type: ignore[return-value]


def array(element: Type, count: int) -> ArrayType:
    """The interned `[count x element]`."""
    key = ("a", element, count)
    found = _interned.get(key)
    if found is None:
        found = _interned[key] = ArrayType(element, count)
    return found  # type: ignore[return-value]


def struct(fields: tuple[Type, ...], packed: bool = False) -> StructType:
    """The interned literal struct."""
    key = ("s", fields, packed)
    found = _interned.get(key)
    if found is None:
        found = _interned[key] = StructType(fields, packed, None)
    return found  # type: ignore[return-value]


def function(result: Type, params: tuple[Type, ...], vararg: bool = False) -> FunctionType:
    """The interned function type."""
    key = ("f", result, params, vararg)
    found = _interned.get(key)
    if found is None:
        found = _interned[key] = FunctionType(result, params, vararg)
    return found  # type: ignore[return-value]


def target_type(text: str) -> TargetType:
    """The interned target extension type of that spelling."""
    found = _interned.get(("t", text))
    if found is None:
        found = _interned[("t", text)] = TargetType(text)
    return found  # type: ignore[return-value]


I1: Final = int_type(1)
I8: Final = int_type(8)
I16: Final = int_type(16)
I32: Final = int_type(32)
I64: Final = int_type(64)
PTR: Final = pointer()


def scalar(t: Type) -> Type:
    """The element of a vector, else the type itself."""
    return t.element if isinstance(t, VectorType) else t


def is_float(t: Type) -> bool:
    """Floating point or a vector of it?"""
    return isinstance(t, FloatType) or (
        isinstance(t, VectorType) and isinstance(t.element, FloatType)
    )


def is_int(t: Type) -> bool:
    """Integer or a vector of it?"""
    return isinstance(scalar(t), IntType)


def only_numbers(t: Type) -> bool:
    """Integers and floats through and through, or nothing?"""
    match t:
        case StructType():
            return t.fields is not None and all(map(only_numbers, t.fields))
        case ArrayType() | VectorType():
            return only_numbers(t.element)
    return isinstance(t, (FloatType, IntType)) or t is VOID


def is_pointer(t: Type) -> bool:
    """Pointer or a vector of them?"""
    return isinstance(scalar(t), PointerType)


def holds_pointers(t: Type) -> bool:
    """Is it a pointer, or are there any in it?"""
    match t:
        case StructType():
            return any(map(holds_pointers, t.fields or ()))
        case ArrayType():
            return holds_pointers(t.element)
    return is_pointer(t)


@final
@dataclass(frozen=True)
class Layout:
    """Sizes in bytes after a `target datalayout` string.

    Unknown parts of the string are ignored. Defaults are LLVM's own; a float's or vector's ABI
    alignment is its size unless the string says otherwise.
    """

    text: str = ""
    aligns: dict[tuple[str, int], int] = field(default_factory=dict)
    pointers: dict[int, tuple[int, int]] = field(default_factory=dict)
    _structs: dict[StructType, tuple[int, list[int]]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """The alignment and the offsets of each struct that was asked for: structs nest deep."""

    @staticmethod
    def parse(text: str) -> Layout:
        """Reads LLVM's data layout string."""
        aligns = {
            ("i", 1): 1, ("i", 8): 1, ("i", 16): 2, ("i", 32): 4, ("i", 64): 4,
            ("f", 16): 2, ("f", 32): 4, ("f", 64): 8, ("f", 128): 16,
            ("v", 64): 8, ("v", 128): 16,
        }  # fmt: skip
        pointers = {0: (8, 8)}
        for part in text.split("-"):
            fields = part.split(":")
            head = fields[0]
            if head[:1] == "p" and (head == "p" or head[1:].isdigit()):
                space = int(head[1:] or 0)
                pointers[space] = (int(fields[1]) // 8, int(fields[2]) // 8)
            elif head[:1] in "ifv" and head[1:].isdigit() and len(fields) > 1:
                aligns[(head[0], int(head[1:]))] = int(fields[1]) // 8
        return Layout(text, aligns, pointers)

    def align(self, t: Type) -> int:
        """ABI alignment."""
        match t:
            case IntType():
                found = self.aligns.get(("i", t.bits))
                if found is None:
                    wider = [bits for kind, bits in self.aligns if kind == "i" and bits >= t.bits]
                    found = self.aligns[("i", min(wider) if wider else self._widest_int())]
                return found
            case FloatType():
                found = self.aligns.get(("f", t.bits))
                return found if found is not None else (16 if t.bits > 64 else t.bits // 8)
            case PointerType():
                return self.pointers.get(t.space, self.pointers[0])[1]
            case VectorType():
                size = self.size(t)
                found = self.aligns.get(("v", size * 8))
                return found if found is not None else 1 << max(0, size - 1).bit_length()
            case ArrayType():
                return self.align(t.element)
            case StructType():
                return self._laid_out(t)[0]
        raise ValueError(f"type {t} has no alignment")

    def _widest_int(self) -> int:
        return max(bits for kind, bits in self.aligns if kind == "i")

    def store_size(self, t: Type) -> int:
        """Bytes that a store of the type may write."""
        match t:
            case IntType() | FloatType():
                return (t.bits + 7) // 8
            case VectorType():
                return (self.bits(t.element) * t.count + 7) // 8
            case _:
                return self.size(t)

    def bits(self, t: Type) -> int:
        """Width of a scalar in bits."""
        match t:
            case IntType() | FloatType():
                return t.bits
            case PointerType():
                return self.pointers.get(t.space, self.pointers[0])[0] * 8
        return self.size(t) * 8

    def size(self, t: Type) -> int:
        """Bytes from one array element of the type to the next."""
        match t:
            case IntType() | FloatType() | VectorType():
                if isinstance(t, VectorType) and t.scalable:
                    raise ValueError(f"type {t} has no fixed size")
                stored = self.store_size(t)
                if isinstance(t, VectorType):
                    align = self.aligns.get(("v", stored * 8)) or 1 << (stored - 1).bit_length()
                else:
                    align = self.align(t)
                return -(-stored // align) * align
            case PointerType():
                return self.pointers.get(t.space, self.pointers[0])[0]
            case ArrayType():
                return t.count * self.size(t.element)
            case StructType():
                if t.fields is None:
                    raise ValueError(f"type {t} has no size")
                end = self.offsets(t)[-1] if t.fields else 0
                align = self.align(t)
                return -(-end // align) * align
        raise ValueError(f"type {t} has no size")

    def offsets(self, t: StructType) -> list[int]:
        """Byte offset of each field, then the end of the last one."""
        return self._laid_out(t)[1]

    def _laid_out(self, t: StructType) -> tuple[int, list[int]]:
        found = self._structs.get(t)
        if found is None:
            offsets: list[int] = []
            at, widest = 0, 1
            for f in t.fields or ():
                align = 1 if t.packed else self.align(f)
                at, widest = -(-at // align) * align, max(align, widest)
                offsets.append(at)
                at += self.size(f)
            found = widest, [*offsets, at]
            if t.fields is not None:
                self._structs[t] = found
        return found
