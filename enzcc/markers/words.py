"""The words of a marker's argument list, and the activity of an argument without one."""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, final

from enzcc.ir.types import (
    ArrayType,
    FloatType,
    PointerType,
    StructType,
    Type,
    VectorType,
)
from enzcc.markers.names import Mode
from enzcc.markers.request import Activity


@final
class Kind(Enum):
    """What a word does."""

    ACTIVITY = "describes the next argument"
    MODIFIER = "describes the next argument, beside an activity"
    FLAG = "describes the whole call"
    SETTING = "describes the whole call by the operand that follows"
    INTERLEAVE = "ends the values and begins the shadows"


@final
@dataclass(frozen=True)
class Word:
    """One row of the table; `modes` are the requests that know the word."""

    name: str
    kind: Kind
    operands: int
    modes: frozenset[Mode]


SPLIT: Final = frozenset({Mode.AUGMENTED, Mode.TAPE_SIZE, Mode.SPLIT_REVERSE, Mode.FORWARD_SPLIT})
REVERSE: Final = frozenset(
    {Mode.REVERSE, Mode.AUGMENTED, Mode.TAPE_SIZE, Mode.SPLIT_REVERSE, Mode.PROBABILISTIC}
)
DERIVATIVE: Final = SPLIT | REVERSE | {Mode.FORWARD, Mode.ERROR_ESTIMATE}
PRIMAL: Final = frozenset({Mode.REVERSE, Mode.FORWARD, Mode.ERROR_ESTIMATE, Mode.FORWARD_SPLIT})
RANDOM: Final = frozenset({Mode.PROBABILISTIC})
BATCH: Final = frozenset({Mode.BATCH})
LANES: Final = DERIVATIVE | BATCH


def _table(*rows: tuple[str, Kind, int, frozenset[Mode]]) -> dict[str, Word]:
    out = {row[0]: Word(*row) for row in rows}
    assert len(out) == len(rows), "a word stands in the table twice"
    return out


# fmt: off
WORDS: Final = _table(
    # word                       what it does     operands  requests that know it
    ("enzyme_const",             Kind.ACTIVITY,   0,        DERIVATIVE),
    ("enzyme_dup",               Kind.ACTIVITY,   0,        DERIVATIVE),
    ("enzyme_dupnoneed",         Kind.ACTIVITY,   0,        DERIVATIVE),
    ("enzyme_dupv",              Kind.ACTIVITY,   1,        DERIVATIVE),
    ("enzyme_dupnoneedv",        Kind.ACTIVITY,   1,        DERIVATIVE),
    ("enzyme_out",               Kind.ACTIVITY,   0,        REVERSE),
    ("enzyme_byref",             Kind.MODIFIER,   1,        DERIVATIVE),
    ("enzyme_not_overwritten",   Kind.MODIFIER,   0,        DERIVATIVE),
    ("enzyme_interleave",        Kind.INTERLEAVE, 0,        DERIVATIVE),
    ("enzyme_primal_return",     Kind.FLAG,       0,        PRIMAL),
    ("enzyme_noret",             Kind.FLAG,       0,        DERIVATIVE),
    ("enzyme_const_return",      Kind.FLAG,       0,        DERIVATIVE),
    ("enzyme_active_return",     Kind.FLAG,       0,        REVERSE),
    ("enzyme_dup_return",        Kind.FLAG,       0,        DERIVATIVE),
    ("enzyme_nofree",            Kind.FLAG,       0,        DERIVATIVE),
    ("enzyme_runtime_activity",  Kind.FLAG,       0,        DERIVATIVE),
    ("enzyme_strong_zero",       Kind.FLAG,       0,        DERIVATIVE),
    ("enzyme_width",             Kind.SETTING,    1,        LANES),
    ("enzyme_allocated",         Kind.SETTING,    1,        SPLIT),
    ("enzyme_tape",              Kind.SETTING,    1,        SPLIT),
    ("enzyme_context",           Kind.SETTING,    1,        DERIVATIVE),
    ("enzyme_trace",             Kind.SETTING,    1,        RANDOM),
    ("enzyme_duptrace",          Kind.SETTING,    1,        RANDOM),
    ("enzyme_observations",      Kind.SETTING,    1,        RANDOM),
    ("enzyme_likelihood",        Kind.SETTING,    1,        RANDOM),
    ("enzyme_duplikelihood",     Kind.SETTING,    2,        RANDOM),
    ("enzyme_active_rand_var",   Kind.SETTING,    1,        RANDOM),
    ("enzyme_interface",         Kind.SETTING,    1,        RANDOM),
    ("enzyme_scalar",            Kind.ACTIVITY,   0,        BATCH),
    ("enzyme_vector",            Kind.ACTIVITY,   0,        BATCH),
    ("enzyme_buffer",            Kind.ACTIVITY,   1,        BATCH),
    ("enzyme_scheme",            Kind.SETTING,    2,        frozenset({Mode.CHECKPOINT})),
    ("enzyme_checkpoint_region", Kind.SETTING,    2,        frozenset({Mode.CHECKPOINT,
                                                                       Mode.FIXED_POINT})),
    ("enzyme_fp_state",          Kind.SETTING,    2,        frozenset({Mode.FIXED_POINT})),
    ("enzyme_fp_reduction",      Kind.SETTING,    1,        frozenset({Mode.FIXED_POINT})),
    ("enzyme_fp_max_iters",      Kind.SETTING,    1,        frozenset({Mode.FIXED_POINT})),
    ("enzyme_fp_control",        Kind.SETTING,    1,        frozenset({Mode.FIXED_POINT})),
)

ACTIVITIES: Final = {
    "enzyme_const":      Activity.CONST,
    "enzyme_dup":        Activity.DUP,
    "enzyme_dupnoneed":  Activity.DUPNONEED,
    "enzyme_dupv":       Activity.DUP,
    "enzyme_dupnoneedv": Activity.DUPNONEED,
    "enzyme_out":        Activity.OUT,
}
# fmt: on

PREFIX: Final = "enzyme_"


def default_activity(type: Type, mode: Mode) -> Activity:
    """The activity of a parameter or result of that type when no word says it."""
    if contains(type, PointerType):
        return Activity.DUP
    if contains(type, FloatType):
        return Activity.OUT if mode.is_reverse else Activity.DUP
    return Activity.CONST


def contains(type: Type, kind: type[Type]) -> bool:
    """Is there a scalar of that kind in the type?"""
    match type:
        case ArrayType() | VectorType():
            return contains(type.element, kind)
        case StructType():
            return any(contains(field, kind) for field in type.fields or ())
    return isinstance(type, kind)


def only_floats(type: Type) -> bool:
    """Floating point through and through?"""
    match type:
        case ArrayType() | VectorType():
            return only_floats(type.element)
        case StructType():
            return bool(type.fields) and all(map(only_floats, type.fields or ()))
    return isinstance(type, FloatType)
