"""Where a function reads and writes, found out before it runs.

    f(n, x, y):  for (i < n) y[i] = x[col[i]]         -->     f.apart(n, x, y, x', y'):
                                                                low_y = y, high_y = y + n
                                                                for (i < n) low_x = min(...), ...
                                                                return high_x <= low_y || ...

The prepared copy without its arithmetic and its stores: what is left computes addresses, and from
which to which the accesses through each pointer parameter reach. Addresses that grow steadily in a
loop (`enzcc.analysis.hulls`) need only its first and its last iteration, so most loops go, and
with them what they took. If the parts of memory that are written are apart from all others, the
parameters were as good as `restrict`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, final

from enzcc.ad.overlap.accesses import PURE_INTEGERS, Access, Region, is_there
from enzcc.analysis.activity import Shadowing
from enzcc.analysis.cfg import Loop, Shape, may_follow
from enzcc.analysis.changes import Write
from enzcc.analysis.hulls import Ends, Hulls, Told, told
from enzcc.analysis.recurrences import Recurrences
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.clone import clone_function
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Alloca,
    CallBase,
    Cast,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Return,
    Store,
    root_of,
)
from enzcc.ir.types import Type
from enzcc.ir.values import Argument, Constant, ConstantInt, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.reverse import Reverse

MOST_VALUES: Final = 8
"""Ends of nested loops that one access is followed through."""

MOST_REPEATED: Final = 2
"""Accesses that innermost loops have to look at one by one."""


def write_check(part: Reverse, accesses: list[Access]) -> Function | None:
    """A function that is given the parameters, then the shadows of those that have one, and says
    whether the parts of memory behind them are apart; None where that cannot be told cheaply."""
    exact = _Writing(part, accesses)
    check = exact.run()
    if check is None or not exact.walks:
        return check
    rough = _Writing(part, accesses, rough=True)
    quick = rough.run()
    if quick is not None and (rough.looks_at_rows or rough.hulls.used_bits):
        _ask_further(quick, check)
        return quick
    part.engine.module.remove_function(rough.made.name)
    part.engine.made.remove(rough.made.name)
    return check


def _ask_further(rough: Function, exact: Function) -> None:
    """Where one check does not hold, another one with the same arguments decides."""
    (end,) = (inst for inst in rough.instructions() if isinstance(inst, Return))
    answer, block = end.operands[0], end.block
    assert block is not None
    end.erase()
    emit = Builder(block)
    surely, perhaps = rough.add_block("surely"), rough.add_block("perhaps")
    emit.cond_branch(answer, surely, perhaps)
    emit.at(surely)
    emit.ret(const_int(ty.I1, 1))
    emit.at(perhaps)
    emit.ret(emit.call(exact.symbol, exact.type, list(rough.args)))


def write_order_check(
    part: Reverse, accesses: list[Access], pairs: list[tuple[Load, Store]]
) -> tuple[Function, list[tuple[Load, Store]]] | None:
    """A function that is given the same, and says whether stores only go to places that the loads
    with which they are paired have not read before; and for which pairs it does."""
    while True:
        made = len(part.engine.made)
        writing = _Writing(part, accesses)
        check = writing.run_order(pairs)
        if check is None or len(writing.ordered) == len(pairs):
            return None if check is None else (check, writing.ordered)
        pairs = writing.ordered  # what the others required is not asked for
        part.engine.forget(made)


@final
class _Writing:
    """`rough`: of rows of indices, and of those that are made bit by bit, only the bits are looked
    at. An index that is not negative is at most what all bits together make, and that is less than
    twice the largest one; processors without a maximum of integer lanes take a fifth of the time
    for it."""

    def __init__(self, part: Reverse, accesses: list[Access], *, rough: bool = False) -> None:
        self.part, self.layout, self.rough = part, part.layout, rough
        source = part.source
        self.regions = list(dict.fromkeys(a.region for a in accesses))
        self.shadowed = [a for a in source.args if part.activity.has_shadow(a)]
        params: list[Type] = [*source.type.params, *(a.type for a in self.shadowed)]
        type_ = ty.function(ty.I1, tuple(params))
        self.made = part.engine.new_function(source.name, "apart", type_)
        clone, became = clone_function(source, part.module, self.made.name)
        self.became = became
        for index, arg in enumerate(clone.args):
            arg.replace_with(self.made.args[index])
            became[source.args[index]] = self.made.args[index]
        for block in clone.blocks:
            block.function = self.made
            self.made.blocks.append(block)
        self.original = {
            twin: inst for inst, twin in became.items() if isinstance(inst, Instruction)
        }
        self.accesses = accesses
        self.shape = Shape(self.made)
        recurrences = Recurrences(self.shape, self.layout)
        self.hulls = Hulls(self.shape, recurrences, self.layout, self._require, by_bits=self.rough)
        self.slots: dict[Region, _Extent] = {}
        self.mirrors: dict[Region, _Extent] = {}
        self._ways: dict[Value, Value | None] = {}
        self._shadow_of: dict[Value, Value] = {}
        self._mirrored: set[Instruction] = set()
        self.ordered: list[tuple[Load, Store]] = []
        self.repeated = 0
        self.walks = False  # looks at addresses in each iteration of a loop
        self._done: set[tuple[object, ...]] = set()
        self._rows: dict[Phi, _Rows] = {}
        self._elements: dict[tuple[_Array, _Rows], None] = {}
        self._looked_at: list[tuple[Load, _Rows, _Extent, bool]] = []
        self._indices: dict[tuple[_Array, bool], _Extent] = {}
        self._repeated: dict[tuple[object, ...], _Repeated] = {}
        self._based: dict[tuple[Value, Value], Value] = {}
        self._calculated: dict[Value, Value] = {}

    @property
    def looks_at_rows(self) -> bool:
        """Does the check read rows of indices?"""
        return bool(self._looked_at)

    def run(self) -> Function | None:
        returns = [i for i in self.made.instructions() if isinstance(i, Return)]
        if len(returns) != 1 or self.shape.irreducible:
            return None
        entry = self.made.entry
        emit = Builder(entry, entry.instructions[0])
        for region in self.regions:
            self.slots[region] = _Extent.made(emit)
            if region.parameter is None:
                self.mirrors[region] = _Extent.made(emit)
        self.holds = emit.alloca(ty.I1)
        emit.store(const_int(ty.I1, 1), self.holds)
        try:
            for access in self.accesses:
                self._follow(access)
            self._look_at_repeated()
        except _TooDear:
            return None
        if self.repeated > MOST_REPEATED:
            return None
        self._answer(returns[0])
        return self.made if self._keep_only_what_counts() else None

    def run_order(self, pairs: list[tuple[Load, Store]]) -> Function | None:
        returns = [i for i in self.made.instructions() if isinstance(i, Return)]
        if len(returns) != 1 or self.shape.irreducible:
            return None
        entry = self.made.entry
        emit = Builder(entry, entry.instructions[0])
        self.holds = emit.alloca(ty.I1)
        emit.store(const_int(ty.I1, 1), self.holds)
        self.regions = []
        self.hulls.rising = True
        doubtful: set[Load] = set()
        for load, store in pairs:
            if load not in doubtful and not self._advances(load, store):
                doubtful.add(load)
        self.ordered = [pair for pair in pairs if pair[0] not in doubtful]
        if not self.ordered:
            return None
        self._answer(returns[0])
        return self.made if self._keep_only_what_counts() else None

    def _advances(self, load: Load, store: Store) -> bool:
        """Does a store only go to what lies behind all that a load has read? In each loop around
        both, what is written later lies behind what is read in one iteration."""
        read, write = self.became[load], self.became[store]
        assert isinstance(read, Load)
        assert isinstance(write, Store)
        assert read.block is not None
        assert write.block is not None
        around = [self.shape.loops_around(b) for b in (read.block, write.block)]
        common = [loop for loop in around[0] if loop in around[1]]
        ends = [Ends([read.pointer], [read.pointer]), Ends([write.pointer], [write.pointer])]
        for at, loops in enumerate(around):
            for loop in loops:
                if loop in common:
                    break
                further = self.hulls.leave(loop, ends[at])
                if further is None:
                    return False
                ends[at] = further
        size = self.layout.store_size(load.type)
        latch = self.shape.latch(common[0]) if common else None
        if latch is None or (
            around[0][0] is common[0] and not self.shape.dominates(read.block, latch)
        ):
            return False  # a branch may be taken just where it would meet what is stored
        for number, loop in enumerate(common):
            later = number > 0 or not _follows(write, read, loop)
            if not self.hulls.advances(loop, ends[0], size, ends[1], later=later):
                return False
            for at in range(2):
                further = self.hulls.leave(loop, ends[at])
                if further is None or len(further.low) > MOST_VALUES:
                    return False
                ends[at] = further
        return True

    # ------------------------------------------------------------------ extents

    def _follow(self, access: Access) -> None:
        """From an access outwards, through the loops in which its place grows steadily."""
        inst = self.became[access.inst]
        assert isinstance(inst, Instruction)
        assert inst.block is not None
        pointer = self._place(access)
        block = inst.block
        loop = self.shape.loop_of.get(block)
        ends: Ends | None = None
        known: list[Told] = []
        if loop is not None and isinstance(access.size, int):
            known = told(self.shape, block)
            ends = self.hulls.leave(loop, Ends([pointer], [pointer]), known)
        if ends is None or loop is None:
            self.walks |= loop is not None
            if loop is not None and not loop.children:
                if loop.parent is not None and self._is_row(pointer, loop):
                    raise _TooDear
                self._repeat(access, pointer, block)
                return
            emit = Builder(block, inst)
            start = emit.cast("ptrtoint", pointer, ty.I64)
            self._widen(emit, access, Ends([start], [start]), self._bytes(emit, access.size))
            return
        assert isinstance(access.size, int)
        while loop is not None:
            around = self.shape.preheader(loop)
            assert around is not None
            parent = loop.parent
            further = self.hulls.leave(parent, ends, known) if parent is not None else None
            if further is None and self._by_rows(access, pointer, loop):
                return
            if further is None or len(further.low) + len(further.high) > MOST_VALUES:
                emit = Builder(around, around.terminator)
                self.hulls.are_addresses(emit, [*ends.low, *ends.high])
                ends = self.hulls.where_known(loop, emit, ends, known)
                self._widen(emit, access, ends, const_int(ty.I64, access.size))
                return
            ends, loop = further, parent

    def _place(self, access: Access) -> Value:
        """The address, calculated from the one buffer that is meant."""
        if access.buffer is None:
            return self._value(access.pointer)
        root = root_of(access.pointer)
        assert isinstance(root, Instruction)
        there = is_there(self.part, access.buffer, root)
        buffer = self._value(access.buffer) if there else self._early(access.buffer)
        return self._from(self._value(access.pointer), buffer)

    def _from(self, pointer: Value, buffer: Value) -> Value:
        """... in the copy. What flags say of the choice need not hold for all its buffers."""
        if not isinstance(pointer, GetElementPtr):
            return buffer
        key = (pointer, buffer)
        if key not in self._based:
            base = self._from(pointer.base, buffer)
            assert pointer.block is not None
            emit = Builder(pointer.block, pointer)
            self._based[key] = emit.gep(pointer.source, base, list(pointer.indices))
        return self._based[key]

    def _early(self, value: Value) -> Value:
        """A value that the first block calculates as well, at its end."""
        if not isinstance(value, Instruction) or value.block is self.part.source.entry:
            return self._value(value)
        if value not in self._calculated:
            operands = [self._early(operand) for operand in value.operands]
            emit = Builder(self.made.entry, self.made.entry.terminator)
            match value:
                case GetElementPtr():
                    made = emit.gep(value.source, operands[0], operands[1:])
                case Cast():
                    made = emit.cast(value.opcode, operands[0], value.type)
                case _:
                    made = emit.binary(value.opcode, operands[0], operands[1])
            self._calculated[value] = made
        return self._calculated[value]

    def _bytes(self, emit: Builder, size: int | Value) -> Value:
        bytes_ = const_int(ty.I64, size) if isinstance(size, int) else self._value(size)
        return bytes_ if bytes_.type is ty.I64 else emit.cast("zext", bytes_, ty.I64)

    def _repeat(self, access: Access, pointer: Value, block: Block) -> None:
        """Notes an address that has to be looked at in each iteration, once with all that lies
        beside it (members of a struct, short rows)."""
        if not isinstance(access.size, int):
            emit = Builder(block, block.terminator)
            start = emit.cast("ptrtoint", pointer, ty.I64)
            self._widen(emit, access, Ends([start], [start]), self._bytes(emit, access.size))
            self.repeated += 1
            return
        offset = 0
        while isinstance(pointer, GetElementPtr) and len(pointer.indices) == 1:
            (index,) = pointer.indices
            if not isinstance(index, ConstantInt):
                break
            offset += index.value * self.layout.size(pointer.source)
            pointer = pointer.base
        parts = (pointer.source, *pointer.operands) if isinstance(pointer, GetElementPtr) else ()
        mark = (access.region, block, *(parts or (pointer,)))
        found = self._repeated.setdefault(mark, _Repeated(access, pointer, block, offset, offset))
        found.low = min(found.low, offset)
        found.high = max(found.high, offset + access.size)

    def _look_at_repeated(self) -> None:
        for place in self._repeated.values():
            self.repeated += 1
            emit = Builder(place.block, place.block.terminator)
            if not self._by_index(emit, place):
                low = emit.cast("ptrtoint", place.pointer, ty.I64)
                if place.low:
                    low = emit.add(low, const_int(ty.I64, place.low))
                size = const_int(ty.I64, place.high - place.low)
                self._widen(emit, place.access, Ends([low], [low]), size)

    def _by_index(self, emit: Builder, place: _Repeated) -> bool:
        """Follows the index, where an address is that of an element of a parameter's array: that
        is less to compute for each, and LLVM vectorises it."""
        pointer, region = place.pointer, place.access.region
        if region.parameter is None:
            return False
        if not isinstance(pointer, GetElementPtr) or len(pointer.indices) != 1:
            return False
        index = pointer.indices[0]
        if not isinstance(pointer.base, Argument) or not isinstance(index, Cast):
            return False
        source = index.operands[0]
        if index.opcode not in ("sext", "zext") or index.type is not ty.I64:
            return False
        if source.type is not ty.I32:
            return False
        signed = index.opcode == "sext"
        array = _Array(region, pointer.base, pointer.source, place.low, place.high)
        key = (array, signed)
        found = self._indices.get(key)
        if found is None:
            entry = self.made.entry
            at = Builder(entry, entry.instructions[0])
            found = self._indices[key] = _Extent(at.alloca(ty.I32), at.alloca(ty.I32))
            low, high = (2**31 - 1, -(2**31)) if signed else (-1, 0)
            store = Builder(entry, next(i for i in entry.instructions if not isinstance(i, Alloca)))
            store.store(const_int(ty.I32, low), found.low)
            store.store(const_int(ty.I32, high), found.high)
        mark = (*key, emit.block, source.ref())
        if mark not in self._done:
            self._done.add(mark)
            if self._by_row(source, found, signed=signed):
                return True
            _extreme(emit, "slt" if signed else "ult", source, found.low)
            _extreme(emit, "sgt" if signed else "ugt", source, found.high)
        return True

    def _by_row(self, source: Value, extent: _Extent, *, signed: bool) -> bool:
        """Follows where the indices lie, where they are rows of an array of a parameter: all are
        looked at in the end, in one loop, which of the lowest only sees whether it is negative.
        (Between two elements of an array there is array.)"""
        if not isinstance(source, Load) or not isinstance(source.pointer, GetElementPtr):
            return False
        place, block = source.pointer, source.block
        loop = self.shape.loop_of.get(block) if block is not None else None
        if not isinstance(place.base, Argument) or place.source is not source.type or loop is None:
            return False
        phi = place.indices[0]
        if len(place.indices) != 1 or not isinstance(phi, Phi) or phi.block is not loop.header:
            return False
        latch = self.shape.latch(loop)
        assert block is not None
        if (
            latch is None
            or len(self.shape.exits(loop)) != 1
            or not self.shape.dominates(block, latch)
        ):
            return False
        rows = self._rows_of(loop, phi)
        if rows is None:
            return False
        self._looked_at.append((source, rows, extent, signed))
        return True

    def _by_rows(self, access: Access, pointer: Value, loop: Loop) -> bool:
        """Follows the index only, where rows of an array of a parameter are accessed."""
        if access.region.parameter is None or not isinstance(access.size, int):
            return False
        if not isinstance(pointer, GetElementPtr) or not isinstance(pointer.base, Argument):
            return False
        phi = pointer.indices[0]
        if len(pointer.indices) != 1 or not isinstance(phi, Phi):
            return False
        rows = self._rows_of(loop, phi)
        if rows is None:
            return False
        array = _Array(access.region, pointer.base, pointer.source, 0, access.size)
        self._elements[array, rows] = None
        return True

    def _rows_of(self, loop: Loop, phi: Phi) -> _Rows | None:
        """From where to where a counter runs that grows by one, each time its loop is entered."""
        if phi in self._rows:
            return self._rows[phi]
        affine, around = self.hulls.recurrences.affine.get(phi), self.shape.preheader(loop)
        if phi.block is not loop.header or loop.parent is None or phi.type is not ty.I64:
            return None
        if affine is None or not isinstance(affine.step, ConstantInt) or affine.step.value != 1:
            return None
        bounds = self.hulls.bounds_of(loop, phi)
        if bounds is None or around is None:
            return None
        entry = self.made.entry
        at = Builder(entry, entry.instructions[0])
        rows = self._rows[phi] = _Rows(*(at.alloca(ty.I64) for _ in range(3)))
        at = Builder(entry, next(i for i in entry.instructions if not isinstance(i, Alloca)))
        for slot, start in zip(rows, (2**63 - 1, -(2**63), 0), strict=True):
            at.store(const_int(ty.I64, start), slot)
        emit = Builder(around, around.terminator)
        first, last = bounds
        _extreme(emit, "slt", first, rows.low)
        _extreme(emit, "sgt", last, rows.high)
        length = emit.add(emit.sub(last, first), const_int(ty.I64, 1))
        emit.store(emit.add(emit.load(ty.I64, rows.number), length), rows.number)
        return rows

    def _look_at_rows(self, emit: Builder) -> None:
        """The loops over the rows that were met; none where much else lies in between."""
        for source, rows, extent, signed in self._looked_at:
            assert isinstance(source.pointer, GetElementPtr)
            low, high, count = (emit.load(ty.I64, slot) for slot in rows)
            met = emit.compare("icmp", "sle", low, high)
            span = emit.sub(high, low)
            most = emit.add(emit.add(count, count), const_int(ty.I64, 64))
            dense = emit.compare("icmp", "ule", span, most)
            self._require(emit, emit.select(met, dense, const_int(ty.I1, 1)))
            before = emit.block
            body, last, behind = (self.made.add_block(n) for n in ("rows", "row", "counted"))
            emit.cond_branch(emit.binary("and", met, dense), body, behind)
            emit.at(body)
            at = Phi("phi", ty.I64, ())
            at.blocks = []
            emit.put(at)
            signs = Phi("phi", ty.I32, ())
            signs.blocks = []
            emit.put(signs)
            place = emit.gep(source.type, source.pointer.base, [at])
            align = re.match(r", align \d+", source.tail)
            value = emit.load(source.type, place, tail=align.group() if align else "")
            self.original[value] = self.original[source]
            if not self.rough:
                _extreme(emit, "sgt" if signed else "ugt", value, extent.high)
            together = emit.binary("or", signs, value)
            signs.add_incoming(zero(ty.I32), before)
            signs.add_incoming(together, body)
            following = emit.add(at, const_int(ty.I64, 1))
            at.add_incoming(low, before)
            at.add_incoming(following, body)
            emit.cond_branch(emit.compare("icmp", "sle", following, high), body, last)
            emit.at(last)
            lowest: Value = zero(ty.I32)
            highest: Value = together
            if signed:
                is_negative = emit.compare("icmp", "slt", together, zero(ty.I32))
                lowest = emit.select(is_negative, const_int(ty.I32, -(2**31)), lowest)
                highest = emit.select(is_negative, const_int(ty.I32, 2**31 - 1), highest)
            if self.rough:
                _extreme(emit, "sgt" if signed else "ugt", highest, extent.high)
            _extreme(emit, "slt" if signed else "ult", lowest, extent.low)
            emit.branch(behind)
            emit.at(behind)

    def _widen_by_indices(self, emit: Builder) -> None:
        """The addresses of the elements that were met, if there were any."""
        for array, rows in self._elements:
            low: Value = emit.load(ty.I64, rows.low)
            high: Value = emit.load(ty.I64, rows.high)
            self._widen_by_elements(emit, array, low, high)
        for (array, signed), found in self._indices.items():
            word = "sext" if signed else "zext"
            low, high = (emit.cast(word, end, ty.I64) for end in found.ends(emit))
            self._widen_by_elements(emit, array, low, high)

    def _widen_by_elements(self, emit: Builder, array: _Array, low: Value, high: Value) -> None:
        met = emit.compare("icmp", "sle", low, high)
        start = emit.cast("ptrtoint", array.base, ty.I64)
        size = const_int(ty.I64, self.layout.size(array.type))
        found: list[Value] = []
        for index, offset, none in ((low, array.low, -1), (high, array.high, 0)):
            total = emit.add(start, emit.mul(index, size))
            self.hulls.are_addresses(emit, [emit.select(met, total, zero(ty.I64))])
            end = emit.add(total, const_int(ty.I64, offset))
            found.append(emit.select(met, end, const_int(ty.I64, none)))
        _extreme(emit, "ult", found[0], self.slots[array.region].low)
        _extreme(emit, "ugt", found[1], self.slots[array.region].high)

    def _is_row(self, pointer: Value, loop: Loop) -> bool:
        """Is it an element of an array whose address is read in the loop?"""
        base = root_of(pointer)
        return isinstance(base, Load) and base.block in loop.blocks

    def _value(self, value: Value) -> Value:
        twin = self.became.get(value, value)
        assert isinstance(twin, Value)
        return twin

    def _require(self, emit: Builder, condition: Value) -> None:
        emit.store(emit.binary("and", emit.load(ty.I1, self.holds), condition), self.holds)

    def _widen(self, emit: Builder, access: Access, ends: Ends, size: Value) -> None:
        key = (access.region, emit.block, size.ref(), *ends.low, *ends.high)
        if key in self._done:
            return
        self._done.add(key)
        self.slots[access.region].widen(emit, ends, size)
        if access.region.parameter is not None:
            return
        way = self._way(access.pointer if access.buffer is None else access.buffer)
        if way is not None:
            low, high = ([emit.add(v, way) for v in side] for side in ends)
            self.mirrors[access.region].widen(emit, Ends(low, high), size)

    # ------------------------------------------------------------------ shadows

    def _way(self, pointer: Value) -> Value | None:
        """How far from a pointer its shadow is; None if there is none."""
        shadowing = self.part.activity.shadowing(pointer)
        if shadowing is Shadowing.NONE:
            return None
        pointer = root_of(pointer)
        if pointer not in self._ways:
            if shadowing is Shadowing.MIXED:
                raise _TooDear
            self._ways[pointer] = self._way_of(pointer)
        return self._ways[pointer]

    def _way_of(self, base: Value) -> Value | None:
        mine = self._value(base)
        entry = self.made.entry
        emit = Builder(entry, next(i for i in entry.instructions if not isinstance(i, Alloca)))
        match base:
            case Argument() if base in self.shadowed:
                shadows = self.made.args[-len(self.shadowed) :]
                shadow: Value = shadows[self.shadowed.index(base)]
            case Load():
                assert isinstance(mine, Load)
                assert mine.block is not None
                emit = Builder(mine.block, mine)
                if self._way(base.pointer) is None:
                    raise _TooDear
                root = root_of(base.pointer)
                ends = (emit.cast("ptrtoint", p, ty.I64) for p in (mine.pointer, self._value(root)))
                place = emit.gep(ty.I8, self._shadow_of[root], [emit.sub(*ends)])
                align = re.match(r", align \d+", mine.tail)
                shadow = emit.load(ty.PTR, place, tail=align.group() if align else "")
                self._mirrored.add(shadow)
                following = mine.block.instructions[mine.block.instructions.index(mine) + 1]
                emit = Builder(mine.block, following)
            case Constant():
                names = {n for node in self.part.objects.nodes_behind(base) for n in node.globals}
                if len(names) != 1:
                    raise _TooDear
                (name,) = names
                shadow = self.part.engine.variables.shadow(name, 0, self.part.activity)
                mine = self.part.module.symbol(name)
            case _:
                raise _TooDear
        self._shadow_of[base] = shadow
        end = emit.cast("ptrtoint", shadow, ty.I64)
        return emit.sub(end, emit.cast("ptrtoint", mine, ty.I64))

    # ------------------------------------------------------------------ the answer

    def _answer(self, end: Return) -> None:
        block = end.block
        assert block is not None
        end.erase()
        emit = Builder(block)
        written = {a.region for a in self.accesses if a.writes}
        self._look_at_rows(emit)
        self._widen_by_indices(emit)
        total: Value = emit.load(ty.I1, self.holds)
        ranges = {region: slots.ends(emit) for region, slots in self.slots.items()}
        moved = {region: slots.ends(emit) for region, slots in self.mirrors.items()}
        shadows = dict(zip(self.shadowed, self.made.args[-len(self.shadowed) :], strict=False))
        for region in self.regions:
            if region.parameter in shadows:
                shadow = shadows[region.parameter]
                moved[region] = self._moved(emit, region.parameter, shadow, ranges[region])
        for index, one in enumerate(self.regions):
            for other in self.regions[:index]:
                if one not in written and other not in written:
                    continue
                for where in (ranges, moved):
                    if one in where and other in where:
                        apart = _apart(emit, where[one], where[other])
                        total = emit.binary("and", total, apart)
        emit.ret(total)

    def _moved(
        self, emit: Builder, parameter: Argument, shadow: Value, where: tuple[Value, Value]
    ) -> tuple[Value, Value]:
        """The same part of the shadow."""
        primal = emit.cast("ptrtoint", self._value(parameter), ty.I64)
        distance = emit.sub(emit.cast("ptrtoint", shadow, ty.I64), primal)
        return emit.add(where[0], distance), emit.add(where[1], distance)

    # ------------------------------------------------------------------ what is left out

    def _keep_only_what_counts(self) -> bool:
        """Removes what the answer does not depend on; False where the rest is not cheap and
        certain: floats, and memory that the function itself may change."""
        slots: set[Value] = {self.holds}
        for extent in (*self.slots.values(), *self.mirrors.values()):
            slots |= {extent.low, extent.high}
        for rows in self._rows.values():
            slots |= {*rows}
        for extent in self._indices.values():
            slots |= {extent.low, extent.high}
        live: dict[Instruction, None] = {}
        work = [
            inst
            for inst in self.made.instructions()
            if inst.is_terminator or (isinstance(inst, Store) and inst.pointer in slots)
        ]
        while work:
            inst = work.pop()
            if inst not in live:
                live[inst] = None
                work += [o for o in inst.operands if isinstance(o, Instruction)]
        if not all(self._is_cheap(inst, slots) for inst in live):
            return False
        for block in self.made.blocks:
            for inst in block.instructions:
                if inst not in live:
                    inst.drop_operands()
            block.instructions = [inst for inst in block.instructions if inst in live]
        return True

    def _is_cheap(self, inst: Instruction, slots: Iterable[Value]) -> bool:
        if ty.is_float(inst.type) or any(ty.is_float(o.type) for o in inst.operands):
            return False
        if isinstance(inst, CallBase):
            return inst.called.startswith(PURE_INTEGERS)
        if isinstance(inst, Alloca):
            return inst in slots
        if not isinstance(inst, Load) or inst.pointer in slots:
            return True
        load = self.original.get(inst)
        if not isinstance(load, Load):
            return inst in self._mirrored
        return not any(self._may_meet(load, write) for write in self.part.changes.writes)

    def _may_meet(self, load: Load, write: Write) -> bool:
        """May a write change what is loaded, if regions are apart? (Up to the first write that
        does, both functions compute the same addresses: the check would fail.)"""
        objects, changes = self.part.objects, self.part.changes
        places = objects.places_behind(load.pointer)
        size = self.layout.store_size(load.type)
        if not any(changes.overlaps(load, p, size, write) for p in places):
            return False
        if write.outside:
            return True
        nodes = set(objects.nodes_behind(load.pointer))
        mine = next((r for r in self.regions if nodes <= r.nodes), None)
        if mine is None:
            return True
        return not all(
            any(p.node.find() in r.nodes for r in self.regions if r is not mine)
            for p in write.places
        )


def _follows(second: Instruction, first: Instruction, loop: Loop) -> bool:
    """May an instruction run behind another one in the same iteration of a loop?"""
    return may_follow(second, first, lambda b: b in loop.blocks and b is not loop.header)


class _TooDear(Exception):
    """It cannot be told where a shadow is, or it takes too long to look at all addresses."""


@final
class _Extent(NamedTuple):
    """Slots for the lowest address of a part of memory, and the one behind the highest."""

    low: Alloca
    high: Alloca

    @staticmethod
    def made(emit: Builder) -> _Extent:
        out = _Extent(emit.alloca(ty.I64), emit.alloca(ty.I64))
        emit.store(const_int(ty.I64, -1), out.low)
        emit.store(zero(ty.I64), out.high)
        return out

    def widen(self, emit: Builder, ends: Ends, size: Value) -> None:
        for start in ends.low:
            _extreme(emit, "ult", start, self.low)
        for start in ends.high:
            _extreme(emit, "ugt", emit.add(start, size), self.high)

    def ends(self, emit: Builder) -> tuple[Value, Value]:
        return emit.load(self.low.allocated, self.low), emit.load(self.low.allocated, self.high)


@final
class _Array(NamedTuple):
    """An array of a parameter, of whose elements (and what lies beside them) the bytes from `low`
    to `high` are accessed."""

    region: Region
    base: Argument
    type: Type
    low: int
    high: int


@final
@dataclass
class _Repeated:
    """A place of which the bytes from `low` to `high` are accessed in each iteration."""

    access: Access
    pointer: Value
    block: Block
    low: int
    high: int


@final
class _Rows(NamedTuple):
    """Slots for the first and the last place in an array, and for how many are read in all."""

    low: Alloca
    high: Alloca
    number: Alloca


def _extreme(emit: Builder, predicate: str, value: Value, slot: Alloca) -> None:
    before = emit.load(slot.allocated, slot)
    better = emit.compare("icmp", predicate, value, before)
    emit.store(emit.select(better, value, before), slot)


def _apart(emit: Builder, a: tuple[Value, Value], b: tuple[Value, Value]) -> Value:
    before = emit.compare("icmp", "ule", a[1], b[0])
    behind = emit.compare("icmp", "ule", b[1], a[0])
    return emit.binary("or", before, behind)
