"""Values that a loop carries along by itself, computed once more in front of the reverse loop.

    for (i = 0; i < n; i++) {                 for (i = 0; i < n; i++) {
      tape[i] = c;                              tape[i] = c;
      y[i] = c * x[i];                          c = c * a + b;
      c = c * a + b;                          }
    }                                   -->   for (i = n - 1; i >= 0; i--)
    for (i = n - 1; i >= 0; i--)                dx[i] += tape[i] * dy[i];
      dx[i] += tape[i] * dy[i];

If the reverse sweep needs no more of a loop than such values, the loop often disappears from the
forward sweep. And where the reverse loop runs forward (`nests.forwards`), it carries the values
along itself, and there is no tape.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, final

from enzcc.ad.tape import costs
from enzcc.analysis.cfg import Loop
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.function import Block
from enzcc.ir.instructions import Alloca, CallBase, Instruction, Load, Phi
from enzcc.ir.values import Constant, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.sweep import Sweep

FILL: Final = "fill"
"""How the loops are called that compute such values."""

MOST_COST: Final = 60
"""What one iteration may cost, in halves of additions."""


@final
@dataclass
class Replay:
    """The values of one loop: `values` are put on the tape, `state` is carried along, `inside` is
    computed in each iteration, in this order, `outside` is fetched in front."""

    loop: Loop
    values: list[Value]
    state: dict[Phi, None] = field(default_factory=dict)
    inside: dict[Instruction, None] = field(default_factory=dict)
    outside: dict[Value, None] = field(default_factory=dict)
    columns: dict[Value, int] = field(default_factory=dict)
    bytes: int = 0
    base: Alloca | None = None
    count: Alloca | None = None


def replays(sweep: Sweep) -> dict[Loop, Replay]:
    """The loops all of whose kept values can be computed once more on their own."""
    reverse = sweep.reverse
    settings = reverse.engine.settings
    if not (settings.replay and settings.recompute) or reverse.engine.again or reverse.outer:
        return {}
    kept: dict[Loop, list[Value]] = {}
    for value in sweep.kept:
        loop = sweep.home_loop(value)
        if loop is not None:
            kept.setdefault(loop, []).append(value)
    found: dict[Loop, Replay] = {}
    order: dict[Value, int] = {i: n for n, i in enumerate(reverse.target.instructions())}
    for loop in sweep.shape.loops:
        if loop.parent is not None or loop.children:  # in a nest, one block serves all its loops
            continue
        if sweep.has_late(loop):
            continue
        if loop in kept and loop.header not in sweep.phi_adjoints:
            plan = Replay(loop, sorted(kept[loop], key=lambda v: order.get(v, -1)))
            if _is_plain(sweep, loop) and _follow(sweep, plan, order):
                found[loop] = plan
    return found


def _is_plain(sweep: Sweep, loop: Loop) -> bool:
    """Does nothing in the loop touch the tape, and is there one way in?"""
    blocks = {sweep.reverse.blocks[b] for b in loop.blocks}
    calls = [i for b in blocks for i in b.instructions if isinstance(i, CallBase)]
    entering = [s for s in sweep.shape.predecessors[loop.header] if s not in loop.blocks]
    return len(entering) == 1 and all(sweep.recipes.of(c) is not None for c in calls)


def _follow(sweep: Sweep, plan: Replay, order: dict[Value, int]) -> bool:
    """Finds out what the values are computed from; False if that may not be repeated."""
    carried = False
    work = list(plan.values)
    seen: set[Value] = set()
    while work:
        value = work.pop()
        if value in seen or isinstance(value, Constant) or value in sweep.counter_loop:
            continue
        seen.add(value)
        if sweep.home_loop(value) is not plan.loop:
            if isinstance(value, Instruction) and value.type is ty.TOKEN:
                return False
            plan.outside[value] = None
            continue
        if isinstance(value, Phi):
            if sweep.home(value) is not plan.loop.header or value in sweep.exit_phis:
                return False
            carried |= sweep.recipes.affine(value) is None
            plan.state[value] = None
            work += [v for v, _ in value.incoming()]
            continue
        recipe = sweep.recipes.of(value)
        if recipe is None or isinstance(value, Load) or not isinstance(value, Instruction):
            return False
        plan.inside[value] = None
        work += recipe
    plan.inside = dict.fromkeys(sorted(plan.inside, key=order.__getitem__))
    plan.outside = dict.fromkeys(sorted(plan.outside, key=lambda v: order.get(v, -1)))
    return carried and sum(map(costs.of, plan.inside)) <= MOST_COST


def lay_out(sweep: Sweep, plan: Replay) -> None:
    """Memory for the values, filled where the reverse sweep enters the loop."""
    plan.base, plan.count = sweep.slot(ty.PTR, zero(ty.PTR)), sweep.slot(ty.I64, zero(ty.I64))
    for value in sorted(plan.values, key=lambda v: -sweep.tape.size(v)):
        plan.columns[value] = plan.bytes
        plan.bytes += sweep.tape.size(value)
    for value in plan.outside:
        if not sweep.is_free(value) and not sweep.is_cheap(value):
            sweep.kept.add(value)


def fill(sweep: Sweep, plan: Replay) -> None:
    """Builds the loops that compute the values; gives memory back behind the reverse loop."""
    assert plan.base is not None
    for door in list(sweep.entries[plan.loop]):
        _fill_at(sweep, plan, door)
    for leave in sweep.leaving[plan.loop]:
        emit = Builder(leave, leave.terminator)
        sweep.tape.rewind(leave, emit.load(ty.PTR, plan.base))


def _fill_at(sweep: Sweep, plan: Replay, door: Block) -> None:
    reverse, loop, tape = sweep.reverse, plan.loop, sweep.tape
    assert plan.base is not None
    assert plan.count is not None
    (outside,) = (s for s in sweep.shape.predecessors[loop.header] if s not in loop.blocks)
    (inside,) = (s for s in sweep.shape.predecessors[loop.header] if s in loop.blocks)
    became: dict[Value, Value] = {v: sweep.fetch(v, door) for v in plan.outside}
    entering, again = reverse.blocks[outside], reverse.blocks[inside]
    starts = {p: sweep.fetch(p.value_from(entering), door) for p in plan.state}

    emit = Builder(door, door.terminator)
    last = emit.load(ty.I64, sweep.iteration(loop))
    count = emit.add(last, const_int(ty.I64, 1))
    type_ = ty.function(ty.PTR, (ty.PTR, ty.I64))
    size = emit.mul(count, const_int(ty.I64, plan.bytes))
    push = reverse.helper("__enzcc_tape_push", type_)
    base = emit.call(push, type_, [reverse.back_tape(), size])
    emit.store(base, plan.base)
    emit.store(count, plan.count)

    (target,) = door.successors()
    block = sweep.new_block(f"r.{loop.header.name}.{FILL}", loop.parent)
    door.terminator.targets[:] = [block]
    emit = Builder(block)
    number = emit.phi(ty.I64, [(zero(ty.I64), door)])
    phis = {p: emit.phi(p.type, [(starts[p], door)]) for p in plan.state}
    became.update((p, new) for p, new in phis.items())
    for inst in plan.inside:
        copy = inst.copy()
        for index, operand in enumerate(inst.operands):
            counter = number if operand in sweep.counter_loop else operand
            copy.set_operand(index, became.get(operand, counter))
        sweep.again[copy] = inst
        became[inst] = emit.put(copy)
    for value in plan.values:
        place = _place(emit, plan, value, base, count, number)
        tape.on_tape(emit.store(became[value], place, align=_align(sweep, plan, value)))
    following = emit.binary("add", number, const_int(ty.I64, 1), "nuw nsw ")
    number.add_incoming(following, block)
    for phi, new in phis.items():
        value = phi.value_from(again)
        new.add_incoming(became.get(value, value), block)
    emit.cond_branch(emit.compare("icmp", "eq", number, last), target, block)


def load(sweep: Sweep, plan: Replay, value: Value, block: Block) -> Value:
    """A value at the top of a block of the reverse loop."""
    assert plan.base is not None
    assert plan.count is not None
    number = sweep.fetch(sweep.counter(plan.loop), block)
    emit = sweep.front(block)
    base, count = emit.load(ty.PTR, plan.base), emit.load(ty.I64, plan.count)
    place = _place(emit, plan, value, base, count, number)
    return sweep.tape.on_tape(emit.load(value.type, place, _align(sweep, plan, value)))


def _place(
    emit: Builder, plan: Replay, value: Value, base: Value, count: Value, number: Value
) -> Value:
    before = plan.columns[value]
    size = min((c for c in plan.columns.values() if c > before), default=plan.bytes) - before
    if before:
        base = emit.offset(base, emit.mul(count, const_int(ty.I64, before)))
    return emit.offset(base, emit.mul(number, const_int(ty.I64, size)))


def _align(sweep: Sweep, plan: Replay, value: Value) -> int:
    size, before = sweep.tape.size(value), plan.columns[value]
    align = size & -size
    if before:
        align = min(align, before & -before)
    return min(align, 16)
