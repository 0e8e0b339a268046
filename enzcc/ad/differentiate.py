"""The road of one module: find the markers, prepare, differentiate, splice, complete.

text -> requests -> simplified copies -> derivative functions -> marker calls replaced -> text
"""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from enzcc import llvm
from enzcc.ad.dispatch import PREFIX
from enzcc.ad.engine import Engine
from enzcc.ad.names import SUFFIX
from enzcc.ad.prepare import prepare
from enzcc.ad.report import Report
from enzcc.ad.straight import ease
from enzcc.errors import InternalError, Unsupported
from enzcc.ir.module import Module
from enzcc.ir.names import quoted
from enzcc.markers import (
    Mode,
    NeedsInlining,
    Request,
    find_marker_calls,
    read_request,
    replace,
    split_choices,
)
from enzcc.settings import Settings

MOST_WRAPPERS = 16
"""How deep a marker may stand in functions that get its operands as arguments."""


RECURSION_LIMIT = 200_000
"""Calls of Python functions: their frames are on the heap."""


def differentiate(
    text: str, settings: Settings, runtime: Callable[[], str], report: Report | None = None
) -> str:
    """The module without marker calls, the derivatives in their place.

    text      LLVM 22 IR as `llvm.normalise` prints it, not optimised
    runtime   gives the run-time library as IR for the same target; asked only if it is needed
    report    is told what was stored and computed again

    Raises Diagnosis for what the user must change. Without markers, the text comes back as it is.
    """
    if not settings.enable:
        return text
    with _interpreter_at_ease():
        return _differentiate(text, settings, runtime, report)


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


def _differentiate(
    text: str, settings: Settings, runtime: Callable[[], str], report: Report | None
) -> str:
    text = _inline_wrappers(text)
    module = Module.parse(text)
    requests = _requests(module)
    if not requests:
        return text
    _refuse_nested(module, requests)
    callees = [request.callee for request in requests]
    module = prepare(text, callees, optimise=not settings.before_opt)
    requests = _requests(module)
    engine = Engine(module, settings, report)
    for request in requests:
        if request.mode not in (Mode.FORWARD, Mode.REVERSE) or request.width != 1:
            raise Unsupported(
                request.location,
                f"'{request.marker}' is not supported yet"
                if request.width == 1
                else "a width of more than 1 is not supported yet",
                because="enzcc differentiates by '__enzyme_autodiff' and '__enzyme_fwddiff', one"
                " direction at a time",
                remedy="call the marker once for each direction" if request.width != 1 else "",
            )
        made = engine.derivative(request)
        replace(request, module, made.symbol, made.type)
    for name in module.functions_with_bodies():
        if name.endswith(SUFFIX) or (name.startswith(PREFIX) and name not in engine.made):
            module.remove_function(name)
    for name in engine.made:
        ease(module.function(name))
        module.function(name).name_everything()
    result = _without_words(module.print())
    try:
        return llvm.complete(result, engine.made, runtime if engine.uses_runtime else None)
    except llvm.InvalidIR as error:
        raise InternalError(f"the derivative is not valid IR: {error}") from error


_WORD_VARIABLE = re.compile(
    r"^(@enzyme_\w+) = external (?:(?:dso_local|thread_local|local_unnamed_addr) )*global"
    r" ([^,\s]+)",
    re.M,
)


def _without_words(text: str) -> str:
    """Marker words that some dead code still loads are no symbols for the linker."""
    return _WORD_VARIABLE.sub(r"\1 = internal global \2 zeroinitializer", text)


def _requests(module: Module) -> list[Request]:
    out: list[Request] = []
    for found in find_marker_calls(module):
        if found.caller.name.endswith(SUFFIX):
            continue
        for call in split_choices(module, found.caller, found.call):
            out.append(read_request(module, found.caller, call))
    return out


def _refuse_nested(module: Module, requests: list[Request]) -> None:
    """Derivatives of functions that hold markers themselves are not there yet."""
    callers = {r.caller.name for r in requests}
    bodies = set(module.functions_with_bodies())
    for request in requests:
        seen: set[str] = set()
        work = [request.callee]
        while work:
            name = work.pop()
            if name in seen or name not in bodies:
                continue
            seen.add(name)
            work.extend(module.calls_in_text(name))
        nested = sorted(callers & seen)
        if nested:
            raise Unsupported(
                request.location,
                f"cannot differentiate '{request.callee}': it asks for derivatives itself",
                because=f"'{nested[0]}' contains a marker, and derivatives of derivatives are not"
                " supported yet",
            )


def _inline_wrappers(text: str) -> str:
    """Functions that get the function to differentiate as an argument are inlined."""
    for _ in range(MOST_WRAPPERS):
        module = Module.parse(text)
        wrappers: set[str] = set()
        mistake: NeedsInlining | None = None
        for found in find_marker_calls(module):
            try:
                for call in split_choices(module, found.caller, found.call):
                    read_request(module, found.caller, call)
            except NeedsInlining as wanted:
                wrappers.add(wanted.wrapper)
                mistake = wanted
        if mistake is None:
            return text
        before = text
        for name in sorted(wrappers):
            text = _marked_inline(text, name)
        if text == before:
            break
        text = llvm.inline(text)
    assert mistake is not None
    raise mistake.otherwise


def _marked_inline(text: str, name: str) -> str:
    """The module with a function marked to be inlined everywhere."""
    pattern = re.compile(
        rf"^(define [^\n]*@{re.escape(quoted(name))}\([^\n]*?)((?: #\d+)?)([^\n#]*\{{)$", re.M
    )
    match = pattern.search(text)
    if match is None or " alwaysinline" in match.group(0):
        return text
    groups = dict(re.findall(r"^attributes (#\d+) = \{ (.*) \}$", text, re.M))
    attributes = groups.get(match.group(2).strip(), "")
    attributes = re.sub(r"\b(?:noinline|optnone)\b ?", "", attributes)
    return (
        text[: match.start()]
        + f"{match.group(1)} {attributes} alwaysinline{match.group(3)}"
        + text[match.end() :]
    )
