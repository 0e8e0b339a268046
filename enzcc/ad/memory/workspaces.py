"""Shadows of the blocks that static variables hold when a derivative starts.

    static double *buffer;      allocated by an earlier call, maybe not one of a derivative

The block that such a variable holds (`memory.owners`, `memory.holders`) gets a cleared shadow,
which its shadow variable holds until the derivative is done. Other pointers in variables, and in
such blocks, that point into it then point into its shadow. While it runs, the block may be
released, moved or replaced as long as the variable never keeps the address of what is no more. In
split mode the tape holds the shadows of blocks of floats from one half to the other.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, final

from enzcc.ad.memory.holders import Holder, Holders
from enzcc.ad.memory.mirrored import Mirrored
from enzcc.ad.memory.owners import Owners
from enzcc.ad.modes.lanes import Lanes
from enzcc.ad.names import original
from enzcc.analysis.activity import Activity, has_floats
from enzcc.analysis.nodes import POINTER, Cells, Node, Pointer, reached_from
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.function import Block
from enzcc.ir.instructions import (
    Branch,
    CallBase,
    Compare,
    Instruction,
    Load,
    Return,
    Store,
)
from enzcc.ir.types import FloatType, Layout, Type
from enzcc.ir.values import Global, Value, is_zero

if TYPE_CHECKING:
    from enzcc.ad.engine import Engine


_LARGEST: Final = 1024
"""Bytes of the largest variable of which what it holds is copied member by member."""
_SIZE: Final = "malloc_usable_size"


@final
class Workspaces:
    """What variables hold, for the derivatives of one module."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.module = engine, engine.module
        self.owners = Owners(engine.module, engine.settings.blocks)
        self.holders = Holders(engine.module)
        self._held: dict[tuple[Activity, str], tuple[int, ...]] = {}
        self._tables: dict[tuple[Activity, str, Holder], Value] = {}
        self._by_destructors: dict[Activity, dict[str, tuple[int, ...]]] = {}

    def held(self, name: str, activity: Activity) -> tuple[int, ...]:
        """The offsets of the pointers in a variable whose blocks get shadows."""
        key = activity, name
        found = self._held.get(key)
        if found is None:
            found = self.owners.cells(name)
            if self.engine.again and not self._is_plain(activity, name, found):
                found = ()
            told = not found and not self.engine.again
            if told:
                found = self._told(activity).get(name, ())
            elif found and (
                not all(self._has_shadow(activity, name, o) for o in found)
                or self._is_deep(activity)
                or self._dangles(activity, name, len(found))
            ):
                found = ()
            if activity.is_split and any(self._pattern(activity, name, o) for o in found):
                found = ()  # between the halves, such pointers may come to lead elsewhere
            self._held[key] = found
        return found

    def _told(self, activity: Activity) -> dict[str, tuple[int, ...]]:
        """The same for all variables of which destructors tell what they hold."""
        if activity not in self._by_destructors:
            names = [n for n in activity.active_globals if n not in activity.marked]
            found = {name: self._candidates(activity, name) for name in names}
            while True:  # what lies in blocks without shadows may lead to others
                rows = self._rows(activity, found)
                kept = {
                    name: tuple(
                        o
                        for o in offsets
                        if self.is_table(name, o) or not self._is_led_to(activity, name, o, rows)
                    )
                    for name, offsets in found.items()
                }
                if kept == found:
                    break
                found = kept
            self._by_destructors[activity] = found
        return self._by_destructors[activity]

    def _candidates(self, activity: Activity, name: str) -> tuple[int, ...]:
        if self.owners.cells(name):
            return ()
        mirrored = Mirrored(self.module, activity)
        found = tuple(
            one.offset
            for one in self.holders.of(name)
            if one.is_block
            and mirrored.is_shadowed(one, (self._place(activity, name),))
            and not (one.table and self._is_left(activity, name, one.offset))
        )
        return found if all(self._has_shadow(activity, name, o) for o in found) else ()

    def any_held(self, activity: Activity) -> bool:
        """Do variables hold blocks that get shadows?"""
        return any(
            self.held(n, activity) for n in activity.active_globals if n not in activity.marked
        )

    def any_left(self, activity: Activity) -> bool:
        """Is there anything to be given back when a derivative is done?"""
        names = [n for n in activity.active_globals if n not in activity.marked]
        return self.any_held(activity) or any(any(self._chains(activity, n)) for n in names)

    def _chains(self, activity: Activity, name: str) -> Iterator[Holder]:
        """The lists, trees and hash tables in a variable in which the functions may leave nodes
        with shadows."""
        mirrored = Mirrored(self.module, activity)
        place = self._place(activity, name)
        for one in self.holders.of(name) if not activity.is_split and not self.engine.again else ():
            if one.chain is not None:
                chain = replace(one, offset=one.chain[0])
                if mirrored.is_shadowed(chain, (place,)):
                    yield chain

    def begin(self, emit: Builder) -> Value:
        """A list of blocks, which is empty."""
        made = emit.alloca(ty.PTR)
        emit.store(zero(ty.PTR), made)
        return made

    def done(self, emit: Builder, held: Value) -> None:
        """The list is not needed any more."""
        self._helper(emit, "__enzcc_heap_done", ty.VOID, [held])

    def start(
        self,
        emit: Builder,
        activity: Activity,
        name: str,
        shadow: Value,
        held: Value | None,
        before: tuple[Value, Value] | None = None,
    ) -> None:
        """The blocks that a variable holds get shadows, and are listed, if there is a list: not in
        what is differentiated again. Or those that it has held, of which the sizes are known."""
        image, sizes = before if before is not None else (None, None)
        for number, offset in enumerate(self.held(name, activity)):
            cells = self._pattern(activity, name, offset)
            places = self._places(emit, name, shadow, offset, image)
            if held is None:
                self._make(emit, places)
                continue
            holder = self._holder(name, offset)
            make = self._function(holder, ty.PTR, ty.I64)
            if holder is not None and holder.table:
                assert before is None, "in split mode, tables have no shadows"
                self._helper(emit, "__enzcc_heap_table", ty.VOID, [*places, held, make])
                continue
            if holder is not None and holder.is_tree:
                assert before is None, "in split mode, blocks in blocks have no shadows"
                table = self._table(activity, name, holder)
                if holder.branches:  # the root leads to the head
                    symbol = self.module.symbol(name)
                    assert symbol.value_type is not None
                    bytes_of_it = const_int(ty.I64, self.module.layout.size(symbol.value_type))
                    whole = [shadow, symbol, bytes_of_it, held]
                    self._helper(emit, "__enzcc_heap_variable", ty.VOID, whole)
                self._helper(emit, "__enzcc_heap_tree", ty.VOID, [*places, table, held])
                continue
            same = const_int(ty.I1, int(bool(cells)))
            if sizes is None:
                arguments = [*places, held, same, make]
                size = self._helper(emit, "__enzcc_heap_shadow", ty.I64, arguments)
            else:
                size = emit.load(ty.I64, _kept(emit, sizes, number))
                drop = self._function(holder, ty.VOID, ty.PTR)
                arguments = [*places, size, held, same, make, drop]
                size = self._helper(emit, "__enzcc_heap_sized", ty.I64, arguments)
            if holder is not None and holder.others:
                others = const_int(ty.I64, holder.others)
                self._helper(emit, "__enzcc_heap_span", ty.VOID, [*places, others])
            floats = [c for c in cells if isinstance(c.kind, FloatType)]
            if not floats:
                continue
            block = emit.load(ty.PTR, places[0])
            for one in floats:
                self._cells(emit, "__enzcc_clear_cells", block, size, one)

    def redirect(
        self, emit: Builder, activity: Activity, name: str, shadow: Value, held: Value
    ) -> None:
        """Pointers in the shadows of such blocks that point into others point to shadows."""
        word = self.module.layout.size(ty.PTR)
        for offset in self.held(name, activity):
            holder = self._holder(name, offset)
            if holder is not None and holder.is_tree:
                for head in holder.heads:
                    both = self._places(emit, name, shadow, head)
                    sizes = [const_int(ty.I64, n) for n in (word, word, 0, word)]
                    self._helper(emit, "__enzcc_heap_redirect", ty.VOID, [*both, *sizes, held])
                continue
            pointers = [c for c in self._pattern(activity, name, offset) if c.kind == POINTER]
            if not pointers:
                continue
            places = self._places(emit, name, shadow, offset)
            block, primal = (emit.load(ty.PTR, place) for place in places)
            size = self._helper(emit, "__enzcc_heap_size", ty.I64, [primal, held])
            for one in pointers:
                numbers = (const_int(ty.I64, n) for n in (one.period, one.offset, one.size))
                arguments = [block, block, size, *numbers, held]
                self._helper(emit, "__enzcc_heap_redirect", ty.VOID, arguments)

    def redirect_trees(
        self, emit: Builder, activity: Activity, held: Value, arguments: Sequence[Value]
    ) -> None:
        """The same for blocks in blocks, all at once. The program ends where an argument with a
        shadow of its own points into such a block."""
        names = [
            name
            for name, offsets in self.all_held(activity)
            for holder in (self._holder(name, offset) for offset in offsets)
            if holder is not None and holder.is_tree
        ]
        if not names:
            return
        self._helper(emit, "__enzcc_heap_redirect_trees", ty.VOID, [held])
        function = original(activity.root.name)
        for argument, value in zip(activity.root.args, arguments, strict=False):
            if ty.is_pointer(argument.type) and activity.has_shadow(argument):
                text = self.module.text_constant(
                    f"argument {argument.index + 1} of '{function}' points to memory that the"
                    f" global variable '{names[0]}', or another one, leads to. What goes through"
                    " that would be missing in the derivative: use the argument only"
                )
                self._helper(emit, "__enzcc_heap_apart", ty.VOID, [value, held, text])

    def end(
        self,
        emit: Builder,
        activity: Activity,
        name: str,
        shadow: Value,
        gone: Value | None,
        image: Value | None = None,
    ) -> None:
        """These shadows are given back."""
        for offset in self.held(name, activity):
            places = self._places(emit, name, shadow, offset, image)
            if gone is None:
                self._drop(emit, places)
                continue
            holder = self._holder(name, offset)
            if holder is not None and holder.is_tree:
                table = self._table(activity, name, holder)
                self._helper(emit, "__enzcc_heap_release_tree", ty.VOID, [*places, table, gone])
                continue
            drop = self._function(holder, ty.VOID, ty.PTR)
            release = "release_table" if holder is not None and holder.table else "release"
            self._helper(emit, f"__enzcc_heap_{release}", ty.VOID, [*places, gone, drop])
        for chain in self._chains(activity, name):
            assert chain.chain is not None
            assert gone is not None
            places = self._places(emit, name, shadow, chain.offset, image)
            head = self._places(emit, name, shadow, chain.heads[0], image)[1]
            links = (const_int(ty.I64, link) for link in chain.chain[1:])
            operands = [*places, head, *links, self._table(activity, name, chain), gone]
            self._helper(emit, "__enzcc_heap_release_chain", ty.VOID, operands)

    # What will be differentiated again says by calls that are known what becomes of blocks.

    def _make(self, emit: Builder, places: Sequence[Value]) -> None:
        """Where the variable holds a block, its shadow holds one of zeros; else null."""
        function = emit.block.function
        assert function is not None
        some, rest = (function.add_block("") for _ in range(2))
        block = emit.load(ty.PTR, places[1])
        emit.store(zero(ty.PTR), places[0])
        emit.cond_branch(emit.compare("icmp", "eq", block, zero(ty.PTR)), rest, some)
        emit.at(some)
        size = self._call(emit, _SIZE, ty.I64, [block])
        emit.store(self._call(emit, "calloc", ty.PTR, [const_int(ty.I64, 1), size]), places[0])
        emit.branch(rest)
        emit.at(rest)

    def _drop(self, emit: Builder, places: Sequence[Value]) -> None:
        block, primal = (emit.load(ty.PTR, place) for place in places)
        same = emit.compare("icmp", "eq", block, primal)
        self._call(emit, "free", ty.VOID, [emit.select(same, zero(ty.PTR), block)])
        emit.store(zero(ty.PTR), places[0])

    def _call(self, emit: Builder, name: str, result: Type, arguments: list[Value]) -> Value:
        type = ty.function(result, tuple(a.type for a in arguments))
        return emit.call(self.module.declare(name, type), type, arguments)

    def _is_plain(self, activity: Activity, name: str, offsets: Sequence[int]) -> bool:
        """Does a variable, and no other, hold blocks without pointers? Then neither lists of what
        is held nor pointers into such blocks matter, and all that is done can be differentiated."""
        symbol = self.module.symbol(name)
        if activity.is_split or "= internal " not in symbol.line or not self._knows_sizes():
            return False
        if symbol.value_type is None or not _is_small(self.module.layout, symbol.value_type):
            return False
        for offset in offsets:
            blocks = self._blocks(activity, name, offset)
            if not blocks:
                continue  # nobody looks there
            if self._pattern(activity, name, offset):
                return False
            own = activity.objects.place(symbol).node.find()
            others = (n for n in activity.objects.nodes() if n.globals and n.find() is not own)
            if any(target.find() in blocks for node in others for target in node.links()):
                return False
        return True

    def _knows_sizes(self) -> bool:
        """Is there the function of the C library that tells how large a block is?"""
        return re.search(r'^target triple = ".*(?:linux|bsd)', self.module.text, re.M) is not None

    def _function(self, holder: Holder | None, result: Type, argument: Type) -> Value:
        """What makes blocks or gives them back, where they do not come from malloc."""
        name = "" if holder is None else holder.maker if argument is ty.I64 else holder.dropper
        if not name:
            return zero(ty.PTR)
        return self.module.declare(name, ty.function(result, (argument,)))

    def _table(self, activity: Activity, name: str, holder: Holder) -> Value:
        key = activity, name, holder
        if key not in self._tables:
            place = self._place(activity, name)
            self._tables[key] = Mirrored(self.module, activity).table(place, holder)
        return self._tables[key]

    def is_table(self, name: str, offset: int) -> bool:
        """Does a pointer there hold the buckets of a hash table? Nothing else leads to them."""
        holder = self._holder(name, offset)
        return holder is not None and holder.table

    def _holder(self, name: str, offset: int) -> Holder | None:
        if self.owners.cells(name):
            return None
        held = (one for one in self.holders.of(name) if one.is_block)
        return next((one for one in held if one.offset == offset), None)

    # ------------------------------------------------------------------ between two halves

    def count(self, activity: Activity, lanes: Lanes) -> int:
        """The shadows that the first half may leave to the second one."""
        return lanes.width * sum(len(offsets) for _, offsets in self.all_held(activity))

    def keep(
        self,
        emit: Builder,
        activity: Activity,
        shadows: Sequence[Callable[[str], Value]],
        to: Value,
    ) -> None:
        """The first half is done: the tape holds the shadows of blocks, or null.

        shadows     for each lane, the shadow of a variable
        """
        number = 0
        for shadow in shadows:
            for name, offsets in self.all_held(activity):
                for offset in offsets:
                    places = self._places(emit, name, shadow(name), offset)
                    block, primal = (emit.load(ty.PTR, place) for place in places)
                    same = emit.compare("icmp", "eq", block, primal)
                    kept = emit.select(same, zero(ty.PTR), block)
                    emit.store(kept, _kept(emit, to, number), align=1)
                    number += 1

    def sizes(self, emit: Builder, activity: Activity, name: str, to: Value) -> None:
        """Writes down how large the blocks are that a variable holds."""
        for number, offset in enumerate(self.held(name, activity)):
            place = emit.offset(self.module.symbol(name), const_int(ty.I64, offset))
            arguments = [_kept(emit, to, number), place]
            self._helper(emit, "__enzcc_heap_measure", ty.VOID, arguments)

    def clear(self, emit: Builder, count: int, kept: Value) -> None:
        """The second half begins, maybe not for the first time: there are no adjoints yet."""
        for number in range(count):
            block = emit.load(ty.PTR, _kept(emit, kept, number), align=1)
            self._helper(emit, "__enzcc_heap_clear", ty.VOID, [block])

    def give_back(
        self, emit: Builder, activity: Activity, count: int, kept: Value, again: Value
    ) -> None:
        """The second half is done: unless it may run again, the shadows are given back."""
        gone, place, nothing = self.begin(emit), emit.alloca(ty.PTR), emit.alloca(ty.PTR)
        emit.store(zero(ty.PTR), nothing)
        places = [(n, o) for n, offsets in self.all_held(activity) for o in offsets]
        for number in range(count):
            block = emit.load(ty.PTR, _kept(emit, kept, number), align=1)
            emit.store(emit.select(again, zero(ty.PTR), block), place)
            holder = self._holder(*places[number % len(places)])
            drop = self._function(holder, ty.VOID, ty.PTR)
            self._helper(emit, "__enzcc_heap_release", ty.VOID, [place, nothing, gone, drop])
        self.done(emit, gone)

    def all_held(self, activity: Activity) -> list[tuple[str, tuple[int, ...]]]:
        """For each variable that derivatives shadow, the offsets of such pointers in it."""
        names = [n for n in activity.active_globals if n not in activity.marked]
        return [(name, self.held(name, activity)) for name in names]

    def _places(
        self, emit: Builder, name: str, shadow: Value, offset: int, image: Value | None = None
    ) -> list[Value]:
        """Where the pointer lies in the shadow, and in the variable or a copy of it."""
        both = shadow, image or self.module.symbol(name)
        return [emit.offset(v, const_int(ty.I64, offset)) for v in both]

    def _cells(self, emit: Builder, name: str, block: Value, size: Value, cells: Cells) -> None:
        numbers = [const_int(ty.I64, n) for n in (cells.period, cells.offset, cells.size)]
        self._helper(emit, name, ty.VOID, [block, size, *numbers])

    def _helper(self, emit: Builder, name: str, result: Type, arguments: list[Value]) -> Value:
        self.engine.use_runtime()
        type = ty.function(result, tuple(a.type for a in arguments))
        return emit.call(self.module.declare(name, type), type, arguments)

    # ------------------------------------------------------------------ what is behind

    def _place(self, activity: Activity, name: str) -> Pointer:
        return activity.objects.place(self.module.symbol(name))

    def _blocks(self, activity: Activity, name: str, offset: int) -> dict[Node, None]:
        """The nodes of the block that a variable holds there, if anybody looks at it."""
        found = Mirrored(self.module, activity).behind(*self._at(activity, name, offset))
        return {block.node.find(): None for block in found}

    def _has_shadow(self, activity: Activity, name: str, offset: int) -> bool:
        """Can the block have a shadow? What else would point to it, and of which kinds is it?"""
        return Mirrored(self.module, activity).is_clear(*self._at(activity, name, offset))

    def _pattern(self, activity: Activity, name: str, offset: int) -> list[Cells]:
        """What lies in the block, if there are pointers."""
        return Mirrored(self.module, activity).pattern(*self._at(activity, name, offset))

    def _at(self, activity: Activity, name: str, offset: int) -> tuple[Holder, tuple[Pointer]]:
        holder = self._holder(name, offset) or Holder(offset, maker="")
        return holder, (self._place(activity, name),)

    def _is_left(self, activity: Activity, name: str, offset: int) -> bool:
        """Are the buckets of a table left without a shadow, whatever lies beside it?"""
        return activity.is_split or not self._has_shadow(activity, name, offset)

    def _is_deep(self, activity: Activity) -> bool:
        """Are there lists and trees behind variables? Somewhere in them may lie pointers to a
        block, where nobody would make them pointers to its shadow."""
        variables = [n for n in activity.objects.nodes() if n.globals]
        blocks = [t for v in variables for t in v.links() if not t.globals]
        inner = [t for b in blocks for t in b.links() if not t.globals]
        return any(True for t in inner for _ in t.links())

    def _is_led_to(
        self,
        activity: Activity,
        name: str,
        offset: int,
        rows: Mapping[Node, Container[int] | None],
    ) -> bool:
        """May a pointer to the block lie behind variables, and not in them or where `rows` tells?
        Nobody would make it a pointer to the shadow. Who knows which numbers such a pointer leads
        to that the program has set elsewhere."""
        blocks = self._blocks(activity, name, offset)
        for node in _behind_variables(activity):
            known = rows.get(node, ())
            if node.globals or known is None:
                continue
            for at, cell in node.cells.items():
                if cell.link is not None and at not in known:
                    for target in _targets(cell.link):
                        if target in blocks or (has_floats(target) and not target.globals):
                            return True
        return False

    def _rows(
        self, activity: Activity, held: Mapping[str, tuple[int, ...]]
    ) -> dict[Node, dict[int, None] | None]:
        """The blocks that get shadows, with what lies in them, as these variables hold them; and
        those of other containers, with the places that only lead to more of these. Not those to
        which other pointers behind variables lead as well: what lies there may not be held so."""
        mirrored = Mirrored(self.module, activity)
        behind = _behind_variables(activity)
        known: dict[Node, dict[int, None]] = {}
        shadowed: dict[Node, dict[int, None]] = {}
        for name in dict.fromkeys(g for node in behind for g in node.globals):
            place = self._place(activity, name)
            for one in self.holders.of(name):
                if not one.table:
                    for node, at in mirrored.cells(one, (place,), shadowed=False):
                        known.setdefault(node, {})[at] = None
                if one.is_block and not one.table and one.offset in held.get(name, ()):
                    for node, at in mirrored.cells(one, (place,), shadowed=True):
                        shadowed.setdefault(node, {})[at] = None
        owners: dict[Node, None] = {}
        others: dict[Node, None] = {}
        mirrors: dict[Node, None] = {}
        for node in behind:
            for at, cell in node.cells.items():
                if cell.link is not None:
                    led_to = _targets(cell.link)
                    (owners if at in known.get(node, ()) else others).update(led_to)
                    if at in shadowed.get(node, ()):
                        mirrors.update(led_to)
        return {
            node: None if node in mirrors else known.get(node, {})
            for node in owners
            if node not in others
        }

    # ------------------------------------------------------------------ what is released

    def _dangles(self, activity: Activity, name: str, count: int) -> bool:
        """May the functions leave the address of a block in a variable that they have released?"""
        node = activity.objects.place(self.module.symbol(name)).node.find()
        held: set[Node] = set(node.links())
        for function in activity.objects.functions.values():
            for inst in function.instructions():
                released = _released(activity, inst)
                if released is None or held.isdisjoint(activity.objects.nodes_behind(released)):
                    continue
                assert isinstance(inst, CallBase)
                homes = _homes(released, name)
                if not homes or not all(_is_set_again(activity, inst, home) for home in homes):
                    return True
        return False


