"""What AVX-512 intrinsics do, written out in the copies (see `enzcc.ad.copies.bodies`).

Most of what <immintrin.h> has for 512 bits is plain IR already; these are the rest. With a rounding
mode other than the current one (or to nearest, without exceptions) they stay what they are.
"""
# ruff: noqa: A001 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from enzcc.ad.copies.bodies import (
    BYTES,
    bits_of_mask,
    count_of,
    element_of,
    load_lanes,
    store_lanes,
)
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ad.copies.bodies import Body

_USUAL: Final = (4, 8)
"""The current rounding mode; to nearest, which that is."""
_ROUNDING: Final = ("roundeven", "floor", "ceil", "trunc")


def _itself(b: Body) -> str:
    """A call of the intrinsic, which then is refused where it is active."""
    given = ", ".join(
        f"{t} {b.args[i] if n is None else n}"
        for i, (t, n) in enumerate(zip(b.types, b.numbers, strict=True))
    )
    return b.op(f"call {b.result} @llvm.{b.intrinsic}({given})")


def _usual(at: int, write: Callable[[Body], str]) -> Callable[[Body], str]:
    """Only with the usual rounding mode."""
    return lambda b: write(b) if b.numbers[at] in _USUAL else _itself(b)


def _arithmetic(b: Body) -> str:
    found = re.match(r"x86\.avx512\.(add|sub|mul|div)\.", b.intrinsic)
    assert found is not None
    return b.op(f"f{found[1]} {b.result} %a0, %a1")


def _extreme(b: Body) -> str:
    """The second operand, unless the first is larger (smaller)."""
    predicate = "ogt" if ".max." in b.intrinsic else "olt"
    better = b.op(f"fcmp {predicate} {b.result} %a0, %a1")
    return b.op(f"select <{count_of(b.result)} x i1> {better}, {b.result} %a0, {b.result} %a1")


def _root(b: Body) -> str:
    n, bits = count_of(b.result), 8 * BYTES[element_of(b.result)]
    return b.op(f"call {b.result} @llvm.sqrt.v{n}f{bits}({b.result} %a0)")


def _fused(b: Body) -> str:
    n, type = count_of(b.result), b.result
    fma = f"@llvm.fma.v{n}f{8 * BYTES[element_of(type)]}"
    more = b.op(f"call {type} {fma}({type} %a0, {type} %a1, {type} %a2)")
    if ".vfmaddsub." not in b.intrinsic:
        return more
    minus = b.op(f"fneg {type} %a2")
    less = b.op(f"call {type} {fma}({type} %a0, {type} %a1, {type} {minus})")
    return b.shuffle(less, more, type, [i if i % 2 == 0 else n + i for i in range(n)])


def _masked_lowest(b: Body) -> str:
    """An operation on the lowest lane, where the mask chooses it; the rest is as in the first."""
    found = re.match(r"x86\.avx512\.mask\.(add|sub|mul|div|max|min)\.s", b.intrinsic)
    assert found is not None
    type, element = b.result, element_of(b.result)
    x, y, old = (b.lane(f"%a{i}", type, 0) for i in range(3))
    if found[1] in ("max", "min"):
        better = b.op(f"fcmp {'ogt' if found[1] == 'max' else 'olt'} {element} {x}, {y}")
        new = b.op(f"select i1 {better}, {element} {x}, {element} {y}")
    else:
        new = b.op(f"f{found[1]} {element} {x}, {y}")
    chosen = b.op("trunc i8 %a3 to i1")
    return b.put("%a0", type, b.op(f"select i1 {chosen}, {element} {new}, {element} {old}"), 0)


def _select(b: Body, mask: int, new: str, old: str) -> str:
    """`new` where an integer mask has its bits, else `old`."""
    n, bits = count_of(b.result), b.types[mask]
    lanes = b.op(f"bitcast {bits} %a{mask} to <{bits[1:]} x i1>")
    if int(bits[1:]) != n:
        first = ", ".join(f"i32 {i}" for i in range(n))
        kind = f"<{bits[1:]} x i1>"
        lanes = b.op(f"shufflevector {kind} {lanes}, {kind} poison, <{n} x i32> <{first}>")
    return b.op(f"select <{n} x i1> {lanes}, {b.result} {new}, {b.result} {old}")


def _narrow(b: Body) -> str:
    new = b.op(f"fptrunc {b.types[0]} %a0 to {b.result}")
    return _select(b, 2, new, "%a1")


def _round(b: Body) -> str:
    mode, n = b.number(1), count_of(b.result)
    if mode >> 4:
        return _itself(b)  # to a fraction
    name = "rint" if mode & 4 else _ROUNDING[mode & 3]
    bits = 8 * BYTES[element_of(b.result)]
    new = b.op(f"call {b.result} @llvm.{name}.v{n}f{bits}({b.result} %a0)")
    return _select(b, 3, new, "%a2")


