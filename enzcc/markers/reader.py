"""Reads a marker call into a `Request`, or says what is wrong with it.

    marker([memory for its result,] function, item, item, ...)

Words for the whole call (`enzyme_width, 4`, `enzyme_primal_return`, ...) may stand anywhere behind
the function: they are taken out first. What is left is matched to the parameters (`Arguments`).
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, NoReturn, final

from enzcc.errors import (
    MisplacedWord,
    MissingShadow,
    NoBody,
    NoPrimalResult,
    NoSeed,
    NotAFunction,
    UnknownWord,
    Unsupported,
    WrongActivity,
    WrongCount,
    WrongSize,
    WrongType,
    WrongWidth,
)
from enzcc.ir.instructions import Load
from enzcc.ir.types import VOID, IntType, PointerType, Type
from enzcc.ir.values import Argument, Global, Metadata, Value, is_zero
from enzcc.markers.arguments import Arguments
from enzcc.markers.batch import BatchArguments
from enzcc.markers.contexts import context_of, default_set
from enzcc.markers.fit import attribute_type, spoken
from enzcc.markers.names import SUPPORTED, Mode, marker_text
from enzcc.markers.pieces import interface, returned
from enzcc.markers.request import (
    Activity,
    Given,
    Moved,
    NeedsInlining,
    Operand,
    Request,
    Source,
    TapeUse,
    Temporary,
)
from enzcc.markers.site import Item, Site, fail_space
from enzcc.markers.words import (
    PREFIX,
    WORDS,
    Kind,
    contains,
    default_activity,
    only_floats,
)

if TYPE_CHECKING:
    from enzcc.ir import Module
    from enzcc.ir.function import Function
    from enzcc.ir.instructions import CallBase

_RETURNS = (
    ("enzyme_const_return", Activity.CONST),
    ("enzyme_dup_return", Activity.DUP),
    ("enzyme_active_return", Activity.OUT),
)


def read_request(module: Module, caller: Function, call: CallBase) -> Request:
    """Reads one marker call; `call.callee` is the marker.

    Raises a Diagnosis for a mistake, NeedsInlining where the caller's own arguments decide.
    """
    return _Reader(Site(module, caller, call)).read()


def function_choices(module: Module, caller: Function, call: CallBase) -> list[Global]:
    """The functions that the marker's first argument may be, all with bodies.

    More than one where it is chosen at run time (`c ? f : g`). Raises as `read_request`.
    """
    return _choices(Site(module, caller, call))


def _choices(site: Site) -> list[Global]:
    if site.mode not in SUPPORTED:
        site.fail(
            Unsupported,
            f"'{site.marker}' cannot be called here",
            because=f"it asks for {site.mode.value}",
        )
    if len(site.call.arguments) <= site.start:
        site.fail(
            WrongCount,
            f"'{site.marker}' without a function to differentiate",
            remedy="its first argument is the function, the others are passed on to it",
        )
    operand = site.call.arguments[site.start]
    sources = site.tracer.sources(operand)
    if any(not is_zero(s) for s in sources):  # a variable that was null before it was set
        sources = [s for s in sources if not is_zero(s)]
    functions = [s for s in sources if isinstance(s, Global) and s.kind == "function"]
    if functions:  # a name beside the functions in a table is none that could be called
        sources = [s for s in sources if not (isinstance(s, Global) and s.kind == "variable")]
    if not functions or len(functions) < len(sources):
        _no_function(site, operand, sources)
    for function in functions:
        if site.module.defines(function.name):
            continue
        if marker_text(function.name):
            site.fail(
                NotAFunction,
                f"cannot differentiate the marker '{function.name}' itself",
                0,
                remedy="differentiate a function that calls it",
            )
        error = site.error(
            NoBody,
            f"cannot differentiate '{function.name}': it has no definition here",
            0,
            because=f"'{function.name}' is only declared; is it defined in another file?",
            remedy="define it in this file, or in a header that this file includes, or compile and"
            " link all files with -fenzcc-link; if it is a library's, differentiate a function that"
            " calls it",
        )
        error.missing = function.name
        raise error
    return functions


def _no_function(site: Site, operand: Value, sources: list[Value]) -> NoReturn:
    message = "cannot tell which function is to be differentiated"
    because = "the first argument is no function, nor a constant that holds one"
    remedy = "write the name of the function"
    if not isinstance(operand.type, PointerType):
        message = "the first argument of a marker has to be a function"
        because = f"{spoken(operand.type)} is passed"
    elif any(_is_from_caller(site, s) for s in sources):
        wrapper = site.caller.name
        because = f"it comes with a parameter of '{wrapper}'"
        remedy = f"make '{wrapper}' static, and pass it names of functions"
        error = site.error(NotAFunction, message, 0, because=because, remedy=remedy)
        raise NeedsInlining(wrapper, site.location, error)
    elif variables := [v for s in sources if (v := _variable(s)) is not None]:
        because = f"'{variables[0].name}' is a variable, which may change"
    site.fail(NotAFunction, message, 0, because=because, remedy=remedy)


def _is_from_caller(site: Site, source: Value) -> bool:
    """Is it a parameter of the function around the marker, or read from memory behind one?"""
    while isinstance(source, Load):
        base, _ = site.tracer.split(source.pointer)
        found = site.tracer.sources(base)
        if len(found) != 1 or found[0] is source:
            return False
        source = found[0]
    return isinstance(source, Argument)


def _variable(source: Value) -> Global | None:
    """The variable that a value is read from, or whose address it is."""
    if isinstance(source, Load):
        source = source.pointer
    return source if isinstance(source, Global) and source.kind == "variable" else None


@final
class _Reader:
    def __init__(self, site: Site) -> None:
        self.site = site
        self.width = 1
        self.flags: dict[str, int] = {}  # word -> number of the argument
        self.shadow_set = ""
        self.settings: dict[str, Item] = {}  # word -> its operand
        self.items: list[Item] = []

    def read(self) -> Request:
        site = self.site
        functions = _choices(site)
        if len(functions) > 1:
            names = " or ".join(f"'{f.name}'" for f in functions)
            site.fail(NotAFunction, f"the function to differentiate may be {names}", 0)
        site.callee = interface(site.module, functions[0].name)
        if site.callee.type.vararg:
            site.fail(
                Unsupported,
                f"cannot differentiate '{site.callee.name}', "
                "which takes a variable number of arguments",
                0,
                remedy="differentiate a function that takes them as an array",
            )
        self._collect()
        if site.mode is Mode.BATCH:
            return self._batch()
        result = self._result_activity()
        primal_return = self._primal_return()
        arguments = Arguments(site, self.items, self.width)
        if site.mode is Mode.TAPE_SIZE:
            operands = arguments.sizes(result)
        else:
            first = [] if site.struct is None else [self._indirect(site.struct, result, arguments)]
            operands = [*first, *arguments.read(len(first))]
        return Request(
            call=site.call,
            caller=site.caller,
            marker=site.name,
            callee=site.callee.name,
            mode=site.mode,
            operands=tuple(operands),
            result=Activity.CONST if site.struct is not None else result,
            primal_return=primal_return and site.struct is None,
            width=self.width,
            strong_zero="enzyme_strong_zero" in self.flags,
            runtime_activity="enzyme_runtime_activity" in self.flags,
            sret=site.sret,
            location=site.location,
            shadow_set=self.shadow_set or default_set(self.width),
            for_tangent=site.mode is Mode.FORWARD_SPLIT,
            tape=self._tape(arguments.trailing) if site.mode.is_split else None,
        )

    def _batch(self) -> Request:
        site = self.site
        first: list[Operand] = []
        if site.struct is not None:
            size, places = site.layout.size(site.struct), range(self.width)
            room: list[Source] = [Temporary(site.struct, site.layout.align(site.struct))]
            if site.sret is not None:
                self._check_room(site.struct, self.width)
                room = [Moved(site.sret, size, lane) for lane in places]
            lanes = [room[min(lane, len(room) - 1)] for lane in places]
            first.append(Operand(0, Activity.CONST, lanes[0], tuple(lanes[1:])))
        operands = BatchArguments(site, self.items, self.width).read(len(first))
        return Request(
            call=site.call,
            caller=site.caller,
            marker=site.name,
            callee=site.callee.name,
            mode=site.mode,
            operands=(*first, *operands),
            result=Activity.CONST,
            primal_return=True,
            width=self.width,
            sret=site.sret,
            location=site.location,
        )

    # ---- words ----

    def _collect(self) -> None:
        """Sorts the arguments: words for the whole call are taken out, the rest stay in order."""
        site = self.site
        pairs = zip(site.call.arguments, site.call.attributes, strict=True)
        raw = [Item(v, a, i - site.start, None) for i, (v, a) in enumerate(pairs)]
        waiting = raw[site.start + 1 :][::-1]
        while waiting:
            item = self._worded(waiting.pop())
            if item.word is None or item.word.kind not in (Kind.FLAG, Kind.SETTING):
                self.items.append(item)
                if item.word is not None and item.word.operands and waiting:
                    self.items.append(waiting.pop())  # a stride or a size is no word
                continue
            if item.word.kind is Kind.SETTING:
                if not waiting:
                    kind = WrongWidth if item.word.name == "enzyme_width" else MisplacedWord
                    message = f"'{item.word.name}' is not followed by its operand"
                    site.fail(kind, message, item.number)
                operand = waiting.pop()
                if item.word.name == "enzyme_width":
                    self._set_width(item, operand)
                elif item.word.name == "enzyme_context":
                    self._set_context(item, operand)
                self.settings[item.word.name] = operand
            self.flags.setdefault(item.word.name, item.number)

    def _worded(self, item: Item) -> Item:
        """The item, with its word if it is one."""
        site = self.site
        name = site.tracer.word(item.value)
        if isinstance(item.value, Metadata):
            name = item.value.text.strip('!"')
        if name is None:
            return item
        word = WORDS.get(name)
        if word is None:
            spelled = [word.removeprefix(PREFIX) for word in WORDS]
            near = difflib.get_close_matches(name.removeprefix(PREFIX), spelled, 1, 0.7)
            site.fail(
                UnknownWord,
                f"unknown word '{name}'" + (f"; did you mean '{PREFIX}{near[0]}'?" if near else ""),
                item.number,
                remedy=f"names that begin with '{PREFIX}' are words of the interface; to pass "
                "your variable's value, copy it to one with another name",
            )
        if site.mode not in word.modes:
            if name == "enzyme_out":
                site.fail(
                    WrongActivity,
                    "'enzyme_out' has no meaning in forward mode",
                    item.number,
                    because="forward mode returns the tangent of the result, no gradients",
                    remedy="write 'enzyme_dup', the value and its tangent, or 'enzyme_const'",
                )
            site.fail(MisplacedWord, f"'{name}' has no meaning in '{site.marker}'", item.number)
        return Item(item.value, item.attributes, item.number, word)

    def _set_width(self, word: Item, operand: Item) -> None:
        site = self.site
        assert word.word is not None
        assert word.word.name == "enzyme_width"
        if "enzyme_width" in self.flags:
            site.fail(WrongWidth, "'enzyme_width' is given twice", word.number)
        width = site.lanes(operand.value, operand, "the operand of 'enzyme_width'")
        if "enzyme_context" in self.flags and width != self.width:
            site.fail(WrongWidth, f"the context has a width of {self.width}", word.number)
        self.width = width

    def _set_context(self, word: Item, operand: Item) -> None:
        sources = self.site.tracer.sources(operand.value)
        found = context_of(sources[0]) if len(sources) == 1 else None
        if found is None:
            self.site.fail(
                Unsupported,
                "cannot tell which context is meant",
                operand.number,
                because="it has to come from a call of '__enzyme_context' in the same function",
            )
        self.shadow_set, width = found
        if "enzyme_width" in self.flags and self.width != width:
            self.site.fail(WrongWidth, f"the context has a width of {width}", word.number)
        self.width = width

    def _tape(self, trailing: list[Item]) -> TapeUse:
        site = self.site
        place = self.settings.get("enzyme_tape")
        if place is not None and not isinstance(place.value.type, PointerType):
            site.fail(
                WrongType,
                "'enzyme_tape' has to be followed by the address of the tape",
                place,
                because=f"{spoken(place.value.type)} is passed",
            )
        space = self.settings.get("enzyme_allocated")
        sources = [] if space is None else site.tracer.sources(space.value)
        if space is not None and not isinstance(space.value.type, IntType):
            site.fail(
                WrongType,
                "'enzyme_allocated' has to be followed by a number of bytes",
                space,
                because=f"{spoken(space.value.type)} is passed",
            )
        if space is not None and all(isinstance(s, Argument) for s in sources):
            fail_space(site, space)
        if trailing and site.mode is Mode.AUGMENTED:
            Arguments(site, trailing, self.width).expect_end()
        return TapeUse(
            space,
            place,
            tuple(trailing),
            keep="enzyme_nofree" in self.flags,
            result="enzyme_noret" not in self.flags,
        )

    # ---- the result ----

    def _result_activity(self) -> Activity:
        """Of the result, also where it is a struct returned through memory (then never OUT)."""
        site = self.site
        name = site.callee.name
        result = site.struct or returned(site.callee, site.tracer)
        activity = Activity.CONST if result is VOID else default_activity(result, site.mode)
        wanted = [(flag, a) for flag, a in _RETURNS if flag in self.flags]
        if len(wanted) > 1:
            message = f"'{wanted[1][0]}' contradicts '{wanted[0][0]}'"
            site.fail(MisplacedWord, message, self.flags[wanted[1][0]])
        if wanted:
            flag, activity = wanted[0]
            self._check_return(flag, activity, result)
        if site.struct is not None:
            return Activity.CONST if activity is Activity.CONST else Activity.DUP
        told = site.mode.is_split  # the seed, if it is passed (`halves`)
        if activity is Activity.OUT and not told and not only_floats(site.result):
            site.fail(
                NoSeed,
                f"the result of '{name}' has no single derivative",
                because=f"it is {spoken(result)}: not all of it are floating numbers",
                remedy="return one number, or write the results through a pointer",
            )
        return activity

    def _check_return(self, flag: str, activity: Activity, result: Type) -> None:
        if activity is Activity.CONST:
            return
        site = self.site
        why = ""
        if result is VOID:
            why = "which returns nothing"
        elif isinstance(result, IntType):
            why = "which returns an integer"
        elif site.struct is None and contains(result, PointerType):
            why = "which returns a pointer" if activity is Activity.OUT else ""
        elif site.mode in (Mode.AUGMENTED, Mode.TAPE_SIZE):  # maybe for __enzyme_fwdsplit
            pass
        elif site.struct is None and activity is Activity.DUP and site.mode.is_reverse:
            why = "whose result has no shadow in reverse mode: it is seeded with 1"
        if why:
            site.fail(
                WrongActivity,
                f"'{flag}' for '{site.callee.name}', {why}",
                self.flags[flag],
                remedy="leave the word out",
            )

    def _primal_return(self) -> bool:
        site, word = self.site, self.flags.get("enzyme_primal_return")
        if word is None:
            return False
        what = f"'enzyme_primal_return' for '{site.callee.name}', which returns"
        if site.result is VOID:
            site.fail(NoPrimalResult, f"{what} nothing", word, remedy="leave the word out")
        if site.struct is not None and site.mode.is_reverse:
            site.fail(
                NoPrimalResult,
                f"{what} a large struct",
                word,
                because="reverse mode takes the struct's shadow and drops the struct itself",
                remedy="write the result through a pointer",
            )
        return True

    # ---- the parameter through which a struct is returned ----

    def _indirect(self, struct: Type, result: Activity, arguments: Arguments) -> Operand:
        layout = self.site.layout
        temporary = Temporary(struct, layout.align(struct))
        if not self.site.mode.is_reverse:
            return self._indirect_tangent(struct, result, temporary)
        seeds = self._seeds(arguments, 1 if result is Activity.CONST else self.width)
        return Operand(0, result, temporary, () if result is Activity.CONST else seeds)

    def _seeds(self, arguments: Arguments, count: int) -> tuple[Source, ...]:
        """The shadows of the struct, which are passed right behind the function."""
        out: list[Source] = []
        for _ in range(count):
            item = arguments.next_value()
            if item is None or not isinstance(item.value.type, PointerType):
                self.site.fail(
                    MissingShadow,
                    f"the shadow of the struct that '{self.site.callee.name}' returns is missing",
                    item,
                    because="a large struct is returned through memory, so the address of its "
                    "shadow is passed right behind the function",
                    remedy="pass the address of a struct that holds the derivatives to start from",
                )
            out.append(Given(item.value))
        return tuple(out)

    def _indirect_tangent(self, struct: Type, result: Activity, temporary: Temporary) -> Operand:
        """The marker returns an array of the struct: the primal if asked for, then each lane."""
        site, layout = self.site, self.site.layout
        lanes = 0 if result is Activity.CONST else self.width
        primal = int("enzyme_primal_return" in self.flags)
        declared = site.call.function_type.result
        if site.sret is None and declared is VOID:
            return Operand(0, result, temporary, (temporary,) * lanes)
        self._check_room(struct, lanes + primal)
        assert site.sret is not None
        places = [Moved(site.sret, layout.size(struct), lane) for lane in range(lanes + primal)]
        return Operand(0, result, places[0] if primal else temporary, tuple(places[primal:]))

    def _check_room(self, struct: Type, count: int) -> None:
        """Raises if what the marker is declared to return has no room for so many structs."""
        site, layout = self.site, self.site.layout
        declared = site.call.function_type.result
        size = layout.size(struct)
        if site.sret is not None:
            space = attribute_type(site.module, site.call.attributes[0], "sret")
            assert space is not None
            declared = space
        if site.sret is None or layout.size(declared) < size * count:
            name = site.callee.name
            what = f"the derivative of '{name}'"
            if site.mode is Mode.BATCH:
                what = f"what {count} calls of '{name}' return"
            site.fail(
                WrongSize,
                f"'{site.name}' is declared to return {layout.size(declared)} bytes, "
                f"but {what} has {size * count}",
                because=f"'{name}' returns a struct of {size} bytes"
                + (f"; wanted are {count} of them" if count > 1 else ""),
                remedy="declare the marker to return "
                + ("that struct" if count == 1 else f"a struct of {count} such structs"),
            )