def _targets(link: Pointer) -> dict[Node, None]:
    """The nodes that a pointer may lead to."""
    node = link.node.find()
    return dict.fromkeys((node, *(seen.find() for seen in node.seen)))


def _behind_variables(activity: Activity) -> dict[Node, None]:
    """The variables, and what pointers lead to from there."""
    return reached_from(node for node in activity.objects.nodes() if node.globals)


def members(layout: Layout, type: Type, at: int) -> Iterator[tuple[int, Type]]:
    """The numbers and pointers of a type, and where they lie."""
    match type:
        case ty.StructType():
            for start, field in zip(layout.offsets(type), type.fields or (), strict=False):
                yield from members(layout, field, at + start)
        case ty.ArrayType():
            size = layout.size(type.element)
            for index in range(type.count):
                yield from members(layout, type.element, at + index * size)
        case _:
            yield at, type


def _is_small(layout: Layout, type: Type) -> bool:
    """Are there few members, and are they numbers and pointers?"""
    if layout.size(type) > _LARGEST:
        return False
    simple = ty.IntType, ty.FloatType, ty.PointerType
    return all(isinstance(member, simple) for _, member in members(layout, type, 0))


def _kept(emit: Builder, kept: Value, number: int) -> Value:
    return emit.offset(kept, const_int(ty.I64, 8 * number))


