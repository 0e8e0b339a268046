"""One final class an instruction (families such as `add ... xor` share one, told by `opcode`).

Operands stand in `operands` in LLVM's textual order, blocks in `targets`. What we do not interpret
is kept as text exactly as LLVM spells it: `flags` between the opcode and the type ("nuw nsw ",
"fast ", with the trailing blank), `tail` behind the last operand (", align 8, !dbg !5"; also the
attribute references of a call). Metadata attachments are always the end of `tail`.
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, final

from enzcc.ir import types as ty
from enzcc.ir.names import quoted
from enzcc.ir.types import FunctionType, Layout, Type
from enzcc.ir.values import ConstantExpression, ConstantInt, Global, Local, Value

if TYPE_CHECKING:
    from enzcc.ir.function import Block


class Instruction(Local):
    """Base. `records` are the `#dbg_...` lines that stand before the instruction, as text."""

    __slots__ = ("block", "flags", "opcode", "operands", "records", "tail")
    opcode: str
    is_terminator: ClassVar[bool] = False
    targets: list[Block]

    def __init__(
        self, opcode: str, type: Type, operands: Iterable[Value], flags: str = "", tail: str = ""
    ) -> None:
        self.opcode, self.type, self.flags, self.tail = opcode, type, flags, tail
        self.name = ""
        self.users = {}
        self.operands: list[Value] = list(operands)
        self.records: tuple[str, ...] = ()
        self.block: Block | None = None
        for operand in self.operands:
            if isinstance(operand, Local):
                operand.users[self] = operand.users.get(self, 0) + 1

    def append_operand(self, value: Value) -> None:
        """One more operand at the end."""
        self.operands.append(value)
        if isinstance(value, Local):
            value.users[self] = value.users.get(self, 0) + 1

    def set_operand(self, index: int, value: Value) -> None:
        """Replaces one operand slot."""
        old = self.operands[index]
        self.operands[index] = value
        if isinstance(old, Local):
            _release(old, self)
        if isinstance(value, Local):
            value.users[self] = value.users.get(self, 0) + 1

    def replace(self, old: Value, new: Value) -> None:
        """Every slot that holds `old` now holds `new`."""
        for index, operand in enumerate(self.operands):
            if operand is old:
                self.set_operand(index, new)

    def drop_operands(self) -> None:
        """Gives up all operands (before removal)."""
        for operand in self.operands:
            if isinstance(operand, Local):
                _release(operand, self)
        self.operands = []

    def erase(self) -> None:
        """Takes the instruction out of its block. Nothing may use it any more."""
        assert not self.users, f"{self.name} is still used"
        self.drop_operands()
        if self.block is not None:
            self.block.instructions.remove(self)
            self.block = None

    def copy(self) -> Instruction:
        """The same instruction with the same operands and targets, in no block, unnamed."""
        new = object.__new__(type(self))
        for slot in _copied_slots(type(self)):
            value = getattr(self, slot)
            setattr(new, slot, list(value) if isinstance(value, list) else value)
        new.users, new.operands, new.block, new.name = {}, list(self.operands), None, ""
        for operand in new.operands:
            if isinstance(operand, Local):
                operand.users[new] = operand.users.get(new, 0) + 1
        return new

    def metadata(self, kind: str) -> str | None:
        """The attachment of that kind (`"dbg"` -> `"!12"`), if there is one."""
        return attachment(self.tail, kind)

    @property
    def dbg(self) -> str:
        """Its place in the source, to be said in the tail of another: ", !dbg !12" or ""."""
        found = self.metadata("dbg")
        return f", !dbg {found}" if found else ""


_COPIED: dict[type[Instruction], tuple[str, ...]] = {}


def _copied_slots(of: type[Instruction]) -> tuple[str, ...]:
    """What makes instructions of a class what they are, beside operands."""
    found = _COPIED.get(of)
    if found is None:
        slots = (slot for cls in of.__mro__ for slot in getattr(cls, "__slots__", ()))
        own = ("users", "operands", "block", "name")
        found = _COPIED[of] = tuple(slot for slot in slots if slot not in own)
    return found


def attachment(text: str, kind: str) -> str | None:
    """The metadata attachment of that kind in a list `, !kind !1, !other !2`."""
    key = f", !{kind} "
    at = text.find(key)
    if at < 0:
        return None
    start = at + len(key)
    end = text.find(", !", start)
    return text[start:] if end < 0 else text[start:end]


def _release(value: Local, user: Instruction) -> None:
    count = value.users[user] - 1
    if count:
        value.users[user] = count
    else:
        del value.users[user]


@final
class Binary(Instruction):
    """add sub mul udiv sdiv urem srem shl lshr ashr and or xor fadd fsub fmul fdiv frem."""

    __slots__ = ()


@final
class FNeg(Instruction):
    """fneg."""

    __slots__ = ()


@final
class Cast(Instruction):
    """trunc zext sext fptrunc fpext fptoui fptosi uitofp sitofp ptrtoint ptrtoaddr inttoptr bitcast
    addrspacecast."""

    __slots__ = ()


@final
class Compare(Instruction):
    """icmp, fcmp with `predicate`."""

    __slots__ = ("predicate",)
    predicate: str


@final
class Select(Instruction):
    """select condition, a, b."""

    __slots__ = ()


@final
class Freeze(Instruction):
    """freeze."""

    __slots__ = ()


@final
class Phi(Instruction):
    """phi: `operands[i]` comes from `blocks[i]`."""

    __slots__ = ("blocks",)
    blocks: list[Block]

    def incoming(self) -> list[tuple[Value, Block]]:
        """Pairs of value and predecessor."""
        return list(zip(self.operands, self.blocks, strict=True))

    def value_from(self, block: Block) -> Value:
        """The value that arrives from that predecessor (KeyError if none)."""
        for value, source in zip(self.operands, self.blocks, strict=True):
            if source is block:
                return value
        raise KeyError(block.name)

    def add_incoming(self, value: Value, block: Block) -> None:
        """One more predecessor."""
        self.append_operand(value)
        self.blocks.append(block)


def handed_on(value: Phi | Select | Freeze) -> list[Value]:
    """The values of which it is one."""
    return value.operands[1:] if isinstance(value, Select) else value.operands


def alignment(inst: Instruction) -> int:
    """The alignment that an alloca or memory access states, 1 if none."""
    for part in inst.tail.split(", "):
        if part.startswith("align "):
            return int(part[6:])
    return 1


@final
class Alloca(Instruction):
    """alloca `allocated`[, count]: operand 0 is the count if there is one. `prefix` is "" or
    "inalloca ". Alignment is in `tail`."""

    __slots__ = ("allocated",)
    allocated: Type


@final
class Load(Instruction):
    """load [atomic] [volatile] type, ptr p: `flags` holds "atomic volatile "; ordering, alignment,
    metadata in `tail`."""

    __slots__ = ()

    @property
    def pointer(self) -> Value:
        return self.operands[0]


@final
class Store(Instruction):
    """store value, ptr p."""

    __slots__ = ()

    @property
    def value(self) -> Value:
        return self.operands[0]

    @property
    def pointer(self) -> Value:
        return self.operands[1]


@final
class GetElementPtr(Instruction):
    """getelementptr flags source, ptr base, indices..."""

    __slots__ = ("source",)
    source: Type

    @property
    def base(self) -> Value:
        return self.operands[0]

    @property
    def indices(self) -> list[Value]:
        return self.operands[1:]


def root_of(pointer: Value) -> Value:
    """The pointer that an address is calculated from."""
    while isinstance(pointer, GetElementPtr):
        pointer = pointer.base
    return pointer


def constant_offset(layout: Layout, address: GetElementPtr | ConstantExpression) -> int | None:
    """How many bytes behind its base an address lies, if that is known."""
    indices = address.operands[1:]
    if address.source is None or not all(isinstance(i, ConstantInt) for i in indices):
        return None
    offset, current = 0, address.source
    for position, index in enumerate(indices):
        assert isinstance(index, ConstantInt)
        if position and isinstance(current, ty.StructType):
            assert current.fields is not None
            offset += layout.offsets(current)[index.value]
            current = current.fields[index.value]
            continue
        if position:
            current = current.element  # type: ignore[attr-defined]
        offset += layout.size(current) * index.value
    return offset


@final
class ExtractValue(Instruction):
    """extractvalue aggregate, path."""

    __slots__ = ("path",)
    path: tuple[int, ...]


@final
class InsertValue(Instruction):
    """insertvalue aggregate, element, path."""

    __slots__ = ("path",)
    path: tuple[int, ...]


@final
class ExtractElement(Instruction):
    """extractelement vector, index."""

    __slots__ = ()


@final
class InsertElement(Instruction):
    """insertelement vector, element, index."""

    __slots__ = ()


@final
class ShuffleVector(Instruction):
    """shufflevector a, b, mask (the mask is a constant)."""

    __slots__ = ()

    def mask(self) -> list[int] | None:
        """Lane numbers, -1 for a poison lane; None for a scalable mask."""
        from enzcc.ir.values import ConstantAggregate, ConstantInt, is_zero

        mask = self.operands[2]
        count = self.type.count if isinstance(self.type, ty.VectorType) else 0
        if isinstance(mask, ConstantAggregate):
            return [e.value if isinstance(e, ConstantInt) else -1 for e in mask.elements]
        if is_zero(mask):
            return [0] * count
        if (splat := getattr(mask, "operands", None)) and isinstance(splat[0], ConstantInt):
            return [splat[0].value] * count
        return [-1] * count


class CallBase(Instruction):
    """Call, Invoke, CallBr: operands are the arguments, those of bundles, and last the callee.

    head        text between the opcode (with its tail/musttail marker) and the result type:
                fast-math flags, calling convention, return attributes, address space; trailing
                blank if not empty
    spelled     the type that is spelled before the callee: its result type, or its whole type
    arguments   attribute text of each argument ("noundef ", trailing blank if not empty)
    bundles     operand bundles: tag and number of operands
    tail        everything behind the closing parenthesis but bundles: attribute groups, metadata
    """

    __slots__ = ("attributes", "bundles", "head", "spelled")
    head: str
    spelled: Type
    attributes: list[str]
    bundles: tuple[tuple[str, int], ...]

    def __init__(
        self, opcode: str, type: Type, operands: Iterable[Value], flags: str = "", tail: str = ""
    ) -> None:
        super().__init__(opcode, type, operands, flags, tail)
        self.head, self.spelled, self.bundles = "", type, ()
        self.attributes = [""] * (len(self.operands) - 1)

    @property
    def callee(self) -> Value:
        return self.operands[-1]

    @property
    def called(self) -> str:
        """The name of the function; "" if it is called through a pointer."""
        callee = self.operands[-1]
        return callee.name if isinstance(callee, Global) else ""

    @property
    def arguments(self) -> list[Value]:
        if self.bundles:
            return self.operands[: -1 - sum(count for _, count in self.bundles)]
        return self.operands[:-1]

    @property
    def function_type(self) -> FunctionType:
        """The callee's type (parameters of a plain spelling are those of the arguments)."""
        if isinstance(self.spelled, FunctionType):
            return self.spelled
        return ty.function(self.spelled, tuple(a.type for a in self.arguments))


