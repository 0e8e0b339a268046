"""What a marker call asks for, read from its arguments: the values that the engine works with.

`enzcc.markers.reader` makes these, `enzcc.markers.lowering` puts the derivative in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias, final

from enzcc.ir.types import Type
from enzcc.ir.values import Value
from enzcc.markers.names import Mode

if TYPE_CHECKING:
    from enzcc.errors import Diagnosis, Location
    from enzcc.ir.function import Function
    from enzcc.ir.instructions import CallBase
    from enzcc.markers.site import Item

__all__ = [
    "Activity",
    "Given",
    "Loaded",
    "Mode",
    "Moved",
    "NeedsInlining",
    "Operand",
    "Request",
    "Source",
    "TapeUse",
    "Temporary",
]


@final
class Activity(Enum):
    """How a parameter or the result takes part in the derivative."""

    CONST = "enzyme_const"
    DUP = "enzyme_dup"
    DUPNONEED = "enzyme_dupnoneed"
    OUT = "enzyme_out"

    @property
    def has_shadow(self) -> bool:
        """DUP or DUPNONEED: the derivative function takes a shadow behind the primal."""
        return self in (Activity.DUP, Activity.DUPNONEED)


@final
@dataclass(frozen=True, eq=False)
class Given:
    """The operand of the marker call itself, converted where its type differs."""

    value: Value


@final
@dataclass(frozen=True, eq=False)
class Loaded:
    """The value in memory at `pointer` plus `offset` bytes (byref; a struct passed in memory)."""

    pointer: Value
    offset: int = 0


@final
@dataclass(frozen=True, eq=False)
class Moved:
    """The pointer `pointer + stride * lane` bytes; `stride` is an integer or a run-time value."""

    pointer: Value
    stride: Value | int
    lane: int


@final
@dataclass(frozen=True, eq=False)
class Temporary:
    """New memory for one value of that type, in the caller's frame."""

    type: Type
    align: int


@final
@dataclass(frozen=True, eq=False)
class TapeUse:
    """How a request of split mode meets its tape.

    space      the operand of `enzyme_allocated`: the caller gives so many bytes, and the tape is by
               value; None: it is memory of ours, of which the caller has the address
    place      the operand of `enzyme_tape`: where the tape is, or shall be, stored
    trailing   what is passed behind the arguments: a seed, the tape, or both
    keep       will the tape be used again?
    result     is the function's own result wanted?
    """

    space: Item | None = None
    place: Item | None = None
    trailing: tuple[Item, ...] = ()
    keep: bool = False
    result: bool = True


Source: TypeAlias = Given | Loaded | Moved | Temporary


@final
@dataclass(frozen=True, eq=False)
class Operand:
    """One IR parameter of the function differentiated: where its primal and shadows come from.

    There are `width` shadows if the activity has them, else none. In a batch, they are the values
    for all calls but the first. `overwritten`: may the memory behind it change between the two
    halves of split mode?
    """

    index: int
    activity: Activity
    primal: Source
    shadows: tuple[Source, ...] = ()
    overwritten: bool = True


@final
@dataclass(frozen=True, eq=False)
class Request:
    """A marker call, understood.

    call            the marker call, in `caller`
    callee          name of the function to differentiate, which has a body
    operands        one for each IR parameter of the callee, its `sret` parameter included
    result          activity of the callee's IR result; CONST for void
    primal_return   is the callee's IR result to be returned too, in front?
    width           lanes, at least 1
    strong_zero     a zero derivative times infinity or NaN is zero
    runtime_activity  a shadow equal to its primal means inactive
    sret            the memory that the marker call itself returns through, if it does
    tape            in split mode, how it meets its tape
    for_tangent     is it about split forward mode?
    shadow_set      whose shadows of global variables it uses (`enzcc.markers.contexts`)
    """

    call: CallBase
    caller: Function
    marker: str
    callee: str
    mode: Mode
    operands: tuple[Operand, ...]
    result: Activity
    primal_return: bool
    width: int = 1
    strong_zero: bool = False
    runtime_activity: bool = False
    sret: Value | None = None
    location: Location | None = None
    tape: TapeUse | None = None
    shadow_set: str = ""
    for_tangent: bool = False

    @property
    def family(self) -> Mode:
        """The mode whose rules hold: the augmented half serves one or the other."""
        return Mode.FORWARD_SPLIT if self.for_tangent else self.mode.family

    @property
    def activities(self) -> tuple[Activity, ...]:
        """Of the parameters, in order."""
        return tuple(operand.activity for operand in self.operands)

    @property
    def key(self) -> tuple[object, ...]:
        """Requests with equal keys share one derivative function."""
        return (
            self.callee,
            self.mode,
            self.activities,
            self.result,
            self.primal_return,
            self.width,
            self.strong_zero,
            self.runtime_activity,
            self.shadow_set,
        )


@final
class NeedsInlining(Exception):
    """A marker's function, word or width is an argument of the function `wrapper` around it.

    Known only where the wrapper is called: inline it there and read the marker again. Where that is
    not possible, `otherwise` is the error to report.
    """

    def __init__(self, wrapper: str, location: Location | None, otherwise: Diagnosis) -> None:
        super().__init__(wrapper)
        self.wrapper, self.location, self.otherwise = wrapper, location, otherwise
