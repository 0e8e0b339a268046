"""The functions that a checkpointed loop or a fixed-point iteration becomes, as IR.

    @enzcc.loop.0            the plain loop
    @enzcc.loop.0.augmented  runs it as the driver says, and returns the driver's tape
    @enzcc.loop.0.reverse    goes backward
    @enzcc.loop.0.tangent    forward mode of a fixed-point iteration
    @enzcc.loop.0.step       what the driver calls for one step
    @enzcc.loop.0.turn ...   what it calls for the derivative of one step: a marker call

An environment holds, for each argument of the step, its value and its shadow: a pointer's or an
integer's as it is, a float's tangent, or the sum of its gradients so far.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, final

from enzcc.ir import types as ty
from enzcc.ir.names import quoted
from enzcc.ir.types import Type

if TYPE_CHECKING:
    from enzcc.ir.module import Module
    from enzcc.markers import Annotations, Request

FORCED: Final = "enzcc.step.fixed."
"""Steps of this name go on whatever they find, if their number is negative (see `outline`)."""

LOOPS: Final = ("loops/checkpoint", "loops/fixed_point")
"""The parts of the run-time library that drive them."""

NEVER: Final = "__enzcc_never"
"""A function of the run-time library that says no."""

PREFIX: Final = "enzcc.loop."
_REGION: Final = "{ ptr, i64, i32, i32 }"
_STATE: Final = "{ ptr, ptr, i64, ptr }"
_WORDS: Final = (
    "enzyme_dup", "enzyme_const", "enzyme_out", "enzyme_const_return", "enzyme_runtime_activity",
)  # fmt: skip


@final
@dataclass(frozen=True)
class Arg:
    """A parameter of the loop: its type, what the ABI says of it, and its name."""

    type: Type
    attributes: str
    name: str

    @property
    def is_float(self) -> bool:
        return ty.is_float(self.type)

    @property
    def spelled(self) -> str:
        return f"{self.type} {self.attributes + ' ' if self.attributes else ''}%{self.name}"

    @property
    def shadow(self) -> str:
        """The shadow as a parameter; of what is passed in memory it is a plain pointer."""
        return f"{self.type} %{self.name}.s"


@final
@dataclass(frozen=True)
class LoopText:
    """One loop. `leading` are its own parameters, `params` those of the step behind the number.

    index    type of the step's number, `result` what the step returns
    kinds    for each state of a fixed-point iteration what lies in it, in letters
    plain    a step follows no pointers that lie in memory: if no argument is constant, nothing is
    slots    where a step stores pointers: the parameter that points there, and the bytes behind it
    """

    name: str
    kind: str
    step: str
    index: Type
    result: Type
    leading: list[Arg]
    params: list[Arg]
    states: int
    regions: int
    kinds: list[str]
    plain: bool
    slots: list[tuple[str, int]]

    def all(self, module: Module, *, derivatives: bool) -> list[str]:
        """All functions, variables and declarations."""
        parts = [self._loop()]
        if derivatives:
            parts += [self._step(), self._augmented(), self._reverse(), *self._registered()]
            parts += [self._turn("turn", forward=False, mixed=True)]
            if self.plain:
                parts.append(self._turn("turn.plain", forward=False, mixed=False))
            if self._is_fixed:
                parts += [self._tangent(), self._turn("slope", forward=True, mixed=True)]
            parts += self._declarations(module)
        return parts

    # ------------------------------------------------------------------ names

    @property
    def _is_fixed(self) -> bool:
        return self.kind == "__enzyme_fixed_point"

    @property
    def _is_counted(self) -> bool:
        return self.kind == "__enzyme_checkpoint_for"

    @property
    def _all(self) -> list[Arg]:
        return [*self.leading, *self.params]

    def _at(self, suffix: str = "") -> str:
        return "@" + quoted(self.name + suffix)

    def _signature(self, *, floats: bool) -> str:
        """The parameters, each with its shadow; `floats`: floating ones, too."""
        out: list[str] = []
        for arg in self._all:
            out.append(arg.spelled)
            if floats or not arg.is_float:
                out.append(arg.shadow)
        return ", ".join(out)

    @property
    def _env(self) -> str:
        fields = [str(p.type) for p in self.params for _ in (0, 1)]
        return f"{{ {', '.join([*fields, 'ptr'])} }}"

    def _follow(self, when: str) -> str:
        """Where the step stores pointers, their shadows become those that belong to them now."""
        if not self.slots:
            return ""
        at = f"%follow.{when}"
        return (
            f"  {at} = getelementptr {self._env}, ptr %env, i32 0, i32 {2 * len(self.params)}\n"
            f"  {at}.table = load ptr, ptr {at}\n"
            f"  call void @__enzcc_pointers_follow(ptr {at}.table)\n"
        )

    def _table(self, table: str) -> str:
        """Puts what the run-time library knows of the pointers into the environment."""
        return (
            f"  %table = {table}\n"
            f"  %at.table = getelementptr {self._env}, ptr %env, i32 0,"
            f" i32 {2 * len(self.params)}\n"
            "  store ptr %table, ptr %at.table\n"
        )

    def _pairs(self, name: str, pairs: list[tuple[str, str]]) -> str:
        """An array of pairs of pointers."""
        count = max(1, len(pairs))
        out = f"  %{name} = alloca [{count} x {{ ptr, ptr }}], align 16\n"
        for at, pair in enumerate(pairs):
            for place, value in enumerate(pair):
                slot = f"%{name}.{at}.{place}"
                out += (
                    f"  {slot} = getelementptr {{ ptr, ptr }}, ptr %{name}, i32 {at}, i32 {place}\n"
                )
                out += f"  store ptr {value}, ptr {slot}\n"
        return out

    def _begin(self) -> str:
        """Before the loop: which shadows belong to the pointers in the state."""
        if not self.slots:
            return ""
        out = ""
        slots: list[tuple[str, str]] = []
        for at, (name, offset) in enumerate(self.slots):
            for suffix in ("", ".s"):
                out += (
                    f"  %slot{at}{suffix} = getelementptr i8, ptr %{name}{suffix}, i64 {offset}\n"
                )
            slots.append((f"%slot{at}", f"%slot{at}.s"))
        regions = [(f"%region{at}", f"%region{at}.s") for at in range(self.regions)]
        known = [(f"%{p.name}", f"%{p.name}.s") for p in self.params if ty.is_pointer(p.type)]
        out += self._pairs("slots", slots) + self._pairs("shadows", regions)
        out += self._pairs("known", known)
        return out + self._table(
            f"call ptr @__enzcc_pointers_begin(ptr %slots, i64 {len(slots)}, ptr %list,"
            f" ptr %shadows, i64 {len(regions)}, ptr %known, i64 {len(known)})"
        )

    # ------------------------------------------------------------------ the loop

    def _call_step(self, number: str) -> str:
        """Calls the step; `%on` is 1 if it wants to go on."""
        given = [f"{self.index} {number}", *(p.spelled for p in self.params)]
        call = f"call {self.result} @{quoted(self.step)}({', '.join(given)})"
        if self._is_counted or not isinstance(self.result, ty.IntType):
            return f"  {call}\n" if self.result is ty.VOID else f"  %got = {call}\n"
        return f"  %got = {call}\n  %on = icmp ne {self.result} %got, 0\n"

    def _number(self, wide: str) -> tuple[str, str]:
        """What makes the step's number of an i64, and its name."""
        assert isinstance(self.index, ty.IntType)
        if self.index.bits == 64:
            return "", wide
        opcode = "trunc" if self.index.bits < 64 else "sext"
        return f"  %number = {opcode} i64 {wide} to {self.index}\n", "%number"

    def _loop(self) -> str:
        narrow, number = self._number("%i")
        head = f"define internal void {self._at()}({', '.join(a.spelled for a in self._all)})"
        if self._is_counted:
            return (
                f"{head} noinline {{\nentry:\n"
                "  %end = add i64 %start, %count\n"
                "  %some = icmp sgt i64 %count, 0\n"
                "  br i1 %some, label %loop, label %done\n"
                "loop:\n"
                "  %i = phi i64 [ %start, %entry ], [ %next, %loop ]\n"
                f"{narrow}{self._call_step(number)}"
                "  %next = add nsw i64 %i, 1\n"
                "  %more = icmp slt i64 %next, %end\n"
                "  br i1 %more, label %loop, label %done\n"
                "done:\n  ret void\n}"
            )
        return (
            f"{head} noinline {{\nentry:\n  br label %loop\n"
            "loop:\n"
            "  %i = phi i64 [ 0, %entry ], [ %next, %loop ]\n"
            f"{narrow}{self._call_step(number)}"
            "  %next = add nsw i64 %i, 1\n"
            "  br i1 %on, label %loop, label %done\n"
            "done:\n  ret void\n}"
        )

    # ------------------------------------------------------------------ callbacks

    def _from_env(self, *, shadows: bool) -> str:
        out: list[str] = []
        for at, arg in enumerate(self.params):
            for name, place in ((arg.name, 2 * at), (f"{arg.name}.s", 2 * at + 1)):
                if place % 2 and not shadows:
                    continue
                slot = f"%at{place}"
                out.append(f"  {slot} = getelementptr {self._env}, ptr %env, i32 0, i32 {place}")
                out.append(f"  %{name} = load {arg.type}, ptr {slot}")
        return "".join(line + "\n" for line in out)

    def _step(self) -> str:
        narrow, number = self._number("%i")
        back = "  ret i32 1\n"
        if not self._is_counted:
            back = "  %wide = zext i1 %on to i32\n  ret i32 %wide\n"
        return (
            f"define internal i32 {self._at('.step')}(ptr %env, i64 %i) {{\n"
            f"{self._from_env(shadows=False)}{narrow}{self._call_step(number)}{back}}}"
        )

    def _gradients(self) -> tuple[str, list[tuple[int, Arg]]]:
        floats = [(at, p) for at, p in enumerate(self.params) if p.is_float]
        types = [str(p.type) for _, p in floats]
        return ("void" if not types else types[0] if len(types) == 1 else
                f"{{ {', '.join(types)} }}"), floats  # fmt: skip

    def _turn(self, suffix: str, *, forward: bool, mixed: bool) -> str:
        """The derivative of one step, by a marker."""
        narrow, number = self._number("%i")
        if self.step.startswith(FORCED) or f".of.{FORCED}" in self.step:
            narrow, number = "", "-1"
        items = [f"ptr @{quoted(self.step)}"]
        if mixed:
            items.append("ptr @enzyme_runtime_activity")
        if self.result is not ty.VOID:
            items.append("ptr @enzyme_const_return")
        items += ["ptr @enzyme_const", f"{self.index} {number}"]
        for arg in self.params:
            if ty.is_pointer(arg.type) or (forward and arg.is_float):
                items += ["ptr @enzyme_dup", arg.spelled, arg.shadow]
            else:
                items += [f"ptr @enzyme_{'out' if arg.is_float else 'const'}", arg.spelled]
        result, floats = ("void", []) if forward else self._gradients()
        marker = f"{self._marker(forward=forward)}({', '.join(items)})"
        call = f"  call {result} (ptr, ...) {marker}\n"
        if floats:
            call = f"  %g = {call.lstrip()}"
        for place, (at, arg) in enumerate(floats):
            got = "%g"
            if len(floats) > 1:
                got = f"%g{at}"
                call += f"  {got} = extractvalue {result} %g, {place}\n"
            call += f"  %sum{at} = fadd {arg.type} %{arg.name}.s, {got}\n"
            call += f"  store {arg.type} %sum{at}, ptr %at{2 * at + 1}\n"
        return (
            f"define internal void {self._at('.' + suffix)}(ptr %env, i64 %i) {{\n"
            f"{self._follow('turn')}{self._from_env(shadows=True)}{narrow}{call}  ret void\n}}"
        )

    def _marker(self, *, forward: bool) -> str:
        return "@" + quoted(f"__enzyme_{'fwddiff' if forward else 'autodiff'}_{self.name}")

    # ------------------------------------------------------------------ derivatives

    def _to_env(self, shadow: str) -> str:
        """Makes the environment. A float's shadow is `zero` or its `tangent`."""
        out = [f"  %env = alloca {self._env}, align 16"]
        for at, arg in enumerate(self.params):
            second = f"%{arg.name}.s"
            if arg.is_float and shadow == "zero":
                second = "zeroinitializer"
            for place, value in ((2 * at, f"%{arg.name}"), (2 * at + 1, second)):
                out.append(f"  %e{place} = getelementptr {self._env}, ptr %env, i32 0, i32 {place}")
                out.append(f"  store {arg.type} {value}, ptr %e{place}")
        return "\n".join(out) + "\n"

    def _list(self, kind: str, count: int, *, states: bool) -> list[str]:
        """Fills `%{kind}s` with what belongs to each state or region."""
        element = _STATE if states else _REGION
        out: list[str] = []
        for at in range(count):
            name = f"{kind}{at}"
            fields = [f"ptr %{name}", *([f"ptr %{name}.s"] if states else []), f"i64 %{name}bytes"]
            if states:
                fields.append(f"ptr {self._at(f'.kinds{at}')}" if kind == "state" else "ptr null")
            for place, text in enumerate(fields):
                slot = f"%{name}.{place}"
                number = at if not states or kind == "state" else self.states + at
                out.append(
                    f"  {slot} = getelementptr {element}, ptr %list, i32 {number}, i32 {place}"
                )
                out.append(f"  store {text}, ptr {slot}")
        return out

    def _memory(self) -> str:
        """The states and regions as an array `%list`; of a fixed-point iteration, how it ends."""
        count = max(1, self.states + self.regions)
        if not self._is_fixed:
            out = [f"  %list = alloca [{count} x {_REGION}], align 16"]
            out.append(f"  store [{count} x {_REGION}] zeroinitializer, ptr %list")
            out += self._list("region", self.regions, states=False)
            return "\n".join(out) + "\n"
        out = [f"  %list = alloca [{count} x {_STATE}], align 16"]
        out += self._list("state", self.states, states=True)
        out += self._list("region", self.regions, states=True)
        out.append("  %how = alloca { i64, i64, ptr }, align 8")
        for place, text in enumerate(("i64 %reduction", "i64 %most", "ptr %control")):
            out.append(
                f"  %h{place} = getelementptr {{ i64, i64, ptr }}, ptr %how, i32 0, i32 {place}"
            )
            out.append(f"  store {text}, ptr %h{place}")
        return "\n".join(out) + "\n"

    def _augmented(self) -> str:
        step = f"ptr {self._at('.step')}"
        if self._is_fixed:
            call = (
                "call ptr @__enzcc_fixed_point_forward(ptr %env, ptr %list,"
                f" i64 {self.states + self.regions}, {step})"
            )
        else:
            span = "i64 %start, i64 %count" if self._is_counted else "i64 0, i64 -1"
            call = (
                f"call ptr @__enzcc_checkpoint_forward(ptr %scheme, ptr %data, {span}, ptr %env,"
                f" ptr %list, i64 {self.regions}, {step})"
            )
        return (
            f"define internal ptr {self._at('.augmented')}({self._signature(floats=False)}) {{\n"
            f"{self._to_env('zero')}{self._memory()}{self._begin()}  %tape = {call}\n"
            f"{self._follow('end')}{self._hold()}  ret ptr %tape\n}}"
        )

    def _hold(self) -> str:
        if not self.slots:
            return ""
        return "  call void @__enzcc_pointers_hold(ptr %tape, ptr %table)\n"

    def _choice(self) -> str:
        """`%turn`: if no argument is constant, the derivative need not look."""
        if not self.plain:
            return f"  %turn = select i1 true, ptr {self._at('.turn')}, ptr null\n"
        out = ["  %any0 = or i1 false, false"]
        count = 0
        for arg in self.params:
            if ty.is_pointer(arg.type):
                out.append(f"  %same{count} = icmp eq ptr %{arg.name}, %{arg.name}.s")
                out.append(f"  %any{count + 1} = or i1 %any{count}, %same{count}")
                count += 1
        turns = f"ptr {self._at('.turn')}, ptr {self._at('.turn.plain')}"
        out.append(f"  %turn = select i1 %any{count}, {turns}")
        return "\n".join(out) + "\n"

    def _reverse(self) -> str:
        if self._is_fixed:
            call = (
                "  call void @__enzcc_fixed_point_reverse(ptr %tape, ptr %env, ptr %list,"
                f" i64 {self.states + self.regions}, i64 {self.states}, ptr %how, ptr %turn)\n"
            )
        else:
            call = (
                "  call void @__enzcc_checkpoint_reverse(ptr %tape, ptr %env, ptr %list,"
                f" i64 {self.regions}, ptr {self._at('.step')}, ptr %turn)\n"
            )
            if self.slots:
                held = self._table("call ptr @__enzcc_pointers_held(ptr %tape)")
                done = "  call void @__enzcc_pointers_done(ptr %table)\n"
                call = f"{held}{call}{self._follow('end')}{done}"
        result, floats = self._gradients()
        back = "  ret void\n"
        for at, arg in floats:
            back = f"{'' if back.startswith('  ret') else back}"
            back += f"  %got{at} = load {arg.type}, ptr %e{2 * at + 1}\n"
        if len(floats) == 1:
            back += f"  ret {result} %got{floats[0][0]}\n"
        elif floats:
            whole = "poison"
            for place, (at, arg) in enumerate(floats):
                back += (
                    f"  %r{place} = insertvalue {result} {whole}, {arg.type} %got{at}, {place}\n"
                )
                whole = f"%r{place}"
            back += f"  ret {result} {whole}\n"
        signature = ", ".join(filter(None, (self._signature(floats=False), "ptr %tape")))
        return (
            f"define internal {result} {self._at('.reverse')}({signature}) {{\n"
            f"{self._to_env('zero')}{self._memory()}{self._choice()}{call}{back}}}"
        )

    def _tangent(self) -> str:
        return (
            f"define internal void {self._at('.tangent')}({self._signature(floats=True)}) {{\n"
            f"{self._to_env('tangent')}{self._memory()}"
            "  call void @__enzcc_fixed_point_tangent(ptr %env, ptr %list,"
            f" i64 {self.states + self.regions}, i64 {self.states}, ptr %how,"
            f" ptr {self._at('.step')}, ptr {self._at('.slope')})\n  ret void\n}}"
        )

    def _registered(self) -> list[str]:
        functions = ", ".join(f"ptr {self._at(s)}" for s in ("", ".augmented", ".reverse"))
        name = quoted(f"__enzyme_register_gradient_{self.name}")
        out = [f"@{name} = internal global [3 x ptr] [{functions}]"]
        if self._is_fixed:
            functions = ", ".join(f"ptr {self._at(s)}" for s in ("", ".tangent"))
            name = quoted(f"__enzyme_register_derivative_{self.name}")
            out.append(f"@{name} = internal global [2 x ptr] [{functions}]")
        return out

    def _declarations(self, module: Module) -> list[str]:
        out = [f"@{w} = external global i32" for w in _WORDS if not module.has_symbol(w)]
        result, _ = self._gradients()
        out.append(f"declare {result} {self._marker(forward=False)}(ptr, ...)")
        if self._is_fixed:
            out.append(f"declare void {self._marker(forward=True)}(ptr, ...)")
            for at, kinds in enumerate(self.kinds):
                text = f'private constant [{len(kinds) + 1} x i8] c"{kinds}\\00"'
                out.append(f"{self._at(f'.kinds{at}')} = {text}")
            out += [
                "declare ptr @__enzcc_fixed_point_forward(ptr, ptr, i64, ptr)",
                "declare void @__enzcc_fixed_point_reverse(ptr, ptr, ptr, i64, i64, ptr, ptr)",
                "declare void @__enzcc_fixed_point_tangent(ptr, ptr, i64, i64, ptr, ptr, ptr)",
            ]
        else:
            out += [
                "declare ptr @__enzcc_checkpoint_forward(ptr, ptr, i64, i64, ptr, ptr, i64, ptr)",
                "declare void @__enzcc_checkpoint_reverse(ptr, ptr, ptr, i64, ptr, ptr)",
            ]
            if self.slots:
                out += [
                    "declare ptr @__enzcc_pointers_begin(ptr, i64, ptr, ptr, i64, ptr, i64)",
                    "declare void @__enzcc_pointers_follow(ptr)",
                    "declare void @__enzcc_pointers_hold(ptr, ptr)",
                    "declare ptr @__enzcc_pointers_held(ptr)",
                    "declare void @__enzcc_pointers_done(ptr)",
                ]
        names = [re.search(r'@"?([\w.]+)', line) for line in out]
        return [
            line
            for line, name in zip(out, names, strict=True)
            if name is not None and not module.has_symbol(name[1])
        ]


