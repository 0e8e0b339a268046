"""Guards, hoping that nothing is infinite.

    %p = fmul double %d, %x                          %p = fmul double %d, %x
    %c = fcmp oeq double %d, 0.0              -->    %q = fmul double %p, %y
    %r = select i1 %c, double 0.0, double %p         %nan = fcmp uno double %q, 0.0
    %s = fmul double %r, %y                          br i1 %nan, label %again, label %on
    %e = fcmp oeq double %r, 0.0
    %t = select i1 %e, double 0.0, double %s

A guard makes a difference only where zero meets an infinity or NaN, or where a zero is divided by,
and what comes out of that without the guard is not finite, and stays so in all sums and products
that follow. So straight-line code with guards is computed without them; if it is not finite, the
block `again` computes it once more, with them. The branch is never taken where it matters, while
tests for zero would lengthen each step of the chain. Few values are looked at: those that are not
finite if a product is not, or if its partial is not. Or the derivatives themselves, if a few of
them go into many products: the branch is taken where one is zero.

The branch keeps a loop from being vectorised, so that loops that look as if they could be keep
their guards: what runs through memory one by one (forward also two by two) and carries only sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, final

from enzcc.ad.nests.border import REVERSE
from enzcc.ad.nests.fastloops import runs_forward
from enzcc.analysis.cfg import Loop, Shape
from enzcc.ir.builder import Builder, const_float, float_value
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Binary,
    Call,
    CallBase,
    Cast,
    Compare,
    FNeg,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Select,
    Store,
)
from enzcc.ir.module import Module
from enzcc.ir.types import FloatType
from enzcc.ir.values import Constant, ConstantInt, Global, Local, Value
from enzcc.rules.emit import INTRINSICS

LEAST: Final = 2
"""So many guards are worth a branch; one, where each iteration waits for the one before."""

WORTH: Final = 2
"""So many guards must go for each value that is looked at; where each iteration waits for the one
before, one."""

FEWER: Final = 2
"""So many times fewer derivatives than these values are tested for zero instead."""

MOST_GROUPED: Final = 2
"""Loops that run forward and step over so many cells are left to the vectoriser."""

MOST: Final = 2_000
"""Instructions of a block that is looked at."""

_CHEAP: Final = (
    "llvm.fma.", "llvm.fmuladd.", "llvm.sqrt.", "llvm.fabs.", "llvm.copysign.", "llvm.minnum.",
    "llvm.maxnum.", "llvm.lifetime.", "llvm.dbg.", "llvm.smin.", "llvm.smax.", "llvm.umin.",
    "llvm.umax.", "llvm.abs.", "llvm.arithmetic.fence.",
)  # fmt: skip

UNLIKELY: Final = ', !prof !{!"branch_weights", i32 1, i32 2000}'


def without_guards(module: Module, names: Iterable[str]) -> None:
    """Puts such branches into these functions."""
    for name in names:
        if module.may_hold(name, " fcmp "):
            function = module.function(name)
            if _rewrite(function):
                function.name_everything()


def _rewrite(function: Function) -> bool:
    shape = Shape(function)
    found = False
    scalar: dict[Loop, bool] = {}
    waiting: dict[Loop, bool] = {}
    for block in shape.order:
        # elsewhere the sign of a zero is the program's
        if not block.name.startswith(REVERSE):
            continue
        loop = shape.loop_of.get(block)
        if loop is not None and not loop.children:
            if loop not in scalar:
                waiting[loop] = waits(loop)
                scalar[loop] = waiting[loop] or _is_scalar(loop, function.module)
            if not scalar[loop]:
                continue
        worth = 1 if loop is not None and waiting.get(loop) else WORTH
        rest: Block | None = block
        while rest is not None:
            rest = _Region(function, rest, worth).split()
            found |= rest is not None
    return found


@final
class _Region:
    """The guards of a block, and what is computed from them, up to its first other use."""

    def __init__(self, function: Function, block: Block, worth: int) -> None:
        self.function, self.block, self.worth = function, block, worth
        self.least = min(LEAST, worth)
        self.place = {inst: at for at, inst in enumerate(block.instructions)}
        self.guards: dict[Instruction, tuple[Compare, Value]] = {}
        self.inside: dict[Instruction, None] = {}
        """What is computed twice: guards and pure arithmetic that depends on them."""
        self.hoisted: dict[Instruction, None] = {}
        """What comes behind the first other use, and is computed before it from now on."""
        self.sunk: dict[Instruction, None] = {}
        """What comes before it, and is computed behind the branch."""
        self.end = len(block.instructions) - 1

    def split(self) -> Block | None:
        """The block behind the branch; None if there is no branch."""
        if len(self.block.instructions) > MOST:
            return None
        self._find()
        used = [g for g in self.guards if g in self.inside]
        if len(used) < self.least:
            return None
        leaving = self._leaving()
        if not leaving or len(leaving) > len(used):
            return None
        tested = self._witnesses(used)
        zeros = self._derivatives(used)
        by_zero = zeros is not None and (
            FEWER * len(zeros) < len(tested) or len(used) < self.worth * len(tested)
        )
        if by_zero:
            assert zeros is not None
            tested = zeros
        if len(used) < self.worth * len(tested):
            return None
        if any("nan" in i.flags or "inf" in i.flags or "fast" in i.flags for i in self.inside):
            return None
        return self._build(leaving, self._is_zero if by_zero else self._is_odd, tested)

    def _users(self, inst: Instruction) -> list[Instruction]:
        """Those that count: not the tests of guards that go."""
        return [u for u in inst.users if not self._goes(u)]

    def _goes(self, inst: Instruction) -> bool:
        return (
            isinstance(inst, Compare)
            and inst.block is self.block
            and all(u in self.guards and u in self.inside for u in inst.users)
        )

    # ------------------------------------------------------------------ what is in it

    def _find(self) -> None:
        body = self.block.instructions
        depends: set[Value] = set()
        tests: set[Value] = set()
        for inst in body:
            guard = _guard(inst)
            if guard is not None:
                self.guards[inst] = guard
                tests.add(guard[0])
                depends.add(inst)
            elif any(o in depends for o in inst.operands):
                depends.add(inst)
        if len(self.guards) < self.least:
            return
        begin = min(self.place[g] for g in self.guards)
        first = next(
            at
            for at, inst in enumerate(body)
            if inst.is_terminator
            or (inst in depends and inst not in tests and not self._is_pure(inst, depends))
            or (at > begin and _is_real_call(inst))
        )
        self.end = first
        early: dict[Instruction, None] = {}  # arithmetic behind it that could come before it
        for at, inst in enumerate(body):
            if isinstance(inst, Phi) or inst.is_terminator:
                continue
            if at < first:
                if inst in depends and self._is_pure(inst, depends):
                    self.inside[inst] = None
                continue
            if _is_real_call(inst):
                break
            if not self._is_pure(inst, depends):
                continue
            if all(self._is_early(o, early) for o in self._operands(inst)):
                early[inst] = None
        self.inside |= {inst: None for inst in early if inst in depends}
        self._trim()
        if len(self._leaving()) > sum(g in self.inside for g in self.guards):
            self._trim_to_guards()
        for inst in body[:first]:
            if inst in depends and inst not in self.inside and not self._goes(inst):
                self.sunk[inst] = None
        wanted = [inst for inst in early if inst in self.inside]
        while wanted:
            inst = wanted.pop()
            if inst not in self.hoisted:
                self.hoisted[inst] = None
                wanted += [o for o in self._operands(inst) if o in early]
        self.hoisted = {i: None for i in early if i in self.hoisted}

    def _trim(self) -> None:
        """What comes last and joins nothing is computed once, behind the branch."""
        for inst in sorted(self.inside, key=self.place.__getitem__, reverse=True):
            if inst in self.guards or any(u in self.inside for u in self._users(inst)):
                continue
            before = [o for o in dict.fromkeys(inst.operands) if o in self.inside]
            if len([o for o in before if not self._leaves(o, inst)]) <= 1:
                del self.inside[inst]

    def _trim_to_guards(self) -> None:
        """Only guards are computed twice, and what these are computed from."""
        wanted: dict[Instruction, None] = {}
        work = [g for g in self.guards if g in self.inside]
        while work:
            inst = work.pop()
            if inst in self.inside and inst not in wanted:
                wanted[inst] = None
                work += [o for o in self._operands(inst) if isinstance(o, Instruction)]
        self.inside = {i: None for i in self.inside if i in wanted}

    def _leaving(self) -> list[Instruction]:
        """What is used behind the branch."""
        return [i for i in self.inside if any(u not in self.inside for u in self._users(i))]

    def _leaves(self, value: Value, but: Instruction) -> bool:
        """Is a value used outside already?"""
        assert isinstance(value, Instruction)
        return any(u not in self.inside for u in self._users(value) if u is not but)

    def _operands(self, inst: Instruction) -> list[Value]:
        guard = self.guards.get(inst)
        if guard is not None:
            return [guard[0].operands[0], guard[1]]
        return inst.operands

    def _is_early(self, value: Value, early: dict[Instruction, None]) -> bool:
        if not isinstance(value, Instruction) or value.block is not self.block:
            return True
        return self.place[value] < self.end or value in early

    def _is_pure(self, inst: Instruction, depends: set[Value]) -> bool:
        """Is it arithmetic through which NaN always goes?"""
        if not isinstance(inst.type, FloatType):
            return False
        if inst in self.guards:
            return True
        match inst:
            case Binary(opcode="fadd" | "fsub" | "fmul") | FNeg():
                return True
            case Binary(opcode="fdiv"):
                return inst.operands[1] not in depends
            case Cast(opcode="fpext" | "fptrunc"):
                return True
            case Select():
                return inst.operands[0] not in depends
            case Call():
                callee = inst.callee
                return isinstance(callee, Global) and callee.name.startswith(
                    ("llvm.fmuladd.", "llvm.fma.")
                )
        return False

    # ------------------------------------------------------------------ the new blocks

    def _build(
        self,
        leaving: list[Instruction],
        condition: Callable[[Builder, list[Value]], Value],
        tested: list[Value],
    ) -> Block:
        block, function = self.block, self.function
        again = function.add_block(f"{block.name}.again", block)
        on = function.add_block(f"{block.name}.on", again)
        before, behind = block.instructions[: self.end], block.instructions[self.end :]
        rest = [*self.sunk, *(i for i in behind if i not in self.hoisted)]
        block.instructions = [i for i in before if i not in self.sunk] + list(self.hoisted)
        for inst in rest:
            on.append(inst)
        for target in on.successors():
            for phi in target.phis():
                phi.blocks = [on if b is block else b for b in phi.blocks]
        outer = {i: [u for u in self._users(i) if u not in self.inside] for i in leaving}
        emit = Builder(again)
        second: dict[Value, Value] = {}
        order = sorted(self.inside, key=self.place.__getitem__)
        for inst in order:
            guard = self.guards.get(inst)
            if guard is not None:
                test, product = guard
                derivative = second.get(test.operands[0], test.operands[0])
                zero = emit.compare("fcmp", test.predicate, derivative, test.operands[1])
                copy: Instruction = inst.copy()
                copy.set_operand(0, zero)
                for position in (1, 2):
                    if inst.operands[position] is product:
                        copy.set_operand(position, second.get(product, product))
            else:
                copy = inst.copy()
                for position, operand in enumerate(inst.operands):
                    if operand in second:
                        copy.set_operand(position, second[operand])
            second[inst] = emit.put(copy)
        emit.branch(on)
        first = {i: self._first(i) for i in leaving}
        emit.at(block)
        emit.cond_branch(condition(emit, tested), again, on)
        block.terminator.tail += UNLIKELY
        for inst in leaving:
            phi = Builder(on).phi(inst.type, [(first[inst], block), (second[inst], again)])
            for user in outer[inst]:
                user.replace(inst, phi)
        gone = [i for i in order if i in self.guards]
        for inst in gone:
            inst.replace_with(self._first(inst))
        for inst in gone:
            zero_test, _ = self.guards[inst]
            inst.erase()
            if not zero_test.users:
                zero_test.erase()
        return on

    def _derivatives(self, used: list[Instruction]) -> list[Value] | None:
        """The values whose zeros win; None if one of them is not there in front of the branch."""
        before = self.block.instructions[: self.end]
        there = {i for i in before if i not in self.sunk} | set(self.hoisted)
        found: dict[Value, None] = {}
        for guard in used:
            test, _ = self.guards[guard]
            value = self._first(test.operands[0])
            is_here = isinstance(value, Instruction) and value.block is self.block
            if test.predicate in ("ueq", "one") or (is_here and value not in there):
                return None
            found[value] = None
        return list(found)

    def _is_zero(self, emit: Builder, values: list[Value]) -> Value:
        """Is one of them zero?"""
        found: Value | None = None
        for value in values:
            test = emit.compare("fcmp", "oeq", value, const_float(value.type, 0.0))
            found = test if found is None else emit.binary("or", found, test)
        assert found is not None
        return found

    def _witnesses(self, used: list[Instruction]) -> list[Value]:
        """Few values such that no guard makes a difference if they are finite: of each guard, the
        product, its other factor, or what either goes into."""
        before = self.block.instructions[: self.end]
        there = {i for i in before if i not in self.sunk} | set(self.hoisted)
        order = {inst: at for at, inst in enumerate([*before, *self.hoisted])}
        covers: dict[Value, dict[Instruction, None]] = {}
        for guard in used:
            test, product = self.guards[guard]
            for value in self._below(self._roots(test, product), there):
                covers.setdefault(value, {})[guard] = None
        found: list[Value] = []
        left = dict.fromkeys(used)
        while left:
            best = max(
                covers,
                key=lambda v: (sum(g in left for g in covers[v]), -order.get(v, -1)),  # type: ignore[call-overload]
            )
            found.append(best)
            left = {g: None for g in left if g not in covers[best]}
        return found

    def _roots(self, test: Compare, product: Value) -> list[Value]:
        """Values that are all not finite where a guard makes a difference."""
        found, derivative = [product], test.operands[0]
        if test.predicate in ("ueq", "one"):
            return found  # it is NaN that counts as zero: the other factor does not show it
        if isinstance(product, Binary) and product.opcode == "fmul":
            a, b = product.operands
            other = b if a is derivative else a if b is derivative else None
            if other is not None and not isinstance(other, Constant):
                found.append(other)
        return found

    def _below(self, roots: list[Value], there: set[Instruction]) -> dict[Value, None]:
        """Values that are not finite if one of these is not."""
        found: dict[Value, None] = {}
        work = [self._first(r) for r in roots]
        while work:
            value = work.pop()
            if value in found:
                continue
            found[value] = None
            users = list(value.users) if isinstance(value, Local) else []
            while users:
                user = users.pop()
                guard = self.guards.get(user) if user in self.inside else None
                if guard is not None and guard[1] is value:
                    users += user.users
                elif user in there and user not in self.guards and self._passes(user, value):
                    work.append(user)
        return found

    def _passes(self, user: Instruction, value: Value) -> bool:
        """Is the user not finite if the value is not?"""
        match user:
            case Binary(opcode="fadd" | "fsub" | "fmul") | FNeg() | Cast(opcode="fpext"):
                return True
            case Binary(opcode="fdiv"):
                return self._first(user.operands[0]) is value
            case Call():
                callee = user.callee
                return isinstance(callee, Global) and callee.name.startswith(
                    ("llvm.fmuladd.", "llvm.fma.", "llvm.sqrt.")
                )
        return False

    def _first(self, value: Value) -> Value:
        """The value without guards."""
        while isinstance(value, Instruction) and value in self.guards and value in self.inside:
            value = self.guards[value][1]
        return value

    def _is_odd(self, emit: Builder, values: list[Value]) -> Value:
        """Is one of them not finite?"""
        found: Value | None = None
        for kind in dict.fromkeys(v.type for v in values):
            level = [v for v in values if v.type is kind]
            while len(level) > 2:
                pairs = zip(level[::2], level[1::2], strict=False)
                level = [emit.fadd(a, b) for a, b in pairs] + level[len(level) // 2 * 2 :]
            # an infinity becomes NaN too: there may be a division by zero that a guard avoids
            whole = emit.fadd(level[0], level[-1]) if len(level) > 1 else level[0]
            test = emit.compare("fcmp", "uno", emit.fsub(whole, whole), const_float(kind, 0.0))
            found = test if found is None else emit.binary("or", found, test)
        assert found is not None
        return found


def _is_real_call(inst: Instruction) -> bool:
    """A call across which values do not stay in registers?"""
    if not isinstance(inst, CallBase):
        return False
    callee = inst.callee
    return not isinstance(callee, Global) or not callee.name.startswith(_CHEAP)


def _guard(inst: Instruction) -> tuple[Compare, Value] | None:
    """Test and product of `select (%d == 0), 0, %product`, where the product has a factor %d."""
    if not isinstance(inst, Select) or not isinstance(inst.type, FloatType):
        return None
    test, then, other = inst.operands
    if not isinstance(test, Compare) or test.opcode != "fcmp" or test.flags or inst.flags:
        return None
    if float_value(test.operands[1]) != 0.0:
        return None
    if test.predicate in ("oeq", "ueq"):
        nothing, product = then, other
    elif test.predicate in ("une", "one"):
        nothing, product = other, then
    else:
        return None
    if float_value(nothing) != 0.0 or not _shows(product, test.operands[0], 4):
        return None
    return test, product


def _shows(value: Value, tested: Value, depth: int) -> bool:
    """Is the value zero, or not finite, where what is tested is zero (and NaN where it is NaN)?"""
    if value is tested:
        return True
    if depth == 0:
        return False
    match value:
        case FNeg():
            return _shows(value.operands[0], tested, depth - 1)
        case Binary(opcode="fdiv"):
            above, below = value.operands
            if below is tested or _is_root(below, tested):
                return True
            return _shows(above, tested, depth - 1)
        case Binary(opcode="fmul"):
            return any(_shows(o, tested, depth - 1) for o in value.operands)
    return False


def _is_root(value: Value, of: Value) -> bool:
    if not isinstance(value, Call) or not isinstance(value.callee, Global):
        return False
    name = value.callee.name
    return (name in ("sqrt", "sqrtf") or name.startswith("llvm.sqrt.")) and value.operands[0] is of


# ------------------------------------------------------------------ loops that may be vectorised


def _is_scalar(loop: Loop, module: Module) -> bool:
    """Is the loop one that LLVM surely will not vectorise, or not with profit?"""
    forward = runs_forward(loop.header)
    for block in loop.blocks:
        for inst in block.instructions:
            match inst:
                case Load() | Store():
                    stride = Stride(loop).of(inst.pointer)
                    accessed = inst.type if isinstance(inst, Load) else inst.value.type
                    size = module.layout.size(accessed)
                    if forward:
                        if stride is not None and stride > MOST_GROUPED * size:
                            return True
                    elif stride is None or abs(stride) not in (0, size):
                        return True
                case CallBase():
                    if not _has_vectors(inst.callee):
                        return True
    return False


def waits(loop: Loop) -> bool:
    """Does each iteration need what the one before has computed, other than to add to it?"""
    for phi in loop.header.phis():
        if isinstance(phi.type, FloatType) and _feeds_itself(phi, loop) and not is_sum(phi, loop):
            return True
    return not runs_forward(loop.header) and _waits_for_memory(loop)


def _waits_for_memory(loop: Loop) -> bool:
    """Does an iteration read what the one before has written?"""
    insts = [i for b in loop.blocks for i in b.instructions]
    strides = Stride(loop)
    stored = {_place(i.pointer) for i in insts if isinstance(i, Store)}
    for inst in insts:
        if isinstance(inst, Load):
            base, offset = _place(inst.pointer)
            stride = strides.of(inst.pointer)
            if stride and (base, offset + stride) in stored:
                return True
    return False


def _place(pointer: Value) -> tuple[tuple[Value, ...], int]:
    """What an address is made of, and how many bytes it is from there."""
    offset = 0
    while isinstance(pointer, GetElementPtr) and len(pointer.indices) == 1:
        size = size_of_step(pointer)
        if size is None:
            break
        (index,) = pointer.indices
        if isinstance(index, Binary) and index.opcode == "add":
            index, by = index.operands
            if not isinstance(by, ConstantInt):
                return (pointer.base, pointer.indices[0]), offset
            offset += by.value * size
        elif isinstance(index, ConstantInt):
            offset += index.value * size
            pointer = pointer.base
            continue
        base, more = _place(pointer.base)
        return (*base, index), offset + more
    return (pointer,), offset


def _has_vectors(callee: Value) -> bool:
    """Does LLVM know the function for vectors? (Which may be calls for each element.)"""
    if not isinstance(callee, Global):
        return False
    name = callee.name
    return name.startswith("llvm.") or name in INTRINSICS or name.removesuffix("f") in INTRINSICS


def _feeds_itself(phi: Phi, loop: Loop) -> bool:
    """Does a value depend on what it was in another iteration? (Else it only waits.)"""
    seen: set[Value] = set()
    work: list[Value] = [v for v, source in phi.incoming() if source in loop.blocks]
    while work:
        value = work.pop()
        if value is phi:
            return True
        if value in seen or not isinstance(value, Instruction) or value.block not in loop.blocks:
            continue
        seen.add(value)
        if isinstance(value, Phi) and value.block is loop.header:
            work += [v for v, source in value.incoming() if source in loop.blocks]
        elif not isinstance(value, Load):
            work += value.operands
    return False


def is_sum(phi: Phi, loop: Loop) -> bool:
    """Does a value that is carried from iteration to iteration only gather terms, which nobody
    else looks at in the loop?"""
    again = {v: None for v, source in phi.incoming() if source in loop.blocks}
    if len(again) != 1:
        return False
    here: Instruction = phi
    while here not in again:
        users = [u for u in here.users if u.block in loop.blocks]
        if len(users) != 1 or not isinstance(users[0], Binary):
            return False
        here = users[0]
        if here.opcode not in ("fadd", "fsub") or "reassoc" not in here.flags:
            return False
    return here is phi or all(u is phi or u.block not in loop.blocks for u in here.users)


def size_of_step(inst: GetElementPtr) -> int | None:
    """How many bytes are in one step of an address."""
    sized = {"i8": 1, "i16": 2, "i32": 4, "float": 4, "i64": 8, "double": 8, "ptr": 8}
    return sized.get(str(inst.source))


@final
class Stride:
    """By how many bytes an address moves from iteration to iteration of a loop."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop

    def of(self, value: Value, depth: int = 12) -> int | None:
        """None if nobody knows."""
        if not isinstance(value, Instruction) or value.block not in self.loop.blocks:
            return 0
        if depth == 0:
            return None
        match value:
            case Phi() if value.block is self.loop.header:
                return self._step(value)
            case GetElementPtr():
                base = self.of(value.base, depth - 1)
                if base is None or len(value.indices) != 1:
                    return None
                index = self.of(value.indices[0], depth - 1)
                size = size_of_step(value)
                return None if index is None or size is None else base + index * size
            case Cast(opcode="sext" | "zext" | "trunc" | "freeze"):
                return self.of(value.operands[0], depth - 1)
            case Binary(opcode="add" | "sub"):
                a, b = (self.of(o, depth - 1) for o in value.operands)
                if a is None or b is None:
                    return None
                return a + b if value.opcode == "add" else a - b
            case Binary(opcode="mul" | "shl"):
                a = self.of(value.operands[0], depth - 1)
                by = value.operands[1]
                if a is None or not isinstance(by, ConstantInt):
                    return None if a != 0 or self.of(by, depth - 1) != 0 else 0
                return a * by.value if value.opcode == "mul" else a << by.value
        return None

    def _step(self, phi: Phi) -> int | None:
        steps: set[int] = set()
        for value, source in phi.incoming():
            if source not in self.loop.blocks:
                continue
            match value:
                case Binary(opcode="add" | "sub") if value.operands[0] is phi:
                    by = value.operands[1]
                    if not isinstance(by, ConstantInt):
                        return None
                    steps.add(by.value if value.opcode == "add" else -by.value)
                case GetElementPtr() if value.base is phi and len(value.indices) == 1:
                    index, size = value.indices[0], size_of_step(value)
                    if not isinstance(index, ConstantInt) or size is None:
                        return None
                    steps.add(index.value * size)
                case _:
                    return None
        return steps.pop() if len(steps) == 1 else None
