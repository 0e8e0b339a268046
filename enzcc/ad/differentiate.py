"""The road of one module: find the markers, prepare, differentiate, splice, complete.

text -> requests -> simplified copies -> derivative functions -> marker calls replaced -> text

Derivatives of derivatives take several rounds, the innermost first: what a round has made is
ordinary code for the next.
"""

from __future__ import annotations

import dataclasses
import gc
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import final

from enzcc import llvm
from enzcc.ad.byhand.adapted import with_adapters
from enzcc.ad.byhand.custom import Custom
from enzcc.ad.byhand.knowledge import kept_functions, knowledge, settled, with_formulas
from enzcc.ad.calls.callbacks import built_in
from enzcc.ad.calls.dispatch import PREFIX
from enzcc.ad.copies import resources
from enzcc.ad.copies.faraway import without_far_lines
from enzcc.ad.copies.library import library_for, rounds_to_bfloat, with_library
from enzcc.ad.copies.numbers import with_tables, without_tables
from enzcc.ad.copies.prepare import copied, has_kept_calls, prepare
from enzcc.ad.copies.straight import ease, spare
from enzcc.ad.copies.strings import with_strings
from enzcc.ad.copies.unchecked import has_checks
from enzcc.ad.copies.unpacked import pack, unpack
from enzcc.ad.engine import Engine
from enzcc.ad.exceptions.destroyed import counts_handlers
from enzcc.ad.extras.choices import answer_choices
from enzcc.ad.extras.sparse import without_dense_arrays
from enzcc.ad.extras.truncate import truncate
from enzcc.ad.extras.unrewritten import without_rewriting
from enzcc.ad.iterations.loops import lower_loops
from enzcc.ad.iterations.looptext import (
    LOOPS,
    has_loops,
    needs_plain_loops,
    uses_driver,
    with_plain_loops,
    without_traces,
)
from enzcc.ad.iterations.outline import outline_loops
from enzcc.ad.modes.guards import with_definitions
from enzcc.ad.modes.paired import without_pairs
from enzcc.ad.modes.split import split_key, with_tangents
from enzcc.ad.names import SUFFIX, kept
from enzcc.ad.nests.abreast import row_by_row
from enzcc.ad.nests.ascending import ascend
from enzcc.ad.nests.border import take_apart
from enzcc.ad.nests.cleared import clear_in_place
from enzcc.ad.nests.contracted import contract
from enzcc.ad.nests.hopeful import without_guards
from enzcc.ad.nests.interchanged import go_along_rows
from enzcc.ad.nests.latest import with_latest_last
from enzcc.ad.nests.passed import pass_by_cells
from enzcc.ad.nests.reciprocals import with_reciprocals
from enzcc.ad.nests.resets import reset_at_once
from enzcc.ad.nests.scaled import scale_once
from enzcc.ad.nests.stencils import gather_rows
from enzcc.ad.refused import Asked, Refusal, Refused, asked, end_program
from enzcc.ad.report import Report
from enzcc.ad.rounds import innermost, to_differentiate
from enzcc.ad.sanitized import keep_in_order
from enzcc.ad.tape.remembered import remember
from enzcc.errors import Diagnosis, InternalError, Unsupported, UserMistake
from enzcc.ir.aliases import without_aliases
from enzcc.ir.instructions import CallBase
from enzcc.ir.lines import attribute_groups, line_of, lines_with
from enzcc.ir.module import Module
from enzcc.ir.names import quoted
from enzcc.ir.types import FunctionType, Type
from enzcc.ir.unreached import without_unreached
from enzcc.ir.values import Global
from enzcc.markers import (
    TODENSE,
    Annotations,
    MarkerCall,
    Mode,
    NeedsInlining,
    Request,
    find_marker_calls,
    markers_with_bodies,
    place_contexts,
    place_virtuals,
    put_back,
    read_annotations,
    read_request,
    replace,
    replace_batch,
    replace_half,
    replace_size,
    set_aside,
    split_choices,
    virtual_function,
)
from enzcc.patterns import pattern
from enzcc.rules.guards import guard_of
from enzcc.settings import Settings
from enzcc.source import warn