def has_loops(text: str) -> bool:
    """Has the module such loops?"""
    return "@__enzyme_register_gradient_" + PREFIX in text.replace('"', "")


def needs_plain_loops(request: Request, again: Set[str]) -> bool:
    """Is what it asks for differentiated again (and no step of such a loop), or wanted in several
    directions, which rules by hand cannot have where memory changes?"""
    caller = request.caller.name
    return request.width > 1 or (caller in again and not caller.startswith(PREFIX))


def with_plain_loops(annotations: Annotations) -> Annotations:
    """The same without derivatives by hand for such loops: where derivatives are differentiated,
    a loop is a loop, and the drivers, which call back, need not be looked into."""
    return replace(
        annotations,
        gradients={n: v for n, v in annotations.gradients.items() if not n.startswith(PREFIX)},
        derivatives={n: v for n, v in annotations.derivatives.items() if not n.startswith(PREFIX)},
    )


def without_traces(text: str) -> str:
    """The finished module: plain loops are to be inlined, what nobody calls is gone."""
    if PREFIX not in text:
        return text
    at = re.escape(PREFIX)
    text = re.sub(
        rf'^@"?__enzyme_register_(?:gradient|derivative)_{at}\d+"? = [^\n]*\n', "", text, flags=re.M
    )
    text = re.sub(
        rf'^(define internal void @"?{at}\d+"?\([^\n]*\))[^\n]*\{{$',
        r"\1 alwaysinline {",
        text,
        flags=re.M,
    )
    while True:
        names = re.findall(rf'^define internal [^\n@]*@("?{at}\d+\.\w+(?:\.\w+)*"?)\(', text, re.M)
        unused = [n for n in names if len(re.findall(rf"@{re.escape(n)}(?![\w.])", text)) == 1]
        if not unused:
            return text
        for name in unused:
            text = re.sub(
                rf"^define internal [^\n@]*@{re.escape(name)}\([^\n]*\{{\n.*?^\}}\n",
                "",
                text,
                flags=re.M | re.S,
            )


def uses_driver(text: str) -> bool:
    """Are the drivers of such loops, or the schemes that come with them, mentioned?"""
    return (
        "@__enzcc_checkpoint_" in text
        or f"@{NEVER}" in text
        or "@__enzcc_fixed_point_" in text
        or ("@enzyme_checkpoint_" in text.replace("@enzyme_checkpoint_region", ""))
    )
