"""Checkpointed loops and fixed-point iterations: markers that are loops with derivatives by hand.

    __enzyme_checkpoint_for(step, start, count, words..., arguments...)
    -->
    call void @enzcc.loop.0(i64 %start, i64 %count, ptr %scheme, ptr %data, ..., arguments...)

`@enzcc.loop.0` is the plain loop. Two functions are registered as its gradient: one runs the loop
as the schedule says, the other goes backward and asks for the derivative of a single step, by a
marker call of its own. The drivers are in `runtime/loops`; they get the arguments in an
*environment*, a struct in memory, and call back with the number of the step.

State that a step keeps in global variables is passed to the loop (`iterations.captured`), so that
it is saved and has derivatives like all else.
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, final

from enzcc import llvm
from enzcc.ad.iterations.captured import Captured, capture, reachable
from enzcc.ad.iterations.looptext import NEVER, PREFIX, Arg, LoopText
from enzcc.ad.iterations.pointerstate import Held, Moves, Place, moved_pointers
from enzcc.analysis.tbaa import access_name, declared_parameters, pointee
from enzcc.errors import (
    InternalError,
    MisplacedWord,
    NoBody,
    NotAFunction,
    UnknownWord,
    Unsupported,
    WrongCount,
    WrongType,
)
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_float, const_int, zero
from enzcc.ir.instructions import Alloca, CallBase, Load
from enzcc.ir.invokes import Handler
from enzcc.ir.module import Module
from enzcc.ir.types import Type
from enzcc.ir.values import Global, Value, is_zero
from enzcc.markers import MarkerCall, Mode, find_marker_calls
from enzcc.markers.fit import convert, leaves, spoken
from enzcc.markers.site import Item, Site
from enzcc.markers.small import HINT_EFFECTS, WEAK_HINT
from enzcc.markers.words import WORDS
from enzcc.patterns import pattern
from enzcc.rules import is_repeatable

LOOPS: Final = ("__enzyme_checkpoint_for", "__enzyme_checkpoint_while", "__enzyme_fixed_point")
DEFAULT_SCHEME: Final = "enzyme_checkpoint_periodic"

# fmt: off
_OPERANDS: Final = {
    # word                      operands   in checkpointed loops, in fixed-point iterations
    "enzyme_scheme":            (2,        True,  False),
    "enzyme_checkpoint_region": (2,        True,  True),
    "enzyme_fp_state":          (2,        False, True),
    "enzyme_fp_reduction":      (1,        False, True),
    "enzyme_fp_max_iters":      (1,        False, True),
    "enzyme_fp_control":        (1,        False, True),
}
# fmt: on


@final
@dataclass
class _Read:
    """What a marker call says: values by word, and what is left for the step."""

    scheme: tuple[Value, Value] | None = None
    regions: list[tuple[Value, Value]] = field(default_factory=list)
    states: list[tuple[Value, Value]] = field(default_factory=list)
    reduction: Value | None = None
    most: Value | None = None
    control: Value | None = None
    rest: list[Item] = field(default_factory=list)


def lower_loops(text: str) -> str:
    """The module with these markers as calls of loops that have derivatives by hand."""
    if not any(name in text for name in LOOPS):
        return text
    number = 0
    while True:
        module = Module.parse(text)
        markers = find_marker_calls(module)
        found = [f for f in markers if _is_loop(f)]
        if not found:
            return text
        others = (Mode.CHECKPOINT, Mode.FIXED_POINT)
        derivatives = any(f.mode not in others for f in markers)
        parts = _Lowering(module, _innermost(module, found), number).lower(derivatives=derivatives)
        text = "\n\n".join((module.print(), *dict.fromkeys(parts)))
        try:
            text = llvm.normalise(text)
        except llvm.InvalidIR as error:
            raise InternalError(f"a loop was replaced by invalid IR: {error}") from error
        number += 1


def _innermost(module: Module, found: list[MarkerCall]) -> MarkerCall:
    """One whose step leads to no other: what a step uses has to be seen."""
    callers = {f.caller.name for f in found}
    for one in found:
        operand = one.call.arguments[:1]
        steps = [s for o in operand for s in Site(module, one.caller, one.call).tracer.sources(o)]
        names = [s.name for s in steps if isinstance(s, Global)]
        if not any(callers & set(reachable(module, name)) for name in names):
            return one
    return found[0]


def _is_loop(found: MarkerCall) -> bool:
    callee = found.call.callee
    return isinstance(callee, Global) and any(name in callee.name for name in LOOPS)


@final
class _Lowering:
    """One marker call on its way."""

    def __init__(self, module: Module, found: MarkerCall, number: int) -> None:
        self.module, self.number = module, number
        self.site = Site(module, found.caller, found.call)
        self.call, self.handler = Handler.taken_from(found.call)
        assert self.call.block is not None
        self.debug = self.call.dbg
        self.emit = Builder(self.call.block, self.call)
        self.kind = next(name for name in LOOPS if name in self.site.name)

    @property
    def fixed(self) -> bool:
        return self.kind == "__enzyme_fixed_point"

    @property
    def counted(self) -> bool:
        return self.kind == "__enzyme_checkpoint_for"

    def lower(self, *, derivatives: bool) -> list[str]:
        """Replaces the call; the functions it needs, as text."""
        site, emit = self.site, self.emit
        step = self._step()
        site.callee = self.module.function(step)
        moves = moved_pointers(self.module, step)
        if moves.wrong is not None or (moves.places and self.fixed):
            raise Unsupported(
                self.module.location(moves.wrong or site.call) or site.location,
                "a step of a loop that keeps few states stores a pointer",
                because="the state is saved and restored, but the shadows that belong to its"
                " pointers are not",
                remedy="copy the data instead of exchanging pointers, or leave the loop as it is",
            )
        if not self.fixed:
            self._require_repeatable(step)
        self.declared = dict(declared_parameters(self.module, site.callee))
        read = self._read()
        arguments = self._arguments(read.rest)
        name = f"{PREFIX}{self.number}"
        captured = capture(self.module, step, name, site.location)
        leading: list[tuple[str, Value]] = []
        if self.counted:
            count = 2
            if len(self._operands) < count:
                site.fail(
                    WrongCount,
                    f"'{self.kind}' without start and count",
                    remedy=f"write '{self.kind}(step, start, count, arguments...)'",
                )
            for what, value in zip(("start", "count"), self._operands, strict=False):
                leading.append((what, self._integer(value, what)))
        if not self.fixed:
            scheme, data = read.scheme or (self._default_scheme(), zero(ty.PTR))
            leading += [("scheme", scheme), ("data", data)]
        else:
            # as bits: no derivative by it is wanted
            leading.append(("reduction", emit.cast("bitcast", self._reduction(read), ty.I64)))
            leading.append(("most", self._most(read)))
            leading.append(("control", read.control or zero(ty.PTR)))
            if not read.states:
                site.fail(
                    WrongCount,
                    f"'{self.kind}' without a state",
                    because="its derivative is that of the state it has come to",
                    remedy="name it: 'enzyme_fp_state, pointer, bytes'",
                )
        for kind, pairs in (("state", read.states), ("region", read.regions)):
            for at, (pointer, size) in enumerate(pairs):
                leading.append((f"{kind}{at}", pointer))
                leading.append((f"{kind}{at}bytes", self._integer(size, f"size of a {kind}")))
        for variable, bytes_written in captured.variables:
            if bytes_written:
                region = self.module.symbol(variable), const_int(ty.I64, bytes_written)
                leading.append((f"region{len(read.regions)}", region[0]))
                leading.append((f"region{len(read.regions)}bytes", region[1]))
                read.regions.append(region)
        callee = site.callee
        params = [
            Arg(a.type, _abi(self.module, a.attributes), f"a{a.index}") for a in callee.args[1:]
        ]
        params += [Arg(ty.PTR, "", f"variable{at}") for at in range(len(captured.variables))]
        arguments += [self.module.symbol(variable) for variable, _ in captured.variables]
        text = LoopText(
            name=name,
            kind=self.kind,
            step=captured.step,
            index=callee.args[0].type,
            result=callee.type.result,
            leading=[Arg(v.type, "", n) for n, v in leading],
            params=params,
            states=len(read.states),
            regions=len(read.regions),
            kinds=[self._kinds(pointer, read) for pointer, _ in read.states],
            plain=not _follows_pointers(self.module, step),
            slots=[self._slot(place, captured) for place in moves.places],
        )
        if derivatives:
            self._meet(moves, arguments)
        for param, value in zip(callee.args[1:], arguments, strict=False):
            hint_pointee(self.module, emit, value, self.declared.get(param.index))
        values = [v for _, v in leading] + arguments
        types = ty.function(ty.VOID, tuple(v.type for v in values))
        new = emit.call(
            Global(text.name),
            types,
            values,
            attributes=["" for _ in leading]
            + [f"{p.attributes} " if p.attributes else "" for p in params],
            tail=self.debug,
        )
        if self.call.users:
            self.call.replace_with(zero(self.call.type))
        self.call.erase()
        self.handler.protect(new)
        return [*captured.functions, *text.all(self.module, derivatives=derivatives)]

    def _require_repeatable(self, step: str) -> None:
        """Steps run again from a state that was kept."""
        for name in reachable(self.module, step):
            for inst in self.module.function(name).instructions():
                if not isinstance(inst, CallBase) or not isinstance(inst.callee, Global):
                    continue
                called = inst.callee.name
                if not self.module.defines(called) and not is_repeatable(
                    called, inst.function_type
                ):
                    raise Unsupported(
                        self.module.location(inst) or self.site.location,
                        f"a step of a loop that keeps few states calls '{called}'",
                        because="the step is run again from a state that was kept, and this"
                        " function goes on from a state of its own",
                        remedy="call it in front of the loop, or use one whose state is in memory"
                        " of the program ('erand48', 'rand_r')",
                    )

    # ------------------------------------------------------------------ pointers in the state

    def _slot(self, place: Place, captured: Captured) -> tuple[str, int]:
        """The parameter of the loop behind which a pointer lies, and how far."""
        if isinstance(place.base, int):
            return f"a{place.base}", place.offset
        at = [variable for variable, _ in captured.variables].index(place.base)
        return f"variable{at}", place.offset

    def _meet(self, moves: Moves, arguments: list[Value]) -> None:
        """What the step does to pointers is done in front of the loop, if something is true that
        never is: the analyses, which do not look into the step, see which pointers meet."""
        emit = self.emit
        asks = ty.function(ty.I1, (ty.I64,))
        effects = "nounwind willreturn memory(none)"
        count = 0

        def address(place: Place) -> Value:
            base = (
                arguments[place.base - 1]
                if isinstance(place.base, int)
                else self.module.symbol(place.base)
            )
            return emit.offset(base, const_int(ty.I64, place.offset)) if place.offset else base

        for place, sources in moves.places.items():
            value: Value = emit.load(ty.PTR, address(place))
            for source in sources:
                other = (
                    emit.load(ty.PTR, address(source.place))
                    if isinstance(source, Held)
                    else address(source)
                )
                never = self.module.declare(NEVER, asks, effects)
                condition = emit.call(never, asks, [const_int(ty.I64, count)])
                value = emit.select(condition, other, value)
                count += 1
            emit.store(value, address(place))

    # ------------------------------------------------------------------ reading

    def _step(self) -> str:
        site = self.site
        if len(self.call.arguments) <= site.start:
            site.fail(WrongCount, f"'{self.kind}' without a function for a step")
        sources = [
            s for s in site.tracer.sources(self.call.arguments[site.start]) if not is_zero(s)
        ]
        if len(sources) != 1 or not isinstance(sources[0], Global):
            site.fail(NotAFunction, f"'{self.kind}' needs the name of a function for a step", 0)
        name = sources[0].name
        if not self.module.defines(name):
            site.fail(
                NoBody,
                f"the step '{name}' has no definition in this file",
                0,
                remedy="define it in this file, or in a header that it includes",
            )
        step = self.module.function(name)
        if step.type.vararg or not step.args or not ty.is_int(step.args[0].type):
            site.fail(
                WrongType,
                f"the step '{name}' does not take the number of the step",
                0,
                because="its first parameter has to be an integer, and it must not be variadic",
            )
        if not self.counted and not ty.is_int(step.type.result):
            site.fail(
                WrongType,
                f"the step '{name}' does not say whether to go on",
                0,
                because=f"'{self.kind}' calls it until it returns 0",
                remedy="let it return an 'int'",
            )
        return name

    def _read(self) -> _Read:
        site, out = self.site, _Read()
        arguments = self.call.arguments
        items = [
            Item(value, "", number, None)
            for number, value in enumerate(arguments[site.start + 1 :], 1)
        ]
        self._operands = []
        if self.counted:
            self._operands = [item.value for item in items[:2]]
            items = items[2:]
        while items:
            item = items.pop(0)
            word = site.tracer.word(item.value)
            if word is None:
                out.rest.append(item)
                continue
            if word not in _OPERANDS or not _OPERANDS[word][1 + int(self.fixed)]:
                if word in WORDS:
                    site.fail(MisplacedWord, f"'{word}' says nothing in '{self.kind}'", item)
                site.fail(UnknownWord, f"unknown word '{word}'", item)
            wanted = _OPERANDS[word][0]
            if len(items) < wanted:
                site.fail(WrongCount, f"'{word}' needs {wanted} operands behind it", item)
            given, items = [i.value for i in items[:wanted]], items[wanted:]
            self._note(out, word, given)
        return out

    def _note(self, out: _Read, word: str, given: list[Value]) -> None:
        match word:
            case "enzyme_scheme":
                out.scheme = given[0], given[1]
            case "enzyme_checkpoint_region":
                out.regions.append((given[0], given[1]))
            case "enzyme_fp_state":
                out.states.append((given[0], given[1]))
            case "enzyme_fp_reduction":
                out.reduction = given[0]
            case "enzyme_fp_max_iters":
                out.most = given[0]
            case "enzyme_fp_control":
                out.control = given[0]
        for value in given:
            number = word in ("enzyme_fp_reduction", "enzyme_fp_max_iters")
            if value is given[0] and not number and not ty.is_pointer(value.type):
                self.site.fail(
                    WrongType,
                    f"'{word}' needs a pointer behind it, and got {spoken(value.type)}",
                )

    def _arguments(self, items: list[Item]) -> list[Value]:
        site = self.site
        params = site.callee.args[1:]
        if len(items) != len(params):
            site.fail(
                WrongCount,
                f"'{site.callee.name}' gets {len(items)} argument{'s' * (len(items) != 1)} behind"
                f" the number of the step, and takes {len(params)}",
                because=site.signature(),
            )
        return [self._fitted(i, p.type) for i, p in zip(items, params, strict=True)]

    def _fitted(self, item: Item, type: Type) -> Value:
        value, emit = item.value, self.emit
        if ty.is_pointer(value.type) and not ty.is_pointer(type):  # by reference, as in Fortran
            return emit.load(type, value)
        opcode = convert(value, type, narrow=True)
        if opcode is not None:
            return emit.cast(opcode, value, type) if opcode else value
        match value.type, type:
            case ty.IntType(), ty.IntType():
                opcode = "sext" if value.type.bits < type.bits else "trunc"
            case ty.FloatType(), ty.FloatType():
                opcode = "fpext" if value.type.bits < type.bits else "fptrunc"
            case ty.IntType(), ty.FloatType():
                opcode = "sitofp"
            case _:
                self.site.fail(
                    WrongType,
                    f"'{self.site.callee.name}' takes {spoken(type)} here, and gets"
                    f" {spoken(value.type)}",
                    item,
                )
        return emit.cast(opcode, value, type)

    def _integer(self, value: Value, what: str) -> Value:
        if ty.is_pointer(value.type):
            value = self.emit.load(ty.I64, value)
        if not isinstance(value.type, ty.IntType):
            self.site.fail(WrongType, f"the {what} is {spoken(value.type)}, and no integer")
        if value.type is ty.I64:
            return value
        return self.emit.cast("sext" if value.type.bits < 64 else "trunc", value, ty.I64)

    def _reduction(self, read: _Read) -> Value:
        value = read.reduction
        if value is None:
            return const_float(ty.DOUBLE, 1e-12)
        if isinstance(value.type, ty.FloatType):
            return value if value.type is ty.DOUBLE else self.emit.cast("fpext", value, ty.DOUBLE)
        if ty.is_pointer(value.type):
            return self.emit.load(ty.DOUBLE, value)
        self.site.fail(WrongType, "'enzyme_fp_reduction' needs a 'double' behind it")

    def _most(self, read: _Read) -> Value:
        if read.most is None:
            return const_int(ty.I64, 1000)
        return self._integer(read.most, "limit of iterations")

    def _default_scheme(self) -> Global:
        if not self.module.has_symbol(DEFAULT_SCHEME):
            self.module.add_global_text(f"@{DEFAULT_SCHEME} = external constant i8")
        return self.module.symbol(DEFAULT_SCHEME)

    def _kinds(self, pointer: Value, read: _Read) -> str:
        """What lies in a state, in letters: by the type of the variable that it is, by what
        pointers to it are declared to point to, or by the floats that the step works with."""
        tracer, module = self.site.tracer, self.module
        base, offset = tracer.split(pointer)
        own: Type | None = None
        if isinstance(base, Alloca):
            own = base.allocated
        elif isinstance(base, Global) and base.kind == "variable":
            own = base.value_type
        names = [access_name(module, base)] if isinstance(base, Load) else []
        origin = tracer.sources(pointer)
        for param, item in zip(self.site.callee.args[1:], read.rest, strict=True):
            if item.value is pointer or tracer.sources(item.value) == origin:
                names.append(self.declared.get(param.index))
        for found in (own, *(_pointed_to(module, name) for name in names)):
            kinds = "" if found is None or offset is None else _spelled(module, found, offset)
            if kinds.strip("."):
                return kinds
        accessed: set[str] = set()
        for function in reachable(module, self.site.callee.name):
            accessed.update(_ACCESS.findall(module.body_text(function)))
        if len(accessed) > 1:
            self.site.fail(
                Unsupported,
                "cannot tell which floating numbers a state of the iteration consists of",
                because="the step works with several kinds of them",
                remedy="pass a pointer to the state to the step, declared as what it points to",
            )
        return _LETTERS[accessed.pop()] if accessed else "d"


_ACCESS: Final = pattern(r"(?:= load |^  store )(double|float|x86_fp80)\b", re.MULTILINE)
_LETTERS: Final = {"double": "d", "float": "f", "x86_fp80": "e"}


def _pointed_to(module: Module, name: str | None) -> Type | None:
    """What a pointer of that name of C's points to, if it is a float or a struct."""
    found = pointee(name)
    if found is None or found[0]:
        return None
    if found[1] is not None:
        return ty.FLOATS[found[1]]
    assert name is not None
    return module.named_types.get(f"struct.{name.split(' ', 1)[1]}")


