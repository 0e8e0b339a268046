"""Strings of the C++ library hold text, and no derivative: nobody looks into their functions.

Their characters lie in the string itself or on the heap, and are moved in numbers that only the run
knows; next to active data, the analyses could not tell what such moves carry. So these functions
are taken as if the program had declared them inactive. The strings in shadow memory stay as they
are: nothing reads them. Nor do bytes carry a derivative that are written to a file and read again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from enzcc.analysis.activity import Activity, has_floats
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.pieces import floats_at
from enzcc.analysis.recurrences import signed
from enzcc.ir.instructions import (
    Binary,
    CallBase,
    Cast,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Select,
    Store,
)
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType, IntType, PointerType
from enzcc.ir.values import ConstantInt, Global, Value
from enzcc.markers import Annotations
from enzcc.rules import reads_bytes, writes_bytes
from enzcc.rules.cxx import bits_of_characters, is_of_strings, reads_characters

_PUT: Final = ("putc", "fputc", "putchar", "putc_unlocked", "fputc_unlocked", "_IO_putc")
FILES_IN_MEMORY: Final = ("fmemopen", "open_memstream", "open_wmemstream")
"""What is written to these is read by the program as memory."""

_GET: Final = ("getc", "fgetc", "getchar", "getc_unlocked", "fgetc_unlocked", "_IO_getc")


def with_strings(annotations: Annotations, module: Module) -> Annotations:
    """The annotations, and the functions of strings in the module as inactive ones."""
    found = {
        name: None
        for name in module.symbols()
        if is_of_strings(name) and module.symbol(name).function_type is not None
    }
    return (
        replace(annotations, inactive={**annotations.inactive, **found}) if found else annotations
    )


def puts_floats_into_a_string(activity: Activity) -> Instruction | None:
    """An instruction that takes the bytes of active floats for characters, None if there is
    none."""
    for inst, name in _inactive_calls(activity):
        if not is_of_strings(name):
            continue
        for argument in inst.arguments[1:]:
            if isinstance(argument.type, PointerType):
                if reads_characters(name) and _is_active_float(activity, argument):
                    return inst
            elif (
                isinstance(argument.type, IntType)
                and argument.type.bits == bits_of_characters(name)
                and _is_byte_of_float(activity, argument)
            ):
                return inst
        if isinstance(inst.type, PointerType):
            for store in _stores_behind(inst):
                if _is_byte_of_float(activity, store.value):
                    return store
    return None


def _stores_behind(pointer: Instruction) -> Iterator[Store]:
    """The stores to what a string says where its characters are."""
    for user in pointer.users:
        if isinstance(user, GetElementPtr):
            yield from _stores_behind(user)
        elif isinstance(user, Store) and user.pointer is pointer:
            yield user


def reads_floats_back(activity: Activity) -> CallBase | None:
    """A call that reads the bytes of floats from a file, where active ones are written to one; None
    if there is none."""
    written = False
    found: CallBase | None = next(_opened_in_memory(activity), None)
    for inst, name in _inactive_calls(activity):
        if name in activity.known.inactive:
            continue  # the program says so
        if name in _PUT:
            written |= _is_of_active_float(activity, inst.arguments[0])
        elif name in _GET and _becomes_float(activity, inst):
            found = inst
        nodes = [
            node
            for argument in inst.arguments
            if isinstance(argument.type, PointerType)
            for start in activity.objects.nodes_behind(argument)
            for node in (start, *(start.links() if name.endswith(("readv", "writev")) else ()))
            if has_floats(node.find())
        ]
        if writes_bytes(name):
            written |= any(activity.node_varied(n) for n in nodes)
        elif reads_bytes(name) and nodes:
            found = inst
    return found if written else None


def _opened_in_memory(activity: Activity) -> Iterator[CallBase]:
    """The calls by which the program gets to read the bytes of files as memory."""
    for name in FILES_IN_MEMORY:
        yield from activity.calls_of(name)
    for name in ("mmap", "mmap64"):
        for call in activity.calls_of(name):
            file = call.arguments[4] if len(call.arguments) > 4 else None
            if not isinstance(file, ConstantInt) or signed(file) != -1:
                yield call


def _is_of_active_float(activity: Activity, value: Value) -> bool:
    """Is it a byte of memory in which there are active floats?"""
    while isinstance(value, Cast):
        value = value.operands[0]
    return isinstance(value, Load) and any(
        activity.node_varied(node) and has_floats(node)
        for node in activity.objects.nodes_behind(value.pointer)
    )


def _is_byte_of_float(activity: Activity, value: Value) -> bool:
    """Is it part of the bits of an active float?"""
    while True:
        match value:
            case Cast(opcode="bitcast", operands=[source]) if isinstance(source.type, FloatType):
                return activity.is_varied(source)
            case Cast(opcode="trunc" | "zext" | "sext") | Binary(opcode="lshr" | "ashr" | "and"):
                value = value.operands[0]
            case Load():
                place = activity.objects.place(value.pointer)
                return _is_of_active_float(activity, value) and any(
                    True for _ in floats_at(activity.objects, place, 1)
                )
            case _:
                return False


def _becomes_float(activity: Activity, byte: Instruction) -> bool:
    """Is it put into memory in which there are floats, or with others into one?"""
    reached: dict[Value, None] = {byte: None}
    todo: list[Instruction] = [byte]
    while todo:
        value = todo.pop()
        for user in value.users:
            if isinstance(user, Store):
                nodes = activity.objects.nodes_behind(user.pointer)
                if user.value is value and any(map(has_floats, nodes)):
                    return True
            elif isinstance(user, Cast) and user.opcode == "bitcast":
                return True
            elif isinstance(user, Binary | Cast | Phi | Select) and user not in reached:
                reached[user] = None
                todo.append(user)
    return False


def _inactive_calls(activity: Activity) -> Iterator[tuple[CallBase, str]]:
    """The calls of inactive functions, and the names of these."""
    for function in activity.objects.functions.values():
        for inst in function.instructions():
            if not isinstance(inst, CallBase) or not isinstance(inst.callee, Global):
                continue
            if activity.kind_of_call(inst) is CallKind.INACTIVE:
                yield inst, inst.callee.name


def _is_active_float(activity: Activity, pointer: Value) -> bool:
    return any(
        activity.node_varied(place.node.find())
        and isinstance(activity.objects.segments(place, 1)[0].kind, FloatType)
        for place in activity.objects.places_behind(pointer)
    )
