"""Which writes to a stack slot a load of it may see.

Only slots whose address stays within the function are followed: where others may know it, a call or
a store through an unknown pointer ends the search, and so does a write that covers a place in part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

from enzcc.ir.idle import is_idle
from enzcc.ir.instructions import (
    Alloca,
    CallBase,
    Cast,
    Compare,
    GetElementPtr,
    Instruction,
    Load,
    Store,
)
from enzcc.ir.values import Global, Local, Value

if TYPE_CHECKING:
    from enzcc.markers.trace import Tracer

_HARMLESS: Final = (
    "llvm.lifetime.", "llvm.dbg.", "llvm.invariant.", "llvm.assume", "llvm.objectsize.",
    "__ubsan_handle_",
)  # fmt: skip


@final
@dataclass(frozen=True)
class Place:
    """`size` bytes at `offset` in the object that `base` points to."""

    base: Value
    offset: int
    size: int


class Unknown(Exception):
    """The memory may have been written by something that cannot be followed."""


def reaching(tracer: Tracer, place: Place, before: Instruction) -> list[Instruction]:
    """The last writes of the place on all paths to `before`; raises Unknown."""
    slot = place.base
    assert isinstance(slot, Alloca)
    assert before.block is not None
    writes, exposing = _uses(slot)
    exposed = any(inst is not before for inst in exposing)
    block = before.block
    found: dict[Instruction, None] = {}
    work = [(block, block.instructions.index(before))]
    seen = set()
    while work:
        block, end = work.pop()
        for inst in reversed(block.instructions[:end]):
            if inst in writes:
                covers = _covers(tracer, inst, place)
                if covers is None or (covers and not writes[inst]):
                    raise Unknown
                if covers:
                    found[inst] = None
                    break
            elif (inst is before and inst in exposing) or (
                exposed and _may_write_anywhere(tracer, inst)
            ):
                raise Unknown
            if inst is slot:
                break
        else:
            for previous in tracer.predecessors(block):
                if previous not in seen:
                    seen.add(previous)
                    work.append((previous, len(previous.instructions)))
    return list(found)


def _uses(slot: Alloca) -> tuple[dict[Instruction, bool], set[Instruction]]:
    """Instructions that write the slot (surely, or perhaps), and those by which others learn its
    address.

    A pointer variable that holds the address is looked through: `struct s *p = &slot;`. If it never
    holds another, what is written through it is written here.
    """
    writes: dict[Instruction, bool] = {}
    exposing: set[Instruction] = set()
    work: list[tuple[Local, bool]] = [(slot, True)]
    seen: set[Local] = {slot}
    starts: set[Local] = {slot}
    while work:
        pointer, surely = work.pop()
        for user in pointer.users:
            match user:
                case GetElementPtr() | Cast(opcode="addrspacecast" | "bitcast"):
                    work.append((user, surely))
                case Load():
                    pass
                case Compare() | Cast(opcode="ptrtoint" | "ptrtoaddr") if is_idle(user):
                    pass
                case Store() if user.value is not pointer:
                    writes[user] = surely
                case Store(pointer=Alloca() as variable) if pointer in starts or not surely:
                    loads = _only_loaded(variable)
                    exposing.update([user] if loads is None else ())
                    sure = surely and sum(isinstance(u, Store) for u in variable.users) == 1
                    work += [(load, sure) for load in loads or () if load not in seen]
                    seen.update(loads or ())
                    starts.update(loads or () if sure else ())
                case CallBase() if is_copy(user) or is_fill(user):
                    if user.arguments[0] is pointer:
                        writes[user] = surely
                case CallBase() if _is_harmless(user) or _only_copied(user, pointer):
                    pass
                case _:
                    exposing.add(user)
    return writes, exposing


def _may_write_anywhere(tracer: Tracer, inst: Instruction) -> bool:
    """Could it write a slot whose address is known elsewhere?"""
    if isinstance(inst, Store):
        return not isinstance(tracer.split(inst.pointer)[0], Alloca | Global)
    return isinstance(inst, CallBase) and not _is_harmless(inst)


def _covers(tracer: Tracer, write: Instruction, place: Place) -> bool | None:
    """Does the write cover the place? None: in part, or nobody knows."""
    if isinstance(write, Store):
        start = tracer.split(write.pointer)[1]
        size: int | None = tracer.layout.store_size(write.value.type)
    else:
        assert isinstance(write, CallBase)
        start = tracer.split(write.arguments[0])[1]
        size = tracer.integer(write.arguments[2])
    if start is None or size is None:
        return None
    if start + size <= place.offset or place.offset + place.size <= start:
        return False
    if start <= place.offset and place.offset + place.size <= start + size:
        return True
    return None


def is_copy(call: CallBase) -> bool:
    """memcpy or memmove?"""
    callee = call.callee
    return isinstance(callee, Global) and callee.name.startswith(("llvm.memcpy.", "llvm.memmove."))


def is_fill(call: CallBase) -> bool:
    """memset?"""
    return isinstance(call.callee, Global) and call.callee.name.startswith("llvm.memset.")


def _only_loaded(variable: Alloca) -> list[Load] | None:
    """The loads of a variable that is only loaded and stored; None if more happens to it."""
    loads = []
    for user in variable.users:
        match user:
            case Load():
                loads.append(user)
            case Store() if user.value is not variable:
                pass
            case CallBase() if _is_harmless(user):
                pass
            case _:
                return None
    return loads


def _only_copied(call: CallBase, pointer: Value) -> bool:
    """Is the pointer only passed as a struct by value?"""
    if call.callee is pointer:
        return False
    pairs = zip(call.arguments, call.attributes, strict=True)
    return all("byval(" in attributes for value, attributes in pairs if value is pointer)


def _is_harmless(call: CallBase) -> bool:
    callee = call.callee
    return isinstance(callee, Global) and callee.name.startswith(_HARMLESS)
