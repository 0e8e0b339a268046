"""Probabilistic programming: functions that draw, traced, conditioned and differentiated.

A request (`__enzyme_trace`, `__enzyme_condition`, `__enzyme_likelihood`) makes a variant of its
function, in which each `__enzyme_sample` and `__enzyme_observe` adds to the log-likelihood and is
recorded:

    %x = call double @__enzyme_sample(ptr @draw, ptr @logpdf, ptr @address, double %m)
becomes
    %x = call double @draw..drawn(double %m)               ; as given: no derivative goes through
    %s = call double @logpdf(double %m, double %x)
    *likelihood += %s
    call void @enzcc.choice(ptr %trace, ptr @address, ptr %table, double %s, double %x)

Its extra parameters are the likelihood, the observations, the trace, and the table of an interface.
A request with a gradient then is one for reverse mode of the variant, in which the likelihood has a
shadow; choices and arguments pass through functions with a derivative by hand that puts their
adjoints into the trace. Outside of requests a sample is a call of its sampler, and an observation
its value. All this comes first.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NoReturn, final

from enzcc.ad.extras.backend import Backend, signature
from enzcc.errors import WrongChoice
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_float, zero
from enzcc.ir.clone import clone_function
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import CallBase, Instruction, Invoke, Phi, Return
from enzcc.ir.invokes import take_place
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType, PointerType, Type
from enzcc.ir.values import Argument, ConstantWord, Global, Value
from enzcc.markers import MarkerCall, Mode, find_marker_calls
from enzcc.markers.fit import convert
from enzcc.markers.names import marker_text
from enzcc.markers.site import Site

SAMPLE: Final = "__enzyme_sample"
OBSERVE: Final = "__enzyme_observe"
_SETTINGS: Final = {
    "enzyme_trace": 1,
    "enzyme_duptrace": 1,
    "enzyme_observations": 1,
    "enzyme_likelihood": 1,
    "enzyme_duplikelihood": 2,
    "enzyme_active_rand_var": 1,
    "enzyme_interface": 1,
}
_ACTIVITIES: Final = ("enzyme_const", "enzyme_dup", "enzyme_dupnoneed", "enzyme_out")
_NULL: Final = ConstantWord(ty.PTR, "null")


def answer_choices(text: str) -> str | None:
    """The module with its probabilistic requests answered, None if it has none."""
    if not any(name in text for name in (SAMPLE, OBSERVE, *(f"__enzyme_{r}" for r in _REQUESTS))):
        return None
    choices = _Choices(Module.parse(text))
    found = [m for m in find_marker_calls(choices.module) if m.mode is Mode.PROBABILISTIC]
    if not found:
        return None
    made = [m for m in found if _is_choice(m.call) is not None]
    for marker in found:
        if marker not in made:
            choices.request(marker)
    for marker in made:
        choices.plain(marker)
    return choices.finish()


_REQUESTS: Final = ("trace", "condition", "likelihood")


def _is_choice(call: Instruction) -> str | None:
    """SAMPLE or OBSERVE, if that is what is called."""
    if not isinstance(call, CallBase) or not isinstance(call.callee, Global):
        return None
    text = marker_text(call.callee.name)
    return text if text in (SAMPLE, OBSERVE) else None


@final
@dataclass(frozen=True)
class _Variant:
    """What a variant does: record, replay observations, put gradients into the trace."""

    traced: bool
    observed: bool
    gradients: bool
    dynamic: bool
    active: frozenset[str] | None = field(default=None)

    @property
    def suffix(self) -> str:
        words = ["traced" if self.traced else "likelihood"]
        words += ["observed"] if self.observed else []
        words += ["gradients"] if self.gradients else []
        return ".".join([*words, *sorted(self.active or ())])


@final
@dataclass
class _Given:
    """The words of a request: its operands by name; the rest are arguments."""

    settings: dict[str, list[Value]]
    names: list[str]
    rest: list[int]

    def first(self, *words: str) -> Value | None:
        """The operand of the first of these words that is there."""
        return next((self.settings[w][0] for w in words if w in self.settings), None)


class _Choices:
    """One module while its requests are answered."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.backend = Backend(module)
        self.variants: dict[tuple[str, _Variant], Function] = {}
        self.changed: dict[str, None] = {}
        self.requests = 0
        self._choosing: dict[str, bool] = {}

    # ------------------------------------------------------------------ requests

    def request(self, found: MarkerCall) -> None:
        """Answer a request: a call of the variant, or a request for its gradient."""
        site = Site(self.module, found.caller, found.call)
        function = self._function(site, found.call.arguments[site.start], "to be run")
        given = self._given(site)
        settings = given.settings
        if SAMPLE in site.name or found.call.block is None:
            return
        gradient = bool({"enzyme_duptrace", "enzyme_duplikelihood"} & settings.keys())
        trace = given.first("enzyme_duptrace", "enzyme_trace")
        observations = given.first("enzyme_observations")
        self._check(site, given, trace, observations)
        table = given.first("enzyme_interface")
        variant = _Variant(
            trace is not None,
            observations is not None,
            "enzyme_duptrace" in settings,
            table is not None,
            frozenset(given.names) if given.names else None,
        )
        self.backend.check(site, variant.traced, variant.observed, variant.gradients, table)
        made = self.variant(function.name, variant)
        emit = Builder(found.call.block, found.call)
        likelihood, shadow = self._likelihood(found.caller, emit, settings)
        extra = [likelihood, observations or _NULL, trace or _NULL, table or _NULL]
        if gradient:
            self._differentiate(site, emit, made, given, extra, shadow)
        else:
            self._call(site, emit, made, given, extra)
        self.changed[found.caller.name] = None

    def _check(
        self, site: Site, given: _Given, trace: Value | None, observations: Value | None
    ) -> None:
        if "condition" in site.marker and observations is None:
            self._fail(site, f"'{site.marker}' without 'enzyme_observations'")
        if "likelihood" not in site.marker and trace is None:
            self._fail(site, f"'{site.marker}' without 'enzyme_trace' or 'enzyme_duptrace'")
        if "likelihood" in site.marker and not {
            "enzyme_likelihood",
            "enzyme_duplikelihood",
        } & (given.settings.keys()):
            self._fail(site, f"'{site.marker}' without 'enzyme_likelihood'")

    def _given(self, site: Site) -> _Given:
        """Sorts the arguments behind the function."""
        settings: dict[str, list[Value]] = {}
        names: list[str] = []
        rest: list[int] = []
        values = site.call.arguments
        at = site.start + 1
        while at < len(values):
            word = site.tracer.word(values[at]) or ""
            count = _SETTINGS.get(word)
            if count is None:
                rest.append(at)
                at += 1
                continue
            operands = values[at + 1 : at + 1 + count]
            if len(operands) < count:
                self._fail(site, f"nothing follows '{word}'")
            if any(not isinstance(v.type, PointerType) for v in operands):
                self._fail(site, f"the operand of '{word}' has to be a pointer")
            if word == "enzyme_active_rand_var":
                names.append(self._string(operands[0]))
            else:
                settings[word] = operands
            at += 1 + count
        return _Given(settings, names, rest)

    def _likelihood(
        self, caller: Function, emit: Builder, settings: dict[str, list[Value]]
    ) -> tuple[Value, Value]:
        """Where the log-likelihood is summed, and its shadow."""
        both = settings.get("enzyme_duplikelihood")
        if both is not None:
            return both[0], both[1]
        entry = caller.entry
        start = Builder(entry, entry.instructions[0])
        found: list[Value] = list(settings.get("enzyme_likelihood") or [])
        if not found:
            found.append(start.alloca(ty.DOUBLE, align=8))
            emit.store(const_float(ty.DOUBLE, 0), found[0], 8)
        shadow = start.alloca(ty.DOUBLE, align=8)
        emit.store(const_float(ty.DOUBLE, 1), shadow, 8)
        return found[0], shadow

    def _call(
        self, site: Site, emit: Builder, made: Function, given: _Given, extra: list[Value]
    ) -> None:
        """Without a gradient: the variant is called."""
        call = site.call
        arguments, attributes = self._arguments(site, made, given, emit)
        arguments += extra
        attributes += [""] * len(extra)
        new = emit.call(made.symbol, made.type, arguments, attributes=attributes, tail=call.dbg)
        if call.type is ty.VOID:
            pass
        elif new.type is call.type:
            call.replace_with(new)
        elif made.type.result is ty.VOID:
            call.replace_with(zero(call.type))
        else:
            self._fail(site, f"'{site.marker}' returns '{call.type}', its function '{new.type}'")
        take_place(call, new)
        self.changed[site.caller.name] = None

    def _arguments(
        self, site: Site, made: Function, given: _Given, emit: Builder
    ) -> tuple[list[Value], list[str]]:
        """The arguments of the function, without words and shadows."""
        params = made.args[:-4]
        values = site.call.arguments
        words = {n: site.tracer.word(values[n]) for n in given.rest}
        plain = [n for n in given.rest if words[n] not in _ACTIVITIES]
        chosen: list[int] = []
        if len(plain) == len(params):
            chosen = plain
        else:
            word, at = "", 0
            while at < len(given.rest):
                number = given.rest[at]
                at += 1
                if words[number] in _ACTIVITIES:
                    word = words[number] or ""
                    continue
                chosen.append(number)
                pointer = isinstance(values[number].type, PointerType)
                at += word.startswith("enzyme_dup") or (not word and pointer)
                word = ""
        if len(chosen) != len(params):
            self._fail(site, f"'{site.marker}' passes {len(chosen)} arguments of {len(params)}")
        out: list[Value] = []
        for number, param in zip(chosen, params, strict=True):
            fitted = _fit(values[number], param.type, emit)
            if fitted is None:
                self._fail(
                    site,
                    f"argument {param.index + 1} is '{values[number].type}', not '{param.type}'",
                )
            out.append(fitted)
        return out, [site.call.attributes[n] for n in chosen]

    def _differentiate(
        self,
        site: Site,
        emit: Builder,
        made: Function,
        given: _Given,
        extra: list[Value],
        shadow: Value,
    ) -> None:
        """With a gradient: a request for reverse mode of the variant."""
        call, module = site.call, self.module
        self.requests += 1
        kept = [*range(site.start), *given.rest]
        kind = ty.function(call.type, (ty.PTR,), vararg=True)
        marker = module.declare(f"__enzyme_autodiff..choices.{self.requests}", kind)
        likelihood, *others = extra
        const, dup = self._word(emit, "enzyme_const"), self._word(emit, "enzyme_dup")
        head = [call.arguments[n] for n in range(site.start)]
        rest = [call.arguments[n] for n in given.rest]
        tail = [dup, likelihood, shadow]
        for other in others:
            tail += [const, other]
        tail.append(self._word(emit, "enzyme_const_return"))
        attributes = [call.attributes[n] for n in range(site.start)] + [""]
        attributes += [call.attributes[n] for n in given.rest] + [""] * len(tail)
        assert len(kept) == len(head) + len(rest)
        arguments = [*head, made.symbol, *rest, *tail]
        new = emit.call(marker, kind, arguments, attributes=attributes, tail=call.dbg)
        if call.type is not ty.VOID:
            call.replace_with(new)
        take_place(call, new)
        self.changed[site.caller.name] = None

    def _word(self, emit: Builder, name: str) -> Value:
        if not self.module.has_symbol(name):
            self.module.add_global_text(f"@{name} = external global i32")
        return emit.load(ty.I32, self.module.symbol(name), 4)

    def _erase(self, caller: Function, call: CallBase) -> None:
        if isinstance(call, Invoke):
            block = call.block
            assert block is not None
            for phi in call.targets[1].phis():
                _forget(phi, block)
            Builder(block, call).branch(call.targets[0])
        call.erase()
        self.changed[caller.name] = None

    def _function(self, site: Site, operand: Value, what: str) -> Global:
        sources = site.tracer.sources(operand)
        if len(sources) == 1 and isinstance(sources[0], Global):
            found = sources[0]
            if found.kind == "function" and (self.module.defines(found.name) or "run" not in what):
                return found
        self._fail(site, f"cannot tell which function is {what}, or it is defined elsewhere")

    def _fail(self, site: Site, message: str, remedy: str = "") -> NoReturn:
        raise WrongChoice(site.location, message, remedy=remedy)

    def _string(self, value: Value) -> str:
        """The text of a constant string, or the name of the constant."""
        if isinstance(value, Global) and self.module.has_symbol(value.name):
            line = self.module.symbol(value.name).line
            if ' c"' in line:
                return line.partition(' c"')[2].rpartition('"')[0].removesuffix("\\00")
            return value.name
        return ""

    # ------------------------------------------------------------------ variants

    def variant(self, name: str, variant: _Variant) -> Function:
        """The variant of a function, made once."""
        key = (name, variant)
        if key in self.variants:
            return self.variants[key]
        source = self.module.function(name)
        made, _ = clone_function(source, self.module, f"{name}..{variant.suffix}")
        made.header = "internal"
        for index, extra in enumerate(("likelihood", "observations", "trace", "interface")):
            argument = Argument(ty.PTR, f"enzcc.{extra}", "", len(source.args) + index)
            argument.function = made
            made.args.append(argument)
        pointers = (ty.PTR,) * 4
        made.type = ty.function(source.type.result, (*source.type.params, *pointers))
        self.module.add_function(made)
        self.variants[key] = made
        self.changed[made.name] = None
        self._fill(made, name, variant)
        return made

    def _fill(self, made: Function, name: str, variant: _Variant) -> None:
        calls = [i for i in made.instructions() if isinstance(i, CallBase)]
        returns = [i for i in made.instructions() if isinstance(i, Return) and i.operands]
        if variant.traced:
            self._record_entry(made, name, variant)
            trace, table = made.args[-2:]
            for inst in returns:
                assert inst.block is not None
                emit = Builder(inst.block, inst)
                self.backend.insert_return(emit, trace, table, inst.operands[0])
        counts: dict[str, int] = {}
        for call in calls:
            kind = _is_choice(call)
            if kind is not None:
                self._choice(made, call, kind, variant)
            elif isinstance(call.callee, Global) and self.chooses(call.callee.name):
                callee = call.callee.name
                counts[callee] = counts.get(callee, 0) + 1
                address = callee if counts[callee] == 1 else f"{callee}.{counts[callee]}"
                self._inner(made, call, address, variant)

    def _record_entry(self, made: Function, name: str, variant: _Variant) -> None:
        """The function, its arguments, and their gradients."""
        likelihood, _, trace, table = made.args[-4:]
        emit = Builder(made.entry, made.entry.instructions[0])
        self.backend.insert_function(emit, trace, table, self.module.symbol(name))
        for arg in made.args[:-4]:
            if "sret(" in arg.attributes or "byval(" in arg.attributes:
                continue
            spelled = arg.name if arg.name and not arg.name.isdigit() else f"arg{arg.index}"
            text = self.module.text_constant(spelled.removesuffix(".coerce"))
            self.backend.insert_argument(emit, trace, table, text, arg)
            if variant.gradients and isinstance(arg.type, FloatType):
                users = list(arg.users)
                hooked = self.backend.gradient(
                    emit, "argument", arg, likelihood, trace, text, table
                )
                for user in users:
                    if user is not hooked and not self.backend.is_record(user):
                        user.replace(arg, hooked)

    def chooses(self, name: str) -> bool:
        """Does a function sample or observe, itself or through others?"""
        if name not in self._choosing:
            self._choosing[name] = False  # while we look: recursion adds nothing
            found = False
            if self.module.defines(name) and not name.startswith("enzcc."):
                for other in sorted(self.module.calls_in_text(name)):
                    text = marker_text(other)
                    found = found or text in (SAMPLE, OBSERVE) or self.chooses(other)
            self._choosing[name] = found
        return self._choosing[name]

    def _inner(self, made: Function, call: CallBase, address: str, variant: _Variant) -> None:
        """A call of a function that chooses, too: it gets a trace of its own."""
        assert isinstance(call.callee, Global)
        assert call.block is not None
        inner = self.variant(call.callee.name, variant)
        likelihood, observations, trace, table = made.args[-4:]
        emit = Builder(call.block, call)
        sub: Value = _NULL
        given: Value = _NULL
        text = self.module.text_constant(address)
        if variant.traced:
            sub = self.backend.new_trace(emit, table)
        if variant.observed:
            given = self.backend.sub_observations(emit, observations, text, table)
        extra = [likelihood, given, sub, table]
        arguments = [*call.arguments, *extra]
        attributes = [*call.attributes, *[""] * len(extra)]
        new: Value
        end = call.dbg
        if isinstance(call, Invoke):
            back = made.add_block("", after=call.block)
            following = call.targets[0]
            for phi in following.phis():
                phi.blocks = [back if b is call.block else b for b in phi.blocks]
            new = emit.invoke(
                inner.symbol,
                inner.type,
                arguments,
                [back, call.targets[1]],
                end=end,
                attributes=attributes,
            )
            emit = Builder(back)
            emit.branch(following)
            emit = Builder(back, back.terminator)
        else:
            new = emit.call(inner.symbol, inner.type, arguments, attributes=attributes, tail=end)
        if variant.traced:
            self.backend.insert_call(emit, trace, text, sub, table)
        if call.type is not ty.VOID:
            call.replace_with(new)
        call.erase()

    def _choice(self, made: Function, call: CallBase, kind: str, variant: _Variant) -> None:
        """One sample or observation."""
        assert call.block is not None
        site = Site(self.module, made, call)
        likelihood, observations, trace, table = made.args[-4:]
        emit = Builder(call.block, call)
        first, address, params = self._operands(site, kind)
        logpdf = self._function(site, call.arguments[site.start + 1], "the log density")
        value: Value
        if kind == SAMPLE:
            sampler = self._function(site, first, "the sampler")
            params = self._fitted(site, sampler, params, emit)
            value = self.backend.draw(
                emit, sampler, params, observations if variant.observed else None, address, table
            )
            active = variant.active is None or self._string(address) in variant.active
            if variant.gradients and active and isinstance(value.type, FloatType):
                value = self.backend.gradient(
                    emit, "choice", value, likelihood, trace, address, table
                )
        else:
            value = first
        scored = self._fitted(site, logpdf, [*params, value], emit)
        type = signature(logpdf)
        score: Value = emit.call(logpdf, type, scored, tail=call.dbg)
        if score.type is ty.FLOAT:
            score = emit.cast("fpext", score, ty.DOUBLE)
        if score.type is not ty.DOUBLE:
            self._fail(site, f"the log density '{logpdf.name}' has to return a double")
        total = emit.fadd(emit.load(ty.DOUBLE, likelihood, 8), score)
        emit.store(total, likelihood, 8)
        if variant.traced and kind == SAMPLE:
            self.backend.insert_choice(emit, trace, address, table, score, value)
        self._result(site, made, call, value)

    def _operands(self, site: Site, kind: str) -> tuple[Value, Value, list[Value]]:
        values = site.call.arguments[site.start :]
        if len(values) < 3:
            self._fail(site, f"'{kind}' takes a log density and an address")
        if not isinstance(values[2].type, PointerType):
            self._fail(site, f"the third argument of '{kind}' is an address, a string")
        return values[0], values[2], list(values[3:])

    def _fitted(
        self, site: Site, function: Global, values: list[Value], emit: Builder
    ) -> list[Value]:
        """The values as the function takes them: what `...` has promoted is narrowed again."""
        params = signature(function).params
        if len(params) != len(values):
            self._fail(
                site,
                f"'{function.name}' takes {len(params)} arguments, and is given {len(values)}",
                remedy="a log density takes the parameters of the sampler, and the value",
            )
        out: list[Value] = []
        for number, (value, type) in enumerate(zip(values, params, strict=True)):
            fitted = _fit(value, type, emit)
            if fitted is None:
                self._fail(
                    site,
                    f"argument {number + 1} of '{function.name}' is '{type}', not '{value.type}'",
                )
            out.append(fitted)
        return out

    def _result(self, site: Site, caller: Function, call: CallBase, value: Value) -> None:
        assert call.block is not None
        if call.type is not ty.VOID:
            emit = Builder(call.block, call)
            if isinstance(value.type, FloatType) and isinstance(call.type, FloatType):
                wider = call.type.bits > value.type.bits
                if value.type is not call.type:
                    value = emit.cast("fpext" if wider else "fptrunc", value, call.type)
            if value.type is not call.type:
                self._fail(site, f"'{site.marker}' is declared to return '{call.type}'")
            call.replace_with(value)
        self._erase(caller, call)

    # ------------------------------------------------------------------ elsewhere

    def plain(self, found: MarkerCall) -> None:
        """Outside of requests: the sampler is called, an observation is its value."""
        site = Site(self.module, found.caller, found.call)
        kind = _is_choice(found.call)
        assert kind is not None
        assert found.call.block is not None
        first, _, params = self._operands(site, kind)
        value = first
        if kind == SAMPLE:
            emit = Builder(found.call.block, found.call)
            sampler = self._function(site, first, "the sampler")
            params = self._fitted(site, sampler, params, emit)
            value = emit.call(sampler, signature(sampler), params, tail=found.call.dbg)
        self._result(site, found.caller, found.call, value)

    def finish(self) -> str:
        for name in self.changed:
            self.module.function(name).name_everything()
        return self.backend.finish(self.module)


def _fit(value: Value, type: Type, emit: Builder) -> Value | None:
    """The value as that type, where `...` has promoted it; None if it is another."""
    opcode = convert(value, type, narrow=True)
    if opcode is None and isinstance(value.type, FloatType) and isinstance(type, FloatType):
        opcode = "fptrunc" if type.bits < value.type.bits else "fpext"
    if opcode is None:
        return None
    return emit.cast(opcode, value, type) if opcode else value


def _forget(phi: Phi, block: Block) -> None:
    """A phi without what came from a block."""
    kept = [(v, b) for v, b in phi.incoming() if b is not block]
    phi.drop_operands()
    phi.blocks = []
    for value, source in kept:
        phi.add_incoming(value, source)
