"""The first and the last iteration of a loop stand by themselves if they alone differ.

    for i in 0 ... n - 1:                         if (n > 1)
      s = d[i] * p[i]                               for i in 0 ... n - 2:
      if (i < n - 1) s -= p[i + 1]      -->           q[i] = d[i] * p[i] - p[i + 1]
      q[i] = s                                    q[n - 1] = d[n - 1] * p[n - 1]

Stencils test in each iteration whether there is a neighbour, and so would the reverse sweep, in
which LLVM vectorises no such loop. LLVM itself takes first iterations out of short loops, but does
not see that a comparison with `n - 1` is one with the last counter.

Asked is which comparisons of the counter come out the same in all iterations but the first or the
last one. With the counter, `left - right` of a comparison is a linear form; so it is of the test by
which the loop ends, and that is zero behind the last iteration. Where the difference of both forms
is zero, too, as words of the machine, the two sides of the comparison are equal in the last
iteration, and nowhere else if what counts does not wrap around (`nsw`, `nuw`).
"""

from __future__ import annotations

from typing import Final, NamedTuple, final

from enzcc.ad.nests.forwards import is_pure
from enzcc.analysis.cfg import Loop, Shape
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.clone import clone_instruction, lead_to_clones
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Binary,
    Branch,
    Call,
    Cast,
    Compare,
    Instruction,
    Load,
    Phi,
    Store,
    Switch,
)
from enzcc.ir.module import Module
from enzcc.ir.values import ConstantInt, Value

MOST: Final = 150
"""Instructions of a loop whose ends are taken out."""

MOST_ENDS: Final = 2
"""Iterations that are taken out at each end."""

_LESS: Final = {"slt": True, "ult": True, "sge": False, "uge": False}
"""Comparisons that tell less from equal: what they say of less."""

_GREATER: Final = {"sgt": True, "ugt": True, "sle": False, "ule": False}
_STRICT: Final = {
    f"{sign}{old}": (f"{sign}{new}", by)
    for sign in "su"
    for old, new, by in (("lt", "le", 1), ("ge", "gt", 1), ("le", "lt", -1), ("gt", "ge", -1))
}
"""The same comparison with a number that is one less or more, by which the difference grows."""

_SWAPPED: Final = {
    "eq": "eq", "ne": "ne",
    "slt": "sgt", "sgt": "slt", "sle": "sge", "sge": "sle",
    "ult": "ugt", "ugt": "ult", "ule": "uge", "uge": "ule",
}  # fmt: skip

_OTHERS: Final = (
    "alloca", "atomicrmw", "cmpxchg", "fence", "va_arg",
)  # fmt: skip


def with_ends(module: Module, names: list[str]) -> list[str]:
    """Takes out the ends of such loops of these functions; returns those that have changed."""
    changed: list[str] = []
    for name in names:
        function = module.function(name)
        if not any(isinstance(inst, Compare) for inst in function.instructions()):
            continue
        left: dict[Block, int] = {}
        while (found := _find(Shape(function), left)) is not None:
            _TakenOut(function, found).build()
            if name not in changed:
                changed.append(name)
        if name in changed:
            function.name_everything()
    return changed


class _Found(NamedTuple):
    """A loop, and which end of it is to stand apart."""

    counted: _Counted
    end: _End


def _find(shape: Shape, left: dict[Block, int]) -> _Found | None:
    """The next end that is to stand apart. `left` counts how many more a loop may have."""
    for loop in () if shape.irreducible else shape.loops:
        tries = left.get(loop.header, 2 * MOST_ENDS)
        if loop.children or not tries:
            continue
        counted = _count(shape, loop)
        found = None if counted is None else _apart(counted)
        left[loop.header] = 0 if found is None else tries - 1
        if found is not None:
            return found
    return None


# ------------------------------------------------------------------ which loops