def _permute_two(b: Body) -> str:
    """Lanes of two vectors, by the bits of an index."""
    type, controls = b.result, b.types[1]
    n, index, out = count_of(type), element_of(controls), "poison"
    for i in range(n):
        at = b.op(f"and {index} {b.lane('%a1', controls, i)}, {2 * n - 1}")
        inside = b.op(f"and {index} {at}, {n - 1}")
        first, second = (b.lane(v, type, f"{index} {inside}") for v in ("%a0", "%a2"))
        low = b.op(f"icmp ult {index} {at}, {n}")
        chosen = b.op(f"select i1 {low}, {element_of(type)} {first}, {element_of(type)} {second}")
        out = b.put(out, type, chosen, i)
    return out


def _compress(b: Body) -> str:
    """The chosen lanes side by side, then those of the second operand."""
    type, chosen = b.result, bits_of_mask(b, 2)
    element, n, out, count = element_of(type), count_of(type), "%a1", "0"
    for i in range(n):
        bit = chosen(i)
        place = f"i32 {count}"
        old = (
            b.lane(out, type, f"i32 {b.op(f'and i32 {count}, {n - 1}')}")
            if i
            else b.lane(out, type, 0)
        )
        new = b.op(f"select i1 {bit}, {element} {b.lane('%a0', type, i)}, {element} {old}")
        out = b.put(out, type, new, place)
        count = b.op(f"add i32 {count}, {b.op(f'zext i1 {bit} to i32')}")
    return out


def _expand(b: Body) -> str:
    """The lanes one after the other to where they are chosen."""
    type, chosen = b.result, bits_of_mask(b, 2)
    element, n, out, count = element_of(type), count_of(type), "%a1", "0"
    for i in range(n):
        bit = chosen(i)
        next = b.lane("%a0", type, f"i32 {b.op(f'and i32 {count}, {n - 1}')}")
        new = b.op(f"select i1 {bit}, {element} {next}, {element} {b.lane('%a1', type, i)}")
        out = b.put(out, type, new, i)
        count = b.op(f"add i32 {count}, {b.op(f'zext i1 {bit} to i32')}")
    return out


def _places(b: Body, base: int, indices: int, scale: int) -> Callable[[int], str]:
    type = b.types[indices]

    def place(i: int) -> str:
        wide = b.lane(f"%a{indices}", type, i)
        if element_of(type) != "i64":
            wide = b.op(f"sext {element_of(type)} {wide} to i64")
        offset = b.op(f"mul i64 {wide}, {b.number(scale)}")
        return b.op(f"getelementptr i8, ptr %a{base}, i64 {offset}")

    return place


def _gather(b: Body) -> str:
    if count_of(b.types[2]) < count_of(b.result):
        return _itself(b)
    return load_lanes(b, b.result, "%a0", bits_of_mask(b, 3), _places(b, 1, 2, 4))


def _scatter(b: Body) -> str:
    if count_of(b.types[2]) < count_of(b.types[3]):
        return _itself(b)
    return store_lanes(b, b.types[3], "%a3", bits_of_mask(b, 1), _places(b, 0, 2, 4))


# fmt: off
AVX512: Final[tuple[tuple[re.Pattern[str], Callable[[Body], str]], ...]] = tuple(
    (pattern(r"x86\.avx512\." + text), write)
    for text, write in (
        (r"(?:add|sub|mul|div)\.p[sd]\.512",                _usual(2, _arithmetic)),
        (r"(?:max|min)\.p[sd]\.512",                        _usual(2, _extreme)),
        (r"sqrt\.p[sd]\.512",                               _usual(1, _root)),
        (r"vfmadd(?:sub)?\.p[sd]\.512",                     _usual(3, _fused)),
        (r"mask\.(?:add|sub|mul|div|max|min)\.s[sd]\.round", _usual(4, _masked_lowest)),
        (r"mask\.cvtpd2ps\.512",                            _usual(3, _narrow)),
        (r"mask\.rndscale\.p[sd]\.512",                     _usual(4, _round)),
        (r"vpermi2var\.p[sd]\.(?:128|256|512)",             _permute_two),
        (r"mask\.compress\.v\d+f\d+",                       _compress),
        (r"mask\.expand\.v\d+f\d+",                         _expand),
        (r"mask\.gather\.[dq]p[sd]\.512",                   _gather),
        (r"mask\.scatter\.[dq]p[sd]\.512",                  _scatter),
    )
)
# fmt: on
