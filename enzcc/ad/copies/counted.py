"""Loops that walk with pointers count their iterations in the copies.

    do { s += *p; p++; } while (p != end)       -->       n = (end - p) / 8
                                                          do { s += p[k]; k++; } while (k != n)

So iterators and walking pointers are to the analyses and to the tape what an index is: how often
the loop runs is known before it does, and where an address lies in each iteration.

Where LLVM has led the ways through an iteration past each other, each may count for itself:
`phi(k + 1, k + 1)` in front of the next one. That is one sum again.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from enzcc.ad.names import original
from enzcc.analysis.cfg import Loop, Shape
from enzcc.analysis.recurrences import signed, swapped
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Binary,
    Branch,
    CallBase,
    Compare,
    GetElementPtr,
    Instruction,
    LandingPad,
    Load,
    Phi,
    Store,
)
from enzcc.ir.module import Module
from enzcc.ir.types import Layout
from enzcc.ir.values import ConstantInt, Value, is_zero
from enzcc.rules import find

_ORDERED: Final = ("ult", "ule", "ugt", "uge")


def with_counters(module: Module, names: list[str]) -> None:
    """Gives such loops of these functions a counter."""
    for name in names:
        function = module.function(name)
        shape = Shape(function)
        if shape.irreducible:
            continue
        _count_once(function, shape)
        found = [loop for loop in shape.loops if _count(shape, loop, module.layout)]
        if found:
            function.name_everything()


def _count_once(function: Function, shape: Shape) -> None:
    """Sums of a counter and a constant that several ways have in common are computed where these
    meet, if a loop counts by them."""
    for loop in shape.loops:
        latch = shape.latch(loop)
        for phi in loop.header.phis() if latch is not None else ():
            if isinstance(phi.type, ty.IntType):
                assert latch is not None
                again = phi.value_from(latch)
                if isinstance(again, Phi) and again.block in loop.blocks:
                    _join(again, phi, set())


def _join(sum_: Phi, counter: Phi, seen: set[Phi]) -> Binary | None:
    """A phi of sums that are all the same, as that sum, in its block."""
    assert sum_.block is not None
    if sum_ in seen or any(isinstance(i, LandingPad) for i in sum_.block.instructions):
        return None
    seen.add(sum_)
    parts: list[Binary] = []
    for value in sum_.operands:
        part = _join(value, counter, seen) if isinstance(value, Phi) else value
        if not isinstance(part, Binary) or part.opcode != "add":
            return None
        a, b = part.operands
        if a is not counter or not isinstance(b, ConstantInt):
            return None
        parts.append(part)
    first = parts[0]
    by = first.operands[1]
    assert isinstance(by, ConstantInt)
    for part in parts:
        other = part.operands[1]
        if not isinstance(other, ConstantInt) or other.value != by.value:
            return None
    block = sum_.block
    place = next(i for i in block.instructions if not isinstance(i, Phi))
    flags = [w for w in ("nuw", "nsw") if all(w in part.flags.split() for part in parts)]
    made = Builder(block, place).binary("add", counter, by, "".join(f"{w} " for w in flags))
    sum_.replace_with(made)
    sum_.erase()
    return made if isinstance(made, Binary) else None


class _Walk(NamedTuple):
    """A pointer that moves by the same distance in each iteration, as `again` says."""

    phi: Phi
    start: Value
    again: GetElementPtr


def _count(shape: Shape, loop: Loop, layout: Layout) -> bool:
    preheader, latch = shape.preheader(loop), shape.latch(loop)
    if preheader is None or latch is None:
        return False
    walks: list[_Walk] = []
    pointers = [phi for phi in loop.header.phis() if ty.is_pointer(phi.type)]
    for phi in pointers:
        again = phi.value_from(latch)
        if isinstance(again, GetElementPtr) and again.base is phi and _is_step(loop, again):
            walks.append(_Walk(phi, phi.value_from(preheader), again))
    if not walks or (any(map(_is_downward, walks)) and not _moves_floats(loop)):
        return False
    for phi in pointers:  # where another one was in the iteration before
        start = phi.value_from(preheader)
        for walk in walks:
            if phi.value_from(latch) is walk.phi and _is_one_step(start, walk, layout):
                walks.append(_Walk(phi, start, walk.again))
                break
    counter = _counter(loop.header, preheader, latch)
    top = Builder(loop.header, loop.header.first_non_phi())
    following = top.binary("add", counter, const_int(ty.I64, 1), "nuw nsw ")
    if not counter.operands:
        counter.add_incoming(zero(ty.I64), preheader)
        counter.add_incoming(following, latch)
    for block in dict.fromkeys(block for block, _ in shape.exits(loop)):
        _test(shape, loop, block, walks, (counter, following), layout)
    for phi, start, again in walks:
        emit = Builder(loop.header, loop.header.first_non_phi())
        flags = "inbounds " if "inbounds" in again.flags else ""
        (step,) = again.indices
        phi.replace_with(emit.gep(again.source, start, [emit.mul(counter, step)], flags))
        phi.drop_operands()
        loop.header.instructions.remove(phi)
    return True


def _counter(header: Block, preheader: Block, latch: Block) -> Phi:
    """A counter from 0 that the loop has already, or one that gets its values yet."""
    for phi in header.phis():
        again = phi.value_from(latch)
        if (
            phi.type is ty.I64
            and is_zero(phi.value_from(preheader))
            and isinstance(again, Binary)
            and again.opcode == "add"
            and again.operands[0] is phi
            and isinstance(again.operands[1], ConstantInt)
            and again.operands[1].value == 1
        ):
            return phi
    made = Phi("phi", ty.I64, ())
    made.blocks = []
    header.insert_before(made, header.instructions[0])
    return made


def _is_step(loop: Loop, again: GetElementPtr) -> bool:
    if len(again.indices) != 1 or again.indices[0].type is not ty.I64:
        return False
    return _is_outside(loop, again.indices[0])


def _is_downward(walk: _Walk) -> bool:
    (step,) = walk.again.indices
    return isinstance(step, ConstantInt) and signed(step) < 0


def _moves_floats(loop: Loop) -> bool:
    """Are numbers read or written there? Else, as where objects are destroyed from the last to the
    first, a counter helps nobody, and hides from the analysis of memory where they begin."""
    moved = (
        inst.value if isinstance(inst, Store) else inst
        for block in loop.blocks
        for inst in block.instructions
        if isinstance(inst, Load | Store)
    )
    return any(ty.is_float(value.type) for value in moved)


def _is_one_step(start: Value, walk: _Walk, layout: Layout) -> bool:
    """Does a walk begin one step from there?"""
    first = walk.start
    if not isinstance(first, GetElementPtr) or first.base is not start or len(first.indices) != 1:
        return False
    (index,), (step,) = first.indices, walk.again.indices
    if not isinstance(index, ConstantInt) or not isinstance(step, ConstantInt):
        return False
    sizes = layout.size(first.source), layout.size(walk.again.source)
    return signed(index) * sizes[0] == signed(step) * sizes[1]


def _test(
    shape: Shape,
    loop: Loop,
    block: Block,
    walks: list[_Walk],
    numbers: tuple[Value, Value],
    layout: Layout,
) -> None:
    """Has the counter decide an end of a loop that a walking pointer decides.

    Such pointers stay in one object, so their addresses do not wrap around: the step says so, or an
    access in each iteration. (LLVM forgets the former where it makes one of two iterators.)
    """
    last, preheader = block.terminator, shape.preheader(loop)
    test = last.operands[0] if isinstance(last, Branch) and last.operands else None
    if not isinstance(test, Compare) or test.opcode != "icmp" or preheader is None:
        return
    predicate, (moving, end) = test.predicate, test.operands
    if not _is_outside(loop, end):
        moving, end = end, moving
        predicate = swapped(predicate)
    walk = next((w for w in walks if moving in (w.phi, w.again)), None)
    if walk is None or not _is_outside(loop, end):
        return
    if "inbounds" not in walk.again.flags and (
        predicate in _ORDERED or not _is_followed(shape, loop, walk)
    ):
        return
    (index,) = walk.again.indices
    step = signed(index) * layout.size(walk.again.source) if isinstance(index, ConstantInt) else 0
    if step == 0 or (predicate not in _ORDERED and predicate not in ("eq", "ne")):
        return
    emit = Builder(preheader, preheader.terminator)
    low, high = (emit.cast("ptrtoint", v, ty.I64) for v in (walk.start, end))
    if step < 0:
        predicate, low, high = swapped(predicate), high, low
    distance, size = emit.sub(high, low), const_int(ty.I64, abs(step))
    if predicate in _ORDERED:
        is_before = predicate in ("ult", "uge")
        some = emit.compare("icmp", "ult" if is_before else "ule", low, high)
        if is_before:
            distance = emit.sub(distance, const_int(ty.I64, 1))
        steps = emit.add(emit.binary("udiv", distance, size), const_int(ty.I64, 1))
        count = emit.select(some, steps, zero(ty.I64))
        predicate = "ult" if predicate in ("ult", "ule") else "uge"
    else:
        count = emit.binary("sdiv", distance, size)
        if not _must_meet(shape, loop, last, predicate):
            met = emit.compare("icmp", "eq", emit.mul(count, size), distance)
            count = emit.select(met, count, const_int(ty.I64, -1))  # else it passes the end by
    number = numbers[moving is walk.again]
    emit = Builder(block, last)
    last.set_operand(0, emit.compare("icmp", predicate, number, count))
    if not test.users and test.block is not None:
        test.drop_operands()
        test.block.instructions.remove(test)


def _must_meet(shape: Shape, loop: Loop, last: Instruction, predicate: str) -> bool:
    """Is it the only way out of the loop that the pointer meets its end, tested in each iteration?

    Then a pointer that passed the end by would leave its object. (LLVM could tell how often the
    loop runs from a count that may be another one only if it made a second loop for that one.)
    """
    block, latch = last.block, shape.latch(loop)
    if not isinstance(last, Branch) or block is None or latch is None:
        return False
    if not shape.dominates(block, latch):
        return False
    met = last.targets[predicate == "ne"]
    return shape.exits(loop) == [(block, met)] and all(
        inst.called.startswith("llvm.") or find(original(inst.called), inst.function_type)
        for inside in loop.blocks
        for inst in inside.instructions
        if isinstance(inst, CallBase)
    )


def _is_followed(shape: Shape, loop: Loop, walk: _Walk) -> bool:
    """Is memory read or written where the pointer leads, in each iteration that is not the last?"""
    latch = shape.latch(loop)
    return latch is not None and any(
        isinstance(user, Load | Store)
        and user.pointer is walk.phi
        and user.block is not None
        and shape.dominates(user.block, latch)
        for user in walk.phi.users
    )


def _is_outside(loop: Loop, value: Value) -> bool:
    return not isinstance(value, Instruction) or value.block not in loop.blocks
