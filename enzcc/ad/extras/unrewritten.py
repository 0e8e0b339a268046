"""`__poseidon_fp_optimize`: the function is called as it is.

The request asks for a clone whose floating arithmetic is rewritten within a budget of cost and
accuracy. Leaving it as it is keeps any budget; enzcc rewrites nothing. Words are read and checked,
measurements (`poseidon_metric`) are taken out where the program does not define the function.
"""

from __future__ import annotations

from typing import Final, NoReturn

from enzcc import llvm
from enzcc.errors import WrongPrecision
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, float_value, zero
from enzcc.ir.instructions import CallBase, Load
from enzcc.ir.invokes import take_place, to_call
from enzcc.ir.module import Module
from enzcc.ir.values import Global, Value
from enzcc.markers import MarkerCall, Mode, find_marker_calls
from enzcc.markers.fit import convert
from enzcc.markers.site import Site

_METRIC: Final = "poseidon_metric"
_WORDS: Final = ("poseidon_tau", "poseidon_confidence")


def without_rewriting(text: str) -> str:
    """The module with these requests answered by plain calls."""
    if not any(name in text for name in ("__poseidon_", "__enzyme_fp_optimize", _METRIC)):
        return text
    module = Module.parse(text)
    found = [m for m in find_marker_calls(module) if m.mode is Mode.REWRITE]
    for marker in found:
        _call(module, marker)
    touched = [marker.caller for marker in found]
    if module.declares(_METRIC):
        for name in module.functions_with_bodies():
            if _METRIC not in module.calls_in_text(name):
                continue
            function = module.function(name)
            for inst in list(function.instructions()):
                if isinstance(inst, CallBase) and _is_named(inst.callee, _METRIC):
                    to_call(inst).erase()
            touched.append(function)
    for function in touched:
        function.name_everything()
    return llvm.normalise(module.print()) if touched else text


def _is_named(value: Value, name: str) -> bool:
    return isinstance(value, Global) and value.name == name


def _call(module: Module, marker: MarkerCall) -> None:
    call = marker.call
    site = Site(module, marker.caller, call)
    sources = site.tracer.sources(call.arguments[site.start]) if call.arguments else []
    function = sources[0] if len(sources) == 1 else None
    if not isinstance(function, Global) or function.function_type is None:
        _fail(site, "cannot tell which function is to be rewritten")
    values: list[Value] = []
    words: dict[str, float | None] = {}
    arguments = iter(call.arguments[site.start + 1 :])
    for value in arguments:
        word = _word(value)
        if word is None:
            values.append(value)
        else:
            words[word] = float_value(next(arguments, value))
    _check(site, words)
    signature = function.function_type
    if len(values) != len(signature.params):
        _fail(site, f"'{function.name}' takes {len(signature.params)} arguments")
    assert call.block is not None
    emit = Builder(call.block, call)
    passed: list[Value] = []
    for number, (value, param) in enumerate(zip(values, signature.params, strict=True), 1):
        opcode = convert(value, param, narrow=True)
        if opcode is None:
            _fail(site, f"argument {number} of '{function.name}' is '{param}', not '{value.type}'")
        passed.append(emit.cast(opcode, value, param) if opcode else value)
    made = emit.call(function, signature, passed, tail=call.dbg)
    new: Value = made
    if call.type is not ty.VOID:
        if new.type is ty.VOID:
            new = zero(call.type)
        elif new.type is not call.type:
            opcode = convert(new, call.type, narrow=True)
            if opcode is None and ty.is_float(new.type) and ty.is_float(call.type):
                opcode = "fpext"
            if opcode is None:
                _fail(site, f"'{site.marker}' is declared to return '{call.type}'")
            new = emit.cast(opcode, new, call.type)
        call.replace_with(new)
    take_place(call, made)


def _word(value: Value) -> str | None:
    pointer = value.operands[0] if isinstance(value, Load) else value
    name = pointer.name if isinstance(pointer, Global) else ""
    return name if name in _WORDS else None


def _check(site: Site, words: dict[str, float | None]) -> None:
    for word, number in words.items():
        if number is None:
            _fail(site, f"'{word}' is followed by a floating constant")
    confidence = words.get("poseidon_confidence")
    if confidence is not None:
        if not 0 < confidence <= 1:
            _fail(site, "the operand of 'poseidon_confidence' lies above 0 and is at most 1")
        if "poseidon_tau" not in words:
            _fail(site, "'poseidon_confidence' without 'poseidon_tau'")


def _fail(site: Site, message: str) -> NoReturn:
    raise WrongPrecision(site.location, message)
