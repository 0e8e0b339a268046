"""What each instruction says of memory: the constraints between nodes, and the evidence for kinds.

`enzcc.analysis.objects` solves them; see there for what they mean.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

from enzcc.analysis.aligned import block_aligned_by_hand
from enzcc.analysis.cxxabi import (
    ALLOCATE_EXCEPTION,
    EXCEPTIONS,
    LEAVING,
    SHADOW_CAUGHT,
    SHADOW_THROWN,
    VTABLE,
    Casts,
    cast_offset,
    is_cast,
    is_type,
)
from enzcc.analysis.handlers import (
    Flow,
    caught_types,
    parts_caught,
    thrown_destructor,
    thrown_type,
)
from enzcc.analysis.nodes import (
    FIRST_PAGE,
    INTEGER,
    POINTER,
    Node,
    Pointer,
    carries,
    is_of,
)
from enzcc.analysis.tbaa import (
    access_kind,
    access_name,
    array_members,
    base_name,
    is_char_member,
)
from enzcc.analysis.tested import NUMBER, Holds, Test, chosen_among, is_unlisted
from enzcc.analysis.trees import Trees
from enzcc.ir import types as ty
from enzcc.ir.function import Function
from enzcc.ir.idle import is_idle
from enzcc.ir.instructions import (
    Alloca,
    AtomicRMW,
    Binary,
    CallBase,
    Cast,
    Compare,
    CompareExchange,
    ExtractElement,
    ExtractValue,
    Freeze,
    GetElementPtr,
    InsertElement,
    InsertValue,
    Instruction,
    Load,
    Phi,
    Return,
    Select,
    ShuffleVector,
    Store,
    handed_on,
)
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType, Type
from enzcc.ir.values import (
    Argument,
    Constant,
    ConstantExpression,
    ConstantInt,
    ConstantWord,
    Global,
    Value,
)
from enzcc.rules import POINTS_INTO, RETURNS, SAME_POINTER
from enzcc.rules.known import Known
from enzcc.rules.linked import is_of_the_library, leads_to_a_part, linker

MOST_TOLD = 4096
"""Elements that a hint of the program tells one by one; of more, they are an array."""

HINT = "__enzcc_hint_"
"""How the names of hints begin (`enzcc.markers.small`); the kind follows."""

DECLARED = "enzcc.declared"
"""What a block on the tape says that was a variable: its type. LLVM keeps the attachment."""

MEMORY_COPIES = ("llvm.memcpy.", "llvm.memmove.")
POINTER_MASK = "llvm.ptrmask."

LIBRARY_COPIES = {"memcpy": 2, "memmove": 2, "mempcpy": 2, "__memcpy_chk": 2, "__memmove_chk": 2}

_TO_TOP, _OF_TYPE = -16, -8
"""Where, in front of a table of virtual functions, the distance to the whole object lies, and its
type."""

MOST_STEPS: Final = 40
"""That an integer is followed through, where nothing but its use says that it is one."""


def leads_into(call: CallBase) -> int | None:
    """The argument into whose object the pointer leads that a call returns (or null), if its
    function is known for that."""
    if is_cast(call) or call.called.startswith(POINTER_MASK):
        return 0
    return POINTS_INTO.get(call.called)


def _way_of_cast(inst: Binary) -> CallBase | None:
    """The `dynamic_cast` whose way within an object a difference is, if that is all that it is."""
    match inst:
        case Binary(
            opcode="sub",
            operands=[
                Cast(opcode="ptrtoint", operands=[CallBase() as call]),
                Cast(opcode="ptrtoint", operands=[given]),
            ],
        ) if is_cast(call) and call.arguments[0] is given:
            is_distance = all(
                isinstance(user, GetElementPtr) and user.source is ty.I8 and len(user.indices) == 1
                for user in inst.users
            )
            return call if is_distance else None
    return None


def _is_low(value: Value) -> bool:
    """Are these the low bits of an integer: how far behind an aligned address another one is?"""
    match value:
        case Binary(opcode="and", operands=[_, ConstantInt() as mask]):
            return 0 <= mask.value < FIRST_PAGE
    return False


def is_an_address(value: Value, seen: set[Value]) -> bool:
    """Is an integer a pointer's address, maybe tagged, moved or made aligned?"""
    if value in seen:
        return False
    seen.add(value)
    match value:
        case Cast(opcode="ptrtoint" | "ptrtoaddr"):
            return True
        case Binary(opcode="sub", operands=[first, second]):
            return is_an_address(first, seen) and (
                _is_low(second) or not is_an_address(second, set())
            )
        case Binary(opcode="add" | "and" | "or" | "xor"):
            return not _is_low(value) and any(is_an_address(one, seen) for one in value.operands)
        case Freeze() | Phi() | Select():
            return any(is_an_address(one, seen) for one in handed_on(value))
    return False


