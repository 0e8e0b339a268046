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

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

from enzcc.analysis.cfg import Shape
from enzcc.analysis.hulls import Ends, Hulls
from enzcc.analysis.recurrences import Recurrences
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.clone import clone_function
from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    Alloca,
    Call,
    CallBase,
    Instruction,
    Load,
    Return,
    Store,
)
from enzcc.ir.types import Type
from enzcc.ir.values import Argument, Global, Value
from enzcc.rules import RULES

if TYPE_CHECKING:
    from enzcc.ad.reverse import Reverse

MOST_VALUES: Final = 8
"""Ends of nested loops that one access is followed through."""

MOST_REPEATED: Final = 2
"""Accesses that innermost loops have to look at one by one."""

_HARMLESS = ("llvm.lifetime.", "llvm.assume", "llvm.experimental.noalias.scope.decl", "llvm.dbg.")
_BULK = ("llvm.memcpy.", "llvm.memmove.", "llvm.memset.")
_PURE_INTEGERS = (
    "llvm.usub.sat.", "llvm.uadd.sat.", "llvm.umin.", "llvm.umax.", "llvm.smin.", "llvm.smax.",
    "llvm.abs.", "llvm.ctpop.", "llvm.cttz.", "llvm.ctlz.", "llvm.fshl.", "llvm.fshr.",
    "llvm.bitreverse.", "llvm.bswap.",
)  # fmt: skip


@final
@dataclass
class Access:
    """What an instruction reads or writes through a parameter: from a place on, some bytes."""

    inst: Instruction
    parameter: Argument
    pointer: Value
    size: int | Value
    writes: bool


def accesses_of(part: Reverse) -> list[Access] | None:
    """All accesses of a function to memory from outside; None where one is not through a pointer
    parameter alone, or not known."""
    out: list[Access] = []
    for inst in part.source.instructions():
        match inst:
            case Load() | Store():
                if inst.flags:
                    return None
                type_ = inst.type if isinstance(inst, Load) else inst.value.type
                known = part.layout.store_size(type_)
                reached: list[tuple[Value, int | Value, bool]] = [
                    (inst.pointer, known, isinstance(inst, Store))
                ]
            case Call() if _name(inst).startswith(_BULK):
                size = inst.arguments[2]
                reached = [(inst.arguments[0], size, True)]
                if not _name(inst).startswith("llvm.memset."):
                    reached.append((inst.arguments[1], size, False))
            case CallBase():
                if not isinstance(inst, Call) or not _is_plain(inst):
                    return None
                continue
            case Instruction(opcode="atomicrmw" | "cmpxchg" | "fence" | "va_arg" | "indirectbr"):
                return None
            case _:
                continue
        for pointer, bytes_, writes in reached:
            found = _parameter(part, pointer)
            if found is None:
                return None
            if isinstance(found, Argument):
                out.append(Access(inst, found, pointer, bytes_, writes))
    return out


def _parameter(part: Reverse, pointer: Value) -> Argument | bool | None:
    """The parameter that a pointer comes from; False: memory of its own, or constant; None: who
    knows."""
    if not isinstance(pointer.type, ty.PointerType):
        return None
    found: dict[Argument, None] = {}
    for node in part.objects.nodes_behind(pointer):
        node = node.find()
        if not part.objects.is_outside(node):
            continue
        if node.globals and not (node.arguments or node.unknown):
            if all(part.module.symbol(name).constant for name in node.globals):
                continue
            return None
        if node.unknown or node.globals or len(node.arguments) != 1:
            return None
        found |= dict.fromkeys(node.arguments)
    if not found:
        return False
    return next(iter(found)) if len(found) == 1 else None


def _name(call: CallBase) -> str:
    return call.callee.name if isinstance(call.callee, Global) else ""


def _is_plain(call: Call) -> bool:
    """Does the call neither read nor write memory that matters, and return?"""
    name = _name(call)
    if name.startswith(_HARMLESS):
        return True
    if any(ty.is_pointer(a.type) for a in call.arguments):
        return False
    return name in RULES or name.startswith(("llvm.fmuladd.", "llvm.fma.", *_PURE_INTEGERS))


def write_check(part: Reverse, accesses: list[Access]) -> Function | None:
    """A function that is given the parameters, then the shadows of those that have one, and says
    whether the parts of memory behind them are apart; None where that cannot be told cheaply."""
    return _Writing(part, accesses).run()