MOST_WRAPPERS = 16
"""How deep a marker may stand in functions that get its operands as arguments."""


_DEFINED_MARKER = pattern(r"^define [^@\n]*@__(?:enzyme|poseidon)_", re.M)

RECURSION_LIMIT = 200_000
"""Calls of Python functions: their frames are on the heap."""


def differentiate(
    text: str, settings: Settings, runtime: Callable[..., str], report: Report | None = None
) -> str:
    """The module without marker calls, the derivatives in their place.

    text      LLVM 22 IR as `llvm.normalise` prints it, not optimised
    runtime   gives the run-time library as IR for the same target, with parts of it that are
              seldom needed; asked only if it is needed
    report    is told what was stored and computed again

    Raises Diagnosis for what the user must change. Without markers, the text comes back as it is.
    """
    if not settings.enable:
        return text
    text, tables = without_tables(text)
    with _interpreter_at_ease():
        _warn_of_bodies(text)
        if not _wants_lines(text, settings):
            text = without_far_lines(text)
        text = _differentiate(text, settings, runtime, report)
        return with_tables(_truncated(text, settings, runtime), tables)


def _warn_of_bodies(text: str) -> None:
    """Says which functions have the names of markers, and bodies."""
    lines = (at for start in ("@__enzyme_", "@__poseidon_") for at in lines_with(text, start))
    if not any(_DEFINED_MARKER.match(text, at) for at in lines):
        return
    module = Module.parse(text)
    for name in markers_with_bodies(module):
        warn(
            module.subprogram_location(name),
            f"'{name}' has a body, so its calls ask for no derivative: only declare it",
        )


@contextmanager
def _interpreter_at_ease() -> Iterator[None]:
    """Expressions and chains of values may be long; and IR is one large cycle of references, in
    which the search for garbage would find nothing but take a quarter of the time."""
    limit, collects = sys.getrecursionlimit(), gc.isenabled()
    sys.setrecursionlimit(RECURSION_LIMIT)
    gc.disable()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        if collects:
            gc.enable()


@final
class _NotVirtual(Exception):
    """A function in a table whose shadow is asked for has no derivative."""

    def __init__(self, name: str, mistake: Diagnosis) -> None:
        super().__init__(name)
        self.name, self.mistake = name, mistake


@final
class _Ways:
    """How the functions of each request are seen. What is refused with loops unrolled as at -O3,
    with the checks of sanitizers, or with calls that could be inlined, is made of code without,
    and, at last, with an analysis of memory that takes longer; other requests are not."""

    def __init__(self, settings: Settings) -> None:
        self._first = settings
        self._other: dict[Asked, Settings] = {}
        self._mistakes: dict[Asked, Diagnosis] = {}

    def of(self, request: Request) -> Settings:
        return self._other.get(asked(request), self._first)

    def others_first(self, requests: list[Request]) -> list[Request]:
        """Those that have been refused in front: if they are refused for good, nothing else need
        be made."""
        return sorted(requests, key=lambda r: asked(r) not in self._other)

    def change(self, refusals: list[Refusal], text: str) -> list[Refusal]:
        """Sees these in another way. Returns those for which none is left."""
        lost: set[Asked] = set()
        for refusal in {r.asked: r for r in reversed(refusals)}.values():
            way = self._other.get(refusal.asked, self._first)
            other = _other_way(text, way)
            if other is None or other.copies == way.copies:  # the same error at every level
                self._mistakes.setdefault(refusal.asked, refusal.mistake)
            if other is None:
                lost.add(refusal.asked)
            else:
                self._other[refusal.asked] = other
        return [r for r in refusals if r.asked in lost]

    def mistake(self, refusal: Refusal) -> Diagnosis:
        """What the user is told of one for which no way is left."""
        return self._mistakes[refusal.asked]


def _other_way(text: str, settings: Settings) -> Settings | None:
    """How else these functions can be seen; with less in them, more is known of memory."""
    if settings.copies > 2:
        return dataclasses.replace(settings, unroll=False)
    if settings.checks and has_checks(text):
        return dataclasses.replace(settings, checks=False)
    if settings.includes:
        return None
    kept = settings.calls and not settings.before_opt and has_kept_calls(text)
    if kept or "@llvm.memcpy." in text:
        return dataclasses.replace(settings, calls=settings.calls and not kept, includes=True)
    return None


