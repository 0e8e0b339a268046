"""Loops with several entries get one: a block that dispatches to the entry that was meant.

    goto into a loop:     outside -> a, outside -> b, a -> b, b -> a
    becomes               every edge to a or b first notes its target, then goes to one block that
                          switches on it

The function must hold no value in a register across blocks (LLVM's reg2mem sees to that), so no phi
is in the way; the noted target lives in a stack slot. Nested regions are treated from the outside
in.
"""

from __future__ import annotations

from collections.abc import Iterable

from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import Phi
from enzcc.ir.values import Value


def fold_lone_phis(function: Function) -> None:
    """Phis with one predecessor become what they hand on.

    Where that predecessor ends with an invoke, whose result it is, LLVM's reg2mem would load the
    result in front of the invoke.
    """
    for block in function.blocks:
        for inst in list(block.instructions):
            if isinstance(inst, Phi) and len(inst.blocks) == 1 and inst.operands[0] is not inst:
                inst.replace_with(inst.operands[0])
                inst.erase()


def make_reducible(function: Function) -> None:
    """Gives every cycle of the function one entry."""
    _treat(function, set(function.blocks))


def _treat(function: Function, blocks: set[Block]) -> None:
    for component in _cycles(function, blocks):
        predecessors = function.predecessors()
        inside = set(component)
        entries = [b for b in component if any(p not in inside for p in predecessors[b])]
        header = entries[0] if entries else component[0]
        if len(entries) > 1:
            header = _dispatch(function, entries, inside)
        _treat(function, inside - {header})


def _dispatch(function: Function, entries: list[Block], inside: set[Block]) -> Block:
    slot = Builder(function.entry, function.entry.instructions[0]).alloca(ty.I32)
    header = function.add_block("dispatch")
    inside.add(header)
    number = {entry: index for index, entry in enumerate(entries)}
    for block in list(function.blocks):
        targets = getattr(block.terminator, "targets", None) if block.instructions else None
        if not targets:
            continue
        notes: dict[Block, Block] = {}
        for position, target in enumerate(targets):
            if target not in number:
                continue
            note = notes.get(target)
            if note is None:
                note = notes[target] = function.add_block("note")
                emit = Builder(note)
                emit.store(const_int(ty.I32, number[target]), slot)
                emit.branch(header)
                if block in inside:
                    inside.add(note)
            targets[position] = note
    emit = Builder(header)
    which: Value = emit.load(ty.I32, slot)
    cases = [(const_int(ty.I32, number[e]), e) for e in entries[1:]]
    emit.switch(which, entries[0], cases)
    return header


def _cycles(function: Function, blocks: set[Block]) -> Iterable[list[Block]]:
    """Strongly connected components of a part of the graph that have a cycle (Tarjan 1972)."""
    index: dict[Block, int] = {}
    low: dict[Block, int] = {}
    stack: list[Block] = []
    on_stack: set[Block] = set()
    found: list[list[Block]] = []
    for start in function.blocks:
        if start not in blocks or start in index:
            continue
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        work = [(start, iter(start.successors()))]
        while work:
            block, rest = work[-1]
            for target in rest:
                if target not in blocks:
                    continue
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(target.successors())))
                    break
                if target in on_stack:
                    low[block] = min(low[block], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[block])
                if low[block] == index[block]:
                    component: list[Block] = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        component.append(member)
                        if member is block:
                            break
                    if len(component) > 1 or block in block.successors():
                        found.append([b for b in function.blocks if b in set(component)])
    return found
