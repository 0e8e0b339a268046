"""A function that is handed to the function differentiated, as a constant argument, is built in.

    marker(@apply, enzyme_const, @square, %x, %dx)
    -->
    marker(@apply.on.square, enzyme_const, @square, %x, %dx)
    @apply.on.square(f, x) { return apply(@square, x); }

Then calls of it are calls by name, and can be inlined, as if the program had written them so.
"""

from __future__ import annotations

import re

from enzcc import llvm
from enzcc.errors import Diagnosis
from enzcc.ir.builder import Builder
from enzcc.ir.function import Function
from enzcc.ir.module import Module
from enzcc.ir.types import VOID
from enzcc.ir.values import Global, Value
from enzcc.markers import NeedsInlining, Request, find_marker_calls, read_request, traced_function
from enzcc.markers.request import Activity, Given


def built_in(text: str) -> str:
    """The module with thunks for marker calls that hand functions over."""
    module = Module.parse(text)
    changed = False
    for found in find_marker_calls(module):
        try:
            request = read_request(module, found.caller, found.call)
        except (Diagnosis, NeedsInlining):
            continue  # reported when its turn comes
        given = _functions(module, request)
        if not given:
            continue
        thunk = _thunk(module, module.interface(request.callee), given)
        first = int("sret(" in request.call.attributes[0])  # memory for the marker's own result
        request.call.set_operand(first, thunk.symbol)
        changed = True
    return llvm.normalise(module.print()) if changed else text


def _functions(module: Module, request: Request) -> dict[int, Global]:
    """The constant arguments that are known functions, by their positions."""
    found: dict[int, Global] = {}
    for operand in request.operands:
        if operand.activity is Activity.CONST and isinstance(operand.primal, Given):
            function = traced_function(module, operand.primal.value)
            if function is not None:
                found[operand.index] = function
    return found


def _thunk(module: Module, callee: Function, given: dict[int, Global]) -> Function:
    name = ".on.".join([callee.name, *(f.name for f in given.values())])
    if module.defines(name):
        return module.function(name)
    groups = " ".join(re.findall(r"#\d+|\bnounwind\b", callee.trailer))
    made = module.new_function(name, callee.type, "internal", groups)
    for own, arg in zip(made.args, callee.args, strict=True):
        own.attributes = arg.attributes
    emit = Builder(made.add_block("entry"))
    arguments: list[Value] = [given.get(a.index, a) for a in made.args]
    attributes = [a.attributes for a in callee.args]
    value = emit.call(callee.symbol, callee.type, arguments, attributes=attributes)
    if callee.type.result is VOID:
        emit.ret()
    else:
        emit.ret(value)
    return made
