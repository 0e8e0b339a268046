"""Innermost loops of the reverse sweep that may as well run forward, and then do.

    for (k = last; k >= 0; k--) {            for (k = 0; k <= last; k++) {
      t = *dy[k]; dy[k] = 0;                   t = *dy[k]; dy[k] = 0;
      dx[k + 1] += a * t;          -->         dx[k - 1] += pending0 + a * t;
      dx[k]     += b * t;                      pending0 = pending1 + b * t;
      dx[k - 1] += a * t;                      pending1 = a * t;
    }                                        }

LLVM vectorises loops that run forward better, most of all where several numbers lie side by side.
And what a stencil adds to neighbours can wait in registers until all of it is known: then a cell
is added to once, and iterations do not meet in memory, so that they can be vectorised at all.
So it can where each cell is read and replaced before others add to it, as in
`v[k] = a * v[k + 1] + b * v[k]`:

    for (k = last; k >= 0; k--) {            for (k = 0; k <= last; k++) {
      t = dv[k]; dv[k] = b * t;                t = dv[k]; dv[k] = pending + b * t;
      dv[k + 1] += a * t;          -->         pending = a * t;
    }                                        }
                                             dv[last + 1] += pending;

A loop may run forward if its iterations meet in sums only. Whether two streams of accesses
are apart is known, or tested in front of the loop, of which there are two versions then: the
forward one, and the old one for streams that do overlap, or are short. Indices that are
clamped at the border (`k > 0 ? k - 1 : 0`) are what they are inside; the first and the last
iteration then stand by themselves. Where there are two versions anyway, factors that do not change
are tested, too: if they are finite, zeros need not be told to win in products with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple, final

from enzcc.ad.nests import countdown
from enzcc.ad.nests.fastloops import build
from enzcc.ad.nests.fused import Fill
from enzcc.ad.nests.fused import find as find_fill
from enzcc.ad.overlap.scopes import own_scopes
from enzcc.analysis.cfg import Loop, Shape
from enzcc.analysis.lines import Address, Lines
from enzcc.ir import types as ty
from enzcc.ir.builder import float_value
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Binary,
    Branch,
    Call,
    Cast,
    Compare,
    ExtractElement,
    FNeg,
    Freeze,
    GetElementPtr,
    InsertElement,
    Instruction,
    Load,
    Phi,
    Select,
    ShuffleVector,
    Store,
    root_of,
)
from enzcc.ir.types import FloatType
from enzcc.ir.values import Constant, Value
from enzcc.rules import find as find_rule

MOST_ACCESSES: Final = 60
MOST_INSTRUCTIONS: Final = 400
MOST_PAIRS: Final = 60
"""Pairs of streams that are tested in front of a loop."""

WIDEST_WINDOW: Final = 4
"""Numbers of a stencil that wait in registers."""

WIDEST_STRIDE: Final = 64
"""Bytes from one iteration to the next beyond which nothing is read side by side."""

_PURE = (
    Binary, Cast, Compare, Select, FNeg, Freeze, GetElementPtr,
    ExtractElement, InsertElement, ShuffleVector,
)  # fmt: skip


@final
@dataclass
class Access:
    """A load, a store, or a sum: a load, an addition and a store at one place."""

    inst: Load | Store
    size: int
    address: Address | None
    scopes: frozenset[str]
    noalias: frozenset[str]
    amount: Value | None = None  # of a sum
    parts: tuple[Instruction, ...] = ()  # of a sum
    negated: bool = False  # is the amount subtracted?

    @property
    def writes(self) -> bool:
        return isinstance(self.inst, Store)


@final
@dataclass
class Stream:
    """Accesses whose distances from each other are constant."""

    address: Address
    members: list[Access] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)

    @property
    def stride(self) -> int:
        return self.address.line.stride

    @property
    def low(self) -> int:
        return min(self.offsets)

    @property
    def high(self) -> int:
        return max(o + m.size for o, m in zip(self.offsets, self.members, strict=True))

    def is_interleaved(self) -> bool:
        """Are cells side by side of one iteration accessed one by one?"""
        near = self.members[0].size < abs(self.stride) <= WIDEST_STRIDE
        return near and len(set(self.offsets)) > 1 and any(m.writes for m in self.members)

    @property
    def first(self) -> int:
        """The offset that no other one comes to later, if the loop runs forward."""
        return self.low if self.stride > 0 else max(self.offsets)

    def is_window(self) -> bool:
        """Are neighbours added to that other iterations add to as well?"""
        if self.taken() is not None:
            return True
        size = self.members[0].size
        kinds = {m.parts[0].type for m in self.members if m.amount is not None}
        if any(m.amount is None for m in self.members) or len(kinds) != 1:
            return False
        if not isinstance(kinds.pop(), FloatType) or self.stride != size:
            return False
        steps = {(o - self.low) % size for o in self.offsets}
        return steps == {0} and 0 < self.high - size - self.low <= WIDEST_WINDOW * size

    def taken(self) -> tuple[Access, Access] | None:
        """The load and the store of cells that are taken before other iterations add to them.

        Of the loop as it is, which counts down: all other accesses are sums, to cells that are
        behind it. Running forward, it comes to them later: they are taken as they were, and what
        has been added meanwhile joins what is stored.
        """
        plain = [m for m in self.members if m.amount is None]
        if len(plain) != 2 or len(self.members) < 3:
            return None
        load, store = plain
        if not isinstance(load.inst, Load) or not isinstance(store.inst, Store):
            return None
        type_ = load.inst.type
        sums = [m for m in self.members if m.amount is not None]
        if any(t is not type_ for t in (store.inst.value.type, *(m.parts[0].type for m in sums))):
            return None
        size = load.size
        if not isinstance(type_, FloatType) or abs(self.stride) != size:
            return None
        ahead = [o - self.first for o in self.offsets]
        if any(o % size or abs(o) > WIDEST_WINDOW * size for o in ahead):
            return None
        if any((m.amount is None) != (o == 0) for m, o in zip(self.members, ahead, strict=True)):
            return None
        return load, store


class Frame(NamedTuple):
    """A loop that counts down to 0."""

    header: Block
    step: Block
    outside: Block
    exit: Block
    phi: Phi  # of the counter
    counter: Instruction  # the phi, or one less
    sums: list[Phi]


@final
@dataclass
class Found:
    """A loop that may run forward."""

    header: Block
    step: Block
    outside: Block
    exit: Block
    phi: Phi  # of the counter
    counter: Instruction  # the phi, or one less
    sums: list[Phi]
    lines: Lines
    streams: list[Stream]
    pairs: list[tuple[Stream, Stream]]  # to be tested
    windows: list[Stream]
    finite: dict[Select, Value] = field(default_factory=dict)  # and a factor that has to be
    fill: Fill | None = None  # what is in front, if the loop may do it itself

    @property
    def blocks(self) -> list[Block]:
        return list(dict.fromkeys((self.header, self.step)))

    @property
    def is_certain(self) -> bool:
        """Is there nothing to be tested?"""
        return not (self.pairs or self.lines.conditions)


def turn_innermost(function: Function) -> None:
    """Lets such loops of the function run forward."""
    shape = Shape(function)
    changed = False
    behind: set[Block] = set()  # such loops: what was in front of these is gone
    for header in [loop.header for loop in shape.loops]:
        if header in behind:
            shape = Shape(function)
            behind.clear()
        if header not in function.blocks:
            continue
        loop = shape.loop_of[header]
        found = Reader(function, shape, loop).read() if loop.header is header else None
        if found is not None:
            behind.add(found.exit)
            build(function, found)
            changed = True
    if changed:
        function.name_everything()


@final
class Reader:
    """Looks at one loop."""

    def __init__(self, function: Function, shape: Shape, loop: Loop) -> None:
        self.function, self.module = function, function.module
        self.layout = function.module.layout
        self.shape, self.loop = shape, loop
        self.lines: Lines

    def frame(self) -> Frame | None:
        """How the loop counts, if it is one whose iterations may meet in sums only."""
        loop = self.loop
        blocks = list(loop.blocks)
        if loop.children or len(blocks) > 2:
            return None
        header, step = blocks[0], blocks[-1]
        if sum(len(b.instructions) for b in blocks) > MOST_INSTRUCTIONS:
            return None
        ends = self._ends(header, step)
        if ends is None:
            return None
        count = countdown.find(loop, step, header)
        sums = self._sums(header, step, count.phi) if count is not None else None
        if count is None or sums is None or not self._is_plain(blocks):
            return None
        return Frame(header, step, *ends, count.phi, count.counter, sums)

    def read(self) -> Found | None:
        """The loop as one that may run forward, if it may, and if that pays."""
        frame = self.frame()
        if frame is None:
            return None
        header, step, outside, exit_, phi, counter, sums = frame
        blocks = list(self.loop.blocks)
        ahead = phi if phi is not counter else None
        self.lines = Lines(self.loop.blocks, counter, self.layout, ahead=ahead)
        accesses = self.accesses(header)
        if accesses is None or not any(a.writes for a in accesses):
            return None
        if any(a.writes and a.address is None for a in accesses):
            return None  # it will not be vectorised, and goes back through memory as the rest does
        fill = None
        if not self.lines.clamped:
            fill = find_fill(self.shape, outside, blocks, accesses, self.layout)
        if fill is not None:
            accesses = [a for a in accesses if a.inst not in fill.carried]
        streams = _streams(accesses)
        if self.lines.clamped and any(s.taken() is not None for s in streams):
            return None
        pairs = self._pairs(accesses, streams)
        if pairs is None:
            return None
        windows = [s for s in streams if s.is_window()]
        found = Found(
            header,
            step,
            outside,
            exit_,
            phi,
            counter,
            sums,
            self.lines,
            streams,
            pairs,
            windows,
            fill=fill,
        )
        if not found.is_certain:
            found.finite = self._finite_factors(header)
        return found if self._pays(found) else None

    def _finite_factors(self, header: Block) -> dict[Select, Value]:
        """Products in which zero wins, whose other factor does not change in the loop."""
        out: dict[Select, Value] = {}
        for inst in header.instructions:
            if not isinstance(inst, Select) or not isinstance(inst.type, FloatType):
                continue
            condition, nothing, product = inst.operands
            if not isinstance(condition, Compare) or condition.predicate != "oeq":
                continue
            if not isinstance(product, Binary) or product.opcode != "fmul":
                continue
            tested = condition.operands[0]
            others = [o for o in product.operands if o is not tested]
            zeros = [float_value(v) == 0 for v in (condition.operands[1], nothing)]
            if len(others) != 1 or not all(zeros) or not self.lines.is_fixed(others[0]):
                continue
            if not isinstance(others[0], Constant):
                out[inst] = others[0]
        return out

    def _pays(self, found: Found) -> bool:
        if found.is_certain or found.windows:
            return True
        return any(
            m.writes and m.size < abs(s.stride) <= WIDEST_STRIDE
            for s in found.streams
            for m in s.members
        )

    # ------------------------------------------------------------------ control flow

    def _ends(self, header: Block, step: Block) -> tuple[Block, Block] | None:
        """The block that enters the loop, by one edge, and the one behind it."""
        outside = [p for p in self.shape.predecessors[header] if p not in self.loop.blocks]
        last = header.terminator
        if len(outside) != 1 or not isinstance(last, Branch) or len(last.targets) != 2:
            return None
        if self.shape.edges_into(header).count(outside[0]) != 1:
            return None
        if step is not header and step.successors() != [header]:
            return None
        if step is not header and self.shape.predecessors[step] != [header]:
            return None
        exits = [t for t in last.targets if t not in self.loop.blocks]
        if len(exits) != 1 or header.successors() == exits:
            return None
        if not isinstance(outside[0].terminator, Branch):
            return None
        return outside[0], exits[0]

    def _sums(self, header: Block, step: Block, counting: Phi) -> list[Phi] | None:
        """The other phis, if all of them are sums; and only these are used behind the loop."""
        sums: list[Phi] = []
        results: set[Value] = set()
        for phi in header.phis():
            if phi is counting:
                continue
            total = phi.value_from(step)
            if total is phi or not countdown.adds_up(self.loop, phi):
                return None
            sums.append(phi)
            results.add(total)
        for block in self.loop.blocks:
            for inst in block.instructions:
                if inst not in results and any(u.block not in self.loop.blocks for u in inst.users):
                    return None
        return sums

    def _is_plain(self, blocks: list[Block]) -> bool:
        for block in blocks:
            for inst in block.instructions:
                match inst:
                    case Load() | Store():
                        if inst.flags or block is not blocks[0]:
                            return False
                    case Call():
                        if not _is_pure_call(inst):
                            return False
                    case Phi():
                        if block is not blocks[0]:
                            return False
                    case Branch():
                        pass
                    case _ if not isinstance(inst, _PURE):
                        return False
        return True

    # ------------------------------------------------------------------ memory

    def accesses(self, header: Block) -> list[Access] | None:
        out: list[Access] = []
        position = {inst: i for i, inst in enumerate(header.instructions)}
        stores = [i for i, inst in enumerate(header.instructions) if isinstance(inst, Store)]
        taken: set[Instruction] = set()
        for inst in header.instructions:
            if isinstance(inst, Store):
                parts = _sum_of(inst)
                if parts is not None:
                    first = position[parts[0]]
                    if not any(first < at < position[inst] for at in stores):
                        taken |= {*parts, inst}
                        out.append(self.access(inst, parts))
        for inst in header.instructions:
            if isinstance(inst, (Load, Store)) and inst not in taken:
                out.append(self.access(inst, ()))
        out.sort(key=lambda a: position[a.inst])
        return out if len(out) <= MOST_ACCESSES else None

    def access(self, inst: Load | Store, parts: tuple[Instruction, ...]) -> Access:
        type_ = inst.type if isinstance(inst, Load) else inst.value.type
        amount: Value | None = None
        if parts:
            amount = next(o for o in parts[1].operands if o is not parts[0])
        return Access(
            inst,
            self.layout.store_size(type_),
            self.lines.address(inst.pointer) if ty.is_pointer(inst.pointer.type) else None,
            own_scopes(self.module, inst, "alias.scope"),
            own_scopes(self.module, inst, "noalias"),
            amount,
            (*parts, inst) if parts else (),
            bool(parts) and parts[1].opcode == "fsub",
        )

    def _pairs(
        self, accesses: list[Access], streams: list[Stream]
    ) -> list[tuple[Stream, Stream]] | None:
        """The streams that have to be apart; None where iterations meet, or cannot be told to."""
        place = {id(m): (s, o) for s in streams for m, o in zip(s.members, s.offsets, strict=True)}
        pairs: dict[tuple[int, int], tuple[Stream, Stream]] = {}
        for number, one in enumerate(accesses):
            for other in accesses[: number + 1]:
                if not (one.writes or other.writes):
                    continue
                if one.amount is not None and other.amount is not None:
                    continue
                if one is not other and are_apart(one, other):
                    continue
                a, b = place.get(id(one)), place.get(id(other))
                if a is None or b is None:
                    return None
                if a[0] is b[0]:
                    if a[0].taken() is None and _meet(
                        a[0].stride, b[1] - a[1], one.size, other.size
                    ):
                        return None
                    continue
                first, second = sorted((a[0], b[0]), key=streams.index)
                pairs[streams.index(first), streams.index(second)] = first, second
        every = self._all_pairs(streams)
        if not pairs and not any(s.is_window() for s in streams):
            # Where LLVM has to test whether two streams of one object are apart, it tests cells
            # side by side against each other, too, and never finds them apart. Different objects it
            # often tests as a whole, for less than a test of ours takes in a loop that is short and
            # computes little.
            beside = any(
                (a.is_interleaved() or b.is_interleaved())
                and (self._divides() or root_of(a.address.base) is root_of(b.address.base))
                for a, b in every.values()
            )
            return list(every.values()) if beside and len(every) <= MOST_PAIRS else []
        pairs |= every
        return list(pairs.values()) if len(pairs) <= MOST_PAIRS else None

    def _divides(self) -> bool:
        """Does an iteration take long, as divisions and roots do?"""
        return any(
            inst.opcode == "fdiv"
            or (isinstance(inst, Call) and inst.called.startswith("llvm.sqrt."))
            for block in self.loop.blocks
            for inst in block.instructions
        )

    def _all_pairs(self, streams: list[Stream]) -> dict[tuple[int, int], tuple[Stream, Stream]]:
        """Sums may meet sums, but LLVM cannot vectorise them then."""
        out: dict[tuple[int, int], tuple[Stream, Stream]] = {}
        for j, second in enumerate(streams):
            for i, first in enumerate(streams[:j]):
                writes = any(m.writes for m in (*first.members, *second.members))
                apart = all(are_apart(a, b) for a in first.members for b in second.members)
                if writes and not apart:
                    out[i, j] = first, second
        return out


def _streams(accesses: list[Access]) -> list[Stream]:
    streams: list[Stream] = []
    for access in accesses:
        address = access.address
        if address is None:
            continue
        for stream in streams:
            if stream.address.base is address.base and stream.address.line.same_terms(address.line):
                stream.members.append(access)
                stream.offsets.append(address.line.constant - stream.address.line.constant)
                break
        else:
            streams.append(Stream(address, [access], [0]))
    return streams


def _sum_of(store: Store) -> tuple[Instruction, ...] | None:
    """Load, addition or difference [, fence] of a store that adds to what was there."""
    value = store.value
    fence: tuple[Instruction, ...] = ()
    if isinstance(value, Call) and value.called.startswith("llvm.arithmetic.fence."):
        if len(value.users) != 1:
            return None
        fence, value = (value,), value.arguments[0]
    if not isinstance(value, Binary) or len(value.users) != 1:
        return None
    if value.opcode not in ("fadd", "fsub"):
        return None
    for operand in value.operands[: 2 if value.opcode == "fadd" else 1]:
        if (
            isinstance(operand, Load)
            and operand.pointer is store.pointer
            and operand.users == {value: 1}
            and operand.block is store.block
        ):
            return (operand, value, *fence)
    return None


def are_apart(a: Access, b: Access) -> bool:
    """Are they known to be of distinct memory?"""
    return (bool(a.scopes) and a.scopes <= b.noalias) or (bool(b.scopes) and b.scopes <= a.noalias)


def _meet(stride: int, gap: int, size_a: int, size_b: int) -> bool:
    """May [0, size_a) in one iteration meet [gap, gap + size_b) in another one?"""
    if not stride:
        return True
    near = -gap // stride
    return any(
        m and stride * m + gap < size_a and -size_b < stride * m + gap
        for m in range(near - 1 - size_b // abs(stride) - 1, near + 3 + size_a // abs(stride))
    )


def is_pure(inst: Instruction) -> bool:
    """Does it compute a value, and nothing else?"""
    return _is_pure_call(inst) if isinstance(inst, Call) else isinstance(inst, _PURE)


def _is_pure_call(call: Call) -> bool:
    name = call.called
    if any(not (ty.is_float(a.type) or ty.is_int(a.type)) for a in call.arguments):
        return False
    if call.type is ty.VOID:
        return False
    return find_rule(name, call.function_type) is not None or name.startswith(
        (
            "llvm.arithmetic.fence.", "llvm.usub.sat.", "llvm.umin.", "llvm.umax.", "llvm.smin.",
            "llvm.smax.", "llvm.abs.",
        )
    )  # fmt: skip
