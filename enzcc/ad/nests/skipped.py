"""Loops of the reverse sweep whose result has no adjoint are passed by.

    r.exit:  ...                              r.exit:  ...
             br %r.loop.enter         -->              %none = fcmp oeq double %br, 0.0
                                                       br i1 %none, %r.loop.left, %r.loop.enter

Of what a loop computes, the rest often takes only some: the largest of several sums, a sum if it is
positive, a payoff above the strike. Then the adjoints of all that leaves the loop are zero most of
the time, and zero wins: what the loop would add to adjoints is zero, product by product.

Question     Does the reverse sweep of a loop do nothing if the adjoints of what leaves it are zero?
Method       Yes if nothing in it writes to memory or is called that has a reverse of its own: all
             that its adjoint code starts from are these numbers. What a loop keeps on the tape
             stays there until something in front of it is given back.
Safe answer  no: then the loop is gone through, as ever.

It is only asked where these adjoints may well be zero, since all that uses them chooses, or they
are the largest of what the loop has met: tests cost little, but would stand between loops that
belong together. Sums down columns are left to `enzcc.ad.nests.interchanged`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enzcc.analysis.callkind import CallKind
from enzcc.analysis.cfg import Loop, Shape
from enzcc.ir.builder import const_float
from enzcc.ir.function import Block
from enzcc.ir.instructions import (
    Binary,
    Branch,
    Call,
    Cast,
    Compare,
    ExtractElement,
    ExtractValue,
    FNeg,
    Freeze,
    GetElementPtr,
    InsertElement,
    InsertValue,
    Instruction,
    Load,
    Phi,
    Select,
    ShuffleVector,
    Switch,
)
from enzcc.ir.types import FloatType
from enzcc.ir.values import Value

if TYPE_CHECKING:
    from enzcc.ad.modes.sweep import Sweep

MOST_TESTED: Final = 3
"""So many adjoints at most are tested in front of a loop."""

LEAST_TRIPS: Final = 4
"""Loops with fewer iterations than this cost little more than the test."""

FARTHEST: Final = 128
"""Bytes from one iteration to the next that are no column yet."""

_MOST_USERS: Final = 64

_CHOICES: Final = ("fmax", "fmin", "fmaximum", "fminimum", "fmaximum_num", "fminimum_num")

_PLAIN: Final = (
    Binary, FNeg, Cast, Compare, Select, GetElementPtr, Load, Phi, Branch, Switch, Freeze,
    ExtractValue, InsertValue, ExtractElement, InsertElement, ShuffleVector,
)  # fmt: skip


def pass_by(sweep: Sweep, loop: Loop) -> None:
    """Where the reverse sweep is about to enter a loop: a branch past it, if that may well pay."""
    values = _leaving(sweep, loop)
    if values is None:
        return
    emit, adjoints = sweep.emit, sweep.adjoints
    level = sweep.level[emit.block]
    on = sweep.new_block(f"r.{loop.header.name}.on", level)
    past = sweep.new_block(f"r.{loop.header.name}.past", level)
    slots = [adjoints.slot(value, 0) for value in values]
    none: Value | None = None
    for slot in slots:
        adjoint = emit.load(slot.allocated, slot)
        test = emit.compare("fcmp", "oeq", adjoint, const_float(slot.allocated, 0.0))
        none = test if none is None else emit.binary("and", none, test)
    assert none is not None
    emit.cond_branch(none, past, on)
    emit.at(past)
    for slot in slots:
        emit.store(const_float(slot.allocated, -0.0), slot)
    emit.branch(left(sweep, loop))
    emit.at(on)


def left(sweep: Sweep, loop: Loop) -> Block:
    """The block of the reverse sweep behind a loop, whether that has been gone through or not."""
    found = sweep.left.get(loop)
    if found is None:
        found = sweep.left[loop] = sweep.new_block(f"r.{loop.header.name}.left", loop.parent)
    return found


def may_be_passed(sweep: Sweep, loop: Loop) -> bool:
    """Might there be a way past the loop?"""
    return _leaving(sweep, loop) is not None


def _leaving(sweep: Sweep, loop: Loop) -> list[Instruction] | None:
    """The values whose adjoints are all that the reverse sweep of the loop starts from; None if
    there are others, or it would not pay to test these."""
    if loop not in sweep.passable:
        sweep.passable[loop] = _find(sweep, loop)
    return sweep.passable[loop]


def _find(sweep: Sweep, loop: Loop) -> list[Instruction] | None:
    reverse = sweep.reverse
    engine = reverse.engine
    if not engine.settings.skips or engine.again or reverse.whole:
        return None  # the derivative of a test for zero would be lost; a whole call gives all back
    if engine.settings.strong_zero is False or reverse.lanes.width > 1:
        return None
    edges = reverse.recurrences.back_edges.get(loop)
    if edges is not None and edges.constant is not None and edges.constant + 1 < LEAST_TRIPS:
        return None
    if not any(sweep.is_relevant(block) for block in loop.blocks):
        return None
    found: dict[Instruction, None] = {}
    for block in (b for b in sweep.shape.order if b in loop.blocks):
        if block not in sweep.live:
            return None
        for inst in block.instructions:
            if not _is_plain(sweep, inst):
                return None
            if not sweep.adjoints.is_active(inst) or not _gets_adjoint(sweep, inst, loop):
                continue
            if not isinstance(inst.type, FloatType) or len(sweep.adjoints.parts(inst)) != 1:
                return None
            if sweep.adjoints.slot(inst, 0).allocated is not inst.type:
                return None
            found[inst] = None
    if not 0 < len(found) <= MOST_TESTED:
        return None
    if all(_is_choice(sweep, inst, loop) for inst in found):
        return list(found)
    chosen = all(_is_choice(sweep, i, loop) or _is_chosen(sweep, i, loop) for i in found)
    return list(found) if chosen and not _goes_down(sweep, loop) else None


def _is_plain(sweep: Sweep, inst: Instruction) -> bool:
    """Has an instruction no other reverse than to add to adjoints, in registers or memory, what is
    zero if its own is?"""
    if isinstance(inst, Call):
        kind = sweep.reverse.activity.kind_of_call(inst)
        if any(sweep.reverse.activity.has_shadow(a) for a in inst.arguments):
            return False
        active = sweep.adjoints.is_active(inst)
        return kind is CallKind.RULE or (kind is CallKind.INACTIVE and not active)
    if isinstance(inst, Load) and sweep.adjoints.is_active(inst):
        return not sweep.reverse.notes.are_taken_at(inst.pointer)
    return isinstance(inst, _PLAIN)


def _goes_down(sweep: Sweep, loop: Loop) -> bool:
    """Does the loop read numbers down a column?"""
    return any(
        isinstance(inst, Load) and sweep.adjoints.is_active(inst) and _is_far(sweep, inst)
        for block in loop.blocks
        for inst in block.instructions
    )


def _is_far(sweep: Sweep, load: Load) -> bool:
    assert load.block is not None
    loop = sweep.shape.loop_of.get(load.block)
    if loop is None:
        return False
    stride = sweep.reverse.recurrences.stride(loop, load.pointer)
    if stride is not None:
        return abs(stride) >= FARTHEST
    return not _is_looked_up(load.pointer, loop)


def _is_looked_up(address: Value, loop: Loop) -> bool:
    """Does an address depend on an integer or a pointer that the loop reads?"""
    work, seen = [address], set[Value]()
    while work:
        value = work.pop()
        if value in seen or not isinstance(value, Instruction) or value.block not in loop.blocks:
            continue
        seen.add(value)
        if isinstance(value, Load):
            return True
        work += value.operands
    return False


def _gets_adjoint(sweep: Sweep, value: Instruction, loop: Loop) -> bool:
    """Is there a user outside the loop that may give the value an adjoint?"""
    return any(u.block not in loop.blocks and not isinstance(u, Compare) for u in value.users)


def _is_choice(sweep: Sweep, value: Instruction, loop: Loop) -> bool:
    """Is a value the largest of what a loop has met, or the like? What takes it then often goes on
    to choose, in memory."""
    match value:
        case Select():
            arms = value.operands[1:]
        case Phi() if value.block is not loop.header:
            arms = value.operands
        case Call() if sweep.reverse.activity.rule_name(value) in _CHOICES:
            arms = value.arguments
        case _:
            return False
    before = [arm for arm in arms if isinstance(arm, Phi) and arm.block is loop.header]
    others = [arm for arm in arms if arm not in before]
    return bool(before) and not any(_depends(arm, before, loop) for arm in others)


def _depends(value: Value, on: list[Phi], loop: Loop) -> bool:
    """Is a number computed from one of these in the same iteration?"""
    work, seen = [value], set[Value]()
    while work:
        one = work.pop()
        if one in on or len(seen) > _MOST_USERS:
            return True
        if one in seen or not isinstance(one, Instruction) or one.block not in loop.blocks:
            continue
        seen.add(one)
        if not isinstance(one, Compare):
            work += one.operands
    return False


def _is_chosen(sweep: Sweep, value: Instruction, loop: Loop) -> bool:
    """Does all that uses a value outside the loop choose whether to, as far as its adjoint goes?"""
    activity, shape = sweep.reverse.activity, sweep.shape
    work = [(value, user) for user in value.users if user.block not in loop.blocks]
    seen: set[Value] = set()
    while work:
        used, user = work.pop()
        if isinstance(user, Compare) or user in seen:
            continue
        seen.add(user)
        if len(seen) > _MOST_USERS or user.block is None:
            return False
        match user:
            case Phi():
                around = shape.loop_of.get(user.block)
                if around is not None and around.header is user.block:
                    return False
                edges = [(b, user.block) for v, b in user.incoming() if v is used]
                if all(_is_chosen_edge(shape, loop, *edge) for edge in edges):
                    continue
            case _ if _is_conditional(shape, loop, user.block):
                continue
            case Select():
                if used is not user.operands[0]:
                    continue
                return False
            case Call():
                if activity.rule_name(user) in _CHOICES:
                    continue
                if activity.kind_of_call(user) is not CallKind.RULE:
                    return False
            case Binary() | FNeg() | Cast():
                pass
            case _:
                return False
        if not isinstance(user.type, FloatType) or not user.users:
            return False
        work += [(user, following) for following in user.users]
    return True


def _is_chosen_edge(shape: Shape, loop: Loop, source: Block, target: Block) -> bool:
    """Do numbers decide whether that edge behind the loop is taken?"""
    if len(source.successors()) > 1 and source not in loop.blocks:
        return _is_decided(loop, source)
    return _is_conditional(shape, loop, source)


def _is_conditional(shape: Shape, loop: Loop, block: Block) -> bool:
    """Do numbers decide whether a block behind the loop is reached?"""
    at: Block | None = block
    while at is not None and at not in loop.blocks:
        sources = shape.predecessors[at]
        if len(sources) == 1 and sources[0] not in loop.blocks:
            (source,) = sources
            if shape.dominates(loop.header, source) and _is_decided(loop, source):
                return True
        at = shape.idom.get(at)
    return False


def _is_decided(loop: Loop, block: Block) -> bool:
    """Does a block end with a branch on what was calculated, or read in the loop around?"""
    last = block.terminator
    if not isinstance(last, Branch) or not last.operands:
        return False
    around = loop.parent.blocks if loop.parent is not None else ()
    work, seen = [last.operands[0]], set[Value]()
    while work and len(seen) < _MOST_USERS:
        value = work.pop()
        if value in seen or not isinstance(value, Instruction):
            continue
        seen.add(value)
        if isinstance(value, Compare) and value.opcode == "fcmp":
            return True
        if isinstance(value, Load):
            if value.block in around:
                return True
            continue
        work += value.operands
    return False
