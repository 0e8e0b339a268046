"""Loops in which a value is read again and again, and might change, get a version where it cannot.

    for j: c[j] += a * b[j]              -->     if (a is none of c[0] ... c[n - 1])
      a = *p                                       a = *p;  for j: c[j] += a * b[j]
                                                 else the loop as it was

Where the stores of an innermost loop go through other pointers (or to other elements of the same
array) than a load whose address stays the same, nothing tells that the value does. The reverse
sweep would have to keep it in each iteration. So a test in front of the loop decides; where the
addresses come from different pointers, it stands in front of the outermost loop where that can be
told. Where constants tell that the places are apart (`enzcc.analysis.spans`), the value is read in
front of the loop, and there is one version.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from enzcc.ad.names import original, prepared_distinct
from enzcc.analysis.cfg import Loop, Shape
from enzcc.analysis.hulls import Ends, Hulls
from enzcc.analysis.lines import Lines, Placed
from enzcc.analysis.recurrences import Recurrences
from enzcc.analysis.spans import Spans
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.clone import clone_instruction, lead_to_clones
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Binary,
    Branch,
    Call,
    Instruction,
    Load,
    Phi,
    Store,
    root_of,
)
from enzcc.ir.module import Module
from enzcc.ir.types import Layout
from enzcc.ir.values import Argument, Global, Value
from enzcc.rules import find

MOST: Final = 200
"""Instructions of a loop that gets a second version."""

MOST_ENDS: Final = 6
"""Ends of a place that are compared."""

_PURE = (
    "llvm.smin.", "llvm.smax.", "llvm.umin.", "llvm.umax.",
    "llvm.abs.", "llvm.lifetime.", "llvm.dbg.", "llvm.assume",
    "llvm.experimental.noalias.scope.decl",
)  # fmt: skip


class _Found(NamedTuple):
    """A loop, the loads whose values stay, the stores that must not meet them."""

    loop: Loop
    loads: list[Load]
    stores: list[Store]


def with_hoisted_loads(module: Module, names: list[str]) -> None:
    """Gives such loops of these functions a second version."""
    for name in names:
        function = module.function(name)
        has_twin = module.has_symbol(prepared_distinct(original(name)))
        seen: set[Block] = set()
        changed = False
        known: Recurrences | None = None
        while True:
            shape = known.shape if known is not None else Shape(function)
            one = _find(shape, module.layout, seen, has_twin)
            if one is None:
                break
            known = known or Recurrences(shape, module.layout)
            beside = _move_out(Spans(shape, known, module.layout), one)
            changed |= bool(beside)
            one = one._replace(loads=[i for i in one.loads if i not in beside])
            if one.loads and _version(function, module.layout, known, one):
                changed = True
                known = None
        if changed:
            function.name_everything()


# ------------------------------------------------------------------ which loops


def _find(shape: Shape, layout: Layout, seen: set[Block], has_twin: bool) -> _Found | None:
    """The next loop that none of `seen` begins, which grows."""
    for loop in () if shape.irreducible else shape.loops:
        if loop.children or loop.header in seen:
            continue
        seen.add(loop.header)
        found = _loads_that_stay(shape, loop, layout, has_twin)
        if found is not None:
            return found
    return None


def _loads_that_stay(shape: Shape, loop: Loop, layout: Layout, has_twin: bool) -> _Found | None:
    preheader, latch = shape.preheader(loop), shape.latch(loop)
    if preheader is None or latch is None:
        return None
    leaving = shape.exits(loop)
    if len(leaving) != 1 or leaving[0][0] is not latch or not isinstance(latch.terminator, Branch):
        return None
    fixed = Lines(loop.blocks, loop.header.instructions[0], layout)
    stores: list[Store] = []
    loads: list[Load] = []
    count = 0
    for block in loop.blocks:
        for inst in block.instructions:
            count += 1
            match inst:
                case Store():
                    if inst.flags:
                        return None
                    stores.append(inst)
                case Load():
                    if inst.flags:
                        return None
                    if (
                        ty.is_float(inst.type)
                        and fixed.is_fixed(inst.pointer)
                        and shape.dominates(block, latch)
                        and any(_is_product(user) for user in inst.users)
                    ):
                        loads.append(inst)
                case Call():
                    if not _is_pure(inst):
                        return None
                case _ if inst.opcode in _OTHER_MEMORY:
                    return None
    module = shape.function.module
    loads = [i for i in loads if not _is_told(module, i, stores, has_twin)]
    if not loads or not stores or count > MOST:
        return None
    if any(fixed.is_fixed(s.pointer) for s in stores):
        return None  # a sum in memory: it does change, or LLVM knows better
    exit_ = leaving[0][1]
    for block in loop.blocks:
        for inst in block.instructions:
            for user in inst.users:
                if user.block not in loop.blocks and not (
                    isinstance(user, Phi) and user.block is exit_
                ):
                    return None
    return _Found(loop, loads, stores)


_OTHER_MEMORY = ("alloca", "atomicrmw", "cmpxchg", "fence", "va_arg", "invoke", "callbr")


def _is_told(module: Module, load: Load, stores: list[Store], has_twin: bool) -> bool:
    """Is it a constant, or is there a version of the whole function for parameters that do not
    overlap?"""
    root = root_of(load.pointer)
    if isinstance(root, Global) and module.symbol(root.name).constant:
        return True
    others = [root_of(store.pointer) for store in stores]
    return has_twin and root not in others and all(isinstance(r, Argument) for r in (root, *others))


def _is_product(inst: Instruction) -> bool:
    """Does what the instruction gives to its other operands depend on their factor's value?"""
    return (isinstance(inst, Binary) and inst.opcode in ("fmul", "fdiv")) or isinstance(inst, Call)


