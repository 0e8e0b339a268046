"""Words that LLVM moves as pointers, though floats may lie there.

    store float %a, ptr %closure
    store float %b, ptr %closure + 4
    %w = load ptr, ptr %closure          -->          %w = load i64, ptr %closure
    store ptr %w, ptr %there                          store i64 %w, ptr %there

What a `std::function` keeps its closure in is a union, whose first member is a pointer: where LLVM
takes its copy apart, it moves all words of it as pointers. No type tag says so then, nor where a
program copies a union through such a member. Such a word
that is moved, and nothing else, from where floats are stored is one of bytes.
"""

from __future__ import annotations

from enzcc.analysis.objects import Objects
from enzcc.analysis.tbaa import access_name
from enzcc.ir import types as ty
from enzcc.ir.builder import zero
from enzcc.ir.instructions import Cast, Freeze, Instruction, Load, Phi, Select, Store
from enzcc.ir.module import Module
from enzcc.ir.types import Type
from enzcc.ir.values import ConstantWord, Local, Value


def with_words(module: Module, objects: Objects) -> bool:
    """Makes such pointers words; True if there were any: then more is known of memory."""
    changed = False
    if objects.layout.size(ty.PTR) != objects.layout.size(ty.I64):
        return False
    for function in objects.functions.values():
        for inst in list(function.instructions()):
            if not isinstance(inst, Load) or not _is_untold(module, inst):
                continue
            if _holds_floats(objects, inst):
                moved = _only_moved(module, inst)
                changed |= bool(moved)
                for one in moved:
                    _retype(one)
    return changed


def _is_untold(module: Module, inst: Load | Store) -> bool:
    """Is a pointer accessed of which no tag says that it is one? (Members of a union are bytes.)"""
    value = inst if isinstance(inst, Load) else inst.value
    if value.type is not ty.PTR or inst.flags:
        return False
    return access_name(module, inst) in (None, "omnipotent char")


def _holds_floats(objects: Objects, load: Load) -> bool:
    """Are floats accessed in the bytes that are loaded?"""
    for place in objects.places_behind(load.pointer):
        for at in range(objects.layout.size(ty.PTR)):
            node, offset = place.moved(at).resolve()
            cell = node.cells.get(offset)
            if cell is not None and any(kind in ty.FLOATS for kind in cell.strong):
                return True
    return False


def _only_moved(module: Module, load: Load) -> list[Instruction]:
    """What a pointer goes through from loads to stores; nothing if it is used for more."""
    found: dict[Instruction, None] = {}
    work: list[Value] = [load]
    while work:
        value = work.pop()
        if value in found:
            continue
        match value:
            case Load() if _is_untold(module, value):
                operands: list[Value] = []
            case Phi() | Freeze():
                operands = list(value.operands)
            case Cast() if _is_cast(value, "inttoptr", value.operands[0].type):
                operands = []
            case Select():
                operands = list(value.operands[1:])
            case _:
                return []
        found[value] = None
        work += [o for o in operands if not isinstance(o, ConstantWord)]
        for user in value.users:
            if isinstance(user, Store):
                if user.pointer is value or not _is_untold(module, user):
                    return []
            elif isinstance(user, (Phi, Select, Freeze)):
                work.append(user)
            elif not _is_cast(user, "ptrtoint", user.type):
                return []
    return list(found)


def _is_cast(inst: Instruction, opcode: str, word: Type) -> bool:
    return isinstance(inst, Cast) and inst.opcode == opcode and word is ty.I64


def _retype(inst: Instruction) -> None:
    word: Value = inst
    if isinstance(inst, Cast):
        word = inst.operands[0]
        inst.replace_with(word)
        inst.erase()
    else:
        inst.type = ty.I64
    for index, operand in enumerate(inst.operands if isinstance(inst, (Phi, Select)) else ()):
        if isinstance(operand, ConstantWord):
            null = operand.word == "null"
            inst.set_operand(index, zero(ty.I64) if null else ConstantWord(ty.I64, operand.word))
    for user in list(word.users if isinstance(word, Local) else ()):
        if _is_cast(user, "ptrtoint", ty.I64):
            user.replace_with(word)
            user.erase()
