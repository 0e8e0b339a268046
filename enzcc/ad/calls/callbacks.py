"""A function that is handed to the function differentiated, as a constant argument, is built in.

    marker(@apply, enzyme_const, @square, %x, %dx)
    -->
    marker(@apply.on.square, enzyme_const, @square, %x, %dx)
    @apply.on.square(f, x) { return apply(@square, x); }

Then calls of it are calls by name, and can be inlined, as if the program had written them so. So is
a pointer to a member function (`&Spring::energy`), which lies in memory that an argument leads to:

    @apply.on.energy(f, x) { assume(f[0] == @energy && f[1] == 0); return apply(f, x); }
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from enzcc import llvm
from enzcc.errors import Diagnosis
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.function import Function
from enzcc.ir.module import Module
from enzcc.ir.types import I1, PTR, VOID, function, int_type
from enzcc.ir.values import Global, Value
from enzcc.markers import (
    NeedsInlining,
    Request,
    find_marker_calls,
    read_request,
    traced_function,
    traced_member,
)
from enzcc.markers.request import Activity, Given

_Member: TypeAlias = tuple[Global, int]

_ASSUME: Final = function(VOID, (I1,))


def built_in(text: str, module: Module, requests: list[Request]) -> str:
    """The module with thunks for marker calls that hand functions over. It comes with what these
    calls ask for, once the functions that they choose among have calls of their own."""
    if not any(any(_functions(module, request)) for request in requests):
        return text
    module = Module.parse(text)
    changed = False
    for found in find_marker_calls(module):
        try:
            request = read_request(module, found.caller, found.call)
        except (Diagnosis, NeedsInlining):
            continue  # reported when its turn comes
        given, held = _functions(module, request)
        if not given and not held:
            continue
        thunk = _thunk(module, module.interface(request.callee), given, held)
        first = int("sret(" in request.call.attributes[0])  # memory for the marker's own result
        request.call.set_operand(first, thunk.symbol)
        changed = True
    return llvm.normalise(module.print()) if changed else text


def _functions(module: Module, request: Request) -> tuple[dict[int, Global], dict[int, _Member]]:
    """The constant arguments that are known functions, by their positions, and those that point to
    known pointers to member functions."""
    given: dict[int, Global] = {}
    held: dict[int, _Member] = {}
    for operand in request.operands:
        if operand.activity is Activity.CONST and isinstance(operand.primal, Given):
            value = operand.primal.value
            function = traced_function(module, value)
            if function is not None:
                given[operand.index] = function
            elif value.type is PTR:
                member = traced_member(module, value, request.call)
                if member is not None:
                    held[operand.index] = member
    return given, held


def _thunk(
    module: Module, callee: Function, given: dict[int, Global], held: dict[int, _Member]
) -> Function:
    members = [f"{f.name}.{moved}" if moved else f.name for f, moved in held.values()]
    name = ".on.".join([callee.name, *(f.name for f in given.values()), *members])
    if module.defines(name):
        return module.function(name)
    groups = " ".join(re.findall(r"#\d+|\bnounwind\b", callee.trailer))
    made = module.new_function(name, callee.type, "internal", groups)
    for own, arg in zip(made.args, callee.args, strict=True):
        own.attributes = arg.attributes
    emit = Builder(made.add_block("entry"))
    size = module.layout.size(PTR)
    word = int_type(8 * size)
    assume = module.declare("llvm.assume", _ASSUME) if held else None
    for index, (member, moved) in held.items():
        known = (emit.cast("ptrtoint", member, word), const_int(word, moved))
        for number, value in enumerate(known):
            place = emit.offset(made.args[index], const_int(word, number * size))
            same = emit.compare("icmp", "eq", emit.load(word, place, size), value)
            assert assume is not None
            emit.call(assume, _ASSUME, [same])
    arguments: list[Value] = [given.get(a.index, a) for a in made.args]
    attributes = [a.attributes for a in callee.args]
    value = emit.call(callee.symbol, callee.type, arguments, attributes=attributes)
    if callee.type.result is VOID:
        emit.ret()
    else:
        emit.ret(value)
    return made
