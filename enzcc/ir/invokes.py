"""Calls that may unwind to a landing pad, made into others."""

from __future__ import annotations

from enzcc.ir.builder import Builder, poison
from enzcc.ir.function import Block
from enzcc.ir.instructions import Call, CallBase, Invoke


def to_call(call: CallBase) -> CallBase:
    """An invoke becomes a call and a branch; whatever it throws passes the function by."""
    if not isinstance(call, Invoke):
        return call
    block = call.block
    assert block is not None
    normal, unwind = call.targets
    emit = Builder(block, call)
    new = emit.call(
        call.callee, call.function_type, call.arguments, head=call.head, tail=call.tail + call.end,
        attributes=call.attributes,
    )  # fmt: skip
    new.spelled = call.spelled
    new.records = call.records
    emit.branch(normal)
    call.replace_with(new)
    call.erase()
    without_edge(unwind, block)
    return new


def to_invoke(call: Call, unwind: Block) -> Invoke:
    """A call becomes an invoke that unwinds to a block; what follows it, a block of its own."""
    block = call.block
    assert block is not None
    assert block.function is not None
    at = block.instructions.index(call)
    rest = block.function.add_block("", after=block)
    for inst in block.instructions[at + 1 :]:
        rest.append(inst)
    del block.instructions[at + 1 :]
    for target in rest.successors():
        for phi in target.phis():
            phi.blocks = [rest if b is block else b for b in phi.blocks]
    metadata = call.tail.find(", !")
    tail = call.tail if metadata < 0 else call.tail[:metadata]
    new = Builder(block, call).invoke(
        call.callee, call.function_type, call.arguments, [rest, unwind], head=call.head, tail=tail,
        end=call.tail[len(tail) :], attributes=call.attributes,
    )  # fmt: skip
    new.spelled = call.spelled
    call.replace_with(new)
    call.erase()
    return new


def without_edge(block: Block, source: Block) -> None:
    """The phis of a block that is not entered from `source` any more."""
    for phi in block.phis():
        kept = [(v, b) for v, b in phi.incoming() if b is not source]
        if not kept:
            phi.replace_with(poison(phi.type))
            phi.erase()
            continue
        phi.drop_operands()
        phi.blocks = []
        for value, origin in kept:
            phi.add_incoming(value, origin)
