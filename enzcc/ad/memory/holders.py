"""Static variables of C++ whose destructors tell which whole blocks of the heap they hold.

    static std::vector<double> scratch;      __cxa_atexit(std::vector<double>::~vector, &scratch)
    thread_local Workspace work;             Workspace::~Workspace destroys its members

The address of such a variable goes everywhere, so its uses tell nothing (`memory.owners`). But
whatever these do, the first pointer in a vector with the allocator of the library is the address of
a whole block, or null, and the others lead to the end of its elements and to that of the block; an
Eigen matrix holds one block, as malloc gives it, unless Eigen aligns blocks itself. A hash table
of GNU's library, with its allocator and hash functions, starts with the address of its buckets: a
whole block to which nothing else leads, or the one bucket that lies in the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Final, final

from enzcc.ir import types as ty
from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    Alloca,
    CallBase,
    Compare,
    GetElementPtr,
    Load,
    Phi,
    Return,
    Store,
    constant_offset,
)
from enzcc.ir.module import Module
from enzcc.ir.names import quoted, unquoted
from enzcc.ir.values import ConstantAggregate, ConstantInt, Global, Value
from enzcc.patterns import pattern

_REGISTERED: Final = pattern(
    r"@__cxa(?:_thread)?_atexit\(ptr @(\"[^\"]+\"|[-\w.$]+), ptr @(\"[^\"]+\"|[-\w.$]+)[,)]"
)
_VECTOR: Final = pattern(
    r"_ZNSt(?:(?:8__cxx1998|9__cxx1998|7__cxx11)?6vectorI(?P<a>\w+?)SaI(?:S[\dA-Z]*_|(?P=a))EE"
    r"|3__16vectorI(?:(?P<b>\w+?)NS_9allocator|\w+9allocator\w+?NS[\dA-Z]+_)"
    r"I(?:S[\dA-Z]*_|(?P=b))EEE)D[12](?:B\w+)?Ev"
)
_UNIQUE: Final = pattern(
    r"_ZNSt10unique_ptrI\w+?St14default_deleteI(?:S[\dA-Z]*_|[a-z]|A_[a-z])EED[12]Ev"
    r"|_ZNSt3__110unique_ptrI\w+?NS_14default_deleteI(?:S[\dA-Z]*_|[a-z]|A_[a-z])EEED[12](?:B\w+)?Ev"
)
_DELETER: Final = pattern(r"_ZNKSt(?:3__1)?14default_deleteI\w+Ecl")
_LEADS_TO_DELETER: Final = pattern(r"_ZNK?St(?:3__1)?10unique_ptrI")
_ALIGNED: Final = ("_ZdlPvmSt11align_val_t", "_ZdlPvSt11align_val_t")
_LEADS_TO_ALIGNED: Final = pattern(
    r"_Vector_baseI\w+D[12]|[dD]eallocate|_M_(?:erase|clear|drop_node|put_node)|[dD]estroy"
)
_PLAIN_ALIGNMENT: Final = 16
_ALIGNMENTS: Final = (32, 64, 128)
"""What runtime/held.c makes such blocks for."""

_DELETES: Final = {"_ZdlPv": "_Znwm", "_ZdlPvm": "_Znwm", "_ZdaPv": "_Znam", "_ZdaPvm": "_Znam"}
_DESTROYS: Final = pattern(
    r"[dD]estr(?:oy|uct)|E5clear|_M_(?:erase|clear|drop_node|deallocate_node)"
)
_MATRIX: Final = pattern(r"_ZN5Eigen12DenseStorageI(?:[df]|St7complexI[df]E)Lin1E\w+ED[12]Ev")
_TABLE: Final = pattern(
    r"_ZNSt10_HashtableI\w+SaI(?:S[\dA-Z]*_|[a-z])ENSt8__detail(?:10_Select1st|9_Identity)E"
    r"\w+ED[12]Ev"
)
_TABLE_SIZE: Final = 56
"""Bytes of a table whose functions have no state."""
_LINKED: Final = (
    (pattern(r"_ZNSt8_Rb_treeI\w+ED[12]Ev"), (16, 24, 32), (8, 16, 24), 32),
    (pattern(r"_ZNSt(?:7__cxx11|9__cxx1998)?10_List_baseI\w+ED[12]Ev"), (0, 8), (0, 8), 16),
    (pattern(r"_ZNSt10_HashtableI\w+ED[12]Ev"), (0, 16), (0,), 8),
    (pattern(r"_ZNSt(?:9__cxx1998)?14_Fwd_list_baseI\w+ED[12]Ev"), (0,), (0,), 8),
    (pattern(r"_ZNSt3__16__treeI\w+ED[12](?:B\w+)?Ev"), (0, 8), (0, 8, 16), 32),
    (pattern(r"_ZNSt3__1(?:10__list_imp|4list)I\w+ED[12](?:B\w+)?Ev"), (0, 8), (0, 8), 16),
    (pattern(r"_ZNSt3__119__forward_list_baseI\w+ED[12](?:B\w+)?Ev"), (0,), (0,), 8),
)
"""Where in containers, and in what they lead to, the pointers to nodes lie, and what is kept."""

_LINKS_OF_A_TREE: Final = 3
_FROM_THE_HEAP: Final = pattern(
    r"_ZNSt(?:7__cxx11|9__cxx1998)?(?:10_List|14_Fwd_list)_baseI\w+SaI(?:S[\dA-Z]*_|[a-z])EED[12]Ev"
    r"|_ZNSt10_HashtableI\w+SaI(?:S[\dA-Z]*_|[a-z])ENSt8__detail\w+D[12]Ev"
    r"|_ZNSt3__1(?:6__tree|10__list_imp|4list|19__forward_list_base)I\w+NS_9allocatorI(?:S[\dA-Z]*_|[a-z])EEE"
    r"D[12](?:B\w+)?Ev"
)
"""Containers whose allocator is the library's."""

