"""Allocators of the program's own that keep pointers to their blocks, or count them.

    void *take(struct pool *p, size_t n) { ... p->last = block; p->made++; return block; }
    double *a = take(p, 16);  a[0] = x * x;  y = p->last[0] * p->made;

An allocator is called once more for the shadow of a block, and nothing looks into it: what the pool
holds afterwards leads to another block, its shadow nowhere, and the count is another one. A block
may be given back later than the program says, too. All that is no matter as long as only the
allocator and its deallocator look there. Before a float is read or written through such a pointer,
or one leaves for where it cannot be followed, and before such a number becomes a float, the program
ends. It ends, too, where it puts the next block in the place of others before the reverse sweep has
run. A pool's own memory lasts until then, as the blocks in it do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, TypeAlias, final

from enzcc import llvm
from enzcc.ad.byhand.moving import lasting
from enzcc.ad.memory.nowhere import end_without_shadow
from enzcc.ad.names import kept
from enzcc.analysis.activity import Activity
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.nodes import Node, Pointer
from enzcc.ir import types as ty
from enzcc.ir.builder import zero
from enzcc.ir.function import Block
from enzcc.ir.instructions import (
    AtomicRMW,
    Binary,
    CallBase,
    Cast,
    CompareExchange,
    Freeze,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Return,
    Select,
    Store,
    constant_offset,
)
from enzcc.ir.module import Module
from enzcc.ir.values import (
    Argument,
    Constant,
    ConstantExpression,
    ConstantInt,
    Global,
    Value,
    is_zero,
)

if TYPE_CHECKING:
    from enzcc.ad.byhand.custom import Custom
    from enzcc.ad.modes.companion import Companion

_Path: TypeAlias = tuple[int | str, tuple[int | None, ...]]
"""A cell: what a parameter, or a variable, points to; the offset there, None for any; for each
further one, what the pointer that lies there points to."""

_Cells: TypeAlias = dict[tuple[Node, int], None]

_CARRIES: Final = (Cast, Freeze, GetElementPtr, Phi, Select, Binary)
_HARMLESS: Final = (CallKind.ALLOCATION, CallKind.DEALLOCATION, CallKind.INACTIVE)

_KEPT: Final = (
    "the pointer used here was put where it was read by an allocator that the program has"
    " registered (__enzyme_allocation_like), and enzcc cannot tell its shadow: keep the pointer"
    " that the allocator returned"
)
_COUNTED: Final = (
    "the number read here was put there by an allocator that the program has registered"
    " (__enzyme_allocation_like), which is called for shadows, too: it may be another one in the"
    " derivative"
)

_RESET: Final = (
    "what an allocator that the program has registered (__enzyme_allocation_like) goes by is"
    " changed here, and blocks are allocated afterwards, maybe in the place of others, which the"
    " reverse sweep still needs: give blocks back by the deallocator"
)


@final
class Pools:
    """Where the allocators of a module put pointers."""

    def __init__(self, custom: Custom) -> None:
        self.custom = custom
        self._module: Module | None = None
        self._put: dict[tuple[str, bool], dict[_Path, None]] = {}
        self._cells: dict[Activity, tuple[_Cells, _Cells]] = {}
        self._after: dict[Activity, tuple[set[str], set[Block]]] = {}

    def guard(self, companion: Companion, inst: Instruction) -> None:
        """The end of the program before an instruction that needs to know where a kept pointer
        leads."""
        if not self.custom.annotations.allocators:
            return
        activity = companion.activity
        found = self._cells.get(activity)
        if found is None:
            found = self._cells[activity] = self._kept(activity), self._counted(activity)
        kept_here, counted = found
        if not (kept_here or counted) or not self._may_follow(activity, inst):
            return
        if counted and _is_counted(activity, counted, inst) and self._may_vary(activity):
            _end(companion, inst, _COUNTED)
        if not companion.tangents and self._resets(activity, found, inst):
            _end(companion, inst, _RESET)
            return
        for pointer in _needed(activity, kept_here, inst) if kept_here else ():
            if _is_kept(activity, kept_here, pointer) and self._may_vary(activity, pointer):
                _end(companion, inst, _KEPT)
                return

    def may_lie_in(self, activity: Activity, call: CallBase) -> bool:
        """May blocks with active data lie in a block that is given back to others than their own
        deallocators?"""
        if not self.custom.annotations.allocators or not isinstance(call.callee, Global):
            return False
        is_own = call.callee.name in map(kept, self._names)
        return not is_own and self._may_follow(activity, call) and self._may_vary(activity)

    def _kept(self, activity: Activity) -> _Cells:
        """The cells into which allocators put pointers."""
        own = self.custom.annotations.allocators
        return self._stored(activity, own, pointers=True)

    def _counted(self, activity: Activity) -> _Cells:
        """The cells in which allocators and deallocators put numbers."""
        return self._stored(activity, self._names, pointers=False)

    def _stored(self, activity: Activity, names: Iterable[str], *, pointers: bool) -> _Cells:
        found: _Cells = {}
        for name in names:
            for call in activity.calls_of(kept(name)):
                for path in self._stores(name, pointers=pointers):
                    found.update(dict.fromkeys(_cells_at(activity, call, path)))
        return found

    def _may_follow(self, activity: Activity, inst: Instruction) -> bool:
        """May a block have been allocated, or given back, before an instruction runs?"""
        calling, after = self._reached(activity)
        function = inst.block.function if inst.block is not None else None
        if function is not next(iter(activity.objects.functions.values())):
            return True
        if activity.calls_of(function.name):
            return True
        for one in inst.block.instructions if inst.block is not None else ():
            if one is inst:
                break
            if _calls_one(one, calling):
                return True
        return inst.block in after

    def _resets(self, activity: Activity, cells: tuple[_Cells, _Cells], inst: Instruction) -> bool:
        """Does the program itself say where the next block lies, where others may have lain? (Not
        by memory that it has just allocated, or a number in a pool that it has just made.)"""
        if not isinstance(inst, Store):
            return False
        kept_here, counted = cells
        objects, value = activity.objects, inst.value
        while isinstance(value, (GetElementPtr, Cast)):
            value = value.operands[0]
        places = [p.resolve() for p in objects.places_behind(inst.pointer)]
        if ty.is_pointer(inst.value.type):
            is_fresh = is_zero(value) or (
                isinstance(value, CallBase) and activity.kind_of_call(value) is CallKind.ALLOCATION
            )
            is_put = not is_fresh and any(place in kept_here for place in places)
        else:
            is_put = any(place in counted and objects.is_outside(place[0]) for place in places)
        return is_put and self._may_vary(activity) and self._is_followed(activity, inst)

    def _is_followed(self, activity: Activity, inst: Instruction) -> bool:
        """May a block be allocated after an instruction has run?"""
        calling, _ = self._reached(activity)
        root = next(iter(activity.objects.functions.values()))
        block = inst.block
        if block is None or block.function is not root or activity.calls_of(root.name):
            return True
        seen: dict[Block, None] = {}
        work = [block]
        for one in work:
            for target in one.successors():
                if target not in seen:
                    seen[target] = None
                    work.append(target)
        later = block.instructions[block.instructions.index(inst) :]
        return any(_calls_one(i, calling) for b in seen for i in b.instructions) or any(
            _calls_one(i, calling) for i in later
        )

    def _reached(self, activity: Activity) -> tuple[set[str], set[Block]]:
        found = self._after.get(activity)
        if found is None:
            found = self._after[activity] = _reached_after(activity, self._names)
        return found

    @property
    def _names(self) -> list[str]:
        """The allocators and their deallocators."""
        own = self.custom.annotations.allocators
        return [*dict.fromkeys((*own, *(a.deallocator for a in own.values())))]

    def _may_vary(self, activity: Activity, *pointers: Value) -> bool:
        """Is there anything active in the blocks, or behind a kept pointer?"""
        calls = (
            c for name in self.custom.annotations.allocators for c in activity.calls_of(kept(name))
        )
        return any(
            activity.node_varied(node)
            for one in (*pointers, *calls)
            for node in activity.objects.nodes_behind(one)
        )

    def _stores(self, name: str, *, pointers: bool) -> dict[_Path, None]:
        """Where a function puts pointers, or numbers. What is only declared is taken to put none
        anywhere."""
        if self._module is None:
            text = lasting(self.custom.text, self._names)
            self._module = Module.parse(llvm.function_attributes(text)[0])
        found = self._put.get((name, pointers))
        if found is None:
            found = self._put[name, pointers] = {}  # in a cycle
            if self._module.defines(name):
                for inst in self._module.function(name).instructions():
                    found.update(dict.fromkeys(self._put_by(inst, pointers=pointers)))
        return found

    def _put_by(self, inst: Instruction, *, pointers: bool) -> Iterator[_Path]:
        assert self._module is not None
        if isinstance(inst, Store) and _is_address(inst.value) is pointers:
            yield from _paths(self._module, inst.pointer, {})
        elif isinstance(inst, (AtomicRMW, CompareExchange)):
            yield from _paths(self._module, inst.operands[0], {})
        elif isinstance(inst, CallBase) and isinstance(inst.callee, Global):
            for root, offsets in self._stores(inst.callee.name, pointers=pointers):
                if isinstance(root, str):
                    yield root, offsets
                elif root < len(inst.arguments):
                    for at, before in _paths(self._module, inst.arguments[root], {}):
                        yield at, (*before[:-1], _sum(before[-1], offsets[0]), *offsets[1:])


def _reached_after(activity: Activity, names: Iterable[str]) -> tuple[set[str], set[Block]]:
    """What is called that calls such a function, or is one; and the blocks of the first function
    that may run after such a call has left its block."""
    calling = {kept(name) for name in names}
    functions = activity.objects.functions
    work = list(calling)
    while work:
        for call in activity.calls_of(work.pop()):
            owner = call.block.function if call.block is not None else None
            if owner is not None and owner.name not in calling:
                calling.add(owner.name)
                work.append(owner.name)
    blocks = [
        block
        for block in next(iter(functions.values())).blocks
        if any(_calls_one(inst, calling) for inst in block.instructions)
    ]
    found: set[Block] = set()
    while blocks:
        for target in blocks.pop().successors():
            if target not in found:
                found.add(target)
                blocks.append(target)
    return calling, found


def _calls_one(inst: Instruction, names: set[str]) -> bool:
    return (
        isinstance(inst, CallBase) and isinstance(inst.callee, Global) and inst.callee.name in names
    )


def _is_address(value: Value) -> bool:
    if isinstance(value.type, ty.PointerType):
        return not isinstance(value, ConstantInt)
    while isinstance(value, Binary):
        value = value.operands[0]
    return isinstance(value, Cast) and value.opcode == "ptrtoint"


def _sum(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b


def _paths(module: Module, pointer: Value, seen: dict[Value, None]) -> Iterator[_Path]:
    """Where a pointer may lead to; what comes from elsewhere is left out."""
    if pointer in seen or len(seen) > 64:
        return
    seen[pointer] = None
    match pointer:
        case Argument():
            yield pointer.index, (0,)
        case Global():
            yield pointer.name, (0,)
        case GetElementPtr() | ConstantExpression(opcode="getelementptr"):
            by = constant_offset(module.layout, pointer)
            base = pointer.base if isinstance(pointer, GetElementPtr) else pointer.operands[0]
            for root, offsets in _paths(module, base, seen):
                yield root, (*offsets[:-1], _sum(offsets[-1], by))
        case Load():
            for root, offsets in _paths(module, pointer.pointer, seen):
                yield root, (*offsets, 0)
        case Cast() | Freeze() | Phi() | Select():
            for operand in pointer.operands:
                yield from _paths(module, operand, seen)


def _cells_at(activity: Activity, call: CallBase, path: _Path) -> Iterator[tuple[Node, int]]:
    objects, (root, offsets) = activity.objects, path
    if isinstance(root, str):
        places = [Pointer(n) for n in objects.nodes() if root in n.globals]
    elif root < len(call.arguments) and ty.is_pointer(call.arguments[root].type):
        places = list(objects.places_behind(call.arguments[root]))
    else:
        return
    for number, offset in enumerate(offsets):
        cells: _Cells = {}
        for place in places:
            if offset is None:
                node = place.node.find()
                cells.update(dict.fromkeys((node, at) for at in node.cells))
            else:
                cells[place.moved(offset).resolve()] = None
        if number == len(offsets) - 1:
            yield from cells
            return
        links = [c.link for node, at in cells if (c := node.cells.get(at)) is not None]
        places = [place for link in links if link is not None for place in objects.places(link)]


def _needed(activity: Activity, cells: _Cells, inst: Instruction) -> list[Value]:
    """The pointers of which an instruction needs to know where they lead."""
    objects = activity.objects
    match inst:
        case Load() | Store():
            moved = inst.value if isinstance(inst, Store) else inst
            size = objects.layout.store_size(moved.type)
            parts = objects.segments(objects.place(inst.pointer), size)
            is_float = ty.is_float(moved.type) or any(
                isinstance(part.kind, ty.FloatType) for part in parts
            )
            if is_float or moved is inst:  # a pointer is read in the shadow, too
                return [inst.pointer] if is_float or _leads_to_floats(activity, inst) else []
            if any(p.resolve() in cells for p in objects.places_behind(inst.pointer)):
                return []
            return [v for v in (moved,) if _leads_to_floats(activity, v)]
        case CallBase():
            if activity.kind_of_call(inst) in _HARMLESS:
                return []
            return [v for v in inst.arguments if _leads_to_floats(activity, v)]
        case Return():
            return [v for v in inst.operands if _leads_to_floats(activity, v)]
        case _:
            return []


def _leads_to_floats(activity: Activity, pointer: Value) -> bool:
    if not ty.is_pointer(pointer.type) or isinstance(pointer, Constant):
        return False
    return any(
        kind in ty.FLOATS
        for node in activity.objects.nodes_behind(pointer)
        for cell in node.cells.values()
        for kind in (*cell.strong, *cell.hints)
    )


def _is_kept(activity: Activity, cells: _Cells, value: Value) -> bool:
    """Was a pointer read where an allocator may have put it, or comes it from one that was?"""
    seen: dict[Value, None] = {}
    work = [value]
    while work:
        one = work.pop()
        if one in seen:
            continue
        seen[one] = None
        if isinstance(one, Load):
            places = activity.objects.places_behind(one.pointer)
            if any(place.resolve() in cells for place in places):
                return True
            work.append(one.pointer)
        elif isinstance(one, _CARRIES):
            work.extend(v for v in one.operands if not isinstance(v, Constant))
    return False


def _is_counted(activity: Activity, cells: _Cells, inst: Instruction) -> bool:
    """Is it a number read where an allocator counts, that is a float, or becomes one?"""
    if not isinstance(inst, Load) or ty.is_pointer(inst.type):
        return False
    if not any(p.resolve() in cells for p in activity.objects.places_behind(inst.pointer)):
        return False
    seen: dict[Value, None] = {inst: None}
    work: list[Instruction] = [inst]
    for one in work:
        for user in one.users:
            is_back = isinstance(user, Store) and any(
                p.resolve() in cells for p in activity.objects.places_behind(user.pointer)
            )
            if ty.is_float(one.type) and not is_back:
                return True
            if isinstance(user, _CARRIES) and user not in seen:
                seen[user] = None
                work.append(user)
    return False


def _end(companion: Companion, inst: Instruction, why: str) -> None:
    nothing = zero(ty.PTR)
    end_without_shadow(companion, inst, why, nothing, nothing)
