"""What only one arm of a branch needs of a number is computed in that arm.

    r = x[j] * x[j]                               r = x[j] * x[j]
    if (r < cut)                     -->          if (r < cut)
      e += 1 / r                                    s = x[j] * x[j], e += 1 / s

A condition needs the number, but no adjoint flows through a condition. As it stands, the reverse
sweep carries the adjoint of `r` and adds to that of `x[j]` whether or not the arm was run, mostly
zero. With the copies it does so in the reversed arm alone. LLVM finds out that both are the same
number. Where nothing is read from memory, no adjoint is written there, and there is little to gain.

A loop that looks for the best of many takes a new one seldom, though LLVM has made a choice between
numbers of it:

    best = r < best ? r : best       -->          if (r < best) best = r

which is the same, with an arm.
"""

from __future__ import annotations

from typing import Final

from enzcc.ad.nests.forwards import is_pure
from enzcc.analysis.cfg import Shape
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder
from enzcc.ir.clone import clone_instruction
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Binary,
    Branch,
    Call,
    CallBase,
    Cast,
    Compare,
    FNeg,
    Freeze,
    Instruction,
    Load,
    Phi,
    Select,
)
from enzcc.ir.module import Module
from enzcc.ir.values import Local, Value

MOST: Final = 100
"""Instructions in front of a branch that are copied to an arm."""

LEAST: Final = 4
"""Instructions that make a branch worth while where there was none."""

_PURE: Final = ("llvm.fmuladd.", "llvm.fma.", "llvm.sqrt.", "llvm.fabs.")
_ROOTS: Final = ("sqrt", "sqrtf", "sqrtl")


def with_arms(module: Module, names: list[str]) -> None:
    """Moves such numbers of these functions."""
    for name in names:
        function = module.function(name)
        if not any(len(set(b.successors())) > 1 for b in function.blocks):
            continue
        shape = Shape(function)
        if shape.irreducible:
            continue
        changed = _with_branches(function, shape)
        if _rewrite(Shape(function) if changed else shape) or changed:
            function.name_everything()


def _with_branches(function: Function, shape: Shape) -> bool:
    """Gives the search for the best a branch."""
    changed = False
    for loop in shape.loops:
        for phi in loop.header.phis():
            for choice in list(phi.users):
                if isinstance(choice, Select) and _is_search(shape, choice, phi):
                    _branch(function, choice, phi)
                    changed = True
        if changed:
            return _with_branches(function, Shape(function)) or True
    return changed


def _is_search(shape: Shape, choice: Select, best: Phi) -> bool:
    """Is it a choice between the best so far and a number that nobody else wants?"""
    test, *numbers = choice.operands
    block = choice.block
    if block is None or not isinstance(choice.type, ty.FloatType) or best not in numbers:
        return False
    if choice not in best.operands or block not in shape.index:
        return False
    if all(u is choice or decides(u) for u in best.users) and all(
        u is best or decides(u) for u in choice.users
    ):
        return False  # where it was found is known (copies.picked)
    new = numbers[1 - numbers.index(best)]
    if not isinstance(test, Compare) or set(test.operands) != {new, best}:
        return False
    if test.block is not block or not isinstance(new, Instruction) or new.block is not block:
        return False
    at = block.instructions.index(choice)
    chosen: dict[Instruction, None] = {}
    written = False
    for inst in reversed(block.instructions[:at]):
        wanted = [u for u in inst.users if not decides(u)]
        alone = all(u in chosen or (u is choice and inst is new) for u in wanted)
        if wanted and alone and is_copied(inst, written):
            chosen[inst] = None
        written |= may_write(inst)
    return LEAST <= len(chosen) <= MOST and any(isinstance(inst, Load) for inst in chosen)


def _branch(function: Function, choice: Select, best: Phi) -> None:
    block = choice.block
    assert block is not None
    test, *numbers = choice.operands
    is_first = numbers[1] is best
    new = numbers[0] if is_first else numbers[1]
    arm = function.add_block("better", block)
    rest = function.add_block("best", arm)
    at = block.instructions.index(choice)
    for inst in block.instructions[at + 1 :]:
        rest.append(inst)
    block.instructions = block.instructions[: at + 1]
    for after in rest.successors():
        for phi in after.phis():
            phi.blocks[:] = [rest if b is block else b for b in phi.blocks]
    found = Phi("phi", choice.type, ())
    found.blocks = []
    rest.insert_before(found, rest.instructions[0])
    found.add_incoming(new, arm)
    found.add_incoming(best, block)
    choice.replace_with(found)
    choice.drop_operands()
    block.instructions.remove(choice)
    emit = Builder(block)
    if isinstance(test, Compare) and test.flags:  # NaN is poison then: no way may depend on it
        test = emit.put(Freeze("freeze", test.type, (test,)))
    emit.cond_branch(test, *((arm, rest) if is_first else (rest, arm)))
    Builder(arm).branch(rest)