_TREE: Final = pattern(r"_ZNSt8_Rb_treeI\w+SaI(?:S[\dA-Z]*_|[a-z])EED[12]Ev")
_BRANCHES: Final = (16, 24)
"""Where the nodes of a tree of GNU's library lead to those below."""

_DESTRUCTOR: Final = pattern(r"_ZN\w+D[12](?:B\w+)?Ev")
_ALIGNS_ITSELF: Final = "handmade_aligned_malloc"
_OPERATORS: Final = ("_Znwm", "_Znwj", "_Znam", "_ZnwmSt11align_val_t")
_DEEPEST: Final = 16


@final
@dataclass(frozen=True)
class Holder:
    """A pointer in a variable, or in an element of a block, to a whole block.

    others   how many pointers into the block follow it
    inside   what each element of the block holds, up to the first of these; or, without, the block
    stride   the bytes of an element
    classes  objects of these classes only may be there
    linked   it is a container of nodes: where pointers to other nodes lie in each, and in the
             container (`heads`)
    branches those by which all are reached, once each; nothing is said of other containers' nodes
    alone    each node is a block of the heap
    table    it is a hash table: the block holds its buckets, unless the one in the table is in use
    maker    what makes such blocks: the operators `_Znwm` or `_Znam`, or what calls the one for
             larger alignments; else they come from malloc
    """

    offset: int
    others: int = 0
    inside: tuple[Holder, ...] = ()
    stride: int = 0
    classes: tuple[Class, ...] = ()
    heads: tuple[int, ...] = ()
    linked: tuple[int, ...] = ()
    branches: tuple[int, ...] = ()
    alone: bool = False
    table: bool = False
    maker: str = "_Znwm"

    @property
    def dropper(self) -> str:
        """What gives such blocks back, if it is not free."""
        known = {"_Znwm": "_ZdlPv", "_Znam": "_ZdaPv"}
        return known.get(self.maker, self.maker.replace("new", "delete"))

    @property
    def ends(self) -> tuple[int, ...]:
        """Where pointers to such a block lie, or to nodes of a tree: who walks it starts at one of
        these."""
        return self.heads if self.branches else (self.offset,)

    @property
    def is_tree(self) -> bool:
        """Does what lies in the block matter?"""
        return bool(self.inside or self.classes or self.branches)

    @property
    def chain(self) -> tuple[int, int, int] | None:
        """Of a list, or the nodes of a hash table: where the pointer to a node at an end lies in
        the object, and in each node that to the next one, twice. Of a tree, that to the root, and
        in each node those to the two below."""
        if not self.alone or self.branches:
            return None
        below = self.linked[:2] if len(self.linked) == _LINKS_OF_A_TREE else self.linked[-1:]
        return self.heads[-1], below[0], below[-1]

    @property
    def is_block(self) -> bool:
        """Is it known of the pointer there that it leads to a whole block?"""
        return not self.linked or bool(self.branches)

    def moved(self, by: int) -> Holder:
        heads = tuple(head + by for head in self.heads)
        return replace(self, offset=self.offset + by, heads=heads)


@final
@dataclass(frozen=True)
class Class:
    """A class with virtual functions: where objects of it point into their table, and what they
    hold."""

    table: str
    at: int
    inside: tuple[Holder, ...]


