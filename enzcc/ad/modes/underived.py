"""Calls of what has no derivative: what is said of them, when compiling or when reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enzcc.ad.exceptions.unwinding import call_as
from enzcc.ad.names import original
from enzcc.ad.refused import spoken_at_run_time
from enzcc.errors import NoDerivative, Unsupported
from enzcc.ir import types as ty
from enzcc.ir.builder import poison
from enzcc.ir.instructions import CallBase
from enzcc.ir.values import Global, Value
from enzcc.markers import Mode, mode_of

if TYPE_CHECKING:
    from enzcc.ad.modes.companion import Companion


def end_at_unlisted(ad: Companion, inst: CallBase) -> None:
    """A call through a pointer that would have to be differentiated ends the program."""
    message = ad.module.message_at(
        ad.module.location(inst),
        "the function called here through a pointer has no derivative: it is none of"
        " those whose address is taken in this file",
    )
    _end_program(ad, inst, "__enzcc_no_derivative", message)


def refuse_call(ad: Companion, inst: CallBase) -> None:
    """A call that has no derivative: an error, at run time where the user wants it then."""
    error = _unknown_call(ad, inst)
    if not ad.engine.settings.runtime_error:
        raise error
    message = ad.module.text_constant(spoken_at_run_time(error))
    _end_program(ad, inst, "__enzcc_refused", message)


def _end_program(ad: Companion, inst: CallBase, helper: str, message: Value) -> None:
    taking = ty.function(ty.VOID, (ty.PTR,))
    call_as(ad, inst, ad.helper(helper, taking), taking, [message])
    if inst.type is not ty.VOID:
        ad.primal[inst] = poison(inst.type)
        if ad.wants_shadow(inst):
            for _ in ad.shadows.each():
                ad.shadows[inst] = ad.primal[inst]


def _unknown_call(ad: Companion, inst: CallBase) -> NoDerivative | Unsupported:
    """The error for an active call of something that has no derivative."""
    callee = inst.callee
    where = ad.module.location(inst)
    if not isinstance(callee, Global):
        if hasattr(callee, "text") and str(callee.text).startswith("asm"):
            return Unsupported(
                where,
                "cannot differentiate inline assembly on active data",
                because="enzcc does not read assembly",
                remedy="write it in C, or hide it in a function without active arguments",
            )
        made = callee.callee if isinstance(callee, CallBase) else None
        if isinstance(made, Global) and mode_of(made.name) is Mode.TRUNCATE:
            return Unsupported(
                where,
                "cannot differentiate a function at lower precision",
                because="precision is lowered after differentiation",
                remedy="lower the precision of a function that asks for the derivative",
            )
        unsaid = Unsupported(
            where,
            "cannot differentiate a call through a function pointer",
            because="no function of this file that it may lead to has its address taken",
            remedy="call the function by its name, or compile and link all files with -fenzcc-link",
        )
        unsaid.elsewhere = True
        return unsaid
    name = original(callee.name)
    if name.startswith("llvm.experimental.constrained."):
        return Unsupported(
            where,
            "cannot differentiate arithmetic whose rounding or exceptions are watched",
            because="the function calls one of <fenv.h>, and '-frounding-math',"
            " '-ffp-model=strict' or '#pragma STDC FENV_ACCESS ON' make that count",
            remedy="call it outside of what is differentiated",
        )
    if callee.kind == "ifunc":
        return Unsupported(
            where,
            f"cannot differentiate the call to '{name}'",
            because="which function that is turns out when the program is loaded (ifunc)",
            remedy="call the function that is meant by its own name",
        )
    variable = ad.activity.variable_named_by(inst)
    changes = "" if variable is None else f", and may read or change '{variable}'"
    error = NoDerivative(
        where,
        f"cannot differentiate the call to '{name}'",
        because=f"'{name}' has no definition in this file and no known derivative{changes}",
        remedy=f"define '{name}' in this file (or in a header that it includes), or compile and"
        " link with -fenzcc-link; if it carries no derivative, say"
        f" ENZYME_INACTIVE_FUNCTION({name}); (<enzyme.h>)",
    )
    error.missing = name
    return error


def refuse_input(ad: Companion, inst: CallBase, name: str) -> None:
    """Raises if a call reads input into memory that carries a derivative."""
    for argument in inst.arguments:
        if isinstance(argument.type, ty.PointerType) and ad.activity.memory_active(argument):
            raise ad.refuse(
                inst,
                f"cannot differentiate the call to '{name}' that writes into active memory",
                "what it reads is constant, but how much of the memory it overwrites is not known",
                "read into a constant buffer, then copy",
            )


def check_fields(ad: Companion, inst: CallBase) -> None:
    """Several results are read from a struct, not yet from a vector (as a complex float is)."""
    if isinstance(inst.type, ty.VectorType):
        raise ad.refuse(
            inst,
            "cannot differentiate a function that returns a complex 'float'",
            "the ABI packs its parts into one vector",
            "use the 'double' function",
        )


def unsupported_call(ad: Companion, name: str, inst: CallBase) -> Unsupported | None:
    """Calls that break any derivative: jumps out of the function."""
    if name in (
        "setjmp",
        "_setjmp",
        "sigsetjmp",
        "__sigsetjmp",
        "longjmp",
        "siglongjmp",
        "_longjmp",
    ):
        return ad.refuse(
            inst,
            f"cannot differentiate a function that calls '{name}'",
            "control would leave the derivative in the middle of its sweeps",
            "return an error code instead",
        )
    if name.startswith("llvm.coro."):
        return ad.refuse(
            inst,
            "cannot differentiate a coroutine",
            "it is left and entered in the middle, by its caller and by others",
            "compute the values in a loop, or hand them to a lambda",
        )
    return None
