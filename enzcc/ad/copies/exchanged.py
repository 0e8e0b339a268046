"""Loops that exchange two pieces of memory byte by byte do so by copies.

    while (n--) { char t = *p; *p++ = *q; *q++ = t; }
    -->
    memcpy(between, p, n); memcpy(p, q, n); memcpy(q, between, n);

So sorts for elements of any type are written in C. No byte of a float carries a derivative, but
copies tell the floats in what they move. It has to be seen before LLVM unrolls such loops. Where
the two overlap, which no such sort asks for, the program ends; bytes that are exchanged with their
neighbours are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from typing import Final

from enzcc import llvm
from enzcc.ad.copies.bystanders import shown, without_bystanders
from enzcc.analysis.cfg import Loop, Shape
from enzcc.analysis.recurrences import Recurrences, signed
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.clone import clone_instruction
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Binary,
    Branch,
    Cast,
    Compare,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Store,
)
from enzcc.ir.lines import definitions
from enzcc.ir.module import Module
from enzcc.ir.values import ConstantInt, Value
from enzcc.patterns import pattern

_CHECK: Final = pattern(
    r"^  br i1 \S+, label (%[^,\s]+), label %([^,\s]+), [^\n]*!nosanitize [^\n]*$", re.MULTILINE
)
_REPORTS: Final = (
    r":[^\n]*\n(?:  %\S+ = (?!phi )[^\n]*\n)*  call void @(?:__ubsan_|llvm\.ubsantrap)"
)
_NOTHING: Final = ty.function(ty.VOID, ())
_LEAST: Final = 4
"""Bytes of a float."""
_SAYS: Final = ty.function(ty.I32, (ty.I32, ty.PTR), vararg=True)
_OVERLAP: Final = (
    "memory is exchanged byte by byte with memory that overlaps it, which derivatives cannot"
    " follow: move it by memmove"
)
_MOVE: Final = ty.function(ty.VOID, (ty.PTR, ty.PTR, ty.I64, ty.I1))


def with_exchanges(text: str, names: Iterable[str]) -> str:
    """A module with such copies in the named functions, which no pass has simplified yet."""
    wanted = set(names)
    found: list[str] = []
    parts: list[str] = []
    done = 0
    for start, end in definitions(text):
        body = text[start:end]
        name = body.split("@", 1)[1].split("(", 1)[0].strip('"')
        if name in wanted and body.count("= load i8, ptr ") > 1 and body.count("  store i8 %") > 1:
            found.append(name)
            parts += [text[done:start], _without_checks(body)]
            done = end
    if not found:
        return text
    plain = "".join([*parts, text[done:]])
    alone = Module.parse(llvm.rotated(without_bystanders(plain, found), found))
    found = [name for name in found if _has_exchange(alone, alone.function(name))]
    if not found:
        return text
    module = Module.parse(shown(plain, found, partial(llvm.rotated, names=found)))
    changed = [name for name in found if _with_copies(module, module.function(name))]
    return module.print() if changed else text


def _without_checks(body: str) -> str:
    """The text of a function whose checks by a sanitizer pass: each access to a byte has one."""

    def passed(match: re.Match[str]) -> str:
        reports = re.search(rf"^{re.escape(match[2])}{_REPORTS}", body, re.MULTILINE)
        return f"  br label {match[1]}" if reports else match[0]

    return _CHECK.sub(passed, body)


def _has_exchange(module: Module, function: Function) -> bool:
    shape = Shape(function)
    recurrences = Recurrences(shape, module.layout)
    return any(_exchange(recurrences, loop) is not None for loop in shape.loops)


def _with_copies(module: Module, function: Function) -> bool:
    shape = Shape(function)
    recurrences = Recurrences(shape, module.layout)
    changed = False
    for loop in shape.loops:
        found = _exchange(recurrences, loop)
        if found is not None:
            _copy_instead(module, function, recurrences, loop, found)
            changed = True
    if changed:
        function.name_everything()
    return changed


def _exchange(recurrences: Recurrences, loop: Loop) -> tuple[Load, Load] | None:
    """The two loads of a loop that does nothing but to exchange what they read."""
    block = loop.header
    if recurrences.shape.latch(loop) is not block or not _ends(recurrences, loop):
        return None
    before = recurrences.shape.preheader(loop)
    if before is None or not isinstance(before.terminator, Branch):
        return None
    if len(recurrences.shape.exits(loop)) != 1:
        return None
    loads: list[Load] = []
    stores: list[Store] = []
    for inst in block.instructions:
        match inst:
            case Load() if not inst.flags and not stores:
                loads.append(inst)
            case Store() if not inst.flags:
                stores.append(inst)
            case Phi() | GetElementPtr() | Binary() | Compare() | Cast() | Branch():
                pass
            case _:
                return None
        if any(user.block is not block for user in inst.users):
            return None
    if len(loads) != 2 or len(stores) != 2:
        return None
    if any(load.type is not ty.I8 for load in loads):
        return None
    crosswise = {(s.value, _place(s.pointer, loads)) for s in stores}
    if crosswise != {(loads[0], 1), (loads[1], 0)}:
        return None
    if _are_close(loads[0].pointer, loads[1].pointer):
        return None
    strides = {recurrences.stride(loop, load.pointer) for load in loads}
    return (loads[0], loads[1]) if strides in ({1}, {-1}) else None


def _place(pointer: Value, loads: list[Load]) -> int | None:
    """Which of the loads reads from that address?"""
    return next((i for i, load in enumerate(loads) if _is_same(pointer, load.pointer)), None)


def _is_same(a: Value, b: Value) -> bool:
    if a is b:
        return True
    match a, b:
        case GetElementPtr(), GetElementPtr():
            alike = a.source is b.source
        case Cast(), Cast():
            alike = a.opcode == b.opcode and a.type is b.type
        case _:
            return False
    return alike and all(map(_is_same, a.operands, b.operands))


def _are_close(a: Value, b: Value) -> bool:
    """Is a byte so near to another one that no float lies between them?"""
    (one, first), (two, second) = _index(a), _index(b)
    return one == two and abs(first - second) < _LEAST


def _index(pointer: Value) -> tuple[tuple[Value, Value | None], int]:
    """What a byte's address is calculated from, and the constants that are added."""
    constant = 0
    while isinstance(pointer, GetElementPtr) and pointer.source is ty.I8:
        index = pointer.indices[-1]
        if not isinstance(index, ConstantInt):
            break
        constant += signed(index)
        pointer = pointer.base
    if not isinstance(pointer, GetElementPtr) or len(pointer.indices) != 1:
        return (pointer, None), constant
    index = pointer.indices[0]
    while True:
        match index:
            case Cast():
                index = index.operands[0]
            case Binary(opcode="add", operands=[inner, ConstantInt() as more]):
                constant += signed(more)
                index = inner
            case _:
                return (pointer.base, index), constant