def _differentiate(
    text: str, settings: Settings, runtime: Callable[..., str], report: Report | None
) -> str:
    """As `differentiate`; functions in shadows of tables may turn out to have no derivative."""
    excluded: frozenset[str] = frozenset()
    while "__enzyme_virtualreverse" in text:
        module = Module.parse(text)
        named = place_virtuals(module, excluded)
        if named is None:
            break
        try:
            placed = llvm.normalise(module.print())
            return _differentiated(placed, settings, runtime, report, named)
        except _NotVirtual as found:
            if found.name in excluded:
                raise found.mistake from None
            excluded |= {found.name}
    return _differentiated(text, settings, runtime, report)


def _differentiated(
    text: str,
    settings: Settings,
    runtime: Callable[..., str],
    report: Report | None,
    named: frozenset[str] = frozenset(),
) -> str:
    """The same, once shadows of tables are in place.

    named   functions in them that must have a derivative
    """
    ways = _Ways(settings)
    text = without_aliases(text)
    text = without_rewriting(answer_choices(text) or text)
    text = _with_small_markers_aside(text, checks=settings.checks)
    text = _inline_always(_protected(with_adapters(text)))
    read, module, requests = _inline_wrappers(_with_contexts(text))
    text = with_library(_without_batches(built_in(read, module, requests)), runtime)
    copied_once = lru_cache(1)(copied)  # what is refused is often seen in another way only
    made: list[str] = []
    some_refused = False
    while True:
        if text is not read:
            module = Module.parse(text)
            requests = _requests(module)
        read = ""
        if not requests:
            text = _put_back(text)
            needed = some_refused or uses_driver(text)
            if not needed:
                return text
            text = _without_words(text)
            return llvm.complete(text, [], library_for(text, runtime, *LOOPS))
        annotations = _annotations(module)
        Custom(module, annotations).check()
        first = ways.others_first(innermost(module, requests))
        keep = kept_functions(annotations, first[0].family)
        way = ways.of(first[0])
        first = [
            r for r in first if kept_functions(annotations, r.family) == keep and ways.of(r) == way
        ]
        answered = {asked(r) for r in first}
        nested = False
        if has_loops(text):
            again = to_differentiate(module, requests, answered, annotations)
            inner = {asked(r) for r in first if needs_plain_loops(r, again)}
            nested = asked(first[0]) in inner
            first = [r for r in first if (asked(r) in inner) == nested]
            answered = {asked(r) for r in first}
        if nested:
            annotations = with_plain_loops(annotations)
            keep = kept_functions(annotations, first[0].family)
        last = len(first) == len(requests)
        again = frozenset() if last else to_differentiate(module, requests, answered, annotations)
        versions = settings.distinct and last
        roots = tuple(r.callee for r in first)
        distinct = tuple(r.callee for r in first if r.mode is Mode.REVERSE) if versions else ()
        copies = prepare(
            copied_once(
                text,
                roots,
                keep,
                tuple(annotations.inactive_globals),
                optimise=not settings.before_opt,
                level=way.copies,
                distinct=distinct,
                checks=way.checks,
                calls=way.calls,
            ),
            roots,
            optimise=not settings.before_opt,
            distinct=distinct,
            arms=settings.arms,
            choices=settings.choices,
            counters=settings.counters,
            ends=settings.ends,
        )
        described = report.count if report is not None else 0
        try:
            done = _round(copies, text, answered, again, annotations, keep, way, report, named)
        except Refused as refused:
            if report is not None:
                report.cut(described)
            lost = ways.change(refused.refusals, text)
            if lost and not settings.runtime_error:
                raise ways.mistake(lost[0]) from None
            if lost:
                text, some_refused = llvm.normalise(_with_refusal(text, lost)), True
            continue
        made += done.made
        uses_runtime = done.uses_runtime or some_refused
        try:
            if last:
                text = without_unreached(_without_words(_with_guards(_put_back(done.text))))
                text = text if _wants_lines(text, settings) else llvm.without_debug(text)
                drives = LOOPS if uses_driver(text) else ()
                uses_runtime = uses_runtime or bool(drives) or rounds_to_bfloat(text)
                library = library_for(text, runtime, *drives) if uses_runtime else None
                text = llvm.complete(text, made, library)
                return _finished(text, made, settings)
            llvm.verify(done.text)
            library = library_for(done.text, runtime) if uses_runtime else None
            text = llvm.normalise(llvm.link(done.text, library()) if library else done.text)
        except llvm.InvalidIR as error:
            raise InternalError(f"the derivative is not valid IR: {error}") from error