class Evidence(Trees):
    """The nodes that the instructions of some functions speak of, with what they say."""

    def __init__(
        self,
        module: Module,
        functions: Iterable[Function],
        known: Known,
        bodies: Mapping[str, Function] | None = None,
    ) -> None:
        super().__init__(module, functions, known)
        self.bodies = dict(bodies or {})  # these only tell where pointers go
        self._masked: list[Pointer] = []
        self._differences: list[Binary] = []
        self._later: list[Binary] = []  # of which no operand is known to hold an address yet
        self._exceptions: dict[str | None, Pointer] = {}
        self._destroyed_by: dict[str | None, str | None] = {}
        self._caught: list[CallBase] = []
        self.exception_shadows: dict[tuple[int, str | None], Pointer] = {}
        """Where the shadows of exceptions lie that a derivative has made which is differentiated
        again: by the number that tells whose they are, and the type that is thrown."""
        self._casts: Casts | None = None
        self._typed: list[tuple[Load | Store, Pointer, Value]] = []
        self._untyped: list[tuple[Store, Pointer, Value]] = []
        self._array_members: dict[str | None, list[tuple[int, int]]] = {}
        self._arrays: dict[str, list[tuple[int, int]]] = {}
        self.of_the_library: set[Instruction] = set()
        self.aligned: set[Instruction] = set()
        self.handed_out: list[CallBase] = []
        """Calls that return pointers of which nothing is known."""
        self._returns: dict[str, list[Value]] = {
            function.name: [
                i.operands[0]
                for i in function.instructions()
                if isinstance(i, Return) and i.operands
            ]
            for function in (*self.functions.values(), *self.bodies.values())
        }

    def _same(self, a: Value, b: Value, at: Instruction | None = None) -> None:
        """Two SSA values may be the same: pointers share their place, other data their contents."""
        if isinstance(b, (ConstantInt, ConstantWord)) or is_type(b):
            return  # null and numbers point nowhere, and hold no data that flows
        if isinstance(a.type, ty.PointerType):
            place = self.place(b) if at is None else self._place_at(b, at)
            self._views.append((self.place(a), place))
        elif carries(a.type):
            self._copy(Pointer(self.contents(a)), Pointer(self.contents(b)), a.type)

    def _copy(self, to: Pointer, source: Pointer, type: Type) -> None:
        self._copies.append((to, source, self.layout.store_size(type)))

    def _visit(self, inst: Instruction) -> None:
        match inst:
            case Alloca():
                node = self._node(inst)
                node.local[inst] = None
                self._hint(Pointer(node), inst.allocated)
                is_array = inst.operands and not isinstance(inst.operands[0], ConstantInt)
                if is_array and inst.allocated is not ty.I8:  # else of who knows what (`alloca`)
                    self._fold(node, max(1, self.layout.size(inst.allocated)))
            case GetElementPtr() if isinstance(inst.type, ty.PointerType):
                place = self._chosen_together(inst) or self._virtual_base(inst)
                place = place or self._cast_along(inst) or self._some_member(inst)
                if place is None:
                    base = self._place_at(inst.base, inst)
                    place = self._step(base, inst.source, inst.indices, inst.block)
                    self._note_element(inst)
                self._places[inst] = self._aliased(inst, place)
            case Load():
                self._access(inst, inst.pointer, inst)
            case Store():
                self._access(inst, inst.pointer, inst.value)
            case AtomicRMW():
                self._access(inst, inst.operands[0], inst.operands[1])
                self._access(inst, inst.operands[0], inst)
            case CompareExchange():
                self._access(inst, inst.operands[0], inst.operands[1])
                self._access(inst, inst.operands[0], inst.operands[2])
                self._part(inst, (0,), inst.operands[1])
                self._part(inst, (0,), inst.operands[2])
            case Phi():
                for operand in inst.operands:
                    self._same(inst, operand)
            case Select():
                self._same(inst, inst.operands[1])
                self._same(inst, inst.operands[2])
            case Freeze():
                self._same(inst, inst.operands[0])
            case Cast():
                self._cast(inst)
            case Binary() if ty.is_int(inst.type):
                self._binary(inst)
            case ExtractValue():
                self._part(inst.operands[0], inst.path, inst)
            case InsertValue():
                self._same(inst, inst.operands[0])
                self._part(inst, inst.path, inst.operands[1])
            case ExtractElement():
                self._lane(inst.operands[0], inst.operands[1], inst)
            case InsertElement():
                self._same(inst, inst.operands[0])
                self._lane(inst, inst.operands[2], inst.operands[1])
            case ShuffleVector():
                for operand in inst.operands[:2]:
                    if carries(inst.type):
                        element = self.layout.store_size(ty.scalar(inst.type))
                        self._fold(self.contents(inst), element)
                        self._fold(self.contents(operand), element)
                        self._copy(
                            Pointer(self.contents(inst)), Pointer(self.contents(operand)), inst.type
                        )
            case CallBase():
                self._call(inst)
            case GetElementPtr():  # vector of pointers
                self._links_agree(inst, inst.operands[0])

    def _aliased(self, inst: Instruction, place: Pointer) -> Pointer:
        """A place for an instruction that may have been asked for before it was visited."""
        earlier = self._places.get(inst)
        if earlier is not None:
            self._unify(earlier, place)
        return place

    def _links_agree(self, a: Value, b: Value) -> None:
        left = self._vector_link(a)
        right = self.place(b) if isinstance(b.type, ty.PointerType) else self._vector_link(b)
        self._unify(left, right)
        self._fold(left.node, 1)

    def _vector_link(self, value: Value) -> Pointer:
        node = self.contents(value)
        self._fold(node, 8)
        self._cell(Pointer(node)).is_named = False
        return self.link(Pointer(node))

    def _access(self, inst: Instruction, pointer: Value, value: Value) -> None:
        if not isinstance(pointer.type, ty.PointerType):
            return
        place = self._place_at(pointer, inst)
        if isinstance(value.type, FloatType) and is_of_the_library(base_name(self.module, inst)):
            self.of_the_library.add(inst)
            return
        self._mark_type(place, value.type)
        if isinstance(value.type, ty.PointerType) and value is not inst:
            self._put(place, value)
        if isinstance(value.type, ty.PointerType) and access_name(self.module, inst) == VTABLE:
            return  # leads to constants: where, is nobody's business
        tag = inst.metadata("tbaa")
        if tag not in self._array_members:
            self._array_members[tag] = list(array_members(self.module, inst, self._arrays))
        for start, length in self._array_members[tag]:
            node, offset = place.resolve()
            node.add_member(offset + start, length)
        tagged = access_kind(self.module, inst)
        if tagged is None and isinstance(value, Constant) and not ty.is_float(value.type):
            self._cleared.append(place)
        if tagged is not None and not isinstance(value.type, FloatType):
            size = self.layout.store_size(value.type)
            known = ty.FLOATS.get(tagged)
            if known is not None:
                step = self.layout.size(known)
                for at in range(0, max(size, 1), step):
                    self._mark(place.moved(at), tagged, step, strong=True)
            elif not isinstance(value.type, ty.PointerType) and tagged in (INTEGER, POINTER):
                self._mark(place, tagged, size, strong=True)
        if isinstance(value.type, ty.PointerType):
            name = access_name(self.module, inst)
            if isinstance(inst, Load):
                held = self._held_behind(inst)
                link = self._narrow(self.link(place), held) if held else self.link(place)
                self._unify(link, self.place(value))
            elif value is inst or (
                isinstance(value, Constant)
                and not (isinstance(value, ConstantExpression) and leads_to_a_part(name))
            ):
                if not is_type(value):
                    self._unify(self.link(place), self.place(value))
            else:
                self._store_pointer(place, value, name)
            self._hint_pointee(self.link(place), name)
        elif (
            isinstance(value.type, ty.IntType)
            and isinstance(inst, Load | Store)
            and (
                tagged == INTEGER
                or is_char_member(self.module, inst)
                or (tag is None and self._stays_integer(inst))
            )
        ):
            self._typed.append((inst, place, value))
            if tagged is None and tag is not None:
                self._mark(place, INTEGER, 1, strong=False)
        elif tagged == POINTER and self._is_word(value.type):
            whole = Pointer(self.contents(value))
            self._mark(whole, POINTER, self.layout.size(ty.PTR), strong=True)
            if value is not inst:
                self._put(place, value)
            self._unify(self.link(place), self.link(whole))
        elif carries(value.type):
            if (
                isinstance(inst, Store)
                and isinstance(value, Load | Phi)
                and value.type is not ty.I64
            ):
                self._untyped.append((inst, place, value))
            else:
                self._copy(place, Pointer(self.contents(value)), value.type)

    def _stays_integer(self, inst: Load | Store) -> bool:
        """Is a word loaded without a tag, as LLVM does it in front of a loop that counts in memory,
        and only compared, calculated with, and stored as the integer that the stores' tags say?"""
        if not isinstance(inst, Load) or not carries(inst.type):
            return False
        stored = False
        work: list[Instruction] = [inst]
        for value in work:
            for user in value.users:
                match user:
                    case Store():
                        if access_kind(self.module, user) != INTEGER:
                            return False
                        stored = True
                    case Phi() | Select() | Freeze() | Binary():
                        if user not in work:
                            work.append(user)
                    case Compare():
                        pass
                    case _:
                        return False
            if len(work) > MOST_STEPS:
                return False
        return stored

    def _held_behind(self, pointer: Load) -> frozenset[Test | Holds]:
        """What is surely read behind a pointer that is loaded from beside a function, where it is
        known which: the pointer leads to an object in which this may lie."""
        assert pointer.block is not None
        base, _ = self._tested.base(pointer.pointer)
        tests = self._tested.at(pointer.block).get(base, ())
        if not any(len(path) == 1 for test in tests for path in test.paths):
            return frozenset()
        found: dict[Test | Holds, None] = {}
        instructions = pointer.block.instructions
        for inst in instructions[instructions.index(pointer) + 1 :]:
            if isinstance(inst, Load):
                base, offset = self._tested.base(inst.pointer)
                kind = access_kind(self.module, inst)
                if base is pointer and kind is not None and is_of(inst.type, kind):
                    found[Holds(offset, self.layout.store_size(inst.type), kind)] = None
            elif isinstance(inst, CallBase):
                name = inst.called
                if name.startswith(MEMORY_COPIES):
                    base, offset = self._tested.base(inst.arguments[1])
                    size = inst.arguments[2]
                    if base is pointer and isinstance(size, ConstantInt):
                        found[Holds(offset, size.value, None)] = None
                elif not name.startswith("llvm.") and name not in self.known.allocators:
                    break  # it may not return
        return frozenset(found)

    def _store_pointer(self, place: Pointer, value: Value, name: str | None) -> None:
        """A pointer of a type of that name is stored at a place."""
        if not leads_to_a_part(name):
            self._stored.append((place, self.place(value)))
            return
        self._parts_stored.append((place, self.place(value)))
        for one in chosen_among(value):
            if isinstance(one, GetElementPtr) and self._tested.base(one)[1]:
                self._alone.append(self.place(one))
            elif isinstance(one, ConstantExpression) and one.opcode == "getelementptr":
                self._alone.append(self.place(one))  # in a variable

    def _is_word(self, type: Type) -> bool:
        """An integer that a pointer fits in exactly?"""
        return isinstance(type, ty.IntType) and type.bits == self.layout.bits(ty.PTR)

    def _cast(self, inst: Cast) -> None:
        (source,) = inst.operands
        match inst.opcode:
            case "inttoptr" if (block := block_aligned_by_hand(inst, self.known)) is not None:
                self._unify(self.place(inst), self.place(block))
                self.aligned.add(inst)
            case "inttoptr":
                handed = isinstance(source, (Argument, CallBase, ExtractValue))
                if handed and self._is_word(source.type):  # a union by value, for example
                    self._mark(Pointer(self.contents(source)), POINTER, 8, strong=True)
                self._unify(self.link(Pointer(self.contents(source))), self.place(inst))
            case "ptrtoint" | "ptrtoaddr":
                place = Pointer(self.contents(inst))
                if isinstance(source.type, ty.PointerType):
                    self._mark(place, POINTER, 8, strong=True)
                    self._put(place, source)
                    self.link(place)
                    self._store_pointer(place, source, None)
            case "addrspacecast" if isinstance(source.type, ty.PointerType):
                self._unify(self.place(inst), self.place(source))
            case "bitcast" | "trunc" | "zext":
                narrow = inst.type if inst.opcode != "zext" else source.type
                to = self._bytes_of(inst)
                origin = self._bytes_of(source)
                if to is not None and origin is not None:
                    self._copy(to, origin, narrow)
            case "sitofp" | "uitofp" if carries(source.type):
                self._integral(source)
            case "fptosi" | "fptoui" | "sext" if carries(inst.type):
                self._integral(inst)

    def _holds_pointer(self, value: Value) -> bool:
        return not isinstance(value, Constant) and self.contents(value).holds_pointers

    def _bytes_of(self, value: Value) -> Pointer | None:
        """The contents of a value as bytes; floats and vectors of floats included."""
        if isinstance(value.type, ty.PointerType):
            return None
        place = Pointer(self.contents(value))
        if ty.is_float(value.type):
            self._mark_type(place, value.type)
        return place

    def _integral(self, value: Value) -> None:
        if isinstance(value, Constant):
            return
        place = Pointer(self.contents(value))
        size = self.layout.store_size(ty.scalar(value.type))
        for offset in self.offsets(value.type) or [0]:
            self._mark(place.moved(offset), INTEGER, size, strong=True)

    def _binary(self, inst: Binary) -> None:
        if not carries(inst.type):
            return
        if _way_of_cast(inst) is not None:
            return  # two places in one object, not one place
        a, b = inst.operands
        whole = Pointer(self.contents(inst))
        match inst.opcode:
            case "and" | "or" | "xor" if not is_idle(inst):
                for operand in (a, b):
                    if not isinstance(operand, Constant):
                        node = self.contents(operand)
                        if node.holds_pointers:
                            self._unify(self.link(Pointer(node)), self.link(whole))
                        self._copy(whole, Pointer(node), inst.type)
            case "shl" | "lshr" if isinstance(b, ConstantInt) and b.value % 8 == 0:
                step = b.value // 8
                size = self.layout.store_size(inst.type) - step
                shifted, source = (
                    (whole.moved(step), Pointer(self.contents(a)))
                    if inst.opcode == "shl"
                    else (whole, Pointer(self.contents(a), step))
                )
                if size > 0:
                    self._copies.append((shifted, source, size))
            case "add" | "sub":
                if inst.opcode == "sub" and self._holds_pointer(a) and self._holds_pointer(b):
                    self._differences.append(inst)
                if not self._holds_pointer(a) and not self._holds_pointer(b):
                    self._later.append(inst)
                for operand in (a, b):
                    if isinstance(operand, Constant):
                        continue
                    node = self.contents(operand)
                    if node.holds_pointers:
                        self._calculate(whole, node)
                    else:
                        self._integral(operand)
                        self._integral(inst)
            case "mul" | "udiv" | "sdiv" | "urem" | "srem":
                self._integral(a)
                self._integral(b)
                self._integral(inst)

    def _calculate(self, whole: Pointer, node: Node) -> None:
        """An address that is a node's contents is calculated with: the result is one in the same
        object."""
        self._unify(self.link(Pointer(node)), self.link(whole))
        self._mark(whole, POINTER, self.layout.size(ty.PTR), strong=True)
        self._cell(whole).inexact = True
        self._cell(whole).is_named = False

    @cached_property
    def made_pointers(self) -> set[Value]:
        """The integers of which pointers are made, by themselves, by sums, or of their bits."""
        listed = (*self.functions.values(), *self.bodies.values())
        work: list[Value] = [
            inst.operands[0]
            for function in listed
            for inst in function.instructions()
            if isinstance(inst, Cast) and inst.opcode == "inttoptr"
        ]
        found = set(work)
        while work:
            match work.pop():
                case Binary(opcode="add" | "sub" | "and" | "or" | "xor") as value:
                    sources = value.operands
                case (Freeze() | Phi() | Select()) as value:
                    sources = handed_on(value)
                case _:
                    continue
            work += [one for one in sources if one not in found]
            found.update(sources)
        return found

    def _take_sums(self) -> bool:
        """Sums that become addresses, and of which only now an operand is known to be one, as a
        loop hands it to its next iteration; True if there are some."""
        found = False
        for inst in self._later:
            held = [operand for operand in inst.operands if self._holds_pointer(operand)]
            if not held or inst not in self.made_pointers:
                continue
            whole = Pointer(self.contents(inst))
            if inst.opcode == "sub" and len(held) == 2 and _is_low(inst.operands[1]):
                self._masked.append(self.link(whole))  # an address made aligned
                held.pop()
            for operand in held:
                self._calculate(whole, self.contents(operand))
            found = True
            self._later = [one for one in self._later if one is not inst]
        return found

    def _part(self, whole: Value, path: tuple[int, ...], part: Value) -> None:
        offset = self.path_offset(whole.type, path)
        place = Pointer(self.contents(whole), offset)
        if isinstance(part.type, ty.PointerType):
            self._mark(place, POINTER, 8, strong=True)
            self._put(place, part)
            if self._has_heads and isinstance(part, GetElementPtr):
                self._stored.append((place, self.place(part)))
            else:
                self._unify(self.link(place), self.place(part))
        elif isinstance(part.type, FloatType) or ty.is_float(part.type):
            self._mark_type(place, part.type)
        elif carries(part.type):
            self._copy(place, Pointer(self.contents(part)), part.type)

    def _lane(self, vector: Value, index: Value, part: Value) -> None:
        if ty.is_float(vector.type):
            return
        size = self.layout.store_size(ty.scalar(vector.type))
        node = self.contents(vector)
        if isinstance(index, ConstantInt):
            place = Pointer(node, index.value * size)
        else:
            self._fold(node, size)
            place = Pointer(node)
        if isinstance(part.type, ty.PointerType):
            self._mark(place, POINTER, 8, strong=True)
            self._put(place, part)
            self._unify(self.link(place), self.place(part))
        elif carries(part.type):
            self._copy(place, Pointer(self.contents(part)), part.type)

    def _call(self, call: CallBase) -> None:
        name = call.called
        arguments = call.arguments
        known = self.functions.get(name) or self.bodies.get(name)
        if known is not None:
            for formal, actual in zip(known.args, arguments, strict=False):
                self._same(formal, actual, call)
            for value in self._returns[known.name]:
                self._same(call, value)
            return
        known_linker = linker(name)
        if known_linker is not None:
            self._linking.append((call, known_linker))
            return
        if name.startswith(HINT):
            self._told(name.removeprefix(HINT), self.place(arguments[0]), arguments[1])
            return
        if name.startswith(MEMORY_COPIES) or name in LIBRARY_COPIES:
            size = arguments[2]
            known_size = size.value if isinstance(size, ConstantInt) else None
            to, source = (self._place_at(a, call) for a in arguments[:2])
            kind = access_kind(self.module, call)
            if known_size is None and kind in ty.FLOATS:  # a loop before, element by element
                for place in (to, source):
                    self._told(kind, place, ConstantInt(ty.I64, -1))
            else:
                self._copies.append((to, source, known_size))
                if self._includes:
                    self._inclusions.add(self._copies[-1])
            self._struct_tags(call, to)
            if isinstance(call.type, ty.PointerType):
                if name == "mempcpy":
                    self._fold(to.node, 1)
                self._unify(self.place(call), to)
            return
        if name.startswith(("memset", "llvm.memset.")):
            self._cleared.append(self.place(arguments[0]))
        if name in (SHADOW_THROWN, SHADOW_CAUGHT):
            self._shadow_of_exception(call, arguments[-1])
            return
        if name and not self._is_harmless(call, name):
            self._handed += [self.place(v) for v in (*arguments, call) if ty.is_pointer(v.type)]
        if isinstance(call.type, ty.PointerType):
            node = self._node(call)
            if name in ("realloc", "reallocarray", "__enzcc_resize"):
                self._unify(self.place(call), self.place(arguments[0]))
                self._node(call).local[call] = None
            elif name in self.known.allocators or name in self.known.custom:
                node.local[call] = None
                if name in self.known.allocators and self.known.allocators[name].zeroed:
                    self._cleared.append(self.place(call))
                declared = self.module.attached_type(call, DECLARED)
                if declared is not None:
                    self._hint(Pointer(node), declared)
            elif name.startswith(POINTER_MASK):
                self._masked.append(self.place(arguments[0]))
                self._unify(self.place(call), self.place(arguments[0]))
                return
            elif name in RETURNS:
                self._unify(self.place(call), self.place(arguments[RETURNS[name]]))
            elif name in POINTS_INTO:
                inside = self.place(arguments[POINTS_INTO[name]])
                self._fold(inside.node, 1)
                self._unify(self.place(call), inside)
            elif name.startswith(SAME_POINTER):
                self._unify(self.place(call), self.place(arguments[0]))
            elif name == ALLOCATE_EXCEPTION:
                type = thrown_type(call)
                self._unify(self.place(call), self._exceptions.setdefault(type, self.place(call)))
                self._destroyed_by[type] = thrown_destructor(call)
                node.find().local[call] = None
            elif name in EXCEPTIONS:
                self._caught.append(call)
            elif is_cast(call):
                self._cast_object(call, self.place(call.arguments[0]), self.place(call))
            elif name and call.block and call.block.function in self.bodies.values():
                node.local[call] = None  # the derivative by hand has a shadow for it
            elif not self._waits(call):
                node.unknown = True
                self.handed_out.append(call)
        allocator = self.known.allocators.get(name)
        if allocator is not None and allocator.out is not None:
            self._cell(self.place(arguments[allocator.out])).is_named = False
            handed_out = self.link(self.place(arguments[allocator.out]))
            handed_out.node.find().local[call] = None

    def _waits(self, call: CallBase) -> bool:
        """Is it a call of none of the listed functions, of which turns out whether it happens?"""
        if not is_unlisted(self.module, call):
            return False
        origins, listed = self._tested.left(call)
        places = [(self.place(origin), paths) for origin, paths in origins]
        if places:
            self._unlisted[self.place(call)] = places, listed
        return bool(places)

    def _shadow_of_exception(self, call: CallBase, number: Value) -> None:
        if isinstance(call.type, ty.PointerType):
            self._caught.append(call)
            return
        assert isinstance(number, ConstantInt)
        thrown = call.arguments[0]
        type = thrown_type(thrown) if isinstance(thrown, CallBase) else None
        place = self.place(call.arguments[1])
        self._unify(self.exception_shadows.setdefault((number.value, type), place), place)

    def _take_caught(self) -> None:
        """Handlers see what they may have caught: parts of exceptions, or of their shadows."""
        flow = Flow()
        for call in self._caught:
            thrown, source, last = self._exceptions, call, call.arguments[-1]
            if call.called == SHADOW_CAUGHT:
                assert isinstance(last, ConstantInt)
                shadows = self.exception_shadows.items()
                thrown = {type: p for (whose, type), p in shadows if whose == last.value}
                if isinstance(call.arguments[0], CallBase):
                    source = call.arguments[0]
            leaving = source.arguments[0] if source.called == LEAVING else None
            types = caught_types(source, flow) if leaving is None else None
            for type, place in thrown.items():
                parts: set[int] | None = {0}
                if isinstance(leaving, Global):
                    parts = {0} if self._destroyed_by.get(type) == leaving.name else set()
                elif types is not None:
                    parts = parts_caught(self.module, type, types)
                if parts is None:
                    self._fold(place.node, 1)
                self._views += [
                    (self.place(call), place.moved(at))
                    for at in sorted({0} if parts is None else parts)
                ]

    def _is_harmless(self, call: CallBase, name: str) -> bool:
        """Is it known that a function stores no tables in objects that it is handed?"""
        known = self.known
        return (
            name.startswith(("llvm.", *SAME_POINTER))
            or name in POINTS_INTO
            or name in known.allocators
            or name in known.deallocators
            or name in EXCEPTIONS
            or is_cast(call)
            or known.find(name) is not None
            or known.is_inactive(name, call.function_type)
        )

    def _cast_object(self, call: CallBase, given: Pointer, to: Pointer) -> None:
        """A `dynamic_cast` makes `to` of what it is given."""
        offset = cast_offset(call)
        self._casts = self._casts or Casts(self.module)
        ways = self._casts.ways(call)
        if ways is None:
            if offset is None:  # anywhere in the object
                self._fold(given.node, 1)
            self._unify(to, given.moved(-(offset or 0)))
            return
        for name, start, end in ways:
            top = Test(((_TO_TOP,),), f"{NUMBER}{-start}")
            self._cast_to(call, given, to, end - start, name, top)
        if not ways:  # in no object that is made here
            target = call.arguments[2]
            assert isinstance(target, Global)
            self._cast_to(call, given, to, -(offset or 0), target.name)

    def _cast_to(
        self, call: CallBase, given: Pointer, to: Pointer, distance: int, name: str, *more: Test
    ) -> None:
        """A cast leads that far on, in objects of the class that their tables name so."""
        is_of_layout = cast_offset(call) is None
        test = Test(((0, _OF_TYPE),), name, is_of_layout, beside=frozenset(more))
        self._views.append((to, self._narrow(given, frozenset((test,))).moved(distance)))

    def _cast_along(self, inst: GetElementPtr) -> Pointer | None:
        """The place in one object that a `dynamic_cast` finds in another: as far behind `base` as
        its result lies behind what it is given. (So go the shadows of casts.)"""
        (index,) = inst.indices if len(inst.indices) == 1 else (None,)
        call = _way_of_cast(index) if isinstance(index, Binary) else None
        if call is None:
            return None
        view = Pointer(self._new())
        self._cast_object(call, self.place(inst.base), view)
        return view

    def _told(self, kind: str, place: Pointer, size: Value) -> None:
        """What the program says lies at a place: a kind, in so many bytes (negative: all)."""
        step = self.layout.size(ty.PTR)
        if kind.startswith("weak_"):
            kind = kind.removeprefix("weak_")
            self._mark(place, kind, self.layout.size(ty.FLOATS[kind]), strong=False)
            return
        if kind in ty.FLOATS:
            step = self.layout.size(ty.FLOATS[kind])
        elif kind == "integer":
            step, kind = 1, INTEGER
        else:
            kind = POINTER
        assert isinstance(size, ConstantInt)
        if not 0 <= size.value <= MOST_TOLD * step:
            self._steps.append((place, step, 0))
            self._mark(place, kind, step, strong=True)
            return
        if kind == INTEGER:
            step = max(size.value, 1)
        for at in range(0, size.value, step):
            self._mark(place.moved(at), kind, step, strong=True)
