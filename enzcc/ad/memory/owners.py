"""Global pointers that only ever hold whole blocks of the heap, told by the text of the module.

    static double *buffer;
    static struct { int size; double *rows, *work[4]; } kept;

Such variables hold workspaces that are allocated when they are first needed. The size of what they
point to is known to the allocator, hence it can have a shadow whenever a derivative starts.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property
from typing import Final, final

from enzcc.ad.names import SUFFIX
from enzcc.ir import types as ty
from enzcc.ir.module import Module
from enzcc.ir.names import quoted, unquoted
from enzcc.ir.types import Type
from enzcc.ir.values import Constant, ConstantAggregate, ConstantWord, Global
from enzcc.patterns import pattern

MOST: Final = 64
"""Pointers in a variable at most."""

_FUNCTION: Final = pattern(
    r"^define [^\n]*?@([-\w.$]+|\"[^\"\n]+\")\([^\n]*\{\n.*?^\}\n", re.M | re.S
)
_CALL: Final = pattern(r"(?:tail )?call [^@\n]*@([-\w.$]+)\(")
_ALLOCATORS: Final = ("malloc", "calloc", "aligned_alloc", "memalign", "realloc", "reallocarray")
_FILLS: Final = r"call [^@\n]*@posix_memalign\(ptr (?:\w+(?:\(\d+\))? )*"
"""An allocator that writes down where the block is."""
_COMMON: Final = pattern(r" = (?:common )?(?:dso_local )?(?:local_unnamed_addr )?global ")
_SYMBOL: Final = pattern(r"@(\"[^\"]+\"|[-\w.$]+)")
_LOCAL: Final = r"(%[-\w.$]+|%\"[^\"]+\")"
_END: Final = r"(?![-\w.$])"
_PLACED: Final = (
    r"(?:getelementptr [^@%\n]*(?:%[-\w.$]+, )?ptr "
    r"|(?:tail )?call [^@\n]*@llvm\.threadlocal\.address\.p0\(ptr [^@%\n]*)"
)
_LOOKED_AT: Final = r"(?:= icmp [a-z ]+ ptr |ptrtoint \(?ptr |@llvm\.objectsize\.\S*\(ptr )"
_READ_BY_OURS: Final = (
    r"call [^@\n]*@(?:llvm\.memcpy\.\S+|__enzcc_heap_\w+)\(ptr [^,\n]*, ptr [^@%,\n]*"
)
"""What a derivative that was made before does to a variable when it starts, and when it ends."""
_RETURNED: Final = pattern(rf"^\s*ret ptr (?:null|{_LOCAL})", re.M)


@final
class Owners:
    """Which pointers in static variables hold nothing but whole blocks.

    told    variables of other files of which that is known
    """

    def __init__(self, module: Module, told: Collection[str] = ()) -> None:
        self.module, self._told = module, told
        self._known: dict[str, tuple[int, ...]] = {}
        self._assumed: dict[str, tuple[int, ...]] = {}
        self._failed: dict[str, None] = {}
        self._returns: dict[str, bool] = {}

    def cells(self, name: str) -> tuple[int, ...]:
        """The byte offsets of the pointers in a variable, if all its pointers are such."""
        while name not in self._known:
            failed = len(self._failed)
            self._assumed.clear()
            self._own(name)
            if len(self._failed) == failed:  # what was assumed of others holds
                self._known |= self._assumed
            self._known |= dict.fromkeys(self._failed, ())
        return self._known[name]

    def _own(self, name: str) -> bool:
        """Does it hold blocks only, if what is assumed of others, to whose blocks it may be set, is
        true?"""
        if name in self._failed:
            return False
        if name not in self._assumed:
            self._assumed[name] = ()
            offsets = self._assumed[name] = self._cells(name)
            if not offsets:
                self._failed[name] = None
                return False
        return True

    def _cells(self, name: str) -> tuple[int, ...]:
        symbol = self.module.symbol(name)
        if name in self._told and symbol.value_type is not None:
            return tuple(self._pointers(symbol.value_type, 0))
        if symbol.value_type is None or not self._is_own(symbol) or symbol.constant:
            return ()
        offsets = self._pointers(symbol.value_type, 0)
        if not offsets or len(offsets) > MOST:
            return ()
        initial = self.module.initializer(name)
        if initial is None or not _is_null(initial):
            return ()
        spelled = re.escape("@" + quoted(name)) + r"(?![-\w.$])"
        if re.search(spelled, self._outside.replace(symbol.line, "", 1)):
            return ()
        for text in self._functions.values():
            if re.search(spelled, text) and not self._only_owns(text, spelled):
                return ()
        return tuple(offsets)

    def _is_own(self, symbol: Global) -> bool:
        """Does no other file set the variable? Those of the main file are taken for its own: what
        lies in the program's static memory is no block, as the run-time library can tell."""
        if "= internal " in symbol.line:
            return True
        return bool(_COMMON.search(symbol.line)) and self.module.defines("main")

    def _pointers(self, type: Type, at: int) -> list[int]:  # noqa: A002 - LLVM's word
        layout = self.module.layout
        match type:
            case ty.PointerType():
                return [at]
            case ty.StructType():
                parts = zip(layout.offsets(type), type.fields or (), strict=False)
                return [o for start, field in parts for o in self._pointers(field, at + start)]
            case ty.ArrayType():
                first = self._pointers(type.element, at)
                size = layout.size(type.element)
                return [o + i * size for i in range(min(type.count, MOST + 1)) for o in first]
        return []

    # ------------------------------------------------------------------ the text

    @cached_property
    def _functions(self) -> dict[str, str]:
        """The functions of the program, without our copies."""
        return {
            match[1]: match[0]
            for match in _FUNCTION.finditer(self.module.text)
            if not match[1].strip('"').endswith(SUFFIX)
        }

    @cached_property
    def _outside(self) -> str:
        return _FUNCTION.sub("", self.module.text)

    def _only_owns(self, text: str, spelled: str) -> bool:
        """Does a function only read the variable, and set its pointers to null or new blocks?"""
        whole = spelled
        for _ in range(2):  # a place in it, and a place in that
            whole = rf"(?:{spelled}|getelementptr [a-z ]*\([^()\n]*{whole}[^()\n]*\))"
        mentions = re.compile(spelled)
        places = [whole]
        for place in places:
            for line in text.split("\n"):
                line = line.split(", !", 1)[0]
                if not (mentions if place is whole else re.compile(place + _END)).search(line):
                    continue
                if re.match(rf"\s*{place} = ", line):
                    continue
                moved = re.match(rf"\s*{_LOCAL} = {_PLACED}{place}{_END}", line)
                if moved is not None:
                    if re.escape(moved[1]) not in places:
                        places.append(re.escape(moved[1]))
                    continue
                if not self._is_harmless(line, place, text, whole):
                    return False
        return True

    def _is_harmless(self, line: str, place: str, text: str, whole: str) -> bool:
        """Does a line only read a place in the variable, or store a number or a block there?"""
        if re.search(rf"= load [^,]+, ptr {place}{_END}", line):
            return True
        if re.search(rf"{_LOOKED_AT}{place}{_END}", line):
            return " inttoptr " not in text  # a sanitizer looks at it
        if re.search(rf"(?:{_READ_BY_OURS}|{_FILLS}){place}{_END}", line):
            return True
        stored = re.match(rf"\s*store (\S+) (\S+), ptr {place}{_END}", line)
        if stored is None:
            return False
        if stored[1] == "ptr":
            return self._is_block(stored[2], text, (whole,))
        return stored[1] in ("double", "float") or stored[1].startswith("i")

    def _is_block(self, value: str, text: str, seen: tuple[str, ...]) -> bool:
        """Is a value null, or what an allocator returns?"""
        if value == "null" or value in seen:
            return True
        if not value.startswith("%"):
            return False
        seen = (*seen, value)
        found = re.search(rf"^\s*{re.escape(value)} = (.*)$", text, re.M)
        if found is None:
            return False
        made = found[1]
        called = _CALL.match(made)
        if called is not None:
            return called[1] in _ALLOCATORS or self._returns_block(called[1])
        if made.startswith("phi ptr "):
            return all(self._is_block(v, text, seen) for v in re.findall(r"\[ ([^,\s]+), ", made))
        chosen = re.match(r"select i1 [^,]+, ptr ([^,\s]+), ptr ([^,\s]+)", made)
        if chosen is not None:
            return all(self._is_block(v, text, seen) for v in chosen.groups())
        loaded = re.match(r"load ptr, ptr (.*?)(?:, align|, !|$)", made)
        if loaded is None:
            return False
        if re.fullmatch(seen[0], loaded[1]):
            return True  # what the variable holds itself
        other = _SYMBOL.search(loaded[1])
        if other is not None:  # another variable: they may have exchanged their blocks
            name = unquoted(other[1])
            return self.module.has_symbol(name) and self._own(name)
        return self._slot_holds_blocks(loaded[1], text, seen)

    def _slot_holds_blocks(self, slot: str, text: str, seen: tuple[str, ...]) -> bool:
        """Is it a local variable to which nothing else is assigned?"""
        if slot in seen:
            return True
        spelled = re.escape(slot) + r"(?![-\w.$])"
        if not re.search(rf"^\s*{spelled} = alloca ptr", text, re.M):
            return False
        for line in text.split("\n"):
            if not re.search(spelled, line):
                continue
            if re.search(
                rf"{spelled} = alloca|= load ptr, ptr {spelled}|@llvm\.lifetime\.|#dbg_"
                rf"|{_FILLS}{spelled}",
                line,
            ):
                continue
            if " inttoptr " not in text and re.search(rf"{_LOOKED_AT}{spelled}", line):
                continue  # a sanitizer does
            stored = re.match(rf"\s*store ptr (\S+), ptr {spelled}", line)
            if stored is None or not self._is_block(stored[1], text, (*seen, slot)):
                return False
        return True

    def _returns_block(self, name: str) -> bool:
        """Does a function of the program return nothing but new blocks?"""
        found = self._returns.get(name)
        if found is None:
            self._returns[name] = True  # in a cycle
            text = self._functions.get(name, "")
            values = _RETURNED.findall(text)
            never = "(?!)"
            found = bool(values) and all(not v or self._is_block(v, text, (never,)) for v in values)
            self._returns[name] = found
        return found


def _is_null(value: Constant) -> bool:
    """Are all pointers in a constant null?"""
    match value:
        case ConstantAggregate():
            return all(map(_is_null, value.elements))
        case ConstantWord():
            return True
    return not isinstance(value.type, ty.PointerType)
