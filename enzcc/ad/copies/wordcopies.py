"""Words that LLVM moves through registers where floats, doubles and pointers lie in turn.

    %w = load i64, ptr %p                                   memcpy(%variable, %p, 8)
    %x = phi i64 [ %w, %a ], [ %v, %b ]          -->         memcpy(%other, %variable, 8) ...
    store i64 %x, ptr %q                                    memcpy(%q, %other, 8)

LLVM copies small unions so. In a register nothing tells what such a word is; in memory it is told
when the program runs (`ad/memory/notes.py`). Every value that such a word goes through becomes a
variable, and each move a copy; what is taken from the word (its lower half, its bits as a float) is
loaded from there. What is done with the word besides is done as ever.
"""

from __future__ import annotations

from typing import final

from enzcc.analysis.nodes import CONFLICT
from enzcc.analysis.objects import Objects
from enzcc.analysis.tbaa import access_name
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, copy_bytes
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Alloca,
    Binary,
    Branch,
    Cast,
    Freeze,
    Instruction,
    Load,
    Phi,
    Select,
    Store,
    Switch,
    handed_on,
)
from enzcc.ir.module import Module
from enzcc.ir.values import ConstantInt, ConstantWord, Value

SMALLEST, LARGEST = 4, 64
"""Bytes of the words that are looked at."""


def copy_words(module: Module, objects: Objects) -> bool:
    """Makes copies of such moves; True if there were any."""
    changed = False
    for function in objects.functions.values():
        for inst in list(function.instructions()):
            if isinstance(inst, Load) and inst.block is not None and _is_word(objects, inst):
                web = _Web(module, objects, inst)
                if web.is_ambiguous():
                    web.copy(function)
                    changed = True
                elif _is_ambiguous(objects, inst):
                    changed |= _load_each(inst)
    return changed


def _load_each(load: Load) -> bool:
    """Has each type loaded by itself where a word is taken for a number as well; True if it is."""
    changed = False
    assert load.block is not None
    for user in list(load.users):
        if isinstance(user, Cast) and user.opcode == "bitcast" and ty.is_float(user.type):
            one = load.copy()
            one.type = user.type
            user.replace_with(Builder(load.block, load).put(one))
            user.erase()
            changed = True
    return changed


def _is_ambiguous(objects: Objects, access: Load | Store) -> bool:
    """Do several kinds lie there in turn?"""
    word = access if isinstance(access, Load) else access.value
    size = objects.layout.store_size(word.type)
    segments = objects.segments(objects.place(access.pointer), size)
    return any(segment.kind == CONFLICT for segment in segments)


def _is_word(objects: Objects, inst: Load | Store) -> bool:
    """Does nothing tell what is accessed, but how many bytes it has? An integer that is moved where
    only numbers lie in turn, or numbers and pointers, may be the bits of one."""
    value = inst if isinstance(inst, Load) else inst.value
    if inst.flags or isinstance(value.type, (ty.StructType, ty.ArrayType)):
        return False
    if not SMALLEST <= objects.layout.store_size(value.type) <= LARGEST:
        return False
    if access_name(objects.module, inst) in (None, "omnipotent char"):
        return True
    if not isinstance(value.type, ty.IntType):
        return False
    return objects.holds_only_numbers(inst.pointer) or (
        value.type is ty.I64 and _is_ambiguous(objects, inst)
    )


