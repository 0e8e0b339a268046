"""Assembly statements whose meaning is plain, written out in the copies.

    %r = call <2 x double> asm "maxpd $1, $0", "=x,x,0"(<2 x double> %b, <2 x double> %a)
    -->
    %c = fcmp ogt <2 x double> %a, %b
    %r = select <2 x i1> %c, <2 x double> %a, <2 x double> %b

These are the minima and maxima of x86, as Eigen writes them, and barriers, whose result is their
operand. All other assembly is left alone, and refused where a derivative would flow through it.
"""

from __future__ import annotations

import re
from typing import Final

from enzcc.ad.calltexts import split_at_commas

_CALL: Final = re.compile(
    r"^  %(?P<name>[-\w.$]+) = (?:tail )?call (?P<type><\d+ x (?:float|double)>|[\w.]+) asm"
    r'(?: sideeffect)? "(?P<template>[^"]*)", "(?P<constraints>[^"]*)"\((?P<operands>.*?)\)'
    r"(?: #\d+)?(?P<where>, !dbg !\d+)?(?:, !srcloc !\d+)?$",
    re.MULTILINE,
)
_CLOBBERS: Final = re.compile(r"(?:,~\{[^}]*\})*$")
_CHOICE: Final = re.compile(r"(v?)(min|max)(ps|pd|ss|sd) \$(\d), \$(\d)(?:, \$(\d))?")
_ELEMENT: Final = {"s": "float", "d": "double"}


def with_plain_assembly(copy: str) -> str:
    """The copy of a function in which such statements are instructions."""
    return _CALL.sub(_written_out, copy) if " asm " in copy else copy


def _written_out(call: re.Match[str]) -> str:
    type, template = call["type"], call["template"].strip()  # noqa: A001
    constraints = _CLOBBERS.sub("", call["constraints"]).split(",")
    operands = [
        operand.strip().removeprefix(type).replace(" noundef ", " ").strip()
        for operand in split_at_commas(call["operands"])
        if operand.strip().startswith(type + " ")
    ]
    if len(operands) != len(constraints) - 1 or "*" in call["constraints"]:
        return call.group()
    where = call["where"] or ""
    if not template and constraints[1:] == ["0"]:
        return f"  %{call['name']} = bitcast {type} {operands[0]} to {type}{where}"
    found = _CHOICE.fullmatch(template)
    if found is None or len(operands) != 2 or not _fits(type, found[3]):
        return call.group()
    places = [int(place) for place in found.groups()[3:] if place is not None]
    if places.pop() != 0 or len(places) != (2 if found[1] else 1):
        return call.group()
    if found[1]:
        if constraints[1:] != ["x", "x"] or sorted(places) != [1, 2]:
            return call.group()
        first, second = operands[places[1] - 1], operands[places[0] - 1]
    else:
        if sorted(constraints[1:]) != ["0", "x"] or constraints[places[0]] != "x":
            return call.group()
        first, second = operands[constraints.index("0") - 1], operands[places[0] - 1]
    order = "ogt" if found[2] == "max" else "olt"
    flag = re.sub(r"x \w+>", "x i1>", type) if type.startswith("<") else "i1"
    chosen = f"%enzcc.assembly.{call['name']}"
    return (
        f"  {chosen} = fcmp {order} {type} {first}, {second}{where}\n"
        f"  %{call['name']} = select {flag} {chosen}, {type} {first}, {type} {second}{where}"
    )


def _fits(type: str, suffix: str) -> bool:  # noqa: A002
    """Is it the type of the instruction, so that it works on all of it?"""
    element = _ELEMENT[suffix[1]]
    if suffix[0] == "s":
        return type == element
    return type.startswith("<") and type.endswith(f" {element}>")
