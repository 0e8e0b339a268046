"""Finds the calls of markers in a module, and those that only look like one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

from enzcc.errors import MisspeltMarker
from enzcc.ir.function import Function
from enzcc.ir.instructions import CallBase
from enzcc.ir.values import Global
from enzcc.markers.names import MARKERS, RUNTIME, Mode, mode_of
from enzcc.markers.trace import Tracer
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ir import Module

_SUSPECT: Final = pattern(r"_*enz[a-z]*_\w+", re.IGNORECASE)
_LIKENESS: Final = 0.84


@final
@dataclass(frozen=True, eq=False)
class MarkerCall:
    """A call of a marker, not read yet."""

    caller: Function
    call: CallBase
    mode: Mode


def find_marker_calls(module: Module) -> list[MarkerCall]:
    """All marker calls, by function and then in the order of their instructions.

    Only functions whose text mentions a marker are parsed. Raises MisspeltMarker for a call of a
    function that is declared only and whose name looks like a marker.
    """
    markers: dict[str, Mode] = {}
    suspects: dict[str, str] = {}
    for name in module.symbols():
        if "enz" not in name.lower() and "__poseidon_" not in name:
            continue
        if not _SUSPECT.search(name) and "__poseidon_" not in name:
            continue
        symbol = module.symbol(name)
        if symbol.kind != "function" or symbol.defined:
            continue
        mode = mode_of(name)
        if mode is not None:
            markers[name] = mode
        elif (meant := resembles(name)) is not None:
            suspects[name] = meant
    if not markers and not suspects:
        return []
    out: list[MarkerCall] = []
    for caller in module.mentioning([*markers, *suspects]):
        out += _in_function(module, module.function(caller), markers, suspects)
    return out


def markers_with_bodies(module: Module) -> list[str]:
    """Functions with a body whose names begin as a marker's do: who calls them asks for no
    derivative. Those that call a marker themselves may well be named after it."""
    found = [
        name
        for name in module.functions_with_bodies()
        if name.startswith(("__enzyme_", "__poseidon_")) and mode_of(name) is not None
    ]
    if not found:
        return []
    declared = [n for n in module.symbols() if mode_of(n) is not None and n not in found]
    calling = module.mentioning(declared)
    return [name for name in found if name not in calling]


def _in_function(
    module: Module, caller: Function, markers: dict[str, Mode], suspects: dict[str, str]
) -> Iterator[MarkerCall]:
    tracer = Tracer(module)
    for call in list(caller.instructions()):
        if not isinstance(call, CallBase):
            continue
        callee = call.callee
        if not isinstance(callee, Global):
            sources = tracer.sources(callee)
            if len(sources) != 1 or not isinstance(sources[0], Global):
                continue
            if sources[0].name not in markers:
                continue
            callee = sources[0]
            call.set_operand(len(call.operands) - 1, callee)
        if callee.name in suspects:
            meant = suspects[callee.name]
            raise MisspeltMarker(
                module.location(call),
                f"unknown marker '{callee.name}'" + (f"; did you mean '{meant}'?" if meant else ""),
                because="functions whose names begin with '__enzyme_' ask for derivatives"
                if "__enzyme_" in callee.name
                else "",
            )
        if callee.name in markers:
            yield MarkerCall(caller, call, markers[callee.name])


def resembles(name: str) -> str | None:
    """The marker that a wrong name means; "" if that is anybody's guess, None if it is innocent."""
    if any(text in name for text in RUNTIME):
        return None
    found = _SUSPECT.search(name)
    if found is None:
        return None
    texts = {text.strip("_"): text for text, _ in MARKERS}
    spelled = found.group().strip("_").lower()
    near = difflib.get_close_matches(spelled, texts, 1, _LIKENESS)
    if near:
        return texts[near[0]]
    if "__enzyme_" in name:
        loose = difflib.get_close_matches(spelled, texts, 1, 0.7)
        return texts[loose[0]] if loose else ""
    return None