def _is_pure(call: Call) -> bool:
    name = call.called
    if name.startswith(_PURE):
        return True
    known = find(name, call.function_type) is not None
    return known and not any(ty.is_pointer(a.type) for a in call.arguments)


def _move_out(spans: Spans, found: _Found) -> list[Load]:
    """Reads in front of the loop what no store can change, as constants tell; returns the loads."""
    layout = spans.layout
    beside = [
        load
        for load in found.loads
        if all(
            spans.are_disjoint(
                load.pointer,
                layout.store_size(load.type),
                store.pointer,
                layout.store_size(store.value.type),
            )
            for store in found.stores
        )
    ]
    preheader = spans.shape.preheader(found.loop)
    assert preheader is not None
    emit = Builder(preheader, preheader.terminator)
    placed = Placed(emit, found.loop.blocks)
    for load in beside:
        copy = clone_instruction(load)
        copy.set_operand(0, placed.value(load.pointer))
        load.replace_with(emit.put(copy))
        load.erase()
    return beside


# ------------------------------------------------------------------ the test


def _version(function: Function, layout: Layout, recurrences: Recurrences, found: _Found) -> bool:
    shape = recurrences.shape
    preheader = shape.preheader(found.loop)
    assert preheader is not None
    tests: list[Value] = []
    hulls = Hulls(shape, recurrences, layout, lambda _, test: tests.append(test))
    before = {block: list(block.instructions) for block in function.blocks}
    for load in found.loads:
        for store in {_place(s, layout): s for s in found.stores}.values():
            if not _told_apart(hulls, layout, found.loop, load, store, tests):
                _undo(before)
                return False
    emit = Builder(preheader, preheader.terminator)
    condition = tests[0]
    for test in dict.fromkeys(tests[1:]):
        condition = emit.binary("and", condition, test)
    _Twice(function, found, preheader).build(condition)
    return True


def _place(store: Store, layout: Layout) -> tuple[Value, int]:
    return store.pointer, layout.store_size(store.value.type)


def _undo(before: dict[Block, list[Instruction]]) -> None:
    for block, instructions in before.items():
        old = set(instructions)
        for inst in block.instructions:
            if inst not in old:
                inst.drop_operands()
        block.instructions = instructions


