"""Arithmetic whose rounding and exceptions are watched is plain arithmetic in the copies.

    %r = call double @llvm.experimental.constrained.fadd.f64(double %a, double %b,
             metadata !"round.dynamic", metadata !"fpexcept.strict") #7
    -->
    %r = fadd double %a, %b

`-frounding-math`, `-ffp-model=strict` and `#pragma STDC FENV_ACCESS ON` ask for the former. What a
derivative computes may be rounded to nearest whatever the processor is set to, and raises what
exceptions it will. LLVM may move it across calls that change the setting, or look at what has
happened; so functions that make such calls keep their arithmetic as it is, and are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from enzcc.ad.copies.assembly import with_declarations
from enzcc.ad.copies.calltexts import parameters_of, split_at_commas
from enzcc.ir.lines import lines_with
from enzcc.patterns import pattern

WATCHED: Final = "llvm.experimental.constrained."

ENVIRONMENT: Final = frozenset(
    "feclearexcept fegetexceptflag feraiseexcept fesetexcept fesetexceptflag fetestexcept"
    " fetestexceptflag fesetround fegetenv feholdexcept fesetenv feupdateenv fegetmode fesetmode"
    " feenableexcept fedisableexcept llvm.set.rounding".split()
)
"""Functions that change how numbers are rounded, or look at exceptions of the arithmetic."""

_CONVERSIONS: Final = frozenset("fptosi fptoui sitofp uitofp fpext fptrunc".split())
_ARITHMETIC: Final = frozenset("fadd fsub fmul fdiv frem".split())
_COMPARISONS: Final = frozenset(("fcmp", "fcmps"))
_INSTRUCTIONS: Final = _CONVERSIONS | _ARITHMETIC | _COMPARISONS

_DECLARED: Final = pattern(rf"^declare [^@\n]*@{re.escape(WATCHED)}([\w.]+)\([^\n]*", re.M)
_CALL: Final = pattern(
    r"^(?P<result>  %[-\w.$]+ = )(?:tail )?call (?P<flags>(?:[a-z]+ )*?)"
    rf"(?P<type><[^>]*>|[\w]+) @{re.escape(WATCHED)}(?P<name>[\w.]+)\((?P<arguments>[^\n]*?)\)"
    r"(?: #\d+)?(?P<rest>, ![^\n]*)?$",
    re.M,
)
_GROUP: Final = pattern(r" (#\d+)(?=,|$)", re.M)


def with_plain_functions(text: str) -> str:
    """The module with declarations of the plain functions that copies may call."""
    wanted: dict[str, str] = {}
    for at in lines_with(text, f"@{WATCHED}"):
        match = _DECLARED.match(text, at)
        if match is None:
            continue
        name = match[1]
        if name.split(".")[0] not in _INSTRUCTIONS:
            result, types = parameters_of(match[0].split(" #")[0])
            passed = ", ".join(t for t in types if t != "metadata")
            wanted[f"@llvm.{name}"] = f"declare {result} @llvm.{name}({passed})"
    return with_declarations(text, wanted) if wanted else text


def watching(calls: Mapping[str, Iterable[str]]) -> set[str]:
    """The functions that change how numbers are rounded, or look at exceptions, and all that call
    them; `calls` tells what each function calls."""
    found = set(ENVIRONMENT)
    grown = True
    while grown:
        more = {name for name, called in calls.items() if not found.isdisjoint(called)}
        grown = not more <= found
        found |= more
    return found


def unwatched(body: str, groups: Mapping[str, str]) -> str:
    """The body of a function with plain arithmetic; `groups` tells what attributes there are."""

    def attributes(match: re.Match[str]) -> str:
        words = groups.get(match[1], "").split()
        if "strictfp" not in words:
            return match[0]
        return "".join(f" {word}" for word in words if word != "strictfp")

    return _GROUP.sub(attributes, _CALL.sub(_plain, body))


def _plain(call: re.Match[str]) -> str:
    parts = split_at_commas(call["arguments"])
    told = [part.removeprefix("metadata !").strip('"') for part in parts if "metadata" in part]
    passed = [part for part in parts if "metadata" not in part]
    operation = call["name"].split(".")[0]
    both = ", ".join([passed[0], *(_value(part) for part in passed[1:])])
    if operation in _CONVERSIONS:
        made = f"{operation} {both} to {call['type']}"
    elif operation in _COMPARISONS:
        made = f"fcmp {call['flags']}{told[0]} {both}"
    elif operation in _ARITHMETIC:
        made = f"{operation} {call['flags']}{both}"
    else:
        made = f"call {call['flags']}{call['type']} @llvm.{call['name']}({', '.join(passed)})"
    return f"{call['result']}{made}{call['rest'] or ''}"


def _value(part: str) -> str:
    """The value in `<2 x double> %x`."""
    return part[part.index(">") + 2 :] if part.startswith("<") else part.split(" ", 1)[1]
