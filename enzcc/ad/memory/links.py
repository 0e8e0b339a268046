"""Calls that put nodes of lists and trees in another order are made twice: the shadows of the nodes
are linked as the nodes are.

    call void @hook(ptr %node, ptr %position)
    -->
    call void @hook(ptr %node, ptr %position)
    call void @hook(ptr %node', ptr %position')

Where a pointer turns out constant, the second call would repeat the first: there it is left out.
Nodes without a shadow beside others are those that a container held before the derivative: the
second call would put shadows among these, and what is read by way of them would be lost. There the
program ends.

Trees are balanced by the colours of their nodes, so shadows of nodes have the colours of the nodes,
in reverse mode as well, where the integers of shadow memory are not kept else.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, final

from enzcc.analysis.activity import Shadowing
from enzcc.analysis.nodes import Node, Pointer
from enzcc.analysis.objects import Objects
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.instructions import CallBase, Load
from enzcc.ir.values import Global, Value
from enzcc.rules.linked import Linker, linker

if TYPE_CHECKING:
    from enzcc.ad.modes.companion import Companion


def link_shadows(ad: Companion, inst: CallBase) -> None:
    """Copies the call, and makes it again for the shadows of the nodes."""
    callee = inst.callee
    assert isinstance(callee, Global)
    known = linker(callee.name)
    assert known is not None
    if not known.adds:
        _end_among_constants(ad, inst, known)
    copy = ad.copy(inst)
    for _ in ad.shadows.each():
        shadow = _again(ad, inst, callee, known)
        if isinstance(inst.type, ty.PointerType):
            ad.shadows[inst] = copy if shadow is None else shadow
    if known.adds:
        _end_among_constants(ad, inst, known)


def led_home(ad: Companion, inst: Load, shadow: Value) -> Value:
    """The shadow of a pointer that is loaded. In nodes that a container held before the derivative
    lie pointers to its head: if that is a variable with a shadow, they lead there."""
    if ad.activity.shadowing(inst.pointer) is Shadowing.MIXED and ad.activity.foreign(inst.pointer):
        for symbol, distance, is_home in _homes(ad, inst, shadow):
            home = ad.emit.offset(ad.shadow(symbol), distance)
            shadow = ad.emit.select(is_home, home, shadow)
    return shadow


def is_found_home(ad: Companion, value: Value, constant: Value) -> Value:
    """Is a pointer that goes into such nodes constant, or does it lead to such a head?"""
    for _, _, is_home in _homes(ad, value, ad.of(value)):
        constant = ad.emit.binary("or", constant, is_home)
    return constant


def _homes(ad: Companion, pointer: Value, value: Value) -> Iterator[tuple[Global, Value, Value]]:
    """The variables with shadows that a pointer may lead to, how far behind their start `value`
    leads, and whether it leads there."""
    for symbol, bytes_of_it in _heads(ad, pointer):
        there, start = (ad.emit.cast("ptrtoint", place, ty.I64) for place in (value, symbol))
        distance = ad.emit.binary("sub", there, start)
        size = const_int(ty.I64, bytes_of_it)
        yield symbol, distance, ad.emit.compare("icmp", "ult", distance, size)


def _heads(ad: Companion, pointer: Value) -> Iterator[tuple[Global, int]]:
    """The variables with shadows that a pointer may lead to, and their sizes."""
    nodes = ad.activity.objects.nodes_behind(pointer) if not ad.engine.again else ()
    for name in dict.fromkeys(name for node in nodes for name in node.globals):
        symbol = ad.module.symbol(name)
        if name in ad.activity.marked or name not in ad.activity.active_globals:
            continue
        if symbol.value_type is not None:
            yield symbol, ad.layout.size(symbol.value_type)


MOST_NODES: Final = 3
"""Arguments of such a function at most that are nodes."""

_COLOUR: Final = 4
"""The size of the colour of a node."""


@final
class Colours:
    """Where the colours of the nodes of trees lie that are linked in what is differentiated."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._offsets: dict[Node, set[int]] = {}
        word = objects.layout.size(ty.PTR)
        work = list(_colours(objects))
        while work:
            place, links = work.pop()
            for one in objects.places(place):
                node, offset = one.resolve()
                seen = self._offsets.setdefault(node, set())
                if offset in seen:
                    continue
                seen.add(offset)
                for index in links:
                    cell = node.cells.get(node.fold(offset + index * word))
                    if cell is not None and cell.link is not None:
                        work.append((cell.link, links))

    def lie_in(self, place: Pointer, size: int | None) -> bool:
        """May one lie in so many bytes (None: it is not known how many) from a place on?"""
        if not self._offsets:
            return False
        for one in self._objects.places(place):
            node, start = one.resolve()
            offsets = self._offsets.get(node)
            if offsets is None:
                continue
            if size is None or node.stride or node.arrays:
                return True
            if any(start - _COLOUR < offset < start + size for offset in offsets):
                return True
        return False


