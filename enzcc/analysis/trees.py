"""Nodes of lists and trees that functions of the C++ library link, and the heads of trees.

A head lies in the container itself, and the container in an object of the program's; a pointer in a
node leads to other nodes or to the head. They have only the first words in common: what lies behind
the head are other members of that object, what lies there in a node is what the program keeps in
the container. So what may be a node or the head is a *view* of the head, that ends where the head
does (`Heads._is_beyond`).

A head is known by the calls that link nodes, by the type of a pointer to it, or by what is read or
stored there as a member of a head: of a map that stays empty, nothing else tells. Where the pointer
that its address is made of is itself only a view, all that this sees has a head there as well, and
the view has one where all have it that it sees. The head of a list is known by the count of nodes
behind it, or since it is linked with itself; a node by the types of links, and by which argument it
is in calls that link nodes.

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
    is_a_list,
    is_of_a_tree,
    leads_to_a_head,
    leads_to_a_list,
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
        self._tells_trees = self._tells_lists = False

    def _find_heads(self, functions: Iterable[Function], *, trees: bool, lists: bool) -> None:
        """Where heads of trees and lists lie, before anything is said of them."""
        listed = list(functions)
        self._tells_trees, self._tells_lists = trees, lists
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
        self._find_accessed_list(access)
        if isinstance(access, Load):
            return
        value = access.value
        if isinstance(value, GetElementPtr) and leads_to_a_head(access_name(self.module, access)):
            base, offset = self._tested.base(value)
            if offset > 0:
                self._add_head(self.place(base).moved(offset), self.layout.size(ty.PTR))

    def _find_accessed_list(self, access: Load | Store) -> None:
        """The same for lists; and a link, as its type tells, leads to where a node begins."""
        base, offset = self._tested.base(access.pointer)
        if is_a_list(base_name(self.module, access)):
            self._add_list(self.place(base).moved(offset - member_offset(self.module, access)))
        value = access if isinstance(access, Load) else access.value
        if ty.is_pointer(value.type) and leads_to_a_list(access_name(self.module, access)):
            word = self.layout.size(ty.PTR)
            if self._tested.base(value) in ((base, offset), (base, offset - word)):
                self._add_list(self.place(value))  # it is linked with itself: empty
                self._fold_lists(base)
            self._add_linked(self.link(self.place(base).moved(offset)))

    def _fold_lists(self, element: Value) -> None:
        """An array of lists is stepped through: what lies before one element is another one."""
        if not isinstance(element, GetElementPtr) or not isinstance(element.base, Alloca):
            return
        array = element.base.allocated
        size = self.layout.size(array.element) if isinstance(array, ty.ArrayType) else 0
        offset, strides = self.offset_of(element.source, element.indices)
        if size and strides and not offset % size and not any(step % size for step in strides):
            self._fold(self.place(element.base).node, size)

    def _add_list(self, place: Pointer) -> None:
        node, offset = place.resolve()
        if self._tells_lists and offset not in node.lists:
            self._place_lists(node, node.lists | {offset: None}, node.linked)
            self._has_heads = True
            node.change()

    def _add_linked(self, place: Pointer) -> None:
        """Nodes of lists begin at a place."""
        node, offset = place.resolve()
        if self._tells_lists and offset not in node.linked:
            self._place_lists(node, node.lists, node.linked | {offset: None})
            node.change()

    def _add_whole_head(self, place: Pointer) -> None:
        """A head of GNU's library, in which the count of nodes follows."""
        self._head_size = HEAD_WORDS * self.layout.size(ty.PTR)
        self._add_head(place, self._head_size)

    def _add_head(self, place: Pointer, size: int) -> None:
        node, offset = place.resolve()
        if self._tells_trees and offset not in node.heads:
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
            for offset in list(node.lists):
                for seen in self._closure(Pointer(node, offset))[1:]:
                    self._add_list(seen)
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
                self._find_seen_list(self.place(call.arguments[position]))
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

    def _find_seen_list(self, place: Pointer) -> None:
        """The same for lists; what may lead to a node, or else to a head, leads to a node."""
        node, offset = place.resolve()
        seen = [one.resolve() for one in self._objects(place) if one is not place]
        if any(at in one.linked for one, at in seen):
            self._add_linked(place)
        elif seen and offset not in node.linked and all(at in one.lists for one, at in seen):
            self._add_list(place)

    def _link_nodes(self, call: CallBase, known: Linker) -> None:
        """Nodes that are linked are told apart no more."""
        if self._tells_lists and not known.is_coloured:
            self._link_list(call, known)
            return
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

    def _link_list(self, call: CallBase, known: Linker) -> None:
        """The same for lists. What may be the head is not taken for a node: an object of the
        program's may begin there."""
        places = {position: self.place(call.arguments[position]) for position in known.nodes}
        first = places[known.inner[0]] if known.inner else Pointer(self._new())
        self._add_linked(first)
        word = self.layout.size(ty.PTR)
        for place in places.values():
            node, offset = place.resolve()
            if offset in node.lists or offset in node.linked:
                self._unify(first, place)
            else:
                self._views.append((first, place))
            for index in known.links:
                cell = place.moved(index * word)
                self._mark(cell, POINTER, word, strong=True)
                self._cell(cell).is_named = False
                self._unify(self.link(cell), first)


def _this(function: Function) -> list[Argument]:
    """The object that a member function is called for: not where it returns something else to."""
    return [arg for arg in function.args if "sret" not in arg.attributes][:1]