@final
class _Counted:
    """A loop that ends when its counter has come to what stays.

    counter   the counter, `moved` what it is in the next iteration, by `step` more
    test      by which the loop ends, in its latch; `goes_on` is what it says until then
    compared  what is compared with `bound` there: the counter or what it will be
    exit      where the loop leads
    """

    def __init__(self, loop: Loop, preheader: Block, latch: Block, counter: Phi) -> None:
        self.loop, self.preheader, self.latch, self.counter = loop, preheader, latch, counter
        self.moved = counter.value_from(latch)
        assert isinstance(self.moved, Binary)
        by, end = self.moved.operands[1], latch.terminator
        test = end.operands[0]
        assert isinstance(by, ConstantInt)
        assert isinstance(test, Compare)
        self.step = by.value
        self.test = test
        self.goes_on = end.targets[0] is loop.header
        self.exit = end.targets[1 if self.goes_on else 0]
        self.compared, self.bound = test.operands
        if self.bound in (counter, self.moved):
            self.compared, self.bound = self.bound, self.compared

    @property
    def ahead(self) -> int:
        """By how much the counter is less in the last iteration than the bound."""
        return self.step if self.compared is self.moved else 0

    def is_exact(self) -> bool:
        """Does the loop end where both sides of its test are equal?"""
        predicate = self.test.predicate
        if predicate == ("ne" if self.goes_on else "eq"):
            return True
        # down to a number, from one that is no less
        start = self.counter.value_from(self.preheader)
        return (
            predicate == ("sgt" if self.goes_on else "sle")
            and self.test.operands[0] is self.compared
            and self.step == -1
            and self.keeps_order(self.counter, "nsw")
            and isinstance(self.bound, ConstantInt)
            and self.bound.value - self.ahead <= 0
            and isinstance(start, Cast)
            and start.opcode == "zext"
        )

    @property
    def not_negative(self) -> list[Value]:
        """Integers that are not negative, as the bound tells."""
        found: list[Value] = []
        work = [self.bound]
        for value in work:
            match value:
                case Binary(opcode="add" | "sub"):
                    work += value.operands
                case Cast(opcode="zext", operands=(inner,)) if "nneg" in value.flags:
                    found.append(inner)
                    match inner:
                        case Binary(opcode="add", operands=(more, ConstantInt() as by)) if (
                            "nsw" in inner.flags and by.value <= 0
                        ):
                            found.append(more)
        return found

    def changes(self, value: Value) -> bool:
        """Is it computed in the loop?"""
        return isinstance(value, Instruction) and value.block in self.loop.blocks

    def keeps_order(self, value: Value, flag: str) -> bool:
        """Is a value the counter plus what stays, without ever wrapping around?"""
        if value is self.counter:
            assert isinstance(self.moved, Binary)
            return flag in self.moved.flags
        if not isinstance(value, Binary) or value.opcode != "add" or flag not in value.flags:
            return False
        changing = [o for o in value.operands if self.changes(o)]
        return len(changing) == 1 and self.keeps_order(changing[0], flag)


def _count(shape: Shape, loop: Loop) -> _Counted | None:
    preheader, latch = shape.preheader(loop), shape.latch(loop)
    if preheader is None or latch is None or len(shape.exits(loop)) != 1:
        return None
    end = latch.terminator
    if not isinstance(end, Branch) or len(end.targets) != 2 or loop.header not in end.targets:
        return None
    test = end.operands[0]
    if not isinstance(test, Compare) or test.opcode != "icmp" or not _is_worth(loop):
        return None
    if test.block not in loop.blocks or not isinstance(test.operands[0].type, ty.IntType):
        return None
    exit_ = next(t for t in end.targets if t is not loop.header)
    if not all(
        user.block in loop.blocks or (isinstance(user, Phi) and user.block is exit_)
        for block in loop.blocks
        for inst in block.instructions
        for user in inst.users
    ):
        return None
    for phi in loop.header.phis():
        match phi.value_from(latch):
            case Binary(opcode="add", operands=(before, ConstantInt() as by)) if (
                before is phi and by.value
            ):
                counted = _Counted(loop, preheader, latch, phi)
                is_told = counted.compared in (phi, counted.moved)
                if is_told and not counted.changes(counted.bound) and counted.is_exact():
                    return counted
    return None


