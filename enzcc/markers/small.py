"""Markers that ask for no derivative: hints of kinds, inactive calls, counts that grow.

    __enzyme_double(p, 16)              -->  call void @__enzcc_hint_double(ptr %p, i64 16)
    __enzyme_call_inactive(log, x)      -->  call void @enzcc.inactive.0(double %x), inactive
    __enzyme_iter(n, 2)                 -->  call i32 @__enzcc_iter_i32(i32 %n, i32 2)
    __enzyme_todense(load, store, ...)  -->  call ptr @__enzcc_todense(load, store, ...)
    __enzyme_ones<T>()                  -->  T with 1 in every floating part, for <enzyme/enzyme>
    __enzyme_zeros<T>()                 -->  T with 0 in every part, a gradient to begin with

`set_aside` does so at the start, in all functions. The analyses read the hints, copies of functions
that are differentiated raise the counts, and `put_back` takes all of it out of the finished module.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from enzcc.errors import (
    NoSeed,
    NotAFunction,
    ResultMismatch,
    WrongActivity,
    WrongCount,
    WrongType,
)
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_float, const_int, poison, zero
from enzcc.ir.instructions import CallBase
from enzcc.ir.invokes import Handler, to_call
from enzcc.ir.module import Module
from enzcc.ir.names import quoted
from enzcc.ir.types import FunctionType, Type
from enzcc.ir.values import Global, Value, is_zero
from enzcc.markers.find import MarkerCall, find_marker_calls
from enzcc.markers.fit import attribute_type, spoken
from enzcc.markers.names import Mode
from enzcc.markers.site import Site
from enzcc.markers.words import contains, only_floats
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Callable

HINT: Final = "__enzcc_hint_"
ITER: Final = "__enzcc_iter_"
WEAK_HINT: Final = "__enzcc_hint_weak_"
"""A hint of ours, which the program's own evidence overrules."""
TODENSE: Final = "__enzcc_todense"
INACTIVE: Final = "enzcc.inactive."
SMALL: Final = frozenset(
    {Mode.TYPE_ASSERTION, Mode.INACTIVE_CALL, Mode.ITERATION, Mode.SPARSE, Mode.SEED}
)

HINTS: Final = {
    # marker               kind of memory, bytes of one element
    "__enzyme_float": ("float", 4),
    "__enzyme_double": ("double", 8),
    "__enzyme_integer": ("integer", 1),
    "__enzyme_pointer": ("pointer", 8),
}
_OTHERS: Final = (
    "__enzyme_iter", "__enzyme_call_inactive", "__enzyme_todense", "__enzyme_post_sparse_todense",
    "__enzyme_ones", "__enzyme_zeros",
)  # fmt: skip
EVERYWHERE: Final = -1
"""A hint's number of bytes that stands for all of the memory."""

_ABI = pattern(
    r"(?:(?:byval|sret)\((?:[^()]|\([^()]*\))*\)|zeroext|signext|inreg|align \d+)(?= |$)"
)
HINT_EFFECTS: Final = "nounwind willreturn memory(inaccessiblemem: readwrite)"


def set_aside(text: str) -> str:
    """The module with these markers in a form that the rest of the road knows."""
    if not any(name in text for name in (*HINTS, *_OTHERS)):
        return text
    module = Module.parse(text)
    wrappers: list[str] = []
    found = [f for f in find_marker_calls(module) if f.mode in SMALL]
    for one in found:
        _HANDLERS[one.mode](module, one, wrappers)
    if not found:
        return text
    return module.print() + "\n" + "\n".join(wrappers)


def _hint(module: Module, found: MarkerCall, wrappers: list[str]) -> None:
    site = Site(module, found.caller, found.call)
    kind, size = HINTS[site.marker]
    arguments = found.call.arguments
    if not 1 <= len(arguments) <= 2 or not ty.is_pointer(arguments[0].type):
        site.fail(
            WrongCount,
            f"'{site.marker}' takes a pointer, and a number of bytes",
            remedy=f"write '{site.marker}(pointer, bytes)'",
        )
    if len(arguments) == 2:
        given = site.tracer.integer(arguments[1])
        if given is None:
            site.fail(
                WrongType,
                f"the number of bytes of '{site.marker}' is not constant",
                because="the memory's kind is asked for when the program is compiled",
                remedy="pass a constant",
            )
        size = EVERYWHERE if given < 0 else given
    type = ty.function(ty.VOID, (ty.PTR, ty.I64))
    symbol = module.declare(HINT + kind, type, HINT_EFFECTS)
    call = to_call(found.call)
    assert call.block is not None
    Builder(call.block, call).call(
        symbol,
        type,
        [arguments[0], const_int(ty.I64, size)],
        tail=call.dbg,
    )
    _drop(call, None)


