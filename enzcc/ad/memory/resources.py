"""Blocks that stand for what memory resources hand out (`enzcc.ad.copies.resources`) are nobody
else's: what a caller sees was or would be given back to the resource, which does not know them. And
nothing lies in the buffer that a resource is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enzcc.ad.copies.resources import DELETE, NEW
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.tbaa import access_name, base_name
from enzcc.errors import Unsupported
from enzcc.ir import types as ty
from enzcc.ir.instructions import Alloca, CallBase, Load, Store, root_of
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.analysis.activity import Activity
    from enzcc.analysis.nodes import Node
    from enzcc.ir.module import Module

_WITH_BUFFER: Final = pattern(r"_ZTSNSt(?:3__1)?3pmr25monotonic_buffer_resource\w*")
"""The names of structs in which resources keep their buffers, as type information has them."""

_RESOURCE: Final = "_resource"
"""In the names of types: where a resource keeps the one that it asks for more, and its blocks."""


def refuse_resources(module: Module, activity: Activity) -> None:
    """Raises where others may see such a block, where one may be given back that was there before,
    and where one is never given back, as nobody frees it then."""
    objects = activity.objects
    calls = [
        inst
        for function in objects.functions.values()
        for inst in function.instructions()
        if isinstance(inst, CallBase) and inst.called in (NEW, DELETE)
    ]
    blocks = {inst: inst if inst.called == NEW else inst.arguments[0] for inst in calls}
    freed = {
        node: None
        for inst, block in blocks.items()
        if inst.called == DELETE
        for node in objects.nodes_behind(block)
    }
    for inst, block in blocks.items():
        if objects.may_be_outside(block):
            raise Unsupported(
                module.location(inst),
                "cannot differentiate through memory of a resource that others see",
                because="a container of std::pmr that is an argument, a result or a global"
                " variable, or that one of these leads to, may grow or be destroyed here",
                remedy="let it have the default allocator, or make a copy of its contents",
            )
        if freed.keys().isdisjoint(objects.nodes_behind(block)):
            raise Unsupported(
                module.location(inst),
                "cannot differentiate through memory of a resource that is not given back",
                because="the derivative has a block of its own for it, which it would never free",
                remedy="give it back by 'deallocate'",
            )
    if any(inst.called == NEW for inst in blocks):
        _refuse_buffers(module, activity)


def _refuse_buffers(module: Module, activity: Activity) -> None:
    """Raises where what lies in the buffer of a resource is read, but by containers. (Of a buffer
    in a struct, how long it is is not known: looked for is what is read where it begins.)"""
    objects = activity.objects
    instructions = [i for f in objects.functions.values() for i in f.instructions()]
    buffers: dict[tuple[Node, int], None] = {}
    whole: dict[Node, None] = {}
    for inst in instructions:
        if isinstance(inst, Store) and ty.is_pointer(inst.value.type):
            is_resource = _RESOURCE in (access_name(module, inst) or "")
            if _WITH_BUFFER.fullmatch(base_name(module, inst)) is None or is_resource:
                continue
            buffers |= dict.fromkeys(
                one.resolve() for one in objects.places(objects.place(inst.value))
            )
            root = root_of(inst.value)
            if isinstance(root, Alloca) and isinstance(root.allocated, ty.ArrayType):
                whole |= dict.fromkeys(objects.nodes_behind(inst.value))
    for inst in instructions if buffers else ():
        source = None
        if isinstance(inst, Load):
            source = inst.pointer
        elif isinstance(inst, CallBase) and activity.kind_of_call(inst) is CallKind.COPY:
            source = inst.arguments[1]
        read = objects.places(objects.place(source)) if source is not None else ()
        if any(one.resolve() in buffers or one.node.find() in whole for one in read):
            raise Unsupported(
                module.location(inst),
                "cannot differentiate through the buffer of a memory resource",
                because="in derivatives, containers of std::pmr have blocks of the heap",
                remedy="read what lies there through the container",
            )