def _is_worth(loop: Loop) -> bool:
    """Is it a short loop with branches that reads numbers, and calls only what returns?"""
    if any(not isinstance(b.terminator, (Branch, Switch)) for b in loop.blocks):
        return False
    if len(loop.blocks) < 2 or sum(len(b.instructions) for b in loop.blocks) > MOST:
        return False
    reads = False
    for block in loop.blocks:
        for inst in block.instructions:
            if isinstance(inst, (Load, Store)):
                if inst.flags:
                    return False
                reads |= isinstance(inst, Load) and ty.is_float(inst.type)
            elif isinstance(inst, Call):
                if not is_pure(inst):
                    return False
            elif inst.opcode in _OTHERS:
                return False
    return reads


# ------------------------------------------------------------------ what stands apart


def _apart(counted: _Counted) -> _Found | None:
    """The end that is to be taken out next, the last one first."""
    ends = [_End(is_last=True), _End(is_last=False)]
    for block in counted.loop.blocks:
        for inst in block.instructions:
            if isinstance(inst, Compare) and inst.opcode == "icmp":
                if inst is counted.test:
                    if any(user is not counted.latch.terminator for user in inst.users):
                        ends[0].decided[inst] = counted.goes_on
                        ends[0].otherwise[inst] = None
                elif isinstance(inst.operands[0].type, ty.IntType):
                    _see(counted, inst, ends)
    for end in ends:
        if end.decided or end.is_near:
            return _Found(counted, end)
    return None


@final
class _End:
    """One end of a loop, the comparisons that differ there (what they are in all other iterations),
    and those of which it is known that they do."""

    def __init__(self, *, is_last: bool) -> None:
        self.is_last = is_last
        self.decided: dict[Compare, bool] = {}
        self.otherwise: dict[Compare, None] = {}
        self.is_near = False  # is one decided in an iteration near by?


def _see(counted: _Counted, test: Compare, ends: list[_End]) -> None:
    """Does a comparison differ at an end?"""
    counter = counted.counter
    assert isinstance(counter.type, ty.IntType)
    form = _difference(test)
    times = form.of(counter)
    if times not in (1, -1):
        return
    place = 0 if times == 1 else 1
    value, other = test.operands[place], test.operands[1 - place]
    if counted.changes(other):
        return
    form = _Form(form.bits, {}, 0).plus(form, times)
    predicate = test.predicate if place == 0 else _SWAPPED[test.predicate]
    rest = form.plus(_form(counter, form.bits), -1)
    for end in ends:
        if end.is_last:
            last = _form(counted.bound, form.bits).plus(_Form(form.bits, {}, -counted.ahead))
            there = rest.plus(last)
        else:
            there = rest.plus(_form(counter.value_from(counted.preheader), form.bits))
        number = there.known()
        if number is None:
            continue
        usual = _usual(counted, predicate, value, test, is_last=end.is_last)
        is_strict = usual is not None
        if usual is None and predicate in _STRICT and abs(counted.step) == 1:
            other_predicate, by = _STRICT[predicate]
            usual = _usual(counted, other_predicate, value, test, is_last=end.is_last)
            number += by
        away, between = divmod(number if end.is_last else -number, counted.step)
        if usual is not None and not between and 0 <= away < MOST_ENDS:
            if away:
                end.is_near = True
            else:
                end.decided[test] = usual
                if is_strict:  # else a number one more or less may have wrapped around
                    end.otherwise[test] = None


