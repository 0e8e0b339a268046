"""What is known of functions, as tables that the engine reads. It never names a function itself.

Derivatives
    find(name, type) -> Rule       by symbol: sin, sinf, __sin_finite, llvm.sin.v4f64, __nv_sin ...
                                   None if the name is not in the tables, or the type does not fit
                                   the rule. A function that the user's module defines is the
                                   user's: do not ask for it.
    RULES                          name -> Rule, every function
    INSTRUCTIONS                   opcode -> Rule: fadd fsub fmul fdiv frem fneg
    rule.parameters[i]             Parameter.REAL | WHOLE | REAL_OUT | WHOLE_OUT
    rule.partials[i]               partial of the returned value by argument i, one of
                                     Formula        evaluate(formula, place)
                                     ZERO           flat: contributes nothing
                                     INACTIVE       an integer or pointer: there is nothing
                                     Unknown(why)   an error if argument i is active
                                     Fields         one of the above for each value of a pair
    rule.outputs[k][i]             the same for what is written through argument k (REAL_OUT)
    rule.partial(i, output=k, field=j)   reads the three above
    rule.returns                   False: returns nothing (sincos)
    rule.is_flat                   all partials are 0: the function is inactive
    may_be_infinite(partial)       can it be infinite or NaN while all arguments are finite?
    arguments_used(formula), uses_result(formula)    what the formula reads (needs)
    evaluate(formula, place)       emits it; `Place` is what the engine provides

A function with a rule touches no memory but what it writes through its output pointers, so it may
be computed again; `errno` matters only where the program looks at it.

Functions without derivative
    is_inactive(name, type), why_inactive(name, type)     also intrinsics, and all flat functions
    WRITES_VALUES                  inactive functions that may overwrite floats (scanf, fread)
    RETURNS, POINTS_INTO           name -> the argument that a pointer returned is, or leads into
    writes_bytes(name), reads_bytes(name)    of what an argument points to (fwrite, fread)
    is_repeatable(name, type)                no state of its own tells what it does (rand, getchar)
    ERRNO, SIGNS, VARIABLES        memory of the library that its functions change

Memory
    ALLOCATORS, DEALLOCATORS       name -> roles of the arguments
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from enzcc.ir.types import FunctionType
from enzcc.rules import inactive
from enzcc.rules.algebra import Formula, arguments_used, uses_result
from enzcc.rules.allocation import ALLOCATORS, DEALLOCATORS, Allocator, Deallocator
from enzcc.rules.arithmetic import INSTRUCTIONS, INTRINSICS
from enzcc.rules.complex import COMPLEX
from enzcc.rules.emit import Place, decide, evaluate
from enzcc.rules.guards import GUARDS, guard_of
from enzcc.rules.inactive import (
    ERRNO,
    SIGNS,
    VARIABLES,
    WRITES_VALUES,
    is_repeatable,
    reads_bytes,
    writes_bytes,
)
from enzcc.rules.libm import LIBM
from enzcc.rules.names import rule_name
from enzcc.rules.returned import POINTS_INTO, RETURNS, SAME_POINTER
from enzcc.rules.special import SPECIAL
from enzcc.rules.table import (
    INACTIVE,
    ZERO,
    Fields,
    Kink,
    Nothing,
    Parameter,
    Partial,
    Rule,
    Unknown,
    join,
    may_be_infinite,
)

RULES: Final[Mapping[str, Rule]] = join([LIBM, SPECIAL, COMPLEX, INTRINSICS])
"""Every function with a rule, by the name of its double form."""


@cache
def find(name: str, type: FunctionType | None = None) -> Rule | None:
    """The rule for a function's symbol or an intrinsic, None if there is none.

    With a type, only if a function of that type can be meant: a user's `int y1(void)` is not.
    """
    guard = guard_of(name)
    if guard is not None:
        return GUARDS[guard]
    found = rule_name(name, RULES)
    if found is None or (type is not None and not RULES[found].fits(type)):
        return None
    return RULES[found]


def why_inactive(name: str, type: FunctionType | None = None) -> str | None:
    """Why calls of the function carry no derivative ("prints"), None if they may carry one.

    With a type, only if a function of that type can be meant: `double error(double)` is not C's.
    """
    reason = inactive.why_inactive(name, type)
    if reason is not None:
        return reason
    rule = find(name, type)
    return "is flat" if rule is not None and rule.is_flat else None


def is_inactive(name: str, type: FunctionType | None = None) -> bool:
    """Do calls of the function carry no derivative?"""
    return why_inactive(name, type) is not None


__all__ = [
    "ALLOCATORS",
    "DEALLOCATORS",
    "ERRNO",
    "INACTIVE",
    "INSTRUCTIONS",
    "POINTS_INTO",
    "RETURNS",
    "RULES",
    "SAME_POINTER",
    "SIGNS",
    "VARIABLES",
    "WRITES_VALUES",
    "ZERO",
    "Allocator",
    "Deallocator",
    "Fields",
    "Formula",
    "Kink",
    "Nothing",
    "Parameter",
    "Partial",
    "Place",
    "Rule",
    "Unknown",
    "arguments_used",
    "decide",
    "evaluate",
    "find",
    "is_inactive",
    "is_repeatable",
    "may_be_infinite",
    "reads_bytes",
    "uses_result",
    "why_inactive",
    "writes_bytes",
]