def _wants_lines(text: str, settings: Settings) -> bool:
    """Does somebody want to know places in the source, once derivatives are made? Messages about
    functions at lower precision do."""
    truncates = "__enzyme_truncate" in text or "__enzyme_expand" in text
    return settings.lines or truncates or bool(settings.truncate_all)


def _finished(text: str, made: list[str], settings: Settings) -> str:
    """The module with what can be done better now that LLVM has simplified the derivatives."""
    module = Module.parse(text)
    take_apart(module, made)
    for wanted, step in (
        (settings.reciprocals, with_reciprocals),
        (settings.stencils, gather_rows),
        (settings.rows, go_along_rows),
        (settings.resets, reset_at_once),
        (settings.skips and settings.strong_zero is not False, pass_by_cells),
        (settings.forwards, ascend),
        (settings.hope, without_guards),
        (settings.hope, scale_once),
        (settings.latest, with_latest_last),
        (settings.remember, remember),
        (settings.clears, clear_in_place),
        (settings.abreast, row_by_row),
        (settings.contract, contract),
    ):
        if wanted:
            step(module, made)
    spare(module, made)
    keep_in_order(module, made)
    return module.print()


def _with_refusal(text: str, refusals: list[Refusal]) -> str:
    """The module where the end of the program is in the place of requests."""
    module = Module.parse(text)
    calls: dict[str, list[CallBase]] = {}
    for request in _requests(module):
        calls.setdefault(request.caller.name, []).append(request.call)
    for refusal in refusals:
        end_program(module, calls[refusal.caller][refusal.number], refusal.mistake)
    return module.print()


def _truncated(text: str, settings: Settings, runtime: Callable[[], str]) -> str:
    """Functions at lower precision come last: they may ask for derivatives."""
    text, made, uses_runtime = truncate(text, settings.truncate_all)
    if not made:
        return text
    try:
        return llvm.complete(text, made, library_for(text, runtime) if uses_runtime else None)
    except llvm.InvalidIR as error:
        raise InternalError(f"a truncated function is not valid IR: {error}") from error


def _differentiating_calls(module: Module) -> list[MarkerCall]:
    """The markers that are answered by derivatives."""
    return [found for found in find_marker_calls(module) if found.mode is not Mode.TRUNCATE]


def _with_contexts(text: str) -> str:
    """Shadows of global variables that the program speaks of are there from the start."""
    if not any(f"__enzyme_{word}" in text for word in ("shadow", "context", "zero_shadows")):
        return text
    module = Module.parse(text)
    return llvm.normalise(module.print()) if place_contexts(module) else text


def _without_batches(text: str) -> str:
    """Batches are calls: they are put in place before anything is differentiated."""
    if "__enzyme_batch" not in text:
        return text
    module = Module.parse(text)
    found = [m for m in find_marker_calls(module) if m.mode is Mode.BATCH]
    for marker in found:
        for call in split_choices(module, marker.caller, marker.call):
            replace_batch(read_request(module, marker.caller, call), module)
    return llvm.normalise(_without_words(module.print())) if found else text


def _with_small_markers_aside(text: str, *, checks: bool) -> str:
    try:
        text = lower_loops(outline_loops(text, checks=checks))
    except Unsupported:
        if not checks or not has_checks(text):
            raise
        text = lower_loops(outline_loops(text, checks=False))
    aside = unpack(set_aside(text))
    if aside is text:
        return text
    try:
        return llvm.normalise(aside)
    except llvm.InvalidIR as error:
        raise InternalError(f"a marker was replaced by IR that is not valid: {error}") from error