@final
class _Web:
    """The values that a word goes through, and where it is stored at last."""

    def __init__(self, module: Module, objects: Objects, load: Load) -> None:
        self._module, self._objects = module, objects
        self._size = module.layout.store_size(load.type)
        self._values: dict[Instruction, None] = {}
        self._stores: dict[Store, None] = {}
        self._parts: dict[Cast, tuple[Value, int]] = {}
        self._variables: dict[Value, Alloca] = {}
        work: list[Value] = [load]
        while work:
            value = work.pop()
            if not _is_moved(objects, value) or value in self._values:
                continue
            assert isinstance(value, Instruction)
            self._values[value] = None
            work += _moved(value)
            for user in list(value.users):
                if isinstance(user, Store) and user.value is value and user.pointer is not value:
                    if _is_word(objects, user):
                        self._stores[user] = None
                elif isinstance(user, (Phi, Freeze)) or (
                    isinstance(user, Select) and value in user.operands[1:]
                ):
                    work.append(user)
                else:
                    self._parts |= dict.fromkeys(_parts_of(user), (value, _shifted(user)))

    def is_ambiguous(self) -> bool:
        """Is such a word stored, and from or to where several kinds lie?"""
        if not (self._stores or self._parts) or self._size % SMALLEST:
            return False
        accesses = [v for v in (*self._values, *self._stores) if isinstance(v, (Load, Store))]
        if not any(_is_ambiguous(self._objects, access) for access in accesses):
            return False
        sources = [block for v in self._values if isinstance(v, Phi) for block in v.blocks]
        return all(map(_ends_plainly, sources))

    def copy(self, function: Function) -> None:
        """Moves the word from variable to variable instead."""
        start = Builder(function.entry, function.entry.first_non_phi())
        for value in self._values:
            self._variables[value] = self._variable(start)
        for value in self._values:
            assert value.block is not None
            here = Builder(value.block, value)
            variable = self._variables[value]
            match value:
                case Load():
                    self._copy(here, variable, value.pointer)
                case Phi():
                    entering = self._variable(start)
                    for block, operand in {b: v for v, b in value.incoming()}.items():
                        self._put(start, Builder(block, block.terminator), entering, operand)
                    top = Builder(value.block, value.block.first_non_phi())
                    self._copy(top, variable, entering)
                case Select():
                    ways = [self._holding(start, here, one) for one in value.operands[1:]]
                    self._copy(here, variable, here.select(value.operands[0], *ways))
                case _:
                    self._put(start, here, variable, value.operands[0])
        for store in self._stores:
            assert store.block is not None
            self._copy(Builder(store.block, store), store.pointer, self._variables[store.value])
            store.erase()
        for part, (whole, offset) in self._parts.items():
            assert part.block is not None
            here = Builder(part.block, part)
            place = here.offset(self._variables[whole], const_int(ty.I64, offset))
            part.replace_with(here.load(part.type, place, 1))
            part.erase()
        self._erase()

    def _erase(self) -> None:
        """Takes out what nobody uses any more."""
        for shift in [u for v in self._values for u in v.users if _shifted(u) and not u.users]:
            shift.erase()
        work = [v for v in self._values if any(user not in self._values for user in v.users)]
        used = dict.fromkeys(work)
        while work:
            for operand in _moved(work.pop()):
                if operand in self._values and operand not in used:
                    assert isinstance(operand, Instruction)
                    used[operand] = None
                    work.append(operand)
        for value in self._values:
            if value not in used:
                value.replace_with(ConstantWord(value.type, "poison"))
                value.erase()

    def _variable(self, start: Builder) -> Alloca:
        size = self._size
        words = ty.array(ty.I64, size // 8) if size % 8 == 0 else ty.array(ty.I32, size // 4)
        return start.alloca(words, align=16)

    def _copy(self, emit: Builder, to: Value, source: Value) -> None:
        copy_bytes(self._module, emit, to, source, self._size)

    def _put(self, start: Builder, emit: Builder, to: Value, value: Value) -> None:
        found = self._variables.get(value)
        if found is not None:
            self._copy(emit, to, found)
        elif not isinstance(value, ConstantWord) or value.word not in ("undef", "poison"):
            emit.store(self._as_it_was(value), to)

    def _as_it_was(self, value: Value) -> Value:
        """The pointer or float whose bits a word is: as such it is told what it is."""
        found, inner = value, value
        while isinstance(inner, Cast) and inner.opcode in ("ptrtoint", "bitcast"):
            inner = inner.operands[0]
            if self._objects.layout.store_size(inner.type) != self._size:
                break
            if isinstance(inner.type, (ty.PointerType, ty.FloatType)):
                found = inner
        return found

    def _holding(self, start: Builder, emit: Builder, value: Value) -> Value:
        """A variable that holds a value."""
        found = self._variables.get(value)
        if found is None:
            found = self._variable(start)
            self._put(start, emit, found, value)
        return found


def _is_moved(objects: Objects, value: Value) -> bool:
    match value:
        case Load():
            return _is_word(objects, value)
        case Select():  # lanes that are selected one by one are no move
            return not isinstance(value.operands[0].type, ty.VectorType)
        case Phi() | Freeze():
            return True
    return False


def _moved(value: Instruction) -> list[Value]:
    """What a value moves on."""
    match value:
        case Freeze() | Phi() | Select():
            return handed_on(value)
    return []


def _shifted(user: Instruction) -> int:
    """By how many whole bytes a word is shifted down."""
    match user:
        case Binary(opcode="lshr", operands=[Value(type=ty.IntType()), ConstantInt(value=bits)]):
            return bits // 8 if bits % 8 == 0 else 0
    return 0


def _parts_of(user: Instruction) -> list[Cast]:
    """What takes some bytes of a word, or all of them as something else. (Zeros that a shift brings
    in from above are no bytes of it.)"""
    takers = [user] if not _shifted(user) else list(user.users)
    return [
        one
        for one in takers
        if isinstance(one, Cast)
        and (
            (
                one.opcode == "trunc"
                and one.type in (ty.I8, ty.I16, ty.I32)
                and _shifted(user) * 8 + _bits(one.type) <= _bits(user.operands[0].type)
            )
            or (one.opcode == "bitcast" and one is user)
        )
    ]


def _bits(word: ty.Type) -> int:
    return word.bits if isinstance(word, ty.IntType) else 0


def _ends_plainly(block: Block) -> bool:
    """Can a copy stand at the end of a block, with all that it needs in front?"""
    return isinstance(block.terminator, (Branch, Switch))
