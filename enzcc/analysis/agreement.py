"""Copies of which one end holds floats that the other end does not know of.

    memcpy(between, x, 32);                   between: a double, and bytes that nobody reads
    memcpy(a, between, 32);                   a: four doubles

Question     Is there a copy of memory, or of a value between a register and memory, whose ends do
             not say the same of each byte, and through which a derivative may flow?
Transfer     none: what has been found out of objects (`objects.py`) is looked at, element by
             element and over the whole length. The ends of a copy agree by construction; where they
             do not, this has failed, and an adjoint would be lost without a word, since bytes that
             nobody reads as floats have none.
Safe answer  yes: then the derivative is refused.

A float that ends behind the copy is no business of this (`pieces.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from enzcc.analysis.activity import Activity
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.nodes import (
    ENDLESS,
    Cell,
    Node,
    Pointer,
    carries,
    elements,
    extent_behind,
    only_float,
)
from enzcc.errors import NoDerivative
from enzcc.ir import types as ty
from enzcc.ir.instructions import CallBase, Instruction, Load, Store


def check_ends(activity: Activity) -> None:
    """Raises if there is such a copy."""
    for to, source in _disagreements(activity):
        inst = _moving(activity, to.node.find(), source.node.find())
        raise NoDerivative(
            activity.module.location(inst) if inst is not None else None,
            "cannot tell whether the data moved here are floating values",
            because="they are floating values where they are copied to, or from, but at the other"
            " end nothing tells so of some of these bytes",
            remedy="copy through pointers to the real type, or say what lies at the other end, once"
            " in the function: '__enzyme_double(p, -1);'",
        )


def _disagreements(activity: Activity) -> Iterator[tuple[Pointer, Pointer]]:
    """To where and from where there are copies of which one end alone holds a float somewhere."""
    objects = activity.objects
    registers = objects.registers
    seen = set[tuple[Node, int, Node, int, int | None]]()
    for to, source, size in objects.copies:
        for a in objects.places(to):
            for b in objects.places(source):
                key = (*a.unfolded(), *b.unfolded(), size)
                if key in seen or a.resolve() == b.resolve():
                    continue
                seen.add(key)
                here, there = a.node.find(), b.node.find()
                if (
                    (there in registers or activity.node_varied(there))
                    and (here in registers or activity.node_useful(here))
                    and not _agree(a, b, size)
                ):
                    yield a, b


def _agree(a: Pointer, b: Pointer, size: int | None) -> bool:
    """Do two places say the same of the floats in so many bytes?"""
    length = size if size is not None else min(extent_behind((a, b)), ENDLESS // 2)
    return _knows(a, b, length) and _knows(b, a, length)


def _knows(other: Pointer, one: Pointer, length: int) -> bool:
    """Are the floats behind one place such behind another one?"""
    node, begin = one.unfolded()
    target, start = other.unfolded()
    only = only_float(target)
    for at, cell in node.cells.items():
        floats = _floats(cell)
        if not floats:
            continue
        size = max(floats.values())
        for place in elements(node, at, begin, begin + length - size):
            there = target.cells.get(target.fold(start + place - begin))
            if there is cell:
                continue
            known = _floats(there)
            if not known and only is not None and (place - begin) % size == 0:
                known = {only.text: size}  # as all the rest of the object (`nodes.settle`)
            if not floats.keys() <= known.keys():
                return False
    return True


def _floats(cell: Cell | None) -> dict[str, int]:
    """The kinds of floats in a cell, as `nodes.kind_of` sees them, and their sizes."""
    told = {} if cell is None else cell.strong or cell.hints
    return {kind: size for kind, size in told.items() if kind in ty.FLOATS}


def _moving(activity: Activity, *ends: Node) -> Instruction | None:
    """An instruction that copies to one node from another one."""
    for function in activity.objects.functions.values():
        for inst in function.instructions():
            if _copies(activity, inst, ends):
                return inst
    return None


def _copies(activity: Activity, inst: Instruction, ends: tuple[Node, ...]) -> bool:
    """Does an instruction copy between two nodes, of memory or of what lies in registers?"""
    objects = activity.objects
    match inst:
        case CallBase() if activity.kind_of_call(inst) is CallKind.COPY:
            behind = map(objects.nodes_behind, inst.arguments[:2])
            return all(node in nodes for node, nodes in zip(ends, behind, strict=True))
        case Load() | Store():
            value = inst if isinstance(inst, Load) else inst.value
            if carries(value.type) and objects.contents(value) in ends:
                return not set(ends).isdisjoint(objects.nodes_behind(inst.pointer))
    return False
