"""Pointers in disguise: integers and bits that a shadow has to go along with.

Programs make addresses aligned, put tags into them, add to them as integers, and pack what they
load into wider words. The shadow follows as long as it is known which pointer is meant, and where
it is not, the function is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from enzcc.ad.modes.bits import apart
from enzcc.errors import Unsupported
from enzcc.ir import types as ty
from enzcc.ir.builder import const_int
from enzcc.ir.instructions import (
    Binary,
    CallBase,
    Cast,
    ExtractElement,
    Freeze,
    InsertValue,
    Instruction,
    Phi,
    Return,
    Select,
    Store,
)
from enzcc.ir.values import Constant, ConstantInt, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.companion import Companion


def check_origin(ad: Companion, inst: Cast) -> None:
    """A pointer must not have travelled as an element of a vector of floats (what widens loads
    makes such), nor in pieces: its shadow is lost there."""
    value = inst.operands[0]
    while isinstance(value, (ExtractElement, Cast, Freeze)):
        if ty.is_float(value.operands[0].type):
            if isinstance(value, ExtractElement) or value.opcode != "bitcast":
                return
            if isinstance(value.operands[0].type, ty.VectorType):
                raise ad.refuse(
                    inst,
                    "cannot differentiate a pointer that is read as a part of a vector of"
                    " floating values",
                    "loads were combined into wider ones before enzcc saw the code",
                    "compile from the source, or write IR with -Xclang -disable-llvm-passes",
                )
            return
        value = value.operands[0]
    if ad.activity.has_shadow(inst) and not _comes_with_shadow(ad, inst.operands[0]):
        raise ad.refuse(
            inst,
            "cannot differentiate a pointer that is put together from pieces",
            "none of its pieces is a pointer of which the shadow is known",
            "move the pointer as a whole, as a 'uintptr_t' for example",
        )


def check_disguise(ad: Companion, inst: Cast) -> None:
    """A pointer must not go elsewhere as the bits of a float: its shadow is lost."""
    if inst.opcode != "bitcast" or not ty.is_float(inst.type) or not _is_address(ad, inst):
        return
    work: list[Instruction] = [inst]
    for one in work:
        for user in one.users:
            if isinstance(user, (Phi, Select, Freeze)):
                work += [user] if user not in work else []
            elif isinstance(user, (Store, Return, CallBase, InsertValue)):
                raise ad.refuse(
                    user,
                    "cannot differentiate a pointer that is moved as the bits of a floating value",
                    "its shadow does not go with it",
                    "move it as a pointer, in a member of its own or of a union",
                )


def _is_address(ad: Companion, inst: Cast) -> bool:
    """Are these the bits of a pointer with a shadow, with others set or cleared? (As they are,
    `ad/copies/retyped.py` has them moved as a pointer.)"""
    work = list(inst.operands)
    if not isinstance(work[0], Binary):
        return False
    for one in work:
        if isinstance(one, Cast) and one.opcode in ("ptrtoint", "ptrtoaddr"):
            if ad.activity.has_shadow(one.operands[0]):
                return True
        elif isinstance(one, (Binary, Phi, Select, Freeze)) or (
            isinstance(one, Cast) and one.opcode == "bitcast"
        ):
            work += [operand for operand in one.operands if operand not in work]
    return False


def _comes_with_shadow(ad: Companion, value: Value) -> bool:
    """Is a pointer with a shadow among what an integer is calculated from? A piece is none."""
    work = [value]
    for one in work:
        if isinstance(one, (Binary, Cast, Freeze)) and not ty.is_pointer(one.operands[0].type):
            work += [operand for operand in one.operands if operand not in work]
        elif ad.activity.has_shadow(one) and ad.layout.bits(one.type) >= (ad.layout.bits(ty.PTR)):
            return True
    return False


def shadow_of_bits(ad: Companion, inst: Binary, copy: Instruction) -> Value:
    """Integer arithmetic on data that carries pointers or floats."""
    a, b = inst.operands
    if inst.opcode in ("add", "sub") and not ad.objects.floats_in(inst):
        new = copy.copy()  # an address: moves the shadow as it moves the primal
        new.flags = ""
        for position, operand in enumerate((a, b)):
            if ad.wants_shadow(operand):
                new.set_operand(position, ad.shadow(operand))
        return ad.emit.put(new)
    if inst.opcode in ("and", "or", "xor") and not ad.objects.floats_in(inst):
        pointers = [operand for operand in (a, b) if ad.wants_shadow(operand)]
        if len(pointers) == 1:
            return _masked(ad, inst, pointers[0], copy)
        new = copy.copy()
        for position, operand in enumerate((a, b)):
            if ad.wants_shadow(operand):
                new.set_operand(position, ad.shadow(operand))
        return ad.emit.put(new)
    moved = moved_bits(ad, inst)
    if moved is None:
        raise bit_trick(ad, inst)
    new = copy.copy()
    new.flags = ""
    for position in moved:
        new.set_operand(position, ad.shadow(inst.operands[position]))
    if inst.opcode == "or" and isinstance(b, ConstantInt):
        new.set_operand(1, ad.shadow(b, inst))
    return ad.emit.put(new)


def _masked(ad: Companion, inst: Binary, pointer: Value, copy: Instruction) -> Value:
    """An address made aligned, or tagged: the shadow goes as far, whatever its own low bits.
    But what a mask of low bits leaves of an address is a number."""
    mask = inst.operands[1]
    if inst.opcode == "and" and isinstance(mask, ConstantInt) and 0 <= mask.value < 1 << 32:
        return copy
    emit, address = ad.emit, ad.of(pointer)
    bits = ad.of(inst.operands[pointer is inst.operands[0]])
    ones = const_int(inst.type, -1)
    if inst.opcode == "and":  # which bits go, not how far: LLVM makes of p + (q - p), where
        gone = emit.binary("and", address, emit.binary("xor", bits, ones))
        return emit.sub(ad.shadow(pointer), gone)  # code is generated, a part of p's object
    come = emit.binary("and", bits, emit.binary("xor", address, ones))
    moved = emit.add(ad.shadow(pointer), come)
    return emit.sub(moved, emit.binary("and", address, bits)) if inst.opcode == "xor" else moved


def bit_trick(ad: Companion, inst: Instruction) -> Unsupported:
    """The error for integer arithmetic on the bits of an active float."""
    return ad.refuse(
        inst,
        f"cannot differentiate integer arithmetic ('{inst.opcode}') on the bits of a floating"
        " value",
        "the result is used as a floating value again, and its derivative cannot be told from"
        " the bits",
        "use floating arithmetic (fabs, copysign, ldexp, frexp), or hide it in an inactive"
        " function",
    )


def moved_bits(ad: Companion, inst: Binary) -> tuple[int, ...] | None:
    """Operands whose shadows take part, if the operation only packs or unpacks whole floats."""
    a, b = inst.operands
    match inst.opcode:
        case "shl" | "lshr" if isinstance(b, ConstantInt) and b.value % 8 == 0:
            return (0,)
        case "or" if not isinstance(b, Constant):
            if (halves := apart(inst)) is not None and not _cuts(ad, inst, halves):
                return (0, 1)
        case "or" | "and" if isinstance(b, ConstantInt):
            beside = inst.opcode == "or" and apart(inst) is not None
            if beside or _whole_floats(ad, a, b.value, inst.opcode):
                return (0,)
    return None


def _cuts(ad: Companion, inst: Binary, halves: tuple[int, int]) -> bool:
    """Do both operands have bytes of one float? Neither has its derivative."""
    floats = (((1 << s.size) - 1) << s.offset for s in ad.objects.floats_in(inst))
    return any(all(half & part for half in halves) for part in floats)


def _whole_floats(ad: Companion, value: Value, mask: int, opcode: str) -> bool:
    """Does the mask keep or clear every float in the value whole (`or`: leave it alone)?"""
    for segment in ad.objects.floats_in(value):
        part = mask >> 8 * segment.offset & ((1 << 8 * segment.size) - 1)
        full = (1 << 8 * segment.size) - 1
        if part not in ((0, full) if opcode == "and" else (0,)):
            return False
    return True