def _spelled(module: Module, type: Type, offset: int) -> str:
    """The letters of what memory of a type holds from an offset on, over and over."""
    element = type
    while isinstance(element, ty.ArrayType):
        element = element.element
    layout = module.layout
    size = layout.size(element)
    if not size:
        return ""
    places = {at: leaf for at, leaf in leaves(layout, element) if leaf.text in _LETTERS}
    out: list[str] = []
    at = offset % size
    end = at + size
    while at < end:
        leaf = places.get(at % size)
        out.append("." if leaf is None else _LETTERS[leaf.text])
        at += 1 if leaf is None else layout.size(leaf)
    kinds = "".join(out)
    return kinds[0] if kinds == kinds[0] * len(kinds) else kinds


def hint_pointee(module: Module, emit: Builder, pointer: Value, declared: str | None) -> None:
    """Tells the analyses what a pointer is declared to point to: the step's own code will not be
    among what they see."""
    found = pointee(declared)
    if found is None or found[0] or found[1] is None or not ty.is_pointer(pointer.type):
        return
    wanted = ty.function(ty.VOID, (ty.PTR, ty.I64))
    symbol = module.declare(f"{WEAK_HINT}{found[1]}", wanted, HINT_EFFECTS)
    size = module.layout.size(ty.FLOATS[found[1]])
    emit.call(symbol, wanted, [pointer, const_int(ty.I64, size)])


def _abi(module: Module, attributes: str) -> str:
    from enzcc.ad.byhand.custom import ABI

    return " ".join(m.group() for m in ABI.finditer(attributes + " "))


_SLOT: Final = pattern(r"^  (%\S+) = alloca ", re.MULTILINE)
_POINTER_LOAD: Final = pattern(r" = load (?:volatile )?ptr, ptr ([^,\n]+)")


def _follows_pointers(module: Module, step: str) -> bool:
    """May the step, or what it calls, load pointers from memory that is not its own?"""
    seen: set[str] = set()
    work = [step]
    while work:
        name = work.pop()
        if name in seen or not module.defines(name):
            continue
        seen.add(name)
        text = module.body_text(name)
        slots = set(_SLOT.findall(text))
        if any(p not in slots for p in _POINTER_LOAD.findall(text)) or "inttoptr" in text:
            return True
        work.extend(module.calls_in_text(name))
    return False
