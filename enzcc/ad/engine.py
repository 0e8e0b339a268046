"""Makes derivative functions, each once: the memo over requests, and the modes behind it."""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TypeVar, final

from enzcc.ad.byhand.custom import Custom
from enzcc.ad.byhand.undone import Undone
from enzcc.ad.calls.calledback import active_callback
from enzcc.ad.calls.replaceable import check_own
from enzcc.ad.copies.passed import passed_floats
from enzcc.ad.copies.retyped import with_words
from enzcc.ad.copies.strings import puts_floats_into_a_string, reads_floats_back
from enzcc.ad.copies.texts import reads_text_of_floats
from enzcc.ad.copies.wordcopies import copy_words
from enzcc.ad.exceptions.unwinding import clean_up
from enzcc.ad.memory.aliased import check_apart
from enzcc.ad.memory.pools import Pools
from enzcc.ad.memory.resources import refuse_resources
from enzcc.ad.memory.variables import Variables, refuse_lost
from enzcc.ad.modes import forward, reverse
from enzcc.ad.modes.guards import Guards
from enzcc.ad.modes.interface import (
    keep_by_value,
    no_tangent,
    parameters,
    result_type,
    return_fields,
    returned_gradients,
    shadow_operands,
)
from enzcc.ad.modes.lanes import Lanes
from enzcc.ad.modes.replay import Plan, Replay, replayed
from enzcc.ad.modes.split import Split, number_of, split_key
from enzcc.ad.names import in_source, original, prepared
from enzcc.ad.nests.gathered import gather
from enzcc.ad.overlap.distinct import distinct_version
from enzcc.ad.overlap.scopes import state_scopes
from enzcc.ad.report import Report
from enzcc.ad.shared import Shared
from enzcc.ad.tape.origins import settle_moves
from enzcc.ad.tape.unwanted import Tangents, drop_unwanted
from enzcc.ad.tape.whole import postponable, unfit, waiting_still, worth_trying
from enzcc.analysis.activity import Activity
from enzcc.analysis.agreement import check_ends
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.changes import Apart, Ordered
from enzcc.analysis.kept import compared_with_kept
from enzcc.analysis.lost import read_from_constant
from enzcc.analysis.nodes import Node
from enzcc.analysis.noted import Unit
from enzcc.analysis.objects import Objects
from enzcc.analysis.pieces import moved_in_pieces, moved_without_floats
from enzcc.analysis.resulttypes import declared_result
from enzcc.analysis.tbaa import declared_parameters
from enzcc.errors import Diagnosis, Location, Unsupported, unknown_kind
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Call, CallBase, Load, VAArg
from enzcc.ir.module import Module
from enzcc.ir.types import Type
from enzcc.ir.values import Argument, Global, Value
from enzcc.markers import TODENSE, Halves, Mode
from enzcc.markers.request import Activity as Role
from enzcc.markers.request import Request
from enzcc.rules.cxx import starts_a_thread
from enzcc.rules.known import Known
from enzcc.settings import Settings
from enzcc.source import warn

_Part = TypeVar("_Part", forward.Forward, reverse.Reverse)