def _rewrite(shape: Shape) -> bool:
    changed = False
    for block in shape.order:
        if not isinstance(block.terminator, Branch):
            continue
        for arm in dict.fromkeys(block.successors()):
            if shape.predecessors[arm] == [block] and _same_loop(shape, block, arm):
                changed |= _move(shape, block, arm)
    return changed


def _same_loop(shape: Shape, block: Block, arm: Block) -> bool:
    loop = shape.loop_of.get(block)
    return loop is shape.loop_of.get(arm) and (loop is None or arm is not loop.header)


def moving(shape: Shape, block: Block, arm: Block) -> dict[Instruction, None]:
    """What flows into an arm, and nowhere else but into decisions: users before what they use."""
    if len(set(block.successors())) < 2:
        return {}
    chosen: dict[Instruction, None] = {}
    written = False
    for inst in reversed(block.instructions):
        if is_copied(inst, written) and _flows_into(shape, inst, arm, chosen):
            chosen[inst] = None
        written |= may_write(inst)
    return chosen if len(chosen) <= MOST and any(isinstance(i, Load) for i in chosen) else {}


def _move(shape: Shape, block: Block, arm: Block) -> bool:
    """Copies that to an arm."""
    chosen = moving(shape, block, arm)
    if not chosen:
        return False
    place = next(inst for inst in arm.instructions if not isinstance(inst, Phi))
    copies: dict[Value, Instruction] = {}
    for inst in reversed(list(chosen)):
        copy = clone_instruction(inst)
        for index, operand in enumerate(copy.operands):
            if operand in copies:
                copy.set_operand(index, copies[operand])
        arm.insert_before(copy, place)
        copies[inst] = copy
    for old in chosen:
        for user in [u for u in old.users if u not in chosen and not decides(u)]:
            user.replace(old, copies[old])
    for old in chosen:  # users before what they use
        if not old.users:
            old.drop_operands()
            block.instructions.remove(old)
    return True


def twins(shape: Shape) -> dict[Instruction, Instruction]:
    """Such copies, and what they are copies of: the same number."""
    found: dict[Instruction, Instruction] = {}
    for arm in shape.order:
        sources = shape.predecessors[arm]
        if len(sources) != 1 or not _same_loop(shape, sources[0], arm):
            continue
        there: dict[tuple[object, ...], Instruction] = {}
        written = False
        for inst in reversed(sources[0].instructions):
            if is_copied(inst, written):
                there[_key(inst, found)] = inst
            written |= may_write(inst)
        for inst in arm.instructions:
            if may_write(inst):
                break
            if is_copied(inst, written=False):
                twin = there.get(_key(inst, found))
                if twin is not None:
                    found[inst] = twin
    return found


def _key(inst: Instruction, twin: dict[Instruction, Instruction]) -> tuple[object, ...]:
    operands = (twin.get(o, o) if isinstance(o, Instruction) else o for o in inst.operands)
    parts = (o if isinstance(o, Local) else str(o) for o in operands)
    head = inst.head if isinstance(inst, CallBase) else ""
    return (inst.opcode, inst.type, inst.flags, head, inst.tail, *parts)


def is_copied(inst: Instruction, written: bool) -> bool:
    if not ty.is_float(inst.type):
        return False
    match inst:
        case Binary() | FNeg() | Cast(opcode="fpext" | "fptrunc"):
            return True
        case Load():
            return not inst.flags and not written
        case Call():
            return inst.called.startswith(_PURE) or inst.called in _ROOTS
    return False


def _flows_into(
    shape: Shape, inst: Instruction, arm: Block, chosen: dict[Instruction, None]
) -> bool:
    flows = False
    for user in inst.users:
        if user in chosen:
            flows = True
        elif not decides(user):
            flows = True
            if isinstance(user, Phi):
                sources = [b for value, b in user.incoming() if value is inst]
            else:
                assert user.block is not None
                sources = [user.block]
            if not all(
                source in shape.index and shape.dominates(arm, source) for source in sources
            ):
                return False
    return flows


def decides(user: Instruction) -> bool:
    """Does no adjoint flow through it, whatever it gets?"""
    return isinstance(user, (Compare, Cast)) and user.opcode in ("fcmp", "fptosi", "fptoui")


def may_write(inst: Instruction) -> bool:
    if isinstance(inst, CallBase):
        return not (isinstance(inst, Call) and is_pure(inst))
    return inst.opcode in ("store", "fence", "cmpxchg", "atomicrmw", "va_arg")
