"""Complex functions whose numbers the ABI packs take and return their parts for the time being.

    call <2 x float> @csinf(<2 x float> %z)
    -->
    call { float, float } @csinf.pieces(float %re, float %im)

So the rules for pairs hold for complex `float` (two floats in one vector) and `long double` (in
memory) too. `pack` gives these functions bodies that call the library's, and inlines them.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, poison
from enzcc.ir.instructions import CallBase
from enzcc.ir.invokes import to_call
from enzcc.ir.module import Module
from enzcc.ir.types import FunctionType, Type
from enzcc.ir.values import Global, Value
from enzcc.patterns import pattern
from enzcc.rules.names import PIECES, has_pieces

_CALLED: Final = pattern(r"@(c[a-z0-9]+[fl]|__(?:mul|div)sc3)\(")
_PAIR: Final = ty.struct((ty.FLOAT, ty.FLOAT))
_PACKED: Final = ty.vector(ty.FLOAT, 2)


def unpack(text: str) -> str:
    """The module calling functions that take parts."""
    if not any(map(has_pieces, _CALLED.findall(text))):
        return text
    module = Module.parse(text)
    for name in module.functions_with_bodies():
        wanted = [n for n in module.calls_in_text(name) if has_pieces(n) and module.declares(n)]
        if not wanted:
            continue
        for call in list(module.function(name).instructions()):
            callee = call.callee if isinstance(call, CallBase) else None
            if isinstance(callee, Global) and callee.name in wanted:
                assert isinstance(call, CallBase)
                _unpack_call(module, to_call(call), callee)
    return module.print()


def _unpack_call(module: Module, call: CallBase, callee: Global) -> None:
    type = callee.function_type
    if type is None or not _is_packed(module, callee, type):
        return
    assert call.block is not None
    emit = Builder(call.block, call)
    parts: list[Value] = []
    for value, attributes in zip(call.arguments, call.attributes, strict=True):
        if value.type is _PACKED:
            parts += [emit.extract_element(value, const_int(ty.I64, i)) for i in (0, 1)]
        elif "byval(" in attributes:
            element = _in_memory(module, attributes)
            assert element is not None
            size = module.layout.size(element)
            parts.append(emit.load(element, value))
            parts.append(emit.load(element, emit.offset(value, const_int(ty.I64, size))))
        else:
            parts.append(value)
    result = _PAIR if type.result is _PACKED else type.result
    wanted = ty.function(result, tuple(p.type for p in parts))
    symbol = module.declare(callee.name + PIECES, wanted, "nounwind willreturn memory(none)")
    made: Value = emit.call(symbol, wanted, parts, tail=call.dbg)
    if result is _PAIR:
        whole: Value = poison(_PACKED)
        for i in (0, 1):
            part = emit.extract(made, (i,), ty.FLOAT)
            whole = emit.insert_element(whole, part, const_int(ty.I64, i))
        made = whole
    call.replace_with(made)
    call.erase()


def _is_packed(module: Module, callee: Global, type: FunctionType) -> bool:
    if type.result is _PACKED or _PACKED in type.params:
        return True
    attributes = callee.line.partition("(")[2]
    return "byval(" in attributes and _in_memory(module, attributes) is not None


def _in_memory(module: Module, attributes: str) -> Type | None:
    found = re.search(r"byval\(\{ (\w+), (\w+) \}\)", attributes)
    if found is None or found[1] != found[2]:
        return None
    return ty.FLOATS.get(found[1])


_DECLARED: Final = pattern(rf"^declare [^\n@]*@(\w+){re.escape(PIECES)}\([^\n]*\n", re.MULTILINE)


def pack(text: str, inline: Callable[[str], str]) -> str:
    """The finished module calling the library's functions again."""
    found: list[str] = _DECLARED.findall(text) if PIECES in text else []
    if not found:
        return text
    module = Module.parse(text)
    bodies = [_body(module, name) for name in found]
    return inline(_DECLARED.sub("", text) + "\n" + "\n".join(bodies))


def _body(module: Module, name: str) -> str:
    library = module.symbol(name)
    pieces, packed = module.symbol(name + PIECES).function_type, library.function_type
    assert pieces is not None
    assert packed is not None
    params = ", ".join(f"{t} %a{i}" for i, t in enumerate(pieces.params))
    lines = list(_given(library, packed, pieces))
    arguments = ", ".join(line.split("=", 1)[1] for line in lines if line.startswith("="))
    body = [line for line in lines if not line.startswith("=")]
    body.append(f"  %r = call {packed.result} @{name}({arguments})")
    back = "%r"
    if packed.result is _PACKED:
        body += [
            "  %r0 = extractelement <2 x float> %r, i32 0",
            "  %r1 = extractelement <2 x float> %r, i32 1",
            f"  %p0 = insertvalue {_PAIR} poison, float %r0, 0",
            f"  %p1 = insertvalue {_PAIR} %p0, float %r1, 1",
        ]
        back = "%p1"
    head = f"define internal {pieces.result} @{name}{PIECES}({params}) alwaysinline {{"
    return "\n".join([head, *body, f"  ret {pieces.result} {back}", "}\n"])


def _given(library: Global, packed: FunctionType, pieces: FunctionType) -> Iterator[str]:
    """Lines that pack the parts, and behind a `=` each argument."""
    at = 0
    for number, type in enumerate(packed.params):
        x, y = f"%a{at}", f"%a{at + 1}"
        if type is _PACKED:
            yield f"  %v{number} = insertelement <2 x float> poison, float {x}, i32 0"
            yield f"  %w{number} = insertelement <2 x float> %v{number}, float {y}, i32 1"
            yield f"=<2 x float> %w{number}"
            at += 2
        elif isinstance(type, ty.PointerType):
            element = pieces.params[at]
            whole = f"{{ {element}, {element} }}"
            yield f"  %v{number} = alloca {whole}, align 16"
            yield f"  store {element} {x}, ptr %v{number}, align 16"
            yield f"  %w{number} = getelementptr {whole}, ptr %v{number}, i32 0, i32 1"
            yield f"  store {element} {y}, ptr %w{number}, align 16"
            yield f"=ptr byval({whole}) align 16 %v{number}"
            at += 2
        else:
            yield f"={type} {x}"
            at += 1