@final
class Engine:
    """Differentiates functions of one module, which holds their prepared copies.

    custom  the derivatives that the program registers
    known   what is known of the functions that are called
    report  is told what was decided
    again   what is made will itself be differentiated
    """

    def __init__(
        self,
        module: Module,
        custom: Custom,
        known: Known,
        settings: Settings | None = None,
        report: Report | None = None,
        *,
        again: bool = False,
        bounds: bool = False,
    ) -> None:
        self.module, self.custom, self.known = module, custom, known
        self.pools = Pools(custom)
        self.settings = settings or Settings()
        self.report = report
        self.again, self.bounds = again, bounds
        self.texts: dict[str, Global] = {}
        self.guards = Guards(module, again=again)
        self.uses_runtime = False
        self.has_weak_functions = "define weak " in module.text
        self.made: list[str] = []
        self._warned: set[Location | None] = set()
        self.variables = Variables(self)
        self.undone = Undone(self)
        self._requests: dict[tuple[object, ...], Function] = {}
        self._halves: dict[tuple[object, ...], Halves] = {}
        self.replays: dict[Activity, Plan] = {}
        self._players: dict[tuple[object, ...], Replay] = {}
        self._worlds: dict[tuple[str, tuple[tuple[int, str], ...]], Objects] = {}
        self._tangents: dict[Activity, list[forward.Forward]] = {}
        self.noted: dict[Activity, frozenset[Unit]] = {}
        self.displaced: dict[Activity, frozenset[Node]] = {}
        self.releasing: dict[Activity, None] = {}
        self._parts: dict[Activity, list[reverse.Reverse]] = {}
        self._functions: dict[tuple[str, str, Activity, int], Function] = {}
        self._serial: dict[str, int] = {}
        self._whole: dict[str, None] = {}
        self._shared = Shared()
        self._noted = 0

    def use_runtime(self) -> None:
        """Notes that the run-time library is needed."""
        self.uses_runtime = True

    # ------------------------------------------------------------------ requests

    def derivative(self, request: Request) -> Function:
        """The derivative function that answers a request, with the markers' calling convention."""
        key = (request.key, passed_floats(self.module, request))
        found = self._requests.get(key)
        if found is None:
            made = self._reverse(request) if request.mode.is_reverse else self._forward(request)
            found = self._requests[key] = self._unwrapped(made)
            self._share()
        return found

    def _share(self) -> None:
        """What has been made for a request may serve others."""
        new = list(islice(self._functions.items(), self._noted, None))
        self._noted += len(new)
        for (kind, name, activity, width), made in new:
            self._shared.add(kind, self.module.function(name), activity, width, made)

    def _made_before(
        self, key: tuple[str, str, Activity, int], parts: dict[Activity, list[_Part]]
    ) -> Function | None:
        """A function of a derivative that is there already, from another request maybe."""
        found = self._functions.get(key)
        kind, name, activity, width = key
        if found is None and activity not in self.replays:
            found = self._shared.find(kind, self.module.function(name), activity, width)
            if found is not None:
                self._functions[key] = found
                parts.setdefault(activity, [])
        return found

    def _unwrapped(self, made: Function) -> Function:
        """The function that one only calls, with what it is called with itself: LLVM would build
        it in, and then simplify all of it once more."""
        first, last = made.entry.instructions[0], made.entry.instructions[-1]
        if not isinstance(first, Call) or not isinstance(first.callee, Global):
            return made
        plain = not any(a.attributes for a in made.args) and first.type is made.type.result
        if len(made.blocks) > 1 or len(made.entry.instructions) > 2 or not plain:
            return made
        if first.arguments != list(made.args) or any(v is not first for v in last.operands):
            return made
        inner = self.module.function(first.callee.name)
        for inst in (last, first):
            inst.drop_operands()
        self.module.remove_function(made.name)
        self.made.remove(made.name)
        return inner

    def _activity(self, request: Request, root: str = "") -> Activity:
        root = root or prepared(request.callee)
        passed = passed_floats(self.module, request)
        objects = self._worlds.get((root, passed))
        if objects is None:
            functions = self._reachable(root)
            declared = {
                function.args[index]: name
                for function in functions
                for user in [request.callee if function.name == root else original(function.name)]
                if self.module.defines(user)
                for index, name in declared_parameters(self.module, self.module.function(user))
            }
            guessed = [o.index for o in request.operands if o.activity.has_shadow]
            guesses = guessed if self.settings.loose_types else []
            bodies = self.custom.moving(functions)
            results = {
                function.name: declared_result(source, self.module.layout)
                for function in functions
                if self.module.defines(in_source(function.name))
                for source in [self.module.function(in_source(function.name))]
                if source.type.result is function.type.result
            }
            look = partial(
                Objects,
                self.module,
                functions,
                declared,
                self.known,
                dict(passed),
                guesses,
                bodies,
                results,
                includes=self.settings.includes,
            )
            objects = look()
            while with_words(self.module, objects) or copy_words(self.module, objects):
                self._worlds.clear()  # functions are shared: what was known of them is old
                objects = look()
            for arg in objects.guessed:
                warn(
                    request.location,
                    f"nothing tells what argument {arg.index + 1} of '{original(root)}' points to:"
                    " it is taken for doubles",
                )
            self._worlds[root, passed] = objects
        args = next(iter(objects.functions.values())).args
        shadowed = [args[o.index] for o in request.operands if o.activity.has_shadow]
        constant = [args[o.index] for o in request.operands if o.activity is Role.CONST]
        varied = [args[o.index] for o in request.operands if o.activity is Role.OUT]
        if request.mode.is_reverse:  # a float by value has no use for its shadow here
            varied = [a for a in varied if a not in shadowed]
            plain = [a for a in shadowed if ty.is_float(a.type)]
            shadowed = [a for a in shadowed if a not in plain]
            constant += plain
        if request.runtime_activity:  # any of them may turn out constant
            constant += [a for a in shadowed if ty.is_pointer(a.type)]
        activity = Activity(
            objects,
            shadowed=shadowed,
            constant=constant,
            varied=varied,
            result=request.result is not Role.CONST,
            result_shadow=request.result.has_shadow,
            shadow_set=request.shadow_set,
            marked=self.variables.marked(request.shadow_set),
            only_marked=self.settings.globals_default_inactive,
            keeps_blocks=lambda name: bool(self.variables.workspaces.owners.cells(name)),
            told_by_shadows=not self.again,  # of derivatives behind pointers nothing is known
        )
        refuse_lost(self, activity)
        refuse_resources(self.module, activity)
        self._check_variadic(activity)
        self._check_threads(activity)
        self._check_callbacks(activity)
        self._check_pieces(activity)
        self._check_strings(activity)
        self._warn_of_kept(activity)
        self._warn_of_constant(activity)
        if request.mode is Mode.REVERSE and self._may_carry_origins:
            settle_moves(activity)
        return activity

    @property
    def _may_carry_origins(self) -> bool:
        """Are shadows memory, and is what is made not differentiated itself?"""
        return self.settings.moves and not self.again and not self.module.has_symbol(TODENSE)

    def _reachable(self, root: str) -> list[Function]:
        out: dict[str, Function] = {}
        work = [root]
        while work:
            name = work.pop()
            if name in out:
                continue
            function = self.module.function(name)
            out[name] = function
            for inst in function.instructions():
                if isinstance(inst, CallBase) and isinstance(inst.callee, Global):
                    callee = inst.callee.name
                    if original(callee) != callee and self.module.defines(callee):
                        work.append(callee)
        return list(out.values())

    def _check_variadic(self, activity: Activity) -> None:
        """Arguments behind `...` are read from memory that only the ABI knows."""
        objects = activity.objects
        reads: dict[str, bool] = {}
        for function in objects.functions.values():
            for inst in function.instructions():
                if not isinstance(inst, CallBase) or not isinstance(inst.callee, Global):
                    continue
                callee = objects.functions.get(inst.callee.name)
                if callee is None or not callee.type.vararg:
                    continue
                if callee.name not in reads:
                    reads[callee.name] = _reads_variadic(objects, callee)
                if not reads[callee.name]:
                    continue
                for argument in inst.arguments[len(callee.args) :]:
                    if (
                        activity.is_varied(argument)
                        or activity.has_shadow(argument)
                        or (ty.is_pointer(argument.type) and activity.reaches_varied(argument))
                    ):
                        raise Unsupported(
                            self.module.location(inst),
                            f"cannot differentiate the call to '{original(callee.name)}'",
                            because="it is variadic and reads the active arguments behind '...'"
                            " itself",
                            remedy="pass the values in an array",
                        )

    def _check_threads(self, activity: Activity) -> None:
        """What runs beside the function is not followed."""
        for function in activity.objects.functions.values():
            for inst in function.instructions():
                if (
                    isinstance(inst, CallBase)
                    and isinstance(inst.callee, Global)
                    and starts_a_thread(inst.callee.name)
                    and activity.kind_of_call(inst) is CallKind.UNKNOWN
                ):
                    raise Unsupported(
                        self.module.location(inst),
                        "cannot differentiate a function that starts a thread",
                        because=f"what '{inst.callee.name}' starts with active memory is not"
                        " followed",
                        remedy="differentiate what each thread runs, within the thread: derivatives"
                        " may be taken in several threads at a time",
                    )

    def _check_callbacks(self, activity: Activity) -> None:
        """What functions of other files call back is not followed."""
        found = active_callback(activity)
        if found is not None:
            inst, name = found
            assert isinstance(inst.callee, Global)
            raise Unsupported(
                self.module.location(inst),
                f"cannot differentiate the call to '{inst.callee.name}'",
                because=f"it is not known when it calls back '{original(name)}', which touches"
                " active data",
                remedy="call the function yourself, or give the derivative of the call by hand",
            )

    def _check_pieces(self, activity: Activity) -> None:
        """Floats moved byte by byte: no byte carries a derivative."""
        found = moved_in_pieces(activity)
        if found is not None:
            location = self.module.location(found.inst)
            if found.is_unknown:
                raise unknown_kind(location)
            if found.is_whole:
                raise Unsupported(
                    location,
                    "cannot differentiate the bits of a floating value as a whole number",
                    because="it becomes a floating value, and its derivative is lost on the way",
                    remedy="use floating arithmetic (log2, frexp, ldexp, pow), or hide it in an"
                    " inactive function",
                )
            raise Unsupported(
                location,
                "cannot differentiate floating values that are moved in pieces",
                because="they lie among bytes, at offsets that are not known, and a word that is"
                " copied here may hold parts of two of them"
                if found.is_word
                else "their bytes are read and written one by one, as smaller integers",
                remedy="keep them in an array of their own type"
                if found.is_word
                else "copy whole values, or use memcpy or memmove",
            )
        check_ends(activity)
        lonely = moved_without_floats(activity)
        if lonely is not None:
            raise Unsupported(
                self.module.location(lonely),
                "cannot tell whether the data moved here are floating values",
                because="no function that is differentiated here has a floating value at all",
                remedy="copy through a pointer to the real type, or say what lies at the pointer,"
                " once in the function: '__enzyme_double(p, -1);'",
            )

    def _check_strings(self, activity: Activity) -> None:
        """Numbers whose bytes become characters of a string."""
        inst = puts_floats_into_a_string(activity)
        if inst is not None:
            raise Unsupported(
                self.module.location(inst),
                "cannot differentiate through the bytes of a string",
                because="the bytes of active floating values are taken for characters",
                remedy="keep the values in an array, or pass constant data only",
            )
        inst = reads_floats_back(activity)
        if inst is not None:
            raise Unsupported(
                self.module.location(inst),
                "cannot differentiate through a file",
                because="active floating values are written to one, and floating values are read"
                " from one here",
                remedy="keep the values in memory",
            )
        inst = reads_text_of_floats(activity)
        if inst is not None:
            raise Unsupported(
                self.module.location(inst),
                "cannot differentiate through text",
                because="active floating values are written as text, and a floating value is read"
                " from such text here",
                remedy="keep the values in numbers; or, if what is read counts as constant, read it"
                " in a function that is declared inactive",
            )

    def _warn_of_constant(self, activity: Activity) -> None:
        """Active data that are put into memory that is said to be constant, and read there."""
        for inst, argument in read_from_constant(activity) if not self.again else ():
            place = self.module.location(inst)
            if place not in self._warned:
                self._warned.add(place)
                warn(
                    place,
                    f"active data may be read here that were stored in the memory of argument"
                    f" {argument.index + 1} of '{original(activity.root.name)}', which is constant:"
                    " they have no derivative",
                )

    def _warn_of_kept(self, activity: Activity) -> None:
        """Results that may be kept from earlier calls have numbers, and no derivatives."""
        for inst in compared_with_kept(activity):
            place = self.module.location(inst)
            if place not in self._warned:
                self._warned.add(place)
                warn(
                    place,
                    "an active value is compared with one that may be kept from an earlier call:"
                    " where they are equal, the derivative of what was kept beside it is zero",
                )

    # ------------------------------------------------------------------ names

    def new_function(self, name: str, mode: str, type: ty.FunctionType) -> Function:
        """A new internal function for a derivative of `name`, with the attributes of the primal."""
        stem = f"{original(name)}.{mode}"
        while True:
            count = self._serial[stem] = self._serial.get(stem, 0) + 1
            full = stem if count == 1 else f"{stem}.{count}"
            if not self.module.has_symbol(full):  # such as a static variable in the function
                break
        function = self.module.new_function(full, type, "internal", self._attributes(name))
        self.made.append(full)
        return function

    def _attributes(self, name: str) -> str:
        """Function attributes that hold for the derivative too: target, sanitizers, float mode."""
        trailer = self.module.function(prepared(original(name))).trailer
        kept: list[str] = []
        for word in trailer.split():
            if word.startswith("#"):
                kept += _split_attributes(self.module.attribute_group(word))
            elif word == "nounwind":
                kept.append(word)
        return " ".join(a for a in kept if a == "nounwind" or _carries_over(a))

    # ------------------------------------------------------------------ forward

    def tangent_function(self, function: Function, activity: Activity, lanes: Lanes) -> Function:
        """The tangent function of a function called from one that is differentiated."""
        key = ("tangent", function.name, activity, lanes.width)
        found = self._made_before(key, self._tangents)
        if found is None:
            found = self.new_function(
                function.name, "tangent", forward.signature(activity, function, lanes)
            )
            self._functions[key] = found
            part = forward.Forward(self, function, activity, found, lanes)
            self._tangents.setdefault(activity, []).append(part)
            part.build()
            plan = self.replays.get(activity)
            if plan is not None:
                replayed(part, plan)
        return found

    def _forward(self, request: Request) -> Function:
        """Adapts the tangent function to the markers' convention."""
        activity = self._activity(request)
        source = activity.root
        lanes = Lanes(request.width) if self.bounds else Lanes.of(request.width, self.settings)
        inner = self.tangent_function(source, activity, lanes)
        not_needed = self._not_needed(request, source)
        if not_needed and self.settings.drop and not self.bounds:
            drop_unwanted([Tangents(part) for part in self._tangents[activity]], not_needed)
        params, roles = parameters(request, source)
        result = self._forward_result(request, source)
        made = self.new_function(source.name, "forward", ty.function(result, params))
        keep_by_value(made, source, roles)
        emit = Builder(made.add_block("entry"))
        check_own(self, emit, source.name)
        given = [made.args[at] for at, _ in roles]
        check_apart(self, emit, activity, given)
        self.variables.start(emit, activity, lanes, heap=True, arguments=given)
        arguments: list[Value] = []
        for arg in source.args:
            arguments.append(made.args[roles[arg.index][0]])
            if forward.wants_shadow(activity, arg):
                arguments += shadow_operands(emit, made, roles[arg.index], lanes)
        value = emit.call(inner.symbol, inner.type, arguments)
        self.variables.end(emit, activity, lanes)
        primal: Value = value
        tangent: Value | None = None
        if forward.result_has_tangent(activity, source):
            primal = emit.extract(value, (0,), source.type.result)
            parts = reverse.fields_from(emit, inner.type, value, 1)
            tangent = lanes.leaving(emit, parts, source.type.result)
        elif source.type.result is not ty.VOID:
            parts = lanes.same(emit, no_tangent(emit, activity, source, primal))
            tangent = lanes.leaving(emit, parts, source.type.result)
        fields: list[Value] = []
        if request.primal_return:
            fields.append(primal)
        if request.result is not Role.CONST and tangent is not None:
            fields.append(tangent)
        return_fields(emit, result, fields)
        self._end_on_unwinding(made, activity, lanes)
        return made

    def _not_needed(self, request: Request, source: Function) -> list[Argument]:
        """Pointers whose memory need not hold what the function writes there."""
        return [
            source.args[o.index]
            for o in request.operands
            if o.activity is Role.DUPNONEED and ty.is_pointer(source.args[o.index].type)
        ]

    def _forward_result(self, request: Request, source: Function) -> Type:
        fields: list[Type] = []
        if request.primal_return:
            fields.append(source.type.result)
        if request.result is not Role.CONST and source.type.result is not ty.VOID:
            fields.append(Lanes(request.width).outside(source.type.result))
        return result_type(fields)

    # ------------------------------------------------------------------ reverse

    def augmented_and_reverse(
        self, function: Function, activity: Activity, lanes: Lanes
    ) -> tuple[Function, Function]:
        """The two halves of a function that stays a call: augmented forward, and reverse."""
        key = ("augmented", function.name, activity, lanes.width)
        found = self._made_before(key, self._parts)
        if found is None:
            augmented = self.new_function(
                function.name, "augmented", reverse.augmented_type(activity, function, lanes)
            )
            back = self.new_function(
                function.name, "reverse", reverse.reverse_type(activity, function, lanes)
            )
            self._functions[key] = augmented
            self._functions["reverse", function.name, activity, lanes.width] = back
            part = reverse.Reverse(self, function, activity, augmented, back, lanes)
            self._parts.setdefault(activity, []).append(part)
            part.build()
            found = augmented
        other = self._made_before(("reverse", *key[1:]), self._parts)
        assert other is not None
        return found, other

    def whole_function(
        self, function: Function, activity: Activity, lanes: Lanes
    ) -> Function | None:
        """The combined derivative of a function whose calls are differentiated whole in the reverse
        sweep; None: they are not."""
        if function.name not in self._whole:
            return None
        key = ("whole", function.name, activity, lanes.width)
        found = self._made_before(key, self._parts)
        if found is None:
            type_ = reverse.whole_type(activity, function, lanes)
            found = self._functions[key] = self.new_function(function.name, "whole", type_)
            part = reverse.Reverse(self, function, activity, found, None, lanes, whole=True)
            self._parts.setdefault(activity, []).append(part)
            part.build()
        return found

    def _reverse(self, request: Request) -> Function:
        """The combined derivative: forward sweep and reverse sweep in one function, wrapped."""
        activity = self._activity(request)
        source = activity.root
        lanes = Lanes.of(request.width, self.settings)
        root = self._combined(request, activity, lanes)
        inner = root.target
        params, roles = parameters(request, source)
        fields = [
            lanes.outside(source.args[o.index].type)
            for o in request.operands
            if o.activity is Role.OUT
        ]
        if request.primal_return:
            fields.insert(0, source.type.result)
        result = result_type(fields)
        made = self.new_function(source.name, "autodiff", ty.function(result, params))
        keep_by_value(made, source, roles)
        emit = Builder(made.add_block("entry"))
        check_own(self, emit, source.name)
        given = [made.args[at] for at, _ in roles]
        check_apart(self, emit, activity, given)
        self.variables.start(emit, activity, lanes, heap=True, arguments=given)
        arguments: list[Value] = []
        for arg in source.args:
            arguments.append(made.args[roles[arg.index][0]])
            if activity.has_shadow(arg):
                arguments += shadow_operands(emit, made, roles[arg.index], lanes)
        value = self._called(emit, request, root, arguments)
        self.variables.end(emit, activity, lanes)
        values: list[Value] = []
        if request.primal_return:
            values.append(reverse.field(emit, inner.type, value, 0))
        at = len(values)
        values += returned_gradients(emit, request, activity, lanes, value, at)
        return_fields(emit, result, values)
        self._end_on_unwinding(made, activity, lanes)
        return made

    def _end_on_unwinding(self, made: Function, activity: Activity, lanes: Lanes) -> None:
        """An exception that leaves the derivative finds no shadows of blocks any more."""
        if self.variables.workspaces.any_left(activity):
            clean_up(self.module, made, lambda emit: self.variables.end(emit, activity, lanes))

    def _combined(
        self,
        request: Request,
        activity: Activity,
        lanes: Lanes,
        apart: Apart = (),
        ordered: Ordered = frozenset(),
    ) -> reverse.Reverse:
        """Forward sweep and reverse sweep in one function, and what they call."""
        source = activity.root
        not_needed = self._not_needed(request, source)
        may_wait = self.settings.whole and self.settings.drop and not self.again
        self._whole = postponable(activity, not_needed) if may_wait else {}
        if known := self._shared.unfit(self._whole, activity, lanes.width):
            self._whole = waiting_still(activity, [n for n in self._whole if n not in known])
        serial, made = dict(self._serial), len(self.made)
        reported = self.report.count if self.report is not None else 0

        def start_again(wrong: Mapping[str, list[str]]) -> None:
            self._shared.add_unfit(wrong, activity, lanes.width)
            left = [name for name in self._whole if name not in wrong]
            self._whole = waiting_still(activity, left)
            self._forget(activity, made)
            self._serial = dict(serial)
            if self.report is not None:
                self.report.cut(reported)

        if self._whole and worth_trying(activity, self._whole):
            wrong: dict[str, list[str]] = {}
            with suppress(Diagnosis):  # which comes again, in its turn
                for name in self._whole:
                    self.whole_function(activity.objects.functions[name], activity, lanes)
                wrong = unfit(self._parts[activity], alone=True)
            start_again(wrong)
        while True:
            inner = self.new_function(
                source.name, "gradient", reverse.combined_type(activity, source, request, lanes)
            )
            root = reverse.Reverse(self, source, activity, inner, None, lanes, request)
            root.changes.apart, root.changes.ordered = apart, ordered
            root.build()
            parts = [root, *self._parts.get(activity, ())]
            if self.settings.drop:
                drop_unwanted(parts, not_needed)
            wrong = unfit(parts) if self._whole else {}
            if not wrong:
                break
            start_again(wrong)
        self._whole = {}
        if self.settings.gather and not self.again:
            for part in parts:
                gather(part)
        if self.settings.scopes and not self.again:
            for part in parts:
                state_scopes(part)
        return root

    def _called(
        self, emit: Builder, request: Request, root: reverse.Reverse, arguments: list[Value]
    ) -> Value:
        """A call of the combined derivative, or of its version for memory that is apart."""
        inner = root.target
        plain = root.lanes.width == 1 and not self.again and root.activity not in self._parts
        versions: list[tuple[Function, Function]] = []
        if plain and self.settings.distinct:
            versions = distinct_version(
                self,
                root,
                lambda copy, apart, ordered: self._combined(
                    request, self._activity(request, copy.name), root.lanes, apart, ordered
                ),
            )
        if not versions:
            return emit.call(inner.symbol, inner.type, arguments)
        primal: list[Value] = []
        shadows: list[Value] = []
        rest = list(arguments)
        for arg in root.source.args:
            primal.append(rest.pop(0))
            if root.activity.has_shadow(arg):
                shadows.append(rest.pop(0))
        made = emit.block.function
        assert made is not None
        end = made.add_block("end")
        results: list[tuple[Value, Block]] = []

        def run(version: Function, block: Block) -> None:
            emit.at(block)
            results.append((emit.call(version.symbol, version.type, arguments), block))
            emit.branch(end)

        best = inner
        for check, version in versions:
            holds = emit.call(check.symbol, check.type, [*primal, *shadows])
            further, enough = made.add_block("apart"), made.add_block("together")
            emit.cond_branch(holds, further, enough)
            run(best, enough)
            emit.at(further)
            best = version
        run(best, emit.block)
        emit.at(end)
        if inner.type.result is ty.VOID:
            return results[0][0]
        return emit.phi(inner.type.result, results)

    def _forget(self, activity: Activity, made: int) -> None:
        """What has been made since for a derivative is not used."""
        self.forget(made)
        self._parts.pop(activity, None)
        for key in [key for key in self._functions if key[2] is activity]:
            del self._functions[key]

    def forget(self, made: int) -> None:
        """The functions that have been made since are not used."""
        for name in self.made[made:]:
            self.module.remove_function(name)
        del self.made[made:]

    def parts_of(self, activity: Activity) -> list[reverse.Reverse]:
        """The functions that stay calls in the derivative of one request."""
        return self._parts.get(activity, [])

    def gradient_from_log(self, request: Request, made: Halves, stable: frozenset[int]) -> Halves:
        """The halves with a reverse half that reads the log of split forward mode."""
        activity = self._activity(request)
        own = [a for a in activity.root.args if _is_own_memory(a)]
        activity.split([*own, *(activity.root.args[i] for i in sorted(stable))])
        return self._players[split_key(request)].gradient(request, activity, made)

    def halves(self, request: Request, stable: frozenset[int], *, wanted: bool) -> Halves:
        """The two halves of the derivative that answers a request of split mode.

        stable   the parameters behind which memory does not change between the halves
        wanted   does any first half return the function's own result?
        """
        key = split_key(request)
        found = self._halves.get(key)
        if found is None:
            activity = self._activity(request)
            own = [a for a in activity.root.args if _is_own_memory(a)]
            activity.split([*own, *(activity.root.args[i] for i in sorted(stable))])
            if request.for_tangent and self.again:
                raise Unsupported(
                    request.location,
                    "cannot differentiate a function that asks for '__enzyme_fwdsplit'",
                    because="what its tape holds is not known as a derivative is",
                    remedy="use '__enzyme_fwddiff' there",
                )
            if request.for_tangent:
                self._players[key] = Replay(self, request, activity)
                found = self._players[key].halves(number_of(request))
            else:
                found = Split(self, request, activity, wanted=wanted).halves()
            self._halves[key] = found
        return found