def _ends(recurrences: Recurrences, loop: Loop) -> bool:
    """Is it known how often the loop runs?"""
    return loop in recurrences.back_edges or _end(recurrences, loop) is not None


def _end(recurrences: Recurrences, loop: Loop) -> tuple[Value, Value] | None:
    """An address that grows byte by byte, and where it ends the loop."""
    last = loop.header.terminator
    test = last.operands[0] if last.operands else None
    if not isinstance(test, Compare) or not isinstance(last, Branch):
        return None
    at, end = test.operands
    goes_on = ("ne", "ult") if last.targets[0] is loop.header else ("eq", "uge")
    if not ty.is_pointer(at.type) or test.predicate not in goes_on:
        return None
    if recurrences.stride(loop, at) != 1 or not recurrences.is_invariant(loop, end):
        return None
    return at, end


def _back_edges(emit: Builder, recurrences: Recurrences, loop: Loop, before: Block) -> Value:
    """How often the loop jumps back."""
    known = recurrences.back_edges.get(loop)
    if known is not None:
        return known.emit(emit, lambda value: value)
    found = _end(recurrences, loop)
    assert found is not None
    at, end = _first(emit, loop.header, before, found[0]), found[1]
    distance = emit.sub(*(emit.cast("ptrtoint", p, ty.I64) for p in (end, at)))
    beyond = emit.compare("icmp", "ugt", at, end)
    return emit.select(beyond, const_int(ty.I64, 0), distance)


def _copy_instead(
    module: Module,
    function: Function,
    recurrences: Recurrences,
    loop: Loop,
    loads: tuple[Load, Load],
) -> None:
    old, before = loop.header, recurrences.shape.preheader(loop)
    ((_, after),) = recurrences.shape.exits(loop)
    assert before is not None
    there, stop, copy = (function.add_block(f"exchange.{n}") for n in ("begin", "stop", "copies"))
    emit = Builder(there)
    one, two = (_first(emit, old, before, load.pointer) for load in loads)
    further = _back_edges(emit, recurrences, loop, before)
    size = emit.add(further, const_int(ty.I64, 1))
    if recurrences.stride(loop, loads[0].pointer) == -1:
        back = emit.sub(const_int(ty.I64, 0), further)
        one, two = emit.offset(one, back), emit.offset(two, back)
    distance = emit.sub(*(emit.cast("ptrtoint", p, ty.I64) for p in (two, one)))
    near = emit.compare("icmp", "ult", emit.add(distance, further), emit.add(size, further))
    same = emit.compare("icmp", "eq", one, two)
    none = const_int(ty.I1, 0)
    emit.cond_branch(emit.select(same, none, near), stop, copy)
    emit.at(stop)
    text = module.message_at(module.location(loads[0]), _OVERLAP)
    says = module.declare("dprintf", _SAYS)
    emit.call(says, _SAYS, [const_int(ty.I32, 2), module.text_constant("%s\n"), text])
    emit.call(module.declare("abort", _NOTHING, "noreturn nounwind"), _NOTHING, [])
    emit.unreachable()
    emit.at(copy)
    keep = module.declare("llvm.stacksave.p0", ty.function(ty.PTR, ()))
    kept = emit.call(keep, ty.function(ty.PTR, ()), [])
    between = emit.alloca(ty.I8, size, align=16)
    for to, source in ((between, one), (one, two), (two, between)):
        move = module.declare("llvm.memcpy.p0.p0.i64", _MOVE)
        tail = loads[0].dbg
        emit.call(move, _MOVE, [to, source, size, none], tail=tail)
    restore = ty.function(ty.VOID, (ty.PTR,))
    emit.call(module.declare("llvm.stackrestore.p0", restore), restore, [kept])
    emit.branch(after)
    _redirect(before, old, there)
    for phi in after.phis():
        phi.blocks[phi.blocks.index(old)] = copy
    for inst in old.instructions:
        inst.drop_operands()
    function.blocks.remove(old)


def _first(emit: Builder, block: Block, before: Block, value: Value) -> Value:
    """A value of a loop of one block in the first iteration, calculated in front of it."""
    if not isinstance(value, Instruction) or value.block is not block:
        return value
    if isinstance(value, Phi):
        return value.value_from(before)
    new = clone_instruction(value)
    for index, operand in enumerate(value.operands):
        new.set_operand(index, _first(emit, block, before, operand))
    return emit.put(new)


def _redirect(source: Block, old: Block, new: Block) -> None:
    last = source.terminator
    assert isinstance(last, Branch)
    last.targets = [new if target is old else target for target in last.targets]