def _usual(
    counted: _Counted, predicate: str, value: Value, test: Compare, *, is_last: bool
) -> bool | None:
    """What a comparison comes to, but where both sides are equal; None if that is not known, or is
    nothing else."""
    if isinstance(value, Cast):  # a narrower word
        if value.opcode != "trunc" or "nuw" not in value.flags:
            return None
        if not counted.keeps_order(value.operands[0], "nuw"):
            return None
        grows = is_last == (counted.step > 0)
        other = test.operands[1 if value is test.operands[0] else 0]
        if predicate[0] == "s" and not (grows and other in counted.not_negative):
            return None
    elif predicate in ("eq", "ne"):
        if value.type != counted.counter.type:  # a narrower word comes to the same again and again
            return None
    else:
        flags = ["nsw" if predicate[0] == "s" else "nuw"]
        if "samesign" in test.flags:
            flags = ["nsw", "nuw"]
        if not any(counted.keeps_order(value, flag) for flag in flags):
            return None
    if predicate in ("eq", "ne"):
        return predicate == "ne"
    return (_LESS if is_last == (counted.step > 0) else _GREATER).get(predicate)


# ------------------------------------------------------------------ taken out


@final
class _TakenOut:
    """One end of a loop as blocks of its own."""

    def __init__(self, function: Function, found: _Found) -> None:
        self.function, self.counted, self.end = function, found.counted, found.end
        self.became: dict[Value, Value] = {}
        self.blocks: dict[Block, Block] = {}

    def build(self) -> None:
        """The end behind the loop, or in front of it, and the loop without it."""
        loop, preheader = self.counted.loop, self.counted.preheader
        last = list(loop.blocks)[-1] if self.end.is_last else preheader
        for block in loop.blocks:
            last = self.blocks[block] = self.function.add_block(f"{block.name}.end", last)
        (self._put_last if self.end.is_last else self._put_first)()
        for test, usual in self.end.decided.items():
            copy = self.became[test]
            if test in self.end.otherwise and isinstance(copy, Instruction):
                for user in list(copy.users):
                    user.replace(copy, const_int(ty.I1, not usual))
            for user in list(test.users):
                if user is not self.counted.latch.terminator:
                    user.replace(test, const_int(ty.I1, usual))

    def _put_last(self) -> None:
        counted, first = self.counted, self.blocks[self.counted.loop.header]
        header, preheader, latch = counted.loop.header, counted.preheader, counted.latch
        ahead = self.function.add_block(f"{header.name}.most", preheader)
        emit = Builder(ahead)
        emit.branch(header)
        emit.at(preheader, preheader.terminator)
        end = emit.sub(counted.bound, const_int(counted.bound.type, counted.ahead))
        more = emit.compare("icmp", "ne", counted.counter.value_from(preheader), end)
        preheader.terminator.erase()
        emit.before = None
        emit.cond_branch(more, ahead, first)
        for phi in header.phis():
            at = Phi("phi", phi.type, ())
            at.blocks = []
            first.append(at)
            at.add_incoming(phi.value_from(preheader), preheader)
            at.add_incoming(phi.value_from(latch), latch)
            self.became[phi] = end if phi is counted.counter else at
            phi.blocks = [ahead if b is preheader else b for b in phi.blocks]
        self._copy(counted.exit)
        for phi in counted.exit.phis():
            value = phi.value_from(latch)
            index = phi.blocks.index(latch)
            phi.set_operand(index, self.became.get(value, value))
            phi.blocks[index] = self.blocks[latch]
        branch = latch.terminator
        assert isinstance(branch, Branch)
        emit.at(latch, branch)
        goes_on = emit.compare("icmp", "ne", counted.moved, end)
        branch.set_operand(0, goes_on)
        branch.targets = [header, first]

    def _put_first(self) -> None:
        counted, first = self.counted, self.blocks[self.counted.loop.header]
        header, preheader, latch = counted.loop.header, counted.preheader, counted.latch
        for phi in header.phis():
            self.became[phi] = phi.value_from(preheader)
        ahead = self.function.add_block(f"{header.name}.rest", list(self.blocks.values())[-1])
        Builder(ahead).branch(header)
        self._copy(None)
        branch = self.blocks[latch].terminator
        assert isinstance(branch, Branch)
        branch.targets = [ahead if t is first else t for t in branch.targets]
        preheader.terminator.erase()
        Builder(preheader).branch(first)
        for phi in header.phis():
            value = phi.value_from(latch)
            index = phi.blocks.index(preheader)
            phi.set_operand(index, self.became.get(value, value))
            phi.blocks[index] = ahead
        for phi in counted.exit.phis():
            value = phi.value_from(latch)
            phi.add_incoming(self.became.get(value, value), self.blocks[latch])

    def _copy(self, onward: Block | None) -> None:
        """Copies the loop's blocks, but for the phis of its header; the copy of its latch leads to
        `onward`, if that is given."""
        counted = self.counted
        copies: list[Instruction] = []
        for block, new in self.blocks.items():
            for inst in block.instructions:
                if inst in self.became or (block is counted.latch and inst is block.terminator):
                    continue
                copy = clone_instruction(inst)
                self.became[inst] = new.append(copy)
                copies.append(copy)
        last = self.blocks[counted.latch]
        if onward is not None:
            Builder(last).branch(onward)
        else:
            end = counted.latch.terminator.copy()
            end.tail = end.dbg  # what is said of the loop is not said of one iteration
            copies.append(last.append(end))
        lead_to_clones(copies, self.became, self.blocks)