@final
class _Writing:
    def __init__(self, part: Reverse, accesses: list[Access]) -> None:
        self.part, self.layout = part, part.layout
        source = part.source
        self.parameters = list(dict.fromkeys(a.parameter for a in accesses))
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
        self.hulls = Hulls(self.shape, recurrences, self.layout, self._require)
        self.low: dict[Argument, Alloca] = {}
        self.high: dict[Argument, Alloca] = {}
        self.repeated = 0
        self._done: set[tuple[object, ...]] = set()

    def run(self) -> Function | None:
        returns = [i for i in self.made.instructions() if isinstance(i, Return)]
        if len(returns) != 1 or self.shape.irreducible:
            return None
        entry = self.made.entry
        emit = Builder(entry, entry.instructions[0])
        for parameter in self.parameters:
            self.low[parameter], self.high[parameter] = emit.alloca(ty.I64), emit.alloca(ty.I64)
            emit.store(const_int(ty.I64, -1), self.low[parameter])
            emit.store(zero(ty.I64), self.high[parameter])
        self.holds = emit.alloca(ty.I1)
        emit.store(const_int(ty.I1, 1), self.holds)
        for access in self.accesses:
            self._follow(access)
        if self.repeated > MOST_REPEATED:
            return None
        self._answer(returns[0])
        return self.made if self._keep_only_what_counts() else None

    # ------------------------------------------------------------------ extents

    def _follow(self, access: Access) -> None:
        """From an access outwards, through the loops in which its place grows steadily."""
        inst = self.became[access.inst]
        assert isinstance(inst, Instruction)
        assert inst.block is not None
        pointer = self._value(access.pointer)
        block = inst.block
        loop = self.shape.loop_of.get(block)
        ends: Ends | None = None
        if loop is not None and isinstance(access.size, int):
            ends = self.hulls.leave(loop, Ends([pointer], [pointer]))
        if ends is None or loop is None:
            emit = Builder(block, inst)
            size = access.size
            bytes_ = const_int(ty.I64, size) if isinstance(size, int) else self._value(size)
            if bytes_.type is not ty.I64:
                bytes_ = emit.cast("zext", bytes_, ty.I64)
            start = emit.cast("ptrtoint", pointer, ty.I64)
            if loop is not None and not loop.children:
                self.repeated += 1
            self._widen(emit, access, Ends([start], [start]), bytes_)
            return
        assert isinstance(access.size, int)
        while loop is not None:
            around = self.shape.preheader(loop)
            assert around is not None
            parent = loop.parent
            further = self.hulls.leave(parent, ends) if parent is not None else None
            if further is None or len(further.low) + len(further.high) > MOST_VALUES:
                emit = Builder(around, around.terminator)
                self.hulls.are_addresses(emit, [*ends.low, *ends.high])
                self._widen(emit, access, ends, const_int(ty.I64, access.size))
                return
            ends, loop = further, parent

    def _value(self, value: Value) -> Value:
        twin = self.became.get(value, value)
        assert isinstance(twin, Value)
        return twin

    def _require(self, emit: Builder, condition: Value) -> None:
        emit.store(emit.binary("and", emit.load(ty.I1, self.holds), condition), self.holds)

    def _widen(self, emit: Builder, access: Access, ends: Ends, size: Value) -> None:
        low, high = self.low[access.parameter], self.high[access.parameter]
        key = (access.parameter, emit.block, size.ref(), *ends.low, *ends.high)
        if key in self._done:
            return
        self._done.add(key)
        for start in ends.low:
            self._extreme(emit, "ult", start, low)
        for start in ends.high:
            self._extreme(emit, "ugt", emit.add(start, size), high)

    def _extreme(self, emit: Builder, predicate: str, value: Value, slot: Alloca) -> None:
        before = emit.load(ty.I64, slot)
        better = emit.compare("icmp", predicate, value, before)
        emit.store(emit.select(better, value, before), slot)

    # ------------------------------------------------------------------ the answer

    def _answer(self, end: Return) -> None:
        block = end.block
        assert block is not None
        end.erase()
        emit = Builder(block)
        written = {a.parameter for a in self.accesses if a.writes}
        total: Value = emit.load(ty.I1, self.holds)
        ranges = {
            p: (emit.load(ty.I64, self.low[p]), emit.load(ty.I64, self.high[p]))
            for p in self.parameters
        }
        shadows = dict(zip(self.shadowed, self.made.args[-len(self.shadowed) :], strict=False))
        moved = {
            p: self._moved(emit, p, shadows[p], ranges[p]) for p in self.parameters if p in shadows
        }
        for index, one in enumerate(self.parameters):
            for other in self.parameters[:index]:
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
        slots = {*self.low.values(), *self.high.values(), self.holds}
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
            return _name(inst).startswith(_PURE_INTEGERS)
        if isinstance(inst, Alloca):
            return inst in slots
        if not isinstance(inst, Load) or inst.pointer in slots:
            return True
        load = self.original.get(inst)
        changes = self.part.changes
        if not isinstance(load, Load):
            return False
        places = self.part.objects.places_behind(load.pointer)
        size = self.layout.store_size(load.type)
        return not any(changes.overlaps(load, p, size, w) for w in changes.writes for p in places)


def _apart(emit: Builder, a: tuple[Value, Value], b: tuple[Value, Value]) -> Value:
    before = emit.compare("icmp", "ule", a[1], b[0])
    behind = emit.compare("icmp", "ule", b[1], a[0])
    return emit.binary("or", before, behind)
