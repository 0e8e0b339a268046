"""Blocks, functions and the module: text outside, objects inside, read only where asked.

A `Module` holds the whole text cut into top-level entities. `module.function(name)` parses one body
the first time it is asked for; everything else stays text and is printed as it came.
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, final

from enzcc.ir import types as ty
from enzcc.ir.instructions import ExceptionPad, Instruction, LandingPad, Phi
from enzcc.ir.lexer import replace_locals
from enzcc.ir.names import quoted
from enzcc.ir.types import FunctionType
from enzcc.ir.values import Argument, Global, Local, Metadata

if TYPE_CHECKING:
    from enzcc.ir.module import Module


LONGEST_NAME: Final = 400
"""Characters of a local name that are kept: C++ makes them long, and each inlining longer."""

_NEAR: Final = 64
"""Instructions that are looked at first, on each side of where one was found before."""


@final
class Block:
    """A basic block; phis first, one terminator last.

    `read_name` is its name in the text it was read from, by which a `blockaddress` outside the
    function knows it; "" for blocks that we make.
    """

    __slots__ = ("_near", "function", "instructions", "label", "name", "read_name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.instructions: list[Instruction] = []
        self.function: Function | None = None
        self.label: str | None = None  # the label line as it was read; None: made by us
        self.read_name = ""
        self._near = 0  # where it was last looked for

    def __repr__(self) -> str:
        return f"<Block {self.name}>"

    @property
    def terminator(self) -> Instruction:
        return self.instructions[-1]

    def successors(self) -> list[Block]:
        """Targets of the terminator, each once, in order."""
        last = self.instructions[-1]
        if last.is_terminator or isinstance(last, ExceptionPad):
            targets: Sequence[Block] = getattr(last, "targets", ())
            if len(targets) == 2:
                first, second = targets
                return [first] if first is second else [first, second]
            return list(dict.fromkeys(targets)) if len(targets) > 1 else list(targets)
        return []

    def phis(self) -> list[Phi]:
        """The phi instructions at the top."""
        out: list[Phi] = []
        for inst in self.instructions:
            if not isinstance(inst, Phi):
                break
            out.append(inst)
        return out

    def append(self, inst: Instruction) -> Instruction:
        """Puts an instruction at the end."""
        inst.block = self
        self.instructions.append(inst)
        return inst

    def place_of(self, inst: Instruction) -> int:
        """The index of an instruction; who asks for one after the other, in either direction, does
        not search in vain."""
        near, find = self._near, self.instructions.index
        for start, end in (max(0, near - _NEAR), near + _NEAR), (near, None), (0, near):
            try:
                self._near = find(inst, start, len(self.instructions) if end is None else end)
            except ValueError:
                continue
            return self._near
        raise ValueError(f"{inst} is not in block {self.name}")

    def insert_before(self, inst: Instruction, position: Instruction | None) -> Instruction:
        """Puts `inst` in front of `position` (None: at the end)."""
        inst.block = self
        if position is None:
            self.instructions.append(inst)
        else:
            self.instructions.insert(self.place_of(position), inst)
        return inst

    def first_non_phi(self) -> Instruction:
        """Where ordinary instructions may be inserted: behind phis and a landing pad."""
        for inst in self.instructions:
            if not isinstance(inst, (Phi, LandingPad)):
                return inst
        raise ValueError(f"block {self.name} has no terminator")


@final
class Function:
    """A function with a body.

    header   text of the `define` line between `define ` and the result type (linkage ...)
    trailer  text between the closing parenthesis of the parameters and ` {`
    comments lines in front of the define line that LLVM prints ("; Function Attrs: ..."), kept
    directives  use-list order at the end, as read; drop it when the body changes
    read_blocks the names that its blocks had in the text, also of those that are gone
    """

    __slots__ = (
        "args", "blocks", "comments", "directives", "header", "module", "name", "read_blocks",
        "trailer", "type",
    )  # fmt: skip

    def __init__(self, module: Module, name: str, type: FunctionType, args: list[Argument]) -> None:
        self.module, self.name, self.type, self.args = module, name, type, args
        self.header = ""
        self.trailer = ""
        self.comments: list[str] = []
        self.directives: list[str] = []
        self.read_blocks: frozenset[str] = frozenset()
        self.blocks: list[Block] = []
        for arg in args:
            arg.function = self

    def __repr__(self) -> str:
        return f"<Function {self.name}>"

    @property
    def entry(self) -> Block:
        return self.blocks[0]

    @property
    def symbol(self) -> Global:
        """The global that stands for this function in operands."""
        return self.module.symbol(self.name)

    def instructions(self) -> Iterator[Instruction]:
        """All instructions in block order."""
        for block in self.blocks:
            yield from block.instructions

    def predecessors(self) -> dict[Block, list[Block]]:
        """Block -> blocks that branch to it, each once, in block order."""
        out: dict[Block, list[Block]] = {block: [] for block in self.blocks}
        for block in self.blocks:
            for target in block.successors():
                out[target].append(block)
        return out

    def add_block(self, name: str, after: Block | None = None) -> Block:
        """A new empty block at the end, or behind `after`."""
        block = Block(name)
        block.function = self
        if after is None:
            self.blocks.append(block)
        else:
            self.blocks.insert(self.blocks.index(after) + 1, block)
        return block

    def name_everything(self) -> None:
        """Gives every local and block a name of its own, words only: any order prints validly then.

        Debug records and metadata that mention a local follow its new name.
        """
        taken: set[str] = set()
        counts: dict[str, int] = {}
        renamed: dict[str, str] = {}

        def fresh(name: str, prefix: str) -> str:
            word = name.strip('"')
            base = word if word and not word.isdigit() else f"{prefix}{word}"
            if len(base) > LONGEST_NAME:  # LLVM reads no name of more than 1024
                base = base.replace("\\", "_")[:LONGEST_NAME]
            found, count = base, counts.get(base, 0)
            while found in taken:
                count += 1
                found = f"{base}.{count}"
            counts[base] = count
            taken.add(found)
            return found

        def name_local(local: Local, prefix: str) -> None:
            old, local.name = local.name, fresh(local.name, prefix)
            if old:
                renamed.setdefault(old, local.name)

        for arg in self.args:
            name_local(arg, "a")
        for block in self.blocks:
            block.name = fresh(block.name, "b")
            block.label = None
            for inst in block.instructions:
                if inst.type is ty.VOID:
                    inst.name = ""
                else:
                    name_local(inst, "v")
        self.directives = []
        if any(old != new for old, new in renamed.items()):
            self._rename_in_text(renamed)

    def _rename_in_text(self, renamed: dict[str, str]) -> None:
        def replaced(type: str, name: str) -> str:
            return f"{type} %{quoted(renamed.get(name, name))}"

        for inst in self.instructions():
            if inst.records:
                inst.records = tuple(replace_locals(record, replaced) for record in inst.records)
            for index, operand in enumerate(inst.operands):
                if isinstance(operand, Metadata) and "%" in operand.text:
                    inst.set_operand(index, Metadata(replace_locals(operand.text, replaced)))