def _is_own_memory(argument: Argument) -> bool:
    """Does a parameter point to memory that the function has for itself?"""
    return "byval(" in argument.attributes or "sret(" in argument.attributes


def _reads_variadic(objects: Objects, function: Function) -> bool:
    """Does a variadic function read its variable arguments, or one that it calls (and that is not
    vprintf)?"""
    lists: set[Node] = set()
    loads: list[Load] = []
    reached = {function.name}
    work = [function]
    while work:
        for inst in work.pop().instructions():
            match inst:
                case VAArg():
                    return True
                case Load():
                    loads.append(inst)
                case CallBase(callee=Global(name=name)):
                    if name.startswith(("llvm.va_start", "llvm.va_copy")):
                        for node in objects.nodes_behind(inst.arguments[0]):
                            lists.add(node)
                            lists.update(node.links())
                    elif name in objects.functions and name not in reached:
                        reached.add(name)
                        work.append(objects.functions[name])
    if not lists:
        return False
    return any(not lists.isdisjoint(objects.nodes_behind(load.pointer)) for load in loads)


def _split_attributes(text: str) -> list[str]:

    return re.findall(r'"[^"]*"(?:="[^"]*")?|[a-z_]+(?:\([^()]*(?:\([^()]*\))?[^()]*\))?', text)


def _carries_over(attribute: str) -> bool:
    return attribute.startswith(
        (
            '"target-', '"tune-cpu"', '"frame-pointer"', '"no-trapping-math"', '"stack-protector',
            '"min-legal-vector-width"', '"prefer-vector-width"', "sanitize_", "uwtable",
            "sspstrong", "ssp", '"unsafe-fp-math"', '"no-nans', '"no-infs', '"denormal',
            '"probe-stack"', '"no-builtin',
        )
    )  # fmt: skip
