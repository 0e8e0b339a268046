"""Words that LLVM moves as pointers, though floats may lie there.

    store float %a, ptr %closure
    store float %b, ptr %closure + 4
    %w = load ptr, ptr %closure          -->          %w = load i64, ptr %closure
    store ptr %w, ptr %there                          store i64 %w, ptr %there

What a `std::function` keeps its closure in is a union, whose first member is a pointer: where LLVM
takes its copy apart, it moves all words of it as pointers. No type tag says so then, nor where a
program copies a union through such a member. Such a word that is moved, and nothing else, from
where floats are stored is one of bytes. One that is also followed, for what is a float in one
object may be a pointer in another that is chosen with it, is moved as bytes and followed as a
pointer. Where doubles lie at one time and pointers at another, here or there, the bytes are copied
by `memcpy` instead: its derivative tells the two apart when the program runs. A pointer that LLVM
stores there as a word, or chooses as the bits of a double, is stored as a pointer, and a number
that it chooses as a pointer is stored as a number. Where the bits of such a word are taken for a
float, they are those of a word of bytes beside it: of an address there is no derivative. Where the
bits of a double, or of a word where floats lie, are followed as a pointer, as LLVM has loaded one
word for both members of a union, the pointer is loaded beside it. Where LLVM keeps a union in
registers, as a pointer, numbers that have been calculated are moved as words beside it.

Two lanes of single precision that are moved as one double are moved as two lanes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from enzcc.analysis.callkind import FILLS
from enzcc.analysis.evidence import MEMORY_COPIES
from enzcc.analysis.objects import Objects
from enzcc.analysis.tbaa import access_name
from enzcc.errors import unknown_kind
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, copy_bytes, zero
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Binary,
    CallBase,
    Cast,
    Compare,
    ExtractElement,
    FNeg,
    Freeze,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Select,
    Store,
    handed_on,
)
from enzcc.ir.module import Module
from enzcc.ir.types import Type, VectorType
from enzcc.ir.values import (
    ConstantExpression,
    ConstantFloat,
    ConstantInt,
    ConstantWord,
    Local,
    Value,
    is_undefined,
    is_zero,
)
from enzcc.patterns import pattern
from enzcc.rules import DEALLOCATORS, find

_NO_TAG: Final = (None, "omnipotent char")
_UNTAGGED: Final = pattern(r", !tbaa !\d+")


def with_words(module: Module, objects: Objects) -> bool:
    """Makes such pointers words; True if there were any: then more is known of memory."""
    changed = False
    if objects.layout.size(ty.PTR) != objects.layout.size(ty.I64):
        return False
    for function in objects.functions.values():
        for inst in list(function.instructions()):
            changed |= inst.block is not None and _as_lanes(inst)
            if isinstance(inst, Cast) and inst.block is not None:
                changed |= _Pointers(objects).take_from_number(inst)
            if isinstance(inst, Cast) and inst.block is not None:
                changed |= _Twins(module).set_apart(inst)
            if isinstance(inst, Store) and inst.block is not None:  # else it has been replaced
                changed |= _store_apart(function, inst) or _store_pointer(objects, inst)
            if not isinstance(inst, Load) or not _is_word(module, inst):
                continue
            floats = _floats_at(objects, inst) if _is_untold(module, inst) else set()
            if floats:
                moved = _only_moved(module, inst)
                changed |= bool(moved)
                for one in moved:
                    _retype(one)
            stores = _words_stored(module, inst)
            places = [one.pointer for one in stores] + [inst.pointer]
            if stores and any(_holds_both(objects, place) for place in places):
                _copy_instead(module, function, inst, stores)
                changed = True
            several = floats and ty.DOUBLE.text not in floats  # else the copy tells them apart
            if several and inst.block is not None and inst.type is ty.PTR:
                changed |= _Twins(module).make(inst, objects)
            if inst.block is not None and inst.type is ty.PTR:
                changed |= _Twins(module).take_numbers(inst)
    return changed


def _is_word(module: Module, inst: Load | Store) -> bool:
    """Is it an integer that is accessed, or a pointer of which no tag says that it is one?"""
    value = inst if isinstance(inst, Load) else inst.value
    return (value.type is ty.I64 and not inst.flags) or _is_untold(module, inst)


def _is_untold(module: Module, inst: Load | Store) -> bool:
    """Is a pointer accessed of which no tag says that it is one? (Members of a union are bytes.)"""
    value = inst if isinstance(inst, Load) else inst.value
    if value.type is not ty.PTR or inst.flags:
        return False
    return access_name(module, inst) in _NO_TAG


def _floats_at(objects: Objects, load: Load) -> set[str]:
    """The kinds of floats that are accessed in the bytes that are loaded."""
    found: set[str] = set()
    for place in objects.places_behind(load.pointer):
        for at in range(objects.layout.size(ty.PTR)):
            node, offset = place.moved(at).resolve()
            cell = node.cells.get(offset)
            if cell is not None:
                found.update(kind for kind in cell.strong if kind in ty.FLOATS)
    return found


def _holds_both(objects: Objects, pointer: Value) -> bool:
    """Does a double lie there at one time, and a pointer at another?"""
    found = objects.union_float(objects.place(pointer))
    return found is not None and found[0] is ty.DOUBLE


def _store_apart(function: Function, store: Store) -> bool:
    """Takes apart a store of a number or a pointer, of which LLVM has made one value, as the bits
    of the other: what is not chosen goes to a variable."""
    choice = store.value
    if store.flags or not _chooses_both(choice):
        return False
    if isinstance(choice, Cast):
        store.set_operand(0, _beneath(choice))
        return True
    assert store.block is not None
    chosen = _Apart().chosen(choice)
    start = Builder(function.entry, function.entry.first_non_phi())
    emit = Builder(store.block, store)
    for is_pointer, value in enumerate((chosen.number, chosen.pointer)):
        variable = start.alloca(ty.I64, align=64)  # whatever the store says
        ways = (store.pointer, variable) if is_pointer else (variable, store.pointer)
        emit.store(value, emit.select(chosen.is_pointer, *ways), tail=store.tail)
    store.erase()
    return True


def _chooses_both(choice: Value) -> bool:
    """Is it the bits of a pointer, as a double, or those of a number, as a pointer, or one of both
    as a word?"""
    if choice.type not in (ty.DOUBLE, ty.PTR, ty.I64):
        return False
    if not isinstance(choice, (Cast, Phi, Select)):
        return False
    kinds = _kinds_chosen(choice)
    if choice.type is ty.I64:
        return kinds == {ty.DOUBLE, ty.PTR}
    return (ty.PTR if choice.type is ty.DOUBLE else ty.DOUBLE) in kinds


def _kinds_chosen(choice: Value) -> set[Type]:
    """What the values are, beneath, among which one is chosen that is not zero."""
    found: dict[Value, None] = {}
    kinds: set[Type] = set()
    work: list[Value] = [choice]
    while work:
        value = work.pop()
        if value in found or is_zero(value) or is_undefined(value):
            continue
        found[value] = None
        match value:
            case Phi() | Select():
                work += handed_on(value)
            case _:
                kinds.add(_beneath(value).type)
    return kinds


def _beneath(value: Value) -> Value:
    """The number or pointer whose bits a value is, if it is known; else the value."""
    inner = value
    while isinstance(inner, Cast) and inner.opcode in ("bitcast", "ptrtoint", "inttoptr"):
        (inner,) = inner.operands
        if inner.type not in (ty.DOUBLE, ty.PTR, ty.I64):
            return value
        if inner.type in (ty.DOUBLE, ty.PTR) and inner.type is not value.type:
            return inner
    return value


@final
@dataclass(frozen=True)
class _Chosen:
    """A number or a pointer."""

    is_pointer: Value
    number: Value
    pointer: Value


@final
class _Apart:
    """What LLVM chooses among, numbers and pointers apart."""

    def __init__(self) -> None:
        self._known: dict[Value, _Chosen] = {}

    def chosen(self, value: Value) -> _Chosen:
        """Its parts, beside it."""
        known = self._known.get(value)
        if known is not None:
            return known
        match value:
            case Phi():
                assert value.block is not None
                emit = Builder(value.block, value)
                phis = [emit.phi(kind) for kind in (ty.I1, ty.DOUBLE, ty.PTR)]
                made = self._known[value] = _Chosen(*phis)
                for operand, block in value.incoming():
                    one = self.chosen(operand)
                    parts = one.is_pointer, one.number, one.pointer
                    for phi, part in zip(phis, parts, strict=True):
                        phi.add_incoming(part, block)
                return made
            case Select():
                assert value.block is not None
                emit = Builder(value.block, value)
                condition, *arms = value.operands
                a, b = map(self.chosen, arms)
                made = _Chosen(
                    emit.select(condition, a.is_pointer, b.is_pointer),
                    emit.select(condition, a.number, b.number),
                    emit.select(condition, a.pointer, b.pointer),
                )
            case _:
                inner = _beneath(value)
                if inner.type is ty.PTR:
                    made = _Chosen(const_int(ty.I1, 1), zero(ty.DOUBLE), inner)
                elif inner.type is ty.DOUBLE:
                    made = _Chosen(const_int(ty.I1, 0), inner, zero(ty.PTR))
                else:  # undefined, or zero
                    made = _Chosen(const_int(ty.I1, 1), zero(ty.DOUBLE), zero(ty.PTR))
        self._known[value] = made
        return made


def _store_pointer(objects: Objects, store: Store) -> bool:
    """Has a pointer that is stored as a word where a double may lie stored as what it is, also if
    LLVM has made one store of it and of zeros."""
    word = store.value
    match word:
        case Cast() if _is_cast(word, "ptrtoint", word.type):
            (pointer,) = word.operands
        case ConstantExpression(opcode="ptrtoint", type=ty.I64):
            (pointer,) = word.operands
        case Phi() | Select() if word.type is ty.I64 and _kinds_chosen(word) == {ty.PTR}:
            pointer = word
        case _:
            return False
    if pointer is not word and pointer.type is not ty.PTR:
        return False
    if not _holds_both(objects, store.pointer):
        return False
    store.set_operand(0, _Apart().chosen(word).pointer if pointer is word else pointer)
    return True


def _as_lanes(inst: Instruction) -> bool:
    """Has two lanes of single precision that are stored as one double, or whose bits are taken
    again, moved as what they are."""
    match inst:
        case Store(value=Value(type=ty.DOUBLE) as number):
            pair = _pair(number, inst)
            if pair is not None:
                inst.set_operand(0, pair)
        case Cast(opcode="bitcast", operands=[Value(type=ty.DOUBLE) as number]):
            pair = _pair(number, inst)
            if pair is not None and pair.type is inst.type:
                inst.replace_with(pair)
                inst.erase()
            elif pair is not None:
                inst.set_operand(0, pair)
        case _:
            return False
    return pair is not None


def _pair(number: Value, before: Instruction) -> Value | None:
    """The two lanes of which a double is made; None if it is a number."""
    match number:
        case ExtractElement(
            operands=[
                Cast(
                    opcode="bitcast", operands=[Value(type=VectorType(element=ty.FLOAT)) as lanes]
                ),
                ConstantInt(value=index),
            ],
            type=ty.DOUBLE,
        ) if before.block is not None:
            emit = Builder(before.block, before)
            pair: Value = ConstantWord(ty.vector(ty.FLOAT, 2), "poison")
            for lane in range(2):
                one = emit.extract_element(lanes, const_int(ty.I64, 2 * index + lane))
                pair = emit.insert_element(pair, one, const_int(ty.I64, lane))
            return pair
    return None


def _words_stored(module: Module, load: Load) -> list[Store]:
    """The stores of a word that is loaded."""
    stores = [u for u in load.users if isinstance(u, Store) and u.pointer is not load]
    return [one for one in stores if _is_word(module, one)]


def _copy_instead(module: Module, function: Function, load: Load, stores: list[Store]) -> None:
    """Has what is loaded copied to where it is stored, by way of a variable."""
    variable = Builder(function.entry, function.entry.first_non_phi()).alloca(ty.I64, align=8)
    _copy(module, load, variable, load.pointer)
    for one in stores:
        _copy(module, one, one.pointer, variable)
        one.erase()
    if not load.users:
        load.erase()


def _copy(module: Module, before: Load | Store, to: Value, source: Value) -> None:
    assert before.block is not None
    copy_bytes(module, Builder(before.block, before), to, source, module.layout.size(ty.I64))


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


class _Twins:
    """Words beside pointers: what is stored, or made an integer, is the word."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._words: dict[Value, Value] = {}

    def make(self, load: Load, objects: Objects) -> bool:
        """Takes apart what a pointer is moved to and what it is followed for; True if it is."""
        changed = self._take_words(load)
        compared = any(isinstance(u, Compare) for value in _web(load) for u in _users(value))
        if _users(load) and not compared and _is_never_pointer(self._module, objects, load):
            load.replace_with(ConstantWord(ty.PTR, "null"))
            load.erase()
            changed = True
        return changed

    def set_apart(self, cast: Cast) -> bool:
        """Takes a number that has been calculated out of pointers among which it is chosen, as LLVM
        does where a variable holds one or the other: it is never followed. True if that is so."""
        (word,) = cast.operands
        if not _is_cast(cast, "inttoptr", word.type) or not _is_calculated(word):
            return False
        if not all(_is_followed(u) for value in _web(cast) for u in _users(value)):
            return False
        self._take_words(cast)
        cast.replace_with(ConstantWord(ty.PTR, "null"))
        cast.erase()
        return True

    def _take_words(self, root: Value) -> bool:
        changed, web = False, _web(root)
        for value in web:
            for user in _users(value):
                if isinstance(user, Store) and user.value is value and user.pointer is not value:
                    if _is_untold(self._module, user):
                        user.set_operand(0, self._word(value))
                        changed = True
                elif _is_cast(user, "ptrtoint", user.type) and not _is_measured(user):
                    user.replace_with(self._word(value))
                    user.erase()
                    changed = True
                elif isinstance(user, Compare) and is_zero(user.operands[1]):
                    user.set_operand(0, self._word(value))
                    user.set_operand(1, zero(ty.I64))
                    changed = True
                elif isinstance(user, Compare) and isinstance(root, Cast):
                    assert user.block is not None
                    for index, end in enumerate(user.operands):
                        there = Builder(user.block, user)
                        bits = (
                            self._word(end) if end in web else there.cast("ptrtoint", end, ty.I64)
                        )
                        user.set_operand(index, bits)
        return changed

    def take_numbers(self, load: Load) -> bool:
        """Has the bits of a number taken from the word, where LLVM takes them from the pointer that
        lies there at other times (of which they had no derivative); True if there are any."""
        changed = False
        for value in _web(load):
            for user in _users(value):
                if _is_cast(user, "ptrtoint", user.type) and _become_number(user):
                    user.replace_with(self._word(value))
                    user.erase()
                    changed = True
        return changed

    def _word(self, value: Value, source: Block | None = None) -> Value:
        """The bits of a pointer, which a phi takes from a block, if one does."""
        found = self._words.get(value)
        if found is not None:
            return found
        match value:
            case ConstantWord():
                null = value.word == "null"
                return zero(ty.I64) if null else ConstantWord(ty.I64, value.word)
            case Load() if _is_untold(self._module, value):
                word = self._words[value] = value.copy()
                word.type = ty.I64
                assert value.block is not None
                return Builder(value.block, value).put(word)
            case Phi():
                assert value.block is not None
                self._words[value] = made = Builder(value.block).phi(ty.I64)
                for operand, block in value.incoming():
                    made.add_incoming(self._word(operand, block), block)
                return made
            case Select() | Freeze():
                words = [self._word(operand) for operand in value.operands[-2:]]
                copy = value.copy()
                copy.type = ty.I64
                self._words[value] = copy
                for index, bits in enumerate(words, len(value.operands) - len(words)):
                    copy.set_operand(index, bits)
                assert value.block is not None
                return Builder(value.block, value).put(copy)
            case Cast() if _is_cast(value, "inttoptr", value.operands[0].type):
                return value.operands[0]
        before = None if source is None else source.instructions[-1]
        if source is None or before is value:
            assert isinstance(value, Instruction)
            raise unknown_kind(self._module.location(value))
        return Builder(source, before).cast("ptrtoint", value, ty.I64)


