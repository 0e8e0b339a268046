"""What arrays in structs hold that are assigned: clang's `!tbaa.struct` says `char` of them.

    %r = alloca %struct.s                                          ; { [3 x double], i32 }
    call void @llvm.memcpy...(ptr %r, ptr %p, i64 32, i1 false), !tbaa.struct !7
    !7 = !{i64 0, i64 24, !char, i64 24, i64 4, !int}
becomes
    !8 = !{i64 0, i64 8, !double, i64 8, i64 8, !double, i64 16, i64 8, !double, i64 24, ...}

Only the unoptimised code knows the struct: from a variable, from a computed address, or from the
name of what a pointer is declared to point to. Unions stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, final

from enzcc.analysis.tbaa import FLOAT_NAMES, pointee
from enzcc.ir.module import Module
from enzcc.ir.types import ArrayType, FloatType, IntType, StructType, Type
from enzcc.ir.typetext import TypeReader
from enzcc.patterns import pattern

_COPY: Final = pattern(
    r"^(  (?:tail )?call void @llvm\.memcpy[^(\n]*\(ptr [^%\n]*(%\S+), ptr [^%\n]*(%\S+), "
    r"i64 (\d+),[^\n]*!tbaa\.struct )(!\d+)",
    re.MULTILINE,
)
_FIELD: Final = pattern(r"i64 (\d+), i64 (\d+), (!\d+)")
_NUMBERED: Final = pattern(r"\n!(\d+) = ")
_LOADED: Final = pattern(r"load ptr, .*!tbaa (!\d+)")
_MOST_FIELDS: Final = 256
_C_NAMES: Final = {kind: name for name, kind in FLOAT_NAMES.items()} | {"x86_fp80": "long double"}


@final
class FieldTypes:
    """The structs of a module, read where one is needed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.added: list[str] = []
        self._module: Module | None = None
        self._next = -1
        self._known: dict[str, str] = {}

    @property
    def module(self) -> Module:
        """The module, of which no function is read."""
        if self._module is None:
            self._module = Module.parse(self.text)
        return self._module

    def told(self, copy: str) -> str:
        """The text of a function, with struct tags that tell what arrays hold."""
        if "!tbaa.struct" not in copy:
            return copy
        return _COPY.sub(lambda m: m[1] + self._tag(copy, m), copy)

    def _tag(self, copy: str, match: re.Match[str]) -> str:
        tag, size = match[5], int(match[4])
        fields = _FIELD.findall(self.module.metadata_text(tag))
        chars = [(int(at), int(n), node) for at, n, node in fields if self._is_char(node)]
        if not any(n >= 4 for _, n, _ in chars):
            return tag
        for operand in (match[2], match[3]):
            found = self._struct(copy, operand.rstrip(","))
            if found is not None and self.module.layout.size(found) == size:
                return self._refined(tag, fields, found)
        return tag

    def _is_char(self, node: str) -> bool:
        access = re.match(r"!\{(!\d+)", self.module.metadata_text(node))
        return access is not None and '"omnipotent char"' in self.module.metadata_text(access[1])

    def _struct(self, copy: str, operand: str) -> Type | None:
        """The struct that an operand of a copy points to."""
        reader = TypeReader()
        reader.named = self.module.named_types
        line = re.search(rf"^  {re.escape(operand)} = ([^\n]*)$", copy, re.MULTILINE)
        if line is None:
            param = re.search(rf"sret\(([^()\n]*)\)[^,\n]* {re.escape(operand)}\b", copy)
            return reader.at(param[1], 0)[0] if param else None
        text = line[1]
        if text.startswith("alloca "):
            return reader.at(text, len("alloca "))[0]
        if head := re.match(r"getelementptr (?:inbounds |nuw |nusw )*(?=[%\[{])", text):
            found, end = reader.at(text, head.end())
            indices = re.findall(r", i\d+ (\S+?)(?=,|$)", text[end:].split(", !")[0])
            for index in indices[1:]:
                if isinstance(found, ArrayType):
                    found = found.element
                elif isinstance(found, StructType) and found.fields and index.isdecimal():
                    found = found.fields[int(index)]
                else:
                    return None
            return found
        if loaded := _LOADED.match(text):
            access = re.match(r"!\{!\d+, (!\d+)", self.module.metadata_text(loaded[1]))
            name = (
                re.match(r'!\{!"([^"]*)"', self.module.metadata_text(access[1])) if access else None
            )
            if name is not None and (said := pointee(name[1])) is not None and not said[0]:
                plain = re.sub(r"^_ZTS\d+", "", name[1].split(" ", 1)[1])
                return self.module.named_types.get(f"struct.{plain}")
        return None

    def _refined(self, tag: str, fields: list[tuple[str, str, str]], type: Type) -> str:  # noqa: A002
        known = f"{tag} {type}"
        if known not in self._known:
            inside = list(self._floats(type, 0))
            out: list[str] = []
            for at, size, node in fields:
                start, end = int(at), int(at) + int(size)
                if not self._is_char(node):
                    out.append(f"i64 {at}, i64 {size}, {node}")
                    continue
                for place, leaf in inside:
                    length = self.module.layout.store_size(leaf)
                    if start <= place and place + length <= end:
                        if start < place:  # still unknown: a union, text
                            out.append(f"i64 {start}, i64 {place - start}, {node}")
                        out.append(f"i64 {place}, i64 {length}, {self._scalar(leaf, node)}")
                        start = place + length
                if start < end:
                    out.append(f"i64 {start}, i64 {end - start}, {node}")
            few = len(out) <= _MOST_FIELDS
            self._known[known] = self._node(f"!{{{', '.join(out)}}}") if few else tag
        return self._known[known]

    def _floats(self, type: Type, at: int) -> Iterator[tuple[int, Type]]:  # noqa: A002
        """The numbers in a type, but those in unions."""
        layout = self.module.layout
        match type:
            case StructType() if not (type.name or "").startswith("union."):
                for start, field in zip(layout.offsets(type), type.fields or (), strict=False):
                    yield from self._floats(field, at + start)
            case ArrayType():
                size = layout.size(type.element)
                for i in range(min(type.count, _MOST_FIELDS + 1)):
                    yield from self._floats(type.element, at + i * size)
            case FloatType() if type.text in _C_NAMES:
                yield at, type
            case IntType() if type.bits in (16, 32, 64):
                yield at, type

    def _scalar(self, type: Type, char: str) -> str:  # noqa: A002
        """The tag of an access to a number; that of `char` leads to the root of all types.

        The type of an integer is not known (`long` and `long long` are the same to LLVM, and other
        types to C; so are enumerations). Its tag has a root of its own: to LLVM, accesses with tags
        of different roots may be to the same memory.
        """
        name = _C_NAMES.get(type.text, "int")
        if name not in self._known:
            if name == "int":
                parent = self._node('!{!"enzcc integers"}')
            else:
                access = re.match(r"!\{(!\d+)", self.module.metadata_text(char))
                assert access is not None
                parent = access[1]
            node = self._node(f'!{{!"{name}", {parent}, i64 0}}')
            self._known[name] = self._node(f"!{{{node}, {node}, i64 0}}")
        return self._known[name]

    def _node(self, text: str) -> str:
        if self._next < 0:
            numbers = _NUMBERED.findall(self.text)
            self._next = max(map(int, numbers), default=-1) + 1
        ref = f"!{self._next}"
        self._next += 1
        self.added.append(f"{ref} = {text}")
        return ref