# ------------------------------------------------------------------ forms


@final
class _Form:
    """A sum of multiples of values and a number: a word of the machine."""

    def __init__(self, bits: int, parts: dict[tuple[Value, str], int], number: int) -> None:
        self.bits = bits
        self.parts = {k: w for k, v in parts.items() if (w := _wrapped(v, bits))}
        self.number = _wrapped(number, bits)

    def plus(self, other: _Form, times: int = 1) -> _Form:
        """The sum with a multiple of another one."""
        parts = dict(self.parts)
        for key, value in other.parts.items():
            parts[key] = parts.get(key, 0) + times * value
        return _Form(self.bits, parts, self.number + times * other.number)

    def of(self, value: Value) -> int:
        """How often it has a value in it."""
        return self.parts.get((value, ""), 0)

    def values(self) -> list[Value]:
        """What it is a sum of."""
        return [value for value, _ in self.parts]

    def known(self) -> int | None:
        """The number that it is, if it is one."""
        return None if self.parts else self.number


def _wrapped(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def _difference(test: Compare) -> _Form:
    left, right = test.operands
    assert isinstance(left.type, ty.IntType)
    return _form(left, left.type.bits).plus(_form(right, left.type.bits), -1)


def _form(value: Value, bits: int, extended: str = "") -> _Form:
    """A value as a word of so many bits; `extended` says how a narrower one becomes that: the value
    meant is then the number that it is, signed ("s") or not ("u")."""
    assert isinstance(value.type, ty.IntType)
    if value.type.bits >= bits:
        extended = ""
    flag = {"": "", "s": "nsw", "u": "nuw"}[extended]
    match value:
        case ConstantInt():
            number = value.value
            if extended == "u":
                number &= (1 << value.type.bits) - 1
            return _Form(bits, {}, number)
        case Binary(opcode="add" | "sub", operands=(a, b)) if flag in value.flags or not flag:
            times = 1 if value.opcode == "add" else -1
            return _form(a, bits, extended).plus(_form(b, bits, extended), times)
        case Binary(opcode="mul" | "shl", operands=(a, ConstantInt() as by)) if (
            flag in value.flags or not flag
        ) and 0 <= by.value < (1 << 16 if value.opcode == "mul" else 32):
            times = by.value if value.opcode == "mul" else 1 << by.value
            return _Form(bits, {}, 0).plus(_form(a, bits, extended), times)
        case Cast(opcode="trunc", operands=(inner,)) if not extended:
            return _form(inner, bits)
        case Cast(opcode="sext" | "zext", operands=(inner,)) if isinstance(inner.type, ty.IntType):
            if value.opcode == "sext" and extended != "u":
                return _form(inner, bits, "s")
            if value.opcode == "zext":  # what is not negative is both
                return _form(inner, bits, "s" if "nneg" in value.flags else "u")
    return _Form(bits, {(value, extended): 1}, 0)
