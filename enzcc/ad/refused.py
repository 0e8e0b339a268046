"""Requests that cannot be answered.

They may be, if their functions are seen in another way (`ad/differentiate.py`). If not, it is an
error, or, with -enzyme-runtime-error, what has no derivative ends the program when it is reached.
A call of an unknown function does so in its place (`ad/modes/underived.py`); where anything else
stands against a derivative, the marker that asks for it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, final

from enzcc.errors import Diagnosis
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, zero
from enzcc.ir.instructions import CallBase, Invoke
from enzcc.ir.module import Module
from enzcc.markers import Mode, Request

Asked: TypeAlias = tuple[str, Mode]
"""A function, and the family of modes that it is differentiated in."""


def asked(request: Request) -> Asked:
    """What requests have in common that are answered in one way."""
    return (request.callee, request.family)


@final
@dataclass(frozen=True)
class Refusal:
    """A request that cannot be answered: the n-th marker of a function."""

    caller: str
    number: int
    asked: Asked
    mistake: Diagnosis


@final
class Refused(Exception):
    """Some requests of a round cannot be answered."""

    def __init__(self, refusals: list[Refusal]) -> None:
        super().__init__(refusals[0].mistake.message)
        self.refusals = refusals


def spoken_at_run_time(mistake: Diagnosis) -> str:
    """The error in one line."""
    place = mistake.location
    where = f"{place.file}:{place.line}:{place.column}: " if place is not None else ""
    return f"{where}error: {mistake.message}" + (f": {mistake.because}" if mistake.because else "")


def end_program(module: Module, call: CallBase, mistake: Diagnosis) -> None:
    """Puts the end of the program in the place of a marker call."""
    block = call.block
    assert block is not None
    assert block.function is not None
    emit = Builder(block, call)
    signature = ty.function(ty.VOID, (ty.PTR,))
    message = module.text_constant(spoken_at_run_time(mistake))
    emit.call(
        module.declare("__enzcc_refused", signature),
        signature,
        [message],
        tail=call.dbg,
    )
    if call.type is not ty.VOID:
        call.replace_with(zero(call.type))
    if isinstance(call, Invoke):
        for phi in call.targets[1].phis():
            kept = [(v, b) for v, b in phi.incoming() if b is not block]
            phi.drop_operands()
            phi.blocks = []
            for value, source in kept:
                phi.add_incoming(value, source)
        emit.branch(call.targets[0])
    function = block.function
    call.erase()
    function.name_everything()
