"""Which request a called function is, told by a text *inside* its name.

Any suffix and prefix is allowed (`__enzyme_autodiff_vec`, `my__enzyme_fwddiff`, C++ mangled names),
so that a program may declare several prototypes. The table is searched in its order.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, final


@final
class Mode(Enum):
    """What a marker asks for. The value says it in words."""

    REVERSE = "the gradient (reverse mode)"
    FORWARD = "the tangent (forward mode)"
    ERROR_ESTIMATE = "bounds of the floating-point error"
    FORWARD_SPLIT = "the tangent from a tape"
    AUGMENTED = "the augmented forward half of split reverse mode"
    TAPE_SIZE = "the size of the tape"
    SPLIT_REVERSE = "the reverse half of split reverse mode"
    VIRTUAL = "the shadow of a function or a virtual table"
    BATCH = "the function for several arguments at once"
    TRUNCATE = "the function at lower precision"
    PROBABILISTIC = "probabilistic programming"
    INACTIVE_CALL = "a call that is not differentiated"
    TYPE_ASSERTION = "the type of memory"
    SPARSE = "sparse arrays"
    SEED = "ones in all floating parts of a value"
    ITERATION = "an iteration count that grows with each derivative"
    GLOBAL_SHADOW = "shadows of global variables"
    CHECKPOINT = "checkpointed loops"
    FIXED_POINT = "fixed-point iterations"
    REWRITE = "floating-point rewriting"

    @property
    def is_split(self) -> bool:
        """Is it one of the halves of a split mode, or about both?"""
        return self in (Mode.AUGMENTED, Mode.TAPE_SIZE, Mode.SPLIT_REVERSE, Mode.FORWARD_SPLIT)

    @property
    def family(self) -> Mode:
        """The mode whose rules hold: the halves of split reverse mode are reverse mode."""
        if self is Mode.FORWARD_SPLIT or not self.is_split:
            return self
        return Mode.REVERSE

    @property
    def is_reverse(self) -> bool:
        """Does a floating argument get its gradient returned (activity `enzyme_out`)?"""
        return self in (Mode.REVERSE, Mode.AUGMENTED, Mode.TAPE_SIZE, Mode.SPLIT_REVERSE)


# fmt: off
MARKERS: Final[tuple[tuple[str, Mode], ...]] = (
    # text in the name                what it asks for
    ("__enzyme_autodiff",             Mode.REVERSE),
    ("__enzyme_fwddiff",              Mode.FORWARD),
    ("__enzyme_error_estimate",       Mode.ERROR_ESTIMATE),
    ("__enzyme_fwdsplit",             Mode.FORWARD_SPLIT),
    ("__enzyme_augmentfwd",           Mode.AUGMENTED),
    ("__enzyme_augmentsize",          Mode.TAPE_SIZE),
    ("__enzyme_reverse",              Mode.SPLIT_REVERSE),
    ("__enzyme_virtualreverse",       Mode.VIRTUAL),
    ("__enzyme_batch",                Mode.BATCH),
    ("__enzyme_truncate_mem_func",    Mode.TRUNCATE),
    ("__enzyme_truncate_op_func",     Mode.TRUNCATE),
    ("__enzyme_truncate_mem_value",   Mode.TRUNCATE),
    ("__enzyme_expand_mem_value",     Mode.TRUNCATE),
    ("__enzyme_likelihood",           Mode.PROBABILISTIC),
    ("__enzyme_trace",                Mode.PROBABILISTIC),
    ("__enzyme_condition",            Mode.PROBABILISTIC),
    ("__enzyme_sample",               Mode.PROBABILISTIC),
    ("__enzyme_observe",              Mode.PROBABILISTIC),
    ("__enzyme_call_inactive",        Mode.INACTIVE_CALL),
    ("__enzyme_float",                Mode.TYPE_ASSERTION),
    ("__enzyme_double",               Mode.TYPE_ASSERTION),
    ("__enzyme_integer",              Mode.TYPE_ASSERTION),
    ("__enzyme_pointer",              Mode.TYPE_ASSERTION),
    ("__enzyme_todense",              Mode.SPARSE),
    ("__enzyme_post_sparse_todense",  Mode.SPARSE),
    ("__enzyme_iter",                 Mode.ITERATION),
    ("__enzyme_ones",                 Mode.SEED),
    ("__enzyme_zeros",                Mode.SEED),
    ("__enzyme_context",              Mode.GLOBAL_SHADOW),
    ("__enzyme_shadow",               Mode.GLOBAL_SHADOW),
    ("__enzyme_zero_shadows",         Mode.GLOBAL_SHADOW),
    ("__enzyme_checkpoint_for",       Mode.CHECKPOINT),
    ("__enzyme_checkpoint_while",     Mode.CHECKPOINT),
    ("__enzyme_set_checkpointing",    Mode.CHECKPOINT),
    ("__enzyme_ptr_size_hint",        Mode.CHECKPOINT),
    ("__enzyme_fixed_point",          Mode.FIXED_POINT),
    ("__enzyme_set_fixed_point",      Mode.FIXED_POINT),
    ("__poseidon_fp_optimize",        Mode.REWRITE),
    ("__enzyme_fp_optimize",          Mode.REWRITE),
)

SUPPORTED: Final = frozenset(
    {
        *(Mode.REVERSE, Mode.FORWARD, Mode.ERROR_ESTIMATE, Mode.AUGMENTED, Mode.TAPE_SIZE),
        *(Mode.FORWARD_SPLIT, Mode.SPLIT_REVERSE, Mode.BATCH),
    }
)

RUNTIME: Final[tuple[str, ...]] = (
    # functions that programs define and call themselves
    "__enzyme_fprt_", "__enzyme_get_trace", "__enzyme_get_choice", "__enzyme_insert_",
    "__enzyme_newtrace", "__enzyme_freetrace", "__enzyme_has_call", "__enzyme_has_choice",
)
# fmt: on


def marker_text(name: str) -> str | None:
    """The marker text in a function's name, if there is one."""
    if "__enzyme_" not in name and "__poseidon_" not in name:
        return None
    return next((text for text, _ in MARKERS if text in name), None)


def mode_of(name: str) -> Mode | None:
    """What a call of a function of that name asks for; None if it is no marker."""
    if "__enzyme_" not in name and "__poseidon_" not in name:
        return None
    return next((mode for text, mode in MARKERS if text in name), None)