def _put_back(text: str) -> str:
    """The finished module without what the small markers and loops have become."""
    before = _unprotected(text)
    text = without_traces(before)
    if TODENSE in text:
        text = without_dense_arrays(text, read_annotations(Module.parse(text)).sparse)
    text = put_back(text if text is before else llvm.inline(text), llvm.inline)
    return pack(text, llvm.inline)


def _annotations(module: Module) -> Annotations:
    """What the program says, and what holds of the library as if it said so."""
    said = settled(read_annotations(module), module)
    return with_strings(with_formulas(said, module), module)


_PROTECTED = '"enzcc-always-inline"'


def _protected(text: str) -> str:
    """Functions that the program speaks of are not inlined for now, whatever they say."""
    if "alwaysinline" not in text:
        return text
    module = Module.parse(text)
    annotations = _annotations(module)
    groups = attribute_groups(text)
    for name in kept_functions(annotations, Mode.FORWARD) | kept_functions(
        annotations, Mode.REVERSE
    ):
        match = _definition_line(text, name)
        attributes = groups.get(match.group(2).strip(), "") if match is not None else ""
        if match is None or "alwaysinline" not in attributes.split():
            continue
        attributes = attributes.replace("alwaysinline", "noinline")
        line = f"{match.group(1)} {attributes} {_PROTECTED}{match.group(3)}"
        text = text[: match.start()] + line + text[match.end() :]
    return text


def _unprotected(text: str) -> str:
    """These functions as they were."""
    if _PROTECTED not in text:
        return text

    out: list[str] = []
    done = 0
    for start in lines_with(text, _PROTECTED):
        if text.startswith(("attributes #", "define "), start):
            end = text.find("\n", start)
            line = text[start:end].replace(_PROTECTED, "").replace("noinline", "alwaysinline")
            out += [text[done:start], line]
            done = end
    return "".join([*out, text[done:]])


@final
@dataclass(frozen=True)
class _Done:
    """The module after a round, the functions made in it, and whether these need the run-time
    library."""

    text: str
    made: list[str]
    uses_runtime: bool


def _round(
    module: Module,
    text: str,
    answered: set[Asked],
    again: frozenset[str],
    annotations: Annotations,
    keep: frozenset[str],
    settings: Settings,
    report: Report | None,
    named: frozenset[str],
) -> _Done:
    """Answers these requests, for whose functions the module has copies. Raises Refused, and the
    module is of no use any more.

    text    the module before the copies were made
    again   functions that will be differentiated in a later round
    keep    functions that copies call by their kept names
    named   functions in shadows of tables that must have a derivative
    """
    custom = Custom(module, annotations, text)
    modes = {mode for _, mode in answered}
    known = knowledge(annotations, keep, modes, module if settings.emptyfn_inactive else None)

    def new_engines() -> tuple[dict[bool, Engine], Engine]:
        make = partial(Engine, module, custom, known, settings, report)
        return {again: make(again=again) for again in (False, True)}, make(bounds=True)

    engines, bounds = new_engines()
    every = _requests(module)
    requests = [r for r in every if (r.callee, r.family) in answered]
    halves = _Splits(requests)
    refusals: list[Refusal] = []
    # a size may be the operand of a word in another call
    for request in sorted(requests, key=lambda r: r.mode is not Mode.TAPE_SIZE):
        if request.family not in (
            Mode.FORWARD,
            Mode.REVERSE,
            Mode.ERROR_ESTIMATE,
            Mode.FORWARD_SPLIT,
        ):
            raise Unsupported(
                request.location,
                f"'{request.marker}' is not supported yet",
                because="enzcc differentiates by '__enzyme_autodiff' and '__enzyme_fwddiff'",
            )
        if not settings.runtime_error and any(r.asked == asked(request) for r in refusals):
            continue
        try:
            if request.mode.is_split:
                halves.replace(request, engines[halves.is_again(request, again)])
                continue
            engine = engines[request.caller.name in again]
            if request.mode is Mode.ERROR_ESTIMATE:
                engine = bounds
            made = engine.derivative(request)
        except Diagnosis as mistake:
            victim = virtual_function(request.caller.name)
            if victim is not None and victim not in named:
                raise _NotVirtual(victim, mistake) from None
            if mistake.location is None:  # in what an earlier round has made
                mistake.location = request.location
            if isinstance(mistake, UserMistake):
                raise
            own = [r.call for r in every if r.caller is request.caller]
            number = own.index(request.call)
            refusals.append(Refusal(request.caller.name, number, asked(request), mistake))
            engines, bounds = new_engines()  # they hold functions that are not finished
            continue
        replace(request, module, made.symbol, made.type)
    if refusals:
        raise Refused(refusals)
    all_engines = (*engines.values(), bounds)
    names = [name for engine in all_engines for name in engine.made]
    used = _used(module, names, text)
    for name in module.functions_with_bodies():
        is_spare = name.startswith(PREFIX) and name not in used and _is_new(name, text)
        if name.endswith(SUFFIX) or is_spare:
            module.remove_function(name)
    for name in keep:
        if module.declares(kept(name)):
            module.remove_function(kept(name))
    for name in names:
        ease(module.function(name))
        module.function(name).name_everything()
    text = module.print()
    runtime = any(engine.uses_runtime for engine in all_engines) or counts_handlers(text)
    runtime = runtime or f"@{resources.NEW}(" in text
    return _Done(text, names, runtime)