@final
class Holders:
    """The variables of a module of which destructors tell what they hold."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._found: dict[str, tuple[Holder, ...]] = {}
        self._path: list[str] = []
        self._known: tuple[Class, ...] | None = None

    def of(self, name: str) -> tuple[Holder, ...]:
        """The pointers in a variable that are known to hold whole blocks."""
        if name not in self._found:
            destructor = self._destructors.get(quoted(name))
            self._found[name] = () if destructor is None else self._held(destructor)
        return self._found[name]

    @cached_property
    def _destructors(self) -> dict[str, str]:
        """What destroys each variable, by its name as the text has it. None where the program has
        allocators of its own in the library's place: their blocks are no blocks of the heap."""
        text = self.module.text
        if "_atexit(ptr @" not in text or any(map(self.module.defines, _OPERATORS)):
            return {}
        return {one[2]: unquoted(one[1]) for one in _REGISTERED.finditer(text)}

    def _held(self, destructor: str) -> tuple[Holder, ...]:
        """What an object holds that is destroyed so. Nothing is said of what lies in objects of a
        class that lie in such ones: lists that owners make have no end."""
        if destructor in self._path or len(self._path) > _DEEPEST:
            return ()
        self._path.append(destructor)
        found = self._held_by(destructor)
        self._path.pop()
        return tuple(dict.fromkeys(found))

    def _held_by(self, destructor: str) -> list[Holder]:
        vector = _VECTOR.fullmatch(destructor)
        if vector is not None:
            inside, stride = self._elements(destructor)
            inside = inside if stride else ()
            maker = self._maker(destructor)
            if not maker or "b" in (vector["a"], vector["b"]):  # or one of bits
                return []
            return [Holder(0, others=2, inside=inside, stride=stride, maker=maker)]
        if _UNIQUE.fullmatch(destructor):
            return self._owned(destructor)
        if _MATRIX.fullmatch(destructor):
            return [] if _ALIGNS_ITSELF in self.module.text else [Holder(0, maker="")]
        if not self.module.defines(destructor):
            return []
        function = self.module.function(destructor)
        for name, heads, links, start in _LINKED:
            if name.fullmatch(destructor):
                inside = tuple(one.moved(start) for one in self._elements(destructor)[0])
                nodes = Holder(heads[0], heads=heads, linked=links, inside=inside)
                maker = self._maker(destructor)
                if _TREE.fullmatch(destructor) and maker:
                    nodes = replace(nodes, branches=_BRANCHES, maker=maker)
                elif _FROM_THE_HEAP.fullmatch(destructor) and maker:
                    nodes = replace(nodes, alone=True, maker=maker)
                stateless = f"dereferenceable({_TABLE_SIZE})" in function.args[0].attributes
                is_table = stateless and _TABLE.fullmatch(destructor)
                return [Holder(0, table=True), nodes] if is_table else [nodes]
        return [
            held.moved(offset)
            for callee, offset in self._members(function)
            for held in self._held(callee)
        ]

    def _elements(self, destructor: str) -> tuple[tuple[Holder, ...], int]:
        """What the elements of a container hold, and, of a vector, their size."""
        work, seen = [destructor], {destructor: None}
        for name in work:
            if not self.module.defines(name):
                continue
            function = self.module.function(name)
            for callee, call in _called(function):
                if _DESTRUCTOR.fullmatch(callee) and name != destructor and _of_one(call):
                    inside = self._held(callee)
                    steps = map(self._step, filter(self.module.defines, seen))
                    stride = next(filter(None, steps), 0)
                    return inside, stride
                if callee not in seen and _DESTROYS.search(callee):
                    seen[callee] = None
                    work.append(callee)
        return (), 0

    def _maker(self, destructor: str) -> str:
        """What makes the blocks of a container, whose elements may ask for more alignment than
        others get; or nothing, if nobody does."""
        work, seen = [destructor], {destructor: None}
        for name in work:
            if not self.module.defines(name):
                continue
            for callee, call in _called(self.module.function(name)):
                last = call.arguments[-1] if call.arguments else None
                if callee in _ALIGNED or "__libcpp_deallocate" in callee:
                    known = last.value if isinstance(last, ConstantInt) else 0
                    if callee in _ALIGNED or known > _PLAIN_ALIGNMENT:
                        return f"__enzcc_heap_new_{known}" if known in _ALIGNMENTS else ""
                elif callee not in seen and _LEADS_TO_ALIGNED.search(callee):
                    seen[callee] = None
                    work.append(callee)
        return "_Znwm"

    def _step(self, name: str) -> int:
        """How far a function goes from one element to the next, or the one before."""
        for inst in self.module.function(name).instructions():
            if isinstance(inst, GetElementPtr) and len(inst.operands) == 2:
                by = constant_offset(self.module.layout, inst)
                if by:
                    return abs(by)
        return 0

    def _owned(self, destructor: str) -> list[Holder]:
        """The object of a `std::unique_ptr`, as its deleter deletes it."""
        work, seen = [destructor], {destructor: None}
        for name in work:
            if not self.module.defines(name):
                continue
            for callee, _ in _called(self.module.function(name)):
                if _DELETER.match(callee):
                    return self._deleted(callee) if self.module.defines(callee) else []
                if callee not in seen and _LEADS_TO_DELETER.match(callee):
                    seen[callee] = None
                    work.append(callee)
        return []

    def _deleted(self, deleter: str) -> list[Holder]:
        function = self.module.function(deleter)
        calls = [i for i in function.instructions() if isinstance(i, CallBase) and i.arguments]
        whole = [i for i in calls if self._offset(function, i.arguments[0], 1) == 0]
        made: str | None = None
        inside: tuple[Holder, ...] = ()
        for call in whole:
            name = call.callee.name if isinstance(call.callee, Global) else ""
            if not name:  # a virtual destructor, that of an object whose class its table tells
                return [Holder(0, classes=self._classes)] if self._classes else []
            if _DESTRUCTOR.fullmatch(name):
                inside = self._held(name)
            elif name in _DELETES:
                made = _DELETES[name]
        return [] if made is None else [Holder(0, inside=inside, maker=made)]

    @property
    def _classes(self) -> tuple[Class, ...]:
        """The classes whose virtual functions the module has; none while they are found."""
        if self._known is None:
            self._known, path, self._path = (), self._path, []
            self._known = tuple(self._find_classes())
            self._path = path
        return self._known

    def _find_classes(self) -> Iterator[Class]:
        size = self.module.layout.size(ty.PTR)
        for name in self.module.symbols():
            initial = self.module.initializer(name) if name.startswith("_ZTV") else None
            first = initial.elements[0] if isinstance(initial, ConstantAggregate) else None
            if not isinstance(first, ConstantAggregate):
                continue
            entries = [getattr(entry, "name", "") for entry in first.elements]
            at = next((i + 1 for i, n in enumerate(entries) if n.startswith("_ZTI")), None)
            for destructor, deletes in pairwise(entries):
                if at is not None and _DESTRUCTOR.fullmatch(destructor) and self._frees(deletes):
                    yield Class(name, at * size, self._held(destructor))

    def _frees(self, destructor: str) -> bool:
        """Does the destructor of objects with blocks of their own give them back to the library?"""
        if not self.module.defines(destructor):
            return False
        return any(name in _DELETES for name, _ in _called(self.module.function(destructor)))

    def _members(self, function: Function) -> list[tuple[str, int]]:
        """Which destructors a destructor calls for its own object's members, and where they lie:
        not those of which it is asked first whether they are there."""
        found: list[tuple[str, int]] = []
        for name, call in _called(function):
            if _DESTRUCTOR.fullmatch(name) and _of_one(call) and _is_always_called(function, call):
                found += [(name, offset) for offset in self._offsets(function, call.arguments[0])]
        return found

    def _offsets(self, function: Function, pointer: Value) -> list[int]:
        """How far behind the object that may be: elements of an array are destroyed last first."""
        offset = self._offset(function, pointer)
        if offset is not None:
            return [offset]
        if not isinstance(pointer, GetElementPtr) or not isinstance(pointer.base, Phi):
            return []
        step = constant_offset(self.module.layout, pointer)
        others = [v for v, _ in pointer.base.incoming() if v is not pointer]
        firsts = [o for u in pointer.users if isinstance(u, Compare) for o in u.operands]
        ends = [self._offset(function, value) for value in others]
        starts = [self._offset(function, value) for value in firsts if value is not pointer]
        if len(ends) != 1 or len(starts) != 1 or ends[0] is None or starts[0] is None or not step:
            return []
        return list(range(starts[0], ends[0], -step)) if step < 0 else []

    def _offset(self, function: Function, pointer: Value, parameter: int = 0) -> int | None:
        """How far behind the object, the first argument, a pointer leads, if that is known."""
        offset = 0
        while isinstance(pointer, GetElementPtr):
            by = constant_offset(self.module.layout, pointer)
            if by is None:
                return None
            offset += by
            pointer = pointer.base
        if isinstance(pointer, Load) and isinstance(pointer.pointer, Alloca):
            stored = [u.value for u in pointer.pointer.users if isinstance(u, Store)]
            pointer = stored[0] if len(stored) == 1 else pointer
        return offset if pointer is function.args[parameter] else None


def _called(function: Function) -> Iterator[tuple[str, CallBase]]:
    for inst in function.instructions():
        if isinstance(inst, CallBase) and isinstance(inst.callee, Global):
            yield inst.callee.name, inst


def _is_always_called(function: Function, call: CallBase) -> bool:
    """Is there no way to the end of the function that passes by a call?"""
    work = [function.blocks[0]]
    seen = dict.fromkeys(work)
    for block in work:
        if block is call.block:
            continue
        if isinstance(block.instructions[-1], Return):
            return False
        fresh = [target for target in block.successors() if target not in seen]
        seen.update(dict.fromkeys(fresh))
        work += fresh
    return True


def _of_one(call: CallBase) -> bool:
    return len(call.arguments) == 1
