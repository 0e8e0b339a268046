"""The trace that a probabilistic program keeps: calls of its own functions, found by name, or by
their place in the table of an interface.

Each is called through a function of ours that is registered as inactive, so that nothing is
differentiated there. A datum of at most a pointer's size travels in the pointer, a larger one by
its address.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, final

from enzcc import llvm
from enzcc.errors import WrongChoice
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder
from enzcc.ir.instructions import CallBase, Instruction
from enzcc.ir.module import Module
from enzcc.ir.names import quoted
from enzcc.ir.types import FloatType, FunctionType, IntType, PointerType, Type
from enzcc.ir.values import Global, Value

if TYPE_CHECKING:
    from enzcc.markers.site import Site

INTERFACE: Final = (
    "get_trace", "get_choice", "insert_call", "insert_choice", "insert_argument",
    "insert_return", "insert_function", "insert_gradient_choice", "insert_gradient_argument",
    "newtrace", "freetrace", "has_call", "has_choice",
)  # fmt: skip
_PREFIX: Final = "__enzyme_"


def signature(function: Global) -> FunctionType:
    """The type of a function."""
    type = function.function_type
    assert type is not None
    return type


@final
class Backend:
    """Emits calls of the program's trace functions into its variants."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.layout = module.layout
        self.dynamic = False
        self.made: dict[str, str] = {}  # our functions, by name
        self.inactive: list[str] = []
        self.rules: list[tuple[str, str, str]] = []

    def check(
        self, site: Site, traced: bool, observed: bool, gradients: bool, table: Value | None
    ) -> None:
        """Raises WrongChoice if the program lacks a function that is needed."""
        self.dynamic = table is not None
        if self.dynamic:
            return
        needed = ["insert_choice"] if traced else []
        needed += ["get_choice", "has_choice"] if observed else []
        needed += ["insert_gradient_choice"] if gradients else []
        for name in needed:
            if self._static(name) is None:
                raise WrongChoice(
                    site.location,
                    f"'{site.marker}' needs a function '{_PREFIX}{name}'",
                    because="no function of the file has that text in its name",
                    remedy="define or declare it, or pass a table of functions behind"
                    " 'enzyme_interface'",
                )

    @property
    def family(self) -> str:
        """What the names of our functions begin with."""
        return "enzcc.table" if self.dynamic else "enzcc"

    def _static(self, name: str) -> Global | None:
        """The program's function with that text in its name."""
        for symbol in self.module.symbols():
            if _PREFIX + name in symbol and self.module.symbol(symbol).kind == "function":
                return self.module.symbol(symbol)
        return None

    def _has(self, name: str) -> bool:
        return self.dynamic or self._static(name) is not None

    # ------------------------------------------------------------------ what variants call

    def insert_function(self, emit: Builder, trace: Value, table: Value, function: Value) -> None:
        self._record(emit, "insert_function", [trace, function], table)

    def insert_argument(
        self, emit: Builder, trace: Value, table: Value, name: Value, value: Value
    ) -> None:
        self._record(emit, "insert_argument", [trace, name], table, value)

    def insert_return(self, emit: Builder, trace: Value, table: Value, value: Value) -> None:
        self._record(emit, "insert_return", [trace], table, value)

    def insert_call(
        self, emit: Builder, trace: Value, address: Value, sub: Value, table: Value
    ) -> None:
        self._record(emit, "insert_call", [trace, address, sub], table)

    def insert_choice(
        self,
        emit: Builder,
        trace: Value,
        address: Value,
        table: Value,
        score: Value,
        value: Value,
    ) -> None:
        self._record(emit, "insert_choice", [trace, address, score], table, value)

    def new_trace(self, emit: Builder, table: Value) -> Value:
        name = f"{self.family}.newtrace"
        if name not in self.made:
            lines: list[str] = []
            callee = self._callee("newtrace", lines)
            lines += [f"  %r = call ptr {callee}()", "  ret ptr %r"]
            self._define(name, "ptr", "ptr %table", lines)
        return self._call(emit, name, ty.PTR, [table])

    def sub_observations(
        self, emit: Builder, observations: Value, address: Value, table: Value
    ) -> Value:
        """What was observed in an inner call, null if nothing."""
        name = f"{self.family}.observed"
        if name not in self.made:
            lines = [
                "  %none = icmp eq ptr %observations, null",
                "  br i1 %none, label %nothing, label %ask",
                "ask:",
            ]
            has = self._question("has_call", "ptr %observations, ptr %address", lines)
            lines += [f"  br i1 {has}, label %given, label %nothing", "given:"]
            callee = self._callee("get_trace", lines)
            lines += [
                f"  %r = call ptr {callee}(ptr %observations, ptr %address)",
                "  ret ptr %r",
                "nothing:",
                "  ret ptr null",
            ]
            self._define(name, "ptr", "ptr %observations, ptr %address, ptr %table", lines)
        return self._call(emit, name, ty.PTR, [observations, address, table])

    def draw(
        self,
        emit: Builder,
        sampler: Global,
        params: Sequence[Value],
        observations: Value | None,
        address: Value,
        table: Value,
    ) -> Value:
        """A drawn value, or the one observed; no derivative goes through it."""
        type = signature(sampler)
        given = ", ".join(f"{t} %p{i}" for i, t in enumerate(type.params))
        draw = f"  %drawn = call {type.result} @{quoted(sampler.name)}({given})"
        end = f"  ret {type.result} %drawn"
        if observations is None:
            name = f"{self.family}.drawn.{sampler.name}"
            self._define(name, str(type.result), given, [draw, end])
            return self._call(emit, name, type.result, params)
        name = f"{self.family}.given.{sampler.name}"
        if name not in self.made:
            lines = [
                f"  %slot = alloca {type.result}, align 16",
                "  %none = icmp eq ptr %observations, null",
                "  br i1 %none, label %draw, label %ask",
                "ask:",
            ]
            has = self._question("has_choice", "ptr %observations, ptr %address", lines)
            lines += [f"  br i1 {has}, label %take, label %draw", "take:"]
            callee = self._callee("get_choice", lines)
            size = self.layout.store_size(type.result)
            lines += [
                f"  %n = call i64 {callee}(ptr %observations, ptr %address, ptr %slot, i64 {size})",
                f"  %old = load {type.result}, ptr %slot, align 16",
                f"  ret {type.result} %old",
                "draw:",
                draw,
                end,
            ]
            head = "ptr %observations, ptr %address, ptr %table"
            self._define(name, str(type.result), f"{head}, {given}".rstrip(", "), lines)
        arguments = [observations, address, table, *params]
        return self._call(emit, name, type.result, arguments)

    def gradient(
        self,
        emit: Builder,
        kind: str,
        value: Value,
        likelihood: Value,
        trace: Value,
        name: Value,
        table: Value,
    ) -> Value:
        """The value itself; the adjoint that comes back to it is put into the trace."""
        if not self._has(f"insert_gradient_{kind}"):
            return value
        type = value.type
        hook = f"{self.family}.{kind}.{type}"
        if hook not in self.made:
            pointers = ("likelihood", "trace", "name", "table")
            plain = ", ".join([f"{type} %v", *(f"ptr %{p}" for p in pointers)])
            doubled = ", ".join([f"{type} %v", *(f"ptr %{p}, ptr %d{p}" for p in pointers)])
            own = [f"  ret {type} %v"]
            self._define(hook, str(type), plain, own, inactive=False)
            self._define(f"{hook}.forward", str(type), doubled, own, inactive=False)
            lines: list[str] = []
            datum = self._datum(type, "%d", lines)
            callee = self._callee(f"insert_gradient_{kind}", lines)
            size = self.layout.store_size(type)
            lines.append(f"  call void {callee}(ptr %trace, ptr %name, ptr {datum}, i64 {size})")
            lines.append(f"  ret {type} %d")
            self._define(f"{hook}.back", str(type), f"{doubled}, {type} %d", lines, inactive=False)
            self.rules.append((hook, f"{hook}.forward", f"{hook}.back"))
        arguments = [value, likelihood, trace, name, table]
        return self._call(emit, hook, type, arguments)

    @staticmethod
    def is_record(inst: Instruction) -> bool:
        """Is it a call of a function of ours?"""
        return (
            isinstance(inst, CallBase)
            and isinstance(inst.callee, Global)
            and inst.callee.name.startswith(("enzcc.insert_", "enzcc.table.insert_"))
        )

    # ------------------------------------------------------------------ our functions

    def _record(
        self,
        emit: Builder,
        name: str,
        operands: Sequence[Value],
        table: Value,
        value: Value | None = None,
    ) -> None:
        """One entry of the trace."""
        if not self._has(name):
            return
        ours = f"{self.family}.{name}" + (f".{value.type}" if value is not None else "")
        if ours not in self.made:
            lines: list[str] = []
            given = [f"{v.type} %o{i}" for i, v in enumerate(operands)]
            passed = list(given)
            if value is not None:
                datum = self._datum(value.type, "%v", lines)
                passed += [f"ptr {datum}", f"i64 {self.layout.store_size(value.type)}"]
            callee = self._callee(name, lines)
            lines += [f"  call void {callee}({', '.join(passed)})", "  ret void"]
            params = [*given, "ptr %table"]
            if value is not None:
                params.append(f"{value.type} %v")
            self._define(ours, "void", ", ".join(params), lines)
        arguments = [*operands, table, *([value] if value is not None else [])]
        self._call(emit, ours, ty.VOID, arguments)

    def _datum(self, type: Type, value: str, lines: list[str]) -> str:
        """A datum as the pointer that carries it, or that points to it."""
        bits = self.layout.store_size(type) * 8
        if isinstance(type, PointerType):
            return value
        if not isinstance(type, (FloatType, IntType)) or bits > 64:
            lines.append(f"  %datum = alloca {type}, align 16")
            lines.append(f"  store {type} {value}, ptr %datum, align 16")
            return "%datum"
        if isinstance(type, FloatType):
            lines.append(f"  %bits = bitcast {type} {value} to i{bits}")
            value, width = "%bits", bits
        else:
            width = type.bits
        if width < 64:
            lines.append(f"  %wide = zext i{width} {value} to i64")
            value = "%wide"
        lines.append(f"  %datum = inttoptr i64 {value} to ptr")
        return "%datum"

    def _callee(self, name: str, lines: list[str]) -> str:
        """How a function of the trace is spelled where it is called."""
        if not self.dynamic:
            found = self._static(name)
            return "null" if found is None else f"@{quoted(found.name)}"
        index = INTERFACE.index(name)
        lines.append(f"  %place.{name} = getelementptr ptr, ptr %table, i64 {index}")
        lines.append(f"  %call.{name} = load ptr, ptr %place.{name}, align 8")
        return f"%call.{name}"

    def _question(self, name: str, arguments: str, lines: list[str]) -> str:
        """A function that answers yes or no, whatever it calls that."""
        found = None if self.dynamic else self._static(name)
        result: Type = ty.I1 if found is None else signature(found).result
        if not self.dynamic and found is None:
            return "false"
        callee = self._callee(name, lines)
        lines.append(f"  %{name} = call {result} {callee}({arguments})")
        if result is ty.I1:
            return f"%{name}"
        lines.append(f"  %is.{name} = icmp ne {result} %{name}, 0")
        return f"%is.{name}"

    def _define(
        self, name: str, result: str, params: str, lines: list[str], *, inactive: bool = True
    ) -> None:
        if name in self.made:
            return
        body = "\n".join(lines)
        self.made[name] = (
            f"define internal {result} @{quoted(name)}({params}) noinline {{\n{body}\n}}\n"
        )
        if inactive:
            self.inactive.append(name)

    def _call(self, emit: Builder, name: str, result: Type, arguments: Sequence[Value]) -> Value:
        type = ty.function(result, tuple(a.type for a in arguments))
        symbol = self.module.declare(name, type)
        return emit.call(symbol, type, list(arguments))

    def finish(self, module: Module) -> str:
        """The module's text with our functions and what is to be known of them."""
        for name in self.made:
            if module.declares(name):
                module.remove_function(name)
        for number, name in enumerate(self.inactive):
            module.add_global_text(
                f"@__enzyme_inactivefn..choices.{number} = internal global ptr @{quoted(name)}"
            )
        for number, rule in enumerate(self.rules):
            names = ", ".join(f"ptr @{quoted(name)}" for name in rule)
            module.add_global_text(
                f"@__enzyme_register_gradient..choices.{number} ="
                f" internal global [3 x ptr] [{names}]"
            )
        return llvm.normalise(module.print() + "\n" + "\n".join(self.made.values()))