@final
class Call(CallBase):
    """call; `marker` is "", "tail ", "musttail " or "notail "."""

    __slots__ = ("marker",)
    marker: str

    def __init__(
        self, opcode: str, type: Type, operands: Iterable[Value], flags: str = "", tail: str = ""
    ) -> None:
        super().__init__(opcode, type, operands, flags, tail)
        self.marker = ""


@final
class Invoke(CallBase):
    """invoke ... to label targets[0] unwind label targets[1]; metadata stands in `end`."""

    __slots__ = ("end", "targets")
    is_terminator = True
    end: str

    def metadata(self, kind: str) -> str | None:
        return attachment(self.end, kind)


@final
class CallBr(CallBase):
    """callbr ... to label targets[0] [label targets[1:]]."""

    __slots__ = ("end", "targets")
    is_terminator = True
    end: str

    def metadata(self, kind: str) -> str | None:
        return attachment(self.end, kind)


@final
class Return(Instruction):
    """ret; no operand for void."""

    __slots__ = ()
    is_terminator = True


@final
class Branch(Instruction):
    """br: operand 0 is the condition if there are two targets."""

    __slots__ = ("targets",)
    is_terminator = True


@final
class Switch(Instruction):
    """switch: operands are the condition and the case values, targets the default and the cases."""

    __slots__ = ("targets",)
    is_terminator = True