def _released(activity: Activity, inst: Instruction) -> Value | None:
    """The block that an instruction releases, or moves."""
    if not isinstance(inst, CallBase) or not isinstance(inst.callee, Global):
        return None
    allocator = activity.known.allocators.get(inst.callee.name)
    deallocator = activity.known.deallocators.get(inst.callee.name)
    position = deallocator.pointer if deallocator else allocator.old if allocator else None
    return None if position is None else inst.arguments[position]


def _homes(block: Value, name: str) -> set[str]:
    """The places in a variable, as text, where the block's address is known to lie."""
    symbol = f"@{name}"
    found: set[str] = set()
    if isinstance(block, Load):
        found.add(_home(block.pointer))
    if isinstance(block, Instruction):
        for user in block.users:
            if isinstance(user, Store) and user.value is block:
                found.add(_home(user.pointer))
    return found if all(symbol in text or f'@"{name}"' in text for text in found) else set()


def _home(pointer: Value) -> str:
    """A place in a variable as text; the address of one of the thread's own is that variable."""
    if isinstance(pointer, CallBase) and pointer.called.startswith("llvm.threadlocal.address"):
        return pointer.arguments[0].ref()
    return pointer.ref()


def _is_set_again(activity: Activity, inst: Instruction, home: str) -> bool:
    """Is something else stored in a place on each way from an instruction to the end?"""
    assert inst.block is not None
    instructions = inst.block.instructions
    work: list[tuple[Block, int]] = [(inst.block, instructions.index(inst) + 1)]
    seen: dict[Block, None] = {}
    while work:
        block, start = work.pop()
        for one in block.instructions[start:]:
            place = _set(activity, one)
            if place is not None and _home(place) == home:
                break
            if isinstance(one, Return):
                return False
        else:
            for target in _ways(block, inst):
                if target not in seen:
                    seen[target] = None
                    work.append((target, 0))
    return True


def _set(activity: Activity, inst: Instruction) -> Value | None:
    """Where an instruction stores something, or writes down a new block."""
    if isinstance(inst, CallBase) and isinstance(inst.callee, Global):
        allocator = activity.known.allocators.get(inst.callee.name)
        return inst.arguments[allocator.out] if allocator and allocator.out is not None else None
    return inst.pointer if isinstance(inst, Store) else None


def _ways(block: Block, made: Instruction) -> list[Block]:
    """The successors of a block; but where `realloc` has failed, nothing was released."""
    last = block.instructions[-1]
    if isinstance(last, Branch) and len(block.successors()) == 2:
        (condition,) = last.operands[:1]
        if isinstance(condition, Compare) and made in condition.operands:
            others = [o for o in condition.operands if o is not made]
            if len(others) == 1 and is_zero(others[0]) and condition.predicate in ("eq", "ne"):
                return [block.successors()[condition.predicate == "eq"]]
    return block.successors()