def _iteration(module: Module, found: MarkerCall, wrappers: list[str]) -> None:
    site = Site(module, found.caller, found.call)
    arguments = found.call.arguments
    if len(arguments) != 2 or not all(ty.is_int(a.type) for a in arguments):
        site.fail(
            WrongCount,
            f"'{site.marker}' takes two integers",
            remedy=f"write '{site.marker}(count, step)'",
        )
    call = to_call(found.call)
    assert call.block is not None
    emit = Builder(call.block, call)
    type = call.type if ty.is_int(call.type) else arguments[0].type
    count, step = (_as_integer(emit, a, type) for a in arguments)
    wanted = ty.function(type, (type, type))
    symbol = module.declare(
        f"{ITER}{type}", wanted, "nounwind willreturn memory(none) speculatable"
    )
    made = emit.call(symbol, wanted, [count, step], tail=call.dbg)
    _drop(call, made)


def _as_integer(emit: Builder, value: Value, type: ty.Type) -> Value:
    if value.type is type:
        return value
    assert isinstance(value.type, ty.IntType)
    assert isinstance(type, ty.IntType)
    return emit.cast("sext" if value.type.bits < type.bits else "trunc", value, type)


def _inactive_call(module: Module, found: MarkerCall, wrappers: list[str]) -> None:
    """The call moves into a function of its own, which is registered to be inactive."""
    site = Site(module, found.caller, found.call)
    call, handler = Handler.taken_from(found.call)
    arguments = call.arguments
    if len(arguments) <= site.start:
        site.fail(WrongCount, f"'{site.marker}' without a function to call")
    sources = [s for s in site.tracer.sources(arguments[site.start]) if not is_zero(s)]
    known = sources[0] if len(sources) == 1 and isinstance(sources[0], Global) else None
    if arguments[site.start].type is not ty.PTR:
        site.fail(
            NotAFunction,
            f"the first argument of '{site.marker}' has to be a function",
            0,
            because=f"{spoken(arguments[site.start].type)} is passed",
        )
    passed = [a for i, a in enumerate(arguments) if i != site.start or known is None]
    texts = [
        " ".join(m.group() for m in _ABI.finditer(text))
        for i, text in enumerate(call.attributes or [""] * len(arguments))
        if i != site.start or known is None
    ]
    name = _fresh(module, wrappers)
    params = ", ".join(
        f"{a.type}{' ' + t if t else ''} %a{i}"
        for i, (a, t) in enumerate(zip(passed, texts, strict=True))
    )
    given = [
        f"{a.type}{' ' + t if t else ''} %a{i}"
        for i, (a, t) in enumerate(zip(passed, texts, strict=True))
        if known is not None or i != site.start
    ]
    result = call.type
    type: FunctionType | None = known.function_type if known is not None else None
    spelled = f"{result}"
    if type is not None and type.vararg:
        spelled = f"{result} ({', '.join([*map(str, type.params), '...'])})"
    callee = known.ref() if known is not None else f"%a{site.start}"
    made = "  " if result is ty.VOID else "  %r = "
    back = "  ret void" if result is ty.VOID else f"  ret {result} %r"
    wrappers.append(
        f"define internal {result} @{quoted(name)}({params}) noinline {{\n"
        f"{made}call {spelled} {callee}({', '.join(given)})\n{back}\n}}\n"
        f"@{quoted('__enzyme_inactivefn_' + name)} = internal global ptr @{quoted(name)}\n"
    )
    wanted = ty.function(result, tuple(a.type for a in passed))
    assert call.block is not None
    new = Builder(call.block, call).call(
        Global(name),
        wanted,
        passed,
        attributes=[f"{t} " if t else "" for t in texts],
        tail=call.dbg,
    )
    _drop(call, None if result is ty.VOID else new)
    handler.protect(new)


def _dense(module: Module, found: MarkerCall, wrappers: list[str]) -> None:
    """A pointer whose loads and stores become calls (`enzcc.ad.extras.sparse`)."""
    call = to_call(found.call)
    assert call.block is not None
    arguments = call.arguments
    if call.type is not ty.PTR:
        raise ResultMismatch(
            module.location(call),
            "'__enzyme_todense' has to be declared to return a pointer",
            because=f"it is declared to return '{call.type}'",
        )
    type = ty.function(ty.PTR, (), True)
    new = Builder(call.block, call).call(
        module.declare(TODENSE, type, "nounwind willreturn"),
        type,
        arguments,
        tail=call.dbg,
    )
    _drop(call, new)


