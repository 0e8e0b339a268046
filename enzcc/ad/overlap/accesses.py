"""What a function reads and writes of memory that others know, each access through one buffer.

`enzcc.ad.overlap.extents` finds out how far they reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

from enzcc.analysis.callkind import CallKind
from enzcc.analysis.nodes import Node
from enzcc.ir import types as ty
from enzcc.ir.instructions import (
    Binary,
    Call,
    CallBase,
    Cast,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Select,
    Store,
    root_of,
)
from enzcc.ir.values import Argument, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.reverse import Reverse

MOST_BUFFERS: Final = 8
"""Places from which one pointer may have been chosen."""

_ANYWHERE: Final = ("getelementptr", "add", "sub", "mul", "and", "xor", "sext", "zext", "trunc")
"""What may be calculated where the program would not, without its flags."""

_HARMLESS = ("llvm.lifetime.", "llvm.assume", "llvm.experimental.noalias.scope.decl", "llvm.dbg.")
_BULK = ("llvm.memcpy.", "llvm.memmove.", "llvm.memset.")
PURE_INTEGERS = (
    "llvm.usub.sat.", "llvm.uadd.sat.", "llvm.umin.", "llvm.umax.", "llvm.smin.", "llvm.smax.",
    "llvm.abs.", "llvm.ctpop.", "llvm.cttz.", "llvm.ctlz.", "llvm.fshl.", "llvm.fshr.",
    "llvm.bitreverse.", "llvm.bswap.",
)  # fmt: skip


@final
@dataclass(eq=False)
class Region:
    """Memory that is accessed through the same pointers: that of a parameter alone, or other."""

    nodes: frozenset[Node]
    parameter: Argument | None


@final
@dataclass
class Access:
    """What an instruction reads or writes in memory from outside: from a place on, some bytes. If
    the pointer is one of several buffers, `buffer` is the one that is meant here."""

    inst: Instruction
    region: Region
    pointer: Value
    size: int | Value
    writes: bool
    buffer: Value | None


def accesses_of(part: Reverse) -> list[Access] | None:
    """All accesses of a function to memory from outside; None where one is not known."""
    found: list[tuple[Instruction, tuple[Node, ...], Value, int | Value, bool, Value | None]] = []
    for inst in part.source.instructions():
        match inst:
            case Load() | Store():
                if inst.flags:
                    return None
                type_ = inst.type if isinstance(inst, Load) else inst.value.type
                known = part.layout.store_size(type_)
                reached: list[tuple[Value, int | Value, bool]] = [
                    (inst.pointer, known, isinstance(inst, Store))
                ]
            case Call() if inst.called.startswith(_BULK):
                size = inst.arguments[2]
                reached = [(inst.arguments[0], size, True)]
                if not inst.called.startswith("llvm.memset."):
                    reached.append((inst.arguments[1], size, False))
            case CallBase():
                if not isinstance(inst, Call) or not _is_plain(part, inst):
                    return None
                continue
            case Instruction(opcode="atomicrmw" | "cmpxchg" | "fence" | "va_arg" | "indirectbr"):
                return None
            case _:
                continue
        for pointer, bytes_, writes in reached:
            for buffer in _buffers(part, pointer):
                nodes = _outside(part, pointer if buffer is None else buffer)
                if nodes is None:
                    return None
                if nodes:
                    found.append((inst, nodes, pointer, bytes_, writes, buffer))
    regions = _regions([nodes for _, nodes, *_ in found])
    return [
        Access(inst, regions[nodes[0]], pointer, size, writes, buffer)
        for inst, nodes, pointer, size, writes, buffer in found
    ]


def _buffers(part: Reverse, pointer: Value) -> list[Value | None]:
    """The buffers that an address is calculated from, where phis and selects choose between them
    (`next` and `cur`, exchanged in each step); [None] where it is one, or where they are not all
    known.

    An access through such a pointer counts as one through each of them. That is more than what the
    function does, never less: phis and selects only hand on what comes in, so what they give is
    one of the values at their ends, and each of these is the same for a whole call, as it is
    calculated outside of loops. (What steps through a buffer within the circle of phis would be
    such an end in a loop.)
    """
    root = root_of(pointer)
    if not isinstance(root, Phi | Select):
        return [None]
    choices: dict[Value, None] = {}
    ends: dict[Value | None, None] = {}
    work: list[Value] = [root]
    while work:
        value = work.pop()
        if isinstance(value, Phi | Select):
            if value not in choices:
                choices[value] = None
                work += value.operands if isinstance(value, Phi) else value.operands[1:]
        elif _outside(part, value) != ():
            if not is_there(part, value, root) and not _is_of_the_entry(part, value):
                return [None]
            ends[value] = None
    return [*ends] if len(ends) <= MOST_BUFFERS else [None]


def is_there(part: Reverse, value: Value, root: Instruction) -> bool:
    """Is a value calculated once in a call, before the choice between it and others?"""
    if not isinstance(value, Instruction):
        return True
    block, home = value.block, root.block
    assert block is not None
    assert home is not None
    if block in part.shape.loop_of or not part.shape.dominates(block, home):
        return False
    return block is not home or home.instructions.index(value) < home.instructions.index(root)


def _is_of_the_entry(part: Reverse, value: Value) -> bool:
    """Can the function's first block calculate an address as well (`b + n`)?"""
    if not isinstance(value, Instruction) or value.block is part.source.entry:
        return True
    if not isinstance(value, GetElementPtr | Cast | Binary) or value.opcode not in _ANYWHERE:
        return False
    return all(_is_of_the_entry(part, operand) for operand in value.operands)