@final
class IndirectBranch(Instruction):
    """indirectbr ptr address, [targets]."""

    __slots__ = ("targets",)
    is_terminator = True


@final
class Unreachable(Instruction):
    """unreachable."""

    __slots__ = ()
    is_terminator = True


@final
class AtomicRMW(Instruction):
    """atomicrmw [volatile] `operation` ptr, value ordering."""

    __slots__ = ("operation",)
    operation: str


@final
class CompareExchange(Instruction):
    """cmpxchg [weak] [volatile] ptr, expected, new orderings."""

    __slots__ = ()


@final
class Fence(Instruction):
    """fence; everything in `tail`."""

    __slots__ = ()


@final
class VAArg(Instruction):
    """va_arg list, type."""

    __slots__ = ()


@final
class LandingPad(Instruction):
    """landingpad type; its cleanup, catch and filter clauses are text in `clauses`."""

    __slots__ = ("clauses",)
    clauses: tuple[str, ...]


@final
class ExceptionPad(Instruction):
    """resume, catchswitch, catchpad, cleanuppad, catchret, cleanupret.

    `form` is the text behind the opcode with OPERAND and TARGET in place of the next operand's or
    target's name; `text` is that text with the names in it.
    """

    __slots__ = ("form", "targets")
    form: str

    @property
    def text(self) -> str:
        operands, targets = iter(self.operands), iter(self.targets)
        return "".join(
            next(operands).ref() if part == OPERAND else
            "%" + quoted(next(targets).name) if part == TARGET else part
            for part in re.split(f"([{OPERAND}{TARGET}])", self.form)
        )  # fmt: skip


OPERAND = "\1"
TARGET = "\2"
