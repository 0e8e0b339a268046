"""What a derivative computes first, remembered from one call in a loop to the next.

    for (row = 0; row < 2; row++)                 remembered m = none;
      gradient(x, &jacobian[row], &seed[row]);    for (row = 0; row < 2; row++)
                                         -->        gradient(x, &jacobian[row], &seed[row], &m);

A Jacobian is asked for row by row: each call computes the same values of the primal again. Where
what a derivative computes up to its first loop or write depends on memory and numbers that do not
look as if they changed in the caller's loop, a version of it gets memory of the caller's. There
it leaves what it has read, and what came of it; the next call reads the same places again, and if
all bits are the same takes the results from there. So nothing has to be known about what is written
between the calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias, final

from enzcc.ad.modes.lanes import SHADOW
from enzcc.analysis.cfg import Loop, Shape
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.clone import clone_function
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Alloca,
    Binary,
    Branch,
    Call,
    CallBase,
    Cast,
    Compare,
    ExtractElement,
    ExtractValue,
    FNeg,
    Freeze,
    GetElementPtr,
    InsertElement,
    InsertValue,
    Instruction,
    Load,
    Phi,
    Select,
    ShuffleVector,
    Store,
    Switch,
)
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType, IntType, Type, VectorType
from enzcc.ir.values import Argument, Constant, ConstantInt, Value
from enzcc.rules import find

MOST_INSTRUCTIONS: Final = 2_000
MOST_VALUES: Final = 100
"""Numbers that are remembered, and numbers that are compared."""

WORTH: Final = 4
"""So much must be saved, in halves of additions, for each number that goes through memory."""

LEAST: Final = 100
"""So much must be saved altogether."""

_PURE: Final = (
    Binary, Cast, Compare, Select, FNeg, Freeze, GetElementPtr, Phi,
    ExtractElement, InsertElement, ShuffleVector, ExtractValue, InsertValue,
)  # fmt: skip
_NOTES: Final = ("llvm.experimental.noalias.scope.decl", "llvm.lifetime.", "llvm.dbg.")
LARGEST_ALIGNMENT: Final = 64
"""Bytes: that of the widest vectors."""

_DEPTH: Final = 8


_Versions: TypeAlias = "dict[tuple[str, frozenset[int]], tuple[Function, int] | None]"


def remember(module: Module, names: Iterable[str]) -> None:
    """Lets calls of the named functions in loops remember what they have done."""
    made = {name for name in names if module.defines(name)}
    versions: _Versions = {}
    others = [name for name in module.functions_with_bodies() if name not in made]
    for caller in module.mentioning(made, others):
        _Caller(module, module.function(caller), made, versions).rewrite()


# ---------------------------------------------------------------------- callers


@final
class _Caller:
    """A function that calls derivatives."""

    def __init__(
        self, module: Module, function: Function, made: set[str], versions: _Versions
    ) -> None:
        self.module, self.function, self.made = module, function, made
        self.versions = versions
        self.shape = Shape(function)

    def rewrite(self) -> None:
        changed = False
        for inst in list(self.function.instructions()):
            if not isinstance(inst, Call) or inst.block is None or "musttail" in inst.marker:
                continue
            loop = self.shape.loop_of.get(inst.block)
            if loop is not None and inst.called in self.made:
                changed |= self._rewrite_call(inst, loop)
        if changed:
            self.function.name_everything()

    def _rewrite_call(self, call: Call, loop: Loop) -> bool:
        same = frozenset(i for i, a in enumerate(call.arguments) if _looks_fixed(a, loop, _DEPTH))
        key = call.called, same
        if key not in self.versions:
            self.versions[key] = _version(
                self.module, self.module.function(key[0]), same, self.made
            )
        version = self.versions[key]
        if version is None:
            return False
        made, size = version
        entry = self.function.entry
        emit = Builder(entry, entry.instructions[0])
        memory = emit.alloca(ty.array(ty.I8, size), align=LARGEST_ALIGNMENT)
        emit.at(entry, entry.instructions[1])
        emit.store(const_int(ty.I8, 0), memory)
        _redirect(call, made, memory)
        return True


def _redirect(call: Call, callee: Function, memory: Value) -> None:
    """The call goes to a function that takes one argument more."""
    assert call.block is not None
    emit = Builder(call.block, call)
    new = emit.call(
        callee.symbol,
        callee.type,
        [*call.arguments, memory],
        head=call.head,
        tail=call.tail,
        attributes=[*call.attributes, ""],
    )
    new.marker = "" if "tail" in call.marker else call.marker  # it gets memory of this frame
    new.name = call.name
    call.replace_with(new)
    call.drop_operands()
    call.block.instructions.remove(call)


def _looks_fixed(value: Value, loop: Loop, depth: int) -> bool:
    """Does a value seem to be the same in all iterations? (It is only a guess.)"""
    if not isinstance(value, Instruction):
        return True
    if value.block not in loop.blocks:
        return True
    if not depth:
        return False
    match value:
        case Load():
            base = _base(value.pointer)
            if isinstance(base, Alloca) and any(_writes(u, loop) for u in base.users):
                return False
            return _looks_fixed(value.pointer, loop, depth - 1)
        case GetElementPtr() | Cast() | Binary():
            return all(_looks_fixed(o, loop, depth - 1) for o in value.operands)
    return False


def _writes(user: Instruction, loop: Loop) -> bool:
    return isinstance(user, Store) and user.block in loop.blocks


# ---------------------------------------------------------------------- derivatives


def _version(
    module: Module, function: Function, same: frozenset[int], made: set[str]
) -> tuple[Function, int] | None:
    """The function with memory for what it does with arguments that are the same again, and how
    large that is; None if there is nothing to gain."""
    plan = _Head(function, same).plan()
    if plan is not None:
        return _Building(module, function, plan).run()
    inner = [i for i in function.instructions() if isinstance(i, Call) and i.called in made]
    if len(inner) != 1 or not module.defines(inner[0].called):
        return None
    passed = frozenset(
        i for i, a in enumerate(inner[0].arguments) if isinstance(a, Argument) and a.index in same
    )
    inside = module.function(inner[0].called)
    version = _version(module, inside, passed, made - {function.name})  # which may call itself
    if version is None:
        return None
    copy, became, memory = _with_memory(module, function)
    call = became[inner[0]]
    assert isinstance(call, Call)
    _redirect(call, version[0], memory)
    copy.name_everything()
    return copy, version[1]


def _with_memory(
    module: Module, function: Function
) -> tuple[Function, dict[Value | Block, Value | Block], Argument]:
    """A copy of a function with one parameter more, in the module."""
    name, count = f"{function.name}.again", 1
    while module.has_symbol(name):
        count += 1
        name = f"{function.name}.again.{count}"
    copy, became = clone_function(function, module, name)
    memory = Argument(ty.PTR, "memory", "noalias", len(copy.args))
    memory.function = copy
    copy.args.append(memory)
    copy.type = ty.function(copy.type.result, tuple(a.type for a in copy.args))
    module.add_function(copy)
    return copy, became, memory


@final
@dataclass
class _Plan:
    """What is remembered of a function.

    inputs   loads and arguments that everything follows from
    places   addresses, computed from arguments alone
    known    what follows from the inputs; in the head of `end`, or in front of it
    leaving  those that are used by the rest
    inside   what uses them otherwise: they themselves, and the branches between
    end      the block in which the rest begins
    tail     it, the blocks that follow it in any case, from which arithmetic is taken as well, and
             those behind them from which divisions are
    """

    inputs: list[Load | Argument]
    places: list[Instruction]
    known: dict[Instruction, None]
    leaving: list[Instruction]
    inside: set[Instruction]
    end: Block
    tail: list[Block]


@final
class _Head:
    """The beginning of a function: blocks without loops and writes, and the head of the next."""

    def __init__(self, function: Function, same: frozenset[int]) -> None:
        self.function = function
        self.same = {a for a in function.args if a.index in same and not a.name.startswith(SHADOW)}
        self.known: dict[Instruction, None] = {}
        self.places: dict[Instruction, None] = {}
        self.loads: dict[Load, None] = {}
        self.numbers: dict[Argument, None] = {}
        self.before: list[Block] = []  # the blocks that are known as a whole

    def plan(self) -> _Plan | None:
        """What to remember, if that pays."""
        shape = Shape(self.function)
        end = self._walk(shape)
        if end is None or not self.loads or not self.known:
            return None
        tail = self._tail(shape, end)
        inside = {*self.known, *(b.terminator for b in self.before)}
        leaving = [k for k in self.known if any(u not in inside for u in k.users)]
        inputs: list[Load | Argument] = [*self.numbers, *self.loads]
        count = len(leaving) + len(inputs)
        saved = sum(map(_cost, self.known))
        if count > MOST_VALUES or saved < LEAST or saved < WORTH * count:
            return None
        if not all(_is_number(v.type) for v in (*leaving, *inputs)):
            return None
        return _Plan(inputs, list(self.places), self.known, leaving, inside, end, tail)

    def _walk(self, shape: Shape) -> Block | None:
        """Collects what is known; returns the last block that all ways pass, where that ends."""
        ends: set[Block] = {self.function.entry}
        walked: dict[Block, None] = {}
        found: Block | None = None
        state = self._state()
        total = 0
        for block in shape.order:
            total += len(block.instructions)
            if any(p not in walked for p in shape.predecessors[block]) or total > MOST_INSTRUCTIONS:
                break
            always = ends == {block}
            whole = self._read(block, always=always)
            if always:
                if not all(phi in self.known for phi in block.phis()):
                    break
                found, state = block, self._state()
                self.before = list(walked)
            if not whole:
                break
            walked[block] = None
            ends.discard(block)
            ends.update(block.successors())
        self.known, self.places, self.loads, self.numbers = state
        return found

    def _tail(self, shape: Shape, end: Block) -> list[Block]:
        """Adds the arithmetic of the blocks that follow in any case."""
        tail = [end]
        while True:
            after = tail[-1].successors()
            if len(after) != 1 or shape.predecessors[after[0]] != tail[-1:] or after[0] in tail:
                break
            tail += after
            for inst in after[0].instructions[:-1]:
                if self._is_place(inst):
                    self.places[inst] = None
                elif self._follows(inst, may_load=False):
                    self.known[inst] = None
        last = tail[-1]
        for block in shape.order:
            if block in tail or block in shape.loop_of or not shape.dominates(last, block):
                continue
            for inst in block.instructions:
                divides = isinstance(inst, Binary) and inst.opcode == "fdiv"
                if divides and self._follows(inst, may_load=False):
                    self.known[inst] = None
                    tail.append(block)
        return list(dict.fromkeys(tail))

    def _state(
        self,
    ) -> tuple[
        dict[Instruction, None], dict[Instruction, None], dict[Load, None], dict[Argument, None]
    ]:
        return dict(self.known), dict(self.places), dict(self.loads), dict(self.numbers)

    def _read(self, block: Block, *, always: bool) -> bool:
        """Adds what is known in a block; is that everything? `always`: all ways lead here."""
        written = False
        whole = True
        for inst in block.instructions[:-1]:
            if isinstance(inst, Alloca) and block is self.function.entry:
                continue
            if isinstance(inst, Call) and inst.called.startswith(_NOTES):
                continue
            if self._is_place(inst):
                self.places[inst] = None
            elif self._follows(inst, may_load=always and not written):
                self.known[inst] = None
            else:
                whole = False
                written |= _may_write(inst)
        last = block.terminator
        plain = isinstance(last, (Branch, Switch)) and block not in last.targets
        return whole and plain and all(self._is_known(o) for o in last.operands)

    def _is_place(self, inst: Instruction) -> bool:
        """Is it an address that arguments tell?"""
        return (
            isinstance(inst, GetElementPtr)
            and (inst.operands[0] in self.same or inst.operands[0] in self.places)
            and all(isinstance(o, ConstantInt) for o in inst.operands[1:])
        )

    def _is_input(self, load: Load) -> bool:
        if load.flags or not (load.pointer in self.same or load.pointer in self.places):
            return False
        self.loads[load] = None
        return True

    def _follows(self, inst: Instruction, *, may_load: bool) -> bool:
        if isinstance(inst, Load):
            return may_load and self._is_input(inst)
        if isinstance(inst, Call):
            pure = _is_pure(inst)
        else:
            pure = isinstance(inst, _PURE) and not ty.is_pointer(inst.type)
        return pure and all(
            self._is_known(o) for o in (inst.arguments if isinstance(inst, Call) else inst.operands)
        )

    def _is_known(self, value: Value) -> bool:
        if isinstance(value, Argument):
            if value not in self.same or not _is_number(value.type):
                return False
            self.numbers[value] = None
            return True
        if isinstance(value, Constant):
            return not ty.is_pointer(value.type)
        return value in self.known


@final
class _Building:
    """
    first:   has it been called before?          -> same, or the old entry
    same:    are the inputs what they were?      -> again, or the old entry
    ...      as before, up to
    head:    what the end of the plan begins with; remembers    -> end
    again:   reads what is remembered            -> end
    """

    def __init__(self, module: Module, function: Function, plan: _Plan) -> None:
        self.module, self.old, self.plan = module, function, plan
        self.layout = module.layout

    def run(self) -> tuple[Function, int]:
        """The function with memory, and how large that is."""
        plan = self.plan
        copy, became, memory = _with_memory(self.module, self.old)

        def instruction(old: Value | Block) -> Instruction:
            found = became[old]
            assert isinstance(found, Instruction)
            return found

        tail = [b for t in plan.tail if isinstance(b := became[t], Block)]
        end = tail[0]
        known = [instruction(k) for k in plan.known]
        leaving = [instruction(v) for v in plan.leaving]
        inputs = [v for i in plan.inputs if isinstance(v := became[i], Value)]
        places = self._places((*inputs, *leaving))

        entry = copy.entry
        first = Block("first")
        same, again = Block("same"), Block("again")
        head = Block("head")
        for block in (first, same, again, head):
            block.function = copy
        copy.blocks[:0] = [first, same, again]
        copy.blocks.insert(copy.blocks.index(end), head)
        self._move_head(copy, tail, head, known)
        if entry is end:
            entry = head

        emit = Builder(first)
        slots = [i for i in became.values() if isinstance(i, Alloca) and i.block in (entry, end)]
        for moved in (*slots, *map(instruction, plan.places)):
            assert moved.block is not None
            moved.block.instructions.remove(moved)
            emit.put(moved)
        was = emit.load(ty.I8, memory)
        emit.cond_branch(emit.compare("icmp", "ne", was, const_int(ty.I8, 0)), same, entry)

        emit = Builder(same)
        equal: Value | None = None
        for value in inputs:
            now: Value = value
            if isinstance(value, Load):
                now = emit.put(value.copy())
            there = emit.load(value.type, self._at(emit, memory, places[value]))
            one = self._equal(emit, now, there)
            equal = one if equal is None else emit.binary("and", equal, one)
        assert equal is not None
        emit.cond_branch(equal, again, entry)

        emit = Builder(again)
        found = [emit.load(v.type, self._at(emit, memory, places[v])) for v in leaving]
        emit.branch(end)

        emit = Builder(head)
        for value in (*inputs, *leaving):
            emit.store(value, self._at(emit, memory, places[value]))
        emit.store(const_int(ty.I8, 1), memory)
        emit.branch(end)

        inside = {instruction(i) for i in plan.inside}
        for value, remembered in zip(leaving, found, strict=True):
            users = [u for u in value.users if u not in inside and u.block not in (head, same)]
            phi = Builder(end).phi(value.type, [(value, head), (remembered, again)])
            for user in users:
                user.replace(value, phi)
        copy.name_everything()
        return copy, self.size

    def _places(self, values: Iterable[Value]) -> dict[Value, int]:
        out: dict[Value, int] = {}
        at = 1
        for value in values:
            align = self.layout.align(value.type)
            at = -(-at // align) * align
            out[value] = at
            at += self.layout.size(value.type)
        self.size = at
        return out

    def _at(self, emit: Builder, memory: Value, place: int) -> Value:
        return emit.gep(ty.I8, memory, [const_int(ty.I64, place)], "inbounds ")

    def _move_head(
        self, copy: Function, tail: list[Block], head: Block, known: list[Instruction]
    ) -> None:
        """What is known in the last blocks goes to one of its own, to which all ways lead."""
        end = tail[0]
        for inst in [i for i in known if i.block in tail]:
            assert inst.block is not None
            inst.block.instructions.remove(inst)
            head.append(inst)
        for block in copy.blocks:
            if block is head or not block.instructions:
                continue
            targets: list[Block] = getattr(block.terminator, "targets", [])
            targets[:] = [head if t is end else t for t in targets]

    def _equal(self, emit: Builder, a: Value, b: Value) -> Value:
        """Are all bits the same?"""
        type_ = a.type
        if not isinstance(type_, IntType):
            whole = ty.int_type(self.layout.bits(type_))
            a, b = emit.cast("bitcast", a, whole), emit.cast("bitcast", b, whole)
        return emit.compare("icmp", "eq", a, b)


# ---------------------------------------------------------------------- questions


def _base(pointer: Value) -> Value:
    while isinstance(pointer, (GetElementPtr, Cast)):
        pointer = pointer.operands[0]
    return pointer


def _may_write(inst: Instruction) -> bool:
    """May it write what a parameter points to?"""
    if isinstance(inst, Store):
        return not isinstance(_base(inst.pointer), Alloca)
    return isinstance(inst, CallBase) or not isinstance(inst, (*_PURE, Load, Alloca))


def _is_number(type_: Type) -> bool:
    if isinstance(type_, VectorType):
        return not type_.scalable and _is_number(type_.element)
    return isinstance(type_, (IntType, FloatType))


def _is_pure(call: Call) -> bool:
    """Does it compute a number from numbers, and nothing else?"""
    name = call.called
    if not _is_number(call.type) or not all(_is_number(a.type) for a in call.arguments):
        return False
    if name.startswith("llvm.vector.reduce."):
        return True
    assert call.block is not None
    assert call.block.function is not None
    return find(name) is not None and not call.block.function.module.defines(name)


def _cost(inst: Instruction) -> int:
    match inst:
        case Call():
            name = inst.called
            cheap = ("llvm.fmuladd.", "llvm.fma.", "llvm.fabs.", "llvm.vector.reduce.")
            return 2 if name.startswith(cheap) else 15 if "sqrt" in name else 60
        case Binary(opcode="fdiv" | "frem" | "sdiv" | "udiv" | "srem" | "urem"):
            return 15
    return 0 if isinstance(inst, (Load, Phi, Cast)) else 2