def _told_apart(
    hulls: Hulls, layout: Layout, loop: Loop, load: Load, store: Store, tests: list[Value]
) -> bool:
    """Adds the test that a store never meets a load."""
    read, written = Ends([load.pointer], [load.pointer]), Ends([store.pointer], [store.pointer])
    roots = root_of(load.pointer), root_of(store.pointer)
    level: Loop | None = loop
    around: Block | None = None
    while level is not None:
        if around is not None and (roots[0] is roots[1] or any(_is_in(level, r) for r in roots)):
            break
        further = hulls.leave(level, read), hulls.leave(level, written)
        if further[0] is None or further[1] is None:
            break
        if max(len(e.low) + len(e.high) for e in further if e is not None) > MOST_ENDS:
            break
        read, written = further[0], further[1]
        around, level = hulls.shape.preheader(level), level.parent
    if around is None:
        return False
    emit = Builder(around, around.terminator)
    hulls.are_addresses(emit, [*read.low, *read.high, *written.low, *written.high])
    sizes = [const_int(ty.I64, layout.store_size(t)) for t in (load.type, store.value.type)]
    before = _all_below(emit, read.high, sizes[0], written.low)
    behind = _all_below(emit, written.high, sizes[1], read.low)
    tests.append(emit.binary("or", before, behind))
    return True


def _is_in(loop: Loop, value: Value) -> bool:
    return isinstance(value, Instruction) and value.block in loop.blocks


def _all_below(emit: Builder, ends: list[Value], size: Value, starts: list[Value]) -> Value:
    """Does all that begins at the ends lie in front of all that begins at the starts?"""
    total: Value | None = None
    for end in ends:
        behind = emit.add(end, size)
        for start in starts:
            test = emit.compare("icmp", "ule", behind, start)
            total = test if total is None else emit.binary("and", total, test)
    assert total is not None
    return total


# ------------------------------------------------------------------ the two versions


class _Twice:
    """A loop with one exit, made twice."""

    def __init__(self, function: Function, found: _Found, preheader: Block) -> None:
        self.function, self.found, self.preheader = function, found, preheader
        self.became: dict[Value, Value] = {}
        self.blocks: dict[Block, Block] = {}

    def build(self, condition: Value) -> None:
        """The test and both versions, which meet in front of the old exit."""
        function, loop, preheader = self.function, self.found.loop, self.preheader
        latch = next(b for b in loop.blocks if any(t not in loop.blocks for t in b.successors()))
        exit_ = next(t for t in latch.successors() if t not in loop.blocks)
        ahead = function.add_block(f"{loop.header.name}.apart", preheader)
        slow = function.add_block(f"{loop.header.name}.together", ahead)
        emit = Builder(ahead)
        placed = Placed(emit, loop.blocks)
        for load in self.found.loads:
            copy = clone_instruction(load)
            copy.set_operand(0, placed.value(load.pointer))
            self.became[load] = emit.put(copy)
        self._copy(loop, preheader, ahead, slow)
        emit.branch(self.blocks[loop.header])
        Builder(slow).branch(loop.header)
        preheader.terminator.erase()
        Builder(preheader).cond_branch(condition, ahead, slow)
        for phi in loop.header.phis():
            phi.blocks = [slow if b is preheader else b for b in phi.blocks]
        self._join(latch, exit_)

    def _copy(self, loop: Loop, preheader: Block, ahead: Block, slow: Block) -> None:
        function = self.function
        last = slow
        for block in loop.blocks:
            last = function.add_block(f"{block.name}.apart", last)
            self.blocks[block] = last
        copies: list[Instruction] = []
        for block in loop.blocks:
            for inst in block.instructions:
                if inst not in self.became:
                    copy = clone_instruction(inst)
                    self.became[inst] = self.blocks[block].append(copy)
                    copies.append(copy)
        self.blocks[preheader] = ahead
        lead_to_clones(copies, self.became, self.blocks)

    def _join(self, latch: Block, exit_: Block) -> None:
        """Each version gets an exit of its own; what leaves the loop is chosen behind them."""
        function = self.function
        ways = [(latch, latch), (self.blocks[latch], self.blocks[latch])]
        ends = [function.add_block(f"{b.name}.end", b) for b, _ in ways]
        for (source, _), end in zip(ways, ends, strict=True):
            targets = source.terminator.targets
            targets[:] = [end if t is exit_ else t for t in targets]
            Builder(end).branch(exit_)
        for phi in exit_.phis():
            value = phi.value_from(latch)
            values = [value, self.became.get(value, value)]
            one_each = [
                Builder(end).phi(phi.type, [(v, source)])
                for v, end, (source, _) in zip(values, ends, ways, strict=True)
            ]
            for index in reversed(range(len(phi.blocks))):
                phi.set_operand(index, one_each[0])
            phi.blocks = [ends[0]]
            phi.add_incoming(one_each[1], ends[1])