@final
class _Splits:
    """The requests of split mode in one round: those about the same two halves must agree."""

    def __init__(self, requests: list[Request]) -> None:
        self._same: dict[tuple[object, ...], list[Request]] = {}
        for request in requests:
            if request.mode.is_split:
                self._same.setdefault(split_key(request), []).append(request)

    def is_again(self, request: Request, again: frozenset[str]) -> bool:
        """Will one of the functions that ask for these halves be differentiated?"""
        return any(r.caller.name in again for r in self._same[split_key(request)])

    def replace(self, request: Request, engine: Engine) -> None:
        promised = [
            {o.index for o in r.operands if not o.overwritten}
            for r in self._same[split_key(request)]
            if r.mode is not Mode.TAPE_SIZE
        ]
        stable = frozenset(set.intersection(*promised) if promised else ())
        tangents = (r for r in self._same[split_key(request)] if r.mode is Mode.FORWARD_SPLIT)
        wanted = any(
            r.tape is not None and r.tape.result
            for r in self._same[split_key(request)]
            if r.mode is Mode.AUGMENTED
        )
        made = engine.halves(next(tangents, request), stable, wanted=wanted)
        if request.for_tangent and request.mode is Mode.SPLIT_REVERSE:
            made = engine.gradient_from_log(request, made, stable)
        if request.mode is Mode.TAPE_SIZE:
            replace_size(request, made)
        else:
            replace_half(request, engine.module, made, again=engine.again)


def _used(module: Module, names: Iterable[str], text: str) -> set[str]:
    """These functions, and what they call by name; so do others that are new, as those that are
    made of copies for calls without a derivative."""
    work = list(names)
    found = set(work)
    for name in work:
        for inst in module.function(name).instructions():
            if isinstance(inst, CallBase) and isinstance(inst.callee, Global):
                called = inst.callee.name
                if called not in found:
                    found.add(called)
                    if module.defines(called) and _is_new(called, text):
                        work.append(called)
    return found


def _is_new(name: str, text: str) -> bool:
    """Is it a function that was not there before?"""
    return f"@{quoted(name)}(" not in text


def _with_guards(text: str) -> str:
    """The module with products in which zero wins written out."""
    text = without_pairs(text)
    module = Module.parse(text)
    types: dict[str, Type] = {}
    for name in module.symbols():
        if guard_of(name) is not None:
            made = module.symbol(name).value_type
            assert isinstance(made, FunctionType)
            types[name] = made.result
    return llvm.inline(with_definitions(text, types)) if types else text


_WORD_VARIABLE = pattern(
    r"\n(@enzyme_(?!checkpoint_(?!region\b))\w+) = external"
    r" (?:(?:dso_local|thread_local|local_unnamed_addr) )*global"
    r" ([^,\s]+)"
)


