"""Shadows of functions and of tables of functions (`__enzyme_virtualreverse`), put in place before
all else, by code that asks for split reverse mode in the convention of calls through pointers:

    @f.virtual = internal constant { ptr, ptr } { ptr @f.virtual.augmented, ptr @f.virtual.reverse }
    { ptr, double } @f.virtual.augmented(double %x, ptr %p, ptr %dp)     ; tape, result [, shadow]
    double @f.virtual.reverse(double %x, ptr %p, ptr %dp, double %seed, ptr %tape)

A floating parameter stands alone, and so does an integer of less than 16 bits; any other is
followed by its shadow. The shadow of a variable is a variable like it, with the shadows of its
functions, and of other variables that hold functions, in their places.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, final

from enzcc.errors import NotAFunction, WrongCount
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, poison
from enzcc.ir.invokes import to_call
from enzcc.ir.names import quoted
from enzcc.ir.types import Type
from enzcc.ir.values import (
    Constant,
    ConstantAggregate,
    ConstantExpression,
    Global,
    Value,
)
from enzcc.markers.find import MarkerCall, find_marker_calls
from enzcc.markers.fit import attribute_type
from enzcc.markers.names import Mode
from enzcc.markers.site import Site
from enzcc.markers.words import contains, only_floats
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ir import Module
    from enzcc.ir.function import Function

_SMALL: Final = 16
_HALVES: Final = pattern(r"(.*)\.virtual\.(?:augmented|reverse)")


def virtual_function(caller: str) -> str | None:
    """The function whose shadow a function is a half of, if it is one."""
    match = _HALVES.fullmatch(caller)
    return match.group(1) if match else None


def place_virtuals(module: Module, excluded: frozenset[str]) -> frozenset[str] | None:
    """Replaces these markers in a module; None if there are none. Raises a Diagnosis.

    excluded   functions that have no derivative: in tables they are their own shadows

    Returns the functions that are asked for by name: these must have one.
    """
    found = [m for m in find_marker_calls(module) if m.mode is Mode.VIRTUAL]
    return _Virtuals(module, excluded).run(found) if found else None


@final
class _Virtuals:
    def __init__(self, module: Module, excluded: frozenset[str]) -> None:
        self.module, self.layout, self.excluded = module, module.layout, excluded
        self._shadows: dict[str, Global] = {}
        self._named: dict[str, None] = {}

    def run(self, found: list[MarkerCall]) -> frozenset[str]:
        for marker in found:
            site = Site(self.module, marker.caller, marker.call)
            if len(site.call.arguments) != 1:
                site.fail(WrongCount, f"'{site.marker}' takes one argument: a function or variable")
            value = self._constant(site, site.call.arguments[0])
            if isinstance(value, Global) and value.kind == "function":
                if not self._has_halves(value.name):
                    site.fail(
                        NotAFunction,
                        f"no derivative of '{value.name}' can be called through a pointer",
                        0,
                        because="it has no definition here, takes a variable number of arguments,"
                        " or returns a struct through memory",
                    )
                self._named[value.name] = None
            call = to_call(site.call)
            call.replace_with(self._place(Builder(call.block, call), value))  # type: ignore[arg-type]
            call.erase()
        return frozenset(self._named)

    def _constant(self, site: Site, value: Value) -> Constant:
        sources = site.tracer.sources(value)
        if len(sources) == 1 and isinstance(sources[0], Constant):
            base, offset = site.tracer.split(sources[0])
            if isinstance(base, Global) and offset is not None:
                return sources[0]
        site.fail(
            NotAFunction,
            "the argument has to be a function, or the address of a global variable",
            0,
            because="its shadow is a constant, made when this file is compiled",
        )

    def _place(self, emit: Builder, value: Constant) -> Value:
        """The shadow of a constant address."""
        if isinstance(value, Global):
            return self._shadow(value)
        assert isinstance(value, ConstantExpression)
        base = value
        while isinstance(base, ConstantExpression):
            base = base.operands[0]  # type: ignore[assignment]
        numbers = [emit.cast("ptrtoint", p, ty.I64) for p in (value, base)]
        assert isinstance(base, Global)
        return emit.offset(self._shadow(base), emit.sub(*numbers))

    # ------------------------------------------------------------------ shadows

    def _shadow(self, symbol: Global) -> Global:
        found = self._shadows.get(symbol.name)
        if found is None:
            self._shadows[symbol.name] = symbol  # it may hold its own address
            made = self._pair(symbol) if symbol.kind == "function" else self._variable(symbol)
            found = self._shadows[symbol.name] = made
        return found

    def _variable(self, symbol: Global) -> Global:
        initial = self.module.initializer(symbol.name) if symbol.kind == "variable" else None
        if initial is None or symbol.value_type is None:
            return symbol
        text = self._text(initial)
        align = re.search(r", align \d+", symbol.line)
        return self.module.add_global_text(
            f"@{quoted(symbol.name + '.virtual')} = internal global {symbol.value_type} {text}"
            f"{align[0] if align else ''}"
        )

    def _text(self, value: Constant) -> str:
        match value:
            case ConstantAggregate():
                opening = re.match(r"<\{|[{\[<]", value.text)
                assert opening is not None
                closing = {"<{": "}>", "{": "}", "[": "]", "<": ">"}[opening[0]]
                parts = [f"{e.type} {self._text(e)}" for e in value.elements]
                return f"{opening[0]} {', '.join(parts)} {closing}"
            case Global():
                if value.kind == "function" and self._has_halves(value.name):
                    return self._shadow(value).ref()
                if value.kind == "variable" and self._holds_functions(value, {value.name}):
                    return self._shadow(value).ref()
                return value.ref()
        if only_floats(value.type):
            return "zeroinitializer"
        return value.ref()

    def _holds_functions(self, symbol: Global, seen: set[str]) -> bool:
        initial = self.module.initializer(symbol.name)
        work: list[Constant] = [] if initial is None else [initial]
        while work:
            value = work.pop()
            if isinstance(value, ConstantAggregate):
                work += value.elements
            elif isinstance(value, Global) and value.kind == "function":
                return True
            elif isinstance(value, Global) and value.kind == "variable" and value.name not in seen:
                seen.add(value.name)
                if self._holds_functions(value, seen):
                    return True
        return False

    # ------------------------------------------------------------------ functions

    def _has_halves(self, name: str) -> bool:
        if not self.module.defines(name) or name in self.excluded:
            return False
        function = self.module.function(name)
        returns = bool(function.args) and "sret(" in function.args[0].attributes
        kind = function.type.result
        mixed = contains(kind, ty.FloatType) and not only_floats(kind)
        return not (returns or mixed or function.type.vararg)

    def _pair(self, symbol: Global) -> Global:
        function = self.module.function(symbol.name)
        halves = [self._half(function, reverse) for reverse in (False, True)]
        return self.module.add_global_text(
            f"@{quoted(symbol.name + '.virtual')} = internal constant {{ ptr, ptr }}"
            f" {{ ptr {halves[0].symbol.ref()}, ptr {halves[1].symbol.ref()} }}"
        )

    def _half(self, function: Function, reverse: bool) -> Function:
        """A function that calls the marker of one half."""
        module = self.module
        params: list[Type] = []
        passed: list[tuple[str, str, int]] = []  # word, attributes, how many parameters
        gradients: list[Type] = []
        for arg in function.args:
            byval = attribute_type(module, arg.attributes, "byval")
            attributes = f"{arg.attributes.strip()} " if byval is not None else ""
            if only_floats(arg.type):
                passed.append(("enzyme_out", "", 1))
                params.append(arg.type)
                gradients.append(arg.type)
            elif isinstance(arg.type, ty.IntType) and arg.type.bits < _SMALL:
                passed.append(("enzyme_const", "", 1))
                params.append(arg.type)
            elif isinstance(arg.type, ty.IntType):
                passed.append(("enzyme_const", "", 2))  # its shadow is the number itself
                params += [arg.type, arg.type]
            else:
                passed.append(("enzyme_dup", attributes, 2))
                params += [arg.type, arg.type]
        kind = function.type.result
        has_seed = kind is not ty.VOID and only_floats(kind)
        if reverse:
            params += [*([kind] if has_seed else ()), ty.PTR]
            result = _joined(gradients)
        else:
            shadowed = not (kind is ty.VOID or has_seed or _is_small(kind))
            result = _joined([ty.PTR, *([kind] if kind is not ty.VOID else ()),
                              *([kind] if shadowed else ())])  # fmt: skip
        name = f"{function.name}.virtual.{'reverse' if reverse else 'augmented'}"
        made = module.new_function(name, ty.function(result, tuple(params)), "internal", "")
        emit = Builder(made.add_block("entry"))
        arguments: list[Value] = [function.symbol]
        texts = [""]
        at = 0
        for word, attributes, count in passed:
            arguments.append(self._word(word))
            texts.append("")
            made.args[at].attributes = attributes
            arguments.append(made.args[at])
            texts.append(attributes)
            if word == "enzyme_dup":
                arguments.append(made.args[at + 1])
                texts.append("")
            at += count
        arguments += made.args[at:]
        texts += [""] * (len(made.args) - at)
        marker = f"__enzyme_{'reverse' if reverse else 'augmentfwd'}.{function.name}"
        wanted = result
        if not reverse and isinstance(kind, ty.IntType) and not _is_small(kind):
            wanted = _joined([ty.PTR, kind])  # markers give no shadow of an integer
        type = ty.function(wanted, (ty.PTR,), vararg=True)
        value = emit.call(module.declare(marker, type), type, arguments, attributes=texts)
        if result is ty.VOID:
            emit.ret()
        elif wanted is result:
            emit.ret(value)
        else:
            tape, number = (emit.extract(value, (i,), t) for i, t in enumerate((ty.PTR, kind)))
            whole = emit.insert(poison(result), tape, (0,))
            whole = emit.insert(whole, number, (1,))
            emit.ret(emit.insert(whole, number, (2,)))
        return made

    def _word(self, name: str) -> Global:
        if self.module.has_symbol(name):
            return self.module.symbol(name)
        return self.module.add_global_text(f"@{name} = external global i32")


def _is_small(type: Type) -> bool:
    return isinstance(type, ty.IntType) and type.bits < _SMALL


def _joined(fields: list[Type]) -> Type:
    if not fields:
        return ty.VOID
    return fields[0] if len(fields) == 1 else ty.struct(tuple(fields))
