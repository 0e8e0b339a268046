"""Numbers that a nest of loops moves about within one object, by deciding where to: their origins.

    forward sweep   s[i] = s[j];       o[i] = o[j];        at first o[k] = k
    reverse sweep   for (k ...) if (o[k] != k) ds'[o[k]] += ds[k]

The loops are not gone through backward (their ways are what no processor foresees), and nothing is
kept but one index a cell: o lies on the tape, and grows with the addresses that are written. Which
nests these are is found out by `enzcc.analysis.moves`; it is `runtime/origins.c` that counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final

from enzcc.analysis.activity import Activity
from enzcc.analysis.moves import Moves, find_moves
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.function import Block
from enzcc.ir.instructions import Instruction, Load, Phi, Select, Store
from enzcc.ir.values import Value

if TYPE_CHECKING:
    from enzcc.ad.modes.adjoints import Adjoints
    from enzcc.ad.modes.reverse import Reverse

_STATE: Final = ty.struct((ty.I64, ty.I64, ty.PTR))
"""`struct enzcc_origins` in runtime/origins.c."""

_REST: Final = ty.struct((ty.I64, ty.I64, ty.PTR))
"""`struct enzcc_origins_rest`."""

_OPEN: Final = ty.function(ty.VOID, (ty.PTR, ty.PTR, ty.I64, ty.I64))
_GET: Final = ty.function(ty.I32, (ty.PTR, ty.PTR, ty.I64, ty.I64))
_PUT: Final = ty.function(ty.VOID, (ty.PTR, ty.PTR, ty.PTR, ty.I64, ty.I64, ty.I32))
_CLOSE: Final = ty.function(ty.PTR, (ty.PTR, ty.PTR, ty.PTR, ty.I64))
_BACK: Final = ty.function(ty.VOID, (ty.PTR, ty.PTR, ty.PTR))


def settle_moves(activity: Activity) -> None:
    """Takes what only moves numbers out of what is active, for reverse mode."""
    for function in activity.objects.functions.values():
        for moves in find_moves(activity, function):
            activity.moves.setdefault(function.name, []).append(moves)
            activity.still |= {*moves.moved, *moves.stores}


def carry_origins(reverse: Reverse) -> None:
    """The forward sweep: origins move along with the numbers."""
    for moves in reverse.activity.moves.get(reverse.source.name, ()):
        _Carried(reverse, moves).run()


def adjoints_of_moves(adjoints: Adjoints, block: Block, *, at_end: bool) -> None:
    """The reverse sweep, where it comes to a region: adjoints go where the numbers came from."""
    reverse = adjoints.reverse
    for moves in reverse.activity.moves.get(reverse.source.name, ()):
        kept = reverse.origins.get((moves.root, block, at_end))
        if kept is None or (block, at_end) not in moves.ends:
            continue
        name = f"__enzcc_origins_back_{moves.kind}"
        emit = adjoints.emit
        earlier: list[Value] = []
        for _ in reverse.shadows.each():
            shadow = mine = adjoints.shadow(moves.root)
            for other in earlier:  # what they share has been moved already
                same = emit.compare("icmp", "eq", other, mine)
                shadow = emit.select(same, zero(ty.PTR), shadow)
            arguments = [reverse.back_tape(), shadow, adjoints.sweep.need(kept)]
            emit.call(reverse.helper(name, _BACK), _BACK, arguments)
            earlier.append(mine)


@final
class _Carried:
    """One region in the forward sweep."""

    def __init__(self, reverse: Reverse, moves: Moves) -> None:
        self.reverse, self.moves = reverse, moves
        self.size = reverse.layout.size(moves.kind)
        self.origins: dict[Value, Value] = {}
        entry = reverse.target.blocks[0]
        first = entry.instructions[0] if entry.instructions else None
        emit = Builder(entry, first)
        self.state = [emit.alloca(_STATE, align=8), emit.alloca(_REST, align=8)]
        block = reverse.blocks[moves.entry]
        self.emit = Builder(block, block.terminator)
        self.root = self.emit.cast("ptrtoint", reverse.of(moves.root), ty.I64)

    def run(self) -> None:
        reverse, moves = self.reverse, self.moves
        arguments = [*self.state, self.root, self._trips()]
        self.emit.call(reverse.helper("__enzcc_origins_open", _OPEN), _OPEN, arguments)
        for store in moves.stores:
            self._put(store)
        for end, at_end in moves.ends:
            block = reverse.blocks[end]
            emit = Builder(block, block.terminator if at_end else block.first_non_phi())
            words = [reverse.tape, *self.state, const_int(ty.I64, self.size)]
            kept = emit.call(reverse.helper("__enzcc_origins_close", _CLOSE), _CLOSE, words)
            reverse.origins[moves.root, end, at_end] = kept

    def _trips(self) -> Value:
        """How often the outer loop runs, as far as is known: a window of so many cells costs little
        beside it."""
        reverse = self.reverse
        (header,) = self.moves.entry.successors()
        for loop, edges in reverse.recurrences.back_edges.items():
            if loop.header is header:
                count = edges.emit(self.emit, reverse.of)
                return self.emit.add(count, const_int(ty.I64, 1))
        return const_int(ty.I64, 0)

    def _put(self, store: Instruction) -> None:
        assert isinstance(store, Store)
        origin = self._origin(store.value)
        copy = self._copy(store)
        emit = self._before(copy)
        address = emit.cast("ptrtoint", self.reverse.of(store.pointer), ty.I64)
        name = f"__enzcc_origins_put_{self.moves.kind}"
        arguments = [self.reverse.tape, *self.state, self.root, address, origin]
        emit.call(self.reverse.helper(name, _PUT), _PUT, arguments)

    def _origin(self, value: Value) -> Value:
        """Where a number was at first."""
        found = self.origins.get(value)
        if found is not None:
            return found
        copy = self._copy(value)
        match value:
            case Load():
                emit = self._before(self._next_store(value) or copy)
                address = emit.cast("ptrtoint", self.reverse.of(value.pointer), ty.I64)
                name = f"__enzcc_origins_get_{self.moves.kind}"
                arguments = [*self.state, self.root, address]
                made: Value = emit.call(self.reverse.helper(name, _GET), _GET, arguments)
            case Phi():
                assert copy.block is not None
                phi = Builder(copy.block).phi(ty.I32)
                self.origins[value] = phi
                for source, block in value.incoming():
                    if block in self.reverse.blocks:
                        phi.add_incoming(self._origin(source), self.reverse.blocks[block])
                return phi
            case _:
                assert isinstance(value, Select)
                ways = [self._origin(one) for one in value.operands[1:]]
                condition = self.reverse.of(value.operands[0])
                made = self._before(copy).select(condition, *ways)
        self.origins[value] = made
        return made

    def _next_store(self, load: Load) -> Instruction | None:
        """The copy of what puts a number down in its block, if it is the next to do so and none
        chooses it before: nothing has changed till then."""
        assert load.block is not None
        instructions = load.block.instructions
        for inst in instructions[instructions.index(load) :]:
            if isinstance(inst, Select) and load in inst.operands:
                return None
            if inst in self.moves.stores:
                return self._copy(inst) if load in inst.operands else None
        return None

    def _copy(self, value: Value) -> Instruction:
        copy = self.reverse.of(value)
        assert isinstance(copy, Instruction)
        return copy

    def _before(self, copy: Instruction) -> Builder:
        assert copy.block is not None
        return Builder(copy.block, copy)
