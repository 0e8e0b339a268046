"""Which loops only move numbers about within one object, and look at them to decide where to?

    for (...) for (...) { ... if (s[j] > s[k]) s[i] = s[j]; ... }

Sorting does, and heaps, and partitions. What lies where at the end is what lay elsewhere before:
each cell has an *origin*, and that is all that the reverse sweep has to know (tape.origins).

Question     Is every active value of a nest loaded from one object and only stored to it again?
Candidates   nests of at least two loops that compare numbers of the object, with the blocks behind
             them in which a number that they hold is put down.
Safe answer  no: the reverse sweep then goes the ways of the nest backward.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from enzcc.analysis.activity import Activity, Shadowing
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.cfg import Shape
from enzcc.analysis.nodes import INTEGER
from enzcc.ir import types as ty
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    AtomicRMW,
    Branch,
    Call,
    CallBase,
    Cast,
    Compare,
    CompareExchange,
    Freeze,
    GetElementPtr,
    Instruction,
    Invoke,
    Load,
    Phi,
    Select,
    Store,
    Switch,
)
from enzcc.ir.values import Argument, Global, Value
from enzcc.rules import WRITES_VALUES

MOST_BLOCKS_BEHIND = 16


@final
@dataclass
class Moves:
    """A region that only moves numbers within one object.

    entry   the block in front of it, which leads nowhere else
    root    the pointer that all addresses of the numbers come from; it is there in `entry`
    kind    their type
    moved   what holds such numbers: loads, phis, selects
    stores  what puts them down
    ends    where it is left: at the start of a block behind it (False), or at the end (True) of one
            within it
    """

    entry: Block
    root: Value
    kind: ty.FloatType
    moved: dict[Instruction, None] = field(default_factory=dict)
    stores: dict[Instruction, None] = field(default_factory=dict)
    ends: dict[tuple[Block, bool], None] = field(default_factory=dict)


def find_moves(activity: Activity, function: Function) -> list[Moves]:
    """The regions of a function that only move numbers: none within another."""
    if not any(_may_move(activity, inst) for inst in function.instructions()):
        return []
    shape = Shape(function)
    if shape.irreducible:
        return []
    found: list[Moves] = []
    work = [loop for loop in shape.loops if loop.parent is None]
    while work:
        loop = work.pop(0)
        if not loop.children:
            continue
        region = _region_of(activity, shape, loop.blocks, shape.preheader(loop))
        if region is None:
            work += loop.children
            continue
        while (longer := _with_next(activity, shape, region)) is not None:
            region = longer
        work = [loop for loop in work if loop.header not in region.blocks]
        moves = region.finished()
        assert moves is not None
        found.append(moves)
    return found


def _may_move(activity: Activity, inst: Instruction) -> bool:
    """Does it put an active number down that comes from memory as it is?"""
    return (
        isinstance(inst, Store)
        and isinstance(inst.value, (Load, Phi, Select))
        and isinstance(inst.value.type, ty.FloatType)
        and activity.is_active(inst.value)
    )


def _region_of(
    activity: Activity, shape: Shape, blocks: dict[Block, None], entry: Block | None
) -> _Region | None:
    """The region that begins with these; blocks behind them belong to it where they put down what
    it holds."""
    if entry is None:
        return None
    blocks = dict(blocks)
    for _ in range(MOST_BLOCKS_BEHIND):
        region = _Region(activity, shape, blocks, entry)
        if not region.is_plain():
            return None
        if region.wanted is None:
            return region if region.finished() is not None else None
        blocks[region.wanted] = None
    return None


def _with_next(activity: Activity, shape: Shape, region: _Region) -> _Region | None:
    """The region with the nest that comes next, if nothing else is done in between: then what was
    moved by both goes back at once."""
    moves = region.finished()
    assert moves is not None
    if len(moves.ends) != 1:
        return None
    ((block, at_end),) = moves.ends
    if at_end:
        return None
    blocks = dict(region.blocks)
    for _ in range(MOST_BLOCKS_BEHIND):
        if any(before not in blocks for before in shape.predecessors[block]):
            return None
        blocks[block] = None
        successors = block.successors()
        if len(successors) != 1:
            return None
        for loop in shape.loops:
            if loop.header is successors[0] and block not in loop.blocks:
                if not loop.children or shape.preheader(loop) is not block:
                    return None
                longer = _region_of(activity, shape, blocks | loop.blocks, region.entry)
                same = longer is not None and longer.root is region.root
                return longer if same and longer is not None else None
        (block,) = successors
    return None


@final
class _Region:
    """Blocks that may only move numbers. `wanted` is a block behind them that uses one."""

    def __init__(
        self, activity: Activity, shape: Shape, blocks: dict[Block, None], entry: Block
    ) -> None:
        self.activity, self.objects = activity, activity.objects
        self.shape, self.blocks, self.entry = shape, blocks, entry
        self.moved: dict[Instruction, None] = {}
        self.stores: dict[Instruction, None] = {}
        self.root: Value | None = None
        self.kind: ty.FloatType | None = None
        self.wanted: Block | None = None

    def finished(self) -> Moves | None:
        """What has been found; None if the region has no clear ends, or does not decide by what it
        moves: then the moves can be made again backward."""
        ends = self._ends()
        if ends is None or not self.stores or not self._compares():
            return None
        assert self.root is not None
        assert self.kind is not None
        return Moves(self.entry, self.root, self.kind, self.moved, self.stores, ends)

    def is_plain(self) -> bool:
        """Is there nothing in the blocks that does more with active numbers than to move them?"""
        for block in self.blocks:
            if not isinstance(block.terminator, (Branch, Switch)):
                return False
            for inst in block.instructions:
                if not self._is_harmless(inst) and not self._collect(inst):
                    return False
        return all(self._is_only_moved(value) for value in self.moved) and all(
            inst.operands[0] in self.moved for inst in self.stores
        )

    def _is_harmless(self, inst: Instruction) -> bool:
        """Has it nothing to do with active numbers?"""
        activity = self.activity
        match inst:
            case Store():
                if activity.shadowing(inst.pointer) is Shadowing.NONE:
                    return True
                if not activity.memory_active(inst.pointer):
                    return True
                if not isinstance(inst.value.type, ty.IntType) or activity.is_active(inst.value):
                    return False
                size = self.objects.layout.store_size(inst.value.type)
                segments = self.objects.segments(self.objects.place(inst.pointer), size)
                return all(s.kind == INTEGER for s in segments)
            case AtomicRMW() | CompareExchange() | Invoke():
                return False
            case CallBase():
                return self._is_harmless_call(inst)
        return not activity.is_active(inst)

    def _is_harmless_call(self, inst: CallBase) -> bool:
        if not isinstance(inst, Call) or not isinstance(inst.callee, Global):
            return False
        name = inst.callee.name
        if name.startswith(("llvm.lifetime.", "llvm.assume", "llvm.dbg.")):
            return True
        if self.activity.is_active(inst) or ty.is_pointer(inst.type) or name in WRITES_VALUES:
            return False
        kind = self.activity.kind_of_call(inst)
        if kind not in (CallKind.RULE, CallKind.INACTIVE):
            return False
        return not any(ty.is_pointer(a.type) for a in inst.arguments)

    def _collect(self, inst: Instruction) -> bool:
        """Notes what moves a number; False if it does something else."""
        match inst:
            case Load():
                if not self._is_cell(inst, inst.pointer, inst.type):
                    return False
            case Store():
                if not self._is_cell(inst, inst.pointer, inst.value.type):
                    return False
                self.stores[inst] = None
                return True
            case Phi() | Select() if isinstance(inst.type, ty.FloatType):
                pass
            case _:
                return False
        self.moved[inst] = None
        return True

    def _is_cell(self, inst: Instruction, pointer: Value, kind: ty.Type) -> bool:
        """Is it a plain access to a number of the object?"""
        if not isinstance(kind, ty.FloatType) or self.kind not in (None, kind) or inst.flags:
            return False
        size = self.objects.layout.size(kind)
        if size not in (4, 8) or f"align {size}" not in inst.tail or pointer.type is not ty.PTR:
            return False
        segments = self.objects.segments(self.objects.place(pointer), size)
        root = self._root(pointer)
        if any(s.kind is not kind for s in segments) or root is None:
            return False
        if self.root not in (None, root):
            return False
        if self.activity.shadowing(root) is not Shadowing.ALWAYS:
            return False
        if self.activity.shadowing(pointer) is not Shadowing.ALWAYS:
            return False
        self.kind, self.root = kind, root
        return True

    def _root(self, pointer: Value) -> Value | None:
        """Where all ways to an address begin, if that is one place in front of the region."""
        found: Value | None = None
        seen: dict[Value, None] = {}
        work = [pointer]
        while work:
            one = work.pop()
            if one in seen:
                continue
            seen[one] = None
            match one:
                case GetElementPtr():
                    work.append(one.base)
                case Phi() if one.block in self.blocks:
                    work += one.operands
                case Select() if one.block in self.blocks:
                    work += one.operands[1:]
                case Freeze() if one.block in self.blocks:
                    work.append(one.operands[0])
                case Argument() | Global() | Instruction():
                    if found not in (None, one):
                        return None
                    found = one
                case _:
                    return None
        if isinstance(found, Instruction):
            block = found.block
            if block is None or block in self.blocks or not self.shape.dominates(block, self.entry):
                return None
        return found

    def _is_only_moved(self, value: Instruction) -> bool:
        """Are its sources, and all that it is used for, moves and comparisons?"""
        sources: list[Value] = []
        match value:
            case Phi():
                sources = list(value.operands)
            case Select():
                sources = list(value.operands[1:])
        if any(source not in self.moved for source in sources):
            return False
        for user in value.users:
            if isinstance(user, Compare) or user in self.moved:
                continue
            if isinstance(user, Store) and user in self.stores and user.pointer is not value:
                continue
            if isinstance(user, Cast) and not self.activity.is_active(user):
                continue
            if not isinstance(user, Instruction) or not self._may_take_in(user.block):
                return False
        return True

    def _may_take_in(self, block: Block | None) -> bool:
        """Notes a block behind the region, which uses a number, if one comes from there only."""
        if block is None or block in self.blocks or block not in self.shape.predecessors:
            return False
        if any(p not in self.blocks for p in self.shape.predecessors[block]):
            return False
        self.wanted = block
        return True

    def _ends(self) -> dict[tuple[Block, bool], None] | None:
        ends: dict[tuple[Block, bool], None] = {}
        for block in self.blocks:
            for target in block.successors():
                if target in self.blocks:
                    continue
                if all(p in self.blocks for p in self.shape.predecessors[target]):
                    ends[target, False] = None
                elif block.successors() == [target]:
                    ends[block, True] = None
                else:
                    return None
        return ends

    def _compares(self) -> bool:
        """Does a comparison of numbers of the object decide where they go?"""
        return any(
            isinstance(inst, Compare) and any(map(self._is_number, inst.operands))
            for block in self.blocks
            for inst in block.instructions
        )

    def _is_number(self, value: Value) -> bool:
        """Is it a number of the object?"""
        if value in self.moved:
            return True
        is_load = isinstance(value, Load) and value.type is self.kind
        return is_load and self._root(value.pointer) is self.root  # type: ignore[attr-defined]
