"""Where a function looks at addresses, which differ when it is run again: split forward mode.

    p < q                       two blocks of local memory: in which order they lie
    table[(uintptr_t)p >> 4]    where one lies

The halves of split forward mode run through the same code, but their local memory lies elsewhere.
So what the first half saw is logged: the result of a comparison, or the number that was calculated
from an address. Distances within one object need no log, nor do numbers that become pointers again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, final

from enzcc.analysis.activity import Activity
from enzcc.analysis.callkind import BY_HAND, CallKind
from enzcc.ir import types as ty
from enzcc.ir.instructions import (
    Binary,
    Call,
    CallBase,
    Cast,
    Compare,
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
)
from enzcc.ir.values import Argument, Constant, Global, Local, Value

_TO_INTEGER: Final = ("ptrtoint", "ptrtoaddr")
_MOVED: Final = (Binary, Freeze, Phi, ExtractElement, InsertElement, ShuffleVector)


@final
class Addresses:
    """What is to be logged of a function's view of addresses.

    told       instructions whose value is read from the log anyway
    seen       instructions whose value is to be logged
    refused    one whose value depends on an address and cannot be logged, since a pointer is
               made from it as well
    """

    def __init__(
        self,
        activity: Activity,
        instructions: list[Instruction],
        told: Callable[[Instruction], bool],
    ) -> None:
        self.activity, self.objects = activity, activity.objects
        self.instructions, self.told = instructions, told
        self.seen: dict[Instruction, None] = {}
        self.refused: Instruction | None = None
        self._roots: dict[Value, frozenset[Value]] = {}
        self._numbers = self._spread()
        self._natural = self._becomes_pointer()
        for inst in instructions:
            self._look(inst)

    # ------------------------------------------------------------------ numbers from addresses

    def _spread(self) -> dict[Value, None]:
        """The integers that depend on an address."""
        found: dict[Value, None] = {}
        work: list[Value] = [v for v in self._values() if self._is_source(v)]
        while work:
            value = work.pop()
            if value in found:
                continue
            found[value] = None
            assert isinstance(value, Local)
            work += [u for u in value.users if self._follows(u, value)]
        return found

    def _values(self) -> Iterable[Value]:
        for function in self.objects.functions.values():
            yield from function.args
        yield from self.instructions

    def _is_source(self, value: Value) -> bool:
        if not ty.is_int(ty.scalar(value.type)):
            return False
        if isinstance(value, Cast):
            return value.opcode in _TO_INTEGER and not isinstance(value.operands[0], Constant)
        if isinstance(value, Argument):
            return value.function is not self.activity.root and self._holds_pointer(value)
        if isinstance(value, Instruction) and self.told(value):
            return False
        if isinstance(value, Load):
            return self._holds_pointer(value) or self._is_part_of_pointer(value)
        return isinstance(value, (CallBase, ExtractValue)) and self._holds_pointer(value)

    def _holds_pointer(self, value: Value) -> bool:
        return any(True for _ in self.objects.contents(value).links())

    def _is_part_of_pointer(self, load: Load) -> bool:
        if not isinstance(load.pointer.type, ty.PointerType):
            return False
        size = self.objects.layout.store_size(load.type)
        for place in self.objects.places_behind(load.pointer):
            node, offset = place.resolve()
            for start, cell in node.cells.items():
                if cell.link is not None and start < offset + size and offset < start + 8:
                    return True
        return False

    def _follows(self, user: Instruction, value: Value) -> bool:
        """Does a result depend on the address as well?"""
        if self.told(user) or not ty.is_int(ty.scalar(user.type)):
            return False
        match user:
            case Binary(opcode="sub"):
                return not self._is_distance(user)
            case Cast():
                return True
            case Select():
                return value in user.operands[1:]
            case Call():
                callee = user.callee
                return isinstance(callee, Global) and callee.name.startswith("llvm.")
        return isinstance(user, _MOVED)

    def _is_distance(self, inst: Binary) -> bool:
        """Is it the distance of two places in one object?"""
        roots = [self._root_of_number(o) for o in inst.operands]
        return len(roots[0]) == 1 and roots[0] == roots[1]

    def _root_of_number(self, value: Value) -> frozenset[Value]:
        """The pointers that a number is an offset from, as an address; none if it may be another
        number."""
        roots: frozenset[Value] = frozenset()
        work = [value]
        for one in work:  # what is chosen from several is an address if all are
            while isinstance(one, Binary) and one.opcode in ("add", "sub"):
                if not isinstance(one.operands[1], Constant):
                    return frozenset()
                one = one.operands[0]
            if isinstance(one, Phi):
                work += [o for o in one.operands[: len(one.incoming())] if o not in work]
            elif isinstance(one, Cast) and one.opcode in _TO_INTEGER:
                roots |= self._root(one.operands[0])
            else:
                return frozenset()
        return roots

    def _root(self, pointer: Value) -> frozenset[Value]:
        """The pointers that one is an offset from."""
        found = self._roots.get(pointer)
        if found is not None:
            return found
        seen: dict[Value, None] = {}
        roots: dict[Value, None] = {}
        work = [pointer]
        while work:
            value = work.pop()
            if value in seen:
                continue
            seen[value] = None
            match value:
                case GetElementPtr():
                    work.append(value.base)
                case Phi():
                    work += value.operands[: len(value.incoming())]
                case Select():
                    work += value.operands[1:]
                case Freeze():
                    work.append(value.operands[0])
                case _:
                    roots[value] = None
        result = frozenset(roots)
        self._roots[pointer] = result
        return result

    # ------------------------------------------------------------------ what is made of them

    def _becomes_pointer(self) -> dict[Value, None]:
        """The numbers of which a pointer is made again, or which are handed on as one."""
        work = [v for v in self._numbers if any(self._uses_it(u, v) for u in _users(v))]
        found: dict[Value, None] = {}
        while work:
            value = work.pop()
            if value in found:
                continue
            found[value] = None
            if isinstance(value, Instruction):
                work += [o for o in value.operands if o in self._numbers]
        return found

    def _uses_it(self, user: Instruction, value: Value) -> bool:
        """Is the number used as the address that it is in this run?"""
        match user:
            case Cast():
                return user.opcode == "inttoptr"
            case GetElementPtr():
                return value is not user.base and self._aligns(user, value)
            case Store() | Return() | InsertValue():
                return self._holds_pointer(value)
            case CallBase() if self.activity.kind_of_call(user) is CallKind.BODY:
                return not self.told(user) and self._holds_pointer(value)
        return False

    def _aligns(self, inst: GetElementPtr, value: Value) -> bool:
        """Is a pointer moved by what was calculated from that very pointer, as to align it?"""
        root = self._root(inst.base)
        sources: dict[Value, None] = {}
        work, seen = [value], dict[Value, None]()
        while work:
            one = work.pop()
            if one in seen or one not in self._numbers:
                continue
            seen[one] = None
            if isinstance(one, Cast) and one.opcode in _TO_INTEGER:
                sources.update((r, None) for r in self._root(one.operands[0]))
            elif isinstance(one, Instruction) and not isinstance(one, Load):
                work += one.operands
            else:
                return False
        return len(root) == 1 and frozenset(sources) == root

    # ------------------------------------------------------------------ who looks at them

    def _look(self, inst: Instruction) -> None:
        if self.told(inst):
            return
        if isinstance(inst, Compare):
            if self._compares(inst):
                self.seen[inst] = None
            return
        for operand in inst.operands:
            if operand in self._numbers and self._observes(inst, operand):
                self._log(operand, inst)

    def _compares(self, inst: Compare) -> bool:
        a, b = inst.operands
        if a in self._numbers or b in self._numbers:
            return True
        if not isinstance(ty.scalar(a.type), ty.PointerType):
            return False
        if isinstance(a, Constant) or isinstance(b, Constant):
            return any(isinstance(o, Global) for o in (a, b)) and inst.predicate not in ("eq", "ne")
        roots = self._root(a)
        return len(roots) != 1 or roots != self._root(b)

    def _observes(self, inst: Instruction, value: Value) -> bool:
        if isinstance(inst, CallBase):
            kind = self.activity.kind_of_call(inst)
            if kind in (CallKind.INACTIVE, *BY_HAND, CallKind.DEALLOCATION):
                return False
        if inst in self._numbers or self._uses_it(inst, value):
            return False
        return not (isinstance(inst, Binary) and self._is_distance(inst))

    def _log(self, value: Value, user: Instruction) -> None:
        if isinstance(value, Argument) or value in self._natural:
            self.refused = self.refused or user
        elif isinstance(value, Instruction):
            self.seen[value] = None


def _users(value: Value) -> list[Instruction]:
    return list(value.users) if isinstance(value, Local) else []
