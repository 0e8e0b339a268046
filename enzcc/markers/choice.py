"""A marker whose function is chosen at run time becomes one marker call a function.

    %f = select i1 %c, ptr @f, ptr @g
    %r = call double (ptr, ...) @__enzyme_autodiff(ptr %f, double %x)
becomes
    %is.f = icmp eq ptr %f, @f
    br i1 %is.f, label %first, label %second
  first:
    %r1 = call double (ptr, ...) @__enzyme_autodiff(ptr @f, double %x)
    br label %join
  second:
    %r2 = call double (ptr, ...) @__enzyme_autodiff(ptr @g, double %x)
    br label %join
  join:
    %r = phi double [ %r1, %first ], [ %r2, %second ]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from enzcc.ir.builder import Builder
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import CallBase
from enzcc.ir.invokes import Handler
from enzcc.ir.values import Value
from enzcc.markers.reader import function_choices

if TYPE_CHECKING:
    from enzcc.ir import Module


def split_choices(module: Module, caller: Function, call: CallBase) -> list[CallBase]:
    """The marker calls to read in the place of this one: itself, or one for each function.

    Raises as `read_request` does where the functions are not known.
    """
    functions = function_choices(module, caller, call)
    if len(functions) == 1:
        return [call]
    call, handler = Handler.taken_from(call)
    place = int(bool(call.attributes) and "sret(" in call.attributes[0])
    chosen = call.arguments[place]
    join = _cut(caller, call)
    block = call.block
    assert block is not None
    call.block = None
    block.instructions.remove(call)
    calls: list[CallBase] = []
    results: list[tuple[Value, Block]] = []
    for number, function in enumerate(functions):
        arm = caller.add_block("", after=block)
        if number + 1 < len(functions):
            other = caller.add_block("", after=arm)
            emit = Builder(block)
            emit.cond_branch(emit.compare("icmp", "eq", chosen, function), arm, other)
            block = other
        else:
            Builder(block).branch(arm)
        new = call.copy()
        assert isinstance(new, CallBase)
        new.set_operand(place, function)
        arm.append(new)
        Builder(arm).branch(join)
        calls.append(new)
        results.append((new, arm))
    if call.users:
        call.replace_with(Builder(join).phi(call.type, results))
    call.drop_operands()
    return [handler.protect(new) for new in calls]


def _cut(function: Function, call: CallBase) -> Block:
    """Ends the call's block behind the call; the rest is a new block that nothing enters yet."""
    block = call.block
    assert block is not None
    at = block.instructions.index(call) + 1
    rest = function.add_block("", after=block)
    for inst in block.instructions[at:]:
        rest.append(inst)
    del block.instructions[at:]
    for successor in rest.successors():
        for phi in successor.phis():
            phi.blocks = [rest if b is block else b for b in phi.blocks]
    return rest
