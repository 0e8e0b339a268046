"""Assembly statements whose meaning is plain, written out in the copies.

    %r = call <2 x double> asm "maxpd $1, $0", "=x,x,0"(<2 x double> %b, <2 x double> %a)
    -->
    %c = fcmp ogt <2 x double> %a, %b
    %r = select <2 x i1> %c, <2 x double> %a, <2 x double> %b

These are the minima and maxima of x86, and its products that are added to, as Eigen writes them,
and barriers, whose result is their operand. All other assembly is left alone, and refused where a
derivative would flow through it.

Masks on the signs of vectors, another way of theirs, become magnitudes and negations; and what adds
a large number and takes it away again, so that it rounds, is told to be flat (`with_roundings`).
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from typing import Final

from enzcc.ad.copies.calltexts import split_at_commas
from enzcc.ad.names import SUFFIX
from enzcc.patterns import pattern

_CALL: Final = pattern(
    r"^  %(?P<name>[-\w.$]+) = (?:tail )?call "
    r"(?:(?:fast|reassoc|nnan|ninf|nsz|arcp|contract|afn|nofpclass\([^)]*\)) )*"
    r"(?P<type><\d+ x (?:float|double)>|[\w.]+) asm"
    r'(?: sideeffect)? "(?P<template>[^"]*)", "(?P<constraints>[^"]*)"\((?P<operands>.*?)\)'
    r"(?: #\d+)?(?P<where>, !dbg !\d+)?(?:, !srcloc !\d+)?$",
    re.MULTILINE,
)
_ATTRIBUTES: Final = pattern(r"\b(?:noundef|nofpclass\([^)]*\)) ")
_CLOBBERS: Final = pattern(r"(?:,~\{[^}]*\})*$")
_CHOICE: Final = pattern(r"(v?)(min|max)(ps|pd|ss|sd) \$(\d), \$(\d)(?:, \$(\d))?")
_FUSED: Final = pattern(
    r"vf(?P<negated>n?)m(?P<sign>add|sub)(?P<order>132|213|231)(?P<suffix>[ps][sd])"
    r" \$(?P<third>\d), \$(?P<second>\d), \$(?P<first>\d)"
)
_ELEMENT: Final = {"s": "float", "d": "double"}


_BARRIER: Final = pattern(
    r'^  (?:tail )?call void asm(?: sideeffect)? "", "=\*[^,"]*,0(?:,~\{[^}]*\})*"'
    r"\(ptr (?:noundef |nonnull )*elementtype\((?P<type>[^()]+)\) (?P<place>%[-\w.$]+), "
    r"(?P=type) (?P<value>%[-\w.$]+)\)(?: #\d+)?(?P<where>, !dbg !\d+)?(?:, !srcloc !\d+)?$",
    re.MULTILINE,
)


def with_plain_assembly(copy: str) -> str:
    """The copy of a function in which such statements are instructions."""
    if " asm " not in copy:
        return copy
    copy = _BARRIER.sub(r"  store \g<type> \g<value>, ptr \g<place>, align 1\g<where>", copy)
    return _CALL.sub(_written_out, copy)


def _written_out(call: re.Match[str]) -> str:
    type, template = call["type"], call["template"].strip()  # noqa: A001
    constraints = _CLOBBERS.sub("", call["constraints"]).split(",")
    operands = [
        _ATTRIBUTES.sub("", operand.strip().removeprefix(type)).strip()
        for operand in split_at_commas(call["operands"])
        if operand.strip().startswith(type + " ")
    ]
    if len(operands) != len(constraints) - 1 or "*" in call["constraints"]:
        return call.group()
    where = call["where"] or ""
    if not template and constraints[1:] == ["0"]:
        return f"  %{call['name']} = bitcast {type} {operands[0]} to {type}{where}"
    fused = _FUSED.fullmatch(template)
    if fused is not None and _fits(type, fused["suffix"]):
        made = _multiplied_and_added(fused, call["name"], type, constraints, operands)
        return "\n".join(f"  {line}{where}" for line in made) if made else call.group()
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


def _multiplied_and_added(
    fused: re.Match[str],
    name: str,
    type: str,  # noqa: A002
    constraints: list[str],
    operands: list[str],
) -> list[str]:
    """a * b + c in one step; nothing if it is not told apart what is what. The manual numbers the
    operands from the result on, which is the first of them: 231 is the second times the third, plus
    the first."""
    if sorted(constraints[1:]) != ["0", "x", "x"] or fused["first"] != "0":
        return []
    numbers = [constraints.index("0"), int(fused["second"]), int(fused["third"])]
    if sorted(numbers) != [1, 2, 3]:
        return []
    a, b, c = (operands[numbers[int(digit) - 1] - 1] for digit in fused["order"])
    made: list[str] = []
    if fused["negated"]:
        made.append(f"%enzcc.product.{name} = fneg {type} {a}")
        a = f"%enzcc.product.{name}"
    if fused["sign"] == "sub":
        made.append(f"%enzcc.sum.{name} = fneg {type} {c}")
        c = f"%enzcc.sum.{name}"
    element = "f32" if "float" in type else "f64"
    intrinsic = f"v{type[1:].split()[0]}{element}" if type.startswith("<") else element
    arguments = f"{type} {a}, {type} {b}, {type} {c}"
    return [*made, f"%{name} = call {type} @llvm.fma.{intrinsic}({arguments})"]


def _fits(type: str, suffix: str) -> bool:  # noqa: A002
    """Is it the type of the instruction, so that it works on all of it?"""
    element = _ELEMENT[suffix[1]]
    if suffix[0] == "s":
        return type == element
    return type.startswith("<") and type.endswith(f" {element}>")


_MASKED: Final = pattern(
    r"^  %(?P<name>[-\w.$]+) = (?P<opcode>and|or|xor) (?:disjoint )?"
    r"(?P<type><(?P<count>\d+) x i(?P<bits>32|64)>) (?P<value>%[-\w.$]+), "
    r"(?P<mask>splat \(i\d+ -?\d+\)|<i\d+ -?\d+(?:, i\d+ -?\d+)*>)(?P<where>, !dbg !\d+)?$",
    re.MULTILINE,
)
_SIGNED: Final = pattern(
    r"^  %(?P<name>[-\w.$]+) = (?P<opcode>or|xor) (?:disjoint )?"
    r"(?P<type><(?P<count>\d+) x i(?P<bits>32|64)>) (?P<first>%[-\w.$]+), (?P<second>%[-\w.$]+)"
    r"(?P<where>, !dbg !\d+)?$",
    re.MULTILINE,
)
_SIGN: Final = pattern(
    r"^  (%[-\w.$]+) = (?:and <\d+ x (?:i32> %[-\w.$]+, splat \(i32 -2147483648\)"
    r"|i64> %[-\w.$]+, splat \(i64 -9223372036854775808\))"
    r"|shl <\d+ x (?:i32> %[-\w.$]+, splat \(i32 31\)|i64> %[-\w.$]+, splat \(i64 63\)))",
    re.MULTILINE,
)
_PAIRED: Final = pattern(
    r"^  %(?P<name>[-\w.$]+) = (?P<opcode>and|or|xor) (?:disjoint )?"
    r"(?P<type><(?P<count>\d+) x i64>) (?P<value>%[-\w.$]+), "
    r"splat \(i64 (?P<mask>9223372034707292159|-9223372034707292160)\)(?P<where>, !dbg !\d+)?$",
    re.MULTILINE,
)
"""Masks of the signs of two numbers of type `float` at once."""
_LANE: Final = pattern(r"i(?:32|64) (-?\d+)")
_DEFINITION: Final = pattern(r"^define [^\n]*\{\n.*?^\}\n", re.MULTILINE | re.DOTALL)


def with_vector_signs(text: str) -> str:
    """A simplified module in which masks that drop, set or flip signs in vectors of bits, in some
    lanes or all, are magnitudes and negations, in functions that take such vectors for floats."""
    wanted: dict[str, str] = {}

    def written_out(match: re.Match[str], body: str) -> str:
        bits, whole, opcode = int(match["bits"]), match["type"], match["opcode"]
        element = "float" if bits == 32 else "double"
        floats = f"<{match['count']} x {element}>"
        sign = 1 << bits - 1
        changing, leaving = {"and": (sign - 1, -1), "or": (-sign, 0), "xor": (-sign, 0)}[opcode]
        masks = lanes_of(match["mask"])
        # LLVM loads, and stores, as bits what nobody takes for floats
        loaded = element in body and f"  {match['value']} = load {whole}, " in body
        loaded |= f"  {match['value']} = bitcast {floats} " in body
        taken = f" to {floats}" in body
        if taken and opcode == "and" and set(masks) == {-sign}:
            return _sign_alone(match)
        if (
            not (taken or loaded)
            or changing not in masks
            or not {changing, leaving}.issuperset(masks)
        ):
            return match.group()
        name, where = match["name"], match["where"] or ""
        made = [(own := f"%enzcc.floats.{name}", f"bitcast {whole} {match['value']} to {floats}")]
        if opcode != "xor":
            intrinsic = f"@llvm.fabs.v{match['count']}f{bits}"
            wanted[intrinsic] = f"declare {floats} {intrinsic}({floats})"
            made.append((f"%enzcc.size.{name}", f"call {floats} {intrinsic}({floats} {own})"))
        if opcode != "and":
            made.append((f"%enzcc.negative.{name}", f"fneg {floats} {made[-1][0]}"))
        if leaving in masks:
            lanes = ", ".join(f"i1 {'true' if mask == changing else 'false'}" for mask in masks)
            chosen = f"{floats} {made[-1][0]}, {floats} {own}"
            made.append(
                (f"%enzcc.signed.{name}", f"select <{len(masks)} x i1> <{lanes}>, {chosen}")
            )
        made.append((f"%{name}", f"bitcast {floats} {made[-1][0]} to {whole}"))
        return "\n".join(f"  {result} = {what}{where}" for result, what in made)

    def rewritten(body: str) -> str:
        body = _PAIRED.sub(_each_alone, body)
        signs = set(_SIGN.findall(body))
        if signs:
            body = _SIGNED.sub(lambda signed: given(signed, signs, body), body)
        return _MASKED.sub(lambda masked: written_out(masked, body), body)

    def given(match: re.Match[str], signs: set[str], body: str) -> str:
        """x ^ s and x | s, where s is a vector of signs."""
        bits, whole, name = int(match["bits"]), match["type"], match["name"]
        floats = f"<{match['count']} x {'float' if bits == 32 else 'double'}>"
        x, sign = match["first"], match["second"]
        if x in signs:
            x, sign = sign, x
        taken = f" to {floats}" in body or f"  {x} = bitcast {floats} " in body
        if sign not in signs or x in signs or not taken:
            return match.group()
        where = match["where"] or ""
        made = [(own := f"%enzcc.floats.{name}", f"bitcast {whole} {x} to {floats}")]
        if match["opcode"] == "or":
            intrinsic = f"@llvm.fabs.v{match['count']}f{bits}"
            wanted[intrinsic] = f"declare {floats} {intrinsic}({floats})"
            made.append((f"%enzcc.size.{name}", f"call {floats} {intrinsic}({floats} {own})"))
        negative, below, signed = (f"%enzcc.{w}.{name}" for w in ("negative", "below", "signed"))
        made += [
            (negative, f"fneg {floats} {made[-1][0]}"),
            (below, f"icmp slt {whole} {sign}, zeroinitializer"),
            (
                signed,
                f"select <{match['count']} x i1> {below}, {floats} {negative}, {floats} {own}",
            ),
            (f"%{name}", f"bitcast {floats} {signed} to {whole}"),
        ]
        return "\n".join(f"  {result} = {what}{where}" for result, what in made)

    masking = any(f" = {opcode} <" in text for opcode in ("and", "or", "or disjoint", "xor"))
    if not masking or _MASKED.search(text) is None:
        return text
    return with_declarations(in_copies(text, rewritten), wanted)


def _each_alone(match: re.Match[str]) -> str:
    """A mask of two signs in each lane as one of twice as many."""
    name, where, whole = match["name"], match["where"] or "", match["type"]
    halves = f"<{2 * int(match['count'])} x i32>"
    mask = 0x7FFFFFFF if int(match["mask"]) > 0 else -0x80000000
    return (
        f"  %enzcc.halves.{name} = bitcast {whole} {match['value']} to {halves}{where}\n"
        f"  %enzcc.masked.{name} = {match['opcode']} {halves} %enzcc.halves.{name},"
        f" splat (i32 {mask}){where}\n"
        f"  %{name} = bitcast {halves} %enzcc.masked.{name} to {whole}{where}"
    )


def _sign_alone(match: re.Match[str]) -> str:
    """The signs of a vector, which carry no derivative: a comparison finds them."""
    whole, name, where = match["type"], match["name"], match["where"] or ""
    return (
        f"  %enzcc.below.{name} = icmp slt {whole} {match['value']}, zeroinitializer{where}\n"
        f"  %{name} = select <{match['count']} x i1> %enzcc.below.{name}, {whole} {match['mask']},"
        f" {whole} zeroinitializer{where}"
    )


_MANTISSA: Final = {"double": 52, "float": 23}
_FINE: Final = 16
"""Multiples of a power of two down to 2^-16 are rounded to like this (musl's `exp2` has 2^-7)."""
_SUM: Final = pattern(
    r"^  (?P<name>%[-\w.$]+) = (?P<opcode>fadd|fsub) (?:(?:nnan|ninf|nsz|arcp|contract|afn) )*"
    r"(?P<type>(?:<(?P<count>\d+) x )?(?P<element>double|float)>?) (?P<value>%[-\w.$]+), "
    r"(?:splat \((?:double|float) )?(?P<number>[-+.\w]+)\)?(?P<where>, !dbg !\d+)?$",
    re.MULTILINE,
)
_FUSED_SUM: Final = pattern(
    r"^  (?P<name>%[-\w.$]+) = (?:tail )?call (?:(?:nnan|ninf|nsz|arcp|contract|afn) )*"
    r"(?:<\d+ x )?(?P<element>double|float)>? @llvm\.fmuladd\."
    r"[^\n]*, [^\n,]* (?P<number>0x[04]\w+)\)?\)(?: #\d+)?(?:, !dbg !\d+)?$",
    re.MULTILINE,
)


def _unit(number: str, element: str) -> int | None:
    """Adding 1.5 * 2^(52 + u) to a `double` rounds it to multiples of 2^u: this u. (2^52 does so,
    too, for what is not negative.)"""
    if not number.startswith("0x4"):
        return None
    (value,) = struct.unpack(">d", bytes.fromhex(number[2:].rjust(16, "0")))
    mantissa = _MANTISSA[element]
    if value == 2.0**mantissa:
        return 0
    fraction, exponent = math.frexp(value)
    unit = exponent - 1 - mantissa
    return unit if fraction == 0.75 and -_FINE <= unit <= _FINE else None


def with_roundings(text: str) -> str:
    """A simplified module in which x + 2^52 - 2^52 is flat, as it rounds to an integer (or to half
    of one, where x is negative): it goes through a rounding that has nothing left to do."""
    wanted: dict[str, str] = {}

    def rewritten(body: str) -> str:
        large = {
            one["name"]: one["number"]
            for one in (*_SUM.finditer(body), *_FUSED_SUM.finditer(body))
            if one.groupdict().get("opcode") != "fsub"
            and _unit(one["number"], one["element"]) is not None
        }
        return _SUM.sub(lambda one: rounded(one, large), body) if large else body

    def rounded(one: re.Match[str], large: dict[str, str]) -> str:
        added, number = large.get(one["value"]), one["number"]
        taken = number if one["opcode"] == "fsub" else number.replace("0xC", "0x4")
        if added is None or taken != added:
            return one.group()
        floats, name, where = one["type"], one["name"][1:], one["where"] or ""
        suffix = "f64" if one["element"] == "double" else "f32"
        rint = f"@llvm.rint.{'v' + one['count'] if one['count'] else ''}{suffix}"
        wanted[rint] = f"declare {floats} {rint}({floats})"
        unit = _unit(added, one["element"])
        assert unit is not None
        powers = (struct.pack(">d", 2.0**power).hex().upper() for power in (1 - unit, unit - 1))
        two, half = (
            f"splat ({one['element']} 0x{power})" if one["count"] else f"0x{power}"
            for power in powers
        )
        first = one.group().replace(f"%{name} =", f"%enzcc.sum.{name} =", 1)
        return (
            f"{first}\n"
            f"  %enzcc.twice.{name} = fmul {floats} %enzcc.sum.{name}, {two}{where}\n"
            f"  %enzcc.flat.{name} = call {floats} {rint}({floats} %enzcc.twice.{name}){where}\n"
            f"  %{name} = fmul {floats} %enzcc.flat.{name}, {half}{where}"
        )

    if "0x4" not in text:
        return text
    return with_declarations(in_copies(text, rewritten), wanted)


def lanes_of(mask: str) -> list[int]:
    """The numbers in the text of a constant vector of integers."""
    return [int(lane) for lane in _LANE.findall(mask)]


def in_copies(text: str, rewritten: Callable[[str], str]) -> str:
    """The module with other bodies for the copies that derivatives are made from."""

    def function(match: re.Match[str]) -> str:
        body = match.group()
        return rewritten(body) if SUFFIX in body[: body.index("\n")] else body

    return _DEFINITION.sub(function, text)


def with_declarations(text: str, wanted: dict[str, str]) -> str:
    """The module with declarations that it does not have yet, by name."""
    missing = [
        line
        for name, line in wanted.items()
        if re.search(rf"^declare [^@\n]*{re.escape(name)}\(", text, re.MULTILINE) is None
    ]
    return "\n".join([text, *missing, ""]) if missing else text