def _outside(part: Reverse, pointer: Value) -> tuple[Node, ...] | None:
    """The memory from outside that a pointer may lead to, but for constants; None: who knows."""
    if not isinstance(pointer.type, ty.PointerType):
        return None
    found: list[Node] = []
    for node in part.objects.nodes_behind(pointer):
        node = node.find()
        if not part.objects.is_outside(node):
            continue
        if (
            not node.globals
            or node.arguments
            or node.unknown
            or not all(part.module.symbol(name).constant for name in node.globals)
        ):
            found.append(node)
    return tuple(found)


def _regions(accessed: list[tuple[Node, ...]]) -> dict[Node, Region]:
    """What one access may reach is one region; so is all memory of one parameter."""
    groups: dict[Node | Argument, set[Node]] = {}
    for nodes in accessed:
        keys: list[Node | Argument] = [*nodes]
        keys += [next(iter(n.arguments)) for n in nodes if _is_parameters(n)]
        together = set(nodes).union(*(groups[k] for k in keys if k in groups))
        for key in (*keys, *together):
            groups[key] = together
        for key, group in groups.items():
            if not together.isdisjoint(group):
                groups[key] = together
    made: dict[int, Region] = {}
    for group in groups.values():
        if id(group) not in made:
            arguments = {a for n in group for a in n.arguments}
            pure = len(arguments) == 1 and all(_is_parameters(n) for n in group)
            made[id(group)] = Region(frozenset(group), arguments.pop() if pure else None)
    return {key: made[id(g)] for key, g in groups.items() if not isinstance(key, Argument)}


def _is_parameters(node: Node) -> bool:
    """Is it memory of one parameter alone?"""
    return len(node.arguments) == 1 and not (node.unknown or node.globals)


def _is_plain(part: Reverse, call: Call) -> bool:
    """Does the call neither read nor write memory that matters, and return?"""
    name = call.called
    known = part.activity.known
    kind = part.activity.kind_of_call(call)
    match kind:
        case CallKind.ALLOCATION if name in known.allocators:
            return known.allocators[name].out is None and known.allocators[name].old is None
        case CallKind.DEALLOCATION if name in known.deallocators:
            return _outside(part, call.arguments[known.deallocators[name].pointer]) == ()
    if name.startswith(_HARMLESS):
        return True
    if any(ty.is_pointer(a.type) for a in call.arguments):
        return False
    return kind is CallKind.RULE or name.startswith(PURE_INTEGERS)
