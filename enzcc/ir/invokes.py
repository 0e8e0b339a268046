"""Calls that may unwind to a landing pad, made into others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, final

from enzcc.ir.builder import Builder, poison
from enzcc.ir.function import Block
from enzcc.ir.instructions import Call, CallBase, Invoke, Phi
from enzcc.ir.values import Value


@final
@dataclass(frozen=True)
class Handler:
    """Where a call unwinds to, and what the phis there get from it: remembered while the call is
    rewritten, and given to what takes its place."""

    pad: Block | None
    values: tuple[tuple[Phi, Value], ...] = ()

    @classmethod
    def taken_from(cls, call: CallBase) -> tuple[CallBase, Self]:
        """The call, which unwinds to nowhere for now, and where it did."""
        if not isinstance(call, Invoke):
            return call, cls(None)
        block, pad = call.block, call.targets[1]
        assert block is not None
        handler = cls(pad, tuple((phi, phi.value_from(block)) for phi in pad.phis()))
        return to_call(call, lost=False), handler

    def protect(self, call: CallBase) -> CallBase:
        """The call, unwinding to the handler if there is one; at least one call has to."""
        if self.pad is None or not isinstance(call, Call):
            return call
        invoke = to_invoke(call, self.pad)
        assert invoke.block is not None
        for phi, value in self.values:
            phi.add_incoming(value, invoke.block)
        return invoke


def take_place(call: CallBase, new: Value) -> None:
    """Erases a call that nobody uses any more; `new` unwinds to where it did, if it is a call."""
    if not isinstance(new, Call):
        to_call(call).erase()
        return
    call, handler = Handler.taken_from(call)
    call.erase()
    handler.protect(new)


def to_call(call: CallBase, *, lost: bool = True) -> CallBase:
    """An invoke becomes a call and a branch; whatever it throws passes the function by.

    lost    nothing will unwind to the handler in its place
    """
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
    without_edge(unwind, block, lost=lost)
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


def without_edge(block: Block, source: Block, *, lost: bool = True) -> None:
    """The phis of a block that is not entered from `source` any more; if that is not for good, they
    may be empty."""
    for phi in block.phis():
        kept = [(v, b) for v, b in phi.incoming() if b is not source]
        if not kept and lost:
            phi.replace_with(poison(phi.type))
            phi.erase()
            continue
        phi.drop_operands()
        phi.blocks = []
        for value, origin in kept:
            phi.add_incoming(value, origin)