class _Pointers:
    """Pointers beside numbers: what is followed is the pointer."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._pointers: dict[Value, Value] = {}

    def take_from_number(self, cast: Cast) -> bool:
        """Has a pointer loaded beside the number whose bits it is; True if it was one."""
        (word,) = cast.operands
        if not _is_cast(cast, "inttoptr", word.type) or not self._is_number(word):
            return False
        assert cast.block is not None
        cast.replace_with(self._pointer(word, Builder(cast.block, cast)))
        cast.erase()
        return True

    def _pointer(self, value: Value, there: Builder) -> Value:
        """The pointer whose bits a value is, for use `there`."""
        found = self._pointers.get(value)
        if found is not None:
            return found
        if is_zero(value):
            return ConstantWord(ty.PTR, "null")
        if is_undefined(value):
            return ConstantWord(ty.PTR, "poison")
        match value:
            case Cast(opcode="ptrtoint", operands=(Value(type=ty.PTR) as pointer,)):
                return pointer
            case Cast(opcode="bitcast", operands=(inner,)) if inner.type in (ty.DOUBLE, ty.I64):
                return self._pointer(inner, there)
        plain = isinstance(value, (Phi, Select, Freeze)) or (
            isinstance(value, Load) and not value.flags
        )
        if isinstance(value, (Load, Phi, Select, Freeze)) and plain and value.block:
            return self._beside(value, Builder(value.block, value))
        word = there.cast("bitcast", value, ty.I64)
        return there.cast("inttoptr", word, ty.PTR)

    def _beside(self, value: Load | Phi | Select | Freeze, emit: Builder) -> Value:
        match value:
            case Load():
                tail = _UNTAGGED.sub("", value.tail)
                made: Value = emit.load(ty.PTR, value.pointer, tail=tail)
            case Phi():
                phi = self._pointers[value] = Builder(emit.block).phi(ty.PTR)
                for operand, block in value.incoming():
                    end = Builder(block, block.terminator)
                    phi.add_incoming(self._pointer(operand, end), block)
                return phi
            case Select():
                ways = [self._pointer(one, emit) for one in value.operands[1:]]
                made = emit.select(value.operands[0], *ways)
            case _:
                made = emit.put(Freeze("freeze", ty.PTR, (self._pointer(value.operands[0], emit),)))
        self._pointers[value] = made
        return made

    def _is_number(self, word: Value) -> bool:
        """Is a word one that is loaded as a double or where floats lie, or chosen as a double?"""
        found: dict[Value, None] = {}
        work = [word]
        while work:
            value = work.pop()
            if value in found:
                continue
            found[value] = None
            match value:
                case Load(flags="", type=ty.DOUBLE) | Phi(type=ty.DOUBLE) | Select(type=ty.DOUBLE):
                    return True
                case Load(flags="", type=ty.I64) if _floats_at(self._objects, value):
                    return True
                case Cast(opcode="bitcast"):
                    work += value.operands
                case Phi() | Select() | Freeze():
                    work += handed_on(value)
        return False


def _become_number(word: Instruction) -> bool:
    """Are bits of a word taken for a float?"""
    found: dict[Instruction, None] = {}
    work = [word]
    while work:
        value = work.pop()
        if value in found:
            continue
        found[value] = None
        for user in value.users:
            match user:
                case Cast(opcode="bitcast") if ty.is_float(user.type):
                    return True
                case Binary(opcode="lshr") | Cast(opcode="trunc" | "bitcast"):
                    work.append(user)
                case Phi() | Select() | Freeze():
                    work.append(user)
    return False


def _is_calculated(word: Value) -> bool:
    """Is a word the bits of a number that arithmetic has made, or of one of several? (What is
    loaded or handed over as a number may be a pointer in disguise.)"""
    found: dict[Value, None] = {}
    work = [word]
    for value in work:
        if value in found:
            continue
        found[value] = None
        match value:
            case Cast(opcode="bitcast", type=ty.I64, operands=(Value(type=ty.DOUBLE) as number,)):
                work.append(number)
            case Phi() | Select() if value.type in (ty.DOUBLE, ty.I64):
                work += handed_on(value)
            case ConstantFloat() | FNeg() | Cast(opcode="sitofp" | "uitofp" | "fpext"):
                pass
            case Binary(type=ty.DOUBLE):
                pass
            case CallBase() if find(value.called, value.function_type) is not None:
                pass
            case _ if not is_undefined(value):
                return False
    return any(value.type is ty.DOUBLE for value in found)


def _is_measured(word: Instruction) -> bool:
    """Is an address only taken to tell how far it is from another?"""
    return all(isinstance(user, Binary) and user.opcode == "sub" for user in word.users)


def _is_followed(user: Instruction) -> bool:
    """Is a pointer moved on by a user so that it can be told apart from a number, or followed?"""
    match user:
        case Phi() | Select() | Freeze() | Load() | GetElementPtr() | Compare():
            return True
        case Store():
            return not user.flags
        case Cast():
            return _is_cast(user, "ptrtoint", user.type)
        case CallBase():
            return user.called in DEALLOCATORS or user.called.startswith((*MEMORY_COPIES, *FILLS))
    return False


def _web(root: Value) -> list[Value]:
    """What a pointer is moved through."""
    found: dict[Value, None] = {}
    work: list[Value] = [root]
    while work:
        value = work.pop()
        if value not in found:
            found[value] = None
            work += [u for u in _users(value) if isinstance(u, (Phi, Select, Freeze))]
    return list(found)


def _users(value: Value) -> list[Instruction]:
    return list(value.users) if isinstance(value, Local) else []


def _is_never_pointer(module: Module, objects: Objects, load: Load) -> bool:
    """Does no pointer ever lie there, but for words that are moved? It is memory of the function's
    own from and to which nothing is copied: a pointer from there is never followed."""
    places = {place.resolve() for place in objects.places_behind(load.pointer)}
    nodes = {node for node, _ in places}
    if not all(node.local for node in nodes) or any(map(objects.is_outside, nodes)):
        return False
    if not nodes.isdisjoint(objects.moved_nodes):
        return False
    accesses = [
        inst.pointer
        for function in objects.functions.values()
        for inst in function.instructions()
        if (isinstance(inst, Store) and inst.value.type is ty.PTR)
        or (isinstance(inst, Load) and inst.type is ty.PTR and not _is_untold(module, inst))
    ]
    behind = (place for pointer in accesses for place in objects.places_behind(pointer))
    return all(place.resolve() not in places for place in behind)