_REGISTERED = pattern(
    r"__enzyme_(?:register_|inactive|nofree|function_like|allocation_like|shouldrecompute"
    r"|sparse_accumulate|shadow_global)"
)
_REGISTRATION = pattern(
    rf"\n(@\S*{_REGISTERED.pattern}\S*"
    r" =) (?:(?:internal|dso_local|local_unnamed_addr|unnamed_addr|hidden|protected) )*"
    r"(global|constant) "
)


_USED = pattern(
    r"^(@llvm\.(?:compiler\.)?used = appending global) \[\d+ x ptr\] \[(.*)\](.*)\n", re.MULTILINE
)


def _without_words(text: str) -> str:
    """Marker words that some dead code still loads, and registrations, are no symbols for the
    linker; nothing keeps these any more."""
    text = _WORD_VARIABLE.sub(r"\n\1 = internal global \2 zeroinitializer", text)
    if _REGISTERED.search(text) is None:
        return text
    read = {found[1].removesuffix(" =") for found in _REGISTRATION.finditer(text)}

    def others(used: re.Match[str]) -> str:
        names = [name for name in used[2].split(", ") if name.removeprefix("ptr ") not in read]
        listed = f"[{len(names)} x ptr] [{', '.join(names)}]"
        return f"{used[1]} {listed}{used[3]}\n" if names else ""

    return _REGISTRATION.sub(r"\n\1 internal \2 ", _USED.sub(others, text))


def _requests(module: Module) -> list[Request]:
    out: list[Request] = []
    for found in _differentiating_calls(module):
        if found.caller.name.endswith(SUFFIX):
            continue
        for call in split_choices(module, found.caller, found.call):
            out.append(read_request(module, found.caller, call))
    return list(with_tangents(out))


def _inline_always(text: str) -> str:
    """Functions that are to be inlined always, and hold markers, are inlined."""
    if "alwaysinline" not in text:
        return text
    groups = {g for g, words in attribute_groups(text).items() if "alwaysinline" in words.split()}
    module = Module.parse(text)
    for found in find_marker_calls(module):
        words = found.caller.trailer.split()
        if "alwaysinline" in words or not groups.isdisjoint(words):
            return llvm.inline(text)
    return text


def _inline_wrappers(text: str) -> tuple[str, Module, list[Request]]:
    """Functions that get the function to differentiate as an argument are inlined. Comes with the
    module, and what is asked for there."""
    for _ in range(MOST_WRAPPERS):
        module = Module.parse(text)
        wrappers: set[str] = set()
        requests: list[Request] = []
        mistake: NeedsInlining | None = None
        for found in _differentiating_calls(module):
            try:
                for call in split_choices(module, found.caller, found.call):
                    requests.append(read_request(module, found.caller, call))
            except NeedsInlining as wanted:
                wrappers.add(wanted.wrapper)
                mistake = wanted
        if mistake is None:
            return text, module, list(with_tangents(requests))
        before = text
        for name in sorted(wrappers):
            text = _marked_inline(text, name)
        if text == before:
            break
        text = llvm.inline(text)
    assert mistake is not None
    raise mistake.otherwise


def _definition_line(text: str, name: str) -> re.Match[str] | None:
    """The line of a function with a body: its head, its attribute group, what follows."""
    found = line_of(text, name, "define ")
    if found is None:
        return None
    head = rf"(define [^\n]*@{re.escape(quoted(name))}\([^\n]*?)"
    return re.compile(rf"{head}((?: #\d+)?)([^\n#]*\{{)$", re.M).match(text, found[0])


def _marked_inline(text: str, name: str) -> str:
    """The module with a function marked to be inlined everywhere."""
    match = _definition_line(text, name)
    if match is None or " alwaysinline" in match.group(0):
        return text
    groups = attribute_groups(text)
    attributes = groups.get(match.group(2).strip(), "")
    attributes = re.sub(r"\b(?:noinline|optnone)\b ?", "", attributes)
    return (
        text[: match.start()]
        + f"{match.group(1)} {attributes} alwaysinline{match.group(3)}"
        + text[match.end() :]
    )
