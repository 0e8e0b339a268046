"""Loops of the reverse sweep that reset cells here and there: at once, if these are all of a block.

    for (k = last; k >= 0; k--) {            if (no p[k] twice, and they are all of a block)
      dx[k] += dy[p[k]];                       for (k ...) dx[k] += dy[p[k]];
      dy[p[k]] = 0;                 -->        memset(the block of dy, 0);
    }                                        else the loop as it was

The bits of an index reversed, a matrix transposed: what lies multiples of a page apart competes
for the same lines of the first cache, and each write there has to leave it again. So it is read
alone, and not written. (Elsewhere a write costs less than the look.) Whether a cell is met twice is
seen in a map of bytes, in front of the loop; its indices are known there, as the loop does not
write where they are read. A block that fits the first cache is not worth the look.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, final

from enzcc.ad.nests.forwards import Access, Frame, Reader, are_apart, is_pure
from enzcc.analysis.cfg import Loop, Shape
from enzcc.analysis.lines import Lines
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Store,
)
from enzcc.ir.module import Module
from enzcc.ir.values import ConstantInt, Value, is_zero

FEWEST_BYTES: Final = 1 << 15
"""What is worth it: more than most first caches hold."""

MOST: Final = 1 << 16
"""Iterations, and bytes of the map: with more, the look costs more than the writes."""

FIRST: Final = 8
"""Iterations whose places are looked at first: are they multiples of a page apart?"""

PAGE: Final = 4096

_TAKE: Final = ty.function(ty.PTR, (ty.I64,))
_GIVE: Final = ty.function(ty.VOID, (ty.PTR,))
_SET: Final = ty.function(ty.VOID, (ty.PTR, ty.I8, ty.I64, ty.I1))


def reset_at_once(module: Module, names: Iterable[str]) -> None:
    """Lets such loops of the named functions reset what they have read at once."""
    for name in names:
        if module.may_hold(name, "store double 0.0") or module.may_hold(name, "store float 0.0"):
            _rewrite(module.function(name))


def _rewrite(function: Function) -> None:
    shape = Shape(function)
    changed, seen = False, set[Block]()
    while True:
        loop = next((one for one in shape.loops if one.header not in seen), None)
        if loop is None:
            break
        seen.add(loop.header)
        found = _look(function, shape, loop)
        if found is not None:
            _Building(function, found).run()
            changed, shape = True, Shape(function)
    if changed:
        function.name_everything()


@final
@dataclass
class _Place:
    """base + size * index + offset, where the base does not change in the loop."""

    base: Value
    size: int
    index: Value
    offset: int


@final
@dataclass
class _Resets:
    """The resets of a loop, at base + size * index + [low, low + size * stride)."""

    frame: Frame
    slice: dict[Instruction, None]  # what the index is computed from
    place: _Place
    stores: dict[Instruction, None]
    low: int
    stride: int


def _look(function: Function, shape: Shape, loop: Loop) -> _Resets | None:
    module = function.module
    if module.layout.size(ty.PTR) != 8 or any(map(module.defines, ("malloc", "free"))):
        return None
    reader = Reader(function, shape, loop)
    frame = reader.frame()
    if frame is None or frame.header is not frame.step or frame.sums:
        return None
    ahead = frame.phi if frame.phi is not frame.counter else None
    reader.lines = Lines(loop.blocks, frame.counter, reader.layout, ahead=ahead)
    accesses = reader.accesses(frame.header)
    if accesses is None:
        return None
    places: dict[int, _Place] = {}
    for access in accesses:
        value = access.inst.value if isinstance(access.inst, Store) else None
        if value is None or access.parts or not is_zero(value) or access.address is not None:
            continue
        place = _place(reader, access.inst.pointer)
        if place is None:
            return None
        places[id(access)] = place
    first = next(iter(places.values()), None)
    if first is None or any(
        (p.base, p.size, p.index) != (first.base, first.size, first.index) for p in places.values()
    ):
        return None
    resets = [a for a in accesses if id(a) in places]
    at = first.offset
    low = at = min(p.offset for p in places.values())
    for access in sorted(resets, key=lambda a: places[id(a)].offset):
        if places[id(access)].offset != at:
            return None
        at += access.size
    stride = (at - low) // first.size if first.size > 0 else 0
    if stride < 1 or stride & (stride - 1) or stride * first.size != at - low:
        return None
    if not _are_alone(frame.header, accesses, resets):
        return None
    slice_ = _slice(frame, first.index, accesses)
    if slice_ is None:
        return None
    return _Resets(frame, slice_, first, {a.inst: None for a in resets}, low, stride)


def _place(reader: Reader, pointer: Value) -> _Place | None:
    offset = 0
    while isinstance(pointer, GetElementPtr) and len(pointer.indices) == 1:
        (index,) = pointer.indices
        size = reader.layout.size(pointer.source)
        if isinstance(index, ConstantInt):
            bits = index.value
            offset += size * (bits - (1 << 64) if bits >> 63 else bits)
        elif reader.lines.is_fixed(pointer.base) and index.type is ty.I64:
            return _Place(pointer.base, size, index, offset)
        else:
            return None
        pointer = pointer.base
    return None


def _are_alone(header: Block, accesses: list[Access], resets: list[Access]) -> bool:
    """Is what is reset only read in front of it, in its own iteration?"""
    position = {inst: i for i, inst in enumerate(header.instructions)}
    for access in accesses:
        if access in resets:
            continue
        for reset in resets:
            if are_apart(access, reset):
                continue
            mine = not access.writes and access.inst.pointer is reset.inst.pointer
            if not mine or access.size != reset.size:
                if access.writes or not _is_of(access, resets):
                    return False
                continue
            if position[access.inst] > position[reset.inst]:
                return False
    return True


def _is_of(access: Access, resets: list[Access]) -> bool:
    """Is it a read of just what another one resets?"""
    return any(access.inst.pointer is r.inst.pointer and access.size == r.size for r in resets)


def _slice(frame: Frame, index: Value, accesses: list[Access]) -> dict[Instruction, None] | None:
    """What computes the index, in order, if the loop does not write where that is read."""
    wanted: set[Value] = set()
    work = [index]
    by_inst = {a.inst: a for a in accesses}
    while work:
        value = work.pop()
        if not isinstance(value, Instruction) or value.block is not frame.header:
            continue
        if value in wanted or value in (frame.phi, frame.counter):
            continue
        if isinstance(value, Load):
            access = by_inst.get(value)
            if access is None:
                return None
            if any(a.writes and not are_apart(a, access) for a in accesses):
                return None
        elif isinstance(value, Phi) or not is_pure(value):
            return None
        wanted.add(value)
        work += value.operands
    return {inst: None for inst in frame.header.instructions if inst in wanted} or None


_BLOCKS: Final = (
    "worth", "near", "ends", "whole", "map", "clear", "marks", "sum", "decide", "main", "rest",
)  # fmt: skip


@final
class _Building:
    """worth: are there enough cells?  near: do they compete for the cache?  ends, whole: as many as
    from the lowest to the highest?  marks, sum: is each met?  main: the loop without resets"""

    def __init__(self, function: Function, resets: _Resets) -> None:
        self.function, self.resets = function, resets
        self.module, self.frame = function.module, resets.frame
        frame = resets.frame
        name = frame.header.name or "loop"
        after = frame.outside
        self.blocks: dict[str, Block] = {}
        for word in _BLOCKS:
            after = self.blocks[word] = function.add_block(f"{name}.{word}", after)

    def run(self) -> None:
        frame, old, blocks = self.frame, self.frame.header, self.blocks
        emit = Builder(blocks["worth"])
        count = frame.phi.value_from(frame.outside)
        if frame.phi is frame.counter:
            count = emit.add(count, const_int(ty.I64, 1))
        self.count = count
        each = self.resets.stride * self.resets.place.size
        fewest = max(FEWEST_BYTES // each, FIRST)
        beyond = emit.sub(count, const_int(ty.I64, fewest))
        worth = emit.compare("icmp", "ule", beyond, const_int(ty.I64, max(MOST - fewest, 0)))
        emit.cond_branch(worth, blocks["near"], old)
        self._near()
        lowest = self._ends()
        good = self._marks(lowest)
        decide = Builder(blocks["decide"])
        decide.cond_branch(good, blocks["main"], old)
        self._main()
        rest = Builder(blocks["rest"])
        place = self.resets.place
        at = rest.mul(lowest, const_int(ty.I64, place.size))
        start = rest.gep(ty.I8, place.base, [rest.add(at, const_int(ty.I64, self.resets.low))])
        size = rest.mul(count, const_int(ty.I64, each))
        clear = self.module.declare("llvm.memset.p0.i64", _SET)
        rest.call(clear, _SET, [start, zero(ty.I8), size, zero(ty.I1)])
        rest.branch(frame.exit)
        for phi in frame.exit.phis():
            phi.add_incoming(phi.value_from(old), blocks["rest"])
        last = frame.outside.terminator
        last.targets[:] = [blocks["worth"] if t is old else t for t in last.targets]
        start_phi = frame.phi.value_from(frame.outside)
        frame.phi.blocks[:] = [
            blocks["worth"] if b is frame.outside else b for b in frame.phi.blocks
        ]
        for word in ("near", "whole", "map", "decide"):
            frame.phi.add_incoming(start_phi, blocks[word])

    def _counted(self, word: str, before: str) -> tuple[Builder, Phi]:
        """A loop over all iterations, forward; the builder stands in it."""
        emit = Builder(self.blocks[word])
        return emit, emit.phi(ty.I64, [(zero(ty.I64), self.blocks[before])])

    def _again(self, emit: Builder, number: Phi, word: str, behind: str) -> None:
        following = emit.add(number, const_int(ty.I64, 1))
        number.add_incoming(following, self.blocks[word])
        done = emit.compare("icmp", "eq", following, self.count)
        emit.cond_branch(done, self.blocks[behind], self.blocks[word])

    def _iteration(
        self, emit: Builder, number: Value, instructions: Iterable[Instruction]
    ) -> dict[Value, Value]:
        frame = self.frame
        became: dict[Value, Value] = {frame.counter: number}
        if frame.phi is not frame.counter:
            became[frame.phi] = emit.add(number, const_int(ty.I64, 1))
        for inst in instructions:
            copy = inst.copy()
            for at, operand in enumerate(inst.operands):
                copy.set_operand(at, became.get(operand, operand))
            became[inst] = emit.put(copy)
        return became

    def _near(self) -> None:
        """Do the first places lie multiples of a page apart?"""
        emit, place = Builder(self.blocks["near"]), self.resets.place
        first = [
            self._iteration(emit, const_int(ty.I64, k), self.resets.slice)[place.index]
            for k in range(FIRST)
        ]
        apart: Value = zero(ty.I64)
        for other in first[1:]:
            way = emit.mul(emit.sub(other, first[0]), const_int(ty.I64, place.size))
            apart = emit.binary("or", apart, way)
        within = emit.binary("and", apart, const_int(ty.I64, PAGE - 1))
        same = emit.compare("icmp", "eq", within, zero(ty.I64))
        emit.cond_branch(same, self.blocks["ends"], self.frame.header)

    def _ends(self) -> Value:
        """The lowest index, if they do not reach farther than there are."""
        emit, number = self._counted("ends", "near")
        index = self.resets.place.index
        lowest = emit.phi(ty.I64, [(const_int(ty.I64, (1 << 63) - 1), self.blocks["near"])])
        highest = emit.phi(ty.I64, [(const_int(ty.I64, 1 << 63), self.blocks["near"])])
        here = self._iteration(emit, number, self.resets.slice)[index]
        low = emit.select(emit.compare("icmp", "slt", here, lowest), here, lowest)
        high = emit.select(emit.compare("icmp", "sgt", here, highest), here, highest)
        lowest.add_incoming(low, self.blocks["ends"])
        highest.add_incoming(high, self.blocks["ends"])
        self._again(emit, number, "ends", "whole")
        emit = Builder(self.blocks["whole"])
        last = emit.sub(self.count, const_int(ty.I64, 1))
        wanted = emit.mul(last, const_int(ty.I64, self.resets.stride))
        fits = emit.compare("icmp", "eq", emit.sub(high, low), wanted)
        emit.cond_branch(fits, self.blocks["map"], self.frame.header)
        return low

    def _marks(self, lowest: Value) -> Value:
        """Is each cell between met?"""
        module, stride = self.module, self.resets.stride
        front = Builder(self.blocks["map"])
        seen = front.call(module.declare("malloc", _TAKE), _TAKE, [self.count])
        none = front.compare("icmp", "eq", seen, zero(ty.PTR))
        front.cond_branch(none, self.frame.header, self.blocks["clear"])
        front = Builder(self.blocks["clear"])
        clear = module.declare("llvm.memset.p0.i64", _SET)
        front.call(clear, _SET, [seen, zero(ty.I8), self.count, zero(ty.I1)])
        front.branch(self.blocks["marks"])

        emit, number = self._counted("marks", "clear")
        odd = emit.phi(ty.I64, [(zero(ty.I64), self.blocks["clear"])])
        index = self._iteration(emit, number, self.resets.slice)[self.resets.place.index]
        cell = emit.sub(index, lowest)
        between = emit.binary("and", cell, const_int(ty.I64, stride - 1))
        some = emit.binary("or", odd, between)
        odd.add_incoming(some, self.blocks["marks"])
        cell = emit.binary("lshr", cell, const_int(ty.I64, stride.bit_length() - 1))
        emit.store(const_int(ty.I8, 1), emit.gep(ty.I8, seen, [cell]), align=1)
        self._again(emit, number, "marks", "sum")

        emit, number = self._counted("sum", "marks")
        met = emit.phi(ty.I8, [(const_int(ty.I8, 1), self.blocks["marks"])])
        mark = emit.load(ty.I8, emit.gep(ty.I8, seen, [number]), align=1)
        both = emit.binary("and", met, mark)
        met.add_incoming(both, self.blocks["sum"])
        self._again(emit, number, "sum", "decide")

        emit = Builder(self.blocks["decide"])
        emit.call(module.declare("free", _GIVE), _GIVE, [seen])
        right = emit.compare("icmp", "eq", some, zero(ty.I64))
        return emit.binary("and", right, emit.compare("icmp", "ne", both, zero(ty.I8)))

    def _main(self) -> None:
        """The loop as it was, but for the resets."""
        header, main = self.frame.header, self.blocks["main"]
        emit, became = Builder(main), dict[Value, Value]()
        for inst in header.instructions:
            if inst in self.resets.stores:
                continue
            copy = inst.copy()
            for at, operand in enumerate(inst.operands):
                copy.set_operand(at, became.get(operand, operand))
            became[inst] = emit.put(copy)
        (old,) = header.phis()
        phi = became[old]
        assert isinstance(phi, Phi)
        start, again = old.value_from(self.frame.outside), became[old.value_from(header)]
        for at, (value, block) in enumerate(((start, self.blocks["decide"]), (again, main))):
            phi.set_operand(at, value)
            phi.blocks[at] = block
        last = main.terminator
        last.targets[:] = [
            main if t is header else self.blocks["rest"] for t in header.terminator.targets
        ]