def _seed(module: Module, found: MarkerCall, wrappers: list[str]) -> None:
    """The implicit seed of a result of that type, or what a gradient of that type is added to."""
    call = to_call(found.call)
    assert call.block is not None
    site = Site(module, found.caller, call)
    made = attribute_type(module, call.attributes[0], "sret") if site.sret is not None else None
    type = made or call.type
    emit = Builder(call.block, call)
    if site.marker == "__enzyme_zeros":
        if contains(type, ty.PointerType):
            raise WrongActivity(
                site.location,
                "an 'Active' argument holds a pointer or a reference",
                because="its gradient is returned by value, and has no memory for what lies there",
                remedy="let the function take it by reference, and use 'Duplicated<const T &>' with"
                " an object that leads to memory for the gradient",
            )
        if site.sret is not None:
            emit.store(zero(type), site.sret, align=1)
        _drop(call, None)
        return
    if not only_floats(type):
        raise NoSeed(
            site.location,
            "an 'Active' result has to consist of floating numbers",
            because=f"it is {spoken(type)}",
            remedy="make it 'Const', and let the function write its other results through"
            " 'Duplicated' references",
        )
    if site.sret is not None:
        emit.store(ones(emit, type), site.sret, align=1)
    _drop(call, None if site.sret is not None else ones(emit, type))


def ones(emit: Builder, type: Type) -> Value:
    """1 in every floating number."""
    whole: Value = poison(type)
    match type:
        case ty.StructType():
            parts = list(type.fields or ())
        case ty.ArrayType():
            parts = [type.element] * type.count
        case _:
            return const_float(type, 1.0)
    for index, part in enumerate(parts):
        whole = emit.insert(whole, ones(emit, part), (index,))
    return whole


def _fresh(module: Module, wrappers: list[str]) -> str:
    number = len(wrappers)
    while module.has_symbol(f"{INACTIVE}{number}"):
        number += 1
    return f"{INACTIVE}{number}"


def _drop(call: CallBase, result: Value | None) -> None:
    if call.users:
        call.replace_with(zero(call.type) if result is None else result)
    call.erase()


_HANDLERS: Final[dict[Mode, Callable[[Module, MarkerCall, list[str]], None]]] = {
    Mode.TYPE_ASSERTION: _hint,
    Mode.INACTIVE_CALL: _inactive_call,
    Mode.ITERATION: _iteration,
    Mode.SPARSE: _dense,
    Mode.SEED: _seed,
}

# ------------------------------------------------------------------ in copies, and at the end

_BUMPED = pattern(
    rf"^(  %\S+ = [^\n]*?call [^\n@]*@{ITER}(i\d+)\(i\d+ )([^,\n]+)(, i\d+ )([^)\n]+)(\).*)$",
    re.MULTILINE,
)


def raised(body: str) -> str:
    """The body of a copy that is differentiated: its counts grow by their steps."""
    if ITER not in body:
        return body
    count = 0

    def bump(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        head, type, value, between, step, tail = match.groups()
        value, step = value.split()[-1], step.split()[-1]
        name = f"%enzcc.more{count}"
        return f"  {name} = add {type} {value}, {step}\n{head}{name}{between}{step}{tail}"

    return _BUMPED.sub(bump, body)


_HINT_CALL = pattern(rf"^ *(?:tail |notail )?call [^\n@]*@{HINT}\w+\(.*\n", re.MULTILINE)
_ITER_DECLARATION = pattern(rf"^declare [^\n@]*@({ITER}(i\d+))\([^\n]*\n", re.MULTILINE)
_WRAPPER = pattern(
    rf'^(define internal [^\n]*@"?{re.escape(INACTIVE)}\d+"?\([^\n]*\))[^\n]*\{{$', re.MULTILINE
)
_REGISTRATION = pattern(
    rf'^@"?__enzyme_inactivefn_{re.escape(INACTIVE)}\d+"? = [^\n]*\n', re.MULTILINE
)


def put_back(text: str, inline: Callable[[str], str]) -> str:
    """The finished module without what `set_aside` has made."""
    if HINT in text:
        text = _HINT_CALL.sub("", text)
        text = re.sub(rf"^declare [^\n@]*@{HINT}\w+\([^\n]*\n", "", text, flags=re.MULTILINE)
    if ITER not in text and INACTIVE not in text:
        return text
    before = text
    text = _ITER_DECLARATION.sub(
        r"define internal \2 @\1(\2 %n, \2 %step) alwaysinline {" "\n  ret \\2 %n\n}\n", text
    )
    text = _REGISTRATION.sub("", text)
    text = _WRAPPER.sub(r"\1 alwaysinline {", text)
    return text if text == before else inline(text)
