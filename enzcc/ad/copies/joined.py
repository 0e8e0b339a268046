"""Halves of a word that LLVM moves beside each other are moved as the word.

    %low = trunc i64 %w to i32                          %p = phi i64 [ %w, .. ], [ zext %n, .. ]
    %high = trunc i64 (%w >> 32) to i32
    %a = phi i32 [ %low, .. ], [ %n, .. ]       -->
    %b = phi i32 [ %high, .. ], [ undef, .. ]
    store i32 %a, ptr %q                                store i64 %p, ptr %q
    store i32 %b, ptr %q + 4

So it takes a `std::variant<double, int>` apart that is chosen, and half a double has no derivative.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final, NamedTuple

from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Binary, Cast, GetElementPtr, Phi, Store
from enzcc.ir.values import ConstantInt, Value, is_undefined
from enzcc.patterns import pattern

_HALF: Final = 32
_ALIGNED: Final = pattern(r", align (\d+)")


class _Halves(NamedTuple):
    """The low and the high half."""

    low: Value
    high: Value


class _Pair(NamedTuple):
    """Halves that are phis."""

    low: Phi
    high: Phi


def join_halves(function: Function) -> bool:
    """Does so with the pairs of phis of a function; True if there are any."""
    pairs = dict.fromkeys(_pairs(function))
    while wrong := [pair for pair in pairs if not _is_joined(pair, pairs)]:
        for pair in wrong:
            del pairs[pair]
    if not any(map(_stores, pairs)):
        return False
    made: dict[tuple[Value, Value], Phi] = {}
    for pair in pairs:
        assert pair.low.block is not None
        made[pair] = Builder(pair.low.block).phi(ty.I64)
    for pair in pairs:
        words: dict[Block, Value] = {}
        for edge, block in _edges(pair):
            if block not in words:
                words[block] = _whole(edge, made, Builder(block, block.terminator))
            made[pair].add_incoming(words[block], block)
    for pair in pairs:
        whole = made[pair]
        assert whole.block is not None
        for first, second in _stores(pair):
            aligned = _ALIGNED.search(first.tail)
            tail = f", align {aligned[1] if aligned is not None else 4}"
            assert second.block is not None
            Builder(second.block, second).store(whole, first.pointer, tail=tail)
            first.erase()
            second.erase()
        emit = Builder(whole.block, whole.block.first_non_phi())
        pair.low.replace_with(emit.cast("trunc", whole, ty.I32))
    for pair in pairs:
        for half in pair:
            half.drop_operands()
    for pair in pairs:
        for half in pair:
            assert half.block is not None
            half.block.instructions.remove(half)
    return True


def _pairs(function: Function) -> Iterator[_Pair]:
    """The phis that may be halves of one word, as where both are on some edge."""
    for block in function.blocks:
        phis = [p for p in block.phis() if p.type is ty.I32 and any(map(_is_cut, p.operands))]
        for low in phis:
            for high in phis:
                pair = _Pair(low, high)
                if low is not high and any(_word(edge) is not None for edge, _ in _edges(pair)):
                    yield from _with_others(pair)


def _is_cut(value: Value) -> bool:
    return isinstance(value, Cast) and value.opcode == "trunc"


def _with_others(pair: _Pair) -> Iterator[_Pair]:
    """Phis that a pair comes from, or goes to, are pairs."""
    work, seen = [pair], {pair}
    while work:
        one = work.pop()
        yield one
        found = [*(edge for edge, _ in _edges(one))]
        found += [_Halves(low, high) for low in one.low.users for high in one.high.users]
        for low, high in found:
            if not isinstance(low, Phi) or not isinstance(high, Phi) or low is high:
                continue
            other = _Pair(low, high)
            if low.block is high.block and other not in seen:
                seen.add(other)
                work.append(other)


def _edges(pair: _Pair) -> list[tuple[_Halves, Block]]:
    low, high = pair
    return [(_Halves(value, high.value_from(block)), block) for value, block in low.incoming()]


def _word(pair: _Halves) -> Value | None:
    """The word that two values are the halves of."""
    low, high = pair
    if not (isinstance(low, Cast) and isinstance(high, Cast) and low.opcode == high.opcode):
        return None
    word, shifted = low.operands[0], high.operands[0]
    if low.opcode != "trunc" or word.type is not ty.I64 or not isinstance(shifted, Binary):
        return None
    a, b = shifted.operands
    is_shift = shifted.opcode == "lshr" and isinstance(b, ConstantInt) and b.value == _HALF
    return word if a is word and is_shift else None


def _is_joined(pair: _Pair, pairs: Container[object]) -> bool:
    """Are these halves of one word wherever they come from, and is the high one nowhere alone?"""
    for edge, block in _edges(pair):
        is_number = is_undefined(edge.high) and edge.low is not block.terminator
        if edge not in pairs and _word(edge) is None and not is_number:
            return False
    stored = {second for _, second in _stores(pair)}
    for user in pair.high.users:
        if isinstance(user, Phi):
            uses = [_Pair(low, user) for low in pair.low.users if isinstance(low, Phi)]
            if not any(
                one in pairs
                and all(e.high is not pair.high or e.low is pair.low for e, _ in _edges(one))
                for one in uses
            ):
                return False
        elif user not in stored:
            return False
    return True


def _stores(pair: _Pair) -> list[tuple[Store, Store]]:
    """The stores that put both halves beside each other, with no other access in between."""
    found: list[tuple[Store, Store]] = []
    for first in pair.low.users:
        if not isinstance(first, Store) or first.value is not pair.low or first.flags:
            continue
        assert first.block is not None
        instructions = first.block.instructions
        for inst in instructions[instructions.index(first) + 1 :]:
            if isinstance(inst, Store):
                if inst.value is pair.high and not inst.flags and _is_behind(inst, first):
                    found.append((first, inst))
                break
            if not isinstance(inst, (GetElementPtr, Cast, Binary)):
                break
    return found


def _is_behind(second: Store, first: Store) -> bool:
    pointer = second.pointer
    if not isinstance(pointer, GetElementPtr) or pointer.base is not first.pointer:
        return False
    (*rest, index) = pointer.indices
    step = 4 if pointer.source is ty.I8 else 1 if pointer.source is ty.I32 else 0
    return not rest and isinstance(index, ConstantInt) and index.value == step != 0


def _whole(pair: _Halves, made: dict[tuple[Value, Value], Phi], emit: Builder) -> Value:
    """The word of two halves."""
    if pair in made:
        return made[pair]
    word = _word(pair)
    if word is not None:
        return word
    if is_undefined(pair.low):
        return const_int(ty.I64, 0)
    return emit.cast("zext", pair.low, ty.I64)