def _colours(objects: Objects) -> Iterator[tuple[Pointer, tuple[int, ...]]]:
    """The arguments that point to nodes with a colour, and which words of these are links."""
    for function in objects.functions.values():
        for inst in function.instructions():
            if not isinstance(inst, CallBase) or not isinstance(inst.callee, Global):
                continue
            known = linker(inst.callee.name)
            if known is not None and known.is_coloured:
                for position in known.nodes:
                    yield objects.place(inst.arguments[position]), known.links


def _again(ad: Companion, inst: CallBase, callee: Global, known: Linker) -> Value | None:
    """The call for the shadows in one lane; None if there are none."""
    nodes = [inst.arguments[i] for i in known.nodes]
    if all(ad.activity.shadowing(n) is Shadowing.NONE for n in nodes):
        return None
    arguments = [ad.of(a) for a in inst.arguments]
    for position in known.nodes:
        arguments[position] = ad.shadow(inst.arguments[position])
    symbol = ad.of(callee)
    assert isinstance(symbol, Global)
    type = inst.function_type
    if known.reads or not any(map(ad.is_mixed, nodes)):
        return ad.emit.call(symbol, type, arguments)
    guarded = _guarded(ad, symbol, type, known.nodes)
    assert guarded.function_type is not None
    return ad.emit.call(guarded, guarded.function_type, [*map(ad.of, nodes), *arguments])


_WAS_THERE: Final = (
    "nodes of a list or tree that were there before the derivative was called, and have no shadow,"
    " are linked here with others, or with a head, that have one: fill the container in the"
    " function that is differentiated, or clear it there first"
)


def _end_among_constants(ad: Companion, inst: CallBase, known: Linker) -> None:
    """Where some nodes, or the neighbours of some, are constant, and others not, such as the head
    in a variable that has a shadow. (What constant arguments lead to is what the program has
    said.) Asked before the call where it moves links that are there: behind it, the head of a list
    of constants need not lead to its shadow's neighbours any more."""
    nodes = [inst.arguments[i] for i in known.nodes]
    if known.reads or ad.engine.again or not any(_is_near_foreign(ad, n) for n in nodes):
        return
    if all(ad.activity.shadowing(n) is Shadowing.NONE for n in nodes):
        return
    missing = [zero(ty.PTR)] * (MOST_NODES - len(nodes))
    links = const_int(ty.I64, sum(1 << link for link in known.links))
    message = ad.module.message_at(ad.module.location(inst), _WAS_THERE)
    primal = [ad.of(n) for n in nodes]
    for _ in ad.shadows.each():
        shadows = [ad.shadow(n) for n in nodes]
        operands = [*primal, *missing, *shadows, *missing, links, message]
        _check(ad, "__enzcc_link_apart", operands)
        for node, value, shadow in zip(nodes, primal, shadows, strict=True):
            for symbol, size in _heads(ad, node) if not known.adds else ():
                bytes_of_it = const_int(ty.I64, size)
                operands = [value, shadow, links, symbol, bytes_of_it, message]
                _check(ad, "__enzcc_link_home", operands)


def _check(ad: Companion, name: str, operands: list[Value]) -> None:
    type = ty.function(ty.VOID, tuple(o.type for o in operands))
    ad.emit.call(ad.helper(name, type), type, operands)


def _is_near_foreign(ad: Companion, pointer: Value) -> bool:
    """May a node, or a neighbour of it, be memory that was there before the derivative?"""
    if ad.activity.foreign(pointer):
        return True
    nodes = ad.activity.objects.nodes_behind(pointer)
    return any(ad.activity.is_foreign_variable(n) for node in nodes for n in node.links())


def _guarded(
    ad: Companion, callee: Global, type: ty.FunctionType, nodes: tuple[int, ...]
) -> Global:
    """The function `f.shadow(nodes ..., arguments ...)`, which calls f only if no argument that is
    a node is one of these nodes; else a result is the first node."""
    name = f"{callee.name}.shadow"
    module = ad.module
    if not module.has_symbol(name):
        kind = ty.function(type.result, ((ty.PTR,) * len(nodes) + type.params))
        made = module.new_function(name, kind, "internal", "nounwind")
        ad.engine.made.append(name)
        emit = Builder(made.add_block("entry"))
        call, end = made.add_block("call"), made.add_block("end")
        primal, arguments = list(made.args[: len(nodes)]), list(made.args[len(nodes) :])
        same: Value | None = None
        for position, node in zip(nodes, primal, strict=True):
            one = emit.compare("icmp", "eq", node, arguments[position])
            same = one if same is None else emit.binary("or", same, one)
        assert same is not None
        emit.cond_branch(same, end, call)
        emit.at(call)
        result = emit.call(callee, type, arguments)
        _return(emit, type, result)
        emit.at(end)
        _return(emit, type, primal[0])
    return module.symbol(name)


def _return(emit: Builder, type: ty.FunctionType, value: Value) -> None:
    if type.result is ty.VOID:
        emit.ret()
    else:
        emit.ret(value)
