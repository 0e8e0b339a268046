"""Floats that get another exponent, bit by bit, are products with powers of two in the copies.

    %m = and <4 x i32> %x, splat (sign and mantissa)          frexp(x), as Eigen's logarithm has it
    %r = or <4 x i32> %m, splat (exponent of 0.5)
    -->
    %e = the exponent of %x, a number
    %r = %x * 2^(-1 - %e)

Such products are exact, and have a derivative. Numbers without an exponent (zero, and those next to
it) become 0.5 plus a multiple of themselves, infinities 0.5, as they did.
"""
# ruff: noqa: A001 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
import struct
from typing import Final

from enzcc.ad.copies.assembly import in_copies, with_declarations
from enzcc.patterns import pattern

_TYPE: Final = r"(?P<type>(?:<(?P<count>\d+) x )?i(?P<bits>32|64)>?)"
_NUMBER: Final = r"(?:splat \(i\d+ )?(?P<mask>-?\d+)\)?"
_MANTISSA: Final = pattern(
    rf"^  (?P<name>%[-\w.$]+) = and {_TYPE} (?P<value>%[-\w.$]+), {_NUMBER}(?:, !dbg !\d+)?$", re.M
)
_EXPONENT: Final = pattern(
    rf"^  (?P<name>%[-\w.$]+) = or (?:disjoint )?{_TYPE} (?P<value>%[-\w.$]+), {_NUMBER}"
    r"(?P<where>, !dbg !\d+)?$",
    re.M,
)
_PIECES: Final = {32: ("float", 23, 127), 64: ("double", 52, 1023)}
"""Bits of a float -> its type, the bits of its mantissa, the exponent of 1."""

_KEPT: Final = tuple(
    str((1 << mantissa) - 1 - (1 << bits - 1)) for bits, (_, mantissa, _) in _PIECES.items()
)
"""The masks that leave sign and mantissa, as LLVM writes them."""

_FAR: Final = 32
"""Large numbers are made smaller first by that power of two, so that the next one is in range."""


def with_mantissas(text: str) -> str:
    """A simplified module in which such pairs of operations are products."""
    wanted: dict[str, str] = {}

    def rewritten(body: str) -> str:
        found = {
            match["name"]: match
            for match in _MANTISSA.finditer(body)
            if _keeps(match) and f" to {_floats(match)}" in body
        }
        if not found:
            return body
        return _EXPONENT.sub(lambda match: _product(match, found, wanted), body)

    possible = any(mask in text for mask in _KEPT)
    if not possible or not any(map(_keeps, _MANTISSA.finditer(text))):
        return text
    return with_declarations(in_copies(text, rewritten), wanted)


def _keeps(match: re.Match[str]) -> bool:
    """Does the mask leave sign and mantissa?"""
    bits = int(match["bits"])
    _, mantissa, _ = _PIECES[bits]
    kept = (1 << bits - 1) | (1 << mantissa) - 1
    return int(match["mask"]) % (1 << bits) == kept


def _floats(match: re.Match[str]) -> str:
    element = _PIECES[int(match["bits"])][0]
    return f"<{match['count']} x {element}>" if match["count"] else element


def _product(match: re.Match[str], found: dict[str, re.Match[str]], wanted: dict[str, str]) -> str:
    bits, type = int(match["bits"]), match["type"]
    element, mantissa, one = _PIECES[bits]
    exponent = int(match["mask"]) >> mantissa
    source = found.get(match["value"])
    field = exponent << mantissa
    if source is None or field != int(match["mask"]) or not 0 < exponent <= one:
        return match[0]
    floats, where, name = _floats(match), match["where"] or "", match["name"][1:]
    suffix = f"v{match['count']}f{bits}" if match["count"] else f"f{bits}"
    sign = f"@llvm.copysign.{suffix}"
    wanted[sign] = f"declare {floats} {sign}({floats}, {floats})"
    truth = f"<{match['count']} x i1>" if match["count"] else "i1"

    def number(value: int) -> str:
        value = (value + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)
        return f"splat (i{bits} {value})" if match["count"] else str(value)

    def power(of: int) -> str:
        told = f"0x{struct.unpack('<Q', struct.pack('<d', 2.0**of))[0]:016X}"
        return f"splat ({element} {told})" if match["count"] else told

    def own(word: str) -> str:
        return f"%enzcc.{word}.{name}"

    def chosen(word: str, kind: str, a: str, b: str) -> str:
        return f"select {truth} {own(word)}, {kind} {a}, {kind} {b}"

    x = own("floats")
    # the way through a float tells that the exponent carries no derivative
    steps = [
        (x, f"bitcast {type} {source['value']} to {floats}"),
        (own("shifted"), f"lshr {type} {source['value']}, {number(mantissa)}"),
        (own("field"), f"and {type} {own('shifted')}, {number(2 * one + 1)}"),
        (own("count"), f"uitofp {type} {own('field')} to {floats}"),
        (own("exponent"), f"fptoui {floats} {own('count')} to {type}"),
        (own("large"), f"icmp ugt {type} {own('exponent')}, {number(one)}"),
        (own("first"), chosen("large", floats, power(-_FAR), power(0))),
        (
            own("wanted"),
            chosen("large", type, number(exponent + one + _FAR), number(exponent + one)),
        ),
        (own("left"), f"sub {type} {own('wanted')}, {own('exponent')}"),
        (own("placed"), f"shl {type} {own('left')}, {number(mantissa)}"),
        (own("second"), f"bitcast {type} {own('placed')} to {floats}"),
        (own("smaller"), f"fmul {floats} {x}, {own('first')}"),
        (own("product"), f"fmul {floats} {own('smaller')}, {own('second')}"),
        (own("half"), f"call {floats} {sign}({floats} {power(exponent - one)}, {floats} {x})"),
        (own("tiny"), f"fmul {floats} {x}, {power(exponent - 1)}"),
        (own("beside"), f"fadd {floats} {own('half')}, {own('tiny')}"),
        (own("none"), f"icmp eq {type} {own('exponent')}, {number(0)}"),
        (own("normal"), chosen("none", floats, own("beside"), own("product"))),
        (own("endless"), f"icmp eq {type} {own('exponent')}, {number(2 * one + 1)}"),
        (own("all"), chosen("endless", floats, own("half"), own("normal"))),
        (match["name"], f"bitcast {floats} {own('all')} to {type}"),
    ]
    return "\n".join(f"  {result} = {what}{where}" for result, what in steps)
