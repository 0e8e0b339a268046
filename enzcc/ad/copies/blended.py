"""Whole lanes of vectors that masks clear, and then set to constants, are shuffles in the copies.

%b = bitcast <2 x double> %x to <2 x i64>
%m = and <2 x i64> %b, <i64 0, i64 -1>                 Eigen's LinSpaced, where it ends
%r = or <2 x i64> %m, <i64 (bits of 1.0), i64 0>
-->
%m = %b with zero in the first lane
%r = %m with 1.0 in the first lane
"""
# ruff: noqa: A001 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from typing import Final

from enzcc.ad.copies.assembly import in_copies, lanes_of
from enzcc.patterns import pattern

_MASKED: Final = pattern(
    r"^  (?P<name>%[-\w.$]+) = (?P<opcode>and|or) (?:disjoint )?"
    r"(?P<type><(?P<count>\d+) x i(?P<bits>32|64)>) (?P<value>%[-\w.$]+), <(?P<mask>[^<>]+)>"
    r"(?P<where>, !dbg !\d+)?$",
    re.M,
)
_FLOATS: Final = {"32": "float", "64": "double"}


def with_blends(text: str) -> str:
    """A simplified module in which such masks of the bits of floats are shuffles."""
    clears = " = and <" in text  # what only sets bits is none
    return in_copies(text, _rewritten) if clears and _MASKED.search(text) else text


def _rewritten(body: str) -> str:
    cleared: dict[str, list[bool]] = {}

    def shuffled(match: re.Match[str]) -> str:
        type, floats = match["type"], f"<{match['count']} x {_FLOATS[match['bits']]}>"
        lanes = lanes_of(match["mask"])
        if match["opcode"] == "and":
            from_floats = f"  {match['value']} = bitcast {floats} " in body
            is_blend = from_floats and set(lanes) == {0, -1}
            taken, other = [not lane for lane in lanes], "zeroinitializer"
            cleared.update({match["name"]: taken} if is_blend else {})
        else:
            taken, other = cleared.get(match["value"], []), f"<{match['mask']}>"
            is_blend = bool(taken) and all(taken[at] or not lane for at, lane in enumerate(lanes))
        if not is_blend:
            return match[0]
        places = ", ".join(f"i32 {at + len(lanes) * is_new}" for at, is_new in enumerate(taken))
        name, where = match["name"][1:], match["where"] or ""
        constant = f"{floats} bitcast ({type} {other} to {floats})"
        steps = [
            (f"%enzcc.floats.{name}", f"bitcast {type} {match['value']} to {floats}"),
            (
                f"%enzcc.blend.{name}",
                f"shufflevector {floats} %enzcc.floats.{name}, {constant}, "
                f"<{len(lanes)} x i32> <{places}>",
            ),
            (match["name"], f"bitcast {floats} %enzcc.blend.{name} to {type}"),
        ]
        return "\n".join(f"  {result} = {what}{where}" for result, what in steps)

    return _MASKED.sub(shuffled, body)
