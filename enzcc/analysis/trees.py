"""Nodes of lists and trees that functions of the C++ library link, and the heads of trees.

A head lies in the container itself, and the container in an object of the program's; a pointer in a
node leads to other nodes or to the head. They have only the first words in common: what lies behind
the head are other members of that object, what lies there in a node is what the program keeps in
the container. So what may be a node or the head is a *view* of the head, that ends where the head
does (`Graph._is_beyond`).

A head is known by the calls that link nodes, by the type of a pointer to it, or by what is read or
stored there as a member of a head: of a map that stays empty, nothing else tells. Where the pointer
that its address is made of is itself only a view, all that this sees has a head there as well, and
the view has one where all have it that it sees.

All heads have to be known before their places become the same as nodes: what such a place sees are
nodes, which would be taken for heads, and would end where these end. Where that happens, heads are
told from nothing (`HeadsMeetNodes`), and containers with others behind them are refused.
"""

from __future__ import annotations

from collections.abc import Iterable

from enzcc.analysis.nodes import POINTER, Pointer
from enzcc.analysis.places import Places
from enzcc.analysis.tbaa import access_name, base_name, member_offset
from enzcc.ir import types as ty
from enzcc.ir.function import Function
from enzcc.ir.instructions import Alloca, CallBase, GetElementPtr, Load, Store
from enzcc.ir.module import Module
from enzcc.ir.values import Argument, Global, Value
from enzcc.rules.known import Known
from enzcc.rules.linked import (
    HEAD_WORDS,
    Linker,
    is_a_head,
    is_of_a_tree,
    leads_to_a_head,
    linker,
    takes_heads,
)


class Trees(Places):
    """A graph that knows nodes that are linked."""

    def __init__(self, module: Module, functions: Iterable[Function], known: Known) -> None:
        super().__init__(module, functions, known)
        self._head_size = 0  # of GNU's library, if one has been found
        self._linking: list[tuple[CallBase, Linker]] = []
        self._containers: list[Pointer] = []  # what member functions of trees are called for

    def _find_heads(self, functions: Iterable[Function]) -> None:
        """Where heads lie, before anything is said of them."""
        listed = list(functions)
        for function in listed:
            for inst in function.instructions():
                if isinstance(inst, Load | Store):
                    self._find_accessed_head(inst)
                if not isinstance(inst, CallBase) or not isinstance(inst.callee, Global):
                    continue
                known = linker(inst.callee.name)
                if known is None or known.head is None:
                    continue
                base, offset = self._tested.base(inst.arguments[known.head])
                if offset > 0 or isinstance(base, Alloca):
                    self._add_whole_head(self.place(base).moved(offset))
        for function in listed if self._has_heads else ():
            if takes_heads(function.name):
                for arg in function.args:
                    if ty.is_pointer(arg.type):
                        self._add_whole_head(self.place(arg))
                        self.place(arg).node.find().sees_more = True
            elif is_of_a_tree(function.name):
                self._containers += [self.place(this) for this in _this(function)]

    def _find_accessed_head(self, access: Load | Store) -> None:
        """What is read from a head, or stored there, says so: of a map that is only looked into,
        nothing else does. LLVM's library needs no functions to link nodes: there, a pointer into
        an object of the type that heads have leads to one."""
        if is_a_head(base_name(self.module, access)):
            base, offset = self._tested.base(access.pointer)
            offset -= member_offset(self.module, access)
            if offset > 0 or (offset == 0 and isinstance(base, Alloca)):
                self._add_whole_head(self.place(base).moved(offset))
        if isinstance(access, Load):
            return
        value = access.value
        if isinstance(value, GetElementPtr) and leads_to_a_head(access_name(self.module, access)):
            base, offset = self._tested.base(value)
            if offset > 0:
                self._add_head(self.place(base).moved(offset), self.layout.size(ty.PTR))

    def _add_whole_head(self, place: Pointer) -> None:
        """A head of GNU's library, in which the count of nodes follows."""
        self._head_size = HEAD_WORDS * self.layout.size(ty.PTR)
        self._add_head(place, self._head_size)

    def _add_head(self, place: Pointer, size: int) -> None:
        node, offset = place.resolve()
        if offset not in node.heads:
            self._place_heads(node, node.heads | {offset: size})
            self._has_heads = True
            node.change()

    def _pass_heads_on(self) -> None:
        """What is seen through a view has heads where the view has."""
        if not self._has_heads:
            return
        self._order_views()
        for node in list(self._viewed):
            for offset, size in list(node.heads.items()):
                for seen in self._closure(Pointer(node, offset))[1:]:
                    self._add_head(seen, size)
        for container in self._containers:
            for seen in self._closure(container)[1:]:
                node, offset = seen.resolve()
                distances = [at - offset for at in node.heads if at >= offset]
                if distances and min(distances) < self._head_size:  # else it is another tree's
                    self._add_head(container.moved(min(distances)), self._head_size)

    def _take_stored(self) -> None:
        """As ever, but whole objects come first: what has a head is known when its head comes."""
        self._pass_heads_on()
        for call, known in self._linking if self._has_heads else ():
            for position in known.nodes:
                self._find_seen_head(call.arguments[position])
        for call, known in self._linking:
            self._link_nodes(call, known)
        if self._has_heads:
            self._stored.sort(key=lambda pair: pair[1].resolve()[1] != 0)
        super()._take_stored()
        self._pass_heads_on()

    def _find_seen_head(self, value: Value) -> None:
        """A pointer into what is only a view, as into a parameter, leads to a head where it does in
        all objects that are known so far to lie there. (Which of them a narrowed place sees turns
        out later: some of those that the pointer leads to before a test.)"""
        base, offset = self._tested.base(value)
        if offset <= 0 or self._is_head(self.place(value)):
            return
        behind = self._closure(self.place(value))[1:]
        behind = behind or self._closure(self.place(base).moved(offset))[1:]
        seen = [place.resolve() for place in behind]
        sizes = {n.heads.get(at) for n, at in seen if n.is_known or n.heads}
        size = sizes.pop() if len(sizes) == 1 else None
        if size is not None:
            self._add_head(self.place(value), size)

    def _link_nodes(self, call: CallBase, known: Linker) -> None:
        """Nodes that are linked are told apart no more."""
        places = [self.place(call.arguments[position]) for position in known.nodes]
        if isinstance(call.type, ty.PointerType):
            places.append(self.place(call))
        first = next((place for place in places if not self._is_head(place)), Pointer(self._new()))
        for place in places:
            if place is not first:
                self._unify(first, place)
        word = self.layout.size(ty.PTR)
        for place in (first, *filter(self._is_head, places)):
            for index in known.links:
                cell = place.moved(index * word)
                self._mark(cell, POINTER, word, strong=True)
                self._cell(cell).is_named = False
                self._unify(self.link(cell), first)


def _this(function: Function) -> list[Argument]:
    """The object that a member function is called for: not where it returns something else to."""
    return [arg for arg in function.args if "sret" not in arg.attributes][:1]
